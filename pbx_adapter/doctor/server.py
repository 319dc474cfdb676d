"""What stands there: version, FreePBX or not, its clock, and which records of calls it keeps.

In: an interview and a clock. Out: `Server`, and findings from it.

Source: CoreSettings, CoreStatus and FullyBooted of Asterisk 16.28 and 22.10. `Ping` tells the time of the
PBX to every user; the zone is what CoreStatus shows beyond the start that `Uptime` gives.
"""

import re
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta

from pbx_adapter.doctor.contexts import exists
from pbx_adapter.doctor.findings import Finding, fault, listed, note, ok, warning
from pbx_adapter.doctor.interview import Interview
from ringback.clock import Clock

OLDEST = 16
_FREEPBX_CONTEXTS = ("app-blackhole", "from-did-direct")  # FreePBX always writes both
_BACKENDS = (
    "cdr_csv",
    "cdr_custom",
    "cdr_sqlite3_custom",
    "cdr_pgsql",
    "cdr_odbc",
    "cdr_adaptive_odbc",
    "cel_custom",
    "cel_sqlite3_custom",
    "cel_pgsql",
    "cel_odbc",
)
_DRIFT_WARNED_S, _DRIFT_BAD_S = 2.0, 60.0


@dataclass(frozen=True, slots=True)
class Server:
    """What a PBX tells of itself; None where the user may not ask.

    Attributes:
        version: As Asterisk writes it.
        freepbx: Whether FreePBX wrote its dialplan.
        cdr: Whether call detail records are on.
        backends: Modules that write CDR or CEL, those that Asterisk knows; one that declined to load is among them.
        ahead_s: Seconds by which its clock is ahead of ours.
        unsure_s: By so much `ahead_s` may be wrong.
        utc_offset: Of its own zone, now.
    """

    version: str | None = None
    freepbx: bool | None = None
    cdr: bool | None = None
    backends: tuple[str, ...] | None = None
    ahead_s: float | None = None
    unsure_s: float = 0.0
    utc_offset: timedelta | None = None


async def describe(interview: Interview, clock: Clock) -> Server:
    """Asks; raises as `Interview.ask`."""
    settings = await interview.ask("CoreSettings")
    told = settings[0] if settings else {}
    sent = clock()
    pong = await interview.ask("Ping")
    received = clock()
    stamp = pong[0].get("Timestamp", "") if pong else ""
    half = (received - sent).total_seconds() / 2
    here = sent.timestamp() + half
    pbx_now = float(stamp) if re.fullmatch(r"\d+(\.\d+)?", stamp) else None
    return Server(
        version=told.get("AsteriskVersion") or await interview.value("VERSION()") or None,
        freepbx=await _is_freepbx(interview),
        cdr={"Yes": True, "No": False}.get(told.get("CoreCDRenabled", "")),
        backends=await _backends(interview),
        ahead_s=None if pbx_now is None else pbx_now - here,
        unsure_s=half,
        utc_offset=await _utc_offset(interview, pbx_now),
    )


async def _is_freepbx(interview: Interview) -> bool | None:
    there = [await exists(interview, context) for context in _FREEPBX_CONTEXTS]
    return None if None in there else all(there)


async def _backends(interview: Interview) -> tuple[str, ...] | None:
    if not interview.may("ModuleCheck"):
        return None
    asked = [(name, await interview.ask("ModuleCheck", {"Module": name})) for name in _BACKENDS]
    return tuple(name for name, answer in asked if answer)


async def _utc_offset(interview: Interview, pbx_now: float | None) -> timedelta | None:
    status = await interview.ask("CoreStatus")
    booted = interview.ears.booted
    if not status or booted is None or pbx_now is None:
        return None
    shown = f"{status[0].get('CoreStartupDate', '')} {status[0].get('CoreStartupTime', '')}"
    try:
        started = datetime.strptime(shown, "%Y-%m-%d %H:%M:%S").replace(tzinfo=UTC)
        uptime_s = int(booted.get("Uptime", ""))
    except ValueError:
        return None
    return timedelta(minutes=15) * round((started.timestamp() - pbx_now + uptime_s) / 900)


def judged(server: Server) -> list[Finding]:
    """Version, clock and zone."""
    return [_version(server), _clock(server)]


def _version(server: Server) -> Finding:
    if server.version is None:
        return note(
            "server",
            "Asterisk does not tell this user its version.",
            "Add reporting to write= in manager.conf.",
        )
    name = f"Asterisk {server.version.partition('~')[0].partition('+')[0]}"
    major = re.match(r"(?:certified[/-])?(\d+)", server.version)
    if major and int(major[1]) < OLDEST:
        return warning(
            "server",
            f"It is {name}, older than what Ringback is tried with ({OLDEST} and 22).",
            "Update Asterisk, or watch the first calls closely.",
        )
    kinds = {True: ", with the dialplan of FreePBX", False: ", without FreePBX", None: ""}
    return ok("server", f"It is {name}{kinds[server.freepbx]}.")


def _clock(server: Server) -> Finding:
    if server.ahead_s is None:
        return note("clock", "Asterisk does not tell its time, so the clocks can't be compared.")
    zone = ""
    if server.utc_offset is not None:
        hours = server.utc_offset.total_seconds() / 3600
        zone = f" Its zone is UTC{hours:+g}."
    apart_s = max(0.0, abs(server.ahead_s) - server.unsure_s)
    if apart_s <= _DRIFT_WARNED_S:
        return ok("clock", f"The PBX's clock and ours agree within {_DRIFT_WARNED_S:g} s.{zone}")
    side = "ahead of" if server.ahead_s > 0 else "behind"
    return (fault if apart_s > _DRIFT_BAD_S else warning)(
        "clock",
        f"The PBX's clock is {apart_s:.0f} s {side} ours: calls from its outbox and its records are "
        f"told at the wrong time.{zone}",
        "Let both machines take their time from NTP (`timedatectl set-ntp true`).",
    )


def judged_records(server: Server) -> list[Finding]:
    """What a back-fill could read."""
    findings = []
    if server.cdr is False:
        findings.append(
            note("records", "Asterisk keeps no call detail records (cdr.conf: enable=no).")
        )
    if server.backends:
        findings.append(_loaded(server.backends))
    elif server.backends is not None:
        findings.append(
            note("records", "No module is loaded that writes CDR or CEL to a file or database.")
        )
    else:
        findings.append(
            note(
                "records",
                "Which modules write CDR and CEL is not told to a user without the write class "
                "system: see `cdr show status` and `cel show status` on the console.",
            )
        )
    text = "AMI does not tell whether queue_log is written: it is, unless logger.conf says no."
    return [*findings, note("records", text)]


def _loaded(backends: Sequence[str]) -> Finding:
    # Also a module that declined to load, for want of a configuration, answers to ModuleCheck.
    kinds = " and ".join(
        f"`module show like {kind}`"
        for kind in ("cdr", "cel")
        if any(name.startswith(kind) for name in backends)
    )
    return note(
        "records",
        f"Modules that can write records are loaded: {listed(backends)}. Whether they run, AMI "
        f"does not tell: see {kinds} on the console.",
    )
