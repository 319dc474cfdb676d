"""What Twilio posts: taken when it has signed it, over all that came, and from nobody else."""

from collections.abc import AsyncIterator
from dataclasses import replace
from datetime import UTC, datetime
from hashlib import sha256
from urllib.parse import urlencode

import httpx
import pytest

from ringback.clock import system_clock
from ringback.errors import BadInput
from ringback.messages import MessageState, Unknown, WebhookRequest
from sms_gateway.providers.twilio import Twilio
from sms_gateway.providers.twilio_signature import is_signed, signature
from tests.fakes.elks import Fault
from tests.fakes.elks_http import Answer, Receiver, receiving
from tests.fakes.twilio import TOKEN, FakeTwilio
from tests.sms_gateway.providers.twilio_account import CALLER, SECRET, TEXT, US, account

NOW = datetime(2026, 11, 21, 12, 0, tzinfo=UTC)
URL = "https://mycompany.com/myapp.php?foo=1&bar=2"
FIELDS = {
    "CallSid": "CA1234567890ABCDE",
    "Caller": "+12349013030",
    "Digits": "1234",
    "From": "+12349013030",
    "To": "+18005551212",
}
FORM = "application/x-www-form-urlencoded"


@pytest.fixture
async def server() -> AsyncIterator[FakeTwilio]:
    async with FakeTwilio() as fake:
        yield fake


@pytest.fixture
async def client() -> AsyncIterator[httpx.AsyncClient]:
    async with httpx.AsyncClient(trust_env=False) as client:
        yield client


@pytest.fixture
async def receiver() -> AsyncIterator[tuple[Receiver, str]]:
    async with receiving() as (receiver, url):
        receiver.usual = Answer(200, "<Response/>")
        yield receiver, url


def made(server: FakeTwilio, client: httpx.AsyncClient, **changed: object) -> Twilio:
    return Twilio(account(server, **changed), client, lambda: NOW)


def posted(fields: list[tuple[str, str]], signed: str, **changed: object) -> WebhookRequest:
    body = urlencode(fields).encode()
    headers = {"content-type": FORM, "x-twilio-signature": signed}
    request = WebhookRequest("POST", "/x", {}, headers, dict(fields), body, "192.0.2.1")
    return replace(request, **changed)  # type: ignore[arg-type]


# The signature


@pytest.mark.parametrize(
    ("number", "expected"),
    [
        ("+12349013030", "0/KCTR6DLpKmkAf8muzZqo1nDgQ="),
        ("+14158675309", "RSOYDt4T1cUTdK1PDd93/VVr8B8="),
    ],
)
def test_signature_is_twilios_own(number: str, expected: str) -> None:
    fields = FIELDS | {"Caller": number, "From": number}
    assert signature("12345", URL, fields.items()) == expected
    assert is_signed(posted(list(fields.items()), expected), URL, ("12345",))


@pytest.mark.parametrize(
    ("signed_url", "called_url"),
    [
        ("https://a.example/x?y=1", "https://a.example:443/x?y=1"),
        ("https://a.example:443/x", "https://a.example/x"),
        ("https://a.example:8443/x", "https://a.example:8443/x"),
        ("https://a.example/x", "https://a.example:8443/x"),
        ("http://[2001:db8::1]/x", "http://[2001:db8::1]:80/x"),
    ],
)
def test_address_may_have_its_port_or_not(signed_url: str, called_url: str) -> None:
    signed = signature("token", signed_url, [("A", "1")])
    assert is_signed(posted([("A", "1")], signed), called_url, ("token",))


def test_name_that_comes_twice_is_signed_with_all_its_values() -> None:
    fields = [("Media", "b"), ("Media", "a"), ("Media", "b")]
    signed = signature("token", URL, [("Media", "a"), ("Media", "b")])
    assert is_signed(posted(fields, signed), URL, ("token",))
    assert not is_signed(posted([*fields, ("Media", "c")], signed), URL, ("token",))


def test_body_that_is_no_form_is_signed_by_its_sum() -> None:
    body = b'{"status": "delivered"}'
    told = sha256(body).hexdigest()
    url = f"{URL}&bodySHA256={told}"
    request = posted(
        [],
        signature("token", url, []),
        body=body,
        query={"bodySHA256": told},
        headers={
            "content-type": "application/json",
            "x-twilio-signature": signature("token", url, []),
        },
    )
    assert is_signed(request, url, ("token",))
    assert not is_signed(replace(request, body=b"{}"), url, ("token",))
    assert not is_signed(replace(request, query={}), url, ("token",))


