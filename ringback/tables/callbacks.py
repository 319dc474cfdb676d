"""Callback in list: the queues that offer it, who staffs them, the wishes and every try to keep one."""

from datetime import datetime
from typing import Any
from uuid import UUID

from sqlalchemy import JSON, ForeignKey, Index, LargeBinary, String, UniqueConstraint, text
from sqlalchemy.engine.default import DefaultExecutionContext
from sqlalchemy.orm import Mapped, mapped_column

from ringback.tables.columns import Base, Instant, WithId
from ringback.tenancy import Owned, Sealed


class QueueRow(WithId, Owned, Base):
    """A queue of a PBX, its rules for callbacks, and what its callers are offered now."""

    __tablename__ = "queue"
    __table_args__ = (UniqueConstraint("pbx_id", "name"),)

    company_id: Mapped[UUID] = mapped_column(ForeignKey("company.id"), index=True)
    pbx_id: Mapped[UUID] = mapped_column(ForeignKey("pbx.id"))
    name: Mapped[str]  # as the PBX names it
    label: Mapped[str] = mapped_column(default="")  # for people; the name when empty
    rules: Mapped[dict[str, Any]] = mapped_column(JSON, default=dict)  # ringback.queues.Rules
    offer_on: Mapped[bool] = mapped_column(default=False)
    offer_why: Mapped[str] = mapped_column(String(24), default="")  # ringback.offer.Why
    offer_since: Mapped[datetime | None] = mapped_column(Instant)
    waiting: Mapped[int] = mapped_column(default=0)  # on the line, when that was last told
    created_at: Mapped[datetime] = mapped_column(Instant)
    removed_at: Mapped[datetime | None] = mapped_column(Instant)  # its callbacks stay


class StaffingRow(Owned, Base):
    """Somebody staffs a queue's list; counts while one of his browsers is signed in and there."""

    __tablename__ = "staffing"

    user_id: Mapped[UUID] = mapped_column(ForeignKey("user_account.id"), primary_key=True)
    queue_id: Mapped[UUID] = mapped_column(ForeignKey("queue.id"), primary_key=True)
    company_id: Mapped[UUID] = mapped_column(ForeignKey("company.id"), index=True)
    since: Mapped[datetime] = mapped_column(Instant)


def _when_made(row: DefaultExecutionContext) -> Any:
    return row.get_current_parameters()["created_at"]  # type: ignore[no-untyped-call]


class CallbackRow(WithId, Owned, Base):
    """Someone is to be rung, at best within the interval; open until it has ended somehow.

    Who has it in hand is told by `attempt_id`, which one conditional update sets and which stands no
    longer than `lease_until`.
    """

    __tablename__ = "callback"
    __table_args__ = (Index("ix_callback_state", "company_id", "state", "arrived_at"),)

    company_id: Mapped[UUID] = mapped_column(ForeignKey("company.id"), index=True)
    key: Mapped[str] = mapped_column(unique=True)
    open_key: Mapped[str | None] = mapped_column(unique=True)  # one open wish of a caller and queue
    number: Mapped[str] = mapped_column(Sealed("callback.number"))
    number_index: Mapped[bytes] = mapped_column(LargeBinary(16), index=True)
    conversation_id: Mapped[UUID | None] = mapped_column(ForeignKey("conversation.id"))
    call_id: Mapped[UUID | None] = mapped_column(ForeignKey("call.id"), index=True)
    queue_id: Mapped[UUID | None] = mapped_column(ForeignKey("queue.id"), index=True)
    why: Mapped[str] = mapped_column(Sealed("callback.why"))
    customer_input: Mapped[str | None] = mapped_column(Sealed("callback.customer_input"))
    input_kind: Mapped[str] = mapped_column(String(16), default="")  # ringback.queues.Input
    language: Mapped[str] = mapped_column(String(8), default="")
    from_at: Mapped[datetime | None] = mapped_column(Instant)
    to_at: Mapped[datetime | None] = mapped_column(Instant)
    # the call, or when it was asked for; stays through every requeue
    arrived_at: Mapped[datetime] = mapped_column(Instant, default=_when_made)
    calls: Mapped[int] = mapped_column(default=1)  # how often the caller has rung since
    last_call_at: Mapped[datetime | None] = mapped_column(Instant)
    tries: Mapped[int] = mapped_column(default=0)  # that did not reach the caller
    not_before: Mapped[datetime | None] = mapped_column(Instant)  # the next try, after such a one
    handler_id: Mapped[UUID | None] = mapped_column(ForeignKey("user_account.id"))  # the latest
    note: Mapped[str | None] = mapped_column(Sealed("callback.note"))  # the latest
    attempt_id: Mapped[UUID | None] = mapped_column()  # that is under way, or awaits its note
    lease_until: Mapped[datetime | None] = mapped_column(Instant)
    alerted_at: Mapped[datetime | None] = mapped_column(Instant)  # staff: its interval ends soon
    expired_at: Mapped[datetime | None] = mapped_column(Instant)  # the caller was asked for another
    state: Mapped[str] = mapped_column(String(16), default="open")  # open, done
    ended_as: Mapped[str | None] = mapped_column(String(24))  # ringback.callbacks.Ended
    ended_at: Mapped[datetime | None] = mapped_column(Instant)
    created_at: Mapped[datetime] = mapped_column(Instant)


