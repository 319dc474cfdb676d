"""The office itself, on a real Asterisk: what callers and phones see of each kind of call."""

import asyncio

import pytest

from tests.asterisk.office import AMI_NARROW_USER, AMI_SECRET, AMI_USER, HOST
from tests.asterisk.server import Asterisk
from tests.asterisk.sip import Caller, Outside, Phone, answer_after, decline_after
from tests.asterisk.sip_leg import PATIENCE_S, Leg
from tests.asterisk.volume import Counted, sipp_calls

MOBILE = "0701740605"


async def test_direct_call_answered_then_the_caller_hangs_up(asterisk: Asterisk) -> None:
    async with Phone(asterisk, "101", answer_after(0.1)) as phone, Caller(asterisk) as caller:
        leg = await caller.call("0846500401", MOBILE)
        await leg.rings()
        await leg.answered()
        rung = await phone.rung()
        await leg.hears()
        await rung.hears()
        await leg.hang_up()
        await rung.ended()
    assert rung.caller == MOBILE
    assert leg.truth.ended_by == "us"
    assert rung.truth.ended_by == "them"
    assert began_in_order(rung)


async def test_nobody_answers_and_the_caller_cancels(asterisk: Asterisk) -> None:
    async with Phone(asterisk, "101") as phone, Caller(asterisk) as caller:
        leg = await caller.call("0846500401", MOBILE)
        await leg.rings()
        rung = await phone.rung()
        await leg.cancel()
        await rung.ended()
    assert (leg.truth.status, leg.truth.ended_by) == (487, "us")
    assert (rung.truth.status, rung.truth.ended_by) == (487, "them")
    assert rung.truth.answered_at is None


async def test_ring_group_when_one_answers_the_others_stop_ringing(asterisk: Asterisk) -> None:
    async with (
        Phone(asterisk, "101") as anna,
        Phone(asterisk, "102", answer_after(0.3, talk_s=0.2)) as bo,
        Phone(asterisk, "103") as cecilia,
        Caller(asterisk) as caller,
    ):
        leg = await caller.call("0846500402", MOBILE)
        rung = [await phone.rung() for phone in (anna, bo, cecilia)]
        for one in (leg, *rung):
            await one.ended()
    answered = [one.truth.answered_at is not None for one in rung]
    assert answered == [False, True, False]
    assert leg.truth.ended_by == "them"  # Bo hung up


async def test_queue_answers_by_itself_and_the_caller_gives_up_waiting(asterisk: Asterisk) -> None:
    async with Phone(asterisk, "101") as phone, Caller(asterisk) as caller:
        leg = await caller.call("0846500403", MOBILE)
        await leg.answered()
        rung = await phone.rung()
        await leg.hears()  # the music
        await leg.hang_up()
        await rung.ended()
    assert leg.truth.status == 200
    assert rung.truth.answered_at is None


async def test_queue_through_local_channels_reaches_a_phone(asterisk: Asterisk) -> None:
    async with Phone(asterisk, "102", answer_after(0.1)) as phone, Caller(asterisk) as caller:
        leg = await caller.call("0846500404", MOBILE)
        rung = await phone.rung()
        await rung.hears()
        await leg.hang_up()
        await rung.ended()
    assert rung.truth.answered_at is not None


async def test_declined_call_is_refused_to_the_caller(asterisk: Asterisk) -> None:
    async with Phone(asterisk, "101", decline_after(0.1)) as phone, Caller(asterisk) as caller:
        leg = await caller.call("0846500401", MOBILE)
        rung = await phone.rung()
        await leg.ended()
    assert rung.truth.ended_by == "us"
    assert leg.truth.ended_by == "them"
    assert leg.truth.answered_at is None


async def test_digit_in_the_menu_leads_to_the_queue(asterisk: Asterisk) -> None:
    async with Phone(asterisk, "103", answer_after(0.1)) as phone, Caller(asterisk) as caller:
        leg = await caller.call("0846500406", MOBILE)
        await leg.answered()
        leg.press("1")
        rung = await phone.rung()
        await rung.hears()
        await leg.hang_up()
    assert rung.truth.answered_at is not None


async def test_unregistered_phone_ends_the_call_at_once(asterisk: Asterisk) -> None:
    async with Caller(asterisk) as caller:
        leg = await caller.call("+46846500409", MOBILE)
        await leg.ended(12)  # a phone would have rung for 15 s
    assert leg.truth.rang_at is None
    assert leg.truth.status >= 400


