"""Our extension at a real Asterisk that plays the part of a foreign PBX."""

import asyncio
import os
import signal
import time
from dataclasses import replace
from pathlib import Path

import pytest

from pbx_adapter.link import LinkKind
from ringback.calls import Direction, EndedBy, Outcome, Reason
from tests.asterisk.server import Asterisk
from tests.asterisk.sip import Caller, Phone
from tests.pbx_adapter.sip.foreign_pbx import BRISK, Kept, account_at, listening, sip_process

TALK_S = 0.6  # into the offer


@pytest.fixture
def journal(tmp_path: Path) -> Path:
    return tmp_path / "journal"


FORWARDED = [
    ("0846500420", "0846500420", Reason.NO_ANSWER),
    ("0846500421", "0846500421", Reason.BUSY),
    ("0846500422", "0846500422", Reason.BUSY),
    ("0846500423", None, Reason.NO_ANSWER),
]


async def test_forwarded_calls_given_up_in_the_offer_are_told_with_all_their_values(
    pbx: Asterisk, journal: Path
) -> None:
    async with (
        listening(account_at(pbx), journal) as kept,
        Caller(pbx) as caller,
        Phone(pbx, "101"),
    ):
        await kept.state(LinkKind.UP)
        for count, (number, dialled, reason) in enumerate(FORWARDED, 1):
            leg = await caller.call(number, "0701740611")
            await leg.answered()
            assert not await leg.ends_within(TALK_S)
            await leg.hears(packets=20)  # the offer was really sent
            await leg.hang_up()
            call = await kept.call(count)
            ended_at = leg.truth.ended_at
            assert (call.direction, call.outcome) == (Direction.INBOUND, Outcome.MISSED)
            assert (call.reason, call.ended_by) == (reason, EndedBy.CALLER)
            assert (call.caller, call.caller_e164) == ("0701740611", "+46701740611")
            assert (call.did, call.did_e164) == (dialled, dialled and f"+46{dialled[1:]}")
            assert not call.withheld
            assert ended_at is not None
            assert ended_at - 0.1 < call.end < time.time()
            assert call.wait_s == pytest.approx(call.end - call.start)
            assert call.wait_s >= TALK_S
    assert kept.callbacks == []


@pytest.mark.parametrize(
    ("user", "number"), [("900", "0846500420"), ("901", "0846500430")], ids=["rfc2833", "info"]
)
async def test_one_is_pressed_then_a_callback_is_asked_for(
    pbx: Asterisk, journal: Path, short_prompts: Path, user: str, number: str
) -> None:
    account = account_at(pbx, username=user, prompts=short_prompts)
    async with listening(account, journal) as kept, Caller(pbx) as caller:
        await kept.state(LinkKind.UP)
        leg = await caller.call(number, "0701740612")
        await leg.answered()
        leg.press("1")
        await leg.ended()
        call = await kept.call()
        await kept.until(lambda: bool(kept.callbacks))
    assert (call.reason, call.ended_by) == (Reason.CALLBACK_REQUESTED, EndedBy.SYSTEM)
    assert call.did_e164 == f"+46{number[1:]}"
    [wish] = kept.callbacks
    assert (wish.number, wish.call_uniqueid) == ("+46701740612", call.uniqueid)
    assert call.start <= wish.asked_at.timestamp() <= call.end
    assert leg.truth.ended_by == "them"
    assert [*journal.glob("sip-*")] == []  # kept by the sink, so no longer by us


async def test_nothing_is_pressed_then_we_say_goodbye_and_hang_up(
    pbx: Asterisk, journal: Path, short_prompts: Path
) -> None:
    account = account_at(pbx, prompts=short_prompts)
    async with listening(account, journal) as kept, Caller(pbx) as caller:
        await kept.state(LinkKind.UP)
        leg = await caller.call("0846500423")
        await leg.answered()
        await leg.ended(40)
        call = await kept.call()
    assert (call.reason, call.ended_by) == (Reason.NO_ANSWER, EndedBy.SYSTEM)
    assert kept.callbacks == []


