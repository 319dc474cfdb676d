"""What SMS providers post: callers' texts and receipts.

In: HTTP requests on `/webhooks/<provider>/<secret>/<what>`, the secret being a part of the address
that only the provider was told. Out: values for the inbox, answered with 204 after the commit. A body
in the answer would be sent on as a text by some providers, so there is none.
"""

from typing import Literal
from urllib.parse import parse_qsl

import structlog
from fastapi import APIRouter, Request
from fastapi.responses import Response

from portal_api.permissions import Permission, needs
from portal_api.visitors import portal_of
from ringback.errors import BadInput
from ringback.messages import WebhookRequest

router = APIRouter(prefix="/webhooks", include_in_schema=False)
MOST_BYTES = 64 * 1024
log = structlog.get_logger()


@router.post(
    "/{provider}/{secret}/{what}", dependencies=[needs(Permission.PROVIDER)], status_code=204
)
async def take(request: Request, provider: str, what: Literal["inbound", "status"]) -> Response:
    """Verify, parse, keep; 403 without a word for who does not know the secret."""
    portal = portal_of(request)
    value = await _value(request)
    if provider != portal.provider.name or not portal.provider.verify(value):
        log.warning("webhook_refused", provider=provider, remote=value.remote_ip)
        return Response(status_code=403)
    if what == "inbound":
        for inbound in portal.provider.parse_inbound(value):
            await portal.receive(inbound)
    else:
        for receipt in portal.provider.parse_status(value):
            await portal.settle(receipt)
    return Response(status_code=204)


async def _value(request: Request) -> WebhookRequest:
    body = b""
    async for chunk in request.stream():
        body += chunk
        if len(body) > MOST_BYTES:
            raise BadInput(f"The webhook's body is longer than {MOST_BYTES} bytes.")
    kind = request.headers.get("content-type", "")
    is_form = kind.startswith("application/x-www-form-urlencoded")
    text = body.decode("utf-8", "replace") if is_form else ""
    return WebhookRequest(
        method=request.method,
        path=request.url.path,
        query=dict(request.query_params),
        headers={name.lower(): value for name, value in request.headers.items()},
        form=dict(parse_qsl(text, keep_blank_values=True)),
        body=body,
        remote_ip=request.client.host if request.client else "",
    )
