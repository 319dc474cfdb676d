"""Finished calls."""

from datetime import datetime
from typing import Any
from uuid import UUID

from sqlalchemy import JSON, ForeignKey, Index, LargeBinary, String, UniqueConstraint
from sqlalchemy.orm import Mapped, mapped_column

from ringback.tables.columns import Base, Instant, WithId
from ringback.tenancy import Owned, Sealed


class CallRow(WithId, Owned, Base):
    """One finished call; the fields mean what `ringback.calls.Call` says."""

    __tablename__ = "call"
    __table_args__ = (
        UniqueConstraint("pbx_id", "uniqueid"),
        Index("ix_call_missed", "company_id", "outcome", "started_at"),
    )

    company_id: Mapped[UUID] = mapped_column(ForeignKey("company.id"), index=True)
    pbx_id: Mapped[UUID] = mapped_column(ForeignKey("pbx.id"))
    uniqueid: Mapped[str]
    direction: Mapped[str] = mapped_column(String(16))
    caller: Mapped[str] = mapped_column(Sealed("call.caller"))
    caller_e164: Mapped[str | None] = mapped_column(Sealed("call.caller_e164"))
    caller_index: Mapped[bytes | None] = mapped_column(LargeBinary(16), index=True)
    withheld: Mapped[bool]
    did: Mapped[str | None]
    did_e164: Mapped[str | None]
    callee: Mapped[str | None] = mapped_column(Sealed("call.callee"))
    outcome: Mapped[str | None] = mapped_column(String(16))
    reason: Mapped[str | None] = mapped_column(String(24))
    queues: Mapped[list[Any]] = mapped_column(JSON)
    rang: Mapped[list[Any]] = mapped_column(JSON)
    answered_by: Mapped[str | None] = mapped_column(Sealed("call.answered_by"))
    ended_by: Mapped[str | None] = mapped_column(String(16))
    wait_s: Mapped[float]
    talk_s: Mapped[float]
    started_at: Mapped[datetime] = mapped_column(Instant)
    ended_at: Mapped[datetime] = mapped_column(Instant)
    conversation_id: Mapped[UUID | None] = mapped_column(ForeignKey("conversation.id"))
    text_withheld: Mapped[str | None] = mapped_column(String(32))  # why no text went out
