"""Days that go by a name: Swedish holidays and their eves, in Swedish and English. Pure.

In: a year. Out: the date, or the first of a feast. Whether the company is open then is said by its document alone; this
only tells which day a caller means. Source: lag (1989:253) om allmänna helgdagar; Easter by the
Gregorian computus (Meeus, Astronomical Algorithms, chapter 8).
"""

from collections.abc import Callable
from datetime import date, timedelta


def easter_sunday(year: int) -> date:
    """Easter Sunday of a year in the Gregorian calendar."""
    golden, century, rest = year % 19, year // 100, year % 100
    moon = (8 * century + 13) // 25
    epact = (19 * golden + century - century // 4 - moon + 15) % 30
    offset = (32 + 2 * (century % 4) + 2 * (rest // 4) - epact - rest % 4) % 7
    late = (golden + 11 * epact + 22 * offset) // 451
    month, day = divmod(epact + offset - 7 * late + 114, 31)
    return date(year, month, day + 1)


def _weekday_from(year: int, month: int, day: int, weekday: int) -> date:
    """The first such weekday (0 = Monday) on or after a date."""
    first = date(year, month, day)
    return first + timedelta(days=(weekday - first.weekday()) % 7)


def _easter(days: int) -> Callable[[int], date]:
    return lambda year: easter_sunday(year) + timedelta(days=days)


def _advent(number: int) -> Callable[[int], date]:
    """The Sundays before Christmas; the fourth is the last one before the 25th."""
    return lambda year: _weekday_from(year, 12, 18, 6) - timedelta(days=7 * (4 - number))


def _fixed(month: int, day: int) -> Callable[[int], date]:
    return lambda year: date(year, month, day)


# Pattern for a text in normal form, and the date in a year. Longer names stand before shorter ones.
NAMED_DAYS: tuple[tuple[str, Callable[[int], date]], ...] = (
    (r"skärtorsda\w*|maundy thursday", _easter(-3)),
    (r"långfreda\w*|good friday", _easter(-2)),
    (r"påskafton\w*|holy saturday", _easter(-1)),
    (r"annandag påsk|easter monday", _easter(1)),
    (r"påskdagen|easter sunday", _easter(0)),
    (r"kristi himmels?f?\w*|ascension day", _easter(39)),
    (r"pingstafton\w*", _easter(48)),
    (r"pingst(?:dagen)?|whit sunday", _easter(49)),
    (r"midsommarafton\w*|midsummer'?s? eve", lambda year: _weekday_from(year, 6, 19, 4)),
    (r"midsommardagen|midsummer'?s? day", lambda year: _weekday_from(year, 6, 20, 5)),
    (r"alla helgons dag|all saints'? day", lambda year: _weekday_from(year, 10, 31, 5)),
    (r"trettondagsafton\w*", _fixed(1, 5)),
    (r"trettonda(?:gen|dag jul)|epiphany", _fixed(1, 6)),
    (r"valborg\w*", _fixed(4, 30)),
    (r"första maj|may day", _fixed(5, 1)),
    (r"nationaldagen", _fixed(6, 6)),
    (r"lucia(?:dagen)?", _fixed(12, 13)),
    (r"julafton\w*|christmas eve", _fixed(12, 24)),
    (r"annandag jul|annandagen|boxing day", _fixed(12, 26)),
    (r"juldagen|christmas day", _fixed(12, 25)),
    (r"nyårsafton\w*|new year'?s eve", _fixed(12, 31)),
    (r"nyårsdagen|new year'?s day", _fixed(1, 1)),
    *(
        (rf"{name} (?:söndagen i )?advent", _advent(n))
        for n, name in enumerate(("första", "andra", "tredje", "fjärde"), 1)
    ),
)
# Feasts of several days: the first of them in a year, and how many.
FEASTS: tuple[tuple[str, Callable[[int], date], int], ...] = (
    (r"mellandagarna", _fixed(12, 27), 4),
    (r"(?<!\d )(?<!god )jul(?:en|helgen)?(?! \d)|christmas|xmas", _fixed(12, 24), 3),
    (r"nyår(?:et|shelgen)?|new years?", _fixed(12, 31), 2),
    (r"påsk(?:en|helgen)?|easter", _easter(-2), 4),
    (r"midsommar(?:en|helgen)?|midsummer", lambda year: _weekday_from(year, 6, 19, 4), 2),
)
