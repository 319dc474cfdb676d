"""HTTP to calendar servers whose addresses customers type: bounded, and never to where it may not go.

In: a request to a calendar. Out: the answer, `TryAgain` when there is none, or `Refused` with one of
`ringback.calendars.Wrong` as its code. An administrator of any company writes these addresses, so a
name is looked up here, every address it has is judged, and the connection goes to the one that was
judged: a name that means another machine a moment later gains nothing (OWASP, server-side request
forgery). Connections are not kept: one is proven for a name, and would be shared by address.
"""

import asyncio
import socket
import ssl
from collections.abc import AsyncIterator, Iterable, Mapping
from contextlib import asynccontextmanager
from dataclasses import dataclass
from ipaddress import IPv4Address, IPv4Network, IPv6Address, IPv6Network, ip_address

import httpx

from ringback.calendars import Place, Wrong
from ringback.errors import Refused, TryAgain

Network = IPv4Network | IPv6Network
Client = httpx.AsyncClient
MOST_BYTES = 4 * 1024 * 1024
_WHOLE_S = 20.0  # redirects and all
_TIMEOUT = httpx.Timeout(connect=5.0, read=15.0, write=10.0, pool=5.0)
_MOST_REDIRECTS = 3
_MOST_ADDRESSES = 3
_REDIRECTS = (301, 302, 307, 308)
_AGAIN_S = 5.0
_LAST_PORT = 65535


@dataclass(frozen=True, slots=True)
class Answer:
    """What the server said; the names of the headers are in small letters."""

    status: int
    headers: Mapping[str, str]
    body: bytes


@asynccontextmanager
async def open_client(trust: ssl.SSLContext | None = None) -> AsyncIterator[Client]:
    """The connections of one process, for all its calendars; `trust` in place of the usual roots."""
    limits = httpx.Limits(max_connections=50, max_keepalive_connections=0)
    # A proxy or a .netrc from the environment would undo what is judged here.
    async with httpx.AsyncClient(limits=limits, verify=trust or True, trust_env=False) as client:
        yield client


class Http:
    """Asks calendar servers.

    Args:
        client: Stays the caller's.
        near: Networks that are not public and may be reached all the same.
    """

    def __init__(self, client: Client, near: Iterable[Network]) -> None:
        self._client = client
        self._near = tuple(near)

    async def ask(
        self, place: Place, method: str, url: str, headers: Mapping[str, str], body: bytes = b""
    ) -> Answer:
        """Asks, and follows what stays on the same host.

        Raises:
            TryAgain: The server did not answer.
            Refused: The address is none that may be asked, sends us elsewhere, or says too much.
        """
        try:
            async with asyncio.timeout(_WHOLE_S):
                return await self._follow(place, method, _parsed(url), headers, body)
        except (httpx.HTTPError, OSError) as away:  # TimeoutError is one of these
            raise TryAgain("The calendar server does not answer.", _AGAIN_S) from away

    async def _follow(
        self, place: Place, method: str, url: httpx.URL, headers: Mapping[str, str], body: bytes
    ) -> Answer:
        for _ in range(1 + _MOST_REDIRECTS):
            answer = await self._once(place, method, url, headers, body)
            if answer.status not in _REDIRECTS or "location" not in answer.headers:
                return answer
            onward = _parsed(answer.headers["location"], url)
            if onward.host != url.host or (url.scheme, onward.scheme) == ("https", "http"):
                raise Refused("The calendar has moved to another host.", Wrong.MOVED)
            url = onward
        raise Refused("The calendar server sends us in a circle.", Wrong.MOVED)

    async def _once(
        self, place: Place, method: str, url: httpx.URL, headers: Mapping[str, str], body: bytes
    ) -> Answer:
        addresses = await self._addresses(url)
        for number, address in enumerate(addresses, 1):
            request = self._client.build_request(
                method,
                url.copy_with(host=str(address)),
                headers={
                    "Host": url.netloc.decode("ascii"),
                    "Accept-Encoding": "identity",  # so that what we read is what is counted
                    "User-Agent": "Ringback",
                    **headers,
                },
                content=body,
                timeout=_TIMEOUT,
                extensions={"sni_hostname": url.raw_host.decode("ascii")},
            )
            auth = httpx.BasicAuth(place.user, place.password)
            try:
                response = await self._client.send(request, stream=True, auth=auth)
            except httpx.ConnectError as fault:
                if "CERTIFICATE_VERIFY_FAILED" in str(fault):
                    raise Refused("Its certificate is not good.", Wrong.CERTIFICATE) from fault
                if number == len(addresses):
                    raise
                continue
            return await _read(response)
        raise OSError("the name has no address")

    async def _addresses(self, url: httpx.URL) -> list[IPv4Address | IPv6Address]:
        """Where the host is; Refused unless every one of its addresses may be asked."""
        port = url.port or (443 if url.scheme == "https" else 80)
        host = url.raw_host.decode("ascii")
        try:
            loop = asyncio.get_running_loop()
            found = await loop.getaddrinfo(host, port, type=socket.SOCK_STREAM)
        except UnicodeError as wrong:  # a part of the name is empty or too long
            raise Refused("That is no address of a calendar.", Wrong.ADDRESS) from wrong
        addresses = list(dict.fromkeys(ip_address(entry[4][0]) for entry in found))
        for address in addresses:
            if not self._may_ask(address) or (url.scheme == "http" and not address.is_loopback):
                raise Refused("That address may not be asked from here.", Wrong.ADDRESS)
        return addresses[:_MOST_ADDRESSES]

    def _may_ask(self, address: IPv4Address | IPv6Address) -> bool:
        plain = getattr(address, "ipv4_mapped", None) or address
        return (plain.is_global and not plain.is_multicast) or any(
            plain in network for network in self._near
        )


def canonical(url: str) -> str:
    """The address as others may have spelled it, too: escapes, letters of the host, usual port."""
    try:
        parsed = httpx.URL(url)
    except (httpx.InvalidURL, ValueError):
        return url
    return f"{parsed.scheme}://{parsed.netloc.decode('ascii')}{parsed.path.rstrip('/')}/"


def _parsed(url: str, seen_from: httpx.URL | None = None) -> httpx.URL:
    try:
        parsed = seen_from.join(url) if seen_from else httpx.URL(url)
    except (httpx.InvalidURL, ValueError) as wrong:
        raise Refused("That is no address of a calendar.", Wrong.ADDRESS) from wrong
    is_whole = parsed.scheme in ("https", "http") and parsed.host and not parsed.userinfo
    if not is_whole or not 0 < (parsed.port or 443) <= _LAST_PORT:
        raise Refused("That is no address of a calendar.", Wrong.ADDRESS)
    return parsed.copy_with(fragment=None)


async def _read(response: httpx.Response) -> Answer:
    body = bytearray()
    try:
        async for chunk in response.aiter_raw():
            body += chunk
            if len(body) > MOST_BYTES:
                raise Refused("The calendar's answer is too long.", Wrong.TOO_MUCH)
    finally:
        await response.aclose()
    return Answer(response.status_code, dict(response.headers), bytes(body))
