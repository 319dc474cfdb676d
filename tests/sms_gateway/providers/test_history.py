from datetime import UTC, datetime, timedelta

import pytest

from ringback.messages import MessageState
from sms_gateway.provider import Found, NotFound
from sms_gateway.providers.history import Entry, search, window
from tests.sms_gateway.providers.elks_account import CALLER, TEXT, US

SINCE = datetime(2026, 11, 21, 12, 0, tzinfo=UTC)


def entry(
    after_s: float | None = 1,
    words: str | None = TEXT.text,
    provider_id: str = "s1",
    sender: str = US,
) -> Entry:
    created = None if after_s is None else SINCE + timedelta(seconds=after_s)
    found = Found(provider_id, MessageState.ACCEPTED, None, None)
    return Entry(sender, CALLER, words, created, found)


def looked_up(*listed: Entry, known: tuple[str, ...] = ()) -> str | None:
    told = search(listed, TEXT, SINCE, known)
    if isinstance(told, Found):
        return told.provider_id
    return "not found" if told == NotFound() else None


@pytest.mark.parametrize("after_s", [-59, 0, 599, None])
def test_same_text_of_the_time_of_the_send_is_the_one(after_s: float | None) -> None:
    assert looked_up(entry(after_s)) == "s1"


@pytest.mark.parametrize("after_s", [-90, 660, -3600, 7200, -43_200])
def test_same_text_of_another_time_may_be_the_one_by_a_clock_that_is_wrong(after_s: float) -> None:
    assert looked_up(entry(after_s)) is None


@pytest.mark.parametrize("after_s", [-90, 1])
def test_text_without_its_words_may_be_the_one(after_s: float) -> None:
    assert looked_up(entry(after_s, words=None)) is None


def test_one_that_must_be_it_counts_more_than_others_that_may() -> None:
    late, bare = entry(3600, provider_id="late"), entry(1, words=None, provider_id="bare")
    assert looked_up(late, bare, entry(2, provider_id="sure")) == "sure"


@pytest.mark.parametrize(
    "other",
    [
        entry(1, words="Something else"),
        entry(1, sender="+46701740691"),
        entry(1, provider_id="known"),
        entry(-90_000),
    ],
    ids=["words", "sender", "known", "day"],
)
def test_other_texts_are_not_it(other: Entry) -> None:
    assert looked_up(other, known=("known",)) == "not found"


def test_all_that_counts_is_asked_for() -> None:
    first, last = window(SINCE)
    assert first <= SINCE - timedelta(hours=14) < SINCE + timedelta(hours=14) <= last
