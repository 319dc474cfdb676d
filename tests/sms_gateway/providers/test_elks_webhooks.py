from collections.abc import AsyncIterator
from datetime import UTC, datetime, timedelta

import httpx
import pytest

from ringback.clock import system_clock
from ringback.errors import BadInput
from ringback.messages import MessageState, Unknown, WebhookRequest
from sms_gateway.providers.elks import Elks
from tests.fakes.elks import PASSWORD, FakeElks, Fault
from tests.fakes.elks_http import Answer, receiving
from tests.sms_gateway.providers.elks_account import CALLER, SECRET, TEXT, US, account

NOW = datetime(2026, 11, 21, 12, 0, tzinfo=UTC)


@pytest.fixture
async def server() -> AsyncIterator[FakeElks]:
    async with FakeElks() as fake:
        fake.receipts = ()
        yield fake


@pytest.fixture
async def client() -> AsyncIterator[httpx.AsyncClient]:
    async with httpx.AsyncClient(trust_env=False) as client:
        yield client


@pytest.fixture
def elks(server: FakeElks, client: httpx.AsyncClient) -> Elks:
    return Elks(account(server), client, system_clock)


def webhook(path: str, form: dict[str, str], **changed: object) -> WebhookRequest:
    values: dict[str, object] = {"method": "POST", "path": path, "query": {}, "headers": {}}
    values |= {"form": form, "body": b"", "remote_ip": "192.0.2.1"}
    return WebhookRequest(**(values | changed))  # type: ignore[arg-type]


# Receipts and inbound texts


async def test_receipt_carries_our_token_and_resolves_a_lost_answer(
    server: FakeElks, client: httpx.AsyncClient
) -> None:
    async with receiving() as (receiver, hook_url):
        elks = Elks(account(server, hook_url=hook_url), client, system_clock)
        server.receipts = ("delivered",)
        server.misbehave(Fault.DROP_AFTER_ACCEPTING)
        assert isinstance(await elks.send(TEXT), Unknown)
        await server.delivered()
    (request,) = receiver.requests
    assert elks.verify(request)
    (receipt,) = elks.parse_status(request)
    assert (receipt.token, receipt.state) == ("token-1", MessageState.DELIVERED)
    assert receipt.provider_id == server.accepted[0]["id"]
    assert abs(receipt.at - system_clock()) < timedelta(minutes=1)


async def test_receipts_out_of_order_and_twice_are_parsed_as_they_come(
    server: FakeElks, client: httpx.AsyncClient
) -> None:
    async with receiving() as (receiver, hook_url):
        elks = Elks(account(server, hook_url=hook_url), client, system_clock)
        server.receipts = ("delivered", "sent", "delivered")
        await elks.send(TEXT)
        await server.delivered()
    states = [elks.parse_status(request)[0].state for request in receiver.requests]
    assert states == [MessageState.DELIVERED, MessageState.ACCEPTED, MessageState.DELIVERED]


async def test_inbound_text_is_delivered_again_until_taken_and_has_the_same_id(
    server: FakeElks, client: httpx.AsyncClient
) -> None:
    async with receiving() as (receiver, hook_url):
        elks = Elks(account(server, hook_url=hook_url), client, system_clock)
        server.deliver_to = elks.inbound_url
        receiver.answers = [Answer(500), Answer(drop=True)]
        sms_id = server.text_in(CALLER, US, "Imorgon kl 9 & 10? 😀")
        await server.delivered()
    assert len(receiver.requests) == 3
    assert all(elks.verify(request) for request in receiver.requests)
    texts = {elks.parse_inbound(request)[0] for request in receiver.requests}
    (text,) = texts
    assert (text.provider, text.provider_id) == ("46elks", sms_id)
    assert (text.sender, text.recipient, text.text) == (CALLER, US, "Imorgon kl 9 & 10? 😀")
    assert text.received_at.tzinfo is UTC
    assert server.accepted == []  # an answer with a body would have become a text


async def test_webhook_answered_with_a_body_becomes_a_text_at_the_fake(server: FakeElks) -> None:
    async with receiving() as (receiver, hook_url):
        server.deliver_to = hook_url
        receiver.answers = [Answer(200, "Hej")]
        server.text_in(CALLER, US, "Hallå")
        await server.delivered()
    assert [sms["message"] for sms in server.accepted] == ["Hej"]


def test_receipt_with_failed_is_failed_and_timed_by_our_clock(
    server: FakeElks, client: httpx.AsyncClient
) -> None:
    elks = Elks(account(server), client, lambda: NOW)
    form = {"id": "s1", "status": "failed"}
    (receipt,) = elks.parse_status(webhook("/x", form, query={"token": "token-1"}))
    assert (receipt.state, receipt.raw_code, receipt.at) == (MessageState.FAILED, "failed", NOW)


