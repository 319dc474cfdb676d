"""What a turn changed in the calendar, and what was taken before it. Pure.

In: the company, the caller, and what was seen before and after the turn. Out: bookings of the caller
that came and went, whether anybody else's changed, and the busy times that a new one must not meet.
Whoever is judged may leave out bookings that are over.
"""

from collections import Counter
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime

from dialogue.evaluation.scenarios import Company
from dialogue.evaluation.seen import Appointment
from ringback.bookings import Taken


@dataclass(frozen=True, slots=True)
class Changes:
    """The calendar around one turn.

    Attributes:
        added, removed: Bookings of the caller that this turn made and took away.
        mine: The caller's bookings after it that are not over.
        taken: Busy times while it was taken, those that it freed left out.
        others_changed: Somebody else's booking came, went or was moved.
    """

    added: tuple[Appointment, ...]
    removed: tuple[Appointment, ...]
    mine: tuple[Appointment, ...]
    taken: tuple[Taken, ...]
    others_changed: bool


def changes(
    company: Company,
    caller: str,
    before: Sequence[Appointment],
    after: Sequence[Appointment],
    now: datetime,
) -> Changes:
    """Compare the calendar before and after a turn."""
    had, has = _of(before, caller), _of(after, caller)
    gone = [one for one in _without(had, has) if not _is_over(company, one, now)]
    kept = _without(had, gone)
    busy = [company.taken(one.resource, one.start, one.end) for one in company.busy]
    return Changes(
        added=tuple(_without(has, had)),
        removed=tuple(gone),
        mine=tuple(one for one in has if not _is_over(company, one, now)),
        taken=(*busy, *(taken for one in kept if (taken := as_taken(company, one)))),
        others_changed=_others_changed(company, caller, after, now),
    )


def as_taken(company: Company, one: Appointment) -> Taken | None:
    """The time that a booking takes; None when it is of no service that the company has."""
    if one.service is None or one.service not in {s.id for s in company.business.services}:
        return None
    starts_at = company.moment(one.start)
    return Taken(one.resource, starts_at, company.ends_at(one.service, one.start))


def _of(calendar: Iterable[Appointment], caller: str) -> list[Appointment]:
    return [one for one in calendar if one.customer == caller]


def _without(these: Iterable[Appointment], those: Iterable[Appointment]) -> list[Appointment]:
    return list((Counter(these) - Counter(those)).elements())


def _is_over(company: Company, one: Appointment, now: datetime) -> bool:
    taken = as_taken(company, one)
    return taken is not None and taken.ends_at <= now


def _others_changed(
    company: Company, caller: str, after: Iterable[Appointment], now: datetime
) -> bool:
    """Compared with how the conversation began; absences may be shown or left out."""
    coming = [one for one in company.busy if company.moment(one.end) > now]
    over = {(one.resource, one.start) for one in company.busy if one not in coming}
    absent = {(one.resource, one.start) for one in coming if one.absent}
    expected = Counter((one.resource, one.start, one.service) for one in coming if not one.absent)
    found = Counter(
        (one.resource, one.start, one.service)
        for one in after
        if one.customer != caller and (one.resource, one.start) not in over | absent
    )
    return expected != found
