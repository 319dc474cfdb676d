"""Conversations, their texts, how each was understood, and who does not want any."""

from datetime import datetime
from uuid import UUID

from sqlalchemy import ForeignKey, Index, LargeBinary, String, UniqueConstraint, false, text
from sqlalchemy.orm import Mapped, mapped_column

from ringback.tables.columns import Base, Instant, WithId
from ringback.tenancy import Owned, Sealed

OPEN = text("closed_at IS NULL")


class ConversationRow(WithId, Owned, Base):
    """The texts with one caller; at most one is open per caller and company."""

    __tablename__ = "conversation"
    __table_args__ = (
        Index(
            "uq_conversation_open",
            "company_id",
            "number_index",
            unique=True,
            sqlite_where=OPEN,
            postgresql_where=OPEN,
        ),
        Index("ix_conversation_number", "company_id", "number_index"),
    )

    company_id: Mapped[UUID] = mapped_column(ForeignKey("company.id"), index=True)
    number: Mapped[str] = mapped_column(Sealed("conversation.number"))
    number_index: Mapped[bytes] = mapped_column(LargeBinary(16))
    our_number: Mapped[str] = mapped_column(String(20))
    language: Mapped[str] = mapped_column(String(8))
    owner: Mapped[str] = mapped_column(String(16), default="assistant")  # or person, nobody
    owner_id: Mapped[UUID | None]  # the person's, a user's
    owner_since: Mapped[datetime | None] = mapped_column(Instant)
    memory: Mapped[str] = mapped_column(Sealed("conversation.memory"), default="")
    opened_at: Mapped[datetime] = mapped_column(Instant)
    changed_at: Mapped[datetime] = mapped_column(Instant, index=True)
    closed_at: Mapped[datetime | None] = mapped_column(Instant)


class MessageRow(WithId, Owned, Base):
    """One text, in or out; its states are `ringback.messages.MessageState`."""

    __tablename__ = "message"
    __table_args__ = (
        # Not unique: an SMSC's counter may begin anew, and that text was accepted all the same.
        Index("ix_message_provider_id", "provider", "direction", "provider_id"),
        UniqueConstraint("conversation_id", "number"),
    )

    # Without an index of its own: SQLite would prefer it, and read all of a company's texts.
    company_id: Mapped[UUID] = mapped_column(ForeignKey("company.id"))
    conversation_id: Mapped[UUID] = mapped_column(ForeignKey("conversation.id"))
    number: Mapped[int] = mapped_column(autoincrement=False)  # place in the conversation, from 1
    key: Mapped[str] = mapped_column(unique=True)  # what caused it, so that it exists once
    direction: Mapped[str] = mapped_column(String(3))  # in, out
    text: Mapped[str] = mapped_column(Sealed("message.text"))
    author: Mapped[str] = mapped_column(String(64), default="assistant")  # or api:<key's id>
    situation: Mapped[str] = mapped_column(String(24), default="reply")  # ringback.policy.Situation
    state: Mapped[str] = mapped_column(String(16))
    why: Mapped[str | None] = mapped_column(Sealed("message.why"))  # of a state, for the staff
    provider: Mapped[str | None] = mapped_column(String(24))  # the account, from the first try on
    provider_id: Mapped[str | None]
    sender: Mapped[str | None] = mapped_column(String(20))  # our number, as it was last sent from
    turn_from: Mapped[str | None] = mapped_column(String(24))  # the account it is in line at
    token: Mapped[str | None] = mapped_column(String(43), unique=True)  # ours, in receipt addresses
    parts: Mapped[int | None]
    reserved_e4: Mapped[int | None]  # of the budgets, from parts and price; 1/10000 as below
    cost_e4: Mapped[int | None]  # 1/10000 of the account's currency, as the provider tells it
    despite_opt_out: Mapped[bool] = mapped_column(default=False)  # the one that confirms it
    created_at: Mapped[datetime] = mapped_column(Instant)
    held_until: Mapped[datetime | None] = mapped_column(Instant)  # by quiet hours
    submitted_at: Mapped[datetime | None] = mapped_column(Instant)
    settled_at: Mapped[datetime | None] = mapped_column(Instant)


class TurnRow(WithId, Owned, Base):
    """How a received text was understood and what was decided: the AI log."""

    __tablename__ = "turn"
    __table_args__ = (Index("ix_turn_created", "company_id", "created_at"),)

    company_id: Mapped[UUID] = mapped_column(ForeignKey("company.id"), index=True)
    message_id: Mapped[UUID] = mapped_column(ForeignKey("message.id"), unique=True)
    engine: Mapped[str] = mapped_column(String(24))  # rules, builtin, model
    version: Mapped[str | None] = mapped_column(String(80))  # of the engine, the model named
    # JSON; None in all that is sealed once the company's days are over (store.ai_log)
    understood: Mapped[str | None] = mapped_column(Sealed("turn.understood"))
    proposed: Mapped[str | None] = mapped_column(Sealed("turn.proposed"))  # by the engine
    decided: Mapped[str | None] = mapped_column(Sealed("turn.decided"))
    used: Mapped[str | None] = mapped_column(Sealed("turn.used"))  # ids of passages
    refused: Mapped[str | None] = mapped_column(Sealed("turn.refused"))  # by the guards
    unanswered: Mapped[bool] = mapped_column(default=False, server_default=false())
    tokens_in: Mapped[int | None]
    tokens_out: Mapped[int | None]
    cost_e4: Mapped[int | None]  # 1/10000 of the company's currency
    took_ms: Mapped[int]
    created_at: Mapped[datetime] = mapped_column(Instant)


class OptOutRow(WithId, Owned, Base):
    """A number that gets no texts from this company."""

    __tablename__ = "opt_out"
    __table_args__ = (UniqueConstraint("company_id", "number_index"),)

    company_id: Mapped[UUID] = mapped_column(ForeignKey("company.id"), index=True)
    number_index: Mapped[bytes] = mapped_column(LargeBinary(16))
    told_by: Mapped[str] = mapped_column(String(16), default="caller")  # or provider, staff
    created_at: Mapped[datetime] = mapped_column(Instant)


class SimulatedTextRow(WithId, Owned, Base):
    """A text that the phone simulator holds: what a provider and a phone would otherwise keep."""

    __tablename__ = "simulated_text"

    token: Mapped[str] = mapped_column(String(64), unique=True)
    company_id: Mapped[UUID] = mapped_column(ForeignKey("company.id"), index=True)
    number_index: Mapped[bytes] = mapped_column(LargeBinary(16), index=True)
    typed: Mapped[bool]  # on the phone, by the visitor; else received
    body: Mapped[str] = mapped_column(Sealed("simulated_text.body"))
    created_at: Mapped[datetime] = mapped_column(Instant)
