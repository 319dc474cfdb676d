"""The outbox on real rows, against the fake 46elks: every outcome of a send, and every crash."""

import asyncio
from collections.abc import AsyncIterator, Callable
from contextlib import suppress
from datetime import UTC, datetime, timedelta
from uuid import UUID, uuid4

import httpx
import pytest
from structlog.testing import capture_logs

from ringback.db import Database
from ringback.messages import MessageState, Outbound, Outcome, Receipt
from ringback.policy import TOO_LATE_AFTER
from ringback.tables import MessageRow, OptOutRow
from ringback.tenancy import number_index
from ringback.worker import Batch, Step, Worker
from sms_gateway.inbox import Inbox
from sms_gateway.outbox import Outbox
from sms_gateway.provider import Account, Provider
from sms_gateway.providers.elks import Elks
from sms_gateway.providers.phones import StoredPhones
from sms_gateway.providers.simulator import Simulator
from tests.clock import HandClock
from tests.fakes.elks import FakeElks, Fault
from tests.flow import CALLER, LEASE_S, add_number, jobs_of, queued, rows, run_due, text_from
from tests.sms_gateway.providers.elks_account import account

RECONCILE_S = 120.0


@pytest.fixture
def clock() -> HandClock:
    """Begins now, for the fake keeps the texts' real times."""
    return HandClock(datetime.now(UTC))


@pytest.fixture
async def elks() -> AsyncIterator[FakeElks]:
    async with FakeElks() as server:
        server.receipts = ()
        yield server


@pytest.fixture
def patience_s() -> float:
    """How long an answer is waited for; a test for which none comes asks for less."""
    return 30.0


@pytest.fixture
async def provider(elks: FakeElks, clock: HandClock, patience_s: float) -> AsyncIterator[Elks]:
    async with httpx.AsyncClient() as client:
        yield Elks(account(elks), client, clock.now, read_timeout_s=patience_s)


@pytest.fixture
def inbox(db: Database, clock: HandClock) -> Inbox:
    return Inbox(db, clock.now)


Steps = dict[str, Step | Batch]


def steps_of(db: Database, clock: HandClock, *providers: Provider) -> Steps:
    accounts = {provider.name: Account(provider) for provider in providers}
    outbox = Outbox(db, clock.now, accounts, RECONCILE_S, goodbye_s=0.1)
    return {"send": Batch(outbox.send, most=64), "reconcile": outbox.reconcile}


@pytest.fixture
def steps(db: Database, clock: HandClock, provider: Elks) -> Steps:
    return steps_of(db, clock, provider)


def receipt(token: str | None, state: MessageState, provider_id: str | None = None) -> Receipt:
    return Receipt("46elks", token, provider_id, state, state.value, datetime.now(UTC))


async def state_of(db: Database, company: UUID, text: UUID) -> str:
    return (await text_from(db, company, text)).state


async def test_accepted_text_keeps_what_the_provider_said(
    db: Database, company: UUID, clock: HandClock, elks: FakeElks, steps: Steps
) -> None:
    text = await queued(db, company, clock)
    await run_due(db, clock, steps)
    row = await text_from(db, company, text)
    (sent,) = elks.accepted
    assert (row.state, row.provider, row.provider_id) == ("accepted", "46elks", sent["id"])
    assert (row.parts, row.cost_e4) == (sent["parts"], sent["cost"])
    assert [job.state for job in await jobs_of(db, "send")] == ["done"]
    assert not await jobs_of(db, "reconcile")


async def test_refused_text_is_rejected_for_good_with_the_reason(
    db: Database, company: UUID, clock: HandClock, elks: FakeElks, steps: Steps
) -> None:
    elks.misbehave(Fault.BAD_REQUEST)
    text = await queued(db, company, clock)
    await run_due(db, clock, steps)
    clock.advance(days=1)
    await run_due(db, clock, steps)
    row = await text_from(db, company, text)
    assert row.state == "rejected"
    assert "Invalid to number" in str(row.why)
    assert not elks.accepted


@pytest.mark.parametrize(("fault", "wait_s"), [(Fault.BUSY, 7), (Fault.UNAUTHORIZED, 60)])
async def test_text_that_was_not_taken_waits_and_is_then_sent_once(
    db: Database,
    company: UUID,
    clock: HandClock,
    elks: FakeElks,
    steps: Steps,
    fault: Fault,
    wait_s: float,
) -> None:
    elks.misbehave(fault)
    text = await queued(db, company, clock)
    await run_due(db, clock, steps)
    (job,) = await jobs_of(db, "send")
    assert await state_of(db, company, text) == "queued"
    assert (job.state, job.run_at - clock.now()) == ("open", timedelta(seconds=wait_s))
    clock.advance(wait_s)
    await run_due(db, clock, steps)
    assert await state_of(db, company, text) == "accepted"
    assert len(elks.accepted) == 1


