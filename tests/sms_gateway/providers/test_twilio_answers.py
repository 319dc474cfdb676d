import json

import pytest

from ringback.messages import (
    Accepted,
    AccountFault,
    NotAccepted,
    Outcome,
    Rejected,
    Unknown,
)
from sms_gateway.providers.twilio_answers import outcome, raw_code, time_of


def told(status: int, code: int | None = None, words: str = "") -> Outcome:
    return outcome(status, json.dumps({"code": code, "message": words}), "")


@pytest.mark.parametrize(
    ("status", "code", "kind"),
    [
        (400, 21211, Rejected),
        (400, 21408, Rejected),
        (400, 21610, Rejected),
        (400, 21614, Rejected),
        (400, 99999, Rejected),
        (400, None, Rejected),
        (400, 21611, NotAccepted),
        (400, 20429, NotAccepted),
        (429, None, NotAccepted),
        (400, 30002, AccountFault),
        (400, 63038, AccountFault),
        (401, 20003, AccountFault),
        (403, None, AccountFault),
        (404, 20404, AccountFault),
        (301, None, AccountFault),
        (408, None, Unknown),
        (409, None, Unknown),
        (500, 20500, Unknown),
        (503, 20503, Unknown),
    ],
)
def test_status_and_code_decide_the_outcome(
    status: int, code: int | None, kind: type[object]
) -> None:
    assert isinstance(told(status, code), kind)


@pytest.mark.parametrize("code", [21212, 21606, 21659])
def test_number_that_is_not_the_accounts_stops_its_own_texts_only(code: int) -> None:
    refused = told(400, code, "The From phone number +46701740690 is not valid.")
    assert isinstance(refused, AccountFault), "the text is not refused for good"
    assert refused.of_sender
    assert str(code) in refused.reason
    assert "belongs to the account" in refused.reason


def test_only_an_opted_out_recipient_counts_as_one() -> None:
    refused = [told(400, 21610), told(400, 21211)]
    assert [one.opted_out for one in refused if isinstance(one, Rejected)] == [True, False]


def test_code_that_we_do_not_know_is_told_in_twilios_words_with_numbers_masked() -> None:
    assert told(400, 99999, "No way to +46701740605.") == Rejected(
        "99999", "Twilio refused the text: No way to +46•••0605."
    )


@pytest.mark.parametrize(
    "body", ["", "null", "[]", "{}", '{"sid": 7}', '{"sid": ""}', "[" * 100_000]
)
def test_success_without_an_id_is_unknown(body: str) -> None:
    assert isinstance(outcome(201, body, ""), Unknown)


@pytest.mark.parametrize("body", ["", "<html>", "[" * 100_000, '{"code": "x"}'])
def test_refusal_that_is_no_json_is_still_a_refusal(body: str) -> None:
    assert isinstance(outcome(400, body, ""), Rejected)
    assert isinstance(outcome(401, body, ""), AccountFault)


@pytest.mark.parametrize(
    ("more", "parts", "cost_e4"),
    [
        ({"num_segments": "2"}, 2, None),
        ({"num_segments": "0"}, None, None),
        ({"price": "-0.495", "price_unit": "SEK"}, None, 4950),
        ({"price": "-0.0075", "price_unit": "USD"}, None, None),
        ({"price": "free", "price_unit": "SEK"}, None, None),
        ({"price": "NaN", "price_unit": "SEK"}, None, None),
        ({"price": "-1e99999999", "price_unit": "SEK"}, None, None),
        ({"price": "1e999999", "price_unit": "SEK"}, None, None),
    ],
)
def test_parts_and_price_count_when_they_are_known_and_in_kronor(
    more: dict[str, str], parts: int | None, cost_e4: int | None
) -> None:
    assert outcome(201, json.dumps({"sid": "SM1", **more}), "") == Accepted("SM1", parts, cost_e4)


@pytest.mark.parametrize(
    ("status", "error", "expected"),
    [
        ("failed", "30007", "30007 (the operator filtered the text)"),
        ("failed", "12345", "12345"),
        ("undelivered", "", "undelivered"),
        ("undelivered", "<b>", "undelivered"),
    ],
)
def test_code_of_a_receipt_is_told_in_words(status: str, error: str, expected: str) -> None:
    assert raw_code(status, error) == expected


@pytest.mark.parametrize("stamp", [None, "", "soon", "Sat, 99 Nov 2026 12:00:00 +0000"])
def test_time_that_is_none_is_none(stamp: str | None) -> None:
    assert time_of(stamp) is None
