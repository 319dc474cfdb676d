"""Calls become rows, once each, whatever happens to the line, the database or us."""

import asyncio
import math
import sqlite3
from collections.abc import AsyncIterator, Awaitable, Callable, Iterable
from contextlib import asynccontextmanager, closing, suppress
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from pathlib import Path
from uuid import UUID

import pytest

from pbx_adapter.ami_faults import PbxAddress
from pbx_adapter.backfill.places import Places
from pbx_adapter.frames import Frame
from pbx_adapter.link import Backoff, Pace
from pbx_adapter.outbox import FAMILY
from pbx_adapter.player import AmiPlayer, Answer
from pbx_adapter.recorder import Recorder
from pbx_adapter.sink import LIVE, DatabaseSink
from pbx_adapter.site import Site
from pbx_adapter.traces import Trace, read_trace
from ringback.clock import system_clock
from ringback.db import Database
from ringback.store.companies import set_link_state
from ringback.store.marks import set_mark
from ringback.tables import CallRow, GapRow, PbxMarkRow, PbxRow
from tests.flow import jobs_of, rows
from tests.ringback.flow import add_pbx

TRACES = Path(__file__).parents[1] / "data/traces"
SITE = Site.from_toml((TRACES / "site.toml").read_text())
SECRET = "only-for-tests"
FAST = Pace(unreachable=Backoff(0.02, 0.02), refused=Backoff(0.02, 0.02))
LOOK_EVERY_S = 0.1
WITHIN_S = 20.0  # for a loaded machine; a moment is usual
MISSED_ENTRY = "1|1795297097|1795297120|0701740605|allowed|0846500401|CANCEL|||||||"


@dataclass
class Pbx22:
    """A PBX made of recordings, with an outbox in its AstDB."""

    astdb: dict[str, str] = field(default_factory=dict)
    up: list[Frame] = field(default_factory=list)  # what CoreShowChannels lists
    may_read_astdb: bool = True
    may_delete: bool = True
    on_delete: Callable[[], None] = lambda: None
    answers: dict[str, Answer] = field(init=False)
    player: AmiPlayer = field(init=False)

    def __post_init__(self) -> None:
        self.answers = {
            "CoreShowChannels": self._channels,
            "DBGetTree": self._tree,
            "DBDel": self._delete,
        }
        self.player = AmiPlayer("ringback", SECRET, answers=self.answers)

    def _channels(self, _: Frame) -> Iterable[Frame]:
        yield {"Response": "Success", "EventList": "start"}
        yield from ({"Event": "CoreShowChannel", **channel} for channel in self.up)
        yield {"Event": "CoreShowChannelsComplete", "EventList": "Complete"}

    def _tree(self, action: Frame) -> Iterable[Frame]:
        family = action["Family"]
        if not self.may_read_astdb:
            yield {"Response": "Error", "Message": "Permission denied"}
            return
        yield {"Response": "Success", "EventList": "start"}
        for key, value in self.astdb.items() if family == FAMILY else ():
            yield {"Event": "DBGetTreeResponse", "Key": f"/{family}/{key}", "Val": value}
        yield {"Event": "DBGetTreeComplete", "EventList": "Complete"}

    def _delete(self, action: Frame) -> Iterable[Frame]:
        if not self.may_delete:
            yield {"Response": "Error", "Message": "Permission denied"}
            return
        self.on_delete()
        gone = self.astdb.pop(action["Key"], None)
        yield {"Response": "Success" if gone else "Error", "Message": ""}


@pytest.fixture
async def pbx() -> AsyncIterator[Pbx22]:
    it = Pbx22()
    async with it.player:
        yield it


@pytest.fixture
async def pbx_id(db: Database, company: UUID) -> UUID:
    async with db.begin(company) as session:
        return await add_pbx(session)


@asynccontextmanager
async def recording(
    db: Database, company: UUID, pbx_id: UUID, pbx: Pbx22, records: Places | None = None
) -> AsyncIterator[None]:
    address = PbxAddress("127.0.0.1", pbx.player.port, "ringback", SECRET)
    sink = DatabaseSink(db, system_clock, company, pbx_id)
    site = SITE.model_copy(update={"back_fill": records or Places()})
    recorder = Recorder(address, site, sink, look_every_s=LOOK_EVERY_S)
    task = asyncio.create_task(recorder.run(FAST))
    try:
        await asyncio.wait_for(pbx.player.logged_in(), WITHIN_S)
        yield
    finally:
        task.cancel()
        with suppress(asyncio.CancelledError):
            await task


