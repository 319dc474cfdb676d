"""Days in a message: "på torsdag", "12/3", "efter den 3:e", "nästa vecka utom fredag". Pure.

In: a text in normal form and today's local date. Out: the local dates that it may mean, and the
text without the words that said so, so that the clock parser does not read `12/3` as a time.
Rules: dialogue/README of the acceptance set; weeks are ISO weeks (Monday first).

Three steps: each phrase that names days (day_phrases.py) is replaced by a mark; the words around
the marks tell how they are meant ("efter <mark>", "<mark> till <mark>", "inte <mark>"); then all
that is left is joined into one answer.
"""

import re
from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import date, timedelta
from functools import partial

from dialogue.builtin.calendar_words import FULL_NAMES, MONTH
from dialogue.builtin.day_phrases import RULES
from dialogue.builtin.spans import Dates, Days, monday, span
from dialogue.builtin.words import shelved, slips_of

_NAME_SHELVES = shelved(FULL_NAMES)
_WEEK = 7  # days
_WEEKS_ON = 14  # how long a weekday that does not suit is kept in mind
_BOUND_DAYS = 10  # how far "efter torsdag" reaches
_FIRST_MARK = 0xE100  # marks are single signs of Unicode's private area
_MARK = "[\ue100-\ue1ff]"
_ONE = rf"(?:på |on |den |the |i )?({_MARK})"
_LIST = rf"{_MARK}(?:(?: ?,| ?/| (?:och|eller|el|and|or)) (?:på |on )?{_MARK})*"
_CLOCK_NEXT = re.compile(r" (?:kl|klockan|at)?\.? ?\d")  # "senast fredag kl 12" bounds it too


@dataclass(frozen=True, slots=True)
class Mentioned:
    """What a text says about days."""

    days: Days = ()
    rest: str = ""  # the text without those words
    by_weekday: bool = False  # only weekdays were named, and their nearest dates are assumed
    clash: Days = ()  # a weekday and a date that don't fit: the date, and that weekday's nearest
    excepted: Days = ()  # "inte fredag": the days that don't suit, of a weekday the nearest
    not_on: Days = ()  # the same; of a weekday each one to come


@dataclass(frozen=True, slots=True)
class _Found:
    kind: str
    days: Days


@dataclass
class _Marked:
    """A text whose phrases about days are marks, and what each mark stands for."""

    text: str
    today: date
    found: dict[str, _Found] = field(default_factory=dict)

    def mark(self, kind: str, days: Days) -> str:
        """A new mark that stands for these days."""
        sign = chr(_FIRST_MARK + len(self.found))
        self.found[sign] = _Found(kind, days)
        return sign

    def put(self, kind: str, pattern: re.Pattern[str], dates: Dates) -> None:
        """Put a mark in place of each phrase that a rule reads."""

        def replaced(match: re.Match[str]) -> str:
            days = dates(match, self.today)
            return f" {self.mark(kind, days)} " if days else match.group()

        self.text = pattern.sub(replaced, self.text)

    def left(self) -> list[_Found]:
        """What the marks that are still in the text stand for."""
        return [self.found[sign] for sign in self.text if sign in self.found]


def find_days(text: str, today: date) -> Mentioned:
    """The local dates that a text names, in order; all of a week for "next week"."""
    text = _OF_THE_STORY.sub(" ", re.sub(_MARK, " ", text))
    marked = _Marked(_mended(text), today)
    for kind, pattern, dates in RULES:
        if pattern.search(marked.text):  # hardly any rule has anything to read
            marked.put(kind, pattern, dates)
    marked.text = re.sub(r"\s+", " ", marked.text)
    for pattern, relate in _RELATIONS:
        marked.text = pattern.sub(partial(relate, marked), marked.text)
    rest = re.sub(r"\s+", " ", re.sub(_MARK, " ", marked.text)).strip()
    return _joined(marked.left(), today, rest)


def _mended(text: str) -> str:
    """The text with slips in the names of days put right (torsag, fredga), compounds in two."""

    def mend(match: re.Match[str]) -> str:
        word = match.group(0)
        if word.startswith(FULL_NAMES):  # inflected, "i tisdags", not a slip
            return word
        return min(slips_of(word, _NAME_SHELVES), key=FULL_NAMES.index, default=word)

    return re.sub(r"[^\W\d_]{5,}", mend, _COMPOUND.sub(r"\1 \2", text))


