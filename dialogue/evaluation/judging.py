"""Whether a turn holds what is expected of it, and the rules that always stand. Pure.

In: a conversation of a set, and what was seen after each of its turns, in order. Out: what was wrong,
in plain words; nothing when the turn passes. Asked by `playing`, and by whoever judges an assistant
from outside (`lines`).

Of several alternatives the one that comes closest is told of.
"""

import json
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from dialogue.evaluation.changes import Changes, as_taken, changes
from dialogue.evaluation.expecting import (
    Alternative,
    Value,
    WantedBooking,
    WantedCallback,
    WantedMove,
    WantedOffers,
)
from dialogue.evaluation.reading import contains, is_in, segments, shows_time
from dialogue.evaluation.scenarios import Company, Opening, Step
from dialogue.evaluation.seen import Appointment, OfferedTime, Seen
from ringback.bookings import Taken, is_free

_MOST_SEGMENTS = 4


@dataclass(frozen=True, slots=True)
class _Turn:
    """All that the checks look at."""

    company: Company
    seen: Seen
    changes: Changes
    now: datetime
    offered_before: tuple[OfferedTime, ...]


class Judge:
    """Judges one conversation, turn by turn.

    Args:
        company: With whom it is held.
        opening: How it begins.
    """

    def __init__(self, company: Company, opening: Opening) -> None:
        self._company = company
        self._caller = opening.caller
        self._now = opening.now
        self._calendar: tuple[Appointment, ...] = tuple(
            Appointment(
                service=own.service, resource=own.resource, start=own.start, customer=opening.caller
            )
            for own in opening.context.caller_bookings
        )
        self._offered: tuple[OfferedTime, ...] = ()
        self._written = ""

    def turn(self, step: Step, seen: Seen) -> list[str]:
        """What was wrong with the next turn; empty when it passes."""
        self._now = step.at or self._now
        self._written += f"\n{step.user}"
        made = changes(self._company, self._caller, self._calendar, seen.calendar, self._now)
        turn = _Turn(self._company, seen, made, self._now, self._offered)
        self._calendar = seen.calendar
        self._offered = seen.offered or self._offered
        wrong = [list(_faults(turn, one)) for one in step.expect.alternatives]
        return [*_standing(turn), *self._told(seen), *min(wrong, key=len)]

    def _told(self, seen: Seen) -> Iterator[str]:
        """Whom of the other customers the reply names; a name that the caller wrote is no secret."""
        for customer in {one.customer for one in self._company.busy}:
            national = "0" + customer.phone.removeprefix("+46")
            for secret in {customer.name, customer.phone, national if customer.phone else ""} - {
                ""
            }:
                written = secret == customer.name and contains(self._written, secret)
                if contains(seen.text or "", secret) and not written:
                    yield f"told of another customer: {secret}"


def _standing(turn: _Turn) -> Iterator[str]:
    """The rules that hold on every turn, but for those that an alternative may lift."""
    business, busy = turn.company.business, list(turn.changes.taken)
    for made in turn.changes.added:
        if not _is_free(turn, made, busy):
            yield f"booked what is not free: {_said(made)}"
        elif taken := as_taken(turn.company, made):
            busy.append(taken)
        if turn.seen.text and not shows_time(turn.seen.text, datetime.fromisoformat(made.start)):
            yield f"the reply does not show the time of the booking: {_said(made)}"
    services = {one.id for one in business.services}
    for offered in turn.seen.offered:
        if offered.service not in services or not _may_be_offered(turn, offered):
            yield f"offered what is not free: {_said(offered)}"
    if turn.changes.others_changed:
        yield "another customer's booking was changed"


def _is_free(turn: _Turn, one: Appointment | OfferedTime, busy: Iterable[Taken]) -> bool:
    company, service = turn.company, one.service
    if service is None or service not in {known.id for known in company.business.services}:
        return False
    start = company.moment(one.start)
    return is_free(company.business, service, start, busy, turn.now, one.resource)


def _may_be_offered(turn: _Turn, offered: OfferedTime) -> bool:
    """Free as things are, or when a booking of the caller's is moved there."""
    busy = turn.changes.taken
    if _is_free(turn, offered, busy):
        return True
    replaced = (
        as_taken(turn.company, m) for m in turn.changes.mine if m.service == offered.service
    )
    return any(
        _is_free(turn, offered, [one for one in busy if one != own]) for own in replaced if own
    )


def _faults(turn: _Turn, wanted: Alternative) -> Iterator[str]:
    """What is wrong by one alternative."""
    seen, made = turn.seen, turn.changes
    if not wanted.asks_of_calendar and (made.added or made.removed):
        yield f"changed the calendar: {_changed(made)}"
    if seen.text is None and not wanted.may_be_silent:
        yield "sent nothing"
    for key, holds in _IN_ROWS.items():
        expected = getattr(wanted, key)
        if expected is not None and not holds(expected, turn):
            yield f"{key} {_written(expected)}"
    if seen.text is not None:
        yield from _faults_of_text(seen, wanted)


