"""What a message takes back or refuses: "inte kl 14", "09:00 är för tidigt", "på tisdag jobbar jag".

In: a text in normal form. Out: what it says about when without the clauses that refuse a time, and
what those refuse. A refused time is never wished for, and not offered either; "inte före 10" is a
bound and no denial. What is put right within one message ("tisdag, nej onsdag") counts as put right.
Pure.
"""

import re
from dataclasses import dataclass, replace
from datetime import date, datetime, time, timedelta

from dialogue.builtin.assent import denies
from dialogue.builtin.dates import weekly
from dialogue.builtin.when import Heard, hear_when
from dialogue.turns import When

_PARTING = re.compile(
    r"(?:[,;!()]|(?<!\d)\.|\.(?!\d)|\b(?:men|utan|but|rather|däremot)\b|\butan\b|(?<=t) och\b|"
    r"\b(?:och|and)\b(?= (?:tyvärr )?(?:inte|ej|not)\b)|\b(?:så|so)\b(?= (?:det|jag|vi|bara|helst|it|i|we|only)\b)|"
    r"\b(?=(?:kan|har|skulle) (?:ni|du)\b|(?:can|could|do|would) you\b))\s*"
)
_TOO_EARLY = re.compile(r"\b(?:för tidigt?|too early|alldeles för tidigt?|så tidigt)\b")
_TOO_LATE = re.compile(r"\b(?:för sent?|too late|alldeles för sent?|så sent)\b")
_LEAD = re.compile(r"^\s*(?:nej|nä|näe|no|nope|oj)(?: (?:vänta|wait|sorry|förlåt))*[ ,.!]+")
_BUSY = re.compile(  # "då har jag möte" refuses, "jag jobbar till 16" bounds, "jag har tid" offers
    r"\b(?:har jag|jag har|vi har|har vi|i have|i've got|have got|there's) (?:redan |already )?(?:ett |en |a |an |another )?"
    r"(?:\w*möte|jobb|\w*lektion|prov|tenta|skola|annat|meeting|class|shift|exam|something)\b|"
    r"\b(?:jobbar|arbetar|pluggar) (?:jag|vi)(?! (?:till|from|från))|\b(?:jag|vi) (?:jobbar|arbetar|pluggar)(?! (?:till|från|på \w+et))|"
    r"\b(?:upptagen|upptagna|bortrest\w*|bortresta|utomlands|på semester|på resande fot|sjukskriven)\b(?! till)|"
    r"\b(?:krockar|fullbokad|passar (?:sämre|dåligt)|är (?:svårt|omöjligt|uteslutet)|går bort)\b|"
    r"\b(?:i'm|i am|we're|we are|i'll be|will be) (?:busy|away|working|at work|travell?ing|abroad|out of town|on holiday)\b(?! until)|"
    r"\b(?:clashes|conflicts|doesn't suit|is (?:bad|hard|tricky|difficult|impossible))\b"
)
_CORRECTS = re.compile(
    r"[ ,.!-]+(?:eller )?(?:(?:nej|nä|näe|nja|no|oj|ops|oops|wait|vänta|hmm?|förlåt|sorry)[ ,.!]+)+(?:förresten[ ,]+)?"
    r"(?:(?:jag menar(?:de)?|i mean|i meant|hellre|ta|rather|make it|make that|ändra till)\b[ ,]*)?(?!inte|not|ej)|"
    r"[ ,.!-]+(?:alltså|dvs|d\.v\.s\.?|det vill säga|närmare bestämt|i\.e\.|that is)\b[ ,:]*|"
    r"[ ,.!-]+(?:eller förresten|förresten|jag menar|i mean|scratch that|make that|rättelse)\b[ ,:]*"
)


@dataclass(frozen=True, slots=True)
class Parted:
    """A message, parted in what it says and what it denies about when."""

    heard: Heard
    refused: Heard
    kept: str = ""  # the clauses that deny nothing, beside some that do
    too_early: bool = False
    too_late: bool = False


