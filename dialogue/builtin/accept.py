"""The answer to what was proposed or offered: a yes, a choice, a no, or none of these. Pure.

In: a reading while times are open. Out: a turn, or None when the message says something else.
Only a plain yes to a proposal, and a plain choice among offered times, book. A choice that is put
as a question is proposed for a yes; a refused time leads to other times.
"""

import re
from dataclasses import replace
from datetime import datetime, timedelta

from dialogue.builtin.book import go_on_booking
from dialogue.builtin.choose import Choice, choice
from dialogue.builtin.intent import Intent
from dialogue.builtin.known import known_so_far
from dialogue.builtin.propose import (
    listed_times,
    local_start,
    moved_booking,
    offer,
    propose,
    settle,
    still_free,
)
from dialogue.builtin.reading import Reading
from dialogue.builtin.replies import fitted
from dialogue.builtin.slots import fitting_slots, slot_at, spread
from dialogue.turns import Memory, Pending, Turn, When
from ringback.bookings import Slot

_DAYS_ON = 14  # how far past the refused times others are looked for
_COMES_BACK = re.compile(
    r"\båterkommer\b|\bhör av (?:mig|oss)\b|\b(?:får|ska|kan) (?:höra av (?:mig|oss)|återkomma)\b|\bget back to you\b"
)
_ADDS = re.compile(
    r"\b(?:också|även|dessutom|lägga? till|lägg på|samt|as well|also|too|add)\b|"
    r"^(?:ja\w*|yes|ok\w*|gärna|bra)\b.*\b(?:och|plus|and)\b"
)
_OPEN = (Pending.PICK, Pending.CONFIRM, Pending.DAY)


def answered_offer(reading: Reading) -> Turn | None:
    """A yes to what was proposed, or one of the offered times: book it."""
    memory, offered = reading.memory, reading.memory.offered
    if memory.pending is Pending.CONFIRM and _adds_service(reading):
        again = propose(reading, memory, offered)
        return replace(again, reply=fitted(f"{reading.say('one_at_a_time')} {again.reply or ''}"))
    if memory.pending not in _OPEN or _about_something_else(reading):
        return None
    if comes_back(reading):
        return reading.turn(reading.say("declined"))  # what is open stays so
    if not offered:
        return _declined(reading)
    if memory.pending is Pending.CONFIRM and reading.answer.yes:
        if all(_as_said(reading, slot) for slot in offered):
            return _take(reading, offered)
        return None
    if memory.pending is Pending.CONFIRM and len(offered) > 1:
        return _declined(reading)
    return _chosen(reading, memory, offered)


def comes_back(reading: Reading) -> bool:
    """Whether the caller leaves, to come back later: "jag återkommer"."""
    return bool(_COMES_BACK.search(reading.text)) and not reading.asks


def _chosen(reading: Reading, memory: Memory, offered: tuple[Slot, ...]) -> Turn | None:
    """What a message picks, or refuses, of the offered times."""
    made = choice(
        reading.text,
        reading.parted,
        offered,
        reading.business.zone,
        reading.resource,
        reading.names,
    )
    if made.slot and not _asks_about(reading):
        if reading.resource not in ("", made.slot.resource):
            return _with_another(reading, memory, made.slot)
        if made.sure:
            return _take(reading, (made.slot,))
        slot = still_free(reading, memory, made.slot)
        return propose(reading, memory, (slot,)) if slot else _gone(reading)
    if made.refused or reading.parted.too_early or reading.parted.too_late:
        return _others(reading, made)
    if reading.parted.refused.anything and not _says_else(reading):
        memory = replace(memory, when=known_so_far(reading).when)  # what was offered still suits
        return offer(reading, memory, list(offered))
    if made.no_such:
        return _ask_again(reading)
    return _declined(reading)


def _with_another(reading: Reading, memory: Memory, slot: Slot) -> Turn | None:
    """The time that is pointed at, with somebody else than was offered: "den andra, men hos Sara"."""
    moving = moved_booking(reading, memory)
    other = slot_at(reading.situation, slot.service, slot.starts_at, reading.resource, moving)
    if other:
        return propose(reading, replace(memory, resource=reading.resource), (other,))
    return None


def _adds_service(reading: Reading) -> bool:
    """Whether another service is wished for beside the proposed one, not in its place."""
    proposed = {slot.service for slot in reading.memory.offered}
    other = bool(reading.meant.services) and proposed.isdisjoint(reading.meant.services)
    kept = not (reading.answer.no or reading.has(Intent.CORRECTION, Intent.CANCEL, Intent.MOVE))
    return bool(proposed) and other and kept and bool(_ADDS.search(reading.text))


