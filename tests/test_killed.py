"""`kill -9` at random moments of the story, from before the call to after the booking.

A real Asterisk with the outbox of `asterisk_conf`, the product and 46elks as processes of their own.
Whatever moment it was, nothing happens twice and nothing is lost. RINGBACK_TEST_KILLS says how often
(in all, over the versions of Asterisk), RINGBACK_TEST_SEED which moments.
"""

import asyncio
import os
import random
from collections import Counter
from collections.abc import AsyncIterator
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from pathlib import Path
from time import monotonic

import pytest
import pytest_asyncio
from sqlalchemy import select

from ringback.db import Database, open_database
from ringback.settings import Settings
from ringback.store.companies import company_ids
from ringback.tables import BookingRow, CallRow, ConversationRow, JobRow, MessageRow
from tests.asterisk.install import WANTED
from tests.asterisk.office import AMI_SECRET
from tests.asterisk.server import Asterisk
from tests.asterisk.sip import Caller, Phone
from tests.far_elks import FarElks
from tests.product import OUR_NUMBER, Product

KILLS = -(-int(os.environ.get("RINGBACK_TEST_KILLS", "10")) // len(WANTED))
SEED = int(os.environ.get("RINGBACK_TEST_SEED", random.SystemRandom().randrange(10**6)))
SITE = Path(__file__).parent / "asterisk/site.toml"
SHORTEST_RING_S, LONGEST_RING_S = 0.3, 1.5
STORY_S = 2.5  # about how long one takes when nobody is killed
PATIENCE_S = 120.0  # for a loaded machine
SOON_S = 60.0  # what is due then, is to be done before the test is over
WISHES = [
    f"Hej! Har ni en tid för herrklippning {day} nästa vecka?" for day in ("tisdag", "torsdag")
]
CHOICE = "Den första blir bra, tack"


@pytest_asyncio.fixture
async def elks(tmp_path: Path) -> AsyncIterator[FarElks]:
    async with FarElks(tmp_path / "journal") as far:
        yield far


@pytest_asyncio.fixture
async def product(
    tmp_path: Path, elks: FarElks, asterisk_with_outbox: Asterisk
) -> AsyncIterator[Product]:
    installed = Product(tmp_path, elks.url, reconcile_after_s="1")  # a start takes up all leases
    await installed.installed(asterisk_with_outbox.ami_port, AMI_SECRET, SITE)
    await elks.start(installed.inbound_url)
    yield installed
    await installed.kill()


@dataclass
class Story:
    """One caller: rings, gives up, answers the text, chooses a time."""

    caller: str
    wish: str
    asterisk: Asterisk
    elks: FarElks
    chance: random.Random
    heard: list[str] = field(default_factory=list)

    async def tell(self) -> None:
        async with Caller(self.asterisk) as caller:
            leg = await caller.call("0846500401", self.caller)
            await leg.rings()
            await asyncio.sleep(self.chance.uniform(SHORTEST_RING_S, LONGEST_RING_S))
            await leg.cancel()
        await self._next_text()
        await self.elks.text_in(self.caller, OUR_NUMBER, self.wish)
        while "bokat" not in await self._next_text():
            await self.elks.text_in(self.caller, OUR_NUMBER, CHOICE)

    async def _next_text(self) -> str:
        async with asyncio.timeout(PATIENCE_S):
            while len(texts := await self.elks.texts_to(self.caller)) == len(self.heard):
                await asyncio.sleep(0.05)
        self.heard.append(texts[len(self.heard)])
        return self.heard[-1].lower()


@dataclass(frozen=True)
class Left:
    """What the database holds in the end."""

    calls: Counter[tuple[str | None, str | None]]
    texts: Counter[tuple[str, str]]
    bookings: Counter[str]
    jobs: Counter[str]
    work_left: Counter[str]  # kinds; what is for tomorrow, as a reminder, is not left

    @property
    def settled(self) -> bool:
        return not self.work_left and {state for _, state in self.texts} <= {"delivered"}


async def left_in(db: Database) -> Left:
    async with db.read_across() as session:
        (company_id,) = await company_ids(session)
        jobs = list(await session.scalars(select(JobRow)))
    soon = datetime.now(UTC) + timedelta(seconds=SOON_S)
    async with db.read(company_id) as session:
        calls = await session.scalars(select(CallRow))
        bookings = await session.scalars(select(BookingRow))
        texts = await session.execute(
            select(ConversationRow, MessageRow)
            .join(MessageRow, MessageRow.conversation_id == ConversationRow.id)
            .where(MessageRow.direction == "out")
        )
        return Left(
            calls=Counter((call.caller_e164, call.outcome) for call in calls),
            texts=Counter((talk.number, message.state) for talk, message in texts),
            bookings=Counter(booking.number for booking in bookings),
            jobs=Counter(job.state for job in jobs),
            work_left=Counter(
                job.kind for job in jobs if job.state == "open" and job.run_at <= soon
            ),
        )


async def a_moment(number: int, caller: str, elks: FarElks, chance: random.Random) -> str:
    """Wait for it: in turn any moment, one while it rings, one between a text and its answer."""
    if number % 3 == 2:
        which = chance.randrange(1, 4)
        async with asyncio.timeout(PATIENCE_S):
            while len(await elks.texts_to(caller)) < which:
                await asyncio.sleep(0.01)
        return f"in the middle of text {which}"
    moment_s = chance.uniform(0.0, SHORTEST_RING_S if number % 3 else STORY_S)
    await asyncio.sleep(moment_s)
    return f"{moment_s:.3f} s after the beginning"


@pytest.mark.timeout(400 + 30 * KILLS)
async def test_killed_at_any_moment_nothing_happens_twice_and_nothing_is_lost(
    asterisk_with_outbox: Asterisk, elks: FarElks, product: Product
) -> None:
    chance = random.Random(f"{SEED} {asterisk_with_outbox.major}")
    callers = [f"+467017406{number:02d}" for number in range(5, 5 + KILLS)]
    began = monotonic()
    async with Phone(asterisk_with_outbox, "101"), asyncio.TaskGroup() as stories:
        for number, caller in enumerate(callers):
            await product.start()
            wish = WISHES[number % len(WISHES)]
            story = Story(caller, wish, asterisk_with_outbox, elks, random.Random(chance.random()))
            stories.create_task(story.tell())
            moment = await a_moment(number, caller, elks, chance)
            await product.kill()
            print(f"kill {number + 1} of seed {SEED}: {moment} of {caller}'s story")
        await product.start()

    db = open_database(Settings(var=product.folder / "var"))
    try:
        async with asyncio.timeout(PATIENCE_S):
            while not (left := await left_in(db)).settled:
                await asyncio.sleep(0.1)
    finally:
        await db.close()

    sent = [(text["to"], text["message"]) for text in await elks.accepted()]
    print(
        f"{KILLS} kills, {len(sent)} texts, {len(set(sent))} different, {monotonic() - began:.0f} s"
    )
    assert not [text for text, times in Counter(sent).items() if times > 1]
    first = Counter(to for to, message in sent if "automatisk assistent" in message)
    assert first == Counter(callers)
    assert left.calls == Counter((caller, "missed") for caller in callers)
    assert left.bookings == Counter(callers)
    assert Counter(to for to, _ in sent) == Counter(
        {caller: times for (caller, _), times in left.texts.items()}
    )
    assert not left.jobs["dead"]
