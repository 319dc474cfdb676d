"""CEL rows in, calls out, decided by the same rules as live traffic. Pure.

Source: Asterisk's channel event log on 16 and 22. It tells channels and bridges as AMI does, so its
rows are told to a `Tracker` as AMI's frames would be. What it lacks: who dialled whom (a leg bears the
Linkedid of its caller when it begins), how a dial ended (only a phone's own refusal shows), and a
hidden number, unless our dialplan wrote it down. Applications show where `cel.conf` lists them, and on rows that come while they run.
"""

import json
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, replace
from datetime import tzinfo

from pbx_adapter.backfill.records import Record, columns_of, epoch_s, shown_by
from pbx_adapter.channels import OUTGOING
from pbx_adapter.frames import Frame
from pbx_adapter.opencall import WITHHELD
from pbx_adapter.site import Role, Site
from pbx_adapter.tracker import Tracker
from ringback.calls import Call, Direction, EndedBy, Outcome
from ringback.errors import BadInput

COLUMNS = (
    *("eventtype", "eventtime", "cid_name", "cid_num", "cid_ani", "cid_rdnis", "cid_dnid"),
    *("exten", "context", "channame", "appname", "appdata", "amaflags", "accountcode"),
    *("uniqueid", "linkedid", "peer", "userfield", "userdeftype", "extra"),
)
ALSO_CALLED = {
    **{"cidname": "cid_name", "cidnum": "cid_num", "eventextra": "extra"},
    **{"channelname": "channame", "name": "cid_name", "num": "cid_num"},
}
_BACK_S = 60.0  # rows stand by seconds in the wrong order, the clock's hour is more
_AT_ONCE_S = 0.5  # a queue that is left so soon was never joined


@dataclass(slots=True)
class _App:
    """An application of the dialplan that a channel runs, or ran last."""

    what: str  # with its arguments
    since_s: float
    until_s: float | None = None


