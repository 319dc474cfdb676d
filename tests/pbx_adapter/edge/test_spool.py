"""What the PBX told is safe in the edge's spool until the centre has it."""

import asyncio
import json
import sqlite3
import stat
from contextlib import closing
from dataclasses import replace
from datetime import timedelta
from pathlib import Path

import pytest
import structlog

from pbx_adapter.edge.spool import FILE, Spool, open_spool
from pbx_adapter.edge.topics import read_mark
from pbx_adapter.link import LinkKind, LinkState
from pbx_adapter.sink import LIVE
from ringback.callbacks import CallbackRequest
from ringback.errors import BadInput, TryAgain
from ringback.records import read_call, read_callback
from tests.clock import FRIDAY_AT_TEN, HandClock
from tests.ringback.flow import ANNA, missed_call

UP = LinkState(LinkKind.UP, "Connected to Asterisk.", FRIDAY_AT_TEN)


async def ids(spool: Spool) -> list[str]:
    return [record.id for record in await spool.oldest(1000)]


async def state(spool: Spool) -> str:
    (body,) = [record.body for record in await spool.oldest(1000) if record.kind == "state"]
    return body


async def test_call_and_wish_are_there_after_a_restart_in_order(tmp_path: Path) -> None:
    wish = CallbackRequest("1", ANNA, "pressed_1", "1763629200.1", None, None, FRIDAY_AT_TEN)
    async with open_spool(tmp_path) as spool:
        await spool.keep_call(missed_call())
        await spool.keep_callback(wish)
    async with open_spool(tmp_path) as spool:
        call, callback = await spool.oldest(10)
        assert spool.waiting == 2
    assert (call.kind, read_call(call.body)) == ("call", missed_call())
    assert (callback.kind, read_callback(callback.body)) == ("callback", wish)
    assert json.loads(call.body)["id"] == call.id != callback.id


async def test_numbers_go_on_after_all_was_removed_so_that_order_holds(tmp_path: Path) -> None:
    async with open_spool(tmp_path) as spool:
        await spool.keep_call(missed_call("1"))
        (first,) = await spool.oldest(10)
        await spool.remove([first.id])
    async with open_spool(tmp_path) as spool:
        await spool.keep_call(missed_call("2"))
        (second,) = await spool.oldest(10, after=first.number)
    assert read_call(second.body).uniqueid == "2"


async def test_file_is_nobody_elses_and_forgets_the_number_once_acknowledged(
    tmp_path: Path,
) -> None:
    async with open_spool(tmp_path / "spool") as spool:
        await spool.keep_call(missed_call())
        files = list((tmp_path / "spool").glob(f"{FILE}*"))
        assert {stat.S_IMODE(file.stat().st_mode) for file in files} == {0o600}
        assert any(ANNA.encode() in file.read_bytes() for file in files)
        await spool.remove(await ids(spool))
        assert spool.waiting == 0
        assert not any(ANNA.encode() in file.read_bytes() for file in files)


async def test_full_spool_says_so_keeps_the_oldest_and_takes_more_when_there_is_room(
    tmp_path: Path,
) -> None:
    async with open_spool(tmp_path, most=3) as spool:
        for number in range(3):
            await spool.keep_call(missed_call(str(number)))
        with structlog.testing.capture_logs() as logs:
            for number in (3, 4):
                with pytest.raises(TryAgain, match="full"):
                    await spool.keep_call(missed_call(str(number)))
                assert "1 records were turned away" in json.loads(await state(spool))["text"]
        assert [entry["event"] for entry in logs] == ["spool_full"] * 2
        await spool.keep_link(UP)  # does not raise: the link goes on, and tells it
        assert "2 records were turned away" in json.loads(await state(spool))["text"]
        records = await spool.oldest(10)

        await spool.remove([record.id for record in records if record.kind == "state"])
        await spool.remove([records[0].id])
        await spool.keep_call(missed_call("5"))
        kept = [read_call(record.body).uniqueid for record in await spool.oldest(10)]
        assert "2 records" in spool.trouble()  # stays visible
    assert kept == ["1", "2", "5"]


async def test_disk_that_is_full_is_told_as_such(tmp_path: Path) -> None:
    async with open_spool(tmp_path) as spool:
        await spool._db.execute("PRAGMA max_page_count = 12")

        async def keep_without_end() -> None:
            for number in range(1000):
                await spool.keep_call(missed_call(str(number)))

        with pytest.raises(TryAgain, match=r"(?s)full.*make room"):
            await keep_without_end()
        waiting = spool.waiting
        assert waiting
        assert len(await ids(spool)) == waiting


