"""What one text, one line or one company must not do to the others at the same account."""

from datetime import UTC, datetime
from uuid import UUID, uuid4

import pytest
from sqlalchemy import delete, update

from ringback import jobs
from ringback.db import Database
from ringback.messages import AccountFault, NotAccepted, Outbound, Outcome
from ringback.policy import Situation
from ringback.sample import salon
from ringback.store.companies import add_company
from ringback.store.conversations import add_received, open_conversation, open_conversation_with
from ringback.tables import CallbackRow, CompanyRow, MessageRow, SmsNumberRow
from tests.clock import HandClock
from tests.flow import CALLER, US, add_number, queued, rows, run_due, text_from
from tests.sms_gateway.outgoing import (
    MANY,
    NUMBERS,
    Steps,
    health_of,
    queue_many,
    set_rules,
    states_in,
    steps_of,
    texts_in,
)
from tests.sms_gateway.scripted import Scripted

THEIRS = "+46701740691"
HOLD = {"quiet": {"begins": "21:00", "ends": "08:00", "then": "hold"}}


class PutsOff(Scripted):
    """Never takes texts to some numbers, nor from numbers that are not its own."""

    def __init__(self, *put_off: str, foreign: str = "") -> None:
        super().__init__()
        self.put_off, self.foreign = put_off, foreign

    async def send(self, outbound: Outbound) -> Outcome:
        if outbound.recipient in self.put_off:
            self.answers.appendleft(NotAccepted("The SMSC can't take it now.", 60))
        elif outbound.sender == self.foreign:
            self.answers.appendleft(AccountFault("Not your number.", of_sender=True))
        return await super().send(outbound)


async def minutes(db: Database, clock: HandClock, steps: Steps, count: float) -> None:
    for _ in range(int(count * 2)):
        clock.advance(30)
        await run_due(db, clock, steps)


@pytest.mark.parametrize("culprits", [1, 6])
async def test_texts_that_are_put_off_for_hours_keep_no_other_waiting_for_long(
    db: Database, company: UUID, clock: HandClock, culprits: int
) -> None:
    bad = NUMBERS[60 : 60 + culprits]
    account = PutsOff(*bad)
    steps = steps_of(db, clock, account)
    await set_rules(db, company, {"limits": MANY})
    await queue_many(db, company, clock, bad)
    await run_due(db, clock, steps)
    for number in NUMBERS[:12]:
        text = await queued(db, company, clock, to=number)
        await run_due(db, clock, steps)
        await minutes(db, clock, steps, 2)
        assert (await text_from(db, company, text)).state == "accepted"
        await minutes(db, clock, steps, 5)
    health = await health_of(db, "46elks")
    assert health is not None
    assert health.state == "up"


async def test_campaign_that_is_put_off_keeps_no_other_company_s_answers_waiting_for_long(
    db: Database, company: UUID, clock: HandClock
) -> None:
    account = PutsOff(*NUMBERS[:60])
    steps = steps_of(db, clock, account)
    await set_rules(db, company, {"limits": MANY})
    neighbour = await add_company(db, salon(), clock.now())
    await add_number(db, neighbour, e164=THEIRS)
    for number in NUMBERS[:60]:
        await queued(db, company, clock, number, to=number, situation=Situation.PROGRAM)
    await minutes(db, clock, steps, 20)
    for number in NUMBERS[60:64]:
        await queue_many(db, neighbour, clock, [number], ours=THEIRS)
        await minutes(db, clock, steps, 3)
        assert set(await states_in(db, neighbour)) == {"accepted"}


async def test_number_that_is_not_the_account_s_stops_its_own_texts_alone(
    db: Database, company: UUID, clock: HandClock
) -> None:
    account = PutsOff(foreign=THEIRS)
    steps = steps_of(db, clock, account)
    neighbour = await add_company(db, salon(), clock.now())
    await add_number(db, neighbour, e164=THEIRS)
    await queue_many(db, neighbour, clock, NUMBERS[:10], ours=THEIRS)
    await run_due(db, clock, steps)
    for number in NUMBERS[:5]:
        text = await queued(db, company, clock, to=number)
        await run_due(db, clock, steps)
        assert (await text_from(db, company, text)).state == "accepted"
        await minutes(db, clock, steps, 4)
    waiting = await rows(db, neighbour, MessageRow)
    assert {(row.state, row.why) for row in waiting} == {("queued", "Not your number.")}