async def until(check: Callable[[], Awaitable[bool]]) -> None:
    async with asyncio.timeout(WITHIN_S):
        while not await check():
            await asyncio.sleep(0.02)


def looks(pbx: Pbx22) -> int:
    """How often the outbox was asked for."""
    asked = [(one["Action"], one.get("Family")) for one in pbx.player.received]
    return asked.count(("DBGetTree", FAMILY))


async def looked_into(pbx: Pbx22, times: int = 1) -> None:
    """So often the outbox was asked for; what came before is done with, the snapshot first of all."""

    async def it_was() -> bool:
        return looks(pbx) >= times

    await until(it_was)


async def all_is_read(pbx: Pbx22) -> None:
    """What was played is read: one answer has come behind it, or the next would not be asked for."""
    await looked_into(pbx, looks(pbx) + 2)


async def taken_out(pbx: Pbx22, *but: str) -> None:
    """Nothing but these entries is left in the outbox."""

    async def it_is() -> bool:
        return pbx.astdb.keys() == {*but}

    await until(it_is)


async def calls(db: Database, company: UUID, count: int) -> list[CallRow]:
    """The rows, once there are so many; more are waited for a little."""

    async def enough() -> bool:
        return len(await rows(db, company, CallRow)) >= count

    await until(enough)
    await asyncio.sleep(3 * LOOK_EVERY_S)
    return list(await rows(db, company, CallRow))


def trace(name: str) -> Trace:
    found = next(path for path in (TRACES / "22").glob(f"{name}.ami*"))
    return read_trace(found)


async def test_calls_become_rows_with_the_job_of_the_first_text(
    db: Database, company: UUID, pbx_id: UUID, pbx: Pbx22
) -> None:
    async with recording(db, company, pbx_id, pbx):
        await pbx.player.play(trace("repeat_missed_then_answered"), speed=math.inf)
        told = await calls(db, company, 2)
    assert sorted(str(call.outcome) for call in told) == ["answered", "missed"]
    assert {call.pbx_id for call in told} == {pbx_id}
    (missed,) = [call for call in told if call.outcome == "missed"]
    assert [job.subject for job in await jobs_of(db, "first_text")] == [missed.id]


async def test_trace_that_is_told_twice_is_recorded_once(
    db: Database, company: UUID, pbx_id: UUID, pbx: Pbx22
) -> None:
    twice = trace("direct_busy"), trace("direct_busy")
    async with recording(db, company, pbx_id, pbx):
        await pbx.player.play(*twice, speed=math.inf)
        told = await calls(db, company, 1)
    assert len(told) == len(await jobs_of(db, "first_text")) == 1


async def test_state_of_the_link_is_kept_for_the_portal(
    db: Database, company: UUID, pbx_id: UUID, pbx: Pbx22
) -> None:
    async def link_is(state: str) -> bool:
        (row,) = await rows(db, company, PbxRow)
        return row.link_state == state

    async with recording(db, company, pbx_id, pbx):
        await until(lambda: link_is("up"))
        await pbx.player.close()
        await until(lambda: link_is("unreachable"))
    (row,) = await rows(db, company, PbxRow)
    assert "Nobody answers" in row.link_text
    assert row.link_since is not None


@pytest.mark.parametrize("settings", ["sqlite"], indirect=True)
async def test_database_that_is_away_for_a_moment_loses_no_call_and_no_state(
    db: Database, company: UUID, pbx_id: UUID, pbx: Pbx22
) -> None:
    """Its tables are: every write fails, until they are back."""

    def rename(old: str, new: str) -> None:
        with closing(sqlite3.connect(str(db.engine.url.database), WITHIN_S)) as file:
            file.execute(f'ALTER TABLE "{old}" RENAME TO "{new}"')

    async with recording(db, company, pbx_id, pbx):
        await asyncio.to_thread(rename, "call", "away")  # not in the loop, where writers go on
        await pbx.player.play(trace("direct_busy"), speed=math.inf)
        await asyncio.sleep(0.2)
        await asyncio.to_thread(rename, "away", "call")
        told = await calls(db, company, 1)
    assert [call.outcome for call in told] == ["missed"]


