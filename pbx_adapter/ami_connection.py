"""One AMI connection from login to its end, watched by pings.

In: the address of a PBX, actions. Out: events, each with the second it was read; answers; and one
reason when it ends. Stands between the wire (`ami`) and `link`, which connects again when need be.

Source: Asterisk's manager protocol (Challenge, Login, Ping, Logoff).
"""

import asyncio
import hashlib
import ssl
from collections import deque
from collections.abc import AsyncIterator
from contextlib import suppress
from dataclasses import dataclass

from pbx_adapter.ami import AmiWire, Fields
from pbx_adapter.ami_faults import (
    ActionRefused,
    ConnectionLost,
    NotSent,
    PbxAddress,
    Unanswered,
    Unreachable,
    login_refused,
    not_greeted,
    unreachable,
)
from pbx_adapter.frames import MAX_FRAME_BYTES, EventFilter, Frame
from ringback.clock import Clock, system_clock
from ringback.errors import BadInput, RingbackError

_GOODBYE_TIMEOUT_S = 1.0


@dataclass(frozen=True, slots=True)
class Limits:
    """How long a connection waits, and how much it holds.

    Attributes:
        connect_timeout_s: For the connection, the greeting and each step of the login.
        ping_interval_s: Between an answer and the next ping.
        ping_timeout_s: Nothing at all heard for so long after a ping: the PBX is gone.
        max_waiting_frames: Read and not yet taken; a busy Asterisk sends some 5,500 a second.
        max_frame_bytes: Of one frame.
    """

    connect_timeout_s: float = 10.0
    ping_interval_s: float = 10.0
    ping_timeout_s: float = 10.0
    max_waiting_frames: int = 20_000
    max_frame_bytes: int = MAX_FRAME_BYTES