@pytest.mark.parametrize("body", [b"A=%ff", b"A=\xff"])
def test_body_that_is_no_utf8_is_nobodys(body: bytes) -> None:
    request = posted([], signature("token", URL, [("A", "\ufffd")]), body=body)
    assert not is_signed(request, URL, ("token",))


@pytest.mark.parametrize("signed", ["", "å", "0/KCTR6DLpKmkAf8muzZqo1nDgQ", "x" * 10_000])
def test_wrong_signature_is_refused(signed: str) -> None:
    assert not is_signed(posted(list(FIELDS.items()), signed), URL, ("12345",))


# As it comes over the wire


async def test_receipt_carries_our_token_and_resolves_a_lost_answer(
    server: FakeTwilio, client: httpx.AsyncClient, receiver: tuple[Receiver, str]
) -> None:
    twilio = Twilio(account(server, hook_url=receiver[1]), client, system_clock)
    server.receipts = (
        {"MessageStatus": "sent"},
        {"MessageStatus": "undelivered", "ErrorCode": "30005", "NewWithoutNotice": "å & ="},
    )
    server.misbehave(Fault.DROP_AFTER_ACCEPTING)
    assert isinstance(await twilio.send(TEXT), Unknown)
    await server.delivered()
    assert all(twilio.verify(request) for request in receiver[0].requests)
    receipts = [twilio.parse_status(request)[0] for request in receiver[0].requests]
    assert {receipt.token for receipt in receipts} == {"token_-1"}
    assert {receipt.provider_id for receipt in receipts} == {server.accepted[0]["sid"]}
    assert [receipt.state for receipt in receipts] == [MessageState.ACCEPTED, MessageState.FAILED]
    assert receipts[1].raw_code == "30005 (there is no such number)"
    assert not any(receipt.opted_out for receipt in receipts)


async def test_stop_that_twilio_tells_only_in_a_receipt_is_heard(
    server: FakeTwilio, client: httpx.AsyncClient, receiver: tuple[Receiver, str]
) -> None:
    twilio = Twilio(account(server, hook_url=receiver[1]), client, system_clock)
    server.receipts = ({"MessageStatus": "failed", "ErrorCode": "21610"},)
    await twilio.send(TEXT)
    await server.delivered()
    (receipt,) = twilio.parse_status(receiver[0].requests[0])
    assert (receipt.state, receipt.opted_out) == (MessageState.FAILED, True)


async def test_callers_text_comes_in_through_a_proxy_that_ends_tls(
    server: FakeTwilio, client: httpx.AsyncClient, receiver: tuple[Receiver, str]
) -> None:
    public = "https://ringback.example/webhooks/twilio"
    twilio = made(server, client, hook_url=public)
    server.deliver_to, server.proxy = twilio.inbound_url, (public, receiver[1])
    sid = await server.text_in(CALLER, US, "Imorgon kl 9 & 10? 😀", NumMedia="0", ToCountry="")
    (request,) = receiver[0].requests
    assert twilio.verify(request)
    (text,) = twilio.parse_inbound(request)
    assert (text.provider, text.provider_id) == ("twilio", sid)
    assert (text.sender, text.recipient, text.text) == (CALLER, US, "Imorgon kl 9 & 10? 😀")


async def test_callers_text_that_can_not_be_kept_comes_again(
    server: FakeTwilio, client: httpx.AsyncClient, receiver: tuple[Receiver, str]
) -> None:
    twilio = made(server, client, hook_url=receiver[1])
    server.deliver_to = twilio.inbound_url
    receiver[0].answers = [Answer(503)] * 3
    sid = await server.text_in(CALLER, US, "Hej")
    assert all(twilio.verify(request) for request in receiver[0].requests)
    texts = [twilio.parse_inbound(request)[0] for request in receiver[0].requests]
    assert [text.provider_id for text in texts] == [sid] * 4
    assert server.answers[-1].status_code == 200


