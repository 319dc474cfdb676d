"""When: days and clock of a message together, and what points back at what was said. Pure.

In: a text in normal form and the local present moment. Out: a `Heard`: the wish, and the pointers
"samma tid", "samma dag", "senare", which the engine resolves against the conversation.
"""

import re
from dataclasses import dataclass, field, replace
from datetime import date, datetime, timedelta
from functools import lru_cache

from dialogue.builtin.calendar_words import NUMBER, NUMBERS
from dialogue.builtin.dates import find_days
from dialogue.builtin.day_phrases import NO_WEEK
from dialogue.builtin.no_day import names_no_day
from dialogue.builtin.times import find_clock
from dialogue.turns import When

_SAME_TIME = re.compile(r"\bsamma (?:tid|klockslag)\b|\b(?:the )?same time\b")
_SAME_BOTH = re.compile(
    r"\bsamma (?:vecko)?dag (?:och|o|å|&) (?:samma )?(?:tid|klockslag)\b|\bsamma tid (?:och|o|å|&) (?:samma )?(?:vecko)?dag\b|"
    r"\b(?:the )?same day and (?:the )?(?:same )?time\b|\b(?:the )?same time and (?:the )?(?:same )?day\b"
)
_SOONEST_ON = re.compile(  # "när har ni tidigast på torsdag?" does not begin on Thursday
    r"\b((?:när|vad|vilken tid|hur dags|what|when)\b[^.!?,]*?) (?:tidigast|the earliest|earliest)\b(?! (?:möjlig|available|possible))"
)
_SAME_DAY = re.compile(r"\bsamma da(?:g|n)\b|\bden da(?:n|gen)\b|\b(?:the )?(?:same|that) day\b")
_IN_HOURS = re.compile(
    rf"\b(?P<word>om|in|inom|within) (?:cirka |ca |about |typ |runt |ungefär )?(?:(?P<half>en halv ?timme|half an hour)"
    rf"|(?P<n>{NUMBER}|an?)(?P<more> och en halv| and a half)? ?(?P<unit>timm?ar|timme|timma|tim|h|hours?"
    r"|minuter|minutes?|min))\b"
)
_SOONEST = re.compile(
    r"\b(?:så (?:snart|fort|snabbt|tidigt) (?:som )?|fortast |snabbast )(?:möjligt|det går|ni kan)|\bsnarast\b|\btidigast möjlig\w*"
    r"|\bförsta (?:bästa|lediga|möjliga)|\bnästa (?:lediga|möjliga)|\bnärmaste (?:lediga )?tid"
    r"|\bså tidig \w+ som möjligt|\btidigaste\b|\bas (?:soon|early) as\b|\basap\b|\b(?:first|next|earliest) "
    r"(?:available|possible)|\bearliest\b|\bsoonest\b"
)
_ANY_TIME = re.compile(  # beside a day it leaves the time open
    r"\bnär som helst\b|\bwhenever\b|\bany ?time\b(?! but| except)|"
    r"\bspelar ingen roll (?:när|vilken (?:dag|tid))"
)
_LATER = re.compile(
    r"\b(?:lite |något )?(?<!^den )(?<!ta den )(?<!tar den )senare(?! än)\b|\blater\b(?! than)"
)
_EARLIER = re.compile(
    r"\b(?:lite |något )?(?<!^den )(?<!ta den )(?<!tar den )tidigare(?! än)\b|\bearlier\b(?! than)"
)
_OTHER_TIMES = re.compile(
    r"(?<!den )\b(?!andra (?:tiden|alternativet|förslaget)\b)(?:andra|fler|flera|nån annan|någon annan|en annan|annan) (?:tid\w*|alternativ|förslag)"
    r"|\b(?:any )?(?:other|more|another) (?:times?|slots?|options?|days?)|\bnågot annat\b|\bnåt annat\b"
)

_OTHER_DAYS = re.compile(
    r"\b(?:andra|fler|nån annan|någon annan|en annan|annan) dag\w*|\b(?:other|another) days?\b"
)

