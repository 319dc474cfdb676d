"""Compares the calls told of a trace with what its callers and phones wrote down.

Right means: outcome, reason, queues, answered_by and ended_by are equal, and the times are within a
second. What a narrow AMI user can't see is listed by scenario in `UNSEEN_BY_NARROW`; all else is
asked of it too. `tests/data/traces/README.md` tells the fields.
"""

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from ringback.calls import Call, Direction
from ringback.phone import to_e164

Truth = Mapping[str, Any]
TOLERANCE_S = 1.0

_VOICEMAIL = ("reason",), "which application answered is told by read=dialplan alone"
_NOBODY_THERE = ("queues", "reason"), "JOINEMPTY is only a variable, QUEUESTATUS: no queue is seen"
_DISTURB_NOT = ("reason",), "Busy() is an application: nothing else tells it from a phone away"
_AFTER_QUEUE = ("reason",), "going on from a queue to a menu sends Newexten alone"
UNSEEN_BY_NARROW: Mapping[str, tuple[tuple[str, ...], str]] = {
    "after_hours_voicemail": _VOICEMAIL,
    "c2c_local_voicemail_trap": _VOICEMAIL,
    "direct_busy_voicemail": _VOICEMAIL,
    "direct_do_not_disturb": _DISTURB_NOT,
    "direct_voicemail_left": _VOICEMAIL,
    "ivr_to_voicemail": _VOICEMAIL,
    "menu_to_closed": (("reason",), "a jump from context to context sends Newexten alone"),
    "queue_agent_voicemail_trap": _VOICEMAIL,
    "queue_exit_callback_not_confirmed": _AFTER_QUEUE,
    "queue_joinempty": _NOBODY_THERE,
    "queue_joinempty_abandon": _NOBODY_THERE,
    "queue_joinempty_second_queue_answered": (("queues",), _NOBODY_THERE[1]),
    "queue_leavewhenempty": (("reason",), "LEAVEEMPTY is only a variable, QUEUESTATUS"),
    "queue_strict_empty": _NOBODY_THERE,
    "queue_timeout_menu_abandon": _AFTER_QUEUE,
    "queue_timeout_voicemail": _VOICEMAIL,
    "ringgroup_hunt_voicemail": _VOICEMAIL,
    "ringgroup_local_voicemail_trap": _VOICEMAIL,
}
"""Scenarios that the narrow user hears less of: the fields that are wrong, and why."""

IN_NO_TRUTH: Mapping[str, str] = {
    r"\*.*": "a feature code: pickup, do not disturb",
    r"70?1": "fetches a parked call",
    r"791": "an agent signs in by calling",
    r"800": "enters a conference",
}
"""Numbers of the office that a phone dials without calling anybody."""


@dataclass
class Tally:
    """How the traces of one folder are told."""

    traces: int = 0
    traces_right: int = 0
    calls: int = 0
    calls_right: int = 0
    wrong: list[str] = field(default_factory=list)

    def add(self, name: str, truths: Sequence[Truth], found: Sequence[str]) -> None:
        """Counts a trace in, with what was found wrong about it."""
        calls = sum(not _left_out(truth) for truth in truths)
        self.traces += 1
        self.traces_right += not found
        self.calls += calls
        self.calls_right += calls - len(found)
        self.wrong += [f"{name}: {fault}" for fault in found]


def faults(truths: Sequence[Truth], calls: Sequence[Call]) -> list[str]:
    """One sentence for each call from outside that is told wrong, not told, or was never made."""
    found = []
    told = sorted((c for c in calls if c.direction is Direction.INBOUND), key=lambda c: c.start)
    inbound = (truth for truth in truths if truth["direction"] == "inbound")
    for truth in sorted(inbound, key=lambda truth: float(truth["t_start"])):
        call = next((call for call in told if _key(call) == _true_key(truth)), None)
        if call is not None:
            told.remove(call)
        if _left_out(truth):
            continue
        wrong = ["not told"] if call is None else _differences(truth, call)
        if wrong:
            found.append(f"{truth['caller']} at {truth['t_start']}: {', '.join(wrong)}")
    found += [f"nobody made {call.caller} at {call.start}" for call in told]
    return found + _outgoing_faults(truths, calls)


def _outgoing_faults(truths: Sequence[Truth], calls: Sequence[Call]) -> list[str]:
    """The same for calls that began inside."""
    found = []
    left = [call for call in calls if call.direction is not Direction.INBOUND]
    for truth in (truth for truth in truths if truth["direction"] != "inbound"):
        who = (truth["direction"], truth["caller"], _person(truth["callee"]))
        told = [c for c in left if (c.direction, c.caller, _person(c.callee)) == who]
        wrong = _differences(truth, told[0]) if told else ["not told"]
        if told:
            left.remove(told[0])
        if wrong:
            found.append(f"{truth['caller']} to {truth['callee']}: {', '.join(wrong)}")
    consulting = {truth["answered_by"] for truth in truths if truth["direction"] == "inbound"}
    for call in left:
        if call.caller in consulting or _in_no_truth(call.callee or ""):
            continue  # a phone that has a caller asks somebody else first, or a number of the office
        found.append(f"nobody made {call.caller} to {call.callee} at {call.start}")
    return found


def _in_no_truth(number: str) -> bool:
    return any(re.fullmatch(pattern, number) for pattern in IN_NO_TRUTH)


def _key(call: Call) -> tuple[str | None, str | None]:
    return "withheld" if call.withheld else call.caller_e164, call.did_e164


def _true_key(truth: Truth) -> tuple[str | None, str | None]:
    withheld = truth.get("withheld") or truth["caller"] == "anonymous"
    return "withheld" if withheld else truth["caller_e164"], to_e164(truth["did"])


def _left_out(truth: Truth) -> bool:
    """AMI never showed the call, or not the part that decides."""
    unseen = ("undetectable", "never_reached_dialplan", "started_in_gap")
    ended_unseen = truth.get("ended_in_gap") and truth["outcome"] != "answered"
    return bool(ended_unseen or any(truth.get(mark) for mark in unseen))


def _differences(truth: Truth, call: Call) -> list[str]:
    if truth.get("ambiguous"):
        return []
    lost = truth.get("lost_in_restart")
    if lost and truth["outcome"] == "missed":
        return ["outcome"] if call.outcome == "answered" else []
    cut = lost or truth.get("across_gap")
    told: dict[str, object] = {
        "outcome": call.outcome,
        "answered_by": _person(call.answered_by),
        "queues": list(call.queues),
        "reason": _reason(truth, call.reason),
    }
    was: dict[str, object] = {
        "outcome": truth["outcome"],
        "answered_by": _person(truth["answered_by"]),
        "queues": truth["queues"],
        "reason": truth["reason"],
    }
    if not cut:
        told["ended_by"], was["ended_by"] = call.ended_by, truth["ended_by"]
    wrong = [field for field in was if told[field] != was[field]]
    return wrong if cut else wrong + _wrong_times(truth, call)


def _wrong_times(truth: Truth, call: Call) -> list[str]:
    times = {"wait_s": call.wait_s}
    if not truth.get("transferred_to"):  # whose talk it was is a matter of taste
        times["talk_s"] = call.talk_s
    return [field for field, told in times.items() if abs(told - truth[field]) > TOLERANCE_S]


def _person(number: str | None) -> str | None:
    return number and (to_e164(number) or number)


def _reason(truth: Truth, told: str | None) -> str | None:
    """The truth itself says of some that either of two reasons will do."""
    either = "abandoned_in_queue is acceptable" in truth.get("note", "")
    return truth["reason"] if either and told in ("abandoned_in_queue", truth["reason"]) else told
