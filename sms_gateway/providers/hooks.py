"""The addresses by which a provider reaches us, and who may use them.

In: an account's public address, its secret, the provider's addresses. Out: what to enter at the
provider, and whether a webhook came that way. Shared by the providers that call us by HTTP; the route
is `portal_api/webhooks.py`.
"""

import re
from collections.abc import Iterable
from dataclasses import dataclass, field
from functools import cached_property
from ipaddress import (
    IPv4Network,
    IPv6Address,
    IPv6Network,
    ip_address,
    ip_interface,
    ip_network,
)
from urllib.parse import urlencode, urlsplit

from ringback.errors import BadInput
from ringback.messages import WebhookRequest
from sms_gateway.provider import carries_secret, required_field
from sms_gateway.providers.hosts import is_host, is_near

_MAPPED_BITS = 96  # ::ffff:0:0/96 is all of IPv4


@dataclass(frozen=True)
class Hooks:
    """One account's webhooks.

    Attributes:
        url: Public address below which they are, without the secret.
        secret: At least 16 of A-Z a-z 0-9 _ -; unguessable.
        sources: Addresses or networks that they may come from; empty allows all.

    Raises:
        BadInput: A value can't work.
    """

    url: str
    secret: str = field(repr=False)
    sources: tuple[str, ...] = ()

    def __post_init__(self) -> None:
        check_secret(self.secret)
        check_sources(self.sources)

    @property
    def inbound_url(self) -> str:
        """Where callers' texts are to be posted."""
        return self.at("inbound")

    def receipt_url(self, token: str) -> str:
        """Where the delivery of the text with this token is to be reported."""
        return f"{self.at('status')}?{urlencode({'token': token})}"

    def at(self, what: str) -> str:
        """The address of one of the webhooks."""
        return f"{self.url.rstrip('/')}/{self.secret}/{what}"

    def admit(self, request: WebhookRequest) -> bool:
        """Whether the path has our secret and the peer is one of the provider's addresses."""
        return carries_secret(request, self.secret) and self._allows(request.remote_ip)

    @cached_property
    def _networks(self) -> tuple[IPv4Network | IPv6Network, ...]:
        return tuple(_plain(ip_network(source)) for source in self.sources)

    def _allows(self, remote_ip: str) -> bool:
        if not self._networks:
            return True
        try:
            address = ip_address(remote_ip)
        except ValueError:
            return False
        if isinstance(address, IPv6Address) and address.ipv4_mapped:
            address = address.ipv4_mapped
        return any(address in network for network in self._networks)


def _plain(network: IPv4Network | IPv6Network) -> IPv4Network | IPv6Network:
    """The network of IPv4 that ::ffff:192.0.2.0/120 and the like stand for; any other as it is."""
    first = network.network_address
    mapped = first.ipv4_mapped if isinstance(first, IPv6Address) else None
    if mapped is None or network.prefixlen < _MAPPED_BITS:
        return network
    return IPv4Network((mapped, network.prefixlen - _MAPPED_BITS))


def check_secret(secret: str) -> str:
    """The secret of a webhook's address; BadInput when it can't be one."""
    if not re.fullmatch(r"[A-Za-z0-9_-]{16,}", secret):
        raise BadInput(
            "The webhook secret must have at least 16 letters, digits, _ or - "
            "(openssl rand -hex 24).",
            "hook_secret",
        )
    return secret


def check_sources(sources: Iterable[str]) -> tuple[str, ...]:
    """The addresses that webhooks may come from; BadInput for one that is none."""
    for source in sources:
        try:
            written = ip_interface(source)
        except ValueError:
            raise BadInput(
                f"{source!r} is no IP address or network; write one like 192.0.2.1.",
                "allowed_sources",
            ) from None
        if written.ip != written.network.network_address:
            raise BadInput(
                f"{source!r} is an address within a network; write {str(written.network)!r} for the "
                f"network or {str(written.ip)!r} for the address alone.",
                "allowed_sources",
            )
    return tuple(sources)


def check_url(url: str, provider: str) -> str:
    """The address of a provider's API; BadInput when it can't be one.

    Nor may the password travel in clear text, or something stand in it that is left out when we ask.
    """
    try:
        parts = urlsplit(url)
        host, more = parts.hostname or "", (parts.username, parts.query, parts.fragment)
        is_one = is_host(host) and parts.port != 0 and url.isprintable() and " " not in url
    except ValueError:
        is_one = False
    if not is_one:
        raise BadInput(f"{url!r} is no address; write https://…", "base_url")
    if any(more):
        raise BadInput(
            f"The address of {provider} must be without a password, ? and #; username and password "
            "have keys of their own.",
            "base_url",
        )
    if parts.scheme != "https" and not (parts.scheme == "http" and is_near(host)):
        raise BadInput(
            f"The address of {provider} must begin with https://, "
            "unless it is on this machine or a network of your own.",
            "base_url",
        )
    return url


def check_line(written: str, key: str) -> str:
    """A value that stands in a header or a form; BadInput when it has line ends or the like in it."""
    if any(ord(sign) < 32 or ord(sign) == 127 for sign in written):
        raise BadInput("It has a line end or another control character in it; take it away.", key)
    return written


def id_in(request: WebhookRequest, name: str) -> str:
    """A form field with the provider's id of a text; BadInput when it is missing or empty.

    Two texts without an id would count as one.
    """
    if found := required_field(request, name).strip():
        return found
    raise BadInput(f"The webhook's form field {name!r} is empty; a text needs its id.", name)
