"""Which channels are up, who dialled whom, and who is connected with whom. Pure.

In: the frames that create, dial, bridge and end channels. Out: answers about channels by Uniqueid.
First step of the call tracker. Linkedid is not used: it changes in mid call (transfers, pickup).
Forgets a channel with its Hangup, a bridge with its last member; of lines that were dialled the last
Uniqueids stay.

Source: Asterisk's AMI events; Local channels come in halves `;1` and `;2` of one name.
"""

import re
from collections.abc import Collection
from dataclasses import dataclass

from pbx_adapter.frames import Frame
from pbx_adapter.site import Role, Site

_DIALLED = re.compile(r"(?:.*/)?(?:sips?:)?(\+?[0-9*#]+)(?:@.*)?")
_DURATION = re.compile(r"([0-9]{1,4}):([0-9]{2}):([0-9]{2})")
_LEGS_MOST = 5000
OUTGOING = "(Outgoing Line)"
"""What Asterisk shows as the application's argument on a leg that was dialled."""


@dataclass(slots=True)
class Channel:
    """One live channel.

    Attributes:
        uniqueid: Asterisk's Uniqueid.
        name: `PJSIP/101-0000000a`.
        role: What is at its far end.
        number: The phone's own number, or the number dialled on an outgoing line. A caller's is
            left out: it may be withheld.
        call: Uniqueid of the caller's channel whose call it belongs to, when known.
        dialled: It was dialled by the PBX (a leg), not by somebody who calls.
        bridge: The bridge it is in.
        in_voicemail: Its dialplan has gone to a mailbox.
        link: Number of the connection on which it was last seen alive.
    """

    uniqueid: str
    name: str
    role: Role
    number: str
    call: str | None = None
    dialled: bool = False
    bridge: str | None = None
    in_voicemail: bool = False
    link: int = 0

    @property
    def is_person(self) -> bool:
        """A phone, or somebody outside whom the PBX has dialled."""
        return self.role is Role.PHONE or (self.role is Role.LINE and self.dialled)


