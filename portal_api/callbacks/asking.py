"""Callbacks for programs: asked for, moved, cancelled, looked up, under `/api/v1/callbacks`.

In: JSON with a bearer key. Out: a `callback` row, committed when it is answered; or 422 with what keeps
the number from being rung, or the interval from being kept. What staff do with the list is `api.py`.
"""

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Annotated, Any
from uuid import UUID

from fastapi import APIRouter, Body, Header, Request
from fastapi.responses import JSONResponse

from portal_api.api_keys import Program, needs_key
from portal_api.callbacks.asked_values import CallbackAsked, CallbackToAsk, WhenToRing
from portal_api.permissions import Permission
from portal_api.text_values import Problem
from portal_api.visitors import portal_of
from ringback.asked import AnotherBody, NotSendable
from ringback.errors import BadInput, Refused
from ringback.store.callback_requests import cancel_callback, change_interval
from ringback.store.program_callbacks import ProgramWish, ask_for_program, asked_by_program
from ringback.tables import CallbackRow

router = APIRouter(prefix="/api/v1/callbacks", tags=["callbacks"])
MayAsk = Annotated[Program, needs_key(Permission.ASK_CALLBACKS)]
_MOST_KEY_BYTES = 255


def _problem(description: str) -> dict[str, Any]:
    content = {"application/problem+json": {"schema": Problem.model_json_schema()}}
    return {"description": description, "content": content}


_FAULTS: dict[int | str, dict[str, Any]] = {
    400: _problem("The request is not in the form described here."),
    401: _problem("There is no API key, or it is not in use."),
    503: _problem("The database is busy; the same request may be sent again."),
}
_UNKNOWN: dict[int | str, dict[str, Any]] = {404: _problem("No program asked for such a callback.")}
_REFUSED: dict[int | str, dict[str, Any]] = {
    422: _problem("Such a number is not rung, or the interval can't be kept; `detail` says why."),
}
_ASK: dict[int | str, dict[str, Any]] = {
    200: {
        "model": CallbackAsked,
        "description": "The same was asked for before, or the customer waited in this list already.",
    },
    409: _problem("The Idempotency-Key came with another request before."),
}
_OVER: dict[int | str, dict[str, Any]] = {409: _problem("The callback has ended.")}


@router.post(
    "",
    status_code=201,
    response_model=CallbackAsked,
    responses=_FAULTS | _REFUSED | _ASK,
    summary="Ask for a callback",
)
async def ask(
    request: Request,
    program: MayAsk,
    wanted: Annotated[CallbackToAsk, Body()],
    idempotency_key: Annotated[
        str | None,
        Header(description="Unique, at most 255 bytes; the same again is no second callback."),
    ] = None,
) -> JSONResponse:
    """Put somebody on a callback list; a text confirms it.

    Who waits in that list already stays where he is, with the interval that was asked for last.
    """
    wish = ProgramWish(
        number=wanted.number,
        why=wanted.why or "call_back",
        queue=wanted.queue,
        choice=wanted.choice,
        interval=(wanted.from_at, wanted.to_at),
        customer_input=wanted.customer_input,
        language=wanted.language or "",
    )
    portal, key = portal_of(request), _key(idempotency_key)
    with _refusals():
        async with portal.db.begin(program.company_id) as session:
            row, new = await ask_for_program(session, wish, key, portal.clock())
            answer = _told(row)
    return JSONResponse(answer.model_dump(mode="json"), 201 if new else 200)


@router.get(
    "/{callback_id}/state", responses=_FAULTS | _UNKNOWN, summary="What has become of a callback"
)
async def state(request: Request, program: MayAsk, callback_id: UUID) -> CallbackAsked:
    """One callback that a program of the company asked for."""
    async with portal_of(request).db.read(program.company_id) as session:
        return _told(await asked_by_program(session, callback_id))


@router.patch(
    "/{callback_id}",
    responses=_FAULTS | _UNKNOWN | _REFUSED | _OVER,
    summary="Choose another interval",
)
async def move(
    request: Request, program: MayAsk, callback_id: UUID, wanted: Annotated[WhenToRing, Body()]
) -> CallbackAsked:
    """Ring then instead; earlier tries do not count any more, the place in line stays."""
    portal = portal_of(request)
    interval = wanted.choice or (wanted.from_at, wanted.to_at)
    with _refusals():
        async with portal.db.begin(program.company_id) as session:
            await asked_by_program(session, callback_id)
            return _told(await change_interval(session, callback_id, interval, portal.clock()))


@router.delete("/{callback_id}", responses=_FAULTS | _UNKNOWN, summary="Cancel a callback")
async def cancel(request: Request, program: MayAsk, callback_id: UUID) -> CallbackAsked:
    """The customer need not be rung; one that has ended already stays as it ended."""
    portal = portal_of(request)
    async with portal.db.begin(program.company_id) as session:
        row = await asked_by_program(session, callback_id)
        await cancel_callback(session, callback_id, portal.clock())
        return _told(row)


@contextmanager
def _refusals() -> Iterator[None]:
    """Answer 422, as for a text that is not sent: the request was well formed."""
    try:
        yield
    except (AnotherBody, NotSendable):
        raise
    except BadInput as no:
        raise NotSendable(f"{no.field}: {no}" if no.field else str(no), no.field) from no
    except Refused as full:
        if full.code != "full":
            raise
        raise NotSendable(f"interval: {full}", "interval") from full


def _key(written: str | None) -> str:
    """The request's key, "" when it has none; one that is there and empty was meant to be one."""
    if written is None:
        return ""
    if not written or len(written) > _MOST_KEY_BYTES:  # a header is read byte by byte
        raise BadInput(
            f"Idempotency-Key must be of 1 to {_MOST_KEY_BYTES} bytes; write an id of yours, or leave "
            "the header out."
        )
    return written


def _told(row: CallbackRow) -> CallbackAsked:
    return CallbackAsked.model_validate(
        {
            "id": row.id,
            "state": row.state,
            "ended_as": row.ended_as,
            "from_at": row.from_at,
            "to_at": row.to_at,
            "arrived_at": row.arrived_at,
            "tries": row.tries,
            "ended_at": row.ended_at,
        }
    )
