"""Which calls are told, when, and how far a source then counts as read."""

import gzip
import os
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime
from pathlib import Path

import pytest

from pbx_adapter.backfill.places import Places
from pbx_adapter.backfill.reading import PATIENCE_S, BackFill
from pbx_adapter.link import LinkState
from ringback.callbacks import CallbackRequest
from ringback.calls import Call, Outcome, Reason
from ringback.errors import TryAgain
from tests.clock import HandClock
from tests.pbx_adapter.backfill.recorded import SITE, lines_of
from tests.pbx_adapter.backfill.test_readers import RUNG

BEGAN_S = 1795307549  # the recorded calls
GIVEN_UP = "queue given up"
ENTERED = "{0}|{0}.18|kundtjanst|NONE|ENTERQUEUE||0701740613|1"
ABANDONED = "{0}|{0}.18|kundtjanst|NONE|ABANDON|1|1|1"


@dataclass
class Kept:
    """A sink that remembers; it refuses while it is full."""

    calls: list[Call] = field(default_factory=list)
    kept_marks: dict[str, str] = field(default_factory=dict)
    told: list[str] = field(default_factory=list)
    full: bool = False

    async def keep_call(self, call: Call) -> None:
        if self.full:
            raise TryAgain("There is no room.")
        self.calls.append(call)

    async def keep_callback(self, request: CallbackRequest) -> None:
        raise AssertionError("records hold no wishes")

    async def keep_link(self, state: LinkState) -> None:
        raise AssertionError("the recorder tells the state")

    async def marks(self) -> Mapping[str, str]:
        return dict(self.kept_marks)

    async def keep_mark(self, source: str, mark: str) -> None:
        self.kept_marks[source] = mark
        self.told.append(source)


@dataclass
class Pbx:
    """Its records, and what Ringback has of them."""

    folder: Path
    sink: Kept
    clock: HandClock

    def back_fill(self, *sources: str, look_back_h: float = 0) -> BackFill:
        """A new process, that knows nothing but what was kept."""
        given = {name: str(self.folder / name) for name in sources}
        places = Places.model_validate({**given, "time_zone": "UTC", "look_back_h": look_back_h})
        return BackFill(places, SITE, self.sink, self.clock.now)

    def write(self, source: str, lines: Sequence[str]) -> None:
        with (self.folder / source).open("a") as file:
            file.writelines(f"{line}\n" for line in lines)

    def callers(self) -> list[str]:
        return [call.caller for call in self.sink.calls]


@pytest.fixture
def pbx(tmp_path: Path) -> Pbx:
    clock = HandClock(datetime.fromtimestamp(BEGAN_S + 3600, UTC))
    made = Pbx(tmp_path, Kept(), clock)
    for source in ("queue_log", "cdr", "cel"):
        made.write(source, lines_of("22", source)[:1])
    return made


async def test_install_begins_with_what_comes_and_not_with_the_past(pbx: Pbx) -> None:
    pbx.write("cel", lines_of("22", "cel")[1:])
    await pbx.back_fill("cel").look()
    assert pbx.sink.calls == []
    assert list(pbx.sink.kept_marks) == ["cel"]


async def test_look_back_tells_the_hours_before_and_no_more(pbx: Pbx) -> None:
    pbx.write("cel", lines_of("22", "cel")[1:])
    half = BEGAN_S + 25
    pbx.clock.advance(half + 7200 - BEGAN_S - 3600)
    await pbx.back_fill("cel", look_back_h=2).look()
    assert 0 < len(pbx.sink.calls) < 23
    assert min(call.end for call in pbx.sink.calls) >= half


async def test_calls_written_while_we_were_away_are_told_once(pbx: Pbx) -> None:
    everything = ("queue_log", "cdr", "cel")
    await pbx.back_fill(*everything).look()
    for source in everything:
        pbx.write(source, lines_of("22", source)[1:])
    for _ in range(2):
        await pbx.back_fill(*everything).look()
    callers = pbx.callers()
    assert len(callers) == len(set(callers)) == 22  # the first one began before
    by_caller = {call.caller: call for call in pbx.sink.calls}
    assert by_caller["0701740613"].reason is Reason.ABANDONED_IN_QUEUE
    assert by_caller["0701740624"].outcome is Outcome.MISSED


