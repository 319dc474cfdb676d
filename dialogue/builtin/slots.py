"""Which free times to show: those that fit a wish, well spread, or the nearest to it. Pure.

In: the situation, a service and a wish. Out: a few slots, or the reason why a time is not free.
"""

from collections.abc import Iterable
from dataclasses import replace
from datetime import UTC, date, datetime, time, timedelta
from zoneinfo import ZoneInfo

from dialogue.builtin.choose import near
from dialogue.turns import OwnBooking, Situation, When
from ringback.bookings import (
    Slot,
    Taken,
    free_resources,
    free_slots,
    last_bookable_day,
)
from ringback.hours import intervals_on

OFFERS = 3  # as many as one short text holds
_ALTERNATIVE_DAYS = 21  # how far past the wish other times are looked for
_SOON_DAYS = 10
_MANY = 2000
_ANY_WHEN = When()


def busy_without(situation: Situation, moving: OwnBooking | None) -> tuple[Taken, ...]:
    """All taken times, but for the booking that is being moved."""
    if moving is None:
        return situation.taken
    return tuple(entry for entry in situation.taken if entry.booking != moving.id)


def start_on(situation: Situation, day: date, readings: tuple[time, ...]) -> datetime:
    """The moment (UTC) that a spoken clock time means on a day.

    Of two readings it is the one inside the day's opening hours, the one as said where both or
    neither are; but nobody means the night.
    """
    intervals = intervals_on(situation.business, day)
    inside = [one for one in readings if any(a <= one < b for a, b in intervals)]
    daytime = [one for one in readings if one.hour >= 7]
    wall = (inside or daytime or list(readings))[0]
    return datetime.combine(day, wall, tzinfo=situation.business.zone).astimezone(UTC)


def slot_at(
    situation: Situation,
    service_id: str,
    starts_at: datetime,
    resource: str = "",
    moving: OwnBooking | None = None,
) -> Slot | None:
    """The slot at this start, with the wanted resource or the first free; None when not free.

    What is moved stays with who has it, where that one is free. What is changed for another service
    rather goes to somebody who is free beside it: it stands until that is confirmed.
    """

    def free(busy: tuple[Taken, ...]) -> tuple[str, ...]:
        rules = situation.business, service_id, starts_at
        return free_resources(*rules, busy, situation.now, resource or None)

    who = free(busy_without(situation, moving))
    if not who:
        return None
    length = timedelta(minutes=situation.business.service(service_id).duration_min)
    same = moving.resource if moving and moving.resource in who else who[0]
    if moving and moving.service != service_id:
        same = next(iter(free(situation.taken)), same)
    return Slot(service_id, same, starts_at, starts_at + length)


def slots_together(
    situation: Situation, services: tuple[str, ...], starts_at: datetime
) -> tuple[Slot, ...]:
    """One slot for each of the services at the same start, each with another resource; or ()."""
    if not services:
        return ()
    first, rest = services[0], services[1:]
    length = timedelta(minutes=situation.business.service(first).duration_min)
    for who in free_resources(situation.business, first, starts_at, situation.taken, situation.now):
        slot = Slot(first, who, starts_at, starts_at + length)
        taken = (*situation.taken, Taken(who, starts_at, slot.ends_at))
        others = slots_together(_with_taken(situation, taken), rest, starts_at)
        if len(others) == len(rest):
            return (slot, *others)
    return ()


def _with_taken(situation: Situation, taken: tuple[Taken, ...]) -> Situation:
    return Situation(situation.business, situation.now, taken)


def fitting_slots(
    situation: Situation,
    service_id: str,
    when: When,
    resource: str = "",
    moving: OwnBooking | None = None,
) -> list[Slot]:
    """All free slots inside a wish: its days (all days when none), its bounds of the clock."""
    zone = situation.business.zone
    today = situation.now.astimezone(zone).date()
    last = last_bookable_day(situation.business, situation.now)
    days = [day for day in when.days if today <= day <= last] if when.days else [today, last]
    if not days:
        return []
    first, end = _midnight(situation, days[0]), _midnight(situation, days[-1] + timedelta(days=1))
    slots = _free_between(situation, service_id, first, end, resource, moving)
    inside = [slot for slot in slots if _inside(slot, when, zone)]
    if inside or not when.not_at:
        return inside
    # "mellan 10 och 11, men inte 10.30": what is near to it is all there is
    wider = replace(when, not_at=())
    return [
        slot
        for slot in slots
        if _inside(slot, wider, zone) and slot.starts_at.astimezone(zone).time() not in when.not_at
    ]


