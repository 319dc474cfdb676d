"""Who waits in which queue and since when, and which members could answer. Pure.

In: the PBX's events in order, and its answer to QueueStatus after each login. Out: the callers on the
line, how long waits were that ended lately, the members. From this `offering` tells whether callers
are offered a callback, and `ringing` who is free.

A wait ends when a member answers or when the caller's channel is gone. Who leaves a queue and comes
back to it (by a digit that led nowhere, by a time-out and a loop in the dialplan) has waited all the
time and keeps his arrival. Asterisk's own Holdtime is not used: it stands still while nobody answers.

Source: app_queue's events on Asterisk 16 and 22. QueueCallerLeave also comes on an answer, before
AgentConnect; QueueCallerAbandon also on a time-out, after which the call may go on.
"""

from collections import deque
from collections.abc import Callable, Iterable
from dataclasses import dataclass

from pbx_adapter.frames import Frame

_ENDED_MOST = 5000  # waits of one queue that are remembered, and
_ENDED_S = 4 * 3600.0  # for how long: no rule looks further back
_NOT_THERE = frozenset({"4", "5"})  # device states: invalid, unavailable
_IDLE = frozenset({"0", "1"})  # not known (a device that tells none), not in use


@dataclass(frozen=True, slots=True)
class Waiting:
    """A caller on the line.

    Attributes:
        uniqueid: Of the caller's channel.
        channel: Its name.
        arrived_s: When the wait began, in seconds on our clock.
    """

    uniqueid: str
    channel: str
    arrived_s: float


@dataclass(frozen=True, slots=True)
class Member:
    """Somebody, or a number, that a queue rings.

    Attributes:
        interface: What is rung: `PJSIP/101`, `Local/101@from-queue/n`.
        state_interface: Whose state counts: `PJSIP/101`, `hint:101@ext-local`.
        status: AST_DEVICE_*: 1 not in use, 2 in use, 5 unavailable, 6 ringing ...
        paused: By himself or a supervisor.
        in_call: With a caller of a queue.
    """

    interface: str
    state_interface: str
    status: str
    paused: bool
    in_call: bool

    @property
    def logged_in(self) -> bool:
        """Whether his phone is there."""
        return self.status not in _NOT_THERE

    @property
    def free(self) -> bool:
        """Whether he could answer now."""
        return self.status in _IDLE and not self.paused and not self.in_call


@dataclass(slots=True)
class _Caller:
    """One who is in a queue, or was and is still in the PBX (`left_s`)."""

    queue: str
    channel: str
    arrived_s: float
    left_s: float | None = None


