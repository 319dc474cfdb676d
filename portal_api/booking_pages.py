"""What programs ask bookings by: a span of time, and where the page before ended. Pure.

In: parameters of the JSON API. Out: what the store takes, or `BadInput` with how to write it.
"""

from datetime import UTC, datetime, timedelta
from uuid import UUID

from ringback.errors import BadInput
from ringback.tables import BookingRow

YEARS = range(2000, 2100)
"""Further off, weeks and zones leave what a date can hold."""
_LONGEST_SPAN = timedelta(days=366)
_WRITTEN = "%Y%m%dT%H%M%S.%fZ"  # nothing that an address would have to escape


def check_span(start: datetime, end: datetime) -> None:
    """BadInput unless both have an offset and one comes after the other, by a year at most."""
    if start.tzinfo is None or end.tzinfo is None:
        raise BadInput("Write the times with an offset, like 2027-03-01T09:00:00+01:00.", "from")
    if start.year not in YEARS or end.year not in YEARS:
        raise BadInput("Write times between the years 2000 and 2099.", "from")
    if not start < end <= start + _LONGEST_SPAN:
        raise BadInput("Let `to` come after `from`, by 366 days at most.", "to")


def after_of(row: BookingRow) -> str:
    """The `after` of the page that follows this booking; it holds though the booking is moved."""
    return f"{row.starts_at.astimezone(UTC):{_WRITTEN}}_{row.id}"


def place(after: str) -> tuple[datetime, UUID] | None:
    """Start and id of the last booking of the page before, as `after_of` told them; None for "".

    Raises:
        BadInput: It is none of ours.
    """
    if not after:
        return None
    at, _, booking_id = after.partition("_")
    try:
        return datetime.strptime(at, _WRITTEN).replace(tzinfo=UTC), UUID(booking_id)
    except ValueError as wrong:
        told = "Give `after` as the `next` of the page before tells it."
        raise BadInput(told, "after") from wrong