async def test_a_caller_without_a_number_is_told_so_and_stays_hidden(
    pbx: Asterisk, journal: Path, short_prompts: Path
) -> None:
    account = account_at(pbx, prompts=short_prompts)
    async with listening(account, journal) as kept, Caller(pbx) as caller:
        await kept.state(LinkKind.UP)
        leg = await caller.call_withheld("0846500421", asserted="0701740613")
        await leg.answered()
        leg.press("1")
        await leg.ended()
        call = await kept.call()
    assert (call.caller, call.caller_e164, call.withheld) == ("anonymous", None, True)
    assert (call.reason, kept.callbacks) == (Reason.BUSY, [])


async def test_a_call_given_up_while_it_rings_here_is_missed_and_never_answered(
    pbx: Asterisk, journal: Path
) -> None:
    async with listening(account_at(pbx), journal) as kept, Caller(pbx) as caller:
        await kept.state(LinkKind.UP)
        leg = await caller.call("0846500423")
        await leg.rings()
        await leg.cancel()
        call = await kept.call()
    assert leg.truth.status == 487
    assert leg.truth.answered_at is None
    assert (call.outcome, call.ended_by) == (Outcome.MISSED, EndedBy.CALLER)


async def test_the_pbx_asks_by_options_and_finds_us_available(pbx: Asterisk, journal: Path) -> None:
    async with listening(account_at(pbx), journal) as kept:
        await kept.state(LinkKind.UP)
        async with asyncio.timeout(30):
            while "Avail" not in (shown := await _contact(pbx, "900")):
                await asyncio.sleep(0.2)
    assert "Unavail" not in shown
    assert await _contact(pbx, "900") == ""  # we took leave


async def test_a_wrong_secret_is_told_and_not_insisted_on(pbx: Asterisk, journal: Path) -> None:
    async with listening(account_at(pbx, secret="wrong"), journal) as kept:
        state = await kept.state(LinkKind.REFUSED)
    assert "user name and secret" in state.text
    assert [each.kind for each in kept.states] == [LinkKind.CONNECTING, LinkKind.REFUSED]
    assert await _contact(pbx, "900") == ""


async def test_the_pbx_goes_away_and_comes_back_then_we_are_registered_again(
    own_pbx: Asterisk, journal: Path, short_prompts: Path
) -> None:
    account = account_at(own_pbx, prompts=short_prompts)
    async with listening(account, journal) as kept:
        await kept.state(LinkKind.UP)
        await own_pbx.stop(kill=True)
        (own_pbx.folder / "lib" / "astdb.sqlite3").unlink()  # nor does it remember us
        lost = await kept.state(LinkKind.LOST)
        await own_pbx.start()
        await kept.state(LinkKind.UP, times=2)
        async with Caller(own_pbx) as caller:
            leg = await caller.call("0846500423")
            await leg.answered()
            leg.press("1")
            await kept.call()
    assert "does not answer" in lost.text
    assert lost.since <= kept.states[-1].since


async def test_twenty_calls_at_once_are_all_told_right(
    pbx: Asterisk, journal: Path, short_prompts: Path
) -> None:
    async with (
        listening(account_at(pbx, prompts=short_prompts), journal) as kept,
        Caller(pbx) as caller,
    ):
        await kept.state(LinkKind.UP)
        numbers = [f"07017406{n}" for n in range(30, 50)]
        legs = [await caller.call("0846500421", number) for number in numbers]
        async with asyncio.TaskGroup() as tasks:
            for leg in legs:
                tasks.create_task(leg.answered())
        for leg in legs[::2]:
            leg.press("1")
        for leg in legs[1::2]:
            await leg.hang_up()
        await kept.call(20)
        await kept.until(lambda: len(kept.callbacks) >= 10)
    assert sorted(call.caller for call in kept.calls) == numbers
    by_caller = {call.caller: call for call in kept.calls}
    assert [by_caller[n].reason for n in numbers] == [Reason.CALLBACK_REQUESTED, Reason.BUSY] * 10
    assert sorted(wish.number for wish in kept.callbacks) == [f"+46{n[1:]}" for n in numbers[::2]]
    assert {call.did for call in kept.calls} == {"0846500421"}


