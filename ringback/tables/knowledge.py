"""What the assistant may answer from, besides the company's document."""

from datetime import datetime
from uuid import UUID

from sqlalchemy import ForeignKey, Index
from sqlalchemy.orm import Mapped, mapped_column

from ringback.tables.columns import Base, Instant, WithId
from ringback.tenancy import Owned, Sealed


class PassageRow(WithId, Owned, Base):
    """A piece of the company's information: a question with its answer, or a part of a text."""

    __tablename__ = "passage"
    __table_args__ = (Index("ix_passage_source", "company_id", "source_id", "position"),)

    company_id: Mapped[UUID] = mapped_column(ForeignKey("company.id"), index=True)
    source_id: Mapped[UUID]  # shared by the parts of one text
    source: Mapped[str] = mapped_column(Sealed("passage.source"))  # its name, for the staff
    position: Mapped[int]  # among the parts, from 1
    title: Mapped[str] = mapped_column(Sealed("passage.title"))  # the question or the heading
    text: Mapped[str] = mapped_column(Sealed("passage.text"))
    created_at: Mapped[datetime] = mapped_column(Instant)
    changed_at: Mapped[datetime] = mapped_column(Instant)
