"""PBXs come, change and go while the program runs; none harms another."""

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager, suppress
from datetime import UTC, datetime, timedelta
from pathlib import Path
from uuid import UUID, uuid4

import pytest

from pbx_adapter.commands import Command, CommandKind
from pbx_adapter.edge.bus import Received
from pbx_adapter.edge.bus_faults import Broker
from pbx_adapter.edge.centre import Centre
from pbx_adapter.edge.topics import topic
from pbx_adapter.player import AmiPlayer
from pbx_adapter.queues.snapshot import Seen, Snapshot, written_snapshot
from ringback.clock import system_clock
from ringback.db import Database
from ringback.following import Following
from ringback.pbx import PbxKind
from ringback.store.companies import pbxs
from ringback.tables import PbxRow

SECRET = "only-for-tests"


@pytest.fixture
async def pbx() -> AsyncIterator[AmiPlayer]:
    async with AmiPlayer("ringback", SECRET) as player:
        yield player


async def add(db: Database, company: UUID, name: str, **fields: object) -> None:
    row = PbxRow(id=uuid4(), name=name, username="ringback", secret=SECRET, **fields)
    async with db.begin(company) as session:
        session.add(row)


async def change(db: Database, company: UUID, name: str, **fields: object) -> None:
    async with db.begin(company) as session:
        (row,) = [row for row in await pbxs(session) if row.name == name]
        for field, value in fields.items():
            setattr(row, field, value)


@asynccontextmanager
async def running(
    db: Database, folder: Path, centre: Centre | None = None
) -> AsyncIterator[Following]:
    following = Following(db, system_clock, folder, look_every_s=0.05, centre=centre)
    task = asyncio.create_task(following.run())
    try:
        yield following
        assert not task.done()
    finally:
        task.cancel()
        with suppress(asyncio.CancelledError):
            await task


async def until(check: Callable[[], Awaitable[bool]]) -> None:
    async with asyncio.timeout(20):
        while not await check():
            await asyncio.sleep(0.02)


def link_is(db: Database, company: UUID, name: str, *words: str) -> Callable[[], Awaitable[bool]]:
    async def holds() -> bool:
        async with db.read(company) as session:
            told = {row.name: f"{row.link_state} {row.link_text}" for row in await pbxs(session)}
        return all(word in told[name] for word in words)

    return holds


async def test_pbx_that_is_added_is_followed_and_one_with_wrong_settings_harms_it_not(
    db: Database, company: UUID, pbx: AmiPlayer, tmp_path: Path
) -> None:
    async with running(db, tmp_path):
        await add(db, company, "wrong", host="192.0.2.7", port=5038, site="trnks = []")
        await add(db, company, "right", host="127.0.0.1", port=pbx.port)
        await until(link_is(db, company, "wrong", "refused", "trnks"))
        await until(link_is(db, company, "right", "up"))


async def test_wrong_settings_that_are_mended_are_taken_up(
    db: Database, company: UUID, pbx: AmiPlayer, tmp_path: Path
) -> None:
    await add(db, company, "shop", host="127.0.0.1", port=pbx.port, site="trnks = []")
    async with running(db, tmp_path):
        await until(link_is(db, company, "shop", "refused"))
        await change(db, company, "shop", site="")
        await until(link_is(db, company, "shop", "up"))


async def test_pbx_that_is_removed_is_left_at_once(
    db: Database, company: UUID, pbx: AmiPlayer, tmp_path: Path
) -> None:
    await add(db, company, "shop", host="127.0.0.1", port=pbx.port)
    async with running(db, tmp_path):
        await asyncio.wait_for(pbx.logged_in(), 30)
        await change(db, company, "shop", removed_at=datetime.now(UTC))
        async with asyncio.timeout(30):
            while pbx.clients:
                await asyncio.sleep(0.02)


async def test_wrong_option_of_a_sip_pbx_is_told(
    db: Database, company: UUID, tmp_path: Path
) -> None:
    wrong = 'language = "de"'
    await add(db, company, "3CX", kind=PbxKind.SIP, host="127.0.0.1", port=5060, site=wrong)
    async with running(db, tmp_path):
        await until(link_is(db, company, "3CX", "refused", "sv, en"))


