"""The outbox in AstDB: what the hangup handler wrote, and what it writes on a real Asterisk."""

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable

import pytest

from pbx_adapter.ami_connection import AmiConnection
from pbx_adapter.ami_faults import PbxAddress
from pbx_adapter.outbox import forget, kept_call, kept_calls
from pbx_adapter.site import Site
from ringback.calls import Call, Outcome, Reason
from tests.asterisk.office import AMI_NARROW_USER, AMI_SECRET, HOST
from tests.asterisk.server import Asterisk
from tests.asterisk.sip import Caller, Phone, answer_after

SITE = Site()
ANSWERED, MISSED = Outcome.ANSWERED, Outcome.MISSED


def kept(variables: str, caller: str = "0701740605", shown: str = "allowed") -> Call:
    """DIALSTATUS|ANSWEREDTIME|DIALEDPEERNAME|QUEUEPOSITION|ABANDONED|QUEUESTATUS|BLINDTRANSFER|…"""
    written = f"1|1795297097|1795297120|{caller}|{shown}|0846500401|{variables}"
    call = kept_call("1795297097.0", written, SITE)
    assert call is not None
    return call


@pytest.mark.parametrize(
    ("variables", "outcome", "reason"),
    [
        ("CANCEL|||||||", MISSED, Reason.NO_ANSWER),
        ("NOANSWER|||||||", MISSED, Reason.NO_ANSWER),
        ("BUSY|||||||", MISSED, Reason.BUSY),
        ("CHANUNAVAIL|||||||", MISSED, Reason.UNAVAILABLE),
        ("|||||||", MISSED, None),  # a menu, an announcement: nobody was rung
        ("ANSWER|0|PJSIP/101-0f|||||", ANSWERED, None),
        ("ANSWER|0|PJSIP/operator-0f|||||", ANSWERED, None),  # a mobile outside
        ("ANSWER||PJSIP/101-0f|||||", MISSED, Reason.NO_ANSWER),  # never connected: glare
        ("ANSWER|7|Local/101@from-internal-01;1|||||", None, None),  # or its voicemail
        ("|0||1|TRUE|||", MISSED, Reason.ABANDONED_IN_QUEUE),
        ("|0||1|TRUE|TIMEOUT||", MISSED, Reason.QUEUE_TIMEOUT),
        ("|||1|TRUE|LEAVEEMPTY||", MISSED, Reason.QUEUE_EMPTY),
        ("|||||JOINEMPTY||", MISSED, Reason.QUEUE_EMPTY),
        ("|0||1||||", None, None),  # a member answered, or a digit led out
        ("|0||1||TIMEOUT||", None, None),  # the second queue may have been answered
        ("CHANUNAVAIL|0||1||||", None, None),
        ("NOANSWER|||1|TRUE|TIMEOUT||", MISSED, Reason.QUEUE_TIMEOUT),
        ("ANSWER|0|PJSIP/101-1b|1||||", None, None),
        ("NOANSWER||||||PJSIP/101-19|", ANSWERED, None),  # a person transferred
        ("NOANSWER|||||||701", None, None),  # it was parked
    ],
)
def test_outcome_is_told_where_the_variables_can_tell_it(
    variables: str, outcome: Outcome | None, reason: Reason | None
) -> None:
    call = kept(variables)
    assert (call.outcome, call.reason) == (outcome, reason)


def test_call_has_what_the_handler_wrote() -> None:
    call = kept("CANCEL|||||||")
    assert (call.uniqueid, call.start, call.end, call.wait_s) == (
        "1795297097.0",
        1795297097.0,
        1795297120.0,
        23.0,
    )
    assert (call.caller_e164, call.withheld) == ("+46701740605", False)
    assert (call.did, call.did_e164) == ("0846500401", "+46846500401")


@pytest.mark.parametrize(
    ("caller", "shown"),
    [("0701740605", "prohib_not_screened"), ("anonymous", "allowed_not_screened"), ("", "allowed")],
)
def test_withheld_number_is_not_kept(caller: str, shown: str) -> None:
    call = kept("CANCEL|||||||", caller, shown)
    assert (call.caller, call.caller_e164, call.withheld) == ("anonymous", None, True)


