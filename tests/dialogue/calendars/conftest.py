"""A real calendar server, the steps that speak to it, and a salon with Ellen's calendar there."""

from collections.abc import AsyncIterator, Iterator
from dataclasses import dataclass
from datetime import datetime, timedelta
from ipaddress import ip_network
from uuid import UUID, uuid4

import pytest
import pytest_asyncio

from dialogue.calendars.blocking import Blocking
from dialogue.calendars.http import Http, open_client
from dialogue.calendars.writing import Writing
from ringback.bookings import Slot
from ringback.calendars import Place
from ringback.db import Database
from ringback.store.bookings import book, cancel, move
from ringback.store.calendars import calendar_of, connect
from ringback.tables import BookingRow, CalendarRow
from ringback.worker import side_by_side
from tests.clock import HandClock
from tests.dialogue.conftest import clock, company, db, settings, upgraded_file, upgraded_url
from tests.flow import CALLER, run_due
from tests.radicale import Radicale

__all__ = ["clock", "company", "db", "settings", "upgraded_file", "upgraded_url"]
ZONE, OURS = "Europe/Stockholm", "https://ring.example.com"
LOOPBACK = ip_network("127.0.0.0/8")


@pytest.fixture(scope="session")
def radicale() -> Iterator[Radicale]:
    with Radicale() as server:
        yield server


@pytest_asyncio.fixture
async def http() -> AsyncIterator[Http]:
    async with open_client() as client:
        yield Http(client, [LOOPBACK])


@dataclass
class Salon:
    """A company whose resources have calendars."""

    db: Database
    id: UUID
    clock: HandClock
    http: Http

    async def connect(self, place: Place, resource: str = "Ellen") -> None:
        async with self.db.begin(self.id) as session:
            await connect(session, resource, place, self.clock.now())

    async def book(self, starts_at: datetime, resource: str = "Ellen") -> UUID:
        async with self.db.begin(self.id) as session:
            now, key = self.clock.now(), f"test:{uuid4()}"
            row = await book(session, cut(starts_at, resource), CALLER, key, ZONE, now)
            assert row is not None
            return row.id

    async def move(self, booking: UUID, starts_at: datetime, resource: str = "Ellen") -> None:
        async with self.db.begin(self.id) as session:
            row = await session.get_one(BookingRow, booking)
            await move(session, row, cut(starts_at, resource), self.clock.now())

    async def cancel(self, booking: UUID) -> None:
        async with self.db.begin(self.id) as session:
            row = await session.get_one(BookingRow, booking)
            await cancel(session, row, self.clock.now())

    async def work(self) -> None:
        """Let the steps do all that is due."""
        writing = Writing(self.db, self.clock.now, self.http, OURS)
        blocking = Blocking(self.db, self.clock.now, self.http)
        steps = {
            "calendar": side_by_side(writing.write, 4, writing.give_up),
            "calendar_read": side_by_side(blocking.read, 4, blocking.give_up),
        }
        await run_due(self.db, self.clock, steps)

    async def calendar(self, resource: str = "Ellen") -> CalendarRow:
        async with self.db.read(self.id) as session:
            row = await calendar_of(session, resource)
            assert row is not None
            return row


@pytest.fixture
def salon(db: Database, company: UUID, clock: HandClock, http: Http) -> Salon:
    return Salon(db, company, clock, http)


def cut(starts_at: datetime, resource: str) -> Slot:
    return Slot("herr", resource, starts_at, starts_at + timedelta(minutes=30))
