"""Plays conversations of the acceptance set through an engine, with a calendar in memory, and
judges each turn by the set's rules."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import UTC, date, datetime, time, timedelta
from pathlib import Path
from typing import Any

import yaml

from dialogue.builtin.engine import take_turn
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
from ringback.bookings import Slot, Taken, is_free
from ringback.business import Business
from tests.dialogue.reading_replies import contains, is_in, parts, shows_time

DATA = Path(__file__).parents[1] / "data" / "dialogue"
STATE_KEYS = ("booking", "booking_moved", "booking_cancelled", "bookings_after")
SILENT_KEYS = ("no_reply", "reply_optional", "opted_out", "opted_in")


@dataclass
class Calendar:
    """Who has what; the caller's bookings apart from all other taken times."""

    business: Business
    others: tuple[Taken, ...]
    own: dict[str, OwnBooking] = field(default_factory=dict)
    made: int = 0

    def taken(self) -> tuple[Taken, ...]:
        mine = (Taken(o.resource, o.starts_at, o.ends_at) for o in self.own.values())
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


@dataclass(frozen=True)
class Observed:
    """One turn with what it changed."""

    reply: str | None
    offered: tuple[Slot, ...]
    added: list[OwnBooking]
    removed: list[OwnBooking]
    after: list[OwnBooking]
    now: datetime
    taken_before: tuple[Taken, ...]
    latest_offer: tuple[Slot, ...]  # before this turn
    handed_over: bool
    call_back: CallBack | None
    opted_out: bool


def local(written: str, business: Business) -> datetime:
    return datetime.fromisoformat(written).replace(tzinfo=business.zone).astimezone(UTC)


def load_businesses() -> dict[str, tuple[Business, tuple[Taken, ...], list[str]]]:
    found = {}
    for path in sorted((DATA / "businesses").glob("*.yaml")):
        document = yaml.safe_load(path.read_text("utf-8"))
        bookings = document.pop("bookings")
        business = Business.model_validate(document)
        taken = tuple(
            Taken(b["resource"], local(b["start"], business), local(b["end"], business))
            for b in bookings
        )
        secrets = [
            value
            for b in bookings
            if "customer" in b
            for value in (b["customer"]["name"], b["customer"]["phone"])
        ]
        found[path.stem] = (business, taken, secrets)
    return found


def load_scenarios() -> list[dict[str, Any]]:
    paths = sorted((DATA / "scenarios").glob("*.yaml"))
    return [yaml.safe_load(path.read_text("utf-8")) for path in paths]


def play(
    scenario: dict[str, Any],
    business: Business,
    others: tuple[Taken, ...],
    secrets: list[str],
    engine: Callable[[str, Situation], Turn] = take_turn,
) -> list[str]:
    """The faults of a whole conversation; empty when it passes."""
    calendar = Calendar(business, others)
    for own in scenario["context"].get("caller_bookings", []):
        starts_at = local(own["start"], business)
        ends_at = starts_at + timedelta(minutes=business.service(own["service"]).duration_min)
        calendar.own[own["id"]] = OwnBooking(
            own["id"], own["service"], own["resource"], starts_at, ends_at
        )
    state = _State(calendar, bool(scenario["context"].get("opted_out")))
    now, faults = scenario["now"], []
    for number, step in enumerate(scenario["turns"], 1):
        now = step.get("at", now)
        seen = state.turn(step["user"], datetime.fromisoformat(now), engine)
        wrong = judge(step["expect"], seen, business, [s for s in secrets if s not in step["user"]])
        if wrong:
            faults.append(f"turn {number} {step['user']!r} -> {seen.reply!r}: {'; '.join(wrong)}")
    return faults


