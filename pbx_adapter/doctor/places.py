"""The table `[back_fill]` of a site file, held against this machine and the PBX's clock.

In: the places that the installer wrote, and the PBX's zone. Out: findings. Files are looked for where this
runs, which is where Ringback reads them; databases are not asked.
"""

import os
from datetime import datetime, timedelta
from pathlib import Path
from zoneinfo import ZoneInfo

from pbx_adapter.backfill.places import Places
from pbx_adapter.doctor.findings import Finding, note, ok, warning

CHECK = "back-fill"
_SQLITE = "sqlite:///"


def judged(places: Places, utc_offset: timedelta | None, now: datetime) -> list[Finding]:
    """Each place, and the zone of the times in them; nothing when no place is given.

    Args:
        places: Of the site file.
        utc_offset: The PBX's, now; None when it does not tell.
        now: Aware.
    """
    found = [_place(source, place) for source, place in places.by_source().items()]
    return [*found, *([_zone(places, utc_offset, now)] if places.cdr or places.cel else [])]


def _place(source: str, place: str) -> Finding:
    if "://" in place and not place.startswith(_SQLITE):
        return note(
            CHECK,
            f"{source}: the database is not asked here.",
            "After `ringback run` the portal tells beside the link when it can't be read.",
        )
    path = Path(place.removeprefix(_SQLITE).partition("?")[0])
    if path.is_file() and os.access(path, os.R_OK):
        return ok(CHECK, f"{source}: {path} can be read by the user that runs this.")
    why = "can't be read by the user that runs this" if path.exists() else "is not on this machine"
    return warning(
        CHECK,
        f"{source}: {path} {why}.",
        "Ringback reads it where it runs: correct the place in the site file, let that user read "
        "it, or run `ringback edge` on the PBX's machine.",
    )


def _zone(places: Places, utc_offset: timedelta | None, now: datetime) -> Finding:
    if utc_offset is None:
        return note(
            CHECK,
            f"The PBX does not tell its zone, so time_zone = {places.time_zone!r} is not checked.",
            "Compare it with `date` on the PBX's machine.",
        )
    if now.astimezone(ZoneInfo(places.time_zone)).utcoffset() == utc_offset:
        return ok(CHECK, f"time_zone {places.time_zone} agrees with the PBX's clock now.")
    hours = utc_offset.total_seconds() / 3600
    return warning(
        CHECK,
        f"The PBX's zone is UTC{hours:+g}, which time_zone = {places.time_zone!r} is not now: its "
        "records would be told at the wrong time.",
        "Write the PBX's own zone into time_zone, unless its records are written in another.",
    )
