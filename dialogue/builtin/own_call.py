"""The caller's own callback: when we ring, at another time, not at all. Pure.

In: a reading of who waits to be rung. Out: a turn, or None when the step does not apply: while a booking
is talked about, a time belongs to that. Ringing at another time harms nobody, so it is done and told; not
ringing at all is asked about first, unless it is said plainly.
"""

from dataclasses import replace
from datetime import datetime, timedelta

from dialogue.builtin.assent import only_courtesy
from dialogue.builtin.call_signs import (
    ASKS_WHEN,
    BOOKS,
    CALL_WORDS,
    CANNOT,
    GIVEN_UP_BESIDE,
    GIVES_UP,
    MOVES,
    NEVER_AGAIN,
    NOTHING,
    NOW,
    SUITS,
)
from dialogue.builtin.call_times import MOST_CHOICES, listed_choices, promise_text
from dialogue.builtin.calling import Window, asked_window
from dialogue.builtin.choose import bare_number, pointed_place, with_ordinals
from dialogue.builtin.intent import Intent
from dialogue.builtin.reading import Reading
from dialogue.builtin.replies import fitted
from dialogue.builtin.words import plain, words
from dialogue.turns import (
    CancelCallBack,
    ChangeCallBack,
    Effect,
    HandOver,
    Memory,
    OwnCall,
    Pending,
    Turn,
)
from ringback.hours import openings_on
from ringback.queues import SOONEST, interval_of

_OURS = (Pending.CALL_WHEN, Pending.CALL_CANCEL)
_ABOUT_ELSE = (  # what a time beside it belongs to
    Intent.MY_BOOKING,
    Intent.PRICE,
    Intent.DURATION,
    Intent.HOURS,
    Intent.PERSON,
    Intent.LATE,
    Intent.ADDRESS,
)
_WISHES = (Intent.MOVE, Intent.CORRECTION, Intent.CALL_BACK)
_MOST_BESIDE = 3  # words beside a time; more of them may tell of anything
_AS_HOUR = 7  # a bare number below is no hour at which anybody is rung
_AN_HOUR = timedelta(hours=1)


def own_call(reading: Reading) -> Turn | None:
    """Tell, move or end the first of the caller's callbacks."""
    calls = reading.situation.calls
    if not calls or not _may_be_meant(reading):
        return None
    call = calls[0]
    if reading.memory.pending is Pending.CALL_CANCEL and (turn := _confirmed(reading, call)):
        return turn
    if ASKS_WHEN.search(reading.text) and not reading.heard.when.has_clock:
        return reading.turn(reading.say("call_when", when=_promise(reading, call)), _after(reading))
    if turn := _ended(reading, call):
        return turn
    if reading.number or _is_about_else(reading):
        return None
    return _moved(reading, call)


def _is_about_else(reading: Reading) -> bool:
    """Whether a time in the text belongs to a booking, or to a question."""
    if reading.has(*_ABOUT_ELSE) or reading.meant.services or reading.resource:
        return True
    books = reading.has(Intent.BOOK, Intent.AVAILABILITY)
    return books and (not _asked_about(reading) or bool(BOOKS.search(reading.text)))


def _may_be_meant(reading: Reading) -> bool:
    """Whether the text can be about the call at all: asked about it, or nothing else is going on."""
    memory, situation = reading.memory, reading.situation
    if memory.pending in _OURS or situation.about_call:
        return True
    if memory.pending is not Pending.NOTHING or memory.services or memory.offered:
        return False
    return not situation.own or bool(CALL_WORDS.search(reading.text))


def _asked_about(reading: Reading) -> bool:
    return reading.memory.pending in _OURS or reading.situation.about_call


def _after(reading: Reading) -> Memory:
    return Memory(booked=reading.memory.booked)


