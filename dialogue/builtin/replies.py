"""Every text that is sent, in Swedish and English, and how dates and times are written. Pure.

In: a key of `TEXTS`, the language and values. Out: one short text in the alphabet of plain SMS
(GSM-7) of at most four parts. Weekday, date and time are always written from the moment itself.
"""

import unicodedata
from datetime import date, datetime, time
from functools import lru_cache
from zoneinfo import ZoneInfo

from dialogue.builtin.texts import TEXTS
from dialogue.builtin.words import listed

_WEEKDAYS = (
    listed("måndag tisdag onsdag torsdag fredag lördag söndag"),
    listed("Monday Tuesday Wednesday Thursday Friday Saturday Sunday"),
)
_MONTHS = (
    listed("januari februari mars april maj juni juli augusti september oktober november december"),
    listed("January February March April May June July August September October November December"),
)
GSM7 = frozenset(
    "@£$¥èéùìòÇ\nØø\rÅåΔ_ΦΓΛΩΠΨΣΘΞÆæßÉ !\"#¤%&'()*+,-./0123456789:;<=>?"
    "¡ABCDEFGHIJKLMNOPQRSTUVWXYZÄÖÑÜ§¿abcdefghijklmnopqrstuvwxyzäöñüà"
)
_SAME_IN_GSM7 = str.maketrans(
    {"\u2013": "-", "\u2014": "-", "\u2019": "'", "\u2018": "'", "\u201c": '"', "\u201d": '"',
     "\u2026": "...", "\u00a0": " ", "\u202f": " ", "½": ",5", "[": "(", "]": ")", "{": "(", "}": ")",
     "€": "EUR", "|": "/", "~": "-", "^": "", "\\": "/"}
)  # fmt: skip
MOST_SIGNS = 4 * 153  # four parts of a long text


def say(language: str, key: str, **values: object) -> str:
    """The text of this key in `sv` or `en`, filled in; it begins with a capital letter."""
    if "name" in values:
        values["owner"] = owner(language, str(values["name"]))
    text = TEXTS[key][language == "en"].format(**values)
    return capital(text)


def owner(language: str, name: str) -> str:
    """The name as an owner's: "Nordbils", "Lås & Larms"; after s, x and z Swedish adds nothing."""
    if language == "en":
        return f"{name}'" if name.endswith("s") else f"{name}'s"
    return name if name[-1:].casefold() in ("s", "x", "z") else f"{name}s"


def capital(text: str) -> str:
    """The text with its first letter as a capital, the rest untouched."""
    return text[:1].upper() + text[1:]


def joined(language: str, several: list[str], word: str = "or") -> str:
    """A list in words: "a, b eller c"; `word` is `or` or `and`."""
    last = {"or": ("eller", "or"), "and": ("och", "and")}[word][language == "en"]
    if len(several) < 2:
        return "".join(several)
    return f"{', '.join(several[:-1])} {last} {several[-1]}"


def day_text(language: str, day: date) -> str:
    """`torsdag 26 mars`, `Thursday 26 March`."""
    weekday = _WEEKDAYS[language == "en"][day.weekday()]
    return f"{weekday} {day.day} {_MONTHS[language == 'en'][day.month - 1]}"


def weekday_text(language: str, weekday: int) -> str:
    """The weekday's name; 0 is Monday."""
    return _WEEKDAYS[language == "en"][weekday]


def clock_text(moment: datetime | time) -> str:
    """`14:30`."""
    return f"{moment:%H:%M}"


def moment_text(language: str, moment: datetime, zone: ZoneInfo) -> str:
    """`torsdag 26 mars kl 14:30`, `Thursday 26 March at 14:30`, in the given zone."""
    local = moment.astimezone(zone)
    at = "at" if language == "en" else "kl"
    return f"{day_text(language, local.date())} {at} {clock_text(local)}"


def duration_text(language: str, minutes: int) -> str:
    """`2 timmar och 30 minuter`, `45 minutes`."""
    english = language == "en"
    hours, rest = divmod(minutes, 60)
    said = []
    if hours:
        unit = (
            ("hour" if hours == 1 else "hours") if english else "timme" if hours == 1 else "timmar"
        )
        said.append(f"{hours} {unit}")
    if rest or not hours:
        said.append(f"{rest} {'minutes' if english else 'minuter'}")
    return (" and " if english else " och ").join(said)


@lru_cache(maxsize=2048)  # the company's answers are fitted at every turn
def fitted(text: str) -> str:
    """The text in the GSM-7 alphabet and within four parts, cut after a whole sentence."""
    text = text.translate(_SAME_IN_GSM7)
    text = "".join(sign if sign in GSM7 else _without_accent(sign) for sign in text)
    text = " ".join(text.split())
    if len(text) <= MOST_SIGNS:
        return text
    cut = text[: MOST_SIGNS - 3]
    end = max(cut.rfind(". "), cut.rfind("! "), cut.rfind("? "))
    return cut[: end + 1] if end > MOST_SIGNS // 2 else f"{cut.rstrip()}..."


def _without_accent(sign: str) -> str:
    return "".join(part for part in unicodedata.normalize("NFKD", sign) if part in GSM7)
