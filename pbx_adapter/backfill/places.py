"""Where a PBX's own records of its calls are: the table `[back_fill]` of a site file. Pure.

In: what the installer wrote. Out: one frozen `Places`. Read by `site`, used by `reading`.
"""

import re
from typing import Annotated
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

from pydantic import AfterValidator, BaseModel, ConfigDict, Field

_TABLES = ("sqlite:///", "postgresql://")


def _place(text: str) -> str:
    if "://" not in text:
        return text
    if not text.startswith(_TABLES):
        raise ValueError(f"{text.partition(':')[0]!r} can't be read; sqlite and postgresql can")
    if re.match(r"[a-z]+://[^/@]*:[^/@]*@", text) or "password=" in text:
        raise ValueError(
            "a password does not belong in the site file; "
            "take it out of the address and put it in ~/.pgpass of the user that runs Ringback"
        )
    return text


def _zone(name: str) -> str:
    try:
        ZoneInfo(name)
    except (ZoneInfoNotFoundError, ValueError) as unknown:
        raise ValueError(f"{name!r} is no time zone; write one like Europe/Stockholm") from unknown
    return name


Place = Annotated[str, AfterValidator(_place)]


class Places(BaseModel):
    """The records of one PBX; each place is a file, or the address of a database.

    Attributes:
        queue_log: `/var/log/asterisk/queue_log`, or a database with the table `queue_log`.
        cdr: `Master.csv` of cdr_csv, or a database with the table `cdr`.
        cel: `Master.csv` of cel_custom, or a database with the table `cel`.
        time_zone: Of times that are written without one.
        look_back_h: How far back the first reading goes; 0 begins with what happens from now on.
        text_callers: Texts also callers of whom the records don't tell whether they hid their number.
    """

    model_config = ConfigDict(frozen=True, extra="forbid")

    queue_log: Place | None = None
    cdr: Place | None = None
    cel: Place | None = None
    time_zone: Annotated[str, AfterValidator(_zone)] = "Europe/Stockholm"
    look_back_h: float = Field(default=0, ge=0, le=24 * 14)
    text_callers: bool = False

    def by_source(self) -> dict[str, str]:
        """Those that are given, by the name of the source; the one that knows most first."""
        named = {"cel": self.cel, "cdr": self.cdr, "queue_log": self.queue_log}
        return {source: place for source, place in named.items() if place}
