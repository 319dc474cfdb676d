"""The calls of a busy hour as the product keeps them, beside what their people saw.

In: truths, rows, and the gaps in which something was broken. Out: a `Verdict`. Pure.

A call that no gap touched must be told right in everything. One that a gap touched must be told, once,
with its DID and never the wrong way round; that its outcome is unknown is allowed where the outbox can't know it.
"""

from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field

from ringback.calls import Direction, Outcome, Reason
from ringback.phone import to_e164
from ringback.tables import CallRow
from tests.busy_hour import ANONYMOUS, LOCAL_QUEUE_DID, Truth

TOLERANCE_S = 1.0
_APART_S = 2.0  # two calls of one number are further apart
_BEFORE_S, _AFTER_S = 1.0, 0.3  # what was under way when a gap began, or when it ended


@dataclass(frozen=True, slots=True)
class Gap:
    """A time in which something was broken; epoch seconds."""

    what: str
    began_at: float
    ended_at: float

    def touches(self, truth: Truth) -> bool:
        """Whether the product may not have seen all of the call."""
        ends_before = truth.ended_at + _BEFORE_S < self.began_at
        begins_after = truth.began_at - _AFTER_S > self.ended_at
        return not (ends_before or begins_after)


@dataclass(slots=True)
class Verdict:
    """How the product did; the lists hold one sentence per call.

    Attributes:
        reads_queue_log: Besides the outbox.
        vague: Of the calls that a gap touched, which details could not be told, and how often.
    """

    reads_queue_log: bool = False
    made: int = 0
    right: int = 0
    touched: int = 0
    unknown: list[str] = field(default_factory=list)
    lost: list[str] = field(default_factory=list)
    twice: list[str] = field(default_factory=list)
    wrong: list[str] = field(default_factory=list)
    invented: list[str] = field(default_factory=list)
    vague: Counter[str] = field(default_factory=Counter)

    @property
    def faults(self) -> list[str]:
        return [*self.lost, *self.twice, *self.wrong, *self.invented]

    def __str__(self) -> str:
        return (
            f"made {self.made}, told right {self.right}, touched by a fault {self.touched}, "
            f"outcome unknown {len(self.unknown)}, wrong {len(self.wrong)}, "
            f"lost {len(self.lost)}, twice {len(self.twice)}, invented {len(self.invented)}"
        )


def verdict(
    truths: Sequence[Truth],
    rows: Sequence[CallRow],
    gaps: Sequence[Gap],
    *,
    reads_queue_log: bool = False,
) -> Verdict:
    """Compares call by call; who reads queue_log knows that a queue's member answered."""
    found, left = Verdict(reads_queue_log), list(rows)
    for truth in sorted(truths, key=lambda truth: truth.began_at):
        told = [row for row in left if _is_of(row, truth)]
        for row in told:
            left.remove(row)
        touching = [gap for gap in gaps if gap.touches(truth)]
        if not told and not _was_made(truth, touching):
            continue
        found.made += 1
        found.touched += bool(touching)
        _judge(found, truth, told, touching)
    found.invented += [f"nobody made {_row(row)}" for row in left]
    return found


def _judge(found: Verdict, truth: Truth, told: list[CallRow], touching: list[Gap]) -> None:
    if not told:
        found.lost.append(f"lost: {_story(truth, touching)}")
        return
    if len(told) > 1:
        found.twice.append(f"{len(told)} times: {_story(truth, touching)}")
        return
    wrong = list(_differences(truth, told[0], touching))
    if told[0].outcome is None and not _may_be_unknown(truth, found.reads_queue_log):
        wrong.append("unknown without need")
    if touching:
        found.vague.update(detail.split()[0] for detail in _details(truth, told[0]))
    if wrong:
        found.wrong.append(f"{', '.join(wrong)}: {_story(truth, touching)} - {_row(told[0])}")
    elif told[0].outcome is None:
        found.unknown.append(_story(truth, touching))
    else:
        found.right += 1


def _differences(truth: Truth, row: CallRow, touching: list[Gap]) -> Iterator[str]:
    if row.did_e164 != to_e164(truth.plan.did):
        yield "did"
    if touching:
        if row.outcome not in (truth.outcome, None):
            yield "outcome"
    else:
        yield from _details(truth, row)


def _details(truth: Truth, row: CallRow) -> Iterator[str]:
    if row.direction != Direction.INBOUND:
        yield "direction"
    for name in ("outcome", "reason", "answered_by", "queues", "withheld"):
        if getattr(row, name) != getattr(truth, name):
            yield name
    for name in ("wait_s", "talk_s"):
        if abs(getattr(row, name) - getattr(truth, name)) > TOLERANCE_S:
            yield f"{name} {getattr(row, name)} not {getattr(truth, name):.1f}"
    if abs(row.started_at.timestamp() - truth.began_at) > TOLERANCE_S:
        yield "start"
    if row.ended_by != truth.ended_by:
        yield f"ended_by {row.ended_by} not {truth.ended_by}"


def _may_be_unknown(truth: Truth, reads_queue_log: bool) -> bool:
    """The outbox never sees that a queue's member answered, queue_log not whether it was a phone."""
    queue = truth.plan.reason in (Reason.ABANDONED_IN_QUEUE, Reason.QUEUE_TIMEOUT)
    answered = queue and truth.outcome is Outcome.ANSWERED
    return answered and (not reads_queue_log or truth.plan.did == LOCAL_QUEUE_DID)


def _was_made(truth: Truth, touching: list[Gap]) -> bool:
    """Not by those who never got through, nor by those whom a stopping server turned away."""
    turned_away = truth.turned_away and any("Asterisk" in gap.what for gap in touching)
    return truth.got_through and not turned_away


def _is_of(row: CallRow, truth: Truth) -> bool:
    caller = None if truth.number == ANONYMOUS else to_e164(truth.number)
    if row.caller_e164 != caller or row.did_e164 not in (to_e164(truth.plan.did), None):
        return False
    return truth.began_at - _APART_S <= row.started_at.timestamp() <= truth.ended_at + _APART_S


def _story(truth: Truth, touching: list[Gap]) -> str:
    broken = " and ".join(gap.what for gap in touching) or "nothing"
    who = truth.answered_by or "nobody"
    return (
        f"{truth.plan.kind} by {truth.number} at {truth.began_at:.1f} to {truth.ended_at:.1f}, "
        f"answered by {who}, {broken} broken"
    )


def _row(row: CallRow) -> str:
    return (
        f"told {row.outcome} {row.reason} by {row.answered_by} of {row.caller_e164} to {row.did} "
        f"at {row.started_at.timestamp():.1f} to {row.ended_at.timestamp():.1f} as {row.uniqueid}"
    )


def table(found: Verdict, truths: Sequence[Truth], gaps: Sequence[Gap]) -> Iterator[str]:
    """Lines for people: the gaps, the kinds of call, the figures, every fault."""
    for gap in gaps:
        yield f"  {gap.what:<45} {gap.ended_at - gap.began_at:6.1f} s"
    kinds = sorted({truth.plan.kind for truth in truths})
    for kind in kinds:
        of_kind = [truth for truth in truths if truth.plan.kind == kind]
        answered = sum(truth.answered_at is not None for truth in of_kind)
        yield f"  {kind:<45} {len(of_kind):4d} tried {answered:4d} answered"
    yield f"  {found}"
    yield f"  details not told of touched calls: {dict(found.vague)}"
    for sentence in (*found.unknown, *found.faults):
        yield f"    {sentence}"
