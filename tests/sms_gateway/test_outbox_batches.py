"""Texts sent together: what one of them meets harms no other, whatever breaks and whenever."""

import asyncio
from collections.abc import Callable, Iterator, MutableMapping
from contextlib import suppress
from typing import Any, cast
from uuid import UUID

import pytest
from sqlalchemy import select
from structlog.testing import capture_logs

from ringback import jobs
from ringback.db import Database
from ringback.messages import Accepted, MessageState, Outbound, Outcome, Receipt
from ringback.sample import salon
from ringback.store.companies import add_company
from ringback.tables import CallbackRow, ChangeRow, JobRow, MessagePartRow, MessageRow
from ringback.worker import Batch, Worker
from sms_gateway.giving_up import BROKEN
from sms_gateway.outbox import Outbox
from sms_gateway.provider import Account
from sms_gateway.receipts import Receipts
from tests.clock import HandClock
from tests.flow import LEASE_S, add_number, jobs_of, queued, rows, run_due, text_from
from tests.sms_gateway.outgoing import (
    MANY,
    NUMBERS,
    RECONCILE_S,
    Steps,
    queue_many,
    set_rules,
    states_in,
    steps_of,
    texts_in,
)
from tests.sms_gateway.scripted import Scripted

Logs = list[MutableMapping[str, Any]]


@pytest.fixture(autouse=True)
def logs() -> Iterator[Logs]:
    with capture_logs() as entries:
        yield entries


async def until(true: Callable[[], bool]) -> None:
    async with asyncio.timeout(30):
        while not true():
            await asyncio.sleep(0.005)


async def crash(db: Database, clock: HandClock, steps: Steps, reached: Callable[[], bool]) -> None:
    """A worker that is ended in the middle of its batch."""
    work = asyncio.create_task(Worker(db, clock.now, steps, LEASE_S).run_one())
    await until(reached)
    work.cancel()
    with suppress(asyncio.CancelledError):
        await work


async def test_due_texts_are_claimed_together_and_told_to_the_pages_once(
    db: Database, company: UUID, clock: HandClock
) -> None:
    account = Scripted()
    await queue_many(db, company, clock, NUMBERS[:30])
    before = len(await rows(db, company, ChangeRow))
    worker = Worker(db, clock.now, steps_of(db, clock, account, most=20), LEASE_S)
    assert await worker.run_one()
    assert len(account.asked) == 20
    told = [row for row in await rows(db, company, ChangeRow) if row.kind == "conversation"]
    assert len(told) - before == 20
    assert await worker.run_one()
    assert not await worker.run_one()
    assert await states_in(db, company) == ["accepted"] * 30


async def test_text_whose_row_is_broken_harms_no_other(
    db: Database, company: UUID, clock: HandClock
) -> None:
    account = Scripted()
    await queue_many(db, company, clock, NUMBERS[:10])
    broken = (await texts_in(db, company))[f"0 to {NUMBERS[3]}"].id
    async with db.engine.begin() as connection:
        table = MessageRow.__table__
        await connection.execute(
            table.update().where(table.c.id == broken).values(situation="nonsense")  # type: ignore[attr-defined]
        )
    steps = steps_of(db, clock, account)
    await run_due(db, clock, steps)
    assert await states_in(db, company) == ["accepted"] * 9 + ["queued"]
    (open_job,) = [job for job in await jobs_of(db, "send") if job.state == "open"]
    assert (open_job.subject, open_job.attempts, open_job.fault) == (broken, 1, "ValueError")
    for _ in range(jobs.MAX_ATTEMPTS):
        clock.advance(1000)
        await run_due(db, clock, steps)
    assert sorted(job.state for job in await jobs_of(db, "send")) == ["dead"] + ["done"] * 9
    row = await text_from(db, company, broken)
    assert (row.state, row.why) == ("failed", BROKEN)
    (callback,) = await rows(db, company, CallbackRow)
    assert (callback.why, callback.number) == ("text_not_sent", NUMBERS[3])


