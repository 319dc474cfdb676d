"""Public holidays: which days close a company, what they are called, and what an exception changes."""

from datetime import UTC, date, datetime

import pytest

from ringback.bookings import NotFree, why_not_free
from ringback.business import Business
from ringback.errors import BadInput
from ringback.hours import intervals_on, is_open, next_opening, special_day
from tests.ringback.a_company import a_company

SWEDISH = a_company(closed_holidays="SE", locale="sv-SE")
BY_LAW_2027 = {
    date(2027, 1, 1): "Nyårsdagen",
    date(2027, 1, 6): "Trettondedag jul",
    date(2027, 3, 26): "Långfredagen",
    date(2027, 3, 28): "Påskdagen",
    date(2027, 3, 29): "Annandag påsk",
    date(2027, 5, 1): "Första maj",
    date(2027, 5, 6): "Kristi himmelsfärdsdag",
    date(2027, 5, 16): "Pingstdagen",
    date(2027, 6, 6): "Nationaldagen",
    date(2027, 6, 26): "Midsommardagen",
    date(2027, 11, 6): "Alla helgons dag",
    date(2027, 12, 25): "Juldagen",
    date(2027, 12, 26): "Annandag jul",
}
"""From lag (1989:253), counted by hand."""
IN_PRACTICE_2027 = {
    date(2027, 6, 25): "Midsommarafton",
    date(2027, 12, 24): "Julafton",
    date(2027, 12, 31): "Nyårsafton",
}


def test_closed_are_the_holidays_by_law_and_the_three_eves() -> None:
    days = [date.fromordinal(date(2027, 1, 1).toordinal() + number) for number in range(365)]
    found = {day: special.reason for day in days if (special := special_day(SWEDISH, day))}
    assert found == BY_LAW_2027 | IN_PRACTICE_2027
    assert all(intervals_on(SWEDISH, day) == () for day in found)


@pytest.mark.parametrize(
    ("day", "swedish", "english"),
    [
        (date(2027, 3, 26), "Långfredagen", "Good Friday"),
        (date(2027, 12, 24), "Julafton", "Christmas Eve"),
        (date(2027, 1, 6), "Trettondedag jul", "Epiphany"),
    ],
)
def test_holiday_is_named_in_the_language_of_the_reader(
    day: date, swedish: str, english: str
) -> None:
    named = [special_day(SWEDISH, day, language) for language in ("sv", "en", "")]
    assert [special.reason for special in named if special] == [swedish, english, swedish]


def test_exception_opens_a_holiday_and_keeps_its_own_reason() -> None:
    company = a_company(
        closed_holidays="SE",
        exceptions=[{"date": "2027-05-06", "hours": [["10:00", "14:00"]], "reason": "kort dag"}],
    )
    special = special_day(company, date(2027, 5, 6), "en")
    assert special is not None
    assert (special.reason, len(special.hours)) == ("kort dag", 1)
    assert is_open(company, datetime(2027, 5, 6, 9, tzinfo=UTC))
    assert not is_open(SWEDISH, datetime(2027, 5, 6, 9, tzinfo=UTC))


def test_company_that_says_nothing_is_open_on_holidays() -> None:
    assert special_day(a_company(), date(2027, 5, 6)) is None
    assert len(intervals_on(a_company(), date(2027, 5, 6))) == 2


@pytest.mark.parametrize("day", [date(2027, 3, 25), date(2027, 4, 30), date(2027, 1, 5)])
def test_half_days_before_holidays_are_ordinary_days(day: date) -> None:
    assert len(intervals_on(SWEDISH, day)) == 2


def test_after_christmas_the_next_opening_is_on_the_first_working_day() -> None:
    opening = next_opening(SWEDISH, datetime(2026, 12, 23, 18, tzinfo=UTC))
    assert opening is not None
    assert opening.opens_at == datetime(2026, 12, 28, 8, tzinfo=UTC)


def test_holiday_can_not_be_booked_because_the_company_is_closed() -> None:
    at_ten = datetime(2027, 5, 6, 8, tzinfo=UTC)
    now = datetime(2027, 5, 3, 8, tzinfo=UTC)
    assert why_not_free(SWEDISH, "cut", at_ten, (), now) is NotFree.CLOSED_DAY
    assert why_not_free(a_company(), "cut", at_ten, (), now) is None


def test_another_country_has_its_own_days() -> None:
    norwegian = a_company(closed_holidays="NO")
    assert special_day(norwegian, date(2027, 5, 17)) is not None
    assert special_day(SWEDISH, date(2027, 5, 17)) is None


@pytest.mark.parametrize("code", ["ZZ", "se", "Sverige", "SWE", "S"])
def test_unknown_country_is_told_plainly(code: str) -> None:
    document = a_company().model_dump(mode="json") | {"closed_holidays": code}
    with pytest.raises(BadInput, match=r"closed_holidays: the public holidays of .* not known"):
        Business.from_document(document)