async def test_withheld_caller_arrives_without_a_number(asterisk: Asterisk) -> None:
    async with Phone(asterisk, "101", decline_after(0.0)) as phone, Caller(asterisk) as caller:
        leg = await caller.call_withheld("0846500401")
        rung = await phone.rung()
        await leg.ended()
    assert rung.caller == "anonymous"


async def test_phone_reaches_a_mobile_through_the_trunk(asterisk: Asterisk) -> None:
    async with Phone(asterisk, "101") as phone, Outside(asterisk, answer_after(0.1)) as outside:
        leg = await phone.call(MOBILE)
        await leg.answered()
        rung = await outside.rung()
        await rung.hang_up()
        await leg.ended()
    assert (rung.callee, rung.caller) == (MOBILE, "0846500400")


async def test_voicemail_takes_a_message_when_nobody_answers(asterisk: Asterisk) -> None:
    async with Phone(asterisk, "104") as phone, Caller(asterisk) as caller:
        leg = await caller.call("0846500405", MOBILE)
        rung = await phone.rung()
        await leg.answered()
        await leg.hears()
        await leg.hang_up()
    assert rung.truth.answered_at is None


async def test_restarted_server_keeps_its_database_and_takes_calls_again(
    asterisk: Asterisk,
) -> None:
    await asterisk.cli("database put ringback 1795288794.92 missed")
    await asterisk.restart()
    assert "missed" in await asterisk.cli("database get ringback 1795288794.92")
    async with Phone(asterisk, "101") as phone, Caller(asterisk) as caller:
        leg = await caller.call("0846500401", MOBILE)
        await phone.rung()
        await leg.cancel()


async def test_killed_server_leaves_the_caller_alone(asterisk: Asterisk) -> None:
    async with Phone(asterisk, "101", answer_after(0.0)) as phone, Caller(asterisk) as caller:
        leg = await caller.call("0846500401", MOBILE)
        await leg.answered()
        await asterisk.restart(kill=True)
        assert leg.truth.ended_at is None
        await phone.register()


async def test_ten_calls_at_once_are_all_answered(asterisk: Asterisk) -> None:
    async with Phone(asterisk, "101", answer_after(0.1)) as phone:
        counted = await sipp_calls(asterisk, "0846500401", calls=10, rate=10, hold_s=0.5)
    assert counted == Counted(successful=10, failed=0)
    assert len(phone.received) == 10
    assert len({leg.caller for leg in phone.received}) == 10


async def test_ten_callers_give_up_while_it_rings(asterisk: Asterisk) -> None:
    async with Phone(asterisk, "101") as phone:
        counted = await sipp_calls(
            asterisk, "0846500401", calls=10, rate=10, hold_s=0.5, scenario="abandoned"
        )
        for leg in phone.received:  # the callers are gone before the phone has heard of it
            await leg.ended()
    assert counted == Counted(successful=10, failed=0)
    assert [leg.truth.status for leg in phone.received] == [487] * 10


@pytest.mark.parametrize(("user", "variables"), [(AMI_USER, True), (AMI_NARROW_USER, False)])
async def test_ami_user_sees_what_the_rights_say(
    asterisk: Asterisk, user: str, variables: bool
) -> None:
    reader, writer = await asyncio.open_connection(HOST, asterisk.ami_port, limit=1 << 20)
    writer.write(f"Action: Login\r\nUsername: {user}\r\nSecret: {AMI_SECRET}\r\n\r\n".encode())
    async with Caller(asterisk) as caller, asyncio.timeout(PATIENCE_S):
        await reader.readuntil(b"Event: FullyBooted")
        leg = await caller.call("0846500409", MOBILE)
        await leg.ended()
        seen = await reader.readuntil(b"Event: Newchannel")
        seen += await reader.readuntil(b"Event: Hangup\r\n")
        writer.write(b"Action: DBGetTree\r\nActionID: tree\r\nFamily: ringback\r\n\r\n")
        seen += await reader.readuntil(b"Event: DBGetTreeComplete")
    writer.close()
    assert b"Event: Newchannel" in seen
    assert (b"Event: VarSet" in seen) == variables
    assert b"Timestamp:" not in seen


def began_in_order(leg: Leg) -> bool:
    truth = leg.truth
    moments = (truth.began_at, truth.rang_at, truth.answered_at, truth.ended_at)
    known = [moment for moment in moments if moment is not None]
    return len(known) == len(moments) and known == sorted(known)
