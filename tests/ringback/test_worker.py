import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable, Iterator, MutableMapping, Sequence
from contextlib import asynccontextmanager, suppress
from datetime import timedelta
from typing import Any
from uuid import UUID, uuid4

import pytest
from sqlalchemy import select
from structlog.testing import capture_logs

from ringback import jobs
from ringback.db import Database
from ringback.errors import Refused, TryAgain
from ringback.store.changes import Kind, note_change
from ringback.tables import ChangeRow, JobRow, SmsNumberRow
from ringback.worker import Batch, Step, Worker
from tests.clock import HandClock

LEASE_S = 60.0


Logs = list[MutableMapping[str, Any]]


@pytest.fixture(autouse=True)
def logs() -> Iterator[Logs]:
    with capture_logs() as entries:
        yield entries


@asynccontextmanager
async def working(db: Database, clock: HandClock, step: Step) -> AsyncIterator[None]:
    loop = asyncio.create_task(Worker(db, clock.now, {"send": step}, LEASE_S).run())
    try:
        yield
    finally:
        assert not loop.done(), loop
        loop.cancel()
        with suppress(asyncio.CancelledError):
            await loop


async def put(db: Database, clock: HandClock, key: str = "") -> UUID:
    subject = uuid4()
    async with db.begin_across() as session:
        await jobs.put(session, "send", uuid4(), subject, clock.now(), key=key)
    return subject


async def only_job(db: Database) -> JobRow:
    async with db.read_across() as session:
        return (await session.scalars(select(JobRow))).one()


def finishing(db: Database, clock: HandClock, seen: list[UUID] | None = None) -> Step:
    async def step(job: jobs.Job) -> None:
        async with db.begin_across() as session:
            await jobs.finish(session, job, clock.now())
        if seen is not None:
            seen.append(job.subject)

    return step


def raising(error: Exception) -> Step:
    async def step(job: jobs.Job) -> None:
        raise error

    return step


async def until(true: Callable[[], bool]) -> None:
    async with asyncio.timeout(30):
        while not true():
            await asyncio.sleep(0.01)


async def test_due_job_is_run_and_ended(db: Database, clock: HandClock) -> None:
    seen: list[UUID] = []
    subject = await put(db, clock)
    worker = Worker(db, clock.now, {"send": finishing(db, clock, seen)}, LEASE_S)
    assert await worker.run_one()
    assert not await worker.run_one()
    assert seen == [subject]
    assert (await only_job(db)).state == "done"


async def test_step_that_raises_is_tried_again_with_growing_delay(
    db: Database, clock: HandClock
) -> None:
    await put(db, clock)
    worker = Worker(db, clock.now, {"send": raising(ValueError("no"))}, LEASE_S)
    for attempt in (1, 2, 3):
        assert await worker.run_one()
        row = await only_job(db)
        assert (row.run_at - clock.now()).total_seconds() == 2**attempt
        assert not await worker.run_one()
        clock.advance(2**attempt)


async def test_step_that_asks_for_a_later_time_gets_it(db: Database, clock: HandClock) -> None:
    await put(db, clock)
    later = TryAgain("The provider is away.", 45)
    worker = Worker(db, clock.now, {"send": raising(later)}, LEASE_S)
    await worker.run_one()
    row = await only_job(db)
    assert (row.run_at - clock.now()).total_seconds() == 45
    assert (row.state, row.fault) == ("open", "The provider is away.")


async def test_step_that_always_fails_is_put_aside_for_the_staff(
    db: Database, clock: HandClock
) -> None:
    await put(db, clock)
    worker = Worker(db, clock.now, {"send": raising(Refused("The number is barred."))}, LEASE_S)
    for _ in range(jobs.MAX_ATTEMPTS):
        assert (await only_job(db)).state == "open"
        assert await worker.run_one()
        clock.advance(1000)
    row = await only_job(db)
    assert (row.state, row.fault) == ("dead", "The number is barred.")
    assert not await worker.run_one()


async def test_step_that_takes_its_process_down_each_time_is_put_aside(
    db: Database, clock: HandClock
) -> None:
    await put(db, clock)
    for _ in range(jobs.MAX_ATTEMPTS):
        async with db.begin_across() as session:
            assert await jobs.claim(session, frozenset({"send"}), clock.now(), LEASE_S)
        clock.advance(LEASE_S)
    seen: list[UUID] = []
    worker = Worker(db, clock.now, {"send": finishing(db, clock, seen)}, LEASE_S)
    await worker.run_one()
    assert not seen
    assert (await only_job(db)).state == "dead"


