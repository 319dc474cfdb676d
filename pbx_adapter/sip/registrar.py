"""Staying registered: when to ask, what a reply means, how long to wait.

In: a way to ask (given by `pyvoip.client`). Out: the `Standing`, told after each try. Runs in a
thread of its own for as long as the process does; nothing that the PBX does or leaves undone ends
it. pyVoIP's own gives up for good after three failures, and reads the socket beside the receiver,
so that calls arriving meanwhile are lost.
"""

import random
import re
import socket
import threading
import time
from collections.abc import Callable
from dataclasses import dataclass

from pbx_adapter.link import Backoff, LinkKind
from pbx_adapter.sip.account import SipAccount
from pbx_adapter.sip.digest import is_stale
from pbx_adapter.sip.headers import readable
from pbx_adapter.sip.messages import Message

Ask = Callable[[int, Message | None], Message | None]
"""Sends REGISTER for so many seconds, answering the challenge given; the reply, None: silence."""

_UNREACHABLE, _REFUSED = Backoff(2, 30), Backoff(30, 600)


@dataclass(frozen=True, slots=True)
class Standing:
    """How we stand with the PBX.

    Attributes:
        kind: As of an AMI link.
        text: For people.
        heard_s: When the PBX last answered, epoch seconds; 0.0: never.
    """

    kind: LinkKind
    text: str
    heard_s: float


@dataclass(frozen=True, slots=True)
class Rhythm:
    """How long the registrar waits; a wrong secret is retried rarely (fail2ban).

    Attributes:
        unreachable, refused: Before the next try.
        renew_s: Before a registration is renewed; None: half of what the PBX granted.
        was_registered: By a process before this one, which may have left without a word.
    """

    unreachable: Backoff = _UNREACHABLE
    refused: Backoff = _REFUSED
    renew_s: float | None = None
    was_registered: bool = False


class Registrar:
    """Keeps one registration."""

    def __init__(
        self, account: SipAccount, ask: Ask, tell: Callable[[Standing], None], rhythm: Rhythm
    ) -> None:
        self._account = account
        self._ask = ask
        self._tell = tell
        self._rhythm = rhythm
        self._expires_s = account.expires_s
        self._granted_s = account.expires_s
        self._heard_s = 0.0
        self._was_up = False
        self._was_registered = rhythm.was_registered
        self._is_forbidden = False
        self._failures = 0

    def run(self, stopping: threading.Event) -> None:
        """Registers again and again until told to stop; then takes leave, if there is anyone."""
        while not stopping.is_set():
            try:
                standing = self.try_once()
            except Exception as fault:  # an odd reply must not end the thread
                kind = type(fault).__name__  # its words may quote the secret
                standing = self._away(f"The reply of {self._account.host} is unclear: {kind}.")
            self._tell(standing)
            stopping.wait(self._wait_s(standing.kind))
        if self._was_up:
            self._asked(0)

    def try_once(self) -> Standing:
        """One registration, with its challenge answered."""
        try:
            reply = self._asked(self._expires_s)
        except OSError as fault:
            return self._away(f"{self._account.host} can't be reached: {fault}.")
        if reply is None:
            return self._away(
                f"The PBX at {self._account.host}:{self._account.port} does not answer SIP on UDP; "
                "check host, port and firewall."
            )
        if 500 <= reply.status < 600:
            return self._away(f"The PBX can't register us now: {readable(reply.first_line[8:])}.")
        self._heard_s = time.time()
        self._is_forbidden = reply.status == 403
        if reply.status == 423:  # a registration must last longer here
            self._expires_s = max(self._expires_s, _seconds(reply.first("min-expires"), 3600))
        if not 200 <= reply.status < 300:
            return Standing(LinkKind.REFUSED, self._refusal(reply), self._heard_s)
        granted = next(iter(reply.every("contact")), "").lower().partition("expires=")[2]
        self._granted_s = _seconds(granted or reply.first("expires"), self._expires_s)
        self._was_up = self._was_registered = True
        return Standing(LinkKind.UP, f"Registered as {self._account}.", self._heard_s)

    def _asked(self, expires_s: int) -> Message | None:
        reply = self._ask(expires_s, None)
        for _ in range(2):  # the second time for a nonce that was too old already
            if reply is None or reply.status not in (401, 407):
                break
            reply = self._ask(expires_s, reply)
            if reply is not None and not is_stale(reply):
                break
        return reply

    def _away(self, text: str) -> Standing:
        kind = LinkKind.LOST if self._was_up else LinkKind.UNREACHABLE
        return Standing(kind, text, self._heard_s)

    def _refusal(self, reply: Message) -> str:
        match reply.status:
            case 403 if self._was_registered:
                return (
                    f"The PBX refuses {self._account}, which it took before; check the extension's "
                    "secret, or let it replace an old registration (remove_existing=yes)."
                )
            case 401 | 403 | 407:
                return (
                    f"The PBX refuses {self._account}; check the extension's user name and secret. "
                    "It is tried again rarely, so that the PBX does not lock us out."
                )
            case 404:
                return f"The PBX knows no extension {self._account.username}; create it there."
            case _:
                phrase = readable(reply.first_line[8:])
                return f"The PBX refuses to register {self._account}: {phrase}."

    def _wait_s(self, kind: LinkKind) -> float:
        if kind is LinkKind.UP:
            self._failures = 0
            return self._rhythm.renew_s or max(5.0, min(self._granted_s / 2, self._granted_s - 10))
        self._failures += 1
        backoff = self._rhythm.refused if kind is LinkKind.REFUSED else self._rhythm.unreachable
        delay_s = backoff.delay_s(self._failures, random.SystemRandom().random())
        if self._is_forbidden and self._was_registered:  # an old registration in the way runs out
            return min(delay_s, self._account.expires_s)
        return delay_s


def addresses_of(host: str) -> frozenset[str]:
    """The host's IPv4 addresses.

    Raises:
        OSError: It has none, or no name server answers.
    """
    found = socket.getaddrinfo(host, None, socket.AF_INET, socket.SOCK_DGRAM)
    return frozenset(str(each[4][0]) for each in found)


def _seconds(text: str, otherwise: int) -> int:
    found = re.match(r"\s*([0-9]{1,9})\b", text)
    return int(found[1]) if found else otherwise
