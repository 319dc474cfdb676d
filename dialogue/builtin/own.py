"""The caller's own bookings: when they are, moving them, "no, I meant ...". Pure.

In: a reading. Out: a turn, or None when the step does not apply. Nobody else's booking is ever in
sight; cancelling is in cancel.py.
"""

import re
from dataclasses import replace
from datetime import date, datetime

from dialogue.builtin.book import go_on_booking
from dialogue.builtin.cancel import ask_give_up
from dialogue.builtin.choose import bare_number
from dialogue.builtin.facts import answers
from dialogue.builtin.instead import Instead, as_move, can_not_come, wished_instead
from dialogue.builtin.intent import Intent, shows
from dialogue.builtin.known import known_so_far
from dialogue.builtin.moving import in_its_place, move_on, proposed_in_its_place
from dialogue.builtin.offer import Meant
from dialogue.builtin.reading import Reading
from dialogue.builtin.replies import joined
from dialogue.builtin.when import Heard, hear_when
from dialogue.builtin.which import (
    ask_which,
    local_day,
    meant_bookings,
    named_booking,
    only_thanks,
    own_in_order,
    picked_booking,
)
from dialogue.turns import Beside, HandOver, Memory, OwnBooking, Pending, Turn, When

_TO = re.compile(
    r"(?:(?<=slot )|(?<=time )|(?<=appointment )|(?<=booking ))for\b|"
    r"\b(?:till|to(?! (?:swap|switch|move|change|reschedule|push|shift|re-?book)\b)|until|mot|i ?stället för|instead of|(?:och|and) (?:boka|book|få|ta|take|get))\b"
)
_IN_PLACE_OF = re.compile(r"\b(?:istället för|i stället för|instead of|rather than)\b")
_THEN = re.compile(  # "i stället för torsdag 10 | kan jag få torsdag 13?"
    r"[,;]|\b(?=(?:kan|kunde|skulle|får|går|vill|tar|ta|funkar|passar|helst|hellre|can|could|would|may|i'd)\b)"
)
_CHANGES = re.compile(  # without a word for what is changed, which tells as much
    r"\b(?:ändra[rs]?|byta?r?|byt|change|switch|swap) (?:\w+ ){0,4}(?:till|to|mot|for)\b|"
    r"\bändra[rs]? (?:\w+ )?så (?:att )?(?:det|den) blir\b"
)
_CLAUSES = re.compile(r"[,;!?]|(?<!\d)\.|\.(?!\d)|\b(?:men|och|så|and|but|so)\b")
_NAMES_BOOKING = re.compile(
    r"\b(?:tid(?:en|er|erna)?|bokning\w*|besök\w*|\w*bokad\w*|bokat|om ?bok\w*|boka om|appointments?|bookings?|booked|"
    r"reschedul\w*|re-?book\w*|postpone\w*)\b"
)
_ANOTHER = re.compile(
    r"\bbok|\bbook|\b(?:ny|en till|another|new) (?:tid|time|appointment)\b|\btid till(?:$|[,.!?])|"
    r"\b(?:ytterligare|också|även|also|too|as well)\b"
)
_MINE = re.compile(r"\b(?:min|mitt|mina|vår|vårt|my|our)\b")
_BETTER = re.compile(
    r"\b(?:passar|funkar|vore|är|blir|works?|suits?|is|would be) (?:mig |me |nog )?(?:bättre|better)\b|"
    r"\b(?:hellre|helst|istället|i stället|ist|rather|instead)\b"
)


_SOMEBODY_ELSE = re.compile(
    r"\b(?:byta?r?|byt|change|switch|swap) (?:\w+ )?(?:till|to)\b|\b(?:någon|nån|en) annan\b|\b(?:some|any)(?:one|body) else\b"
)
_WHY = re.compile(  # what nobody but the staff can answer or mend
    r"\b(?:varför|why)\b|\b(?:det går inte|utan att|fel|jag har inte|stämmer inte|wrong|without)\b"
)


_TALKING = (Pending.SERVICE, Pending.DAY, Pending.PICK, Pending.CONFIRM)


def my_booking(reading: Reading) -> Turn | None:
    """When the caller's bookings are."""
    if not reading.has(Intent.MY_BOOKING) or reading.has(Intent.MOVE, Intent.CANCEL):
        return None
    own = own_in_order(reading)
    if not own and reading.memory.pending in _TALKING:
        return None  # "när ska jag komma?" is about what is being booked
    bookings = joined(reading.language, [named_booking(reading, one) for one in own], "and")
    told = reading.say("own", bookings=bookings) if own else reading.say("no_own")
    if _WHY.search(reading.text):
        return reading.turn(f"{told} {reading.say('hand_over')}", effects=(HandOver("question"),))
    return reading.turn(told)