class Cel:
    """The calls of one PBX's CEL."""

    def __init__(self, site: Site, zone: tzinfo) -> None:
        self._site = site
        self._zone = zone
        self._tracker = Tracker(site)
        self._ahead: list[tuple[float, int, Mapping[str, str]]] = []  # not followed yet
        self._first: dict[str, Record] = {}  # of each channel that is up, and of calls not told
        self._began_s: dict[str, float] = {}  # each channel that is up
        self._seen_s: dict[str, float] = {}  # the same, when last
        self._dialled_s: dict[str, float] = {}  # when each leg on a line began
        self._shown: dict[str, bool] = {}  # whose number is hidden or not, as our dialplan wrote
        self._legs: dict[str, list[str]] = {}  # of each call's latest Dial()
        self._lines: dict[str, str] = {}  # legs on lines → their call; the number is not known yet
        self._dialled: dict[str, str] = {}  # by each call's latest Dial()
        self._apps: dict[str, _App] = {}  # what each channel runs
        self._rung: set[str] = set()  # channels that were dialled by nobody's call
        self._told: dict[str, Call] = {}
        self._hung_up: dict[str, str] = {}  # by whom, of callers that are going
        self._last_s = self.newest_s = 0.0

    def take(self, record: Record) -> None:
        """As the protocol says."""
        row = _named(record.fields["line"]) if "line" in record.fields else record.fields
        at_s, uniqueid = self._time_of(row), row.get("uniqueid", "")
        if at_s is None or not uniqueid or not row.get("linkedid"):
            raise BadInput(
                "A CEL row has no eventtime, uniqueid or linkedid; log them all, as the docs show."
            )
        event = row.get("eventtype", "")
        if event.isdecimal():
            raise BadInput(
                "CEL's eventtype is a number, which means other things in other versions; make it "
                "text: ALTER TABLE cel ALTER COLUMN eventtype TYPE varchar(30);"
            )
        self._last_s, self.newest_s = at_s, max(self.newest_s, at_s)
        self._ahead.append((at_s, record.number, row))
        if event == "CHAN_START":
            self._first.setdefault(uniqueid, record)

    def _time_of(self, row: Mapping[str, str]) -> float | None:
        """Where local times jump back against the row before, it is the hour's second time."""
        text = row.get("eventtime", "")
        at_s = epoch_s(text, self._zone)
        if at_s is None or at_s > self._last_s - _BACK_S:
            return at_s
        return epoch_s(text, self._zone, fold=1)

    def _follow(self) -> None:
        """Tells the tracker what was taken in, in the order in which it happened.

        Channels write their rows each by itself: a caller's end may stand before the phone's.
        """
        self._ahead.sort(key=lambda taken: taken[:2])
        for at_s, _, row in self._ahead:
            event, uniqueid = row.get("eventtype", ""), row["uniqueid"]
            if event == "CHAN_START":
                self._began_s[uniqueid] = at_s
            if uniqueid in self._began_s:
                self._note(uniqueid, row, at_s)
            if OUTGOING in row.get("appdata", "") and row["linkedid"] == uniqueid:
                self._rung.add(uniqueid)
            for frame in self._frames(event, row, at_s):
                for call in self._tracker.feed(frame, at_s):
                    self._keep(call)
            if event == "CHAN_END":
                self._forget(uniqueid)
        self._ahead.clear()

    def _note(self, uniqueid: str, row: Mapping[str, str], at_s: float) -> None:
        self._seen_s[uniqueid] = at_s
        shown = shown_by([row.get("userfield", "")])
        if shown is not None:
            self._shown[uniqueid] = shown

    # Rows as frames

    def _frames(self, event: str, row: Mapping[str, str], at_s: float) -> Iterator[Frame]:
        own = {
            "Uniqueid": row["uniqueid"],
            "Linkedid": row["linkedid"],
            "Channel": row.get("channame", ""),
            "CallerIDNum": row.get("cid_num", ""),
            "Context": row.get("context", ""),
            "Exten": row.get("exten", ""),
        }
        if event == "CHAN_START":
            yield from self._began(own)
        elif event not in ("HANGUP", "CHAN_END"):
            yield {**own, "Event": "Newstate"}
            yield from self._runs(own, event, row, at_s)
        match event:
            case "BRIDGE_ENTER" | "BRIDGE_EXIT":
                yield {**own, **_bridge(event, row)}
            case "HANGUP":
                yield from self._hangs_up(own, row, at_s)
            case "CHAN_END":
                yield {"Event": "Hangup", "Uniqueid": row["uniqueid"]}
            case _:
                pass

    def _began(self, own: Frame) -> Iterator[Frame]:
        uniqueid, root = own["Uniqueid"], own["Linkedid"]
        if root == uniqueid:
            yield {**own, "Event": "Newchannel", "ChannelState": "4"}
            return
        yield {**own, "Event": "Newchannel", "ChannelState": "0"}
        self._legs.setdefault(root, []).append(uniqueid)
        if self._site.role_of(own["Channel"]) is Role.LINE:
            self._lines[uniqueid] = root
            self._dialled_s[uniqueid] = self._began_s[uniqueid]
        yield _dials(root, uniqueid, self._dialled.get(root, ""))

    def _runs(self, own: Frame, event: str, row: Mapping[str, str], at_s: float) -> Iterator[Frame]:
        """The application of the row, when the channel did not run it before.

        That a queue is left is told with what comes next: the caller's own hang-up, or not.
        """
        uniqueid, app, args = own["Uniqueid"], row.get("appname", ""), row.get("appdata", "")
        runs = self._apps.get(uniqueid)
        if event == "APP_END":
            if runs:
                runs.until_s = at_s
            return
        again = runs and runs.what == f"{app}({args})" and event != "APP_START"
        if not app or again or OUTGOING in args:
            return
        if runs:
            yield from _left(own, runs, at_s)
        self._apps[uniqueid] = _App(f"{app}({args})", at_s)
        if app == "Dial":
            yield from self._dials_now(own["Linkedid"], args.partition(",")[0], event)
        yield {**own, "Event": "Newexten", "Application": app, "AppData": args}
        if app == "Queue":
            yield {**own, "Event": "QueueCallerJoin", "Queue": args.partition(",")[0]}

    def _dials_now(self, root: str, dialled: str, event: str) -> Iterator[Frame]:
        """Dial()'s argument tells the number; legs may begin before it is seen, or after."""
        self._dialled[root] = dialled
        if event == "APP_START":
            self._legs.pop(root, None)
        for leg in [leg for leg, call in self._lines.items() if call == root]:
            del self._lines[leg]
            yield _dials(root, leg, dialled)

    def _hangs_up(self, own: Frame, row: Mapping[str, str], at_s: float) -> Iterator[Frame]:
        extra, uniqueid = _extra(row), own["Uniqueid"]
        by = str(extra.get("hangupsource", ""))
        gave_up = by == own["Channel"]
        if gave_up:
            cause = str(extra.get("hangupcause", ""))
            yield {"Event": "HangupRequest", "Uniqueid": uniqueid, "Cause": cause}
        if runs := self._apps.get(uniqueid):
            yield from _left(own, runs, at_s, gave_up=gave_up)
        if extra.get("dialstatus") == "BUSY":  # where the phone's own end is told later
            for leg in self._legs.get(uniqueid, ()):
                yield {"Event": "DialEnd", "DestUniqueid": leg, "DialStatus": "BUSY"}
        self._hung_up[uniqueid] = by

    # Calls

    def _keep(self, call: Call) -> None:
        first = self._first.get(call.uniqueid)
        if first is None or call.direction is not Direction.INBOUND or call.uniqueid in self._rung:
            return
        by = self._hung_up.get(call.uniqueid, "")
        if call.ended_by is EndedBy.SYSTEM and self._site.role_of(by) in (Role.PHONE, Role.LINE):
            call = replace(call, ended_by=EndedBy.CALLEE)
        shown = self._shown.get(call.uniqueid)
        if shown is False:
            call = replace(call, caller=WITHHELD, caller_e164=None, withheld=True)
        call = replace(call, presentation_known=call.withheld or shown is True)
        self._told[call.uniqueid] = call

    def _forget(self, uniqueid: str) -> None:
        for times in (self._began_s, self._seen_s):
            times.pop(uniqueid, None)
        self._shown.pop(uniqueid, None)
        for kept in (self._apps, self._lines, self._legs, self._hung_up, self._dialled):
            kept.pop(uniqueid, None)
        self._rung.discard(uniqueid)
        if uniqueid not in self._told:
            self._first.pop(uniqueid, None)

    def ended(self) -> Mapping[str, float]:
        """As the protocol says."""
        self._follow()
        return {uniqueid: call.end for uniqueid, call in self._told.items()}

    def call(self, uniqueid: str) -> Call | None:
        """As the protocol says."""
        return self._told.get(uniqueid)

    def is_leg(self, uniqueid: str) -> bool:
        """As the protocol says."""
        return uniqueid in self._dialled_s

    def drop(self, uniqueid: str) -> None:
        """As the protocol says."""
        if self._told.pop(uniqueid, None) is not None:
            self._first.pop(uniqueid, None)

    def drop_before(self, at_s: float) -> None:
        """As the protocol says: a channel without an end (Asterisk was killed) holds nothing up.

        Its call is told; whether somebody would have answered in what is missing, nobody knows.
        """
        self._follow()
        for uniqueid in [key for key, began_s in self._began_s.items() if began_s < at_s]:
            hangup = {"Event": "Hangup", "Uniqueid": uniqueid}
            for call in self._tracker.feed(hangup, self._seen_s[uniqueid]):
                self._keep(call if call.outcome is Outcome.ANSWERED else _undecided(call))
            self._forget(uniqueid)
        for leg in [leg for leg, began_s in self._dialled_s.items() if began_s < at_s]:
            del self._dialled_s[leg]
        # A Linkedid outlives its channel: legs may have begun under one that is gone.
        self._legs = {root: legs for root, legs in self._legs.items() if root in self._began_s}
        self._dialled = {root: to for root, to in self._dialled.items() if root in self._began_s}

    def held(self) -> Record | None:
        """As the protocol says: legs need no records of their own, their calls began before."""
        self._follow()
        calls = {call.uniqueid for call in self._tracker.open_calls()} | self._told.keys()
        waiting = (record for uniqueid, record in self._first.items() if uniqueid in calls)
        return min(waiting, key=lambda record: record.number, default=None)


