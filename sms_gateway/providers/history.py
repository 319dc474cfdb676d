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
_SIGHT = timedelta(days=1)
"""A clock that is wrong, ours or theirs, is wrong by minutes, or by the hours of a time zone."""


@dataclass(frozen=True, slots=True)
class Entry:
    """One text that went out, as the provider lists it; None for what it does not tell."""

    sender: object
    recipient: object
    words: str | None
    created: datetime | None
    found: Found


def window(since: datetime) -> tuple[datetime, datetime]:
    """Of which times to ask for: clocks may differ, and what was not seen would be sent again."""
    return since - _SIGHT, since + _SIGHT


def moment(since: datetime) -> tuple[datetime, datetime]:
    """Between which times an entry is surely the text, if it has its words and ends."""
    return since - _CLOCK_SKEW, since + _WINDOW


def search(
    listed: Iterable[Entry], outbound: Outbound, since: datetime, known: Collection[str]
) -> Found | NotFound | None:
    """The oldest entry that must be the text; None when one may be it.

    One that was made when the text was sent, of the same words and ends, is the text. One of another
    time of the same day may be it by a clock that is wrong, and so may one without its words (sent by
    another program so that they are not kept). Whoever sent again then would send twice.
    """
    first, last = window(since)
    wanted = _as_stored(outbound.text)
    possible = [
        entry
        for entry in listed
        if (entry.sender, entry.recipient) == (outbound.sender, outbound.recipient)
        and entry.found.provider_id not in known
        and first <= (entry.created or since) <= last
        and (entry.words is None or _as_stored(entry.words) == wanted)
    ]
    sure = [entry for entry in possible if entry.words is not None and _is_then(entry, since)]
    if sure:
        return min(sure, key=lambda entry: entry.created or since).found
    return None if possible else NotFound()


def _is_then(entry: Entry, since: datetime) -> bool:
    first, last = moment(since)
    return first <= (entry.created or since) <= last


def _as_stored(text: str) -> str:
    """A text in the form that survives a provider's storage: composed, LF, no outer blanks."""
    return unicodedata.normalize("NFC", text).replace("\r\n", "\n").strip()