def _next_day(marked: _Marked, match: re.Match[str]) -> str:
    """For "dagen före midsommarafton"."""
    day = marked.found[match.group(2)].days
    ahead = match.group("side") in ("efter", "after")
    return marked.mark("date", (day[-1] + _DAY if ahead else day[0] - _DAY,))


def _week_of(marked: _Marked, match: re.Match[str]) -> str:
    """For "the week of May 18"."""
    week, day = (marked.found[sign] for sign in match.groups())
    if week.kind != "week of":
        return match.group()
    return marked.mark("range", span(monday(day.days[0]), 7))


def _excepted(marked: _Marked, match: re.Match[str]) -> str:
    """For "inte måndag eller tisdag"."""
    marks = []
    for sign in re.findall(_MARK, match.group()):
        found = marked.found[sign]
        kind = "no weekday" if found.kind == "weekday" else "no day"
        marks.append(marked.mark(kind, found.days))
    return " ".join(marks)


def _from_to(marked: _Marked, match: re.Match[str]) -> str:
    """For "mån-ons" and "mellan 18 maj och 20 maj", all days from the first to the last."""
    first, last = (marked.found[sign] for sign in match.groups())
    start, end = first.days[0], last.days[-1]
    if first.kind == last.kind == "weekday":
        return marked.mark("weekdays", span(start, (end.weekday() - start.weekday()) % 7 + 1))
    if last.kind == "weekday" and end < start:
        end += timedelta(days=7)
    return (
        marked.mark("range", span(start, (end - start).days + 1)) if start <= end else match.group()
    )


def _bounded(marked: _Marked, match: re.Match[str]) -> str:
    """For "efter torsdag" and "innan den 10:e", the days on that side of it."""
    days = _together([marked.found[sign] for sign in match.groups()[1:] if sign])
    side, today = match.group("side"), marked.today
    bounds_clock = bool(_CLOCK_NEXT.match(match.string, match.end()))
    if bounds_clock and not side.startswith(_UNTIL):
        return match.group()  # "efter fredag kl 12"
    if side.startswith(_FROM):
        bounded = span(days[0], _BOUND_DAYS)
    elif side.startswith(_AFTER):
        bounded = span(days[-1] + _DAY, _BOUND_DAYS)
    elif side.startswith(_UNTIL):
        bounded = span(today, (days[-1] - today).days + 1)
    else:
        bounded = span(today, (days[0] - today).days)
    if not bounded:
        return match.group()
    return f"{marked.mark('range', bounded)} {side if bounds_clock else ''}"


def _together(several: list[_Found]) -> Days:
    """The days of one phrase or two: the date of "tisdag den 19:e", the Thursday of next week."""
    first, last = several[0], several[-1]
    for one in several:
        if one.kind == "date":
            return one.days
    if {first.kind, last.kind} == {"weekday", "range"}:
        week, day = (first, last) if first.kind == "range" else (last, first)
        wanted = day.days[0].weekday()
        return tuple(one for one in week.days if one.weekday() == wanted) or day.days
    return first.days


def _joined(found: list[_Found], today: date, rest: str) -> Mentioned:
    """One answer of all that was found: dates bind hardest, a weekday picks out of a week."""

    def of(*kinds: str) -> Days:
        return tuple(sorted({day for one in found if one.kind in kinds for day in one.days}))

    dates, weekdays, ahead, years = of("date"), of("weekday"), of("weeks"), of("year")
    excepted = of("no day", "no weekday")
    not_on = (*of("no day"), *weekly(of("no weekday")))
    ranges = _overlap([set(one.days) for one in found if one.kind == "range"]) or of("any")
    if years:
        dates, ranges = _in_year(dates, years[0].year), _in_year(ranges, years[0].year) or years
    if ahead and not dates:
        dates, ranges = (ahead, ranges) if not weekdays else ((), span(monday(ahead[0]), 7))
    if _ends_in_another_week(found, dates):
        dates = ()  # "vi lämnar nycklarna den 30:e. Har ni tid v 17?"
    if dates:
        wrong = weekdays and not _weekdays(dates) & _weekdays(weekdays)
        return Mentioned(dates, rest, clash=(*dates, *weekdays) if wrong else ())
    spanned = of("weekdays")
    weekdays = weekdays or (spanned if ranges else ())
    ranges = ranges or (() if weekdays else spanned)
    kept = tuple(day for day in ranges if day not in not_on)
    if kept and weekdays:
        picked = tuple(day for day in kept if day.weekday() in _weekdays(weekdays))
        return Mentioned(picked or weekdays, rest, excepted=excepted, not_on=not_on)
    return Mentioned(weekdays or kept, rest, bool(weekdays), excepted=excepted, not_on=not_on)


