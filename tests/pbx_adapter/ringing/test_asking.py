"""What the rows say after the PBX was asked, and after it was looked at; the PBX is played by hand."""

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from datetime import timedelta
from pathlib import Path
from uuid import UUID

import pytest

from pbx_adapter.commands import (
    IS_GONE,
    IS_RINGING,
    IS_TALKING,
    IS_UP,
    Answer,
    Command,
    CommandKind,
)
from pbx_adapter.ringing.asking import Ringing
from pbx_adapter.ringing.sweep import LONGEST_RING, UNHEARD_FOR, Sweep
from ringback.attempts import NOTE_LEASE, RING_LEASE, Outcome, Phase, Progress, channel_id
from ringback.calls import Call, Direction, Reason
from ringback.calls import Outcome as CallOutcome
from ringback.db import Database
from ringback.errors import TryAgain
from ringback.store.attempts import end_attempt, note_progress, to_send
from ringback.store.calls import record_call
from tests.clock import HandClock
from tests.flow import jobs_of, run_due
from tests.pbx_adapter.ringing.switchboard import (
    CUSTOMER,
    OTHER_CUSTOMER,
    AheadClock,
    Switchboard,
)
from tests.ringback.flow import missed_call

UNHEARD = UNHEARD_FOR + timedelta(seconds=1)


@dataclass
class HandPbxs:
    """All PBXs, which answer what a test says."""

    answer: Answer | Exception = field(default_factory=lambda: Answer("", True, "It rings."))
    answers: Mapping[str, Answer | Exception] = field(default_factory=dict)  # by channel
    asked: list[Command] = field(default_factory=list)

    async def execute(self, pbx_id: UUID, command: Command) -> Answer:
        self.asked.append(command)
        answer = self.answers.get(command.fields.get("channel", ""), self.answer)
        if isinstance(answer, Exception):
            raise answer
        return replace(answer, id=command.id)

    @property
    def kinds(self) -> list[CommandKind]:
        return [command.kind for command in self.asked]


@dataclass
class House:
    """A company with one handler, and its try."""

    board: Switchboard
    clock: HandClock
    pbxs: HandPbxs
    handler: UUID
    wish: UUID
    attempt: UUID

    async def work(self) -> None:
        """Everything that is due in the step `ring`."""
        ringing = Ringing(self.board.db, self.clock.now, self.pbxs)
        await run_due(self.board.db, self.clock, {"ring": ringing.ring})

    async def sent(self, phase: Phase = Phase.ASKED) -> None:
        """The PBX was asked, and its call came so far."""
        async with self.board.db.begin(self.board.company) as session:
            await to_send(session, self.attempt, self.clock.now())
        await self.told(phase)

    async def told(self, phase: Phase) -> None:
        progress = Progress(channel_id(self.attempt), phase, self.clock.now().timestamp())
        async with self.board.db.begin(self.board.company) as session:
            await note_progress(session, progress, self.clock.now())

    async def sweep(self, answer: str = "", *, known: bool = True) -> tuple[str, str | None]:
        """Sweep once, and get this answer; the try's phase and outcome then."""
        self.pbxs.answer = Answer("", bool(answer), answer or "There is no connection.", known)
        await Sweep(self.board.db, self.clock.now, self.pbxs).sweep()
        row = await self.board.attempt(self.attempt)
        return row.phase, row.outcome

    async def record(self, outcome: CallOutcome, reason: Reason | None) -> None:
        """The record of the try's call, from whatever source."""
        call = Call(
            **{
                **{name: getattr(missed_call(), name) for name in Call.__slots__},
                "uniqueid": channel_id(self.attempt),
                "direction": Direction.OUTBOUND,
                "caller": "101",
                "caller_e164": None,
                "did": None,
                "did_e164": None,
                "callee": CUSTOMER,
                "outcome": outcome,
                "reason": reason,
                "wait_s": 5.0,
                "start": self.clock.now().timestamp() - 20,
                "end": self.clock.now().timestamp(),
            }
        )
        async with self.board.db.begin(self.board.company) as session:
            await record_call(session, self.board.pbx_id, call, self.clock.now())

    async def is_in_line(self) -> bool:
        row = await self.board.callback(self.wish)
        return (row.state, row.attempt_id) == ("open", None)


@pytest.fixture
async def house(db: Database, company: UUID, clock: HandClock, tmp_path: Path) -> House:
    board = Switchboard(db, company, 5038, tmp_path, clock=AheadClock(clock.now))
    await board.open()
    handler, wish = await board.handler("PJSIP/101"), await board.wish()
    return House(board, clock, HandPbxs(), handler, wish, await board.ring(wish, handler))


