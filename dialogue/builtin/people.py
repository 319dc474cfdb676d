"""What a person has to deal with, and what needs no answer at all. Pure.

In: a reading. Out: a turn, or None when the step does not apply. Emergencies, anger, lateness, a
wish to be rung or to meet a person; consent; spam, wrong numbers; attempts to change the rules.
"""

import re
from dataclasses import replace

from dialogue.builtin.book import go_on_booking
from dialogue.builtin.calling import asked_window, window_text
from dialogue.builtin.danger import endangers
from dialogue.builtin.facts import answers, late_answer, quoted, urgent_answer
from dialogue.builtin.intent import Intent
from dialogue.builtin.propose import propose
from dialogue.builtin.reading import Reading
from dialogue.builtin.replies import fitted
from dialogue.turns import CallBack, HandOver, Memory, OptIn, OptOut, Pending, Turn, When


def consent(reading: Reading) -> Turn | None:
    """Stop and start; in between a person reads, and we are silent.

    A stop is answered as often as it is said: only the unit of work knows whether that was
    confirmed before, and that it counted from the moment the text came. A start of who never
    stopped is a text like any other.
    """
    name = reading.business.name
    stopped = reading.situation.opted_out or reading.situation.opted_in
    if reading.has(Intent.OPT_OUT):
        return reading.turn(reading.say("opted_out", name=name), Memory(), (OptOut(),))
    if reading.has(Intent.OPT_IN) and stopped:
        return reading.turn(reading.say("opted_in", name=name), Memory(), (OptIn(),))
    if not reading.situation.opted_out:
        return None
    quiet = reading.has(Intent.SPAM) or _is_courtesy(reading)
    return reading.turn(None, effects=() if quiet else (HandOver("wrote_after_stop"),))


def _is_courtesy(reading: Reading) -> bool:
    """A bare ok or thanks, with nothing in it that anybody need do."""
    said = reading.answer.yes or reading.answer.no or reading.has(Intent.THANKS)
    return said and reading.intents <= {Intent.THANKS} and not _wants_else(reading)


def noise(reading: Reading) -> Turn | None:
    """Spam gets no answer, a wrong number a short one."""
    if reading.has(Intent.SPAM) or (reading.link and _LURES.search(reading.text)):
        return reading.turn(None)
    if reading.has(Intent.WRONG_NUMBER):
        return reading.turn(reading.say("wrong_number"), Memory())
    return None


_LURES = re.compile(  # beside a link
    r"\b(?:klick\w*|betala\w*|hämta\w*|vinn\w*|vunnit|grattis|logga in|verifier\w*|bekräfta (?:ditt|din)|uppdatera\w*|gratis|erbjud\w*|kampanj\w*|rea\b|"
    r"frakt\w*|paket\w*|leverans\w*|konto\w*|tullen|swisha|lån\w*|click|claim|win\b|won\b|prize|verify|login|log in|parcel|package|account|offer|free)"
)


def boundaries(reading: Reading) -> Turn | None:
    """Attempts to change the rules, questions about other customers, and "are you a robot?"."""
    name = reading.business.name
    if endangers(reading.text):
        return None
    if reading.has(Intent.TAKEOVER):
        return reading.turn(reading.say("takeover", name=name))
    if reading.has(Intent.OTHERS):
        return reading.turn(reading.say("others"))
    if reading.has(Intent.ROBOT):
        return reading.turn(reading.say("robot", name=name))
    return None


def emergency(reading: Reading) -> Turn | None:
    """The company's own advice, and a person at once; danger is never just a booking."""
    danger = endangers(reading.text)
    if not reading.has(Intent.EMERGENCY) or (_books_a_time(reading) and not danger):
        return None
    advice = urgent_answer(reading)
    said = [quoted(reading, advice.answer)] if advice else [] if danger else answers(reading)
    said.append(reading.say("danger" if danger else "urgent"))
    effects = (HandOver("emergency"),)
    if not _sold_for_emergencies(reading):
        return reading.turn(" ".join(said), Memory(), effects)
    wish = replace(reading.memory, services=reading.meant.services, booking_id="", when=_SOON)
    more = go_on_booking(replace(reading, memory=wish), wish)
    both = tuple(dict.fromkeys((*effects, *more.effects)))
    return replace(more, reply=fitted(" ".join([*said, more.reply or ""])), effects=both)


_SOON = When(soonest=True)
_URGENT_NAME = re.compile(r"akut|jour|emergency|urgent|same.day")


def _sold_for_emergencies(reading: Reading) -> bool:
    """Whether the one service that is meant is there for emergencies; no other is offered then."""
    if len(reading.meant.services) != 1:
        return False
    names = reading.business.service(reading.meant.services[0]).names
    return any(_URGENT_NAME.search(name.casefold()) for name in names)


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
    about_offer = bool(reading.memory.offered) and reading.parted.too_late
    if not reading.has(Intent.LATE) or reading.has(Intent.CANCEL, Intent.MOVE) or about_offer:
        return None
    if reading.situation.own and _ANOTHER_TIME.search(reading.text) and reading.heard.anything:
        return None  # "hinner inte till 11, går det att komma 12 istället?" moves
    answer = late_answer(reading)
    said = [reading.say("late")] + ([quoted(reading, answer.answer)] if answer else [])
    return reading.turn(" ".join(said), effects=(HandOver("late"),))


