"""A booking that is given up, and another time wished for in its place. Pure.

In: a reading such as "avboka min tid och boka en ny på fredag 10", "kan inte på tisdag men fredag går bra".
Out: which of the caller's bookings it gives up and what it wishes for instead; None when it only gives
up, or only wishes. The message is parted in clauses: what gives up, and all else that wishes anew.
"""

import re
from dataclasses import dataclass, replace
from datetime import date, datetime

from dialogue.builtin.assent import denies
from dialogue.builtin.intent import Intent, shows
from dialogue.builtin.offer import Meant, meant_services
from dialogue.builtin.reading import Reading
from dialogue.builtin.spared import spares
from dialogue.builtin.when import Heard, hear_when
from dialogue.builtin.which import CANCELS, local_day, means_all
from dialogue.turns import Pending

_CLAUSES = re.compile(
    r"[,;!?]|(?<!\d)\.|\.(?!\d)|\boch\b(?! (?:samma )?(?:tid|dag)\b)|\b(?:men|sen|sedan|så|and|but|then|so)\b"
)
_KEEPS = re.compile(r"\b(?:behåll\w*|ha kvar|vara kvar|stå kvar|keep)\b")
_CAN_NOT = re.compile(
    r"\b(?:kan|hinner|klarar) (?:jag |vi )?(?:tyvärr |dessvärre )?(?:inte|ej)\b"
    r"(?! (?:\w+ ){0,2}(?:ringa|svara|prata|betala|hitta|hämta|parkera|boka|få|vänta|se|logga|öppna|förstå)\b)|"
    r"\b(?:funkar|passar|går) (?:tyvärr |mig )?(?:inte|ej)\b|\bcan(?:'t|not) (?:do|on|make)\b|\bdoesn't work\b|"
    r"\b(?:krockar|clashes|dubbelbokad)\b"
)
_AT_ALL = re.compile(
    r"(?:(?:hej|nej|tyvärr|sorry|no)[ ,.!]+)*(?:jag |vi |i |we )?(?:(?:kan|hinner) (?:tyvärr |dessvärre )?(?:inte|ej)|can't|cannot)"
    r"(?: då| längre| tyvärr)?(?:$|[,.!])"
)
_DAY = r"(?:\d|kl|(?:i ?morgon|i ?dag|mån|tis|ons|tors|fre|lör|sön)|to(?:morrow|day)|mon|tue|wed|thu|fri|sat|sun)"
_ANEW = re.compile(
    r"\b(?:boka|bokar|reservera|book|reserve)\b(?! (?:\w+ )?(?:av|bort)\b)|\b(?:ny|annan|new|another|different) (?:tid|dag|time|day|one)\b|"
    r"\b(?:få|ge|ta|tar|ha|vill|önskar|finns|har ni|några?|nån|get|have|give|take|any) (?:\w+ ){0,3}(?:tid\w*|ledigt|times?|slot|appointment)\b|"
    r"\b(?:ge mig|ge oss|ta|tar|komma|get|give me|take|come) (?:(?:på|den|klockan|något|nåt|on|at|the|something) )*"
    + _DAY
    + r"|"
    r"\b(?:har ni|finns det|do you have|is there) (?:\w+ ){0,2}(?:på |on )?" + _DAY + r"|"
    r"\b(?:istället|i stället|ist|instead|hellre|helst|rather)\b|"
    r"\b(?:går|passar|funkar) (?:på )?" + _DAY + r"|"
    r"\b(?:går|passar|funkar|works?|suits?|is) (?:bra|fint|bättre|det|fine|good|better|me)\b"
)
_HAS_TIME = re.compile(r"\b(?:tid|bokad|bokat|inbokad|appointment|booked|booking)\b")
_IN_PLACE = re.compile(r"\b(?:istället|i stället|ist|instead|hellre|rather)\b")


@dataclass(frozen=True, slots=True)
class Instead:
    """What is given up, and what is wished for in its place."""

    source: Heard  # what is said of the booking
    sold: Meant  # the service named with it
    target: Heard
    meant: Meant  # the service wished for; none when it is that of the booking


def wished_instead(reading: Reading) -> Instead | None:
    """What a message gives up and wishes for; None when it does not do both."""
    if len(reading.situation.own) > 1 and means_all(reading):
        return None
    return wish_beside(reading)