async def test_text_that_is_gone_ends_its_job(
    db: Database, company: UUID, clock: HandClock
) -> None:
    account = Scripted()
    text = await queued(db, company, clock)
    async with db.begin(company) as session:
        await session.delete(await session.get_one(MessageRow, text))
    await run_due(db, clock, steps_of(db, clock, account))
    assert [job.state for job in await jobs_of(db, "send")] == ["done"]


async def test_two_jobs_about_one_text_send_it_once(
    db: Database, company: UUID, clock: HandClock
) -> None:
    account = Scripted()
    text = await queued(db, company, clock)
    async with db.begin(company) as session:
        await jobs.put(session, "send", company, text, clock.now(), key="again")
    await run_due(db, clock, steps_of(db, clock, account))
    assert (len(account.asked), await states_in(db, company)) == (1, ["accepted"])
    assert {job.state for job in await jobs_of(db, "send")} == {"done"}
    assert not await jobs_of(db, "reconcile")


async def test_answer_that_can_not_be_written_down_harms_no_other(
    db: Database, company: UUID, clock: HandClock
) -> None:
    """A provider's code breaks its word and gives no id."""
    account = Scripted()
    account.answers.append(Accepted(cast(str, None), 1, None))
    await queue_many(db, company, clock, NUMBERS[:10])
    steps = steps_of(db, clock, account)
    await run_due(db, clock, steps)
    assert await states_in(db, company) == ["accepted"] * 9 + ["submitting"]
    clock.advance(LEASE_S)
    await run_due(db, clock, steps)
    assert await states_in(db, company) == ["accepted"] * 9 + ["unknown"]
    assert len(account.asked) == 10


async def test_answers_are_kept_when_the_database_was_away_for_a_moment(
    db: Database, company: UUID, clock: HandClock, logs: Logs
) -> None:
    account = Scripted()
    account.hold = asyncio.Event()
    await queue_many(db, company, clock, NUMBERS[:3])
    work = asyncio.create_task(run_due(db, clock, steps_of(db, clock, account)))
    await until(lambda: len(account.asked) == 3)
    await _execute(db, "ALTER TABLE spent RENAME TO away")
    account.hold.set()
    await until(lambda: bool(logs))
    await _execute(db, "ALTER TABLE away RENAME TO spent")
    await work
    assert await states_in(db, company) == ["accepted"] * 3


async def _execute(db: Database, statement: str) -> None:
    async with db.engine.begin() as connection:
        await connection.exec_driver_sql(statement)


async def test_lease_that_was_lost_for_one_text_harms_no_other_and_its_answer_is_kept(
    db: Database, company: UUID, clock: HandClock
) -> None:
    account = Scripted()
    account.hold = asyncio.Event()
    await queue_many(db, company, clock, NUMBERS[:5])
    lost = (await texts_in(db, company))[f"0 to {NUMBERS[2]}"].id
    work = asyncio.create_task(
        Worker(db, clock.now, steps_of(db, clock, account), LEASE_S).run_one()
    )
    await until(lambda: len(account.asked) == 5)
    async with db.begin_across() as session:
        job = (await session.scalars(select(JobRow).where(JobRow.subject == lost))).one()
        job.token = "another worker's"
    account.hold.set()
    await work
    assert await states_in(db, company) == ["accepted"] * 5
    still_open = [job.subject for job in await jobs_of(db, "send") if job.state == "open"]
    assert still_open == [lost]


class Selective(Scripted):
    """Holds the texts to one number until it is let go."""

    def __init__(self, slow: str) -> None:
        super().__init__()
        self.slow, self.free = slow, asyncio.Event()

    async def send(self, outbound: Outbound) -> Outcome:
        outcome = await super().send(outbound)
        if outbound.recipient == self.slow:
            await self.free.wait()
        return outcome


async def test_slow_text_keeps_no_other_of_its_batch_waiting(
    db: Database, company: UUID, clock: HandClock
) -> None:
    account = Selective(NUMBERS[0])
    await queue_many(db, company, clock, NUMBERS[:10])
    work = asyncio.create_task(run_due(db, clock, steps_of(db, clock, account)))
    async with asyncio.timeout(30):
        while await states_in(db, company) != ["accepted"] * 9 + ["submitting"]:
            await asyncio.sleep(0.05)
    account.free.set()
    await work
    assert await states_in(db, company) == ["accepted"] * 10


