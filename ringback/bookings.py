"""The booking rules: which starts are free, and why another is not. Pure.

In: the company's document, all taken times, the present moment. Out: free slots.
The database guards against two bookings at once; here it is decided what may be proposed at all.
A start is free when all of this holds:

1. minutes since local midnight are divisible by `slot_step_min`;
2. the whole appointment lies inside one opening;
3. it is at least `min_notice_min` after now, in elapsed time, so clock changes count; or it was when
   the time began to be held for the caller who is answered;
4. its local date is at most `horizon_days` after today's;
5. at least one resource that does the service has nothing else during it.
"""

from bisect import bisect_right
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field, replace
from datetime import UTC, date, datetime, timedelta
from enum import StrEnum
from zoneinfo import ZoneInfo

from ringback.business import Business, Service
from ringback.hours import Opening, openings_on

_REMIND_AHEAD = timedelta(hours=1)  # sooner after the booking a reminder says nothing new


class BookingState(StrEnum):
    """The life of a booking; who moves it where."""

    HELD = "held"  # the dialogue keeps it while a question is open; runs out by itself
    REQUESTED = "requested"  # the customer asked; the company has to say yes
    CONFIRMED = "confirmed"  # told to the customer as booked
    CANCELLED = "cancelled"  # by the customer or the staff; the time is free again
    NO_SHOW = "no_show"  # the staff say that nobody came
    DONE = "done"  # it took place


STANDS = (BookingState.REQUESTED, BookingState.CONFIRMED)
"""States of a booking that keeps its time until somebody changes it."""


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
    """A time when a resource is busy, for whatever reason. UTC; the end is not included.

    Attributes:
        resource: Whose time.
        starts_at: From here on.
        ends_at: Until before this.
        booking: The id of the booking that takes it, "" for whatever else does: two may lie over the
            same time, and when one is moved the other still stands.
        kept_since: Of what is held for the very caller who is answered: it bars nothing, and notice
            counts from then on.
    """

    resource: str
    starts_at: datetime
    ends_at: datetime
    booking: str = field(default="", compare=False)
    kept_since: datetime | None = None


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
        service_id: Of one that is sold; there are no times for another.
        taken: Busy times of all resources.
        now: The present moment; this and the bounds are aware, in any zone.
        start: First moment that a slot may begin.
        end: The moment before which a slot must begin.
        resource: Only this one; otherwise the first free in the service's order.
        limit: The greatest number of slots returned.
    """
    service, start, end = business.sold(service_id), start.astimezone(UTC), end.astimezone(UTC)
    if service is None:
        return []
    duration = timedelta(minutes=service.duration_min)
    busy = _busy_spans(taken)
    wanted = [who for who in service.resources if resource in (None, who)]
    slots: list[Slot] = []
    for starts_at in _starts(business, duration, now.astimezone(UTC), start, end):
        if len(slots) >= limit:
            break
        ends_at = starts_at + duration
        free = (who for who in wanted if not _is_busy(busy.get(who), starts_at, ends_at))
        if who := next(free, None):
            slots.append(Slot(service_id, who, starts_at, ends_at))
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
    service = business.sold(service_id)
    if service is None:
        return ()
    starts_at = starts_at.astimezone(UTC)
    ends_at = starts_at + timedelta(minutes=service.duration_min)
    there = [one for one in taken if one.starts_at < ends_at and starts_at < one.ends_at]
    busy = {one.resource for one in there if one.kept_since is None}
    wanted = [who for who in service.resources if resource in (None, who) and who not in busy]
    broken = _broken_rule(business, service, starts_at, now)
    if broken is NotFree.TOO_SOON:
        inside = [
            one for one in kept(there) if starts_at <= one.starts_at and one.ends_at <= ends_at
        ]
        since = {one.resource: one.kept_since for one in inside}
        return tuple(
            who
            for who in wanted
            if who in since and not _broken_rule(business, service, starts_at, now, since[who])
        )
    return () if broken else tuple(wanted)


def why_not_free(
    business: Business,
    service_id: str,
    starts_at: datetime,
    taken: Iterable[Taken],
    now: datetime,
    resource: str | None = None,
) -> NotFree | None:
    """The reason why this start can't be booked, or None when it is free."""
    if free_resources(business, service_id, starts_at, taken, now, resource):
        return None
    service = business.sold(service_id)
    broken = _broken_rule(business, service, starts_at, now) if service else None
    return broken or NotFree.TAKEN


def kept(taken: Iterable[Taken]) -> list[Taken]:
    """What of it is only held for the caller who is answered."""
    return [one for one in taken if one.kept_since is not None]


def without(slots: Iterable[Slot], taken: Iterable[Taken]) -> list[Slot]:
    """What is left of the slots when these times of the same resources are cut out of them."""
    left = list(slots)
    for cut in taken:
        left = [
            part
            for slot in left
            for part in (_around(slot, cut) if slot.resource == cut.resource else [slot])
        ]
    return left


