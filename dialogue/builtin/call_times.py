"""When we may ring, in words: a promised interval, and those to choose from. Pure.

In: choices as `ringback.queues` writes them, intervals in UTC. Out: words for texts, in the company's
zone.
"""

from collections.abc import Sequence
from datetime import datetime

from dialogue.builtin.replies import clock_text, day_text
from ringback.business import Business
from ringback.queues import SOONEST, interval_of

MOST_CHOICES = 4  # that one text lists


def listed_choices(language: str, choices: Sequence[str], business: Business) -> str:
    """The first few, numbered: "1) så snart vi kan, 2) fredag 20 november 13:00-15:00"."""
    told = [choice_text(language, one, business) for one in choices[:MOST_CHOICES]]
    return ", ".join(f"{number}) {one}" for number, one in enumerate(told, 1))


def choice_text(language: str, choice: str, business: Business) -> str:
    """One of them: "fredag 20 november 13:00-15:00"."""
    interval = None if choice == SOONEST else interval_of(choice, business)
    if interval is None:
        return soon_text(language)
    from_at, to_at = (one.astimezone(business.zone) for one in interval)
    return f"{day_text(language, from_at.date())} {clock_text(from_at)}-{clock_text(to_at)}"


def soon_text(language: str) -> str:
    """At no promised time."""
    return "as soon as we can" if language == "en" else "så snart vi kan"


def promise_text(
    language: str,
    interval: tuple[datetime | None, datetime | None],
    business: Business,
    now: datetime,
) -> str:
    """When we ring: "fredag 20 november mellan 13:00 och 15:00"; bounds that have passed are none."""
    english = language == "en"
    from_at, to_at = (
        one.astimezone(business.zone) if one and one > now else None for one in interval
    )
    if interval[1] is not None and to_at is None:
        from_at = None  # it is over
    if from_at and to_at and from_at.date() == to_at.date():
        between, and_ = ("between", "and") if english else ("mellan", "och")
        clocks = f"{between} {clock_text(from_at)} {and_} {clock_text(to_at)}"
        return f"{day_text(language, from_at.date())} {clocks}"
    if to_at is not None:
        before = "before" if english else "före"
        return f"{day_text(language, to_at.date())} {before} {clock_text(to_at)}"
    if from_at is not None:
        after = "after" if english else "efter"
        return f"{day_text(language, from_at.date())} {after} {clock_text(from_at)}"
    return soon_text(language)
