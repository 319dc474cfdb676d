from dataclasses import astuple

import pytest

from ringback.messages import (
    Accepted,
    AccountFault,
    MessageState,
    NotAccepted,
    Outcome,
    Receipt,
    Rejected,
    Unknown,
)
from sms_gateway.provider import Found
from sms_gateway.storable import storable_found, storable_outcome, storable_receipt
from tests.clock import HandClock

ODD = "a\0b\ud800" + "å" * 3000


@pytest.mark.parametrize(
    "outcome",
    [
        Accepted("p1", 2, 1280, ("p1", "p2")),
        Accepted("p1", None, None),
        NotAccepted("busy", 5.0, busy=True),
        Rejected("21614", "it is no mobile number"),
        AccountFault("no credits"),
        Unknown("no answer in time"),
    ],
)
def test_answer_that_is_well_formed_is_left_as_it_is(outcome: Outcome) -> None:
    assert storable_outcome(outcome) == outcome


@pytest.mark.parametrize(
    "outcome",
    [
        Accepted(ODD, 1, 3_000_000_000, (ODD, ODD + "2")),
        Accepted("p1", -1, -1),
        NotAccepted(ODD, 5.0),
        Rejected("x", ODD),
        AccountFault(ODD),
        Unknown(ODD),
    ],
)
def test_answer_with_odd_signs_and_numbers_can_be_written_down(outcome: Outcome) -> None:
    for value in astuple(storable_outcome(outcome)):
        for one in value if isinstance(value, tuple) else (value,):
            if isinstance(one, str):
                assert "\0" not in one.encode().decode()
                assert len(one) <= 1000
            elif isinstance(one, int):
                assert 0 <= one < 2**31


def test_odd_id_is_the_same_in_answers_look_ups_and_receipts() -> None:
    accepted = storable_outcome(Accepted(ODD, 1, None, (ODD,)))
    found = storable_found(Found(ODD, MessageState.ACCEPTED, 1, 2**40))
    receipt = storable_receipt(
        Receipt("smpp", None, ODD, MessageState.DELIVERED, "", HandClock().now(), cost_e4=-5)
    )
    assert isinstance(accepted, Accepted)
    assert len({accepted.provider_id, *accepted.part_ids, found.provider_id}) == 1
    assert accepted.provider_id == receipt.provider_id
    assert (found.cost_e4, receipt.cost_e4) == (None, None)