# The step


async def test_pbx_is_asked_once_for_the_handlers_phone_and_the_number(house: House) -> None:
    await house.work()
    (command,) = house.pbxs.asked
    assert (command.id, command.kind) == (channel_id(house.attempt), CommandKind.CALL_BACK)
    assert command.fields == {"phone": "PJSIP/101", "number": CUSTOMER, "shown": ""}
    assert [job.state for job in await jobs_of(house.board.db, "ring")] == ["done"]


async def test_click_of_long_ago_rings_no_phone(house: House) -> None:
    """The time within which it may be begun goes with the command; PBX and edge keep to it."""
    house.clock.advance(60)
    await house.work()
    (command,) = house.pbxs.asked
    assert command.expires_at <= house.clock.now()


async def test_refusal_is_told_and_puts_the_wish_back(house: House) -> None:
    house.pbxs.answer = Answer("", False, "Asterisk refused Originate: no permission.")
    await house.work()
    row = await house.board.attempt(house.attempt)
    assert (row.phase, row.outcome) == (Phase.ENDED, Outcome.NOT_DONE)
    assert "no permission" in row.fault
    assert await house.is_in_line()


async def test_pbx_that_does_not_answer_leaves_it_unknown_and_is_not_asked_again(
    house: House,
) -> None:
    house.pbxs.answer = Answer("", False, "No answer came.", known=False)
    await house.work()
    row = await house.board.attempt(house.attempt)
    assert (row.phase, row.ended_at) == (Phase.UNKNOWN, None)
    assert not await house.is_in_line()
    await house.work()
    assert house.pbxs.kinds == [CommandKind.CALL_BACK]


async def test_step_that_is_taken_again_only_looks(house: House) -> None:
    await house.sent()
    house.pbxs.answer = Answer("", True, IS_RINGING)
    await house.work()
    assert house.pbxs.kinds == [CommandKind.LOOK]
    assert (await house.board.attempt(house.attempt)).phase == Phase.RINGS_HANDLER


async def test_try_that_is_over_is_neither_rung_nor_looked_for(house: House) -> None:
    async with house.board.db.begin(house.board.company) as session:
        await end_attempt(session, house.attempt, Outcome.NOT_DONE, "", house.clock.now())
    await house.work()
    assert house.pbxs.asked == []
    assert [job.state for job in await jobs_of(house.board.db, "ring")] == ["done"]


# The sweep


@pytest.mark.parametrize(
    ("seen", "phase"),
    [
        (IS_RINGING, Phase.RINGS_HANDLER),
        (IS_UP, Phase.RINGS_CUSTOMER),
        (IS_TALKING, Phase.TALKING),
    ],
)
async def test_call_that_is_up_is_told_and_keeps_the_wish(
    house: House, seen: str, phase: Phase
) -> None:
    await house.sent()
    house.clock.advance(UNHEARD.total_seconds())
    assert await house.sweep(seen) == (phase, None)
    row = await house.board.callback(house.wish)
    assert row.lease_until == house.clock.now() + RING_LEASE


async def test_call_that_is_still_where_it_was_keeps_the_wish(house: House) -> None:
    await house.sent(Phase.TALKING)
    house.clock.advance(UNHEARD.total_seconds())
    await house.sweep(IS_TALKING)
    row = await house.board.callback(house.wish)
    assert row.lease_until == house.clock.now() + RING_LEASE


async def test_try_of_which_nothing_is_known_is_looked_for_at_once(house: House) -> None:
    await house.sent(Phase.UNKNOWN)
    assert await house.sweep(IS_UP) == (Phase.RINGS_CUSTOMER, None)


async def test_try_that_was_heard_lately_is_not_looked_for(house: House) -> None:
    await house.sent(Phase.RINGS_HANDLER)
    house.clock.advance(30)
    await house.sweep(IS_GONE)
    assert house.pbxs.asked == []


@pytest.mark.parametrize(
    ("phase", "outcome", "reason", "came_to"),
    [
        (Phase.RINGS_HANDLER, CallOutcome.ANSWERED, None, None),
        (Phase.RINGS_CUSTOMER, CallOutcome.MISSED, Reason.BUSY, Outcome.BUSY),
        (Phase.RINGS_CUSTOMER, CallOutcome.MISSED, Reason.NO_ANSWER, Outcome.NO_ANSWER),
        (Phase.RINGS_HANDLER, CallOutcome.MISSED, Reason.NO_ANSWER, Outcome.LOST),
    ],
)
async def test_call_that_is_gone_came_to_what_its_record_says(
    house: House,
    phase: Phase,
    outcome: CallOutcome,
    reason: Reason | None,
    came_to: Outcome | None,
) -> None:
    await house.sent(phase)
    house.clock.advance(UNHEARD.total_seconds())
    await house.record(outcome, reason)
    assert await house.sweep(IS_GONE) == (Phase.ENDED, came_to)
    row = await house.board.attempt(house.attempt)
    assert (row.answered_at is not None) == (outcome is CallOutcome.ANSWERED)


