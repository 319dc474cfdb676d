"""CDR rows in, calls out. Pure.

Source: Asterisk's call detail records on 16 and 22. A call has a row for each phone that was dialled
for its channel; ANSWERED also means that a menu, a queue or a mailbox answered. So a person answered
when a row is ANSWERED *and* names a phone or a line as its destination, directly or through the other
half of a Local channel, which has rows of its own. Calls from outside only: a line that the company
dialled has rows of its own too, once it was handed on, and stands in another's row as its destination.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import tzinfo

from pbx_adapter.backfill.records import (
    Record,
    began_s,
    columns_of,
    epoch_s,
    number,
    shown_by,
    shows_number,
)
from pbx_adapter.opencall import WITHHELD
from pbx_adapter.site import Role, Site
from ringback.calls import Call, Direction, Outcome, Reason
from ringback.errors import BadInput
from ringback.phone import to_e164

_COLUMNS = (
    *("accountcode", "src", "dst", "dcontext", "clid", "channel", "dstchannel", "lastapp"),
    *("lastdata", "start", "answer", "end", "duration", "billsec", "disposition", "amaflags"),
    *("uniqueid", "userfield", "peeraccount", "linkedid", "sequence"),
)
ALSO_CALLED = {"calldate": "start", "source": "src", "destination": "dst"}
_LONGEST_S = 7 * 24 * 3600
_LEGS = ("AppDial", "AppDial2", "AppQueue")  # a leg's own row, not its caller's
_FAILED = {"BUSY": Reason.BUSY, "FAILED": Reason.UNAVAILABLE, "CONGESTION": Reason.UNAVAILABLE}


@dataclass(frozen=True, slots=True)
class Row:
    """One row; times are epoch seconds."""

    channel: str
    dstchannel: str
    lastapp: str
    lastdata: str
    dcontext: str
    caller: str
    did: str
    start: float
    end: float
    answered: bool
    disposition: str
    sequence: float
    linkedid: str
    userfield: str


@dataclass(slots=True)
class _Rows:
    """The rows of one channel."""

    first: Record
    rows: list[Row] = field(default_factory=list)

    def in_order(self) -> list[Row]:
        return sorted(self.rows, key=lambda row: (row.start, row.sequence))

    @property
    def end(self) -> float:
        return max(row.end for row in self.rows)


class Cdr:
    """The calls of one PBX's CDR."""

    def __init__(self, site: Site, zone: tzinfo) -> None:
        self._site = site
        self._zone = zone
        self._calls: dict[str, _Rows] = {}  # by Uniqueid
        self._halves: dict[str, _Rows] = {}  # by the name of a Local half
        self._dialled: dict[str, list[Row]] = {}  # by the name of the line that was dialled
        self.newest_s = 0.0

    def take(self, record: Record) -> None:
        """As the protocol says."""
        fields = record.fields
        if "line" in fields:
            fields = _named(fields["line"])
        row, uniqueid = self._row(fields), fields.get("uniqueid", "")
        self.newest_s = max(self.newest_s, row.end)
        if self._site.role_of(row.dstchannel) is Role.LINE:
            self._dialled.setdefault(row.dstchannel, []).append(row)
        role = self._site.role_of(row.channel)
        if role is Role.LOCAL:
            self._halves.setdefault(row.channel, _Rows(record)).rows.append(row)
        elif role is Role.LINE and row.lastapp not in _LEGS:
            self._calls.setdefault(uniqueid, _Rows(record)).rows.append(row)

    def _row(self, fields: Mapping[str, str]) -> Row:
        start = epoch_s(fields.get("start", ""), self._zone)
        duration_s = number(fields.get("duration", ""), _LONGEST_S)
        if start is None or duration_s is None or not fields.get("uniqueid"):
            raise BadInput(
                "A CDR row has no start, duration or uniqueid; in cdr.conf set loguniqueid=yes."
            )
        return Row(
            channel=fields.get("channel", ""),
            dstchannel=fields.get("dstchannel", ""),
            lastapp=fields.get("lastapp", ""),
            lastdata=fields.get("lastdata", ""),
            dcontext=fields.get("dcontext", ""),
            caller=fields.get("src", ""),
            did=fields.get("did", ""),
            start=start,
            end=start + duration_s,
            answered=fields.get("disposition", "").upper() == "ANSWERED",
            disposition=fields.get("disposition", "").upper(),
            sequence=number(fields.get("sequence", ""), 1e12) or 0.0,
            linkedid=fields.get("linkedid", ""),
            userfield=fields.get("userfield", ""),
        )

    def ended(self) -> Mapping[str, float]:
        """As the protocol says: a row is written when its call is over."""
        return {uniqueid: self._shifted(uniqueid, rows) for uniqueid, rows in self._calls.items()}

    def _shifted(self, uniqueid: str, rows: _Rows) -> float:
        start = rows.in_order()[0].start
        return (began_s(uniqueid) or start) + rows.end - start

    def call(self, uniqueid: str) -> Call | None:
        """As the protocol says. The Uniqueid knows the start better than a local time does."""
        kept = self._calls.get(uniqueid)
        if kept is None:
            return None
        rows = kept.in_order()
        first, country = rows[0], self._site.country
        start = began_s(uniqueid) or first.start
        end = start + kept.end - first.start
        shown = shown_by(row.userfield for row in rows)
        withheld = shown is False or not shows_number(first.caller)
        outcome, person, since = self._answered(rows)
        if outcome is Outcome.MISSED and first.linkedid not in ("", uniqueid):
            outcome = None  # it may be a line that the company dialled before the mark
        wait_s = end - start if since is None else since - first.start
        did = next((row.did for row in rows if row.did), None)
        return Call(
            uniqueid=uniqueid,
            direction=Direction.INBOUND,
            caller=WITHHELD if withheld else first.caller,
            caller_e164=None if withheld else to_e164(first.caller, country),
            withheld=withheld,
            did=did,
            did_e164=to_e164(did, country) if did else None,
            callee=None,
            outcome=outcome,
            reason=self._reason(rows) if outcome is Outcome.MISSED else None,
            queues=_queues(rows),
            rang=self._rang(rows),
            answered_by=person,
            ended_by=None,
            wait_s=wait_s,
            talk_s=end - start - wait_s if since is not None else 0.0,
            start=start,
            end=end,
            presentation_known=withheld or shown is True,
        )

    def is_leg(self, uniqueid: str) -> bool:
        """As the protocol says. Names of channels repeat after a restart, so the time must fit."""
        kept = self._calls.get(uniqueid)
        if kept is None or kept.rows[0].linkedid == uniqueid:
            return False
        first = kept.in_order()[0]
        return any(
            row.start - 1 <= first.start <= row.end + 1
            for row in self._dialled.get(first.channel, ())
        )

    def drop(self, uniqueid: str) -> None:
        """As the protocol says."""
        kept = self._calls.pop(uniqueid, None)
        for row in kept.rows if kept else ():
            self._halves.pop(_other_half(row.dstchannel), None)

    def drop_before(self, at_s: float) -> None:
        """As the protocol says."""
        for kept in (self._calls, self._halves):
            for key in [key for key, rows in kept.items() if rows.end < at_s]:
                del kept[key]
        for name in [name for name, rows in self._dialled.items() if rows[-1].end < at_s]:
            del self._dialled[name]

    def held(self) -> Record | None:
        """As the protocol says."""
        waiting = (*self._calls.values(), *self._halves.values())
        first = (rows.first for rows in waiting)
        return min(first, key=lambda record: record.number, default=None)

    # Who answered

    def _answered(self, rows: Sequence[Row]) -> tuple[Outcome | None, str | None, float | None]:
        """The outcome, the person, and when the row began in which they spoke."""
        unknown = False
        for row in rows:
            if not row.answered or not row.dstchannel:
                continue
            person, knows = self._person(row, set())
            if person is not None:
                return Outcome.ANSWERED, person or None, row.start
            unknown |= not knows
        return (None if unknown else Outcome.MISSED), None, None

    def _person(self, row: Row, seen: set[str]) -> tuple[str | None, bool]:
        """Who stood at the end of an answered row (None: nobody), and whether that is certain."""
        role = self._site.role_of(row.dstchannel)
        if role is Role.PHONE:
            return _number(row.dstchannel), True
        if role is Role.LINE:
            return _dialled(row), True
        half = _other_half(row.dstchannel)
        if role is not Role.LOCAL or half in seen:
            return None, True
        seen.add(half)
        further = self._halves.get(half)
        if further is None:
            return None, False
        certain = True
        for next_row in further.in_order():
            if next_row.answered and next_row.dstchannel:
                person, knows = self._person(next_row, seen)
                if person is not None:
                    return person, True
                certain &= knows
        return None, certain

    def _rang(self, rows: Sequence[Row]) -> tuple[str, ...]:
        rang: dict[str, None] = {}
        for row in rows:
            further = self._halves.get(_other_half(row.dstchannel))
            for each in (row, *(further.in_order() if further else ())):
                if self._site.role_of(each.dstchannel) is Role.PHONE:
                    rang[_number(each.dstchannel)] = None
        return tuple(rang)

    def _reason(self, rows: Sequence[Row]) -> Reason:
        last = rows[-1]
        if any(row.lastapp == "VoiceMail" for row in rows) or self._in_mailbox(rows):
            return Reason.VOICEMAIL
        queued = [row for row in rows if row.lastapp == "Queue"]
        if queued:
            return Reason.ABANDONED_IN_QUEUE if last is queued[-1] else Reason.QUEUE_TIMEOUT
        if self._site.is_menu(last.dcontext):
            return Reason.ABANDONED_IN_IVR
        if self._site.is_closed(last.dcontext):
            return Reason.AFTER_HOURS
        tried = {_FAILED.get(row.disposition, Reason.NO_ANSWER) for row in rows if row.dstchannel}
        for reason in (Reason.NO_ANSWER, Reason.BUSY):
            if reason in tried:
                return reason
        return _FAILED.get(last.disposition, Reason.NO_ANSWER)

    def _in_mailbox(self, rows: Sequence[Row]) -> bool:
        """An answered queue or dial whose Local channel led to no person can only be a mailbox."""
        return any(
            row.answered and self._site.role_of(row.dstchannel) is Role.LOCAL for row in rows
        )


