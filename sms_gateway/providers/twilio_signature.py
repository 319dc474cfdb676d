"""Twilio's signature of a webhook. Pure.

In: the address that Twilio called, and what it posted. Out: whether one of our tokens signed it.

Source: twilio.com/docs/usage/security. Over a form: the address and every field, sorted by name, the name
and value without anything between, HMAC-SHA1 in base64; of a name that stands there twice every value
counts once. Over another body: the address alone, which then carries the body's SHA-256. The port
may have been left out of what was signed, or added to it, so both are tried.
"""

import base64
import hashlib
import hmac
from collections.abc import Iterable, Sequence
from urllib.parse import parse_qsl, urlsplit, urlunsplit

from ringback.messages import WebhookRequest

_PORTS = {"https": 443, "http": 80}
_FORM = "application/x-www-form-urlencoded"


def signature(token: str, url: str, fields: Iterable[tuple[str, str]]) -> str:
    """What Twilio writes into the header X-Twilio-Signature."""
    signed = url + "".join(name + value for name, value in sorted(set(fields)))
    digest = hmac.new(token.encode(), signed.encode(), hashlib.sha1).digest()
    return base64.b64encode(digest).decode()


def is_signed(request: WebhookRequest, url: str, tokens: Sequence[str]) -> bool:
    """Whether Twilio signed the request.

    Args:
        request: As it came.
        url: The public address that Twilio was given, with the query as it came.
        tokens: Auth tokens; several while they are being changed.
    """
    given = request.headers.get("x-twilio-signature", "").encode()
    try:
        fields = _signed_fields(request)
        urls = _variants(url)
    except ValueError:  # a body that is no UTF-8, an address that is none
        return False
    if fields is None:
        return False
    expected = [signature(token, one, fields).encode() for token in tokens for one in urls]
    return any([hmac.compare_digest(given, one) for one in expected])  # all of them: no early end


def _signed_fields(request: WebhookRequest) -> list[tuple[str, str]] | None:
    """The form's fields; none for another body, which must have the sum that the address tells."""
    kind = request.headers.get("content-type", "").partition(";")[0].strip().lower()
    if kind == _FORM:
        return parse_qsl(request.body.decode(), keep_blank_values=True, errors="strict")
    told = request.query.get("bodySHA256")
    if told is None:
        return None if request.body else []
    body_sum = hashlib.sha256(request.body).hexdigest()
    return [] if hmac.compare_digest(told.lower().encode(), body_sum.encode()) else None


def _variants(url: str) -> list[str]:
    """The address as it stands, without its port, and with the usual one."""
    parts = urlsplit(url)
    host = parts.netloc.rpartition("@")[2]
    bare = host.removesuffix(f":{parts.port}") if parts.port else host
    who = parts.netloc.removesuffix(host)
    hosts = {host, bare, f"{bare}:{parts.port or _PORTS.get(parts.scheme, 443)}"}
    return [urlunsplit(parts._replace(netloc=who + one)) for one in sorted(hosts)]
