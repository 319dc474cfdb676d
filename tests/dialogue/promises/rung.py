"""A company that rings back and texts about it: its queue, its handlers, its callers' phones."""

from collections.abc import Sequence
from datetime import datetime, timedelta
from uuid import UUID, uuid4
from zoneinfo import ZoneInfo

from dialogue.promises.steps import Promises
from dialogue.start import Start
from dialogue.turn import Turns
from ringback.callbacks import CallbackRequest
from ringback.calls import Call
from ringback.db import Database
from ringback.store.callbacks import record_callback
from ringback.store.calls import record_call
from ringback.store.conversations import add_received, open_conversation_with
from ringback.store.wishes import ALERT, EXPIRE, TEXT, UNREACHED
from ringback.tables import CallbackRow, MessageRow
from tests.clock import HandClock
from tests.flow import add_number, rows, run_due
from tests.ringback.called_back import Office, an_office
from tests.ringback.flow import ANNA

ZONE = ZoneInfo("Europe/Stockholm")
TODAY, MONDAY = "1300-1500@261120", "0800-1000@261123"
FIXED = "+46846500422"


def at(day: int, hour: int, minute: int = 0) -> datetime:
    """Of November 2026; the 20th is a Friday, on which it is ten when a test begins."""
    return datetime(2026, 11, day, hour, minute, tzinfo=ZONE)


class Shop:
    """What happens in a test, in one company; the clock is moved by hand."""

    def __init__(self, office: Office) -> None:
        self.office = office
        self.db, self.company, self.clock = office.db, office.company, office.clock
        promises = Promises(self.db, self.clock.now, ("46elks",), "https://ring.example")
        start = Start(
            self.db, self.clock.now, ("46elks",), timedelta(hours=2), "https://ring.example"
        )
        self.steps = {
            TEXT: promises.confirm,
            ALERT: promises.alert,
            EXPIRE: promises.expire,
            UNREACHED: promises.unreached,
            "first_text": start.first_text,
            "turn": Turns(self.db, self.clock.now).turn,
        }

    async def run(self, moment: datetime | None = None) -> list[str]:
        """Let the workers wake, at this moment; what is told then."""
        before = len(await self.told())
        if moment is not None:
            self.clock.advance((moment - self.clock.now()).total_seconds())
        await run_due(self.db, self.clock, self.steps)
        return (await self.told())[before:]

    async def say(self, text: str, number: str = ANNA) -> str:
        """The caller writes; what is answered."""
        self.clock.advance(minutes=1)
        async with self.office.at_work() as session:
            talk = await open_conversation_with(session, number)
            assert talk is not None
            await add_received(session, talk, "46elks", str(uuid4()), text, self.clock.now())
        return " ".join(await self.run())

    async def chose(self, choice: str = TODAY, uniqueid: str = "1.1", **more: str) -> None:
        """The voice menu has told a choice."""
        now = self.clock.now()
        told = {"number": ANNA, "language": "sv", **more}
        request = CallbackRequest(
            key=uniqueid,
            why="menu",
            call_uniqueid=uniqueid,
            from_at=None,
            to_at=None,
            asked_at=now,
            queue="support",
            choice=choice,
            arrived_at=now,
            **told,
        )
        async with self.office.at_work() as session:
            await record_callback(session, self.office.pbx, request, now)

    async def rang(self, call: Call) -> None:
        async with self.office.at_work() as session:
            await record_call(session, self.office.pbx, call, self.clock.now())

    async def texts(self) -> Sequence[MessageRow]:
        found = await rows(self.db, self.company, MessageRow)
        return sorted(found, key=lambda row: (row.created_at, row.number))

    async def told(self) -> list[str]:
        return [row.text for row in await self.texts() if row.direction == "out"]

    async def wish(self) -> CallbackRow:
        (row,) = await self.wishes()
        return row

    async def wishes(self) -> Sequence[CallbackRow]:
        return await rows(self.db, self.company, CallbackRow)


async def a_shop(db: Database, company: UUID, clock: HandClock) -> Shop:
    await add_number(db, company)
    office = await an_office(db, company, clock)
    await office.rules(retry_min=1, most_tries=2)
    return Shop(office)