def _confirmed(reading: Reading, call: OwnCall) -> Turn | None:
    """The answer to "shall we not ring?"."""
    if reading.answer.cancels:
        return _cancelled(reading, call)
    wants = reading.answer.no or reading.has(Intent.CALL_BACK)
    if wants and not reading.heard.anything and not GIVES_UP.search(plain(reading.text)):
        said = reading.say("call_moved", when=_promise(reading, call))
        return reading.turn(said, _after(reading))
    return None


def _ended(reading: Reading, call: OwnCall) -> Turn | None:
    """Not to ring at all; put as a question, or among other words, it is asked about."""
    told = plain(reading.text)
    anything = reading.heard.anything or reading.parted.refused.anything
    refuses = reading.answer.ends and _asked_about(reading)
    wants = bool(GIVES_UP.search(told)) or reading.has(Intent.CANCEL, Intent.NO_CALL) or refuses
    if not wants or reading.has(Intent.MOVE) or anything:
        return None
    if not (_asked_about(reading) or reading.has(Intent.NO_CALL, Intent.CANCEL)):
        return None
    left = GIVEN_UP_BESIDE.sub(" ", GIVES_UP.sub(" ", told))
    bare = bool(GIVES_UP.search(told)) and only_courtesy(left, GIVEN_UP_BESIDE, frozenset())
    if (bare or reading.has(Intent.NO_CALL)) and not reading.asks:
        return _cancelled(reading, call)
    return reading.turn(reading.say("ask_no_call"), _asking(reading, Pending.CALL_CANCEL))


def _cancelled(reading: Reading, call: OwnCall) -> Turn:
    effects: tuple[Effect, ...] = (CancelCallBack(call.id),)
    if reading.has(Intent.NO_CALL) and NEVER_AGAIN.search(reading.text):
        effects = (*effects, HandOver("wants_no_call"))
    return reading.turn(reading.say("no_call"), _after(reading), effects)


def _moved(reading: Reading, call: OwnCall) -> Turn | None:
    """At another time: one of those that were listed, or as the caller writes it."""
    picked = _picked(reading)
    if picked:
        return _to_choice(reading, call, picked)
    asks_for_call = reading.has(Intent.CALL_BACK)
    if not _asked_about(reading) and (asks_for_call or not _speaks_of_call(reading)):
        return None
    window = asked_window(reading)
    if window is None:
        if reading.answer.yes and not reading.asks:
            return _agreed(reading, call)
        refused = reading.parted.refused.anything or CANNOT.search(reading.text)
        changes = refused or MOVES.search(reading.text)
        return _ask(reading, call) if changes and not asks_for_call else None
    if window.shifted:
        return _ask(reading, call, "call_closed")
    if _is_unsure(reading):
        return _ask(reading, call)
    return _to_window(reading, call, window)


def _agreed(reading: Reading, call: OwnCall) -> Turn | None:
    """A yes: to when we ring it needs no answer, to a question when it says nothing."""
    if reading.memory.pending is Pending.CALL_WHEN:
        return _ask(reading, call)
    return reading.turn(None) if reading.situation.about_call else None


def _speaks_of_call(reading: Reading) -> bool:
    """Whether a time that nobody asked for is one to ring at: nothing else is said, or it is said."""
    if reading.has(Intent.MOVE, Intent.CORRECTION) or CALL_WORDS.search(reading.text):
        return True
    bare = reading.heard.bare_clock and not reading.heard.when.days
    return not bare and reading.heard.anything and _only_time(reading)


def _only_time(reading: Reading) -> bool:
    return only_courtesy(reading.heard.rest, NOTHING, frozenset())


def _is_unsure(reading: Reading) -> bool:
    """Whether the time may be no wish: it is doubted, a small number, or told of among much else."""
    heard = reading.heard
    if heard.bare_clock and not heard.when.days and (bare_number(reading.text) or 9) < _AS_HOUR:
        return True
    if reading.answer.doubt and not _is_bounded(reading):
        return True
    wish = SUITS.search(reading.text) or reading.has(*_WISHES)
    return not wish and len(words(heard.rest)) > _MOST_BESIDE


