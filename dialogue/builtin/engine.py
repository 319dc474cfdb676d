"""One message in, one turn out: the order in which a message is looked at. Pure.

In: the text of a message and a `Situation`. Out: a `Turn`. Each step in `_STEPS` either answers or
passes on to the next; what guards people comes first, what sells comes last.
"""

import re
from collections.abc import Callable
from dataclasses import replace

from dialogue.builtin import cancel as cancelling
from dialogue.builtin import own as moving
from dialogue.builtin.accept import answered_offer, comes_back
from dialogue.builtin.asked_on import asked_on, kinds_asked
from dialogue.builtin.book import ask_service, go_on_booking
from dialogue.builtin.cancel import cancel
from dialogue.builtin.danger import alarms
from dialogue.builtin.facts import answers, asks_something, lacks_price, rested_on
from dialogue.builtin.intent import Intent
from dialogue.builtin.known import known_so_far, picks_service
from dialogue.builtin.language import looks_unknown
from dialogue.builtin.offer import Meant
from dialogue.builtin.own import correct, move, my_booking
from dialogue.builtin.own_call import own_call
from dialogue.builtin.people import (
    anger,
    boundaries,
    consent,
    emergency,
    lateness,
    noise,
    offer_call,
    other_language,
    person,
)
from dialogue.builtin.reading import Reading, read_message
from dialogue.builtin.reminded import answered_reminder
from dialogue.builtin.replies import fitted
from dialogue.builtin.unsold import help_wanted
from dialogue.builtin.which import about_somebody_else
from dialogue.builtin.wishing import booking, no_such_time, wants_time
from dialogue.builtin.words import (
    words,
)
from dialogue.turns import HandOver, Memory, Pending, Situation, Turn

Step = Callable[[Reading], Turn | None]

_MOST_MISSES = 2  # not understood so often in a row: a person must look
_ASKING = (
    Intent.QUESTION,
    Intent.PRICE,
    Intent.DURATION,
    Intent.HOURS,
    Intent.ADDRESS,
    Intent.PHONE,
    Intent.POLICY,
)
_FOR_STAFF = re.compile(  # where to come, when not to ring: what a person must read
    r"\bring(?:a|er)? (?:\w+ )?(?:inte|ej) mellan\b|\b(?:don't|do not|never) (?:call|ring|phone) (?:\w+ )?between\b|"
    r"\badressen (?:är|:)|\b(?:min|vår) adress\b|\b(?:jag|vi) bor (?:på|i)\b|\b(?:my|our|the) address is\b|\bport ?kod\w*"
)
_WHAT_IS_SOLD = re.compile(
    r"\b(?:vad|vilka|what|which)\b.{0,24}\b(?:behandlingar|tjänster|services|treatments)\b|"
    r"^(?:hej\w*[ ,!.]+)?(?:vad|vilka) (?:har ni|gör ni|erbjuder ni|finns(?: det)?)(?: att (?:välja på|boka))?[ ?!.]*$|"
    r"^what do you (?:do|offer|have)[ ?!.]*$"
)
_GREETING = re.compile(
    r"(?:(?:hej\w*|hallå|tja|tjena|hi|hello|hey|god (?:morgon|dag|kväll)|är (?:ni|du|nån|någon) där|are you there|"
    r"(?:kan|skulle) (?:du|ni) (?:kunna )?hjälpa (?:mig|oss)(?: med (?:en sak|något|nåt))?|(?:can|could) you help (?:me|us)(?: with something)?|"
    r"(?:får|kan|kunde) jag fråga (?:en sak|något|nåt)|(?:can|may) i ask (?:something|a question)|tack|snälla|please)?[ ?!.,]*)+"
)
_SEE_YOU = re.compile(
    r"\b(?:vi )?ses\b(?! över)|\bsyns (?:på|då|imorgon)\b|\bser fram emot\b|\bsee (?:you|ya)\b|\blooking forward\b"
)
_NO_ANSWER, _NO_PRICE = HandOver("question"), HandOver("no_price")
_UNANSWERED = (_NO_ANSWER, _NO_PRICE)  # the company's information lacks what was asked for


