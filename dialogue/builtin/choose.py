"""Choosing among the offered times: "den andra", "2", "the last one", "kl 14 blir bra". Pure.

In: a text in normal form, what it says about when, and the slots that were offered last.
Out: a `Choice`: the slot that it points at, and whether it plainly takes it. What is pointed at but
not plainly taken ("kan jag få den andra?") is put to the caller for a yes; what is pointed at in a
denial ("inte den första", "1 passar inte") is refused.
"""

import re
from dataclasses import dataclass
from datetime import time, tzinfo

from dialogue.builtin.assent import asks, denies, doubts, only_courtesy
from dialogue.builtin.denied import Parted
from dialogue.builtin.when import PARTY, Heard
from dialogue.builtin.words import listed, plain, same_but_for_a_slip
from ringback.bookings import Slot

_ORDINALS = (
    r"först[aeo]\w*|1:?a|first|1st|etta|ettan",
    r"andra|2:?a|second|2nd|tvåa|tvåan|mittersta|mitten(?:tiden)?|middle",
    r"tredje|3:?e|third|3rd|trea|trean",
    r"fjärde|4:?e|fourth|4th|fyran",
)
_NO_ORDINAL = (  # "första veckan", "1:a april", "första gången"
    r"veck|week|gång|time|bästa|lediga|möjliga|dag|da[yn]|of\b|jan|feb|mar|apr|maj|may|jun|jul|aug|"
    r"sep|okt|oct|nov|dec"
)
_ORDINAL = tuple(re.compile(rf"\b(?:{names})\b(?! (?:{_NO_ORDINAL}))") for names in _ORDINALS)
_LAST = re.compile(
    r"\b(?:sista|sist|last|senaste|latest|latter)\b(?! (?:minute|minuten|gången|time))|"
    r"(?:^|\btar? )den senare\b(?! (?:på|tid))"
)
_EARLIEST = re.compile(r"\b(?:tidigaste|tidigast|earliest|närmaste|soonest)\b")
_ANY = re.compile(
    r"\b(?:vilken|vilket) som(?: helst)?\b|\bspelar ingen roll\b|\b(?:either|any)(?: of them|"
    r" one)?(?: is| works)?\b|\bdu (?:får )?väljer?\b|\b(?:båda|alla|både) (?:går|funkar|"
    r"passar)\b|\bvalfri\b|\bdoesn't matter\b"
)
_THE_ONE = re.compile(r"\b(?:den|tiden|the one|that one|it|jag tar|i'll take|boka|book)\b")
_NUMBER_WORDS = {
    "en": 1, "ett": 1, "one": 1, "två": 2, "tva": 2, "two": 2, "tre": 3, "three": 3, "fyra": 4,
    "four": 4, "fem": 5, "five": 5, "sex": 6, "six": 6,
}  # fmt: skip
_NUMBER = rf"(?P<n>\d{{1,2}}|{'|'.join(_NUMBER_WORDS)})"
_NAMED_NUMBER = re.compile(
    rf"(?:\b(?:nr|nummer|alternativ|option|number|no|val)\.? ?|# ?){_NUMBER}(?::?an|:?[ae])?\b(?![:.]\d)"
)
_AS_NOUN = re.compile(r"\b(?P<n>[1-9]):?an\b")  # "3:an" is the third, not three o'clock
_LISTED = re.compile(
    r"\b(?P<n>[1-6])\)|^(?P<m>[1-6])(?= (?:eller|or|passar|funkar|går|är|works|is|blir)\b)"
)
_ALONE = re.compile(
    rf"(?:(?:ja\w?|yes|ok\w*|jag|då|i'll|take|den|det|ta|tar|the|väljer|choose|med|hej|hm+|vi|blir|"
    rf"kör|kan|inte|ej|not|boka|book) )*{_NUMBER}"
    r"(?: (?:tack\w*|please|thanks|gärna|bra|passar|funkar|går|är|då|kör|vi|på|one|is|fine|works|"
    r"blir|det|den|inte|ej|not|så|mycket|snälla|good|perfekt|toppen|tror|jag))*"
)
_NEAR_MIN = 60  # who has a meeting at two has none to spare at half past
_AS_HOUR = 7  # a bare number from here on is rather an hour
_PICKING = re.compile(
    r"\b(?:den senare|forst\w*|andra|tredje|fjarde|sista|senaste|tidigaste?|narmaste|mittersta|mitten(?:tiden)?|sist|first|second|"
    r"third|fourth|last|latest|latter|earliest|soonest|middle|ettan?|tvaan?|trean?|fyran|"
    r"en|ett|tva|tre|fyra|one|two|three|four|\d{1,2}:?[ae]?|1st|2nd|3rd|4th|(?:nr|nummer)\d?|\dan|alternativ|"
    r"option|number|vilken som(?: helst)?|vilket som(?: helst)?|spelar ingen roll|eller|or|either|any|"
    r"doesn't matter|av (?:dem|dom|de|dessa)|of (?:them|those|these)|tar|ta|take|valjer|choose|boka|book|tiden|tider|den|slot|time|"
    r"appointment|i'll|have|gar|fint|blir|passar(?: bast)?|funkar|bast|best|tack|istallet|instead|va|"
    r"hellre|garna|got|get|alternativet|klockan|kl|min|at)\b"
)


