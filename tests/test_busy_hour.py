"""A busy hour of real calls while everything breaks, right call by call.

A real Asterisk with the outbox of `asterisk_conf`; the product as processes of its own (`ringback run`
beside the PBX; or edge, Mosquitto and centre); a line to the AMI that is cut. `kill -9` of what follows
the PBX three times (perhaps while the line is cut), Asterisk restarted, and where there is a broker,
that too and `kill -9` of the centre.

RINGBACK_TEST_BUSY_CALLS says how many calls for each version of Asterisk, RINGBACK_TEST_CUT_S how long
the line is cut, RINGBACK_TEST_SEED which calls. With more than 40 calls each version meets every form,
also one that reads queue_log, for which fewer outcomes may stay unknown.
"""

import asyncio
import os
import random
import time
from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Protocol

import pytest
import pytest_asyncio
from sqlalchemy import select

from pbx_adapter.recorder import LOOK_EVERY_S
from ringback.db import Database, open_database
from ringback.settings import Settings
from ringback.store.companies import company_ids
from ringback.tables import CallRow
from tests.ami_line import AmiLine
from tests.asterisk.fixtures import wanted
from tests.asterisk.office import AMI_SECRET
from tests.asterisk.server import Asterisk
from tests.busy_hour import CONFIGURATION, BusyHour, busy_hour
from tests.busy_verdict import Gap, Verdict, table, verdict
from tests.edge_product import EdgeAndCentre
from tests.mosquitto import Mosquitto
from tests.product import Product

CALLS = int(os.environ.get("RINGBACK_TEST_BUSY_CALLS", "40"))
CUT_S = float(os.environ.get("RINGBACK_TEST_CUT_S", "4"))
SEED = int(os.environ.get("RINGBACK_TEST_SEED", random.SystemRandom().randrange(10**6)))
CALLS_IN_QUIET = CALLS * 4 // 10  # rung when all is whole again; these must be right in everything
HOUR_S = max(CUT_S + 20.0, 0.5 * CALLS)
QUIET_S = 0.3 * HOUR_S
SITE = Path(__file__).parent / "asterisk/site.toml"
_SEES_AGAIN_S = 90.0  # the link tries again at the latest after a minute and a quarter
_SETTLED_S = 120.0
_SILENT_FROM_S = 30.0  # a shorter cut would not be noticed by the watchdog


class Installation(Protocol):
    """What is put through the hour; in its direct form one process, else edge, broker, centre.

    Attributes:
        folder: With the database.
        reads_queue_log: It has been told where Asterisk's queue_log is.
    """

    folder: Path
    reads_queue_log: bool

    async def start(self) -> object:
        """All of it."""

    async def kill(self) -> None:
        """What follows the PBX, as a power cut would."""

    async def restart_broker(self) -> None:
        """Nothing where there is none."""


class Direct(Product):
    """`ringback run` beside the PBX."""

    reads_queue_log = False

    async def restart_broker(self) -> None:
        """There is none."""


class Breakage:
    """Breaks one thing after the other and writes down when."""

    def __init__(
        self, asterisk: Asterisk, line: AmiLine, product: Installation, hour: BusyHour
    ) -> None:
        self.gaps: list[Gap] = []
        self._asterisk = asterisk
        self._line = line
        self._product = product
        self._hour = hour

    async def happen(self, began: float, chance: random.Random) -> None:
        """All of it, spread over the hour."""
        silently = CUT_S >= _SILENT_FROM_S and chance.random() < 0.5
        kills = chance.random() < 0.5
        for moment, breaks in (
            (0.05, self._kill),
            (0.20, lambda: self._cut(silently, kills)),
            (0.60, self._restart_asterisk),
            (0.72, self._restart_broker),
            *([] if kills else [(0.75, self._kill)]),
            (0.85, self._kill),
        ):
            await asyncio.sleep(max(0.0, began + moment * HOUR_S - time.time()))
            await breaks()

    async def _kill(self) -> None:
        began_at, logins = time.time(), self._line.logins
        await self._product.kill()
        await self._product.start()
        await self._until_seen("product killed", began_at, logins)

    async def _cut(self, silently: bool, kills: bool) -> None:
        began_at = time.time()
        if silently:
            self._line.cut_silently()
        else:
            await self._line.cut()
        await asyncio.sleep(CUT_S / 2)
        if kills:
            await self._product.kill()
            await self._product.start()
        await asyncio.sleep(max(0.0, began_at + CUT_S - time.time()))
        logins = self._line.logins
        await self._line.mend()
        what = f"line cut{' silently' if silently else ''}{', product killed' if kills else ''}"
        await self._until_seen(what, began_at, logins)

    async def _restart_asterisk(self) -> None:
        began_at, logins = time.time(), self._line.logins
        await self._asterisk.restart()
        await asyncio.gather(*(phone.register() for phone in self._hour.phones))
        await self._until_seen("Asterisk restarted", began_at, logins)

    async def _restart_broker(self) -> None:
        await self._product.restart_broker()

    async def _until_seen(self, what: str, began_at: float, logins: int) -> None:
        ended_at = await self._line.seen_again(logins, _SEES_AGAIN_S)
        self.gaps.append(Gap(what, began_at, ended_at))


