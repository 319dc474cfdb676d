"""Booked, moved, cancelled, "we will call you": each needs its effect in the same turn. Pure.

In: a reply without the company's own words, and its turn. Out: claims and promises that nothing
backs. Discounts, gifts, guarantees and exceptions are promised by the company alone, in its own
words, which are not looked at here.
"""

import re
from collections.abc import Iterator

from dialogue.guards.facts import moments_in
from dialogue.guards.grounds import call_moments, clocks_in
from dialogue.guards.quoting import SENTENCE_END
from dialogue.guards.reasons import Reason, Refusal
from dialogue.turns import (
    Book,
    CallBack,
    Cancel,
    CancelCallBack,
    ChangeCallBack,
    HandOver,
    Move,
    Situation,
    Turn,
)

_BOOKED = re.compile(
    r"\b(?:in)?bok(?:at|ad|ade|ades|ats)\b|\breserver(?:at|ad|ade|ats)\b|\bbekräfta(?:t|d|de|s)\b|"
    r"\b(?:vi|jag) (?:har )?bokar (?:dig|in|det|tiden)\b|\btiden är din\b|\b(?:vi|då) ses\b|"
    r"\b(?:lagt in|skrivit (?:upp|in)|satt upp|fått in|noterat) (?:dig|tiden|din)\b|\bdu har (?:en|fått en?|din) (?:tid|plats)\b|"
    r"\bplatsen är din\b|\b(?:fixat|ordnat|inlagd|schemalagd)\b|\bvi väntar (?:på )?dig\b|\bvälkommen då\b|"
    r"\bput you (?:down|in)\b|\b(?:got|have) you down\b|\byou(?:'re| are) in\b|\b(?:it is|it's|that's|all) (?:done|sorted|arranged)\b|"
    r"\bscheduled\b|"
    r"(?<!fully )\bbooked\b|\breserved\b|\b(?:is|are|'s|been) (?:now )?confirmed\b|\bconfirmed[:!]|"
    r"\byou(?:'re| are) all set\b|\byou have an appointment\b|\bsee you\b|\byour slot is\b",
    re.IGNORECASE,
)
_MOVED = re.compile(
    r"\b(?:flytta|om ?boka|ändra)(?:t|d|de|ts)\b|\b(?:moved|rescheduled|re-?booked|changed to)\b",
    re.IGNORECASE,
)
_CANCELLED = re.compile(
    r"\bav ?boka(?:t|d|de|ts)\b|\binställ(?:d|t|da)\b|\bstruken\b|\bcancell?ed\b", re.IGNORECASE
)
_CALLS = re.compile(
    r"\b(?:ringer|kontaktar|återkommer|hör av (?:mig|oss|sig)|tar kontakt|messar dig|ring(?:er|s) upp)\b(?! inte)|"
    r"\b(?:will|'ll|going to|shall) (?:(?!not\b|never\b)\w+ ){0,2}(?:call|ring|phone|contact|text|reach out|get back|be in touch)\b",
    re.IGNORECASE,
)
_PASSES_ON = re.compile(
    r"\b(?:jag|vi) (?:har )?(?:meddelar|meddelat|lämnar över|lämnat över|skickar (?:det )?vidare|framför|för det vidare)\b|"
    r"\b(?:pass|passed|hand|handed|forward|forwarded) (?:\w+ ){0,3}(?:on|over|to)\b|\b(?:will|have) (?:tell|told|notif\w+)\b",
    re.IGNORECASE,
)
_CONDITION = re.compile(
    r"\b(?:vill du|om du|ifall du|if you|would you|shall|ska (?:vi|jag)|do you want)\b",
    re.IGNORECASE,
)
_GIFT = re.compile(
    r"\brabatt\w*|\bgratis\b|\bkostnadsfri\w*|\bpå köpet\b|\b(?:vi|jag) bjuder\b|\bkompens\w+|\bersättning\w*|"
    r"\båterbetal\w*|\bpengarna tillbaka\b|\bgaranter\w*|\bgaranti\w*|\b(?:lovar|lovat|löfte)\b|\bundantag\w*|"
    r"\butan (?:avgift|kostnad)\b|\bingen (?:avgift|kostnad)\b|\bslipper (?:betala|avgift\w*)\b|\bhalva priset\b|"
    r"\bspecialpris\w*|\bpresentkort på\b|\bbilligare\b|\bdiscount\w*|\bfree of charge\b|\bfor free\b|\bis free\b|"
    r"\bcomplimentary\b|\bno (?:charge|fee|cost)\b|\brefund\w*|\bvoucher\w*|\bwaiv\w+|\bpromis\w+|\bguarant\w+|"
    r"\bexception\w*|\bcompensat\w+|\bhalf (?:the )?price\b|\bspecial price\b|\bcheaper\b|\b(?:half|price) off\b",
    re.IGNORECASE,
)