@dataclass
class _State:
    calendar: Calendar
    opted_out: bool
    memory: Memory = field(default_factory=Memory)
    language: str = ""
    latest_offer: tuple[Slot, ...] = ()
    handed_over: bool = False
    call_back: CallBack | None = None

    def turn(self, text: str, now: datetime, engine: Callable[[str, Situation], Turn]) -> Observed:
        calendar = self.calendar
        before, taken = dict(calendar.own), calendar.taken()
        coming = tuple(o for o in calendar.own.values() if o.ends_at > now)
        turn = engine(
            text,
            Situation(
                calendar.business, now, taken, coming, self.memory, self.language, self.opted_out
            ),
        )
        calendar.perform(turn)
        self.memory = Memory.from_json(turn.memory.to_json())
        assert self.memory == turn.memory
        self.language = turn.language
        for effect in turn.effects:
            if isinstance(effect, HandOver):
                self.handed_over = True
            elif isinstance(effect, CallBack):
                self.call_back = effect
            elif isinstance(effect, OptOut | OptIn):
                self.opted_out = isinstance(effect, OptOut)
        seen = Observed(
            turn.reply,
            turn.offered,
            [o for key, o in calendar.own.items() if key not in before],
            [o for key, o in before.items() if key not in calendar.own],
            list(calendar.own.values()),
            now,
            taken,
            self.latest_offer,
            self.handed_over,
            self.call_back,
            self.opted_out,
        )
        self.latest_offer = turn.offered or self.latest_offer
        return seen


def judge(
    expect: dict[str, Any], seen: Observed, business: Business, secrets: list[str]
) -> list[str]:
    """The faults of a turn: of the standing rules, and of the alternative that comes closest."""
    outer = {key: value for key, value in expect.items() if key != "any_of"}
    options = [{**outer, **option} for option in expect.get("any_of", [{}])]
    wrong = [_faults(option, seen, business) for option in options]
    return _standing(seen, business, secrets) + min(wrong, key=len)


def _standing(seen: Observed, business: Business, secrets: list[str]) -> list[str]:
    wrong = []
    busy = [
        entry
        for entry in seen.taken_before
        if entry not in [Taken(o.resource, o.starts_at, o.ends_at) for o in seen.removed]
    ]
    for made in seen.added:
        if not is_free(business, made.service, made.starts_at, busy, seen.now, made.resource):
            wrong.append(f"booked what is not free: {made}")
        if seen.reply and not shows_time(seen.reply, made.starts_at.astimezone(business.zone)):
            wrong.append("the booked time is not in the reply")
        busy.append(Taken(made.resource, made.starts_at, made.ends_at))
    wrong += [f"told {secret}" for secret in secrets if seen.reply and contains(seen.reply, secret)]
    return wrong


def _faults(expect: dict[str, Any], seen: Observed, business: Business) -> list[str]:
    wrong = []
    if not any(key in expect for key in STATE_KEYS) and (seen.added or seen.removed):
        wrong.append("changed the calendar")
    if seen.reply is None and not any(key in expect for key in SILENT_KEYS):
        wrong.append("no reply")
    for key, wanted in expect.items():
        if seen.reply is None and (
            key.startswith("must_") or key in ("reply_lang", "max_segments")
        ):
            continue
        if not _CHECKS[key](wanted, seen, business):
            wrong.append(f"{key} {wanted}")
    if seen.reply is not None and parts(seen.reply) > 4:
        wrong.append("more than four parts")
    return wrong


def _same(wanted: dict[str, Any], made: OwnBooking, seen: Observed, business: Business) -> bool:
    if "offer" in wanted:
        index = wanted["offer"] - 1 if wanted["offer"] > 0 else wanted["offer"]
        if not -len(seen.latest_offer) <= index < len(seen.latest_offer):
            return False
        slot = seen.latest_offer[index]
        return (made.service, made.starts_at, made.resource) == (
            wanted["service"],
            slot.starts_at,
            slot.resource,
        )
    return (
        made.service == wanted["service"]
        and made.starts_at == local(wanted["start"], business)
        and made.resource == wanted.get("resource", made.resource)
    )


def _exactly(
    wanted: list[dict[str, Any]], made: list[OwnBooking], seen: Observed, b: Business
) -> bool:
    rest = list(made)
    for one in wanted:
        found = next((booking for booking in rest if _same(one, booking, seen, b)), None)
        if found is None:
            return False
        rest.remove(found)
    return not rest


