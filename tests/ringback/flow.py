"""Values and rows that many tests of the base need."""

from datetime import datetime, timedelta
from uuid import UUID, uuid4

from sqlalchemy.ext.asyncio import AsyncSession

from ringback.bookings import Slot
from ringback.calls import Call, Direction, EndedBy, Outcome, Reason
from ringback.store.conversations import open_conversation
from ringback.tables import ConversationRow, PbxRow
from tests.clock import FRIDAY_AT_TEN

ANNA = "+46701740605"
ERIK = "+46701740611"
OURS = "+46701740690"
ZONE = "Europe/Stockholm"


def missed_call(
    uniqueid: str = "1763629200.1", caller: str = ANNA, at: datetime = FRIDAY_AT_TEN
) -> Call:
    return Call(
        uniqueid=uniqueid,
        direction=Direction.INBOUND,
        caller=caller.replace("+46", "0"),
        caller_e164=caller,
        withheld=False,
        did="0846500410",
        did_e164="+46846500410",
        callee=None,
        outcome=Outcome.MISSED,
        reason=Reason.NO_ANSWER,
        queues=("bokning",),
        rang=("101", "102"),
        answered_by=None,
        ended_by=EndedBy.CALLER,
        wait_s=21.5,
        talk_s=0.0,
        start=at.timestamp(),
        end=at.timestamp() + 21.5,
    )


def slot(after_h: float = 24, resource: str = "Anna", minutes: int = 60) -> Slot:
    starts_at = FRIDAY_AT_TEN + timedelta(hours=after_h)
    return Slot("klippning", resource, starts_at, starts_at + timedelta(minutes=minutes))


async def add_pbx(session: AsyncSession, name: str = "Växel") -> UUID:
    row = PbxRow(id=uuid4(), name=name, host="192.0.2.7", port=5038, username="rb", secret="s3cret")
    session.add(row)
    await session.flush()
    return row.id


async def converse(session: AsyncSession, number: str = ANNA) -> ConversationRow:
    return await open_conversation(session, number, OURS, "sv", FRIDAY_AT_TEN)
