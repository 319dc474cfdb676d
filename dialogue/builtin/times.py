"""Times of day in a message: "kl 14", "halv tre", "mellan 9 och 10", "efter jobbet". Pure.

In: a text in normal form whose days have been taken out (dates.py). Out: what it says about the
clock. Two steps: each spoken time is replaced by a mark, `<0>`, `<1>` (the rules `_SPOKEN`, in
order); then the words around the marks tell how it is meant ("efter <0>", "mellan <0> och <1>").

An hour of 12 or less without am or pm has two readings; which one is meant is decided later, by
the opening hours of the day. "Halv tre" is half an hour before three; "half three" is after it.
"""

import re
from dataclasses import dataclass
from datetime import time

from dialogue.builtin.calendar_words import NUMBER, NUMBERS
from dialogue.builtin.words import words

Readings = tuple[time, ...]

_FIRST_DAY_HOUR = 7  # a bound such as "efter 3" with an hour before this means the afternoon
_SPOKEN_ALONE_WORDS = 3  # "nio funkar" is a time; a number word in the midst of a story is not


@dataclass(frozen=True, slots=True)
class Clock:
    """What a text says about the time of day; the bounds are of the start, and are included."""

    exact: Readings = ()
    not_before: time | None = None
    not_after: time | None = None
    bare: bool = False  # only a number, which may be something else than a time
    rest: str = ""  # the text without those words


_H = rf"(?P<h>{NUMBER})"
_M = r"(?P<m>[0-5]\d)"
_AP = r" ?(?P<ap>[ap])\.? ?m\b\.?"
_FIVES = {"fem": 5, "five": 5, "tio": 10, "ten": 10, "tjugo": 20, "twenty": 20}
_FIVE = rf"(?<!from )(?<!between )(?P<five>{'|'.join(_FIVES)}|[5-9]|1\d|2\d) ?(?:min(?:uter|utes)? )?(?P<side>i|över|to|past|after) "
_QUARTERS = {
    "kvart i": -15, "quarter to": -15, "kvart över": 15, "quarter past": 15,
    "halv": -30, "half past": 30, "half": 30,
}  # fmt: skip
_QUARTER = rf"(?:a )?(?P<quarter>{'|'.join(_QUARTERS)}) ?"
_AT = r"(?:\b(?:kl|klockan|klocka|klo|at|vid|ca|cirka|typ|ungefär|runt|omkring|kring|around|about)\b\.? ?|\bkl(?=\d))"
_AFTER = (
    r"efter|after|från(?: och med)?|fr\.? ?o\.? ?m\.?|from|tidigast|(?<!inte )senare än|(?<!no )(?<!not )later than|"
    r"inte (?:före|innan|förrän)|not before"
)
_UNTIL = r"senast|(?:inte senare|(?:no|not) later) (?:än|than)|till och med|fram till|until|inte efter|not after|latest|by"
_BEFORE = r"före|innan|before|tidigare än|earlier than"
_NO_UNIT = (  # what makes a number something else than a clock time
    r"(?![\d%]|[.,:/]\d| ?-?(?:åring|års)| ?(?:kr\b|kronor|sek\b|kilo|kg\b|m2|kvm|min\b|minut|tim\b"
    r"|timm|dag|veck|week|day|hour|år\b|st\b|stycken|km\b|mil\b|person|pers\b|månad|year|gång|mm\b"
    r"|times\b|people|kids?\b|barn\b))"
)
_FREE = (  # no house number, no age
    r"(?<![\d/:.,+<-])(?<!gatan )(?<!vägen )(?<!gata )(?<!väg )(?<!gränd )(?<!torg )(?<!street )(?<!road )"
    r"(?<!åldern )(?<!ages )(?<!aged )"
)