def _around(slot: Slot, cut: Taken) -> list[Slot]:
    before = replace(slot, ends_at=min(slot.ends_at, cut.starts_at))
    after = replace(slot, starts_at=max(slot.starts_at, cut.ends_at))
    return [part for part in (before, after) if part.starts_at < part.ends_at]


def reminders_due(
    starts_at: datetime, hours: Iterable[int], now: datetime
) -> list[tuple[int, datetime]]:
    """When to remind of a booking that is made or moved now: how many hours before, and the moment.

    None that would be due within an hour: the caller has just been told.
    """
    due = [(before, starts_at - timedelta(hours=before)) for before in sorted(set(hours))]
    return [(before, due_at) for before, due_at in due if due_at >= now + _REMIND_AHEAD]


def last_bookable_day(business: Business, now: datetime) -> date:
    """The last local date of the horizon."""
    today = now.astimezone(business.zone).date()
    return today + timedelta(days=business.booking_rules.horizon_days)


def _broken_rule(
    business: Business,
    service: Service,
    starts_at: datetime,
    now: datetime,
    kept_since: datetime | None = None,
) -> NotFree | None:
    """The first broken one of rules 1-4, in the order in which a customer wants to hear it."""
    # Between two times of one zone Python counts wall-clock time; only UTC counts elapsed time.
    starts_at, now = starts_at.astimezone(UTC), now.astimezone(UTC)
    rules, local = business.booking_rules, starts_at.astimezone(business.zone)
    openings = openings_on(business, local.date())
    ends_at = starts_at + timedelta(minutes=service.duration_min)
    asked_at = kept_since.astimezone(UTC) if kept_since else now
    if starts_at <= now:
        return NotFree.PAST
    if local.date() > last_bookable_day(business, now):
        return NotFree.TOO_FAR
    if not openings:
        return NotFree.CLOSED_DAY
    if not any(opens.opens_at <= starts_at and ends_at <= opens.closes_at for opens in openings):
        return NotFree.OUTSIDE_HOURS
    if starts_at < asked_at + timedelta(minutes=rules.min_notice_min):
        return NotFree.TOO_SOON
    whole_minute = local.second == local.microsecond == 0
    if not whole_minute or _wall_minute(local) % rules.slot_step_min:
        return NotFree.OFF_STEP
    return None


_Spans = tuple[list[datetime], list[datetime]]
"""Starts and ends of times that don't overlap, both in order."""


def _busy_spans(taken: Iterable[Taken]) -> dict[str, _Spans]:
    """The busy times of each resource, those that overlap made one: to look up, not to go through."""
    spans: dict[str, _Spans] = {}
    for one in sorted(taken, key=lambda one: one.starts_at):
        if one.kept_since is not None:
            continue
        starts, ends = spans.setdefault(one.resource, ([], []))
        if ends and one.starts_at <= ends[-1]:
            ends[-1] = max(ends[-1], one.ends_at)
        else:
            starts.append(one.starts_at)
            ends.append(one.ends_at)
    return spans


def _is_busy(spans: _Spans | None, starts_at: datetime, ends_at: datetime) -> bool:
    if spans is None:
        return False
    starts, ends = spans
    first = bisect_right(ends, starts_at)  # the first that ends later
    return first < len(starts) and starts[first] < ends_at


def _starts(
    business: Business, duration: timedelta, now: datetime, start: datetime, end: datetime
) -> Iterator[datetime]:
    """All moments in [start, end) that keep rules 1 to 4, in order; all in UTC."""
    zone, rules = business.zone, business.booking_rules
    soonest = max(start, now + timedelta(minutes=rules.min_notice_min))
    day = max(start, now).astimezone(zone).date()
    last = min(end.astimezone(zone).date(), last_bookable_day(business, now))
    while day <= last:
        found = {
            moment
            for opening in openings_on(business, day)
            for moment in _starts_in(opening, day, zone, rules.slot_step_min, duration)
        }
        yield from sorted(one for one in found if soonest <= one < end and one > now)
        day += timedelta(days=1)


def _starts_in(
    opening: Opening, day: date, zone: ZoneInfo, step: int, duration: timedelta
) -> Iterator[datetime]:
    """The moments on a slot step from which an appointment fits into an opening, on its first day.

    Minute by minute where the clock changes or a day ends in between; else from step to step.
    """
    first, last = opening.opens_at, opening.closes_at - duration
    first += timedelta(minutes=bool(first.second or first.microsecond))
    first = first.replace(second=0, microsecond=0)
    opens, closes = first.astimezone(zone), last.astimezone(zone)
    even = (opens.date(), opens.utcoffset()) == (closes.date(), closes.utcoffset())
    moment = first + timedelta(minutes=-_wall_minute(opens) % step if even else 0)
    pace = timedelta(minutes=step if even else 1)
    while moment <= last:
        local = moment.astimezone(zone)
        if even or (local.date() == day and _wall_minute(local) % step == 0):
            yield moment
        moment += pace


def _wall_minute(local: datetime) -> int:
    return local.hour * 60 + local.minute
