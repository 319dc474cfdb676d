from datetime import datetime
from typing import Any
from uuid import UUID, uuid4

import pytest
from sqlalchemy.ext.asyncio import AsyncSession

from ringback.bookings import BookingState
from ringback.conversations import Standing
from ringback.db import Database
from ringback.store.bookings import book
from ringback.store.conversations import add_received, queue_text
from ringback.store.standings import last_texts, standings
from ringback.tables import CallbackRow, ConversationRow, OptOutRow
from tests.clock import FRIDAY_AT_TEN as NOW
from tests.clock import HandClock
from tests.ringback.flow import ANNA, ERIK, ZONE, converse, slot


def call_back(talk: ConversationRow, why: str, state: str = "open") -> CallbackRow:
    return CallbackRow(
        key=str(uuid4()),
        number=talk.number,
        number_index=talk.number_index,
        conversation_id=talk.id,
        why=why,
        state=state,
        created_at=NOW,
    )


async def _reply(session: AsyncSession, talk: ConversationRow) -> None:
    await add_received(session, talk, "46elks", str(uuid4()), "Hej", NOW)


async def _book(session: AsyncSession, talk: ConversationRow, state: str) -> None:
    row = await book(session, slot(), ANNA, str(uuid4()), ZONE, NOW, talk.id)
    assert row is not None
    row.state = state


async def _nothing(session: AsyncSession, talk: ConversationRow) -> None:
    await queue_text(session, talk, str(uuid4()), "Hej! Vi missade ditt samtal.", NOW)


async def _opt_out(session: AsyncSession, talk: ConversationRow) -> None:
    await _reply(session, talk)
    session.add(OptOutRow(number_index=talk.number_index, created_at=NOW))


async def _close(session: AsyncSession, talk: ConversationRow) -> None:
    talk.closed_at = NOW


async def _answered(session: AsyncSession, talk: ConversationRow) -> None:
    await _reply(session, talk)
    await queue_text(session, talk, str(uuid4()), "Hej hej!", NOW)
    talk.closed_at = NOW


async def _person(session: AsyncSession, talk: ConversationRow) -> None:
    await _reply(session, talk)
    talk.owner = "person"


async def wanted(session: AsyncSession, talk: ConversationRow) -> None:
    await _reply(session, talk)
    session.add(call_back(talk, "call_back"))


async def _wanted_and_handed_over(session: AsyncSession, talk: ConversationRow) -> None:
    for why in ("call_back", "complaint", "call_back"):
        session.add(call_back(talk, why))


async def _handed_over_and_taken(session: AsyncSession, talk: ConversationRow) -> None:
    await _wanted_and_handed_over(session, talk)
    talk.owner = "person"


async def _wanted_and_done(session: AsyncSession, talk: ConversationRow) -> None:
    await _reply(session, talk)
    session.add(call_back(talk, "complaint", state="done"))


async def _booked(session: AsyncSession, talk: ConversationRow) -> None:
    await _reply(session, talk)
    await _book(session, talk, BookingState.CONFIRMED)


async def _cancelled(session: AsyncSession, talk: ConversationRow) -> None:
    await _reply(session, talk)
    await _book(session, talk, BookingState.CANCELLED)


CASES: list[tuple[Any, Standing]] = [
    (_nothing, Standing.AWAITING_REPLY),
    (_reply, Standing.ASSISTANT),
    (_person, Standing.PERSON),
    (wanted, Standing.CALLBACK),
    (_wanted_and_handed_over, Standing.NEEDS_PERSON),
    (_handed_over_and_taken, Standing.PERSON),
    (_wanted_and_done, Standing.HANDLED),
    (_booked, Standing.BOOKED),
    (_cancelled, Standing.ASSISTANT),
    (_opt_out, Standing.OPTED_OUT),
    (_answered, Standing.ANSWERED),
    (_close, Standing.LOST),
]


@pytest.mark.parametrize(
    ("happened", "expected"), CASES, ids=lambda case: getattr(case, "__name__", "")
)
async def test_conversation_stands_where_its_rows_say(
    db: Database, company: UUID, happened: Any, expected: Standing
) -> None:
    async with db.begin(company) as session:
        talk, other = await converse(session), await converse(session, ERIK)
        await happened(session, talk)
    async with db.read(company) as session:
        found = await standings(session, [talk.id, other.id, uuid4()])
    assert found == {talk.id: expected, other.id: Standing.AWAITING_REPLY}


async def test_conversations_of_another_company_have_no_standing(
    db: Database, company: UUID, neighbour: UUID
) -> None:
    async with db.begin(company) as session:
        talk = await converse(session)
        await _nothing(session, talk)
    async with db.read(neighbour) as session:
        assert await standings(session, [talk.id]) == {}
        assert await last_texts(session, [talk.id]) == {}


async def test_last_text_is_the_newest_of_each(
    db: Database, company: UUID, clock: HandClock
) -> None:
    at: datetime = clock.now()
    async with db.begin(company) as session:
        first, second = await converse(session), await converse(session, ERIK)
        for number, talk in enumerate((first, second, first)):
            await queue_text(session, talk, f"k:{number}", f"Text {number}", at)
    async with db.read(company) as session:
        assert await last_texts(session, [first.id, second.id]) == {
            first.id: "Text 2",
            second.id: "Text 1",
        }
        assert await last_texts(session, []) == {}
        assert await standings(session, []) == {}
