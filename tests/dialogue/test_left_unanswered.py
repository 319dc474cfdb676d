"""A person has the conversation and says nothing: the caller is not forgotten, whatever comes then."""

from dataclasses import dataclass
from datetime import timedelta
from uuid import UUID, uuid4

import pytest

from dialogue.handing_over import HANDOVER, HandingOver
from dialogue.start import Start
from dialogue.turn import Turns
from ringback import jobs
from ringback.conversations import Standing
from ringback.db import Database
from ringback.store.assistant import save_assistant
from ringback.store.ownership import hand_back, take_over, write_as
from ringback.store.standings import standings
from ringback.store.unanswered import UNANSWERED
from ringback.tables import BookingRow, CallbackRow, ConversationRow, MessageRow, TurnRow
from tests.clock import HandClock
from tests.dialogue.test_turn import write
from tests.flow import jobs_of, rows, run_due

EVA = uuid4()
WISH = "Boka herrklippning fredag kl 13:00 tack"


@dataclass
class Office:
    """A caller, the assistant, and Eva."""

    db: Database
    company: UUID
    clock: HandClock

    async def caller(self, *texts: str, minutes: float = 1) -> None:
        self.clock.advance(minutes=minutes)
        await write(self.db, self.company, self.clock, *texts)
        await self.work()

    async def work(self, **later: float) -> None:
        """Time goes by, and the workers do what is due."""
        self.clock.advance(**later)
        over = HandingOver(self.db, self.clock.now, "https://r.example")
        close = Start(self.db, self.clock.now, (), timedelta(hours=1), "https://r.example").close
        turn = Turns(self.db, self.clock.now).turn
        steps = {"turn": turn, HANDOVER: over.escalate, UNANSWERED: over.unanswered, "close": close}
        await run_due(self.db, self.clock, steps)

    async def eva(self, act: str, text: str = "") -> None:
        self.clock.advance(minutes=1)
        talk, now = await self.talk(), self.clock.now()
        async with self.db.begin(self.company) as session:
            if act == "takes":
                await take_over(session, talk, EVA, now)
                due = now + timedelta(days=3)
                await jobs.put(session, "close", self.company, talk, due)
            elif act == "writes":
                await write_as(session, talk, EVA, str(uuid4()), text, now)
            else:
                await hand_back(session, talk, EVA, now)
        await self.work()

    async def talk(self) -> UUID:
        (row,) = await rows(self.db, self.company, ConversationRow)
        return row.id

    async def stands(self) -> Standing:
        talk = await self.talk()
        async with self.db.read(self.company) as session:
            return (await standings(session, [talk]))[talk]

    async def listed(self) -> list[tuple[str, str]]:
        return [(row.why, row.state) for row in await rows(self.db, self.company, CallbackRow)]

    async def said(self) -> list[str]:
        texts = sorted(await rows(self.db, self.company, MessageRow), key=lambda one: one.number)
        return [text.text for text in texts if text.direction == "out"]


@pytest.fixture
def office(db: Database, company: UUID, clock: HandClock) -> Office:
    return Office(db, company, clock)


async def test_person_who_lets_a_caller_wait_is_reminded_by_the_list(office: Office) -> None:
    await office.caller("Hej")
    await office.eva("takes")
    await office.caller("Kan jag få en tid?", "Hallå?")
    await office.work(minutes=28)
    assert (await office.stands(), await office.listed()) == ("person", [])
    await office.work(minutes=2)
    assert (await office.stands(), await office.listed()) == (
        "needs_person",
        [(UNANSWERED, "open")],
    )
    await office.eva("writes", "Hej, Eva här!")
    assert (await office.stands(), await office.listed()) == ("person", [(UNANSWERED, "done")])


async def test_person_who_answers_in_time_is_not_reminded(office: Office) -> None:
    await office.caller("Hej")
    await office.eva("takes")
    await office.caller("Kan jag få en tid?")
    await office.eva("writes", "Ja, vad passar?")
    await office.work(hours=2)
    assert (await office.stands(), await office.listed()) == ("person", [])


async def test_caller_whom_nobody_answered_does_not_end_as_answered(office: Office) -> None:
    async with office.db.begin(office.company) as session:
        await save_assistant(session, {"handover_min": 0})  # no reminder of the list
    await office.caller("Hej")
    await office.eva("takes")
    await office.caller("Kan jag få en tid?")
    await office.work(days=4)
    await office.work(days=1)
    (talk,) = await rows(office.db, office.company, ConversationRow)
    assert talk.closed_at is not None
    assert (await office.stands(), await office.listed()) == (
        "needs_person",
        [(UNANSWERED, "open")],
    )


async def test_what_came_meanwhile_is_answered_after_the_hand_back(office: Office) -> None:
    await office.caller("Hej")
    await office.eva("takes")
    await office.caller(WISH, "Jag blöder kraftigt från näsan, det är akut!")
    before = len(await office.said())
    await office.eva("hands back")
    booked, urgent = (await office.said())[before:]
    assert booked.startswith("Bokat")
    assert "brådskande" in urgent
    assert ("emergency", "open") in await office.listed()
    await office.eva("takes")
    await office.eva("hands back")
    assert len(await office.said()) == before + 2
    assert {job.state for job in await jobs_of(office.db, "turn")} == {"done"}


async def test_text_is_answered_once_though_it_was_handed_back_twice_before_a_worker_came(
    office: Office,
) -> None:
    await office.caller("Hej")
    await office.eva("takes")
    await office.caller(WISH)
    talk = await office.talk()
    for _ in range(2):
        office.clock.advance(seconds=1)
        async with office.db.begin(office.company) as session:
            now = office.clock.now()
            await take_over(session, talk, EVA, now)
            await hand_back(session, talk, EVA, now)
    await office.work(seconds=1)
    assert len(await rows(office.db, office.company, BookingRow)) == 1
    assert len(await rows(office.db, office.company, TurnRow)) == 2
    assert {job.state for job in await jobs_of(office.db, "turn")} == {"done"}


async def test_promise_that_a_person_kept_is_not_told_as_forgotten_after_the_hand_back(
    office: Office,
) -> None:
    await office.caller("Kan jag få prata med en människa?")
    await office.eva("takes")
    await office.eva("writes", "Hej, Eva här! Då är det löst.")
    await office.eva("hands back")
    await office.work(minutes=45)
    assert len(await office.said()) == 2