def test_status_that_46elks_has_added_is_passed_over(elks: Elks) -> None:
    assert elks.parse_status(webhook("/x", {"id": "s1", "status": "read"})) == []


def test_time_that_cannot_be_read_is_replaced_by_our_clock(
    server: FakeElks, client: httpx.AsyncClient
) -> None:
    elks = Elks(account(server), client, lambda: NOW)
    form = {"id": "s1", "from": "Banken", "to": US, "message": "", "created": "yesterday"}
    (text,) = elks.parse_inbound(webhook("/x", form))
    assert (text.received_at, text.sender) == (NOW, "Banken")


@pytest.mark.parametrize("missing", ["id", "from", "to", "message"])
def test_inbound_webhook_without_a_field_is_bad_input(elks: Elks, missing: str) -> None:
    form = {"id": "s1", "from": CALLER, "to": US, "message": "Hej"}
    del form[missing]
    with pytest.raises(BadInput) as refused:
        elks.parse_inbound(webhook("/x", form))
    assert refused.value.field == missing


@pytest.mark.parametrize("empty", ["", " "])
def test_text_with_an_empty_id_is_bad_input_or_two_of_them_would_be_one(
    elks: Elks, empty: str
) -> None:
    form = {"id": empty, "from": CALLER, "to": US, "message": "Hej"}
    with pytest.raises(BadInput, match="'id' is empty"):
        elks.parse_inbound(webhook("/x", form))


# Whom webhooks come from


@pytest.mark.parametrize(
    ("path", "method", "genuine"),
    [
        (f"/hooks/elks/{SECRET}/status", "POST", True),
        (f"/hooks/elks/{SECRET}/status", "GET", False),
        (f"/hooks/elks/{SECRET[:-1]}/status", "POST", False),
        (f"/hooks/{SECRET}/elks/status", "POST", False),
        ("/hooks/elks/å/status", "POST", False),
        ("", "POST", False),
    ],
)
def test_webhook_is_genuine_only_with_the_secret(
    elks: Elks, path: str, method: str, genuine: bool
) -> None:
    assert elks.verify(webhook(path, {}, method=method)) is genuine


@pytest.mark.parametrize(
    ("remote_ip", "genuine"),
    [
        ("192.0.2.1", True),
        ("::ffff:192.0.2.1", True),
        ("2001:db8::7", True),
        ("192.0.2.2", False),
        ("", False),
    ],
)
def test_webhook_is_genuine_only_from_an_allowed_source(
    server: FakeElks, client: httpx.AsyncClient, remote_ip: str, genuine: bool
) -> None:
    sources = ("192.0.2.1", "2001:db8::/64")
    elks = Elks(account(server, allowed_sources=sources), client, system_clock)
    request = webhook(f"/hooks/elks/{SECRET}/inbound", {}, remote_ip=remote_ip)
    assert elks.verify(request) is genuine


@pytest.mark.parametrize(
    ("source", "remote_ip", "genuine"),
    [
        ("::ffff:192.0.2.1", "192.0.2.1", True),
        ("::ffff:192.0.2.1", "::ffff:192.0.2.1", True),
        ("::ffff:192.0.2.1", "192.0.2.2", False),
        ("::ffff:192.0.2.0/120", "192.0.2.255", True),
        ("::ffff:192.0.2.0/120", "192.0.3.1", False),
        ("::/0", "2001:db8::7", True),
    ],
)
def test_source_may_be_written_as_ipv6_writes_an_address_of_ipv4(
    server: FakeElks, client: httpx.AsyncClient, source: str, remote_ip: str, genuine: bool
) -> None:
    elks = Elks(account(server, allowed_sources=(source,)), client, system_clock)
    request = webhook(f"/hooks/elks/{SECRET}/inbound", {}, remote_ip=remote_ip)
    assert elks.verify(request) is genuine


@pytest.mark.parametrize(
    ("field", "value"),
    [
        ("base_url", "http://api.example.org/a1"),
        ("base_url", "http://134744072/a1"),  # an address far away, as one number
        ("base_url", "https://api.example.org:99999/a1"),
        ("base_url", "https://api..example.org/a1"),
        ("base_url", "https://api.example.org/a1?x=y"),
        ("base_url", "https://u:p@api.example.org/a1"),
        ("base_url", "https://api.example.org/a1\x01"),
        ("hook_secret", "short"),
        ("hook_secret", "with/a/slash/0123456789"),
        ("allowed_sources", ("46elks.se",)),
        ("allowed_sources", ("10.0.0.1/8",)),
    ],
)
def test_account_that_cannot_work_is_refused(server: FakeElks, field: str, value: object) -> None:
    with pytest.raises(BadInput) as refused:
        account(server, **{field: value})
    assert refused.value.field == field


def test_account_shows_no_secrets(server: FakeElks) -> None:
    assert PASSWORD not in repr(account(server))
    assert SECRET not in repr(account(server))
