import asyncio
from collections.abc import Sequence
from datetime import timedelta
from uuid import UUID, uuid4

import pytest
from sqlalchemy import func, select

from ringback import jobs
from ringback.db import Database
from ringback.due import ALONE_AFTER, heads
from ringback.tables import JobRow, SmsNumberRow
from tests.clock import HandClock

LEASE_S = 60.0
KINDS = frozenset({"send", "turn"})


class Table:
    """The table of jobs as a worker uses it, by the test's clock."""

    def __init__(self, db: Database, clock: HandClock) -> None:
        self.db = db
        self.clock = clock

    async def put(
        self,
        kind: str = "send",
        *,
        after_s: float = 0,
        lane: str | None = None,
        urgency: int = 0,
        key: str = "",
    ) -> UUID:
        subject = uuid4()
        run_at = self.clock.now() + timedelta(seconds=after_s)
        async with self.db.begin_across() as session:
            await jobs.put(
                session, kind, uuid4(), subject, run_at, lane=lane, urgency=urgency, key=key
            )
        return subject

    async def claim(self, kinds: frozenset[str] = KINDS) -> jobs.Job | None:
        async with self.db.begin_across() as session:
            return await jobs.claim(session, kinds, self.clock.now(), LEASE_S)

    async def claimed(self) -> jobs.Job:
        job = await self.claim()
        assert job is not None
        return job

    async def finish(self, job: jobs.Job) -> None:
        async with self.db.begin_across() as session:
            await jobs.finish(session, job, self.clock.now())

    async def postpone(self, job: jobs.Job, after_s: float, fault: str | None) -> None:
        async with self.db.begin_across() as session:
            later = self.clock.now() + timedelta(seconds=after_s)
            await jobs.postpone(session, job, later, fault)

    async def rows(self) -> Sequence[JobRow]:
        async with self.db.read_across() as session:
            return (await session.scalars(select(JobRow).order_by(JobRow.id))).all()

    async def drained(self) -> list[UUID]:
        """The subjects in the order in which they are taken and finished, until none is due."""
        taken = []
        while job := await self.claim():
            taken.append(job.subject)
            await self.finish(job)
        return taken


@pytest.fixture
def table(db: Database, clock: HandClock) -> Table:
    return Table(db, clock)


async def test_step_asked_for_twice_is_put_once(table: Table) -> None:
    for _ in range(2):
        await table.put(key="send:1")
    assert len(await table.rows()) == 1


async def test_kind_and_subject_are_the_key_where_none_is_given(
    db: Database, clock: HandClock, table: Table
) -> None:
    subject = uuid4()
    async with db.begin_across() as session:
        for kind in ("send", "send", "turn"):
            await jobs.put(session, kind, uuid4(), subject, clock.now())
    assert [row.key for row in await table.rows()] == [f"send:{subject}", f"turn:{subject}"]


async def test_step_that_is_done_is_not_put_again(table: Table) -> None:
    await table.put(key="send:1")
    await table.finish(await table.claimed())
    await table.put(key="send:1")
    assert await table.claim() is None


async def test_step_asked_for_by_many_at_once_is_put_once(table: Table) -> None:
    await asyncio.gather(*(table.put(key="send:1") for _ in range(8)))
    assert len(await table.rows()) == 1


async def test_job_is_rolled_back_with_what_asked_for_it(
    db: Database, clock: HandClock, table: Table
) -> None:
    async def fail() -> None:
        async with db.begin_across() as session:
            await jobs.put(session, "send", uuid4(), uuid4(), clock.now())
            raise RuntimeError

    with pytest.raises(RuntimeError):
        await fail()
    assert await table.rows() == []


async def test_longest_due_is_taken_first_and_ties_in_order_of_asking(table: Table) -> None:
    newest = await table.put(after_s=-1)
    oldest = await table.put(after_s=-9)
    tied = [await table.put(after_s=-5) for _ in range(3)]
    assert await table.drained() == [oldest, *tied, newest]


async def test_most_urgent_of_what_is_due_is_taken_first(table: Table) -> None:
    line = [await table.put(after_s=-9, urgency=2) for _ in range(2)]
    urgent = await table.put()
    between = await table.put(after_s=-5, urgency=1)
    await table.put(after_s=1)
    assert await table.drained() == [urgent, between, *line]


async def test_job_is_not_taken_before_its_time(table: Table, clock: HandClock) -> None:
    subject = await table.put(after_s=30)
    assert await table.claim() is None
    clock.advance(29.9)
    assert await table.claim() is None
    clock.advance(0.1)
    assert (await table.claimed()).subject == subject


