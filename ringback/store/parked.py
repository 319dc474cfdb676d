"""Parked receipts that nobody will ask for any more (operator); see `sms_gateway.receipts`."""

from datetime import datetime, timedelta

from sqlalchemy import delete
from sqlalchemy.ext.asyncio import AsyncSession

from ringback.tables import ParkedReceiptRow

PARKED_FOR = timedelta(hours=1)
"""Seconds would do for the race; a look-up after a crash may bring the id some minutes later."""


async def forget_old(session: AsyncSession, now: datetime) -> None:
    """Drop what has been parked for longer."""
    await session.execute(
        delete(ParkedReceiptRow).where(ParkedReceiptRow.parked_at <= now - PARKED_FOR)
    )