def person(reading: Reading) -> Turn | None:
    """To be rung, within the stated bounds, or to write with a person."""
    waiting = reading.memory.pending is Pending.CALL_BACK
    if reading.has(Intent.CALL_BACK) and _rings_another(reading):
        return reading.turn(reading.say("passed_on"), effects=(HandOver("wants_person"),))
    if reading.has(Intent.CALL_BACK) and reading.memory.pending is Pending.CONFIRM:
        return _call_and_proposal(reading)
    if reading.has(Intent.CALL_BACK) or (waiting and reading.answer.calls):
        return call_back(reading)
    if reading.has(Intent.NO_CALL):
        effects = (HandOver("wants_no_call"),) if _RINGS_AGAIN.search(reading.text) else ()
        return reading.turn(reading.say("no_call"), Memory(booked=reading.memory.booked), effects)
    if (
        reading.has(Intent.PERSON)
        and reading.heard.when.has_clock
        and _IN_TOUCH.search(reading.text)
    ):
        return call_back(reading)
    if reading.has(Intent.PERSON) and not _meets_about(reading):
        return reading.turn(reading.say("hand_over"), effects=(HandOver("wants_person"),))
    if _RINGS_HIMSELF.search(reading.text) and not reading.has(Intent.BOOK, Intent.QUESTION):
        return reading.turn(None)
    if waiting and reading.answer.no and not reading.asks and not _wants_else(reading):
        return reading.turn(reading.say("no_call"), Memory())
    return None


_ANOTHER_TIME = re.compile(
    r"\b(?:istället|i stället|ist|instead|hellre|rather|en annan tid|ny tid|another time)\b|"
    r"\b(?:går det|kan (?:jag|vi|ni)|can i|could i|possible) [^.!?]*\b(?:komma|ta|få|come|have|get|do) [^.!?]*\d"
)
_RINGS_AGAIN = re.compile(  # calls that somebody must see to that they end
    r"\b(?:sluta\w*|stop|quit|aldrig|never|för (?:mycket|ofta)|hela tiden|jämt|fler|mer|more|tillbaka|back)\b"
)
_RINGS_HIMSELF = re.compile(
    r"\b(?:jag|vi) ringer (?:er|dig|upp|sen|senare|själv|igen|tillbaka|efter|imorgon)\b|\bi(?:'ll| will) (?:call|ring|phone)\b"
)
_IN_TOUCH = re.compile(r"\b(?:kontakt\w*|hör\w* av|återkom\w*|contact|in touch|get back)\b")
_A_HUMAN = re.compile(
    r"\b(?:människa|mänsk\w*|person\w*|riktig|levande|human|real|chef\w*|ansvarig\w*|manager)\b"
)
_MEETS = re.compile(  # what is sold may itself be a talk: "prata med nån om en bodelning på onsdag"
    r"\b(?:prata|tala|snacka|träffa|speak|talk|meet) (?:(?:med|to|with) )?(?:någon|nån|en|a|an|some(?:one|body)) "
    r"(?:[^\W\d_]+ )?(?:om|angående|gällande|kring|ang|about|regarding) "
    r"(?!(?:min|mitt|mina|vår|vårt|våra|den|det|my|our|the|that|it|this|något|nåt|annat|something)\b)"
)
_ANOTHER = re.compile(
    r"\b(?:ring|ringa|call|phone) (?:(?:upp|till|gärna|istället) )*(?:min|mitt|mina|vår|våra|my|our|mamma|pappa|mor|far|"
    r"henne|honom|dem|dom|hans|hennes|her|him|them|his)\b(?! (?:egen|eget|nummer|mobil|telefon|phone|number|cell))"
)


def _rings_another(reading: Reading) -> bool:
    """Whether somebody else, or another number, is to be rung: a person must read which."""
    return reading.number or bool(_ANOTHER.search(reading.text))


def _meets_about(reading: Reading) -> bool:
    """Whether the talk that is wished for is one of the services, and a time is asked for."""
    about = bool(reading.meant.services) and reading.heard.anything
    return about and bool(_MEETS.search(reading.text)) and not _A_HUMAN.search(reading.text)


def _call_and_proposal(reading: Reading) -> Turn:
    """A call is noted, and the proposal stays open: "ja tack, och ring mig gärna innan"."""
    called = call_back(reading)
    again = propose(reading, reading.memory, reading.memory.offered)
    return replace(again, reply=fitted(f"{called.reply} {again.reply}"), effects=called.effects)


def _wants_else(reading: Reading) -> bool:
    return bool(reading.meant.services) or reading.heard.anything or reading.has(Intent.CANCEL)


def call_back(reading: Reading) -> Turn:
    """Note that the caller wants to be rung, and when; a wish that was talked about is over."""
    window = asked_window(reading)
    memory = Memory(booked=reading.memory.booked)
    if window is None:
        return reading.turn(reading.say("call_back"), memory, (CallBack(),))
    when = window_text(reading, window)
    key = "call_back_open" if window.shifted else "call_back_at"
    effects = (CallBack(window.starts_at, window.ends_at),)
    return reading.turn(reading.say(key, when=when), memory, effects)


def other_language(reading: Reading) -> Turn | None:
    """Offer a call to those who write in a language that we can't answer in."""
    return offer_call(reading) if reading.foreign else None


def offer_call(reading: Reading) -> Turn:
    """Say which languages we understand, and ask whether we shall ring."""
    memory = Memory(pending=Pending.CALL_BACK, booked=reading.memory.booked)
    return reading.turn(reading.say("other_language"), memory)