def _is_bounded(reading: Reading) -> bool:
    when = reading.heard.when
    return when.not_before is not None or when.not_after is not None


def _picked(reading: Reading) -> str:
    """The one that is pointed at, of those that we numbered; or as soon as possible."""
    if reading.memory.pending is not Pending.CALL_WHEN:
        return ""
    listed, when = reading.memory.call_choices, reading.heard.when
    place = pointed_place(with_ordinals(reading.text), len(listed))
    named = when.days or _is_bounded(reading) or reading.answer.doubt
    if place is not None and not named:
        return listed[place]
    soon = when.soonest and not when.days and not when.has_clock
    return SOONEST if soon or NOW.fullmatch(reading.text.strip(" .!")) else ""


def _to_choice(reading: Reading, call: OwnCall, choice: str) -> Turn:
    interval = None if choice == SOONEST else interval_of(choice, reading.business)
    now = reading.situation.now
    if choice in call.full or (interval is not None and interval[1] <= now):
        return _ask(reading, call, "call_full")
    starts_at, ends_at = interval or (None, None)
    effect = ChangeCallBack(call.id, starts_at, ends_at, choice)
    return _told(reading, call, effect)


def _to_window(reading: Reading, call: OwnCall, window: Window) -> Turn:
    """The offered interval that is meant, else the times as the caller wrote them."""
    for choice in (*call.choices, *call.full):
        interval = None if choice == SOONEST else interval_of(choice, reading.business)
        if interval is not None and _means(window, *interval):
            return _to_choice(reading, call, choice)
    whole = _with_both_ends(reading, window)
    return _told(reading, call, ChangeCallBack(call.id, whole.starts_at, whole.ends_at))


def _means(window: Window, starts_at: datetime, ends_at: datetime) -> bool:
    if window.exact and window.starts_at:
        return starts_at <= window.starts_at < ends_at
    return (window.starts_at, window.ends_at) == (starts_at, ends_at)


def _with_both_ends(reading: Reading, window: Window) -> Window:
    """The same within the opening of its day; an hour where one moment was named."""
    at = window.starts_at or window.ends_at
    assert at is not None  # noqa: S101 - `asked_window` names one of them
    zone, now = reading.business.zone, reading.situation.now
    openings = openings_on(reading.business, at.astimezone(zone).date())
    if not openings:
        return window
    opens_at, closes_at = openings[0].opens_at, openings[-1].closes_at
    starts_at = window.starts_at or (opens_at if opens_at > now else None)
    ends_at = window.ends_at or closes_at
    if window.exact and window.starts_at:
        ends_at = min(window.starts_at + _AN_HOUR, closes_at)
    return replace(window, starts_at=starts_at, ends_at=ends_at)


def _told(reading: Reading, call: OwnCall, effect: ChangeCallBack) -> Turn:
    moved = replace(call, starts_at=effect.starts_at, ends_at=effect.ends_at)
    said = reading.say("call_moved", when=_promise(reading, moved))
    return reading.turn(said, _after(reading), (effect,))


def _ask(reading: Reading, call: OwnCall, why: str = "") -> Turn:
    """When to ring, of what can be had."""
    told = listed_choices(reading.language, call.choices, reading.business)
    if not told:
        return reading.turn(reading.say("hand_over"), effects=(HandOver("call_time"),))
    said = reading.say("ask_call_when", choices=told)
    memory = _asking(reading, Pending.CALL_WHEN)
    memory = replace(memory, call_choices=call.choices[:MOST_CHOICES])
    return reading.turn(fitted(f"{reading.say(why)} {said}" if why else said), memory)


def _asking(reading: Reading, pending: Pending) -> Memory:
    return Memory(pending=pending, booked=reading.memory.booked)


def _promise(reading: Reading, call: OwnCall) -> str:
    now, business = reading.situation.now, reading.business
    return promise_text(reading.language, (call.starts_at, call.ends_at), business, now)
