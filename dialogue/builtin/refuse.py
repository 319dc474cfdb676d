"""Why a time can't be had, in words. Pure.

In: the reason found by `ringback.bookings` and the start. Out: one sentence.
"""

from datetime import datetime

from dialogue.builtin.reading import Reading
from dialogue.builtin.replies import (
    clock_text,
    day_text,
    duration_text,
    moment_text,
)
from ringback.bookings import NotFree, last_bookable_day
from ringback.business import Interval
from ringback.hours import intervals_on, special_day


def why_text(reading: Reading, service: str, wanted: datetime, why: NotFree, resource: str) -> str:
    """One sentence that says why this start can't be booked."""
    business, language = reading.business, reading.language
    local = wanted.astimezone(business.zone)
    special = special_day(business, local.date(), language)
    rules = business.booking_rules
    when = moment_text(language, wanted, business.zone)
    last = last_bookable_day(business, reading.situation.now)
    return reading.say(
        str(why),
        service=reading.name_of(service),
        when=when,
        time=clock_text(local),
        day=day_text(language, local.date()),
        reason=f" ({special.reason})" if special and special.reason else "",
        hours=hours_text(intervals_on(business, local.date())),
        who=f" ({resource})" if resource else "",
        notice=duration_text(language, rules.min_notice_min),
        days=rules.horizon_days,
        last=day_text(language, last),
        step=rules.slot_step_min,
    )


def hours_text(intervals: tuple[Interval, ...]) -> str:
    """`08:00-12:00, 13:00-17:00`."""
    return ", ".join(f"{clock_text(opens)}-{clock_text(closes)}" for opens, closes in intervals)
