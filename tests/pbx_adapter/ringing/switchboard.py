"""The product's side of ringing: a company with handlers and wishes, its PBX followed, its jobs done.

In: a database, where AMI is. Out: rows, and what became of them.
"""

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable, Sequence
from contextlib import asynccontextmanager, suppress
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from pathlib import Path
from uuid import UUID, uuid4

from pbx_adapter.ringing.asking import Ringing
from pbx_adapter.ringing.automatic import Automatic
from pbx_adapter.ringing.hanging_up import HangingUp
from pbx_adapter.ringing.sweep import LONGEST_RING, Sweep
from ringback.attempts import Outcome, Phase
from ringback.clock import Clock, system_clock
from ringback.db import Database
from ringback.following import Following
from ringback.pbx import PbxKind
from ringback.queues import Rules
from ringback.store.attempts import HANG_UP, claim, mine, write_note
from ringback.store.callback_requests import ask_callback
from ringback.store.claims import RING
from ringback.store.people import add_user, sign_in
from ringback.store.queues import add_queue, save_rules
from ringback.store.staffing import staff
from ringback.tables import AttemptRow, CallbackRow, CallRow, PbxRow
from ringback.worker import Worker, side_by_side
from tests.asterisk.office import AMI_NARROW_USER, AMI_SECRET, HOST
from tests.flow import jobs_of, rows

SITE = (Path(__file__).parents[2] / "asterisk/site.toml").read_text()
CUSTOMER, OTHER_CUSTOMER = "+46701740605", "+46701740611"
WITHIN_S = 20.0
_LEASE_S = 30.0


class AheadClock:
    """The time, or so much later as a test says."""

    def __init__(self, clock: Clock = system_clock) -> None:
        self.ahead = timedelta()
        self._clock = clock

    def __call__(self) -> datetime:
        return self._clock() + self.ahead


@dataclass
class Switchboard:
    """One company that rings customers back."""

    db: Database
    company: UUID
    port: int
    folder: Path
    clock: AheadClock = field(default_factory=AheadClock)
    longest_ring: timedelta = LONGEST_RING
    pbx_id: UUID = field(default_factory=uuid4)

    async def open(
        self, username: str = AMI_NARROW_USER, site: str = "", kind: PbxKind = PbxKind.AMI
    ) -> None:
        """The PBX, as a row; with more for its site file."""
        row = PbxRow(
            id=self.pbx_id,
            name="office",
            kind=kind,
            host=HOST,
            port=self.port,
            username=username,
            secret=AMI_SECRET,
            site=f"{SITE}\n{site}\n",
        )
        async with self.db.begin(self.company) as session:
            session.add(row)

    async def handler(self, phone: str) -> UUID:
        """Somebody with that phone."""
        async with self.db.begin(self.company) as session:
            user = await add_user(
                session,
                self.db.master,
                email=f"{uuid4()}@example.com",
                name="Anna",
                role="handler",
                password_hash="",
                language="sv",
                now=self.clock(),
            )
            user.phone = phone
            return user.id

    async def wish(self, number: str = CUSTOMER, queue_id: UUID | None = None) -> UUID:
        """Somebody to be rung."""
        key = uuid4().hex
        async with self.db.begin(self.company) as session:
            row = await ask_callback(
                session, number, "api", self.clock(), key=key, queue_id=queue_id
            )
            assert row is not None
            return row.id

    async def queue(self, *countries: str) -> UUID:
        """A queue whose customers are rung in these countries."""
        async with self.db.begin(self.company) as session:
            row = await add_queue(session, self.pbx_id, "support", "", self.clock())
            await save_rules(session, row.id, "", Rules(countries=countries), self.clock())
            return row.id

    async def ring(self, wish: UUID, handler: UUID) -> UUID:
        """The handler clicks *Ring*; the try's id."""
        async with self.db.begin(self.company) as session:
            attempt = await claim(session, wish, handler, self.clock(), outside_why="a test")
            return attempt.id

    async def job_is_done(self, attempt_id: UUID) -> bool:
        """Whether a worker has ended the job of this try."""
        return [job.state for job in await jobs_of(self.db, "ring")] == ["done"]

    async def attempt(self, attempt_id: UUID) -> AttemptRow:
        async with self.db.read(self.company) as session:
            return await session.get_one(AttemptRow, attempt_id)

    async def callback(self, wish: UUID) -> CallbackRow:
        async with self.db.read(self.company) as session:
            return await session.get_one(CallbackRow, wish)

    async def calls(self, count: int = 1) -> Sequence[CallRow]:
        """The records of calls, once there are so many."""

        async def there() -> bool:
            return len(await rows(self.db, self.company, CallRow)) >= count

        await until(there)
        return await rows(self.db, self.company, CallRow)

    async def until(self, attempt_id: UUID, phase: Phase) -> AttemptRow:
        """The try, once its call is there."""

        async def there() -> bool:
            return (await self.attempt(attempt_id)).phase == phase

        await until(there)
        return await self.attempt(attempt_id)

    async def waits_for_its_note(self, handler: UUID) -> UUID:
        """The handler's try, once its call is over; its id."""
        found: list[UUID] = []

        async def there() -> bool:
            async with self.db.read(self.company) as session:
                own = await mine(session, handler)
            if own is not None and own.ended_at is not None:
                found.append(own.id)
            return bool(found)

        await until(there)
        return found[0]

    async def note(self, attempt_id: UUID, handler: UUID, outcome: Outcome) -> CallbackRow:
        async with self.db.begin(self.company) as session:
            return await write_note(
                session, attempt_id, handler, outcome, "Talade om tiden.", self.clock()
            )

    @asynccontextmanager
    async def at_work(
        self, sweep_every_s: float = 0.2, *, automatic: bool = False
    ) -> AsyncIterator[Following]:
        """A process that follows the PBX, rings and sweeps; what ends is its loops, as by `kill`."""
        following = Following(self.db, self.clock, self.folder, look_every_s=0.1)
        ringing = Ringing(self.db, self.clock, following)
        hanging_up = HangingUp(self.db, self.clock, following)
        steps = {
            RING: side_by_side(ringing.ring, 4),
            HANG_UP: side_by_side(hanging_up.hang_up, 4),
        }
        sweep = Sweep(self.db, self.clock, following, sweep_every_s, self.longest_ring)
        worker = Worker(self.db, self.clock, steps, _LEASE_S)
        work = [following.run(), worker.run(), sweep.run()]
        if automatic:
            work.append(Automatic(self.db, self.clock, following, every_s=0.1).run())
        tasks = [asyncio.ensure_future(one) for one in work]
        try:
            yield following
            assert not any(task.done() for task in tasks)
        finally:
            for task in tasks:
                task.cancel()
            for task in tasks:
                with suppress(asyncio.CancelledError):
                    await task


async def there(db: Database, company: UUID, phone: str, queue_id: UUID, now: datetime) -> UUID:
    """A handler with this phone who has signed in and staffs the queue."""
    async with db.begin(company) as session:
        user = await add_user(
            session,
            db.master,
            email=f"{uuid4()}@example.com",
            name="Anna",
            role="handler",
            password_hash="",
            language="sv",
            now=now,
        )
        user.phone = phone
        await sign_in(session, user.id, now)
        await staff(session, user.id, [queue_id], now)
        return user.id


async def until(check: Callable[[], Awaitable[bool]]) -> None:
    async with asyncio.timeout(WITHIN_S):
        while not await check():
            await asyncio.sleep(0.02)
