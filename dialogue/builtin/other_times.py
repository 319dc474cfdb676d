"""Which times to show when none is settled: those that fit the wish, else those nearest to it. Pure.

In: a reading, the memory, a service. Out: a turn that offers them, with the reason why the wished
one can't be had; or one that hands over, where nothing is free at all.
"""

from dataclasses import replace
from datetime import date, datetime, time, timedelta

from dialogue.builtin.propose import local_start, offer
from dialogue.builtin.reading import Reading
from dialogue.builtin.refuse import why_text
from dialogue.builtin.replies import day_text
from dialogue.builtin.slots import alternatives, first_free, fitting_slots, spread, start_on
from dialogue.turns import HandOver, Memory, OwnBooking, Pending, Turn, When
from ringback.bookings import NotFree, Slot, last_bookable_day, why_not_free
from ringback.hours import intervals_on

_LAST_DAYS = 14  # before the horizon


def instead_of(
    reading: Reading, memory: Memory, service: str, wanted: datetime, moving: OwnBooking | None
) -> Turn:
    """Why a start can't be had, and the free times nearest to it."""
    situation = reading.situation
    why = why_not_free(
        reading.business, service, wanted, situation.taken, situation.now, memory.resource or None
    )
    reason = why_text(reading, service, wanted, why or NotFree.TAKEN, memory.resource)
    if why is NotFree.TOO_FAR:
        return _before_horizon(reading, replace(memory, when=When()), service, moving, reason)
    others = alternatives(situation, service, wanted, memory.resource, moving, memory.when)
    if not others and memory.resource:
        others = alternatives(situation, service, wanted, "", moving, memory.when)
    if not others:
        return nothing_at_all(reading, memory, service, reason)
    return offer(reading, memory, others, reason)


def _before_horizon(
    reading: Reading, memory: Memory, service: str, moving: OwnBooking | None, reason: str
) -> Turn:
    """The last times that can be had, for who asked for one too far ahead."""
    last = last_bookable_day(reading.business, reading.situation.now)
    days = tuple(last - timedelta(days=n) for n in reversed(range(_LAST_DAYS)))
    free = fitting_slots(reading.situation, service, When(days), memory.resource, moving)
    if not free:
        return reading.turn(reason, replace(memory, pending=Pending.DAY, offered=()))
    last_of_days = {local_start(reading, slot).date(): slot for slot in reversed(free)}
    return offer(
        reading, memory, sorted(last_of_days.values(), key=lambda s: s.starts_at)[-2:], reason
    )


def offer_fitting(
    reading: Reading, memory: Memory, service: str, moving: OwnBooking | None
) -> Turn:
    """Times on the wished days and inside the wished part of the day; else the nearest others."""
    situation, when = reading.situation, memory.when
    free = fitting_slots(situation, service, when, memory.resource, moving)
    if when.exact:  # a clock time without a day: the nearest days that have it
        free = [slot for slot in free if local_start(reading, slot).time() in when.exact]
    if free:
        if reading.heard.ahead and local_start(reading, free[0]).time() == when.not_before:
            free = free[:1]  # "om två timmar" is that very time, where it can be had
        few = free[:3] if when.soonest else spread(situation, free)
        return offer(reading, memory, few)
    if not when.days:
        reason = reading.say("none_free", service=reading.name_of(service))
        soon = first_free(situation, service, memory.resource, when) if when.has_clock else []
        if not soon or moving:
            return nothing_at_all(reading, memory, service)
        return offer(reading, replace(memory, when=When()), soon, reason)
    noon = when.not_before or when.not_after
    day = when.days[0]
    wanted = start_on(situation, day, (noon,) if noon else _opening(reading, day))
    why = why_not_free(reading.business, service, wanted, (), situation.now)
    if why in (NotFree.CLOSED_DAY, NotFree.TOO_FAR) and len(when.days) == 1:
        return instead_of(reading, memory, service, wanted, moving)
    if all(day > last_bookable_day(reading.business, situation.now) for day in when.days):
        return instead_of(reading, memory, service, wanted, moving)
    reason = reading.say("none_free", service=reading.name_of(service))
    same_days = fitting_slots(situation, service, When(when.days), memory.resource, moving)
    others = spread(situation, same_days) or _after(reading, memory, service, moving)
    if not others:
        return nothing_at_all(reading, memory, service, reason)
    return offer(reading, memory, others, reason)


def _opening(reading: Reading, day: date) -> tuple[time, ...]:
    return tuple(opens for opens, _ in intervals_on(reading.business, day)[:1]) or (time(12),)


def _after(reading: Reading, memory: Memory, service: str, moving: OwnBooking | None) -> list[Slot]:
    """Slots on the days after the wished ones, in the same part of the day where there are any."""
    last = memory.when.days[-1]
    days = tuple(last + timedelta(days=n) for n in range(1, 22))
    for when in (replace(memory.when, days=days, exact=()), When(days)):
        free = fitting_slots(reading.situation, service, when, memory.resource, moving)
        if free:
            return spread(reading.situation, free)
    return []


def other_slots(
    reading: Reading, memory: Memory, service: str, moving: OwnBooking | None
) -> list[Slot]:
    """Times later or earlier than those offered, or simply others, inside the same wish."""
    offered = memory.offered
    if not offered:
        return []
    when = replace(memory.when, exact=(), soonest=False)
    if reading.heard.later:
        when = replace(when, not_after=None)
    if reading.heard.earlier:
        when = replace(when, not_before=None)
    if reading.heard.when.days:
        when = replace(when, days=reading.heard.when.days)
    elif reading.heard.other_days and len(when.days) == 1:
        when = replace(when, days=())
    elif not when.days and not reading.heard.other_times:
        when = replace(when, days=tuple({local_start(reading, slot).date() for slot in offered}))
    free = fitting_slots(reading.situation, service, when, memory.resource, moving)
    first = min(slot.starts_at for slot in offered)
    last = max(slot.starts_at for slot in offered)
    if reading.heard.later:
        later, rest = [slot for slot in free if slot.starts_at > last], _not_shown(free, offered)
        free = later or rest[len(rest) // 2 :]  # all of the day was shown: its later half
    elif reading.heard.earlier:
        earlier, rest = [slot for slot in free if slot.starts_at < first], _not_shown(free, offered)
        free = earlier or rest[: len(rest) // 2]
    elif reading.heard.other_days:
        seen = {local_start(reading, slot).date() for slot in offered}
        free = [slot for slot in free if local_start(reading, slot).date() not in seen]
    else:
        free = _not_shown(free, offered)
        free = [slot for slot in free if slot.starts_at > last] or free
    return spread(reading.situation, free)


def _not_shown(slots: list[Slot], offered: tuple[Slot, ...]) -> list[Slot]:
    shown = {slot.starts_at for slot in offered}
    return [slot for slot in slots if slot.starts_at not in shown]


def nothing_at_all(reading: Reading, memory: Memory, service: str, reason: str = "") -> Turn:
    """Say that nothing is free within the horizon, and hand over."""
    last = day_text(reading.language, last_bookable_day(reading.business, reading.situation.now))
    text = reading.say("none_at_all", service=reading.name_of(service), last=last)
    memory = replace(memory, pending=Pending.NOTHING, offered=())
    return reading.turn(f"{reason} {text}".strip(), memory, (HandOver("no_free_time"),))
