"""Texts through a real Kannel: bearerbox, smsbox and its fake SMSC, all on a loopback of their own."""

import asyncio
from collections.abc import AsyncIterator
from dataclasses import dataclass
from pathlib import Path

import httpx
import pytest

from ringback.clock import system_clock
from ringback.messages import (
    Accepted,
    AccountFault,
    MessageState,
    NotAccepted,
    Outbound,
    Rejected,
    WebhookRequest,
)
from sms_gateway.providers.kannel import Kannel, KannelAccount
from tests.fakes.elks_http import Answer, Receiver, receiving
from tests.kannel import PASSWORD, SENDSMS, USERNAME
from tests.kannel import Kannel as RealKannel
from tests.netns import own_network

SECRET = "made-up-secret-0123456789"
US, CALLER = "+46846500400", "+46701740605"
LONG = "Hej! Vi såg att du ringde. " * 14 + "€"


@dataclass
class Line:
    """Our side and Kannel's."""

    kannel: Kannel
    real: RealKannel
    receiver: Receiver
    client: httpx.AsyncClient
    account: KannelAccount

    async def webhooks(self, number: int) -> list[WebhookRequest]:
        async with asyncio.timeout(30):
            while len(self.receiver.requests) < number:
                await asyncio.sleep(0.02)
        return self.receiver.requests


@pytest.fixture
async def line(tmp_path: Path) -> AsyncIterator[Line]:
    with own_network():
        async with (
            receiving() as (receiver, hook_url),
            httpx.AsyncClient(trust_env=False) as client,
        ):
            account = KannelAccount(USERNAME, PASSWORD, hook_url, SECRET, base_url=SENDSMS)
            kannel = Kannel(account, client, system_clock)
            receiver.usual = Answer(kannel.webhook_answer.status)
            async with RealKannel(tmp_path, kannel.inbound_url) as real:
                yield Line(kannel, real, receiver, client, account)


@pytest.mark.parametrize(
    ("words", "parts"),
    [("Räksmörgås kl 10 för 100 € & mer?", 1), (LONG, 3), ("Vi ses 😀 imorgon", 1)],
)
async def test_text_arrives_as_it_was_written_and_its_receipt_settles_it(
    line: Line, words: str, parts: int
) -> None:
    await line.real.smsc()
    text = Outbound("token_-1", US, CALLER, words)
    assert await line.kannel.send(text) == Accepted("token_-1", None, None)
    assert "".join(await line.real.texts(parts)) == words
    requests = await line.webhooks(2)
    assert all(line.kannel.verify(request) for request in requests)
    receipts = [receipt for request in requests for receipt in line.kannel.parse_status(request)]
    assert {receipt.token for receipt in receipts} == {"token_-1"}
    states = {receipt.state for receipt in receipts}  # in any order
    assert states == {MessageState.ACCEPTED, MessageState.DELIVERED}


async def test_callers_text_comes_in_and_comes_again_with_the_same_id_until_it_is_taken(
    line: Line,
) -> None:
    line.receiver.answers = [Answer(503), Answer(drop=True)]
    await line.real.smsc(f"{CALLER} {US} text Imorgon_kl_9_för_två?")
    requests = await line.webhooks(3)
    assert all(line.kannel.verify(request) for request in requests)
    (text, *again) = [line.kannel.parse_inbound(request)[0] for request in requests]
    assert (text.sender, text.recipient, text.text) == (CALLER, US, "Imorgon_kl_9_för_två?")
    assert {other.provider_id for other in again} == {text.provider_id}


async def test_text_that_was_taken_does_not_come_again(line: Line) -> None:
    await line.real.smsc(f"{CALLER} {US} text Ett")
    await line.webhooks(1)
    line.receiver.answers = [Answer(503)]
    await line.real.smsc(f"{CALLER} {US} text Två")
    requests = await line.webhooks(3)  # when the second comes again, the first would have, too
    words = [line.kannel.parse_inbound(request)[0].text for request in requests]
    assert words == ["Ett", "Två", "Två"]


async def test_callers_text_in_ucs2_comes_in_whole(line: Line) -> None:
    await line.real.smsc(f"{CALLER} {US} ucs2 %00V%00i%20%AC%D8%3D%DE%00")
    (request,) = await line.webhooks(1)
    assert line.kannel.parse_inbound(request)[0].text == "Vi€😀"


async def test_answer_to_a_callers_text_is_not_sent_back_to_him(line: Line) -> None:
    line.receiver.answers = [Answer(200, "This is no answer to the caller.")]
    await line.real.smsc(f"{CALLER} {US} text Hej")
    await line.webhooks(1)
    await line.kannel.send(Outbound("token-2", US, CALLER, "Det enda"))
    assert await line.real.texts(1) == ["Det enda"]


async def test_wrong_password_is_an_account_fault_that_says_what_to_do(line: Line) -> None:
    other = KannelAccount(USERNAME, "other", line.account.hook_url, SECRET, base_url=SENDSMS)
    kannel = Kannel(other, line.client, system_clock)
    outcome = await kannel.send(Outbound("token-1", US, CALLER, "Hej"))
    assert isinstance(outcome, AccountFault)
    assert "sendsms-user" in outcome.reason
    assert await kannel.check() == outcome.reason


async def test_wrong_path_is_an_account_fault(line: Line) -> None:
    url = SENDSMS.replace("sendsms", "send")
    kannel = Kannel(
        KannelAccount(USERNAME, PASSWORD, line.account.hook_url, SECRET, base_url=url),
        line.client,
        system_clock,
    )
    assert isinstance(await kannel.send(Outbound("t", US, CALLER, "Hej")), AccountFault)
    assert "base_url" in (await kannel.check() or "")


async def test_number_that_kannel_denies_is_rejected(line: Line) -> None:
    assert isinstance(await line.kannel.send(Outbound("t", US, "Salongen", "Hej")), Rejected)


async def test_well_set_up_account_has_nothing_wrong_and_sends_nothing(line: Line) -> None:
    await line.real.smsc()
    assert await line.kannel.check() is None
    await line.kannel.send(Outbound("token-1", US, CALLER, "Det enda"))
    assert await line.real.texts(1) == ["Det enda"]


async def test_without_an_smsc_the_text_is_accepted_and_sent_when_there_is_one(line: Line) -> None:
    assert isinstance(await line.kannel.send(Outbound("t", US, CALLER, "Sent")), Accepted)
    await line.real.smsc()
    assert await line.real.texts(1) == ["Sent"]


async def test_smsbox_away_is_not_accepted(line: Line) -> None:
    await line.real.kill("smsbox")
    assert isinstance(await line.kannel.send(Outbound("t", US, CALLER, "Hej")), NotAccepted)
    assert "could not be reached" in (await line.kannel.check() or "")


async def test_bearerbox_away_takes_smsbox_with_it_and_is_not_accepted(line: Line) -> None:
    await line.real.kill("bearerbox")
    await line.real.deaf("smsbox")
    assert isinstance(await line.kannel.send(Outbound("t", US, CALLER, "Hej")), NotAccepted)


async def test_smsbox_started_again_takes_the_next_text_at_once(line: Line) -> None:
    await line.real.smsc()
    assert isinstance(await line.kannel.send(Outbound("t1", US, CALLER, "Ett")), Accepted)
    await line.real.kill("smsbox")
    await line.real.start("smsbox")
    assert isinstance(await line.kannel.send(Outbound("t2", US, CALLER, "Två")), Accepted)
    assert await line.real.texts(2) == ["Ett", "Två"]
