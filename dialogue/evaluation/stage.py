"""A company and a caller on rows of a database of their own, and what can be seen there.

In: how a conversation begins, then the caller's texts with the clock. Out: what stands after each
(`seen.Seen`). The texts come in and are answered by the steps that serve customers, which are given
(`Steps`): this package knows neither the inbox nor the wiring. The clock stands still in between, and
whatever is due at its moment is done.
"""

import asyncio
import json
import shutil
from collections.abc import AsyncIterator, Awaitable, Callable, Mapping, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from datetime import UTC, datetime
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any
from uuid import UUID, uuid4

from sqlalchemy import select
from sqlalchemy.ext.asyncio import AsyncSession

from dialogue.evaluation.furnishing import ACCOUNT, furnish, our_number
from dialogue.evaluation.scenarios import Company, Opening
from dialogue.evaluation.seen import Appointment, OfferedTime, Seen, Window
from ringback.bookings import STANDS
from ringback.clock import Clock
from ringback.db import Database, open_database
from ringback.messages import Inbound
from ringback.schema import upgrade
from ringback.settings import Settings
from ringback.store.callbacks import OPEN
from ringback.store.conversations import opted_out
from ringback.tables import (
    BookingRow,
    CallbackRow,
    ConversationRow,
    MessageRow,
    TurnRow,
)
from ringback.tenancy import number_index
from ringback.worker import Batch, Step, Worker

_LEASE_S = 600.0  # a clock that stands still ends no lease
_CALL_BACK = "call_back"


@dataclass(frozen=True, slots=True)
class Steps:
    """What serves customers.

    Attributes:
        receive: Takes a text in, as an SMS provider would hand it over.
        steps: By kind of job, for a worker.
    """

    receive: Callable[[Inbound], Awaitable[None]]
    steps: Mapping[str, Step | Batch]


Serving = Callable[[Settings, Database, Clock], Steps]


class Stages:
    """Opens stages, one at a time; each begins with nothing but its own company and caller.

    Args:
        serving: Makes what serves customers on a database.
        empty: A database with all tables, to be copied for each conversation.
        settings: Of the database that they are played on.
        assistant: The settings of each company's assistant.
    """

    def __init__(
        self, serving: Serving, empty: Path, settings: Settings, assistant: Mapping[str, Any]
    ) -> None:
        self._serving = serving
        self._empty = empty
        self._settings = settings
        self._assistant = dict(assistant)
        self._db: Database | None = None

    @asynccontextmanager
    async def open(self, company: Company, opening: Opening) -> AsyncIterator["Stage"]:
        """A stage for one conversation.

        Raises:
            BadInput: The company's bookings overlap, or name what it does not have.
        """
        await asyncio.to_thread(self._begin_anew)
        # The same object each time: it keeps the statements that it has compiled.
        db = self._db = self._db or open_database(self._settings)
        clock = _Hands(opening.now)
        try:
            company_id = await furnish(db, company, opening, self._assistant)
            served = self._serving(self._settings, db, clock)
            stage = Stage(company, opening.caller, company_id, db, clock, served)
            await stage.begin(opening)
            yield stage
        finally:
            await db.close()

    def _begin_anew(self) -> None:
        var = self._settings.var
        for old in var.glob(f"{self._empty.name}*"):  # with what SQLite keeps beside it
            old.unlink()
        shutil.copy(self._empty, var)


@asynccontextmanager
async def open_stages(serving: Serving, assistant: Mapping[str, Any]) -> AsyncIterator[Stages]:
    """Stages in a temporary folder."""
    with TemporaryDirectory(prefix="ringback-evaluation-") as name:
        empty, played = Path(name, "empty"), Path(name, "played")
        for folder in (empty, played):
            await asyncio.to_thread(folder.mkdir)
        await asyncio.to_thread(upgrade, Settings(var=empty, database_url=""))
        settings = Settings(var=played, database_url="")
        yield Stages(serving, empty / "ringback.sqlite", settings, assistant)


@dataclass
class _Hands:
    """A clock that stands still until it is set."""

    at: datetime

    def __call__(self) -> datetime:
        return self.at.astimezone(UTC)