def _free_between(
    situation: Situation,
    service_id: str,
    first: datetime,
    end: datetime,
    resource: str,
    moving: OwnBooking | None,
) -> list[Slot]:
    """All free slots; for a move with who has the booking, where that one is free, and not the booking's."""

    def with_(who: str) -> list[Slot]:
        company, busy = situation.business, busy_without(situation, moving)
        return free_slots(company, service_id, busy, situation.now, first, end, who or None, _MANY)

    if moving is None:
        return with_(resource)
    own = Slot(moving.service, moving.resource, moving.starts_at, moving.ends_at)
    same = {} if resource else {slot.starts_at: slot for slot in with_(moving.resource)}
    return [slot for one in with_(resource) if (slot := same.get(one.starts_at, one)) != own]


def first_free(
    situation: Situation, service_id: str, resource: str = "", refusing: When = _ANY_WHEN
) -> list[Slot]:
    """The first free slot of each of the next two days that have any."""
    today = situation.now.astimezone(situation.business.zone).date()
    wish = When(not_on=refusing.not_on, not_at=refusing.not_at)
    soon = replace(wish, days=tuple(today + timedelta(days=n) for n in range(_SOON_DAYS)))
    free = fitting_slots(situation, service_id, soon, resource)
    free = free or fitting_slots(situation, service_id, wish, resource)
    return spread(situation, free)[:2]


def alternatives(
    situation: Situation,
    service_id: str,
    wanted: datetime,
    resource: str = "",
    moving: OwnBooking | None = None,
    refusing: When = _ANY_WHEN,
) -> list[Slot]:
    """The free slots nearest to a start that can't be had: the same day's, else later days'.

    When a named resource is busy, the same time with another comes first. `refusing` tells what
    the caller does not want.
    """
    day = wanted.astimezone(situation.business.zone).date()
    same_time = slot_at(situation, service_id, wanted, "", moving) if resource else None
    wish = When(not_on=refusing.not_on, not_at=refusing.not_at)
    this_day = replace(wish, days=(day,))
    same_day = fitting_slots(situation, service_id, this_day, resource, moving)
    near = sorted(same_day, key=lambda slot: abs(slot.starts_at - wanted))[:OFFERS]
    if not near:
        later = tuple(day + timedelta(days=n) for n in range(1, _ALTERNATIVE_DAYS + 1))
        rest = fitting_slots(situation, service_id, replace(wish, days=later), resource, moving)
        near = nearest_of_each_day(situation, rest, wanted)
    if same_time is not None:
        near = [same_time, *near[: OFFERS - 1]]
    return sorted(near, key=lambda slot: slot.starts_at)


def nearest_of_each_day(
    situation: Situation, slots: Iterable[Slot], wanted: datetime
) -> list[Slot]:
    """Of the first days that have any, the slot nearest to the wanted time of day."""
    zone = situation.business.zone
    clock = _minutes(wanted.astimezone(zone))
    best: dict[date, Slot] = {}
    for slot in slots:
        local = slot.starts_at.astimezone(zone)
        kept = best.get(local.date())
        distance = abs(_minutes(local) - clock)
        if kept is None or distance < abs(_minutes(kept.starts_at.astimezone(zone)) - clock):
            best[local.date()] = slot
    return [best[day] for day in sorted(best)][:OFFERS]


def spread(situation: Situation, slots: list[Slot]) -> list[Slot]:
    """A few of many: of one day its first, middle and last; of several days one from each."""
    if len(slots) <= OFFERS:
        return slots
    zone = situation.business.zone
    by_day: dict[date, list[Slot]] = {}
    for slot in slots:
        by_day.setdefault(slot.starts_at.astimezone(zone).date(), []).append(slot)
    days = list(by_day.values())
    if len(days) == 1:
        return [slots[0], slots[len(slots) // 2], slots[-1]]
    if len(days) == 2:
        both = [days[0][0], *days[0][1:][-1:], *days[1]]
        return both[:OFFERS]
    return [of_day[0] for of_day in days[:OFFERS]]


def _midnight(situation: Situation, day: date) -> datetime:
    return datetime.combine(day, time(), tzinfo=situation.business.zone).astimezone(UTC)


def _inside(slot: Slot, when: When, zone: ZoneInfo) -> bool:
    local = slot.starts_at.astimezone(zone)
    if when.days and local.date() not in when.days:
        return False
    if local.date() in when.not_on or (when.not_at and near(slot, when.not_at, zone)):
        return False
    return (when.not_before or time.min) <= local.time() <= (when.not_after or time.max)


def _minutes(local: datetime) -> int:
    return local.hour * 60 + local.minute