def _about_something_else(reading: Reading) -> bool:
    if reading.has(Intent.CANCEL, Intent.MOVE):
        return True
    services = {slot.service for slot in reading.memory.offered}
    if len(reading.meant.services) > 1 and not reading.has(Intent.BOOK, Intent.CORRECTION):
        return False  # "den andra, är tandrädd": a word that many names share names none
    return bool(reading.meant.services) and services.isdisjoint(reading.meant.services)


def _says_else(reading: Reading) -> bool:
    heard = reading.heard
    return heard.anything or reading.answer.ends or bool(reading.meant.services)


def _asks_about(reading: Reading) -> bool:
    """Whether it asks about an offered time ("what does the first one cost?") and takes none."""
    return reading.has(Intent.PRICE, Intent.DURATION, Intent.ADDRESS)


def _as_said(reading: Reading, slot: Slot) -> bool:
    """Whether a time or a person named beside the yes is the proposed one."""
    local, when = local_start(reading, slot), reading.heard.when
    if reading.resource not in ("", slot.resource):
        return False
    if reading.heard.same_day and reading.memory.booking_id:
        return False  # the day of the booking, or the new one?
    if when.days and local.date() not in when.days:
        return False
    if when.not_before and local.time() < when.not_before:
        return False
    if when.not_after and local.time() > when.not_after:
        return False
    return not when.exact or local.time() in when.exact


def _take(reading: Reading, picked: tuple[Slot, ...]) -> Turn:
    free = [still_free(reading, reading.memory, slot) for slot in picked]
    sure = tuple(slot for slot in free if slot)
    return settle(reading, reading.memory, *sure) if len(sure) == len(picked) else _gone(reading)


def _gone(reading: Reading) -> Turn:
    again = go_on_booking(reading, replace(known_so_far(reading), offered=()))
    return replace(again, reply=fitted(f"{reading.say('gone')} {again.reply or ''}"))


def _ask_again(reading: Reading) -> Turn:
    times = listed_times(reading, list(reading.memory.offered))
    return reading.turn(reading.say("not_offered", times=times), offered=reading.memory.offered)


def _others(reading: Reading, made: Choice) -> Turn | None:
    """Times that suit better than those refused: later, earlier, or simply others."""
    if reading.heard.anything:
        return None  # says itself what suits better
    wish = known_so_far(reading).when
    memory, refused = reading.memory, made.refused or reading.memory.offered
    memory = replace(memory, when=replace(memory.when, not_on=wish.not_on, not_at=wish.not_at))
    service, moving = refused[0].service, moved_booking(reading, memory)
    days = memory.when.days or tuple({local_start(reading, slot).date() for slot in refused})
    first, last = min(s.starts_at for s in refused), max(s.starts_at for s in refused)
    starts = {slot.starts_at for slot in refused}
    left = [slot for slot in memory.offered if slot.starts_at not in starts]
    if len(left) > 1 and (suiting := _suiting(reading, left, first, last)):
        return offer(reading, replace(memory, when=replace(memory.when, exact=())), suiting)
    for span in (days, tuple(max(days) + timedelta(days=n) for n in range(1, _DAYS_ON))):
        free = [
            slot
            for slot in fitting_slots(
                reading.situation,
                service,
                replace(When(span), not_on=wish.not_on, not_at=wish.not_at),
                memory.resource,
                moving,
            )
            if slot.starts_at not in starts
        ]
        if free := _suiting(reading, free, first, last):
            when = replace(memory.when, exact=(), soonest=False)
            return offer(reading, replace(memory, when=when), spread(reading.situation, free))
    return _declined(reading)


def _suiting(reading: Reading, slots: list[Slot], first: datetime, last: datetime) -> list[Slot]:
    """Those later in the day than what was too early, or earlier than what was too late."""
    if reading.parted.too_early:
        return [slot for slot in slots if _later_in_day(reading, slot, last)]
    if reading.parted.too_late:
        return [slot for slot in slots if not _later_in_day(reading, slot, first)]
    return slots


def _later_in_day(reading: Reading, slot: Slot, than: datetime) -> bool:
    local = local_start(reading, slot)
    return local.time() > than.astimezone(reading.business.zone).time()


def _declined(reading: Reading) -> Turn | None:
    """A plain no, or a yes that leaves open which."""
    memory, heard = reading.memory, reading.heard
    if memory.avoided != reading.situation.memory.avoided:
        return None  # says who shall not do it
    if reading.answer.ends:
        kept = Memory(booked=memory.booked)
        return reading.turn(reading.say("kept" if memory.booking_id else "declined"), kept)
    if heard.anything or heard.other_times or reading.meant.services or reading.resource:
        return None
    if reading.answer.no and not reading.asks:
        memory = replace(
            memory, pending=Pending.DAY, offered=(), when=replace(memory.when, exact=())
        )
        return reading.turn(reading.say("other_day"), memory)
    if reading.answer.yes and memory.pending is Pending.PICK:
        return _ask_again(reading)
    if reading.answer.yes and memory.offered:
        return offer(reading, memory, list(memory.offered))
    return None
