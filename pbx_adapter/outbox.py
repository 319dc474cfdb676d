"""The outbox in AstDB: calls that Asterisk keeps until they are recorded here.

In: what the hangup handler of `asterisk_conf/outbox.conf` wrote under `ringback/<uniqueid>`. Out: the
same `Call` values that the tracker makes, with less in them. They close the gap of the tracker: a
call that ended, or was answered, while nobody listened. Read and emptied by the recorder.

The handler sees variables, not people. What they can't tell stays open (outcome None):

- `Dial()` tells whom it connected, but a Local channel may have led to a mailbox.
- `Queue()` tells when it gave a caller up (ABANDONED), never that a member answered.
- A blind transfer is made by a person. What a parked caller met before is not known.

Source: what the handler saw on Asterisk 16.28 and 22.10; see `docs/asterisk.md`.
"""

import re
from dataclasses import dataclass, replace

import structlog

from pbx_adapter.ami_connection import AmiConnection
from pbx_adapter.ami_faults import ActionRefused, NotPermitted
from pbx_adapter.opencall import WITHHELD
from pbx_adapter.site import Role, Site
from ringback.calls import Call, Direction, Outcome, Reason
from ringback.phone import to_e164

FAMILY = "ringback"
_VERSION = "1"
_YEAR_2100 = 4_102_444_800  # as epoch second
_SECOND = re.compile("[0-9]{1,12}")
_FIELDS = 14
_DIAL_REASONS = {
    "NOANSWER": Reason.NO_ANSWER,
    "CANCEL": Reason.NO_ANSWER,
    "ANSWER": Reason.NO_ANSWER,  # and connected nobody
    "BUSY": Reason.BUSY,
    "CHANUNAVAIL": Reason.UNAVAILABLE,
    "CONGESTION": Reason.UNAVAILABLE,
}
_QUEUE_REASONS = {"TIMEOUT": Reason.QUEUE_TIMEOUT, "": Reason.ABANDONED_IN_QUEUE}
log = structlog.get_logger()


@dataclass(frozen=True, slots=True)
class Seen:
    """The variables of the caller's channel when it ended, as the handler saw them."""

    dial_status: str
    answered_time: str  # "" when the last Dial() connected nobody
    dialled_peer: str
    queue_position: str  # "" when no queue was ever joined
    abandoned: str  # TRUE when the last queue gave the caller up
    queue_status: str
    blind_transfer: str
    parking_space: str

    def outcome(self, site: Site) -> Outcome | None:
        """Whether a person answered; None when the variables can't tell."""
        if self.blind_transfer or self.parking_space:
            return _answered_by(self.blind_transfer, site)
        if self.dial_status == "ANSWER":
            if self.queue_position:  # which came first is not known
                return None
            if self.answered_time:
                return _answered_by(self.dialled_peer, site)
        elif self.queue_position:
            return Outcome.MISSED if self.abandoned == "TRUE" else None
        return Outcome.MISSED

    def reason(self) -> Reason | None:
        """Why nobody answered; None when nobody was rung: a menu, an announcement, voicemail."""
        if self.queue_position or self.queue_status:
            return _QUEUE_REASONS.get(self.queue_status, Reason.QUEUE_EMPTY)
        return _DIAL_REASONS.get(self.dial_status)


def _answered_by(channel: str, site: Site) -> Outcome | None:
    person = channel and site.role_of(channel) in (Role.PHONE, Role.LINE)
    return Outcome.ANSWERED if person else None


def kept_call(uniqueid: str, written: str, site: Site) -> Call | None:
    """The call that the handler wrote down; None when that is of another version or damaged."""
    version, *fields = written.split("|")
    if version != _VERSION or len(fields) != _FIELDS - 1:
        return None
    start, end, caller, presentation, did, *variables = fields
    if not all(_SECOND.fullmatch(second) for second in (start, end)):
        return None
    if not int(start) <= int(end) < _YEAR_2100:
        return None
    seen = Seen(*variables)
    shows_number = any(sign.isdecimal() for sign in caller)
    withheld = presentation.startswith("prohib") or not shows_number
    outcome = seen.outcome(site)
    return Call(
        uniqueid=uniqueid,
        direction=Direction.INBOUND,
        caller=WITHHELD if withheld else caller,
        caller_e164=None if withheld else to_e164(caller, site.country),
        withheld=withheld,
        did=did,
        did_e164=to_e164(did, site.country),
        callee=None,
        outcome=outcome,
        reason=seen.reason() if outcome is Outcome.MISSED else None,
        queues=(),
        rang=(),
        answered_by=None,
        ended_by=None,
        wait_s=0.0 if outcome is Outcome.ANSWERED else float(end) - float(start),
        talk_s=0.0,
        start=float(start),
        end=float(end),
    )


def by_our_clock(call: Call, ahead_s: float) -> Call:
    """The call of a PBX whose clock is so many seconds before ours, in our time."""
    return replace(call, start=call.start - ahead_s, end=call.end - ahead_s)


async def kept_calls(connection: AmiConnection, site: Site) -> dict[str, Call]:
    """All calls in the outbox, by Uniqueid; none where the snippet is not installed.

    Raises:
        RingbackError: As `AmiConnection.action`.
    """
    calls = dict[str, Call]()
    for frame in await connection.action("DBGetTree", {"Family": FAMILY}):
        if frame.get("Event") != "DBGetTreeResponse":
            continue
        uniqueid = frame.get("Key", "").rpartition("/")[2]
        call = kept_call(uniqueid, frame.get("Val", ""), site)
        if call is None:
            log.warning("outbox_entry_unreadable", uniqueid=uniqueid)
        else:
            calls[uniqueid] = call
    return calls


async def forget(connection: AmiConnection, uniqueid: str) -> None:
    """Take one call out of the outbox, after its commit; raises as `AmiConnection.action`."""
    try:
        await connection.action("DBDel", {"Family": FAMILY, "Key": uniqueid})
    except NotPermitted:
        raise
    except ActionRefused:
        log.info("outbox_entry_gone", uniqueid=uniqueid)  # taken out by another process