_BESIDE = re.compile(  # says nothing against the choice that follows, or which list it is from
    r"\b(?:båda|bägge|alla|allt|either|both|all)(?: \w+){0,2} (?:går|funkar|passar|är|works?|is|are)(?: (?:bra|fint|ok|fine|good))?"
    r"(?:[ ,.]+(?:men|but|så|so)\b)?|\bspelar ingen roll(?: (?:vilken|vilket|för mig))?|\bdoesn't matter(?: which)?|"
    r"\b(?:som )?(?:du|ni) (?:föreslog|föreslår|skrev|nämnde|hade|gav|erbjöd)\b|\b(?:that )?you (?:suggested|offered|mentioned|had)\b"
)
_SLIPPED = listed("första andra tredje fjärde sista first second third fourth")
_FIRST_FREE = re.compile(r"\b(?:basta|lediga|mojliga)\b")


def with_ordinals(text: str) -> str:
    """A text in normal form with slips in ordinals put right: "den fösta", "förste"."""

    def mended(found: re.Match[str]) -> str:
        word = found.group()
        return next((one for one in _SLIPPED if same_but_for_a_slip(word, one)), word)

    return re.sub(r"\b[fast][^\W\d_]{4,6}\b", mended, text)


def only_picks(text: str) -> bool:
    """Whether a text in normal form holds nothing but a choice among what was offered."""
    return only_courtesy(_FIRST_FREE.sub(" ", plain(text)), _PICKING, frozenset())


@dataclass(frozen=True, slots=True)
class Choice:
    """What a text does with the offered slots."""

    slot: Slot | None = None
    sure: bool = False  # takes it with no word of doubt, question or anything else
    refused: tuple[Slot, ...] = ()  # pointed at, and denied
    no_such: bool = False  # a number that is not in the list


def choice(
    text: str,
    parted: Parted,
    offered: tuple[Slot, ...],
    zone: tzinfo,
    resource: str = "",
    names: frozenset[str] = frozenset(),
) -> Choice:
    """What a text in normal form picks of the offered slots.

    Args:
        text: The message in normal form.
        parted: What it says about when, and what it denies.
        offered: The slots offered last, in their order.
        zone: The company's zone.
        resource: The one that the text names, or "".
        names: Words of services and people, which may stand beside a choice.
    """
    heard = parted.heard
    if not offered or heard.other_times or PARTY.search(text):
        return Choice()
    if _place(rest := _BESIDE.sub(" ", text).strip(" ,."), len(offered)) is not None:
        text = rest
    if denies(text) or parted.refused.anything:
        instead = _pointed_at(parted.kept, heard, offered, zone, resource) if parted.kept else None
        return Choice(instead, refused=_refused(text, parted.refused, offered, zone))
    number = bare_number(text)
    if number is not None and number > len(offered) and not _is_hour(text, number):
        hours = [slot for slot in offered if _begins_at(slot, number, zone)]
        is_hour = len(hours) == 1 and not _NAMED_NUMBER.search(text)
        return Choice(hours[0]) if is_hour else Choice(no_such=True)
    slot = _pointed_at(text, heard, offered, zone, resource)
    open_choice = bool(_ANY.search(text))
    doubtful = asks(text) or (doubts(text) and not open_choice)
    left = heard.rest if heard.when.exact and not heard.bare_clock else text
    return Choice(slot, sure=not doubtful and only_courtesy(left, _PICKING, names))


