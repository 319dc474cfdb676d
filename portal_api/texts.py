"""Texts for programs: sent, looked up, and counted beforehand, under `/api/v1/texts`.

In: JSON with a bearer key. Out: a text in line to be sent, answered 202 once it is committed; requests
that come at the same moment share one transaction (`ringback.together`). No number and no words of a
text are ever answered, so these look-ups need no entry in the audit trail.
"""

from collections.abc import Sequence
from datetime import datetime, timedelta
from typing import Annotated, Any, Literal, cast
from uuid import UUID

from fastapi import APIRouter, Body, Header, Query, Request
from fastapi.responses import JSONResponse
from pydantic import BaseModel, ConfigDict, Field
from sqlalchemy.exc import IntegrityError

from portal_api.api_keys import BELIEVED_S, Program, needs_key
from portal_api.permissions import Permission
from portal_api.visitors import portal_of
from ringback.clock import Clock
from ringback.db import Database
from ringback.errors import BadInput, TryAgain
from ringback.messages import MessageState
from ringback.phone import to_e164
from ringback.segments import Encoding, Parts, count
from ringback.store.outgoing import (
    Asked,
    Kept,
    NotSendable,
    Terms,
    asked_text,
    asked_texts,
    keep_all,
    terms_of_sending,
)
from ringback.tables import MessageRow
from ringback.together import Together

router = APIRouter(prefix="/api/v1/texts", tags=["texts"])
MayText = Annotated[Program, needs_key(Permission.SEND_TEXTS)]
_MOST_CHARACTERS = 4_000  # more than twenty parts of any encoding
_E4 = 10_000
_TRIES = 3
_REST_S = 0.004  # with 16 clients on one machine, a third less computing per text than without


class _Value(BaseModel):
    model_config = ConfigDict(frozen=True, extra="forbid")


class TextToSend(_Value):
    """A text to one recipient."""

    to: str = Field(
        max_length=40,
        description="A telephone number, best in E.164; national forms are Swedish.",
        examples=["+46701740605"],
    )
    text: str = Field(
        max_length=_MOST_CHARACTERS,
        description="Sent exactly as it is written here.",
        examples=["Din tid i morgon kl 10.00 är bokad. /Salong Saxen"],
    )
    language: Literal["sv", "en"] | None = Field(
        default=None,
        description="In which the assistant answers, if this opens a conversation; "
        "the company's when left out.",
    )


class TextToCount(_Value):
    """Words whose size and price are asked for."""

    text: str = Field(
        max_length=_MOST_CHARACTERS, examples=["Din tid i morgon kl 10.00 – välkommen!"]
    )
    to: str = Field(
        default="",
        max_length=40,
        description="Its country decides the price; the company's own when left out.",
    )


class TextSize(_Value):
    """What a text would be billed as."""

    encoding: Encoding = Field(description="gsm7, or ucs2 when a character is not in GSM-7.")
    units: int = Field(description="Septets in gsm7, UTF-16 code units in ucs2.")
    parts: int
    price_kr: float = Field(description="Of all parts, VAT excluded.")


class TextTaken(TextSize):
    """A text that is kept and in line to be sent."""

    id: UUID
    state: MessageState


class TextState(_Value):
    """What has become of a text."""

    id: UUID
    state: MessageState
    why: str | None = Field(description="Of the state: a code of ours, or the provider's words.")
    parts: int | None = Field(description="As billed; null until it is sent.")
    cost_kr: float | None = Field(description="As the provider tells it; null until it does.")
    created_at: datetime
    held_until: datetime | None = Field(description="Not sent before, because of quiet hours.")
    submitted_at: datetime | None
    settled_at: datetime | None = Field(description="When the state became final.")


class TextStates(_Value):
    """A page of texts, newest first; `next` is the `before` of the page that follows."""

    items: list[TextState]
    next: UUID | None


class Problem(_Value):
    """What is wrong and how to mend it (RFC 9457)."""

    type: str = Field(examples=["about:blank"])
    status: int
    detail: str = Field(default="", examples=["The text is empty; write something to send."])


def _problem(description: str) -> dict[str, Any]:
    content = {"application/problem+json": {"schema": Problem.model_json_schema()}}
    return {"description": description, "content": content}


