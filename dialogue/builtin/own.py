"""The caller's own bookings: when they are, cancelling and moving them, "no, I meant ...". Pure.

In: a reading. Out: a turn, or None when the step does not apply. A cancellation always asks for a
yes, together with the company's rule, since it may cost; nobody else's booking is ever in sight.
"""

import re
from dataclasses import replace

from dialogue.builtin.book import go_on_booking
from dialogue.builtin.facts import quoted
from dialogue.builtin.intent import Intent
from dialogue.builtin.known import known_so_far
from dialogue.builtin.reading import Reading
from dialogue.builtin.replies import joined, moment_text
from dialogue.builtin.when import Heard, hear_when
from dialogue.turns import Cancel, Memory, OwnBooking, Pending, Turn, When

_TO = re.compile(r"\b(?:till|to|until|mot|istället för|instead of)\b")


def my_booking(reading: Reading) -> Turn | None:
    """When the caller's bookings are."""
    if not reading.has(Intent.MY_BOOKING) or reading.has(Intent.MOVE, Intent.CANCEL):
        return None
    if not reading.situation.own:
        return reading.turn(reading.say("no_own"))
    bookings = joined(
        reading.language, [_named(reading, one) for one in reading.situation.own], "and"
    )
    return reading.turn(reading.say("own", bookings=bookings))


def cancel(reading: Reading) -> Turn | None:
    """Cancel after a yes."""
    waiting = reading.memory.pending is Pending.CANCEL
    if reading.has(Intent.MOVE) or not (waiting or reading.has(Intent.CANCEL)):
        return None
    if reading.has(Intent.POLICY) and reading.asks and not waiting:
        return None
    if _only_changes_wish(reading):
        return None
    asked = next((o for o in reading.situation.own if o.id == reading.memory.booking_id), None)
    if waiting and asked:
        if reading.answer.no and not reading.has(Intent.CANCEL):
            return reading.turn(reading.say("kept"), Memory())
        if reading.answer.yes or reading.has(Intent.CANCEL):
            return _cancelled(reading, asked)
    if waiting and asked is None and not (reading.heard.anything or reading.meant.services):
        return None
    candidates = _meant_bookings(reading, reading.heard)
    if not candidates:
        return reading.turn(reading.say("no_own"), replace(reading.memory, pending=Pending.NOTHING))
    memory = replace(reading.memory, pending=Pending.CANCEL, booking_id="", offered=())
    if len(candidates) > 1:
        return _ask_which(reading, memory, candidates)
    one = candidates[0]
    policy = reading.business.cancellation_policy
    text = reading.say(
        "ask_cancel",
        service=reading.name_of(one.service),
        when=_when(reading, one),
        policy=quoted(reading, policy, "policy_quoted") if policy else "",
    )
    return reading.turn(text, replace(memory, booking_id=one.id))


def _cancelled(reading: Reading, booking: OwnBooking) -> Turn:
    text = reading.say(
        "cancelled", service=reading.name_of(booking.service), when=_when(reading, booking)
    )
    return reading.turn(text, Memory(), (Cancel(booking.id),))


def move(reading: Reading) -> Turn | None:
    """Move to another time: "flytta min tid på tisdag till onsdag samma tid"."""
    if not reading.has(Intent.MOVE) or _only_changes_wish(reading):
        return None
    if not reading.situation.own:
        return reading.turn(reading.say("no_own"))
    source, target = _from_and_to(reading)
    candidates = _meant_bookings(reading, source)
    memory = replace(Memory(language=reading.language), pending=Pending.DAY)
    if len(candidates) > 1:
        return _ask_which(reading, memory, candidates)
    return _moving(replace(reading, heard=target), candidates[0])


