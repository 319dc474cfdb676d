"""What a message denies: "inte kl 14", "09:00 är för tidigt", "men inte hos Ellen". Pure.

In: a text in normal form. Out: the text without the clauses that deny a time, and those clauses.
A time in a denied clause is refused, never wished for; "inte före 10" is a bound and no denial.
"""

import re
from dataclasses import dataclass
from datetime import datetime

from dialogue.builtin.assent import denies
from dialogue.builtin.when import Heard, hear_when

_PARTING = re.compile(
    r"(?:[,;!]|(?<!\d)\.|\.(?!\d)|\b(?:men|utan|but|rather|däremot)\b|\butan\b|(?<=t) och\b)\s*"
)
_TOO_EARLY = re.compile(r"\b(?:för tidigt?|too early|alldeles för tidigt?|så tidigt)\b")
_TOO_LATE = re.compile(r"\b(?:för sent?|too late|alldeles för sent?|så sent)\b")

_LEAD = re.compile(r"^\s*(?:nej|nä|näe|no|nope|oj)(?: (?:vänta|wait|sorry|förlåt))*[ ,.!]+")


@dataclass(frozen=True, slots=True)
class Parted:
    """A message, parted in what it says and what it denies about when."""

    heard: Heard
    refused: Heard
    kept: str = ""  # the clauses that deny nothing, beside some that do
    too_early: bool = False
    too_late: bool = False


def hear_parted(text: str, local_now: datetime) -> Parted:
    """What a text says about when, without the times that it denies.

    Args:
        text: The message in normal form.
        local_now: The present moment in the company's zone.
    """
    clauses = [clause for clause in _PARTING.split(text) if clause and clause.strip()]
    denied = [clause for clause in clauses if denies(_LEAD.sub("", clause))]
    early = any(_TOO_EARLY.search(clause) for clause in denied)
    late = any(_TOO_LATE.search(clause) for clause in denied)
    refused = hear_when(" ".join(denied), local_now) if denied else Heard()
    kept = " , ".join(clause for clause in clauses if denied and clause not in denied)
    if not (refused.when.days or refused.when.exact or early or late):
        return Parted(hear_when(text, local_now), Heard(), kept)
    return Parted(hear_when(kept, local_now), refused, kept, early, late)
