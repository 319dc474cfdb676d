"""What identifies a person is taken out of a text before it leaves for a model. Pure.

In: a text as written. Out: the same with personal numbers, card numbers, telephone numbers and mail
addresses replaced by words that say what stood there. Dates and clock times stay: a booking is made
of them. Rather a number too many is masked than one too few.
"""

import re
import unicodedata

_MAIL = re.compile(r"\b[\w.+-]+ ?@ ?[\w-]+(?:\.[\w-]+)+\b")
_LINK = re.compile(r"\b(?:https?://|www\.)\S+", re.IGNORECASE)
_PERSONAL = re.compile(r"(?<!\d)(?:19|20)?\d{6} ?[-+ ]? ?\d{4}(?!\d)")
_ISO_DATE = r"\d{4}-\d{2}-\d{2}"
# Seven figures or more with at most two signs between; a date with its time is none.
_LONG = re.compile(rf"(?!{_ISO_DATE}\b)\+?(?<!\d)\d(?:[ \-()/.]{{0,2}}\d){{6,}}(?!\d)")
_CARD_DIGITS = range(13, 20)
_DATES = re.compile(
    rf"(?<!\d)(?:{_ISO_DATE}|\d{{1,2}}[./-]\d{{1,2}}(?:[./-](?:\d{{4}}|\d{{2}}))?)(?!\d)(?:,? ?(?:kl\.?|at)? ?\d{{1,2}}[:.]\d{{2}}(?!\d))?"
)


def masked_text(text: str) -> str:
    """The text as a model may see it."""
    text = unicodedata.normalize("NFKC", text)
    text = "".join(sign for sign in text if sign.isprintable() or sign in "\n\t")
    text = _LINK.sub("[link]", _MAIL.sub("[mail address]", text))
    text = _PERSONAL.sub("[personal number]", text)
    return _LONG.sub(_named, text)


def _named(match: re.Match[str]) -> str:
    """What a long number is; several dates in a row are left alone."""
    found = match.group()
    if _DATES.fullmatch(found.strip()):
        return found
    digits = re.sub(r"\D", "", found)
    if len(digits) in _CARD_DIGITS and _luhn(digits):
        return "[card number]"
    return "[telephone number]" if len(digits) <= 15 else "[number]"


def _luhn(digits: str) -> bool:
    """Whether the last figure is the check figure of a card (ISO/IEC 7812-1)."""
    doubled = [int(d) * (2 if n % 2 else 1) for n, d in enumerate(reversed(digits))]
    return sum(d - 9 if d > 9 else d for d in doubled) % 10 == 0
