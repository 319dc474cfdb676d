"""A script for the scripted model: it plays the built-in engine's decisions through the tools.

It knows the situation, as only a test can, and what the built-in engine decides in it; but it acts as
any model must: it finds times and sentences, uses the ids that it was given, and writes no figure of
its own. So it shows that the tools can say all that the dialogue needs.
"""

import re
from collections.abc import Iterator
from zoneinfo import ZoneInfo

from dialogue.builtin.engine import take_turn
from dialogue.turns import (
    Book,
    CallBack,
    Cancel,
    HandOver,
    Memory,
    Move,
    OptOut,
    Pending,
    Situation,
    Turn,
)
from ringback.bookings import Slot
from tests.fakes.model import Call, Json, Says, reply, results, told

TOPICS = ("hours", "address", "phone", "policy", "price", "duration", "question")
REASONS = {"not_understood": "wants_person", "no_price": "question"}
HOUSE = {
    "my_booking": ["own_bookings"],
    "cancel": ["own_bookings"],
    "move": ["own_bookings"],
    "noise": ["wrong_number"],
    "not_understood": ["help"],
}
"""What is looked up of what the house always says, by the built-in engine's step."""
ASKS = {
    Pending.SERVICE: "service",
    Pending.DAY: "day",
    Pending.CALL_BACK: "call_back",
    Pending.WHICH_CANCEL: "which_to_cancel",
    Pending.WHICH_MOVE: "which_to_move",
}


