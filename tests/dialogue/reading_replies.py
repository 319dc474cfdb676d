"""How a checker reads a reply: does it hold a word, a time, how many parts, in which language.

The definitions are those of the acceptance set (tests/data/dialogue).
"""

import re
import unicodedata
from datetime import datetime

_MONTHS = (
    "jan(?:uari|uary)?|feb(?:ruari|ruary)?|mars|march|mar|apr(?:il)?|maj|may|jun[ie]?|jul[iy]?|"
    "aug(?:usti|ust)?|sep(?:t|tember)?|okt(?:ober)?|oct(?:ober)?|nov(?:ember)?|dec(?:ember)?"
)
GSM7 = set(
    "@£$¥èéùìòÇ\nØø\rÅåΔ_ΦΓΛΩΠΨΣΘΞÆæßÉ !\"#¤%&'()*+,-./0123456789:;<=>?"
    "¡ABCDEFGHIJKLMNOPQRSTUVWXYZÄÖÑÜ§¿abcdefghijklmnopqrstuvwxyzäöñüà"
)
GSM7_EXTENDED = set("^{}\\[~]|€\f")
SWEDISH = set(
    [
        "och",
        "att",
        "det",
        "är",
        "jag",
        "du",
        "vi",
        "ni",
        "en",
        "ett",
        "har",
        "för",
        "på",
        "med",
        "inte",
        "kan",
        "till",
        "av",
        "om",
        "din",
        "ditt",
        "dig",
        "mig",
        "hej",
        "tack",
        "välkommen",
        "tid",
        "tider",
        "tiden",
        "vill",
        "ska",
        "boka",
        "bokad",
        "bokat",
        "avbokad",
        "avbokat",
        "avboka",
        "ombokad",
        "vilken",
        "vilket",
        "vilka",
        "när",
        "hos",
        "eller",
        "som",
        "passar",
        "ledig",
        "ledigt",
        "lediga",
        "finns",
        "vår",
        "våra",
        "er",
        "gärna",
        "tyvärr",
        "bra",
        "dag",
        "dagen",
        "den",
        "de",
        "då",
        "där",
        "här",
        "kl",
        "klockan",
        "ja",
        "nej",
        "kostar",
        "tar",
        "öppet",
        "stängt",
        "ringer",
        "ringa",
        "så",
        "men",
        "från",
        "imorgon",
        "idag",
        "måndag",
        "tisdag",
        "onsdag",
        "torsdag",
        "fredag",
        "lördag",
        "söndag",
        "hjälpa",
        "svara",
        "kollega",
    ]
)
ENGLISH = set(
    [
        "the",
        "and",
        "is",
        "are",
        "you",
        "your",
        "we",
        "our",
        "to",
        "at",
        "for",
        "can",
        "would",
        "with",
        "on",
        "have",
        "has",
        "not",
        "please",
        "thanks",
        "thank",
        "booked",
        "booking",
        "book",
        "appointment",
        "available",
        "which",
        "what",
        "when",
        "time",
        "times",
        "or",
        "of",
        "it",
        "this",
        "that",
        "will",
        "be",
        "hi",
        "hello",
        "sorry",
        "welcome",
        "day",
        "yes",
        "no",
        "from",
        "until",
        "here",
        "there",
        "if",
        "do",
        "does",
        "like",
        "call",
        "back",
        "cancelled",
        "moved",
        "open",
        "closed",
        "tomorrow",
        "today",
        "monday",
        "tuesday",
        "wednesday",
        "thursday",
        "friday",
        "saturday",
        "sunday",
        "help",
        "i'm",
        "i'll",
        "colleague",
        "us",
        "an",
    ]
)


def fold(text: str) -> str:
    """One kind of dash, quote and space, lower case, no thousand separators."""
    text = unicodedata.normalize("NFKC", text).casefold()
    text = re.sub("[\u2010-\u2015\u2212]", "-", text).replace("\u2019", "'").replace("\u00b4", "'")
    text = re.sub(r"\s+", " ", text).strip()
    return re.sub(r"(?<![\d:.,/])(\d{1,3})[ .](?=\d{3}(?!\d))", r"\1", text)


def contains(text: str, needle: str) -> bool:
    """Whether the needle occurs; a digit at its edge touches no other digit."""
    hay, wanted = fold(text), fold(needle)
    return _found(wanted, hay) or _found(_squeezed(wanted), _squeezed(hay))


def _squeezed(text: str) -> str:
    return re.sub(r"[ \-]", "", text)


def _found(needle: str, hay: str) -> bool:
    if not needle:
        return False
    left = r"(?<!\d)" if needle[0].isdigit() else ""
    right = r"(?!\d)" if needle[-1].isdigit() else ""
    return re.search(left + re.escape(needle) + right, hay) is not None


def parts(text: str) -> int:
    """How many SMS the text takes."""
    if all(sign in GSM7 or sign in GSM7_EXTENDED for sign in text):
        length = sum(2 if sign in GSM7_EXTENDED else 1 for sign in text)
        return 1 if length <= 160 else -(-length // 153)
    length = len(text.encode("utf-16-be")) // 2
    return 1 if length <= 70 else -(-length // 67)


def is_in(text: str, languages: str | list[str]) -> bool:
    """Whether the text counts as in the language; of a list, whether it has words of any."""
    found = re.findall(r"[^\W\d_]+(?:'[^\W\d_]+)?", fold(text))
    swedish, english = (sum(word in known for word in found) for known in (SWEDISH, ENGLISH))
    if isinstance(languages, list):
        return swedish + english > 0
    return swedish >= english if languages == "sv" else english >= swedish


def shows_time(text: str, start: datetime) -> bool:
    """Whether the clock time of a local start can be read in the text."""
    hour, minute, hay = start.hour, start.minute, fold(text)
    half = "a" if hour < 12 else "p"
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
