"""What must be sent again until the other side has settled it. Pure: the time is passed in.

UDP loses datagrams, and pyVoIP sends each once. Follows the timers of RFC 3261 17 (T1, T2, 64·T1).
"""

from dataclasses import dataclass

T1_S, T2_S = 0.5, 4.0
GIVE_UP_S = 64 * T1_S


@dataclass(slots=True)
class _Sending:
    datagram: bytes
    next_s: float
    interval_s: float
    until_s: float


class Unsettled:
    """Datagrams under way, by a key that names their transaction."""

    def __init__(self) -> None:
        self._sendings: dict[str, _Sending] = {}

    def add(self, key: str, datagram: bytes, now_s: float) -> None:
        """It has just been sent for the first time."""
        self._sendings[key] = _Sending(datagram, now_s + T1_S, T1_S, now_s + GIVE_UP_S)

    def settle(self, key: str) -> bool:
        """It need not be sent again; whether it was under way."""
        return self._sendings.pop(key, None) is not None

    def due(self, now_s: float) -> list[bytes]:
        """What is to be sent again now."""
        again = [each for each in self._sendings.values() if each.next_s <= now_s]
        for each in again:
            each.interval_s = min(2 * each.interval_s, T2_S)
            each.next_s = now_s + each.interval_s
        return [each.datagram for each in again]

    def given_up(self, now_s: float) -> list[str]:
        """The keys that nobody settled in time; they are forgotten."""
        late = [key for key, each in self._sendings.items() if each.until_s <= now_s]
        for key in late:
            del self._sendings[key]
        return late
