"""Where what a PBX told is kept: the hand-over of `pbx_adapter` to the rest of the product.

In: finished calls, wishes to be rung, where the call of a try is, the state of a link, how far a source
has been read. Out: it is safe when the method returns. `DatabaseSink` writes rows; at the edge a spool takes its place.

Everything may come twice, from several sources, in any order: a call is one row.
"""

import asyncio
from collections.abc import Awaitable, Callable, Mapping
from typing import Protocol
from uuid import UUID

import structlog
from sqlalchemy.exc import DataError, DBAPIError, SQLAlchemyError, StatementError
from sqlalchemy.ext.asyncio import AsyncSession

from pbx_adapter.link import LinkState
from ringback.attempts import Progress
from ringback.callbacks import CallbackRequest
from ringback.calls import Call
from ringback.clock import Clock
from ringback.db import Database
from ringback.errors import BadInput, RingbackError, TryAgain
from ringback.store.attempts import note_progress
from ringback.store.callbacks import record_callback
from ringback.store.calls import record_call
from ringback.store.companies import set_link_state
from ringback.store.gaps import note_found, note_link, note_read
from ringback.store.marks import marks, set_mark

_TRIES = 240
_LATE_S = 1.0  # a call that is told sooner after its end is live
_LONGEST_WAIT_S = 15.0
log = structlog.get_logger()


LIVE = "live"
"""The mark of AMI itself: the moment when the PBX was last heard, in ISO 8601."""


class Sink(Protocol):
    """What a PBX told is safe when these return; TryAgain when that did not come about."""

    async def keep_call(self, call: Call) -> None:
        """A finished call; its times are epoch seconds."""

    async def keep_callback(self, request: CallbackRequest) -> None:
        """A wish to be rung."""

    async def keep_progress(self, progress: Progress) -> None:
        """Where the call of a try to ring somebody back is."""

    async def keep_link(self, state: LinkState) -> None:
        """How the link is doing, for the portal."""

    async def marks(self) -> Mapping[str, str]:
        """How far each source has been read, in the source's own words; `LIVE` is one of them."""

    async def keep_mark(self, source: str, mark: str) -> None:
        """A source has been read so far, and all that it told has been kept."""


class DatabaseSink:
    """Keeps what one PBX told in the database; one that is away for a while is waited for."""

    def __init__(self, db: Database, clock: Clock, company_id: UUID, pbx_id: UUID) -> None:
        self._db = db
        self._clock = clock
        self._company_id = company_id
        self._pbx_id = pbx_id

    async def keep_call(self, call: Call) -> None:
        """The row, and the job of the first text when a caller was missed."""

        async def record(session: AsyncSession) -> None:
            now = self._clock()
            if now.timestamp() - call.end >= _LATE_S:
                await note_found(session, self._pbx_id, call, now)
            row = await record_call(session, self._pbx_id, call, now)
            if row is not None:
                log.info("call_recorded", call=str(row.id), outcome=call.outcome)

        await self._write(call.uniqueid, record)

    async def keep_callback(self, request: CallbackRequest) -> None:
        """The row of a wish to be rung."""
        await self._write(
            request.key,
            lambda session: record_callback(session, self._pbx_id, request, self._clock()),
        )

    async def keep_progress(self, progress: Progress) -> None:
        """On the try's row; what the PBX tells of others is passed over."""
        await self._write(
            progress.channel_id,
            lambda session: note_progress(session, progress, self._clock()),
        )

    async def keep_link(self, state: LinkState) -> None:
        """The state on the PBX's row, and the gap that begins or ends with it."""

        async def keep(session: AsyncSession) -> None:
            now = self._clock()
            await note_link(session, self._pbx_id, state.kind, state.since, now)
            await set_link_state(session, self._pbx_id, state.kind, state.text, state.since)

        await self._write("link_state", keep)

    async def marks(self) -> Mapping[str, str]:
        """As the protocol says."""
        try:
            async with self._db.read(self._company_id) as session:
                return await marks(session, self._pbx_id)
        except (SQLAlchemyError, OSError) as fault:
            raise TryAgain(f"The database does not answer: {fault}.") from fault

    async def keep_mark(self, source: str, mark: str) -> None:
        """As the protocol says; gaps are told which sources have been read after them."""

        async def keep(session: AsyncSession) -> None:
            await set_mark(session, self._pbx_id, source, mark)
            if source != LIVE:
                await note_read(session, self._pbx_id, source, self._clock())

        await self._write("mark", keep)

    async def _write(self, what: str, work: Callable[[AsyncSession], Awaitable[object]]) -> None:
        for attempt in range(1, _TRIES + 1):
            try:
                async with self._db.begin(self._company_id) as session:
                    await work(session)
            except (SQLAlchemyError, RingbackError, OSError) as fault:
                if _no_waiting_mends(fault):
                    log.critical("pbx_record_refused", what=what, fault=str(fault))
                    raise BadInput(f"The database refuses {what}: {fault}.") from fault
                log.error("pbx_not_recorded", what=what, fault=str(fault))
                await asyncio.sleep(min(2.0 ** min(attempt, 9) / 4, _LONGEST_WAIT_S))
                continue
            return
        log.critical("pbx_record_given_up", what=what)
        raise TryAgain(f"The database has not taken {what} for about an hour.")


def _no_waiting_mends(fault: Exception) -> bool:
    """The value itself is at fault: the database or a rule refuses it, or it can't even be asked."""
    not_asked = isinstance(fault, StatementError) and not isinstance(fault, DBAPIError)
    return not_asked or isinstance(fault, DataError | BadInput)
