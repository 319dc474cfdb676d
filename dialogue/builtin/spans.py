"""The days that one phrase about days means: weekdays, weeks, months, dates. Pure.

In: the match of a rule of day_phrases.py and today's local date. Out: local dates, in order; none
where the phrase means no day. Weeks are ISO weeks (Monday first).
"""

import re
from collections.abc import Callable
from datetime import date, timedelta

from dialogue.builtin.calendar_words import NEXT, NUMBERS, ORDINALS

Days = tuple[date, ...]
Dates = Callable[[re.Match[str], date], Days]

_AGO_DAYS = 45  # a date so lately gone is meant as past, not as next year's
_SOON_DAYS = 5  # "de närmaste dagarna"
_PLACES = (("första", "first"), ("andra", "second"), ("tredje", "third"), ("fjärde", "fourth"))


def span(first: date, length: int) -> Days:
    """So many days from the first on."""
    return tuple(first + timedelta(days=n) for n in range(length))


def monday(day: date) -> date:
    """The Monday of a day's ISO week."""
    return day - timedelta(days=day.weekday())


def after(days: int) -> Dates:
    """The day so many days ahead."""
    return lambda match, today: (today + timedelta(days=days),)


def number(word: str) -> int:
    """A number in digits or as a word."""
    return int(word) if word.isdigit() else NUMBERS[word]


def _group(match: re.Match[str], prefix: str, numbers: range) -> int:
    """Which of the alternatives `prefix0`, `prefix1`, ... matched."""
    return next(n for n in numbers if match.group(f"{prefix}{n}"))


def _months_ahead(day: date, months: int) -> date:
    """The same day of a later month, the last one where that month is shorter."""
    year, month = divmod(day.year * 12 + day.month - 1 + months, 12)
    for last in (day.day, 30, 29, 28):
        try:
            return date(year, month + 1, last)
        except ValueError:
            continue
    raise AssertionError("every month has 28 days")


def weekday(match: re.Match[str], today: date) -> Days:
    """The nearest coming one, never today."""
    ahead = (_group(match, "w", range(7)) - today.weekday() - 1) % 7 + 1
    return (today + timedelta(days=ahead),)


def next_weekday(match: re.Match[str], today: date) -> Days:
    """For "nästa tisdag", the Tuesday of the next ISO week."""
    return (monday(today) + timedelta(days=7 + _group(match, "w", range(7))),)


def weekday_in_weeks(match: re.Match[str], today: date) -> Days:
    """For "torsdag om två veckor", so many weeks after the nearest one."""
    weeks = number(match.groupdict().get("n") or "1")
    return (weekday(match, today)[0] + timedelta(days=7 * weeks),)


def weekday_of_month(match: re.Match[str], today: date) -> Days:
    """For "första måndagen i november"; the last where that is said."""
    days = [
        day for day in whole_month(match, today) if day.weekday() == _group(match, "w", range(7))
    ]
    place = next((n for n, names in enumerate(_PLACES) if match.group("place") in names), -1)
    return tuple(days[place : place + 1 or None]) if days else ()


def iso_weeks(match: re.Match[str], today: date) -> Days:
    """For "v 14" and "vecka 40 eller 41"."""
    found: list[date] = []
    for week in map(int, re.findall(r"\d+", match.group())):
        year = today.isocalendar().year + (week < today.isocalendar().week)
        try:
            found += span(date.fromisocalendar(year, week, 1), 7)
        except ValueError:
            return ()
    return tuple(found)


def week_ahead(weeks: int) -> Dates:
    """The week so many ahead, or its beginning, middle or end, from today on."""

    def dates(match: re.Match[str], today: date) -> Days:
        week = span(monday(today) + timedelta(days=7 * weeks), 7)
        part = match.groupdict().get("part") or ""
        if part.startswith(("börja", "start", "beginning", "early", "tidigt")):
            week = week[:3]
        elif part.startswith(("slut", "end", "late", "sent")):
            week = week[3:]
        elif part.startswith(("mitten", "mid")):
            week = week[1:4]
        first = today + timedelta(days=part in ("senare", "later"))
        return tuple(day for day in week if day >= first)

    return dates


def this_week(match: re.Match[str], today: date) -> Days:
    """The rest of this week; said at the week-end, it is the coming one."""
    return week_ahead(1 if today.weekday() >= 5 else 0)(match, today)