async def test_other_kinds_are_left_alone(table: Table) -> None:
    await table.put("close")
    wanted = await table.put("turn")
    assert (await table.claimed()).subject == wanted
    assert await table.claim() is None


async def test_lane_is_taken_one_at_a_time_and_in_order(table: Table, clock: HandClock) -> None:
    lane = "one conversation"
    first = await table.put("turn", lane=lane)
    second = await table.put("turn", lane=lane, after_s=-60)
    elsewhere = await table.put("turn", lane="another")
    job = await table.claimed()
    assert job.subject == first
    assert (await table.claimed()).subject == elsewhere
    assert await table.claim() is None
    await table.finish(job)
    assert (await table.claimed()).subject == second


async def test_postponed_job_keeps_its_lane_waiting(table: Table, clock: HandClock) -> None:
    lane = "one conversation"
    first, second = [await table.put("turn", lane=lane) for _ in range(2)]
    await table.postpone(await table.claimed(), 30, "not now")
    assert await table.claim() is None
    clock.advance(30)
    assert await table.drained() == [first, second]


async def test_hastened_lane_is_due_at_once_but_for_what_somebody_is_doing(
    table: Table, clock: HandClock
) -> None:
    waits = await table.put(after_s=3600, lane="a")
    other = await table.put(after_s=3600, lane="b")
    done_now = await table.put(lane="c")
    job = await table.claimed()
    assert job.subject == done_now
    async with table.db.begin_across() as session:
        for lane in ("a", "c"):
            await jobs.hasten(session, lane, clock.now())
    assert (await table.claimed()).subject == waits
    assert await table.claim() is None
    await table.finish(job)
    clock.advance(3600)
    assert other in {(await table.claimed()).subject, (await table.claimed()).subject}


async def test_job_that_was_given_up_lets_its_lane_go_on(
    table: Table, db: Database, clock: HandClock
) -> None:
    lane = "one conversation"
    _, second = [await table.put("turn", lane=lane) for _ in range(2)]
    job = await table.claimed()
    async with db.begin_across() as session:
        await jobs.give_up(session, job, clock.now(), "never works")
    assert await table.drained() == [second]
    dead, _ = await table.rows()
    assert (dead.state, dead.fault, dead.ended_at) == ("dead", "never works", clock.now())


async def test_leased_job_is_nobody_elses_until_the_lease_runs_out(
    table: Table, clock: HandClock
) -> None:
    await table.put()
    first = await table.claimed()
    clock.advance(LEASE_S - 0.1)
    assert await table.claim() is None
    clock.advance(0.1)
    second = await table.claimed()
    assert (second.id, second.attempts) == (first.id, 2)
    assert second.token != first.token


async def test_late_worker_that_nobody_overtook_may_finish(table: Table, clock: HandClock) -> None:
    await table.put()
    job = await table.claimed()
    clock.advance(10 * LEASE_S)
    await table.finish(job)
    assert await table.claim() is None


async def test_late_finish_is_refused_and_its_effects_are_rolled_back(
    table: Table, clock: HandClock, company: UUID
) -> None:
    await table.put()
    late = await table.claimed()
    clock.advance(LEASE_S)
    new = await table.claimed()

    async def finish_late() -> None:
        async with table.db.begin(company) as session:
            session.add(SmsNumberRow(provider="simulator", e164="+46846500410"))
            await jobs.finish(session, late, clock.now())

    with pytest.raises(jobs.LeaseLost):
        await finish_late()
    async with table.db.read(company) as session:
        assert await session.scalar(select(func.count()).select_from(SmsNumberRow)) == 0
    await table.finish(new)


@pytest.mark.parametrize("end", ["finish", "postpone", "give_up"])
async def test_job_can_not_be_ended_twice(table: Table, clock: HandClock, end: str) -> None:
    await table.put()
    job = await table.claimed()
    await table.finish(job)
    ends = {
        "finish": lambda session: jobs.finish(session, job, clock.now()),
        "postpone": lambda session: jobs.postpone(session, job, clock.now(), None),
        "give_up": lambda session: jobs.give_up(session, job, clock.now(), "no"),
    }
    with pytest.raises(jobs.LeaseLost):
        async with table.db.begin_across() as session:
            await ends[end](session)


