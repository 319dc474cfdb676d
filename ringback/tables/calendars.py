"""Calendars outside: where a resource's bookings are shown, and what blocks its time there."""

from datetime import datetime
from uuid import UUID

from sqlalchemy import ForeignKey, Index, LargeBinary, String, UniqueConstraint
from sqlalchemy.orm import Mapped, mapped_column

from ringback.tables.columns import Base, Instant, WithId
from ringback.tenancy import Owned, Sealed


class CalendarRow(WithId, Owned, Base):
    """A resource's feed to subscribe to (iCalendar), and the calendar that is written to (CalDAV)."""

    __tablename__ = "calendar"
    __table_args__ = (UniqueConstraint("company_id", "resource"),)

    company_id: Mapped[UUID] = mapped_column(ForeignKey("company.id"), index=True)
    resource: Mapped[str]
    feed_secret: Mapped[str] = mapped_column(Sealed("calendar.feed_secret"))  # in its address
    feed_hash: Mapped[bytes] = mapped_column(LargeBinary(32), unique=True)
    caldav_url: Mapped[str] = mapped_column(Sealed("calendar.caldav_url"), default="")
    caldav_user: Mapped[str] = mapped_column(Sealed("calendar.caldav_user"), default="")
    caldav_password: Mapped[str] = mapped_column(Sealed("calendar.caldav_password"), default="")
    state: Mapped[str] = mapped_column(String(16), default="new")  # new, ok, failing
    text: Mapped[str] = mapped_column(Sealed("calendar.text"), default="")  # what is wrong
    read_at: Mapped[datetime | None] = mapped_column(Instant)  # last time its busy times were read
    created_at: Mapped[datetime] = mapped_column(Instant)


class BusyRow(WithId, Owned, Base):
    """A time when a resource can't be booked: absence that staff entered, or from its calendar."""

    __tablename__ = "busy"
    __table_args__ = (
        UniqueConstraint("company_id", "resource", "key"),
        Index("ix_busy_resource", "company_id", "resource", "starts_at"),
    )

    company_id: Mapped[UUID] = mapped_column(ForeignKey("company.id"), index=True)
    resource: Mapped[str]
    key: Mapped[str]  # tells it from others of the resource: staff:<id>, caldav:<uid and start>
    source: Mapped[str] = mapped_column(String(8))  # staff, caldav
    note: Mapped[str] = mapped_column(Sealed("busy.note"), default="")
    starts_at: Mapped[datetime] = mapped_column(Instant)
    ends_at: Mapped[datetime] = mapped_column(Instant)
