"""Days in a message: "på torsdag", "12/3", "den 3:e", "v 14", "nästa vecka". Pure.

In: a text in normal form and today's local date. Out: the local dates that it may mean, and the
text without the words that said so, so that the clock parser does not read `12/3` as a time.
Rules: dialogue/README of the acceptance set; weeks are ISO weeks (Monday first).

Each rule is one line of `_RULES`: a pattern, what kind of thing it names, and its dates.
"""

import re
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from datetime import date, timedelta

from dialogue.builtin.calendar_words import (
    ANY_WEEKDAY,
    FULL_NAMES,
    MONTH,
    NEXT,
    NUMBER,
    NUMBERS,
    ORDINAL_END,
    ORDINALS,
    WEEKDAY,
)
from dialogue.builtin.holidays import NAMED_DAYS
from dialogue.builtin.words import same_but_for_a_slip

Days = tuple[date, ...]

_AGO_DAYS = 45  # a date so lately gone is meant as past, not as next year's


@dataclass(frozen=True, slots=True)
class Mentioned:
    """What a text says about days."""

    days: Days = ()
    rest: str = ""  # the text without those words
    by_weekday: bool = False  # only weekdays were named, and their nearest dates are assumed
    clash: Days = ()  # a weekday and a date that don't fit: the date, and that weekday's nearest


@dataclass(frozen=True, slots=True)
class _Found:
    kind: str  # "date", "weekday", "range" or "not"
    days: Days
    at: int


def find_days(text: str, today: date) -> Mentioned:
    """The local dates that a text names, in order; all of a week for "next week"."""
    found: list[_Found] = []
    text = _mended(text)
    for kind, pattern, dates in _RULES:
        for match in reversed(list(pattern.finditer(text))):
            days = dates(match, today)
            if days:
                found.append(_Found(kind, days, match.start()))
                blank = " " * (match.end() - match.start())
                text = text[: match.start()] + blank + text[match.end() :]
    rest = re.sub(r"\s+", " ", text).strip()
    return _joined(sorted(found, key=lambda one: one.at), today, rest)


def _joined(found: list[_Found], today: date, rest: str) -> Mentioned:
    """One answer of all that was found: dates bind hardest, a weekday picks out of a week."""
    dates, weekdays, ranges = (
        _sorted_days(day for one in found if one.kind == kind for day in one.days)
        for kind in ("date", "weekday", "range")
    )
    if dates:
        wrong = weekdays and all(
            day.weekday() not in {weekday.weekday() for weekday in weekdays} for day in dates
        )
        return Mentioned(dates, rest, clash=(*dates, *weekdays) if wrong else ())
    excluded = {day.weekday() for one in found if one.kind == "not" for day in one.days}
    ranges = tuple(day for day in ranges if day.weekday() not in excluded)
    if ranges and weekdays:
        wanted = {day.weekday() for day in weekdays}
        picked = tuple(day for day in ranges if day.weekday() in wanted)
        return Mentioned(picked or weekdays, rest)
    return Mentioned(weekdays or ranges, rest, by_weekday=bool(weekdays))


def _mended(text: str) -> str:
    """The text with slips in the names of days put right: torsag, fredga, eftermidag."""

    def mend(match: re.Match[str]) -> str:
        word = match.group(0)
        if word.startswith(FULL_NAMES):  # inflected, "i tisdags", not a slip
            return word
        return next((name for name in FULL_NAMES if same_but_for_a_slip(word, name)), word)

    return re.sub(r"[^\W\d_]{5,}", mend, text)


def _sorted_days(days: Iterable[date]) -> Days:
    return tuple(sorted(set(days)))


def _number(word: str) -> int:
    return int(word) if word.isdigit() else NUMBERS[word]


def _group(match: re.Match[str], prefix: str, numbers: range) -> int:
    """Which of the alternatives `prefix0`, `prefix1`, ... matched."""
    return next(n for n in numbers if match.group(f"{prefix}{n}"))


def _after(days: int) -> Callable[[re.Match[str], date], Days]:
    return lambda match, today: (today + timedelta(days=days),)