class Channels:
    """All live channels of one PBX."""

    def __init__(self, site: Site) -> None:
        self._site = site
        self._by_id: dict[str, Channel] = {}
        self._locals: dict[str, str] = {}  # name of a Local half → Uniqueid
        self._members: dict[str, set[str]] = {}  # bridge → Uniqueids
        self._link = 0
        self._lines_dialled: dict[str, None] = {}

    def get(self, uniqueid: str) -> Channel | None:
        """The live channel with this Uniqueid."""
        return self._by_id.get(uniqueid)

    def appeared(self, frame: Frame) -> Channel:
        """A channel was created, or is shown in a snapshot; needs a Uniqueid."""
        uniqueid, name = frame["Uniqueid"], frame.get("Channel", "")
        channel = self._by_id.get(uniqueid)
        if channel is None:
            role = self._site.role_of(name)
            channel = Channel(uniqueid, name, role, _number_of(name, role))
            self._by_id[uniqueid] = channel
            if role is Role.LOCAL:
                self._locals[name] = uniqueid
        channel.link = self._link
        if OUTGOING in frame.get("ApplicationData", ""):
            channel.dialled = True
            self._note_leg(channel)
        if frame.get("BridgeId"):
            self._join(channel, frame["BridgeId"])
        return channel

    def calls_from(self, channel: Channel, context: str) -> None:
        """Somebody begins a call on this channel, in this context of the dialplan."""
        channel.role = self._site.role_of_caller(channel.name, context)
        channel.number = _number_of(channel.name, channel.role)

    def dialled(self, frame: Frame) -> Channel | None:
        """A leg was dialled; returns it, tied to the call of the channel that dialled."""
        leg = self._by_id.get(frame.get("DestUniqueid", ""))
        if leg is None:
            return None
        leg.dialled = True
        leg.call = self.call_of(frame.get("Uniqueid", ""))
        string = frame.get("DialString", "")
        leg.role = self._site.role_of_dialled(leg.name, string)
        if leg.role is Role.LINE:
            number = _DIALLED.fullmatch(string)
            leg.number = number[1] if number else frame.get("DestCallerIDNum", "")
            self._note_leg(leg)
        return leg

    def lines_dialled(self) -> Collection[str]:
        """Uniqueids of the lines that the PBX dialled, also of those that are gone; the last 5000."""
        return self._lines_dialled.keys()

    def _note_leg(self, leg: Channel) -> None:
        if leg.role is Role.LINE:
            self._lines_dialled[leg.uniqueid] = None
        if len(self._lines_dialled) > _LEGS_MOST:
            del self._lines_dialled[next(iter(self._lines_dialled))]

    def call_of(self, uniqueid: str) -> str | None:
        """The call that a channel belongs to, for the second half of a Local the first one's."""
        channel = self._by_id.get(uniqueid)
        if channel is None:
            return None
        if channel.call is not None:
            return channel.call
        other = self._other_half(channel)
        return other.call if other else None

    def entered(self, frame: Frame) -> Channel | None:
        """A channel entered a bridge; returns it."""
        channel = self._by_id.get(frame.get("Uniqueid", ""))
        if channel is not None:
            bridge = frame.get("BridgeUniqueid", "")
            self._join(channel, f"{bridge} {channel.uniqueid}" if is_holding(frame) else bridge)
        return channel

    def left(self, frame: Frame) -> Channel | None:
        """A channel left a bridge; returns it when it is in none now."""
        channel = self._by_id.get(frame.get("Uniqueid", ""))
        if channel is None or channel.bridge is None:
            return None
        if channel.bridge.partition(" ")[0] != frame.get("BridgeUniqueid"):
            return None  # it has entered another one already
        self._part(channel)
        return channel

    def gone(self, uniqueid: str) -> Channel | None:
        """A channel has ended and is forgotten; returns it."""
        channel = self._by_id.pop(uniqueid, None)
        if channel is not None:
            self._part(channel)
            if self._locals.get(channel.name) == uniqueid:  # names repeat after a restart
                del self._locals[channel.name]
        return channel

    def connected_with(self, uniqueid: str) -> list[Channel]:
        """Everyone who hears this channel, through bridges and the halves of Local channels."""
        start = self._by_id.get(uniqueid)
        if start is None:
            return []
        found = {uniqueid: start}
        ahead = [start]
        while ahead:
            for channel in self._next_to(ahead.pop()):
                if channel.uniqueid not in found:
                    found[channel.uniqueid] = channel
                    ahead.append(channel)
        return list(found.values())[1:]

    def in_use(self, endpoint: str) -> bool:
        """Whether the endpoint (`PJSIP/101`) has a channel: it rings, or is in a call."""
        return any(one.name.rpartition("-")[0] == endpoint for one in self._by_id.values())

    def link_lost(self) -> None:
        """From now on only channels that are seen again are known to be alive."""
        self._link += 1

    def unseen(self, links: int = 1) -> list[str]:
        """Uniqueids of channels that the last so many connections have not shown."""
        last = self._link - links
        return [channel.uniqueid for channel in self._by_id.values() if channel.link <= last]

    def _next_to(self, channel: Channel) -> list[Channel]:
        members = self._members.get(channel.bridge, ()) if channel.bridge else ()
        near = [self._by_id[uniqueid] for uniqueid in sorted(members)]
        other = self._other_half(channel)
        return [*near, other] if other else near

    def _other_half(self, channel: Channel) -> Channel | None:
        if channel.role is not Role.LOCAL:
            return None
        other = channel.name[:-1] + ("2" if channel.name.endswith("1") else "1")
        return self._by_id.get(self._locals.get(other, ""))

    def _join(self, channel: Channel, bridge: str) -> None:
        self._part(channel)
        channel.bridge = bridge
        self._members.setdefault(bridge, set()).add(channel.uniqueid)

    def _part(self, channel: Channel) -> None:
        if channel.bridge is None:
            return
        members = self._members[channel.bridge]
        members.discard(channel.uniqueid)
        if not members:
            del self._members[channel.bridge]
        channel.bridge = None


def _number_of(name: str, role: Role) -> str:
    """The extension in `PJSIP/101-0000000a` or `Local/101@from-queue-00000001;1`."""
    if role not in (Role.PHONE, Role.LOCAL):
        return ""
    return name.partition("/")[2].rpartition("-")[0].partition("@")[0]


def is_holding(frame: Frame) -> bool:
    """Whether the bridge is one for parking or waiting, in which nobody hears the others."""
    return frame.get("BridgeTechnology") == "holding_bridge"


def names_one_channel(frame: Frame) -> bool:
    """Whether the frame is about a channel; where two frames ran into one, it is about none."""
    uniqueid = frame.get("Uniqueid", "")
    return uniqueid != "" and "\n" not in uniqueid


def seconds_of(duration: str) -> float:
    """`00:01:02` in seconds; 0 when it is something else."""
    parts = _DURATION.fullmatch(duration)
    if parts is None:
        return 0.0
    hours, minutes, seconds = map(int, parts.groups())
    return float(hours * 3600 + minutes * 60 + seconds)
