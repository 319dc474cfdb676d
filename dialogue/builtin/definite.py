"""Whether a message is put as a wish that may be booked, or moved, at once. Pure.

In: a reading. Out: yes only where it says so plainly: book.py proposes for a yes whatever is doubted,
asked, assumed, bound to a condition, or names more than one thing.
"""

import re

from dialogue.builtin.assent import only_courtesy
from dialogue.builtin.intent import Intent
from dialogue.builtin.offer import meant_services
from dialogue.builtin.reading import Reading

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
_NOTHING_MORE = re.compile(
    r"\b(?:tid|time|appointment|min (?:son|dotter|man|fru)|my (?:son|daughter)|bast)\b"
)


def is_definite(reading: Reading) -> bool:
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
    if _RESTRICTS.search(reading.text) or names_more(reading):
        return False
    if reading.has(Intent.MOVE):
        whole = reading.parted.heard.rest
        meant = bool(_MOVES_BOOKING.search(reading.text))
        return meant or only_courtesy(whole, _ONLY_MOVING, reading.names)
    if reading.has(Intent.BOOK) and says_so:
        return True  # not so "onsdag kl 15 behöver jag vara i skolan"
    return only_courtesy(heard.rest, _NOTHING_MORE, reading.names)


def names_more(reading: Reading) -> bool:
    """Whether more than one thing is asked for: "dam och färgning", "2 herr"."""
    counted = any(_sold(reading, found["what"]) for found in _COUNTED.finditer(reading.text))
    return counted or bool(named_apart(reading))


def named_apart(reading: Reading) -> tuple[str, ...]:
    """The services of two things that are named side by side and can't be one: "dam och färgning"."""
    for pair in _PAIR.finditer(reading.text):
        one, two = _sold(reading, pair["one"]), _sold(reading, pair["two"])
        if one and two and set(one).isdisjoint(two):
            return (*one, *two)
    return ()


def _sold(reading: Reading, word: str) -> tuple[str, ...]:
    return meant_services(word, reading.business).services