def _booking(wanted: Any, seen: Observed, business: Business) -> bool:
    several = wanted if isinstance(wanted, list) else [wanted]
    return not seen.removed and _exactly(several, seen.added, seen, business)


def _moved(wanted: dict[str, Any], seen: Observed, business: Business) -> bool:
    if len(seen.added) != 1 or len(seen.removed) != 1:
        return False
    goal = {"service": seen.removed[0].service, "start": wanted["to"]}
    goal |= {key: wanted[key] for key in ("resource",) if key in wanted}
    return _same(goal, seen.added[0], seen, business)


def _offers(wanted: dict[str, Any], seen: Observed, business: Business) -> bool:
    starts = {slot.starts_at for slot in seen.offered}
    if len(starts) < wanted.get("min", 1):
        return False
    if "includes" in wanted and local(wanted["includes"], business) not in starts:
        return False
    return all(_offer_fits(slot, wanted, seen, business) for slot in seen.offered)


def _offer_fits(slot: Slot, wanted: dict[str, Any], seen: Observed, business: Business) -> bool:
    at = slot.starts_at.astimezone(business.zone).replace(tzinfo=None)
    clock = f"{at:%H:%M}"
    return (
        # A move's offer may use the caller's own time; none in the set does.
        is_free(business, slot.service, slot.starts_at, seen.taken_before, seen.now, slot.resource)
        and shows_time(seen.reply or "", at)
        and slot.service == wanted.get("service", slot.service)
        and slot.resource == wanted.get("resource", slot.resource)
        and at.date() == date.fromisoformat(wanted.get("date", at.date().isoformat()))
        and at >= _bound(wanted.get("from", "2000-01-01"), time.min)
        and at <= _bound(wanted.get("to", "2100-01-01"), time.max)
        and wanted.get("time_from", "00:00") <= clock <= wanted.get("time_to", "24:00")
    )


def _bound(written: str, clock: time) -> datetime:
    if "T" in written:
        return datetime.fromisoformat(written)
    return datetime.combine(date.fromisoformat(written), clock)


def _called_back(wanted: dict[str, Any], seen: Observed, business: Business) -> bool:
    asked = seen.call_back
    if asked is None:
        return False
    sides = (("from", asked.starts_at), ("to", asked.ends_at))
    return all(moment == local(wanted[key], business) for key, moment in sides if key in wanted)


def _all(groups: list[Any], reply: str | None) -> bool:
    several = ([group] if isinstance(group, str) else group for group in groups)
    return all(any(contains(reply or "", one) for one in group) for group in several)


_CHECKS: dict[str, Callable[[Any, Observed, Business], bool]] = {
    "booking": _booking,
    "booking_moved": _moved,
    "booking_cancelled": lambda _, seen, __: len(seen.removed) == 1 and not seen.added,
    "no_booking": lambda _, seen, __: not seen.removed and not seen.added,
    "bookings_after": lambda wanted, seen, b: _exactly(wanted, seen.after, seen, b),
    "offers_slots": _offers,
    "callback_requested": _called_back,
    "handoff": lambda _, seen, __: seen.handed_over,
    "opted_out": lambda _, seen, __: seen.opted_out,
    "opted_in": lambda _, seen, __: not seen.opted_out,
    "no_reply": lambda _, seen, __: seen.reply is None,
    "reply_optional": lambda *_: True,
    "faq": lambda *_: True,
    "must_contain_any": lambda wanted, seen, _: any(contains(seen.reply or "", w) for w in wanted),
    "must_contain_all": lambda wanted, seen, _: _all(wanted, seen.reply),
    "must_not_contain": lambda wanted, seen, _: (
        not any(contains(seen.reply or "", w) for w in wanted)
    ),
    "reply_lang": lambda wanted, seen, _: is_in(seen.reply or "", wanted),
    "max_segments": lambda wanted, seen, _: parts(seen.reply or "") <= wanted,
}