async def test_call_that_ended_while_nobody_listened_comes_from_the_outbox_once(
    db: Database, company: UUID, pbx_id: UUID, pbx: Pbx22
) -> None:
    pbx.astdb["1795297097.0"] = MISSED_ENTRY
    for _ in range(2):  # a second process finds nothing any more
        async with recording(db, company, pbx_id, pbx):
            (call,) = await calls(db, company, 1)
            await taken_out(pbx)
    assert (call.uniqueid, call.outcome, call.caller_e164) == (
        "1795297097.0",
        "missed",
        "+46701740605",
    )
    assert len(await jobs_of(db, "first_text")) == 1


async def test_call_of_the_outbox_is_told_by_our_clock_though_the_pbx_s_is_hours_ahead(
    db: Database, company: UUID, pbx_id: UUID, pbx: Pbx22
) -> None:
    pbx.player = AmiPlayer(
        "ringback",
        SECRET,
        answers=pbx.answers,
        clock=lambda: system_clock() + timedelta(hours=5),
    )
    pbx.astdb["1795297097.0"] = MISSED_ENTRY
    async with pbx.player, recording(db, company, pbx_id, pbx):
        (call,) = await calls(db, company, 1)
    theirs = datetime.fromtimestamp(1795297120, UTC)
    assert abs(theirs - timedelta(hours=5) - call.ended_at) < timedelta(seconds=5)


async def test_entry_of_a_call_that_was_recorded_live_is_taken_out_and_changes_nothing(
    db: Database, company: UUID, pbx_id: UUID, pbx: Pbx22
) -> None:
    async with recording(db, company, pbx_id, pbx):
        await pbx.player.play(trace("direct_busy"), speed=math.inf)
        (live,) = await calls(db, company, 1)
        pbx.astdb[live.uniqueid] = MISSED_ENTRY
        await taken_out(pbx)
        (still,) = await rows(db, company, CallRow)
    assert (still.id, still.reason, still.rang) == (live.id, "busy", ["101"])


@pytest.mark.parametrize("settings", ["sqlite"], indirect=True)
async def test_call_is_recorded_before_its_entry_is_taken_out(
    db: Database, company: UUID, pbx_id: UUID, pbx: Pbx22
) -> None:
    rows_at_deletion: list[int] = []

    def look() -> None:
        with closing(sqlite3.connect(str(db.engine.url.database))) as file:
            rows_at_deletion.append(file.execute("SELECT count(*) FROM call").fetchone()[0])

    pbx.astdb["1795297097.0"], pbx.on_delete = MISSED_ENTRY, look
    async with recording(db, company, pbx_id, pbx):
        await taken_out(pbx)
    assert rows_at_deletion == [1]


CALLERS_CHANNEL = {
    "Channel": "PJSIP/trunk-00000001",
    "ChannelState": "4",
    "Uniqueid": "1795297097.0",
    "Linkedid": "1795297097.0",
    "CallerIDNum": "0701740605",
    "Context": "from-did-direct",
    "Exten": "101",
    "Duration": "00:00:10",
    "Application": "Dial",
}
HANGUP = (
    b"Event: Hangup\r\nChannel: PJSIP/trunk-00000001\r\nUniqueid: 1795297097.0\r\n"
    b"Linkedid: 1795297097.0\r\nCallerIDNum: 0701740605\r\nCause: 16\r\n\r\n"
)


async def test_call_that_began_unseen_ends_with_what_the_outbox_knows(
    db: Database, company: UUID, pbx_id: UUID, pbx: Pbx22
) -> None:
    pbx.up = [CALLERS_CHANNEL]
    async with recording(db, company, pbx_id, pbx):
        await looked_into(pbx)
        assert await rows(db, company, CallRow) == []  # it is still up
        pbx.astdb["1795297097.0"] = MISSED_ENTRY  # the handler writes before the event
        await pbx.player.send(HANGUP)
        await taken_out(pbx)
        (call,) = await calls(db, company, 1)
    assert (call.outcome, call.reason, call.did) == ("missed", "no_answer", "0846500401")


async def test_entry_of_a_call_that_is_still_followed_is_left_to_the_tracker(
    db: Database, company: UUID, pbx_id: UUID, pbx: Pbx22
) -> None:
    pbx.up, pbx.astdb = [CALLERS_CHANNEL], {"1795297097.0": MISSED_ENTRY}
    async with recording(db, company, pbx_id, pbx):
        await looked_into(pbx, times=4)
        assert (await rows(db, company, CallRow), len(pbx.astdb)) == ([], 1)