async def test_send_that_could_not_begin_in_time_is_given_back_without_a_trace(
    db: Database, company: UUID, clock: HandClock
) -> None:
    account = Scripted()
    account.hold = asyncio.Event()
    await queue_many(db, company, clock, NUMBERS[:3])
    steps = steps_of(db, clock, account, at_once=1)
    work = asyncio.create_task(Worker(db, clock.now, steps, lease_s=10.0).run_one())
    await until(lambda: len(account.asked) == 1)
    async with asyncio.timeout(20):
        while [job.token for job in await jobs_of(db, "send")].count(None) < 2:
            await asyncio.sleep(0.02)
    assert await states_in(db, company) == ["queued", "queued", "submitting"]
    assert len(account.asked) == 1
    account.hold.set()
    await work
    waiting = [job for job in await jobs_of(db, "send") if job.state == "open"]
    assert [(job.attempts, job.fault, job.token) for job in waiting] == [(0, None, None)] * 2
    await run_due(db, clock, steps)
    assert await states_in(db, company) == ["accepted"] * 3
    assert len(account.asked) == 3


async def test_send_that_takes_longer_than_the_lease_allows_is_unknown_and_its_job_ended(
    db: Database, company: UUID, clock: HandClock, logs: Logs
) -> None:
    account = Scripted()
    account.hold = asyncio.Event()
    await queue_many(db, company, clock, NUMBERS[:2])
    await Worker(db, clock.now, steps_of(db, clock, account), lease_s=6.0).run_one()
    assert await states_in(db, company) == ["unknown"] * 2
    assert {job.state for job in await jobs_of(db, "send")} == {"done"}
    assert "job_failed" not in {entry["event"] for entry in logs}


async def test_provider_gets_no_more_texts_at_once_than_its_account_allows(
    db: Database, company: UUID, clock: HandClock
) -> None:
    account = Scripted()
    await queue_many(db, company, clock, NUMBERS[:40])
    await run_due(db, clock, steps_of(db, clock, account, most=20, at_once=3), workers=2)
    assert account.most_at_once == 3
    assert len(account.asked) == 40


async def test_fault_of_a_provider_s_code_leaves_the_text_unknown(
    db: Database, company: UUID, clock: HandClock
) -> None:
    account = Scripted(lookup=False)
    account.answers.append(KeyError("status"))
    await queue_many(db, company, clock, NUMBERS[:3])
    await run_due(db, clock, steps_of(db, clock, account))
    assert await states_in(db, company) == ["accepted", "accepted", "unknown"]


@pytest.mark.parametrize("at_once", [1, 16])
async def test_crash_in_the_middle_of_a_batch_sends_nothing_twice_and_loses_nothing(
    db: Database, company: UUID, clock: HandClock, at_once: int
) -> None:
    """Those that were being sent are unknown; the others are as they were."""
    account = Scripted()
    account.hold = asyncio.Event()
    await queue_many(db, company, clock, NUMBERS[:8])
    steps = steps_of(db, clock, account, at_once=at_once)
    await crash(db, clock, steps, lambda: len(account.asked) == min(at_once, 8))
    reached = min(at_once, 8)
    assert await states_in(db, company) == ["queued"] * (8 - reached) + ["submitting"] * reached
    account.hold = None
    clock.advance(LEASE_S)
    await run_due(db, clock, steps)
    assert len(account.asked) == len({outbound.token for outbound in account.asked}) == 8
    assert await states_in(db, company) == ["accepted"] * (8 - reached) + ["unknown"] * reached


