"""One call at our extension, as far as it is known, and the records made of it. Pure.

In: an INVITE, and what became of it. Out: JSON for the journal and the pipe; in the end a
`ringback.calls.Call` and, when 1 was pressed, a `CallbackRequest`.
"""

import hashlib
import json
from dataclasses import asdict, dataclass
from datetime import UTC, datetime

from pbx_adapter.sip import headers
from pbx_adapter.sip.messages import Message
from ringback.callbacks import CallbackRequest
from ringback.calls import Call, Direction, EndedBy, Outcome, Reason
from ringback.phone import to_e164

PRESSED = "pressed_1"


@dataclass(frozen=True, slots=True)
class SipCall:
    """A call that was forwarded to us; times in epoch seconds.

    Attributes:
        uniqueid: Made from the Call-ID, so a call told twice is the same one.
        number: The caller as delivered, `anonymous` when hidden.
        withheld: The caller hid the number.
        dialled: What the caller dialled, or None.
        reason: Why nobody answered at the PBX.
        began_s: The INVITE came.
        asked_s: The caller pressed 1.
        ended_s: It was over; None: not yet, or we were ended in the middle.
        ended_by: Who ended it, where that is known.
    """

    uniqueid: str
    number: str
    withheld: bool
    dialled: str | None
    reason: Reason
    began_s: float
    asked_s: float | None = None
    ended_s: float | None = None
    ended_by: EndedBy | None = None

    def to_json(self) -> str:
        """One line."""
        return json.dumps(asdict(self))

    @classmethod
    def from_json(cls, text: str) -> "SipCall":
        """The call again; ValueError, KeyError or TypeError when it is none."""
        fields = json.loads(text)
        by = fields.pop("ended_by")
        return cls(
            **{**fields, "reason": Reason(fields["reason"])}, ended_by=EndedBy(by) if by else None
        )


def uniqueid_of(call_id: str) -> str:
    """The call's name with us, of a Call-ID."""
    return f"sip-{hashlib.sha256(call_id.encode(errors='replace')).hexdigest()[:24]}"


def begun(invite: Message, own: str, now_s: float) -> SipCall:
    """The call of an INVITE that came now; `own` is our extension."""
    caller = headers.caller_of(invite)
    return SipCall(
        uniqueid=uniqueid_of(invite.call_id),
        number=caller.number,
        withheld=caller.withheld,
        dialled=headers.dialled_of(invite, own),
        reason=headers.reason_of(invite),
        began_s=now_s,
    )


def can_be_rung(call: SipCall, country: str) -> bool:
    """Whether a callback makes sense."""
    return not call.withheld and to_e164(call.number, country) is not None


def finished(call: SipCall, country: str) -> Call:
    """The record; a call cut off by our own end counts until the last moment known."""
    end_s = call.ended_s or call.asked_s or call.began_s
    return Call(
        uniqueid=call.uniqueid,
        direction=Direction.INBOUND,
        caller=call.number,
        caller_e164=None if call.withheld else to_e164(call.number, country),
        withheld=call.withheld,
        did=call.dialled,
        did_e164=to_e164(call.dialled, country) if call.dialled else None,
        callee=None,
        outcome=Outcome.MISSED,
        reason=Reason.CALLBACK_REQUESTED if call.asked_s else call.reason,
        queues=(),
        rang=(),
        answered_by=None,
        ended_by=call.ended_by,
        wait_s=end_s - call.began_s,
        talk_s=0.0,
        start=call.began_s,
        end=end_s,
    )


def callback(call: SipCall, country: str) -> CallbackRequest | None:
    """The wish to be rung, if one was made that can be fulfilled."""
    number = None if call.withheld else to_e164(call.number, country)
    if call.asked_s is None or number is None:
        return None
    return CallbackRequest(
        key=f"{call.uniqueid}-{PRESSED}",
        number=number,
        why=PRESSED,
        call_uniqueid=call.uniqueid,
        from_at=None,
        to_at=None,
        asked_at=datetime.fromtimestamp(call.asked_s, UTC),
    )