@pytest.fixture
def night() -> HandClock:
    return HandClock(datetime(2026, 11, 20, 21, 0, tzinfo=UTC))  # 22:00 in Stockholm


async def test_text_held_over_the_night_lets_answers_past_and_loses_none_behind_it(
    db: Database, company: UUID, night: HandClock
) -> None:
    account = Scripted()
    steps = steps_of(db, night, account)
    await set_rules(db, company, HOLD)
    for words in ("first", "second"):
        await queued(db, company, night, words, situation=Situation.PROGRAM)
    await run_due(db, night, steps)
    night.advance(minutes=20)
    await queued(db, company, night, "we open at 9", situation=Situation.STAFF)
    await queued(db, company, night, "no more texts", despite_opt_out=True)
    await run_due(db, night, steps)
    assert account.words == ["we open at 9", "no more texts"]
    night.advance(hours=9, minutes=41)
    await run_due(db, night, steps)
    assert account.words[2:] == ["first", "second"]


async def test_first_text_held_over_the_night_does_not_go_out_to_who_wrote_meanwhile(
    db: Database, company: UUID, night: HandClock
) -> None:
    account = Scripted()
    steps = steps_of(db, night, account)
    await set_rules(db, company, HOLD)
    held = await queued(db, company, night, "we missed your call", situation=Situation.MISSED)
    await queued(db, company, night, "to another", to=NUMBERS[9], situation=Situation.MISSED)
    await run_due(db, night, steps)
    async with db.begin(company) as session:
        talk = await open_conversation_with(session, CALLER)
        assert talk
        await add_received(session, talk, "46elks", "in1", "A time tomorrow?", night.now())
    await queued(db, company, night, "at nine")
    await run_due(db, night, steps)
    night.advance(hours=10)
    await run_due(db, night, steps)
    assert account.words == ["at nine", "to another"]
    row = await text_from(db, company, held)
    assert (row.state, row.why) == ("rejected", "wrote_since")
    assert await rows(db, company, CallbackRow) == []


async def test_text_that_nobody_looked_at_in_the_night_is_not_too_late_in_the_morning(
    db: Database, company: UUID, night: HandClock
) -> None:
    account = Scripted()
    await set_rules(db, company, HOLD)
    await queued(db, company, night, situation=Situation.MISSED)
    night.advance(hours=13, minutes=50)
    await run_due(db, night, steps_of(db, night, account))
    assert await states_in(db, company) == ["accepted"]


async def test_answer_passes_a_long_line_and_the_line_loses_nothing(
    db: Database, company: UUID, clock: HandClock
) -> None:
    """A hundred texts of a program at one every two seconds, and another company's answer."""
    account = Scripted()
    steps = steps_of(db, clock, account, per_second=0.5)
    await set_rules(db, company, {"limits": MANY})
    neighbour = await add_company(db, salon(), clock.now())
    await add_number(db, company)
    await add_number(db, neighbour, e164=THEIRS)
    for number in NUMBERS[:60]:
        await queued(db, company, clock, number, to=number, situation=Situation.PROGRAM)
    await run_due(db, clock, steps)
    await queue_many(db, neighbour, clock, [CALLER], ours=THEIRS)
    for _ in range(7):
        await run_due(db, clock, steps)
        clock.advance(2)
    assert await states_in(db, neighbour) == ["accepted"]
    for _ in range(60):
        await run_due(db, clock, steps)
        clock.advance(2)
    assert await states_in(db, company) == ["accepted"] * 60
    assert len(account.asked) == 61


