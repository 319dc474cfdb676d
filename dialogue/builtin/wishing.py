"""A wish for a time: from the first word of it to what book.py asks, offers and proposes. Pure.

In: a reading that no other step has answered. Out: a turn that leads on to a booking, or none where
nothing is wished for. Stands behind the answers to questions, for what only seems to be a wish is one.
"""

import re
from dataclasses import replace

from dialogue.builtin.book import go_on_booking
from dialogue.builtin.facts import answers
from dialogue.builtin.intent import Intent
from dialogue.builtin.known import group_size, known_so_far, picks_service
from dialogue.builtin.reading import Reading
from dialogue.builtin.replies import fitted, joined
from dialogue.builtin.unsold import unknown_wish
from dialogue.builtin.when import PARTY
from dialogue.builtin.words import words
from dialogue.turns import HandOver, Memory, Pending, Turn, When

_MOST_TOGETHER = 2  # people whose times are found side by side
_FEW_WORDS = 3
_IN_A_ROW = re.compile(
    r"\b(?:efter varandra|direkt efter|på rad|i följd|after each other|back to back|in a row|one after)\b"
)
_TELLS_OF_PAST = re.compile(  # "jag köpte linser hos er i tisdags" wishes for no time
    r"\b(?:var|fick|köpte|hade|gjorde|lämnade|hämtade|bytte|beställde|skrev|ringde|kom|blev|satt|tog|gick|was|were|got|had|did|"
    r"bought|left|came|went|(?:har|hade|have|had) (?:jag|vi|ni|i|we|you) [^\W\d_]+(?:t|d)|[^\W\d_]{3,}(?:ade|erade))\b"
)
_BOTH = re.compile(
    r"\b(?:båda|bägge|bada|både|allihop|both)\b(?! (?:tider|dagar|times|days)\b)|^(?:alla|allt|all)\W*$"
)


def booking(reading: Reading) -> Turn | None:
    """Everything that leads to a booking."""
    turn = _towards_booking(reading)
    if turn is None or not reading.stranger or turn.effects:
        return turn
    people = joined(reading.language, list(reading.business.resources), "and")
    return replace(turn, reply=fitted(f"{reading.say('stranger', who=people)} {turn.reply or ''}"))


def no_such_time(reading: Reading) -> Turn | None:
    """A day or time that there is none of, or that has been, is said to be so."""
    heard = reading.heard
    wish = reading.has(Intent.BOOK, Intent.AVAILABILITY, Intent.MOVE) or reading.booking_is_open
    if not (heard.unreal or heard.past) or not (wish or reading.meant.services):
        return None
    if heard.past and not heard.unreal and not wish and _TELLS_OF_PAST.search(reading.text):
        if answers(reading):
            return None
        return reading.turn(reading.say("hand_over"), effects=(HandOver("question"),))
    known = known_so_far(replace(reading, heard=replace(heard, when=When())))
    memory = replace(known, pending=Pending.DAY if known.services else Pending.SERVICE, offered=())
    return reading.turn(reading.say("no_such_time" if heard.unreal else "ask_coming"), memory)


def wants_time(reading: Reading, asking: bool = False) -> bool:
    """Whether the message is about getting a time."""
    if asking:  # beside a question: only clear signs count
        about_day = reading.has(Intent.HOURS) and not reading.meant.services
        spoken = reading.heard.anything and not about_day
        return spoken or (reading.has(Intent.AVAILABILITY) and bool(reading.meant.services))
    wish = reading.has(Intent.BOOK, Intent.AVAILABILITY) or _names_only_whom(reading)
    return wish or bool(reading.meant.services) or reading.heard.anything


def _names_only_whom(reading: Reading) -> bool:
    """Whether it says nothing but who: "Johan tack"."""
    told = len(words(reading.text)) <= _FEW_WORDS and not reading.has(Intent.QUESTION)
    return told and bool(reading.resource)


def _towards_booking(reading: Reading) -> Turn | None:
    known = known_so_far(reading)
    told = (
        reading.heard.anything
        or reading.meant.services
        or reading.resource
        or reading.heard.clash
        or PARTY.search(reading.heard.rest)
        or reading.memory.avoided != reading.situation.memory.avoided
    )
    wanted = (reading.booking_is_open and told) or (
        wants_time(reading) and not unknown_wish(reading)
    )
    in_a_row = len(known.services) > 1 and _IN_A_ROW.search(reading.text)
    if wanted and (group_size(reading) > _MOST_TOGETHER or in_a_row):
        memory = Memory(booked=reading.memory.booked)
        return reading.turn(reading.say("many_people"), memory, (HandOver("several_people"),))
    if _wants_both(reading):
        services = [reading.name_of(one) for one in reading.memory.unsure_services]
        text = reading.say("several_things", services=joined(reading.language, services, "and"))
        memory = Memory(booked=reading.memory.booked)
        return reading.turn(text, memory, (HandOver("several_things"),))
    if reading.memory.pending is Pending.SERVICE and (service := picks_service(reading)):
        memory = replace(known, services=(service,), unsure_services=())
        return go_on_booking(reading, memory)
    return go_on_booking(reading, known) if wanted else None


def _wants_both(reading: Reading) -> bool:
    """Whether all are wanted of the services between which we asked."""
    asked = reading.memory.pending is Pending.SERVICE and len(reading.memory.unsure_services) > 1
    return asked and bool(_BOTH.search(reading.text)) and not reading.asks and not reading.answer.no
