from datetime import UTC, date, datetime, time, timedelta
from uuid import UUID
from zoneinfo import ZoneInfo

import pytest

from ringback.business import Business
from ringback.errors import BadInput
from ringback.queues import Rules, can_be_kept, choice_of, choices, interval_of, offer_key
from tests.ringback.a_company import AROUND_THE_CLOCK, a_company

COMPANY = a_company()  # weekdays 9-12, 13-17
STOCKHOLM = ZoneInfo("Europe/Stockholm")


def at(day: int, hour: int, minute: int = 0, month: int = 11, year: int = 2026) -> datetime:
    """Wall-clock time in Stockholm; 20 November 2026 is a Friday."""
    return datetime(year, month, day, hour, minute, tzinfo=STOCKHOLM).astimezone(UTC)


def rules(**changes: object) -> Rules:
    return Rules.from_document({"offer": "always", **changes})


FRIDAY = ("0800-1000@261120", "1000-1200@261120", "1300-1500@261120", "1500-1700@261120")
MONDAY = tuple(one.replace("1120", "1123") for one in FRIDAY)


@pytest.mark.parametrize(
    ("now", "offered"),
    [
        (at(20, 8, 50), (*FRIDAY, *MONDAY)),  # not open yet
        (at(20, 9, 0), ("s", *FRIDAY, *MONDAY)),
        (at(20, 9, 45), ("s", *FRIDAY, *MONDAY)),
        (at(20, 9, 46), ("s", *FRIDAY[1:], *MONDAY)),  # less than a quarter is left
        (at(20, 11, 46), (*FRIDAY[2:], *MONDAY)),  # the same of the opening
        (at(20, 12, 30), (*FRIDAY[2:], *MONDAY)),  # lunch
        (at(20, 16, 46), MONDAY),
        (at(20, 23, 59), MONDAY),
        (at(21, 12), MONDAY),  # Saturday
    ],
)
def test_what_is_left_of_today_and_of_the_next_open_day_is_offered(
    now: datetime, offered: tuple[str, ...]
) -> None:
    assert choices(rules(), COMPANY, now) == offered[:9]


def test_no_more_is_offered_than_there_are_digits() -> None:
    hourly = [[f"{hour:02}:00", f"{hour + 1:02}:00"] for hour in (9, 10, 11, 13, 14, 15)]
    assert len(choices(rules(intervals=hourly), COMPANY, at(20, 9))) == 9


def test_today_alone_and_no_soonest_when_the_rules_say_so() -> None:
    today = rules(next_day=False, soonest=False)
    assert choices(today, COMPANY, at(20, 13, 0)) == FRIDAY[2:]
    assert choices(today, COMPANY, at(21, 13, 0)) == ()


def test_interval_that_is_full_is_not_offered() -> None:
    full = {interval_of(FRIDAY[2], COMPANY): 2, interval_of(FRIDAY[3], COMPANY): 1}
    found = choices(rules(most_each=2), COMPANY, at(20, 13, 0), full)
    assert found == ("s", "1500-1700@261120", *MONDAY)
    assert "1300-1500@261120" in choices(rules(), COMPANY, at(20, 13, 0), full)


def test_day_that_the_company_is_closed_is_passed_over() -> None:
    closed = a_company(exceptions=[{"date": "2026-11-23", "hours": []}])
    assert choices(rules(), closed, at(20, 16, 50)) == tuple(
        one.replace("1120", "1124") for one in FRIDAY
    )


def test_company_that_is_closed_for_long_offers_nothing() -> None:
    never = a_company(opening_hours={})
    assert choices(rules(), never, at(20, 10)) == ()


def test_opening_past_midnight_counts_for_the_night() -> None:
    bar = a_company(opening_hours={"fri": [["18:00", "02:00"]]})
    night = rules(intervals=[["00:00", "02:00"]])
    assert choices(night, bar, at(21, 0, 30))[:2] == ("s", "0000-0200@261121")


