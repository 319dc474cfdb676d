"""Cancelling the caller's own bookings. Pure.

In: a reading. Out: a turn, or None when the step does not apply. A cancellation always asks for a
yes, together with the company's rule, since it may cost; only a plain yes cancels. A question or
anything unclear in between leaves the booking as it is, and the question open.
"""

import re
from dataclasses import replace

from dialogue.builtin.assent import asks
from dialogue.builtin.book import go_on_booking
from dialogue.builtin.facts import answers, quoted
from dialogue.builtin.instead import wish_beside, wished_instead
from dialogue.builtin.intent import Intent, shows
from dialogue.builtin.known import known_so_far
from dialogue.builtin.moving import move_on
from dialogue.builtin.reading import Reading
from dialogue.builtin.replies import fitted, joined
from dialogue.builtin.spared import given_up, spares
from dialogue.builtin.when import Heard
from dialogue.builtin.which import (
    ask_which,
    booking_moment,
    fitting_bookings,
    local_day,
    local_time,
    means_all,
    meant_bookings,
    named_booking,
    only_thanks,
    own_in_order,
    picked_booking,
)
from dialogue.turns import Cancel, Memory, OwnBooking, Pending, Turn
from ringback.bookings import Slot

_REGRET = re.compile(
    r"\b(?:inte|ej|aldrig|not|never|didn't|don't)\b.*\b(?:bok\w*|book\w*|ja|yes)\b|\bångra\w*|\bregret\w*|"
    r"\bchanged my mind\b|\b(?:ville|vill|skulle) (?:jag )?inte (?:ha|boka)\b|\bdidn't (?:want|mean|ask)\b"
)
_ONLY_MIGHT = re.compile(
    r"\b(?:kanske|eventuellt|möjligen|might|maybe|perhaps|may (?:have|need) to|funderar|överväger|thinking|considering)\b"
    r"[^.,!?]*\b(?:av ?bok|ställa? in|cancel|inte )|"
    r"\b(?:kan|får|måste|behöver|bör|går det att|hur|when can|how do|can) (?:man|one|people|i online) (?:\w+ )?(?:av ?bok\w*|cancel)|"
    r"\b(?:ska|måste|behöver|bör) (?:jag|vi) (?:\w+ )?av ?boka\b[^.!]*\b(?:om|ifall|när)\b|\bhur (?:av ?bokar|gör)\b|"
    r"\b(?:inte|ej) hos er\b|\bnot (?:with|at) (?:you|yours)\b|"
    r"\b(?:om|ifall) (?:jag|vi|man) (?:\w+ ){0,2}(?:av ?bok\w*|ställer in)|\b(?:if|should) (?:i|we) (?:\w+ ){0,3}cancel"
)
_ABOUT_MONEY = re.compile(
    r"\b(?:kosta\w*|pris\w*|betala\w*|betalt|gratis|kostnadsfri\w*|dyrt|avgift\w*|debiter\w*|hur mycket|"
    r"costs?|price|pay|free|charged?|fees?|how much)\b"
)
_YES_BECAUSE = re.compile(
    r"(?:ja|japp|jo|yes|yeah)\b[ ,.!]+(?!.*\b(?:nej|no|behåll\w*|keep|glöm|strunta?)\b)"
    r".*\b(?:hinner|kan|passar|funkar|går|orkar|can't|cannot|doesn't|won't|not)\b"
)
_WAITING = (Pending.CANCEL, Pending.GIVE_UP, Pending.CANCEL_ALL, Pending.WHICH_CANCEL)
_ONE = (Pending.CANCEL, Pending.GIVE_UP)


def cancel(reading: Reading) -> Turn | None:
    """Cancel after a yes."""
    return _but_some(reading) or _cancel(reading)


def _cancel(reading: Reading) -> Turn | None:
    if reading.has(Intent.MOVE) or wished_instead(reading):
        return None
    if reading.memory.pending in _WAITING and reading.situation.own:
        return _answered(reading)
    if _regrets(reading):
        booked = reading.memory.booked
        return ask_cancel(reading, [o for o in reading.situation.own if _is_booked(o, booked)])
    if not reading.has(Intent.CANCEL) or _asks_rule_alone(reading):
        return None
    talking = reading.memory.pending in (Pending.DAY, Pending.PICK, Pending.CONFIRM)
    if talking and not reading.situation.own:
        if reading.heard.anything or reading.parted.refused.anything:
            return None  # "I can't on Thursday" is about a booking not yet made
        return reading.turn(reading.say("declined"), Memory())
    if not reading.situation.own:
        return reading.turn(reading.say("no_own"), replace(reading.memory, pending=Pending.NOTHING))
    if means_all(reading) and len(reading.situation.own) > 1:
        return _with_wish(reading, ask_cancel(reading, own_in_order(reading)))
    if _ONLY_MIGHT.search(reading.text):
        return _tell_how(reading)
    candidates = meant_bookings(reading, _named_when(reading))
    return ask_cancel(reading, candidates) if len(candidates) == 1 else _ask(reading, candidates)


