"""The booking: the next question, an offer, a proposal, or the booking itself. Pure.

In: a reading and the conversation's memory. Out: a turn. Also used to move a booking: then
`memory.booking_id` names it, and the result is a `Move`.
A message that settles service, day and time books at once when it is put as a wish, and is
proposed for a yes when it is put as a question or something in it was assumed.
"""

import re
from dataclasses import replace
from datetime import datetime

from dialogue.builtin.definite import is_definite, named_apart
from dialogue.builtin.known import puts_day_right
from dialogue.builtin.other_times import instead_of, nothing_at_all, offer_fitting, other_slots
from dialogue.builtin.propose import (
    changes_person,
    listed_times,
    moved_booking,
    offer,
    propose,
    settle,
)
from dialogue.builtin.reading import Reading
from dialogue.builtin.replies import (
    day_text,
    fitted,
    joined,
    moment_text,
    weekday_text,
)
from dialogue.builtin.slots import (
    OFFERS,
    first_free,
    fitting_slots,
    slot_at,
    slots_together,
    spread,
    start_on,
)
from dialogue.builtin.which import named_booking
from dialogue.turns import (
    HandOver,
    Memory,
    OwnBooking,
    Pending,
    Turn,
)
from ringback.bookings import Slot

_LISTED_SERVICES = 8
_FOR_ANOTHER = re.compile(
    r"\b(?:till|också|även|another|also|too|åt|extra|samtidigt|för (?:min|mitt)|for my|both|båda)\b"
)


def go_on_booking(reading: Reading, memory: Memory) -> Turn:
    """The next step towards a booking (or a move), from all that is known."""
    if reading.heard.clash:
        return _ask_clash(reading, memory)
    moving = moved_booking(reading, memory)
    services = memory.services
    several = () if moving or len(services) > 1 else named_apart(reading)
    if several:
        return ask_service(reading, replace(memory, services=(), unsure_services=several))
    if not services:
        return ask_service(reading, memory)
    if len(services) > 1:
        return _book_party(reading, memory)
    return _book_one(reading, memory, services[0], moving)


def _book_one(reading: Reading, memory: Memory, service: str, moving: OwnBooking | None) -> Turn:
    """The next step for one service."""
    if memory.resource and memory.resource not in reading.business.service(service).resources:
        return _by_others(reading, memory, service)
    heard = reading.heard
    counted = heard.shift_min and memory.when.exact and memory.when.days
    if (heard.later or heard.earlier or heard.other_times) and not counted:
        shifted = other_slots(reading, memory, service, moving)
        if shifted:
            return offer(reading, memory, shifted)
    if either := _any_wish(reading, memory, service, moving):
        return offer(reading, memory, either)
    if memory.when.exact and memory.when.days:
        return _book_exact(reading, memory, service, moving)
    if memory.when.days or memory.when.has_clock or memory.when.soonest:
        return offer_fitting(reading, memory, service, moving)
    return _ask_day(reading, memory, service, moving)


def _by_others(reading: Reading, memory: Memory, service: str) -> Turn:
    """Who does a service, for who asked for somebody that does not do it; and times with them."""
    able = list(reading.business.service(service).resources)
    reason = reading.say(
        "not_by",
        who=memory.resource,
        service=reading.name_of(service),
        others=joined(reading.language, able, "and"),
    )
    unsure = replace(reading, resource="", answer=replace(reading.answer, doubt=True))
    again = go_on_booking(unsure, replace(memory, resource=""))
    return replace(again, reply=fitted(f"{reason} {again.reply or ''}"))


def ask_service(reading: Reading, memory: Memory) -> Turn:
    """Ask which service; between those that the words may mean, where there are such."""
    memory = replace(memory, pending=Pending.SERVICE, offered=())
    if memory.unsure_services:
        names = [reading.name_of(service) for service in memory.unsure_services]
        apart = reading.meant.each or named_apart(reading)
        key = "ask_one_service" if apart else "ask_which_service"
        text = reading.say(key, services=joined(reading.language, names))
        return reading.turn(text, memory)
    services = reading.business.services
    if not services or len(services) > _LISTED_SERVICES:
        return reading.turn(reading.say("ask_service_many"), memory)
    listed = joined(reading.language, [service.names[0] for service in services], "and")
    return reading.turn(reading.say("ask_service", services=listed), memory)


def _ask_clash(reading: Reading, memory: Memory) -> Turn:
    first, second = reading.heard.clash[0], reading.heard.clash[-1]
    text = reading.say(
        "ask_clash",
        first=day_text(reading.language, first).split(" ", 1)[1],
        second=day_text(reading.language, second),
        weekday=weekday_text(reading.language, first.weekday()),
    )
    when = replace(memory.when, days=())
    return reading.turn(text, replace(memory, when=when, pending=Pending.DAY, offered=()))


