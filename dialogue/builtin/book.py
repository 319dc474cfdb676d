"""The booking: the next question, an offer, a proposal, or the booking itself. Pure.

In: a reading and the conversation's memory. Out: a turn. Also used to move a booking: then
`memory.booking_id` names it, and the result is a `Move`.
A message that settles service, day and time books at once when it is put as a wish, and is
proposed for a yes when it is put as a question or something in it was assumed.
"""

import re
from dataclasses import replace
from datetime import date, datetime, time, timedelta

from dialogue.builtin.assent import only_courtesy
from dialogue.builtin.intent import Intent
from dialogue.builtin.offer import meant_services
from dialogue.builtin.propose import (
    listed_times,
    local_start,
    moved_booking,
    offer,
    propose,
    settle,
)
from dialogue.builtin.reading import Reading
from dialogue.builtin.refuse import why_text
from dialogue.builtin.replies import (
    day_text,
    joined,
    moment_text,
    weekday_text,
)
from dialogue.builtin.slots import (
    alternatives,
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
    When,
)
from ringback.bookings import NotFree, Slot, last_bookable_day, why_not_free
from ringback.hours import intervals_on

_LISTED_SERVICES = 8
_SAYS_BOOK = re.compile(r"\b(?:boka\w*|book\w*|reserv\w+|appointment|tid|time|tar?|take)\b")
_OWN_TIME = (
    r"(?:(?:min|mina|vår|my|our|the) \w*(?:tid|tiden|bokning\w*|klippning\w*|appointment|booking|time)|den|det|tiden|"
    r"bokningen|it|that|my \w+|min \w+(?:ning|tid))"
)
_MOVES_BOOKING = re.compile(  # not "vi flyttar till ny lägenhet"
    rf"\b(?:om ?boka\w*|boka om|senarelägg\w*|tidigarelägg\w*|reschedul\w*|re-?book\w*|postpone\w*|"
    rf"(?:flytta\w*|ändra\w*|byta?|byter|move|change|push|skjuta? (?:på|upp|fram)) (?:om |på |fram )?{_OWN_TIME})\b"
)
_ONLY_MOVING = re.compile(
    r"\b(?:flytta|byta?|move|change|push|skjuta? (?:pa|upp|fram)|tid|time|dag|day|fran|from|min|my|behover|need|kan)\b"
)
_RESTRICTS = re.compile(  # a condition that a time of day and a name can't keep
    r"\b(?:utan|without|nästa år|next year|om ett år|varje|varannan|every|each|under \d+|below \d+|högst|max|"
    r"less than|mindre än|billigare|cheaper|endast om|bara om|only if)\b"
)
_PAIR = re.compile(r"\b(?P<one>[^\W\d_]+)(?: (?:och|o|and|plus) | ?[+&] ?)(?P<two>[^\W\d_]+)")
_COUNTED = re.compile(
    r"(?<!kl )\b(?:[2-5]|två|tre|fyra|two|three|four) (?:st )?(?P<what>[^\W\d_]{3,})"
)
_FOR_ANOTHER = re.compile(
    r"\b(?:till|också|även|another|also|too|åt|extra|samtidigt|för (?:min|mitt)|for my|both|båda)\b"
)
_NOTHING_MORE = re.compile(
    r"\b(?:tid|time|appointment|min (?:son|dotter|man|fru)|my (?:son|daughter)|bast)\b"
)


def go_on_booking(reading: Reading, memory: Memory) -> Turn:
    """The next step towards a booking (or a move), from all that is known."""
    if reading.heard.clash:
        return _ask_clash(reading, memory)
    moving = moved_booking(reading, memory)
    services = (moving.service,) if moving else memory.services
    if not services:
        return ask_service(reading, memory)
    if len(services) > 1:
        return _book_party(reading, memory)
    service = services[0]
    if reading.heard.later or reading.heard.earlier or reading.heard.other_times:
        shifted = _other_slots(reading, memory, service, moving)
        if shifted:
            return offer(reading, memory, shifted)
    if memory.when.exact and memory.when.days:
        return _book_exact(reading, memory, service, moving)
    if memory.when.days or memory.when.has_clock or memory.when.soonest:
        return _offer_fitting(reading, memory, service, moving)
    return _ask_day(reading, memory, service, moving)