class AmiConnection:
    """A connection from `connect` to its end; for the next one make a new object.

    Args:
        pbx: Where to, and as whom.
        limits: How long it waits, how much it holds.
        clock: For the second at which something was read.
        only: Events worth telling; None tells all.

    Attributes:
        ended: Why the connection is over, or None while it is up or not yet connected.
        heard_at_s: Epoch second at which anything was last read; 0 before.
    """

    def __init__(
        self,
        pbx: PbxAddress,
        limits: Limits | None = None,
        clock: Clock = system_clock,
        only: EventFilter | None = None,
    ) -> None:
        self.ended: RingbackError | None = None
        self.heard_at_s = 0.0
        self._pbx = pbx
        self._limits = limits or Limits()
        self._clock = clock
        self._greeted = asyncio.Event()
        self._waiting: deque[tuple[float, Frame]] = deque()  # read, not yet taken
        self._news = asyncio.Event()  # some wait, or it has ended
        self._wire = AmiWire(
            pbx, self._greeted.set, self._take, self._over, self._limits.max_frame_bytes, only
        )
        self._watchdog: asyncio.Task[None] | None = None

    async def connect(self) -> None:
        """Connects and logs in.

        Raises:
            Unreachable: Nobody there, or silent.
            NotAsterisk: Something else is there.
            LoginRefused: Wrong username or secret, or shut out.
            BadInput: The address, the CA file, the username or the secret can't be used.
        """
        try:
            await self._open()
            await self._greeting()
            await self._login()
        except (ValueError, OverflowError) as fault:  # no host name, no port number, no text
            self.drop("Connecting failed.")
            raise BadInput(
                f"The address of the PBX at {self._pbx} can't be used ({fault}): "
                "check host, port and secret.",
                "host",
            ) from fault
        except BaseException:
            self.drop("Connecting failed.")
            raise
        self._watchdog = asyncio.create_task(self._watch(), name=f"ami-watchdog {self._pbx}")

    async def events(self) -> AsyncIterator[tuple[float, Frame]]:
        """Every event in order, with the epoch second at which it was read.

        Ends when the connection has ended and all that was read before is taken; `ended` says why.
        """
        while True:
            while self._waiting:
                yield self._waiting.popleft()
            if self.ended is not None:
                return
            self._news.clear()
            await self._news.wait()

    async def action(
        self, name: str, fields: Fields | None = None, timeout_s: float = 10.0
    ) -> list[Frame]:
        """Does one action and returns its answer: the response, then the list if one follows.

        `Originate` is always asynchronous: its answer only says that it was queued, and
        OriginateResponse comes among the events with the same ActionID.

        Args:
            name: As in Asterisk's documentation.
            fields: Its headers; an ActionID among them is kept.
            timeout_s: For the whole answer.

        Raises:
            BadInput: A field that would become something else on the line.
            NotSent: There is no connection.
            Unanswered: No (whole) answer; what was asked may or may not have happened.
            ActionRefused: Asterisk answered with an error; NotPermitted when the user lacks a class.
        """
        return await self._wire.ask(name, fields or {}, timeout_s)

    def drop(self, reason: str) -> None:
        """Cuts the connection at once; `reason` is what `ended` will say."""
        self._wire.end(ConnectionLost(reason))

    async def close(self) -> None:
        """Takes leave of Asterisk and ends the connection; never raises, may be called twice."""
        if self._watchdog is not None:
            self._watchdog.cancel()
        try:
            with suppress(RingbackError):
                await self.action("Logoff", timeout_s=_GOODBYE_TIMEOUT_S)
        finally:
            self.drop("We closed the connection.")

    async def _open(self) -> None:
        tls = _trusting(self._pbx) if self._pbx.tls else None
        try:
            async with asyncio.timeout(self._limits.connect_timeout_s):
                await self._wire.open(tls)
        except OSError as fault:
            raise unreachable(self._pbx, fault) from fault

    async def _greeting(self) -> None:
        try:
            async with asyncio.timeout(self._limits.connect_timeout_s):
                await self._greeted.wait()
        except TimeoutError as silence:
            raise not_greeted(self._pbx) from silence
        if self.ended is not None:
            raise self._before_login()

    async def _login(self) -> None:
        pbx, timeout_s = self._pbx, self._limits.connect_timeout_s
        login = {"Username": pbx.username, "Events": "on"}
        try:
            if pbx.tls:
                login["Secret"] = pbx.secret
            else:
                asked = await self.action("Challenge", {"AuthType": "MD5"}, timeout_s)
                proof = (asked[0].get("Challenge", "") + pbx.secret).encode()
                login["AuthType"] = "MD5"
                login["Key"] = hashlib.md5(proof, usedforsecurity=False).hexdigest()
            await self.action("Login", login, timeout_s)
        except ActionRefused as no:
            raise login_refused(pbx, no.code) from no
        except (NotSent, Unanswered) as silence:
            raise self._before_login() from silence

    def _before_login(self) -> RingbackError:
        match self.ended:
            case None:
                return Unreachable(f"Asterisk at {self._pbx} greets but does not answer the login.")
            case ConnectionLost():
                return Unreachable(f"No login came about at {self._pbx}: {self.ended}")
            case fault:
                return fault

    async def _watch(self) -> None:
        """Pings, and cuts the connection of a PBX from which nothing at all comes any more."""
        while not self._wire.closed:
            await asyncio.sleep(self._limits.ping_interval_s)
            reads_before = self._wire.reads
            try:
                await self.action("Ping", timeout_s=self._limits.ping_timeout_s)
            except Unanswered as silence:
                if self._wire.reads == reads_before:
                    self.drop(str(silence))
            except (NotSent, ActionRefused):  # over already; or alive, which is all that was asked
                continue

    def _take(self, events: list[Frame]) -> None:
        self.heard_at_s = self._clock().timestamp()
        self._waiting.extend([(self.heard_at_s, frame) for frame in events])
        self._news.set()
        if len(self._waiting) > self._limits.max_waiting_frames:
            self.drop(
                f"More than {self._limits.max_waiting_frames} events of {self._pbx} wait to be "
                "taken in: this machine is too slow or stuck. Connecting again, with a known gap."
            )

    def _over(self, fault: RingbackError) -> None:
        self.ended = fault
        self._greeted.set()
        self._news.set()


def _trusting(pbx: PbxAddress) -> ssl.SSLContext:
    try:
        return ssl.create_default_context(cafile=pbx.ca_file)
    except OSError as fault:
        raise BadInput(f"The CA file {pbx.ca_file} can't be used: {fault}.", "ca_file") from fault
