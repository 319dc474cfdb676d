"""The caller's own bookings: when they are, moving them, "no, I meant ...". Pure.

In: a reading. Out: a turn, or None when the step does not apply. Nobody else's booking is ever in
sight; cancelling is in cancel.py.
"""

import re
from dataclasses import replace
from datetime import datetime, timedelta

from dialogue.builtin.book import go_on_booking
from dialogue.builtin.facts import answers
from dialogue.builtin.intent import Intent
from dialogue.builtin.known import known_so_far
from dialogue.builtin.reading import Reading
from dialogue.builtin.replies import joined
from dialogue.builtin.when import Heard, hear_when
from dialogue.builtin.which import (
    ask_which,
    local_day,
    meant_bookings,
    named_booking,
    names_other_time,
    only_thanks,
    own_in_order,
    picked_booking,
)
from dialogue.turns import Memory, OwnBooking, Pending, Turn, When

_TO = re.compile(r"\b(?:till|to|until|mot|istället för|instead of)\b")
_BETTER = re.compile(
    r"\b(?:passar|funkar|vore|är|blir|works?|suits?|is|would be) (?:mig |me |nog )?(?:bättre|better)\b|"
    r"\b(?:hellre|helst|istället|i stället|ist|rather|instead)\b"
)


def my_booking(reading: Reading) -> Turn | None:
    """When the caller's bookings are."""
    if not reading.has(Intent.MY_BOOKING) or reading.has(Intent.MOVE, Intent.CANCEL):
        return None
    own = own_in_order(reading)
    if not own:
        return reading.turn(reading.say("no_own"))
    bookings = joined(reading.language, [named_booking(reading, one) for one in own], "and")
    return reading.turn(reading.say("own", bookings=bookings))


def move(reading: Reading) -> Turn | None:
    """Move to another time: "flytta min tid på tisdag till onsdag samma tid"."""
    if reading.memory.pending is Pending.WHICH_MOVE and reading.situation.own:
        return _which_to_move(reading)
    instead = names_other_time(reading) and bool(reading.situation.own)
    if not (reading.has(Intent.MOVE) or instead) or _only_changes_wish(reading):
        return None
    if not reading.situation.own:
        return reading.turn(reading.say("no_own"))
    source, target = _from_and_to(reading)
    if instead:
        source, target = reading.parted.refused, reading.heard
    candidates = meant_bookings(reading, source)
    if len(candidates) > 1:
        return _ask_which(reading, target.when)
    return _moving(replace(reading, heard=target), candidates[0])


def asked_again(reading: Reading) -> Turn | None:
    """The open question which booking to move, once more; None when there is none."""
    if reading.memory.pending is not Pending.WHICH_MOVE or not reading.situation.own:
        return None
    return _ask_which(reading, reading.memory.when)


def _ask_which(reading: Reading, target: When) -> Turn:
    memory = Memory(pending=Pending.WHICH_MOVE, when=target)
    return ask_which(reading, memory, own_in_order(reading))


def _which_to_move(reading: Reading) -> Turn | None:
    """The answer to which booking shall be moved; a day without a booking is the new one."""
    if reading.has(Intent.CANCEL):
        return None
    source, target = _from_and_to(reading)
    picked = picked_booking(replace(reading, heard=source))
    if picked is None and not target.when.days and (picked := picked_booking(reading)):
        target = replace(target, when=When())  # the clock time was that of the booking
    another = reading.has(Intent.BOOK) and not reading.has(Intent.MOVE)
    if picked and not another:
        heard = target if target.anything else replace(target, when=reading.memory.when)
        return _moving(replace(reading, heard=heard), picked)
    if reading.answer.no and not reading.asks and not reading.heard.anything:
        return reading.turn(reading.say("kept"), Memory())
    if only_thanks(reading):
        return reading.turn(None, Memory())
    if answers(reading):
        return None
    if another and reading.meant.services:
        fresh = replace(reading, memory=Memory(language=reading.language))
        return go_on_booking(fresh, known_so_far(fresh))
    return _ask_which(reading, target.when if target.when != When() else reading.memory.when)


def correct(reading: Reading) -> Turn | None:
    """Move a booking that stands: "no, I meant Thursday", "kl 16 passar bättre"."""
    memory = reading.memory
    if memory.pending is not Pending.NOTHING or memory.services or reading.has(Intent.CANCEL):
        return None
    own = _spoken_of(reading)
    if own is None:
        return None
    if memory.booked and (reading.has(Intent.CORRECTION) or reading.answer.no) and not reading.asks:
        if reading.meant.services and own.service not in reading.meant.services:
            return _other_service(reading, own)
        if not reading.heard.anything and not reading.has(Intent.THANKS, Intent.BOOK):
            return reading.turn(reading.say("what_wrong", booking=named_booking(reading, own)))
    if reading.meant.services and own.service not in reading.meant.services:
        return None
    heard = reading.heard
    comparing = bool(_BETTER.search(reading.text)) or heard.later or heard.earlier
    corrects = reading.has(Intent.CORRECTION) or reading.answer.no
    if not heard.anything or not (comparing or (corrects and memory.booked)):
        return None
    return _moving(reading, own, corrected=True)


def _other_service(reading: Reading, own: OwnBooking) -> Turn:
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


def _spoken_of(reading: Reading) -> OwnBooking | None:
    """The booking made last in this conversation, or the only one that the caller has."""
    booked, several = reading.memory.booked, reading.situation.own
    for own in several:
        if booked and (own.service, own.starts_at) == (booked.service, booked.starts_at):
            return own
    return several[0] if len(several) == 1 else None


def _only_changes_wish(reading: Reading) -> bool:
    """Whether "change it to Friday" is about a booking not yet made."""
    talking = reading.memory.pending in (Pending.DAY, Pending.PICK, Pending.CONFIRM)
    return talking and not reading.situation.own and reading.heard.anything


def _moving(reading: Reading, own: OwnBooking, corrected: bool = False) -> Turn:
    """Go on as with a booking; a correction of the day alone keeps the time of day."""
    local = own.starts_at.astimezone(reading.business.zone)
    heard = reading.heard
    only_day = bool(heard.when.days) and not heard.when.has_clock
    same = heard.same_time or (corrected and only_day)
    same_day = heard.same_day or (heard.when.has_clock and not heard.when.days)
    shifted = (heard.later or heard.earlier) and not heard.when.has_clock
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


def _shifted(when: When, heard: Heard, local: datetime, own: OwnBooking) -> When:
    """The part of the day after, or before, the booking as it stands."""
    if heard.later:
        return replace(when, not_before=(local + (own.ends_at - own.starts_at)).time())
    return replace(when, not_after=(local - timedelta(minutes=1)).time())


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
    days = {local_day(reading, own) for own in reading.situation.own}
    if heard.when.days and set(heard.when.days) <= days:
        return heard, replace(heard, when=When())
    return replace(heard, when=When()), heard
