"""Whose datagrams are heard: the addresses of the PBX. Pure: the time is passed in.

In: what its name means, each time it is looked up. Out: whether an address is the PBX's. A name may
stand for one address after the other; a call that came from the former goes on.
"""

from collections.abc import Iterable


class Peers:
    """The addresses that are heard."""

    def __init__(self, always: Iterable[str], keep_s: float) -> None:
        """Takes those that are heard whatever the name means, and how long a former one is."""
        self._always = frozenset(always)
        self._keep_s = keep_s
        self._present: frozenset[str] = frozenset()
        self._former: dict[str, float] = {}
        self._heard = self._always

    def found(self, addresses: frozenset[str], now_s: float) -> None:
        """The name means these now."""
        left = dict.fromkeys(self._present - addresses, now_s + self._keep_s)
        self._former = {
            address: until_s
            for address, until_s in (self._former | left).items()
            if until_s > now_s and address not in addresses
        }
        self._present = addresses
        self._heard = self._always | addresses | self._former.keys()

    def __contains__(self, address: object) -> bool:
        return address in self._heard