def _weekday(match: re.Match[str], today: date) -> Days:
    """The nearest coming one, never today."""
    ahead = (_group(match, "w", range(7)) - today.weekday() - 1) % 7 + 1
    return (today + timedelta(days=ahead),)


def _next_weekday(match: re.Match[str], today: date) -> Days:
    """For "nästa tisdag", the Tuesday of the next ISO week."""
    return (_monday(today) + timedelta(days=7 + _group(match, "w", range(7))),)


def _weekday_range(match: re.Match[str], today: date) -> Days:
    """For "mån-ons", from the first one to the second."""
    names = [_WEEKDAY_ONLY.fullmatch(match.group(part)) for part in ("first", "last")]
    if names[0] is None or names[1] is None:
        return ()
    start = _weekday(names[0], today)[0]
    length = (_weekday(names[1], today)[0].weekday() - start.weekday()) % 7
    return _span(start, length + 1)


def _bounded_by_weekday(match: re.Match[str], today: date) -> Days:
    """For "efter torsdag" and "innan fredag", the days on that side of it, within two weeks."""
    day = _weekday(match, today)[0]
    word = match.group("side")
    if word in ("innan", "före", "before"):
        return _span(today, (day - today).days)
    first = day if word.startswith(("från", "from", "tidigast")) else day + timedelta(days=1)
    return _span(first, 10)


def _monday(day: date) -> date:
    return day - timedelta(days=day.weekday())


def _span(first: date, length: int) -> Days:
    return tuple(first + timedelta(days=n) for n in range(length))


def _iso_week(match: re.Match[str], today: date) -> Days:
    week = int(match.group("week"))
    year = today.isocalendar().year
    if week < today.isocalendar().week:
        year += 1
    try:
        return _span(date.fromisocalendar(year, week, 1), 7)
    except ValueError:
        return ()


def _week_ahead(weeks: int) -> Callable[[re.Match[str], date], Days]:
    def dates(match: re.Match[str], today: date) -> Days:
        part = match.groupdict().get("part") or ""
        week = _span(_monday(today) + timedelta(days=7 * weeks), 7)
        if part.startswith(("början", "start", "beginning", "early")):
            week = week[:3]
        elif part.startswith(("slutet", "end", "late")):
            week = week[3:]
        elif part.startswith(("mitten", "mid")):
            week = week[1:4]
        return tuple(day for day in week if day >= today)

    return dates


def _this_week(match: re.Match[str], today: date) -> Days:
    """The rest of this week; said at the week-end, it is the coming one."""
    return _week_ahead(1 if today.weekday() >= 5 else 0)(match, today)


def _weekend(match: re.Match[str], today: date) -> Days:
    saturday = _monday(today) + timedelta(days=5)
    if re.match(NEXT, match.group(0)) and today.weekday() < 5:
        saturday += timedelta(days=7 if match.group(0).startswith(("nä", "na", "next")) else 0)
    return tuple(day for day in _span(saturday, 2) if day >= today)


def _workdays(match: re.Match[str], today: date) -> Days:
    return tuple(day for day in _span(today, 14) if day.weekday() < 5)


def _in_units(unit_days: int) -> Callable[[re.Match[str], date], Days]:
    return lambda match, today: (today + timedelta(days=unit_days * _number(match.group("n"))),)


def _weekday_in_weeks(match: re.Match[str], today: date) -> Days:
    """For "torsdag om två veckor", so many weeks after the nearest one."""
    return (_weekday(match, today)[0] + timedelta(days=7 * _number(match.group("n"))),)


def _day_and_month(match: re.Match[str], today: date) -> Days:
    named = match.groupdict()
    month = int(named["month"]) if "month" in named else _group(match, "m", range(1, 13))
    return _dated(int(match.group("d")), month, today)


def _iso_date(match: re.Match[str], today: date) -> Days:
    try:
        return (date(int(match.group("y")), int(match.group("m")), int(match.group("d"))),)
    except ValueError:
        return ()


