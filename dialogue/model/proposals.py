"""What the model proposes becomes effects, and texts that code has written. Pure.

In: a tool call and the board of the turn. Out: what the model is told, `says` being the text that
the caller will get for it. Here nothing is believed: ids must be known, times free, bookings the
caller's own, and what changes the calendar agreed to (`consent`). The texts are those of the
built-in engine, so a booking reads the same whichever engine made it.
"""

from collections.abc import Callable, Sequence
from dataclasses import replace
from typing import Any

from dialogue.builtin import people
from dialogue.builtin.book import ask_service
from dialogue.builtin.cancel import ask_cancel
from dialogue.builtin.propose import offer, propose, settle
from dialogue.builtin.replies import joined
from dialogue.builtin.slots import busy_without
from dialogue.builtin.which import ask_which, booking_moment, named_booking, own_in_order
from dialogue.model import tools
from dialogue.model.board import Board
from dialogue.model.consent import may_book, may_cancel, may_move
from dialogue.turns import CallBack, Cancel, Memory, OptOut, OwnBooking, Pending, Turn, When
from dialogue.turns import HandOver as HandedOver
from ringback.bookings import Slot, is_free

_SAYS = {
    "question": "unknown",
    "wants_person": "hand_over",
    "complaint": "sorry",
    "emergency": "urgent",
    "late": "late",
    "several_people": "many_people",
    "no_free_time": "hand_over",
}
_NOT_AGREED = {
    "refused": "not_agreed",
    "mend": "The caller has not plainly agreed to exactly this. Put it to the caller first: offer or ask_cancel.",
}
_UNKNOWN_ID = {"refused": "unknown_id", "mend": "Use ids that you were given in this turn."}
_NOT_SAID = {
    "refused": "not_said",
    "mend": "The caller named no such day or time: leave out what was not said.",
}
_NOT_ASKED = {
    "refused": "not_asked",
    "mend": "The caller has not asked to be rung. Use ask about call_back, or hand_over.",
}
_TAKEN = {"refused": "not_free", "mend": "That time is not free. Use find_times."}
_ASKED_TWICE = {"refused": "once_only", "mend": "One change in a turn. End the turn with answer."}


def put(board: Board, call: tools.Offer) -> dict[str, Any]:
    """Times put to the caller."""
    slots = _slots(board, call.times)
    if not slots or board.offered or len({slot.service for slot in slots}) > 1 + call.together:
        return _UNKNOWN_ID
    moving = board.ids.bookings.get(call.moving or "")
    if call.moving and moving is None:
        return _UNKNOWN_ID
    if not _free(board, slots, moving):
        return _TAKEN
    services = tuple(slot.service for slot in slots) if call.together else (slots[0].service,)
    known = board.known
    memory = replace(
        known,
        services=services,
        unsure_services=(),
        service_name=known.service_name if known.services == services else "",
        booking_id=moving.id if moving else "",
    )
    reading = board.reading
    if call.together:
        return _added(board, propose(reading, memory, tuple(slots)))
    return _added(board, offer(reading, memory, list(slots)))


def book(board: Board, call: tools.Book) -> dict[str, Any]:
    """Times booked, if the caller has agreed."""
    slots = _slots(board, call.times)
    if not slots:
        return _UNKNOWN_ID
    if board.effects:
        return _ASKED_TWICE
    if not _free(board, slots, None):
        return _TAKEN
    if not may_book(board.reading, board.builtin, slots):
        return _NOT_AGREED
    return _added(board, settle(board.reading, replace(board.known, booking_id=""), *slots))


def move(board: Board, call: tools.Move) -> dict[str, Any]:
    """A booking of the caller's at another time, if the caller has agreed."""
    own, slot = board.ids.bookings.get(call.booking), board.ids.times.get(call.time)
    if own is None or slot is None or slot.service != own.service:
        return _UNKNOWN_ID
    if board.effects:
        return _ASKED_TWICE
    if not _free(board, [slot], own):
        return _TAKEN
    if not may_move(board.reading, board.builtin, own.id, slot):
        return _NOT_AGREED
    return _added(board, settle(board.reading, replace(board.known, booking_id=own.id), slot))


def put_cancelling(board: Board, call: tools.AskCancel) -> dict[str, Any]:
    """The question whether bookings shall be cancelled."""
    own = _bookings(board, call.bookings)
    all_or_one = len(own) in (1, len(board.situation.own))
    return _added(board, ask_cancel(board.reading, own)) if own and all_or_one else _UNKNOWN_ID


