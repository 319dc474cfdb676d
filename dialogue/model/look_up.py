"""Free times and sentences for the model to choose from. Pure.

In: a tool call, the board of the turn. Out: what the model is told: ids and what they stand for.
"""

from collections.abc import Callable
from dataclasses import replace
from datetime import date, datetime, time, timedelta
from typing import Any

from dialogue.builtin.facts import facts
from dialogue.builtin.intent import Intent
from dialogue.builtin.offer import Meant
from dialogue.builtin.reading import Reading
from dialogue.builtin.refuse import why_text
from dialogue.builtin.replies import joined, moment_text
from dialogue.builtin.slots import fitting_slots, start_on
from dialogue.builtin.when import Heard
from dialogue.builtin.which import named_booking, own_in_order
from dialogue.builtin.words import normal
from dialogue.model.board import Board
from dialogue.model.tools import FindTimes, LookUp
from dialogue.turns import OwnBooking, When
from ringback.bookings import Slot, why_not_free

_SHOWN = 12
_SOON_DAYS = 10
_CLOSE_BY = 3


def find_times(board: Board, call: FindTimes) -> dict[str, Any]:
    """Free times as wished; for one clock time that is not free, why, and the nearest others."""
    business = board.situation.business
    services = [one.id for one in business.services]
    if call.service not in services:
        return {"error": "there is no such service", "services": services}
    if call.person is not None and call.person not in business.resources:
        return {"error": "nobody of that name", "people": list(business.resources)}
    moving = board.ids.bookings.get(call.moving or "")
    days = tuple(sorted(set(call.days))) or _soon(board)
    when = When(days, (), call.exact or call.from_time, call.exact or call.to_time)
    free = fitting_slots(board.situation, call.service, when, call.person or "", moving)
    told: dict[str, Any] = {"times": [_told(board, slot) for slot in _few(free)]}
    if not free:
        told["why"] = _none_free(board, call)
    if not free and call.exact and call.days:
        told["why"] = _why(board, call, days[0], call.exact) or told["why"]
        whole = replace(when, not_before=None, not_after=None)
        others = fitting_slots(board.situation, call.service, whole, call.person or "", moving)
        told["others"] = [_told(board, slot) for slot in _nearest(board, others, call.exact)]
    return told


def look_up(board: Board, call: LookUp) -> dict[str, Any]:
    """The sentences that answer, of the company's document and passages."""
    reading = board.reading
    known = {one.id for one in reading.business.services}
    intents = {Intent(topic) for topic in call.topics if topic not in _HOUSE}
    asked = replace(
        reading,
        intents=frozenset(intents or {Intent.QUESTION}),
        meant=Meant(tuple(one for one in call.services if one in known)),
        heard=replace(Heard(), when=When(tuple(call.days))),
        text=normal(call.question) if call.question else reading.text,
    )
    found = [_sentence(board, fact.text, *fact.used) for fact in facts(asked)]
    said = [_HOUSE[one](reading) for one in call.topics if one in _HOUSE]
    found += [_sentence(board, one) for one in said if one]
    return {"sentences": found}


def _own(reading: Reading) -> str:
    own = [named_booking(reading, one) for one in own_in_order(reading)]
    told = joined(reading.language, own, "and")
    return reading.say("own", bookings=told) if own else reading.say("no_own")


def _people(reading: Reading) -> str:
    people = joined(reading.language, list(reading.business.resources), "and")
    return reading.say("stranger", who=people) if reading.stranger else ""


_HOUSE: dict[str, Callable[[Reading], str]] = {
    "own_bookings": _own,
    "people": _people,
    "help": lambda reading: reading.say("help", name=reading.business.name),
    "wrong_number": lambda reading: reading.say("wrong_number"),
}
"""What code says of itself and of the caller, beside the company's information."""


def _soon(board: Board) -> tuple[date, ...]:
    today = board.situation.now.astimezone(board.situation.business.zone).date()
    return tuple(today + timedelta(days=n) for n in range(_SOON_DAYS))


def _few(slots: list[Slot]) -> list[Slot]:
    """Some of many, spread over all of them; the first and the last among them."""
    if len(slots) <= _SHOWN:
        return slots
    last = len(slots) - 1
    return [slots[round(n * last / (_SHOWN - 1))] for n in range(_SHOWN)]


def _nearest(board: Board, slots: list[Slot], clock: time) -> list[Slot]:
    zone = board.situation.business.zone
    wanted = clock.hour * 60 + clock.minute

    def distance(slot: Slot) -> int:
        local = slot.starts_at.astimezone(zone)
        return abs(local.hour * 60 + local.minute - wanted)

    return sorted(sorted(slots, key=distance)[:_CLOSE_BY], key=lambda slot: slot.starts_at)


def _why(board: Board, call: FindTimes, day: date, clock: time) -> dict[str, str] | None:
    situation = board.situation
    wanted: datetime = start_on(situation, day, (clock,))
    why = why_not_free(
        situation.business, call.service, wanted, situation.taken, situation.now, call.person
    )
    if why is None:
        return None
    return _sentence(board, why_text(board.reading, call.service, wanted, why, call.person or ""))


def _none_free(board: Board, call: FindTimes) -> dict[str, str]:
    reading = board.reading
    return _sentence(board, reading.say("none_free", service=reading.name_of(call.service)))


def _sentence(board: Board, text: str, *used: str) -> dict[str, str]:
    return {"id": board.ids.sentence(text, *used), "text": text}


def _told(board: Board, slot: Slot) -> dict[str, str]:
    reading = board.reading
    when = moment_text(reading.language, slot.starts_at, reading.business.zone)
    return {"id": board.ids.time(slot), "when": when, "with": slot.resource}


def told_booking(board: Board, own: OwnBooking) -> dict[str, str]:
    """A booking of the caller's as the model sees it."""
    key = board.ids.booking(own)
    return {"id": key, "service": own.service, "when": board.written()[key], "with": own.resource}
