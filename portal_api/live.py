"""The live events: what changed in the company, as fragments of the page that is open.

In: `change` rows after the position that the page already shows. Out: server-sent events, each with
its position as id, so that a lost connection resumes where it was (`Last-Event-ID`). A stream ends
when its sign-in does. Changes are read once for all streams of a company (`broadcast.py`).
"""

import time
from collections.abc import AsyncIterator, Sequence
from dataclasses import dataclass
from typing import Annotated, Literal, cast
from uuid import UUID

from fastapi import APIRouter, Header, Query, Request
from fastapi.responses import StreamingResponse
from sqlalchemy.ext.asyncio import AsyncSession

from portal_api import bookings, conversations, missed, phone
from portal_api.broadcast import Broadcast
from portal_api.callbacks import live as callbacks_live
from portal_api.permissions import Permission, needs
from portal_api.render import live_event
from portal_api.visitors import Portal, Visitor, portal_of, visitor_of
from ringback.bell import CHANGES
from ringback.errors import BadInput
from ringback.store.changes import Change, changes_since, is_forgotten, latest_position

router = APIRouter(include_in_schema=False)

_OTHER_PROCESSES_S = 1.0
_HIGHEST = 2**63 - 1  # that the database can hold
# Named events are not drawn; connection.js listens for them.
_BEAT = b"event: beat\ndata: 0\n\n"
_RELOAD = b"event: reload\ndata: 0\n\n"
Topic = Literal["callbacks", "missed", "conversation", "bookings", "phone"]


@router.get("/events")
async def events(
    request: Request,
    visitor: Annotated[Visitor, needs(Permission.READ_CONVERSATIONS)],
    topic: Topic,
    after: Annotated[int, Query(ge=0, le=_HIGHEST)] = 0,
    subject: UUID | None = None,
    week: str = "",
    resource: str = "",
    last_event_id: Annotated[int | None, Header(ge=0, le=_HIGHEST)] = None,
) -> StreamingResponse:
    """One page's stream; what is wrong with it is said before it begins."""
    if topic == "conversation" and subject is None:
        raise BadInput("Say which conversation: subject=…", "subject")
    if topic == "bookings":
        bookings.monday_of(week, visitor, portal_of(request).clock)
    if topic == "phone":
        phone.phone_of(portal_of(request))
    stream = _Stream(request, visitor, _Page(topic, subject, week, resource))
    return StreamingResponse(
        stream.run(last_event_id or after),
        media_type="text/event-stream",
        headers={"Cache-Control": "no-store", "X-Accel-Buffering": "no"},
    )


@dataclass(frozen=True, slots=True)
class _Page:
    """What the open page shows."""

    topic: Topic
    subject: UUID | None
    week: str
    resource: str


class _Stream:
    """Follows the company's changes for one open page."""

    def __init__(self, request: Request, visitor: Visitor, page: _Page) -> None:
        self._request = request
        self._visitor = visitor
        self._page = page
        self._portal: Portal = portal_of(request)
        self._broadcast = cast(Broadcast, request.app.state.broadcast)
        self._seen: set[int] = set()

    async def run(self, position: int) -> AsyncIterator[bytes]:
        """Events until the browser leaves or the sign-in ends."""
        async with self._portal.db.read(self._visitor.company_id) as session:
            forgotten = await is_forgotten(session, position)
            position = await latest_position(session) if forgotten else position
            before = await changes_since(session, position)
        self._seen = {change.id for change in before if change.id <= position}
        beat_s = self._portal.beat_s
        wait_s = beat_s if self._portal.db.is_sqlite else min(beat_s, _OTHER_PROCESSES_S)
        beat_at = time.monotonic() + beat_s
        yield _BEAT
        if forgotten:
            yield _RELOAD
        while not await self._request.is_disconnected():
            heard = self._portal.db.bell.heard(CHANGES)
            for event in await self._new(position, heard):
                yield event
            position = max(self._seen, default=position)
            if time.monotonic() >= beat_at:
                if await visitor_of(self._request) is None:
                    return
                yield _BEAT
                beat_at = time.monotonic() + beat_s
            await self._portal.db.bell.wait(heard, wait_s, CHANGES)

    async def _new(self, position: int, heard: int) -> list[bytes]:
        """Drawn whole before anything is sent: a slow browser holds no database session."""
        company = self._visitor.company_id
        changes = await self._broadcast.changes(company, position, heard)
        fresh = [change for change in changes if change.id not in self._seen]
        self._seen = {change.id for change in changes}
        if not fresh:
            return []
        if self._page.topic == "callbacks":
            return await callbacks_live.events(self._broadcast, self._portal, self._visitor, fresh)
        return await self._drawn(fresh)

    async def _drawn(self, changes: Sequence[Change]) -> list[bytes]:
        """What only this page shows, or shows so."""
        drawn = []
        async with self._portal.db.read(self._visitor.company_id) as session:
            for change in changes:
                async for html in self._fragments(session, change):
                    drawn.append(live_event(html, change.id))
        return drawn

    def _fragments(self, session: AsyncSession, change: Change) -> AsyncIterator[str]:
        page, visitor, portal = self._page, self._visitor, self._portal
        match page.topic:
            case "missed":
                return missed.fragments(session, visitor, portal.clock, change)
            case "conversation":
                return conversations.fragments(session, visitor, portal, page.subject, change)
            case "bookings":
                return bookings.fragments(
                    session, visitor, portal.clock, page.week, page.resource, change
                )
            case "callbacks":
                raise AssertionError("drawn once for all streams")
            case "phone":
                return phone.fragments(session, visitor, portal, change)