def _faults_of_text(seen: Seen, wanted: Alternative) -> Iterator[str]:
    text = seen.text or ""
    for key, holds in _IN_TEXT.items():
        expected = getattr(wanted, key)
        if expected is not None and not holds(expected, text):
            yield f"{key} {_written(expected)}"
    size, most = sum(map(segments, seen.reply)), wanted.max_segments or _MOST_SEGMENTS
    if size > most:
        yield f"takes {size} segments; at most {most}"


def _same(wanted: WantedBooking, made: Appointment, turn: _Turn) -> bool:
    start, resource = wanted.start, wanted.resource
    if wanted.offer is not None:
        place = wanted.offer - 1 if wanted.offer > 0 else wanted.offer
        if not -len(turn.offered_before) <= place < len(turn.offered_before):
            return False
        offered = turn.offered_before[place]
        start, resource = offered.start, resource or offered.resource
    return (made.service, made.start) == (wanted.service, start) and (
        resource in (None, made.resource)
    )


def _exactly(wanted: Iterable[WantedBooking], made: Sequence[Appointment], turn: _Turn) -> bool:
    """Whether each is there, and nothing else; the most particular wishes choose first."""
    rest = list(made)
    for one in sorted(wanted, key=lambda wish: wish.resource is None):
        found = next((booking for booking in rest if _same(one, booking, turn)), None)
        if found is None:
            return False
        rest.remove(found)
    return not rest


def _booked(wanted: Sequence[WantedBooking], turn: _Turn) -> bool:
    return not turn.changes.removed and _exactly(wanted, turn.changes.added, turn)


def _moved(wanted: WantedMove, turn: _Turn) -> bool:
    removed = turn.changes.removed
    if len(removed) != 1 or removed[0].service is None:
        return False
    goal = WantedBooking(service=removed[0].service, start=wanted.to, resource=wanted.resource)
    return _exactly([goal], turn.changes.added, turn)


def _cancelled(_: bool, turn: _Turn) -> bool:
    return len(turn.changes.removed) == 1 and not turn.changes.added


def _offers(wanted: WantedOffers, turn: _Turn) -> bool:
    starts = {one.start for one in turn.seen.offered}
    enough = len(starts) >= wanted.min and (wanted.includes is None or wanted.includes in starts)
    return enough and all(_offer_fits(one, wanted, turn) for one in turn.seen.offered)


def _offer_fits(one: OfferedTime, wanted: WantedOffers, turn: _Turn) -> bool:
    """Free or not is a standing rule."""
    return (
        wanted.holds(one.start)
        and one.service == (wanted.service or one.service)
        and _is_with(one, wanted.resource, turn)
        and shows_time(turn.seen.text or "", datetime.fromisoformat(one.start))
    )


def _is_with(one: OfferedTime, resource: str | None, turn: _Turn) -> bool:
    """One that names nobody is with the wanted person only if nobody else does the service."""
    if resource is None or one.resource is not None:
        return resource in (None, one.resource)
    return {
        who for s in turn.company.business.services if s.id == one.service for who in s.resources
    } == {resource}


def _rings(wanted: WantedCallback, turn: _Turn) -> bool:
    window = turn.seen.callback
    if window is None:
        return False
    sides = ((wanted.starts_at, window.starts_at), (wanted.ends_at, window.ends_at))
    return all(stated in (None, recorded) for stated, recorded in sides)


def _said(one: Appointment | OfferedTime) -> str:
    return " ".join(filter(None, (one.service, one.start, one.resource)))


def _changed(made: Changes) -> str:
    signs = [
        *(f"+ {_said(one)}" for one in made.added),
        *(f"- {_said(one)}" for one in made.removed),
    ]
    return ", ".join(signs)


def _written(expected: object) -> str:
    """An expectation as it stands in the file."""
    if isinstance(expected, Value):
        return json.dumps(
            expected.model_dump(by_alias=True, exclude_unset=True), ensure_ascii=False
        )
    if isinstance(expected, tuple):
        return f"[{', '.join(map(_written, expected))}]"
    return json.dumps(expected, ensure_ascii=False)


_IN_ROWS: dict[str, Callable[[Any, _Turn], bool]] = {
    "booking": _booked,
    "booking_moved": _moved,
    "booking_cancelled": _cancelled,
    "no_booking": lambda _, turn: not turn.changes.added and not turn.changes.removed,
    "bookings_after": lambda wanted, turn: _exactly(wanted, turn.changes.mine, turn),
    "offers_slots": _offers,
    "callback_requested": _rings,
    "handoff": lambda _, turn: turn.seen.handoff,
    "opted_out": lambda _, turn: turn.seen.opted_out,
    "opted_in": lambda _, turn: not turn.seen.opted_out,
    "no_reply": lambda _, turn: turn.seen.text is None,
}
_IN_TEXT: dict[str, Callable[[Any, str], bool]] = {
    "must_contain_any": lambda wanted, text: any(contains(text, one) for one in wanted),
    "must_contain_all": lambda wanted, text: all(
        any(contains(text, one) for one in several) for several in wanted
    ),
    "must_not_contain": lambda wanted, text: not any(contains(text, one) for one in wanted),
    "reply_lang": lambda wanted, text: is_in(text, wanted),
}
