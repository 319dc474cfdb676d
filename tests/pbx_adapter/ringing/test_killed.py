"""`kill -9` while many handlers ring: no customer is rung twice, and no wish is lost or stuck.

The handlers press *Ring* and write their notes; a real Asterisk rings real phones; the part `pbx` is a
process of its own that is killed at random moments. RINGBACK_TEST_WISHES says how many wishes there
are, RINGBACK_TEST_SEED which moments.
"""

import asyncio
import os
import random
import sys
from collections import Counter
from collections.abc import AsyncIterator
from contextlib import AsyncExitStack, suppress
from dataclasses import dataclass, field
from datetime import timedelta
from pathlib import Path
from uuid import UUID

import pytest
from sqlalchemy import select

from ringback.attempts import RING_LEASE, Outcome, Taken
from ringback.db import Database
from ringback.errors import RingbackError
from ringback.settings import Settings
from ringback.store.attempts import mine
from ringback.tables import CallbackRow
from tests.asterisk.fixtures import wanted
from tests.asterisk.server import Asterisk
from tests.asterisk.sip import Outside, Phone, answer_after
from tests.pbx_adapter.ringing.switchboard import Switchboard

WISHES = int(
    os.environ.get("RINGBACK_TEST_WISHES", "40")
)  # at most 1,040: numbers that are nobody's
SEED = int(os.environ.get("RINGBACK_TEST_SEED", random.SystemRandom().randrange(10**6)))
HANDLERS = [f"1{number:02}" for number in range(10, 20)]
KILLS = 3
SETTLED_S = max(120.0, 3.0 * WISHES)
PHONES = "\n".join(
    f"[{name}](phone)\nauth = {name}\naors = {name}\ncallerid = {name} <{name}>\n"
    f"[{name}](phone-auth)\nusername = {name}\n[{name}](phone-aor)"
    for name in HANDLERS
)


@dataclass
class Service:
    """The part `pbx`, as a process."""

    var: Path
    ahead: Path
    kills: int = 0
    process: asyncio.subprocess.Process | None = field(default=None)

    def set_ahead(self, ahead: timedelta) -> None:
        """By how much its clock is ahead; it reads that again and again."""
        new = self.ahead.with_suffix(".new")
        new.write_text(f"{ahead.total_seconds()}")
        new.replace(self.ahead)

    async def start(self) -> None:
        command = ("-m", "tests.pbx_adapter.ringing.process", str(self.var), str(self.ahead))
        self.process = await asyncio.create_subprocess_exec(
            sys.executable, *command, stdout=asyncio.subprocess.DEVNULL
        )

    async def kill(self) -> None:
        if self.process is not None:
            self.process.kill()
            await self.process.wait()

    async def die_and_live(self, chance: random.Random) -> None:
        for _ in range(KILLS):
            await asyncio.sleep(chance.uniform(1.0, 3.0))
            await self.kill()
            self.kills += 1
            await asyncio.sleep(chance.uniform(0.0, 0.5))
            await self.start()


def customer(number: int) -> str:
    """A number that is nobody's: Swedish mobiles, then fixed lines of Berlin.

    Source: PTS and Bundesnetzagentur, numbers for films and books (030 23125-000 to -999).
    """
    return f"+467017406{5 + number:02}" if number < 40 else f"+493023125{number - 40:03}"


@dataclass
class Handler:
    """A person at a phone and a list."""

    board: Switchboard
    user: UUID
    phone: Phone
    reached: set[str] = field(default_factory=set)

    async def work(self, chance: random.Random) -> None:
        """Ring one after the other, until all are done."""
        while wishes := await self._open():
            await self._try(chance.choice(wishes))

    async def _open(self) -> list[UUID]:
        async with self.board.db.read(self.board.company) as session:
            query = select(CallbackRow.id).where(CallbackRow.state == "open")
            return list(await session.scalars(query))

    async def _try(self, wish: UUID) -> None:
        before = len(self.phone.received)
        try:
            attempt = await self.board.ring(wish, self.user)
        except RingbackError:  # another has it
            await asyncio.sleep(0.05)
            return
        while (await self._mine()) == attempt:
            legs = self.phone.received[before:]
            if legs and await legs[-1].ends_within(0.1):
                await self._note(attempt, legs[-1].truth.answered_at is not None)
                return
            await asyncio.sleep(0.05)

    async def _mine(self) -> UUID | None:
        async with self.board.db.read(self.board.company) as session:
            own = await mine(session, self.user)
            return own.id if own else None

    async def _note(self, attempt: UUID, picked_up: bool) -> None:
        """Who has picked up has spoken with the customer, for these all answer."""
        if picked_up:
            with suppress(Taken):
                await self.board.note(attempt, self.user, Outcome.REACHED)


@pytest.fixture
async def asterisk() -> AsyncIterator[Asterisk]:
    async with Asterisk(wanted(22), {"pjsip_custom.conf": PHONES}) as running:
        yield running


@pytest.mark.timeout(300 + SETTLED_S)
async def test_killed_process_rings_no_customer_twice_and_leaves_no_wish_behind(
    db: Database, company: UUID, settings: Settings, asterisk: Asterisk, tmp_path: Path
) -> None:
    chance = random.Random(SEED)
    print(f"RINGBACK_TEST_SEED={SEED}")
    board = Switchboard(db, company, asterisk.ami_port, settings.var)
    await board.open()
    queue = await board.queue("SE", "DE")
    for number in range(WISHES):
        await board.wish(customer(number), queue)
    service = Service(settings.var, tmp_path / "ahead")
    service.set_ahead(timedelta())
    await service.start()
    async with AsyncExitStack() as stack:
        outside = await stack.enter_async_context(Outside(asterisk, answer_after(0.05, 0.2)))
        handlers = []
        for name in HANDLERS:
            phone = await stack.enter_async_context(Phone(asterisk, name, answer_after(0.05)))
            handlers.append(Handler(board, await board.handler(f"PJSIP/{name}"), phone))
        try:
            async with asyncio.timeout(SETTLED_S), asyncio.TaskGroup() as tasks:
                killing = tasks.create_task(service.die_and_live(chance))
                working = [tasks.create_task(one.work(chance)) for one in handlers]
                await killing
                while not all(task.done() for task in working):
                    await asyncio.sleep(1.0)
                    board.clock.ahead += RING_LEASE / 10
                    service.set_ahead(board.clock.ahead)
        finally:
            await service.kill()
    rung = Counter(leg.callee for leg in outside.received)
    assert service.kills == KILLS
    assert len(rung) == WISHES
    assert {number: times for number, times in rung.items() if times > 1} == {}
