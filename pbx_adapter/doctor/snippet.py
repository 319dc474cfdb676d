"""Is the outbox there, do the lines' calls pass through it, and can it be read and emptied?

In: an interview, the lines. Out: `Outbox`, and findings from it.

Source: `asterisk_conf/outbox.conf`: the context `ringback-outbox` writes what `pbx_adapter.outbox` reads,
`ringback-watch` is what the trunk's context must pass through. The database is only read here;
whether it may be emptied is what ListCommands says.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime

from pbx_adapter.doctor.contexts import exists, steps
from pbx_adapter.doctor.findings import Finding, counted, fault, listed, note, ok, warning
from pbx_adapter.doctor.interview import Interview
from pbx_adapter.doctor.lines import Line
from pbx_adapter.outbox import FAMILY

CHECK = "outbox"
WATCH, OUTBOX = "ringback-watch", "ringback-outbox"
_WRITES = f"DB({FAMILY}/${{UNIQUEID}})=1|"  # the version that we read
_KEY_SLASHES = 2  # `/ringback/1795288794.92`; what lies deeper is no call
_STALE_S = 300.0
_INSTALL = (
    "Run `ringback asterisk install` on the PBX, or include asterisk_conf/outbox.conf in the dialplan "
    "and run `dialplan reload`; the user needs write=system,reporting for it."
)
_ANEW = (
    "Run `ringback asterisk install` again, or copy asterisk_conf/outbox.conf anew and run "
    "`dialplan reload`."
)


@dataclass(frozen=True, slots=True)
class Outbox:
    """What is known of the outbox; None where the user may not ask.

    Attributes:
        installed: Both contexts are in the dialplan.
        readable_version: It writes what we read.
        passing: Each line's context, and whether its calls pass through the outbox.
        waiting: When the calls in it ended, as epoch seconds; 0 for what can't be read.
        may_read, may_empty: What the user may.
    """

    installed: bool | None = None
    readable_version: bool | None = None
    passing: Mapping[str, bool | None] = field(default_factory=dict)
    waiting: tuple[float, ...] = ()
    may_read: bool = False
    may_empty: bool = False


async def outbox(interview: Interview, lines: Sequence[Line]) -> Outbox:
    """Asks; raises as `Interview.ask`."""
    there = [await exists(interview, context) for context in (WATCH, OUTBOX)]
    installed = None if None in there else all(there)
    contexts = sorted({line.context for line in lines if line.context})
    written = await steps(interview, OUTBOX) if installed else None
    return Outbox(
        installed=installed,
        readable_version=None
        if written is None
        else any(_WRITES in step.get("AppData", "") for step in written),
        passing={one: await _passes(interview, one) for one in contexts} if installed else {},
        waiting=await _waiting(interview),
        may_read=interview.may("DBGetTree"),
        may_empty=interview.may("DBDel"),
    )


async def _passes(interview: Interview, context: str) -> bool | None:
    lines = await steps(interview, context)
    if lines is None:
        return None
    return any(WATCH in step.get("AppData", "") for step in lines)


async def _waiting(interview: Interview) -> tuple[float, ...]:
    entries = await interview.items("DBGetTreeResponse", "DBGetTree", {"Family": FAMILY})
    calls = [entry for entry in entries if entry.get("Key", "").count("/") == _KEY_SLASHES]
    ends = ([*entry.get("Val", "").split("|"), "", ""][2] for entry in calls)
    return tuple(float(end) if end.isdecimal() else 0.0 for end in ends)


def judged(found: Outbox, now: datetime) -> list[Finding]:
    """Whether calls that end while we are away are kept for us."""
    if found.installed is None:
        return [
            note(
                CHECK,
                "Whether the outbox is installed is not told to this user.",
                "Add reporting to write= in manager.conf.",
            )
        ]
    if not found.installed:
        return [warning(CHECK, "The outbox is not installed in the dialplan.", _INSTALL)]
    if found.readable_version is False:
        text = "The outbox in the dialplan is of another version than this Ringback."
        return [fault(CHECK, text, _ANEW)]
    return [*_passing(found), *_emptied(found, now.timestamp())]


def _passing(found: Outbox) -> list[Finding]:
    through = [context for context, passes in found.passing.items() if passes]
    past = [context for context, passes in found.passing.items() if passes is False]
    findings = []
    if through:
        text = (
            f"The outbox is installed, and calls that arrive in {listed(through)} pass through it."
        )
        findings.append(ok(CHECK, text))
    elif not past:
        text = "The outbox is installed; which lines use it is not told to this user."
        findings.append(note(CHECK, text))
    if past:
        findings.append(
            warning(
                CHECK,
                f"The outbox is installed, but calls that arrive in {listed(past)} go past it.",
                "Set the trunk's context to from-pstn-ringback, from-trunk-ringback, or a copy that "
                "goes on to the present one.",
            )
        )
    return findings


def _emptied(found: Outbox, now_s: float) -> list[Finding]:
    if not found.may_read:
        return [
            fault(
                CHECK,
                "The outbox is installed and can't be read.",
                "Add reporting to write= in manager.conf. If it is there, this Asterisk lacks the "
                "action DBGetTree: update it.",
            )
        ]
    if not found.may_empty:
        return [
            warning(
                CHECK,
                "The outbox can be read and not emptied: it grows with every call.",
                "Add system to write= in manager.conf, or give the trunk its old context back.",
            )
        ]
    stale = [end for end in found.waiting if now_s - end > _STALE_S]
    number = counted(len(found.waiting), "call")
    if stale:
        return [
            warning(
                CHECK,
                f"{number} in the outbox, {len(stale)} of them for more than "
                f"{_STALE_S / 60:.0f} minutes: nobody takes them out.",
                "Is Ringback running, with this PBX added, and connected? The portal says.",
            )
        ]
    return [ok(CHECK, f"The outbox can be read and emptied; {number} in it now.")]
