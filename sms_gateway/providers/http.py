"""HTTP as providers are asked by it: once, within bounds, and every fault told apart by one question.

In: a request. Out: the answer, or whether the provider can have it. Stands beneath all providers that
speak HTTP, so that none of them decides for itself what a lost connection means (SMS outcome rules:
nothing written, not accepted; the answer lost, unknown).
"""

import asyncio
from collections.abc import AsyncIterator, Mapping
from contextlib import asynccontextmanager
from dataclasses import dataclass
from http import HTTPStatus

import httpx
import structlog

from ringback.messages import NotAccepted, Unknown
from sms_gateway.providers.answers import object_in

Client = httpx.AsyncClient
_log = structlog.get_logger()

_NOTHING_WRITTEN = (
    httpx.ConnectError,  # DNS, refused, TLS
    httpx.ConnectTimeout,
    httpx.PoolTimeout,
    httpx.ProxyError,
    httpx.UnsupportedProtocol,
    httpx.LocalProtocolError,  # our own request can't be written, such as a header with a line end
    httpx.InvalidURL,
)
_RETRY_CONNECT_S = 10.0
_KEPT_S = 2.0  # far less than servers keep an idle connection, so that none closes as we write


@dataclass(frozen=True, slots=True)
class Answer:
    """What the other side said; `retry_after` is the header of that name, or empty."""

    status: int
    text: str
    retry_after: str = ""


@dataclass(frozen=True, slots=True)
class NoAnswer:
    """Nothing was heard; `asked` when the other side may have the request all the same."""

    asked: bool
    fault: str


@asynccontextmanager
async def open_client() -> AsyncIterator[Client]:
    """The connections of one process, for all its accounts."""
    limits = httpx.Limits(max_connections=200, keepalive_expiry=_KEPT_S)
    async with httpx.AsyncClient(limits=limits) as client:
        yield client


class Http:
    """Asks one provider.

    Args:
        client: Stays the caller's.
        auth: User and password of HTTP Basic authentication.
        read_timeout_s: How long the provider may be silent; a short one makes texts of unknown outcome.
        keep: Whether to use a connection again. One that the other side closes just as we write looks
            like a lost text; where texts are few, a new connection for each costs nothing.
    """

    def __init__(
        self,
        client: Client,
        auth: tuple[str, str] | None = None,
        read_timeout_s: float = 20.0,
        *,
        keep: bool = False,
    ) -> None:
        self._client = client
        self._auth = auth
        self._timeout = httpx.Timeout(connect=3.0, read=read_timeout_s, write=10.0, pool=3.0)
        # The read time-out alone would let an answer drip in for ever.
        self._whole_s = 1.5 * read_timeout_s
        self._headers = {} if keep else {b"Connection": b"close"}

    async def ask(
        self,
        method: str,
        url: str,
        *,
        form: Mapping[str, str] | None = None,
        query: Mapping[str, str] | None = None,
        headers: Mapping[bytes, bytes] | None = None,
        body: bytes | None = None,
    ) -> Answer | NoAnswer:
        """Asks once; redirects are not followed, for a POST must not be repeated elsewhere."""
        try:
            async with asyncio.timeout(self._whole_s):
                response = await self._client.request(
                    method,
                    url,
                    data=form,
                    content=body,
                    params=query,
                    auth=self._auth,
                    headers={**self._headers, **(headers or {})},
                    timeout=self._timeout,
                    follow_redirects=False,
                )
        except _NOTHING_WRITTEN as fault:
            return NoAnswer(asked=False, fault=type(fault).__name__)
        except (httpx.HTTPError, TimeoutError) as fault:
            return NoAnswer(asked=True, fault=type(fault).__name__)
        text = _text(response.content, response.charset_encoding)
        return Answer(response.status_code, text, response.headers.get("Retry-After", ""))


async def history_page(
    http: Http, account: str, url: str, query: Mapping[str, str] | None = None
) -> Mapping[str, object] | None:
    """One page of a provider's history, a JSON object; None when it can't be had."""
    answer = await http.ask("GET", url, query=query)
    if isinstance(answer, Answer) and answer.status == HTTPStatus.OK:
        return object_in(answer.text)
    why = answer.status if isinstance(answer, Answer) else answer.fault
    _log.warning("sms_history_failed", account=account, why=why)
    return None


def _text(body: bytes, charset: str | None) -> str:
    """The words of an answer; a charset that is none for text is taken as UTF-8.

    httpx would raise for some that Python knows by name, when the text may long have been taken.
    """
    try:
        return body.decode(charset or "utf-8", "replace")
    except (LookupError, ValueError):  # ValueError: `undefined`, or a NUL in the name
        return body.decode("utf-8", "replace")


def not_answered(provider: str, nothing: NoAnswer) -> NotAccepted | Unknown:
    """What it means for a text that nothing was heard."""
    if nothing.asked:
        return Unknown(f"The answer of {provider} was lost ({nothing.fault}).")
    return NotAccepted(f"{provider} could not be reached ({nothing.fault}).", _RETRY_CONNECT_S)
