"""The first text after a missed call. Pure.

In: the company, the moment of sending and the language. Out: one text of at most two parts in the
GSM-7 alphabet. It names the company, says that an automatic assistant writes (EU 2024/1689,
Article 50), offers help by answering, and tells how to stop.
"""

from datetime import datetime

from dialogue.builtin.replies import fitted
from ringback.business import Business
from ringback.hours import is_open

_MOST_SIGNS = 2 * 153
_MOST_NAME_SIGNS = 60  # the rest of the longest text leaves room for this in two parts
_OPEN = (
    "Hej! {name} här, vi kunde inte svara nyss. Jag är företagets automatiska assistent: svara på "
    "detta sms så hjälper jag dig att boka eller svarar på frågor. Vill du bli uppringd, skriv "
    "RING MIG. Inga fler sms: STOPP",
    "Hi! This is {name}, sorry we missed your call. I am the automatic assistant: answer this text "
    "and I will help you book or answer questions. To be called back, write CALL ME. No more "
    "texts: STOP",
)
_CLOSED = (
    "Hej! {name} här, vi har stängt just nu. Jag är företagets automatiska assistent: svara på "
    "detta sms så hjälper jag dig att boka eller svarar på frågor. Vill du bli uppringd, skriv "
    "RING MIG. Inga fler sms: STOPP",
    "Hi! This is {name}, we are closed right now. I am the automatic assistant: answer this text "
    "and I will help you book or answer questions. To be called back, write CALL ME. No more "
    "texts: STOP",
)


def first_text(business: Business, now: datetime, language: str = "sv") -> str:
    """The text to a caller whom nobody answered.

    Args:
        business: The company that was called.
        now: When the text is sent (aware); tells whether the company is closed.
        language: `sv` or `en`.
    """
    texts = _OPEN if is_open(business, now) else _CLOSED
    name = " ".join(business.name.split())[:_MOST_NAME_SIGNS].strip()
    return fitted(texts[language == "en"].format(name=name))[:_MOST_SIGNS]