async def test_words_of_a_foreign_fault_are_not_kept_in_the_row(
    db: Database, clock: HandClock
) -> None:
    await put(db, clock)
    foreign = ValueError("can't parse 'Hej, jag heter Anna'")
    await Worker(db, clock.now, {"send": raising(foreign)}, LEASE_S).run_one()
    assert (await only_job(db)).fault == "ValueError"


async def test_step_that_takes_too_long_is_stopped_and_tried_again(
    db: Database, clock: HandClock, company: UUID
) -> None:
    """Stopped in the middle of a transaction, of which nothing stays and which locks nobody out."""
    await put(db, clock)

    async def hang(job: jobs.Job) -> None:
        async with db.begin(company) as session:
            session.add(SmsNumberRow(provider="simulator", e164="+46846500410"))
            await session.flush()
            await asyncio.Event().wait()

    worker = Worker(db, clock.now, {"send": hang}, lease_s=0.2)
    async with asyncio.timeout(30):
        assert await worker.run_one()
    row = await only_job(db)
    assert (row.state, row.fault, row.token) == ("open", "TimeoutError", None)
    async with db.begin(company) as session:
        assert (await session.scalars(select(SmsNumberRow))).all() == []


async def test_job_lost_to_another_worker_is_left_to_it(
    db: Database, clock: HandClock, logs: Logs
) -> None:
    await put(db, clock)

    async def overtaken(job: jobs.Job) -> None:
        clock.advance(LEASE_S)
        async with db.begin_across() as session:
            assert await jobs.claim(session, frozenset({"send"}), clock.now(), LEASE_S)
        raise ValueError("after the lease was lost")

    assert await Worker(db, clock.now, {"send": overtaken}, LEASE_S).run_one()
    assert [entry["event"] for entry in logs] == ["job_failed", "job_lease_lost"]
    row = await only_job(db)
    assert (row.attempts, row.state, row.fault) == (2, "open", None)


async def test_new_job_wakes_an_idle_worker_at_once(db: Database, clock: HandClock) -> None:
    """Ten in a row, within less than the second that it would wait before it looked by itself."""
    seen: list[UUID] = []
    async with working(db, clock, finishing(db, clock, seen)):
        await put(db, clock)
        await until(lambda: len(seen) == 1)
        waited_s = []
        for number in range(2, 12):
            before = asyncio.get_running_loop().time()
            await put(db, clock)
            await until(lambda number=number: len(seen) == number)  # type: ignore[misc]
            waited_s.append(asyncio.get_running_loop().time() - before)
    assert sorted(waited_s)[5] < 0.8, waited_s


async def test_several_workers_do_each_job_once(db: Database, clock: HandClock) -> None:
    seen: list[UUID] = []
    step = finishing(db, clock, seen)
    async with working(db, clock, step), working(db, clock, step), working(db, clock, step):
        wanted = [await put(db, clock) for _ in range(20)]
        await until(lambda: len(seen) >= 20)
    assert sorted(seen) == sorted(wanted)


async def test_jobs_asked_for_at_once_are_done_side_by_side_and_at_once(
    db: Database, clock: HandClock
) -> None:
    """Within less than the second after which each worker looks by itself."""
    under_way = asyncio.Barrier(4)
    ends = finishing(db, clock)

    async def step(job: jobs.Job) -> None:
        await under_way.wait()
        await ends(job)

    async with working(db, clock, step), working(db, clock, step), working(db, clock, step):
        took_s = []
        for _ in range(7):
            await asyncio.sleep(0.2)  # all of them wait
            before = asyncio.get_running_loop().time()
            async with db.begin_across() as session:
                for _ in range(3):
                    await jobs.put(session, "send", uuid4(), uuid4(), clock.now())
            async with asyncio.timeout(30), under_way:
                pass
            took_s.append(asyncio.get_running_loop().time() - before)
    assert sorted(took_s)[3] < 0.7, took_s


async def test_worker_goes_on_after_the_database_was_away(
    db: Database, clock: HandClock, logs: Logs
) -> None:
    seen: list[UUID] = []
    async with working(db, clock, finishing(db, clock, seen)):
        await _execute(db, "ALTER TABLE job RENAME TO away")
        await until(lambda: any(entry["event"] == "worker_stumbled" for entry in logs))
        await _execute(db, "ALTER TABLE away RENAME TO job")
        await put(db, clock)
        await until(lambda: bool(seen))