def _dated(day: int, month: int, today: date) -> Days:
    """This year's date, or next year's when it is long gone."""
    for year in (today.year, today.year + 1):
        try:
            found = date(year, month, day)
        except ValueError:
            continue
        if found >= today - timedelta(days=_AGO_DAYS):
            return (found,)
    return ()


def _day_of_month(match: re.Match[str], today: date) -> Days:
    """For "den 3:e", the next 3rd; in the following month when that is said."""
    day, later = int(match.group("d")), bool(match.groupdict().get("later"))
    month, year = today.month, today.year
    for n in range(14):
        try:
            found = date(year, month, day)
        except ValueError:
            found = date.min
        if (found >= today and not later) or (later and found != date.min and n > 0):
            return (found,)
        year, month = (year + 1, 1) if month == 12 else (year, month + 1)
    return ()


def _whole_month(match: re.Match[str], today: date) -> Days:
    first = _dated(28, _group(match, "m", range(1, 13)), today)[0].replace(day=1)
    days = [day for day in _span(first, 31) if day.month == first.month]
    part = match.groupdict().get("part") or ""
    if "veck" in part:
        days = days[:7] if part.startswith("första") else days[-7:]
    elif part.startswith(("början", "första", "start", "beginning", "early")):
        days = days[:10]
    elif part.startswith(("slutet", "end", "late")):
        days = days[-10:]
    elif part.startswith(("mitten", "mid")):
        days = days[10:20]
    return tuple(day for day in days if day >= today)


def _ordinal_day(match: re.Match[str], today: date) -> Days:
    return _dated(ORDINALS.index(match.group("word")) + 1, _group(match, "m", range(1, 13)), today)


def _named_day(of_year: Callable[[int], date]) -> Callable[[re.Match[str], date], Days]:
    def dates(match: re.Match[str], today: date) -> Days:
        day = of_year(today.year)
        return (day if day >= today else of_year(today.year + 1),)

    return dates


_PART = (
    r"(?:i )?(?:(?P<part>första veckan|sista veckan|första halvan|början|slutet|mitten|start|beginning|end|middle|mid|early|"
    r"late)(?: på| av| of)? )?"
)
_WEEKDAY_ONLY = re.compile(WEEKDAY)
_NO_CLOCK = r"(?![:.,]?\d|[/%]| ?(?:kr\b|sek\b|min|tim|år\b|st\b|km\b|mil\b|pm\b|am\b|personer))"