async def test_answer_passes_a_program_s_text_that_waits_for_its_turn_in_the_same_conversation(
    db: Database, company: UUID, clock: HandClock
) -> None:
    account = Scripted()
    steps = steps_of(db, clock, account, per_second=0.5)
    await set_rules(db, company, {"limits": MANY})
    for number in NUMBERS[:60]:
        await queued(db, company, clock, "campaign", to=number, situation=Situation.PROGRAM)
    await run_due(db, clock, steps)
    for _ in range(2):
        await queued(db, company, clock, "more", to=NUMBERS[59], situation=Situation.PROGRAM)
    await queued(db, company, clock, "answer", to=NUMBERS[59])
    for _ in range(8):
        await run_due(db, clock, steps)
        clock.advance(2)
    assert "answer" in account.words


async def test_answers_go_before_a_campaign_through_an_account_without_a_pace(
    db: Database, company: UUID, clock: HandClock
) -> None:
    account = Scripted()
    await set_rules(db, company, {"limits": MANY})
    neighbour = await add_company(db, salon(), clock.now())
    await add_number(db, neighbour, e164=THEIRS)
    for number in NUMBERS[:20]:
        for words in ("campaign", "more"):
            await queued(db, company, clock, words, to=number, situation=Situation.PROGRAM)
    clock.advance(1)
    await queued(db, company, clock, "missed", to=CALLER, situation=Situation.MISSED)
    await queued(db, company, clock, "answer", to=NUMBERS[3])
    await queue_many(db, neighbour, clock, [CALLER], ours=THEIRS)
    await run_due(db, clock, steps_of(db, clock, account, most=8))
    assert set(account.words[:8]) >= {"answer", f"0 to {CALLER}", "missed"}
    assert len(account.asked) == 43


@pytest.mark.parametrize("situation", [Situation.PROGRAM, Situation.REPLY])
async def test_answer_through_a_slow_account_stands_behind_no_other_company_s_line(
    db: Database, company: UUID, clock: HandClock, situation: Situation
) -> None:
    """One text in 200 s: a turn is further ahead than any is given."""
    account = Scripted()
    steps = steps_of(db, clock, account, per_second=0.005)
    await set_rules(db, company, {"limits": MANY})
    neighbour = await add_company(db, salon(), clock.now())
    await add_number(db, company)
    await add_number(db, neighbour, e164=THEIRS)
    for number in NUMBERS[:60]:
        await queued(db, company, clock, number, to=number, situation=situation)
    await minutes(db, clock, steps, 5)
    await queue_many(db, neighbour, clock, [CALLER], ours=THEIRS)
    await minutes(db, clock, steps, 30)
    assert await states_in(db, neighbour) == ["accepted"]


async def test_what_the_missed_wait_for_goes_before_what_programs_want(
    db: Database, company: UUID, clock: HandClock
) -> None:
    account = Scripted()
    steps = steps_of(db, clock, account, per_second=1)
    await set_rules(db, company, {"limits": MANY})
    for number, situation in zip(
        NUMBERS, (Situation.PROGRAM, Situation.MISSED, Situation.REPLY), strict=False
    ):
        await queued(db, company, clock, situation, to=number, situation=situation)
    for _ in range(3):
        await run_due(db, clock, steps)
        clock.advance(1)
    assert account.words == ["reply", "missed", "program"]


async def test_turns_of_an_hour_without_a_worker_are_not_used_at_once(
    db: Database, company: UUID, clock: HandClock
) -> None:
    account = Scripted()
    steps = steps_of(db, clock, account, per_second=1)
    await set_rules(db, company, {"limits": MANY})
    await queue_many(db, company, clock, NUMBERS[:50])
    await run_due(db, clock, steps)
    clock.advance(60)
    await run_due(db, clock, steps)
    assert len(account.asked) <= 3
    for _ in range(60):
        clock.advance(1)
        await run_due(db, clock, steps)
    assert len(account.asked) == 50


async def test_answer_does_not_wait_for_turns_of_a_clock_that_was_hours_ahead(
    db: Database, company: UUID, clock: HandClock
) -> None:
    account = Scripted()
    steps = steps_of(db, clock, account, per_second=10)
    clock.advance(hours=2)
    await queue_many(db, company, clock, NUMBERS[:3])
    await run_due(db, clock, steps)
    clock.advance(hours=-2)
    await queued(db, company, clock, "answer", to=NUMBERS[9])
    await run_due(db, clock, steps)
    assert account.words[-1] == "answer"


