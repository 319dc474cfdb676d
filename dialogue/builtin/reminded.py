"""Short answers to a reminder: "Nej", "Kommer", "Kan inte", "1". Pure.

In: a reading. Out: a turn, or None when the step does not apply. The text that reminds asks nothing, and
the answers to it are of a word or two; so they count only where nothing else is talked about. None of
them cancels: that is asked.
"""

import re

from dialogue.builtin.cancel import ask_give_up
from dialogue.builtin.reading import Reading
from dialogue.builtin.replies import joined
from dialogue.builtin.which import ask_which, named_booking, own_in_order
from dialogue.builtin.words import plain
from dialogue.turns import Memory, OwnBooking, Pending, Turn

_LEAD = (
    r"(?:(?:hej\w*|ja|jo|ok\w*|oj|nej|na+|tyvarr|dessvarre|sorry|hi|no|yes|jag|vi|i|we|i'm|we're|am|are|det|den|tiden|it|"
    r"absolut|sjalvklart|visst)[ ,.!]+)*"
)
_TAIL = r"(?:[ ,.!]+(?:tack\w*|da|garna|tyvarr|langre|mig|for mig|idag|imorgon|nu|sorry|thanks|thank you|today|tomorrow|it|i tid|sa klart|forstas))*"
_ATE = r"(?:(?:tyvarr|dessvarre|det|jag|vi|mig|nog|anda|da) )*(?:inte|ej|int|icke)(?: (?:komma|hinna|vara med))?"
_NO = re.compile(r"(?:nej|na|nae|nix|nope|no|ej|inte|👎)")
_NOT_COMING = re.compile(
    rf"{_LEAD}(?:(?:kommer|kan|hinner|klarar|orkar|gar|passar|funkar|fungerar|dyker upp) {_ATE}|not coming|won't come|"
    r"(?:can't|cannot|can not)(?: (?:come|make))?|blir (?:inget|inte av)|inte komma|"
    r"(?:(?:ar|e|blev|blivit|har blivit|ligger) )?(?:jatte)?(?:sjuk|forkyld|febrig)|(?:(?:har|fick|fatt|har fatt) )*forhinder|(?:sick|ill))"
    rf"{_TAIL}"
)
_COMING = re.compile(
    rf"{_LEAD}(?:kommer(?: jag| vi)?|ar dar|dyker upp|coming|(?:i'll|we'll|will) be there|be there|bekraftar|bekraftas|confirm(?:ed)?)"
    rf"{_TAIL}"
)
_MAYBE = re.compile(
    rf"{_LEAD}(?:(?:kommer|kan|hinner) (?:kanske|eventuellt|nog|troligen) (?:inte|ej)(?: komma)?|(?:vet inte|osaker pa|osakert) om jag "
    rf"(?:kan|kommer|hinner)(?: komma)?|(?:might|may) not (?:come|make it)){_TAIL}"
)
_UNCLEAR = re.compile(
    r"(?:[1-9xy?]|ett|two|va|vad|vada|fel|fel dag|fel tid|andra|andra tid|tid|boka)"
)


def answered_reminder(reading: Reading) -> Turn | None:
    """The answer to a reminder, where that is a word or two."""
    own = _reminded_of(reading)
    if not own or "?" in reading.text:
        return None
    said = plain(reading.text).strip(" .,!")
    if _COMING.fullmatch(said):
        return reading.turn(reading.say("kept"))
    if _NO.fullmatch(said) or _NOT_COMING.fullmatch(said):
        return ask_give_up(reading, own[0]) if len(own) == 1 else _ask_which(reading, own)
    if _UNCLEAR.fullmatch(said) or _MAYBE.fullmatch(said):
        named = joined(reading.language, [named_booking(reading, one) for one in own], "and")
        return reading.turn(reading.say("still_booked", booking=named))
    return None


def _reminded_of(reading: Reading) -> list[OwnBooking]:
    """The bookings that the answer may be about; none while something else is talked about."""
    memory, own = reading.memory, own_in_order(reading)
    if memory.pending is not Pending.NOTHING:
        return []
    if reminded := [one for one in own if one.id == reading.situation.reminded_of]:
        return reminded
    fresh = memory.booked is None and not memory.cancelled and not memory.language
    return own if fresh else []


def _ask_which(reading: Reading, own: list[OwnBooking]) -> Turn:
    return ask_which(reading, Memory(pending=Pending.WHICH_CANCEL), own)
