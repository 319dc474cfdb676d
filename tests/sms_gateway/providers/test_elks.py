import asyncio
import sys
from collections.abc import AsyncIterator
from dataclasses import replace
from datetime import datetime, timedelta
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
    Unknown,
)
from sms_gateway.provider import Found, NotFound, Provider
from sms_gateway.providers.elks import Elks, ElksAccount
from tests.fakes.elks import PASSWORD, USERNAME, FakeElks, Fault, read_journal
from tests.fakes.elks_http import Answer, receiving, write_answer
from tests.sms_gateway.providers.elks_account import CALLER, SECRET, TEXT, US, account


@pytest.fixture
async def server() -> AsyncIterator[FakeElks]:
    async with FakeElks() as fake:
        fake.receipts = ()
        yield fake


@pytest.fixture
async def client() -> AsyncIterator[httpx.AsyncClient]:
    async with httpx.AsyncClient(trust_env=False, timeout=30) as client:
        yield client


@pytest.fixture
def elks(server: FakeElks, client: httpx.AsyncClient) -> Elks:
    """Patient: a busy machine may take long to answer."""
    return Elks(account(server), client, system_clock, read_timeout_s=30)


@pytest.fixture
def hasty(server: FakeElks, client: httpx.AsyncClient) -> Elks:
    """For an answer that never comes."""
    return Elks(account(server), client, system_clock, read_timeout_s=1)


# Sending


def test_elks_keeps_to_the_contract(elks: Elks) -> None:
    provider: Provider = elks
    assert not provider.capabilities.idempotent


async def test_text_sent_is_accepted_with_its_parts_and_cost(elks: Elks, server: FakeElks) -> None:
    long = Outbound("token-2", US, CALLER, "å" * 161)
    outcome = await elks.send(long)
    (taken,) = server.accepted
    assert outcome == Accepted(taken["id"], parts=2, cost_e4=10000)
    assert (taken["from"], taken["to"], taken["message"]) == (US, CALLER, long.text)
    assert taken["whendelivered"].endswith(f"/{SECRET}/status?token=token-2")
    assert "dontlog" not in taken


async def test_connection_refused_is_not_accepted(elks: Elks, server: FakeElks) -> None:
    await server.refuse()
    outcome = await elks.send(TEXT)
    assert isinstance(outcome, NotAccepted)
    assert outcome.retry_after_s > 0
    assert server.accepted == []