async def test_call_is_told_only_when_it_has_been_quiet_for_a_while(pbx: Pbx) -> None:
    back_fill = pbx.back_fill("queue_log")
    await back_fill.look()
    now = int(pbx.clock.now().timestamp())
    pbx.write("queue_log", [ENTERED.format(now), ABANDONED.format(now)])
    pbx.clock.advance(14)
    await back_fill.look()
    assert pbx.sink.calls == []
    pbx.clock.advance(2)
    await back_fill.look()
    assert [call.outcome for call in pbx.sink.calls] == [Outcome.MISSED]


async def test_process_that_ends_before_a_call_is_told_leaves_it_to_the_next(pbx: Pbx) -> None:
    first = pbx.back_fill("queue_log")
    await first.look()
    now = int(pbx.clock.now().timestamp())
    pbx.write("queue_log", [ENTERED.format(now)])
    await first.look()
    pbx.write("queue_log", [ABANDONED.format(now)])
    pbx.clock.advance(60)
    await pbx.back_fill("queue_log").look()
    assert pbx.callers() == ["0701740613"]


async def test_call_that_somebody_else_follows_is_left_and_told_when_nobody_does(
    pbx: Pbx,
) -> None:
    await pbx.back_fill("cel").look()
    pbx.write("cel", lines_of("22", "cel")[1:])
    begun = next(line for line in lines_of("22", "cel") if "0701740606" in line)
    await pbx.back_fill("cel").look(followed={begun.split('","')[14]})
    assert len(pbx.callers()) == 21
    assert "0701740606" not in pbx.callers()
    await pbx.back_fill("cel").look()
    assert "0701740606" in pbx.callers()


async def test_call_that_has_been_told_is_not_told_again(pbx: Pbx) -> None:
    back_fill = pbx.back_fill("queue_log")
    await back_fill.look()
    now = int(pbx.clock.now().timestamp())
    pbx.write("queue_log", [ENTERED.format(now), ABANDONED.format(now)])
    pbx.clock.advance(60)
    await back_fill.look(told={f"{now}.18"})
    assert pbx.sink.calls == []
    await pbx.back_fill("queue_log").look()
    assert pbx.sink.calls == []


async def test_sink_that_takes_nothing_keeps_the_mark_where_it_is(pbx: Pbx) -> None:
    await pbx.back_fill("cel").look()
    back_fill = pbx.back_fill("cel")
    before = dict(pbx.sink.kept_marks)
    pbx.write("cel", lines_of("22", "cel")[1:])
    pbx.sink.full = True
    with pytest.raises(TryAgain):
        await back_fill.look()
    assert pbx.sink.kept_marks == before
    pbx.sink.full = False
    await back_fill.look()
    assert len(pbx.sink.calls) == 22


async def test_queue_log_waits_for_those_who_know_more_and_not_for_ever(pbx: Pbx) -> None:
    back_fill = pbx.back_fill("queue_log", "cdr")
    await back_fill.look()
    now = int(pbx.clock.now().timestamp())
    pbx.write("queue_log", [ENTERED.format(now), ABANDONED.format(now)])
    pbx.clock.advance(PATIENCE_S)
    await back_fill.look()
    assert pbx.sink.calls == []
    pbx.clock.advance(60)
    await back_fill.look()
    assert pbx.callers() == ["0701740613"]


async def test_queue_log_alone_tells_while_the_others_can_not_be_read(pbx: Pbx) -> None:
    back_fill = pbx.back_fill("queue_log", "cdr")
    await back_fill.look()
    now = int(pbx.clock.now().timestamp())
    pbx.write("queue_log", [ENTERED.format(now), ABANDONED.format(now)])
    (pbx.folder / "cdr").rename(pbx.folder / "elsewhere")
    pbx.clock.advance(60)
    said = await back_fill.look()
    assert "cdr: there is no file" in said
    assert pbx.callers() == ["0701740613"]
    (pbx.folder / "elsewhere").rename(pbx.folder / "cdr")
    assert await back_fill.look() == ""


async def test_broken_lines_are_passed_over(pbx: Pbx) -> None:
    await pbx.back_fill("cdr").look()
    back_fill = pbx.back_fill("cdr")
    pbx.write("cdr", ["what is this", *lines_of("22", "cdr")[1:], '"', ",,,"])
    assert await back_fill.look() == ""
    assert len(pbx.sink.calls) == 22


async def test_after_a_gap_every_source_is_told_to_have_been_read(pbx: Pbx) -> None:
    back_fill = pbx.back_fill("queue_log", "cdr")
    await back_fill.look()
    pbx.sink.told.clear()
    await back_fill.look()
    assert pbx.sink.told == []
    (pbx.folder / "cdr").unlink()
    await back_fill.look(after_a_gap=True)
    assert pbx.sink.told == ["queue_log"]