def move(reading: Reading) -> Turn | None:
    """Move to another time: "flytta min tid på tisdag till onsdag samma tid"."""
    if reading.memory.pending is Pending.WHICH_MOVE and reading.situation.own:
        return _which_to_move(reading)
    if found := wished_instead(reading):
        return _in_place(reading, found)
    if can_not_come(reading):
        return _what_instead(reading)
    changes = _changes(reading)
    if not (reading.has(Intent.MOVE) or changes) or _only_changes_wish(reading):
        return None
    if not reading.situation.own:
        if reading.meant.services and not _NAMES_BOOKING.search(reading.text):
            return None  # "vi flyttar den 30, kan ni städa då?"
        return reading.turn(reading.say("no_own"))
    own = reading.situation.own
    if changes and reading.meant.services and own[0].service not in reading.meant.services:
        return proposed_in_its_place(reading, own[0])
    if changes:
        reading = replace(reading, intents=reading.intents | {Intent.MOVE})
    return _to_another_time(reading)


def _to_another_time(reading: Reading) -> Turn:
    source, target = _from_and_to(reading)
    candidates = meant_bookings(reading, source)
    if len(candidates) > 1:
        return _ask_which(reading, target)
    if len(reading.meant.services) > 1:  # "flytta klippningen": the one that is booked
        reading = replace(reading, meant=Meant())
    return move_on(replace(reading, heard=target), candidates[0])


def _in_place(reading: Reading, found: Instead) -> Turn:
    """Move what is given up to what is wished for instead; or change it, where that is another service."""
    told = replace(reading, meant=found.sold, resource="")
    asked = [one for one in reading.situation.own if one.id == reading.memory.booking_id]
    candidates = asked or meant_bookings(told, found.source)
    if len(candidates) > 1:
        return _ask_which(reading, found.target)
    own, wish = candidates[0], as_move(reading, found)
    if found.meant.services and own.service not in found.meant.services:
        return proposed_in_its_place(wish, own)
    return move_on(wish, own)


def _what_instead(reading: Reading) -> Turn:
    """Ask what a booking shall be moved to, or whether it goes: "kan inte på tisdag"."""
    days = set(reading.parted.refused.when.days) or set(reading.heard.when.days)
    several = [one for one in own_in_order(reading) if not days or local_day(reading, one) in days]
    if not several and len(reading.situation.own) == 1:  # "torsdag", of a later week
        several = own_in_order(reading)
    if len(several) != 1:
        return _ask_which(reading, Heard())
    return ask_give_up(reading, several[0])


def _changes(reading: Reading) -> bool:
    """Whether "byt till fredag" is about a booking that stands: no other is being talked about."""
    own, idle = reading.situation.own, reading.memory.pending is Pending.NOTHING
    told = len(own) == 1 if reading.meant.services else reading.heard.anything
    return bool(own) and idle and told and bool(_CHANGES.search(reading.text))


def asked_again(reading: Reading) -> Turn | None:
    """The open question which booking to move, once more; None when there is none."""
    if reading.memory.pending is not Pending.WHICH_MOVE or not reading.situation.own:
        return None
    return _ask_which(reading, Heard())


def _ask_which(reading: Reading, target: Heard) -> Turn:
    if not target.anything and not target.shift_min:
        kept = reading.memory if reading.memory.pending is Pending.WHICH_MOVE else Memory()
        memory = Memory(pending=Pending.WHICH_MOVE, when=kept.when, beside=kept.beside)
    else:
        memory = Memory(pending=Pending.WHICH_MOVE, when=target.when, beside=_beside(target))
    return ask_which(reading, memory, own_in_order(reading))


def _beside(heard: Heard) -> Beside:
    return Beside(
        heard.shift_min,
        heard.shift_days,
        heard.days_on,
        heard.weeks_on,
        heard.same_time,
        heard.same_day,
    )


def _as_asked(memory: Memory) -> Heard:
    """The new time that was said before it was known which booking is meant."""
    said = memory.beside
    return Heard(
        when=memory.when,
        shift_min=said.minutes,
        shift_days=said.days,
        days_on=said.days_on,
        weeks_on=said.weeks_on,
        same_time=said.same_time,
        same_day=said.same_day,
        later=said.minutes > 0,
        earlier=said.minutes < 0,
    )