class CallbackCallRow(WithId, Owned, Base):
    """What a wish was asked by: each call of the caller's since then, each program's or handler's form.

    Told twice it is kept once, also when the wish that it was added to has ended since.
    """

    __tablename__ = "callback_call"

    company_id: Mapped[UUID] = mapped_column(ForeignKey("company.id"), index=True)
    callback_id: Mapped[UUID] = mapped_column(ForeignKey("callback.id"), index=True)
    call_id: Mapped[UUID | None] = mapped_column(ForeignKey("call.id"), index=True)
    key: Mapped[str] = mapped_column(unique=True)
    asked: Mapped[bool] = mapped_column(default=False)  # in so many words; else he just rang
    at: Mapped[datetime] = mapped_column(Instant)
    body: Mapped[bytes | None] = mapped_column(LargeBinary(16))  # a program's, as a blind index


_UNDER_WAY = text("ended_at IS NULL")
_NOT_NOTED = text("noted_at IS NULL")


class AttemptRow(WithId, Owned, Base):
    """One try to ring somebody back: the handler's own phone, then the customer.

    Its id is the Uniqueid of the handler's channel (`ringback.attempts.channel_id`). The database
    itself keeps two tries from ringing one number at once, and a handler to one try at a time, which
    is over when its note is written.
    """

    __tablename__ = "attempt"
    __table_args__ = (
        Index("ix_attempt_callback", "company_id", "callback_id", "began_at"),
        Index(
            "uq_attempt_number_under_way",
            *("company_id", "number_index"),
            unique=True,
            sqlite_where=_UNDER_WAY,
            postgresql_where=_UNDER_WAY,
        ),
        Index(
            "uq_attempt_user_not_noted",
            "user_id",
            unique=True,
            sqlite_where=_NOT_NOTED,
            postgresql_where=_NOT_NOTED,
        ),
    )

    company_id: Mapped[UUID] = mapped_column(ForeignKey("company.id"), index=True)
    callback_id: Mapped[UUID] = mapped_column(ForeignKey("callback.id"))
    user_id: Mapped[UUID] = mapped_column(ForeignKey("user_account.id"))
    pbx_id: Mapped[UUID] = mapped_column(ForeignKey("pbx.id"))
    phone: Mapped[str]  # the handler's, as PJSIP/101
    number: Mapped[str] = mapped_column(Sealed("attempt.number"))  # E.164
    number_index: Mapped[bytes] = mapped_column(LargeBinary(16))
    shown_number: Mapped[str] = mapped_column(default="")  # E.164, what the customer sees
    automatic: Mapped[bool] = mapped_column(default=False)
    outside_why: Mapped[str | None] = mapped_column(Sealed("attempt.outside_why"))
    phase: Mapped[str] = mapped_column(String(20))  # ringback.attempts.Phase
    began_at: Mapped[datetime] = mapped_column(Instant)
    sent_at: Mapped[datetime | None] = mapped_column(Instant)  # set before the PBX is asked
    picked_up_at: Mapped[datetime | None] = mapped_column(Instant)  # the handler
    answered_at: Mapped[datetime | None] = mapped_column(Instant)  # the customer
    ended_at: Mapped[datetime | None] = mapped_column(Instant)
    fault: Mapped[str] = mapped_column(default="")  # for people: what went wrong
    outcome: Mapped[str | None] = mapped_column(String(20))  # ringback.attempts.Outcome
    note: Mapped[str | None] = mapped_column(Sealed("attempt.note"))
    noted_at: Mapped[datetime | None] = mapped_column(Instant)


class PromptRow(WithId, Owned, Base):
    """A sound of the company's own, in place of a spoken one."""

    __tablename__ = "prompt"
    __table_args__ = (UniqueConstraint("company_id", "language", "name"),)

    company_id: Mapped[UUID] = mapped_column(ForeignKey("company.id"), index=True)
    language: Mapped[str] = mapped_column(String(8))
    name: Mapped[str] = mapped_column(String(40))  # as `asterisk_conf` names it: interval-1300-1500
    wav: Mapped[str] = mapped_column(Sealed("prompt.wav"))  # base64; mono, 16 bit, 8000 Hz
    length_ms: Mapped[int]
    changed_at: Mapped[datetime] = mapped_column(Instant)
    changed_by: Mapped[str] = mapped_column(String(60), default="")
