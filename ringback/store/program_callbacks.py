"""Callbacks that programs ask for: kept once, moved, cancelled, and looked up again.

In: a program's request, checked for its form. Out: `callback` rows, by `store.callback_requests`. A
program reaches only wishes that a program of the same company asked for, alone or together with the
caller's own.
"""

from dataclasses import dataclass, replace
from datetime import datetime
from hashlib import sha256
from uuid import UUID, uuid4

from sqlalchemy import exists, select
from sqlalchemy.ext.asyncio import AsyncSession

from ringback.asked import AnotherBody
from ringback.errors import BadInput
from ringback.phone import to_e164
from ringback.store.callback_requests import ask_callback, asked_with, is_asked_once
from ringback.store.queues import queues, shown_name
from ringback.store.wishes import ANY_TIME, Interval
from ringback.tables import CallbackCallRow, CallbackRow, QueueRow
from ringback.tenancy import current_keys

_SOURCE = "api"


@dataclass(frozen=True, slots=True)
class ProgramWish:
    """Somebody is to be rung, says a program.

    Attributes:
        number: As the program writes it.
        why: For the staff.
        queue: An id, the PBX's name of it or the people's; "" for the company's own list.
        choice: `s` or `1300-1500@261122`; it stands in place of `interval`.
        interval: From and to, aware.
        customer_input: What the customer is known by.
        language: `sv`, `en`; "" for the company's.
    """

    number: str
    why: str
    queue: str = ""
    choice: str = ""
    interval: Interval = ANY_TIME
    customer_input: str = ""
    language: str = ""


async def ask_for_program(
    session: AsyncSession, wish: ProgramWish, key: str, now: datetime
) -> tuple[CallbackRow, bool]:
    """The row of a program's wish, and whether this request made it.

    Args:
        session: A unit of work that writes.
        wish: What is asked for.
        key: Of the request, in the program's words; "" for none.
        now: Aware.

    Raises:
        AnotherBody: The key came with another request before.
        BadInput: The number must not be rung, the interval can't be kept, or there is no such queue.
        Refused: The interval is full.
    """
    digest = sha256(key.encode()).hexdigest() if key else uuid4().hex
    if before := await asked_with(session, _SOURCE, digest):
        return await _the_same(session, before, wish), False
    row = await ask_callback(
        session,
        wish.number,
        wish.why,
        now,
        key=digest,
        queue_id=await _queue_id(session, wish.queue),
        choice=wish.choice,
        interval=wish.interval,
        customer_input=wish.customer_input,
        language=wish.language,
        source=_SOURCE,
    )
    asked = await asked_with(session, _SOURCE, digest)
    assert asked is not None  # noqa: S101 - kept now, or at this very moment by another
    if row is None:
        return await _the_same(session, asked, wish), False
    asked.body = _body(wish)
    return row, await is_asked_once(session, row)


async def asked_by_program(session: AsyncSession, callback_id: UUID) -> CallbackRow:
    """A wish that a program of the company asked for.

    Raises:
        NoResultFound: There is none of this id, or only the caller himself asked.
    """
    by_program = exists().where(
        CallbackCallRow.callback_id == CallbackRow.id,
        CallbackCallRow.key.startswith(f"{_SOURCE}:", autoescape=True),
    )
    query = select(CallbackRow).where(CallbackRow.id == callback_id, by_program)
    return (await session.scalars(query)).one()


async def _the_same(
    session: AsyncSession, asked: CallbackCallRow, wish: ProgramWish
) -> CallbackRow:
    row = await session.get_one(CallbackRow, asked.callback_id)
    was_kept = asked.body is not None  # else it came before bodies were
    if asked.body != _body(wish) if was_kept else row.number != to_e164(wish.number):
        raise AnotherBody(
            "This Idempotency-Key came with another request before. Use a new key for each callback."
        )
    return row


def _body(wish: ProgramWish) -> bytes:
    """A blind index of all that is asked for; the number in one form."""
    number = to_e164(wish.number) or wish.number
    return current_keys().index("callback_asked", repr(replace(wish, number=number)))


async def _queue_id(session: AsyncSession, written: str) -> UUID | None:
    """The queue that is meant by its id or one of its names."""
    if not written:
        return None
    known = await queues(session)
    found = [row for row in known if _is_called(row, written)]
    if len(found) == 1:
        return found[0].id
    if found:
        ids = ", ".join(str(row.id) for row in found)
        raise BadInput(f"Several queues are called so; write one of the ids {ids}.", "queue")
    names = ", ".join(map(shown_name, known)) or "none yet"
    raise BadInput(f"There is no such queue. There are: {names}.", "queue")


def _is_called(row: QueueRow, written: str) -> bool:
    names = {str(row.id), row.name.casefold(), row.label.casefold()}
    return written.strip().casefold() in names