def weekend(match: re.Match[str], today: date) -> Days:
    """The Saturday and Sunday that come, or those of the next week."""
    saturday = monday(today) + timedelta(days=5)
    if re.match(NEXT, match.group(0)) and today.weekday() < 5:
        saturday += timedelta(days=7 if match.group(0).startswith(("nä", "na", "next")) else 0)
    return tuple(day for day in span(saturday, 2) if day >= today)


def workdays(match: re.Match[str], today: date) -> Days:
    """The working days of the two weeks to come."""
    return tuple(day for day in span(today, 14) if day.weekday() < 5)


def any_day(match: re.Match[str], today: date) -> Days:
    """All days of the two weeks to come, from which others are excepted."""
    return span(today, 14)


def nearest_days(match: re.Match[str], today: date) -> Days:
    """For "de närmaste dagarna"."""
    return span(today, _SOON_DAYS)


def within(unit_days: int) -> Dates:
    """For "inom två veckor", all days until then."""
    return lambda match, today: span(today, unit_days * number(match.group("n")) + 1)


def in_units(unit_days: int) -> Dates:
    """For "om tre dagar"."""

    def dates(match: re.Match[str], today: date) -> Days:
        said = match.groupdict()
        return (today + timedelta(days=unit_days * number(said["n"] or said["n2"])),)

    return dates


def in_months(match: re.Match[str], today: date) -> Days:
    """For "om en månad"."""
    return (_months_ahead(today, number(match.group("n"))),)


def next_month(match: re.Match[str], today: date) -> Days:
    """All of the next month."""
    first = _months_ahead(today.replace(day=1), 1)
    return span(first, (_months_ahead(first, 1) - first).days)


def next_year(match: re.Match[str], today: date) -> Days:
    """All of the next year."""
    return span(date(today.year + 1, 1, 1), 365)


def day_and_month(match: re.Match[str], today: date) -> Days:
    """For "12 maj" and "12/5"."""
    named = match.groupdict()
    month = int(named["month"]) if "month" in named else _group(match, "m", range(1, 13))
    return dated(int(match.group("d")), month, today)


def days_of_month(match: re.Match[str], today: date) -> Days:
    """For "18-20 maj", from the first to the last."""
    month = _group(match, "m", range(1, 13))
    first, last = (dated(int(match.group(name)), month, today) for name in ("d", "e"))
    return span(first[0], (last[0] - first[0]).days + 1) if first and last else ()


def iso_date(match: re.Match[str], today: date) -> Days:
    """For "2026-04-01"."""
    try:
        return (date(int(match.group("y")), int(match.group("m")), int(match.group("d"))),)
    except ValueError:
        return ()


def dated(day: int, month: int, today: date) -> Days:
    """This year's date, or next year's when it is long gone."""
    for year in (today.year, today.year + 1):
        try:
            found = date(year, month, day)
        except ValueError:
            continue
        if found >= today - timedelta(days=_AGO_DAYS):
            return (found,)
    return ()


def day_of_month(match: re.Match[str], today: date) -> Days:
    """For "den 3:e", the next 3rd; in the following month when that is said."""
    word, later = match.group("d"), bool(match.groupdict().get("later"))
    day = int(word) if word.isdigit() else ORDINALS.index(word) + 1
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


def ordinal_of_month(match: re.Match[str], today: date) -> Days:
    """For "tolfte maj"."""
    return dated(ORDINALS.index(match.group("word")) + 1, _group(match, "m", range(1, 13)), today)


def whole_month(match: re.Match[str], today: date) -> Days:
    """A month, or the part of it that is said, from today on."""
    first = dated(28, _group(match, "m", range(1, 13)), today)[0].replace(day=1)
    days = [day for day in span(first, 31) if day.month == first.month]
    part = match.groupdict().get("part") or ""
    if "veck" in part or "week" in part:
        days = days[:7] if part.startswith(("första", "first")) else days[-7:]
    elif part.startswith(("börja", "första", "start", "beginning", "early", "tidigt")):
        days = days[:10]
    elif part.startswith(("slut", "end", "late", "sent")):
        days = days[-10:]
    elif part.startswith(("mitten", "mid")):
        days = days[10:20]
    return tuple(day for day in days if day >= today)


def named_day(of_year: Callable[[int], date], days: int = 1) -> Dates:
    """A day that goes by a name, or that and those after it; next year's when it is over."""

    def dates(match: re.Match[str], today: date) -> Days:
        first = of_year(today.year)
        over = first + timedelta(days=days - 1) < today
        return span(of_year(today.year + 1) if over else first, days)

    return dates
