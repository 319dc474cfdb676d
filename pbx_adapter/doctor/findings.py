"""What an examination finds: one plain sentence each, and how to mend it. Pure.

In: what a check concluded. Out: values that `ringback doctor` prints, for people or as JSON.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from enum import StrEnum

_SHOWN = 8


class Kind(StrEnum):
    """How much a finding matters."""

    OK = "ok"  # as it should be
    NOTE = "note"  # worth knowing; nothing to do
    WARNING = "warning"  # works, but less well or less safely than it could
    FAULT = "fault"  # calls are not found, or not told right, until it is mended


@dataclass(frozen=True, slots=True)
class Finding:
    """One thing found.

    Attributes:
        kind: How much it matters.
        check: Which part of the examination: `privileges`, `outbox`, …
        text: One or two plain sentences.
        mend: What to do about it; empty when nothing is to be done.
    """

    kind: Kind
    check: str
    text: str
    mend: str = ""


def ok(check: str, text: str) -> Finding:
    """All is well."""
    return Finding(Kind.OK, check, text)


def note(check: str, text: str, mend: str = "") -> Finding:
    """Worth knowing."""
    return Finding(Kind.NOTE, check, text, mend)


def warning(check: str, text: str, mend: str) -> Finding:
    """Should be mended."""
    return Finding(Kind.WARNING, check, text, mend)


def fault(check: str, text: str, mend: str = "") -> Finding:
    """Must be mended."""
    return Finding(Kind.FAULT, check, text, mend)


def listed(names: Sequence[str]) -> str:
    """Some names in a sentence: `101, 102 and 3 more`."""
    shown = ", ".join(names[:_SHOWN])
    more = len(names) - _SHOWN
    return f"{shown} and {more} more" if more > 0 else shown


def counted(number: int, thing: str) -> str:
    """`1 queue`, `3 queues`."""
    return f"{number} {thing}{'' if number == 1 else 's'}"