SPRING = date(2027, 3, 28)  # 02:00-03:00 does not exist
AUTUMN = date(2027, 10, 31)  # 02:00-03:00 comes twice


@pytest.mark.parametrize(
    ("choice", "from_utc", "to_utc"),
    [
        ("1300-1500@270328", (2027, 3, 28, 11), (2027, 3, 28, 13)),
        ("0100-0400@270328", (2027, 3, 28, 0), (2027, 3, 28, 2)),  # two hours long
        ("1300-1500@271031", (2027, 10, 31, 12), (2027, 10, 31, 14)),
        ("0200-0300@271031", (2027, 10, 31, 0), (2027, 10, 31, 2)),
        ("0100-0400@271031", (2027, 10, 30, 23), (2027, 10, 31, 3)),  # four hours long
    ],
)
def test_interval_of_a_day_on_which_the_clock_changes(
    choice: str, from_utc: tuple[int, ...], to_utc: tuple[int, ...]
) -> None:
    from_at, to_at = (datetime(*one, tzinfo=UTC) for one in (from_utc, to_utc))  # type: ignore[misc, arg-type]
    assert interval_of(choice, COMPANY) == (from_at, to_at)


def test_hour_that_the_clock_skips_is_not_offered() -> None:
    day_and_night = a_company(opening_hours=AROUND_THE_CLOCK)
    nightly = rules(intervals=[["02:00", "03:00"], ["03:00", "04:00"]], next_day=False)
    spring, autumn = (
        datetime(day.year, day.month, day.day, 0, 30, tzinfo=STOCKHOLM) for day in (SPRING, AUTUMN)
    )
    assert choices(nightly, day_and_night, spring) == ("s", "0300-0400@270328")
    assert choices(nightly, day_and_night, autumn) == ("s", "0200-0300@271031", "0300-0400@271031")
    with pytest.raises(BadInput):
        interval_of("0200-0300@270328", day_and_night)


@pytest.mark.parametrize("day", [SPRING, AUTUMN, date(2026, 11, 20)])
def test_choice_says_what_it_means(day: date) -> None:
    choice = choice_of(time(13), time(15), day)
    found = interval_of(choice, COMPANY)
    assert found is not None
    begins, ends = (one.astimezone(STOCKHOLM) for one in found)
    assert (begins.date(), begins.time(), ends.time()) == (day, time(13), time(15))
    assert interval_of("s", COMPANY) is None


@pytest.mark.parametrize(
    "word",
    [
        "",
        "S",
        "1300-1500",
        "1300-1500@261320",
        "1300-1500@260230",
        "2500-2600@261120",
        "1370-1500@261120",
        "1500-1300@261120",
        "1300-1300@261120",
        "1300-1500@261120 ",
        "1300-1500@2611200",
        "1３00-1500@261120",
        "s|1",
    ],
)
def test_word_that_is_no_choice_is_refused(word: str) -> None:
    with pytest.raises(BadInput, match="is no interval"):
        interval_of(word, COMPANY)


@pytest.mark.parametrize(
    ("from_at", "to_at", "kept"),
    [
        (at(20, 13), at(20, 15), True),
        (at(20, 8), at(20, 9, 30), True),  # partly
        (at(20, 17), at(20, 20), False),  # closed
        (at(20, 12), at(20, 13), False),  # lunch
        (at(19, 13), at(19, 15), False),  # over
        (at(20, 8), at(20, 9), False),  # over at this moment
        (at(20, 15), at(20, 13), False),
        (at(21, 0), at(24, 0), True),  # the weekend and Monday
        (at(21, 0), at(23, 0), False),
        (at(2, 9, month=3, year=2027), at(2, 10, month=3, year=2027), False),  # too far away
        (at(20, 13), at(18, 13, month=1, year=2027), True),
        (at(20, 13), at(20, 13, month=1, year=2027), False),  # ends too far away
    ],
)
def test_interval_can_be_kept_when_the_company_is_open_in_it(
    from_at: datetime, to_at: datetime, kept: bool
) -> None:
    assert can_be_kept((from_at, to_at), COMPANY, at(20, 9)) is kept