def ask_service(reading: Reading, memory: Memory) -> Turn:
    """Ask which service; between those that the words may mean, where there are such."""
    memory = replace(memory, pending=Pending.SERVICE, offered=())
    if memory.unsure_services:
        names = [reading.name_of(service) for service in memory.unsure_services]
        key = "ask_one_service" if reading.meant.each else "ask_which_service"
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
    first = first_free(reading.situation, service, memory.resource)
    if not first:
        return _nothing_at_all(reading, memory, service)
    times = listed_times(reading, first, with_day=True)
    text = f"{question} {reading.say('offer_first', times=times)}"
    return reading.turn(text, replace(memory, pending=Pending.DAY), offered=tuple(first))


def _book_exact(reading: Reading, memory: Memory, service: str, moving: OwnBooking | None) -> Turn:
    """One clock time on one day or several: book, propose, or say why not and offer others."""
    situation, when = reading.situation, memory.when
    starts = [start_on(situation, day, when.exact) for day in when.days]
    for starts_at in starts:
        already = None if moving else _booked_already(reading, starts_at, service)
        if already and _is_definite(reading):
            kept = Memory(booked=Slot(service, already.resource, starts_at, already.ends_at))
            return reading.turn(reading.say("own", bookings=named_booking(reading, already)), kept)
        slot = slot_at(situation, service, starts_at, memory.resource, moving)
        if slot:
            sure = len(starts) == 1 and _is_definite(reading)
            return settle(reading, memory, slot) if sure else propose(reading, memory, (slot,))
    return _instead_of(reading, memory, service, starts[0], moving)


def _is_definite(reading: Reading) -> bool:
    """Whether the message is put as a wish that may be booked at once.

    It must say "book", or nothing but what and when; and nothing may deny, hesitate or ask.
    """
    heard = reading.heard
    timed = bool(heard.when.exact or heard.when.days or heard.same_time)
    proposed = {slot.service for slot in reading.memory.offered}
    another = bool(proposed) and proposed.isdisjoint(reading.meant.services)
    spoken = timed or (bool(reading.meant.services) and not another)
    if not spoken or reading.answer.doubt or reading.asks or reading.has(Intent.AVAILABILITY):
        return False
    if heard.bare_clock and not heard.when.days:
        return False  # "10" may be anything
    says_so = bool(reading.meant.services) or bool(_SAYS_BOOK.search(reading.text))
    if _RESTRICTS.search(reading.text) or _names_more(reading):
        return False
    if reading.has(Intent.MOVE):
        whole = reading.parted.heard.rest
        meant = bool(_MOVES_BOOKING.search(reading.text))
        return meant or only_courtesy(whole, _ONLY_MOVING, reading.names)
    if reading.has(Intent.BOOK) and says_so:
        return True  # not so "onsdag kl 15 behöver jag vara i skolan"
    return only_courtesy(heard.rest, _NOTHING_MORE, reading.names)


def _names_more(reading: Reading) -> bool:
    """Whether more than one thing is asked for: "dam och färgning", "2 herr"."""

    def sold(word: str) -> frozenset[str]:
        return frozenset(meant_services(word, reading.business).services)

    pairs = ((sold(pair["one"]), sold(pair["two"])) for pair in _PAIR.finditer(reading.text))
    counted = any(sold(found["what"]) for found in _COUNTED.finditer(reading.text))
    return counted or any(one and two and one.isdisjoint(two) for one, two in pairs)


def _booked_already(reading: Reading, starts_at: datetime, service: str) -> OwnBooking | None:
    """The caller's own booking of this service at this start, when nobody else is spoken of."""
    if _FOR_ANOTHER.search(reading.text):
        return None
    own = reading.situation.own
    return next((one for one in own if (one.service, one.starts_at) == (service, starts_at)), None)


def _instead_of(
    reading: Reading, memory: Memory, service: str, wanted: datetime, moving: OwnBooking | None
) -> Turn:
    situation = reading.situation
    why = why_not_free(
        reading.business, service, wanted, situation.taken, situation.now, memory.resource or None
    )
    reason = why_text(reading, service, wanted, why or NotFree.TAKEN, memory.resource)
    if why is NotFree.TOO_FAR:
        memory = replace(memory, when=When(), pending=Pending.DAY, offered=())
        return reading.turn(reason, memory)
    others = alternatives(situation, service, wanted, memory.resource, moving)
    if not others and memory.resource:
        others = alternatives(situation, service, wanted, "", moving)
    if not others:
        return _nothing_at_all(reading, memory, service, reason)
    return offer(reading, memory, others, reason)