async def test_fault_is_kept_and_attempts_are_counted(table: Table, clock: HandClock) -> None:
    await table.put()
    for attempt in (1, 2, 3):
        job = await table.claimed()
        assert job.attempts == attempt
        await table.postpone(job, 5, "the provider is away")
        clock.advance(5)
    (row,) = await table.rows()
    assert (row.attempts, row.fault) == (3, "the provider is away")


async def test_waiting_on_purpose_is_no_failed_attempt(table: Table, clock: HandClock) -> None:
    await table.put()
    for _ in range(2 * jobs.MAX_ATTEMPTS):
        job = await table.claimed()
        assert job.attempts == 1
        await table.postpone(job, 5, None)
        clock.advance(5)


def test_delay_doubles_up_to_a_quarter_of_an_hour() -> None:
    assert [jobs.delay_s(attempt) for attempt in (1, 2, 3, 9)] == [2, 4, 8, 512]
    assert jobs.delay_s(10) == jobs.delay_s(2000 // 2) == 900


async def test_every_job_is_taken_by_exactly_one_of_many_workers(
    table: Table, company: UUID
) -> None:
    count, workers = 30, 6
    for number in range(count):
        await table.put(key=f"send:{number}")
    taken: list[str] = []

    async def work() -> None:
        while job := await table.claim():
            async with table.db.begin(company) as session:
                session.add(SmsNumberRow(provider="simulator", e164=job.key))
                await jobs.finish(session, job, table.clock.now())
            taken.append(job.key)

    async with asyncio.timeout(30), asyncio.TaskGroup() as group:
        for _ in range(workers):
            group.create_task(work())
    assert sorted(taken) == sorted(f"send:{number}" for number in range(count))
    async with table.db.read(company) as session:
        assert await session.scalar(select(func.count()).select_from(SmsNumberRow)) == count


async def test_heads_tell_the_soonest_that_may_run(table: Table, clock: HandClock) -> None:
    async def seconds_until_due() -> float | None:
        async with table.db.read_across() as session:
            firsts = await heads(session, KINDS)
        return min(((head.run_at - clock.now()).total_seconds() for head in firsts), default=None)

    assert await seconds_until_due() is None
    lane = "one conversation"
    await table.put("turn", lane=lane, after_s=40)
    await table.put("turn", lane=lane, after_s=-5)  # waits for the one before it
    await table.put("close", after_s=1)  # nobody here takes it
    assert await seconds_until_due() == 40
    await table.put(after_s=7, urgency=2)
    assert await seconds_until_due() == 7


async def test_start_of_the_only_process_makes_leased_jobs_due_at_once(
    table: Table, clock: HandClock
) -> None:
    leased, postponed = await table.put(), await table.put()
    await table.claimed()
    await table.postpone(await table.claimed(), 300, "later")
    done = await table.put()
    await table.finish(await table.claimed())
    clock.advance(1)
    async with table.db.begin_across() as session:
        await jobs.release_all(session, clock.now())
    assert await table.drained() == [leased]
    assert {row.subject for row in await table.rows() if row.state == "done"} == {leased, done}
    clock.advance(300)
    assert await table.drained() == [postponed]


async def test_only_finished_jobs_are_forgotten_after_a_week(
    table: Table, clock: HandClock
) -> None:
    await table.put(key="done")
    await table.finish(await table.claimed())
    await table.put(key="dead")
    job = await table.claimed()
    async with table.db.begin_across() as session:
        await jobs.give_up(session, job, clock.now(), "no")
    await table.put(key="open", after_s=30 * 86400)

    async def forget() -> set[str]:
        async with table.db.begin_across() as session:
            await jobs.forget_done(session, clock.now())
        return {row.key for row in await table.rows()}

    clock.advance(days=7)
    assert await forget() == {"done", "dead", "open"}
    clock.advance(1)
    assert await forget() == {"dead", "open"}


async def claim_many(table: Table, most: int, kind: str = "send") -> list[jobs.Job]:
    async with table.db.begin_across() as session:
        return await jobs.claim_many(session, {kind: most}, table.clock.now(), LEASE_S)


async def test_many_are_claimed_at_once_in_the_order_in_which_they_are_due(table: Table) -> None:
    later = [await table.put(after_s=-1) for _ in range(3)]
    sooner = [await table.put(after_s=-9) for _ in range(3)]
    claimed = await claim_many(table, 4)
    assert [job.subject for job in claimed] == [*sooner, later[0]]
    assert {job.attempts for job in claimed} == {1}
    assert len({job.token for job in claimed}) == 1
    assert [job.subject for job in await claim_many(table, 4)] == later[1:]
    assert not await claim_many(table, 4)


async def test_claimed_job_tells_when_it_was_due_and_how_long_it_is_leased(
    table: Table, clock: HandClock
) -> None:
    await table.put(after_s=-5)
    (job,) = await claim_many(table, 9)
    now = clock.now()
    assert (job.due_at, job.leased_until) == (
        now - timedelta(seconds=5),
        now + timedelta(seconds=LEASE_S),
    )


async def test_batch_is_filled_with_the_most_urgent_first(table: Table) -> None:
    line = [await table.put(after_s=-9, urgency=2) for _ in range(4)]
    urgent = [await table.put() for _ in range(2)]
    assert [job.subject for job in await claim_many(table, 4)] == [*urgent, *line[:2]]
    assert [job.subject for job in await claim_many(table, 4)] == line[2:]


async def test_jobs_claimed_together_are_of_one_kind(table: Table) -> None:
    turn = await table.put("turn", after_s=-9)
    sends = [await table.put("send") for _ in range(2)]
    most = {"send": 10, "turn": 10}
    async with table.db.begin_across() as session:
        first = await jobs.claim_many(session, most, table.clock.now(), LEASE_S)
        second = await jobs.claim_many(session, most, table.clock.now(), LEASE_S)
    assert [job.subject for job in first] == [turn]
    assert [job.subject for job in second] == sends


async def test_never_two_of_one_lane_are_claimed_together(table: Table) -> None:
    lanes = [await table.put(lane=f"lane {number % 3}") for number in range(9)]
    claimed = await claim_many(table, 9)
    assert [job.subject for job in claimed] == lanes[:3]
    assert not await claim_many(table, 9)


async def test_job_that_failed_often_is_claimed_alone(table: Table, clock: HandClock) -> None:
    suspect = await table.put(after_s=-100)
    for _ in range(ALONE_AFTER):
        await table.postpone(await table.claimed(), 0, "failed")
    others = [await table.put() for _ in range(2)]
    claims = [[job.subject for job in await claim_many(table, 9)] for _ in range(2)]
    assert claims == [[suspect], others]


async def test_many_workers_claim_each_job_once(table: Table) -> None:
    wanted = [await table.put(lane=f"lane {number % 10}") for number in range(40)]
    taken: list[UUID] = []

    async def work() -> None:
        while claimed := await claim_many(table, 3):
            async with table.db.begin_across() as session:
                assert await jobs.held(session, claimed) == set(claimed)
                await jobs.finish_all(session, claimed, table.clock.now())
            taken.extend(job.subject for job in claimed)

    async with asyncio.timeout(30):
        await asyncio.gather(*(work() for _ in range(4)))
        await work()
    assert sorted(taken) == sorted(wanted)


async def test_jobs_that_others_have_by_now_are_not_held(table: Table, clock: HandClock) -> None:
    for _ in range(3):
        await table.put()
    ours = await claim_many(table, 2)
    done = await table.claimed()
    await table.finish(done)
    clock.advance(LEASE_S)
    theirs = await table.claimed()
    async with table.db.begin_across() as session:
        held = await jobs.held(session, [*ours, done])
    assert held == {job for job in ours if job.id != theirs.id}


async def test_many_are_given_back_each_to_its_own_time(table: Table, clock: HandClock) -> None:
    subjects = [await table.put() for _ in range(3)]
    claimed = await claim_many(table, 3)
    times = [clock.now() + timedelta(seconds=seconds) for seconds in (20, 10, 30)]
    async with table.db.begin_across() as session:
        await jobs.postpone_all(session, dict(zip(claimed, times, strict=True)))
    assert [(row.run_at, row.attempts, row.token) for row in await table.rows()] == [
        (time, 0, None) for time in times
    ]
    clock.advance(20)
    assert await table.drained() == [subjects[1], subjects[0]]


async def test_job_that_takes_its_process_down_does_not_put_aside_those_it_was_claimed_with(
    table: Table, clock: HandClock
) -> None:
    subjects = [await table.put() for _ in range(4)]
    fatal = subjects[2]
    for _ in range(jobs.MAX_ATTEMPTS):
        claimed = await claim_many(table, 10)
        if fatal not in {job.subject for job in claimed}:
            async with table.db.begin_across() as session:
                await jobs.finish_all(session, claimed, clock.now())
        clock.advance(LEASE_S)
    assert [row.state for row in await table.rows()] == ["done", "done", "open", "done"]