@pytest.mark.parametrize("settings", ["postgresql"], indirect=True)
async def test_worker_goes_on_after_its_connections_were_cut(
    db: Database, clock: HandClock
) -> None:
    seen: list[UUID] = []
    async with working(db, clock, finishing(db, clock, seen)):
        await put(db, clock)
        await until(lambda: len(seen) == 1)
        cut = "SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE datname ="
        await _execute(db, f"{cut} current_database() AND pid <> pg_backend_pid()")
        await put(db, clock)
        await until(lambda: len(seen) == 2)


async def _execute(db: Database, statement: str) -> None:
    async with db.engine.begin() as connection:
        await connection.exec_driver_sql(statement)


async def test_old_jobs_and_changes_are_dropped_once_an_hour(
    db: Database, clock: HandClock, company: UUID
) -> None:
    worker = Worker(db, clock.now, {"send": finishing(db, clock)}, LEASE_S)
    await put(db, clock, key="old")
    async with db.begin(company) as session:
        await note_change(session, Kind.CALL, uuid4(), clock.now())
    await worker.run_one()
    clock.advance(days=8)
    await put(db, clock, key="new")
    await worker.run_one()
    assert (await only_job(db)).key == "new"
    async with db.read(company) as session:
        assert (await session.scalars(select(ChangeRow))).all() == []


Faults = dict[jobs.Job, Exception]


def batch(
    db: Database, clock: HandClock, seen: list[int], faults: dict[UUID, Exception], most: int = 10
) -> Batch:
    """Ends all jobs but those with a fault."""

    async def step(claimed: Sequence[jobs.Job]) -> Faults:
        seen.append(len(claimed))
        good = [job for job in claimed if job.subject not in faults]
        async with db.begin_across() as session:
            await jobs.finish_all(session, good, clock.now())
        return {job: faults[job.subject] for job in claimed if job not in good}

    return Batch(step, most)


async def all_jobs(db: Database) -> Sequence[JobRow]:
    async with db.read_across() as session:
        return (await session.scalars(select(JobRow).order_by(JobRow.id))).all()


async def test_batch_gets_many_jobs_at_once(db: Database, clock: HandClock) -> None:
    for _ in range(7):
        await put(db, clock)
    seen: list[int] = []
    worker = Worker(db, clock.now, {"send": batch(db, clock, seen, {}, most=5)}, LEASE_S)
    while await worker.run_one():
        pass
    assert seen == [5, 2]
    assert {job.state for job in await all_jobs(db)} == {"done"}


async def test_fault_of_one_job_of_a_batch_is_put_down_to_that_one(
    db: Database, clock: HandClock, logs: Logs
) -> None:
    subjects = [await put(db, clock) for _ in range(4)]
    faults: dict[UUID, Exception] = {
        subjects[1]: ValueError("no"),
        subjects[2]: TryAgain("The provider is away.", 45),
    }
    worker = Worker(db, clock.now, {"send": batch(db, clock, [], faults)}, LEASE_S)
    await worker.run_one()
    _, failed, later, _ = rows = await all_jobs(db)
    assert [row.state for row in rows] == ["done", "open", "open", "done"]
    assert (failed.fault, failed.run_at - clock.now()) == ("ValueError", timedelta(seconds=2))
    assert (later.fault, later.run_at - clock.now()) == (
        "The provider is away.",
        timedelta(seconds=45),
    )


async def test_batch_that_raises_is_tried_again_for_all_its_jobs(
    db: Database, clock: HandClock
) -> None:
    async def step(claimed: Sequence[jobs.Job]) -> Faults:
        raise ValueError("no")

    for _ in range(3):
        await put(db, clock)
    await Worker(db, clock.now, {"send": Batch(step, 10)}, LEASE_S).run_one()
    assert {(row.state, row.attempts, row.fault) for row in await all_jobs(db)} == {
        ("open", 1, "ValueError")
    }


async def test_batch_that_takes_too_long_is_stopped_and_its_finished_jobs_stay_finished(
    db: Database, clock: HandClock
) -> None:
    async def step(claimed: Sequence[jobs.Job]) -> Faults:
        async with db.begin_across() as session:
            await jobs.finish_all(session, claimed[:1], clock.now())
        await asyncio.Event().wait()
        return {}

    for _ in range(3):
        await put(db, clock)
    async with asyncio.timeout(30):
        await Worker(db, clock.now, {"send": Batch(step, 10)}, lease_s=1.0).run_one()
    assert [(row.state, row.fault) for row in await all_jobs(db)] == [
        ("done", None),
        ("open", "TimeoutError"),
        ("open", "TimeoutError"),
    ]


