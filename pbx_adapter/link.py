"""The link to one PBX: kept up for as long as the program runs.

In: the address of a PBX. Out: its events with the second they were read, and the state of the link
as one sentence for the portal. Stands between Asterisk (`ami_connection`) and the call tracker.

A PBX that is away is waited for, not hammered: a refused login backs off from 30 seconds to ten
minutes (fail2ban bans whoever insists), everything else from one second to a minute.
"""

import asyncio
import random
from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from datetime import UTC, datetime
from enum import StrEnum
from typing import NoReturn

import structlog

from pbx_adapter.ami_connection import AmiConnection, Limits
from pbx_adapter.ami_faults import NotAsterisk, NotPermitted, PbxAddress
from pbx_adapter.frames import EventFilter, Frame
from ringback.clock import Clock, system_clock
from ringback.errors import BadInput, Refused, RingbackError, TryAgain

_log = structlog.get_logger(__name__)

_STABLE_S = 30.0  # a link that was up for less counts as another failure


class LinkKind(StrEnum):
    """What a link is doing; `follow` alone moves it."""

    CONNECTING = "connecting"  # from the start until the first try has ended
    UP = "up"  # logged in, events flow
    UNREACHABLE = "unreachable"  # nobody there, or silent; tried again
    REFUSED = "refused"  # the login; tried again, rarely
    NOT_ASTERISK = "not_asterisk"  # something else is there; tried again, rarely
    LOST = "lost"  # was up and ended; tried again


@dataclass(frozen=True, slots=True)
class LinkState:
    """How a link is doing.

    Attributes:
        kind: For the programs.
        text: For people: what is wrong and how to mend it.
        since: UP: since when. Otherwise since when nothing is known of the PBX: the moment it was
            last heard, or, when it never was, the start. So a gap runs from here to the next UP.
    """

    kind: LinkKind
    text: str
    since: datetime


@dataclass(frozen=True, slots=True)
class Backoff:
    """Doubling waits, up to a quarter longer by chance so that many links do not knock at once."""

    first_s: float
    most_s: float

    def delay_s(self, failures: int, chance: float) -> float:
        """Seconds to wait after so many failures in a row (from 1); `chance` is in [0, 1)."""
        return min(self.most_s, self.first_s * 2.0 ** min(failures - 1, 30)) * (1 + chance / 4)


@dataclass(frozen=True, slots=True)
class Pace:
    """How the link waits; tests bring their own."""

    unreachable: Backoff = Backoff(1, 60)
    refused: Backoff = Backoff(30, 600)
    sleep: Callable[[float], Awaitable[object]] = asyncio.sleep
    chance: Callable[[], float] = random.SystemRandom().random


OnFrame = Callable[[Frame, float], Awaitable[None]]
"""Takes one event and the epoch second it was read. Must not raise: an error is logged, the next
frame follows. May be slow for a while; events wait, up to `Limits.max_waiting_frames`."""

OnState = Callable[[LinkState], Awaitable[None]]
"""Told whenever kind or text change. Must not raise."""

OnUp = Callable[[AmiConnection], Awaitable[None]]
"""Runs beside the events after each login: snapshot, outbox, back-fill. TryAgain ends the
connection, so that all is done anew; other errors are logged and the link stays up. The connection
may be kept for actions until the state changes; afterwards its actions raise NotSent."""


