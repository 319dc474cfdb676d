"""Who may sign in, and which browsers are signed in.

Finding a user or a sign-in happens before the company is known, so those take an operator's unit of
work and see no sealed column.
"""

from dataclasses import dataclass
from datetime import datetime, timedelta
from hashlib import sha256
from secrets import token_urlsafe
from uuid import UUID, uuid4

from sqlalchemy import select, update
from sqlalchemy.ext.asyncio import AsyncSession

from ringback.crypto import MasterKey
from ringback.tables import SignInRow, UserRow

IDLE = timedelta(hours=8)  # a handler's shift; the screen lock guards shorter absences
ABSOLUTE = timedelta(hours=12)
SEEN_EVERY = timedelta(minutes=1)


@dataclass(frozen=True, slots=True)
class Account:
    """What is needed to check a password."""

    user_id: UUID
    company_id: UUID
    password_hash: str
    failed_count: int
    locked_until: datetime | None


@dataclass(frozen=True, slots=True)
class SignedIn:
    """A signed-in user, without anything personal."""

    sign_in_id: UUID
    user_id: UUID
    company_id: UUID
    role: str
    language: str


def email_index(master: MasterKey, email: str) -> bytes:
    """The index that an e-mail is found by."""
    return master.index("email", email.strip().casefold())


async def add_user(
    session: AsyncSession,
    master: MasterKey,
    *,
    email: str,
    name: str,
    role: str,
    password_hash: str,
    language: str,
    now: datetime,
) -> UserRow:
    """A new user of the session's company."""
    row = UserRow(
        id=uuid4(),
        email=email,
        email_index=email_index(master, email),
        name=name,
        role=role,
        password_hash=password_hash,
        language=language,
        created_at=now,
    )
    session.add(row)
    await session.flush()
    return row


async def account(session: AsyncSession, index: bytes) -> Account | None:
    """The account behind an e-mail's index (operator)."""
    found = await session.execute(
        select(
            UserRow.id,
            UserRow.company_id,
            UserRow.password_hash,
            UserRow.failed_count,
            UserRow.locked_until,
        ).where(UserRow.email_index == index, UserRow.disabled_at.is_(None))
    )
    row = found.one_or_none()
    return Account(*row) if row else None


async def note_attempt(
    session: AsyncSession, user_id: UUID, failed_count: int, locked_until: datetime | None
) -> None:
    """Remember failed attempts, or that there are none any more (operator)."""
    await session.execute(
        update(UserRow)
        .where(UserRow.id == user_id)
        .values(failed_count=failed_count, locked_until=locked_until)
    )


async def sign_in(session: AsyncSession, user_id: UUID, now: datetime) -> str:
    """A new sign-in for a user of the session's company; returns the token for the cookie."""
    token = token_urlsafe(32)
    session.add(
        SignInRow(id=uuid4(), user_id=user_id, token_hash=_hash(token), created_at=now, seen_at=now)
    )
    return token


async def who(session: AsyncSession, token: str, now: datetime) -> SignedIn | None:
    """Whose sign-in a cookie's token is, if it is still good (operator)."""
    found = await session.execute(
        select(SignInRow.id, UserRow.id, UserRow.company_id, UserRow.role, UserRow.language)
        .join(UserRow, UserRow.id == SignInRow.user_id)
        .where(
            SignInRow.token_hash == _hash(token),
            SignInRow.ended_at.is_(None),
            SignInRow.seen_at > now - IDLE,
            SignInRow.created_at > now - ABSOLUTE,
            UserRow.disabled_at.is_(None),
        )
    )
    row = found.one_or_none()
    return SignedIn(*row) if row else None


async def note_seen(session: AsyncSession, sign_in_id: UUID, now: datetime) -> None:
    """Keep a sign-in alive (operator); written at most once a minute."""
    await session.execute(
        update(SignInRow)
        .where(SignInRow.id == sign_in_id, SignInRow.seen_at < now - SEEN_EVERY)
        .values(seen_at=now)
    )


async def sign_out(session: AsyncSession, sign_in_id: UUID, now: datetime) -> None:
    """End a sign-in (operator)."""
    await session.execute(update(SignInRow).where(SignInRow.id == sign_in_id).values(ended_at=now))


def _hash(token: str) -> bytes:
    return sha256(token.encode()).digest()