_AFTER_CLOCK = (
    r"(?:passar|funkar|går|blir|vore|skulle|tack|eller|gärna|kanske|helst|hade|works?|would|please|thanks|maybe|"
    r"suits?|sounds?|möjligt|bäst|bättre|istället|instead|ledigt|fint|perfekt|toppen|snälla|också|idag|imorgon|"
    r"finns|även|with)\b"
)

# How a time is spoken. The surest come first; each match becomes a mark.
_SPOKEN = tuple(
    re.compile(pattern)
    for pattern in (
        rf"{_AT}?\b{_FIVE}(?P<quarter>halv) {_H}\b",  # fem över halv tre
        rf"{_AT}?\b{_QUARTER}{_H}\b{_NO_UNIT}(?:{_AP})?",  # kvart i fyra, half past two
        rf"{_AT}?{_FREE}\b(?P<h>\d{{1,2}})[:.]{_M}{_AP}",  # 4.30pm
        rf"{_AT}?{_FREE}\b(?P<h>\d{{1,2}}){_AP}",  # 4 pm
        rf"{_AT}?{_FREE}\b(?P<h>[01]?\d|2[0-4])[:.]{_M}(?![\d]|[:.]\d)",  # 14:30
        rf"{_AT}?\b{_FIVE}{_H}\b{_NO_UNIT}",  # tio i tre
        rf"{_AT}(?P<h>[01]?\d|2[0-4]) ?{_M}\b{_NO_UNIT}",  # kl 1430, kl 14 30
        rf"{_FREE}\b(?P<h>0?[7-9]|1\d|2[0-2]) (?P<m>[03]0|15|45)\b{_NO_UNIT}",  # onsdag 10 45
        rf"{_AT}{_H}(?:an|:an|-?tiden| ?o'?clock)?\b{_NO_UNIT}",  # kl 14, vid tre
        rf"\b{_H}(?:-?tiden|:?an|ish| ?o'?clock)\b",  # 10-tiden, 9:an
        rf"{_FREE}\b{_H}(?= ?(?:-|till|to) ?(?:\d{{1,2}}(?:[:.][0-5]\d)?\b{_NO_UNIT}|<\d>))",  # the 9 of 9-11
        rf"(?<=>-)(?P<h>\d{{1,2}})(?:[:.]{_M})?\b|(?<=> - )(?P<h2>\d{{1,2}})(?:[:.](?P<m2>[0-5]\d))?\b",  # the 11 of 9-11
        rf"(?<=\bmellan )(?P<h>{NUMBER})\b|(?<=\bbetween )(?P<h2>{NUMBER})\b|(?<=\bfrån )(?P<h3>{NUMBER})\b{_NO_UNIT}"
        rf"|(?<=\bfrom )(?P<h4>{NUMBER})\b{_NO_UNIT}",  # the first of two
        rf"(?<=> och )(?P<h>{NUMBER})\b|(?<=> and )(?P<h2>{NUMBER})\b|(?<=> o )(?P<h3>{NUMBER})\b"
        rf"|(?<=> till )(?P<h4>{NUMBER})\b|(?<=> to )(?P<h5>{NUMBER})\b",  # the second of two
        rf"\b(?P<word>{_AFTER}|{_UNTIL}|{_BEFORE}) {_H}\b{_NO_UNIT}",  # efter 16
        rf"\b(?P<word>slutar(?: jobbet| jobba| skolan)?|(?:finish|get off)(?: work)?) {_H}\b{_NO_UNIT}",
        r"\b(?:säga|säger|komma|vara där|make it|we say|come) (?P<h>\d{1,2})\b(?=\W*$| (?:istället|i stället|instead|då|hellre)\b)",
    )
)
_BARE = re.compile(
    rf"{_FREE}\b(?!(?:(?:19|20)\d\d|112|911|1177)\b)(?P<h>2[0-3]|1\d|0?[1-9])(?P<m>[0-5]\d)?\b{_NO_UNIT}(?! ?-)"
    rf"(?! (?!{_AFTER_CLOCK})[^\W\d_]{{4,}})"  # "2 vaccinationer" is no clock time
)
_BARE_WORD = re.compile(
    rf"\b(?!(?:en|ett|a|one)\b){_H}\b{_NO_UNIT}(?! (?!{_AFTER_CLOCK})[^\W\d_]{{3,}})"
)