async def put_aside(
    db: Database, clock: HandClock, give_up: Callable[[jobs.Job, str], Awaitable[None]]
) -> None:
    """A job whose step fails as often as one may."""

    async def step(claimed: Sequence[jobs.Job]) -> Faults:
        return dict.fromkeys(claimed, ValueError("no"))

    await put(db, clock)
    worker = Worker(db, clock.now, {"send": Batch(step, 10, give_up=give_up)}, LEASE_S)
    for _ in range(jobs.MAX_ATTEMPTS):
        assert await worker.run_one()
        clock.advance(1000)


async def test_step_is_told_of_a_job_that_failed_too_often_and_ends_it(
    db: Database, clock: HandClock
) -> None:
    told: list[str] = []

    async def give_up(job: jobs.Job, fault: str) -> None:
        told.append(fault)
        async with db.begin_across() as session:
            await jobs.finish(session, job, clock.now())

    await put_aside(db, clock, give_up)
    assert (told, (await only_job(db)).state) == (["ValueError"], "done")


async def test_job_is_put_aside_although_its_step_can_not_even_give_it_up(
    db: Database, clock: HandClock
) -> None:
    async def give_up(job: jobs.Job, fault: str) -> None:
        raise KeyError("row")

    await put_aside(db, clock, give_up)
    row = await only_job(db)
    assert (row.state, row.fault) == ("dead", "ValueError")


async def test_slow_batch_keeps_the_next_one_waiting_for_a_moment_and_ends_with_its_worker(
    db: Database, clock: HandClock
) -> None:
    begun: list[UUID] = []
    ended: list[UUID] = []
    free = asyncio.Event()

    async def step(claimed: Sequence[jobs.Job]) -> Faults:
        (job,) = claimed
        begun.append(job.subject)
        if job.subject == slow:
            await free.wait()
        elif job.subject == endless:
            try:
                await asyncio.Event().wait()
            finally:
                ended.append(job.subject)
        async with db.begin_across() as session:
            await jobs.finish(session, job, clock.now())
        ended.append(job.subject)
        return {}

    slow, endless, quick = [await put(db, clock) for _ in range(3)]
    worker = Worker(db, clock.now, {"send": Batch(step, 1, patience_s=0.05)}, LEASE_S)
    loop = asyncio.create_task(worker.run())
    await until(lambda: ended == [quick])
    assert begun == [slow, endless, quick]
    free.set()
    await until(lambda: ended == [quick, slow])
    loop.cancel()
    with suppress(asyncio.CancelledError):
        await loop
    assert ended == [quick, slow, endless]
    assert [row.state for row in await all_jobs(db)] == ["done", "open", "done"]


async def test_no_more_are_claimed_while_they_could_only_wait(
    db: Database, clock: HandClock
) -> None:
    begun: list[UUID] = []
    free, looks, has_room = asyncio.Event(), 0, False

    async def step(claimed: Sequence[jobs.Job]) -> Faults:
        begun.append(claimed[0].subject)
        await free.wait()
        return {}

    def is_full() -> bool:
        nonlocal looks
        looks += 1
        return not has_room

    first, second = [await put(db, clock) for _ in range(2)]
    sends = Batch(step, 1, patience_s=0.0, is_full=is_full)
    loop = asyncio.create_task(Worker(db, clock.now, {"send": sends}, LEASE_S).run())
    await until(lambda: looks >= 3)
    assert begun == [first]
    has_room = True
    await until(lambda: begun == [first, second])
    free.set()
    loop.cancel()
    with suppress(asyncio.CancelledError):
        await loop


async def test_fault_of_a_slow_batch_is_put_down_to_its_jobs(
    db: Database, clock: HandClock
) -> None:
    async def step(claimed: Sequence[jobs.Job]) -> Faults:
        await asyncio.sleep(0.02)
        raise ValueError("no")

    await put(db, clock)
    loop = asyncio.create_task(
        Worker(db, clock.now, {"send": Batch(step, 1, patience_s=0.0)}, LEASE_S).run()
    )
    async with asyncio.timeout(30):
        while (row := await only_job(db)).fault is None:
            await asyncio.sleep(0.01)
    assert (row.state, row.attempts, row.fault) == ("open", 1, "ValueError")
    loop.cancel()
    with suppress(asyncio.CancelledError):
        await loop