def _which_to_move(reading: Reading) -> Turn | None:
    """The answer to which booking shall be moved; a day without a booking is the new one."""
    if reading.has(Intent.CANCEL):
        return None
    source, target = _from_and_to(reading)
    picked = picked_booking(replace(reading, heard=source))
    if picked and bare_number(reading.text) is not None:
        target = _as_asked(reading.memory)  # "1" is its place in the list, and no clock time
    if picked is None and not target.when.days and (picked := picked_booking(reading)):
        target = replace(target, when=When())  # the clock time was that of the booking
    another = reading.has(Intent.BOOK) and not reading.has(Intent.MOVE)
    if picked and not another:
        heard = target if target.anything else _as_asked(reading.memory)
        return move_on(replace(reading, heard=heard), picked)
    if reading.answer.no and not reading.asks and not reading.heard.anything:
        return reading.turn(reading.say("kept"), Memory())
    if only_thanks(reading):
        return reading.turn(None, Memory())
    if answers(reading):
        return None
    if another and reading.meant.services:
        fresh = replace(reading, memory=Memory(language=reading.language))
        return go_on_booking(fresh, known_so_far(fresh))
    return _ask_which(reading, target)


def correct(reading: Reading) -> Turn | None:
    """Move a booking that stands: "no, I meant Thursday", "kl 16 passar bättre"."""
    memory = reading.memory
    if own := _counted_from(reading):
        return move_on(reading, own)
    if memory.pending is not Pending.NOTHING or memory.services or reading.has(Intent.CANCEL):
        return None
    own = _spoken_of(reading)
    if own is None:
        return _which_is_later(reading)
    if memory.booked and (reading.has(Intent.CORRECTION) or reading.answer.no) and not reading.asks:
        if reading.meant.services and own.service not in reading.meant.services:
            return in_its_place(reading, own)
        if not reading.heard.anything and not reading.has(Intent.THANKS, Intent.BOOK):
            return reading.turn(reading.say("what_wrong", booking=named_booking(reading, own)))
    if reading.meant.services and own.service not in reading.meant.services:
        return None
    return _put_right(reading, own)


def _put_right(reading: Reading, own: OwnBooking) -> Turn | None:
    """The booking moved to the time, or the person, that is told to be better."""
    heard, memory = reading.heard, reading.memory
    if _wants_other_person(reading, own):
        asked = replace(heard, same_time=True, same_day=True)
        return move_on(replace(reading, heard=asked), own)
    corrects = memory.booked and (reading.has(Intent.CORRECTION) or reading.answer.no)
    if not heard.anything or not (_compares(reading) or corrects):
        return None
    if _keeps_time(reading):
        reading = replace(reading, answer=replace(reading.answer, doubt=True))
    source, target = _from_and_to(reading)
    from_own_day = {local_day(reading, own)}.issuperset(source.when.days) and source.when.days
    if _IN_PLACE_OF.search(reading.text) or (from_own_day and target.when.days):
        reading = replace(reading, heard=target)
    return move_on(_but_own_day(reading, own), own, corrected=True)


def _compares(reading: Reading) -> bool:
    """Whether a time is put beside that of the booking: "kl 16 passar bättre", "hinner inte till 11, går 11.40?"."""
    heard = reading.heard
    late = reading.has(Intent.LATE) and heard.when.has_clock
    beside = heard.later or heard.earlier or bool(heard.shift_days)
    return beside or late or _keeps_time(reading) or bool(_BETTER.search(reading.text))


def _keeps_time(reading: Reading) -> bool:
    """Whether another day is asked for at the time of the booking: "torsdag nästa vecka samma tid?"."""
    heard = reading.heard
    anew = reading.has(Intent.MOVE) or _ANOTHER.search(reading.text) or can_not_come(reading)
    return heard.same_time and bool(heard.when.days) and not anew


def _wants_other_person(reading: Reading, own: OwnBooking) -> bool:
    """Whether somebody else is asked for in place of who has the booking, at its time: "Karim istället"."""
    other = reading.resource not in ("", own.resource) or reading.memory.avoided == own.resource
    in_place = _BETTER.search(reading.text) or _SOMEBODY_ELSE.search(reading.text)
    on_its_day = set(reading.heard.when.days) <= {local_day(reading, own)}
    open_time = not reading.heard.when.has_clock and not reading.heard.vague
    return other and bool(in_place) and on_its_day and open_time and not reading.meant.services