def correct(reading: Reading) -> Turn | None:
    """Move what was just booked: "no, I meant Thursday"."""
    booked, memory = reading.memory.booked, reading.memory
    if booked is None or memory.pending is not Pending.NOTHING or memory.services:
        return None
    corrects = reading.has(Intent.CORRECTION) or reading.answer.no
    if not corrects or not reading.heard.anything or reading.has(Intent.CANCEL):
        return None
    for own in reading.situation.own:
        if (own.service, own.starts_at) == (booked.service, booked.starts_at):
            if reading.meant.services and own.service not in reading.meant.services:
                return None
            return _moving(reading, own, corrected=True)
    return None


def _only_changes_wish(reading: Reading) -> bool:
    """Whether "I can't on Thursday", "change it to Friday" is about a booking not yet made."""
    talking = reading.memory.pending in (Pending.DAY, Pending.PICK, Pending.CONFIRM)
    return talking and not reading.situation.own and reading.heard.anything


def _moving(reading: Reading, own: OwnBooking, corrected: bool = False) -> Turn:
    """Go on as with a booking; a correction of the day alone keeps the time of day."""
    local = own.starts_at.astimezone(reading.business.zone)
    heard = reading.heard
    only_day = bool(heard.when.days) and not heard.when.has_clock
    same = heard.same_time or (corrected and only_day)
    memory = Memory(
        language=reading.language,
        services=(own.service,),
        service_name=reading.memory.service_name,
        booking_id=own.id,
        resource=reading.resource,
        when=When(
            (local.date(),)
            if heard.same_day or (heard.when.has_clock and not heard.when.days)
            else (),
            (local.time(),) if same else (),
        ),
    )
    reading = replace(reading, memory=memory)
    return go_on_booking(reading, known_so_far(reading))


def _from_and_to(reading: Reading) -> tuple[Heard, Heard]:
    """What is said of the booking to move, and what of the new time.

    They are parted at "till" when there are two times; else a day on which the caller has a
    booking tells which one, and any other day is the new one.
    """
    local_now = reading.situation.now.astimezone(reading.business.zone)
    for at in _TO.finditer(reading.text):
        before = hear_when(reading.text[: at.start()], local_now)
        after = hear_when(reading.text[at.end() :], local_now)
        if after.anything and not at.group().startswith("i"):
            return before, after
        if before.anything and after.anything:
            return after, before
    heard = reading.heard
    days = {_local_day(reading, own) for own in reading.situation.own}
    if heard.when.days and set(heard.when.days) <= days:
        return heard, replace(heard, when=When())
    return replace(heard, when=When()), heard


def _meant_bookings(reading: Reading, heard: Heard) -> list[OwnBooking]:
    """The caller's bookings that fit day, clock time and service; all when none fits."""
    own = sorted(reading.situation.own, key=lambda one: one.starts_at)
    fitting = [
        one
        for one in own
        if (not heard.when.days or _local_day(reading, one) in _days_meant(reading, heard))
        and (not heard.when.exact or _local_time(reading, one) in heard.when.exact)
        and (not reading.meant.services or one.service in reading.meant.services)
    ]
    return fitting or own


def _days_meant(reading: Reading, heard: Heard) -> set[object]:
    """A weekday that is today's may be today, when it is about a booking."""
    days: set[object] = set(heard.when.days)
    today = reading.situation.now.astimezone(reading.business.zone).date()
    if heard.by_weekday and today.weekday() in {day.weekday() for day in heard.when.days}:
        days.add(today)
    return days


def _ask_which(reading: Reading, memory: Memory, several: list[OwnBooking]) -> Turn:
    named = joined(reading.language, [_named(reading, one) for one in several])
    return reading.turn(reading.say("ask_which_own", bookings=named), memory)


def _named(reading: Reading, booking: OwnBooking) -> str:
    return f"{reading.name_of(booking.service)} {_when(reading, booking)}"


def _when(reading: Reading, booking: OwnBooking) -> str:
    return moment_text(reading.language, booking.starts_at, reading.business.zone)


def _local_day(reading: Reading, booking: OwnBooking) -> object:
    return booking.starts_at.astimezone(reading.business.zone).date()


def _local_time(reading: Reading, booking: OwnBooking) -> object:
    return booking.starts_at.astimezone(reading.business.zone).time()