async def test_line_of_a_killed_asterisk_holds_the_mark_for_hours_and_not_for_ever(
    pbx: Pbx,
) -> None:
    back_fill = pbx.back_fill("queue_log")
    await back_fill.look()
    now = int(pbx.clock.now().timestamp())
    pbx.write("queue_log", [ENTERED.format(now)])
    await back_fill.look()
    held = pbx.sink.kept_marks["queue_log"]
    pbx.clock.advance(hours=7)
    await back_fill.look()
    assert pbx.sink.kept_marks["queue_log"] != held
    assert pbx.sink.calls == []


@pytest.mark.parametrize("hours", [-7, -1, 0, 7])
async def test_clock_of_the_pbx_that_is_wrong_by_hours_loses_no_call(pbx: Pbx, hours: int) -> None:
    await pbx.back_fill("queue_log").look()
    back_fill = pbx.back_fill("queue_log")
    now = int(pbx.clock.now().timestamp()) + hours * 3600
    pbx.write("queue_log", [ENTERED.format(now)])
    await back_fill.look()
    pbx.clock.advance(30)
    pbx.write("queue_log", [ABANDONED.format(now)])
    for _ in range(2):
        await back_fill.look()
        pbx.clock.advance(60)
    assert pbx.callers() == ["0701740613"]


async def test_clock_an_hour_behind_loses_no_call_of_the_first_hour(pbx: Pbx) -> None:
    back_fill = pbx.back_fill("queue_log")
    await back_fill.look()
    an_hour_ago = int(pbx.clock.now().timestamp()) - 3600
    pbx.write("queue_log", [ENTERED.format(an_hour_ago), ABANDONED.format(an_hour_ago)])
    await back_fill.look()
    assert pbx.callers() == ["0701740613"]


async def test_cel_whose_zone_is_wrong_by_hours_loses_no_call(pbx: Pbx) -> None:
    pbx.clock.advance(hours=6)  # the recorded calls are seven hours old
    await pbx.back_fill("cel").look()
    back_fill = pbx.back_fill("cel")
    for line in lines_of("22", "cel")[1:]:
        pbx.write("cel", [line])
        await back_fill.look()
    assert len(pbx.callers()) == 22


async def test_damaged_rotated_file_is_told_and_the_rest_is_read(pbx: Pbx) -> None:
    back_fill = pbx.back_fill("queue_log")
    await back_fill.look()
    old = (pbx.folder / "queue_log").read_bytes() + b"".join(
        f"{BEGAN_S}|NONE|NONE|NONE|X{number * 7919}|\n".encode() for number in range(3000)
    )
    (pbx.folder / "queue_log.1.gz").write_bytes(gzip.compress(old)[:-200])
    os.utime(pbx.folder / "queue_log.1.gz", (1e9, 1e9))
    (pbx.folder / "queue_log").unlink()
    pbx.write("queue_log", [line.format(BEGAN_S + 3500) for line in (ENTERED, ABANDONED)])
    assert "queue_log.1.gz is damaged" in await back_fill.look()
    assert pbx.callers() == ["0701740613"]


async def test_line_that_was_dialled_is_no_call_in_any_source(pbx: Pbx) -> None:
    back_fill = pbx.back_fill("cdr", "queue_log")
    await back_fill.look()
    pbx.write("cdr", RUNG)
    line = "{}|1795312475.1|kundtjanst|NONE|{}"
    entered = line.format(1795312476, "ENTERQUEUE||0701740690|1")
    pbx.write("queue_log", [entered, line.format(1795312479, "ABANDON|1|1|3")])
    pbx.clock.advance(hours=2)
    await back_fill.look()
    assert pbx.sink.calls == []


async def test_callers_found_in_records_may_be_texted_only_where_the_site_file_says_so(
    pbx: Pbx,
) -> None:
    known = []
    for text_callers in (False, True):
        place = str(pbx.folder / "queue_log")
        places = Places(queue_log=place, time_zone="UTC", text_callers=text_callers)
        back_fill = BackFill(places, SITE, pbx.sink, pbx.clock.now)
        await back_fill.look()
        now = int(pbx.clock.now().timestamp())
        pbx.write("queue_log", [ENTERED.format(now), ABANDONED.format(now)])
        pbx.clock.advance(60)
        await back_fill.look()
        known.append(pbx.sink.calls[-1].presentation_known)
    assert known == [False, True]
