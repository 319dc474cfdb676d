"""Every time, date, price, number and address in a reply has a ground. Pure.

In: a reply without the company's own words, and its grounds. Out: what has none. Figures are taken
out one kind after the other, the most telling first; a figure that is left over at the end is none
that we know, and is refused. Numbers in words ("halv tre", "hundra kronor") have no ground at all:
code writes figures.
"""

import re
from collections.abc import Iterator
from datetime import date, datetime, time

from dialogue.builtin.replies import fitted
from dialogue.guards.grounds import CLOCK, Grounds, amounts_in
from dialogue.guards.quoting import SENTENCE_END
from dialogue.guards.reasons import Reason, Refusal
from ringback.business import Business

_WEEKDAYS = (
    ("måndag", "tisdag", "onsdag", "torsdag", "fredag", "lördag", "söndag"),
    ("monday", "tuesday", "wednesday", "thursday", "friday", "saturday", "sunday"),
)
_MONTHS = (
    "januari|january", "februari|february", "mars|march", "april", "maj|may", "juni|june",
    "juli|july", "augusti|august", "september", "oktober|october", "november", "december",
)  # fmt: skip
_DATE = re.compile(
    rf"(?:(?P<weekday>{'|'.join(name for names in _WEEKDAYS for name in names)})(?:en|s)? (?:den )?)?"
    rf"(?P<day>\d{{1,2}})(?::[ae]|st|nd|rd|th)?(?: of)? (?P<month>{'|'.join(_MONTHS)})\b"
    r"(?:,? (?:kl\.? ?|klockan |at )?(?P<hour>\d{1,2})[:.](?P<minute>\d{2}))?",
    re.IGNORECASE,
)
_ODD_DATE = re.compile(r"\b\d{4}-\d{2}-\d{2}\b|(?<!\d)\d{1,2}/\d{1,2}(?!\d)")
_HOUR = re.compile(
    r"\b(?:kl\.?|klockan|at|efter|after|före|before) ?(\d{1,2})\b(?![:.]\d)", re.IGNORECASE
)
_MERIDIEM = re.compile(r"\b(\d{1,2})(?:[:.](\d{2}))? ?([ap])\.?m\b", re.IGNORECASE)
_MONEY = re.compile(
    r"(?:(?:kr|sek|eur|usd)\.? ?|[€$£])(\d[\d .,]*)|"
    r"(\d[\d .,]*?) ?(?:kr|kronor|sek|spänn|eur|euros?|usd|dollars?)\b|(\d[\d .]*?):-|(\d[\d .]*?) ?[€$£]",
    re.IGNORECASE,
)
_PERCENT = re.compile(
    r"\d+(?:[.,]\d+)? ?(?:%|procent|percent)|\b(?:procent|percent)\b", re.IGNORECASE
)
_LINK = re.compile(
    r"https?:|www\.|\S+@\S+|\b[\w-]+\.(?:se|com|nu|net|org|io|eu|info)\b", re.IGNORECASE
)
_STREET = re.compile(
    r"\b[A-ZÅÄÖ][^\W\d_]*(?:gatan|vägen|torget|gränd|allén|stigen|backen|plan)\b|"
    r"\b[A-Z]\w+ (?:Street|Road|Avenue|Square)\b"
)
_LISTED = re.compile(r"(?<![\w.])[1-9]\)")
_COUNT_WORDS = (
    "två|tre|fyra|fem|sex|sju|åtta|nio|tio|elva|tolv|femton|tjugo|trettio|fyrtio|femtio|hundra|tusen|"
    "two|three|four|five|six|seven|eight|nine|ten|eleven|twelve|fifteen|twenty|thirty|forty|fifty|"
    "hundred|thousand"
)
_CLOCK_WORDS = re.compile(
    rf"\b(?:kl\.?|klockan|halv|at|half past|kvart (?:i|över)|quarter (?:to|past)) (?:ett|one|{_COUNT_WORDS})\b|"
    r"\bo'clock\b|\b(?:at )?(?:noon|midnight)\b|\bmidnatt\b",
    re.IGNORECASE,
)
_MONEY_WORDS = re.compile(
    rf"\b(?:{_COUNT_WORDS}|\w+(?:hundra|tusen)\w*) ?(?:kr|kronor|spänn|kr\.|dollars?|euros?)\b|"
    r"\b(?:hundra|tusen|hundred|thousand|hundralapp\w*|tusenlapp\w*)\b|\w+(?:hundra|tusen)\b",
    re.IGNORECASE,
)