def _ends_in_another_week(found: list[_Found], dates: Days) -> bool:
    """Whether a week is named last, and the dates before it are no days of it."""
    last = found[-1] if found else None
    if not dates or last is None or last.kind != "range" or not 1 < len(last.days) <= _WEEK:
        return False
    return set(dates).isdisjoint(last.days)


def weekly(days: Days) -> Days:
    """Each of the days, and the same weekday of the weeks to come."""
    return tuple(day + timedelta(days=7 * n) for day in days for n in range(_WEEKS_ON))


def _weekdays(days: Days) -> frozenset[int]:
    return frozenset(day.weekday() for day in days)


def _overlap(ranges: list[set[date]]) -> Days:
    """The days that all of the ranges hold; those of any where none is in all."""
    if not ranges:
        return ()
    return tuple(sorted(set.intersection(*ranges) or set.union(*ranges)))


def _in_year(days: Days, year: int) -> Days:
    """The same dates in another year, but for 29 February."""
    return tuple(day.replace(year=year) for day in days if (day.month, day.day) != (2, 29))


_DAY = timedelta(days=1)
_FROM = ("från", "from", "fr", "tidigast", "inte", "not", "start", "on or")
_AFTER = ("efter", "after")
_UNTIL = ("senast", "till", "t o m", "by", "no later", "until", "fram")
_SIDE = (
    r"(?P<side>från(?: och med)?|fr\.? ?o\.? ?m\.?|from|tidigast|inte (?:före|innan|förrän)|not (?:before|until)|"
    r"starting(?: from)?|on or after|efter|after|senast|(?:fram )?till och med|t o m|(?<!come )(?<!drop )(?<!stop )(?<!swing )by|no later than|until|"
    r"fram till|innan|före|before)"
)
_DENIED = r"(?:förutom|utom|inte|ej|icke|undvik|not|except|excluding|can't|cannot|(?<=[\ue100-\ue1ff] )but)"
_FILLING = r"(?: (?:kan|komma|hinna|ta|do|make(?: it)?|come|nån|någon|för|for))*"
_THROUGH = r"(?: ?- ?| till | t o m | t\.o\.m\.? | tom | to | until | through | thru )"
_OF_THE_STORY = re.compile(  # "vi gifter oss i augusti! har ni tid på torsdag?"
    rf"\b(?:i|in) (?:{MONTH})\b(?=\D*(?:[.!?]|, (?:kan|har|finns|går|funkar|can|could|do|is)\b)[^.!?]*"
    r"\b(?:på (?:mån|tis|ons|tors|fre|lör|sön)(?:dag|da|dan|dagen)?|on (?:mon|tues|wednes|thurs|fri|satur|sun)day)\b)"
)
_COMPOUND = re.compile(
    r"\b((?:mån|tis|ons|tors|fre|lör|sön)dags?|i ?morgon)(morgon\w*|förmiddag\w*|eftermiddag\w*|kväll\w*|lunch\w*|"
    r"bitti|em|fm)\b"
)
_RELATIONS: tuple[tuple[re.Pattern[str], Callable[[_Marked, re.Match[str]], str]], ...] = (
    (re.compile(rf"({_MARK}) ({_MARK})"), _week_of),
    (
        re.compile(rf"\b(?:dagen|dan|(?:the )?day) (?P<side>före|innan|efter|before|after) {_ONE}"),
        _next_day,
    ),
    (re.compile(rf"(?:från |from )?{_ONE}{_THROUGH}{_ONE}"), _from_to),
    (re.compile(rf"\b(?:mellan|between) {_ONE} (?:och|o|and|&) {_ONE}"), _from_to),
    (re.compile(rf"\b{_SIDE} {_ONE}(?: {_ONE})?"), _bounded),
    (re.compile(rf"\b{_DENIED}{_FILLING} (?:på |on |i )?{_LIST}"), _excepted),
)