_FAULTS: dict[int | str, dict[str, Any]] = {
    400: _problem("The request is not in the form described here."),
    401: _problem("There is no API key, or it is not in use."),
    422: _problem("The request is well formed, but such a text is not sent."),
}
_UNKNOWN: dict[int | str, dict[str, Any]] = {404: _problem("There is no such text.")}
_SEND: dict[int | str, dict[str, Any]] = {
    200: {"model": TextTaken, "description": "The same was asked for before; this is that text."},
    409: _problem("The Idempotency-Key came with another text or number before."),
    503: _problem("The database is busy; the same request may be sent again."),
}


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
        async with self._db.begin(self._id) as session:
            if self._terms is None or now >= self._until:
                self._terms = await terms_of_sending(session, now)
                self._until = now + timedelta(seconds=BELIEVED_S)
            return await keep_all(session, asked, self._terms, now)


@router.post(
    "", status_code=202, response_model=TextTaken, responses=_FAULTS | _SEND, summary="Send a text"
)
async def send(
    request: Request,
    program: MayText,
    wanted: Annotated[TextToSend, Body()],
    idempotency_key: Annotated[
        str,
        Header(
            max_length=255,
            description="Unguessable or unique; the same request with it again is no second text.",
        ),
    ] = "",
) -> JSONResponse:
    """Put a text in line; it is kept when this is answered, and sent within moments.

    The caller's answer is taken by the company's assistant.
    """
    asked = Asked(
        author=program.author,
        recipient=_recipient(wanted.to),
        text=wanted.text,
        size=_size(wanted.text),
        language=wanted.language or "",
        key=idempotency_key,
    )
    kept = await cast(Texts, request.app.state.texts).keep(program.company_id, asked)
    answer = {
        "id": str(kept.row.id),
        "state": kept.row.state,
        **_billed(asked.size, kept.part_e4),
    }
    return JSONResponse(answer, 202 if kept.new else 200)


@router.post("/preview", responses=_FAULTS, summary="Count a text's parts and price")
async def preview(request: Request, program: MayText, wanted: TextToCount) -> TextSize:
    """Send nothing; tell what the text would be billed as."""
    size, portal = _size(wanted.text), portal_of(request)
    async with portal.db.read(program.company_id) as session:
        terms = await terms_of_sending(session, portal.clock())
    part_e4 = terms.part_e4(_recipient(wanted.to) if wanted.to else "")
    return TextSize.model_validate(_billed(size, part_e4))


@router.get("", responses=_FAULTS | _UNKNOWN, summary="List texts")
async def states(
    request: Request,
    program: MayText,
    before: Annotated[UUID | None, Query(description="`next` of the page before.")] = None,
    limit: Annotated[int, Query(ge=1, le=200)] = 50,
) -> TextStates:
    """The texts that programs of the company asked for, newest first."""
    async with portal_of(request).db.read(program.company_id) as session:
        rows = await asked_texts(session, limit + 1, before)
    shown = [_state(row) for row in rows[:limit]]
    return TextStates(items=shown, next=shown[-1].id if len(rows) > limit else None)


@router.get("/{text_id}", responses=_FAULTS | _UNKNOWN, summary="What has become of a text")
async def state(request: Request, program: MayText, text_id: UUID) -> TextState:
    """One text that a program of the company asked for."""
    async with portal_of(request).db.read(program.company_id) as session:
        return _state(await asked_text(session, text_id))


def _recipient(written: str) -> str:
    e164 = to_e164(written)
    if e164 is None:
        raise NotSendable(
            "to: this is no telephone number that exists; write it in E.164, like +46701740605.",
            "to",
        )
    return e164


def _size(text: str) -> Parts:
    if not text.strip():
        raise NotSendable("text: it is empty; write something to send.", "text")
    return count(text)


def _billed(size: Parts, part_e4: int) -> dict[str, Any]:
    return {
        "encoding": size.encoding,
        "units": size.units,
        "parts": size.parts,
        "price_kr": size.parts * part_e4 / _E4,
    }


def _state(row: MessageRow) -> TextState:
    return TextState(
        id=row.id,
        state=MessageState(row.state),
        why=row.why,
        parts=row.parts,
        cost_kr=None if row.cost_e4 is None else row.cost_e4 / _E4,
        created_at=row.created_at,
        held_until=row.held_until,
        submitted_at=row.submitted_at,
        settled_at=row.settled_at,
    )