async def test_pbx_behind_an_edge_is_not_connected_to(
    db: Database, company: UUID, pbx: AmiPlayer, tmp_path: Path
) -> None:
    await add(db, company, "far", kind=PbxKind.EDGE, host="127.0.0.1", port=pbx.port)
    await add(db, company, "near", host="127.0.0.1", port=pbx.port)
    async with running(db, tmp_path):
        await until(link_is(db, company, "near", "up"))
        assert await link_is(db, company, "far", "new")()


def call_back(within_s: float = 30) -> Command:
    fields = {"phone": "PJSIP/101", "number": "+46701740605"}
    expires_at = system_clock() + timedelta(seconds=within_s)
    return Command("rb-1", CommandKind.CALL_BACK, expires_at, fields)


async def pbx_named(db: Database, company: UUID, name: str) -> UUID:
    async with db.read(company) as session:
        return next(row.id for row in await pbxs(session) if row.name == name)


async def test_command_is_done_by_its_pbx_in_the_way_its_site_file_says(
    db: Database, company: UUID, pbx: AmiPlayer, tmp_path: Path
) -> None:
    site = 'dial_prefix = "9"'
    await add(db, company, "shop", host="127.0.0.1", port=pbx.port, site=site)
    async with running(db, tmp_path) as following:  # a command may come before the login
        answer = await following.execute(await pbx_named(db, company, "shop"), call_back())
    assert answer.done, answer.text
    (originate,) = [frame for frame in pbx.received if frame.get("Action") == "Originate"]
    assert (originate["Channel"], originate["Exten"]) == ("PJSIP/101", "90701740605")


async def test_pbx_behind_an_edge_is_known_by_what_its_site_tells_until_it_is_removed(
    db: Database, company: UUID, tmp_path: Path
) -> None:
    await add(db, company, "far", kind=PbxKind.EDGE, host="", port=0)
    pbx_id = await pbx_named(db, company, "far")
    centre = Centre(db, Broker("127.0.0.1", 1, "ringback", ""))
    told = Snapshot(system_clock().timestamp(), (Seen("401", idle=("PJSIP/101",)),))
    async with running(db, tmp_path, centre=centre) as following:

        async def is_known() -> bool:
            return following.phones(pbx_id) is not None

        async def is_unknown() -> bool:
            return not await is_known()

        assert await is_unknown()
        centre._take(
            Received(topic("ringback", "queues"), written_snapshot(told).encode(), 0, None)
        )
        await until(is_known)
        phones = following.phones(pbx_id)
        assert phones is not None
        assert phones.is_idle("PJSIP/101", "401")
        await change(db, company, "far", removed_at=system_clock())
        await until(is_unknown)


async def test_command_that_comes_too_late_is_not_done(
    db: Database, company: UUID, pbx: AmiPlayer, tmp_path: Path
) -> None:
    await add(db, company, "shop", host="127.0.0.1", port=pbx.port)
    async with running(db, tmp_path) as following:
        answer = await following.execute(await pbx_named(db, company, "shop"), call_back(-1))
    assert (answer.done, answer.known) == (False, True)
    assert "too late" in answer.text
    assert not [frame for frame in pbx.received if frame.get("Action") == "Originate"]


async def test_command_to_a_pbx_that_is_down_or_not_connected_says_that_nothing_was_done(
    db: Database, company: UUID, pbx: AmiPlayer, tmp_path: Path
) -> None:
    await pbx.close()
    await add(db, company, "down", host="127.0.0.1", port=pbx.port)
    await add(db, company, "far", kind=PbxKind.EDGE, host="", port=0)
    async with running(db, tmp_path) as following:
        for name in ("down", "far"):
            answer = await following.execute(await pbx_named(db, company, name), call_back())
            assert (answer.done, answer.known) == (False, True)
            assert "no connection to the PBX" in answer.text
        assert following.phones(await pbx_named(db, company, "down")) is None