@dataclass
class Stage:
    """One caller and one company, between two turns."""

    company: Company
    caller: str
    company_id: UUID
    db: Database
    clock: _Hands
    served: Steps
    _worker: Worker = field(init=False)
    _told: set[UUID] = field(default_factory=set)  # texts that were seen before

    def __post_init__(self) -> None:
        self._worker = Worker(self.db, self.clock, self.served.steps, _LEASE_S)

    async def begin(self, opening: Opening) -> None:
        """Have the missed call answered by its first text, and come to the conversation's moment."""
        if opening.context.missed_call_at:
            self.clock.at = opening.context.missed_call_at
            await self._do_what_is_due()
        self.clock.at = opening.now

    async def turn(self, text: str, now: datetime | None = None) -> Seen:
        """The caller writes, at this moment or where the clock stands; what stands afterwards."""
        self.clock.at = now or self.clock.at
        await self._do_what_is_due()  # reminders and the like are no answers to the text
        async with self.db.read(self.company_id) as session:
            self._told = {row.id for row in await self._texts(session)}
        await self.served.receive(
            Inbound(ACCOUNT, str(uuid4()), self.caller, our_number(self.caller), text, self.clock())
        )
        await self._do_what_is_due()
        async with self.db.read(self.company_id) as session:
            return await self._seen(session)

    async def _do_what_is_due(self) -> None:
        while await self._worker.run_one():
            pass

    async def _seen(self, session: AsyncSession) -> Seen:
        new = [row for row in await self._texts(session) if row.id not in self._told]
        wishes = await self._wishes(session)
        rings = [row for row in wishes if row.why == _CALL_BACK]
        return Seen(
            reply=tuple(row.text for row in new if row.direction == "out"),
            calendar=await self._calendar(session),
            offered=await self._offered(session, [row.id for row in new]),
            handoff=len(rings) < len(wishes),
            callback=self._window(rings[-1]) if rings else None,
            opted_out=await opted_out(session, number_index(self.caller)),
        )

    async def _texts(self, session: AsyncSession) -> Sequence[MessageRow]:
        query = (
            select(MessageRow)
            .join(ConversationRow, ConversationRow.id == MessageRow.conversation_id)
            .where(ConversationRow.number_index == number_index(self.caller))
            .order_by(ConversationRow.opened_at, MessageRow.number)
        )
        return (await session.scalars(query)).all()

    async def _wishes(self, session: AsyncSession) -> Sequence[CallbackRow]:
        """What waits for a person and was raised in a conversation with the caller, oldest first."""
        query = (
            select(CallbackRow)
            .where(
                CallbackRow.number_index == number_index(self.caller),
                CallbackRow.conversation_id.is_not(None),
                CallbackRow.state == OPEN,
            )
            .order_by(CallbackRow.created_at)
        )
        return (await session.scalars(query)).all()

    async def _calendar(self, session: AsyncSession) -> tuple[Appointment, ...]:
        rows = await session.scalars(
            select(BookingRow)
            .where(BookingRow.state.in_(STANDS))
            .order_by(BookingRow.starts_at, BookingRow.resource)
        )
        return tuple(
            Appointment(
                service=row.service or None,
                resource=row.resource,
                start=self.company.minute(row.starts_at),
                customer=row.number or None,
            )
            for row in rows
        )

    async def _offered(
        self, session: AsyncSession, messages: Sequence[UUID]
    ) -> tuple[OfferedTime, ...]:
        rows = await session.scalars(
            select(TurnRow).where(TurnRow.message_id.in_(messages)).order_by(TurnRow.created_at)
        )
        return tuple(
            OfferedTime(
                service=slot["service"],
                start=self.company.minute(datetime.fromisoformat(slot["starts_at"])),
                resource=slot["resource"],
            )
            for row in rows
            for slot in json.loads(row.proposed or "{}").get("offered", ())
        )

    def _window(self, row: CallbackRow) -> Window:
        minute = self.company.minute
        return Window(
            starts_at=minute(row.from_at) if row.from_at else None,
            ends_at=minute(row.to_at) if row.to_at else None,
        )
