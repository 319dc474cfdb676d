"""Does this text say stop, or start again? Pure: the whole message, never a word inside a sentence.

In: a caller's text as received. Out: `stop`, `start` or None. Asked by the inbox in the transaction
that keeps the text, so that a stop counts before anything has understood it, and by the dialogue.

The words are those that Swedish texts name and that providers act on by themselves, in Swedish and
English. CANCEL and AVBOKA are not among them, although some providers take CANCEL for a stop: who
writes it to a company that takes bookings gives back a time, perhaps one that was booked by telephone
and that we know nothing of. To hear it as a stop would lose the cancellation in silence; to answer it
costs one text, which names STOPP. A provider that blocks the number by itself tells us when we send.
"""

import re
import unicodedata
from typing import Literal

_LONGEST = 80
"""Signs; a stop is short, and a novel need not be searched."""

_PLEASE = "snälla|please|vänligen|hej"
_COURTESY = "tack|tackar|snälla|please|thanks|thx|nu|now|genast|direkt|omedelbart|thank|you"
_TEXTS = (
    "sms|smsen|smsa|messa|texta|texts|text|texting|texter|meddelanden|messages|messaging|utskick"
)
_OBJECT = f"{_TEXTS}|stop+|a|alla|all|allt|era|mig|mej|me|att|skicka|skickar|sending|send|till|to|dessa|these"
_EVERYDAY = re.compile(r"[\x00-\x7fåäöéü]*")
_WORD = re.compile(r"[^\W_]+")
_STOP = re.compile(
    rf"(?:(?:{_PLEASE}) )*(?:"
    # Whatever stands after these must speak of texts, or of nothing: "stopp i avloppet" does not.
    rf"(?:stop+|stopall|sluta|avsluta|unsubscribe|optout|opt out|revoke)(?: (?:{_OBJECT}|{_COURTESY}))*"
    rf"|(?:end|quit)(?: (?:{_COURTESY}))*"
    rf"|stoppa(?: (?:alla|era|all))*(?: (?:{_TEXTS}))(?: (?:{_COURTESY}|till|mig))*"
    rf"|(?:avregistrera|avprenumerera)(?: (?:mig|mej|mitt nummer|från|{_TEXTS}|{_COURTESY}))*"
    r")"
)
_START = re.compile(
    rf"(?:(?:{_PLEASE}) )*(?:starta?|unstop|optin|opt in|börja igen)"
    rf"(?: (?:igen|again|{_TEXTS}|{_COURTESY}))*"
)


def opts(text: str) -> Literal["stop", "start"] | None:
    """What the whole text says about getting texts; None when it is about anything else.

    Letters count, and nothing else: `"Stopp!!! 🙏"` is STOPP, `"STOPP inte"` is not.
    """
    if len(text) > _LONGEST:
        return None
    bare = _bare(text)
    if _STOP.fullmatch(bare):
        return "stop"
    return "start" if _START.fullmatch(bare) else None


def _bare(text: str) -> str:
    """Small letters and digits in words; `s.t.o.p` is one word."""
    folded = unicodedata.normalize("NFKC", unicodedata.normalize("NFKC", text).casefold())
    if not _EVERYDAY.fullmatch(folded):
        # Joiners and selectors stand inside words and emoji, all other signs between words.
        within = ("Cf", "Mn", "Me")
        folded = "".join(sign for sign in folded if unicodedata.category(sign) not in within)
    words: list[str] = _WORD.findall(folded)
    apart = len(words) > 1 and all(len(word) == 1 for word in words)
    return ("" if apart else " ").join(words)
