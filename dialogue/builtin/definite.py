"""Whether a message is put as a wish that may be booked, or moved, at once. Pure.

In: a reading. Out: yes only where it says so plainly: book.py proposes for a yes whatever is doubted,
asked, assumed, bound to a condition, or names more than one thing.
"""

import re

from dialogue.builtin.assent import only_courtesy
from dialogue.builtin.intent import Intent
from dialogue.builtin.offer import meant_services, tells_offer
from dialogue.builtin.reading import Reading
from dialogue.builtin.when import hear_when
from dialogue.builtin.words import plain, words

_WISH = re.compile(  # compared without dots and rings; no form of "booked": that tells of something
    r"(?<![\w'])(?:boka[rs]?|reserver\w+|bestall(?:a|er)?|book|reserve|make|schedule|in|upp|en|ett|an?|till|"
    r"tid(?:en|er)?|times?|slot|appointment|skulle|vilja|vill|villa|onskar|soker|behover|behovs|tankte|ska|kan|far?|ha|komma|"
    r"garna|helst|tar?|mig|mej|oss|att|av|om|som|hos er|skulle vi|would|i|i'd|i would|like|want|wants?|need|"
    r"needs|can|could|may|get|have|come|see|you|my|we|us|just|basta?|bast|earliest|preferably|(?:min|mitt|var|my|our) "
    r"(?:son|dotter|man|fru|sambo|mamma|pappa|kille|tjej|barn|unge|bil|hund|katt|daughter|wife|husband|kid|child|car|"
    r"dog|cat|mum|dad|mother|father)|klockan|dag|day|dagen|ju|bara|also|val|pa forhand|in advance)(?![\w'])"
)
_MOVING = re.compile(
    r"\b(?:flytta[rs]?|om ?boka[rs]?|boka om|andra[rs]?|byta?r?|senarelagg\w*|tidigarelagg\w*|skjuta? (?:pa|upp|fram)|"
    r"move|change|reschedule|re-?book|postpone|push|back|fran|from|istallet|instead|for|fram|om|bokning(?:en)?|booking|"
    r"maste|have to|mitt|mina|min|our|var|it|den|samma|(?:har |far |fick )?(?:fatt )?forhinder|(?:har|ar|blivit) (?:blivit )?sjuk)\b"
)
_TELLS = re.compile(
    r"\b(?:bekräft\w*|stämmer|confirm\w*|(?:ni|du|hon|han|de) (?:sa|så|sade)|said|told|tack för|thanks for)\b"
)  # of a booking that the caller takes for made
_RESTRICTS = re.compile(  # a condition that a time of day and a name can't keep
    r"\b(?:utan|without|nästa år|next year|om ett år|varje|varannan|every|each|under \d+|below \d+|högst|max|"
    r"less than|mindre än|billigare|cheaper|endast om|bara om|only if)\b"
)
_PAIR = re.compile(r"\b(?P<one>[^\W\d_]+)(?: (?:och|o|and|plus) | ?[+&] ?)(?P<two>[^\W\d_]+)")
_AND = re.compile(r"\b(?:och|o|and|plus|samt|sen|sedan|then)\b|[+&,;.](?!\d)")
_COUNTED = re.compile(
    r"(?<!kl )\b(?:[2-5]|två|tre|fyra|two|three|four) (?:st )?(?P<what>[^\W\d_]{3,})"
)


def is_definite(reading: Reading) -> bool:
    """Whether the message is put as a wish that may be booked at once.

    Beside what and when it must hold nothing but words of wishing and courtesy: what tells of
    something ("min fru har bokat ...", "ni lovade flytta ...") is no wish. Nothing may deny, hesitate
    or ask.
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
    if _RESTRICTS.search(reading.text) or _TELLS.search(reading.text) or names_more(reading):
        return False
    return _only_wishes(reading)


def _only_wishes(reading: Reading) -> bool:
    """Whether nothing is left beside when, what the company sells, and words of wishing."""
    rest = reading.heard.rest
    if reading.has(Intent.MOVE):
        rest = _MOVING.sub(" ", plain(reading.parted.heard.rest))
    sold = {plain(word) for word in words(rest) if tells_offer(word, reading.business)}
    return only_courtesy(rest, _WISH, reading.names | sold)


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
    return _each_at_its_time(reading)


def _each_at_its_time(reading: Reading) -> tuple[str, ...]:
    """The services of "skifte fredag kl 10 och balansering kl 11", each with a time of its own."""
    now = reading.situation.now.astimezone(reading.business.zone)
    pieces = [piece for piece in _AND.split(reading.text) if piece.strip()]
    if len(pieces) < 2:
        return ()
    parts = [hear_when(piece, now) for piece in pieces]
    timed = [_sold(reading, part.rest) for part in parts if part.when.exact or part.when.days]
    found = [services for services in timed if services]
    if len(found) < 2 or not set(found[0]).isdisjoint(found[1]):
        return ()
    return (*found[0], *found[1])


def _sold(reading: Reading, word: str) -> tuple[str, ...]:
    return meant_services(word, reading.business).services
