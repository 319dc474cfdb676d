"""A caller's last text that nobody answered is found, and seen to when a person hands back."""

from collections.abc import Callable, Coroutine
from datetime import timedelta
from typing import Any
from uuid import UUID, uuid4

import pytest
from sqlalchemy import Select, select
from sqlalchemy.ext.asyncio import AsyncSession

from ringback.db import Database
from ringback.policy import Situation
from ringback.store.conversations import add_received, open_conversation, queue_text
from ringback.store.ownership import hand_back, hand_back_all, take_over, write_as
from ringback.store.standings import standings
from ringback.store.unanswered import UNANSWERED, unanswered, want_answer
from ringback.tables import CallbackRow, ConversationRow, JobRow, MessageRow, TurnRow
from tests.clock import HandClock
from tests.flow import CALLER, OTHER_CALLER, US, jobs_of, rows

EVA = uuid4()


class Talk:
    """A conversation in one unit of work, a second between its events."""

    def __init__(self, session: AsyncSession, row: ConversationRow, clock: HandClock) -> None:
        self.session, self.row, self.clock = session, row, clock

    async def caller(self, text: str = "Har ni tid?") -> MessageRow:
        self.clock.advance(seconds=1)
        key = str(uuid4())
        return await add_received(self.session, self.row, "46elks", key, text, self.clock.now())

    async def ours(
        self, key: str = "", situation: Situation = Situation.REPLY, state: str = "queued"
    ) -> None:
        self.clock.advance(seconds=1)
        now, key = self.clock.now(), key or str(uuid4())
        text = await queue_text(self.session, self.row, key, "Svar", now, situation=situation)
        assert text is not None
        text.state = state

    async def turn(self, text: MessageRow) -> None:
        given = {"engine": "builtin", "took_ms": 1, "created_at": self.clock.now()}
        self.session.add(TurnRow(message_id=text.id, **given))
        await self.session.flush()

    async def waits(self) -> bool:
        await self.session.flush()
        return self.row.id in await unanswered(self.session, [self.row.id])


async def opened(
    session: AsyncSession, clock: HandClock, number: str = CALLER
) -> tuple[Talk, ConversationRow]:
    row = await open_conversation(session, number, US, "sv", clock.now())
    return Talk(session, row, clock), row


async def nothing(talk: Talk) -> None:
    await talk.ours()


async def asked(talk: Talk) -> None:
    await talk.caller()


async def answered(talk: Talk) -> None:
    await talk.caller()
    await talk.ours()


async def reminded(talk: Talk) -> None:
    await talk.caller()
    await talk.ours(situation=Situation.REMINDER)


async def answer_lost(talk: Talk) -> None:
    await talk.caller()
    await talk.ours(state="rejected")


async def understood_in_silence(talk: Talk) -> None:
    await talk.turn(await talk.caller("Tack!"))


async def reply_withheld(talk: Talk) -> None:
    text = await talk.caller()
    await talk.turn(text)
    await talk.ours(f"reply:{text.id}", state="rejected")


async def asked_again(talk: Talk) -> None:
    await answered(talk)
    await talk.caller()


CASES = [
    (nothing, False),
    (asked, True),
    (answered, False),
    (reminded, True),
    (answer_lost, True),
    (understood_in_silence, False),
    (reply_withheld, True),
    (asked_again, True),
]


@pytest.mark.parametrize(
    ("happened", "expected"), CASES, ids=lambda case: getattr(case, "__name__", "")
)
async def test_last_text_waits_unless_somebody_answered_it(
    db: Database,
    company: UUID,
    clock: HandClock,
    happened: Callable[[Talk], Coroutine[Any, Any, None]],
    expected: bool,
) -> None:
    async with db.begin(company) as session:
        talk, row = await opened(session, clock)
        other, _ = await opened(session, clock, OTHER_CALLER)
        await answered(other)
        await happened(talk)
        assert await talk.waits() == expected
        row.closed_at = clock.now()
        stand = (await standings(session, [row.id]))[row.id]
    assert (stand == "lost") == (expected or happened is nothing)


async def taken_by_eva(db: Database, company: UUID, clock: HandClock, *texts: str) -> UUID:
    async with db.begin(company) as session:
        talk, row = await opened(session, clock)
        await take_over(session, row.id, EVA, clock.now())
        for text in texts:
            await talk.caller(text)
        return row.id


async def due_turns(db: Database, clock: HandClock) -> list[JobRow]:
    """Those that a hand-back has asked for."""
    return [job for job in await jobs_of(db, "turn") if job.key != f"turn:{job.subject}"]


async def test_what_came_while_a_person_had_it_is_answered_after_the_hand_back(
    db: Database, company: UUID, clock: HandClock
) -> None:
    talk = await taken_by_eva(db, company, clock, "Hej", "Boka fredag")
    async with db.begin(company) as session:
        await hand_back(session, talk, EVA, clock.now())
    texts = sorted(await rows(db, company, MessageRow), key=lambda text: text.number)
    turns = sorted(await due_turns(db, clock), key=lambda job: job.id)
    assert [job.subject for job in turns] == [text.id for text in texts]
    assert {job.lane for job in turns} == {f"turn:{talk}"}


async def test_what_the_person_answered_is_not_answered_again(
    db: Database, company: UUID, clock: HandClock
) -> None:
    talk = await taken_by_eva(db, company, clock, "Hej")
    async with db.begin(company) as session:
        await write_as(session, talk, EVA, "1", "Hej, Eva här!", clock.now())
        await hand_back(session, talk, EVA, clock.now())
    assert await due_turns(db, clock) == []


async def test_text_whose_reply_a_take_over_stopped_goes_to_a_person_after_the_hand_back(
    db: Database, company: UUID, clock: HandClock
) -> None:
    async with db.begin(company) as session:
        talk, row = await opened(session, clock)
        await reply_withheld(talk)
        await take_over(session, row.id, EVA, clock.now())
        await hand_back(session, row.id, EVA, clock.now())
    assert await due_turns(db, clock) == []
    assert [one.why for one in await rows(db, company, CallbackRow)] == [UNANSWERED]


async def test_conversations_of_who_works_here_no_more_go_back_to_the_assistant(
    db: Database, company: UUID, clock: HandClock
) -> None:
    await taken_by_eva(db, company, clock, "Hej")
    async with db.begin(company) as session:
        _, other = await opened(session, clock, OTHER_CALLER)
        await take_over(session, other.id, uuid4(), clock.now())
        assert await hand_back_all(session, EVA, clock.now(), "system") == 1
    owners = {talk.number: talk.owner for talk in await rows(db, company, ConversationRow)}
    assert owners == {CALLER: "assistant", OTHER_CALLER: "person"}
    assert len(await due_turns(db, clock)) == 1


async def test_caller_who_waits_is_listed_once_until_the_person_writes(
    db: Database, company: UUID, clock: HandClock
) -> None:
    talk = await taken_by_eva(db, company, clock, "Hej", "Hallå?")
    async with db.begin(company) as session:
        row = await session.get_one(ConversationRow, talk)
        for text in (await session.scalars(_texts())).all():
            await want_answer(session, row, text, clock.now())
        assert (await standings(session, [talk]))[talk] == "needs_person"
    clock.advance(seconds=timedelta(hours=1).total_seconds())
    async with db.begin(company) as session:
        await write_as(session, talk, EVA, "1", "Hej, Eva här!", clock.now())
        assert (await standings(session, [talk]))[talk] == "person"
    assert [one.state for one in await rows(db, company, CallbackRow)] == ["done"]


def _texts() -> Select[tuple[MessageRow]]:
    return select(MessageRow).order_by(MessageRow.number)
