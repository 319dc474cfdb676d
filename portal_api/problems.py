"""Errors into answers: the one place where HTTP statuses are chosen.

In: an error on the way through a route. Out: a page in the visitor's language, or a JSON problem
(RFC 9457) for the API.
"""

from collections.abc import Mapping
from secrets import token_hex
from urllib.parse import quote
from zoneinfo import ZoneInfo

import structlog
from fastapi import FastAPI, Request
from fastapi.exceptions import RequestValidationError
from fastapi.responses import HTMLResponse, JSONResponse, RedirectResponse, Response
from sqlalchemy.exc import InterfaceError, NoResultFound, OperationalError
from starlette.exceptions import HTTPException
from starlette.requests import HTTPConnection

from portal_api.permissions import NotAllowed, NotSignedIn
from portal_api.render import render
from portal_api.views import ErrorView
from portal_api.wording import N_
from ringback.asked import AnotherBody, NotSendable
from ringback.attempts import IsOver, NoteMissing, OutsideBounds, Taken
from ringback.errors import BadInput, Refused, RingbackError, TryAgain
from ringback.ownership import NotYours
from ringback.words import choose_language, translations

log = structlog.get_logger()

_FORGED = (
    N_("That did not come from this page"),
    N_("Nothing was changed. Load the page again and repeat what you did."),
)
_WORDS = {
    400: (
        N_("That can't be used"),
        N_("Something in the request was wrong. Go back, correct it and try again."),
    ),
    403: (N_("Not for your role"), N_("Ask an administrator of your company for access.")),
    404: (
        N_("There is nothing here"),
        N_("The page has been moved or never was. Go on from the start page."),
    ),
    500: (
        N_("Something went wrong here"),
        N_(
            "It was our fault, not yours. Try again, and tell support the number below if it stays."
        ),
    ),
    503: (
        N_("Not right now"),
        N_("Something that is needed did not answer. Try again in a moment."),
    ),
}

_DESCRIBED = "the API is described at /api/v1/openapi.json."
_TO_PROGRAMS = {
    400: "The body can't be read as JSON: write it in UTF-8, and do not nest it deeply.",
    404: f"There is nothing at this address; {_DESCRIBED}",
    405: f"This address does not take such a request; {_DESCRIBED}",
    500: "Something went wrong here; it was our fault. What the log tells of it has the number in "
    "`instance`. Send the same again, with the same Idempotency-Key if it had one.",
}
"""What a program is told where the error itself has no words for it."""


def install(app: FastAPI) -> None:
    """Have every error answered here."""
    app.add_exception_handler(NotSignedIn, _to_sign_in)
    away = (OperationalError, InterfaceError)
    ours = (RingbackError, NoResultFound, HTTPException, RequestValidationError)
    for error in (*ours, *away, Exception):
        app.add_exception_handler(error, _answer)


async def _to_sign_in(request: Request, error: Exception) -> Response:
    if _is_program(request):
        return problem(401, str(error))
    if request.headers.get("hx-request"):
        return Response(status_code=401, headers={"HX-Redirect": "/login"})
    query = f"?{request.url.query}" if request.url.query else ""
    onward = request.url.path + query if request.method == "GET" else "/"
    return RedirectResponse(f"/login?onward={quote(onward)}", 303)


async def _answer(request: Request, error: Exception) -> Response:
    status, number = status_of(error), ""
    # The route's pattern: a webhook's path holds the provider's secret.
    route = getattr(request.scope.get("route"), "path", "")
    if status == 500:
        number = token_hex(4)
        log.error("request_failed", route=route, number=number, exc_info=error)
    elif status == 503:
        log.warning("request_put_off", route=route, fault=type(error).__name__)
    if _is_program(request):
        return problem(status, _detail(error), number, getattr(error, "headers", None))
    words = _WORDS.get(status, _WORDS[400 if status < 500 else 500])
    said = str(error) if isinstance(error, BadInput) else ""
    return HTMLResponse(_page(request, status, words, number, said), status)


def _detail(error: Exception) -> str:
    """What a program is told."""
    match error:
        case RequestValidationError():
            return _not_in_form(error)
        case RingbackError():
            return str(error)
        case OperationalError() | InterfaceError():
            return "The database is busy or away; send the same again in a moment."
        case NoResultFound():
            return "There is nothing of this id, or it is another company's."
        case HTTPException(status_code=status):
            return _TO_PROGRAMS.get(status, error.detail)
        case _:
            return _TO_PROGRAMS[500]


def _not_in_form(error: RequestValidationError) -> str:
    """What is wrong with a request that is not of the form that its route wants."""
    faults = error.errors()
    first = faults[0]
    if first["type"] == "json_invalid":
        where = first["loc"][-1] + 1
        return f"The body is no JSON: {first['ctx']['error']}, at character {where}."
    if isinstance(error.body, bytes):  # FastAPI reads as JSON only what is said to be
        return "The body was not sent as JSON: send Content-Type: application/json."
    if first["loc"] == ("body",):
        return "The body is no JSON object; write one between { and }."
    return "; ".join(f"{one['loc'][-1]}: {one['msg']}" for one in faults)


def status_of(error: Exception) -> int:
    """The HTTP status of an error."""
    match error:
        case NotAllowed():
            return 403
        case AnotherBody() | NotYours() | Taken() | NoteMissing() | OutsideBounds() | IsOver():
            return 409
        case NotSendable():
            return 422
        case BadInput() | Refused() | RequestValidationError():
            return 400
        case TryAgain() | OperationalError() | InterfaceError():  # the database is away
            return 503
        case NoResultFound():  # also a row of another company
            return 404
        case HTTPException(status_code=status):
            return status
        case _:
            return 500


def forged(request: HTTPConnection) -> str:
    """The page for a request that another site made the browser send."""
    return _page(request, 403, _FORGED)


def _page(
    request: HTTPConnection,
    status: int,
    words: tuple[str, str],
    number: str = "",
    said: str = "",
) -> str:
    """The error's own words (`said`) where the catalogue has them, else those of its kind."""
    language = choose_language(
        request.cookies.get("language"), request.headers.get("accept-language", "")
    )
    say = translations(language).gettext
    title, text = map(say, words)
    if said and (language == "en" or say(said) != said):
        text = say(said)
    view = ErrorView(status, title, text, number)
    return render("error.html", language, ZoneInfo("UTC"), error=view)


def _is_program(request: Request) -> bool:
    return request.url.path.startswith(("/api/", "/webhooks/"))


def problem(
    status: int, detail: str, number: str = "", headers: Mapping[str, str] | None = None
) -> Response:
    """What a program is answered; `number` finds it in the log."""
    body = {"type": "about:blank", "status": status, "detail": detail, "instance": number}
    return JSONResponse(
        {name: value for name, value in body.items() if value},
        status,
        {"WWW-Authenticate": "Bearer"} if status == 401 else headers,
        media_type="application/problem+json",
    )
