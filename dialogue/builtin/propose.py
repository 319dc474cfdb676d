"""Putting times to the caller: offer several, propose one for a yes, or book. Pure.

In: a reading, the memory and free slots. Out: the turn, with its text and effects. A text that says
booked or moved is made here alone, together with its `Book` or `Move`.
"""

from dataclasses import replace
from datetime import datetime

from dialogue.builtin.reading import Reading
from dialogue.builtin.replies import clock_text, day_text, joined, moment_text
from dialogue.builtin.slots import slot_at
from dialogue.turns import Book, Cancel, Memory, Move, OwnBooking, Pending, Turn
from ringback.bookings import Slot


def moved_booking(reading: Reading, memory: Memory) -> OwnBooking | None:
    """The caller's booking that is being moved, if there is one."""
    own = reading.situation.own
    return next((booking for booking in own if booking.id == memory.booking_id), None)


def offer(reading: Reading, memory: Memory, slots: list[Slot], reason: str = "") -> Turn:
    """Offer these slots to choose from; a single one is proposed for a yes."""
    if len(slots) == 1:
        return propose(reading, memory, tuple(slots), reason)
    days = {local_start(reading, slot).date() for slot in slots}
    service = reading.name_of(slots[0].service)
    times = listed_times(reading, slots)
    if len(days) == 1:
        text = reading.say(
            "offer_day", service=service, day=day_text(reading.language, days.pop()), times=times
        )
    else:
        text = reading.say("offer_days", service=service, times=times)
    memory = replace(memory, pending=Pending.PICK)
    return reading.turn(f"{reason} {text}".strip(), memory, offered=tuple(slots))


def listed_times(reading: Reading, slots: list[Slot], with_day: bool = False) -> str:
    """The slots as a numbered list; with the day, or where they differ in it; who where that differs."""
    days = {local_start(reading, slot).date() for slot in slots}
    people = {slot.resource for slot in slots}
    moving = moved_booking(reading, reading.memory)
    elsewhere = moving is not None and bool(people - {moving.resource})
    show_who = elsewhere or (len(people) > 1 and bool(reading.resource or reading.memory.resource))
    said = []
    for number, slot in enumerate(slots, 1):
        local = local_start(reading, slot)
        when = clock_text(local)
        if with_day or len(days) > 1:
            when = moment_text(reading.language, slot.starts_at, reading.business.zone)
        said.append(f"{number}) {when}{f' {slot.resource}' if show_who else ''}")
    return ", ".join(said)


def propose(reading: Reading, memory: Memory, slots: tuple[Slot, ...], reason: str = "") -> Turn:
    """Ask for a yes to exactly these slots: one, or one for each of several people."""
    when = moment_text(reading.language, slots[0].starts_at, reading.business.zone)
    if len(slots) > 1:
        text = reading.say("propose_party", when=when, each=_each(reading, slots))
    else:
        moving = moved_booking(reading, memory)
        key = "propose_move" if moving else "propose"
        if moving and moving.service != slots[0].service:
            key = "propose_change"
        service, who = reading.name_of(slots[0].service), slots[0].resource
        text = reading.say(key, service=service, when=when, who=who)
        if moving and not reason and changes_person(memory, moving, slots[0]):
            reason = reading.say("not_with", who=moving.resource)
    memory = replace(memory, pending=Pending.CONFIRM)
    return reading.turn(f"{reason} {text}".strip(), memory, offered=slots)


def changes_person(memory: Memory, moving: OwnBooking, slot: Slot) -> bool:
    """Whether a moved booking would go to somebody else, unasked."""
    unasked = slot.resource not in (moving.resource, memory.resource)
    return unasked and slot.service == moving.service and memory.avoided != moving.resource


def settle(reading: Reading, memory: Memory, *slots: Slot) -> Turn:
    """Book these slots, or move the caller's booking to the slot; they have been found free."""
    when = moment_text(reading.language, slots[0].starts_at, reading.business.zone)
    moving = moved_booking(reading, memory)
    kept = Memory(language=reading.language, service_name=memory.service_name, booked=slots[0])
    service, who = reading.name_of(slots[0].service), slots[0].resource
    if moving and moving.service != slots[0].service:
        text = reading.say("changed", service=service, when=when, who=who)
        return reading.turn(text, kept, (Cancel(moving.id), Book(slots[0])))
    if moving:
        text = reading.say("moved", service=service, when=when, who=who)
        return reading.turn(text, kept, (Move(moving.id, slots[0]),))
    effects = tuple(Book(slot) for slot in slots)
    if len(slots) > 1:
        text = reading.say("booked_party", when=when, each=_each(reading, slots))
        return reading.turn(text, replace(kept, booked=None), effects)
    text = reading.say("booked", service=service, when=when, who=who)
    return reading.turn(text, kept, effects)


def _each(reading: Reading, slots: tuple[Slot, ...]) -> str:
    each = [f"{reading.name_of(slot.service)} ({slot.resource})" for slot in slots]
    return joined(reading.language, each, "and")


def still_free(reading: Reading, memory: Memory, slot: Slot) -> Slot | None:
    """The slot as it can be had now: with the same resource, or another where none was named."""
    moving = moved_booking(reading, memory)
    situation = reading.situation
    same = slot_at(situation, slot.service, slot.starts_at, slot.resource, moving)
    if same or memory.resource:
        return same
    return slot_at(situation, slot.service, slot.starts_at, "", moving)


def local_start(reading: Reading, slot: Slot) -> datetime:
    """When a slot begins, in the company's zone."""
    return slot.starts_at.astimezone(reading.business.zone)