def _undecided(call: Call) -> Call:
    return replace(call, outcome=None, reason=None, ended_by=None)


def _dials(caller: str, leg: str, dialled: str) -> Frame:
    return {
        "Event": "DialBegin",
        "Uniqueid": caller,
        "DestUniqueid": leg,
        "DialString": dialled,
        "DestCallerIDNum": "",
    }


def _left(own: Frame, runs: _App, at_s: float, *, gave_up: bool = False) -> Iterator[Frame]:
    """A queue is left for something else, or with the call."""
    if not runs.what.startswith("Queue("):
        return
    if not gave_up and (runs.until_s or at_s) - runs.since_s < _AT_ONCE_S:
        yield {**own, "Event": "VarSet", "Variable": "QUEUESTATUS", "Value": "JOINEMPTY"}
    else:
        yield {**own, "Event": "QueueCallerAbandon"}
    yield {**own, "Event": "QueueCallerLeave"}


def _bridge(event: str, row: Mapping[str, str]) -> Frame:
    extra = _extra(row)
    return {
        "Event": "BridgeEnter" if event == "BRIDGE_ENTER" else "BridgeLeave",
        "BridgeUniqueid": str(extra.get("bridge_id", "")),
        "BridgeTechnology": str(extra.get("bridge_technology", "")),
    }


def _extra(row: Mapping[str, str]) -> Mapping[str, object]:
    try:
        extra = json.loads(row.get("extra") or "{}")
    except ValueError:
        return {}
    return extra if isinstance(extra, dict) else {}


def _named(line: str) -> Mapping[str, str]:
    """A line of Master.csv, in the order of Asterisk's own example for cel_custom."""
    values = columns_of(line)
    if len(values) != len(COLUMNS):
        raise BadInput(
            f"A CEL line has {len(values)} columns instead of {len(COLUMNS)}; "
            "use the mapping in Asterisk's own cel_custom.conf."
        )
    return dict(zip(COLUMNS, values, strict=True))
