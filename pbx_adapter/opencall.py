"""What is known of a call while it lasts, and the record made of it when it ends. Pure.

In: the tracker's findings. Out: `ringback.calls.Call`. Third step of the call tracker.
"""

from dataclasses import dataclass, field

from pbx_adapter.channels import Channel
from pbx_adapter.journey import Journey
from pbx_adapter.site import Role
from ringback.calls import Call, Direction, EndedBy, Outcome
from ringback.phone import to_e164

WITHHELD = "anonymous"
_NO_NUMBER = frozenset(
    {"", "<unknown>", WITHHELD, "restricted", "private", "unavailable", "unknown"}
)


@dataclass(slots=True)
class OpenCall:
    """One call that has not ended.

    Attributes:
        uniqueid: Of the caller's channel.
        direction: An internal call becomes outbound when a line is dialled for it.
        caller: The number as delivered.
        called: The number dialled; None when the beginning of the call was not seen.
        start: When its first channel appeared, on the source's clock.
        role: What is at the far end of the caller's channel.
        withheld: The caller hid the number.
        context: Where the caller was last seen in the dialplan.
        journey: The places that tried to serve the caller.
        rang: Phones that rang, in order.
        answered_by: The first person; set together with `answered_at`.
        answered_at: When the first person was connected.
        talked_until: When the caller left the last bridge; None while in one.
        hung_up_by: Who hung up first, when somebody did.
        left_at: When the caller hung up. Their channel may outlive it, kept by an announcement to
            the person who was to be asked; whoever is connected then speaks with nobody.
        handed_over: The person transferred the caller, and nobody has taken over yet.
    """

    uniqueid: str
    direction: Direction
    caller: str
    called: str | None
    start: float
    role: Role
    withheld: bool = False
    context: str = ""
    journey: Journey = field(default_factory=Journey)
    rang: dict[str, None] = field(default_factory=dict)
    answered_by: str | None = None
    answered_at: float | None = None
    talked_until: float | None = None
    hung_up_by: EndedBy | None = None
    left_at: float | None = None
    handed_over: bool = False

    def connected(self, others: list[Channel], at: float) -> None:
        """The caller hears these channels now."""
        if self.left_at is not None:
            return
        persons = self._persons(others)
        if persons:
            self.talked_until = self.hung_up_by = None
            self.handed_over = False
            if self.answered_at is None:
                self.answered_at, self.answered_by = at, persons[0].number or None
        elif any(channel.in_voicemail for channel in others):
            self.journey.mailbox()

    def left(self, at: float) -> None:
        """The caller hung up."""
        if self.hung_up_by is None:
            self.hung_up_by, self.left_at = EndedBy.CALLER, at

    def _persons(self, others: list[Channel]) -> list[Channel]:
        """Those whose presence makes the call answered.

        For a call from outside another caller is none, though transfers may join the two. A call
        that the PBX began through a Local channel has nobody at its own end: it needs both sides.
        """
        lines = [channel for channel in others if channel.role is Role.LINE]
        phones = [channel for channel in others if channel.role is Role.PHONE]
        if self.role is Role.LOCAL:
            return lines if phones else []
        if self.direction is Direction.INBOUND:
            return [channel for channel in others if channel.is_person]
        return lines + phones

    def refused(self) -> None:
        """The PBX ends the call by Busy() or Congestion(); what looked like the caller was that."""
        if self.left_at is not None:
            self.hung_up_by = self.left_at = None

    def told(self, country: str, end: float, ended: bool) -> Call:
        """The record.

        Args:
            country: ISO 3166 code that national number forms belong to.
            end: When the caller's channel was gone, or last known alive.
            ended: The end was seen; False leaves open what can't be known.
        """
        inbound = self.direction is Direction.INBOUND
        end = end if self.left_at is None else self.left_at
        withheld = self.withheld or self.caller.lower() in _NO_NUMBER
        outcome = self._outcome(ended)
        # A person who transfers a caller to nobody has hung up on them.
        ended_by = self.hung_up_by or (EndedBy.CALLEE if self.handed_over else EndedBy.SYSTEM)
        return Call(
            uniqueid=self.uniqueid,
            direction=self.direction,
            caller=WITHHELD if withheld else self.caller,
            caller_e164=None if withheld else to_e164(self.caller, country),
            withheld=withheld,
            did=self.called if inbound else None,
            did_e164=to_e164(self.called, country) if inbound and self.called else None,
            callee=None if inbound else self.called,
            outcome=outcome,
            reason=self.journey.reason(ended_by) if outcome is Outcome.MISSED else None,
            queues=tuple(self.journey.queues),
            rang=tuple(self.rang),
            answered_by=self.answered_by,
            ended_by=ended_by if ended else None,
            wait_s=round((end if self.answered_at is None else self.answered_at) - self.start, 3),
            talk_s=round(self._talked_s(end), 3),
            start=round(self.start, 3),
            end=round(end, 3),
        )

    def _outcome(self, ended: bool) -> Outcome | None:
        if self.answered_at is not None:
            return Outcome.ANSWERED
        # Of a call that was already up when the link came, an end alone proves nothing: a person
        # may have spoken with the caller before. It must have been seen waiting.
        seen_waiting = self.called is not None or self.journey.began
        return Outcome.MISSED if ended and seen_waiting else None

    def _talked_s(self, end: float) -> float:
        if self.answered_at is None:
            return 0.0
        until = end if self.talked_until is None else min(end, self.talked_until)
        return until - self.answered_at