_ASKS_COST = re.compile(r"(?:hej\w*[ ,!.]+)?(?:kostar|är) det\b|(?:tar|debiterar) ni\b")


def _asks_rule_alone(reading: Reading) -> bool:
    """Whether it asks for the rule, and no sentence of its own cancels: "måste avboka. Kostar det?"."""
    if not (reading.has(Intent.POLICY) and (reading.asks or _ASKS_COST.match(reading.text))):
        return False
    told = [one for one in re.findall(r"[^.!?]+[.!?]?", reading.text) if not one.endswith("?")]
    return not any(
        shows(one, Intent.CANCEL)
        and not (asks(one.strip()) or _ASKS_COST.match(one.strip()))
        and not _ONLY_MIGHT.search(one)
        for one in told
    )


def _but_some(reading: Reading) -> Turn | None:
    """Those of the bookings that are given up, when some are to be kept."""
    asked = reading.memory.pending in _WAITING
    several, excepts = len(reading.situation.own) > 1, spares(reading.text)
    cancels = reading.has(Intent.CANCEL) or (asked and excepts)
    if not cancels or reading.has(Intent.MOVE) or not reading.situation.own:
        return None
    gone = given_up(reading) if several or excepts else None
    if gone is None:
        return _ask(reading, own_in_order(reading)) if several and excepts else None
    if not gone:
        return reading.turn(reading.say("kept"), Memory())
    return ask_cancel(reading, gone) if len(gone) == 1 else _ask(reading, gone)


def _regrets(reading: Reading) -> bool:
    """Whether what was just booked was not wanted: "nej jag sa inte boka!"."""
    booked, memory = reading.memory.booked, reading.memory
    if booked is None or memory.pending is not Pending.NOTHING or reading.heard.anything:
        return False
    stands = any(_is_booked(own, booked) for own in reading.situation.own)
    return stands and bool(_REGRET.search(reading.text))


def _is_booked(own: OwnBooking, booked: Slot | None) -> bool:
    return booked is not None and (own.service, own.starts_at) == (booked.service, booked.starts_at)


def _named_when(reading: Reading) -> Heard:
    """What the message says about when; "kan inte komma på torsdag" names a day too."""
    return reading.heard if reading.heard.when.days else reading.parted.refused


def asked_again(reading: Reading) -> Turn | None:
    """The open question about a cancellation once more; None when there is none."""
    own, pending = own_in_order(reading), reading.memory.pending
    if pending is Pending.WHICH_CANCEL and own:
        return _ask(reading, own)
    asked = _asked(reading)
    if asked and pending is Pending.GIVE_UP:
        return ask_give_up(reading, asked[0])
    return ask_cancel(reading, asked) if asked else None


def ask_give_up(reading: Reading, one: OwnBooking) -> Turn:
    """Ask whether a booking is to be cancelled, or moved, which its owner can't or may not keep."""
    text = reading.say(
        "ask_give_up",
        service=reading.name_of(one.service),
        when=booking_moment(reading, one),
        policy=_rule(reading),
    )
    memory = Memory(services=(one.service,), booking_id=one.id, pending=Pending.GIVE_UP)
    return reading.turn(text.strip(), memory)


def _rule(reading: Reading) -> str:
    policy = reading.business.cancellation_policy
    return quoted(reading, policy, "policy_quoted") if policy else ""


def ask_cancel(reading: Reading, bookings: list[OwnBooking]) -> Turn:
    """Ask for a yes to cancelling one booking, or all of the caller's."""
    rule = _rule(reading)
    if len(bookings) > 1:
        named = joined(reading.language, [named_booking(reading, one) for one in bookings], "and")
        text = reading.say("ask_cancel_all", bookings=named, policy=rule)
        return reading.turn(text, Memory(pending=Pending.CANCEL_ALL))
    one = bookings[0]
    text = reading.say(
        "ask_cancel",
        service=reading.name_of(one.service),
        when=booking_moment(reading, one),
        policy=rule,
    )
    return reading.turn(text, Memory(pending=Pending.CANCEL, booking_id=one.id))


def _tell_how(reading: Reading) -> Turn:
    """How to cancel, and the rule; no question is open, so that a bare "ok" cancels nothing."""
    rule = _rule(reading)
    kept = Memory(booked=reading.memory.booked)
    return reading.turn(reading.say("might_cancel", policy=rule), kept)


def _ask(reading: Reading, candidates: list[OwnBooking]) -> Turn:
    return ask_which(reading, Memory(pending=Pending.WHICH_CANCEL), candidates)


def _with_wish(reading: Reading, turn: Turn) -> Turn:
    """The question with what is wished for afterwards kept in mind: "avboka båda och boka fredag"."""
    wish = wish_beside(reading)
    if wish is None:
        return turn
    found = wish.meant.services
    kept = {one.service for one in reading.situation.own} if not found else set(found)
    memory = replace(
        turn.memory,
        services=tuple(kept) if len(kept) == 1 else (),
        unsure_services=() if len(kept) == 1 else tuple(sorted(kept)),
        when=wish.target.when,
    )
    return replace(turn, memory=memory)