async def test_provider_out_of_reach_is_waited_for(
    db: Database, company: UUID, clock: HandClock, elks: FakeElks, steps: Steps
) -> None:
    await elks.refuse()
    text = await queued(db, company, clock)
    for _ in range(20):  # more often than a job may fail
        await run_due(db, clock, steps)
        assert await state_of(db, company, text) == "queued"
        clock.advance(minutes=3)
    await elks.listen()
    clock.advance(minutes=15)
    await run_due(db, clock, steps)
    assert await state_of(db, company, text) == "accepted"


@pytest.mark.parametrize("fault", [Fault.UNAUTHORIZED, Fault.NO_CREDITS])
async def test_fault_of_the_account_leaves_the_text_alone_and_shows(
    db: Database, company: UUID, clock: HandClock, elks: FakeElks, steps: Steps, fault: Fault
) -> None:
    elks.misbehave(fault)
    text = await queued(db, company, clock)
    with capture_logs() as logs:
        await run_due(db, clock, steps)
    row = await text_from(db, company, text)
    assert (row.state, bool(row.why)) == ("queued", True)
    assert [entry["log_level"] for entry in logs if entry["event"] == "sms_account_fault"] == [
        "error"
    ]


async def test_text_that_waited_too_long_fails_instead_of_puzzling_the_caller(
    db: Database, company: UUID, clock: HandClock, elks: FakeElks, steps: Steps
) -> None:
    text = await queued(db, company, clock)
    clock.advance(TOO_LATE_AFTER.total_seconds() + 1)
    await run_due(db, clock, steps)
    row = await text_from(db, company, text)
    assert (row.state, row.why) == ("failed", "too_late")
    assert not elks.accepted


LOST = [
    (Fault.DROP_AFTER_ACCEPTING, 30.0),
    (Fault.ERROR_AFTER_ACCEPTING, 30.0),
    (Fault.SLOW, 1.0),
    (Fault.GARBAGE, 30.0),
]


@pytest.mark.parametrize(("fault", "patience_s"), LOST)
async def test_lost_answer_is_unknown_until_the_look_up_finds_the_text(
    db: Database, company: UUID, clock: HandClock, elks: FakeElks, steps: Steps, fault: Fault
) -> None:
    elks.misbehave(fault)
    text = await queued(db, company, clock)
    await run_due(db, clock, steps)
    assert await state_of(db, company, text) == "unknown"
    clock.advance(RECONCILE_S)
    await run_due(db, clock, steps)
    row = await text_from(db, company, text)
    assert (row.state, row.provider_id) == ("accepted", elks.accepted[0]["id"])
    assert len(elks.accepted) == 1


async def test_text_that_the_look_up_does_not_find_is_sent_again_once(
    db: Database, company: UUID, clock: HandClock, elks: FakeElks, steps: Steps
) -> None:
    elks.misbehave(Fault.DROP)
    text = await queued(db, company, clock)
    await run_due(db, clock, steps)
    assert (await state_of(db, company, text), elks.accepted) == ("unknown", [])
    for _ in range(3):
        clock.advance(RECONCILE_S)
        await run_due(db, clock, steps)
    assert await state_of(db, company, text) == "accepted"
    assert len(elks.accepted) == 1


async def test_look_up_that_can_not_say_is_repeated_and_nothing_is_sent_meanwhile(
    db: Database, company: UUID, clock: HandClock, elks: FakeElks, steps: Steps
) -> None:
    elks.misbehave(Fault.DROP_AFTER_ACCEPTING)
    elks.misbehave(Fault.ERROR_AFTER_ACCEPTING, times=100, on="list")
    text = await queued(db, company, clock)
    for _ in range(30):
        await run_due(db, clock, steps)
        clock.advance(minutes=10)
    assert await state_of(db, company, text) == "unknown"
    assert [job.state for job in await jobs_of(db, "reconcile")] == ["done"]
    assert len(elks.accepted) == 1


