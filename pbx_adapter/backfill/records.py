"""What the readers of the back-fill share: a record, a source's fault, and how times are written. Pure.

In: text. Out: values. Stands between the places (`files`, `tables`) and the readers.
"""

import csv
import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime, tzinfo
from typing import Protocol

from ringback.calls import Call
from ringback.errors import BadInput, TryAgain

_EPOCH = re.compile(r"[0-9]{9,10}(?:\.[0-9]+)?")
_NUMBER = re.compile(r"[0-9]{1,12}(?:\.[0-9]{1,9})?")
_YEAR_2000, _YEAR_2100 = 946_684_800.0, 4_102_444_800.0  # as epoch seconds
_SHOWN = re.compile(r"ringback-pres=(allowed|prohib)")
_UNIQUEID = re.compile(r"(?:.*-)?([0-9]{10})\.[0-9]+")


class SourceFault(TryAgain):
    """A source can't be read now; the text says why and how to mend it."""


@dataclass(frozen=True, slots=True)
class Record:
    """One line or row.

    Attributes:
        number: Counts the records of one source, so that they can be put in order.
        before: The mark from which a later reading sees this record again.
        fields: Its values by name; a line as it is written stands under `line`.
    """

    number: int
    before: str
    fields: Mapping[str, str]


@dataclass(frozen=True, slots=True)
class Page:
    """Some records in order.

    Attributes:
        records: In the order in which they were written.
        after: The mark behind them.
        more: Others wait.
        anew: The place of the mark was not there any more; this is what is left.
        fault: What could not be read, in a sentence; the rest could.
    """

    records: tuple[Record, ...]
    after: str
    more: bool
    anew: bool = False
    fault: str = ""


class Reader(Protocol):
    """Makes calls of one source's records. A call is known by its Uniqueid.

    Attributes:
        newest_s: The latest time that stood in a record, on the source's own clock; 0 without any.
    """

    newest_s: float

    def take(self, record: Record) -> None:
        """Takes a record in; BadInput when it can't be one of this source."""

    def ended(self) -> Mapping[str, float]:
        """The calls that are over as far as this source knows, and the epoch second of that."""

    def call(self, uniqueid: str) -> Call | None:
        """The call as this source knows it."""

    def is_leg(self, uniqueid: str) -> bool:
        """Whether the source shows that the PBX dialled this channel: it is nobody's call."""

    def drop(self, uniqueid: str) -> None:
        """The call has been told; its records are not needed any more."""

    def drop_before(self, at_s: float) -> None:
        """Nothing that began before then, on the source's clock, is waited for any more."""

    def held(self) -> Record | None:
        """The first record that is still needed."""


def epoch_s(text: str, zone: tzinfo, *, fold: int = 0) -> float | None:
    """A moment as Asterisk writes it: epoch seconds, or a date and time in `zone` unless it says.

    None when it is neither, or no time in which calls were made. `fold` 1 means the second of two
    hours of one name, at the end of summer time.
    """
    text = text.strip()
    if _EPOCH.fullmatch(text):
        at_s = float(text)
    else:
        try:
            moment = datetime.fromisoformat(text)
            at_s = (moment if moment.tzinfo else moment.replace(tzinfo=zone, fold=fold)).timestamp()
        except (ValueError, OverflowError):
            return None
    return at_s if _YEAR_2000 <= at_s < _YEAR_2100 else None


def number(text: str, most: float) -> float | None:
    """A number as CDR writes it, from 0 to `most`; None when it is another or none."""
    if not _NUMBER.fullmatch(text.strip()):
        return None
    value = float(text)
    return value if value <= most else None


def columns_of(line: str) -> list[str]:
    """The values of a line of CSV; BadInput when it is none."""
    try:
        return next(csv.reader([line]), [])
    except csv.Error as fault:
        raise BadInput(f"A line is no CSV: {fault}.") from fault


def began_s(uniqueid: str) -> float | None:
    """The epoch second in which a channel began, where its Uniqueid tells (`1795306680.0`)."""
    found = _UNIQUEID.fullmatch(uniqueid)
    return float(found[1]) if found else None


def shows_number(caller: str) -> bool:
    """Whether the caller let the number be seen (`anonymous`, `unknown` and nothing are none)."""
    return any(sign.isdecimal() for sign in caller)


def shown_by(userfields: Iterable[str]) -> bool | None:
    """Whether the caller let the number be seen, where `ringback-watch` wrote it down; else None."""
    said = {found[1] for each in userfields if (found := _SHOWN.search(each))}
    return "prohib" not in said if said else None
