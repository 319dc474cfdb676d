"""Where the calls of our tries are: the handler's phone rings, the customer's, they talk. Pure.

In: the frames that the call tracker has just taken in, and its channels. Out: a `Progress` whenever a
try moves on. A try is known by the Uniqueid of the handler's channel (`ringback.attempts`), over any
number of connections; after each login the snapshot tells where those are that are still up.

How it ended is told as far as it is certain. What the last leg to the customer came to counts, told by
the first DialEnd of that leg (further ones contradict it); only a shared bridge is an answer. A handler
who hangs up while the customer's phone rings was away, unless he has let it ring for long.

Source: what recorded traffic of Asterisk 16 and 22 shows; see `docs/asterisk.md`.
"""

from collections.abc import Callable
from dataclasses import dataclass

from pbx_adapter.channels import Channels
from pbx_adapter.frames import Frame
from pbx_adapter.site import Role
from ringback.attempts import Outcome, Phase, Progress, attempt_of

LONG_RING_S = 10.0
"""A customer whose phone rang for so long did not answer, whoever hung up then."""
_MOST = 1000
_RINGING, _UP = "5", "6"  # AMI's ChannelState
_OF_THE_NUMBER = frozenset({"1", "18", "19", "20", "21", "22", "28"})
"""Causes (Q.850) by which a line says something of the number, and not of itself: unallocated, no
answer, switched off, refused, changed, incomplete."""


@dataclass(slots=True)
class _Try:
    """A try's call.

    Attributes:
        phase: That was told last.
        up: The handler has picked up.
        dialled_at: Since when the customer is being dialled, epoch second.
        cause: What the last leg to the customer came to.
        left_as: What it came to when the handler left while the customer's phone rang.
        talked: They were connected.
    """

    phase: Phase = Phase.ASKED
    up: bool = False
    dialled_at: float | None = None
    cause: Outcome | None = None
    left_as: Outcome | None = None
    talked: bool = False

    def ended_as(self) -> Outcome | None:
        """Why the customer was not reached; None when he was."""
        if self.talked:
            return None
        if not self.up:
            return Outcome.HANDLER_AWAY
        nothing_told = Outcome.NOT_DONE if self.dialled_at is None else Outcome.NO_ANSWER
        return self.left_as or self.cause or nothing_told