_SHIFT = re.compile(
    rf"\b(?P<n>{NUMBER}|an)? ?(?P<unit>halv ?timme|half an hour|timm?ar|timme|hours?|kvart|min(?:uter|utes)?)"
    r"(?: (?P<half>och en halv))? (?P<side>senare|tidigare|later|earlier|framåt|bakåt)\b|"
    rf"\b(?:skjuta?|flytta|push|move)(?: [^\W\d_]+){{0,5}}? (?P<side2>fram|upp|back)(?: (?!hal[fv])\w+)?? (?P<n2>{NUMBER}|an)? ?"
    r"(?P<unit2>halv ?timme|half an hour|timm?ar|timme|hours?|kvart|min(?:uter|utes)?)\b|"
    # "skjuta på min tid på fredag en timme", "tidigarelägga den med en kvart"
    r"\b(?P<verb>skjut(?:a|er)? (?:\w+ )?(?:på|upp|fram)|senarelägg\w*|tidigarelägg\w*|postpone|delay|push back)"
    rf"(?= )(?: (?!till\b|to\b)[^\W\d_]+){{0,6}}? (?:(?:med|by) )?(?P<n3>{NUMBER}|an) ?"
    r"(?P<unit3>halv ?timme|half an hour|timm?ar|timme|hours?|kvart|min(?:uter|utes)?)(?: (?P<half3>och en halv))?\b"
)
_ALL_OF_US = re.compile(r"\b(båda|bägge|alla|both|all) (?:två|tre|fyra|2|3|4|two|three|four)\b")
_DAY_AFTER = re.compile(
    r"\b(?:dagen|dan|(?:the )?day) (?P<side>efter|därpå|innan|före|after|before)\b(?! (?:i ?morgon|i ?morron))"
)
_OR_DAY = re.compile(r"\b(?:eller|el|or|och|and) (?:på )?(?:dagen|dan|(?:the )?day) ")
_EVENT = re.compile(  # what happens on the named day, so that the wish is the day beside it
    r"\b(?:flytt\w*|reser|åker|far|bröllop\w*|gifter|fest\w*|kalas\w*|student\w*|dop\w*|besiktning\w*|tillträde\w*|"
    r"inflytt\w*|intervju\w*|begravning\w*|fyller|mov(?:e|ing)|travel\w*|fly(?:ing)?|flight|wedding|party|interview|funeral)\b|"
    r"\b(?:dagen|dan|day) (?:före|innan|efter|before|after) (?=\S)"
)
_WEEK_ON = re.compile(
    rf"{NO_WEEK}\bveckan (?P<side>efter|därpå|därefter|innan|före)\b(?! nästa)|{NO_WEEK}\b(?:the )?week (?P<side2>after|before)\b(?! next)|"
    r"\bföljande vecka\b|\bthe following week\b"
)
_DAYS_SHIFT = re.compile(
    rf"\b(?P<n>{NUMBER}|an?) (?P<unit>dag|dagar|days?|veck(?:a|or)|weeks?) (?P<side>senare|framåt|fram|tidigare|bakåt|later|earlier)\b|"
    rf"\b(?:fram|back|upp|skjuta? på|senarelägg\w*|push|postpone) (?:[^\W\d_]+ ){{0,2}}(?P<n2>{NUMBER}|an?) (?P<unit2>dag|dagar|days?|veck(?:a|or)|weeks?)\b|"
    rf"\b(?:flytta|move|skjuta?) (?:(?!till\b|to\b|om\b|in\b|på\b|från\b|from\b)[^\W\d_]+ ){{0,2}}?(?P<n3>{NUMBER}|an?) "
    r"(?P<unit3>dag|dagar|days?|veck(?:a|or)|weeks?)\b(?! (?:tidigare|bakåt|earlier|back|senare|later|framåt|fram))"
)
ONE_MATTER = (  # "vi är tre syskon som behöver hjälp med ..." come about one thing
    r"(?! (?:[^\W\d_]+ ){1,2}(?:som|who|that) (?:behöver|vill ha|söker|önskar|need|want|would like) (?:\w+ )?"
    r"(?:hjälp|råd|rådgivning|help|advice)\b)"
)
PARTY = re.compile(  # a number of people, which is no clock time
    rf"\b(?:vi (?:är|blir)|we are|we're) (?:två|tre|fyra|fem|two|three|four|five|[2-5])\b(?![:.]\d){ONE_MATTER}|"
    r"\b(?:för|for) (?:två|two)\b(?=$|[ ]*[,.!?]| (?:pers|people|tack|please|st\b|på\b|den\b|i ?mor|i ?dag|nästa|hos\b|on\b|tomorrow|next|this))"
)
_NO_CLOCK = re.compile(
    r"\b(?:kl|klockan|at)\.? ?(?:2[5-9]|[3-9]\d)(?:[:.]?\d\d)?\b(?! ?(?:kr|min|%))|"
    r"(?<![\d:.,/-])(?:2[5-9]|[3-9]\d):[0-5]\d(?![\d:])|(?<![\d:.,/-])(?:[01]?\d|2[0-4]):[6-9]\d(?![\d:])"
)
_BEFORE = ("innan", "före", "before")
_WITHIN = ("inom", "within")
_EITHER = re.compile(r"(?:,? )\b(?:eller|el|or|alternativt|alt)\b\.? ")
_MOST_WISHES = 3
_PAST = re.compile(
    r"\bi (?:mån|tis|ons|tors|fre|lör|sön)dags\b|\bi ?går\b|\bi ?förrgår\b|\byesterday\b|"
    r"\bförra (?:veckan|\w+dagen)\b|\blast (?:week|\w+day)\b"
)


