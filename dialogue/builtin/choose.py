"""Yes, no, and choosing among the offered times: "den andra", "2", "the last one", a thumb up. Pure.

In: a text in normal form, what it says about when, and the slots that were offered last.
Out: the chosen slot or slots, or None when the text chooses nothing.
"""

import re
from dataclasses import dataclass
from datetime import tzinfo

from dialogue.builtin.when import Heard
from ringback.bookings import Slot

_YES = re.compile(
    r"^(?:(?:men|jo|ok|okej|åh|oh|hej|super|well)[ ,!.]+)?(?:ja\w{0,2}|japp\w*|jadå|"
    r"jajamen\w*|jajjemän|javisst|jepp|jo|joo|yes\w*|yep|yeah|yup|sure|ok(?:ej|ey|ay|i)?|"
    r"okidoki|perfekt\w*|perfect\w*|kör\w*|gärna|absolut\w*|visst|självklart|toppen|"
    r"kanon\w*|super\w*|utmärkt|finemang|great|good|fine|lovely|excellent|stämmer|"
    r"bekräfta\w*|confirm\w*|deal|done|klart|tack gärna|bra|fint|y|j)\b|👍|✅|👌|🙏|😊$|\b(?:det|"
    r"den|tiden|that|it|funkar|går|blir|låter|sounds|works|passar) (?:\w+ )?(?:går |blir |"
    r"låter |funkar |passar |sounds |works |is |'s )?(?:bra|fint|perfekt\w*|utmärkt|good|"
    r"great|fine|perfect\w*|toppen|kanon)\b|\bkör (?:på|vi)\b|\bvi kör\b|\b(?:det|den|"
    r"that) (?:funkar|passar|works|stämmer)\b|\bboka (?:den|det|in|båda|gärna|bägge)\b|"
    r"\bbook (?:it|that|them|both)\b|\bi'll take\b|\b(?:jag )?tar (?:den|det|båda)\b|"
    r"\bta (?:den|det|båda)\b|\bgo ahead\b|\bplease do\b|\bdo it\b|^(?:funkar|passar|"
    r"works)\b|\bsvar ja\b|\bja tack\b|\byes please\b"
)
_NO = re.compile(
    r"^(?:nej\w*|nä\w{0,2}|nix|no|nope|nah|inte)\b|\b(?:passar|funkar|går|kan|"
    r"hinner) (?:tyvärr |det |jag |mig )*(?:inte|ej|dåligt)\b|\b(?:doesn't|don't|won't|"
    r"can't|not) (?:work|suit|make|possible)\b|\bingen av\b|\bnone of\b|\bneither\b|👎|"
    r"\binte (?:bra|längre)\b|\bbehåll\w*|\bkeep it\b|\bstrunt\w*|\bglöm det\b|"
    r"\bnever ?mind\b"
)
_ORDINALS = (
    r"först\w*|1:?a|first|1st|etta|ettan",
    r"andra|2:?a|second|2nd|tvåa|tvåan|mittersta|middle",
    r"tredje|3:?e|third|3rd|trean?",
    r"fjärde|4:?e|fourth|4th|fyran",
)
_NO_ORDINAL = (  # "första veckan", "1:a april", "första gången"
    r"veck|week|gång|time|bästa|lediga|möjliga|dag|da[yn]|of\b|jan|feb|mar|apr|maj|may|jun|jul|aug|"
    r"sep|okt|oct|nov|dec"
)
_POINTING = (
    r"(?:den|det|ta|tar|nr|nummer|alternativ|option|number|no|the|tid|#|på|väljer|choose|med)\.? ?"
)
_LAST = re.compile(r"\b(?:sista|last|senaste|latest|latter)\b(?! (?:minute|minuten|gången|time))")
_THE_ONE = re.compile(r"\b(?:den|tiden|the one|that one|it|jag tar|i'll take|boka|book)\b")
_EARLIEST = re.compile(r"\b(?:tidigaste|tidigast|earliest|närmaste|soonest)\b")
_ANY = re.compile(
    r"\b(?:vilken|vilket) som helst\b|\bspelar ingen roll\b|\b(?:either|any)(?: of them|"
    r" one)?(?: is| works)?\b|\bdu (?:får )?väljer?\b|\b(?:båda|alla|både) (?:går|funkar|"
    r"passar)\b|\bvalfri\b|\bdoesn't matter\b"
)
_NUMBER_WORDS = {
    "en": 1,
    "ett": 1,
    "one": 1,
    "två": 2,
    "tva": 2,
    "two": 2,
    "tre": 3,
    "three": 3,
    "fyra": 4,
    "four": 4,
}
_POLITE = (
    r"(?: ?(?:tack\w*|please|thanks|gärna|blir bra|passar\w*|funkar\w*|går bra|är bra|då|"
    r"kör vi på|one|is fine|works))*"
)


@dataclass(frozen=True, slots=True)
class Answer:
    """How a text answers an open question."""

    yes: bool = False
    no: bool = False


def answer(text: str) -> Answer:
    """Whether a text in normal form says yes or no; a no beside a yes wins."""
    no = bool(_NO.search(text))
    return Answer(yes=not no and bool(_YES.search(text)), no=no)


def chosen(
    text: str, heard: Heard, offered: tuple[Slot, ...], zone: tzinfo, resource: str = ""
) -> Slot | None:
    """The offered slot that a text in normal form picks; None when it picks none or is unsure.

    A number is first tried as a place in the list, then as an hour. A clock time or a resource
    picks when exactly one offered slot fits; a day alone only in "the one on Friday", since it may
    as well ask for more times of that day.
    """
    if not offered or heard.other_times:
        return None
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
    bare = re.sub(r"[^\w#:]+", " ", text).strip()
    number = re.fullmatch(
        rf"(?:ja\w? |yes |ok\w* |jag )?(?:{_POINTING})*(?P<n>\d|en|ett|one|två|tva|two|tre|three|fyra|four){_POLITE}",
        bare,
    )
    if number:
        word = number.group("n")
        place = int(word) if word.isdigit() else _NUMBER_WORDS[word]
        return place - 1 if 1 <= place <= count else None
    for index, names in enumerate(_ORDINALS[:count]):
        if re.search(rf"\b(?:{names})\b(?! (?:{_NO_ORDINAL}))", bare):
            return index
    return None


def _fits(slot: Slot, heard: Heard, zone: tzinfo, resource: str) -> bool:
    local, when = slot.starts_at.astimezone(zone), heard.when
    if when.days and not any(day == local.date() for day in when.days):
        return False
    if resource and slot.resource != resource:
        return False
    return not when.exact or local.time().replace(fold=0) in when.exact
