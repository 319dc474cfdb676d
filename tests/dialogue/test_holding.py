"""The proposed time is kept while its question is open, and for nobody longer than that."""

from datetime import timedelta
from uuid import UUID

import pytest

from dialogue.holding import Holding
from dialogue.turn import Engine, Turns
from dialogue.turns import Memory, Pending, Situation, Turn
from ringback.bookings import Slot, Taken
from ringback.db import Database
from ringback.store.bookings import book, hold
from ringback.tables import BookingRow
from tests.clock import HandClock
from tests.dialogue.test_last_time import LAST, keep_nothing, last_replies, one_time_left
from tests.dialogue.test_turn import GONE, ZONE, replies, slot_in, steps_with, write
from tests.flow import CALLER, OTHER_CALLER, jobs_of, rows, run_due

ASK = "Har ni någon tid för herrklippning på tisdag?"
PROPOSED = "Tisdag kl 10, passar det?"


class Callers:
    """Two callers and the salon, where on Tuesday one time is left."""

    def __init__(self, db: Database, company: UUID, clock: HandClock) -> None:
        self.db, self.company, self.clock = db, company, clock

    async def say(self, text: str, number: str = CALLER) -> str:
        """The caller's text; our answer."""
        await write(self.db, self.company, self.clock, text, number=number)
        await run_due(self.db, self.clock, {"turn": Turns(self.db, self.clock.now).turn})
        return (await last_replies(self.db, self.company))[number]

    async def states(self) -> list[tuple[str, str]]:
        found = await rows(self.db, self.company, BookingRow)
        return [(row.state, row.number) for row in found]


@pytest.fixture
async def callers(db: Database, company: UUID, clock: HandClock) -> Callers:
    await one_time_left(db, company, clock)
    return Callers(db, company, clock)


async def test_time_proposed_to_one_is_not_proposed_to_another_and_is_booked_by_the_yes(
    callers: Callers,
) -> None:
    assert "10:00" in await callers.say(ASK)
    assert await callers.states() == [("held", CALLER)]
    assert "25 november" in await callers.say(ASK, OTHER_CALLER)
    assert (await callers.say("Ja tack")).startswith("Bokat")
    assert await callers.states() == [("confirmed", CALLER)]


async def test_hold_lasts_as_long_as_the_company_says_from_the_proposal(
    callers: Callers, db: Database, company: UUID, clock: HandClock
) -> None:
    await callers.say(ASK)
    (row,) = await rows(db, company, BookingRow)
    assert row.held_until == clock.now() + timedelta(minutes=10)
    assert (row.starts_at, row.resource) == (LAST, "Mira")


async def test_time_that_is_no_longer_kept_goes_to_the_next_who_asks(
    callers: Callers, clock: HandClock
) -> None:
    await callers.say(ASK)
    clock.advance(minutes=10)
    assert "24 november" in await callers.say(ASK, OTHER_CALLER)
    assert await callers.states() == [("held", OTHER_CALLER)]
    late = await callers.say("Ja tack")
    assert not late.startswith("Bokat")
    assert "25 november" in late
    assert await callers.states() == [("held", OTHER_CALLER)]


@pytest.mark.parametrize(
    "no", ["Nej tack, det passar inte", "Nej, har ni något på onsdag istället?"]
)
async def test_no_gives_the_time_back_at_once(callers: Callers, no: str) -> None:
    await callers.say(ASK)
    await callers.say(no)
    assert await callers.states() == []
    assert "24 november" in await callers.say(ASK, OTHER_CALLER)


async def test_question_in_between_leaves_the_time_held(callers: Callers) -> None:
    await callers.say(ASK)
    await callers.say("Vad kostar det?")
    assert await callers.states() == [("held", CALLER)]
    assert (await callers.say("Ja, boka den")).startswith("Bokat")


async def test_company_that_keeps_nothing_holds_nothing(
    callers: Callers, db: Database, company: UUID
) -> None:
    await keep_nothing(db, company)
    await callers.say(ASK)
    assert await callers.states() == []


async def test_forgotten_proposal_is_dropped_by_itself(
    callers: Callers, db: Database, clock: HandClock
) -> None:
    await callers.say(ASK)
    steps = {"release_hold": Holding(db, clock.now).release_hold}
    clock.advance(minutes=9)
    await callers.say("Ursäkta, " + ASK.lower())  # proposed once more
    clock.advance(minutes=1)
    await run_due(db, clock, steps)
    assert await callers.states() == [("held", CALLER)]
    clock.advance(minutes=9)
    await run_due(db, clock, steps)
    assert await callers.states() == []
    assert {job.state for job in await jobs_of(db, "release_hold")} == {"done"}


def proposes(slot: Slot, seen: list[bool]) -> Engine:
    """Proposes the slot without looking at first; like an honest engine when asked again."""

    def engine(text: str, situation: Situation) -> Turn:
        seen.append(Taken(slot.resource, slot.starts_at, slot.ends_at) in situation.taken)
        if len(seen) > 1 and seen[-1]:
            return Turn(GONE, Memory())
        memory = Memory(pending=Pending.CONFIRM, offered=(slot,))
        return Turn(PROPOSED, memory, offered=(slot,))

    return engine


@pytest.mark.parametrize("how", ["booked", "held"])
async def test_proposal_of_a_time_that_somebody_else_has_is_never_sent(
    db: Database, company: UUID, clock: HandClock, how: str
) -> None:
    slot, now, seen = slot_in(clock.now()), clock.now(), list[bool]()
    async with db.begin(company) as session:
        if how == "booked":
            await book(session, slot, OTHER_CALLER, "other", ZONE, now)
        else:
            until = now + timedelta(minutes=10)
            await hold(session, [slot], OTHER_CALLER, "other", ZONE, now, until)
    await write(db, company, clock, "Tisdag kl 10")
    await run_due(db, clock, steps_with(db, clock, proposes(slot, seen)))
    assert seen == [True, True]
    assert await replies(db, company) == [GONE]


async def test_caller_does_not_stand_in_his_own_way(
    db: Database, company: UUID, clock: HandClock
) -> None:
    slot, seen = slot_in(clock.now()), list[bool]()
    for _ in range(2):
        await write(db, company, clock, "Tisdag kl 10")
        await run_due(db, clock, steps_with(db, clock, proposes(slot, seen)))
    assert seen == [False, False]
    assert await replies(db, company) == [PROPOSED, PROPOSED]


async def test_held_time_is_booked_by_a_yes_though_its_notice_ran_out_meanwhile(
    callers: Callers, clock: HandClock
) -> None:
    notice = timedelta(hours=1)
    clock.advance((LAST - notice - timedelta(minutes=2) - clock.now()).total_seconds())
    assert "10:00" in await callers.say("Har ni någon tid för herrklippning idag?")
    clock.advance(minutes=4)
    assert (await callers.say("Ja tack")).startswith("Bokat")
    assert await callers.states() == [("confirmed", CALLER)]
