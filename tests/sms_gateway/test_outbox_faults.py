"""Texts whose database is away, whose process is stopped, whose row can't be read: none is lost."""

import asyncio
from collections.abc import Callable, Collection, Iterator
from contextlib import contextmanager, suppress
from datetime import datetime
from math import inf
from uuid import UUID

import pytest
from sqlalchemy import event, select
from sqlalchemy.exc import OperationalError
from structlog.testing import capture_logs

from ringback import jobs
from ringback.db import Database
from ringback.messages import NotAccepted, Outbound, Outcome, Unknown
from ringback.policy import Situation
from ringback.sample import salon
from ringback.store.companies import add_company
from ringback.tables import CallbackRow, MessageRow
from ringback.worker import Batch, Worker
from sms_gateway.giving_up import BROKEN
from sms_gateway.outbox import Outbox
from sms_gateway.provider import Account, Found, NotFound
from tests.clock import HandClock
from tests.flow import (
    CALLER,
    LEASE_S,
    OTHER_CALLER,
    add_number,
    jobs_of,
    queued,
    rows,
    run_due,
)
from tests.sms_gateway.outgoing import (
    NUMBERS,
    RECONCILE_S,
    Steps,
    queue_many,
    states_in,
    steps_of,
    texts_in,
)
from tests.sms_gateway.scripted import Scripted

THEIRS = "+46701740691"


@pytest.fixture(autouse=True)
def _quiet() -> Iterator[None]:
    with capture_logs():
        yield


async def until(true: Callable[[], bool]) -> None:
    async with asyncio.timeout(30):
        while not true():
            await asyncio.sleep(0.005)


@contextmanager
def starting_up(db: Database, times: float = inf) -> Iterator[None]:
    """The database refuses so many transactions."""
    left = times

    def refuse(_: object) -> None:
        nonlocal left
        if left:
            left -= 1
            raise OperationalError("BEGIN", {}, Exception("the database system is starting up"))

    event.listen(db.engine.sync_engine, "begin", refuse)
    try:
        yield
    finally:
        event.remove(db.engine.sync_engine, "begin", refuse)
    assert left in (0, inf)


@pytest.mark.parametrize(
    ("answer", "state"), [(None, "accepted"), (NotAccepted("queue full", 60.0), "queued")]
)
async def test_answers_are_kept_when_the_database_was_away_for_seconds(
    db: Database, company: UUID, clock: HandClock, answer: Outcome | None, state: str
) -> None:
    account = Scripted(lookup=False)
    account.hold = asyncio.Event()
    account.answers.extend([answer] * 2 if answer else [])
    await queue_many(db, company, clock, NUMBERS[:2])
    work = asyncio.create_task(run_due(db, clock, steps_of(db, clock, account)))
    await until(lambda: len(account.asked) == 2)
    with starting_up(db, times=6):
        account.hold.set()
        await work
    assert await states_in(db, company) == [state] * 2
    assert not await jobs_of(db, "reconcile")


async def test_database_that_stays_away_ends_the_batch_within_its_lease(
    db: Database, company: UUID, clock: HandClock
) -> None:
    account = Scripted(lookup=False)
    account.hold = asyncio.Event()
    await queue_many(db, company, clock, NUMBERS[:2])
    steps = steps_of(db, clock, account)
    work = asyncio.create_task(Worker(db, clock.now, steps, lease_s=6.0).run_one())
    await until(lambda: len(account.asked) == 2)
    with starting_up(db):
        account.hold.set()
        with suppress(OperationalError):
            await work
    clock.advance(LEASE_S)
    await run_due(db, clock, steps)
    assert await states_in(db, company) == ["unknown"] * 2
    assert len(account.asked) == 2


class SomeHeld(Scripted):
    """Holds texts by their recipient until they are let go."""

    def __init__(self, name: str = "46elks", *, lookup: bool = False) -> None:
        super().__init__(name, lookup=lookup)
        self.until: dict[str, asyncio.Event] = {}

    async def send(self, outbound: Outbound) -> Outcome:
        outcome = await super().send(outbound)
        if outbound.recipient in self.until:
            await self.until[outbound.recipient].wait()
        return outcome


