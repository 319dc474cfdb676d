"""Judges how the engine understands one message, against what a person understands by it.

An expectation has the keys that tests/data/expressions.yaml explains; only what is stated counts.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from datetime import UTC, date, datetime, time, timedelta
from typing import Any

from dialogue.builtin.choose import choice
from dialogue.builtin.engine import take_turn
from dialogue.builtin.known import group_size, known_so_far
from dialogue.builtin.reading import Reading, read_message
from dialogue.builtin.slots import start_on
from dialogue.turns import (
    Book,
    CallBack,
    HandOver,
    Memory,
    OptIn,
    OptOut,
    OwnBooking,
    Pending,
    Situation,
    Turn,
    When,
)
from ringback.bookings import Slot
from ringback.business import Business
from ringback.hours import intervals_on

_ASKED = {"cancel", "move", "own_booking"}  # said by who has a booking
_CHOOSING = {"choice", "yes", "no"}
_CANCELLING = (Pending.CANCEL, Pending.CANCEL_ALL, Pending.WHICH_CANCEL)
_BOOKING = (Pending.DAY, Pending.PICK, Pending.CONFIRM, Pending.SERVICE)


@dataclass(frozen=True)
class Understood:
    """One message as it was read and answered."""

    reading: Reading
    turn: Turn

    def sent(self, *kinds: type) -> bool:
        return any(isinstance(effect, kinds) for effect in self.turn.effects)

    def told_staff(self, *reasons: str) -> bool:
        return any(isinstance(e, HandOver) and e.reason in reasons for e in self.turn.effects)

    @property
    def step(self) -> str:
        return str((self.turn.understood or {})["step"])


def understand(text: str, expect: dict[str, Any], business: Business, now: datetime) -> Understood:
    """Read and answer a message where it would be said: with a booking, or with three offers open."""
    service = business.services[0]
    start = now.replace(hour=10, minute=0) + timedelta(days=1)
    end = start + timedelta(minutes=service.duration_min)
    situation = Situation(business, now)
    if expect.get("intent") in _ASKED:
        own = OwnBooking("A1", service.id, service.resources[0], start, end)
        situation = replace(situation, own=(own,))
    if _CHOOSING & set(expect):
        slots = tuple(
            Slot(service.id, service.resources[0], start + n * _APART, end + n * _APART)
            for n in range(3)
        )
        pending = Pending.PICK if "choice" in expect else Pending.CONFIRM
        offered = slots if "choice" in expect else slots[:1]
        situation = replace(
            situation, memory=Memory(services=(service.id,), offered=offered, pending=pending)
        )
    return Understood(read_message(text, situation), take_turn(text, situation))


_APART = timedelta(minutes=75)


def faults(said: Understood, expect: dict[str, Any]) -> list[str]:
    """What is understood otherwise than stated; empty when all is right."""
    wrong = []
    if "intent" in expect and not _intent_shows(said, expect["intent"]):
        wrong.append(f"intent: step {said.step}, {sorted(map(str, said.reading.intents))}")
    if "service" in expect and not _service_fits(said.reading, expect["service"]):
        wrong.append(f"service: {said.reading.meant.services}")
    if "choice" in expect:
        wrong += _choice_faults(said, expect["choice"])
    if "yes" in expect and said.reading.answer.yes != expect["yes"]:
        wrong.append(f"yes: {said.reading.answer}")
    if "no" in expect and said.reading.answer.no != expect["no"]:
        wrong.append(f"no: {said.reading.answer}")
    if "number" in expect and _number(said.reading) != expect["number"]:
        wrong.append(f"number: {_number(said.reading)}")
    wishes = said.reading.heard.alternatives or (said.reading.heard.when,)
    stated = expect.get("alternatives") or [expect]
    if len(stated) > 1 and len(stated) != len(wishes):
        wrong.append(f"{len(wishes)} wishes")
    for wish, one in zip(wishes, stated, strict=False):
        wrong += _when_faults(wish, one, said.reading)
    return wrong


def _intent_shows(said: Understood, intent: str) -> bool:
    turn, step = said.turn, said.step
    pending = turn.memory.pending
    shows = {
        "book": pending in _BOOKING or said.sent(Book),
        "move": pending in (Pending.WHICH_MOVE, *_BOOKING) and bool(turn.memory.booking_id),
        "cancel": pending in _CANCELLING,
        "ask": step in ("facts", "boundaries") or said.told_staff("question"),
        "own_booking": step == "my_booking",
        "callback": said.sent(CallBack),
        "human": said.sent(HandOver, CallBack),
        "complain": said.told_staff("complaint"),
        "emergency": said.told_staff("emergency"),
        "late": said.told_staff("late"),
        "stop": said.sent(OptOut),
        "start": said.sent(OptIn) or step == "consent",
        "thanks": turn.reply is None and not turn.effects,
        "wrong_number": step == "noise",
        "refuse": step == "boundaries" and not said.sent(Book),
    }
    return shows[intent]


def _service_fits(reading: Reading, stated: str | list[str]) -> bool:
    known = known_so_far(reading)
    if isinstance(stated, str):
        return set(reading.meant.services) == {stated} or set(known.services) == {stated}
    return not known.services and set(stated) <= {*known.unsure_services, *reading.meant.services}


def _choice_faults(said: Understood, stated: int) -> list[str]:
    offered = said.reading.memory.offered
    wanted = offered[stated - 1 if stated > 0 else stated]
    reading = said.reading
    made = choice(reading.text, reading.parted, offered, reading.business.zone, reading.resource)
    if made.slot == wanted and made.sure:
        return []
    return [f"choice: {made.slot and offered.index(made.slot) + 1}, sure {made.sure}"]


def _number(reading: Reading) -> int:
    return max(group_size(reading), len(known_so_far(reading).services))


def _when_faults(wish: When, stated: dict[str, Any], reading: Reading) -> list[str]:
    wrong, loose = [], stated.get("loose", False)
    open_days = [day for day in wish.days if intervals_on(reading.business, day)]
    if "days" in stated:
        wanted = [date.fromisoformat(str(day)) for day in stated["days"]]
        still = [day for day in wanted if intervals_on(reading.business, day)] or wanted
        got = open_days or list(wish.days)
        if not (got and set(got) <= set(wanted) if loose else got == still):
            wrong.append(f"days: {[str(day) for day in got]}")
    if "exact" in stated:
        wanted_at = time.fromisoformat(stated["exact"])
        if not wish.exact or _meant_at(wish, reading) != wanted_at:
            wrong.append(f"exact: {wish.exact}")
    bounds = {"not_before": wish.not_before, "not_after": wish.not_after}
    if loose and wish.exact:
        bounds = dict.fromkeys(bounds, _meant_at(wish, reading))
    for key, got_at in bounds.items():
        if key not in stated:
            continue
        if got_at is None or not _bound_fits(key, got_at, time.fromisoformat(stated[key]), loose):
            wrong.append(f"{key}: {got_at}, exact {wish.exact}")
    return wrong


def _meant_at(wish: When, reading: Reading) -> time:
    zone = reading.business.zone
    day = wish.days[0] if wish.days else reading.situation.now.astimezone(zone).date()
    return start_on(reading.situation, day, wish.exact).astimezone(zone).time()


def _bound_fits(key: str, got: time, stated: time, loose: bool) -> bool:
    apart = _minutes(got) - _minutes(stated)
    if loose:
        return apart >= -1 if key == "not_before" else apart <= 1
    return abs(apart) <= 1


def _minutes(one: time) -> int:
    return one.hour * 60 + one.minute


def moment(text: object) -> datetime:
    """An aware moment of a YAML document, as UTC."""
    return datetime.fromisoformat(str(text)).astimezone(UTC)
