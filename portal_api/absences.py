"""Absences on the bookings' page: what staff type, and what is still to come.

In: a form of who, from, to and a note; `busy` rows that staff entered. Out: a checked absence, or what
is wrong with it by field; `views.AbsencesView`. Times are typed as the clock on the wall shows them.
Whoever has a calendar of their own connected blocks their time there instead.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from zoneinfo import ZoneInfo

from sqlalchemy.ext.asyncio import AsyncSession

from portal_api.settings.faults import said
from portal_api.views import AbsenceEntry, AbsencesView
from portal_api.wording import N_
from ringback.business import Business
from ringback.store.busy import coming_absences

MOST_NOTE = 200
_SHOWN = 50
_LONGEST = timedelta(days=366)
_WHO = N_("Choose who is away.")
_WHEN = N_("Write a day and a time.")
_ORDER = N_("Let it end after it begins.")
_OVER = N_("That is over already.")
_LONG = N_("Enter a year at most.")
_NOTE = N_("Write at most 200 characters, in one line.")
DONE = {
    "absent": N_("Saved. That time is not offered any more."),
    "absent_booked": N_(
        "Saved. Something is booked in that time already, and it stands: move it, or ring the customer."
    ),
    "present": N_("Removed. That time is offered again."),
}
"""What the page says after a change, by the code in its address."""


@dataclass(frozen=True, slots=True)
class Absence:
    """What was typed, checked. UTC."""

    resource: str
    starts_at: datetime
    ends_at: datetime
    note: str


def read_form(
    values: Mapping[str, str], company: Business, zone: ZoneInfo, now: datetime
) -> tuple[Absence | None, dict[str, str]]:
    """The absence, or what is wrong by field, as English msgids.

    Args:
        values: `who`, `starts`, `ends` (like 2027-03-01T09:00) and `note`.
        company: Whose people they are.
        zone: What the clock on the wall shows.
        now: Aware.
    """
    starts_at, ends_at = (_moment(values[name], zone) for name in ("starts", "ends"))
    note = values["note"].strip()
    faults = {
        "who": "" if values["who"] in company.resources else _WHO,
        "starts": "" if starts_at else _WHEN,
        "ends": _wrong_end(starts_at, ends_at, now),
        "note": "" if len(note) <= MOST_NOTE and (note.isprintable() or not note) else _NOTE,
    }
    faults = {name: fault for name, fault in faults.items() if fault}
    if faults or starts_at is None or ends_at is None:
        return None, faults
    return Absence(values["who"], starts_at, ends_at, note), {}


async def absences(
    session: AsyncSession,
    language: str,
    now: datetime,
    done: str,
    values: Mapping[str, str] | None = None,
    faults: Mapping[str, str] | None = None,
) -> AbsencesView:
    """What is to come, with the form as it was typed; `done` is the code of what was just changed."""
    rows = await coming_absences(session, now, _SHOWN + 1)
    return AbsencesView(
        entries=tuple(
            AbsenceEntry(str(row.id), row.resource, row.starts_at, row.ends_at, row.note)
            for row in rows[:_SHOWN]
        ),
        more=len(rows) > _SHOWN,
        values=values or {},
        faults={name: said(text, language) for name, text in (faults or {}).items()},
        done=DONE.get(done, ""),
    )


def _moment(typed: str, zone: ZoneInfo) -> datetime | None:
    try:
        local = datetime.fromisoformat(typed)
    except ValueError:
        return None
    if local.tzinfo is not None or "T" not in typed or not 2000 <= local.year < 2100:
        return None
    return local.replace(tzinfo=zone).astimezone(UTC)


def _wrong_end(starts_at: datetime | None, ends_at: datetime | None, now: datetime) -> str:
    if ends_at is None:
        return _WHEN
    if ends_at <= now:
        return _OVER
    if starts_at is None:
        return ""
    if ends_at <= starts_at:
        return _ORDER
    return _LONG if ends_at - starts_at > _LONGEST else ""