def _ask_day(reading: Reading, memory: Memory, service: str, moving: OwnBooking | None) -> Turn:
    if moving:
        when = moment_text(reading.language, moving.starts_at, reading.business.zone)
        text = reading.say("ask_day_move", service=reading.name_of(service), when=when)
        return reading.turn(text, replace(memory, pending=Pending.DAY, offered=()))
    question = reading.say("ask_day", service=reading.name_of(service))
    first = first_free(reading.situation, service, memory.resource, memory.when)
    if not first:
        return nothing_at_all(reading, memory, service)
    times = listed_times(reading, first, with_day=True)
    text = f"{question} {reading.say('offer_first', times=times)}"
    return reading.turn(text, replace(memory, pending=Pending.DAY), offered=tuple(first))


def _book_exact(reading: Reading, memory: Memory, service: str, moving: OwnBooking | None) -> Turn:
    """One clock time on one day or several: book, propose, or say why not and offer others."""
    situation, when = reading.situation, memory.when
    starts = [start_on(situation, day, when.exact) for day in when.days]
    for starts_at in starts:
        already = None if moving else _booked_already(reading, starts_at, service)
        if already and is_definite(reading):
            kept = Memory(booked=Slot(service, already.resource, starts_at, already.ends_at))
            return reading.turn(reading.say("own", bookings=named_booking(reading, already)), kept)
        slot = slot_at(situation, service, starts_at, memory.resource, moving)
        if slot and moving and _is_own(slot, moving):
            return _stays(reading, moving)
        if slot:
            other = moving is not None and changes_person(memory, moving, slot)
            told = not puts_day_right(reading, reading.memory)
            sure = len(starts) == 1 and told and is_definite(reading) and not other
            return settle(reading, memory, slot) if sure else propose(reading, memory, (slot,))
    return instead_of(reading, memory, service, starts[0], moving)


def _is_own(slot: Slot, own: OwnBooking) -> bool:
    return (slot.service, slot.resource, slot.starts_at) == (
        own.service,
        own.resource,
        own.starts_at,
    )


def _stays(reading: Reading, own: OwnBooking) -> Turn:
    """The booking that is to be moved is at that time already."""
    return reading.turn(reading.say("own", bookings=named_booking(reading, own)), Memory())


def _any_wish(
    reading: Reading, memory: Memory, service: str, moving: OwnBooking | None
) -> list[Slot]:
    """Times for each of several wishes ("tors 14.30 el fre fm"); none when there is but one."""
    situation, found = reading.situation, list[Slot]()
    for wish in reading.heard.alternatives:
        wish = replace(wish, days=wish.days or memory.when.days)
        if wish.exact and wish.days:
            starts = (start_on(situation, day, wish.exact) for day in wish.days)
            slots = (slot_at(situation, service, one, memory.resource, moving) for one in starts)
            found += [slot for slot in slots if slot]
        else:
            free = fitting_slots(situation, service, wish, memory.resource, moving)
            found += spread(situation, free)[:2]
    return sorted(set(found), key=lambda slot: slot.starts_at)[:OFFERS]


def _booked_already(reading: Reading, starts_at: datetime, service: str) -> OwnBooking | None:
    """The caller's own booking of this service at this start, when nobody else is spoken of."""
    if _FOR_ANOTHER.search(reading.text):
        return None
    own = reading.situation.own
    return next((one for one in own if (one.service, one.starts_at) == (service, starts_at)), None)


def _book_party(reading: Reading, memory: Memory) -> Turn:
    """The same start for several people: propose it, or the nearest where all have room."""
    situation, when = reading.situation, memory.when
    names = joined(reading.language, [reading.name_of(one) for one in memory.services], "and")
    if not when.days and not when.has_clock:
        text = reading.say("ask_day", service=names)
        return reading.turn(text, replace(memory, pending=Pending.DAY, offered=()))
    reason = ""
    near = fitting_slots(situation, memory.services[0], replace(when, exact=()))
    if when.days and when.exact:
        wanted = start_on(situation, when.days[0], when.exact)
        near.sort(key=lambda slot: abs(slot.starts_at - wanted))
        if not slots_together(situation, memory.services, wanted):
            reason = reading.say("none_free", service=names)
    for first in near:
        if slots := slots_together(situation, memory.services, first.starts_at):
            return propose(reading, memory, slots, reason)
    text = f"{reading.say('none_free', service=names)} {reading.say('hand_over')}"
    return reading.turn(text, replace(memory, offered=()), (HandOver("several_people"),))