async def test_tls_failure_is_not_accepted(server: FakeElks, client: httpx.AsyncClient) -> None:
    async def no_tls(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        await reader.read(1)
        await write_answer(writer, Answer(400))
        writer.close()

    async with await asyncio.start_server(no_tls, "127.0.0.1", 0) as plain:
        port = plain.sockets[0].getsockname()[1]
        over_tls = account(server, base_url=f"https://127.0.0.1:{port}/a1")
        assert isinstance(await Elks(over_tls, client, system_clock).send(TEXT), NotAccepted)


async def test_too_many_requests_is_not_accepted_and_says_when_to_retry(
    elks: Elks, server: FakeElks
) -> None:
    server.misbehave(Fault.BUSY)
    outcome = await elks.send(TEXT)
    assert isinstance(outcome, NotAccepted)
    assert (outcome.retry_after_s, outcome.busy) == (7, True)


async def test_bad_parameters_are_rejected_with_the_number_masked(
    elks: Elks, server: FakeElks
) -> None:
    server.misbehave(Fault.BAD_REQUEST)
    outcome = await elks.send(TEXT)
    assert outcome == Rejected("400", "46elks refused the text: Invalid to number +46•••0605.")


async def test_sender_that_46elks_cannot_use_waits_to_be_mended_alone(elks: Elks) -> None:
    outcome = await elks.send(Outbound("t", "Åäö AB", CALLER, "Hej"))
    assert isinstance(outcome, AccountFault), "the text is not refused for good"
    assert outcome.of_sender


@pytest.mark.parametrize(
    ("fault", "sentence"), [(Fault.UNAUTHORIZED, "password"), (Fault.NO_CREDITS, "credits")]
)
async def test_refused_account_is_an_account_fault_in_a_plain_sentence(
    elks: Elks, server: FakeElks, fault: Fault, sentence: str
) -> None:
    server.misbehave(fault)
    outcome = await elks.send(TEXT)
    assert isinstance(outcome, AccountFault)
    assert sentence in outcome.reason
    assert server.accepted == []


async def test_wrong_password_is_an_account_fault(
    server: FakeElks, client: httpx.AsyncClient
) -> None:
    wrong = Elks(account(server, password="other"), client, system_clock)
    assert isinstance(await wrong.send(TEXT), AccountFault)


async def test_wrong_base_url_is_an_account_fault(
    server: FakeElks, client: httpx.AsyncClient
) -> None:
    wrong = Elks(account(server, base_url=server.base_url + "/more"), client, system_clock)
    outcome = await wrong.send(TEXT)
    assert isinstance(outcome, AccountFault)
    assert "base URL" in outcome.reason


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
async def test_answer_lost_after_accepting_is_unknown_and_sent_once(
    elks: Elks, hasty: Elks, server: FakeElks, fault: Fault
) -> None:
    server.misbehave(fault)
    asked = hasty if fault in (Fault.SLOW, Fault.DRIP) else elks
    assert isinstance(await asked.send(TEXT), Unknown)
    assert len(server.accepted) == 1


async def test_connection_reset_after_the_body_is_unknown(elks: Elks, server: FakeElks) -> None:
    server.misbehave(Fault.DROP)
    assert isinstance(await elks.send(TEXT), Unknown)


# Reconciling


async def lose_the_answer(elks: Elks, server: FakeElks, text: Outbound) -> datetime:
    since = system_clock()
    server.misbehave(Fault.DROP_AFTER_ACCEPTING)
    assert isinstance(await elks.send(text), Unknown)
    return since


async def test_text_of_unknown_outcome_is_found(elks: Elks, server: FakeElks) -> None:
    since = await lose_the_answer(elks, server, TEXT)
    found = await elks.lookup(TEXT, since)
    expected = Found(server.accepted[0]["id"], MessageState.ACCEPTED, parts=1, cost_e4=5000)
    assert found == expected


async def test_text_that_never_arrived_is_not_found(elks: Elks, server: FakeElks) -> None:
    server.misbehave(Fault.DROP)
    since = system_clock()
    assert isinstance(await elks.send(TEXT), Unknown)
    await elks.send(Outbound("token-2", US, CALLER, "Något annat"))
    await elks.send(Outbound("token-3", "Salongen", CALLER, TEXT.text))
    server.text_in(US, CALLER, TEXT.text)
    assert await elks.lookup(TEXT, since) == NotFound()


async def test_same_words_sent_before_are_not_taken_for_the_text(
    elks: Elks, server: FakeElks
) -> None:
    earlier = await elks.send(TEXT)
    assert isinstance(earlier, Accepted)
    server.misbehave(Fault.DROP)
    since = system_clock()
    await elks.send(TEXT)
    assert await elks.lookup(TEXT, since, known={earlier.provider_id}) == NotFound()


@pytest.mark.parametrize("hours", [1, -1])
async def test_same_words_of_another_hour_leave_it_open_and_of_another_day_do_not(
    elks: Elks, hours: int
) -> None:
    await elks.send(TEXT)
    assert await elks.lookup(TEXT, system_clock() + timedelta(hours=hours)) is None
    assert await elks.lookup(TEXT, system_clock() + timedelta(hours=25 * hours)) == NotFound()


async def test_of_two_that_fit_the_older_is_found_first_and_then_the_other(
    elks: Elks, server: FakeElks
) -> None:
    since = await lose_the_answer(elks, server, TEXT)
    await lose_the_answer(elks, server, TEXT)
    first, second = (sms["id"] for sms in server.accepted)
    found = await elks.lookup(TEXT, since)
    assert isinstance(found, Found)
    assert found.provider_id == first
    other = await elks.lookup(TEXT, since, known=[first])
    assert isinstance(other, Found)
    assert other.provider_id == second


async def test_text_on_a_later_page_of_the_history_is_found(elks: Elks, server: FakeElks) -> None:
    since = await lose_the_answer(elks, server, TEXT)
    for number in range(120):
        await elks.send(Outbound(f"t{number}", US, CALLER, f"Nummer {number}"))
    assert isinstance(await elks.lookup(TEXT, since), Found)


async def test_number_that_gets_a_thousand_texts_a_day_is_looked_up_too(
    elks: Elks, server: FakeElks
) -> None:
    since = await lose_the_answer(elks, server, TEXT)
    for number in range(1_000):
        server.text_in(US, CALLER, f"Nummer {number}")
    assert isinstance(await elks.lookup(TEXT, since), Found)
    assert await elks.lookup(replace(TEXT, text="Något annat"), since) == NotFound()


async def test_history_without_the_words_leaves_it_open(
    server: FakeElks, client: httpx.AsyncClient, elks: Elks
) -> None:
    since = system_clock()
    form = {"from": US, "to": CALLER, "message": TEXT.text, "dontlog": "message"}
    auth = (USERNAME, PASSWORD)
    (await client.post(f"{server.base_url}/sms", data=form, auth=auth)).raise_for_status()
    assert await elks.lookup(TEXT, since) is None


@pytest.mark.parametrize("fault", [Fault.BUSY, Fault.DROP, Fault.SLOW, Fault.DRIP, Fault.GARBAGE])
async def test_history_that_cannot_be_read_leaves_it_open(
    elks: Elks, hasty: Elks, server: FakeElks, fault: Fault
) -> None:
    since = await lose_the_answer(elks, server, TEXT)
    server.misbehave(fault, on="list")
    asked = hasty if fault in (Fault.SLOW, Fault.DRIP) else elks
    assert await asked.lookup(TEXT, since) is None


async def test_found_text_has_the_state_it_has_reached(
    server: FakeElks, client: httpx.AsyncClient
) -> None:
    async with receiving() as (_, hook_url):
        elks = Elks(account(server, hook_url=hook_url), client, system_clock)
        server.receipts = ("failed",)
        since = await lose_the_answer(elks, server, TEXT)
        await server.delivered()
        found = await elks.lookup(TEXT, since)
    assert isinstance(found, Found)
    assert found.state is MessageState.FAILED


# The account


async def test_account_that_works_has_nothing_wrong_and_costs_nothing(
    elks: Elks, server: FakeElks
) -> None:
    assert await elks.check() is None
    assert server.accepted == []


@pytest.mark.parametrize(
    ("fault", "sentence"),
    [
        (Fault.UNAUTHORIZED, "enter them again"),
        (Fault.DROP, "could not be reached"),
        (Fault.SLOW, "could not be reached"),
        (Fault.GARBAGE, "base URL"),
    ],
)
async def test_account_that_does_not_work_is_told_in_a_sentence(
    elks: Elks, hasty: Elks, server: FakeElks, fault: Fault, sentence: str
) -> None:
    server.misbehave(fault, on="me")
    asked = hasty if fault is Fault.SLOW else elks
    assert sentence in (await asked.check() or "")


async def test_account_without_credits_is_told(elks: Elks, server: FakeElks) -> None:
    server.balance_e4 = 0
    assert "credits" in (await elks.check() or "")


def test_account_has_the_name_that_it_was_given(
    server: FakeElks, client: httpx.AsyncClient
) -> None:
    assert Elks(account(server, name="elks-2"), client, system_clock).name == "elks-2"


# The fake as a process of its own


async def test_fake_in_its_own_process_takes_orders_and_keeps_a_journal(
    client: httpx.AsyncClient, tmp_path: Path
) -> None:
    journal = tmp_path / "journal.jsonl"
    async with receiving() as (_, hook_url):
        arguments = ["--port", "0", "--journal", str(journal), "--deliver-to", hook_url]
        process = await asyncio.create_subprocess_exec(
            sys.executable, "-m", "tests.fakes.elks", *arguments, stdout=asyncio.subprocess.PIPE
        )
        try:
            assert process.stdout
            line = await asyncio.wait_for(process.stdout.readline(), 30)
            base_url = line.decode().split()[-1]
            fake = base_url.removesuffix("/a1") + "/fake"
            here = ElksAccount(USERNAME, PASSWORD, hook_url, SECRET, base_url=base_url)
            elks = Elks(here, client, system_clock)
            await client.post(f"{fake}/receipts", data={"statuses": ""})
            await client.post(f"{fake}/misbehave", data={"fault": "drop_after_accepting"})
            assert isinstance(await elks.send(TEXT), Unknown)
            form = {"from": CALLER, "to": US, "message": "Ja"}
            inbound = (await client.post(f"{fake}/inbound", data=form)).json()
        finally:
            process.terminate()
            await asyncio.wait_for(process.wait(), 30)
    kinds = [entry["kind"] for entry in read_journal(journal)]
    assert kinds[:2] == ["accepted", "inbound"]
    assert read_journal(journal)[1]["id"] == inbound["id"]
    async with FakeElks(journal=journal) as again:
        assert [sms["message"] for sms in again.accepted] == [TEXT.text]