@pytest.mark.parametrize(
    "written",
    [
        "",
        "2|1795297097|1795297120|0701740605|allowed|0846500401|CANCEL|||||||",
        "1|1795297097|1795297120|0701740605|allowed|0846500401|CANCEL",
        "1|soon|1795297120|0701740605|allowed|0846500401|CANCEL|||||||",
        "1|99999999999999|99999999999999|0701740605|allowed|0846500401|CANCEL|||||||",
        "1|1795297120|1795297097|0701740605|allowed|0846500401|CANCEL|||||||",
    ],
)
def test_entry_of_another_version_or_damaged_is_no_call(written: str) -> None:
    assert kept_call("1795297097.0", written, SITE) is None


Scene = Callable[[Caller, Phone], Awaitable[None]]


async def abandons_phone(caller: Caller, phone: Phone) -> None:
    leg = await caller.call("0846500401")
    await phone.rung()
    await leg.cancel()


async def abandons_queue(caller: Caller, phone: Phone) -> None:
    leg = await caller.call("0846500403")
    await leg.answered()  # by the queue
    await phone.rung()
    await leg.hang_up()


async def hears_that_it_is_closed(caller: Caller, phone: Phone) -> None:
    leg = await caller.call("0846500407")
    await leg.answered()
    await leg.hang_up()


async def calls_a_dead_phone(caller: Caller, phone: Phone) -> None:
    await (await caller.call("0846500409")).ended()


async def hides_the_number(caller: Caller, phone: Phone) -> None:
    leg = await caller.call_withheld("0846500401", "+46701740605")
    await phone.rung()
    await leg.cancel()


async def talks(caller: Caller, phone: Phone) -> None:
    phone.conduct = answer_after(0.0)
    leg = await caller.call("0846500401")
    await leg.answered()
    await (await phone.rung()).hears()  # what the caller says: they are connected
    await leg.hang_up()


async def talks_after_the_queue(caller: Caller, phone: Phone) -> None:
    phone.conduct = answer_after(0.0)
    leg = await caller.call("0846500403")
    await (await phone.rung()).hears()
    await leg.hang_up()


@pytest.fixture
async def connection(asterisk_with_outbox: Asterisk) -> AsyncIterator[AmiConnection]:
    """As the user that docs/asterisk.md asks for."""
    port = asterisk_with_outbox.ami_port
    link = AmiConnection(PbxAddress(HOST, port, AMI_NARROW_USER, AMI_SECRET))
    await link.connect()
    yield link
    await link.close()


async def test_handler_writes_what_happened_and_the_entries_can_be_taken_out(
    asterisk_with_outbox: Asterisk, connection: AmiConnection
) -> None:
    scenes: list[tuple[Scene, Outcome | None, Reason | None]] = [
        (abandons_phone, MISSED, Reason.NO_ANSWER),
        (abandons_queue, MISSED, Reason.ABANDONED_IN_QUEUE),
        (hears_that_it_is_closed, MISSED, None),  # the handler can't see places
        (calls_a_dead_phone, MISSED, Reason.UNAVAILABLE),
        (hides_the_number, MISSED, Reason.NO_ANSWER),
        (talks, ANSWERED, None),
        (talks_after_the_queue, None, None),
    ]
    assert await kept_calls(connection, SITE) == {}
    for scene, outcome, reason in scenes:
        async with Phone(asterisk_with_outbox, "101") as phone, Caller(asterisk_with_outbox) as who:
            await scene(who, phone)
        async with asyncio.timeout(20):
            while not (calls := await kept_calls(connection, SITE)):
                await asyncio.sleep(0.05)
        ((uniqueid, call),) = calls.items()
        assert (call.outcome, call.reason) == (outcome, reason), scene.__name__
        hidden = scene is hides_the_number
        assert call.caller_e164 == (None if hidden else "+46701740605")
        assert call.did_e164 is not None
        await forget(connection, uniqueid)
        await forget(connection, uniqueid)  # another process may have been faster
        assert await kept_calls(connection, SITE) == {}
