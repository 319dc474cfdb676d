from datetime import datetime, timedelta
from uuid import UUID, uuid4

import pytest
from sqlalchemy import select
from sqlalchemy.exc import IntegrityError

from ringback.db import Database
from ringback.store.people import (
    ABSOLUTE,
    IDLE,
    SEEN_EVERY,
    SignedIn,
    account,
    add_user,
    email_index,
    note_attempt,
    note_seen,
    sign_in,
    sign_out,
    who,
)
from ringback.tables import SignInRow, UserRow
from tests.clock import HandClock

EMAIL = "Eva.Ek@salong.example"


async def add(db: Database, company: UUID, clock: HandClock, email: str = EMAIL) -> UUID:
    async with db.begin(company) as session:
        row = await add_user(
            session,
            db.master,
            email=email,
            name="Eva Ek",
            role="admin",
            password_hash="$argon2id$x",
            language="sv",
            now=clock.now(),
        )
        return row.id


@pytest.fixture
async def eva(db: Database, company: UUID, clock: HandClock) -> UUID:
    return await add(db, company, clock)


@pytest.fixture
async def token(db: Database, company: UUID, eva: UUID, clock: HandClock) -> str:
    async with db.begin(company) as session:
        return await sign_in(session, eva, clock.now())


async def whose(db: Database, token: str, now: datetime) -> SignedIn | None:
    async with db.read_across() as session:
        return await who(session, token, now)


@pytest.mark.parametrize("typed", [EMAIL, EMAIL.lower(), f"  {EMAIL.upper()} "])
async def test_account_is_found_by_the_address_however_it_is_typed(
    db: Database, company: UUID, eva: UUID, typed: str
) -> None:
    async with db.read_across() as session:
        found = await account(session, email_index(db.master, typed))
    assert found is not None
    assert (found.user_id, found.company_id) == (eva, company)
    assert (found.password_hash, found.failed_count) == ("$argon2id$x", 0)


async def test_unknown_and_disabled_accounts_are_not_found(
    db: Database, company: UUID, eva: UUID, clock: HandClock
) -> None:
    async with db.begin(company) as session:
        (await session.get_one(UserRow, eva)).disabled_at = clock.now()
    async with db.read_across() as session:
        for email in (EMAIL, "nobody@salong.example"):
            assert await account(session, email_index(db.master, email)) is None


async def test_address_belongs_to_one_account_of_the_whole_installation(
    db: Database, neighbour: UUID, eva: UUID, clock: HandClock
) -> None:
    with pytest.raises(IntegrityError):
        await add(db, neighbour, clock, EMAIL.lower())


async def test_failed_attempts_are_remembered_until_one_succeeds(
    db: Database, eva: UUID, clock: HandClock
) -> None:
    until = clock.now() + timedelta(seconds=8)
    index = email_index(db.master, EMAIL)
    for count, locked in ((5, until), (0, None)):
        async with db.begin_across() as session:
            await note_attempt(session, eva, count, locked)
        async with db.read_across() as session:
            found = await account(session, index)
        assert found is not None
        assert (found.failed_count, found.locked_until) == (count, locked)


async def test_token_tells_who_is_signed_in(
    db: Database, company: UUID, eva: UUID, token: str, clock: HandClock
) -> None:
    found = await whose(db, token, clock.now())
    assert found is not None
    assert (found.user_id, found.company_id) == (eva, company)
    assert (found.role, found.language) == ("admin", "sv")
    assert await whose(db, token + "x", clock.now()) is None
    assert await whose(db, "", clock.now()) is None


async def test_tokens_are_long_differ_and_are_not_kept(
    db: Database, company: UUID, eva: UUID, clock: HandClock
) -> None:
    async with db.begin(company) as session:
        tokens = {await sign_in(session, eva, clock.now()) for _ in range(5)}
    assert len(tokens) == 5
    assert {len(token) for token in tokens} == {43}  # 256 bits
    async with db.read(company) as session:
        kept = {row.token_hash for row in await session.scalars(select(SignInRow))}
    assert not kept & {token.encode() for token in tokens}


async def test_sign_in_that_idles_ends(db: Database, token: str, clock: HandClock) -> None:
    assert await whose(db, token, clock.now() + IDLE - timedelta(seconds=1))
    assert await whose(db, token, clock.now() + IDLE) is None


async def test_sign_in_that_is_used_ends_after_the_longest_time(
    db: Database, token: str, clock: HandClock
) -> None:
    began = clock.now()
    while clock.now() < began + ABSOLUTE - timedelta(hours=1):
        clock.advance(hours=1)
        signed_in = await whose(db, token, clock.now())
        assert signed_in is not None
        async with db.begin_across() as session:
            await note_seen(session, signed_in.sign_in_id, clock.now())
    assert await whose(db, token, began + ABSOLUTE - timedelta(seconds=1))
    assert await whose(db, token, began + ABSOLUTE) is None


async def test_being_seen_is_written_at_most_once_a_minute(
    db: Database, company: UUID, token: str, clock: HandClock
) -> None:
    async def seen_at() -> datetime:
        async with db.read(company) as session:
            return (await session.scalars(select(SignInRow.seen_at))).one()

    began = clock.now()
    signed_in = await whose(db, token, began)
    assert signed_in is not None
    for after, expected in ((SEEN_EVERY, began), (timedelta(seconds=1), None)):
        clock.advance(after.total_seconds())
        async with db.begin_across() as session:
            await note_seen(session, signed_in.sign_in_id, clock.now())
        assert await seen_at() == (expected or clock.now())


async def test_signing_out_ends_this_sign_in_only(
    db: Database, company: UUID, eva: UUID, token: str, clock: HandClock
) -> None:
    async with db.begin(company) as session:
        other = await sign_in(session, eva, clock.now())
    signed_in = await whose(db, token, clock.now())
    assert signed_in is not None
    async with db.begin_across() as session:
        await sign_out(session, signed_in.sign_in_id, clock.now())
    assert await whose(db, token, clock.now()) is None
    assert await whose(db, other, clock.now())


async def test_disabled_user_is_out_at_once(
    db: Database, company: UUID, eva: UUID, token: str, clock: HandClock
) -> None:
    async with db.begin(company) as session:
        (await session.get_one(UserRow, eva)).disabled_at = clock.now()
    assert await whose(db, token, clock.now()) is None


async def test_user_of_another_company_is_not_found(
    db: Database, neighbour: UUID, eva: UUID
) -> None:
    async with db.read(neighbour) as session:
        assert await session.get(UserRow, eva) is None
        assert await session.get(UserRow, uuid4()) is None