def cancel(board: Board, call: tools.Cancel) -> dict[str, Any]:
    """Bookings cancelled, after a plain yes."""
    own = _bookings(board, call.bookings)
    if not own:
        return _UNKNOWN_ID
    if board.effects:
        return _ASKED_TWICE
    if not may_cancel(board.reading, board.builtin, [one.id for one in own]):
        return _NOT_AGREED
    reading = board.reading
    effects = tuple(Cancel(one.id) for one in own)
    if len(own) > 1:
        named = joined(reading.language, [named_booking(reading, one) for one in own], "and")
        text = reading.say("cancelled_all", bookings=named)
    else:
        service, when = reading.name_of(own[0].service), booking_moment(reading, own[0])
        text = reading.say("cancelled", service=service, when=when)
    return _added(board, reading.turn(text, Memory(cancelled=True), effects))


def ask(board: Board, call: tools.Ask) -> dict[str, Any]:
    """A question of ours: which service, which day, shall we ring, which booking?"""
    reading, known = board.reading, board.known
    sold = {one.id for one in reading.business.services}
    asked = tuple(one for one in call.services if one in sold)
    own = own_in_order(reading)
    match call.about:
        case "service":
            turn = ask_service(reading, replace(known, services=(), unsure_services=asked))
        case "day":
            services = asked or known.services
            if not services:
                return {"refused": "no_service", "mend": "Name the service, or ask which one."}
            names = joined(reading.language, [reading.name_of(one) for one in services], "and")
            memory = replace(known, services=services, pending=Pending.DAY, offered=())
            turn = reading.turn(reading.say("ask_day", service=names), memory)
        case "call_back":
            memory = Memory(pending=Pending.CALL_BACK, booked=reading.memory.booked)
            key = "other_language" if reading.foreign else "ask_call"
            turn = reading.turn(reading.say(key), memory)
        case _:
            if not own:
                return _added(board, reading.turn(reading.say("no_own")))
            cancels = call.about == "which_to_cancel"
            pending = Pending.WHICH_CANCEL if cancels else Pending.WHICH_MOVE
            turn = ask_which(reading, Memory(pending=pending, when=reading.heard.when), own)
    return _added(board, turn)


def call_back(board: Board, call: tools.CallBackAsked) -> dict[str, Any]:
    """The caller is to be rung, inside the opening hours."""
    if not any(isinstance(one, CallBack) for one in board.builtin.effects):
        return _NOT_ASKED
    heard = board.reading.heard.when
    named = (*heard.exact, heard.not_before, heard.not_after)
    clocks = [one for one in (call.exact, call.from_time, call.to_time) if one is not None]
    if any(one not in named for one in clocks) or (call.day and call.day not in heard.days):
        return _NOT_SAID
    when = When(
        (call.day,) if call.day else (),
        (call.exact,) if call.exact else (),
        call.from_time,
        call.to_time,
    )
    asked = replace(board.reading, heard=replace(board.reading.heard, when=when))
    return _added(board, people.call_back(asked))


def hand_over(board: Board, call: tools.HandOver) -> dict[str, Any]:
    """A person takes over; the text says what will happen."""
    text = board.reading.say(_SAYS[call.reason])
    return _added(board, board.reading.turn(text, board.memory, (HandedOver(call.reason),)))


def opt_out(board: Board, call: tools.OptOut) -> dict[str, Any]:
    """No more texts, if code reads the text so too: a model alone silences nobody."""
    if not any(isinstance(one, OptOut) for one in board.builtin.effects):
        return _NOT_SAID
    return _added(board, board.builtin)


def _slots(board: Board, keys: Sequence[str]) -> list[Slot]:
    """The slots of these ids in order; none at all when one of them is unknown."""
    known = [board.ids.times[key] for key in dict.fromkeys(keys) if key in board.ids.times]
    return known if len(known) == len(set(keys)) else []


def _bookings(board: Board, keys: Sequence[str]) -> list[OwnBooking]:
    known = [board.ids.bookings[key] for key in dict.fromkeys(keys) if key in board.ids.bookings]
    return known if len(known) == len(set(keys)) else []


def _free(board: Board, slots: Sequence[Slot], moving: OwnBooking | None) -> bool:
    """Whether all are free as the situation has it; those offered an hour ago may be gone."""
    situation = board.situation
    busy = busy_without(situation, moving)
    return all(
        is_free(
            situation.business, slot.service, slot.starts_at, busy, situation.now, slot.resource
        )
        for slot in slots
    )


def _added(board: Board, turn: Turn) -> dict[str, Any]:
    key = board.add(turn)
    return {"ok": True, "place": f"{{{key}}}", "says": board.ids.proposals[key]}


PROPOSALS: dict[type, Callable[[Board, Any], dict[str, Any]]] = {
    tools.Offer: put,
    tools.Book: book,
    tools.Move: move,
    tools.AskCancel: put_cancelling,
    tools.Cancel: cancel,
    tools.Ask: ask,
    tools.CallBackAsked: call_back,
    tools.HandOver: hand_over,
    tools.OptOut: opt_out,
}