def _queues(rows: Sequence[Row]) -> tuple[str, ...]:
    """A queue has a row for each phone it rang; the same twice in a row is taken for one visit."""
    names: list[str] = []
    for row in rows:
        name = row.lastdata.partition(",")[0]
        if row.lastapp == "Queue" and names[-1:] != [name]:
            names.append(name)
    return tuple(names)


def _number(channel: str) -> str:
    return channel.partition("/")[2].rpartition("-")[0]


def _dialled(row: Row) -> str:
    """`PJSIP/0701740690@trunk,8` → the number; empty when several were dialled."""
    target = row.lastdata.partition(",")[0]
    number = target.rpartition("/")[2].partition("@")[0]
    return number if "&" not in target and number.lstrip("+").isdigit() else ""


def _other_half(channel: str) -> str:
    return channel[:-1] + ("2" if channel.endswith("1") else "1") if channel else ""


def _named(line: str) -> Mapping[str, str]:
    """A line of Master.csv, by Asterisk's order of columns."""
    values = columns_of(line)
    if len(values) < len(_COLUMNS) - 4:
        raise BadInput(
            f"A CDR line has {len(values)} columns and no uniqueid; in cdr.conf, under [csv], "
            "set loguniqueid=yes and loguserfield=yes."
        )
    return dict(zip(_COLUMNS, values, strict=False))