async def crash_in_the_middle(
    db: Database, clock: HandClock, steps: Steps, reached: Callable[[], bool]
) -> None:
    """A worker that is ended while the provider works on the text."""
    work = asyncio.create_task(Worker(db, clock.now, steps, LEASE_S).run_one())
    async with asyncio.timeout(30):
        while not reached():
            await asyncio.sleep(0.005)
    work.cancel()
    with suppress(asyncio.CancelledError):
        await work


async def test_crash_before_the_answer_is_unknown_and_then_found(
    db: Database, company: UUID, clock: HandClock, elks: FakeElks, steps: Steps
) -> None:
    elks.misbehave(Fault.SLOW)
    text = await queued(db, company, clock)
    await crash_in_the_middle(db, clock, steps, lambda: bool(elks.accepted))
    assert await state_of(db, company, text) == "submitting"
    clock.advance(LEASE_S)
    await run_due(db, clock, steps)
    assert await state_of(db, company, text) == "unknown"
    clock.advance(RECONCILE_S)
    await run_due(db, clock, steps)
    assert await state_of(db, company, text) == "accepted"
    assert len(elks.accepted) == 1


async def test_crash_before_the_answer_is_resolved_by_the_receipt_alone(
    db: Database, company: UUID, clock: HandClock, elks: FakeElks, steps: Steps, inbox: Inbox
) -> None:
    elks.misbehave(Fault.SLOW)
    text = await queued(db, company, clock)
    await crash_in_the_middle(db, clock, steps, lambda: bool(elks.accepted))
    clock.advance(LEASE_S)
    await run_due(db, clock, steps)
    token = (await text_from(db, company, text)).token
    await inbox.settle(receipt(token, MessageState.DELIVERED, elks.accepted[0]["id"]))
    elks.misbehave(Fault.UNAUTHORIZED, times=100, on="list")
    clock.advance(RECONCILE_S)
    await run_due(db, clock, steps)
    row = await text_from(db, company, text)
    assert (row.state, row.provider_id) == ("delivered", elks.accepted[0]["id"])
    assert [job.state for job in await jobs_of(db, "reconcile")] == ["done"]
    assert len(elks.accepted) == 1


@pytest.mark.parametrize("patience_s", [1.0])
async def test_receipt_that_overtakes_the_answer_is_not_undone_by_it(
    db: Database, company: UUID, clock: HandClock, elks: FakeElks, steps: Steps, inbox: Inbox
) -> None:
    elks.misbehave(Fault.SLOW)  # the answer never comes; the receipt does
    text = await queued(db, company, clock)
    sending = asyncio.create_task(run_due(db, clock, steps))
    async with asyncio.timeout(30):
        while not elks.accepted:
            await asyncio.sleep(0.005)
    token = (await text_from(db, company, text)).token
    await inbox.settle(receipt(token, MessageState.DELIVERED))
    await sending
    assert await state_of(db, company, text) == "delivered"


async def test_simulated_phone_reports_before_it_answers_and_the_text_stays_delivered(
    db: Database, company: UUID, clock: HandClock
) -> None:
    await add_number(db, company, "simulator")
    settle = Inbox(db, clock.now).settle
    phones = Simulator(StoredPhones(db), settle, "secret", clock.now)
    text = await queued(db, company, clock)
    await run_due(db, clock, steps_of(db, clock, phones))
    assert await state_of(db, company, text) == "delivered"


@pytest.mark.parametrize(
    ("told", "end"),
    [
        (("accepted", "delivered"), "delivered"),
        (("delivered", "accepted"), "delivered"),
        (("delivered", "delivered", "failed"), "delivered"),
        (("failed", "accepted", "delivered"), "failed"),
    ],
)
async def test_receipts_out_of_order_or_twice_only_go_forward(
    db: Database,
    company: UUID,
    clock: HandClock,
    steps: Steps,
    inbox: Inbox,
    told: tuple[str, ...],
    end: str,
) -> None:
    text = await queued(db, company, clock)
    await run_due(db, clock, steps)
    token = (await text_from(db, company, text)).token
    for state in told:
        await inbox.settle(receipt(token, MessageState(state)))
    assert await state_of(db, company, text) == end


async def opt_out(db: Database, company: UUID, clock: HandClock) -> None:
    async with db.begin(company) as session:
        index = number_index(CALLER)
        session.add(OptOutRow(id=uuid4(), number_index=index, created_at=clock.now()))


