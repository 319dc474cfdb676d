"""What can be read in a reply: words, clock times, its language, how many parts it takes. Pure.

In: texts. Out: yes or no, or a count. Asked by the judge of evaluated conversations. The definitions
are deliberately plain, so that whoever writes a reply can foresee them.
"""

import re
import unicodedata
from collections.abc import Sequence
from datetime import datetime

from ringback.segments import count

_MONTHS = (
    "jan(?:uari|uary)?|feb(?:ruari|ruary)?|mars|march|mar|apr(?:il)?|maj|may|jun[ie]?|jul[iy]?|"
    "aug(?:usti|ust)?|sep(?:t|tember)?|okt(?:ober)?|oct(?:ober)?|nov(?:ember)?|dec(?:ember)?"
)
_SWEDISH_WORDS = """
och att det är jag du vi ni en ett har för på med inte kan till av om din ditt dig mig hej tack
välkommen tid tider tiden vill ska boka bokad bokat avbokad avbokat avboka ombokad vilken vilket
vilka när hos eller som passar ledig ledigt lediga finns vår våra er gärna tyvärr bra dag dagen
den de då där här kl klockan ja nej kostar tar öppet stängt ringer ringa så men från imorgon
idag måndag tisdag onsdag torsdag fredag lördag söndag hjälpa svara kollega
"""
_ENGLISH_WORDS = """
the and is are you your we our to at for can would with on have has not please thanks thank
booked booking book appointment available which what when time times or of it this that will be
hi hello sorry welcome day yes no from until here there if do does like call back cancelled
moved open closed tomorrow today monday tuesday wednesday thursday friday saturday sunday help
i'm i'll colleague us an
"""
_COMMON = {"sv": frozenset(_SWEDISH_WORDS.split()), "en": frozenset(_ENGLISH_WORDS.split())}


def contains(text: str, needle: str) -> bool:
    """Whether the needle occurs; a digit at its edge touches no other digit.

    Capitals, kinds of dashes and spaces, and separators of thousands make no difference. It is
    looked for once more with all spaces and dashes taken out.
    """
    hay, wanted = _folded(text), _folded(needle)
    return _found(wanted, hay) or _found(_squeezed(wanted), _squeezed(hay))


def segments(text: str) -> int:
    """How many SMS the text takes; what an operator bills may be one more (`ringback.segments`)."""
    if not text:
        return 0
    size = count(text)
    alone, joined = (160, 153) if size.encoding == "gsm7" else (70, 67)
    return 1 if size.units <= alone else -(-size.units // joined)


def is_in(text: str, languages: str | Sequence[str]) -> bool:
    """Whether the text counts as in the language, `sv` or `en`; of several, whether it has a word of any."""
    found = re.findall(r"[^\W\d_]+(?:'[^\W\d_]+)?", _folded(text))
    counts = {language: sum(word in known for word in found) for language, known in _COMMON.items()}
    if not isinstance(languages, str):
        return any(counts[language] for language in languages)
    return counts[languages] == max(counts.values())


def shows_time(text: str, start: datetime) -> bool:
    """Whether the clock time of a local start can be read in the text."""
    hour, minute, hay = start.hour, start.minute, _folded(text)
    half = "a" if hour < 12 else "p"
    # A list shares its last "pm": 1:00, 1:15 or 1:30 pm.
    meridiem = rf"(?:(?: ?(?:,|or|and|&|/|-|to))+ ?\d{{1,2}}(?:[:.]\d\d)?)* ?{half}\.?m\b"
    patterns = [
        rf"(?<!\d)0?{hour}[:.]{minute:02d}(?!\d)",
        rf"(?<!\d){hour % 12 or 12}[:.]{minute:02d}{meridiem}",
    ]
    if minute == 0:
        no_date = rf"(?! ?(?:{_MONTHS})\b|:[ae]\b|st\b|nd\b|rd\b|th\b)"
        patterns.append(rf"(?<![\d:./])0?{hour}(?![\d/]|[:.]\d){no_date}")
        patterns.append(rf"(?<!\d){hour % 12 or 12}{meridiem}")
    return any(re.search(pattern, hay) for pattern in patterns)


def _folded(text: str) -> str:
    """One kind of dash, quote and space, small letters, no separators of thousands."""
    text = unicodedata.normalize("NFKC", text).casefold()
    text = re.sub("[\u2010-\u2015\u2212]", "-", text).replace("\u2019", "'").replace("\u00b4", "'")
    text = re.sub(r"\s+", " ", text).strip()
    return re.sub(r"(?<![\d:.,/])(\d{1,3})[ .](?=\d{3}(?!\d))", r"\1", text)


def _squeezed(text: str) -> str:
    return re.sub(r"[ \-]", "", text)


def _found(needle: str, hay: str) -> bool:
    if not needle:
        return False
    left = r"(?<!\d)" if needle[0].isdigit() else ""
    right = r"(?!\d)" if needle[-1].isdigit() else ""
    return re.search(left + re.escape(needle) + right, hay) is not None