class Decisions:
    """Plays one turn at a time; `expect` tells it which."""

    def __init__(self) -> None:
        self.want = Turn(None, Memory())
        self.situation: Situation

    def expect(self, text: str, situation: Situation) -> None:
        self.want, self.situation = take_turn(text, situation), situation

    def __call__(self, request: Json) -> Says:
        rounds = sum(bool(m.get("tool_calls")) for m in request["messages"])
        if rounds == 0:
            return Says(list(self._searches()))
        proposed = list(self._proposals(request))
        if rounds == 1 and proposed:
            return Says(proposed)
        return Says([reply(self._words(request), self.want.unanswered)])

    @property
    def _zone(self) -> ZoneInfo:
        return self.situation.business.zone

    @property
    def _heard(self) -> Json:
        return dict(self.want.understood or {})

    def _slots(self) -> list[Slot]:
        effects = [one.slot for one in self.want.effects if isinstance(one, Book | Move)]
        return [*effects, *self.want.offered]

    def _moved(self) -> str | None:
        moves = [one.booking_id for one in self.want.effects if isinstance(one, Move)]
        return (moves or [self.want.memory.booking_id or self.situation.memory.booking_id])[0]

    def _booking_key(self, booking_id: str | None) -> str | None:
        own = sorted(self.situation.own, key=lambda one: one.starts_at)
        keys = {one.id: f"b{number}" for number, one in enumerate(own, 1)}
        return keys.get(booking_id or "")

    def _searches(self) -> Iterator[Call]:
        for slot in self._slots():
            local = slot.starts_at.astimezone(self._zone)
            yield self._find(
                slot.service, local.date().isoformat(), f"{local:%H:%M}", slot.resource
            )
        memory = self.want.memory
        services = memory.services or tuple(slot.service for slot in self._slots())[:1]
        days = [day.isoformat() for day in memory.when.days] or self._heard.get("days", [])
        clocks = [f"{one:%H:%M}" for one in memory.when.exact] or self._heard.get("exact", [])
        for clock in (clocks or [None, "12:00"]) if services and days else ():
            yield self._find(services[0], days[0], clock, memory.resource or None)
        topics = [one for one in self._heard.get("intents", []) if one in TOPICS]
        topics += ["people", *HOUSE.get(self._heard.get("step", ""), ())]
        sold = self._heard.get("services") or list(self.situation.memory.services)
        booked = self.situation.memory.booked
        yield (
            "look_up",
            {
                "topics": topics,
                "services": (sold or ([booked.service] if booked else []))[:6],
                "days": self._heard.get("days", [])[:31],
                "question": None,
            },
        )

    def _find(self, service: str, day: str, clock: str | None, person: str | None) -> Call:
        return (
            "find_times",
            {
                "service": service,
                "days": [day],
                "exact": clock,
                "from_time": None,
                "to_time": None,
                "person": person,
                "moving": self._booking_key(self._moved()),
            },
        )

    def _keys(self, request: Json, slots: list[Slot]) -> list[str]:
        """The ids of these slots: one search was made for each, in their order."""
        given = results(request)
        return [given[self._slots().index(slot)]["times"][0]["id"] for slot in slots]

    def _proposals(self, request: Json) -> Iterator[Call]:
        want, moving = self.want, self._booking_key(self._moved())
        booked = [one.slot for one in want.effects if isinstance(one, Book)]
        cancelled = [self._booking_key(o.booking_id) for o in want.effects if isinstance(o, Cancel)]
        if booked:
            yield ("book", {"times": self._keys(request, booked)})
        if cancelled:
            yield ("cancel", {"bookings": cancelled})
        for effect in want.effects:
            if isinstance(effect, Move):
                (key,) = self._keys(request, [effect.slot])
                yield ("move", {"booking": moving, "time": key})
            elif isinstance(effect, CallBack):
                yield ("call_back", self._window())
            elif isinstance(effect, OptOut):
                yield ("opt_out", {})
            elif isinstance(effect, HandOver):
                reason = REASONS.get(effect.reason, effect.reason)
                yield ("hand_over", {"reason": reason})
        if want.offered:
            together = len({slot.starts_at for slot in want.offered}) < len(want.offered)
            keys = self._keys(request, list(want.offered))
            yield ("offer", {"times": keys, "together": together, "moving": moving})
        elif not booked and not cancelled and want.reply:
            yield from self._questions()

    def _questions(self) -> Iterator[Call]:
        want = self.want
        if want.memory.pending is Pending.CANCEL:
            yield ("ask_cancel", {"bookings": [self._booking_key(want.memory.booking_id)]})
        elif want.memory.pending is Pending.CANCEL_ALL:
            keys = [self._booking_key(one.id) for one in self.situation.own]
            yield ("ask_cancel", {"bookings": keys})
        elif want.memory.pending in ASKS:
            services = want.memory.unsure_services or want.memory.services
            yield ("ask", {"about": ASKS[want.memory.pending], "services": list(services)[:6]})

    def _window(self) -> Json:
        """What the caller said of when to be rung."""
        heard = self._heard
        return {
            "day": next(iter(heard.get("days", [])), None),
            "exact": next((one for one in heard.get("exact", []) if one >= "07:00"), None),
            "from_time": heard.get("not_before"),
            "to_time": heard.get("not_after"),
        }

    def _words(self, request: Json) -> str:
        """The built-in engine's reply, with places for all that code has written."""
        words, places = self.want.reply or "", dict[str, str]()
        context = told(request)
        for one in (*context["sentences"], *(s for r in results(request) for s in _sentences(r))):
            places[one["text"]] = f"{{{one['id']}}}"
        for one in (*context["bookings_of_the_caller"], *context["offered_last"]):
            places[one["when"]] = f"{{{one['id']}}}"
        for result in results(request):
            if result.get("says"):
                places[result["says"]] = result["place"]
            for time in (*result.get("times", []), *result.get("others", [])):
                places[time["when"]] = f"{{{time['id']}}}"
        for text in sorted(places, key=len, reverse=True):
            if text not in places.values():
                words = re.sub(rf"(?<![{{\w]){re.escape(text)}(?!\w)", places[text], words)
        proposals = [r["place"] for r in results(request) if r.get("says")]
        return words if all(place in words for place in proposals) else _only(words, proposals)


def _only(words: str, proposals: list[str]) -> str:
    """The company's sentences, and then the proposals, whose texts say the rest."""
    return " ".join([*re.findall(r"\{f\d+\}", words), *proposals])


def _sentences(result: Json) -> Iterator[Json]:
    yield from result.get("sentences", [])
    if result.get("why"):
        yield result["why"]
