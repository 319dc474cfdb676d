from collections.abc import AsyncIterator
from datetime import datetime, timedelta

import httpx
import pytest

from ringback.clock import system_clock
from ringback.errors import BadInput
from ringback.messages import (
    Accepted,
    AccountFault,
    MessageState,
    NotAccepted,
    Outbound,
    Rejected,
    Unknown,
)
from sms_gateway.provider import Found, NotFound, Provider
from sms_gateway.providers.twilio import Twilio
from tests.fakes.elks import Fault
from tests.fakes.twilio import SID, TOKEN, FakeTwilio
from tests.sms_gateway.providers.twilio_account import CALLER, SECRET, TEXT, US, account


@pytest.fixture
async def server() -> AsyncIterator[FakeTwilio]:
    async with FakeTwilio() as fake:
        yield fake


@pytest.fixture
async def client() -> AsyncIterator[httpx.AsyncClient]:
    async with httpx.AsyncClient(trust_env=False, timeout=30) as client:
        yield client


@pytest.fixture
def twilio(server: FakeTwilio, client: httpx.AsyncClient) -> Twilio:
    """Patient: a busy machine may take long to answer."""
    return Twilio(account(server), client, system_clock, read_timeout_s=30)


@pytest.fixture
def hasty(server: FakeTwilio, client: httpx.AsyncClient) -> Twilio:
    """For an answer that never comes."""
    return Twilio(account(server), client, system_clock, read_timeout_s=1)


# Sending


def test_twilio_keeps_to_the_contract(twilio: Twilio) -> None:
    provider: Provider = twilio
    assert not provider.capabilities.idempotent


async def test_text_sent_is_accepted_with_its_parts_and_a_price_that_comes_later(
    twilio: Twilio, server: FakeTwilio
) -> None:
    outcome = await twilio.send(Outbound("token-2", US, CALLER, "å" * 161))
    (taken,) = server.accepted
    assert outcome == Accepted(taken["sid"], parts=2, cost_e4=None)
    assert (taken["from"], taken["to"], taken["body"]) == (US, CALLER, "å" * 161)


async def test_connection_refused_is_not_accepted(twilio: Twilio, server: FakeTwilio) -> None:
    await server.refuse()
    outcome = await twilio.send(TEXT)
    assert isinstance(outcome, NotAccepted)
    assert not outcome.busy


async def test_too_many_requests_is_busy_and_says_when_to_retry(
    twilio: Twilio, server: FakeTwilio
) -> None:
    server.misbehave(Fault.BUSY)
    outcome = await twilio.send(TEXT)
    assert outcome == NotAccepted("Twilio asks us to slow down (20429).", 7, busy=True)


async def test_recipient_who_told_twilio_stop_is_rejected_as_opted_out(
    twilio: Twilio, server: FakeTwilio
) -> None:
    server.opted_out.add(CALLER)
    outcome = await twilio.send(TEXT)
    assert isinstance(outcome, Rejected)
    assert (outcome.code, outcome.opted_out) == ("21610", True)


async def test_number_that_is_none_is_rejected_in_plain_words(
    twilio: Twilio, server: FakeTwilio
) -> None:
    server.misbehave(Fault.BAD_REQUEST)
    expected = Rejected("21211", "Twilio refused the text: there is no such number.")
    assert await twilio.send(TEXT) == expected


@pytest.mark.parametrize("fault", [Fault.UNAUTHORIZED, Fault.NO_CREDITS])
async def test_refused_account_is_an_account_fault(
    twilio: Twilio, server: FakeTwilio, fault: Fault
) -> None:
    server.misbehave(fault)
    outcome = await twilio.send(TEXT)
    assert isinstance(outcome, AccountFault)
    assert "auth token" in outcome.reason


@pytest.mark.parametrize(
    "fault",
    [
        Fault.ERROR_AFTER_ACCEPTING,
        Fault.DROP_AFTER_ACCEPTING,
        Fault.SLOW,
        Fault.DRIP,
        Fault.GARBAGE,
    ],
)
async def test_answer_lost_after_accepting_is_unknown_and_found_once(
    twilio: Twilio, hasty: Twilio, server: FakeTwilio, fault: Fault
) -> None:
    since = system_clock()
    server.misbehave(fault)
    asked = hasty if fault in (Fault.SLOW, Fault.DRIP) else twilio
    assert isinstance(await asked.send(TEXT), Unknown)
    (taken,) = server.accepted
    expected = Found(taken["sid"], MessageState.ACCEPTED, parts=1, cost_e4=None)
    assert await twilio.lookup(TEXT, since) == expected


async def test_connection_reset_after_the_body_is_unknown(
    twilio: Twilio, server: FakeTwilio
) -> None:
    server.misbehave(Fault.DROP)
    assert isinstance(await twilio.send(TEXT), Unknown)