def _offer_fitting(
    reading: Reading, memory: Memory, service: str, moving: OwnBooking | None
) -> Turn:
    """Times on the wished days and inside the wished part of the day; else the nearest others."""
    situation, when = reading.situation, memory.when
    free = fitting_slots(situation, service, when, memory.resource, moving)
    if when.exact:  # a clock time without a day: the nearest days that have it
        free = [slot for slot in free if local_start(reading, slot).time() in when.exact]
    if free:
        few = free[:3] if when.soonest else spread(situation, free)
        return offer(reading, memory, few)
    if not when.days:
        return _nothing_at_all(reading, memory, service)
    noon = when.not_before or when.not_after
    day = when.days[0]
    wanted = start_on(situation, day, (noon,) if noon else _opening(reading, day))
    why = why_not_free(reading.business, service, wanted, (), situation.now)
    if why in (NotFree.CLOSED_DAY, NotFree.TOO_FAR) and len(when.days) == 1:
        return _instead_of(reading, memory, service, wanted, moving)
    if all(day > last_bookable_day(reading.business, situation.now) for day in when.days):
        return _instead_of(reading, memory, service, wanted, moving)
    reason = reading.say("none_free", service=reading.name_of(service))
    same_days = fitting_slots(situation, service, When(when.days), memory.resource, moving)
    others = spread(situation, same_days) or _after(reading, memory, service, moving)
    if not others:
        return _nothing_at_all(reading, memory, service, reason)
    return offer(reading, memory, others, reason)


def _opening(reading: Reading, day: date) -> tuple[time, ...]:
    return tuple(opens for opens, _ in intervals_on(reading.business, day)[:1]) or (time(12),)


def _after(reading: Reading, memory: Memory, service: str, moving: OwnBooking | None) -> list[Slot]:
    """Slots on the days after the wished ones, in the same part of the day where there are any."""
    last = memory.when.days[-1]
    days = tuple(last + timedelta(days=n) for n in range(1, 22))
    for when in (replace(memory.when, days=days, exact=()), When(days)):
        free = fitting_slots(reading.situation, service, when, memory.resource, moving)
        if free:
            return spread(reading.situation, free)
    return []


def _other_slots(
    reading: Reading, memory: Memory, service: str, moving: OwnBooking | None
) -> list[Slot]:
    """Times later or earlier than those offered, or simply others, inside the same wish."""
    offered = memory.offered
    if not offered:
        return []
    when = replace(memory.when, exact=(), soonest=False)
    if reading.heard.later:
        when = replace(when, not_after=None)
    if reading.heard.earlier:
        when = replace(when, not_before=None)
    if reading.heard.when.days:
        when = replace(when, days=reading.heard.when.days)
    elif reading.heard.other_days and len(when.days) == 1:
        when = replace(when, days=())
    elif not when.days and not reading.heard.other_times:
        when = replace(when, days=tuple({local_start(reading, slot).date() for slot in offered}))
    free = fitting_slots(reading.situation, service, when, memory.resource, moving)
    first = min(slot.starts_at for slot in offered)
    last = max(slot.starts_at for slot in offered)
    if reading.heard.later:
        free = [slot for slot in free if slot.starts_at > last]
    elif reading.heard.earlier:
        free = [slot for slot in free if slot.starts_at < first]
    elif reading.heard.other_days:
        seen = {local_start(reading, slot).date() for slot in offered}
        free = [slot for slot in free if local_start(reading, slot).date() not in seen]
    else:
        shown = {slot.starts_at for slot in offered}
        free = [slot for slot in free if slot.starts_at not in shown]
        free = [slot for slot in free if slot.starts_at > last] or free
    return spread(reading.situation, free)


def _nothing_at_all(reading: Reading, memory: Memory, service: str, reason: str = "") -> Turn:
    last = day_text(reading.language, last_bookable_day(reading.business, reading.situation.now))
    text = reading.say("none_at_all", service=reading.name_of(service), last=last)
    memory = replace(memory, pending=Pending.NOTHING, offered=())
    return reading.turn(f"{reason} {text}".strip(), memory, (HandOver("no_free_time"),))


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
