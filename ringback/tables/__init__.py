"""The rows, one module per step of the flow; `Base.metadata` is what the migrations describe."""

from ringback.tables.audit import AuditRow, ChangeRow
from ringback.tables.bookings import BookingRow
from ringback.tables.calendars import BusyRow, CalendarRow
from ringback.tables.callbacks import (
    AttemptRow,
    CallbackCallRow,
    CallbackRow,
    PromptRow,
    QueueRow,
    StaffingRow,
)
from ringback.tables.calls import CallRow
from ringback.tables.columns import Base
from ringback.tables.companies import (
    ApiKeyRow,
    CompanyRow,
    GapRow,
    PbxMarkRow,
    PbxRow,
    SignInRow,
    SmsNumberRow,
    UserRow,
)
from ringback.tables.conversations import (
    ConversationRow,
    MessageRow,
    OptOutRow,
    SimulatedTextRow,
    TurnRow,
)
from ringback.tables.jobs import JobRow
from ringback.tables.knowledge import PassageRow
from ringback.tables.texting import (
    MessagePartRow,
    NumberRuleRow,
    PaceRow,
    ParkedReceiptRow,
    SmsAccountRow,
    SmsPriceRow,
    SpentRow,
    TemplateRow,
)

__all__ = [
    "ApiKeyRow",
    "AttemptRow",
    "AuditRow",
    "Base",
    "BookingRow",
    "BusyRow",
    "CalendarRow",
    "CallRow",
    "CallbackCallRow",
    "CallbackRow",
    "ChangeRow",
    "CompanyRow",
    "ConversationRow",
    "GapRow",
    "JobRow",
    "MessagePartRow",
    "MessageRow",
    "NumberRuleRow",
    "OptOutRow",
    "PaceRow",
    "ParkedReceiptRow",
    "PassageRow",
    "PbxMarkRow",
    "PbxRow",
    "PromptRow",
    "QueueRow",
    "SignInRow",
    "SimulatedTextRow",
    "SmsAccountRow",
    "SmsNumberRow",
    "SmsPriceRow",
    "SpentRow",
    "StaffingRow",
    "TemplateRow",
    "TurnRow",
    "UserRow",
]
