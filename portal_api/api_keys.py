"""Programs of a company: let in by an API key instead of a cookie.

In: the header `Authorization: Bearer rb_…`. Out: a `Program`, or the error that says which header is
missing. A key that was found good is believed for a few seconds without asking the database, so a
key that is ended stops within `BELIEVED_S`. A cookie counts for nothing here, so no browser can be
made to send what it does not mean.
"""

from collections import OrderedDict
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from hashlib import sha256
from typing import Annotated, Any, cast
from uuid import UUID

import structlog
from fastapi import Depends, Request, Security
from fastapi.security import HTTPAuthorizationCredentials, HTTPBearer

from portal_api.permissions import NotSignedIn, Permission
from ringback.clock import Clock
from ringback.db import Database
from ringback.db_faults import database_asked
from ringback.errors import TryAgain
from ringback.store.api_keys import USED_EVERY, ApiKey, key_of, note_used
from ringback.together import Together

BELIEVED_S = 5.0
_MOST_BELIEVED = 1_000
log = structlog.get_logger()
_NO_KEY = (
    "Send the header 'Authorization: Bearer KEY' with an API key that is in use. "
    "Make one with: ringback add key NAME"
)

_BEARER = HTTPBearer(
    scheme_name="API key", description="From `ringback add key NAME`.", auto_error=False
)
_Given = Annotated[HTTPAuthorizationCredentials | None, Security(_BEARER)]


@dataclass(frozen=True, slots=True)
class Program:
    """A program of a company's that asks for something."""

    key_id: UUID
    company_id: UUID

    @property
    def author(self) -> str:
        """How its texts name it."""
        return f"api:{self.key_id}"


@dataclass(slots=True)
class _Believed:
    key: ApiKey
    until: datetime
    note_at: datetime


class ApiKeys:
    """Finds programs by their keys; one per process."""

    def __init__(self, db: Database, clock: Clock) -> None:
        self._db = db
        self._clock = clock
        self._believed: OrderedDict[bytes, _Believed] = OrderedDict()  # by hash, oldest first
        self._together = Together[str, _Believed | None](self._look_up)

    async def program(self, written: str) -> Program | None:
        """Whose program the key belongs to, or None; notes once a minute that it was used."""
        known = self._known(written) or await self._together.ask(written)
        if known is None:
            return None
        now = self._clock()
        if now >= known.note_at:
            known.note_at = now + USED_EVERY
            await self._note_used(known.key.id, now)
        return Program(known.key.id, known.key.company_id)

    async def _note_used(self, key_id: UUID, now: datetime) -> None:
        try:
            with database_asked():
                async with self._db.begin_across() as session:
                    await note_used(session, key_id, now)
        except TryAgain as away:  # no reason to refuse who only reads
            log.warning("key_use_not_noted", fault=str(away))

    def _known(self, written: str) -> _Believed | None:
        known = self._believed.get(_digest(written))
        return known if known and self._clock() < known.until else None

    async def _look_up(self, many: Sequence[str]) -> list[_Believed | None]:
        """Asks once for all that wait; what is found is believed from now on."""
        unknown = {written for written in many if self._known(written) is None}
        with database_asked():
            async with self._db.read_across() as session:
                keys = {written: await key_of(session, written) for written in unknown}
        for written, key in keys.items():
            if key is not None:  # guesses would push out those who are let in
                self._believe(_digest(written), key)
        return [self._known(written) for written in many]

    def _believe(self, digest: bytes, key: ApiKey) -> None:
        now, before = self._clock(), self._believed.pop(digest, None)
        note_at = key.used_at + USED_EVERY if key.used_at else now
        if before:
            note_at = max(note_at, before.note_at)
        self._believed[digest] = _Believed(key, now + timedelta(seconds=BELIEVED_S), note_at)
        if len(self._believed) > _MOST_BELIEVED:
            self._believed.popitem(last=False)


def _digest(written: str) -> bytes:
    return sha256(written.encode(errors="replace")).digest()


def needs_key(permission: Permission) -> Any:
    """The dependency of a route for programs: gives the program, or refuses."""

    async def check(request: Request, given: _Given) -> Program:
        keys = cast(ApiKeys, request.app.state.api_keys)
        found = await keys.program(given.credentials) if given else None
        if found is None:
            raise NotSignedIn(_NO_KEY)
        return found

    check.permission = permission  # type: ignore[attr-defined]
    return Depends(check)
