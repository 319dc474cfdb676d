"""Is a text of unknown outcome in a provider's history? Pure.

In: entries of the history, in one form for all providers. Out: the entry that is the text, or that it
isn't there, or that it can't be told. Called by the providers that can list what they have taken.
"""

import unicodedata
from collections.abc import Collection, Iterable
from dataclasses import dataclass
from datetime import datetime, timedelta

from ringback.messages import Outbound
from sms_gateway.provider import Found, NotFound

_CLOCK_SKEW = timedelta(minutes=1)
_WINDOW = timedelta(minutes=10)


@dataclass(frozen=True, slots=True)
class Entry:
    """One text that went out, as the provider lists it; None for what it does not tell."""

    sender: object
    recipient: object
    words: str | None
    created: datetime | None
    found: Found


def window(since: datetime) -> tuple[datetime, datetime]:
    """Between which times a provider may have created a text whose send began at `since`."""
    return since - _CLOCK_SKEW, since + _WINDOW


def search(
    listed: Iterable[Entry], outbound: Outbound, since: datetime, known: Collection[str]
) -> Found | NotFound | None:
    """The oldest entry that can be the text; None when it can't be told."""
    first, last = window(since)
    fitting = [
        entry
        for entry in listed
        if (entry.sender, entry.recipient) == (outbound.sender, outbound.recipient)
        and entry.found.provider_id not in known
        and first <= (entry.created or since) <= last
    ]
    wanted = _as_stored(outbound.text)
    same = [e for e in fitting if e.words is not None and _as_stored(e.words) == wanted]
    if same:
        return min(same, key=lambda entry: entry.created or since).found
    # An entry without its words (sent by another program so that they are not kept) may be the one.
    return None if any(entry.words is None for entry in fitting) else NotFound()


def _as_stored(text: str) -> str:
    """A text in the form that survives a provider's storage: composed, LF, no outer blanks."""
    return unicodedata.normalize("NFC", text).replace("\r\n", "\n").strip()