def bare_number(text: str) -> int | None:
    """The number that stands alone in a text, or is named as one of a list."""
    bare = re.sub(r"[^\w#:)]+", " ", text).strip()
    found = (
        _NAMED_NUMBER.search(bare) or _AS_NOUN.search(bare) or _ALONE.fullmatch(bare.rstrip(")"))
    )
    word = found.group("n") if found else ""
    listed = None if found else _LISTED.search(bare)
    if listed:
        word = listed.group("n") or listed.group("m")
    return (int(word) if word.isdigit() else _NUMBER_WORDS[word]) if word else None


def pointed_place(text: str, count: int) -> int | None:
    """The index, of so many that were listed, that a text names: "2", "den andra", "den sista"."""
    if count and _LAST.search(text):
        return count - 1
    return _place(text, count)


def _begins_at(slot: Slot, hour: int, zone: tzinfo) -> bool:
    """Whether it begins at this full hour of twelve: "ta fem" of 16:00, 16:30 and 17:00."""
    local = slot.starts_at.astimezone(zone)
    return local.minute == 0 and local.hour % 12 == hour % 12


def _is_hour(text: str, number: int) -> bool:
    return number >= _AS_HOUR and not _NAMED_NUMBER.search(text)


def _refused(
    text: str, refused: Heard, offered: tuple[Slot, ...], zone: tzinfo
) -> tuple[Slot, ...]:
    """The offered slots that a denial points at."""
    place = _place(text, len(offered))
    if place is not None:
        return (offered[place],)
    if _LAST.search(text):
        return offered[-1:]
    if refused.when.days or refused.when.exact:
        fitting = tuple(slot for slot in offered if _fits(slot, refused, zone, ""))
        return fitting or tuple(slot for slot in offered if near(slot, refused.when.exact, zone))
    return ()


def near(slot: Slot, clock: tuple[time, ...], zone: tzinfo) -> bool:
    """Whether a slot begins less than an hour from one of these times of day."""
    local = slot.starts_at.astimezone(zone)
    minutes = local.hour * 60 + local.minute
    return any(abs(minutes - one.hour * 60 - one.minute) < _NEAR_MIN for one in clock)


def _pointed_at(
    text: str, heard: Heard, offered: tuple[Slot, ...], zone: tzinfo, resource: str
) -> Slot | None:
    """The slot that a text points at: by its place in the list, its clock time, day or resource.

    A day alone only points in "the one on Friday", since it may as well ask for more times.
    """
    place = _place(text, len(offered))
    if place is not None:
        return offered[place]
    fitting = [slot for slot in offered if _fits(slot, heard, zone, resource)]
    if not fitting or heard.when.not_before or heard.when.not_after:
        return None
    named = bool(heard.when.exact or resource or (heard.when.days and _THE_ONE.search(text)))
    if named and len(fitting) == 1:
        return fitting[0]
    if _LAST.search(text):
        return fitting[-1]
    if _EARLIEST.search(text):
        return min(fitting, key=lambda slot: slot.starts_at)
    if heard.when.has_clock or heard.later or heard.earlier:
        return None
    return fitting[0] if _ANY.search(text) else None


def _place(text: str, count: int) -> int | None:
    """The index that an ordinal or a bare small number names."""
    number = bare_number(text)
    if number is not None:
        return number - 1 if 1 <= number <= count else None
    bare = re.sub(r"[^\w#:]+", " ", text).strip()
    for index, ordinal in enumerate(_ORDINAL[:count]):
        if ordinal.search(bare):
            return index
    return None


def _fits(slot: Slot, heard: Heard, zone: tzinfo, resource: str) -> bool:
    local, when = slot.starts_at.astimezone(zone), heard.when
    if when.days and not any(day == local.date() for day in when.days):
        return False
    if resource and slot.resource != resource:
        return False
    return not when.exact or local.time().replace(fold=0) in when.exact