async def test_the_process_is_killed_in_a_call_then_the_call_is_told_and_we_register_again(
    pbx: Asterisk, journal: Path
) -> None:
    async with listening(account_at(pbx), journal) as kept, Caller(pbx) as caller:
        await kept.state(LinkKind.UP)
        leg = await caller.call("0846500421", "0701740650")
        await leg.answered()
        os.kill(sip_process(), signal.SIGKILL)
        call = await kept.call()
        await kept.state(LinkKind.UP, times=2)
    assert (call.caller_e164, call.did, call.ended_by) == ("+46701740650", "0846500421", None)
    assert LinkKind.LOST in [state.kind for state in kept.states]
    assert len(kept.calls) == 1


async def test_a_process_that_hangs_is_ended_and_replaced(pbx: Asterisk, journal: Path) -> None:
    pace = replace(BRISK, silence_s=5.0)
    async with listening(account_at(pbx), journal, pace=pace) as kept:
        await kept.state(LinkKind.UP)
        hung = sip_process()
        os.kill(hung, signal.SIGSTOP)
        await kept.state(LinkKind.UP, times=2)
        assert sip_process() != hung
    assert any("hung" in state.text for state in kept.states)


async def test_a_call_in_a_codec_that_we_do_not_speak_is_refused_and_missed(
    pbx: Asterisk, journal: Path
) -> None:
    async with listening(account_at(pbx, username="902"), journal) as kept, Caller(pbx) as caller:
        await kept.state(LinkKind.UP)
        leg = await caller.call("0846500424", "0701740651")
        await leg.ended()
        call = await kept.call()
    assert leg.truth.answered_at is None
    assert (call.caller_e164, call.ended_by) == ("+46701740651", EndedBy.SYSTEM)


async def test_a_call_beyond_the_limit_hears_busy_and_is_missed_all_the_same(
    pbx: Asterisk, journal: Path
) -> None:
    async with listening(account_at(pbx, max_calls=1), journal) as kept, Caller(pbx) as caller:
        await kept.state(LinkKind.UP)
        first = await caller.call("0846500421", "0701740652")
        await first.answered()
        second = await caller.call("0846500421", "0701740653")
        await second.ended()
        call = await kept.call()
        await first.hang_up()
        await kept.call(2)
    assert second.truth.answered_at is None
    assert (call.caller_e164, call.ended_by) == ("+46701740653", EndedBy.SYSTEM)


async def test_the_sink_is_away_then_the_call_waits_and_is_told_once(
    pbx: Asterisk, journal: Path
) -> None:
    sink = Kept(faults=3)
    async with listening(account_at(pbx), journal, sink) as kept, Caller(pbx) as caller:
        await kept.state(LinkKind.UP)
        leg = await caller.call("0846500421", "0701740654")
        await leg.rings()
        await leg.cancel()
        call = await kept.call()
    assert call.caller_e164 == "+46701740654"
    assert (len(kept.calls), sink.faults) == (1, 0)


async def test_we_are_ended_before_the_sink_came_back_then_the_call_is_told_at_the_next_start(
    pbx: Asterisk, journal: Path
) -> None:
    away = Kept(faults=1000)
    async with listening(account_at(pbx), journal, away), Caller(pbx) as caller:
        await away.state(LinkKind.UP)
        leg = await caller.call("0846500421", "0701740655")
        await leg.rings()
        await leg.cancel()
        await away.until(lambda: away.faults < 1000)
    async with listening(account_at(pbx), journal) as kept:
        call = await kept.call()
    assert (call.caller_e164, call.did) == ("+46701740655", "0846500421")


async def _contact(pbx: Asterisk, user: str) -> str:
    lines = (await pbx.cli("pjsip show contacts")).splitlines()
    return next((line for line in lines if f" {user}/sip" in line), "")
