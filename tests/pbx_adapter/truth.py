"""Compares the calls told of a trace with what its callers and phones wrote down.

Right means: outcome, reason, queues, answered_by and ended_by are equal, and the times are within a
second. Of a narrow AMI user only outcome and answered_by are asked. `tests/data/traces/README.md`
tells the fields.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from ringback.calls import Call, Direction
from ringback.phone import to_e164

Truth = Mapping[str, Any]
TOLERANCE_S = 1.0


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


def faults(truths: Sequence[Truth], calls: Sequence[Call], *, narrow: bool) -> list[str]:
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
        wrong = ["not told"] if call is None else _differences(truth, call, narrow)
        if wrong:
            found.append(f"{truth['caller']} at {truth['t_start']}: {', '.join(wrong)}")
    found += [f"nobody made {call.caller} at {call.start}" for call in told]
    return found + _outgoing_faults(truths, calls, narrow)


def _outgoing_faults(truths: Sequence[Truth], calls: Sequence[Call], narrow: bool) -> list[str]:
    """The same for calls that began inside; feature codes that a phone dialled are in no truth."""
    found = []
    for truth in (truth for truth in truths if truth["direction"] != "inbound"):
        who = (truth["direction"], truth["caller"], _person(truth["callee"]))
        told = [c for c in calls if (c.direction, c.caller, _person(c.callee)) == who]
        wrong = _differences(truth, told[0], narrow) if told else ["not told"]
        if wrong:
            found.append(f"{truth['caller']} to {truth['callee']}: {', '.join(wrong)}")
    return found


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


def _differences(truth: Truth, call: Call, narrow: bool) -> list[str]:
    if truth.get("ambiguous"):
        return []
    lost = truth.get("lost_in_restart")
    if lost and truth["outcome"] == "missed":
        return ["outcome"] if call.outcome == "answered" else []
    cut = lost or truth.get("across_gap")
    told: dict[str, object] = {"outcome": call.outcome, "answered_by": _person(call.answered_by)}
    was: dict[str, object] = {
        "outcome": truth["outcome"],
        "answered_by": _person(truth["answered_by"]),
    }
    if not narrow:
        told |= {"queues": list(call.queues), "reason": _reason(truth, call.reason)}
        was |= {"queues": truth["queues"], "reason": truth["reason"]}
    if not narrow and not cut:
        told["ended_by"], was["ended_by"] = call.ended_by, truth["ended_by"]
    wrong = [field for field in was if told[field] != was[field]]
    return wrong if narrow or cut else wrong + _wrong_times(truth, call)


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