def ungrounded(
    reply: str, nameless: str, allowed: Grounds, business: Business
) -> Iterator[Refusal]:
    """What the reply says that nothing bears out.

    Args:
        reply: Without the company's own words.
        nameless: The same without the names of the company, its people and what it sells.
        allowed: What it may say.
        business: The company.
    """
    yield from _wrong_prices(reply, business, allowed)
    rest = nameless
    for pattern, reason, holds in (
        (_LINK, Reason.LINK, _never),
        (_PERCENT, Reason.PERCENT, _never),
        (_MONEY, Reason.PRICE, _price),
        (_DATE, Reason.DATE, _date),
        (_ODD_DATE, Reason.DATE, _never),
        (_MERIDIEM, Reason.TIME, _meridiem),
        (CLOCK, Reason.TIME, _clock),
        (_HOUR, Reason.TIME, _clock),
        (_CLOCK_WORDS, Reason.TIME, _never),
        (_MONEY_WORDS, Reason.PRICE, _never),
        (_STREET, Reason.ADDRESS, _never),
    ):
        found = list(pattern.finditer(rest))
        yield from (Refusal(reason, one.group()) for one in found if not holds(one, allowed))
        if found:
            rest = pattern.sub(" ", rest)
    for number in re.findall(r"\d+", _LISTED.sub(" ", rest)):
        if len(number) > 6 or int(number) not in allowed.numbers:
            yield Refusal(Reason.NUMBER, number)


def shows(reply: str, local: datetime) -> bool:
    """Whether the clock time of a booking can be read in the reply."""
    clocks = {(int(m.group(1)), int(m.group(2))) for m in CLOCK.finditer(reply)}
    hours = {int(m.group(1)) for m in _HOUR.finditer(reply)}
    return (local.hour, local.minute) in clocks or (local.minute == 0 and local.hour in hours)


def moments_in(reply: str) -> Iterator[tuple[int, int, time | None]]:
    """Every date in the reply: day, month, and the clock time beside it."""
    for match in _DATE.finditer(reply):
        hour = match.group("hour")
        clock = _time(int(hour), int(match.group("minute"))) if hour else None
        yield int(match.group("day")), _month(match.group("month")), clock


def _wrong_prices(reply: str, business: Business, allowed: Grounds) -> Iterator[Refusal]:
    """A price beside the name of a service that costs something else."""
    quoted = allowed.prices - {one.price_sek for one in business.services}
    for sentence in SENTENCE_END.split(reply):
        amounts = list(amounts_in(sentence))
        if not amounts:
            continue
        named = [
            one
            for one in business.services
            if any(fitted(name).casefold() in sentence.casefold() for name in one.names)
        ]
        right = quoted | {one.price_sek for one in named}
        for amount in amounts if named else ():
            if amount not in right:
                yield Refusal(Reason.PRICE, sentence)


def _never(match: re.Match[str], allowed: Grounds) -> bool:
    return False


def _price(match: re.Match[str], allowed: Grounds) -> bool:
    figures = re.sub(r"\D", "", next(group for group in match.groups() if group))
    swedish = re.search(r"kr|kronor|sek|:-", match.group(), re.IGNORECASE)
    return bool(swedish) and int(figures or 0) in allowed.prices


def _date(match: re.Match[str], allowed: Grounds) -> bool:
    """Whether the date is one to speak of, its weekday right and the time beside it known."""
    weekday, hour = match.group("weekday"), match.group("hour")
    clock = _time(int(hour), int(match.group("minute"))) if hour else None
    if hour and clock is None:
        return False
    for year in (allowed.first.year, allowed.first.year + 1):
        try:
            day = date(year, _month(match.group("month")), int(match.group("day")))
        except ValueError:
            continue
        right = not weekday or weekday.casefold() in (names[day.weekday()] for names in _WEEKDAYS)
        spoken_of = allowed.first <= day <= allowed.last or day in allowed.dates
        known = clock is None or datetime.combine(day, clock) in allowed.moments
        if right and spoken_of and known:
            return True
    return False


def _clock(match: re.Match[str], allowed: Grounds) -> bool:
    minute = match.group(2) if match.re is CLOCK else "0"
    return _time(int(match.group(1)), int(minute)) in allowed.times


def _meridiem(match: re.Match[str], allowed: Grounds) -> bool:
    hour = int(match.group(1)) % 12 + (12 if match.group(3).casefold() == "p" else 0)
    return _time(hour, int(match.group(2) or 0)) in allowed.times


def _time(hour: int, minute: int) -> time | None:
    return time(hour, minute) if hour < 24 and minute < 60 else None


def _month(name: str) -> int:
    found = (n for n, names in enumerate(_MONTHS, 1) if name.casefold() in names.split("|"))
    return next(found)
