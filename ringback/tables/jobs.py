"""The table of jobs: every step that is due, and every timer."""

from datetime import datetime
from uuid import UUID

from sqlalchemy import Index, String, text
from sqlalchemy.orm import Mapped, mapped_column

from ringback.tables.columns import SERIAL, Base, Instant

OPEN = text("state = 'open'")


class JobRow(Base):
    """One step. The operator's own table: it holds ids only, nothing of the people involved."""

    __tablename__ = "job"
    __table_args__ = (
        Index(
            "ix_job_due",
            "kind",
            "urgency",
            "run_at",
            "id",
            sqlite_where=OPEN,
            postgresql_where=OPEN,
        ),
        Index("ix_job_lane", "lane", sqlite_where=OPEN, postgresql_where=OPEN),
        {"sqlite_autoincrement": True},
    )

    id: Mapped[int] = mapped_column(SERIAL, primary_key=True)
    key: Mapped[str] = mapped_column(unique=True)
    kind: Mapped[str] = mapped_column(String(24))
    company_id: Mapped[UUID]
    subject: Mapped[UUID]
    lane: Mapped[str | None]  # jobs of one lane run one at a time, in order
    urgency: Mapped[int] = mapped_column(default=0, server_default="0")  # 0 is taken first
    run_at: Mapped[datetime] = mapped_column(Instant)
    state: Mapped[str] = mapped_column(String(8), default="open")  # open, done, dead
    attempts: Mapped[int] = mapped_column(default=0)
    token: Mapped[str | None] = mapped_column(String(32))
    fault: Mapped[str | None]  # of the last attempt that failed
    ended_at: Mapped[datetime | None] = mapped_column(Instant, index=True)