async def test_call_that_is_gone_without_a_record_is_lost_when_the_lease_is_over(
    house: House,
) -> None:
    await house.sent(Phase.RINGS_CUSTOMER)
    house.clock.advance(UNHEARD.total_seconds())
    assert await house.sweep(IS_GONE) == (Phase.RINGS_CUSTOMER, None)
    house.clock.advance(RING_LEASE.total_seconds())
    assert await house.sweep(IS_GONE) == (Phase.ENDED, Outcome.LOST)
    assert await house.is_in_line()


async def test_talk_that_is_gone_waits_for_its_note(house: House) -> None:
    await house.sent(Phase.TALKING)
    house.clock.advance(UNHEARD.total_seconds())
    assert await house.sweep(IS_GONE) == (Phase.ENDED, None)
    assert not await house.is_in_line()


async def test_pbx_out_of_reach_is_said_so_and_the_wish_comes_back_with_the_lease(
    house: House,
) -> None:
    await house.sent(Phase.RINGS_CUSTOMER)
    house.clock.advance(UNHEARD.total_seconds())
    assert await house.sweep() == (Phase.UNKNOWN, None)
    assert await house.sweep(IS_UP) == (Phase.RINGS_CUSTOMER, None)
    house.clock.advance(RING_LEASE.total_seconds())
    assert await house.sweep() == (Phase.ENDED, Outcome.LOST)
    assert "no contact" in (await house.board.attempt(house.attempt)).fault
    assert await house.is_in_line()


async def test_try_that_was_never_sent_asks_no_pbx_and_comes_back(house: House) -> None:
    house.clock.advance(UNHEARD.total_seconds())
    assert await house.sweep(IS_GONE) == (Phase.ASKED, None)
    house.clock.advance(RING_LEASE.total_seconds())
    assert await house.sweep(IS_GONE) == (Phase.ENDED, Outcome.NOT_DONE)
    assert house.pbxs.asked == []


async def test_customers_phone_that_rings_too_long_is_hung_up(house: House) -> None:
    await house.sent(Phase.RINGS_CUSTOMER)
    house.clock.advance(LONGEST_RING.total_seconds())
    await house.told(Phase.RINGS_CUSTOMER)
    house.clock.advance(1)
    await house.sweep(IS_UP)
    assert house.pbxs.kinds == [CommandKind.LOOK, CommandKind.HANG_UP]


async def test_talk_that_was_not_heard_of_is_not_hung_up(house: House) -> None:
    await house.sent(Phase.RINGS_CUSTOMER)
    house.clock.advance(LONGEST_RING.total_seconds() + 1)
    assert await house.sweep(IS_TALKING) == (Phase.TALKING, None)
    assert house.pbxs.kinds == [CommandKind.LOOK]


async def test_try_that_can_not_be_seen_to_holds_up_no_other(house: House) -> None:
    other_handler = await house.board.handler("PJSIP/102")
    other_wish = await house.board.wish(OTHER_CUSTOMER)
    other = await house.board.ring(other_wish, other_handler)
    async with house.board.db.begin(house.board.company) as session:
        for attempt in (house.attempt, other):
            await to_send(session, attempt, house.clock.now())
    house.clock.advance(UNHEARD.total_seconds())
    house.pbxs.answers = {channel_id(house.attempt): TryAgain("The database was busy.")}
    await house.sweep(IS_UP)
    assert (await house.board.attempt(other)).phase == Phase.RINGS_CUSTOMER


async def test_note_that_nobody_writes_leaves_the_wish_behind_for_half_an_hour(
    house: House,
) -> None:
    async with house.board.db.begin(house.board.company) as session:
        now = house.clock.now()
        await end_attempt(session, house.attempt, Outcome.NO_ANSWER, "", now)
    house.clock.advance(NOTE_LEASE.total_seconds() - 1)
    await house.sweep()
    assert not await house.is_in_line()
    house.clock.advance(1)
    await house.sweep()
    assert await house.is_in_line()
    assert (await house.board.callback(house.wish)).tries == 1