async def test_stop_records_the_answers_that_came_in_time_beside_one_that_never_comes(
    db: Database, company: UUID, clock: HandClock
) -> None:
    account = SomeHeld()
    account.until = {number: asyncio.Event() for number in NUMBERS[:2]}
    await queue_many(db, company, clock, NUMBERS[:2])
    outbox = Outbox(db, clock.now, {"46elks": Account(account)}, RECONCILE_S, goodbye_s=5.0)
    steps: Steps = {"send": Batch(outbox.send, 64)}
    work = asyncio.create_task(Worker(db, clock.now, steps, LEASE_S).run_one())
    await until(lambda: len(account.asked) == 2)
    loop = asyncio.get_running_loop()
    work.cancel()
    loop.call_later(3.0, account.until[NUMBERS[0]].set)
    with suppress(asyncio.CancelledError):
        await work
    states = {words: row.state for words, row in (await texts_in(db, company)).items()}
    assert states == {f"0 to {NUMBERS[0]}": "accepted", f"0 to {NUMBERS[1]}": "submitting"}


async def test_slow_account_keeps_no_text_at_another_one_waiting(
    db: Database, company: UUID, neighbour: UUID, clock: HandClock
) -> None:
    slow, well = SomeHeld("slow"), Scripted("well")
    slow.until = {number: asyncio.Event() for number in NUMBERS[:3]}
    await add_number(db, company, "slow")
    await add_number(db, neighbour, "well", THEIRS)
    accounts = {"slow": Account(slow), "well": Account(well)}
    outbox = Outbox(db, clock.now, accounts, RECONCILE_S, goodbye_s=0.1)
    steps: Steps = {"send": Batch(outbox.send, 64, patience_s=0.1)}
    worker = asyncio.create_task(Worker(db, clock.now, steps, LEASE_S).run())
    for number, caller in enumerate(NUMBERS[:3], start=1):
        await queue_many(db, company, clock, [caller])
        await until(lambda number=number: len(slow.asked) == number)  # type: ignore[misc]
    await queue_many(db, neighbour, clock, [CALLER], ours=THEIRS)
    await until(lambda: len(well.asked) == 1)
    for held in slow.until.values():
        held.set()
    async with asyncio.timeout(30):
        while await states_in(db, company) != ["accepted"] * 3:
            await asyncio.sleep(0.02)
    worker.cancel()
    with suppress(asyncio.CancelledError):
        await worker
    assert await states_in(db, neighbour) == ["accepted"]


async def test_outbox_is_full_while_no_account_has_room(
    db: Database, company: UUID, clock: HandClock
) -> None:
    slow = SomeHeld("46elks")
    slow.until = {number: asyncio.Event() for number in NUMBERS[:2]}
    outbox = Outbox(db, clock.now, {"46elks": Account(slow, at_once=2)}, RECONCILE_S)
    await queue_many(db, company, clock, NUMBERS[:3])
    worker = Worker(db, clock.now, {"send": Batch(outbox.send, 64)}, LEASE_S)
    sending = asyncio.create_task(worker.run_one())
    assert not outbox.is_full
    await until(lambda: len(slow.asked) == 2)
    assert outbox.is_full
    slow.until[NUMBERS[0]].set()
    await until(lambda: not outbox.is_full)
    slow.until[NUMBERS[1]].set()
    await sending
    assert await states_in(db, company) == ["accepted"] * 3


@pytest.mark.parametrize("settings", ["postgresql"], indirect=True)
async def test_texts_of_many_companies_leave_connections_for_others(
    db: Database, clock: HandClock
) -> None:
    account = Scripted()
    companies = [await add_company(db, salon(), clock.now()) for _ in range(12)]
    for number, owner in enumerate(companies):
        ours = f"+467017406{50 + number}"
        await add_number(db, owner, e164=ours)
        await queue_many(db, owner, clock, NUMBERS[:2], ours=ours)
    most = taken = 0

    def out(*_: object) -> None:
        nonlocal most, taken
        taken += 1
        most = max(most, taken)

    def back(*_: object) -> None:
        nonlocal taken
        taken -= 1

    event.listen(db.engine.sync_engine, "checkout", out)
    event.listen(db.engine.sync_engine, "checkin", back)
    await run_due(db, clock, steps_of(db, clock, account, at_once=64))
    event.remove(db.engine.sync_engine, "checkout", out)
    event.remove(db.engine.sync_engine, "checkin", back)
    for owner in companies:
        assert await states_in(db, owner) == ["accepted"] * 2
    assert most <= 6


