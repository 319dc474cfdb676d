"""Lines of queue_log in, calls out: who waited in which queue, and who gave up. Pure.

Source: app_queue's log, `epoch|callid|queue|agent|event|data1|...`, on Asterisk 16 and 22; callid is
the Uniqueid of the caller's channel. FreePBX adds DID. What it can't tell stays open: what became of
a caller whom a queue let go, who took the call when the member was no phone (a mailbox may have), and
what was before the queue: who enters it late may have been spoken with, or have been rung by the company.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import tzinfo

from pbx_adapter.backfill.records import Record, began_s, epoch_s, shows_number
from pbx_adapter.opencall import WITHHELD
from pbx_adapter.site import Role, Site
from ringback.calls import Call, Direction, EndedBy, Outcome, Reason
from ringback.errors import BadInput
from ringback.phone import to_e164

_LEFT = {
    "ABANDON": Reason.ABANDONED_IN_QUEUE,
    "EXITWITHTIMEOUT": Reason.QUEUE_TIMEOUT,
    "EXITEMPTY": Reason.QUEUE_EMPTY,
    "EXITWITHKEY": None,
}
_COMPLETED = {"COMPLETECALLER": EndedBy.CALLER, "COMPLETEAGENT": EndedBy.CALLEE}
_STARTED = "QUEUESTART"
_AT_ONCE_S = 5.0  # too soon to have been rung, spoken with and sent to the queue
_OVER = {*_LEFT, *_COMPLETED, "TRANSFER", "BLINDTRANSFER", "ATTENDEDTRANSFER", "SYSCOMPAT"}


@dataclass(slots=True)
class _Visits:
    """What one call did in queues."""

    first: Record
    start: float
    end: float
    entered: float | None = None  # the first queue
    caller: str = ""
    did: str | None = None
    queues: list[str] = field(default_factory=list)
    rang: dict[str, None] = field(default_factory=dict)
    member: str | None = None  # who was connected
    connected_at: float | None = None
    over: str = ""  # the event after which nothing is certain to come
    ended_by: EndedBy | None = None


class QueueLog:
    """The calls of one queue_log."""

    def __init__(self, site: Site, zone: tzinfo) -> None:
        self._site = site
        self._zone = zone
        self._visits: dict[str, _Visits] = {}
        self.newest_s = 0.0

    def take(self, record: Record) -> None:
        """As the protocol says."""
        fields = record.fields
        if "line" in fields:
            fields = _parts(fields["line"])
        at_s = epoch_s(fields.get("time", ""), self._zone)
        callid = fields.get("callid", "")
        if at_s is None or not fields.get("event"):
            raise BadInput("A line of queue_log has no time or no event.")
        self.newest_s = max(self.newest_s, at_s)
        if fields["event"] == _STARTED:
            self._all_over()
        if callid in ("", "NONE", "REALTIME", "MANAGER"):
            return
        visits = self._visits.get(callid)
        if visits is None:
            start = began_s(callid) or at_s
            visits = self._visits[callid] = _Visits(record, min(start, at_s), at_s)
        visits.end = max(visits.end, at_s)
        self._note(visits, fields, at_s)

    def _all_over(self) -> None:
        """Asterisk has started: no call from before is up."""
        for visits in self._visits.values():
            visits.over = visits.over or _STARTED

    def _note(self, visits: _Visits, fields: Mapping[str, str], at_s: float) -> None:
        event = fields["event"]
        if event == "ENTERQUEUE":
            visits.queues.append(fields.get("queuename", ""))
            visits.entered = visits.entered or at_s
            visits.caller, visits.over = fields.get("data2", ""), ""
        elif event == "DID":
            visits.did = fields.get("data1") or None
        elif event in ("RINGNOANSWER", "RINGCANCELED"):
            self._rang(visits, fields.get("agent", ""))
        elif event == "CONNECT":
            visits.member = fields.get("agent", "")
            visits.connected_at = at_s
            self._rang(visits, visits.member)
        elif event in _OVER:
            visits.over, visits.ended_by = event, _COMPLETED.get(event)

    def _rang(self, visits: _Visits, agent: str) -> None:
        if self._site.role_of(agent) is Role.PHONE:
            visits.rang[agent.partition("/")[2]] = None

    def ended(self) -> Mapping[str, float]:
        """As the protocol says; after a queue let a caller go, the call may still go on."""
        return {uniqueid: visits.end for uniqueid, visits in self._visits.items() if visits.over}

    def call(self, uniqueid: str) -> Call | None:
        """As the protocol says; None for calls of the company's own phones."""
        visits = self._visits.get(uniqueid)
        if visits is None or not visits.queues or self._is_phone(visits.caller):
            return None
        country = self._site.country
        withheld = not shows_number(visits.caller)
        outcome = self._outcome(visits)
        answered = outcome is Outcome.ANSWERED and visits.connected_at
        return Call(
            uniqueid=uniqueid,
            direction=Direction.INBOUND,
            caller=WITHHELD if withheld else visits.caller,
            caller_e164=None if withheld else to_e164(visits.caller, country),
            withheld=withheld,
            did=visits.did,
            did_e164=to_e164(visits.did, country) if visits.did else None,
            callee=None,
            outcome=outcome,
            reason=_LEFT.get(visits.over) if outcome is Outcome.MISSED else None,
            queues=tuple(visits.queues),
            rang=tuple(visits.rang),
            answered_by=visits.member.partition("/")[2] if answered and visits.member else None,
            ended_by=EndedBy.CALLER if visits.over == "ABANDON" else visits.ended_by,
            wait_s=(answered or visits.end) - visits.start,
            talk_s=visits.end - answered if answered else 0.0,
            start=visits.start,
            end=visits.end,
            presentation_known=withheld,
        )

    def is_leg(self, uniqueid: str) -> bool:
        """As the protocol says: it can't be seen here."""
        return False

    def left_for(self, uniqueid: str) -> Reason | None:
        """Why the last queue gave the caller up, if it did."""
        visits = self._visits.get(uniqueid)
        return _LEFT.get(visits.over) if visits else None

    def drop(self, uniqueid: str) -> None:
        """As the protocol says."""
        self._visits.pop(uniqueid, None)

    def drop_before(self, at_s: float) -> None:
        """As the protocol says."""
        for uniqueid in [key for key, visits in self._visits.items() if visits.end < at_s]:
            del self._visits[uniqueid]

    def held(self) -> Record | None:
        """As the protocol says."""
        return next((visits.first for visits in self._visits.values()), None)

    def _is_phone(self, number: str) -> bool:
        return any(
            self._site.role_of(f"{technology}/{number}") is Role.PHONE
            for technology in ("PJSIP", "SIP")
        )

    def _outcome(self, visits: _Visits) -> Outcome | None:
        if visits.member is not None:
            phone = self._site.role_of(visits.member) is Role.PHONE
            return Outcome.ANSWERED if phone else None
        at_once = visits.entered is not None and visits.entered - visits.start <= _AT_ONCE_S
        return Outcome.MISSED if visits.over == "ABANDON" and at_once else None


_NAMES = ("time", "callid", "queuename", "agent", "event", "data1", "data2", "data3")


def _parts(line: str) -> Mapping[str, str]:
    return dict(zip(_NAMES, line.split("|"), strict=False))
