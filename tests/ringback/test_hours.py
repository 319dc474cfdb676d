"""Opening hours: exceptions, lunch, nights, and the two nights a year when the clock changes."""

from datetime import UTC, date, datetime, timedelta

from ringback.hours import intervals_on, is_open, next_opening, openings_on
from tests.ringback.a_company import AROUND_THE_CLOCK, a_company

SPRING = date(2027, 3, 28)  # 02:00 becomes 03:00 in Stockholm
AUTUMN = date(2027, 10, 31)  # 03:00 becomes 02:00


def utc(year: int, month: int, day: int, hour: int, minute: int = 0) -> datetime:
    return datetime(year, month, day, hour, minute, tzinfo=UTC)


def test_an_exception_replaces_the_hours_of_the_weekday_whole() -> None:
    company = a_company(
        exceptions=[{"date": "2027-03-25", "hours": [["10:00", "11:00"]], "reason": "kort dag"}]
    )
    assert [f"{a:%H:%M}-{b:%H:%M}" for a, b in intervals_on(company, date(2027, 3, 25))] == [
        "10:00-11:00"
    ]
    assert len(intervals_on(company, date(2027, 3, 24))) == 2


def test_a_holiday_has_no_hours_and_a_saturday_may_get_some() -> None:
    company = a_company(
        exceptions=[
            {"date": "2027-03-26", "hours": [], "reason": "Långfredagen"},
            {"date": "2027-03-27", "hours": [["10:00", "14:00"]], "reason": "extraöppet"},
        ]
    )
    assert openings_on(company, date(2027, 3, 26)) == ()
    assert openings_on(company, date(2027, 3, 27))[0].opens_at == utc(2027, 3, 27, 9)


def test_at_lunch_the_company_is_closed_and_opens_again_after_it() -> None:
    company, at_lunch = a_company(), utc(2027, 3, 24, 11, 30)  # 12:30
    assert not is_open(company, at_lunch)
    opening = next_opening(company, at_lunch)
    assert opening is not None
    assert opening.opens_at == utc(2027, 3, 24, 12)


def test_the_minute_of_closing_is_no_longer_open() -> None:
    company = a_company()
    assert is_open(company, utc(2027, 3, 24, 15, 59))
    assert not is_open(company, utc(2027, 3, 24, 16, 0))


def test_after_the_week_the_next_opening_is_on_monday_in_summer_time() -> None:
    opening = next_opening(a_company(), utc(2027, 3, 26, 17))
    assert opening is not None
    assert opening.opens_at == utc(2027, 3, 29, 7)  # 09:00 is 07:00 UTC after the change


def test_hours_past_midnight_belong_to_the_day_they_began() -> None:
    company = a_company(opening_hours={"fri": [["20:00", "02:00"]]})
    assert is_open(company, utc(2027, 3, 27, 0, 30))  # 01:30 on Saturday
    assert not is_open(company, utc(2027, 3, 27, 1, 0))


def test_the_spring_night_is_an_hour_shorter_and_the_autumn_night_an_hour_longer() -> None:
    company = a_company(opening_hours=AROUND_THE_CLOCK)
    lengths = [
        opening.closes_at - opening.opens_at
        for day in (SPRING, AUTUMN)
        for opening in openings_on(company, day)
    ]
    assert lengths == [timedelta(hours=23), timedelta(hours=25)]


def test_a_company_that_never_opens_has_no_next_opening() -> None:
    assert next_opening(a_company(opening_hours={}), utc(2027, 3, 24, 8)) is None
