"""Commands that a real Asterisk carries out: the handler's own phone rings first, values are set."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from datetime import timedelta

import pytest

from pbx_adapter.ami_connection import AmiConnection
from pbx_adapter.ami_faults import PbxAddress
from pbx_adapter.commands import (
    IS_GONE,
    IS_RINGING,
    IS_TALKING,
    IS_UP,
    Answer,
    Command,
    CommandKind,
    execute,
    read_answer,
    read_command,
    untimely,
    written_answer,
    written_command,
)
from ringback.errors import BadInput
from tests.asterisk.office import AMI_NARROW_USER, AMI_SECRET, AMI_USER
from tests.asterisk.server import Asterisk
from tests.asterisk.sip import Outside, Phone, answer_after
from tests.clock import FRIDAY_AT_TEN

SOON = FRIDAY_AT_TEN + timedelta(seconds=30)


def call_back(**fields: str) -> Command:
    known = {"phone": "PJSIP/101", "number": "0701740605"}
    return Command("rb-job42", CommandKind.CALL_BACK, SOON, known | fields)


def about(kind: CommandKind, channel: str = "rb-job42") -> Command:
    return Command("look-1", kind, SOON, {"channel": channel})


def set_value(**fields: str) -> Command:
    return Command("rb-job43", CommandKind.SET_VALUE, SOON, fields)


@asynccontextmanager
async def connected(asterisk: Asterisk, username: str = AMI_USER) -> AsyncIterator[AmiConnection]:
    connection = AmiConnection(PbxAddress("127.0.0.1", asterisk.ami_port, username, AMI_SECRET))
    await connection.connect()
    try:
        yield connection
    finally:
        await connection.close()


async def test_handlers_phone_rings_then_the_customers_under_the_commands_id(
    asterisk: Asterisk,
) -> None:
    async with (
        connected(asterisk) as connection,
        Phone(asterisk, "101", answer_after(0.2)),
        Outside(asterisk) as outside,
    ):
        answer = await execute(call_back(), connection)
        assert (answer.done, answer.known) == (True, True)
        customer = await outside.rung()
        assert customer.callee == "0701740605"
        channels = {
            event["Uniqueid"]: event["Channel"]
            for event in await connection.action("CoreShowChannels")
            if "Uniqueid" in event
        }
        assert channels["rb-job42"].startswith("PJSIP/101-")
        assert not any(name.startswith("Local/") for name in channels.values())
        await customer.decline("486 Busy Here")


async def test_handler_who_does_not_answer_never_gets_the_customer_called(
    asterisk: Asterisk,
) -> None:
    async with (
        connected(asterisk) as connection,
        Phone(asterisk, "101") as phone,
        Outside(asterisk) as outside,
    ):
        assert (await execute(call_back(), connection)).done
        leg = await phone.rung()
        await leg.decline("486 Busy Here")
        with pytest.raises(TimeoutError):
            await outside.rung(0.5)


@pytest.mark.parametrize("username", [AMI_USER, AMI_NARROW_USER])
async def test_call_is_looked_for_from_its_first_ring_to_its_end(
    asterisk: Asterisk, username: str
) -> None:
    async def seen() -> tuple[bool, str]:
        answer = await execute(about(CommandKind.LOOK), connection)
        return answer.done, answer.text

    async def no_longer(text: str) -> None:
        """The phones hear of each step a little before Asterisk's list of channels shows it."""
        async with asyncio.timeout(20):
            while await seen() == (True, text):
                await asyncio.sleep(0.02)

    async with (
        connected(asterisk, username) as connection,
        Phone(asterisk, "101") as phone,
        Outside(asterisk) as outside,
    ):
        assert await seen() == (True, IS_GONE)
        assert (await execute(call_back(), connection)).done
        own = await phone.rung()
        await no_longer(IS_GONE)
        assert await seen() == (True, IS_RINGING)
        await own.answer()
        customer = await outside.rung()
        await no_longer(IS_RINGING)
        assert await seen() == (True, IS_UP)
        await customer.answer()
        await customer.answered()
        await no_longer(IS_UP)
        assert await seen() == (True, IS_TALKING)
        assert (await execute(about(CommandKind.HANG_UP), connection)).done
        await customer.ended()
        await own.ended()
        await no_longer(IS_TALKING)
        await no_longer(IS_UP)
        assert await seen() == (True, IS_GONE)
        answer = await execute(about(CommandKind.HANG_UP), connection)
        assert (answer.done, answer.text) == (True, IS_GONE)


