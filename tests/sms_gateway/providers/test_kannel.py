"""Kannel's words, read without a Kannel; `test_kannel_real` speaks to one."""

from dataclasses import replace
from datetime import UTC, datetime

import httpx
import pytest

from ringback.errors import BadInput
from ringback.messages import (
    Accepted,
    AccountFault,
    MessageState,
    NotAccepted,
    Rejected,
    Unknown,
    WebhookRequest,
)
from sms_gateway.provider import Provider
from sms_gateway.providers.kannel import Kannel, KannelAccount
from sms_gateway.providers.kannel_answers import account_trouble, outcome, raw_code, text_in

SECRET = "made-up-secret-0123456789"
NOW = datetime(2026, 11, 21, 12, 0, tzinfo=UTC)
RECEIPT = WebhookRequest(
    "GET", f"/x/{SECRET}/status", {"token": "t", "status": "1"}, {}, {}, b"", "10.0.0.7"
)


def account(**changed: object) -> KannelAccount:
    values = {
        "username": "tester",
        "password": "made-up",
        "hook_url": "http://10.0.0.1:8025/webhooks/kannel",
        "hook_secret": SECRET,
    }
    return KannelAccount(**(values | changed))  # type: ignore[arg-type]


def kannel(**changed: object) -> Kannel:
    return Kannel(account(**changed), httpx.AsyncClient(), lambda: NOW)  # the client is never used


def test_kannel_keeps_to_the_contract() -> None:
    provider: Provider = kannel()
    assert not provider.capabilities.idempotent
    assert not provider.capabilities.lookup


@pytest.mark.parametrize(
    ("status", "body", "kind"),
    [
        (202, "0: Accepted for delivery", Accepted),
        (202, "3: Queued for later delivery", Accepted),
        (200, "<html>", Unknown),
        (400, "Missing receiver number, rejected", Rejected),
        (403, "Authorization failed for sendsms", AccountFault),
        (404, "Unknown request.", AccountFault),
        (301, "", AccountFault),
        (408, "", Unknown),
        (413, "", Rejected),
        (500, "", Unknown),
        (503, "Temporal failure, try again later.", NotAccepted),
    ],
)
def test_status_decides_the_outcome(status: int, body: str, kind: type[object]) -> None:
    assert isinstance(outcome(status, body, "token"), kind)


def test_token_stands_in_for_the_id_that_kannel_does_not_give() -> None:
    assert outcome(202, "0: Accepted for delivery", "token") == Accepted("token", None, None)


def test_busy_kannel_is_an_account_fault_of_nobody() -> None:
    assert "can't take texts now" in (account_trouble(503, "Temporal failure.") or "")


# Receipts


@pytest.mark.parametrize(
    ("status", "state"),
    [
        ("1", MessageState.DELIVERED),
        ("2", MessageState.FAILED),
        ("4", MessageState.ACCEPTED),
        ("8", MessageState.ACCEPTED),
        ("16", MessageState.FAILED),
    ],
)
def test_status_is_one_of_our_states(status: str, state: MessageState) -> None:
    request = replace(RECEIPT, query={"token": "t", "status": status, "answer": ""})
    (receipt,) = kannel().parse_status(request)
    assert (receipt.token, receipt.state, receipt.at) == ("t", state, NOW)


@pytest.mark.parametrize("status", ["32", "0", "64"])
def test_status_that_says_nothing_of_the_end_is_passed_over(status: str) -> None:
    assert kannel().parse_status(replace(RECEIPT, query={"token": "t", "status": status})) == []


@pytest.mark.parametrize(
    "query",
    [
        {"status": "1"},
        {"token": "", "status": "1"},
        {"token": "t"},
        {"token": "t", "status": "%d"},
        {"token": "t", "status": "１"},
    ],
)
def test_receipt_without_what_it_must_have_is_bad_input(query: dict[str, str]) -> None:
    with pytest.raises(BadInput):
        kannel().parse_status(replace(RECEIPT, query=query))