async def test_call_cut_in_the_middle_is_completed_after_the_next_login(
    db: Database, company: UUID, pbx_id: UUID, pbx: Pbx22
) -> None:
    pbx.up = [CALLERS_CHANNEL]
    async with recording(db, company, pbx_id, pbx):
        await looked_into(pbx)
        pbx.up, pbx.astdb = [], {"1795297097.0": MISSED_ENTRY}
        pbx.player.cut()
        await taken_out(pbx)
        (call,) = await calls(db, company, 1)
    assert call.outcome == "missed"


async def test_without_an_outbox_a_call_of_unknown_outcome_is_recorded_as_such(
    db: Database, company: UUID, pbx_id: UUID, pbx: Pbx22
) -> None:
    pbx.up = [CALLERS_CHANNEL]
    async with recording(db, company, pbx_id, pbx):
        await looked_into(pbx)
        await pbx.player.send(HANGUP)
        (call,) = await calls(db, company, 1)
    assert (call.outcome, await jobs_of(db, "first_text")) == (None, [])


async def test_user_who_may_not_see_the_outbox_is_told_and_calls_are_recorded_all_the_same(
    db: Database, company: UUID, pbx_id: UUID, pbx: Pbx22
) -> None:
    pbx.may_read_astdb, pbx.up = False, [CALLERS_CHANNEL]

    async def told() -> bool:
        (row,) = await rows(db, company, PbxRow)
        return "DBGetTree" in row.link_text

    async with recording(db, company, pbx_id, pbx):
        await until(told)
        await pbx.player.send(HANGUP)
        (call,) = await calls(db, company, 1)
    assert call.outcome is None


async def test_call_that_waits_for_the_outbox_is_recorded_when_that_is_refused(
    db: Database, company: UUID, pbx_id: UUID, pbx: Pbx22
) -> None:
    pbx.up = [CALLERS_CHANNEL]
    async with recording(db, company, pbx_id, pbx):
        await looked_into(pbx)
        pbx.may_read_astdb, pbx.up = False, []
        pbx.player.cut()
        (call,) = await calls(db, company, 1)
    assert call.outcome is None


async def test_user_who_may_not_empty_the_outbox_is_told_and_all_of_it_is_recorded(
    db: Database, company: UUID, pbx_id: UUID, pbx: Pbx22
) -> None:
    pbx.may_delete = False
    pbx.astdb = {f"1795297097.{number}": MISSED_ENTRY for number in range(3)}

    async def told() -> bool:
        (row,) = await rows(db, company, PbxRow)
        return "DBDel" in row.link_text

    async with recording(db, company, pbx_id, pbx):
        await until(told)
        assert len(await calls(db, company, 3)) == 3


async def test_unreadable_entry_is_left_where_it_is(
    db: Database, company: UUID, pbx_id: UUID, pbx: Pbx22
) -> None:
    pbx.astdb = {"site": "of somebody else", "1795297097.0": MISSED_ENTRY}
    async with recording(db, company, pbx_id, pbx):
        await calls(db, company, 1)
        await taken_out(pbx, "site")
    assert pbx.astdb == {"site": "of somebody else"}


async def gaps(db: Database, company: UUID, count: int) -> list[GapRow]:
    """The gaps, once so many of them are over."""

    async def over() -> bool:
        return sum(gap.to_at is not None for gap in await rows(db, company, GapRow)) >= count

    await until(over)
    return list(await rows(db, company, GapRow))


async def heard(db: Database, company: UUID, pbx_id: UUID, at: datetime) -> None:
    """As a process left it that heard the PBX until then."""
    async with db.begin(company) as session:
        await set_mark(session, pbx_id, LIVE, at.isoformat())
        await set_link_state(session, pbx_id, "up", "Connected.", at)


async def test_time_without_a_process_of_ours_is_a_gap_with_what_the_outbox_held(
    db: Database, company: UUID, pbx_id: UUID, pbx: Pbx22
) -> None:
    last = system_clock() - timedelta(minutes=5)
    await heard(db, company, pbx_id, last)
    ended_s = int(last.timestamp()) + 60
    entry = MISSED_ENTRY.replace("1795297097", str(ended_s - 23))
    pbx.astdb["1795297097.0"] = entry.replace("1795297120", str(ended_s))
    async with recording(db, company, pbx_id, pbx):
        (gap,) = await gaps(db, company, 1)
        await calls(db, company, 1)
        (gap,) = await rows(db, company, GapRow)
    assert gap.from_at == last
    assert gap.to_at is not None
    assert (gap.found, gap.sources) == (1, ["outbox"])