def _asked(reading: Reading) -> list[OwnBooking]:
    own, memory = own_in_order(reading), reading.memory
    if memory.pending is Pending.CANCEL_ALL:
        return own
    return [one for one in own if one.id == memory.booking_id and memory.pending in _ONE]


def _answered(reading: Reading) -> Turn | None:
    """The answer to "shall I cancel?" or "which booking?"."""
    asked = _asked(reading)
    more = len(asked) == 1 and means_all(reading) and len(reading.situation.own) > 1
    if (
        asked
        and not more
        and reading.answer.cancels
        and all(_as_said(reading, one) for one in asked)
    ):
        return _cancelled(reading, asked)
    if means_all(reading) and len(reading.situation.own) > 1 and not reading.asks:
        return ask_cancel(reading, own_in_order(reading))
    picked = picked_booking(reading) or _other_named(reading)
    if picked and picked not in asked and not reading.has(Intent.BOOK):
        return ask_cancel(reading, [picked])
    if len(asked) == 1 and _names_new_time(reading, asked[0]):
        return _moved(reading, asked[0])
    refuses = reading.answer.no and not reading.has(Intent.CANCEL)
    if refuses and _YES_BECAUSE.match(reading.text):
        return asked_again(reading)
    if refuses and not reading.asks and not reading.heard.anything:
        return reading.turn(reading.say("kept"), Memory())
    if only_thanks(reading):
        return reading.turn(None, Memory())
    about_rule = _ABOUT_MONEY.search(reading.text) and not reading.meant.services
    if not about_rule and answers(reading):
        return None
    fresh = replace(reading, memory=Memory(language=reading.language))
    if reading.has(Intent.BOOK) and not reading.has(Intent.CANCEL) and not _denies_wish(reading):
        return go_on_booking(fresh, known_so_far(fresh))
    return asked_again(reading)


def _names_new_time(reading: Reading, booking: OwnBooking) -> bool:
    """Whether a time that the booking is not at answers "shall I cancel?": then it is moved there."""
    heard = reading.heard
    another = bool(reading.meant.services) and booking.service not in reading.meant.services
    asks = reading.has(Intent.HOURS, Intent.PRICE, Intent.POLICY, Intent.DURATION, Intent.ADDRESS)
    if reading.has(Intent.CANCEL) or another or asks or reading.answer.cancels:
        return False
    if reading.memory.pending is Pending.GIVE_UP:
        return heard.anything
    return (
        not reading.has(Intent.BOOK)
        and bool(heard.when.days)
        and local_day(reading, booking) not in heard.when.days
    )


def _moved(reading: Reading, booking: OwnBooking) -> Turn:
    """To that time, at once only where a new one was asked for."""
    if reading.memory.pending is not Pending.GIVE_UP:
        reading = replace(reading, answer=replace(reading.answer, doubt=True))
    return move_on(reading, booking)


def _denies_wish(reading: Reading) -> bool:
    return reading.answer.doubt and not (reading.meant.services or reading.heard.anything)


def _other_named(reading: Reading) -> OwnBooking | None:
    """Another of the bookings, named beside a no: "nej, den på fredag"."""
    if not reading.heard.when.days:
        return None
    fitting = fitting_bookings(reading, reading.heard)
    return fitting[0] if len(fitting) == 1 else None


def _as_said(reading: Reading, booking: OwnBooking) -> bool:
    when = reading.heard.when
    if when.days and local_day(reading, booking) not in when.days:
        return False
    if when.not_before or when.not_after or reading.heard.same_day or reading.heard.same_time:
        return False
    return not when.exact or local_time(reading, booking) in when.exact


def _then_wished(reading: Reading, done: Turn) -> Turn:
    """The same, going on with the time that was wished for along with the cancelling."""
    asked = reading.memory
    if not (asked.services or asked.unsure_services):
        return done
    memory = Memory(services=asked.services, unsure_services=asked.unsure_services, when=asked.when)
    unsure = replace(reading, memory=memory, answer=replace(reading.answer, doubt=True))
    more = go_on_booking(unsure, memory)
    return replace(
        more, reply=fitted(f"{done.reply} {more.reply}"), effects=(*done.effects, *more.effects)
    )


def _cancelled(reading: Reading, bookings: list[OwnBooking]) -> Turn:
    effects = tuple(Cancel(one.id) for one in bookings)
    if len(bookings) > 1:
        named = joined(reading.language, [named_booking(reading, one) for one in bookings], "and")
        done = reading.turn(
            reading.say("cancelled_all", bookings=named), Memory(cancelled=True), effects
        )
        return _then_wished(reading, done)
    one = bookings[0]
    text = reading.say(
        "cancelled", service=reading.name_of(one.service), when=booking_moment(reading, one)
    )
    return reading.turn(text, Memory(cancelled=True), effects)
