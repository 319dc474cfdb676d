from itertools import pairwise

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ringback.errors import BadInput
from ringback.messages import MessageState, Outbound, may_follow

S = MessageState
states = st.sampled_from(MessageState)
FROM_RECEIPTS = (S.ACCEPTED, S.DELIVERED, S.FAILED)


def after(start: MessageState, *news: MessageState) -> MessageState:
    for new in news:
        if may_follow(start, new):
            start = new
    return start


def test_the_way_of_a_text_that_arrives_is_open() -> None:
    way = [S.QUEUED, S.SUBMITTING, S.ACCEPTED, S.DELIVERED]
    assert all(may_follow(old, new) for old, new in pairwise(way))


@pytest.mark.parametrize("receipt", FROM_RECEIPTS)
def test_unknown_text_is_resolved_by_any_receipt(receipt: MessageState) -> None:
    assert after(S.UNKNOWN, receipt) is receipt


def test_accepted_after_delivered_is_ignored() -> None:
    assert after(S.SUBMITTING, S.DELIVERED, S.ACCEPTED) is S.DELIVERED


def test_receipt_that_overtakes_the_answer_of_the_send_stands() -> None:
    assert after(S.SUBMITTING, S.DELIVERED, S.UNKNOWN) is S.DELIVERED


def test_text_not_accepted_goes_back_to_the_queue() -> None:
    assert after(S.SUBMITTING, S.QUEUED) is S.QUEUED


def test_unknown_text_is_never_queued_again() -> None:
    assert may_follow(S.UNKNOWN, S.QUEUED)
    assert not may_follow(S.UNKNOWN, S.SUBMITTING)


@given(states, states)
def test_final_state_is_never_left(old: MessageState, new: MessageState) -> None:
    assert not (old.final and may_follow(old, new))


@given(states)
def test_same_state_twice_changes_nothing(state: MessageState) -> None:
    assert not may_follow(state, state)


@given(st.lists(st.sampled_from(FROM_RECEIPTS), min_size=1))
def test_receipts_in_any_order_never_lower_the_rank(receipts: list[MessageState]) -> None:
    reached = [after(S.SUBMITTING, *receipts[:n]) for n in range(len(receipts) + 1)]
    assert all(earlier.rank <= later.rank for earlier, later in pairwise(reached))


@given(states)
def test_outbound_text_never_becomes_received(old: MessageState) -> None:
    assert not may_follow(old, S.RECEIVED)


@pytest.mark.parametrize("text", ["", "half \ud83d"])
def test_text_that_cannot_be_sent_is_refused_when_written(text: str) -> None:
    with pytest.raises(BadInput) as refused:
        Outbound("t", "+46846500400", "+46701740605", text)
    assert refused.value.field == "text"
