"""What a change does to open callback lists: the events, the same for everybody who speaks a language.

In: a change of a wish or a queue. Out: rendered fragments; the browser places the row by its own
filter and sorting (`static/js/callbacks.js`).
"""

from collections.abc import Sequence

from portal_api.broadcast import Broadcast
from portal_api.callbacks.rows import line_of
from portal_api.callbacks.tally import tally_by_queue
from portal_api.callbacks.views import QueueLine
from portal_api.render import live_event, render
from portal_api.visitors import Portal, Visitor
from ringback.store.callback_list import one
from ringback.store.changes import Change, Kind
from ringback.store.queues import rules_of, shown_name
from ringback.tables import CallbackRow, QueueRow


async def events(
    broadcast: Broadcast, portal: Portal, visitor: Visitor, changes: Sequence[Change]
) -> list[bytes]:
    """The events of these changes; of several to one row only the last is drawn."""
    latest = {(change.kind, change.subject): change for change in changes}
    found: list[bytes] = []
    for change in latest.values():
        if change.kind in (Kind.CALLBACK, Kind.QUEUE):
            key = ("callbacks", visitor.company_id, visitor.language, change.id)
            found += await broadcast.drawn(
                key,
                lambda change=change: _drawn(portal, visitor, change),  # type: ignore[misc]
            )
    return found


async def _drawn(portal: Portal, visitor: Visitor, change: Change) -> list[bytes]:
    """Of the visitor only the company, its zone and the language count."""
    async with portal.db.read(visitor.company_id) as session:
        if change.kind is Kind.QUEUE:
            queue = await session.get(QueueRow, change.subject)
            if queue is None:
                return []
            shown = QueueLine(str(queue.id), shown_name(queue), True, queue.waiting, queue.offer_on)
            html = render("live/callback_queue.html", visitor.language, visitor.zone, queue=shown)
            return [live_event(html, change.id)]
        if await session.get(CallbackRow, change.subject) is None:
            return []
        wish, now = await one(session, change.subject), portal.clock()
        html = render(
            "live/callback.html",
            visitor.language,
            visitor.zone,
            line=line_of(wish, await rules_of(session, wish.queue_id), now),
            tally=await tally_by_queue(session, now),
        )
        return [live_event(html, change.id)]
