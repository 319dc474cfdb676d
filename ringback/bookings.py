"""The booking rules: which starts are free, and why another is not. Pure.

In: the company's document, all taken times, the present moment. Out: free slots.
The database guards against two bookings at once; here it is decided what may be proposed at all.
A start is free when all of this holds:

1. minutes since local midnight are divisible by `slot_step_min`;
2. the whole appointment lies inside one opening;
3. it is at least `min_notice_min` after now, in elapsed time, so clock changes count;
4. its local date is at most `horizon_days` after today's;
5. at least one resource that does the service has nothing else during it.
"""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta
from enum import StrEnum

from ringback.business import Business
from ringback.hours import openings_on

_DAY_MINUTES = 24 * 60


class BookingState(StrEnum):
    """The life of a booking; who moves it where."""

    HELD = "held"  # the dialogue keeps it while a question is open; runs out by itself
    REQUESTED = "requested"  # the customer asked; the company has to say yes
    CONFIRMED = "confirmed"  # told to the customer as booked
    CANCELLED = "cancelled"  # by the customer or the staff; the time is free again
    NO_SHOW = "no_show"  # the staff say that nobody came
    DONE = "done"  # it took place


class NotFree(StrEnum):
    """Why a start can't be booked; the first of the rules that fails."""

    PAST = "past"
    TOO_SOON = "too_soon"
    TOO_FAR = "too_far"
    CLOSED_DAY = "closed_day"
    OUTSIDE_HOURS = "outside_hours"
    OFF_STEP = "off_step"
    TAKEN = "taken"


@dataclass(frozen=True, slots=True)
class Taken:
    """A time when a resource is busy, for whatever reason. UTC; the end is not included."""

    resource: str
    starts_at: datetime
    ends_at: datetime


@dataclass(frozen=True, slots=True)
class Slot:
    """A time that can be booked. UTC."""

    service: str
    resource: str
    starts_at: datetime
    ends_at: datetime


def free_slots(
    business: Business,
    service_id: str,
    taken: Iterable[Taken],
    now: datetime,
    start: datetime,
    end: datetime,
    resource: str | None = None,
    limit: int = 100,
) -> list[Slot]:
    """The free slots that begin in [start, end), in order of time, one for each start.

    Args:
        business: Hours, services and rules.
        service_id: An id in `business.services`; KeyError when there is none.
        taken: Busy times of all resources.
        now: The present moment; this and the bounds are aware, in any zone.
        start: First moment that a slot may begin.
        end: The moment before which a slot must begin.
        resource: Only this one; otherwise the first free in the service's order.
        limit: The greatest number of slots returned.
    """
    taken, start, end = tuple(taken), start.astimezone(UTC), end.astimezone(UTC)
    duration = timedelta(minutes=business.service(service_id).duration_min)
    slots: list[Slot] = []
    for starts_at in _step_starts(business, now, start, end):
        if len(slots) >= limit:
            break
        who = free_resources(business, service_id, starts_at, taken, now, resource)
        if who:
            slots.append(Slot(service_id, who[0], starts_at, starts_at + duration))
    return slots


def is_free(
    business: Business,
    service_id: str,
    starts_at: datetime,
    taken: Iterable[Taken],
    now: datetime,
    resource: str | None = None,
) -> bool:
    """Whether all five rules hold for this start, with anybody or with the named resource."""
    return bool(free_resources(business, service_id, starts_at, taken, now, resource))


def free_resources(
    business: Business,
    service_id: str,
    starts_at: datetime,
    taken: Iterable[Taken],
    now: datetime,
    resource: str | None = None,
) -> tuple[str, ...]:
    """Those who can take the service at this start, in the service's order; empty when not free."""
    if _broken_rule(business, service_id, starts_at, now) is not None:
        return ()
    service, starts_at = business.service(service_id), starts_at.astimezone(UTC)
    ends_at = starts_at + timedelta(minutes=service.duration_min)
    busy = {
        entry.resource for entry in taken if entry.starts_at < ends_at and starts_at < entry.ends_at
    }
    wanted = service.resources if resource is None else (resource,)
    return tuple(who for who in service.resources if who in wanted and who not in busy)


def why_not_free(
    business: Business,
    service_id: str,
    starts_at: datetime,
    taken: Iterable[Taken],
    now: datetime,
    resource: str | None = None,
) -> NotFree | None:
    """The reason why this start can't be booked, or None when it is free."""
    broken = _broken_rule(business, service_id, starts_at, now)
    if broken is None and not free_resources(business, service_id, starts_at, taken, now, resource):
        return NotFree.TAKEN
    return broken


def last_bookable_day(business: Business, now: datetime) -> date:
    """The last local date of the horizon."""
    today = now.astimezone(business.zone).date()
    return today + timedelta(days=business.booking_rules.horizon_days)


def _broken_rule(
    business: Business, service_id: str, starts_at: datetime, now: datetime
) -> NotFree | None:
    """The first broken one of rules 1-4, in the order in which a customer wants to hear it."""
    # Between two times of one zone Python counts wall-clock time; only UTC counts elapsed time.
    starts_at, now = starts_at.astimezone(UTC), now.astimezone(UTC)
    rules, local = business.booking_rules, starts_at.astimezone(business.zone)
    openings = openings_on(business, local.date())
    ends_at = starts_at + timedelta(minutes=business.service(service_id).duration_min)
    if starts_at <= now:
        return NotFree.PAST
    if local.date() > last_bookable_day(business, now):
        return NotFree.TOO_FAR
    if not openings:
        return NotFree.CLOSED_DAY
    if not any(opens.opens_at <= starts_at and ends_at <= opens.closes_at for opens in openings):
        return NotFree.OUTSIDE_HOURS
    if starts_at < now + timedelta(minutes=rules.min_notice_min):
        return NotFree.TOO_SOON
    whole_minute = local.second == local.microsecond == 0
    if not whole_minute or (local.hour * 60 + local.minute) % rules.slot_step_min:
        return NotFree.OFF_STEP
    return None


def _step_starts(
    business: Business, now: datetime, start: datetime, end: datetime
) -> Iterator[datetime]:
    """All moments in [start, end) on a slot step of a date inside the horizon, in order."""
    zone, step = business.zone, business.booking_rules.slot_step_min
    day = max(start, now).astimezone(zone).date()
    last = min(end.astimezone(zone).date(), last_bookable_day(business, now))
    while day <= last:
        if openings_on(business, day):
            walls = (_wall_time(minute) for minute in range(0, _DAY_MINUTES, step))
            moments = {moment for wall in walls for moment in _moments(business, day, wall)}
            yield from sorted(moment for moment in moments if start <= moment < end)
        day += timedelta(days=1)


def _wall_time(minute: int) -> time:
    return time(minute // 60, minute % 60)


def _moments(business: Business, day: date, wall: time) -> Iterator[datetime]:
    """The moments when the wall clock shows this: one; none in the skipped hour, two in the repeated."""
    for fold in (0, 1):
        local = datetime.combine(day, wall.replace(fold=fold), tzinfo=business.zone)
        moment = local.astimezone(UTC)
        if moment.astimezone(business.zone).replace(tzinfo=None) == local.replace(tzinfo=None):
            yield moment