# Reconciling


async def lose_the_answer(twilio: Twilio, server: FakeTwilio) -> datetime:
    since = system_clock()
    server.misbehave(Fault.DROP_AFTER_ACCEPTING)
    assert isinstance(await twilio.send(TEXT), Unknown)
    return since


async def test_text_that_never_arrived_is_not_found(twilio: Twilio, server: FakeTwilio) -> None:
    server.misbehave(Fault.DROP)
    since = system_clock()
    await twilio.send(TEXT)
    await twilio.send(Outbound("t2", US, CALLER, "Något annat"))
    await server_text_in(server)
    assert await twilio.lookup(TEXT, since) == NotFound()


async def server_text_in(server: FakeTwilio) -> None:
    server.sms.append(server._create("inbound", US, CALLER, TEXT.text))


async def test_same_words_sent_before_are_not_taken_for_the_text(
    twilio: Twilio, server: FakeTwilio
) -> None:
    earlier = await twilio.send(TEXT)
    assert isinstance(earlier, Accepted)
    since = system_clock()
    assert await twilio.lookup(TEXT, since, known={earlier.provider_id}) == NotFound()
    assert await twilio.lookup(TEXT, since + timedelta(hours=1)) is None  # by a clock that is wrong
    assert await twilio.lookup(TEXT, since + timedelta(hours=25)) == NotFound()


async def test_text_on_a_later_page_of_the_history_is_found(
    twilio: Twilio, server: FakeTwilio
) -> None:
    server.page = 3
    since = await lose_the_answer(twilio, server)
    for number in range(7):
        await twilio.send(Outbound(f"t{number}", US, CALLER, f"Nummer {number}"))
    assert isinstance(await twilio.lookup(TEXT, since), Found)


async def test_history_longer_than_can_be_read_leaves_it_open(
    twilio: Twilio, server: FakeTwilio
) -> None:
    server.page = 1
    since = system_clock()
    for number in range(7):
        await twilio.send(Outbound(f"t{number}", US, CALLER, f"Nummer {number}"))
    assert await twilio.lookup(TEXT, since) is None


async def test_redacted_words_leave_it_open(twilio: Twilio, server: FakeTwilio) -> None:
    since = await lose_the_answer(twilio, server)
    server.accepted[0]["body"] = ""
    assert await twilio.lookup(TEXT, since) is None


@pytest.mark.parametrize("fault", [Fault.BUSY, Fault.DROP, Fault.SLOW, Fault.GARBAGE])
async def test_history_that_cannot_be_read_leaves_it_open(
    twilio: Twilio, hasty: Twilio, server: FakeTwilio, fault: Fault
) -> None:
    since = await lose_the_answer(twilio, server)
    server.misbehave(fault, on="GET")
    asked = hasty if fault is Fault.SLOW else twilio
    assert await asked.lookup(TEXT, since) is None


async def test_found_text_has_the_state_and_price_that_it_has_reached(
    twilio: Twilio, server: FakeTwilio
) -> None:
    since = await lose_the_answer(twilio, server)
    server.accepted[0] |= {"status": "undelivered", "price": "-0.4950"}
    found = await twilio.lookup(TEXT, since)
    assert found == Found(server.accepted[0]["sid"], MessageState.FAILED, 1, 4950)


# The account


async def test_account_that_works_has_nothing_wrong_and_costs_nothing(
    twilio: Twilio, server: FakeTwilio
) -> None:
    assert await twilio.check() is None
    assert server.accepted == []


async def test_account_that_is_suspended_or_refused_or_away_is_told_in_a_sentence(
    twilio: Twilio, server: FakeTwilio, client: httpx.AsyncClient
) -> None:
    server.status = "suspended"
    assert "suspended" in (await twilio.check() or "")
    wrong = Twilio(account(server, auth_token="other"), client, system_clock)
    assert "auth token" in (await wrong.check() or "")
    await server.refuse()
    assert "could not be reached" in (await twilio.check() or "")


@pytest.mark.parametrize(
    ("field", "value"),
    [
        ("account_sid", "SK" + "0" * 32),
        ("base_url", "http://api.example.org"),
        ("hook_secret", "short"),
        ("allowed_sources", ("twilio.com",)),
    ],
)
def test_account_that_cannot_work_is_refused(server: FakeTwilio, field: str, value: object) -> None:
    with pytest.raises(BadInput) as refused:
        account(server, **{field: value})
    assert refused.value.field == field


def test_account_shows_no_secrets(server: FakeTwilio) -> None:
    shown = repr(account(server, old_auth_token="an-old-one"))
    assert SID in shown
    assert not any(secret in shown for secret in (TOKEN, SECRET, "an-old-one"))
