"""Why a call was missed: where its caller has been, and what came of it. Pure.

In: the tracker's news of one caller (a menu, a dial, a queue, a mailbox), in order. Out: the queues
visited and one `Reason`. Second step of the call tracker.

The last place that tried to serve the caller decides: a queue that timed out into a mailbox is
`voicemail`, a menu entered from a queue and left by hanging up is `abandoned_in_ivr`; our own menu for
callbacks is none that serves, and leaves it `abandoned_in_queue`.
"""

from dataclasses import dataclass, field
from enum import Enum

from ringback.calls import EndedBy, Reason

_DIAL_RESULTS = {
    "BUSY": Reason.BUSY,
    "CHANUNAVAIL": Reason.UNAVAILABLE,
    "CONGESTION": Reason.UNAVAILABLE,
    "NOANSWER": Reason.NO_ANSWER,
    "CANCEL": Reason.NO_ANSWER,
}
"""What Asterisk says of a dial (DialEnd, DIALSTATUS)."""

_DECLINED = {"17": Reason.BUSY, "21": Reason.BUSY}
"""Q.850 causes with which a phone itself ends its leg; DialEnd says NOANSWER of a 603 (21)."""

_QUEUE_RESULTS = {
    "TIMEOUT": Reason.QUEUE_TIMEOUT,
    "FULL": Reason.BUSY,
    "LEAVEEMPTY": Reason.QUEUE_EMPTY,
    "LEAVEUNAVAIL": Reason.QUEUE_EMPTY,
    "JOINEMPTY": Reason.QUEUE_EMPTY,
    "JOINUNAVAIL": Reason.QUEUE_EMPTY,
}
"""QUEUESTATUS, which Asterisk sets when a caller leaves a queue unanswered."""


class Place(Enum):
    """Where a caller can be while nobody speaks with them."""

    CLOSED = "closed"
    MENU = "menu"
    DIAL = "dial"
    QUEUE = "queue"
    MAILBOX = "mailbox"


@dataclass(slots=True)
class Stage:
    """One stay at a place, and what came of it so far."""

    place: Place
    result: Reason | None = None
    legs: dict[str, Reason] = field(default_factory=dict)


