"""What the pages of the settings show: plain frozen values, as in `portal_api.views`.

Faults are sentences in the visitor's language already, by the name of the field that they stand at.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime

from portal_api.settings.changes import LastChange

Faults = Mapping[str, str]


@dataclass(frozen=True, slots=True)
class TemplateLine:
    """The words for a situation and a language, perhaps for one number or queue only.

    Attributes:
        situation: See `wording.SITUATION`.
        language: `sv` or `en`.
        text: With its placeholders.
        address: Of its editor.
        did: The number that was dialled, readable; "" for any.
        queue: "" for any.
        changed_at: When the company last changed it; None for the built-in words.
        changed_by: By whom, when that is known.
    """

    situation: str
    language: str
    text: str
    address: str
    did: str = ""
    queue: str = ""
    changed_at: datetime | None = None
    changed_by: str = ""


@dataclass(frozen=True, slots=True)
class Preview:
    """A text as a caller would get it, and what it costs.

    Attributes:
        text: Filled with sample words.
        encoding: `gsm7` or `ucs2`; "" when the text can't be counted.
        units: Its length, as the operator counts.
        parts: How many parts it is billed as.
        cost_e4: The price of one text, 1/10 000 kr.
        part_e4: The price of one part.
        odd: The characters that make it `ucs2`.
        typographic: Characters that are sent as plain ones, or could be written so.
        too_long: It has more parts than the company's rules allow.
    """

    text: str
    encoding: str = ""
    units: int = 0
    parts: int = 0
    cost_e4: int = 0
    part_e4: int = 0
    odd: tuple[str, ...] = ()
    typographic: tuple[str, ...] = ()
    too_long: bool = False


@dataclass(frozen=True, slots=True)
class EditorView:
    """One template while it is changed.

    Attributes:
        situation: See `wording.SITUATION`.
        language: `sv` or `en`.
        did: As typed or in E.164; "" for any.
        queue: "" for any.
        text: As typed.
        built_in: What holds without a text of the company's own.
        preview: How it would look.
        template_id: The own template that it is, or "" when the built-in words hold.
        new: For a number or queue that is still to be said.
        dids: Numbers that were dialled lately, to choose from.
        queues: Queues that callers waited in lately.
        faults: By field.
    """

    situation: str
    language: str
    did: str
    queue: str
    text: str
    built_in: str
    preview: Preview
    template_id: str = ""
    new: bool = False
    dids: tuple[str, ...] = ()
    queues: tuple[str, ...] = ()
    faults: tuple[tuple[str, str], ...] = ()

    @property
    def place(self) -> tuple[str, str, str]:
        """Language, number and queue that it holds for."""
        return self.language, self.did, self.queue

    def faults_of(self, field: str) -> list[str]:
        """What is wrong with one field."""
        return [text for name, text in self.faults if name == field]


@dataclass(frozen=True, slots=True)
class SpentLine:
    """What texts have cost in a period, beside its budget."""

    period: str  # day, month
    cost_e4: int
    budget_e4: int


@dataclass(frozen=True, slots=True)
class SendingView:
    """The rules for sending as they stand in the form: values as typed, by field."""

    values: Mapping[str, str]
    spent: tuple[SpentLine, ...]
    countries: tuple[str, ...]  # names of those that hold now
    notice: str  # address of the privacy notice that Ringback shows
    faults: Faults
    last: LastChange | None = None


@dataclass(frozen=True, slots=True)
class NumberTab:
    """One of the lists of numbers."""

    rule: str
    count: int
    chosen: bool


@dataclass(frozen=True, slots=True)
class NumberLine:
    """A number on a list."""

    id: str
    number: str
    note: str
    created_at: datetime


@dataclass(frozen=True, slots=True)
class Asked:
    """The answer to whether a number wants no texts.

    `told_by` is None when it takes them, else who told us: `caller`, `provider` or `staff`.
    """

    number: str
    told_by: str | None
    since: datetime | None = None


@dataclass(frozen=True, slots=True)
class NumbersView:
    """The lists of numbers, and the question about one that wants no texts."""

    rule: str
    tabs: tuple[NumberTab, ...]
    lines: tuple[NumberLine, ...]
    opted_out: int
    more: str | None = None
    values: Mapping[str, str] | None = None
    asked: Asked | None = None
    faults: Faults | None = None


@dataclass(frozen=True, slots=True)
class CalendarLine:
    """How the calendars of a resource are.

    Attributes:
        resource: Its name.
        address: Of the page about it.
        has_feed: Whether its bookings can be subscribed to.
        connected: Whether they are written to a calendar.
        state: See `wording.CALENDAR`.
        wrong: See `wording.CALENDAR_WRONG`; "" for nothing.
        over: The start of a booking that something in the calendar lies over.
        read_at: When what blocks was last read there.
    """

    resource: str
    address: str
    has_feed: bool = False
    connected: bool = False
    state: str = "new"
    wrong: str = ""
    over: datetime | None = None
    read_at: datetime | None = None


@dataclass(frozen=True, slots=True)
class CalendarView:
    """One resource's calendars while they are changed; the password is in no view.

    Attributes:
        line: How they are.
        feed: The address to subscribe to, with its secret; "" before there is one.
        url: As kept or typed.
        user: As kept or typed.
        tried: What the server answered: "" when all is well, None when it was not asked.
        faults: By field.
    """

    line: CalendarLine
    feed: str = ""
    url: str = ""
    user: str = ""
    tried: str | None = None
    faults: Faults = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class ApiKeyLine:
    """An API key that is in use; `used_at` is to the minute, None for one that never was."""

    id: str
    name: str
    created_at: datetime
    used_at: datetime | None


@dataclass(frozen=True, slots=True)
class ApiKeysView:
    """The API keys, by name; `made` is a new one in full, which is shown this once."""

    lines: tuple[ApiKeyLine, ...]
    address: str  # of the portal, as programs reach it
    made: str = ""
    name: str = ""  # as typed, or of the one that was made
    fault: str = ""