class Queues:
    """All queues of one PBX, over any number of connections."""

    def __init__(self) -> None:
        self._callers: dict[str, _Caller] = {}  # by Uniqueid
        self._members: dict[str, dict[str, Member]] = {}  # by queue and interface
        self._ended: dict[str, deque[tuple[float, float]]] = {}  # by queue: when, how long
        self._shown: set[str] = set()  # channels, by the snapshot that is being read
        self._on: dict[str, Callable[[Frame, float], bool]] = {
            "QueueCallerJoin": self._join,
            "QueueCallerLeave": self._leave,
            "QueueCallerAbandon": self._leave,
            "AgentConnect": self._gone,
            "Hangup": self._gone,
            "QueueMemberAdded": self._member,
            "QueueMemberStatus": self._member,
            "QueueMemberPause": self._member,
            "QueueMemberRemoved": self._member_removed,
            "CoreShowChannel": self._channel_shown,
            "CoreShowChannelsComplete": self._channels_shown,
        }

    def feed(self, frame: Frame, at_s: float) -> bool:
        """Takes an event in; whether anything has changed.

        Args:
            frame: As it came; others than those of queues pass by.
            at_s: When it came, in seconds on our clock.
        """
        event = self._on.get(frame.get("Event", ""))
        return event is not None and event(frame, at_s)

    def snapshot(self, queue: str, answer: Iterable[Frame], asked_s: float) -> None:
        """Takes in the PBX's answer to QueueStatus for one queue; who is not in it is not there.

        Args:
            queue: Its name.
            answer: The frames of the answer.
            asked_s: When it was asked, on our clock; who has come since is left alone.
        """
        entries, members = dict[str, Frame](), dict[str, Member]()
        for frame in answer:
            if frame.get("Event") == "QueueEntry" and frame.get("Uniqueid"):
                entries[frame["Uniqueid"]] = frame
            elif frame.get("Event") == "QueueMember":
                member = _member_of(frame)
                members[member.interface] = member
        for one in self.waiting(queue):
            if one.uniqueid not in entries and one.arrived_s < asked_s:
                del self._callers[one.uniqueid]  # how his wait ended was not seen
        for frame in entries.values():
            self._join(frame, asked_s - _seconds(frame.get("Wait", "")))
        self._members[queue] = members

    def waiting(self, queue: str) -> tuple[Waiting, ...]:
        """The callers on the line, by arrival."""
        found = (
            Waiting(uniqueid, caller.channel, caller.arrived_s)
            for uniqueid, caller in self._callers.items()
            if caller.queue == queue and caller.left_s is None
        )
        return tuple(sorted(found, key=lambda one: one.arrived_s))

    def on_the_line(self) -> set[str]:
        """Uniqueids of the callers who wait in any queue."""
        return {one for one, caller in self._callers.items() if caller.left_s is None}

    def members(self, queue: str) -> tuple[Member, ...]:
        """Those whom the queue would ring, paused or not, there or not."""
        return tuple(self._members.get(queue, {}).values())

    def mean_wait_s(self, queue: str, of_last_s: float, now_s: float) -> float:
        """The mean of the waits that ended lately, answered or not; 0 when there were none.

        Args:
            queue: Its name.
            of_last_s: How far to look back, at most four hours.
            now_s: On our clock.
        """
        ended = self._ended.get(queue, ())
        lengths = [length_s for at_s, length_s in ended if at_s > now_s - of_last_s]
        return sum(lengths) / len(lengths) if lengths else 0.0

    def _join(self, frame: Frame, at_s: float) -> bool:
        uniqueid, queue = frame.get("Uniqueid"), frame.get("Queue", "")
        if not uniqueid:
            return False
        known = self._callers.get(uniqueid)
        if known is not None and known.queue != queue:
            self._note_end(known, at_s)
        if known is None or known.queue != queue:
            self._callers[uniqueid] = _Caller(queue, frame.get("Channel", ""), at_s)
        else:
            known.left_s = None
        return True

    def _leave(self, frame: Frame, at_s: float) -> bool:
        caller = self._callers.get(frame.get("Uniqueid", ""))
        if caller is None or caller.queue != frame.get("Queue"):
            return False
        if caller.left_s is None:
            caller.left_s = at_s
        return True

    def _gone(self, frame: Frame, at_s: float) -> bool:
        """A member answered, or the caller's channel has ended."""
        caller = self._callers.pop(frame.get("Uniqueid", ""), None)
        if caller is not None:
            self._note_end(caller, at_s)
        return caller is not None

    def _note_end(self, caller: _Caller, at_s: float) -> None:
        ended_s = at_s if caller.left_s is None else caller.left_s
        ended = self._ended.setdefault(caller.queue, deque(maxlen=_ENDED_MOST))
        while ended and ended[0][0] < at_s - _ENDED_S:
            ended.popleft()
        ended.append((ended_s, max(0.0, ended_s - caller.arrived_s)))

    def _member(self, frame: Frame, _: float) -> bool:
        members = self._members.setdefault(frame.get("Queue", ""), {})
        member = _member_of(frame)
        changed = members.get(member.interface) != member
        members[member.interface] = member
        return changed

    def _member_removed(self, frame: Frame, _: float) -> bool:
        members = self._members.get(frame.get("Queue", ""), {})
        return members.pop(frame.get("Interface", ""), None) is not None

    def _channel_shown(self, frame: Frame, _: float) -> bool:
        self._shown.add(frame.get("Uniqueid", ""))
        return False

    def _channels_shown(self, _: Frame, __: float) -> bool:
        """After a login: whose channel is gone has ended his wait while nobody listened."""
        for uniqueid in self._callers.keys() - self._shown:
            del self._callers[uniqueid]
        self._shown.clear()
        return True


def _member_of(frame: Frame) -> Member:
    """From an event, or from an entry of QueueStatus, which calls the interface Location."""
    interface = frame.get("Interface") or frame.get("Location", "")
    return Member(
        interface=interface,
        state_interface=frame.get("StateInterface") or interface,
        status=frame.get("Status", "0"),
        paused=frame.get("Paused", "0") != "0",
        in_call=frame.get("InCall", "0") != "0",
    )


def _seconds(text: str) -> float:
    return float(text) if text.isascii() and text.isdigit() else 0.0
