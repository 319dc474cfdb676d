"""The call panel: one wish with all that is known of its caller, and what a handler may do with it.

In: the wish, its tries, and the calls, texts and bookings of the same number. Out: `views.PanelView`,
as a part of the list's page. Opening it is noted in the audit trail, save by who has the wish in
hand: that was noted when it was taken.
"""

from collections.abc import Sequence
from datetime import datetime
from typing import Annotated
from uuid import UUID

from fastapi import APIRouter, Request
from fastapi.responses import HTMLResponse
from sqlalchemy import select
from sqlalchemy.ext.asyncio import AsyncSession

from portal_api.bookings import entries
from portal_api.callbacks.rows import line_of, try_of
from portal_api.callbacks.views import CallLine, Choice, PanelView, Said, TextLine, TryView
from portal_api.permissions import Permission, needs
from portal_api.render import render
from portal_api.visitors import Visitor, portal_of, remote_of
from ringback import audit
from ringback.attempts import Promise, outside
from ringback.business import Business
from ringback.calls import Outcome
from ringback.queues import Rules, Taken, choices, interval_of
from ringback.store.bookings import coming_bookings_of
from ringback.store.callback_list import Listed, history, one, reveal
from ringback.store.companies import business
from ringback.store.conversations import texts_of
from ringback.tables import CallRow, QueueRow, UserRow
from ringback.tenancy import number_index

router = APIRouter(include_in_schema=False)
MaySee = Annotated[Visitor, needs(Permission.SEE_CALLBACKS)]
MayRing = Annotated[Visitor, needs(Permission.RING_BACK)]
_MOST_CALLS, _MOST_TEXTS = 10, 6


@router.get("/callbacks/{callback_id}/panel")
async def part(request: Request, visitor: MaySee, callback_id: UUID) -> HTMLResponse:
    """The panel alone, for a page that stands."""
    return await panel_part(request, visitor, callback_id)


@router.post("/callbacks/{callback_id}/input")
async def show_input(request: Request, visitor: MayRing, callback_id: UUID) -> HTMLResponse:
    """The panel with the whole of what the caller keyed; the audit trail tells who looked."""
    portal = portal_of(request)
    async with portal.db.begin(visitor.company_id) as session:
        whole = await reveal(
            session, callback_id, visitor.actor, portal.clock(), remote_of(request)
        )
    return await panel_part(request, visitor, callback_id, revealed=whole)


async def panel_part(
    request: Request,
    visitor: Visitor,
    callback_id: UUID,
    *,
    said: Said | None = None,
    note: str = "",
    revealed: str = "",
    status: int = 200,
) -> HTMLResponse:
    """The panel as it is now, also as the answer to what was refused."""
    portal = portal_of(request)
    async with portal.db.read(visitor.company_id) as session:
        view = await panel_of(session, visitor, portal.clock(), callback_id, said, note, revealed)
    await note_opened(request, visitor, view)
    html = render(
        "callback_panel.html",
        visitor.language,
        visitor.zone,
        panel=view,
        csrf=visitor.csrf,
        may_ring=True,
    )
    return HTMLResponse(html, status)


async def note_opened(request: Request, visitor: Visitor, view: PanelView) -> None:
    """A line in the audit trail that somebody looked at a caller's history."""
    if view.mine:
        return
    portal = portal_of(request)
    async with portal.db.begin(visitor.company_id) as session:
        await audit.record(
            session,
            portal.clock(),
            visitor.actor,
            "read",
            "callback",
            view.line.id,
            remote_of(request),
        )


async def panel_of(
    session: AsyncSession,
    visitor: Visitor,
    now: datetime,
    callback_id: UUID,
    said: Said | None = None,
    note: str = "",
    revealed: str = "",
) -> PanelView:
    """The panel of a wish, as this visitor may act on it.

    Raises:
        NoResultFound: The company has no such wish.
    """
    wish = await one(session, callback_id)
    company = await business(session)
    queue = await session.get(QueueRow, wish.queue_id) if wish.queue_id else None
    rules = Rules.kept(queue.rules) if queue else Rules()
    line = line_of(wish, rules, now)
    user = await session.get_one(UserRow, visitor.signed_in.user_id)
    is_spent = wish.tries >= rules.most_tries
    promise = Promise(wish.from_at, wish.to_at, wish.not_before, is_spent)
    return PanelView(
        line=line,
        mine=wish.attempt is not None and wish.attempt.user_id == user.id,
        attempt=_to_note(wish, user.id, now),
        tries=tuple(try_of(tried) for tried in await history(session, callback_id)),
        calls=await _calls(session, wish),
        texts=await _texts(session, wish),
        bookings=entries(
            await coming_bookings_of(session, wish.number, now) if wish.number else (), company
        ),
        choices=choices_of(rules, company, now),
        phone=user.phone,
        note=note,
        said=said,
        revealed=revealed,
        outside=(outside(promise, company, now) or "") if line.rings else "",
    )


def _to_note(wish: Listed, user_id: UUID, now: datetime) -> TryView | None:
    """Who rang writes the note; when the time for it is over, anybody does."""
    tried = wish.attempt
    if tried is None or tried.noted_at is not None:
        return None
    is_late = wish.lease_until is None or wish.lease_until <= now
    return try_of(tried) if tried.user_id == user_id or (is_late and tried.answered_at) else None


def choices_of(
    rules: Rules, company: Business, now: datetime, taken: Taken | None = None
) -> tuple[Choice, ...]:
    """The intervals that a wish may get, with what they mean."""
    return tuple(
        Choice(choice, *(interval_of(choice, company) or (None, None)))
        for choice in choices(rules, company, now, taken)
    )


async def _calls(session: AsyncSession, wish: Listed) -> tuple[CallLine, ...]:
    if not wish.number:
        return ()
    rows: Sequence[CallRow] = (
        await session.scalars(
            select(CallRow)
            .where(CallRow.caller_index == number_index(wish.number))
            .order_by(CallRow.started_at.desc(), CallRow.id)
            .limit(_MOST_CALLS)
        )
    ).all()
    return tuple(
        CallLine(
            row.started_at,
            "" if row.outcome == Outcome.ANSWERED else row.reason or "missed",
            row.direction,
        )
        for row in rows
    )


async def _texts(session: AsyncSession, wish: Listed) -> tuple[TextLine, ...]:
    if wish.conversation_id is None:
        return ()
    rows = await texts_of(session, wish.conversation_id, _MOST_TEXTS)
    return tuple(TextLine(row.created_at, row.direction == "out", row.text) for row in rows)