async def test_value_is_there_for_the_dialplan(asterisk: Asterisk) -> None:
    async with connected(asterisk) as connection:
        value = "Just nu: 20 % – välkommen"
        answer = await execute(set_value(key="offer", value=value), connection)
        assert answer.done, answer.text
        got = await connection.action("DBGetTree", {"Family": "ringback-value"})
    told = {event["Key"]: event["Val"] for event in got if "Key" in event}
    assert told["/ringback-value/offer"] == value


async def test_user_without_the_right_is_told_what_to_add(asterisk_with_outbox: Asterisk) -> None:
    manager = asterisk_with_outbox.etc / "manager.conf"
    manager.write_text(
        manager.read_text().replace(
            "write = system,call,agent,user,originate,reporting", "write = reporting"
        )
    )
    await asterisk_with_outbox.cli("manager reload")
    async with connected(asterisk_with_outbox, AMI_NARROW_USER) as connection:
        answer = await execute(call_back(), connection)
    assert not answer.done
    assert "manager.conf" in answer.text


@pytest.mark.parametrize(
    ("command", "fault"),
    [
        (call_back(phone="Local/101@from-internal"), "no phone of its own"),
        (call_back(phone="PJSIP/101&PJSIP/102"), "phone can't be"),
        (call_back(phone=""), "phone can't be"),
        (call_back(number="0701740605,,x"), "number can't be"),
        (call_back(number="0701740605\r\nAction: Command"), "number can't be"),
        (call_back(context="from internal"), "context can't be"),
        (call_back(caller_id="Anna <1>"), "caller_id can't be"),
        (call_back(shown="+46 8"), "shown can't be"),
        (about(CommandKind.LOOK, ""), "channel can't be"),
        (about(CommandKind.HANG_UP, "/.*/"), "channel can't be"),
        (set_value(key="../other", value="1"), "key can't be"),
        (set_value(value="1"), "key can't be"),
        (set_value(key="offer", value="x" * 201), "longer"),
        (set_value(key="offer", value="1\r\nVal: 2"), "line break"),
    ],
)
async def test_field_that_would_do_something_else_is_refused_unsent(
    asterisk: Asterisk, command: Command, fault: str
) -> None:
    async with connected(asterisk) as connection:
        answer = await execute(command, connection)
    assert (answer.done, answer.known) == (False, True)
    assert fault in answer.text


async def test_without_a_connection_nothing_is_done_and_that_is_said(asterisk: Asterisk) -> None:
    answers = [await execute(call_back(), None)]
    async with connected(asterisk) as connection:
        pass
    answers.append(await execute(call_back(), connection))
    assert {answer.text for answer in answers} == {
        "There is no connection to the PBX; nothing was done."
    }


async def test_answer_that_never_comes_leaves_it_unknown(asterisk_with_outbox: Asterisk) -> None:
    async with connected(asterisk_with_outbox) as connection:
        asking = asyncio.create_task(execute(set_value(key="offer", value="1"), connection))
        await asyncio.sleep(0)  # it is sent
        connection.drop("The line was cut.")
        answer = await asking
    assert (answer.done, answer.known) == (False, False)


def test_command_is_expired_from_its_moment_on() -> None:
    assert untimely(call_back(), SOON - timedelta(seconds=1)) is None
    late = untimely(call_back(), SOON + timedelta(seconds=3))
    assert late is not None
    assert "3 s too late" in late.text


def test_command_that_would_outlive_the_memory_of_it_is_not_done() -> None:
    assert untimely(call_back(), SOON - timedelta(days=7)) is None
    answer = untimely(call_back(), SOON - timedelta(days=7, seconds=1))
    assert answer is not None
    assert (answer.done, answer.known) == (False, True)
    assert "7 days" in answer.text


def test_command_and_answer_are_read_as_they_were_written() -> None:
    assert read_command(written_command(call_back())) == call_back()
    answer = Answer("rb-job42", False, "Nej, växeln är nere.", known=False)
    assert read_answer(written_answer(answer)) == answer


@pytest.mark.parametrize(
    "text",
    [
        "",
        "[]",
        '{"v": 1}',
        '{"v": 1, "id": "a b", "kind": "set_value", "expires_at": "2026-11-20T09:00:00Z"}',
        '{"v": 1, "id": "a", "kind": "set_value", "expires_at": "2026-11-20T09:00:00"}',
        '{"v": 2, "id": "a", "kind": "set_value", "expires_at": "2026-11-20T09:00:00Z"}',
    ],
)
def test_what_is_no_command_is_refused(text: str) -> None:
    with pytest.raises(BadInput):
        read_command(text)