def _counted_from(reading: Reading) -> OwnBooking | None:
    """The booking that "en timme senare" counts from, in answer to where it shall be moved."""
    memory, heard = reading.memory, reading.heard
    beside = heard.shift_min or heard.shift_days or heard.days_on or heard.weeks_on
    if memory.pending is not Pending.DAY or memory.when != When() or not beside:
        return None
    return next((one for one in reading.situation.own if one.id == memory.booking_id), None)


def _which_is_later(reading: Reading) -> Turn | None:
    """Ask which of several bookings, of a time that counts from one of them: "samma tid dagen efter"."""
    heard = reading.heard
    beside = heard.shift_min or heard.shift_days or heard.days_on
    if not reading.situation.own or not beside or _ANOTHER.search(reading.text) or heard.when.days:
        return None
    return None if reading.meant.services else _ask_which(reading, heard)


def _but_own_day(reading: Reading, own: OwnBooking) -> Reading:
    """The reading; of "tisdagens tid på torsdag istället" only the new day is wished for."""
    when = reading.heard.when
    days = tuple(day for day in when.days if day != local_day(reading, own))
    if len(days) > 1:  # the weekday of the booking may be that of a later week
        weekday = local_day(reading, own).weekday()
        days = tuple(day for day in days if day.weekday() != weekday)
    if not days or not reading.heard.by_weekday:
        return reading
    return replace(reading, heard=replace(reading.heard, when=replace(when, days=days)))


def _spoken_of(reading: Reading) -> OwnBooking | None:
    """The booking made last in this conversation, or the only one that the caller has."""
    booked, several = reading.memory.booked, reading.situation.own
    for own in several:
        if booked and (own.service, own.starts_at) == (booked.service, booked.starts_at):
            return own
    return several[0] if len(several) == 1 else None


def _only_changes_wish(reading: Reading) -> bool:
    """Whether "change it to Friday" is about a booking not yet made."""
    talking = reading.memory.pending in (Pending.DAY, Pending.PICK, Pending.CONFIRM)
    return talking and not reading.situation.own and reading.heard.anything


def _from_and_to(reading: Reading) -> tuple[Heard, Heard]:
    """What is said of the booking to move, and what of the new time.

    They are parted at "till" when there are two times; else a day on which the caller has a
    booking tells which one, and any other day is the new one.
    """
    local_now = reading.situation.now.astimezone(reading.business.zone)
    days = {local_day(reading, own) for own in reading.situation.own}
    if parted := _by_clauses(reading, days):
        return parted
    for at in _TO.finditer(reading.text):
        before = hear_when(reading.text[: at.start()], local_now)
        after = hear_when(reading.text[at.end() :], local_now)
        if after.anything and not at.group().startswith("i"):
            return before, after
        if before.anything and after.anything:
            return after, before
        if after.anything and (parted := _parted_wish(reading.text[at.end() :], local_now)):
            return parted
    heard = reading.heard
    if heard.when.days and set(heard.when.days) <= days:
        return heard, replace(heard, when=When())
    return replace(heard, when=When()), heard


def _parted_wish(text: str, local_now: datetime) -> tuple[Heard, Heard] | None:
    """The given up and the wished for time after "i stället för", where both follow it."""
    given_up, *wish = _THEN.split(text, maxsplit=1)
    source, target = hear_when(given_up, local_now), hear_when("".join(wish), local_now)
    return (source, target) if source.anything and target.anything else None


def _by_clauses(reading: Reading, booked: set[date]) -> tuple[Heard, Heard] | None:
    """The same of "flytta min tid på torsdag, har ni nåt på fredag?"; None where no clause parts them.

    One clause names the booking, by its day, and the others name none of the booked days.
    """
    local_now = reading.situation.now.astimezone(reading.business.zone)
    clauses = [one for one in _CLAUSES.split(reading.text) if one.strip()]
    for told in clauses:
        source = hear_when(told, local_now)
        owns = shows(told, Intent.MOVE) or _MINE.search(told)
        if not owns or not source.when.days or not booked.issuperset(source.when.days):
            continue
        target = hear_when(" , ".join(one for one in clauses if one is not told), local_now)
        if target.when.days and booked.isdisjoint(target.when.days):
            return source, target
    return None
