"""Which of the caller's own bookings a message means, and asking for it. Pure.

In: a reading. Out: the bookings that fit its day, clock time and service, or the one that it picks
from the list that was asked about ("den andra", "den 25", "onsdagen").
"""

import re
from datetime import date

from dialogue.builtin.assent import denies
from dialogue.builtin.choose import bare_number
from dialogue.builtin.intent import Intent
from dialogue.builtin.reading import Reading
from dialogue.builtin.replies import joined, moment_text
from dialogue.builtin.when import Heard
from dialogue.turns import HandOver, Memory, OwnBooking, Turn

_PLACES = tuple(
    re.compile(rf"\b(?:{names})\b")
    for names in (r"först\w*|first|ettan?", r"andra|second|tvåan?", r"tredje|third|trean?")
)
_THANKS = re.compile(
    r"(?:ok\w*|bra|hej|jaha|nej|no|toppen)?[ ,!.]*(?:tack|thanks|thank you|thx|hej ?då|bye)\b"
)
CANCELS = re.compile(
    r"\bav ?bok|\bbokar? (?:\w+ )?(?:av|bort)\b|\bcancel|\bställa? in|\bta bort|\bstryk|\bstoppa|\bsläpp"
)
_SOMEBODYS = re.compile(
    r"\b(?:sin|sitt|sina|their|her own|his own) (?:\w+ )?(?:tid|bokning|besök|appointment|booking)"
)
_STRANGERS = (
    r"(?:grann(?:en)?s|kompisens|(?:min|mitt|my) (?:[^\W\d_]+ )?(?:kompis|granne|grannes|kollega|kollegas|chef|chefs|ex|friend's|"
    r"neighbou?r's|boss's|colleague's)|deras|(?:någon|nån) annans|andras|(?:en )?annan (?:kunds|persons)|"
    r"someone else's|somebody else's|another (?:customer|person|client|patient)'s|other people's|their)"
)
_CHANGES = r"(?:av ?boka|ta bort|radera|stryk|flytta|ändra|byt|cancel|delete|remove|move|change)"
_LAYS_HANDS = re.compile(  # on what others have booked
    rf"\b{_CHANGES} {_STRANGERS} (?:[^\W\d_]+ )?(?:tid\w*|bokning\w*|besök\w*|plats|appointments?|bookings?|slot)\b|"
    rf"\b{_CHANGES} (?:den|någon|nån|en|the|some(?:one|body)) (?:annan(?! (?:tid|dag|bokning)\b)|som har|kunden|else|"
    r"other(?! (?:time|day|one)\b)|person who|who has|customer)\b"
)
_LAST = re.compile(r"\b(?:sista|senare|last|latter)\b")
_ALL = re.compile(r"\b(?:alla|allt|allihop|båda|bägge|bada|samtliga|all|both|every)\b")


def own_in_order(reading: Reading) -> list[OwnBooking]:
    """The caller's bookings, the first one first."""
    return sorted(reading.situation.own, key=lambda one: one.starts_at)


def fitting_bookings(reading: Reading, heard: Heard) -> list[OwnBooking]:
    """The caller's bookings that fit all that is named: day, clock time, service, resource."""
    return [
        one
        for one in own_in_order(reading)
        if (not heard.when.days or local_day(reading, one) in _days_meant(reading, heard))
        and (not heard.when.exact or local_time(reading, one) in heard.when.exact)
        and (not reading.meant.services or one.service in reading.meant.services)
        and reading.resource in ("", one.resource)
    ]


def meant_bookings(reading: Reading, heard: Heard) -> list[OwnBooking]:
    """The caller's bookings that fit; all when none fits."""
    return fitting_bookings(reading, heard) or own_in_order(reading)


def picked_booking(reading: Reading) -> OwnBooking | None:
    """The one that answers "which booking do you mean?"; None when it names none, or several."""
    own, heard = own_in_order(reading), reading.heard
    if denies(reading.text):
        return None
    if heard.when.days or reading.meant.services:
        fitting = fitting_bookings(reading, heard)
        return fitting[0] if len(fitting) == 1 else None
    number = bare_number(reading.text)
    if number is not None and number <= len(own):
        return own[number - 1] if number else None
    for place, ordinal in zip(own, _PLACES, strict=False):
        if ordinal.search(reading.text):
            return place
    if _LAST.search(reading.text):
        return own[-1]
    fitting = fitting_bookings(reading, heard)
    named = bool(heard.when.exact or reading.resource)
    return fitting[0] if named and len(fitting) == 1 else None


def means_all(reading: Reading) -> bool:
    """Whether it is about all of the caller's bookings."""
    return bool(_ALL.search(reading.text)) and not denies(reading.text)


def about_somebody_else(reading: Reading) -> Turn | None:
    """A person sees to what somebody else wants with a booking: "min vän vill avboka sin tid".

    What belongs to others is left alone: "avboka grannens tid".
    """
    if _LAYS_HANDS.search(reading.text) and not _SOMEBODYS.search(reading.text):
        return reading.turn(reading.say("others"))
    if not _SOMEBODYS.search(reading.text) or not reading.has(Intent.CANCEL, Intent.MOVE):
        return None
    return reading.turn(reading.say("hand_over"), effects=(HandOver("question"),))


def only_thanks(reading: Reading) -> bool:
    """Whether the caller says thanks and leaves, in place of an answer."""
    return bool(_THANKS.match(reading.text)) and not reading.asks and not reading.answer.doubt


def ask_which(reading: Reading, memory: Memory, several: list[OwnBooking]) -> Turn:
    """Ask which of these bookings, each with its number among all of the caller's."""
    all_own = enumerate(own_in_order(reading), 1)
    named = [
        f"{number}) {named_booking(reading, one)}" for number, one in all_own if one in several
    ]
    text = reading.say("ask_which_own", bookings=joined(reading.language, named))
    return reading.turn(text, memory)


def named_booking(reading: Reading, booking: OwnBooking) -> str:
    """`damklippning onsdag 25 november kl 15:00`."""
    return f"{reading.name_of(booking.service)} {booking_moment(reading, booking)}"


def booking_moment(reading: Reading, booking: OwnBooking) -> str:
    """When a booking begins, in words."""
    return moment_text(reading.language, booking.starts_at, reading.business.zone)


def local_day(reading: Reading, booking: OwnBooking) -> date:
    """The booking's day in the company's zone."""
    return booking.starts_at.astimezone(reading.business.zone).date()


def local_time(reading: Reading, booking: OwnBooking) -> object:
    """The booking's time of day in the company's zone."""
    return booking.starts_at.astimezone(reading.business.zone).time()


def _days_meant(reading: Reading, heard: Heard) -> set[date]:
    """A weekday that is today's may be today, when it is about a booking."""
    days = set(heard.when.days)
    today = reading.situation.now.astimezone(reading.business.zone).date()
    if heard.by_weekday and today.weekday() in {day.weekday() for day in heard.when.days}:
        days.add(today)
    return days
