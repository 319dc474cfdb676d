import json
from datetime import UTC, datetime, timedelta

import pytest

from ringback.messages import (
    Accepted,
    AccountFault,
    MessageState,
    NotAccepted,
    Rejected,
    Unknown,
)
from sms_gateway.provider import Found, NotFound
from sms_gateway.providers.elks_answers import outcome, search, time_of, written
from tests.sms_gateway.providers.elks_account import CALLER, TEXT, US

SINCE = datetime(2026, 11, 21, 12, 0, tzinfo=UTC)


def entry(**changed: object) -> dict[str, object]:
    sms: dict[str, object] = {"id": "s1", "direction": "outgoing", "from": US, "to": CALLER}
    sms |= {"message": TEXT.text, "created": "2026-11-21T12:00:01.250000", "status": "sent"}
    return sms | changed


@pytest.mark.parametrize(
    ("status", "kind"),
    [
        (301, AccountFault),
        (400, Rejected),
        (401, AccountFault),
        (402, AccountFault),
        (403, AccountFault),
        (404, AccountFault),
        (408, Unknown),
        (413, Rejected),
        (429, NotAccepted),
        (500, Unknown),
        (502, Unknown),
        (503, Unknown),
        (504, Unknown),
    ],
)
def test_status_decides_the_outcome(status: int, kind: type) -> None:
    assert isinstance(outcome(status, "", "5"), kind)


@pytest.mark.parametrize(
    ("body", "of_sender"),
    [
        ("Sender not allowed", True),
        ("Invalid from number: not yours", True),
        ("Not enough credits", False),
        ("Not enough credits to send from this number", False),
        ("Forbidden", False),
        ("", False),
    ],
)
def test_refusal_that_names_the_sender_is_not_about_the_account(body: str, of_sender: bool) -> None:
    refused = outcome(403, body, "")
    assert isinstance(refused, AccountFault)
    assert refused.of_sender is of_sender


@pytest.mark.parametrize("body", ["Invalid 'from' number: not yours", "Invalid sender"])
def test_sender_that_is_not_ours_is_no_fault_of_the_text(body: str) -> None:
    refused = outcome(400, body, "")
    assert isinstance(refused, AccountFault)
    assert refused.of_sender
    assert "belongs to the account" in refused.reason


@pytest.mark.parametrize("body", ["Invalid to number +46701740605", "Missing key message", ""])
def test_wrong_recipient_or_text_is_final(body: str) -> None:
    assert isinstance(outcome(400, body, ""), Rejected)


@pytest.mark.parametrize("body", ["", "null", "[]", "{}", '{"id": 7}', '{"id": ""}', "[" * 100_000])
def test_success_without_an_id_is_unknown(body: str) -> None:
    assert isinstance(outcome(200, body, ""), Unknown)


def test_success_without_parts_or_cost_is_still_accepted() -> None:
    assert outcome(201, '{"id": "s1", "parts": "many"}', "") == Accepted("s1", None, None)


@pytest.mark.parametrize("cost", [10**20, -1, 0.5, None])
def test_cost_that_no_text_has_is_none(cost: object) -> None:
    body = json.dumps({"id": "s1", "parts": 1, "cost": cost})
    assert outcome(200, body, "") == Accepted("s1", 1, None)


def test_text_that_failed_at_once_is_rejected() -> None:
    body = json.dumps(entry(status="failed"))
    assert isinstance(outcome(200, body, ""), Rejected)


@pytest.mark.parametrize(
    ("header", "wait_s"),
    [("7", 7), ("0", 1), ("999999", 3600), ("", 30), ("Sat, 21 Nov 2026 12:00:00 GMT", 30)],
)
def test_wait_that_46elks_asks_for_is_kept_within_bounds(header: str, wait_s: float) -> None:
    answered = outcome(429, "", header)
    assert isinstance(answered, NotAccepted)
    assert answered.retry_after_s == wait_s


@pytest.mark.parametrize(
    ("created", "fits"),
    [
        ("2026-11-21T11:58:59", False),
        ("2026-11-21T11:59:30", True),
        ("2026-11-21T12:09:59", True),
        ("2026-11-21T12:10:01", False),
        ("no time", True),
    ],
)
def test_entry_fits_only_near_the_time_of_the_send(created: str, fits: bool) -> None:
    found = search([entry(created=created)], TEXT, SINCE, ())
    assert isinstance(found, Found) is fits


@pytest.mark.parametrize("message", [TEXT.text + "\r\n", TEXT.text.replace("å", "a\u030a")])
def test_words_are_the_same_though_stored_in_another_form(message: str) -> None:
    expected = Found("s1", MessageState.ACCEPTED, parts=None, cost_e4=None)
    assert search([entry(message=message)], TEXT, SINCE, ()) == expected


def test_other_words_are_not_the_text() -> None:
    assert search([entry(message=TEXT.text + "!")], TEXT, SINCE, ()) == NotFound()


def test_state_that_46elks_has_added_counts_as_accepted() -> None:
    found = search([entry(status="read")], TEXT, SINCE, ())
    assert isinstance(found, Found)
    assert found.state is MessageState.ACCEPTED


@pytest.mark.parametrize(
    ("stamp", "moment"),
    [
        ("2026-11-21T12:00:00", SINCE),
        ("2026-11-21T12:00:00.000000", SINCE),
        ("2026-11-21T12:00:00Z", SINCE),
        ("2026-11-21T13:00:00+01:00", SINCE),
        ("0001-01-01T00:00:00+14:00", None),
        (None, None),
    ],
)
def test_time_is_utc_unless_it_says_otherwise(stamp: str | None, moment: datetime | None) -> None:
    assert time_of(stamp) == moment


def test_time_is_written_as_46elks_reads_it() -> None:
    assert written(SINCE + timedelta(milliseconds=5)) == "2026-11-21T12:00:00.005000"