_BOUND = re.compile(
    rf"\b(?:(?P<after>{_AFTER})|(?P<until>{_UNTIL})|(?P<before>{_BEFORE})) <(?P<at>\d+)>"
)
_FREE_FROM = re.compile(  # "jag jobbar till 16", "I get off work at five"
    r"\b(?:jobbar|arbetar|pluggar|upptagen|upptagna|busy|working|work|away)(?: \w+)? (?:till|tills|until|til|to) <(\d+)>|"
    r"\b(?:slutar|ledig efter|klar|finish\w*|get off|gets? out|off work)(?: jobbet| jobba| work| skolan| school| at| vid| kl)* <(\d+)>"
)

# Parts of the day, as bounds of the start.
_PARTS = tuple(
    (re.compile(rf"\b(?:{phrases})(?!\w)"), not_before, not_after)
    for phrases, not_before, not_after in (
        (r"(?:efter|after) (?:jobbet|jobb|arbetet|work|skolan|school)", time(16), None),
        (r"(?:efter|after) (?:lunch(?:en)?|noon|midday)", time(12), None),
        (r"(?:före|innan|before) (?:lunch(?:en)?|noon|midday)", None, time(11, 59)),
        (r"(?:före|innan|before) (?:jobbet|jobb|arbetet|work|skolan|school)", None, time(8, 59)),
        (r"för ?middag(?:en|ar|arna)?|fm|f\.m\.?", None, time(11, 59)),
        (
            r"(?:så )?sent? (?:på |i )?(?:dan|dagen|eftermiddag(?:en)?|em)(?: som möjligt)?|"
            r"(?:late|later|towards the end) (?:in|of) the (?:day|afternoon)|late afternoons?|end of the day",
            time(15),
            None,
        ),
        (r"efter ?middag(?:en|ar|arna)?|em|e\.m\.?|afternoons?", time(12), None),
        (r"kväll(?:en|ar|arna|stid)?|evenings?|tonight", time(17), None),
        (r"(?:det )?första (?=på (?:morgon|dag))|first thing", None, time(11, 59)),
        (r"morgon(?:en|ar|arna)?|mornings?|bitti|morron", None, time(11, 59)),
        (r"lunch(?:en|tid|time|rasten)?|mitt på da(?:n|gen)", time(11), time(13)),
    )
)
_NOON = re.compile(r"\b(?:at |vid |kl )?(?:noon|midday)\b")


def find_clock(text: str, day_named: bool = False) -> Clock:
    """What a text says about the time of day; `day_named`: its days have been taken out.

    An exact time wins over a part of the day, which then only chooses between its readings:
    "3 på eftermiddagen" is 15:00.
    """
    text, not_before, not_after = _part_of_day(text)
    marked, times = _marked(text)
    rest = re.sub(r"\s+", " ", re.sub(r"<\d+>", " ", marked)).strip()
    if times:
        bounds = _bounds(marked, times)
        if bounds is not None:
            return Clock((), *bounds, rest=rest)
        exact = tuple(one for one in times[0] if _within(one, not_before, not_after))
        return Clock(exact or times[0], rest=rest)
    bare = _bare(text, day_named)
    if bare is not None:
        readings = _readings(bare)
        inside = tuple(one for one in readings if _within(one, not_before, not_after))
        rest = f"{text[: bare.start()]} {text[bare.end() :]}".strip()
        return Clock(inside or readings, bare=True, rest=rest)
    return Clock((), not_before, not_after, rest=text)