_LESS = re.compile(
    r"%|\bprocent\w*|\bpercent\b|\bavdrag\w*|\bpruta\w*|\bsänk\w*|\bslipp\w*|\bgratis\w*|\bfree\b|\bbetala\w*|\bpay\w*|"
    r"\bpris\w*|\bprices?\b|\bspecial\w*|\blova\w*",
    re.IGNORECASE,
)


def unbacked(reply: str, situation: Situation, turn: Turn) -> Iterator[Refusal]:
    """Claims and promises of the reply that no effect of the turn backs."""
    replaced = _has(turn, Cancel) and _has(turn, Book)  # another service in place of this one
    for pattern, backed, reason in (
        (_BOOKED, _has(turn, Book, Move), Reason.BOOKED),
        (_MOVED, _has(turn, Move, ChangeCallBack) or replaced, Reason.MOVED),
        (_CANCELLED, _has(turn, Cancel, CancelCallBack), Reason.CANCELLED),
        (_GIFT, False, Reason.GIFT),
    ):
        claim = None if backed else pattern.search(reply)
        if claim and not (reason is Reason.BOOKED and _tells_own(reply, situation)):
            yield Refusal(reason, claim.group())
    if not _has(turn, CallBack, ChangeCallBack, HandOver):
        yield from _promises(reply, situation)


def asks_favour(text: str) -> bool:
    """Whether a caller's text speaks of discounts, gifts or exceptions: nothing is to agree to that."""
    return bool(_GIFT.search(text) or _LESS.search(text))


def _promises(reply: str, situation: Situation) -> Iterator[Refusal]:
    """What is put as a question, offered on a condition or promised already promises nothing new."""
    for sentence in SENTENCE_END.split(reply):
        promise = _CALLS.search(sentence) or _PASSES_ON.search(sentence)
        open_ = sentence.endswith("?") or _CONDITION.search(sentence)
        if promise and not open_ and not _tells_call(sentence, situation):
            yield Refusal(Reason.PROMISE, promise.group())


def _tells_call(sentence: str, situation: Situation) -> bool:
    """Whether it says no more than what the callback list has: "vi ringer dig fredag ..."."""
    known = call_moments(situation)
    dates, times = {(at.day, at.month) for at in known}, {at.time() for at in known}
    told = {(day, month) for day, month, _ in moments_in(sentence)}
    return bool(situation.calls) and told <= dates and set(clocks_in(sentence)) <= times


def _has(turn: Turn, *kinds: type) -> bool:
    return any(isinstance(effect, kinds) for effect in turn.effects)


def _tells_own(reply: str, situation: Situation) -> bool:
    """Whether all moments named are those of bookings that the caller has: "du är bokad ..."."""
    zone = situation.business.zone
    own = {
        (at.day, at.month, at.time())
        for at in (o.starts_at.astimezone(zone) for o in situation.own)
    }
    told = set(moments_in(reply))
    return bool(told) and told <= own
