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
from dialogue.builtin.known import group_size, known_so_far, picks_service
from dialogue.builtin.language import looks_unknown
from dialogue.builtin.offer import Meant, meant_services, tells_offer
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
from dialogue.builtin.replies import fitted, joined
from dialogue.builtin.when import PARTY
from dialogue.builtin.which import about_somebody_else
from dialogue.builtin.words import (
    SMALL_WORDS,
    listed,
    normal,
    plain,
    same_but_for_a_slip,
    stem,
    words,
)
from dialogue.turns import HandOver, Memory, Pending, Situation, Turn, When

Step = Callable[[Reading], Turn | None]

_LONG_COMPOUND, _HEAD = 7, 4  # letters of a stem
_MOST_TOGETHER = 2  # people whose times are found side by side
_FEW_WORDS = 3
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
_IN_A_ROW = re.compile(
    r"\b(?:efter varandra|direkt efter|på rad|i följd|after each other|back to back|in a row|one after)\b"
)
_GOODS = re.compile(r"\b(?:säljer|köpa|hyra|hyr|sell|buy|rent|lend)\b")  # no time is sold so
_FOR_STAFF = re.compile(  # where to come, when not to ring: what a person must read
    r"\bring(?:a|er)? (?:\w+ )?(?:inte|ej) mellan\b|\b(?:don't|do not|never) (?:call|ring|phone) (?:\w+ )?between\b|"
    r"\badressen (?:är|:)|\b(?:min|vår) adress\b|\b(?:jag|vi) bor (?:på|i)\b|\b(?:my|our|the) address is\b|\bport ?kod\w*"
)
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
_TELLS_OF_PAST = re.compile(  # "jag köpte linser hos er i tisdags" wishes for no time
    r"\b(?:var|fick|köpte|hade|gjorde|lämnade|hämtade|bytte|beställde|skrev|ringde|kom|blev|satt|tog|gick|was|were|got|had|did|"
    r"bought|left|came|went|(?:har|hade|have|had) (?:jag|vi|ni|i|we|you) [^\W\d_]+(?:t|d)|[^\W\d_]{3,}(?:ade|erade))\b"
)
_BOTH = re.compile(
    r"\b(?:båda|bägge|bada|både|allihop|both)\b(?! (?:tider|dagar|times|days)\b)|^(?:alla|allt|all)\W*$"
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
    if _booking_is_open(reading) and reading.heard.anything and not reading.has(*asking):
        return None  # "har ni nåt senare?" is about the offered times alone
    said = answers(reading)
    if not said:
        return None
    effects = (_NO_PRICE,) if lacks_price(reading) else ()
    again = _asked_again(reading)
    if again is None and not _wants_time(reading, asking=True) and not _booking_is_open(reading):
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
    if wish or not (_booking_is_open(reading) and reading.memory.services):
        return reading
    return replace(reading, meant=Meant())


def _asked_again(reading: Reading) -> Turn | None:
    """The open question about an own booking, or about ringing, once more."""
    if reading.memory.pending is Pending.CALL_BACK:
        return reading.turn(reading.say("ask_call"))
    return cancelling.asked_again(reading) or moving.asked_again(reading)


def _booking_is_open(reading: Reading) -> bool:
    return reading.memory.pending in (Pending.DAY, Pending.PICK, Pending.CONFIRM, Pending.SERVICE)


def _wants_time(reading: Reading, asking: bool = False) -> bool:
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


def _booking(reading: Reading) -> Turn | None:
    """Everything that leads to a booking."""
    turn = _towards_booking(reading)
    if turn is None or not reading.stranger or turn.effects:
        return turn
    people = joined(reading.language, list(reading.business.resources), "and")
    return replace(turn, reply=fitted(f"{reading.say('stranger', who=people)} {turn.reply or ''}"))


def _no_such_time(reading: Reading) -> Turn | None:
    """A day or time that there is none of, or that has been, is said to be so."""
    heard = reading.heard
    wish = reading.has(Intent.BOOK, Intent.AVAILABILITY, Intent.MOVE) or _booking_is_open(reading)
    if not (heard.unreal or heard.past) or not (wish or reading.meant.services):
        return None
    if heard.past and not heard.unreal and not wish and _TELLS_OF_PAST.search(reading.text):
        if answers(reading):
            return None
        return reading.turn(reading.say("hand_over"), effects=(HandOver("question"),))
    known = known_so_far(replace(reading, heard=replace(heard, when=When())))
    memory = replace(known, pending=Pending.DAY if known.services else Pending.SERVICE, offered=())
    return reading.turn(reading.say("no_such_time" if heard.unreal else "ask_coming"), memory)


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
    wanted = (_booking_is_open(reading) and told) or (
        _wants_time(reading) and not _unknown_wish(reading)
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


def _unknown_wish(reading: Reading) -> bool:
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


def _courtesy(reading: Reading) -> Turn | None:
    """Thanks and a plain yes after all is done need no answer."""
    if _booking_is_open(reading) or reading.has(Intent.QUESTION):
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
    if again is None and _booking_is_open(reading):
        again = go_on_booking(reading, memory)
    if again is not None:
        return again
    if memory.misses + 1 >= _MOST_MISSES:
        return reading.turn(reading.say("hand_over"), effects=(HandOver("not_understood"),))
    turn = reading.turn(reading.say("help", name=reading.business.name))
    return replace(turn, memory=replace(turn.memory, misses=memory.misses + 1))


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


_SEE_YOU = re.compile(
    r"\b(?:vi )?ses\b(?! över)|\bsyns (?:på|då|imorgon)\b|\bser fram emot\b|\bsee (?:you|ya)\b|\blooking forward\b"
)


def _help_wanted(reading: Reading) -> Turn | None:
    """Ask what is to be done, of who only says with what: "kan ni kolla på min cykel?"."""
    found = _HELP.search(reading.text)
    if found is None or _booking_is_open(reading) or reading.meant.services:
        return None
    things = [one for one in words(reading.text[found.end() :]) if one not in SMALL_WORDS]
    known = " ".join((*reading.names, plain(normal(reading.business.name))))
    told = [one for one in things if len(one) >= _TELLING and _beginning(one) in known]
    if not told or len(things) > _FEW_WORDS:
        return None
    return ask_service(reading, known_so_far(reading))


def _beginning(word: str) -> str:
    return plain(word)[: max(_TELLING, len(word) - 2)]  # "cykeln" is in "elcykel"


_TELLING = 4  # letters
_HELP = re.compile(
    r"\b(?:kan|kunde|skulle) (?:ni|du|någon|nån) (?:\w+ )?(?:kolla|titta|hjälpa|fixa|laga|reparera|se över|ta en titt)\b|"
    r"\b(?:can|could) (?:you|someone|somebody) (?:\w+ )?(?:look|take a look|fix|help|repair|check)\b"
)


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
    _no_such_time,
    answered_offer,
    my_booking,
    _leaves,
    _help_wanted,
    _facts,
    _booking,
    _courtesy,
)
_ASKING_STEPS: tuple[Step, ...] = (
    own_call,
    answered_reminder,
    cancel,
    correct,
    move,
    answered_offer,
    _booking,
    _not_understood,
)
