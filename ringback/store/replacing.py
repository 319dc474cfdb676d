"""A company's document renewed: nobody and nothing drops out of it while something stands on them.

In: the new document, which names became others, who has left. Out: the company's row; the bookings,
absences and calendars of those who are called otherwise now. Resources are known by their names,
services by their ids: one that is only spelled anew would be somebody else, free all day. Stands
behind `ringback add company --replace`.
"""

from collections.abc import Collection, Mapping
from datetime import datetime
from typing import NamedTuple

from sqlalchemy import ColumnElement, delete, func, select, update
from sqlalchemy.ext.asyncio import AsyncSession
from sqlalchemy.orm import InstrumentedAttribute

from ringback.bookings import STANDS
from ringback.business import Business
from ringback.errors import BadInput
from ringback.store.changes import Kind, note_change
from ringback.store.companies import locked_company
from ringback.tables import BookingRow, BusyRow, CalendarRow


class _Names(NamedTuple):
    """Of the resources, and the ids of the services."""

    resources: tuple[str, ...]
    services: tuple[str, ...]


async def replace_business(
    session: AsyncSession,
    new: Business,
    now: datetime,
    renamed: Mapping[str, str] | None = None,
    left: Collection[str] = (),
) -> None:
    """Let this be what the company has written about itself.

    Args:
        session: A unit of work of the company.
        new: The whole document.
        now: Aware.
        renamed: Resources or ids of services: before, and as the new document has them.
        left: Resources that are gone for good: their absences and calendars go with them.

    Raises:
        BadInput: It leaves out what is still needed, or a renaming is none; nothing was changed.
    """
    row, renamed = await locked_company(session), renamed or {}
    before, after = _names(Business.model_validate(row.business)), _names(new)
    _check(renamed, before, after)
    dropped = set(before.resources) - set(after.resources) - set(renamed)
    unsold = set(before.services) - set(after.services) - set(renamed)
    gone = dropped & set(left)
    if faults := [
        *await _with_bookings(session, dropped, unsold, now),
        *await _with_calendars(session, dropped - gone, now),
    ]:
        raise BadInput("\n".join(faults))
    for table in (BusyRow, CalendarRow):
        await session.execute(delete(table).where(table.resource.in_(gone)))
    for old, name in renamed.items():
        await _carry_over(session, old, name, is_resource=old in before.resources)
    row.name, row.zone, row.business = new.name, new.timezone, new.model_dump(mode="json")
    await note_change(session, Kind.BOOKING, row.id, now)


def _names(business: Business) -> _Names:
    return _Names(business.resources, tuple(service.id for service in business.services))


def _check(renamed: Mapping[str, str], before: _Names, after: _Names) -> None:
    """BadInput unless each of them goes from a name that is gone to one that is new."""
    for old, name in renamed.items():
        known, kept = next(
            ((known, kept) for known, kept in zip(before, after, strict=True) if old in known),
            ((), ()),
        )
        if not known:
            names = ", ".join([*before.resources, *before.services])
            raise BadInput(f"Nothing is called {old!r} so far. There are: {names}.")
        if old in kept:
            raise BadInput(f"The document still has {old!r}. Write {name!r} there in its place.")
        if name not in kept:
            raise BadInput(f"The document has no {name!r}. Write it as it stands there.")
        if name in known or list(renamed.values()).count(name) > 1:
            raise BadInput(f"{name!r} can't take over {old!r}: two diaries would become one.")


async def _with_bookings(
    session: AsyncSession, dropped: Collection[str], unsold: Collection[str], now: datetime
) -> list[str]:
    """A sentence for each that is left out though bookings of it are still to come."""
    coming = (BookingRow.state.in_(STANDS), BookingRow.ends_at > now)
    booked = await _counted(session, BookingRow.resource, dropped, *coming)
    booked |= await _counted(session, BookingRow.service, unsold, *coming)
    return [
        f"The document leaves out {name!r}, with bookings to come: {count}. If the name is another "
        f"now, say --rename '{name}=NEW NAME'; else move or cancel them first."
        for name, count in booked.items()
    ]


async def _with_calendars(
    session: AsyncSession, dropped: Collection[str], now: datetime
) -> list[str]:
    """A sentence for each that is left out with absences to come, or with a calendar."""
    absent = await _counted(session, BusyRow.resource, dropped, BusyRow.ends_at > now)
    shown = await _counted(session, CalendarRow.resource, dropped)
    return [
        f"The document leaves out {name!r}, who has absences to come or a calendar. If the name is "
        f"another now, say --rename '{name}=NEW NAME'; to drop them too, say --left '{name}'."
        for name in sorted({*absent, *shown})
    ]


async def _counted(
    session: AsyncSession,
    column: InstrumentedAttribute[str],
    names: Collection[str],
    *which: ColumnElement[bool],
) -> dict[str, int]:
    """How many rows of each name there are."""
    query = select(column, func.count()).where(column.in_(names), *which).group_by(column)
    return {name: count for name, count in await session.execute(query.order_by(column))}


async def _carry_over(session: AsyncSession, old: str, name: str, *, is_resource: bool) -> None:
    """Let all that stands under one name stand under another; what is over, too."""
    if not is_resource:
        sold = update(BookingRow).where(BookingRow.service == old)
        await session.execute(sold.values(service=name))
        return
    for table in (BookingRow, BusyRow, CalendarRow):
        await session.execute(update(table).where(table.resource == old).values(resource=name))
