"""Who did what to which row, chained; and what changed, for the live pages."""

from datetime import datetime
from uuid import UUID

from sqlalchemy import ForeignKey, String, UniqueConstraint
from sqlalchemy.orm import Mapped, mapped_column

from ringback.tables.columns import SERIAL, Base, Instant, WithId
from ringback.tenancy import Owned, Sealed


class AuditRow(WithId, Owned, Base):
    """One entry of a company's chain; ids and field names only, never text or numbers."""

    __tablename__ = "audit"
    __table_args__ = (UniqueConstraint("company_id", "number"),)

    company_id: Mapped[UUID] = mapped_column(ForeignKey("company.id"), index=True)
    number: Mapped[int]
    at: Mapped[datetime] = mapped_column(Instant)
    actor: Mapped[str]  # user:<id>, assistant, system
    action: Mapped[str] = mapped_column(String(32))
    object_kind: Mapped[str] = mapped_column(String(24))
    object_id: Mapped[str]
    remote: Mapped[str] = mapped_column(Sealed("audit.remote"), default="")  # an IP address
    previous_hash: Mapped[str] = mapped_column(String(64))
    hash: Mapped[str] = mapped_column(String(64))


class ChangeRow(Owned, Base):
    """Something that pages show was changed; the id is the order of the live stream."""

    __tablename__ = "change"
    __table_args__ = {"sqlite_autoincrement": True}  # noqa: RUF012 - SQLAlchemy's form

    id: Mapped[int] = mapped_column(SERIAL, primary_key=True)
    company_id: Mapped[UUID] = mapped_column(ForeignKey("company.id"), index=True)
    kind: Mapped[str] = mapped_column(String(16))  # call, conversation, booking, pbx
    subject: Mapped[UUID]
    part: Mapped[UUID | None]  # the text, when a conversation changed by one
    new: Mapped[bool] = mapped_column(default=False)
    at: Mapped[datetime] = mapped_column(Instant, index=True)
