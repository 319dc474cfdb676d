"""What the simulated phones of the demo hold, kept so that a restart forgets nothing."""

from collections.abc import Sequence
from datetime import datetime
from uuid import uuid4

from sqlalchemy import select
from sqlalchemy.ext.asyncio import AsyncSession

from ringback.store.changes import Kind, note_change
from ringback.tables import CallRow, SimulatedTextRow
from ringback.tenancy import number_index


async def put_text(
    session: AsyncSession, token: str, phone: str, text: str, at: datetime, *, typed: bool
) -> None:
    """Keep a text on a phone; one with this token already there changes nothing.

    Args:
        session: A unit of work of the company that the phone texts with.
        token: Tells the text from all others.
        phone: E.164.
        text: In full.
        at: When it came, or was typed.
        typed: By the visitor; else received.
    """
    if await session.scalar(select(SimulatedTextRow.id).where(SimulatedTextRow.token == token)):
        return
    row = SimulatedTextRow(
        id=uuid4(),
        token=token,
        number_index=number_index(phone),
        typed=typed,
        body=text,
        created_at=at,
    )
    session.add(row)
    await session.flush()
    await note_change(session, Kind.PHONE, row.id, at, new=True)


async def texts_on(
    session: AsyncSession, phone: str, limit: int = 50
) -> Sequence[SimulatedTextRow]:
    """The latest texts on a phone, oldest first."""
    latest = await session.scalars(
        select(SimulatedTextRow)
        .where(SimulatedTextRow.number_index == number_index(phone))
        .order_by(SimulatedTextRow.created_at.desc())
        .limit(limit)
    )
    return list(reversed(latest.all()))


async def calls_from(session: AsyncSession, phone: str, limit: int = 20) -> Sequence[CallRow]:
    """The latest finished calls from a phone, oldest first."""
    latest = await session.scalars(
        select(CallRow)
        .where(CallRow.caller_index == number_index(phone))
        .order_by(CallRow.started_at.desc())
        .limit(limit)
    )
    return list(reversed(latest.all()))