async def test_opt_out_between_queueing_and_sending_stops_the_text_but_not_its_confirmation(
    db: Database, company: UUID, clock: HandClock, elks: FakeElks, steps: Steps
) -> None:
    stopped = await queued(db, company, clock, "Lediga tider: 10:00")
    await opt_out(db, company, clock)
    confirms = await queued(db, company, clock, "Du får inga fler sms.", despite_opt_out=True)
    await run_due(db, clock, steps)
    row = await text_from(db, company, stopped)
    assert (row.state, row.why) == ("rejected", "opted_out")
    assert await state_of(db, company, confirms) == "accepted"
    assert [sms["message"] for sms in elks.accepted] == ["Du får inga fler sms."]


async def test_two_workers_at_once_send_every_text_once(
    db: Database, company: UUID, clock: HandClock, elks: FakeElks, steps: Steps
) -> None:
    words = {f"Text {number}" for number in range(15)}
    for text in sorted(words):
        await queued(db, company, clock, text)
    await run_due(db, clock, steps, workers=2)
    assert sorted(sms["message"] for sms in elks.accepted) == sorted(words)
    assert {row.state for row in await rows(db, company, MessageRow)} == {"accepted"}


class Held(Elks):
    """46elks behind a line that holds the text until it is let go."""

    def __init__(self, elks: FakeElks, client: httpx.AsyncClient, clock: HandClock) -> None:
        super().__init__(account(elks), client, clock.now)
        self.holds, self.free = asyncio.Event(), asyncio.Event()

    async def send(self, outbound: Outbound) -> Outcome:
        self.holds.set()
        await self.free.wait()
        return await super().send(outbound)


async def test_worker_that_lost_its_lease_does_not_put_the_text_back_in_line(
    db: Database, company: UUID, clock: HandClock, elks: FakeElks
) -> None:
    """Else it would be in line with nobody to send it: the other worker has ended the job."""
    elks.misbehave(Fault.BUSY)
    text = await queued(db, company, clock)
    async with httpx.AsyncClient() as client:
        held = Held(elks, client, clock)
        steps = steps_of(db, clock, held)
        late = asyncio.create_task(Worker(db, clock.now, steps, LEASE_S).run_one())
        await asyncio.wait_for(held.holds.wait(), 30)
        clock.advance(LEASE_S)
        await run_due(db, clock, steps)
        held.free.set()
        await late
        assert await state_of(db, company, text) == "unknown"
        for _ in range(3):
            clock.advance(RECONCILE_S)
            await run_due(db, clock, steps)
    assert await state_of(db, company, text) == "accepted"
    assert len(elks.accepted) == 1


async def test_text_that_a_receipt_told_of_is_not_put_back_by_a_refusal(
    db: Database, company: UUID, clock: HandClock, elks: FakeElks, inbox: Inbox
) -> None:
    elks.misbehave(Fault.BUSY)
    text = await queued(db, company, clock)
    async with httpx.AsyncClient() as client:
        held = Held(elks, client, clock)
        steps = steps_of(db, clock, held)
        sending = asyncio.create_task(Worker(db, clock.now, steps, LEASE_S).run_one())
        await asyncio.wait_for(held.holds.wait(), 30)
        token = (await text_from(db, company, text)).token
        await inbox.settle(receipt(token, MessageState.DELIVERED))
        held.free.set()
        await sending
        clock.advance(RECONCILE_S)
        await run_due(db, clock, steps)
    assert (await state_of(db, company, text), elks.accepted) == ("delivered", [])


async def test_same_words_twice_are_two_texts_also_when_both_answers_are_lost(
    db: Database, company: UUID, clock: HandClock, elks: FakeElks, steps: Steps
) -> None:
    elks.misbehave(Fault.DROP_AFTER_ACCEPTING, times=2)
    for _ in range(2):
        await queued(db, company, clock, "Vilken dag passar?")
    await run_due(db, clock, steps)
    for _ in range(3):
        clock.advance(RECONCILE_S)
        await run_due(db, clock, steps, workers=2)
    found = {row.provider_id for row in await rows(db, company, MessageRow)}
    assert found == {sms["id"] for sms in elks.accepted}
    assert len(found) == len(elks.accepted) == 2


async def test_texts_of_one_conversation_arrive_in_the_order_they_were_written(
    db: Database, company: UUID, clock: HandClock, elks: FakeElks, steps: Steps
) -> None:
    elks.misbehave(Fault.BUSY)
    for text in ("first", "second", "third"):
        await queued(db, company, clock, text)
    await run_due(db, clock, steps, workers=2)
    assert not elks.accepted  # the later ones wait for the first
    clock.advance(minutes=5)
    await run_due(db, clock, steps, workers=2)
    assert [sms["message"] for sms in elks.accepted] == ["first", "second", "third"]
