"""Has the caller said yes? What may be booked, moved or cancelled at a model's word. Pure.

In: the reading of the caller's text by code, what the built-in engine would do, and what the model
wants. Out: whether it may be done. It may when both engines want the very same; when the text names
the day and the clock time of the slot, and is no question and no doubt; or when it takes one of the
times that were offered. A cancelling needs a plain yes to our question. Otherwise the time is put to
the caller first: that costs a text, a booking that nobody wanted costs more.
"""

from collections.abc import Sequence
from datetime import date, time

from dialogue.builtin.intent import Intent
from dialogue.builtin.reading import Reading
from dialogue.turns import Book, Cancel, Effect, Move, Pending, Turn
from ringback.bookings import Slot

_OPEN = (Pending.PICK, Pending.CONFIRM)


def may_book(reading: Reading, builtin: Turn, slots: Sequence[Slot]) -> bool:
    """Whether these slots may be booked now."""
    if _same(builtin, [Book(slot) for slot in slots]):
        return True
    return len(slots) == 1 and not _books_other(builtin, slots[0]) and _agreed(reading, slots[0])


def may_move(reading: Reading, builtin: Turn, booking_id: str, slot: Slot) -> bool:
    """Whether this booking may be moved to the slot now."""
    if _same(builtin, [Move(booking_id, slot)]):
        return True
    wished = reading.has(Intent.MOVE) or reading.memory.booking_id == booking_id
    only = [own.id for own in reading.situation.own] == [booking_id]
    known = only or reading.memory.booking_id == booking_id
    return wished and known and not _books_other(builtin, slot) and _agreed(reading, slot)


def may_cancel(reading: Reading, builtin: Turn, booking_ids: Sequence[str]) -> bool:
    """Whether these bookings may be cancelled now: we asked about them, and this is a plain yes."""
    if _same(builtin, [Cancel(one) for one in booking_ids]):
        return True
    memory = reading.memory
    asked = memory.pending is Pending.CANCEL and [memory.booking_id] == list(booking_ids)
    return asked and reading.answer.cancels


def _same(builtin: Turn, wanted: Sequence[Effect]) -> bool:
    changes = [one for one in builtin.effects if isinstance(one, Book | Move | Cancel)]
    return bool(changes) and set(changes) == set(wanted)


def _books_other(builtin: Turn, slot: Slot) -> bool:
    return any(isinstance(one, Book | Move) and one.slot != slot for one in builtin.effects)


def _agreed(reading: Reading, slot: Slot) -> bool:
    if reading.asks or reading.answer.doubt or reading.answer.no or reading.stranger:
        return False
    if reading.resource not in ("", slot.resource) or reading.heard.clash:
        return False
    local = slot.starts_at.astimezone(reading.business.zone)
    return _named(reading, slot, local.date(), local.time()) or _taken_up(
        reading, slot, local.date(), local.time()
    )


def _named(reading: Reading, slot: Slot, day: date, clock: time) -> bool:
    """Whether the text names this day and clock time, and the service is known."""
    when, memory = reading.heard.when, reading.memory
    days = when.days or memory.when.days
    services = reading.meant.services or memory.services
    wants = reading.has(Intent.BOOK, Intent.MOVE) or reading.answer.yes
    return wants and day in days and clock in when.exact and (slot.service,) == tuple(services)


def _taken_up(reading: Reading, slot: Slot, day: date, clock: time) -> bool:
    """Whether the text takes a time that was offered, and says nothing that speaks against it."""
    when, memory = reading.heard.when, reading.memory
    if memory.pending not in _OPEN or slot not in memory.offered:
        return False
    if reading.meant.services and slot.service not in reading.meant.services:
        return False
    fits_day = not when.days or day in when.days
    fits_clock = not when.exact or clock in when.exact
    inside = (when.not_before or time.min) <= clock <= (when.not_after or time.max)
    if not (fits_day and fits_clock and inside):
        return False
    if reading.has(Intent.CANCEL, Intent.PERSON, Intent.CALL_BACK, Intent.OPT_OUT, Intent.QUESTION):
        return False
    fitting = [one for one in memory.offered if _could_be(reading, one)]
    plain_yes = reading.answer.yes and len(memory.offered) == 1
    pointed = reading.heard.anything and fitting == [slot]
    return plain_yes or pointed


def _could_be(reading: Reading, slot: Slot) -> bool:
    when = reading.heard.when
    local = slot.starts_at.astimezone(reading.business.zone)
    return (
        (not when.days or local.date() in when.days)
        and (not when.exact or local.time() in when.exact)
        and (when.not_before or time.min) <= local.time() <= (when.not_after or time.max)
    )
