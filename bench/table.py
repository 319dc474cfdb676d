"""The rows that a part of the benchmark measures, and their table."""

from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path

WORKPLACE = Path(__file__).parents[1] / "var" / "bench"
"""What the benchmark installs and writes; may be deleted."""


@dataclass(frozen=True, slots=True)
class Options:
    """How large a run is.

    Attributes:
        events: For each reader in each round.
        rounds: Of which the median counts.
        calls_up: The most at once.
        seconds: Of real calls, at 20 a second, and of each run with texts, which has 8 at most.
        install: Whether missing peers may be loaded from the network.
    """

    events: int = 200_000
    rounds: int = 5
    calls_up: int = 10_000
    seconds: int = 30
    install: bool = True


@dataclass(frozen=True, slots=True)
class Row:
    """One figure beside another.

    Attributes:
        part: Of the benchmark.
        what: What was measured.
        figure: With its unit.
        beside: What it is compared with, with its figure.
        ratio: Of the two, or None when there is nothing to compare.
        wanted: Bounds of the ratio; None where none is promised.
    """

    part: str
    what: str
    figure: str
    beside: str = ""
    ratio: float | None = None
    wanted: tuple[float, float] | None = None

    @property
    def cells(self) -> tuple[str, ...]:
        """The row as texts."""
        ratio = "" if self.ratio is None else f"{self.ratio:.2f}"
        return (self.part, self.what, self.figure, self.beside, ratio, self._verdict())

    @property
    def missed(self) -> bool:
        """Whether a promise was not kept."""
        if self.wanted is None or self.ratio is None:
            return False
        least, most = self.wanted
        return not least <= self.ratio <= most

    def _verdict(self) -> str:
        if self.wanted is None or self.ratio is None:
            return ""
        least, most = self.wanted
        if least == most:
            promise = "the same"
        else:
            promise = f"at least {least:g}" if most == float("inf") else f"at most {most:g}"
        return f"MISSED: {promise}" if self.missed else promise


def at_least(ratio: float) -> tuple[float, float]:
    """Wanted: so much or more."""
    return ratio, float("inf")


def at_most(ratio: float) -> tuple[float, float]:
    """Wanted: so much or less."""
    return 0.0, ratio


THE_SAME = (1.0, 1.0)
"""Wanted: neither more nor less."""

_HEAD = ("part", "what", "figure", "beside", "ratio", "wanted")


def printed(rows: Iterable[Row]) -> str:
    """The table, a line per row."""
    cells = [_HEAD, *(row.cells for row in rows)]
    widths = [max(len(row[column]) for row in cells) for column in range(len(_HEAD))]
    lines = (
        "  ".join(cell.ljust(width) for cell, width in zip(row, widths, strict=True)).rstrip()
        for row in cells
    )
    return "\n".join(lines)
