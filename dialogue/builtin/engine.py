"""One message in, one turn out: the order in which a message is looked at. Pure.

In: the text of a message and a `Situation`. Out: a `Turn`. Each step in `_STEPS` either answers or
passes on to the next; what guards people comes first, what sells comes last.
"""

from collections.abc import Callable
from dataclasses import replace

from dialogue.builtin.book import go_on_booking
from dialogue.builtin.choose import chosen
from dialogue.builtin.facts import answers, lacks_price
from dialogue.builtin.intent import Intent
from dialogue.builtin.known import known_so_far, picks_service
from dialogue.builtin.language import looks_unknown
from dialogue.builtin.own import cancel, correct, move, my_booking
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
from dialogue.builtin.propose import listed_times, settle, still_free
from dialogue.builtin.reading import Reading, read_message
from dialogue.builtin.replies import fitted
from dialogue.turns import HandOver, Memory, Pending, Situation, Turn

_MOST_MISSES = 2  # not understood so often in a row: a person must look


def take_turn(text: str, situation: Situation) -> Turn:
    """Understand one message and decide what is answered and done.

    Args:
        text: The message as received; may be empty.
        situation: The company, the clock, what is taken, and what the conversation knows.

    Returns:
        The reply (None: stay silent), the new memory, and the effects to carry out with it.
    """
    reading = read_message(text, situation)
    for step in _STEPS:
        turn = step(reading)
        if turn is not None:
            return replace(turn, understood=_log(reading, step.__name__))
    return replace(_not_understood(reading), understood=_log(reading, "not_understood"))


def _choice(reading: Reading) -> Turn | None:
    """A yes to what was proposed, or one of the offered times: book it."""
    memory, offered = reading.memory, reading.memory.offered
    if memory.pending not in (Pending.PICK, Pending.CONFIRM, Pending.DAY) or not offered:
        return None
    if reading.has(Intent.CANCEL, Intent.MOVE) or _names_other_service(reading):
        return None
    confirming = memory.pending is Pending.CONFIRM
    heard, zone = reading.heard, reading.business.zone
    if confirming and len(offered) > 1:
        picked = offered if reading.answer.yes and not heard.when.days else ()
    else:
        one = chosen(reading.text, heard, offered, zone, reading.resource)
        accepts = reading.answer.yes and not heard.anything and not heard.other_times
        if one is None and accepts and len(offered) == 1 and not reading.resource:
            one = offered[0]
        picked = (one,) if one else ()
    if picked and _questions_instead(reading):
        return None
    if not picked:
        return _declined(reading)
    free = [still_free(reading, memory, slot) for slot in picked]
    sure = tuple(slot for slot in free if slot)
    if len(sure) < len(picked):
        again = go_on_booking(reading, replace(known_so_far(reading), offered=()))
        return replace(again, reply=fitted(f"{reading.say('gone')} {again.reply or ''}"))
    return _and_answers(reading, settle(reading, memory, *sure))


def _names_other_service(reading: Reading) -> bool:
    services = {slot.service for slot in reading.memory.offered}
    return bool(reading.meant.services) and services.isdisjoint(reading.meant.services)


def _questions_instead(reading: Reading) -> bool:
    """Whether it asks about an offered time ("what does the first one cost?") and takes none."""
    asked = reading.has(Intent.PRICE, Intent.DURATION, Intent.ADDRESS)
    return asked and reading.asks and not reading.answer.yes


def _declined(reading: Reading) -> Turn | None:
    """A plain no, or a yes that leaves open which."""
    memory, heard = reading.memory, reading.heard
    if heard.anything or heard.other_times or reading.meant.services or reading.resource:
        return None
    if reading.answer.no and reading.has(Intent.THANKS):
        return reading.turn(reading.say("declined"), Memory())
    if reading.answer.no:
        memory = replace(
            memory, pending=Pending.DAY, offered=(), when=replace(memory.when, exact=())
        )
        return reading.turn(reading.say("other_day"), memory)
    if reading.answer.yes and memory.pending is Pending.PICK:
        times = listed_times(reading, list(memory.offered))
        return reading.turn(reading.say("not_offered", times=times), offered=memory.offered)
    return None