def _bare(text: str, day_named: bool) -> re.Match[str] | None:
    """A number without "kl": believed in a short text, or beside a day ("tors 15")."""
    length = len(words(text))
    if length <= _SPOKEN_ALONE_WORDS:
        return _BARE.search(text) or _BARE_WORD.search(text)
    found = _BARE.search(text)
    return found if found and not found.group("m") and (day_named or length <= 5) else None


def _part_of_day(text: str) -> tuple[str, time | None, time | None]:
    for pattern, not_before, not_after in _PARTS:
        if pattern.search(text):
            return pattern.sub(" ", text), not_before, not_after
    return re.sub(r" +", " ", _NOON.sub(" kl 12 ", text)), None, None


def _within(one: time, not_before: time | None, not_after: time | None) -> bool:
    return (not_before or time.min) <= one <= (not_after or time.max)


def _marked(text: str) -> tuple[str, list[Readings]]:
    """The text with its spoken times as marks `<n>`, and their readings."""
    times: list[Readings] = []

    def mark(found: re.Match[str]) -> str:
        readings = _readings(found)
        if not readings:
            return found.group(0)
        times.append(readings)
        word = found.groupdict().get("word")
        return f"{word + ' ' if word else ''}<{len(times) - 1}>"

    for pattern in _SPOKEN:
        text = pattern.sub(mark, text)
    return text, times


def _readings(found: re.Match[str]) -> Readings:
    """The wall times that one spoken time may mean; none when there is no such time."""
    said = {key: value for key, value in found.groupdict().items() if value}
    hour_word = next((said[key] for key in ("h", "h2", "h3", "h4", "h5") if key in said), "")
    hour = int(hour_word) if hour_word.isdigit() else NUMBERS.get(hour_word, 99)
    minute = int(said.get("m") or said.get("m2") or 0) + _QUARTERS.get(said.get("quarter", ""), 0)
    if "five" in said:
        fives = _FIVES.get(said["five"]) or int(said["five"])
        minute += -fives if said["side"] in ("i", "to") else fives
    sure = hour_word.startswith("0")
    if "ap" in said:
        hour, sure = hour % 12 + (12 if said["ap"] == "p" else 0), True
    return _wall_times(hour, minute, sure)


def _wall_times(hour: int, minute: int, sure: bool) -> Readings:
    """As said, then twelve hours later when the hour is a small one; minutes may be below 0."""
    total = hour * 60 + minute
    if not 0 <= hour <= 24 or not 0 <= total <= 24 * 60:
        return ()
    certain = sure or total >= 12 * 60  # nobody means midnight by twelve
    readings = (total % 1440,) if certain else (total, total + 720)
    return tuple(time(minutes // 60, minutes % 60) for minutes in readings)


def _bounds(marked: str, times: list[Readings]) -> tuple[time | None, time | None] | None:
    """The first and last start where the words around the marks set bounds; else None."""
    between = re.search(r"<(\d+)> ?(?:-|och|o|and|till|to|until) ?<(\d+)>", marked)
    if between and not re.search(r"> (?:eller|el|or)(?: [^\W\d_]+)? <", marked):
        end = _in_daytime(times[int(between.group(2))])
        starts = [one for one in times[int(between.group(1))] if one < end]
        return (max(starts), end) if starts else None
    if found := _FREE_FROM.search(marked):
        return _in_daytime(times[int(found.group(1) or found.group(2))]), None
    first = last = None
    for found in _BOUND.finditer(marked):
        at = _in_daytime(times[int(found["at"])])
        if found["after"]:
            first = first or at
        elif found["until"]:
            last = last or at
        else:
            minutes = max(at.hour * 60 + at.minute - 1, 0)
            last = last or time(minutes // 60, minutes % 60)
    if first and last and first > last:  # two wishes rather than one span
        return first, None
    return (first, last) if first or last else None


def _in_daytime(readings: Readings) -> time:
    return next((one for one in readings if one.hour >= _FIRST_DAY_HOUR), readings[-1])
