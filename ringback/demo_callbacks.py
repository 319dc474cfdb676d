"""The callback list of the demo: two queues with rules, and callers who wait in every way there is.

In: the demo's company, its PBX and its handler. Out: `queue`, `callback` and `attempt` rows, made by the same
functions as for real calls; times are counted from the moment of the start.
"""

from dataclasses import dataclass
from datetime import datetime, timedelta
from uuid import UUID

from sqlalchemy.ext.asyncio import AsyncSession

from ringback.attempts import Outcome
from ringback.callbacks import CallbackRequest
from ringback.queues import Input, Rules, choices
from ringback.store.attempts import claim, end_attempt, to_send, write_note
from ringback.store.callbacks import record_callback
from ringback.store.companies import business
from ringback.store.queues import add_queue, save_rules
from ringback.store.staffing import staff

_DESK, _SWITCHBOARD = "kundtjanst", "vaxel"
_RULES = {
    _DESK: Rules(offer="always", needs_staff=False, asks=Input.CUSTOMER_NUMBER),
    _SWITCHBOARD: Rules(offer="when_long", wait_over_min=3, automatic=False),
}
_LABELS = {_DESK: "Kundtjänst", _SWITCHBOARD: "Växel"}
_WHY_NOW = "Demo"


@dataclass(frozen=True, slots=True)
class _Caller:
    """Somebody who wants to be rung.

    Attributes:
        number: E.164.
        waited_min: Minutes since the call came.
        queue: In which.
        choice: Which of the intervals that can be chosen now; None for as soon as possible.
        keyed: The customer number.
        tried: What came of an earlier try, and what was written about it.
        left_min: An interval that is going on, with so many minutes left (negative: over).
    """

    number: str
    waited_min: int
    queue: str = _DESK
    choice: int | None = None
    keyed: str = ""
    tried: tuple[Outcome, str] | None = None
    left_min: int | None = None


_CALLERS = (
    _Caller("+46701740670", 95, left_min=15, keyed="30217"),
    _Caller("+46701740671", 64, tried=(Outcome.NO_ANSWER, "Inget svar. Ringer igen senare.")),
    _Caller("+46701740672", 41, keyed="55012"),
    _Caller("+46701740673", 38, _SWITCHBOARD, choice=0),
    _Caller("+46701740674", 26, choice=1, keyed="41877"),
    _Caller("+46701740675", 19, _SWITCHBOARD),
    _Caller("+46701740676", 12, choice=0, tried=(Outcome.BUSY, "Upptaget.")),
    _Caller("+46701740677", 7, choice=1),
    _Caller("+46701740678", 150, tried=(Outcome.REACHED, "Ombokad till fredag, klart.")),
)


async def furnish_callbacks(
    session: AsyncSession, pbx_id: UUID, handler_id: UUID, now: datetime
) -> None:
    """Make the queues and those who wait in them.

    Args:
        session: A unit of work that writes.
        pbx_id: Whose queues they are.
        handler_id: Who staffs them, and has tried to ring some; has a phone.
        now: Aware.
    """
    rows = {}
    for name, rules in _RULES.items():
        row = await add_queue(session, pbx_id, name, _LABELS[name], now)
        rows[name] = await save_rules(session, row.id, _LABELS[name], rules, now)
    await staff(session, handler_id, [row.id for row in rows.values()], now)
    for caller in _CALLERS:
        await _wait(session, pbx_id, handler_id, caller, now)


async def _wait(
    session: AsyncSession, pbx_id: UUID, handler_id: UUID, caller: _Caller, now: datetime
) -> None:
    came_at = now - timedelta(minutes=caller.waited_min)
    from_at = to_at = None
    if caller.left_min is not None:
        to_at = now + timedelta(minutes=caller.left_min - now.minute % 5)
        to_at = to_at.replace(second=0, microsecond=0)
        from_at = to_at - timedelta(hours=1)
    request = CallbackRequest(
        key=f"demo:{caller.number}",
        number=caller.number,
        why="menu",
        call_uniqueid=None,
        from_at=from_at,
        to_at=to_at,
        asked_at=came_at,
        queue=caller.queue,
        choice=await _choice(session, caller, now),
        customer_input=caller.keyed,
        language="sv",
        arrived_at=came_at,
    )
    row = await record_callback(session, pbx_id, request, now)
    if row is not None and caller.tried is not None:
        await _try(session, row.id, handler_id, *caller.tried, now)


async def _choice(session: AsyncSession, caller: _Caller, now: datetime) -> str:
    """One of the intervals that a caller could choose at this moment."""
    if caller.choice is None:
        return ""
    rules = _RULES[caller.queue].model_copy(update={"soonest": False})
    offered = choices(rules, await business(session), now)
    return offered[min(caller.choice, len(offered) - 1)] if offered else ""


async def _try(
    session: AsyncSession,
    callback_id: UUID,
    handler_id: UUID,
    outcome: Outcome,
    note: str,
    now: datetime,
) -> None:
    """A call that is over: nothing of it is left for the PBX to do."""
    attempt = await claim(session, callback_id, handler_id, now, outside_why=_WHY_NOW)
    await to_send(session, attempt.id, now)
    await end_attempt(session, attempt.id, outcome, "", now)
    await write_note(session, attempt.id, handler_id, outcome, note, now)
