from datetime import UTC, datetime, timedelta
from zoneinfo import ZoneInfo

import pytest

from ringback.offer import Offer, Waits, Why, offer, told
from ringback.queues import Rules, interval_of
from tests.ringback.a_company import a_company

COMPANY = a_company()  # weekdays 9-12, 13-17
NOW = datetime(2026, 11, 20, 13, 30, tzinfo=ZoneInfo("Europe/Stockholm"))  # a Friday
NOBODY = Waits(waiting=0, longest_s=0, mean_s=0, staff=1)
LEFT = ("s", "1300-1500@261120", "1500-1700@261120")


def rules(**changes: object) -> Rules:
    return Rules.from_document({"offer": "when_long", "next_day": False, **changes})


def of(waiting: int = 1, longest_s: float = 0, mean_s: float = 0, staff: int = 1) -> Waits:
    return Waits(waiting, longest_s, mean_s, staff)


@pytest.mark.parametrize(
    ("waits", "on"),
    [
        (of(longest_s=300), False),  # five minutes are not more than five minutes
        (of(longest_s=301), True),
        (of(mean_s=300), False),
        (of(mean_s=301), True),  # he who waits now has not waited long yet
        (of(longest_s=10, mean_s=600), True),
        (of(longest_s=600, mean_s=10), True),  # nobody answers, so no mean moves
        (of(waiting=0, mean_s=900), False),  # nobody is there to hear it
        (NOBODY, False),
    ],
)
def test_offer_is_on_while_the_larger_of_both_waits_is_over_the_threshold(
    waits: Waits, on: bool
) -> None:
    found = offer(rules(wait_over_min=5), COMPANY, waits, {}, NOW)
    assert found == (Offer(True, Why.LONG_WAIT, LEFT) if on else Offer(False, Why.SHORT_WAIT))


def test_offer_that_is_always_on_asks_for_no_wait() -> None:
    assert offer(rules(offer="always"), COMPANY, NOBODY, {}, NOW) == Offer(True, Why.ALWAYS, LEFT)


LONG = of(longest_s=3600)


@pytest.mark.parametrize(
    ("changes", "waits", "why"),
    [
        ({"offer": "off"}, LONG, Why.SWITCHED_OFF),
        ({"offer_from": "14:00", "offer_to": "16:00"}, LONG, Why.OUTSIDE_WINDOW),
        ({"offer_from": "09:00", "offer_to": "13:30"}, LONG, Why.OUTSIDE_WINDOW),
        ({}, of(longest_s=3600, staff=0), Why.NO_STAFF),
        ({"offer": "always"}, of(staff=0), Why.NO_STAFF),
        ({"soonest": False, "intervals": [["09:00", "11:00"]]}, LONG, Why.NOTHING_LEFT),
    ],
)
def test_offer_is_off_and_says_why(changes: dict[str, object], waits: Waits, why: Why) -> None:
    assert offer(rules(**changes), COMPANY, waits, {}, NOW) == Offer(False, why)


def test_queue_that_needs_no_staff_offers_without() -> None:
    own = rules(offer="always", needs_staff=False)
    assert offer(own, COMPANY, of(staff=0), {}, NOW).on


def test_offer_ends_when_every_interval_is_full() -> None:
    own = rules(offer="always", soonest=False, most_each=1)
    full = {interval_of(choice, COMPANY): 1 for choice in LEFT}
    assert offer(own, COMPANY, NOBODY, full, NOW) == Offer(False, Why.NOTHING_LEFT)


@pytest.mark.parametrize("days", [1, 2])
def test_offer_is_off_on_days_when_the_company_is_closed(days: int) -> None:
    own = rules(offer="always", next_day=True)
    weekend = NOW + timedelta(days=days)
    assert offer(own, COMPANY, LONG, {}, weekend) == Offer(False, Why.OUTSIDE_WINDOW)


def test_offer_goes_on_past_midnight_while_the_company_is_open() -> None:
    bar = a_company(opening_hours={"fri": [["18:00", "02:00"]]})
    own = rules(offer="always", intervals=[["00:00", "02:00"]])
    midnight = datetime(2026, 11, 21, 0, 5, tzinfo=ZoneInfo("Europe/Stockholm"))
    assert offer(own, bar, LONG, {}, midnight).on
    assert not offer(own, bar, LONG, {}, midnight + timedelta(hours=3)).on


@pytest.mark.parametrize(
    ("clock", "on"),
    [
        (datetime(2027, 3, 28, 6, 59, tzinfo=UTC), False),
        (datetime(2027, 3, 28, 7, 0, tzinfo=UTC), True),  # 09:00, summer time since the night
        (datetime(2027, 10, 31, 7, 59, tzinfo=UTC), False),
        (datetime(2027, 10, 31, 8, 0, tzinfo=UTC), True),  # 09:00, winter time since the night
    ],
)
def test_clock_window_is_that_of_the_wall(clock: datetime, on: bool) -> None:
    sundays = a_company(opening_hours={"sun": [["08:00", "17:00"]]})
    own = rules(offer="always", offer_from="09:00", offer_to="17:00")
    assert offer(own, sundays, NOBODY, {}, clock).on is on


def test_pbx_is_told_in_one_line() -> None:
    assert told(Offer(True, Why.ALWAYS, LEFT), 1763641800.4) == (
        "1763641800|1|s,1300-1500@261120,1500-1700@261120"
    )
    assert told(Offer(False, Why.NO_STAFF), 1763641800.6) == "1763641801|0|"
