"""The simulator's phones on the database: what it shows them stays through a restart."""

from datetime import datetime

import structlog
from sqlalchemy import select

from ringback.db import Database
from ringback.messages import Outbound
from ringback.phone import masked
from ringback.store.companies import company_of_number
from ringback.store.phones import put_text
from ringback.tables import SimulatedTextRow

log = structlog.get_logger()


class StoredPhones:
    """The `SimulatedPhones` of the simulator, one row per text."""

    def __init__(self, db: Database) -> None:
        self._db = db

    async def show(self, outbound: Outbound, at: datetime) -> None:
        """Put a text on the recipient's phone, once per token."""
        async with self._db.read_across() as session:
            company_id = await company_of_number(session, "simulator", outbound.sender)
        if company_id is None:
            log.error("simulated_sender_unknown", number=masked(outbound.sender))
            return
        async with self._db.begin(company_id) as session:
            await put_text(
                session, outbound.token, outbound.recipient, outbound.text, at, typed=False
            )

    async def shows(self, token: str) -> bool:
        """Whether some phone holds the text with this token."""
        async with self._db.read_across() as session:
            query = select(SimulatedTextRow.id).where(SimulatedTextRow.token == token)
            return await session.scalar(query) is not None