@pytest.mark.parametrize(
    ("status", "answer", "expected"),
    [
        ("1", "", "1"),
        ("8", "ACK/", "8"),
        ("16", "NACK/0x0000000b/Invalid Destination", "refused by the SMSC NACK/0x0000000b"),
        (
            "2",
            "id:7 sub:001 dlvrd:000 stat:UNDELIV err:027 text:Hej Ellen, din tid",
            "not delivered stat:UNDELIV err:027",
        ),
    ],
)
def test_code_for_the_record_holds_no_words_of_the_text(
    status: str, answer: str, expected: str
) -> None:
    assert raw_code(status, answer) == expected


# Callers' texts


@pytest.mark.parametrize(
    ("body", "kind", "words"),
    [
        ("Räk €".encode(), 'text/plain; charset="UTF-8"', "Räk €"),
        ("Räk 😀".encode("utf-16-be"), "text/plain; charset=UTF-16BE", "Räk 😀"),
        ("Räk €".encode("cp1252"), "text/plain; charset=WINDOWS-1252", "Räk €"),
        ("Räk".encode("latin-1"), "application/octet-stream", "Räk"),
        ("Räk".encode(), "text/plain; charset=unicode_escape", "Räk"),
        (b"R\xe4k", "text/plain; charset=utf-8", "R\ufffdk"),
        (b"", "", ""),
    ],
)
def test_text_is_read_in_the_charset_that_kannel_names(body: bytes, kind: str, words: str) -> None:
    assert text_in(body, kind) == words


@pytest.mark.parametrize("missing", ["from", "to", "id"])
def test_text_without_a_field_is_bad_input(missing: str) -> None:
    query = {"from": "+46701740605", "to": "+46701740690", "id": "7"}
    del query[missing]
    with pytest.raises(BadInput) as refused:
        kannel().parse_inbound(replace(RECEIPT, method="POST", query=query))
    assert refused.value.field == missing


def test_text_by_get_is_bad_input_that_says_what_to_set() -> None:
    with pytest.raises(BadInput, match="post-url"):
        kannel().parse_inbound(RECEIPT)


# Whom webhooks come from


@pytest.mark.parametrize(
    ("changed", "genuine"),
    [
        ({}, True),
        ({"method": "POST"}, True),
        ({"method": "PUT"}, False),
        ({"remote_ip": "10.0.1.7"}, False),
        ({"path": "/x/other/status"}, False),
    ],
)
def test_webhook_is_genuine_with_the_secret_and_from_the_gateway(
    changed: dict[str, str], genuine: bool
) -> None:
    gateway = kannel(allowed_sources=("10.0.0.0/24",))
    assert gateway.verify(replace(RECEIPT, **changed)) is genuine  # type: ignore[arg-type]


@pytest.mark.parametrize(
    ("field", "value"),
    [
        ("base_url", "http://sms.example/cgi-bin/sendsms"),
        ("base_url", "http://8.8.8.8/cgi-bin/sendsms"),
        ("base_url", "ftp://10.0.0.7/"),
        ("base_url", "http://[::"),
        ("base_url", "http://127.0.0.1:99999/cgi-bin/sendsms"),
        ("base_url", "http://127.0.0.1:13013/cgi-bin/sendsms?x=y"),
        ("username", "a\r\nX-Kannel-To: 1"),
        ("password", "secret\n"),
        ("smsc", "a\nb"),
        ("hook_url", "http://10.0.0.1/%7E"),
        ("hook_secret", "short"),
    ],
)
def test_account_that_cannot_work_is_refused(field: str, value: str) -> None:
    with pytest.raises(BadInput) as refused:
        account(**{field: value})
    assert refused.value.field == field


@pytest.mark.parametrize(
    "url",
    ["http://kannel:13013/", "http://10.0.0.7:13013/", "http://[fd00::7]/", "https://k.example/"],
)
def test_gateway_is_reached_in_clear_text_only_on_a_network_of_our_own(url: str) -> None:
    assert account(base_url=url).base_url == url
