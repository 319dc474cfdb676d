"""Frames from Asterisk in, finished calls out. Pure.

The heart of `pbx_adapter`: the link and the replay feed it, what it returns becomes `call` rows.
Answered means: the caller's channel was connected, directly or through the halves of Local
channels, with the channel of a person. A call is decided when the caller's own channel is gone;
then everything about it is forgotten.

Source: what recorded traffic of Asterisk 16 and 22 shows; see `docs/asterisk.md`.
"""

import re
from collections.abc import Callable, Collection

from pbx_adapter.caller import follow, leads_to_mailbox
from pbx_adapter.channels import (
    Channel,
    Channels,
    is_holding,
    names_one_channel,
    seconds_of,
)
from pbx_adapter.frames import Frame
from pbx_adapter.opencall import OpenCall
from pbx_adapter.site import Role, Site
from ringback.calls import Call, Direction, EndedBy
from ringback.phone import to_e164

LINKS_WITHOUT_A_SIGN = 10
"""So many connections in a row may end without a snapshot before a call is given up."""

_RING, _BUSY = "4", "7"  # AMI's ChannelState
_NUMBER = re.compile(r"\+?[0-9]{3,}")


class Tracker:
    """Follows the calls of one PBX, over any number of connections."""

    def __init__(self, site: Site) -> None:
        self._site = site
        self._channels = Channels(site)
        self._calls: dict[str, OpenCall] = {}  # by the Uniqueid of the caller's channel
        self._ended: list[Call] = []
        self._now = self._lost_at = 0.0
        self._on: dict[str, Callable[[Frame], None]] = {
            "Newchannel": self._newchannel,
            "Newstate": self._newstate,
            "DialBegin": self._dial_begin,
            "DialEnd": self._dial_end,
            "BridgeEnter": self._bridge_enter,
            "BridgeLeave": self._bridge_leave,
            "BlindTransfer": self._blind_transfer,
            "HangupRequest": self._hangup_request,
            "Hangup": self._hangup,
            "CoreShowChannel": self._shown,
            "CoreShowChannelsComplete": self._snapshot_complete,
        }

    @property
    def channels(self) -> Channels:
        """All live channels, for who follows some of them further."""
        return self._channels

    def feed(self, frame: Frame, at: float) -> list[Call]:
        """Takes one frame in; returns the calls that ended with it.

        Args:
            frame: As it came from the PBX; responses and unknown events pass by.
            at: When it came, in seconds on the source's clock.
        """
        self._now = at
        event = self._on.get(frame.get("Event", ""))
        if event is not None:
            event(frame)
        self._follow_caller(frame)
        return self._taken()

    def open_calls(self) -> list[Call]:
        """The calls that are up, as far as they are known now; missed is not said yet."""
        return [call.told(self._site.country, self._now, False) for call in self._calls.values()]

    def lines_dialled(self) -> Collection[str]:
        """Uniqueids of the lines that the PBX dialled lately: their records are no calls from outside."""
        return self._channels.lines_dialled()

    def link_lost(self, at: float) -> list[Call]:
        """The connection has ended; open calls wait for the next one's snapshot.

        The next connection must ask CoreShowChannels: calls that it does not show are then told
        with what was known when the link was lost. Those that many connections, all cut before
        their snapshot, did not show are told here, so nothing waits for ever.

        Args:
            at: When it ended, in seconds on the source's clock.
        """
        self._drop_unseen(LINKS_WITHOUT_A_SIGN)
        self._channels.link_lost()
        self._lost_at = at
        return self._taken()

    # A channel's life

    def _newchannel(self, frame: Frame) -> None:
        if not names_one_channel(frame):
            return
        channel = self._channels.appeared(frame)
        call = self._calls.get(channel.uniqueid)
        if call and call.called is None:  # a snapshot has overtaken the event
            call.called = frame.get("Exten", "")
        if frame.get("ChannelState") == _RING and channel.call is None:
            self._channels.calls_from(channel, frame.get("Context", ""))
            self._begin(channel, frame, frame.get("Exten", ""), self._now)

    def _begin(self, channel: Channel, frame: Frame, called: str | None, start: float) -> None:
        """Somebody calls: from a line, or from a phone of the company."""
        inbound = channel.role is Role.LINE or (
            channel.role is Role.INNER and self._site.takes_calls(frame.get("Context", ""))
        )
        if inbound or channel.role is Role.PHONE:
            direction = Direction.INBOUND if inbound else Direction.INTERNAL
            self._open(channel, direction, frame.get("CallerIDNum", ""), called, start)

    def _open(
        self, channel: Channel, direction: Direction, caller: str, called: str | None, start: float
    ) -> None:
        channel.call = channel.uniqueid
        self._calls[channel.uniqueid] = OpenCall(
            channel.uniqueid, direction, caller, called, start, channel.role
        )

    def _newstate(self, frame: Frame) -> None:
        call = self._calls.get(frame.get("Uniqueid", ""))
        if call and frame.get("ChannelState") == _BUSY:
            call.refused()

    def _hangup_request(self, frame: Frame) -> None:
        """The far end of a channel hung up; after Congestion() and Busy() it is the PBX's doing."""
        uniqueid = frame.get("Uniqueid", "")
        call = self._calls.get(uniqueid)
        if call and frame.get("ChannelState") != _BUSY:
            call.left(self._now)
        channel = self._channels.get(uniqueid)
        if channel is None:
            return
        leg_of = self._calls.get(channel.call or "")
        if leg_of:
            leg_of.journey.leg_hung_up(uniqueid, frame.get("Cause", ""))
        if channel.is_person:
            for other in self._channels.connected_with(uniqueid):
                heard = self._calls.get(other.uniqueid)
                if heard and heard.hung_up_by is None:
                    heard.hung_up_by = EndedBy.CALLEE

    def _hangup(self, frame: Frame) -> None:
        uniqueid = frame.get("Uniqueid", "")
        self._channels.gone(uniqueid)
        self._finish(uniqueid, self._now, ended=True)

    # Dials and bridges

    def _dial_begin(self, frame: Frame) -> None:
        leg = self._channels.dialled(frame)
        if leg is None:
            return
        if "Uniqueid" not in frame:
            self._originated(leg, frame)
            return
        call = self._calls.get(leg.call or "")
        if call is None or leg.role not in (Role.PHONE, Role.LINE):
            return
        call.journey.rings(leg.uniqueid)
        if leg.role is Role.PHONE:
            call.rang[leg.number] = None
        elif call.direction is Direction.INTERNAL and not (call.rang or call.journey.queues):
            call.direction = Direction.OUTBOUND  # a line for a colleague who is out changes nothing

    def _originated(self, leg: Channel, frame: Frame) -> None:
        """The PBX itself rings a phone (click to call); the number wanted is its caller id.

        Ours is in the name, where the number is what the customer is to see (`ringing.dialling`).
        """
        if leg.uniqueid in self._calls:
            return
        name = frame.get("DestCallerIDName", "")
        called = name if _NUMBER.fullmatch(name) else frame.get("DestCallerIDNum", "")
        outside = to_e164(called, self._site.country) is not None
        direction = Direction.OUTBOUND if outside else Direction.INTERNAL
        self._open(leg, direction, leg.number, called, self._now)
        self._calls[leg.uniqueid].journey.rings(leg.uniqueid)

    def _dial_end(self, frame: Frame) -> None:
        leg = self._channels.get(frame.get("DestUniqueid", ""))
        call = self._calls.get(leg.call or "") if leg else None
        if leg is None or call is None:
            return
        status = frame.get("DialStatus", "")
        if frame.get("Forward") or (leg.uniqueid == leg.call and status == "ANSWER"):
            call.journey.leg_gave_way(leg.uniqueid)  # another one is dialled for it
        else:
            call.journey.leg_ended(leg.uniqueid, status)

    def _bridge_enter(self, frame: Frame) -> None:
        entered = self._channels.entered(frame)
        if entered is None:
            return
        call = self._calls.get(entered.uniqueid)
        if call:
            call.talked_until = None
        for channel in (entered, *self._channels.connected_with(entered.uniqueid)):
            self._note_connection(channel.uniqueid)

    def _note_connection(self, uniqueid: str) -> None:
        call = self._calls.get(uniqueid)
        if call:
            call.connected(self._channels.connected_with(uniqueid), self._now)

    def _bridge_leave(self, frame: Frame) -> None:
        left = self._channels.left(frame)
        call = self._calls.get(left.uniqueid) if left else None
        # Parked is on hold, also while the PBX rings back for whoever parked the caller.
        if call and call.answered_at is not None and not is_holding(frame):
            call.talked_until = self._now

    def _blind_transfer(self, frame: Frame) -> None:
        """The transferee is the caller, or the Local half through which the caller is heard.

        A phone that hands over the call which it began is out of it.
        """
        began_it = self._calls.get(frame.get("TransfererUniqueid", ""))
        if began_it:
            began_it.left(self._now)
        transferee = frame.get("TransfereeUniqueid", "")
        heard = [channel.uniqueid for channel in self._channels.connected_with(transferee)]
        for uniqueid in (transferee, *heard):
            call = self._calls.get(uniqueid)
            if call:
                call.handed_over = True

    def _follow_caller(self, frame: Frame) -> None:
        """The caller's own channel tells places; another one's mailbox waits to be heard."""
        uniqueid = frame.get("Uniqueid", "")
        call = self._calls.get(uniqueid)
        if call:
            follow(call, frame, self._site)
        elif leads_to_mailbox(frame, self._site):
            channel = self._channels.get(uniqueid)
            if channel:
                channel.in_voicemail = True

    # The link

    def _shown(self, frame: Frame) -> None:
        """A snapshot shows a channel; one that nobody dialled is a call that began unseen."""
        if not names_one_channel(frame):
            return
        channel = self._channels.appeared(frame)
        began_it = frame.get("Linkedid") == channel.uniqueid and not channel.dialled
        if began_it and channel.call is None:
            self._begin(channel, frame, None, self._now - seconds_of(frame.get("Duration", "")))

    def _snapshot_complete(self, _: Frame) -> None:
        self._drop_unseen(links=1)
        for uniqueid in list(self._calls):
            self._note_connection(uniqueid)

    def _drop_unseen(self, links: int) -> None:
        for uniqueid in self._channels.unseen(links):
            self._channels.gone(uniqueid)
            self._finish(uniqueid, self._lost_at, ended=False)

    # Bookkeeping

    def _finish(self, uniqueid: str, end: float, *, ended: bool) -> None:
        call = self._calls.pop(uniqueid, None)
        if call:
            self._ended.append(call.told(self._site.country, end, ended))

    def _taken(self) -> list[Call]:
        ended, self._ended = self._ended, []
        return ended
