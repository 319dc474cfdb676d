"""What SMS providers post: callers' texts and receipts.

In: HTTP requests on `/webhooks/<account>/<secret>/<what>`, the secret being a part of the address
that only the provider was told. Out: values for the inbox, answered after the commit as the provider
wants it, mostly with 204: a body would be sent on as a text by some of them.

A 4xx is for what will be no better next time; some providers then drop it for good. Whatever fails on
our side is a 503, so that it comes again.
"""

import asyncio
import hmac
from collections.abc import Awaitable, Callable, Iterable
from secrets import token_urlsafe
from typing import TypeVar
from urllib.parse import parse_qsl

import structlog
from fastapi import APIRouter, Request
from fastapi.responses import Response
from starlette.requests import ClientDisconnect

from portal_api.bodies import BODY_TIMEOUT_S
from portal_api.permissions import Permission, needs
from portal_api.visitors import Webhooks, portal_of
from ringback.errors import BadInput, TryAgain
from ringback.messages import Inbound, Receipt, WebhookAnswer, WebhookRequest

router = APIRouter(prefix="/webhooks", include_in_schema=False)
MOST_BYTES = 64 * 1024
AGAIN_S = 5.0
Item = TypeVar("Item")
log = structlog.get_logger()


class _Nobody:
    """Stands in for an account that isn't there: refuses after the comparison that all make."""

    webhook_answer = WebhookAnswer()

    def __init__(self) -> None:
        self._secret = token_urlsafe(24).encode()

    def verify(self, request: WebhookRequest) -> bool:
        """Never."""
        hmac.compare_digest(request.path.split("/")[-2].encode(), self._secret)
        return False

    def parse_inbound(self, request: WebhookRequest) -> list[Inbound]:
        """Nothing."""
        return []

    def parse_status(self, request: WebhookRequest) -> list[Receipt]:
        """Nothing."""
        return []


_NOBODY: Webhooks = _Nobody()


@router.api_route(
    "/{account}/{secret}/{what}",
    methods=["GET", "POST"],
    dependencies=[needs(Permission.PROVIDER)],
)
async def take(request: Request, account: str, what: str) -> Response:
    """Verify, parse, keep; 403 without a word for who does not know the secret."""
    portal = portal_of(request)
    try:
        body = await _body(request)
    except (ClientDisconnect, TimeoutError):
        return Response(status_code=400)  # nobody is there to read it, or ever was
    value = _value(request, body or b"")
    hooks = portal.webhooks.get(account, _NOBODY)  # who takes as long to refuse as anybody
    if not hooks.verify(value):
        log.warning("webhook_refused", account=account[:40], remote=value.remote_ip)
        return Response(status_code=403)
    if body is None:
        raise BadInput(f"The webhook's body is longer than {MOST_BYTES} bytes.")
    if what == "inbound":
        await _keep(portal.receive, hooks.parse_inbound(value))
    elif what == "status":
        await _keep(portal.settle, hooks.parse_status(value))
    else:
        raise BadInput("The address ends in /inbound or /status; see `ringback doctor --sms`.")
    answer = hooks.webhook_answer
    return Response(answer.body or None, answer.status, media_type=answer.media_type)


async def _keep(take_in: Callable[[Item], Awaitable[None]], items: Iterable[Item]) -> None:
    for item in items:
        try:
            await take_in(item)
        except TryAgain:
            raise
        except Exception as fault:  # ours, whatever it is
            log.error("webhook_not_kept", fault=type(fault).__name__, exc_info=fault)
            raise TryAgain("It could not be kept; deliver it again.", AGAIN_S) from fault


async def _body(request: Request) -> bytes | None:
    """All of it; None when it is too long, of which the rest is not read."""
    body = b""
    async with asyncio.timeout(BODY_TIMEOUT_S):
        async for chunk in request.stream():
            body += chunk
            if len(body) > MOST_BYTES:
                return None
    return body


def _value(request: Request, body: bytes) -> WebhookRequest:
    kind = request.headers.get("content-type", "")
    is_form = kind.lower().startswith("application/x-www-form-urlencoded")
    text = body.decode("utf-8", "replace") if is_form else ""
    raw_query = request.scope["query_string"].decode("latin-1")
    return WebhookRequest(
        method=request.method,
        path=request.scope["path"],
        query=dict(parse_qsl(raw_query, keep_blank_values=True)),
        headers={name.lower(): value for name, value in request.headers.items()},
        form=dict(parse_qsl(text, keep_blank_values=True)),
        body=body,
        remote_ip=request.client.host if request.client else "",
        raw_query=raw_query,
    )
