"""Callbacks that staff ask for on a customer's behalf: he wrote a mail, or stood at the desk.

In: what a handler has typed. Out: a `callback` row by `store.callback_requests`, checked like one that a
program asks for; the customer's open row where he waits in that list already. No text confirms it: the
handler has told him.
"""

from datetime import datetime
from uuid import UUID

from sqlalchemy.ext.asyncio import AsyncSession

from ringback.callbacks import AT_ONCE
from ringback.errors import BadInput
from ringback.store.callback_requests import ask_callback, asked_with, is_asked_once
from ringback.store.queues import queues
from ringback.store.wishes import tell
from ringback.tables import CallbackRow

BY_STAFF = "staff"
"""Why somebody is to be rung when the handler wrote no note."""


async def ask_for_customer(
    session: AsyncSession,
    number: str,
    now: datetime,
    *,
    key: str,
    queue_id: UUID | None,
    choice: str,
    customer_input: str = "",
    note: str = "",
) -> tuple[CallbackRow, bool]:
    """The customer's row, and whether it is new; the same `key` again changes nothing.

    Args:
        session: A unit of work that writes.
        number: As typed.
        now: Aware.
        key: Of the form that was filled in.
        queue_id: Whose list; None for the company's own.
        choice: An interval, as of `ringback.queues`.
        customer_input: What he is known by.
        note: For who rings; a customer who waits already is not moved down by it from what comes first.

    Raises:
        BadInput: The number must not be rung, the interval can't be kept, or the queue was removed.
        Refused: The interval is full.
    """
    if queue_id is not None and queue_id not in {row.id for row in await queues(session)}:
        raise BadInput("That queue no longer exists; choose again.", "queue")
    row = await ask_callback(
        session,
        number,
        note or BY_STAFF,
        now,
        key=key,
        queue_id=queue_id,
        choice=choice,
        customer_input=customer_input,
        source=BY_STAFF,
    )
    if row is None:
        asked = await asked_with(session, BY_STAFF, key)
        assert asked is not None  # noqa: S101 - kept now, or at this very moment by another
        row = await session.get_one(CallbackRow, asked.callback_id)
        return row, await is_asked_once(session, row)
    is_new = await is_asked_once(session, row)
    if note and not is_new:
        if row.why in AT_ONCE:
            row.note = note
        else:
            row.why = note
        await session.flush()
        await tell(session, row, now)
    return row, is_new
