"""The AI log is read by conversation, and emptied when its days are over."""

from uuid import UUID, uuid4

import pytest
from sqlalchemy.exc import NoResultFound

from ringback import jobs
from ringback.db import Database
from ringback.store.ai_log import forget_old, turn_in, turns_in
from ringback.store.assistant import model_spent, save_assistant
from ringback.store.conversations import add_received, open_conversation, open_conversation_with
from ringback.tables import TurnRow
from ringback.worker import Worker
from tests.clock import HandClock
from tests.flow import CALLER, LEASE_S, OTHER_CALLER, US, rows


async def never(_: jobs.Job) -> None:
    raise AssertionError


async def understood(
    db: Database, company: UUID, clock: HandClock, text: str, number: str = CALLER
) -> tuple[UUID, UUID]:
    """A text with its turn; the ids of the conversation and of the text."""
    async with db.begin(company) as session:
        talk = await open_conversation_with(session, number)
        talk = talk or await open_conversation(session, number, US, "sv", clock.now())
        row = await add_received(session, talk, "46elks", str(uuid4()), text, clock.now())
        session.add(
            TurnRow(
                message_id=row.id,
                engine="model",
                version="small-1",
                understood='{"intent": "book"}',
                proposed="{}",
                decided='["Book"]',
                used="[]",
                refused="[]",
                tokens_in=900,
                tokens_out=80,
                cost_e4=25,
                took_ms=740,
                created_at=clock.now(),
            )
        )
        return talk.id, row.id


async def test_log_of_a_conversation_is_paged_oldest_first(
    db: Database, company: UUID, clock: HandClock
) -> None:
    for text in ("Ett", "Två", "Tre"):
        talk, last = await understood(db, company, clock, text)
    other, _ = await understood(db, company, clock, "Annat", OTHER_CALLER)
    async with db.read(company) as session:
        newest = await turns_in(session, talk, 2)
        earlier = await turns_in(session, talk, 2, newest[0][0].number)
        one = await turn_in(session, talk, last)
        with pytest.raises(NoResultFound):
            await turn_in(session, other, last)
    assert [text.text for text, _ in newest] == ["Två", "Tre"]
    assert [text.text for text, _ in earlier] == ["Ett"]
    assert one[1].message_id == last


async def test_sealed_parts_are_dropped_after_the_companys_days_and_the_cost_stays(
    db: Database, company: UUID, neighbour: UUID, clock: HandClock
) -> None:
    async with db.begin(company) as session:
        await save_assistant(session, {"log_days": 7})
    for owner in (company, neighbour):
        await understood(db, owner, clock, "Hej")
    clock.advance(days=7)
    await understood(db, company, clock, "Hej igen")
    clock.advance(seconds=1)
    assert not await Worker(db, clock.now, {"close": never}, LEASE_S).run_one()  # it tidies
    old, new = sorted(await rows(db, company, TurnRow), key=lambda turn: turn.created_at)
    (theirs,) = await rows(db, neighbour, TurnRow)
    sealed = [old.understood, old.proposed, old.decided, old.used, old.refused]
    assert sealed == [None] * 5
    assert (old.engine, old.version, old.cost_e4, old.took_ms) == ("model", "small-1", 25, 740)
    assert (new.understood, theirs.understood) == ('{"intent": "book"}',) * 2
    async with db.read(company) as session:
        assert (await model_spent(session, clock.now())).cost_e4 == 50


async def test_ninety_days_where_nothing_is_set(
    db: Database, company: UUID, clock: HandClock
) -> None:
    await understood(db, company, clock, "Hej")
    for days, kept in ((90, True), (1, False)):
        clock.advance(days=days)
        async with db.begin_across() as session:
            await forget_old(session, clock.now())
        (turn,) = await rows(db, company, TurnRow)
        assert (turn.understood is not None) is kept