async def test_line_that_is_cut_for_longer_than_a_moment_is_a_gap(
    db: Database, company: UUID, pbx_id: UUID, pbx: Pbx22
) -> None:
    async def began() -> bool:
        return bool(await rows(db, company, GapRow))

    async with recording(db, company, pbx_id, pbx):
        await pbx.player.close()
        await until(began)
    (gap,) = await rows(db, company, GapRow)
    assert gap.to_at is None


async def test_moment_at_which_the_pbx_was_heard_is_kept(
    db: Database, company: UUID, pbx_id: UUID, pbx: Pbx22
) -> None:
    before = system_clock()

    async def kept() -> bool:
        return [mark.source for mark in await rows(db, company, PbxMarkRow)] == [LIVE]

    async with recording(db, company, pbx_id, pbx):
        await until(kept)
    (mark,) = await rows(db, company, PbxMarkRow)
    assert before <= datetime.fromisoformat(mark.mark) <= system_clock()


async def test_records_that_can_not_be_read_are_told_with_the_link_and_calls_are_recorded(
    db: Database, company: UUID, pbx_id: UUID, pbx: Pbx22, tmp_path: Path
) -> None:
    async def link_says(words: str) -> bool:
        (row,) = await rows(db, company, PbxRow)
        return row.link_state == "up" and words in row.link_text

    records = tmp_path / "queue_log"
    places = Places(queue_log=str(records), time_zone="UTC")
    async with recording(db, company, pbx_id, pbx, places):
        await until(lambda: link_says("queue_log: there is no file"))
        await pbx.player.play(trace("direct_busy"), speed=math.inf)
        await calls(db, company, 1)
        records.write_text("1795306691|1795306691.15|x|NONE|ENTERQUEUE||0701740605|1\n")

        async def mended() -> bool:
            (row,) = await rows(db, company, PbxRow)
            return "queue_log" not in row.link_text

        await until(mended)


def as_bytes(frame: Frame) -> bytes:
    return "".join(f"{name}: {value}\r\n" for name, value in frame.items()).encode() + b"\r\n"


async def test_call_that_was_answered_before_the_line_was_cut_is_not_told_by_records(
    db: Database, company: UUID, pbx_id: UUID, pbx: Pbx22, tmp_path: Path
) -> None:
    """101 answers, the line is cut, the caller is sent to a queue and gives up; another gives up."""
    now = int(system_clock().timestamp()) - 60
    line = {"Uniqueid": f"{now}.7", "Linkedid": f"{now}.7", "Channel": "PJSIP/trunk-0a"}
    phone = {"Uniqueid": f"{now}.8", "Linkedid": f"{now}.7", "Channel": "PJSIP/101-0b"}
    bridge = {"Event": "BridgeEnter", "BridgeUniqueid": "b"}
    began = {"Event": "Newchannel", "CallerIDNum": "0701740613", "Exten": "0846500401"}
    frames = (
        {**began, **line, "ChannelState": "4", "Context": "from-pstn"},
        {**began, **phone, "ChannelState": "0", "Context": "from-internal"},
        {"Event": "DialBegin", "Uniqueid": f"{now}.7", "DestUniqueid": f"{now}.8"},
        {**bridge, **line},
        {**bridge, **phone},
    )
    log = tmp_path / "queue_log"
    log.write_text(f"{now}|NONE|NONE|NONE|QUEUESTART|\n")

    async def marked() -> bool:
        return "queue_log" in {mark.source for mark in await rows(db, company, PbxMarkRow)}

    async with recording(db, company, pbx_id, pbx, Places(queue_log=str(log))):
        await until(marked)
        made = Trace("made", tuple((0.0, as_bytes(frame)) for frame in frames))
        await pbx.player.play(made, speed=math.inf)
        await all_is_read(pbx)
        await pbx.player.close()
        with log.open("a") as file:
            for uniqueid, caller in ((f"{now}.7", "0701740613"), (f"{now}.9", "0701740614")):
                file.write(f"{now}|{uniqueid}|kundtjanst|NONE|ENTERQUEUE||{caller}|1\n")
                file.write(f"{now + 3}|{uniqueid}|kundtjanst|NONE|ABANDON|1|1|3\n")
        (call,) = await calls(db, company, 1)
    assert call.uniqueid == f"{now}.9"