def wish_beside(reading: Reading) -> Instead | None:
    """The same, where all of the caller's bookings may be given up."""
    if not reading.situation.own or spares(reading.text) or _KEEPS.search(reading.text):
        return None
    clauses = [one.strip() for one in _CLAUSES.split(reading.text) if one.strip()]
    gone = [one for one in clauses if _gives_up(reading, one)]
    if gone and clauses[0] not in gone and _tells_booking(reading, clauses[0]):
        gone = [clauses[0], *gone]
    wish = " , ".join(one for one in clauses if one not in gone and not denies(one))
    local_now = reading.situation.now.astimezone(reading.business.zone)
    source, target = _source(" , ".join(gone), local_now), hear_when(wish, local_now)
    if not _wishes_anew(reading, gone, wish, target):
        return None
    sold = meant_services(source.rest, reading.business)
    return Instead(source, sold, target, meant_services(target.rest or wish, reading.business))


def _wishes_anew(reading: Reading, gone: list[str], wish: str, target: Heard) -> bool:
    if not gone:  # "ja, och boka fredag kl 10 istället"
        asked = reading.memory.pending is Pending.CANCEL and bool(_IN_PLACE.search(wish))
        return asked and target.anything
    others = {local_day(reading, one) for one in reading.situation.own}
    if target.when.days and others.issuperset(target.when.days) and not target.when.has_clock:
        return False  # "kan inte på tisdag men fredag går bra", where both are booked
    if _ANEW.search(wish):
        return True
    return (
        target.anything
        and not any(CANCELS.search(one) for one in gone)
        and any(denies(one) or _CAN_NOT.search(one) for one in gone)
    )


def _source(gone: str, local_now: datetime) -> Heard:
    """What is said of the booking; "kan inte på tisdag" names its day too."""
    heard = hear_when(gone, local_now)
    if heard.when.days:
        return heard
    weekdays = set(heard.excepted) < set(heard.when.not_on)
    return replace(heard, when=replace(heard.when, days=heard.excepted), by_weekday=weekdays)


def can_not_come(reading: Reading) -> bool:
    """Whether "jag kan inte på tisdag" is about a booking: on the day of one."""
    own, idle = reading.situation.own, reading.memory.pending is Pending.NOTHING
    if not own or not idle or not _CAN_NOT.search(reading.text):
        return False
    local_now = reading.situation.now.astimezone(reading.business.zone)
    if len(own) == 1 and _AT_ALL.match(reading.text):
        return True
    booked = {local_day(reading, one) for one in own}
    clauses = _CLAUSES.split(reading.text)
    named = [_source(one, local_now) for one in clauses if _CAN_NOT.search(one)]
    if any(one.when.days and _all_booked(booked, one) for one in named):
        return True
    return _tells_booking(reading, clauses[0]) and not any(one.when.days for one in named)


def _tells_booking(reading: Reading, clause: str) -> bool:
    """Whether a clause names the day of a booking: "jag har en tid den 26e" (men det går inte)."""
    heard = _source(clause, reading.situation.now.astimezone(reading.business.zone))
    booked = {local_day(reading, one) for one in reading.situation.own}
    told = bool(heard.when.days) and bool(_HAS_TIME.search(clause))
    return told and not shows(clause, Intent.QUESTION) and _all_booked(booked, heard)


def _all_booked(booked: set[date], heard: Heard) -> bool:
    """Whether all the days are those of bookings; a weekday may be that of a later week."""
    if booked.issuperset(heard.when.days):
        return True
    weekdays = {day.weekday() for day in booked}
    return heard.by_weekday and weekdays.issuperset(day.weekday() for day in heard.when.days)


def _gives_up(reading: Reading, clause: str) -> bool:
    if shows(clause, Intent.CANCEL):
        return True
    if _CAN_NOT.search(clause):
        return can_not_come(reading)
    local_now = reading.situation.now.astimezone(reading.business.zone)
    days = hear_when(clause, local_now).when.days  # "stryka tisdagen", which names a booking
    booked = {local_day(reading, one) for one in reading.situation.own}
    told = bool(CANCELS.search(clause)) and not denies(clause)
    return told and bool(days) and booked.issuperset(days)


def as_move(reading: Reading, found: Instead) -> Reading:
    """The reading of a message that gives up and wishes anew, read as a wish to move."""
    meant = (reading.intents - {Intent.CANCEL}) | {Intent.MOVE}
    return replace(reading, heard=found.target, meant=found.meant, intents=meant)
