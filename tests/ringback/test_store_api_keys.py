"""API keys: shown once, found by what is written, ended; only their hash is on the disk."""

from uuid import UUID

import pytest
from sqlalchemy import select

from ringback.db import Database
from ringback.errors import BadInput
from ringback.store.api_keys import (
    USED_EVERY,
    ApiKey,
    add_api_key,
    api_keys,
    end_api_key,
    end_api_key_of,
    key_of,
    note_used,
)
from ringback.tables import ApiKeyRow, AuditRow
from tests.clock import HandClock


async def add(db: Database, company: UUID, clock: HandClock, name: str = "cash-register") -> str:
    async with db.begin(company) as session:
        return await add_api_key(session, name, clock.now())


async def found(db: Database, written: str) -> ApiKey | None:
    async with db.read_across() as session:
        return await key_of(session, written)


async def used(db: Database, key: ApiKey | None, clock: HandClock) -> None:
    assert key is not None
    async with db.begin_across() as session:
        await note_used(session, key.id, clock.now())


async def test_key_is_found_as_its_companys(
    db: Database, company: UUID, neighbour: UUID, clock: HandClock
) -> None:
    ours, theirs = await add(db, company, clock), await add(db, neighbour, clock)
    assert ours.startswith("rb_")
    assert ours != theirs
    for written, owner in ((ours, company), (theirs, neighbour)):
        key = await found(db, written)
        assert key is not None
        assert (key.company_id, key.used_at) == (owner, None)
        assert written.split("_")[1] == key.id.hex


async def test_nothing_of_the_secret_is_kept(db: Database, company: UUID, clock: HandClock) -> None:
    secret = (await add(db, company, clock)).partition("_")[2].partition("_")[2]
    async with db.read(company) as session:
        (row,) = await api_keys(session)
    assert len(secret) >= 40
    kept = [getattr(row, column.key) for column in ApiKeyRow.__table__.columns]
    assert not any(
        secret in str(value) or secret.encode() in repr(value).encode() for value in kept
    )


@pytest.mark.parametrize(
    "spoilt",
    [
        lambda key: key[:-1],
        lambda key: key + "x",
        lambda key: key.replace("rb_", "xx_"),
        lambda key: "rb_" + "0" * 32 + "_" + key.rpartition("_")[2],
        lambda key: key.partition("_")[2],
        lambda key: "",
        lambda key: "rb_",
        lambda key: "rb_å_\ud800",
        lambda key: key.swapcase(),
    ],
)
async def test_anything_else_than_the_whole_key_is_nobodys(
    db: Database, company: UUID, clock: HandClock, spoilt
) -> None:
    written = await add(db, company, clock)
    assert await found(db, spoilt(written)) is None


async def test_ended_key_is_nobodys_and_its_name_is_free_again(
    db: Database, company: UUID, clock: HandClock
) -> None:
    old = await add(db, company, clock)
    async with db.begin(company) as session:
        await end_api_key(session, "cash-register", clock.now())
    new = await add(db, company, clock)
    assert await found(db, old) is None
    assert await found(db, new) is not None


async def test_two_keys_in_use_never_have_one_name(
    db: Database, company: UUID, neighbour: UUID, clock: HandClock
) -> None:
    await add(db, company, clock)
    await add(db, neighbour, clock)
    with pytest.raises(BadInput, match="already"):
        await add(db, company, clock)
    with pytest.raises(BadInput, match="already"):
        await add(db, company, clock, " cash-register ")


@pytest.mark.parametrize("name", ["", "  ", "a\nb", "a\0", "x" * 61, "a\u202eb"])
async def test_name_is_one_line_that_can_be_read(
    db: Database, company: UUID, clock: HandClock, name: str
) -> None:
    with pytest.raises(BadInput, match="name"):
        await add(db, company, clock, name)
    async with db.read(company) as session:
        assert await api_keys(session) == []


async def test_key_is_ended_by_its_id_once_and_only_by_its_company(
    db: Database, company: UUID, neighbour: UUID, clock: HandClock
) -> None:
    key = await found(db, await add(db, company, clock))
    assert key is not None
    ended = []
    for owner in (neighbour, company, company):
        async with db.begin(owner) as session:
            ended.append(await end_api_key_of(session, key.id, clock.now(), "user:1", "192.0.2.1"))
    assert ended == [False, True, False]
    async with db.read(company) as session:
        assert await api_keys(session) == []
        last = (await session.scalars(select(AuditRow).order_by(AuditRow.number.desc()))).first()
    assert last is not None
    assert (last.action, last.actor, last.remote) == ("end", "user:1", "192.0.2.1")


async def test_key_that_is_not_in_use_cannot_be_ended(
    db: Database, company: UUID, neighbour: UUID, clock: HandClock
) -> None:
    await add(db, neighbour, clock)
    async with db.begin(company) as session:
        with pytest.raises(BadInput, match="no API key 'cash-register'"):
            await end_api_key(session, "cash-register", clock.now())


async def test_last_use_is_written_once_a_minute(
    db: Database, company: UUID, clock: HandClock
) -> None:
    written = await add(db, company, clock)
    first = clock.now()
    moments = []
    for seconds in (0, USED_EVERY.total_seconds() - 1, 2):
        clock.advance(seconds)
        await used(db, await found(db, written), clock)
        key = await found(db, written)
        assert key is not None
        moments.append(key.used_at)
    assert moments == [first, first, clock.now()]


async def test_making_and_ending_are_in_the_audit_trail(
    db: Database, company: UUID, clock: HandClock
) -> None:
    key = await found(db, await add(db, company, clock))
    async with db.begin(company) as session:
        await end_api_key(session, "cash-register", clock.now())
    async with db.read(company) as session:
        rows = (await session.scalars(select(AuditRow).order_by(AuditRow.number))).all()
    assert key is not None
    assert [(row.action, row.object_kind, row.object_id) for row in rows] == [
        ("add", "api_key", str(key.id)),
        ("end", "api_key", str(key.id)),
    ]
