"""The score of a set: the share of conversations that passed, in total and by kind. Pure.

In: conversations that were played, once or several times. Out: lines to read, or a dict for programs.
"""

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import asdict, dataclass
from typing import Any

from dialogue.evaluation.playing import Played
from dialogue.evaluation.scenarios import Scenario

_KINDS: Mapping[str, Callable[[Scenario], str]] = {
    "category": lambda scenario: scenario.category,
    "language": lambda scenario: scenario.lang,
    "business": lambda scenario: scenario.business,
}


@dataclass(frozen=True, slots=True)
class Tally:
    """How many passed of how many."""

    passed: int
    played: int

    @property
    def share(self) -> float:
        """Between 0 and 1."""
        return self.passed / self.played if self.played else 0.0


@dataclass(frozen=True, slots=True)
class Score:
    """What one or several runs of a set led to."""

    runs: tuple[tuple[Played, ...], ...]

    @property
    def lowest(self) -> float:
        """The share of the worst run."""
        return min(_tally(run).share for run in self.runs)

    @property
    def mean(self) -> float:
        """Of all runs."""
        return sum(_tally(run).share for run in self.runs) / len(self.runs)

    def tallies(self) -> Iterator[tuple[str, str, Tally]]:
        """Kind, name and tally over all runs, in the order of the table."""
        played = [one for run in self.runs for one in run]
        for kind, of in _KINDS.items():
            for name in sorted({of(one.scenario) for one in played}):
                yield kind, name, _tally([one for one in played if of(one.scenario) == name])
        yield "total", "", _tally(played)

    def lines(self) -> Iterator[str]:
        """The table, and each failed turn with what was wrong."""
        for kind, name, tally in self.tallies():
            yield f"{kind:10}{name:16}{tally.passed:4} of {tally.played:4}  {tally.share:6.1%}"
        if len(self.runs) > 1:
            yield f"{len(self.runs)} runs: mean {self.mean:.1%}, lowest {self.lowest:.1%}"
        for number, one in self._failed():
            run = f" (run {number})" if len(self.runs) > 1 else ""
            yield f"\n{one.scenario.id}{run}"
            for turn in one.failed:
                yield f"  {turn.number}. {turn.user!r}"
                yield f"     -> {turn.reply!r}"
                yield from (f"     ! {wrong}" for wrong in turn.wrong)

    def to_json(self) -> dict[str, Any]:
        """A dict that `json.dumps` takes."""
        by: dict[str, dict[str, Any]] = {kind: {} for kind in _KINDS}
        total = {}
        for kind, name, tally in self.tallies():
            told = {"passed": tally.passed, "played": tally.played, "share": round(tally.share, 4)}
            if kind in by:
                by[kind][name] = told
            else:
                total = told
        failed = [
            {"id": one.scenario.id, "run": number, "turns": [asdict(turn) for turn in one.failed]}
            for number, one in self._failed()
        ]
        means = {
            "runs": len(self.runs),
            "mean": round(self.mean, 4),
            "lowest": round(self.lowest, 4),
        }
        return {"total": total, **means, "by": by, "failed": failed}

    def _failed(self) -> Iterator[tuple[int, Played]]:
        for number, run in enumerate(self.runs, 1):
            yield from ((number, one) for one in run if not one.passed)


def _tally(played: Sequence[Played]) -> Tally:
    return Tally(sum(one.passed for one in played), len(played))
