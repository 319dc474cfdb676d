"""What texting needs besides the texts: rules on numbers, templates, prices, what was spent, accounts.

`Owned` rows are a company's; the others are the operator's and hold nothing personal.
"""

from datetime import date, datetime
from uuid import UUID

from sqlalchemy import BigInteger, ForeignKey, Index, LargeBinary, String, UniqueConstraint
from sqlalchemy.orm import Mapped, mapped_column

from ringback.tables.columns import SERIAL, Base, Instant, WithId
from ringback.tenancy import Owned, Sealed


class TemplateRow(WithId, Owned, Base):
    """A company's own words for a situation (`ringback.templates.Situation`); `""` means any."""

    __tablename__ = "template"
    __table_args__ = (UniqueConstraint("company_id", "situation", "language", "did", "queue"),)

    company_id: Mapped[UUID] = mapped_column(ForeignKey("company.id"), index=True)
    situation: Mapped[str] = mapped_column(String(24))
    language: Mapped[str] = mapped_column(String(8))
    did: Mapped[str] = mapped_column(String(20), default="")  # E.164
    queue: Mapped[str] = mapped_column(String(80), default="")
    text: Mapped[str]
    changed_at: Mapped[datetime] = mapped_column(Instant)


class NumberRuleRow(WithId, Owned, Base):
    """A number that a company treats in its own way (`ringback.policy.NumberRule`)."""

    __tablename__ = "number_rule"
    __table_args__ = (UniqueConstraint("company_id", "number_index"),)

    company_id: Mapped[UUID] = mapped_column(ForeignKey("company.id"), index=True)
    number: Mapped[str] = mapped_column(Sealed("number_rule.number"))
    number_index: Mapped[bytes] = mapped_column(LargeBinary(16))
    rule: Mapped[str] = mapped_column(String(16))
    note: Mapped[str] = mapped_column(Sealed("number_rule.note"), default="")
    created_at: Mapped[datetime] = mapped_column(Instant)


class SpentRow(Owned, Base):
    """What a company has reserved or paid for texts in a period, in all or to one number."""

    __tablename__ = "spent"

    company_id: Mapped[UUID] = mapped_column(ForeignKey("company.id"), primary_key=True)
    number_index: Mapped[bytes] = mapped_column(LargeBinary(16), primary_key=True)  # b"": all
    period: Mapped[str] = mapped_column(String(13), primary_key=True)  # 2026-11, -22, T14: local
    texts: Mapped[int] = mapped_column(default=0)
    cost_e4: Mapped[int] = mapped_column(BigInteger, default=0)  # 1/10000 of the currency
    until: Mapped[datetime] = mapped_column(Instant, index=True)  # when nobody asks any more


class MessagePartRow(WithId, Owned, Base):
    """A part of a text that the provider reports on by itself."""

    __tablename__ = "message_part"
    __table_args__ = (Index("ix_message_part_provider_id", "provider", "provider_id"),)

    company_id: Mapped[UUID] = mapped_column(ForeignKey("company.id"), index=True)
    message_id: Mapped[UUID] = mapped_column(ForeignKey("message.id"), index=True)
    number: Mapped[int] = mapped_column(autoincrement=False)  # from 1
    provider: Mapped[str] = mapped_column(String(24))
    provider_id: Mapped[str]
    state: Mapped[str] = mapped_column(String(16))


class ParkedReceiptRow(Base):
    """A receipt that came before the answer to its text was stored; the operator's, ids only."""

    __tablename__ = "parked_receipt"
    __table_args__ = (
        Index("ix_parked_receipt_text", "provider", "provider_id"),
        {"sqlite_autoincrement": True},
    )

    id: Mapped[int] = mapped_column(SERIAL, primary_key=True)
    provider: Mapped[str] = mapped_column(String(24))
    provider_id: Mapped[str]
    state: Mapped[str] = mapped_column(String(16))
    code: Mapped[str]  # the provider's own
    opted_out: Mapped[bool] = mapped_column(
        default=False
    )  # it says that the recipient has told STOP
    at: Mapped[datetime] = mapped_column(Instant)
    parked_at: Mapped[datetime] = mapped_column(Instant, index=True)


class SmsAccountRow(Base):
    """How an account with an SMS provider is (`sms_gateway.breaker`); the operator's."""

    __tablename__ = "sms_account"

    name: Mapped[str] = mapped_column(String(24), primary_key=True)
    state: Mapped[str] = mapped_column(String(16), default="up")
    text: Mapped[str] = mapped_column(default="")  # what is wrong, in plain English
    since: Mapped[datetime] = mapped_column(Instant)
    retry_at: Mapped[datetime | None] = mapped_column(Instant)  # None: not stopped
    failures: Mapped[int] = mapped_column(default=0)  # in a row
    unreported: Mapped[int] = mapped_column(default=0)  # accepted since the last receipt
    silent_since: Mapped[datetime | None] = mapped_column(Instant)  # first of those


class PaceRow(Base):
    """When an account or a sender number may send its next text; the operator's."""

    __tablename__ = "pace"

    name: Mapped[str] = mapped_column(String(64), primary_key=True)
    next_at: Mapped[datetime] = mapped_column(Instant)


class SmsPriceRow(WithId, Base):
    """The price of one part from a day on; `""` means any account or country. The operator's."""

    __tablename__ = "sms_price"
    __table_args__ = (UniqueConstraint("provider", "country", "valid_from"),)

    provider: Mapped[str] = mapped_column(String(24), default="")
    country: Mapped[str] = mapped_column(String(2), default="")  # ISO 3166
    valid_from: Mapped[date]
    part_e4: Mapped[int]  # 1/10000 of the currency