def take_turn(text: str, situation: Situation) -> Turn:
    """Understand one message and decide what is answered and done.

    Args:
        text: The message as received; may be empty.
        situation: The company, the clock, what is taken, and what the conversation knows.

    Returns:
        The reply (None: stay silent), the new memory, and the effects to carry out with it.
    """
    reading = asked_on(read_message(text, situation))
    turn, step = _first_answer(reading)
    if step in _ASKING_STEPS:
        turn = _unless_stuck(reading, turn)
    return replace(
        turn,
        understood=_log(reading, step.__name__),
        used=rested_on(reading, turn.reply),
        unanswered=any(effect in _UNANSWERED for effect in turn.effects),
    )


def _first_answer(reading: Reading) -> tuple[Turn, Step]:
    for step in _STEPS:
        if turn := step(reading):
            return turn, step
    return _not_understood(reading), _not_understood


def _unless_stuck(reading: Reading, turn: Turn) -> Turn:
    """The turn; a person instead, when the same question would be asked once more for nothing."""
    before, after = reading.memory, turn.memory
    same = _but_for_talk(after) == _but_for_talk(before)
    if turn.effects or after.pending is Pending.NOTHING or not same:
        return turn
    if before.misses + 1 >= _MOST_MISSES:
        return reading.turn(reading.say("hand_over"), effects=(HandOver("not_understood"),))
    return replace(turn, memory=replace(after, misses=before.misses + 1))


def _but_for_talk(memory: Memory) -> Memory:
    return replace(memory, misses=0, language="", asked=())


def _facts(reading: Reading) -> Turn | None:
    """Answer what is asked; and go on with what was talked about."""
    if _names_service(reading):
        return None  # "den korta" asks nothing about cards
    pointed = reading.heard.later or reading.heard.earlier or reading.heard.other_times
    asking = _ASKING[1:] if pointed else _ASKING
    if reading.booking_is_open and reading.heard.anything and not reading.has(*asking):
        return None  # "har ni nåt senare?" is about the offered times alone
    said = answers(reading)
    if not said:
        return None
    effects = (_NO_PRICE,) if lacks_price(reading) else ()
    again = _asked_again(reading)
    if again is None and not wants_time(reading, asking=True) and not reading.booking_is_open:
        known = known_so_far(reading) if reading.meant.services else reading.memory
        turn = reading.turn(" ".join(said), known, effects)
        return replace(turn, memory=replace(turn.memory, asked=kinds_asked(reading)))
    more = again or go_on_booking(reading, known_so_far(_still_about(reading)))
    return replace(more, reply=fitted(" ".join([*said, more.reply or ""])))


def _names_service(reading: Reading) -> bool:
    """Whether it picks one of the services that we asked between, and asks nothing."""
    asked = reading.memory.pending is Pending.SERVICE and not reading.has(*_ASKING)
    return asked and picks_service(reading) is not None


def _still_about(reading: Reading) -> Reading:
    """The reading; a question in the midst of a booking does not change what is booked."""
    wish = reading.has(Intent.BOOK, Intent.AVAILABILITY, Intent.CORRECTION)
    if wish or not (reading.booking_is_open and reading.memory.services):
        return reading
    return replace(reading, meant=Meant())


def _asked_again(reading: Reading) -> Turn | None:
    """The open question about an own booking, or about ringing, once more."""
    if reading.memory.pending is Pending.CALL_BACK:
        return reading.turn(reading.say("ask_call"))
    return cancelling.asked_again(reading) or moving.asked_again(reading)