class Endless(Scripted):
    """Its look-ups never end for the texts to one number."""

    def __init__(self, slow: str) -> None:
        super().__init__()
        self.slow = slow

    async def lookup(
        self, outbound: Outbound, since: datetime, known: Collection[str] = ()
    ) -> Found | NotFound | None:
        if outbound.recipient == self.slow:
            await asyncio.Event().wait()
        return await super().lookup(outbound, since, known)


async def test_look_up_that_does_not_end_is_put_off_and_harms_no_other(
    db: Database, company: UUID, clock: HandClock
) -> None:
    account = Endless(NUMBERS[0])
    account.answers.extend([Unknown("no answer")] * 3)
    await queue_many(db, company, clock, NUMBERS[:3])
    steps = steps_of(db, clock, account)
    await run_due(db, clock, steps)
    for row in (await texts_in(db, company)).values():
        account.found[str(row.token)] = NotFound()
    clock.advance(RECONCILE_S)
    await Worker(db, clock.now, {"reconcile": steps["reconcile"]}, lease_s=5.0).run_one()
    assert await states_in(db, company) == ["queued", "queued", "unknown"]
    (later,) = [job for job in await jobs_of(db, "reconcile") if job.state == "open"]
    assert (later.attempts, later.fault) == (0, None)


async def damage(db: Database, column: str) -> None:
    """A sealed column of all rows is no longer what was written."""
    table, name = column.split(".")
    async with db.engine.begin() as connection:
        junk = "x'01ff'" if db.is_sqlite else r"'\x01ff'::bytea"
        await connection.exec_driver_sql(f"UPDATE {table} SET {name} = {junk}")


async def fail_for_good(db: Database, clock: HandClock, steps: Steps) -> None:
    for _ in range(jobs.MAX_ATTEMPTS):
        await run_due(db, clock, steps)
        clock.advance(1000)


async def outcome(db: Database, company: UUID, text: UUID) -> tuple[str, str | None, UUID]:
    """State, reason and conversation of a text that can't be read as a whole."""
    row = MessageRow
    async with db.read(company) as session:
        query = select(row.state, row.why, row.conversation_id).where(row.id == text)
        state, why, conversation_id = (await session.execute(query)).one()
        return state, why, conversation_id


@pytest.mark.parametrize(
    ("column", "number"), [("message.text", CALLER), ("conversation.number", "")]
)
async def test_text_that_can_not_be_decrypted_fails_before_a_person_s_eyes(
    db: Database, company: UUID, clock: HandClock, column: str, number: str
) -> None:
    text = await queued(db, company, clock, situation=Situation.MISSED)
    await damage(db, column)
    await queued(db, company, clock, "well", to=OTHER_CALLER)
    account = Scripted()
    await fail_for_good(db, clock, steps_of(db, clock, account))
    assert account.words == ["well"]
    state, why, conversation_id = await outcome(db, company, text)
    assert (state, why) == ("failed", BROKEN)
    (callback,) = await rows(db, company, CallbackRow)
    assert (callback.why, callback.number) == ("text_not_sent", number)
    assert callback.conversation_id == conversation_id


async def test_unknown_text_that_can_not_be_looked_up_for_good_is_shown_to_a_person(
    db: Database, company: UUID, clock: HandClock
) -> None:
    account = Scripted()
    account.answers.append(Unknown("no answer"))
    text = await queued(db, company, clock, situation=Situation.MISSED)
    steps = steps_of(db, clock, account)
    await run_due(db, clock, steps)
    await damage(db, "message.text")
    clock.advance(RECONCILE_S)
    await fail_for_good(db, clock, steps)
    assert [job.state for job in await jobs_of(db, "reconcile")] == ["dead"]
    assert [row.why for row in await rows(db, company, CallbackRow)] == ["text_not_delivered"]
    assert (await outcome(db, company, text))[0] == "unknown"
    assert len(account.asked) == 1
