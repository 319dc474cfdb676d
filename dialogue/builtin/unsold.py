"""What is asked for and not sold: things, what is done at a visit, and help with something. Pure.

In: a reading. Out: whether a wish is about none of the company's services, though its words look like
one; and a question what is to be done, of who only says with what.
"""

import re

from dialogue.builtin.book import ask_service
from dialogue.builtin.facts import asks_something
from dialogue.builtin.intent import Intent
from dialogue.builtin.known import known_so_far
from dialogue.builtin.offer import meant_services, tells_offer
from dialogue.builtin.reading import Reading
from dialogue.builtin.words import (
    SMALL_WORDS,
    listed,
    normal,
    plain,
    same_but_for_a_slip,
    stem,
    words,
)
from dialogue.turns import Turn

_FEW_WORDS = 3
_LONG_COMPOUND, _HEAD = 7, 4  # letters of a stem
_TELLING = 4  # letters
_GOODS = re.compile(r"\b(?:säljer|köpa|hyra|hyr|sell|buy|rent|lend)\b")  # no time is sold so
_AT_THE_VISIT = re.compile(  # what nobody books: "kan jag vänta medan ni byter däck?", "när är bilen klar?"
    r"\b(?:kan|får|måste|ska|går det att|can|may|must|should) (?:jag|man|vi|i|we|you)? ?(?:vänta|sitta kvar|stanna kvar|titta på|"
    r"ta med|vara med|äta|dricka|wait|stay|watch|bring|eat|drink)\b|"
    r"\b(?:måste|behöver|får|bör) (?:jag|man|vi|han|hon|barn\w*|min [^\W\d_]+) (?!(?:gärna |lov att |även |också )?(?:boka|komma|få|ha en|en\b|ett\b|beställa|tid|ta (?:en|den)))[^\W\d_]+|"
    r"\b(?:do|must|should|may) (?:i|we|they|you|my [^\W\d_]+) (?:have to|need to) (?!book|make)|\bcan (?:parents|children|kids|people|my [^\W\d_]+) (?!get|have|book|come)|"
    r"\bkostar det (?:mer|extra|mindre)\b|\bdoes it cost (?:more|extra|less)\b|"
    r"\b(?:när|är|when|is) (?:[^\W\d_]+ ){0,3}(?:klart?|klara|färdigt?|färdiga|ready|done)\b"
)
_DOES = re.compile(
    r"(?:(?:hej\w*|tja\w*|hallå)[ ,!.]+)?[^\W\d_]+r ni (?:(?:även|också|en|ett|ut|upp|av) )*(?P<thing>[^\W\d_]{3,})(?P<rest>.*)"
)
_NO_THING = frozenset(
    listed("mig oss min mitt mina vår våra hos för åt hemma det den dem något någon nån även också")
)
_HELP = re.compile(
    r"\b(?:kan|kunde|skulle) (?:ni|du|någon|nån) (?:\w+ )?(?:kolla|titta|hjälpa|fixa|laga|reparera|se över|ta en titt)\b|"
    r"\b(?:can|could) (?:you|someone|somebody) (?:\w+ )?(?:look|take a look|fix|help|repair|check)\b"
)


def unknown_wish(reading: Reading) -> bool:
    """A question that only seems to be about a booking: "do you have ...?" and nothing known."""
    put = reading.has(Intent.QUESTION) or asks_something(reading.text)
    asked = put and not reading.has(Intent.BOOK, Intent.AVAILABILITY)
    wishes = reading.has(Intent.BOOK, Intent.AVAILABILITY)
    if not wishes and not reading.heard.anything and _AT_THE_VISIT.search(reading.text):
        return True
    if asked and _GOODS.search(reading.text):
        return not reading.heard.anything
    return (
        asked and not reading.heard.anything and not (reading.meant.services and _is_sold(reading))
    )


def _is_sold(reading: Reading) -> bool:
    """Whether more than the verb tells of what is sold: "tvättar ni bilar?" is not about carpets."""
    found = _DOES.match(reading.text)
    if found and _names_else(found["thing"], reading):
        return False
    if not found or found["thing"] in _NO_THING or tells_offer(found["thing"], reading.business):
        return True
    return bool(meant_services(found["rest"], reading.business).services)


def _names_else(thing: str, reading: Reading) -> bool:
    """Whether a thing only begins as a name does: "tandreglering" is no "tandblekning"."""
    told = stem(thing)
    if thing in _NO_THING or len(told) < _LONG_COMPOUND:
        return False
    names = [stem(one) for one in reading.names]
    if any(one in told[1:] or told in one for one in names if len(one) >= _HEAD):
        return False  # its head: "kvällsmassage"
    return not any(same_but_for_a_slip(thing, one) for one in reading.names)


def help_wanted(reading: Reading) -> Turn | None:
    """Ask what is to be done, of who only says with what: "kan ni kolla på min cykel?"."""
    found = _HELP.search(reading.text)
    if found is None or reading.booking_is_open or reading.meant.services:
        return None
    things = [one for one in words(reading.text[found.end() :]) if one not in SMALL_WORDS]
    known = " ".join((*reading.names, plain(normal(reading.business.name))))
    told = [one for one in things if len(one) >= _TELLING and _beginning(one) in known]
    if not told or len(things) > _FEW_WORDS:
        return None
    return ask_service(reading, known_so_far(reading))


def _beginning(word: str) -> str:
    return plain(word)[: max(_TELLING, len(word) - 2)]  # "cykeln" is in "elcykel"