@dataclass(slots=True)
class Journey:
    """Where one caller has been."""

    queues: list[str] = field(default_factory=list)
    callback_ordered: bool = False
    _stages: list[Stage] = field(default_factory=list)
    _asked_queue: str | None = None
    _waiting: bool = False

    @property
    def began(self) -> bool:
        """Whether anything is known of it."""
        return bool(self._stages)

    @property
    def waiting(self) -> bool:
        """Whether the caller is in a queue now."""
        return self._waiting

    def waits_in(self, queue: str) -> bool:
        """Whether the caller is in this queue now."""
        return self._waiting and self.queues[-1] == queue

    def menu(self) -> None:
        """The caller hears a menu."""
        self._at(Place.MENU)

    def callback_menu(self) -> None:
        """The caller may choose when to be rung.

        Who came there out of a queue and chooses nothing has given up waiting in that queue; a menu
        between the two is FreePBX's way out of a queue by a digit.
        """
        places = [stage.place for stage in self._stages]
        if places[-2:] == [Place.QUEUE, Place.MENU]:
            self._stages.pop()
        elif places[-1:] != [Place.QUEUE]:
            self._at(Place.MENU)

    def closed(self) -> None:
        """The caller is told that it is closed; said after a try it is only an announcement."""
        if all(stage.place in (Place.MENU, Place.CLOSED) for stage in self._stages):
            self._at(Place.CLOSED)

    def mailbox(self) -> None:
        """The caller reached voicemail."""
        self._at(Place.MAILBOX)

    def rings(self, leg: str) -> None:
        """A phone or a line is dialled for the caller; in a queue that changes nothing."""
        if not self._waiting:
            self._at(Place.DIAL).legs[leg] = Reason.NO_ANSWER

    def leg_ended(self, leg: str, dial_status: str) -> None:
        """A dial is over for one leg; it may be told several times, the first counts."""
        self._leg_told(leg, _DIAL_RESULTS.get(dial_status))

    def leg_gave_way(self, leg: str) -> None:
        """A phone sent the call on, or the one who ordered a call is there to make it."""
        if self._stages:
            self._stages[-1].legs.pop(leg, None)

    def leg_hung_up(self, leg: str, cause: str) -> None:
        """The far end of a leg hung up by itself."""
        self._leg_told(leg, _DECLINED.get(cause))

    def _leg_told(self, leg: str, told: Reason | None) -> None:
        legs = self._stages[-1].legs if self._stages else {}
        if told and legs.get(leg) is Reason.NO_ANSWER:
            legs[leg] = told

    def dial_status(self, status: str) -> None:
        """The dialplan set DIALSTATUS: all there is when no phone could be dialled."""
        result = _DIAL_RESULTS.get(status)
        if result and not self._waiting:
            self._at(Place.DIAL).result = result

    def refused_as_busy(self) -> None:
        """The dialplan itself says busy, of someone whom it did not dial (do not disturb)."""
        if not self._stages or self._stages[-1].place in (Place.MENU, Place.CLOSED):
            self._at(Place.DIAL).result = Reason.BUSY

    def asked_queue(self, name: str) -> None:
        """The dialplan called Queue(); a queue that refuses gives no other sign of its name."""
        self._asked_queue = name

    def joined(self, queue: str) -> None:
        """The caller waits in a queue."""
        self._asked_queue, self._waiting = None, True
        self.queues.append(queue)
        self._at(Place.QUEUE).result = Reason.ABANDONED_IN_QUEUE

    def gave_up(self, by_caller: bool) -> None:
        """The queue lost the caller unanswered: by hanging up, or (so far) by a time-out."""
        if not by_caller:
            self._at(Place.QUEUE).result = Reason.QUEUE_TIMEOUT

    def left_queue(self) -> None:
        """The caller is out of the queue: given up, answered, or by a digit."""
        self._waiting = False

    def queue_status(self, status: str) -> None:
        """The dialplan set QUEUESTATUS."""
        result = _QUEUE_RESULTS.get(status)
        if result is None:
            return
        if self._asked_queue is not None:
            self.queues.append(self._asked_queue)
            self._asked_queue = None
        self._at(Place.QUEUE).result = result

    def reason(self, ended_by: EndedBy) -> Reason:
        """Why the call was missed, once the caller is gone."""
        if self.callback_ordered:
            return Reason.CALLBACK_REQUESTED
        stages = self._stages
        if not stages:
            return Reason.NO_ANSWER if ended_by is EndedBy.CALLER else Reason.UNAVAILABLE
        last, before = stages[-1], stages[-2] if len(stages) > 1 else None
        back = last.place is Place.MENU and ended_by is EndedBy.SYSTEM
        if back and before and before.place is not Place.CLOSED:
            last = before  # the dialplan came back to the menu's context only to hang up
        return _told_by(last)

    def _at(self, place: Place) -> Stage:
        if not self._stages or self._stages[-1].place is not place:
            self._stages.append(Stage(place))
        return self._stages[-1]


def _told_by(stage: Stage) -> Reason:
    match stage.place:
        case Place.CLOSED:
            return Reason.AFTER_HOURS
        case Place.MENU:
            return Reason.ABANDONED_IN_IVR
        case Place.MAILBOX:
            return Reason.VOICEMAIL
        case Place.QUEUE:
            return stage.result or Reason.ABANDONED_IN_QUEUE
        case Place.DIAL:
            return _of_legs(stage)


def _of_legs(stage: Stage) -> Reason:
    """One phone that rang out outweighs others that were busy; busy outweighs unavailable."""
    results = set(stage.legs.values()) or {stage.result or Reason.NO_ANSWER}
    for reason in (Reason.NO_ANSWER, Reason.BUSY):
        if reason in results:
            return reason
    return Reason.UNAVAILABLE