def _and_answers(reading: Reading, turn: Turn) -> Turn:
    """The turn with answers to questions asked along with it; a wish for a call goes to a person."""
    if reading.has(Intent.CALL_BACK, Intent.PERSON):
        reply = fitted(f"{turn.reply} {reading.say('passed_on')}")
        return replace(turn, reply=reply, effects=(*turn.effects, HandOver("wants_person")))
    said = answers(reading) if reading.has(Intent.QUESTION) else []
    return replace(turn, reply=fitted(" ".join([*said, turn.reply or ""]))) if said else turn


def _facts(reading: Reading) -> Turn | None:
    """Answer what is asked; and go on with a booking where there is one."""
    said = answers(reading)
    if not said:
        return None
    effects = (HandOver("no_price"),) if lacks_price(reading) else ()
    if not _wants_time(reading, asking=True) and not _booking_is_open(reading):
        known = known_so_far(reading) if reading.meant.services else reading.memory
        return reading.turn(" ".join(said), known, effects)
    more = go_on_booking(reading, known_so_far(reading))
    return replace(more, reply=fitted(" ".join([*said, more.reply or ""])))


def _booking_is_open(reading: Reading) -> bool:
    return reading.memory.pending in (Pending.DAY, Pending.PICK, Pending.CONFIRM, Pending.SERVICE)


def _wants_time(reading: Reading, asking: bool = False) -> bool:
    """Whether the message is about getting a time."""
    if asking:  # beside a question: only clear signs count
        about_day = reading.has(Intent.HOURS) and not reading.meant.services
        spoken = reading.heard.anything and not about_day
        return spoken or (reading.has(Intent.AVAILABILITY) and bool(reading.meant.services))
    wish = reading.has(Intent.BOOK, Intent.AVAILABILITY)
    return wish or bool(reading.meant.services) or reading.heard.anything


def _booking(reading: Reading) -> Turn | None:
    """Everything that leads to a booking."""
    if reading.memory.pending is Pending.SERVICE and (service := picks_service(reading)):
        memory = replace(known_so_far(reading), services=(service,), unsure_services=())
        return go_on_booking(reading, memory)
    known = known_so_far(reading)
    told = (
        reading.heard.anything or reading.meant.services or reading.resource or reading.heard.clash
    )
    if _booking_is_open(reading) and told:
        return go_on_booking(reading, known)
    if _unknown_wish(reading) or not _wants_time(reading):
        return None
    return go_on_booking(reading, known)


def _unknown_wish(reading: Reading) -> bool:
    """A question that only seems to be about a booking: "do you have ...?" and nothing known."""
    asked = reading.has(Intent.QUESTION) and not reading.has(Intent.BOOK, Intent.AVAILABILITY)
    return asked and not reading.meant.services and not reading.heard.anything


def _courtesy(reading: Reading) -> Turn | None:
    """Thanks and a plain yes after all is done need no answer."""
    if _booking_is_open(reading) or reading.has(Intent.QUESTION):
        return None
    done = reading.answer.yes or reading.answer.no
    if reading.has(Intent.THANKS) or (done and reading.memory.booked):
        return reading.turn(None)
    return None


def _not_understood(reading: Reading) -> Turn:
    """Ask anew once; then a person. A question that has no answer goes to a person at once."""
    memory = reading.memory
    if looks_unknown(reading.text):
        return offer_call(replace(reading, language="en"))
    asked = reading.has(Intent.QUESTION)
    if asked or memory.misses + 1 >= _MOST_MISSES:
        reason = "question" if asked else "not_understood"
        key = "unknown" if asked else "hand_over"
        return reading.turn(reading.say(key), effects=(HandOver(reason),))
    if _booking_is_open(reading):
        turn = go_on_booking(reading, memory)
    else:
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


_STEPS: tuple[Callable[[Reading], Turn | None], ...] = (
    consent,
    noise,
    boundaries,
    emergency,
    anger,
    lateness,
    person,
    other_language,
    cancel,
    correct,
    move,
    _choice,
    my_booking,
    _facts,
    _booking,
    _courtesy,
)
