"""Texts for programs: sent, looked up, and counted beforehand, under `/api/v1/texts`.

In: JSON with a bearer key. Out: a text in line to be sent, answered 202 once it is committed; requests
that come at the same moment share one transaction (`ringback.together`). No number and no words of a
text are ever answered, so these look-ups need no entry in the audit trail.
"""

import re
from typing import Annotated, Any, cast
from unicodedata import category
from uuid import UUID

from fastapi import APIRouter, Body, Header, Query, Request
from fastapi.responses import JSONResponse

from portal_api.api_keys import Program, needs_key
from portal_api.keeping_texts import Texts
from portal_api.permissions import Permission
from portal_api.text_values import (
    Problem,
    TextSize,
    TextState,
    TextStates,
    TextTaken,
    TextToCount,
    TextToSend,
)
from portal_api.visitors import portal_of
from ringback.asked import Asked, NotSendable
from ringback.errors import BadInput
from ringback.messages import MessageState
from ringback.phone import to_e164
from ringback.segments import Parts, count
from ringback.store.outgoing import asked_text, asked_texts, terms_of_sending
from ringback.tables import MessageRow

router = APIRouter(prefix="/api/v1/texts", tags=["texts"])
MayText = Annotated[Program, needs_key(Permission.SEND_TEXTS)]
_CONTROL = re.compile(r"[\x00-\x09\x0b\x0c\x0e-\x1f\x7f-\x9f\ud800-\udfff]")
_E4 = 10_000
_MOST_KEY_BYTES = 255


def _problem(description: str) -> dict[str, Any]:
    content = {"application/problem+json": {"schema": Problem.model_json_schema()}}
    return {"description": description, "content": content}


_FAULTS: dict[int | str, dict[str, Any]] = {
    400: _problem("The request is not in the form described here."),
    401: _problem("There is no API key, or it is not in use."),
    408: _problem("The body did not come in time."),
    413: _problem("The body is longer than 64 KB."),
    422: _problem("The request is well formed, but such a text is not sent."),
    500: _problem("Our fault; `instance` is its number in the log. Repeat with the same key."),
    503: _problem("The database is busy; the same request may be sent again."),
}
_UNKNOWN: dict[int | str, dict[str, Any]] = {404: _problem("There is no such text.")}
_SEND: dict[int | str, dict[str, Any]] = {
    200: {"model": TextTaken, "description": "The same was asked for before; this is that text."},
    409: _problem("The Idempotency-Key came with another text or number before."),
}


@router.post(
    "", status_code=202, response_model=TextTaken, responses=_FAULTS | _SEND, summary="Send a text"
)
async def send(
    request: Request,
    program: MayText,
    wanted: Annotated[TextToSend, Body()],
    idempotency_key: Annotated[
        str | None,
        Header(
            description="Unguessable or unique, at most 255 bytes; the same request with it again "
            "is no second text.",
        ),
    ] = None,
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
        key=_key(idempotency_key),
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


def _key(written: str | None) -> str:
    """The request's key, "" when it has none; one that is there and empty was meant to be one."""
    if written is None:
        return ""
    if not written:
        raise BadInput(
            "Idempotency-Key is empty, so that a repeated request would be a second text; write an id "
            "of yours, or leave the header out."
        )
    if len(written) > _MOST_KEY_BYTES:  # a header is read byte by byte
        raise BadInput(f"Idempotency-Key is longer than {_MOST_KEY_BYTES} bytes; shorten it.")
    return written


def _recipient(written: str) -> str:
    e164 = to_e164(written)
    if e164 is None:
        raise NotSendable(
            "to: this is no telephone number that exists; write it in E.164, like +46701740605.",
            "to",
        )
    return e164


def _size(text: str) -> Parts:
    if _CONTROL.search(text):
        raise NotSendable("text: it holds control characters; only line ends are sent.", "text")
    if not any(map(_is_seen, text)):
        raise NotSendable("text: it is empty; write something to send.", "text")
    return count(text)


def _is_seen(character: str) -> bool:
    """Whether it is more than a space, or a sign that changes others (zero-width, right-to-left)."""
    return category(character)[0] not in "CZ"


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
