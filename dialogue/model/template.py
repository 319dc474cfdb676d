"""The model's own words around what code has written. Pure.

In: the text of an `answer`, with places such as {f1}. Out: the whole reply, its places filled by
code. In its own words a model writes no figure, no number in words, no day, month or "tomorrow", no
amount, no link: whatever can be wrong stands in a place, and a place is filled with what code found.
So a wrong time cannot be written; the guards then look at the whole reply as at anybody's.
"""

import re
import unicodedata
from collections.abc import Iterator

from dialogue.guards.reasons import Reason, Refusal
from dialogue.model.ids import Ids
from dialogue.turns import Situation

PLACE = re.compile(r"\{([tbfp]\d{1,3})\}")
_DAYS = (
    "måndag|tisdag|onsdag|torsdag|fredag|lördag|söndag|monday|tuesday|wednesday|thursday|friday|saturday|"
    "sunday|januari|february?|februari|march|april|maj|juni?|juli|august[i]?|september|oktober|october|"
    "november|december|january|june|july"
)
_FEASTS = r"jul\w*afton|nyår\w*|midsommar\w*|påsk\w*|juldag\w*|valborg\w*|christmas\w*|easter\w*|new year\w*"
# What states a fact: it needs a sentence or a proposal beside it.
_STATES = re.compile(
    r"\b(?:öppet|öppnar|stängt|stänger|ledig\w*|fullbok\w*|kostar|ingår|open|opens|closed?|closes|available|vacant|"
    r"fully booked|costs?|included)\b",
    re.IGNORECASE,
)
_NEAR = (
    r"i ?morgon|imorn|i ?övermorgon|i ?dag|i ?kväll|i ?eftermiddag|nästa (?:vecka|månad)|tomorrow|today|"
    r"tonight|next (?:week|month)|(?:this|in the) (?:morning|afternoon|evening)|midday|noon|midnight|kvart|halv"
)
_NUMBERS = (
    "två|tre|fyra|fem|sex|sju|åtta|nio|tio|elva|tolv|tretton|fjorton|femton|sexton|sjutton|arton|nitton|"
    "tjugo\\w*|trettio\\w*|fyrtio\\w*|femtio\\w*|sextio\\w*|sjuttio\\w*|åttio\\w*|nittio\\w*|hundra\\w*|tusen\\w*|"
    "two|three|four|five|six|seven|eight|nine|ten|eleven|twelve|\\w+teen|twenty\\w*|thirty\\w*|forty\\w*|fifty\\w*|"
    "sixty\\w*|seventy\\w*|eighty\\w*|ninety\\w*|hundreds?|thousands?|dussin|dozen"
)
_OWN_WORDS = (
    (re.compile(r"\d|[½¼¾]"), Reason.NUMBER),
    (re.compile(rf"\b(?:{_DAYS})(?:en|s|ar|e)?\b", re.IGNORECASE), Reason.DATE),
    (re.compile(rf"\b(?:{_FEASTS})\b", re.IGNORECASE), Reason.DATE),
    (re.compile(rf"\b(?:{_NEAR})\b", re.IGNORECASE), Reason.TIME),
    (re.compile(rf"\b(?:{_NUMBERS})\b", re.IGNORECASE), Reason.NUMBER),
    (re.compile(r"\b(?:kr|kronor|sek|eur|euros?|dollars?|procent|percent)\b|[€$£%]", re.IGNORECASE), Reason.PRICE),
    (re.compile(r"https?:|www\.|@|\b\w+\.(?:se|com|nu|net|org)\b", re.IGNORECASE), Reason.LINK),
    (re.compile(r"[{}<>\[\]]"), Reason.INTERNAL),
)  # fmt: skip


def broken_words(text: str, situation: Situation, rests: bool) -> Iterator[Refusal]:
    """What the model wrote that only code may write; names of people and services are exempt.

    Args:
        text: Its own words, with places.
        situation: Of the turn.
        rests: Whether texts that code has written stand beside it.
    """
    own = PLACE.sub(" ", text)
    business = situation.business
    for name in (*business.resources, *(name for one in business.services for name in one.names)):
        own = re.sub(rf"(?<!\w){re.escape(name)}(?!\w)", " ", own, flags=re.IGNORECASE)
    for pattern, reason in _OWN_WORDS:
        if match := pattern.search(own):
            yield Refusal(reason, match.group())
    if not rests and not PLACE.search(text) and (match := _STATES.search(own)):
        yield Refusal(Reason.GROUNDLESS, match.group())
    if any(sign.isalpha() and "LATIN" not in unicodedata.name(sign, "") for sign in own):
        yield Refusal(Reason.LANGUAGE, "letters")


def filled(text: str, ids: Ids, written: dict[str, str]) -> str:
    """The reply: places filled, and what the model left out of the proposals added at the end.

    Args:
        text: Of the model, found free of what it may not write.
        ids: Of this turn; a place that names none of them stays, and the guards refuse it.
        written: What stands for times and bookings.
    """
    used = set(PLACE.findall(text))
    known = {**ids.sentences, **ids.proposals, **written}
    reply = PLACE.sub(lambda place: known.get(place.group(1), place.group()), text)
    forgotten = [said for key, said in ids.proposals.items() if key not in used and said]
    return " ".join([reply.strip(), *forgotten]).strip()
