"""Do events really arrive? Causes some, waits for others, and judges what was heard.

In: an interview and what the installer allows. Out: `Heard`, and findings from it.

A test call to nowhere asks for a Local channel of a context that does not exist: Asterisk makes both
halves and hangs them up at once, so that nobody is rung, no dialplan runs, and the events come.

Source: Asterisk 16.28 and 22.10; such a call sends Newchannel and Hangup (class call) and Newexten
(dialplan). A phone that rings and is a queue's member sends QueueMemberStatus (agent).
"""

from collections.abc import Mapping
from dataclasses import dataclass, field
from uuid import uuid4

from pbx_adapter.doctor.findings import Finding, counted, fault, note, ok, warning
from pbx_adapter.doctor.interview import MARK, Classes, Interview

CHECK = "events"
NOWHERE = f"Local/call@{MARK}"
_WITH_CALLS = "--test-call (rings nobody), with --call PHONE, or with "
_ECHO_S = 2.0
RING_S = 15
"""How long a phone rings in a test call."""
_CALL_S = RING_S + 5.0
_ANSWERED = "4"  # AST_CONTROL_ANSWER


@dataclass(frozen=True, slots=True)
class TestCall:
    """What became of a test call.

    Attributes:
        channel: Who was called; `NOWHERE` is nobody.
        seen: Names of the events that it sent.
        reason: Asterisk's code for how it ended; "" when it did not say.
    """

    channel: str
    seen: frozenset[str]
    reason: str = ""

    @property
    def rang(self) -> bool:
        """Whether a phone rang, so that its queues must have told its state."""
        return self.channel != NOWHERE and "Newstate" in self.seen

    @property
    def tells_dialplan(self) -> bool:
        """Whether it sent an event of the class dialplan to whoever holds it.

        One whose phone did not ring sends none.
        """
        return self.rang or (self.channel == NOWHERE and {"Newchannel", "Hangup"} <= self.seen)


@dataclass(frozen=True, slots=True)
class Heard:
    """What came while we listened.

    Attributes:
        classes: Read classes that are certainly held.
        events: How many events came, by name.
        echoed: Whether our own UserEvent came back; None when none could be sent.
        call: The test call, if one was made.
        came_and_went: A call that went into the dialplan was heard from its beginning to its end.
        may_call: Whether the user may make test calls.
        refused_call: A test call was allowed by the installer, and not by manager.conf.
        waited_s: Seconds.
    """

    classes: Classes = frozenset()
    events: Mapping[str, int] = field(default_factory=dict)
    echoed: bool | None = None
    call: TestCall | None = None
    came_and_went: bool = False
    may_call: bool = True
    refused_call: bool = False
    waited_s: float = 0.0


async def listen(interview: Interview, channel: str | None, listen_s: float) -> Heard:
    """Sends a UserEvent, makes the test call (None: makes none), and waits for real calls.

    Args:
        interview: With the PBX.
        channel: Whom to call.
        listen_s: Ends sooner when a call was heard from beginning to end.

    Raises:
        RingbackError: As `AmiConnection.action`.
    """
    ears = interview.ears
    echoed = await _echo(interview) if interview.may("UserEvent") else None
    may_call = channel is not None and interview.may("Originate")
    call = await _call(interview, channel) if channel is not None and may_call else None
    if call is None:
        await ears.until(lambda: {"Newchannel", "Hangup"} <= set(ears.events), listen_s)
    return Heard(
        classes=frozenset(ears.classes),
        events=dict(ears.events),
        echoed=echoed,
        call=call,
        came_and_went=ears.came_and_went,
        may_call=interview.may("Originate"),
        refused_call=channel is not None and not may_call,
        waited_s=listen_s,
    )


async def _echo(interview: Interview) -> bool:
    token = f"{MARK}-{uuid4().hex}"
    await interview.ask("UserEvent", {"UserEvent": "RingbackDoctor", "Token": token})
    own = interview.ears.own
    return await interview.ears.until(
        lambda: any(frame.get("Token") == token for frame in own), _ECHO_S
    )


async def _call(interview: Interview, channel: str) -> TestCall:
    uniqueid = f"{MARK}-{uuid4().hex}"
    own = interview.ears.own

    def seen() -> frozenset[str]:
        frames = (f for f in own if any(uniqueid in value for value in f.values()))
        return frozenset(frame.get("Event", "") for frame in frames)

    fields = {
        "Channel": channel,
        "Application": "Wait",
        "Data": "1",
        "ChannelId": uniqueid,
        "Timeout": str(RING_S * 1000),
        "CallerID": '"Ringback test" <0>',
    }
    if not await interview.ask("Originate", fields):
        return TestCall(channel, frozenset())
    ended_s = _ECHO_S if channel == NOWHERE else _CALL_S
    await interview.ears.until(lambda: "OriginateResponse" in seen(), ended_s)
    await interview.ears.until(lambda: "Hangup" in seen(), _ECHO_S)  # just before it, or after
    told = [f.get("Reason", "") for f in own if f.get("Event") == "OriginateResponse"]
    return TestCall(channel, seen(), told[-1] if told else "")


def judged(heard: Heard) -> list[Finding]:
    """Whether events arrive."""
    if heard.call is not None:
        return [_of_call(heard.call, heard.classes)]
    if heard.events.get("Newchannel"):
        number = sum(heard.events.values())
        return [ok(CHECK, f"{counted(number, 'event')} came, real calls among them.")]
    if heard.refused_call:
        return [
            warning(
                CHECK,
                "No test call was made, the user lacks the write class originate, and no real call "
                f"was heard in {heard.waited_s:g} s: it is not proved that calls are seen.",
                "Ring the company from a mobile while this runs with --listen 60.",
            )
        ]
    return [
        note(
            CHECK,
            f"No call was heard in {heard.waited_s:g} s, so it is not proved that calls are seen.",
            f"Run this with {_WITH_CALLS * heard.may_call}--listen 60 while you ring the company.",
        )
    ]


def _of_call(call: TestCall, classes: Classes) -> Finding:
    who = "to nowhere" if call.channel == NOWHERE else f"to {call.channel}"
    if not call.seen and "call" not in classes:
        return fault(
            CHECK,
            f"A test call {who} was made and nothing of it was heard.",
            "Add the class call to read= in manager.conf and run `manager reload`.",
        )
    missing = sorted({"Newchannel", "Hangup"} - call.seen)
    if missing and not (call.channel != NOWHERE and call.seen == {"OriginateResponse"}):
        return fault(
            CHECK,
            f"Of a test call {who} no {' and no '.join(missing)} was heard, though others came.",
            "An eventfilter in manager.conf drops what is needed; take it out, or let these pass.",
        )
    if call.channel == NOWHERE:
        return ok(CHECK, f"A test call {who}, which rang nobody, was heard from beginning to end.")
    if not call.rang:
        return warning(
            CHECK,
            f"A test call {who} did not ring.",
            "Is it registered and free, and is that its name? See the phones below.",
        )
    result = "was answered" if call.reason == _ANSWERED else "rang"
    return ok(CHECK, f"A test call {who} {result} and was heard from beginning to end.")
