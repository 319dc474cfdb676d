"""The callback list for programs: the same rows, and the same acts, as JSON.

In: JSON of who is signed in. Out: rows by page, one with its tries; a try; or 409 with who was faster,
which note is missing, or why it is not the time. A caller's personal number is never told here.
"""

from typing import Annotated
from uuid import UUID

from fastapi import APIRouter, Body, Query, Request
from pydantic import BaseModel, ConfigDict, Field

from portal_api.callbacks.filters import Sort, Status
from portal_api.callbacks.ringing import MOST_NOTE, MOST_WHY, give_back, take, write
from portal_api.callbacks.rows import line_of, lines_of, rules_by_queue, try_of
from portal_api.callbacks.views import CallbackLine, TryView
from portal_api.permissions import Permission, needs
from portal_api.visitors import Visitor, portal_of, remote_of
from ringback import audit
from ringback.attempts import Outcome
from ringback.store.callback_list import history, listed, one
from ringback.store.queues import rules_of

router = APIRouter(prefix="/api/v1/callbacks", tags=["callbacks"])
MaySee = Annotated[Visitor, needs(Permission.SEE_CALLBACKS)]
MayRing = Annotated[Visitor, needs(Permission.RING_BACK)]
_MOST_OFFSET = 100_000


class Callbacks(BaseModel):
    """A page of the list; `next` is the `offset` of the following one."""

    items: tuple[CallbackLine, ...]
    total: int
    next: int | None


class Callback(BaseModel):
    """One wish to be rung, with its tries, newest first."""

    callback: CallbackLine
    tries: tuple[TryView, ...]


class Ring(BaseModel):
    """A wish to ring somebody back."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    outside_why: str = Field(
        "", max_length=MOST_WHY, description="Why now, though it is outside the interval or hours."
    )


class Ringing(BaseModel):
    """The try that was begun; follow it by `GET /api/v1/callbacks/{id}`."""

    attempt_id: UUID
    phase: str


class Note(BaseModel):
    """What came of a try."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    attempt_id: UUID
    outcome: Outcome
    note: str = Field(max_length=MOST_NOTE, examples=["Ville boka om till torsdag."])
    interval: str = Field(
        "", max_length=40, description="Another interval, as `1300-1500@261122` or `s`."
    )


class Release(BaseModel):
    """A try to let go of."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    attempt_id: UUID


@router.get("", summary="List callbacks")
async def several(
    request: Request,
    visitor: MaySee,
    queue: Annotated[list[UUID] | None, Query(max_length=200)] = None,
    status: Status = "open",
    due: Annotated[bool, Query(description="Only what may be rung now.")] = False,
    sort: Sort = "arrived",
    descending: bool = False,
    limit: Annotated[int, Query(ge=1, le=200)] = 50,
    offset: Annotated[int, Query(ge=0, le=_MOST_OFFSET)] = 0,
) -> Callbacks:
    """Wishes to be rung, those of all queues unless some are named."""
    portal = portal_of(request)
    now = portal.clock()
    async with portal.db.read(visitor.company_id) as session:
        found = await listed(
            session,
            now,
            queue_ids=queue,
            status=status,
            due_now=due,
            sort=sort,
            descending=descending,
            limit=limit,
            offset=offset,
        )
        rows = lines_of(found.items, await rules_by_queue(session), now)
    after = offset + len(rows)
    return Callbacks(items=rows, total=found.total, next=after if after < found.total else None)


@router.get("/{callback_id}", summary="One callback")
async def single(request: Request, visitor: MaySee, callback_id: UUID) -> Callback:
    """One wish, with every try to keep it; that it was read is noted."""
    portal, now = portal_of(request), portal_of(request).clock()
    async with portal.db.begin(visitor.company_id) as session:
        wish = await one(session, callback_id)
        line = line_of(wish, await rules_of(session, wish.queue_id), now)
        tries = tuple(try_of(tried) for tried in await history(session, callback_id))
        remote = remote_of(request)
        await audit.record(session, now, visitor.actor, "read", "callback", callback_id, remote)
    return Callback(callback=line, tries=tries)


@router.post("/{callback_id}/ring", status_code=202, summary="Ring back")
async def ring(
    request: Request, visitor: MayRing, callback_id: UUID, wanted: Annotated[Ring, Body()]
) -> Ringing:
    """Take the wish and ring. 409 tells who has it, which note is missing, or why it is not the time."""
    row = await take(request, visitor, callback_id, wanted.outside_why)
    return Ringing(attempt_id=row.id, phase=row.phase)


@router.post("/{callback_id}/note", summary="Write what came of a try")
async def note(
    request: Request, visitor: MayRing, callback_id: UUID, written: Annotated[Note, Body()]
) -> Callback:
    """Ends the wish when its caller was reached, and puts it back in line otherwise."""
    outcome, words = written.outcome, written.note
    await write(request, visitor, callback_id, written.attempt_id, outcome, words, written.interval)
    return await single(request, visitor, callback_id)


@router.post("/{callback_id}/release", summary="Let go of a try")
async def let_go(
    request: Request, visitor: MayRing, callback_id: UUID, wanted: Annotated[Release, Body()]
) -> Callback:
    """Put a wish back in line whose customer was not rung."""
    await give_back(request, visitor, callback_id, wanted.attempt_id)
    return await single(request, visitor, callback_id)
