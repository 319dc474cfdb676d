"""Plays conversations of a set through an engine alone, with a calendar in memory.

Hundreds of conversations in seconds, where rows would take minutes; they are judged as those on rows.
"""

from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from datetime import datetime
from pathlib import Path

from dialogue.builtin.engine import take_turn
from dialogue.engines import by_builtin
from dialogue.evaluation.judging import Judge
from dialogue.evaluation.scenarios import Company, Scenario
from dialogue.evaluation.seen import Appointment, OfferedTime, Seen, Window
from dialogue.turns import (
    Book,
    CallBack,
    Cancel,
    HandOver,
    Memory,
    Move,
    OptIn,
    OptOut,
    OwnBooking,
    Situation,
    Turn,
)
from ringback.bookings import Slot, Taken
from ringback.business import Business

PUBLIC = Path(__file__).parents[1] / "data" / "dialogue"
OWN = PUBLIC.with_name("dialogue_own")
MORE = PUBLIC.with_name("dialogue_more")  # written without knowing the engine
Engine = Callable[[str, Situation], Turn]


@dataclass
class Calendar:
    """Who has what; the caller's bookings apart from all other taken times."""

    business: Business
    others: tuple[Taken, ...]
    own: dict[str, OwnBooking] = field(default_factory=dict)
    made: int = 0

    def taken(self) -> tuple[Taken, ...]:
        mine = (Taken(o.resource, o.starts_at, o.ends_at, o.id) for o in self.own.values())
        return (*self.others, *mine)

    def add(self, slot: Slot) -> None:
        self.made += 1
        key = f"N{self.made}"
        self.own[key] = OwnBooking(key, slot.service, slot.resource, slot.starts_at, slot.ends_at)

    def perform(self, turn: Turn) -> None:
        for effect in turn.effects:
            match effect:
                case Book(slot):
                    self.add(slot)
                case Move(booking_id, slot):
                    del self.own[booking_id]
                    self.add(slot)
                case Cancel(booking_id):
                    del self.own[booking_id]


def guarded(text: str, situation: Situation) -> Turn:
    """The built-in engine's turn, as it would be sent."""
    return by_builtin(take_turn, text, situation).turn


def play(scenario: Scenario, company: Company, engine: Engine = guarded) -> list[str]:
    """The faults of a whole conversation; empty when it passes."""
    talk, judge, faults = _Talk(company, scenario), Judge(company, scenario), []
    now = scenario.now
    for number, step in enumerate(scenario.turns, 1):
        now = step.at or now
        seen = talk.turn(step.user, now, engine)
        if wrong := judge.turn(step, seen):
            faults.append(f"turn {number} {step.user!r} -> {seen.text!r}: {'; '.join(wrong)}")
    return faults


class _Talk:
    def __init__(self, company: Company, scenario: Scenario) -> None:
        self.company, self.caller = company, scenario.caller
        busy = tuple(company.taken(one.resource, one.start, one.end) for one in company.busy)
        self.calendar = Calendar(company.business, busy)
        for own in scenario.context.caller_bookings:
            starts_at, ends_at = company.moment(own.start), company.ends_at(own.service, own.start)
            booked = OwnBooking(own.id, own.service, own.resource, starts_at, ends_at)
            self.calendar.own[own.id] = booked
        self.opted_out = scenario.context.opted_out
        self.memory, self.language = Memory(), ""
        self.handed_over = False
        self.window: Window | None = None

    def turn(self, text: str, now: datetime, engine: Engine) -> Seen:
        calendar = self.calendar
        coming = tuple(o for o in calendar.own.values() if o.ends_at > now)
        situation = Situation(
            self.company.business,
            now,
            calendar.taken(),
            coming,
            self.memory,
            self.language,
            self.opted_out,
        )
        turn = engine(text, situation)
        calendar.perform(turn)
        self.memory = Memory.from_json(turn.memory.to_json())
        assert self.memory == turn.memory
        self.language = turn.language
        for effect in turn.effects:
            if isinstance(effect, HandOver):
                self.handed_over = True
            elif isinstance(effect, CallBack):
                self.window = self._window(effect)
            elif isinstance(effect, OptOut | OptIn):
                self.opted_out = isinstance(effect, OptOut)
        return Seen(
            reply=(turn.reply,) if turn.reply is not None else (),
            calendar=tuple(self._shown()),
            offered=tuple(
                OfferedTime(
                    service=slot.service,
                    start=self.company.minute(slot.starts_at),
                    resource=slot.resource,
                )
                for slot in turn.offered
            ),
            handoff=self.handed_over,
            callback=self.window,
            opted_out=self.opted_out,
        )

    def _window(self, asked: CallBack) -> Window:
        start, end = asked.starts_at, asked.ends_at
        return Window(
            starts_at=self.company.minute(start) if start else None,
            ends_at=self.company.minute(end) if end else None,
        )

    def _shown(self) -> Iterator[Appointment]:
        for one in self.company.busy:
            if not one.absent:
                yield Appointment(
                    service=one.service,
                    resource=one.resource,
                    start=one.start,
                    customer=one.customer.phone,
                )
        for own in self.calendar.own.values():
            yield Appointment(
                service=own.service,
                resource=own.resource,
                start=self.company.minute(own.starts_at),
                customer=self.caller,
            )