@dataclass(frozen=True, slots=True)
class Heard:
    """What a message says about when."""

    when: When = field(default_factory=When)
    same_time: bool = False
    same_day: bool = False
    later: bool = False
    earlier: bool = False
    other_times: bool = False
    other_days: bool = False
    by_weekday: bool = False  # only weekdays were named, and their nearest dates are assumed
    bare_clock: bool = False  # the clock time is only a number
    excepted: tuple[
        date, ...
    ] = ()  # "inte fredag": the days that don't suit, the nearest of a weekday
    clash: tuple[date, ...] = ()  # a date and a weekday that don't fit
    unreal: bool = False  # names a day or a clock time that there is none of: "31 februari"
    alternatives: tuple[When, ...] = ()  # "tors 14.30 el fre fm": wishes of which any will do
    shift_min: int = 0  # "en halvtimme senare": against the booking or time that was talked about
    days_on: int = 0  # "dagen efter": so many days after the day that was talked about
    weeks_on: int = 0  # "veckan efter": so many weeks after the one that was talked about
    shift_days: int = 0  # "en vecka senare": at the same time of day
    ahead: bool = False  # "om två timmar": at that very minute, or from then on
    past: bool = False  # names only what has been: "igår", "i måndags"
    rest: str = ""  # the text without the words about when

    @property
    def vague(self) -> bool:
        """Whether it leaves the moment open or points elsewhere: "en annan dag", "nästa vecka"."""
        elsewhere = self.other_times or self.later or self.earlier or self.unreal or self.past
        return elsewhere or self.when.soonest or bool(self.clash) or len(self.when.days) > 1

    @property
    def anything(self) -> bool:
        """Whether it says anything about when."""
        pointed = (
            self.same_time
            or self.same_day
            or bool(self.days_on or self.weeks_on or self.shift_days)
            or self.later
            or self.earlier
            or self.other_times
        )
        return bool(self.when.days) or self.when.has_clock or self.when.soonest or pointed


@lru_cache(maxsize=16)  # a turn hears the same text, and the same pieces of it, many times
def hear_when(text: str, local_now: datetime) -> Heard:
    """What a text in normal form says about when; of several wishes the first, beside them all.

    Args:
        text: The message in normal form.
        local_now: The present moment in the company's zone; elapsed time ("in an hour") counts
            from it, across clock changes too.
    """
    if not text.strip():
        return Heard()
    heard = _hear(text, local_now)
    if several := _alternatives(text, local_now):
        return replace(heard, when=several[0], alternatives=several)
    return heard


def _alternatives(text: str, local_now: datetime) -> tuple[When, ...]:
    """The wishes of "tors 14.30 el fre fm" and "10 eller 11 på fredag", each with a clock time.

    What one of them does not say of the day is taken from its neighbour; () when there is but one.
    """
    parts = _EITHER.split(text)
    if not 1 < len(parts) <= _MOST_WISHES:
        return ()
    heard = [_hear(part, local_now) for part in parts]
    unsure = all(one.bare_clock and not one.when.days for one in heard)
    if unsure or not all(one.when.has_clock for one in heard):
        return ()
    wishes = [one.when for one in heard]
    for before, after in ((0, 1), (1, 2)):
        if after < len(wishes) and not wishes[after].days:
            wishes[after] = replace(wishes[after], days=wishes[before].days)
    for before, after in ((1, 2), (0, 1)):
        if after < len(wishes) and not wishes[before].days:
            wishes[before] = replace(wishes[before], days=wishes[after].days)
    return tuple(wishes) if len(set(wishes)) > 1 else ()