class Tries:
    """All tries of one PBX whose call is up."""

    def __init__(self, channels: Channels) -> None:
        self._channels = channels
        self._tries: dict[str, _Try] = {}  # by the Uniqueid of the handler's channel
        self._over: dict[str, None] = {}  # the last that ended
        self._told: list[Progress] = []
        self._at_s = 0.0
        self._on: dict[str, Callable[[Frame], None]] = {
            "Newchannel": self._newchannel,
            "Newstate": self._state,
            "DialBegin": self._dial_begin,
            "DialEnd": self._dial_end,
            "BridgeEnter": self._bridge_enter,
            "HangupRequest": self._hangup_request,
            "Hangup": self._hangup,
            "OriginateResponse": self._originate_response,
            "CoreShowChannel": self._shown,
            "CoreShowChannelsComplete": self._snapshot_complete,
        }

    def feed(self, frame: Frame, at_s: float) -> list[Progress]:
        """Takes in a frame that the tracker has taken in; returns what moved on.

        Args:
            frame: As it came from the PBX.
            at_s: When it came, epoch second.
        """
        event = self._on.get(frame.get("Event", ""))
        if event is None:
            return []
        self._at_s = at_s
        event(frame)
        told, self._told = self._told, []
        return told

    def link_lost(self, at_s: float) -> list[Progress]:
        """The connection has ended: until the next one's snapshot nothing is known."""
        self._at_s = at_s
        for uniqueid in self._tries:
            self._tell(uniqueid, Phase.UNKNOWN)
        told, self._told = self._told, []
        return told

    # The handler's channel

    def _newchannel(self, frame: Frame) -> None:
        self._of(frame.get("Uniqueid", ""))

    def _state(self, frame: Frame) -> None:
        """It rings, or was picked up."""
        uniqueid = frame.get("Uniqueid", "")
        tried = self._of(uniqueid)
        if tried is None:
            return
        if frame.get("ChannelState") == _UP:
            tried.up = True
            self._tell(uniqueid, Phase.RINGS_CUSTOMER)
        elif frame.get("ChannelState") == _RINGING:
            self._tell(uniqueid, Phase.RINGS_HANDLER)

    def _hangup_request(self, frame: Frame) -> None:
        """The handler hung up; what the PBX itself ends is told by other events."""
        tried = self._tries.get(frame.get("Uniqueid", ""))
        if tried is None or tried.talked or tried.cause or not tried.up:
            return
        rang_s = 0.0 if tried.dialled_at is None else self._at_s - tried.dialled_at
        tried.left_as = Outcome.NO_ANSWER if rang_s >= LONG_RING_S else Outcome.HANDLER_AWAY

    def _hangup(self, frame: Frame) -> None:
        uniqueid = frame.get("Uniqueid", "")
        tried = self._tries.get(uniqueid)
        if tried:
            self._end(uniqueid, tried.ended_as())
            return
        of = self._tries.get(frame.get("Linkedid", ""))
        if of and of.cause is Outcome.NOT_DONE and frame.get("Cause") in _OF_THE_NUMBER:
            of.cause = Outcome.NO_ANSWER

    def _originate_response(self, frame: Frame) -> None:
        """Where there never was a channel (a phone that is not registered) nothing else tells."""
        uniqueid = frame.get("ActionID", "")
        if frame.get("Response") == "Failure" and self._of(uniqueid):
            self._end(uniqueid, Outcome.HANDLER_AWAY)

    # The customer's

    def _dial_begin(self, frame: Frame) -> None:
        tried = self._dialler(frame)
        if tried:
            tried.cause = None
            if tried.dialled_at is None:
                tried.dialled_at = self._at_s

    def _dial_end(self, frame: Frame) -> None:
        tried = self._dialler(frame)
        status = frame.get("DialStatus", "")
        if tried is None or tried.cause or status == "ANSWER":
            return
        match status:
            case "BUSY":
                tried.cause = Outcome.BUSY
            case "CONGESTION" | "CHANUNAVAIL":
                tried.cause = Outcome.NOT_DONE
            case _:
                tried.cause = Outcome.NO_ANSWER

    def _dialler(self, frame: Frame) -> _Try | None:
        """The try that dials, by itself or through Local channels."""
        dialler = frame.get("Uniqueid", "")
        return self._tries.get(dialler) or self._tries.get(self._channels.call_of(dialler) or "")

    def _bridge_enter(self, frame: Frame) -> None:
        """Who came into the bridge, and who is there: one of them may be a try's handler."""
        if not self._tries:
            return
        entered = frame.get("Uniqueid", "")
        near = (channel.uniqueid for channel in self._channels.connected_with(entered))
        for uniqueid in (entered, *near):
            tried = self._tries.get(uniqueid)
            if tried and not tried.talked and self._is_talking(uniqueid):
                tried.talked = True
                self._tell(uniqueid, Phase.TALKING)

    def _is_talking(self, uniqueid: str) -> bool:
        """Also with whom the PBX dialled by a line that the site file does not name."""
        return any(
            channel.is_person or (channel.dialled and channel.role is not Role.LOCAL)
            for channel in self._channels.connected_with(uniqueid)
        )

    # The link

    def _shown(self, frame: Frame) -> None:
        """A snapshot shows the handler's channel; who dials the customer since when is not known."""
        tried = self._of(frame.get("Uniqueid", ""))
        if tried and frame.get("ChannelState") == _UP:
            tried.up = True
            tried.dialled_at = tried.dialled_at or self._at_s

    def _snapshot_complete(self, _: Frame) -> None:
        """Those that ended unheard are forgotten: what they came to is told by the call's record."""
        for uniqueid in [one for one in self._tries if self._channels.get(one) is None]:
            self._forget(uniqueid)
        for uniqueid, tried in self._tries.items():
            tried.talked |= self._is_talking(uniqueid)
            talks = Phase.TALKING if tried.talked else Phase.RINGS_CUSTOMER
            self._tell(uniqueid, talks if tried.up else Phase.RINGS_HANDLER)

    # Bookkeeping

    def _of(self, uniqueid: str) -> _Try | None:
        """The try of this channel; None when the channel is no try's, or it is over."""
        if uniqueid not in self._tries and uniqueid not in self._over and attempt_of(uniqueid):
            self._tries[uniqueid] = _Try()
            if len(self._tries) > _MOST:
                self._forget(next(iter(self._tries)))
        return self._tries.get(uniqueid)

    def _tell(self, uniqueid: str, phase: Phase, cause: Outcome | None = None) -> None:
        tried = self._tries[uniqueid]
        if tried.phase is not phase:
            tried.phase = phase
            self._told.append(Progress(uniqueid, phase, self._at_s, cause))

    def _end(self, uniqueid: str, cause: Outcome | None) -> None:
        self._tell(uniqueid, Phase.ENDED, cause)
        self._forget(uniqueid)

    def _forget(self, uniqueid: str) -> None:
        del self._tries[uniqueid]
        self._over[uniqueid] = None
        if len(self._over) > _MOST:
            del self._over[next(iter(self._over))]
