"""Texts of programs, kept: what comes at the same moment shares a transaction, by company.

In: what was asked (`ringback.asked`). Out: its row, committed, or why not. Stands between the routes
(`portal_api.texts`) and the rows (`ringback.store.outgoing`).
"""

from collections.abc import Sequence
from datetime import datetime, timedelta
from uuid import UUID

from sqlalchemy.exc import IntegrityError

from portal_api.api_keys import BELIEVED_S
from ringback.asked import Asked, Terms
from ringback.clock import Clock
from ringback.db import Database
from ringback.db_faults import database_asked
from ringback.errors import BadInput, TryAgain
from ringback.store.outgoing import Kept, keep_all, terms_of_sending
from ringback.together import Together

_TRIES = 3
_REST_S = 0.004  # with 16 clients on one machine, a third less computing per text than without


class Texts:
    """Keeps what programs ask for; one per process."""

    def __init__(self, db: Database, clock: Clock) -> None:
        self._db = db
        self._clock = clock
        self._companies: dict[UUID, _Company] = {}

    async def keep(self, company_id: UUID, asked: Asked) -> Kept:
        """The text's row, committed.

        Raises:
            BadInput: It is not sent, or its key was used for another.
        """
        if company_id not in self._companies:
            self._companies[company_id] = _Company(self._db, self._clock, company_id)
        together = self._companies[company_id].together
        for _ in range(_TRIES):
            try:
                kept = await together.ask(asked)
            except IntegrityError:  # another process did the same at this very moment
                continue
            if isinstance(kept, BadInput):
                raise kept
            return kept
        raise TryAgain("Another program asks for the same at this moment; send the request again.")


class _Company:
    """One company's: all that comes at the same moment in one transaction.

    The terms are believed for a few seconds; the outbox asks for the rules again before it sends.
    """

    def __init__(self, db: Database, clock: Clock, company_id: UUID) -> None:
        self.together = Together[Asked, Kept | BadInput](self._keep, rest_s=_REST_S)
        self._db = db
        self._clock = clock
        self._id = company_id
        self._terms: Terms | None = None
        self._until = clock()

    async def _keep(self, asked: Sequence[Asked]) -> Sequence[Kept | BadInput]:
        now = self._clock()
        with database_asked():
            return await self._keep_at(now, asked)

    async def _keep_at(self, now: datetime, asked: Sequence[Asked]) -> Sequence[Kept | BadInput]:
        async with self._db.begin(self._id) as session:
            if self._terms is None or now >= self._until:
                self._terms = await terms_of_sending(session, now)
                self._until = now + timedelta(seconds=BELIEVED_S)
            return await keep_all(session, asked, self._terms, now)
