"""What a person has to deal with, and what needs no answer at all. Pure.

In: a reading. Out: a turn, or None when the step does not apply. Emergencies, anger, lateness, a
wish to be rung or to meet a person; consent; spam, wrong numbers; attempts to change the rules.
"""

from dataclasses import replace
from datetime import UTC, date, datetime, time, timedelta

from dialogue.builtin.book import go_on_booking
from dialogue.builtin.facts import late_answer, quoted, urgent_answer
from dialogue.builtin.intent import Intent
from dialogue.builtin.reading import Reading
from dialogue.builtin.replies import clock_text, day_text, fitted
from dialogue.builtin.slots import start_on
from dialogue.turns import CallBack, HandOver, Memory, OptIn, OptOut, Pending, Turn, When


def consent(reading: Reading) -> Turn | None:
    """Stop and start; silence in between."""
    name = reading.business.name
    if reading.situation.opted_out:
        if not reading.has(Intent.OPT_IN):
            return reading.turn(None)
        return reading.turn(reading.say("opted_in", name=name), Memory(), (OptIn(),))
    if reading.has(Intent.OPT_OUT):
        return reading.turn(reading.say("opted_out", name=name), Memory(), (OptOut(),))
    if reading.has(Intent.OPT_IN):
        return reading.turn(reading.say("opted_in", name=name), Memory(), (OptIn(),))
    return None


def noise(reading: Reading) -> Turn | None:
    """Spam gets no answer, a wrong number a short one."""
    if reading.has(Intent.SPAM):
        return reading.turn(None)
    if reading.has(Intent.WRONG_NUMBER):
        return reading.turn(reading.say("wrong_number"), Memory())
    return None


def boundaries(reading: Reading) -> Turn | None:
    """Attempts to change the rules, questions about other customers, and "are you a robot?"."""
    name = reading.business.name
    if reading.has(Intent.TAKEOVER):
        return reading.turn(reading.say("takeover", name=name))
    if reading.has(Intent.OTHERS):
        return reading.turn(reading.say("others"))
    if reading.has(Intent.ROBOT):
        return reading.turn(reading.say("robot", name=name))
    return None


def emergency(reading: Reading) -> Turn | None:
    """The company's own advice, and a person at once."""
    if not reading.has(Intent.EMERGENCY) or _books_a_time(reading):
        return None
    advice = urgent_answer(reading)
    said = [quoted(reading, advice.answer)] if advice else []
    said.append(reading.say("urgent"))
    effects = (HandOver("emergency"),)
    if len(reading.meant.services) != 1:
        return reading.turn(" ".join(said), effects=effects)
    wish = replace(reading.memory, services=reading.meant.services, booking_id="", when=_SOON)
    more = go_on_booking(replace(reading, memory=wish), wish)
    both = tuple(dict.fromkeys((*effects, *more.effects)))
    return replace(more, reply=fitted(" ".join([*said, more.reply or ""])), effects=both)


_SOON = When(soonest=True)


def _books_a_time(reading: Reading) -> bool:
    """A named service and a clock time: a booking that only sounds urgent."""
    return bool(reading.meant.services) and bool(reading.heard.when.exact)


def anger(reading: Reading) -> Turn | None:
    """Regret, and a person; nothing is promised."""
    if not reading.has(Intent.ANGER):
        return None
    return reading.turn(reading.say("sorry"), effects=(HandOver("complaint"),))


def lateness(reading: Reading) -> Turn | None:
    """What the company says to those who come late, and the message is passed on."""
    if not reading.has(Intent.LATE) or reading.has(Intent.CANCEL, Intent.MOVE):
        return None
    answer = late_answer(reading)
    said = [reading.say("late")] + ([quoted(reading, answer.answer)] if answer else [])
    return reading.turn(" ".join(said), effects=(HandOver("late"),))


def person(reading: Reading) -> Turn | None:
    """To be rung, within the stated bounds, or to write with a person."""
    if reading.memory.pending is Pending.CONFIRM and reading.answer.yes:
        return None  # the wish comes with a yes to a booking; engine.py sees to both
    if reading.has(Intent.CALL_BACK):
        return call_back(reading)
    if reading.memory.pending is Pending.CALL_BACK and reading.answer.yes:
        return call_back(reading)
    if reading.has(Intent.PERSON):
        return reading.turn(reading.say("hand_over"), effects=(HandOver("wants_person"),))
    return None


def call_back(reading: Reading) -> Turn:
    """Note that the caller wants to be rung, and when."""
    starts_at, ends_at = _call_window(reading)
    memory = replace(reading.memory, pending=Pending.NOTHING)
    effects = (CallBack(starts_at, ends_at),)
    if starts_at is None and ends_at is None:
        return reading.turn(reading.say("call_back"), memory, effects)
    text = reading.say("call_back_at", when=_window_text(reading, starts_at, ends_at))
    return reading.turn(text, memory, effects)


def _call_window(reading: Reading) -> tuple[datetime | None, datetime | None]:
    """The bounds in UTC; a bound that has passed today means tomorrow when no day was named."""
    when, now = reading.heard.when, reading.situation.now
    zone = reading.business.zone
    today = now.astimezone(zone).date()
    if not when.has_clock and not when.days:
        return None, None
    day = when.days[0] if when.days else today
    window = _window_on(reading, day, when)
    if not when.days and max(one for one in window if one) <= now:
        window = _window_on(reading, today + timedelta(days=1), when)
    starts_at, ends_at = window
    return (starts_at if starts_at and starts_at > now else None), ends_at


def _window_on(reading: Reading, day: date, when: When) -> tuple[datetime | None, datetime | None]:
    def at(wall: time) -> datetime:
        local = datetime.combine(day, wall, tzinfo=reading.business.zone)
        return local.astimezone(UTC)

    if when.exact:
        return start_on(reading.situation, day, when.exact), None
    if not when.has_clock:
        return at(time(0)), at(time(23, 59))
    starts_at = at(when.not_before) if when.not_before else None
    if when.not_after is None:
        return starts_at, None
    exclusive = when.not_after.minute == 59
    return starts_at, at(when.not_after) + timedelta(minutes=1 if exclusive else 0)


def _window_text(reading: Reading, starts_at: datetime | None, ends_at: datetime | None) -> str:
    zone, english = reading.business.zone, reading.language == "en"
    local = [one.astimezone(zone) for one in (starts_at, ends_at) if one]
    day = day_text(
        reading.language, (local[0] - timedelta(minutes=1 if not starts_at else 0)).date()
    )
    if starts_at and ends_at:
        if local[0].date() != local[1].date() or (local[0].hour == 0 and local[1].hour >= 23):
            return day
        words = ("between", "and") if english else ("mellan", "och")
        return f"{day} {words[0]} {clock_text(local[0])} {words[1]} {clock_text(local[1])}"
    word = ("after" if english else "efter") if starts_at else ("before" if english else "före")
    if reading.heard.when.exact:
        word = "at" if english else "kl"
    return f"{day} {word} {clock_text(local[0])}"


def other_language(reading: Reading) -> Turn | None:
    """Offer a call to those who write in a language that we can't answer in."""
    return offer_call(reading) if reading.foreign else None


def offer_call(reading: Reading) -> Turn:
    """Say which languages we understand, and ask whether we shall ring."""
    memory = replace(reading.memory, pending=Pending.CALL_BACK, offered=())
    return reading.turn(reading.say("other_language"), memory)
