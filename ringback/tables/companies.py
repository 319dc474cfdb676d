"""Companies, their people, their PBXs and the numbers that texts go out from."""

from datetime import datetime
from typing import Any
from uuid import UUID

from sqlalchemy import JSON, ForeignKey, LargeBinary, String, UniqueConstraint
from sqlalchemy.orm import Mapped, mapped_column

from ringback.tables.columns import Base, Instant, WithId
from ringback.tenancy import Owned, Owner, Sealed


class CompanyRow(Owner, Base):
    """A company; the operator's own table. Without its wrapped keys nothing of it can be read."""

    __tablename__ = "company"

    name: Mapped[str]
    zone: Mapped[str] = mapped_column(default="Europe/Stockholm")
    language: Mapped[str] = mapped_column(String(8), default="sv")
    wrapped_keys: Mapped[bytes] = mapped_column(LargeBinary)
    business: Mapped[dict[str, Any]] = mapped_column(JSON)  # ringback.business.Business
    texting: Mapped[dict[str, Any]] = mapped_column(JSON, default=dict)  # ringback.texting.Texting
    assistant: Mapped[dict[str, Any]] = mapped_column(JSON, default=dict)  # dialogue's settings
    code: Mapped[str] = mapped_column(
        String(8), unique=True
    )  # in the address of its privacy notice
    audit_number: Mapped[int] = mapped_column(default=0)
    audit_head: Mapped[str] = mapped_column(String(64), default="")
    created_at: Mapped[datetime] = mapped_column(Instant)


class UserRow(WithId, Owned, Base):
    """Someone who signs in. The e-mail is found by an index over the whole installation."""

    __tablename__ = "user_account"

    company_id: Mapped[UUID] = mapped_column(ForeignKey("company.id"), index=True)
    email_index: Mapped[bytes] = mapped_column(LargeBinary(16), unique=True)
    email: Mapped[str] = mapped_column(Sealed("user_account.email"))
    name: Mapped[str] = mapped_column(Sealed("user_account.name"))
    role: Mapped[str] = mapped_column(String(16))
    password_hash: Mapped[str]
    language: Mapped[str] = mapped_column(String(8), default="sv")
    phone: Mapped[str] = mapped_column(default="")  # as PJSIP/101; rings first in a callback
    failed_count: Mapped[int] = mapped_column(default=0)
    locked_until: Mapped[datetime | None] = mapped_column(Instant)
    disabled_at: Mapped[datetime | None] = mapped_column(Instant)
    created_at: Mapped[datetime] = mapped_column(Instant)


class SignInRow(WithId, Owned, Base):
    """One signed-in browser. Only a hash of its token is kept."""

    __tablename__ = "sign_in"

    company_id: Mapped[UUID] = mapped_column(ForeignKey("company.id"), index=True)
    user_id: Mapped[UUID] = mapped_column(ForeignKey("user_account.id"), index=True)
    token_hash: Mapped[bytes] = mapped_column(LargeBinary(32), unique=True)
    created_at: Mapped[datetime] = mapped_column(Instant)
    seen_at: Mapped[datetime] = mapped_column(Instant)
    ended_at: Mapped[datetime | None] = mapped_column(Instant)


class ApiKeyRow(WithId, Owned, Base):
    """What a program of the company's signs its requests with. Only a hash is kept."""

    __tablename__ = "api_key"

    company_id: Mapped[UUID] = mapped_column(ForeignKey("company.id"), index=True)
    name: Mapped[str]
    key_hash: Mapped[bytes] = mapped_column(LargeBinary(32), unique=True)
    created_at: Mapped[datetime] = mapped_column(Instant)
    used_at: Mapped[datetime | None] = mapped_column(Instant)
    ended_at: Mapped[datetime | None] = mapped_column(Instant)


class PbxRow(WithId, Owned, Base):
    """A PBX that the company's calls pass through, and how its link is."""

    __tablename__ = "pbx"
    __table_args__ = (UniqueConstraint("company_id", "name"),)

    company_id: Mapped[UUID] = mapped_column(ForeignKey("company.id"), index=True)
    name: Mapped[str]
    kind: Mapped[str] = mapped_column(String(8), default="ami")  # ringback.pbx.PbxKind
    host: Mapped[str]
    port: Mapped[int]
    username: Mapped[str]
    secret: Mapped[str] = mapped_column(Sealed("pbx.secret"))
    tls: Mapped[bool] = mapped_column(default=False)
    site: Mapped[str] = mapped_column(default="")  # TOML, see pbx_adapter.site
    link_state: Mapped[str] = mapped_column(String(24), default="new")
    link_text: Mapped[str] = mapped_column(default="")
    link_since: Mapped[datetime | None] = mapped_column(Instant)
    removed_at: Mapped[datetime | None] = mapped_column(Instant)  # its calls stay


class PbxMarkRow(Owned, Base):
    """How far a source of a PBX has been read, in the source's own words; `live` is AMI itself."""

    __tablename__ = "pbx_mark"

    pbx_id: Mapped[UUID] = mapped_column(ForeignKey("pbx.id"), primary_key=True)
    source: Mapped[str] = mapped_column(String(24), primary_key=True)
    company_id: Mapped[UUID] = mapped_column(ForeignKey("company.id"), index=True)
    mark: Mapped[str]


class GapRow(WithId, Owned, Base):
    """A time in which a PBX was not listened to; calls of it were found afterwards, or not."""

    __tablename__ = "gap"

    company_id: Mapped[UUID] = mapped_column(ForeignKey("company.id"), index=True)
    pbx_id: Mapped[UUID] = mapped_column(ForeignKey("pbx.id"), index=True)
    from_at: Mapped[datetime] = mapped_column(Instant)
    to_at: Mapped[datetime | None] = mapped_column(Instant)  # None while it lasts
    sources: Mapped[list[Any]] = mapped_column(JSON, default=list)  # what was read afterwards
    found: Mapped[int] = mapped_column(default=0)  # calls that only those sources told


class SmsNumberRow(WithId, Owned, Base):
    """A number of the company's that texts go out from and come in to; not personal.

    The same number at several accounts: the first of them that works is used.
    """

    __tablename__ = "sms_number"
    __table_args__ = (UniqueConstraint("provider", "e164"),)

    company_id: Mapped[UUID] = mapped_column(ForeignKey("company.id"), index=True)
    provider: Mapped[str] = mapped_column(String(24))
    e164: Mapped[str] = mapped_column(String(20))
    rank: Mapped[int] = mapped_column(default=0)  # the lowest is taken first