def hear_parted(text: str, local_now: datetime) -> Parted:
    """What a text says about when, without the times that it denies.

    Args:
        text: The message in normal form.
        local_now: The present moment in the company's zone.
    """
    if corrected := _put_right(text, local_now):
        return Parted(corrected, Heard())
    clauses = [clause for clause in _PARTING.split(text) if clause and clause.strip()]
    denied = [clause for clause in clauses if _refuses(clause)]
    early = any(_TOO_EARLY.search(clause) for clause in denied)
    late = any(_TOO_LATE.search(clause) for clause in denied)
    refused = _as_named(hear_when(" ".join(denied), local_now)) if denied else Heard()
    kept = " , ".join(clause for clause in clauses if denied and clause not in denied)
    if not (refused.when.days or refused.when.exact or early or late):
        first, last = _opposite(refused.when)
        inside = _hours_inside(refused.when)
        opposite = first or last
        heard = hear_when(kept if opposite or inside else text, local_now)
        when = replace(heard.when, not_at=(*heard.when.not_at, *inside))
        if opposite and not when.has_clock:
            when = replace(when, not_before=first, not_after=last)
        return Parted(replace(heard, when=when), Heard(), kept)
    heard = without_refused(hear_when(kept, local_now), refused)
    return Parted(heard, refused, kept, early, late)


def without_refused(heard: Heard, refused: Heard) -> Heard:
    """What is wished for, without the days that are refused; these are kept in mind."""
    when, away = heard.when, refused.when
    days_only = away.days and not away.has_clock
    not_on = (weekly(away.days) if refused.by_weekday else away.days) if days_only else ()
    days = tuple(day for day in when.days if day not in not_on)
    when = replace(
        when,
        days=days or when.days,
        not_on=(*when.not_on, *(day for day in not_on if days or day not in when.days)),
        not_at=(*when.not_at, *(one for one in away.exact if one not in when.exact)),
    )
    return replace(heard, when=when)


def _opposite(away: When) -> tuple[time | None, time | None]:
    """The bounds of what "inte på förmiddagen" leaves; none where it names both bounds, or none."""
    if away.not_after and not away.not_before:
        return (datetime.combine(date.min, away.not_after) + _MINUTE).time(), None
    if away.not_before and not away.not_after:
        return None, (datetime.combine(date.max, away.not_before) - _MINUTE).time()
    return None, None


def _hours_inside(away: When) -> tuple[time, ...]:
    """The full hours of "inte mellan 9 och 11", which stand for all near to them."""
    if not (away.not_before and away.not_after):
        return ()
    return tuple(time(hour) for hour in range(away.not_before.hour, away.not_after.hour + 1))


_MINUTE = timedelta(minutes=1)


def _refuses(clause: str) -> bool:
    return denies(_LEAD.sub("", clause)) or bool(_BUSY.search(clause))


def _as_named(refused: Heard) -> Heard:
    """A denied clause with the days that it excepts as its days."""
    if refused.when.days or not refused.excepted:
        return refused
    named = replace(refused.when, days=refused.excepted, not_on=())
    weekdays = set(refused.excepted) < set(refused.when.not_on)
    return replace(refused, when=named, by_weekday=weekdays)


def _put_right(text: str, local_now: datetime) -> Heard | None:
    """What a message means that corrects itself: the later day or clock time in place of the first."""
    for at in _CORRECTS.finditer(text):
        first = hear_when(text[: at.start()], local_now)
        second = hear_when(text[at.end() :], local_now)
        told = second.when.days or second.when.exact
        if not (first.anything and told) or denies(text[at.end() :]):
            continue
        old, new = first.when, second.when
        clock = new if new.has_clock else old
        when = replace(clock, days=new.days or old.days, soonest=new.soonest)
        by_weekday = second.by_weekday if new.days else first.by_weekday
        rest = f"{first.rest} {second.rest}".strip()
        return replace(second, when=when, by_weekday=by_weekday, rest=rest)
    return None