async def test_refused_record_is_kept_aside_shown_and_tried_again_at_the_next_start(
    tmp_path: Path,
) -> None:
    async with open_spool(tmp_path) as spool:
        await spool.keep_link(UP)
        await spool.keep_call(missed_call("1"))
        await spool.keep_call(missed_call("2"))
        _, bad, _ = await ids(spool)
        await spool.refuse(bad, "The record's start is wrong.")
        await spool.refuse(bad, "The record's start is wrong.")
        assert bad not in await ids(spool)
        assert (spool.waiting, spool.refused) == (2, 1)
        assert "refused 1 record" in json.loads(await state(spool))["text"]
    async with open_spool(tmp_path) as spool:
        assert bad in await ids(spool)
        assert (spool.waiting, spool.refused) == (3, 0)


async def test_marks_are_the_last_ones_that_were_set(tmp_path: Path) -> None:
    async with open_spool(tmp_path) as spool:
        await spool.keep_mark("cdr", "1")
        await spool.keep_mark("cdr", "2")
        await spool.keep_mark("queue_log", "77")
        await spool.keep_mark(LIVE, "2026-11-20T09:00:00+00:00")
        told = [read_mark(record.body) for record in await spool.oldest(10)]
        assert told == [("cdr", "2"), ("queue_log", "77")]
        assert spool.waiting == 2
    async with open_spool(tmp_path) as spool:
        assert (await spool.marks()).items() >= {"cdr": "2", "queue_log": "77"}.items()


async def test_state_is_told_again_only_when_it_does_not_wait_already(tmp_path: Path) -> None:
    async with open_spool(tmp_path) as spool:
        await spool.tell_link()  # nothing is known yet
        assert json.loads(await state(spool))["kind"] == "connecting"
        await spool.keep_link(UP)
        await spool.tell_link()
        assert [json.loads(r.body)["kind"] for r in await spool.oldest(9)] == ["up"]
        (first,) = await ids(spool)
        await spool.tell_link()
        assert await ids(spool) == [first]
        await spool.remove(await ids(spool))
        await spool.tell_link()
        assert [json.loads(r.body)["kind"] for r in await spool.oldest(9)] == ["up"]


async def test_link_that_comes_and_goes_leaves_only_its_last_state_and_room_for_calls(
    tmp_path: Path,
) -> None:
    async with open_spool(tmp_path, most=3) as spool:
        await spool.keep_call(missed_call("1"))
        for _ in range(10):
            await spool.keep_link(replace(UP, kind=LinkKind.LOST))
            await spool.keep_link(UP)
        assert json.loads(await state(spool))["kind"] == "up"
        await spool.keep_call(missed_call("2"))
        assert spool.waiting == 3


async def test_state_that_the_centre_refuses_is_dropped_and_makes_no_other(tmp_path: Path) -> None:
    async with open_spool(tmp_path) as spool:
        await spool.keep_link(UP)
        (known,) = await ids(spool)
        await spool.refuse(known, "The record's kind is wrong.")
        assert (await ids(spool), spool.waiting, spool.refused) == ([], 0, 0)


async def test_record_whose_keeper_is_cancelled_is_counted_when_it_is_written(
    tmp_path: Path,
) -> None:
    async with open_spool(tmp_path) as spool:
        for number in range(5):
            keeping = asyncio.create_task(spool.keep_call(missed_call(str(number))))
            await asyncio.sleep(0)
            keeping.cancel()
            await asyncio.wait((keeping,))
        async with asyncio.timeout(10):
            while spool.waiting != 5:
                await asyncio.sleep(0.01)
        assert len(await ids(spool)) == 5


async def test_command_is_begun_once_and_forgotten_after_a_week(tmp_path: Path) -> None:
    clock = HandClock()
    async with open_spool(tmp_path, clock=clock.now) as spool:
        assert await spool.begin_command("c1") == (True, None)
        assert await spool.begin_command("c1") == (False, None)
        await spool.finish_command("c1", "done")
    async with open_spool(tmp_path, clock=clock.now) as spool:
        assert await spool.begin_command("c1") == (False, "done")
        clock.advance(timedelta(days=8).total_seconds())
        assert await spool.begin_command("c1") == (True, None)


async def test_second_process_and_a_folder_that_is_a_file_are_refused_in_words(
    tmp_path: Path,
) -> None:
    async with open_spool(tmp_path / "spool"):
        with pytest.raises(BadInput, match="Another Ringback"):
            async with open_spool(tmp_path / "spool"):
                pass
    (tmp_path / "file").write_text("")
    with pytest.raises(BadInput, match="can't be used"):
        async with open_spool(tmp_path / "file"):
            pass
    (tmp_path / "damaged").mkdir()
    (tmp_path / "damaged" / FILE).write_bytes(b"no database" * 500)
    with pytest.raises(BadInput, match="can't be used"):
        async with open_spool(tmp_path / "damaged"):
            pass


async def test_killed_writer_leaves_what_was_committed(tmp_path: Path) -> None:
    async with open_spool(tmp_path) as spool:
        await spool.keep_call(missed_call())
        # Another connection sees it at once: it is committed, not only in the writer's memory.
        with closing(sqlite3.connect(tmp_path / FILE)) as db:
            assert db.execute("SELECT count(*) FROM record").fetchone() == (1,)