def _hear(text: str, local_now: datetime) -> Heard:
    """What one wish says about when."""
    heard = Heard(
        same_time=bool(_SAME_TIME.search(text)),
        same_day=bool(_SAME_DAY.search(text)),
        later=bool(_LATER.search(text)),
        earlier=bool(_EARLIER.search(text)),
        shift_min=_shift(text),
        shift_days=_days_shift(text),
        weeks_on=_weeks_on(text),
        other_times=bool(_OTHER_TIMES.search(text) or _OTHER_DAYS.search(text)),
        other_days=bool(_OTHER_DAYS.search(text)),
    )
    both = bool(_SAME_BOTH.search(text))
    if both:
        heard = replace(heard, same_time=True, same_day=True)
        text = _SAME_BOTH.sub(" ", text)
    soonest, at_any_time = bool(_SOONEST.search(text)), bool(_ANY_TIME.search(text))
    if _SOONEST_ON.search(text):
        soonest, text = True, _SOONEST_ON.sub(r"\1", text)
    if heard.shift_days:
        heard, text = replace(heard, later=False, earlier=False), _DAYS_SHIFT.sub(" ", text)
    text = _ALL_OF_US.sub(r"\1", text)
    for pointer in (_SAME_TIME, _SAME_DAY, _SOONEST, _ANY_TIME, _OTHER_TIMES, _OTHER_DAYS):
        text = pointer.sub(" ", text)
    in_hours = _IN_HOURS.search(text)
    if in_hours:
        at, within = _moment_ahead(in_hours, local_now), in_hours["word"] in _WITHIN
        first, last = (None, at.time()) if within else (at.time(), None)
        when = When((at.date(),), not_before=first, not_after=last, soonest=True)
        return replace(heard, when=when, ahead=not within, rest=_IN_HOURS.sub(" ", text))
    unreal, past = (
        names_no_day(text, local_now.date()) or bool(_NO_CLOCK.search(text)),
        bool(_PAST.search(text)),
    )
    party = " ".join(found.group() for found in PARTY.finditer(text))
    text = PARTY.sub(" ", _NO_CLOCK.sub(" ", text))
    days = find_days(text, local_now.date())
    beside = _DAY_AFTER.search(days.rest)  # "dagen innan kl 8" is no bound
    told = _DAY_AFTER.sub(" ", days.rest) if beside and beside.group()[0] == "d" else days.rest
    clock = find_clock(told, day_named=bool(days.days))
    soonest = soonest or (at_any_time and not days.days)
    next_day = None if days.days else beside
    named = _beside(text, days.days, beside) if beside else days.days
    when = When(named, clock.exact, clock.not_before, clock.not_after, soonest, not_on=days.not_on)
    return replace(
        heard,
        when=when,
        same_day=heard.same_day and not (both and days.days),  # of the week that is named
        by_weekday=days.by_weekday,
        excepted=days.excepted,
        days_on=(-1 if next_day["side"] in _BEFORE else 1) if next_day else 0,
        bare_clock=clock.bare,
        clash=days.clash,
        unreal=unreal,
        past=past and not days.days,
        rest=f"{_WEEK_ON.sub(' ', clock.rest)} {party}".strip(),
    )


def _beside(text: str, days: tuple[date, ...], beside: re.Match[str]) -> tuple[date, ...]:
    """The day before or after the one that is named with it: "flyttar den 1, gärna dagen innan"; both if unsure."""
    if len(days) != 1 or _OR_DAY.search(text):
        return days
    other = days[0] + timedelta(days=-1 if beside["side"] in _BEFORE else 1)
    return (other,) if _EVENT.search(text) else tuple(sorted((other, *days)))


def _shift(text: str) -> int:
    """By how many minutes later (or, below 0, earlier) something is wished for; 0 when unsaid."""
    found = _SHIFT.search(text)
    if not found or (found["unit2"] == "min" and not found["n2"]):  # "skjut fram min tid"
        return 0
    unit = found["unit"] or found["unit2"] or found["unit3"]
    word = found["n"] or found["n2"] or found["n3"] or "1"
    number = int(word) if word.isdigit() else NUMBERS.get(word, 1)
    minutes = {"ha": 30, "kv": 15, "mi": 1}.get(unit[:2], 60) * number
    minutes += 30 if found["half"] or found["half3"] else 0
    earlier = (found["verb"] or "").startswith("tidig")
    return -minutes if earlier or found["side"] in ("tidigare", "earlier", "bakåt") else minutes


def _days_shift(text: str) -> int:
    """By how many days later (or, below 0, earlier) something is wished for; 0 when unsaid."""
    found = _DAYS_SHIFT.search(text)
    if not found:
        return 0
    word, unit = (found[f"{key}"] or found[f"{key}2"] or found[f"{key}3"] for key in ("n", "unit"))
    days = (int(word) if word.isdigit() else NUMBERS.get(word, 1)) * (1 if unit[0] == "d" else 7)
    return -days if found["side"] in ("tidigare", "bakåt", "earlier") else days


def _weeks_on(text: str) -> int:
    """1 for the week after the one that was talked about, -1 for the one before it."""
    found = _WEEK_ON.search(text)
    if not found:
        return 0
    return -1 if (found["side"] or found["side2"]) in _BEFORE else 1


def _moment_ahead(found: re.Match[str], local_now: datetime) -> datetime:
    """The local minute so long from now, rounded up; counted in elapsed time."""
    if found.group("half"):
        minutes = 30
    else:
        word = found.group("n")
        number = int(word) if word.isdigit() else NUMBERS.get(word, 1)
        minutes = number if found.group("unit").startswith("min") else number * 60
        minutes += 30 if found.group("more") else 0
    zone = local_now.tzinfo
    moment = (local_now.timestamp() + minutes * 60 + 59) // 60 * 60
    return datetime.fromtimestamp(moment, zone)
