"""Where one of the caller's bookings is moved to, and what it is changed for. Pure.

In: a reading whose wish is about the new time, and the booking. Out: a turn. The wish counts from the
booking as it stands: "en vecka senare", "samma tid dagen efter", "lite tidigare".
"""

import re
from dataclasses import replace
from datetime import datetime, timedelta

from dialogue.builtin.book import go_on_booking
from dialogue.builtin.calendar_words import WEEKDAY
from dialogue.builtin.known import known_so_far
from dialogue.builtin.reading import Reading
from dialogue.builtin.when import Heard
from dialogue.turns import HandOver, Memory, OwnBooking, Turn, When

_ASKS_TIMES = re.compile(
    r"\b(?:vilka|vad för|what|which) (?:\w+ ){0,2}(?:tider|times|slots)\b|"
    r"\b(?:har (?:ni|du)|finns(?: det)?|do you have|is there|have you) (?:något|nåt|någon|nån|några|anything|any)\b"
)
_WEEKDAY_AFTER = re.compile(  # "torsdagen därpå", counted from the booking
    rf"\b(?:{WEEKDAY}) (?:efter|därpå|därefter|after(?: that)?)(?=$|[,.!?]| (?:samma|same|då|istället|i stället|instead|gärna|helst|kl|at))"
)
_FEW_DAYS = 2  # so many may be meant at the same time of day


def move_on(reading: Reading, own: OwnBooking, corrected: bool = False) -> Turn:
    """Go on as with a booking; a correction of the day alone keeps the time of day."""
    if not reading.business.sold(own.service):
        return reading.turn(reading.say("hand_over"), Memory(), (HandOver("question"),))
    local = own.starts_at.astimezone(reading.business.zone)
    heard = _after_booking(reading, local)
    only_day = bool(heard.when.days) and not heard.when.has_clock
    shifted = (heard.later or heard.earlier) and not heard.when.has_clock
    # "nästa vecka istället" leaves the time of day open as well
    corrected = corrected and only_day and not shifted and len(heard.when.days) <= _FEW_DAYS
    corrected = corrected and not _ASKS_TIMES.search(reading.text)
    same = heard.same_time or corrected or bool(heard.shift_days)
    week = tuple(day for day in heard.when.days if day.weekday() == local.weekday())
    if heard.same_time and len(heard.when.days) > len(week) > 0:  # "samma tid nästa vecka"
        heard = replace(heard, when=replace(heard.when, days=week))
    pointed = bool(heard.days_on or heard.weeks_on or heard.shift_days)
    with_other = heard.same_time and bool(reading.resource) and not heard.other_days
    told = heard.when.has_clock or with_other  # "till Karim samma tid"
    same_day = heard.same_day or pointed or (told and not heard.when.days)
    if heard.shift_min and not heard.when.has_clock:
        at = local + timedelta(minutes=heard.shift_min)
        when = replace(heard.when, days=heard.when.days or (at.date(),), exact=(at.time(),))
        heard = replace(heard, when=when, later=False, earlier=False)
        shifted = same = False
    memory = Memory(
        language=reading.language,
        services=(own.service,),
        service_name=reading.memory.service_name,
        booking_id=own.id,
        resource=reading.resource,
        when=When(
            (local.date(),) if same_day or (shifted and not heard.when.days) else (),
            (local.time(),) if same else (),
        ),
    )
    if shifted:
        memory = replace(memory, when=_shifted(memory.when, heard, local, own))
        heard = replace(heard, later=False, earlier=False)
    reading = replace(reading, memory=memory, heard=heard)
    return go_on_booking(reading, known_so_far(reading))


def _after_booking(reading: Reading, local: datetime) -> Heard:
    """What is heard; "torsdagen efter" is the first Thursday after the booking."""
    heard = reading.heard
    if len(heard.when.days) != 1 or not _WEEKDAY_AFTER.search(reading.text):
        return heard
    ahead = (heard.when.days[0].weekday() - local.weekday() - 1) % 7 + 1
    day = local.date() + timedelta(days=ahead)
    return replace(heard, when=replace(heard.when, days=(day,)), by_weekday=False)


def _shifted(when: When, heard: Heard, local: datetime, own: OwnBooking) -> When:
    """The part of the day after, or before, the booking as it stands."""
    if heard.later:
        return replace(when, not_before=(local + (own.ends_at - own.starts_at)).time())
    return replace(when, not_after=(local - timedelta(minutes=1)).time())


def in_its_place(reading: Reading, own: OwnBooking) -> Turn:
    """Another service in place of the one just booked; at the same time where that can be had."""
    local, meant = own.starts_at.astimezone(reading.business.zone), reading.meant.services
    memory = Memory(
        language=reading.language,
        services=meant if len(meant) == 1 else (),
        unsure_services=() if len(meant) == 1 else meant,
        booking_id=own.id,
        when=When((local.date(),), (local.time(),)),
    )
    reading = replace(reading, memory=memory)
    return go_on_booking(reading, known_so_far(reading))


def proposed_in_its_place(reading: Reading, own: OwnBooking) -> Turn:
    """Propose another service in place of a booking that stands: it cancels, so after a yes alone."""
    unsure = replace(reading, answer=replace(reading.answer, doubt=True))
    return in_its_place(unsure, own)