def test_opening_that_began_the_day_before_keeps_an_interval() -> None:
    bar = Business.model_validate(
        {**COMPANY.model_dump(mode="json"), "opening_hours": {"fri": [["18:00", "02:00"]]}}
    )
    assert can_be_kept((at(21, 0), at(21, 1)), bar, at(20, 20))
    assert not can_be_kept((at(21, 2), at(21, 3)), bar, at(20, 20))


@pytest.mark.parametrize(
    ("window", "inside", "outside"),
    [
        (("00:00", "00:00"), ["00:00", "12:00", "23:59"], []),
        (("09:00", "17:00"), ["09:00", "16:59"], ["08:59", "17:00", "00:00"]),
        (("22:00", "06:00"), ["22:00", "23:59", "00:00", "05:59"], ["06:00", "12:00", "21:59"]),
    ],
)
def test_clock_window_of_the_offer(
    window: tuple[str, str], inside: list[str], outside: list[str]
) -> None:
    own = rules(offer_from=window[0], offer_to=window[1])
    assert all(own.in_window(time.fromisoformat(one)) for one in inside)
    assert not any(own.in_window(time.fromisoformat(one)) for one in outside)


@pytest.mark.parametrize(
    ("document", "words"),
    [
        ({"offer": "sometimes"}, "offer"),
        ({"intervals": [["10:00", "09:00"]]}, "ends before it begins"),
        ({"intervals": [["10:00", "10:00"]]}, "ends before it begins"),
        ({"intervals": [["10:00", "12:00"], ["08:00", "10:00"]]}, "in order"),
        ({"intervals": [["08:00", "10:00"], ["08:00", "10:00"]]}, "in order"),
        ({"intervals": [["08:00:30", "10:00"]]}, "whole minutes"),
        ({"intervals": [["08:00Z", "10:00"]]}, "your own clock"),
        ({"offer_from": "08:00+01:00"}, "your own clock"),
        ({"intervals": [[f"{hour:02}:00", f"{hour + 1:02}:00"] for hour in range(8, 15)]}, "6"),
        ({"offer": "always", "intervals": [], "soonest": False}, "something to choose"),
        ({"wait_over_min": "NaN"}, "wait_over_min"),
        ({"digit": "12"}, "digit"),
        ({"digit": "٣"}, "digit"),
        ({"most_tries": 0}, "most_tries"),
        ({"retry_min": 0}, "retry_min"),
        ({"countries": ["Sweden"]}, "countries"),
        ({"shown_number": "0701740605"}, "shown_number"),
        ({"what": 1}, "what"),
        ([], "rules"),
    ],
)
def test_rules_that_make_no_sense_are_refused_in_words(document: object, words: str) -> None:
    with pytest.raises(BadInput, match=words):
        Rules.from_document(document)


def test_rules_come_back_from_the_database_as_they_were_kept() -> None:
    own = rules(offer_from="08:00", offer_to="16:30", most_each=3, countries=["SE", "NO"])
    assert Rules.kept(own.model_dump(mode="json")) == own
    assert Rules.kept({}).offer == "off"
    assert Rules.kept({"offer": "always", "from_a_newer_version": 1}) == Rules()


def test_key_of_an_offer_is_the_beginning_of_the_queues_id() -> None:
    assert offer_key(UUID("0123456789abcdef0123456789abcdef")) == "0123456789ab"


def test_least_that_is_left_is_a_quarter() -> None:
    last = at(20, 15) - timedelta(minutes=15)
    assert "1300-1500@261120" in choices(rules(), COMPANY, last)
    assert "1300-1500@261120" not in choices(rules(), COMPANY, last + timedelta(seconds=1))