async def test_stop_waits_for_texts_under_way_and_leaves_the_others_in_line(
    db: Database, company: UUID, clock: HandClock
) -> None:
    account = Scripted(lookup=False)
    account.hold = asyncio.Event()
    await queue_many(db, company, clock, NUMBERS[:20])
    accounts = {"46elks": Account(account, at_once=4)}
    outbox = Outbox(db, clock.now, accounts, RECONCILE_S, goodbye_s=30.0)
    steps: Steps = {"send": Batch(outbox.send, 64)}
    work = asyncio.create_task(Worker(db, clock.now, steps, LEASE_S).run_one())
    await until(lambda: len(account.asked) == 4)
    work.cancel()
    await asyncio.sleep(0.3)
    assert not work.done()
    account.hold.set()
    with suppress(asyncio.CancelledError):
        await work
    assert await states_in(db, company) == ["accepted"] * 4 + ["queued"] * 16
    waiting = [job for job in await jobs_of(db, "send") if job.state == "open"]
    assert {(job.run_at, job.token, job.attempts) for job in waiting} == {(clock.now(), None, 0)}
    assert len(account.asked) == 4


async def test_crash_between_the_answer_and_its_record_is_unknown(
    db: Database, company: UUID, clock: HandClock
) -> None:
    """The provider's answer was on its way into the database, which another write keeps busy."""
    account = Scripted(lookup=False)
    account.hold = asyncio.Event()
    await queue_many(db, company, clock, NUMBERS[:4])
    steps = steps_of(db, clock, account)
    work = asyncio.create_task(Worker(db, clock.now, steps, LEASE_S).run_one())
    await until(lambda: len(account.asked) == 4)
    async with db.begin(company) as session:
        await session.scalars(select(MessageRow).with_for_update())
        account.hold.set()
        await until(lambda: account.at_once == 0)
        await asyncio.sleep(0)
        work.cancel()
        with suppress(asyncio.CancelledError):
            await work
    clock.advance(LEASE_S)
    await run_due(db, clock, steps)
    assert await states_in(db, company) == ["unknown"] * 4
    assert len(account.asked) == 4


async def test_two_workers_with_texts_of_several_companies_never_block_each_other_for_good(
    db: Database, company: UUID, clock: HandClock, logs: Logs
) -> None:
    """Every lock there is: texts, sums, two accounts' pace, accounts that fail and come back."""
    companies = [company, await add_company(db, salon(), clock.now())]
    first, second = Scripted("first"), Scripted("second", receipts_by_id=True)
    for number, owner in enumerate(companies):
        ours = f"+4684650040{number}"
        await set_rules(db, owner, {"limits": MANY})
        await add_number(db, owner, "first" if number else "second", ours, rank=0)
        await add_number(db, owner, "second" if number else "first", ours, rank=1)
        await queue_many(db, owner, clock, NUMBERS[:30], each=2, ours=ours)
    steps = steps_of(db, clock, first, second, most=10, per_second=1e6, sender_per_second=1e6)
    for _ in range(200):
        await run_due(db, clock, steps, workers=2)
        clock.advance(0.001)
        if not any(job.state == "open" for job in await jobs_of(db, "send")):
            break
    for owner in companies:
        assert await states_in(db, owner) == ["accepted"] * 60
    assert sorted(first.words + second.words) == sorted(2 * _words())
    faults = {entry.get("fault") for entry in logs} - {None, "IntegrityError"}
    assert not faults, faults
    assert not {"job_failed", "texts_not_recorded_together"} & {entry["event"] for entry in logs}


def _words() -> list[str]:
    return [f"{number} to {caller}" for number in range(2) for caller in NUMBERS[:30]]


async def test_receipt_that_knows_only_the_id_and_comes_before_the_answer_is_not_lost(
    db: Database, company: UUID, clock: HandClock
) -> None:
    account = Scripted(receipts_by_id=True)
    account.hold = asyncio.Event()
    account.answers.append(Accepted("p1", 2, None, part_ids=("p1", "p2")))
    text = await queued(db, company, clock)
    work = asyncio.create_task(run_due(db, clock, steps_of(db, clock, account)))
    await until(lambda: bool(account.asked))
    receipts = Receipts(db, clock.now)
    for part in ("p2", "p1"):
        receipt = Receipt("46elks", None, part, MessageState.DELIVERED, "DELIVRD", clock.now())
        await receipts.settle(receipt)
    assert (await text_from(db, company, text)).state == "submitting"
    account.hold.set()
    await work
    assert (await text_from(db, company, text)).state == "delivered"
    assert {part.state for part in await rows(db, company, MessagePartRow)} == {"delivered"}