async def test_texts_with_a_turn_wait_when_the_provider_asks_us_to_slow_down(
    db: Database, company: UUID, clock: HandClock
) -> None:
    account = Scripted()
    account.answers.append(NotAccepted("429", 600, busy=True))
    steps = steps_of(db, clock, account, per_second=1)
    await set_rules(db, company, {"limits": MANY})
    await queue_many(db, company, clock, NUMBERS[:10])
    for _ in range(20):
        await run_due(db, clock, steps)
        clock.advance(1)
    assert len(account.asked) == 1
    clock.advance(580)
    for _ in range(30):
        await run_due(db, clock, steps)
        clock.advance(1)
    assert await states_in(db, company) == ["accepted"] * 10


async def test_rules_of_a_newer_version_stop_no_text(
    db: Database, company: UUID, clock: HandClock
) -> None:
    async with db.begin(company) as session:
        newer = {"quiet": {"begins": "21:00", "weekends": True}, "tomorrow": 1}
        await session.execute(
            update(CompanyRow).where(CompanyRow.id == company).values(texting=newer)
        )
    await queued(db, company, clock)
    await run_due(db, clock, steps_of(db, clock, Scripted()))
    assert await states_in(db, company) == ["accepted"]


async def test_text_that_can_never_be_worked_on_fails_before_a_person_s_eyes(
    db: Database, company: UUID, clock: HandClock
) -> None:
    async with db.begin(company) as session:
        broken = {"countries": 5}
        await session.execute(
            update(CompanyRow).where(CompanyRow.id == company).values(texting=broken)
        )
    await queued(db, company, clock, situation=Situation.MISSED)
    steps = steps_of(db, clock, Scripted())
    for _ in range(jobs.MAX_ATTEMPTS):
        await run_due(db, clock, steps)
        clock.advance(1000)
    assert await states_in(db, company) == ["failed"]
    assert [row.why for row in await rows(db, company, CallbackRow)] == ["text_not_sent"]


@pytest.mark.parametrize(
    ("rules", "state"),
    [({"limits": MANY}, "accepted"), (HOLD, "unknown"), ({"countries": ["NO"]}, "unknown")],
)
async def test_text_found_after_a_crash_is_asked_for_again_only_if_it_may_go_now(
    db: Database, company: UUID, night: HandClock, rules: dict[str, object], state: str
) -> None:
    account = Scripted(idempotent=True)
    text = await queued(db, company, night, situation=Situation.MISSED)
    async with db.begin(company) as session:
        row = await session.merge(await text_from(db, company, text))
        row.state, row.provider, row.submitted_at = "submitting", "46elks", night.now()
        row.reserved_e4 = 640
    await set_rules(db, company, rules)
    night.advance(60)
    await run_due(db, night, steps_of(db, night, account))
    assert await states_in(db, company) == [state]
    assert len(account.asked) == (1 if state == "accepted" else 0)


@pytest.mark.parametrize("answered", [False, True])
async def test_waiting_text_goes_out_from_the_number_that_took_the_old_one_s_place(
    db: Database, company: UUID, clock: HandClock, answered: bool
) -> None:
    """But in a conversation that the caller holds with the old number it waits for that."""
    account = Scripted()
    async with db.begin(company) as session:
        session.add(SmsNumberRow(id=uuid4(), provider="46elks", e164=THEIRS))
        talk = await open_conversation(session, CALLER, US, "sv", clock.now())
        if answered:
            await add_received(session, talk, "46elks", "in1", "Hej", clock.now())
    await add_number(db, company)
    text = await queued(db, company, clock)
    async with db.begin(company) as session:
        await session.execute(delete(SmsNumberRow).where(SmsNumberRow.e164 == US))
    await run_due(db, clock, steps_of(db, clock, account))
    assert [outbound.sender for outbound in account.asked] == ([] if answered else [THEIRS])
    async with db.read(company) as session:
        kept = await open_conversation_with(session, CALLER)
        assert kept is not None
        assert kept.our_number == (US if answered else THEIRS)
    assert (await text_from(db, company, text)).state == ("queued" if answered else "accepted")
    assert len(await texts_in(db, company)) == 1 + answered
