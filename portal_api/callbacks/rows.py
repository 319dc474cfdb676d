"""From what the store lists to the rows of the page, by no further query but the queues' rules.

In: `ringback.store.callback_list.Listed`. Out: `views.CallbackLine`, the same for everybody who may see
the list, so that a row is drawn once for all open pages. Used by the page, the panel, the live
fragments and the JSON API.
"""

from collections.abc import Iterable, Mapping
from datetime import datetime, timedelta
from uuid import UUID

from sqlalchemy.ext.asyncio import AsyncSession

from portal_api.callbacks.timing import Span, timing
from portal_api.callbacks.views import CallbackLine, TryView
from ringback.attempts import Phase
from ringback.phone import readable
from ringback.queues import Rules
from ringback.store.callback_list import Listed, Try
from ringback.store.callbacks import OPEN
from ringback.store.queues import queues


async def rules_by_queue(session: AsyncSession) -> Mapping[UUID, Rules]:
    """The rules of the company's queues, by id."""
    return {row.id: Rules.kept(row.rules) for row in await queues(session)}


def lines_of(
    listed: Iterable[Listed], rules: Mapping[UUID, Rules], now: datetime
) -> tuple[CallbackLine, ...]:
    """The rows, in their order."""
    usual = Rules()
    return tuple(
        line_of(one, rules.get(one.queue_id, usual) if one.queue_id else usual, now)
        for one in listed
    )


def line_of(one: Listed, rules: Rules, now: datetime) -> CallbackLine:
    """One row."""
    held = held_by(one, now)
    is_open = one.state == OPEN
    span = Span(
        arrived_at=one.arrived_at,
        from_at=one.from_at,
        to_at=one.to_at,
        soon_at=one.to_at - timedelta(minutes=rules.alert_min) if one.to_at else None,
        not_before=one.not_before,
    )
    return CallbackLine(
        id=str(one.id),
        span=span,
        number=readable(one.number) if one.number else "",
        queue_id=str(one.queue_id or ""),
        queue=one.queue,
        why=one.why,
        customer_input=one.customer_input or "",
        input_kind=one.input_kind,
        handler=one.handler,
        status=_status(one, held),
        note=one.note or "",
        calls=one.calls,
        last_call_at=one.last_call_at,
        tries=one.tries,
        timing=timing(span, now) if is_open else None,
        rings=is_open and held is None and bool(one.number),
        holder=str(held.user_id) if held else "",
        holder_name=held.handler if held else "",
        held_since=held.began_at if held else None,
        ended_at=one.ended_at,
        conversation_id=str(one.conversation_id) if one.conversation_id else None,
        attempt=try_of(held) if held else None,
        last=try_of(one.last) if one.last and held is None else None,
    )


def try_of(one: Try) -> TryView:
    """One try, for the panel."""
    return TryView(
        id=str(one.id),
        at=one.began_at,
        person=one.handler,
        phase=one.phase,
        since=_since(one),
        outcome=one.outcome,
        note=one.note or "",
        fault=one.fault,
        outside_why=one.outside_why or "",
        noted=one.noted_at is not None,
    )


def held_by(one: Listed, now: datetime) -> Try | None:
    """The try that keeps the wish from others: under way, or the customer answered and no note tells."""
    tried = one.attempt
    if tried is None or tried.noted_at is not None:
        return None
    leased = one.lease_until is not None and one.lease_until > now
    return tried if leased or tried.answered_at is not None else None


def _status(one: Listed, held: Try | None) -> str:
    """A code of `words.STATUS`."""
    if one.state != OPEN:
        return one.ended_as or "done"
    if held is not None:
        return "note_due" if held.ended_at else "in_hand"
    if one.expired_at is not None:
        return "asked"
    return "requeued" if one.tries or one.note else "new"


def _since(one: Try) -> datetime:
    """When the present phase began, as far as that was noted."""
    moments = {
        Phase.RINGS_CUSTOMER: one.picked_up_at,
        Phase.TALKING: one.answered_at,
        Phase.ENDED: one.ended_at,
    }
    return moments.get(Phase(one.phase)) or one.began_at