_Rule = tuple[str, str, Callable[[re.Match[str], date], Days]]
_RULES_IN_ORDER: tuple[_Rule, ...] = (
    # Past weekdays and greetings that hold a day's name say nothing about a wish.
    (
        "none",
        r"\bi (?:mån|tis|ons|tors|fre|lör|sön)dags\b|\bi ?går\b|\bi ?förrgår\b|\byesterday\b|"
        r"\bförra (?:veckan|\w+dagen)\b|\blast (?:week|\w+day)\b",
        _after(0),
    ),
    (
        "none",
        r"\b(?:trevlig|skön|ha en (?:bra|fin|trevlig)|glad|have a (?:nice|good|great)) "
        r"(?:dag|helg|vecka|day|week|weekend)\b",
        _after(0),
    ),
    *(("date", rf"\b(?:{names})\b", _named_day(day)) for names, day in NAMED_DAYS),
    ("date", r"(?<!\d)(?P<y>20\d\d)-(?P<m>\d\d)-(?P<d>\d\d)(?!\d)", _iso_date),
    (
        "date",
        rf"\b(?:den |the )?(?P<d>\d{{1,2}})(?:{ORDINAL_END})?(?: of)? (?:{MONTH})\b",
        _day_and_month,
    ),
    (
        "date",
        rf"\b(?:{MONTH}) (?:the )?(?P<d>\d{{1,2}})(?:{ORDINAL_END}\b|(?![\d:.])\b)",
        _day_and_month,
    ),
    (
        "date",
        (
            r"(?<![\d/:.])(?:den )?(?P<d>[0-3]?\d)/(?P<month>1[0-2]|"
            r"0?[1-9])(?:[-/](?:20)?\d\d)?(?![\d/])"
        ),
        _day_and_month,
    ),
    (
        "date",
        r"\bi ?över ?mor(?:gon|rn|n)\b|\bi ?overmorgon\b|\b(?:the )?day after tomorrow\b",
        _after(2),
    ),
    (
        "date",
        r"\bi ?mor(?:gon|rn|n|gn|ron|on)\b|\btomorrow\b|\btomm?orr?ow\b|\btmrw\b|\btmr\b",
        _after(1),
    ),
    ("date", r"\bi ?dag\b|\bida\b|\btoday\b", _after(0)),
    (
        "date",
        # what part of today is left for the clock parser
        (
            r"\bi ?(?=(?:kväll|kvall|eftermiddag|förmiddag)\b)|\bthis (?=(?:afternoon|evening|"
            r"morning)\b)|(?=\btonight\b)"
        ),
        _after(0),
    ),
    ("date", rf"\b(?:{WEEKDAY}) om (?P<n>{NUMBER}) vecko?r?a?\b", _weekday_in_weeks),
    ("date", rf"\bom (?P<n>{NUMBER}) vecko?r?a?\b", _in_units(7)),
    ("date", rf"\bin (?P<n>{NUMBER}) weeks?\b", _in_units(7)),
    ("date", rf"\bom (?P<n>{NUMBER}) dagar?\b", _in_units(1)),
    ("date", rf"\bin (?P<n>{NUMBER}) days?\b", _in_units(1)),
    ("range", rf"{_PART}\b(?:i|in|under|during|på|av) (?:{MONTH})\b", _whole_month),
    ("range", r"\b(?:v|vecka|veckan|week)\.? ?(?P<week>[1-5]?\d)\b(?![:.]\d)", _iso_week),
    ("range", rf"{_PART}\b(?:{NEXT}) (?:v|vecka|veckan|week)\b", _week_ahead(1)),
    ("range", r"\bveckan (?:därpå|efter)\b|\bthe week after(?: next)?\b", _week_ahead(2)),
    (
        "range",
        rf"{_PART}\b(?:i|den här|denna|under|this|the)? ?(?:veckan|vecka|week)\b",
        _this_week,
    ),
    ("range", rf"\b(?:(?:{NEXT}|i|till|this|the|at the) )?(?:helg(?:en)?|weekend)\b", _weekend),
    ("range", r"\b(?:en |på )?(?:vardag|vardagar|vardagarna|weekdays?)\b", _workdays),
    (
        "range",
        rf"\b(?P<first>{ANY_WEEKDAY}) ?(?:-|till|to|until) ?(?P<last>{ANY_WEEKDAY})\b",
        _weekday_range,
    ),
    (
        "range",
        rf"\b(?P<side>tidigast|efter|från(?: och med)?|after|from|innan|före|before) (?:på )?"
        rf"(?:{WEEKDAY})\b",
        _bounded_by_weekday,
    ),
    (
        "not",
        rf"\b(?:inte|ej|not|utom|except|can't|cannot)(?: komma| hinna| ta| do| make(?: it)?| come)? (?:på |on )?(?:{WEEKDAY})(?:ar|arna)?\b",
        _weekday,
    ),
    ("date", rf"\b(?:{NEXT}) (?:{WEEKDAY})\b", _next_weekday),
    ("weekday", rf"\b(?:(?:på|nu på|on|this) )?(?:{WEEKDAY})\b\.?(?!-)", _weekday),
    (
        "date",
        rf"\b(?:den |the )?(?P<d>[0-3]?\d) ?{ORDINAL_END}\b(?: (?P<later>i nästa månad|"
        r"nästa månad|next month))?",
        _day_of_month,
    ),
    ("date", rf"\bden (?P<d>[0-3]?\d)\b{_NO_CLOCK}(?! ?-\d)", _day_of_month),
    (
        "date",
        rf"\b(?:den )?(?P<word>{'|'.join(sorted(ORDINALS, key=len, reverse=True))}) (?:{MONTH})\b",
        _ordinal_day,
    ),
)
_RULES = tuple((kind, re.compile(pattern), dates) for kind, pattern, dates in _RULES_IN_ORDER)