@pytest_asyncio.fixture
async def asterisk(major: int) -> AsyncIterator[Asterisk]:
    async with Asterisk(wanted(major), CONFIGURATION) as running:
        yield running


@pytest_asyncio.fixture
async def line(asterisk: Asterisk) -> AsyncIterator[AmiLine]:
    async with AmiLine(asterisk.ami_port) as line:
        yield line


@asynccontextmanager
async def direct(folder: Path, line: AmiLine, _: Asterisk) -> AsyncIterator[Installation]:
    product = Direct(folder, None)
    yield await product.installed(line.port, AMI_SECRET, SITE)
    await product.kill()


@asynccontextmanager
async def with_queue_log(
    folder: Path, line: AmiLine, asterisk: Asterisk
) -> AsyncIterator[Installation]:
    product = Direct(folder, None)
    product.reads_queue_log = True
    site = folder / "site.toml"
    log = asterisk.folder / "log/queue_log"
    site.write_text(f'{SITE.read_text()}\n[back_fill]\nqueue_log = "{log}"\n')
    yield await product.installed(line.port, AMI_SECRET, site)
    await product.kill()


@asynccontextmanager
async def edge(folder: Path, line: AmiLine, _: Asterisk) -> AsyncIterator[Installation]:
    async with Mosquitto() as broker:
        product = EdgeAndCentre(folder, broker)
        yield await product.installed(line.port, SITE)
        await product.kill()
        await product.kill_centre()


FORMS = {"direct": direct, "queue_log": with_queue_log, "edge": edge}
MEETINGS = [(22, "direct"), (16, "edge")]
if CALLS > 40:
    MEETINGS += [(16, "direct"), (22, "edge"), (22, "queue_log"), (16, "queue_log")]


@pytest_asyncio.fixture
async def product(
    form: str, tmp_path: Path, line: AmiLine, asterisk: Asterisk
) -> AsyncIterator[Installation]:
    async with FORMS[form](tmp_path, line, asterisk) as installed:
        yield installed


async def kept_by(db: Database) -> Sequence[CallRow]:
    async with db.read_across() as session:
        (company_id,) = await company_ids(session)
    async with db.read(company_id) as session:
        return (await session.scalars(select(CallRow))).all()


async def settled(product: Installation, hour: BusyHour, gaps: Sequence[Gap]) -> Verdict:
    """What is told when nothing more is to come: two looks after the last call was found."""
    db = open_database(Settings(var=product.folder / "var"))
    try:
        now = time.monotonic()
        until, found_all_at = now + _SETTLED_S, None
        while True:
            rows, reads = await kept_by(db), product.reads_queue_log
            found = verdict(hour.truths, rows, gaps, reads_queue_log=reads)
            now = time.monotonic()
            if found.lost or found.wrong:
                found_all_at = None
            elif found_all_at is None:
                found_all_at = now
            if now > until or (found_all_at and now > found_all_at + 2 * LOOK_EVERY_S):
                return found
            await asyncio.sleep(0.5)
    finally:
        await db.close()


@pytest.mark.parametrize(("major", "form"), MEETINGS)
@pytest.mark.timeout(400 + 2 * HOUR_S)
async def test_busy_hour_in_which_everything_breaks_is_told_right_call_by_call(
    asterisk: Asterisk, line: AmiLine, product: Installation, form: str
) -> None:
    chance = random.Random(f"{SEED} {asterisk.major} {form}")
    await product.start()
    await line.seen_again(0, _SEES_AGAIN_S)
    async with busy_hour(asterisk, chance) as hour:
        breakage = Breakage(asterisk, line, product, hour)
        async with asyncio.TaskGroup() as going_on:
            going_on.create_task(hour.ring(CALLS - CALLS_IN_QUIET, HOUR_S))
            going_on.create_task(breakage.happen(time.time(), random.Random(chance.random())))
        await hour.ring(CALLS_IN_QUIET, QUIET_S)
    over = time.monotonic()
    found = await settled(product, hour, breakage.gaps)
    print(
        f"\nAsterisk {asterisk.version}, {form}, seed {SEED}, an hour of {HOUR_S + QUIET_S:.0f} s, ",
        end="",
    )
    print(f"all told {time.monotonic() - over:.1f} s after it")
    print("\n".join(table(found, hour.truths, breakage.gaps)))
    assert found.made >= CALLS
    assert found.made - found.touched >= CALLS_IN_QUIET // 2
    assert found.faults == []
