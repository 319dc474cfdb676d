"""Appointments. Two that overlap on a resource are refused by the database itself."""

from datetime import datetime
from uuid import UUID

from sqlalchemy import CheckConstraint, ForeignKey, Index, LargeBinary, String
from sqlalchemy.orm import Mapped, mapped_column

from ringback.tables.columns import Base, Instant, WithId
from ringback.tenancy import Owned, Sealed


class BookingRow(WithId, Owned, Base):
    """One appointment.

    The overlap guard is an exclusion constraint on PostgreSQL and a pair of triggers on SQLite;
    both stand in the first migration, since no portable form exists.
    """

    __tablename__ = "booking"
    __table_args__ = (
        CheckConstraint("ends_at > starts_at", name="ends_after_start"),
        Index("ix_booking_resource", "company_id", "resource", "starts_at"),
        Index("ix_booking_ends", "company_id", "ends_at"),
    )

    company_id: Mapped[UUID] = mapped_column(ForeignKey("company.id"), index=True)
    key: Mapped[str] = mapped_column(unique=True)  # what caused it, so that it exists once
    number: Mapped[str] = mapped_column(Sealed("booking.number"))
    number_index: Mapped[bytes] = mapped_column(LargeBinary(16), index=True)
    conversation_id: Mapped[UUID | None] = mapped_column(ForeignKey("conversation.id"))
    note: Mapped[str] = mapped_column(Sealed("booking.note"), default="")
    service: Mapped[str] = mapped_column(String(64))  # id in the company's document
    resource: Mapped[str]
    starts_at: Mapped[datetime] = mapped_column(Instant)
    ends_at: Mapped[datetime] = mapped_column(Instant)
    zone: Mapped[str]
    state: Mapped[str] = mapped_column(String(16))
    held_until: Mapped[datetime | None] = mapped_column(Instant)  # of one that is only held
    version: Mapped[int] = mapped_column(default=1)
    calendar_version: Mapped[int] = mapped_column(default=0, server_default="0")  # as written there
    source: Mapped[str] = mapped_column(String(16))
    created_at: Mapped[datetime] = mapped_column(Instant)