async def test_answer_is_twiml_that_sends_nothing(
    server: FakeTwilio, client: httpx.AsyncClient, receiver: tuple[Receiver, str]
) -> None:
    twilio = made(server, client, hook_url=receiver[1])
    answer = twilio.webhook_answer
    receiver[0].usual = Answer(answer.status, answer.body.decode())
    assert answer.media_type == "text/xml"
    server.deliver_to = twilio.inbound_url
    await server.text_in(CALLER, US, "Hej")
    assert server.accepted == []


@pytest.mark.parametrize(
    ("signed_with", "genuine"),
    [(TOKEN, True), ("the-old-one", True), ("another", False), ("", False)],
)
async def test_both_tokens_are_taken_while_one_is_being_changed(
    server: FakeTwilio,
    client: httpx.AsyncClient,
    receiver: tuple[Receiver, str],
    signed_with: str,
    genuine: bool,
) -> None:
    twilio = made(server, client, hook_url=receiver[1], old_auth_token="the-old-one")
    server.token, server.deliver_to = signed_with, twilio.inbound_url
    await server.text_in(CALLER, US, "Hej")
    assert twilio.verify(receiver[0].requests[0]) is genuine


async def test_no_empty_token_is_ever_taken(
    server: FakeTwilio, client: httpx.AsyncClient, receiver: tuple[Receiver, str]
) -> None:
    twilio = made(server, client, hook_url=receiver[1])  # without an old token
    server.token, server.deliver_to = "", twilio.inbound_url
    await server.text_in(CALLER, US, "Hej")
    assert not twilio.verify(receiver[0].requests[0])


async def test_what_was_changed_on_the_way_is_refused(
    server: FakeTwilio, client: httpx.AsyncClient, receiver: tuple[Receiver, str]
) -> None:
    twilio = made(server, client, hook_url=receiver[1])
    server.deliver_to = twilio.inbound_url
    await server.text_in(CALLER, US, "Hej")
    (genuine,) = receiver[0].requests
    assert twilio.verify(genuine)
    forged = [
        replace(genuine, body=genuine.body.replace(b"Hej", b"Nej")),
        replace(genuine, body=genuine.body + b"&Extra=1"),
        replace(genuine, raw_query="token=another"),
        replace(genuine, path=genuine.path.replace("inbound", "status")),
        replace(genuine, path=genuine.path.replace(SECRET, "x" * len(SECRET))),
        replace(genuine, method="GET"),
        replace(genuine, headers={**genuine.headers, "content-type": "text/plain"}),
        replace(genuine, headers={"content-type": FORM}),
    ]
    assert [twilio.verify(request) for request in forged] == [False] * len(forged)


# Fields


@pytest.mark.parametrize("missing", ["MessageSid", "From", "To", "Body"])
def test_text_without_a_field_is_bad_input(
    server: FakeTwilio, client: httpx.AsyncClient, missing: str
) -> None:
    form = {"MessageSid": "SM1", "From": CALLER, "To": US, "Body": ""}
    del form[missing]
    with pytest.raises(BadInput) as refused:
        made(server, client).parse_inbound(posted(list(form.items()), ""))
    assert refused.value.field == missing


async def test_text_with_an_empty_id_is_bad_input_or_two_of_them_would_be_one(
    server: FakeTwilio, client: httpx.AsyncClient
) -> None:
    fields = [("MessageSid", ""), ("From", CALLER), ("To", US), ("Body", "Hej")]
    with pytest.raises(BadInput, match="'MessageSid' is empty"):
        made(server, client).parse_inbound(posted(fields, ""))


@pytest.mark.parametrize(
    ("told", "state"),
    [
        ("queued", MessageState.ACCEPTED),
        ("sent", MessageState.ACCEPTED),
        ("delivered", MessageState.DELIVERED),
        ("read", MessageState.DELIVERED),
        ("failed", MessageState.FAILED),
        ("canceled", MessageState.FAILED),
    ],
)
def test_status_is_one_of_our_states(
    server: FakeTwilio, client: httpx.AsyncClient, told: str, state: MessageState
) -> None:
    request = posted([("MessageSid", "SM1"), ("MessageStatus", told)], "", query={"token": "t"})
    (receipt,) = made(server, client).parse_status(request)
    assert (receipt.state, receipt.token, receipt.at) == (state, "t", NOW)


def test_status_that_twilio_has_added_is_passed_over(
    server: FakeTwilio, client: httpx.AsyncClient
) -> None:
    request = posted([("MessageSid", "SM1"), ("MessageStatus", "pondered")], "")
    assert made(server, client).parse_status(request) == []