def _leaves(reading: Reading) -> Turn | None:
    """Thanks for a booking that stands need no answer, though they name its day: "tack, ses på torsdag!"."""
    own, heard = reading.situation.own, reading.heard
    idle = reading.memory.pending is Pending.NOTHING and not reading.has(Intent.QUESTION)
    if not own or not idle or not _SEE_YOU.search(reading.text) or reading.meant.services:
        return None
    zone = reading.business.zone
    named = any(one.starts_at.astimezone(zone).date() in heard.when.days for one in own)
    return reading.turn(None) if named or not heard.when.days else my_booking(_asking_when(reading))


def _asking_when(reading: Reading) -> Reading:
    """The reading of a wrong day, as a question which day it is."""
    return replace(reading, intents=reading.intents | {Intent.MY_BOOKING})


def _courtesy(reading: Reading) -> Turn | None:
    """Thanks and a plain yes after all is done need no answer."""
    if reading.booking_is_open or reading.has(Intent.QUESTION):
        return None
    if reading.text and not words(reading.text):
        return reading.turn(None)  # a picture, a full stop
    if comes_back(reading) and reading.memory.pending is Pending.NOTHING:
        return reading.turn(None)
    done = reading.answer.yes or reading.answer.ends
    closed = reading.memory.pending is Pending.NOTHING and bool(reading.situation.own)
    if reading.has(Intent.THANKS) or (done and (reading.memory.booked or closed)):
        return reading.turn(None)
    return None


def _not_understood(reading: Reading) -> Turn:
    """Ask anew once; then a person. A question that has no answer goes to a person at once."""
    memory = reading.memory
    if alarms(reading.text) or _FOR_STAFF.search(reading.text):
        return reading.turn(reading.say("hand_over"), effects=(HandOver("not_understood"),))
    if looks_unknown(reading.text):
        return offer_call(replace(reading, language="en"))
    if _WHAT_IS_SOLD.search(reading.text):
        return ask_service(reading, replace(memory, services=(), unsure_services=()))
    asked = reading.has(Intent.QUESTION) or asks_something(reading.text)
    if asked and not _GREETING.fullmatch(reading.text):
        return reading.turn(reading.say("unknown"), effects=(_NO_ANSWER,))
    again = _asked_again(reading)
    if again is None and reading.booking_is_open:
        again = go_on_booking(reading, memory)
    if again is not None:
        return again
    if memory.misses + 1 >= _MOST_MISSES:
        return reading.turn(reading.say("hand_over"), effects=(HandOver("not_understood"),))
    turn = reading.turn(reading.say("help", name=reading.business.name))
    return replace(turn, memory=replace(turn.memory, misses=memory.misses + 1))


def _log(reading: Reading, step: str) -> dict[str, object]:
    """How the message was understood, for the log; holds none of its words."""
    when = reading.heard.when
    return {
        "engine": "builtin",
        "step": step.lstrip("_"),
        "language": "other" if reading.foreign else reading.language,
        "intents": sorted(str(intent) for intent in reading.intents),
        "services": list(reading.meant.services),
        "resource": reading.resource,
        "days": [day.isoformat() for day in when.days],
        "exact": [f"{one:%H:%M}" for one in when.exact],
        "not_before": f"{when.not_before:%H:%M}" if when.not_before else None,
        "not_after": f"{when.not_after:%H:%M}" if when.not_after else None,
        "soonest": when.soonest,
        "yes": reading.answer.yes,
        "no": reading.answer.no,
    }


_STEPS: tuple[Step, ...] = (
    consent,
    noise,
    boundaries,
    emergency,
    anger,
    lateness,
    own_call,
    person,
    other_language,
    about_somebody_else,
    answered_reminder,
    cancel,
    correct,
    move,
    no_such_time,
    answered_offer,
    my_booking,
    _leaves,
    help_wanted,
    _facts,
    booking,
    _courtesy,
)
_ASKING_STEPS: tuple[Step, ...] = (
    own_call,
    answered_reminder,
    cancel,
    correct,
    move,
    answered_offer,
    booking,
    _not_understood,
)