async def follow(
    pbx: PbxAddress,
    on_frame: OnFrame,
    on_state: OnState,
    on_up: OnUp | None = None,
    *,
    only: EventFilter | None = None,
    limits: Limits | None = None,
    pace: Pace | None = None,
    clock: Clock = system_clock,
) -> NoReturn:
    """Keeps the link up until cancelled; cancelling takes leave of the PBX.

    `only` says which events `on_frame` wants; without it all of them.
    """
    link = _Link(pbx, on_frame, on_state, on_up, clock)
    pace = pace or Pace()
    await link.tell(LinkKind.CONNECTING, f"Connecting to Asterisk at {pbx}.")
    failures, short_lives, last_backoff = 0, 0, pace.unreachable
    while True:
        began = clock()
        fault = await link.live(AmiConnection(pbx, limits, clock, only))
        refused = isinstance(fault, Refused | BadInput) and not link.was_up
        backoff = pace.refused if refused else pace.unreachable
        was_stable = link.was_up and (clock() - began).total_seconds() >= _STABLE_S
        if link.was_up:  # what went before it came up is over; only coming up for a moment counts
            short_lives = 1 if was_stable else short_lives + 1
            failures = short_lives
        else:
            failures = failures + 1 if backoff is last_backoff else 1
        last_backoff = backoff
        delay_s = backoff.delay_s(failures, pace.chance())
        _log.debug("ami_link_waits", pbx=str(pbx), failures=failures, delay_s=round(delay_s, 1))
        await pace.sleep(delay_s)


class _Link:
    """What is held from one connection to the next: the state that was told last."""

    def __init__(
        self,
        pbx: PbxAddress,
        on_frame: OnFrame,
        on_state: OnState,
        on_up: OnUp | None,
        clock: Clock,
    ) -> None:
        self.was_up = False  # the connection that lived last
        self._pbx = pbx
        self._on_frame = on_frame
        self._on_state = on_state
        self._on_up = on_up
        self._clock = clock
        self._state: LinkState | None = None
        self._log = _log.bind(pbx=str(pbx), username=pbx.username)

    async def live(self, connection: AmiConnection) -> RingbackError:
        """One connection from its login to its end; returns why it ended."""
        self.was_up = False
        try:
            await connection.connect()
        except RingbackError as fault:
            await self.tell(_kind(fault), str(fault))
            return fault
        try:
            self.was_up = True
            await self.tell(LinkKind.UP, f"Connected to Asterisk at {self._pbx}.")
            async with asyncio.TaskGroup() as tasks:
                coming_up = tasks.create_task(self._come_up(connection), name=f"on-up {self._pbx}")
                async for at_s, frame in connection.events():
                    await self._hand_over(frame, at_s)
                coming_up.cancel()
        finally:
            await connection.close()
        ended = connection.ended or TryAgain("The connection ended.")
        heard_at = datetime.fromtimestamp(connection.heard_at_s, UTC)
        await self.tell(LinkKind.LOST, str(ended), since=heard_at)
        return ended

    async def tell(self, kind: LinkKind, text: str, since: datetime | None = None) -> None:
        """Passes the state on when kind or text differ from what was told last."""
        last = self._state
        if last is not None and (last.kind, last.text) == (kind, text):
            return
        if since is None:
            stays = last is not None and (last.kind is LinkKind.UP) == (kind is LinkKind.UP)
            since = last.since if last is not None and stays else self._clock()
        self._state = LinkState(kind, text, since)
        fine = kind in (LinkKind.UP, LinkKind.CONNECTING)
        (self._log.info if fine else self._log.warning)("ami_link", state=kind.value, text=text)
        try:
            await self._on_state(self._state)
        except Exception:
            self._log.exception("ami_state_not_taken", state=kind.value)

    async def _hand_over(self, frame: Frame, at_s: float) -> None:
        try:
            await self._on_frame(frame, at_s)
        except Exception:
            self._log.exception("ami_frame_not_taken", event_name=frame.get("Event", ""))

    async def _come_up(self, connection: AmiConnection) -> None:
        if self._on_up is None:
            return
        try:
            await self._on_up(connection)
        except TryAgain as fault:
            connection.drop(f"What is done after each login failed: {fault}")
        except NotPermitted as fault:
            self._log.warning("ami_link_limited", text=str(fault))
            await self.tell(LinkKind.UP, f"Connected, but: {fault}")
        except Exception:
            self._log.exception("ami_on_up_failed")


def _kind(fault: RingbackError) -> LinkKind:
    match fault:
        case NotAsterisk():
            return LinkKind.NOT_ASTERISK
        case TryAgain():
            return LinkKind.UNREACHABLE
        case _:
            return LinkKind.REFUSED
