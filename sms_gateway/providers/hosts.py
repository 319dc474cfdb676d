"""Names of other machines, as an operator writes them. Pure.

In: the host of a provider's API or of an SMSC. Out: whether it can be one, and whether it is near. Read
where accounts are checked, so that a slip of the pen is told at the start and not by the resolver.
"""

import re
from ipaddress import IPv4Address, IPv6Address, ip_address

_NAME = re.compile(r"(?=.{1,254}$)[a-z0-9_-]{1,63}(\.[a-z0-9_-]{1,63})*\.?", re.IGNORECASE)


def is_host(host: str) -> bool:
    """Whether it is an IP address, or a name that can be looked up; letters beyond ASCII may be in it."""
    if _address(host):
        return True
    try:
        return bool(_NAME.fullmatch(host.encode("idna").decode("ascii")))
    except UnicodeError:
        return False


def is_near(host: str) -> bool:
    """Whether the host is here or on a private network, by its address or by a name without a dot.

    A number alone is an address too (134744072 is 8.8.8.8), so such a name begins with a letter.
    """
    if address := _address(host):
        return address.is_private
    return "." not in host and host[:1].isalpha()


def _address(host: str) -> IPv4Address | IPv6Address | None:
    try:
        return ip_address(host)
    except ValueError:
        return None
