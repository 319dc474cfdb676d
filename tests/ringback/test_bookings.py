"""The booking rules, each by itself, over clock changes, and against a naive reference."""

from dataclasses import replace
from datetime import UTC, date, datetime, time, timedelta

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from ringback.bookings import (
    NotFree,
    Slot,
    Taken,
    free_resources,
    free_slots,
    is_free,
    last_bookable_day,
    reminders_due,
    why_not_free,
    without,
)
from ringback.business import Business
from tests.ringback.a_company import AROUND_THE_CLOCK, a_company

COMPANY = a_company()
ZONE = COMPANY.zone
NOW = datetime(2027, 3, 23, 8, 0, tzinfo=ZONE)  # a Tuesday


def at(day: int, hour: int, minute: int = 0, month: int = 3) -> datetime:
    return datetime(2027, month, day, hour, minute, tzinfo=ZONE)


def busy(resource: str, start: datetime, minutes: int) -> Taken:
    return Taken(
        resource, start.astimezone(UTC), start.astimezone(UTC) + timedelta(minutes=minutes)
    )


def clocks(slots: list[Slot]) -> list[str]:
    return [f"{slot.starts_at.astimezone(ZONE):%H:%M}" for slot in slots]


def test_a_free_day_offers_every_step_outside_lunch() -> None:
    slots = free_slots(COMPANY, "colour", (), NOW, at(24, 0), at(25, 0))
    assert clocks(slots) == ["09:00", "09:30", "10:00", "13:00", "13:30", "14:00", "14:30", "15:00"]


def test_slots_are_in_utc_and_as_long_as_the_service() -> None:
    slot = free_slots(COMPANY, "colour", (), NOW, at(24, 0), at(25, 0), limit=1)[0]
    assert slot == Slot(
        "colour",
        "Anna",
        datetime(2027, 3, 24, 8, tzinfo=UTC),
        datetime(2027, 3, 24, 10, tzinfo=UTC),
    )


def test_when_the_first_resource_is_busy_the_next_one_is_given() -> None:
    taken = (busy("Anna", at(24, 9), 30),)
    slots = free_slots(COMPANY, "cut", taken, NOW, at(24, 9), at(24, 10))
    assert [slot.resource for slot in slots] == ["Bo", "Anna"]


def test_a_named_resource_is_the_only_one_considered() -> None:
    taken = (busy("Anna", at(24, 9), 30),)
    assert not is_free(COMPANY, "cut", at(24, 9), taken, NOW, "Anna")
    assert is_free(COMPANY, "cut", at(24, 9), taken, NOW, "Bo")


def test_a_resource_that_does_not_do_the_service_is_never_free() -> None:
    assert not is_free(COMPANY, "colour", at(24, 9), (), NOW, "Bo")


def test_an_appointment_may_begin_when_another_ends() -> None:
    taken = (busy("Anna", at(24, 9), 60),)
    assert is_free(COMPANY, "colour", at(24, 10), taken, NOW)
    assert not is_free(COMPANY, "colour", at(24, 9, 30), taken, NOW)


@pytest.mark.parametrize(
    ("start", "why"),
    [
        (at(23, 7), NotFree.PAST),
        (at(23, 9, 0), None),
        (at(27, 10), NotFree.CLOSED_DAY),
        (at(24, 11, 30), NotFree.OUTSIDE_HOURS),  # would run into lunch
        (at(24, 9, 15), NotFree.OFF_STEP),
        (at(23, 10, month=4), NotFree.TOO_FAR),
        (at(22, 10, month=4), None),  # the last day of the horizon
    ],
)
def test_the_reason_is_the_first_broken_rule(start: datetime, why: NotFree | None) -> None:
    assert why_not_free(COMPANY, "colour", start, (), NOW) is why


def test_a_start_just_inside_the_notice_is_too_soon() -> None:
    now = at(23, 8, 1)
    assert why_not_free(COMPANY, "cut", at(23, 9), (), now) is NotFree.TOO_SOON


def test_a_time_held_for_the_caller_stays_free_for_him_when_its_notice_runs_out() -> None:
    start, asked_at = at(23, 9), at(23, 8) - timedelta(minutes=2)
    now = at(23, 8, 2)
    held = replace(busy("Bo", start, 30), kept_since=asked_at)
    assert why_not_free(COMPANY, "cut", start, [], now) is NotFree.TOO_SOON
    assert free_resources(COMPANY, "cut", start, [held], now) == ("Bo",)
    assert why_not_free(COMPANY, "cut", start, [held], now, "Bo") is None
    assert why_not_free(COMPANY, "cut", start, [held], now, "Anna") is NotFree.TOO_SOON
    assert why_not_free(COMPANY, "cut", start, [held, busy("Bo", start, 30)], now) is not None
    assert why_not_free(COMPANY, "cut", start, [held], start) is NotFree.PAST


def test_a_time_held_for_the_caller_bars_nothing_and_waives_the_notice_of_no_other_start() -> None:
    start = at(24, 9)
    held = replace(busy("Anna", start, 30), kept_since=NOW)
    assert free_slots(COMPANY, "colour", [held], NOW, start, at(24, 10))[0].resource == "Anna"
    soon = replace(busy("Anna", at(23, 9), 30), kept_since=at(23, 7))
    now = at(23, 8, 45)
    assert why_not_free(COMPANY, "cut", at(23, 9), [soon], now, "Anna") is None
    assert why_not_free(COMPANY, "cut", at(23, 9, 30), [soon], now, "Anna") is NotFree.TOO_SOON


def test_what_is_not_sold_any_more_has_no_free_times() -> None:
    assert free_slots(COMPANY, "gone", [], NOW, at(24, 9), at(25, 9)) == []
    assert free_resources(COMPANY, "gone", at(24, 9), [], NOW) == ()
    assert why_not_free(COMPANY, "gone", at(24, 9), [], NOW) is NotFree.TAKEN
    assert COMPANY.name_of("gone") == "gone"
    assert COMPANY.name_of("cut") == "klippning"


def test_a_taken_start_says_taken() -> None:
    taken = (busy("Anna", at(24, 9), 120),)
    assert why_not_free(COMPANY, "colour", at(24, 9), taken, NOW) is NotFree.TAKEN


def test_the_horizon_ends_on_a_local_date() -> None:
    late = datetime(2027, 3, 23, 23, 30, tzinfo=UTC)  # already the 24th in Stockholm
    assert last_bookable_day(COMPANY, late) == date(2027, 4, 23)


def test_the_limit_bounds_the_answer() -> None:
    assert len(free_slots(COMPANY, "cut", (), NOW, at(24, 0), at(31, 0), limit=5)) == 5


def test_notice_is_elapsed_time_over_the_spring_change() -> None:
    company = a_company(opening_hours=AROUND_THE_CLOCK)
    now = datetime(2027, 3, 28, 1, 30, tzinfo=ZONE)
    assert is_free(company, "cut", at(28, 3, 30), (), now)  # one hour later: 02:30 does not exist
    assert not is_free(company, "cut", at(28, 3, 0), (), now)


def test_notice_is_elapsed_time_over_the_autumn_change() -> None:
    company = a_company(opening_hours=AROUND_THE_CLOCK)
    now = datetime(2027, 10, 31, 2, 30, tzinfo=ZONE)  # the first 02:30
    again = datetime(2027, 10, 31, 2, 30, tzinfo=ZONE, fold=1)
    assert is_free(company, "cut", again, (), now)
    assert not is_free(company, "cut", datetime(2027, 10, 31, 2, 0, tzinfo=ZONE, fold=1), (), now)


def test_the_skipped_hour_is_never_offered_and_the_repeated_hour_twice() -> None:
    company = a_company(
        opening_hours=AROUND_THE_CLOCK, booking_rules={"horizon_days": 365, "slot_step_min": 30}
    )
    spring = free_slots(company, "cut", (), NOW, at(28, 1), at(28, 4))
    assert clocks(spring) == ["01:00", "01:30", "03:00", "03:30"]
    autumn = free_slots(company, "cut", (), NOW, at(31, 1, month=10), at(31, 4, month=10))
    assert clocks(autumn) == [
        "01:00",
        "01:30",
        "02:00",
        "02:30",
        "02:00",
        "02:30",
        "03:00",
        "03:30",
    ]


def test_the_week_after_the_change_keeps_its_wall_clock() -> None:
    before = free_slots(COMPANY, "cut", (), NOW, at(26, 0), at(27, 0), limit=1)[0]
    after = free_slots(COMPANY, "cut", (), NOW, at(29, 0), at(30, 0), limit=1)[0]
    assert clocks([before, after]) == ["09:00", "09:00"]
    assert (before.starts_at.hour, after.starts_at.hour) == (8, 7)


def naive_starts(
    company: Business, taken: tuple[Taken, ...], now: datetime, day: date
) -> list[datetime]:
    """Every minute of a day against the five rules, on wall clocks; right away from clock changes."""
    service, rules = company.service("cut"), company.booking_rules
    found = []
    for minute in range(24 * 60):
        wall = datetime.combine(day, time(minute // 60, minute % 60))
        end = wall + timedelta(minutes=service.duration_min)
        hours = company.opening_hours[
            ("mon", "tue", "wed", "thu", "fri", "sat", "sun")[day.weekday()]
        ]
        inside = any(
            datetime.combine(day, a) <= wall and end <= datetime.combine(day, b) for a, b in hours
        )
        start = wall.replace(tzinfo=company.zone)
        noticed = start - now >= timedelta(minutes=rules.min_notice_min)
        near = (day - now.astimezone(company.zone).date()).days <= rules.horizon_days
        free = [
            who
            for who in service.resources
            if not any(
                t.resource == who
                and t.starts_at < end.replace(tzinfo=company.zone)
                and start < t.ends_at
                for t in taken
            )
        ]
        if minute % rules.slot_step_min == 0 and inside and noticed and near and free:
            found.append(start)
    return found


@pytest.mark.parametrize(
    ("made_before_h", "reminded_h"),
    [(72, [2, 24]), (25, [2, 24]), (24.9, [2]), (24, [2]), (3, [2]), (2.9, []), (1, [])],
)
def test_reminders_are_due_before_the_start_unless_the_booking_is_too_new(
    made_before_h: float, reminded_h: list[int]
) -> None:
    starts_at = at(28, 14)
    now = starts_at.astimezone(UTC) - timedelta(hours=made_before_h)
    due = reminders_due(starts_at.astimezone(UTC), (24, 2, 24), now)
    assert [hours for hours, _ in due] == reminded_h
    assert all(starts_at - due_at == timedelta(hours=hours) for hours, due_at in due)


@pytest.mark.parametrize(
    ("cut", "left"),
    [
        (("Anna", 9, 60), [(10, 60)]),
        (("Anna", 9, 90), [(10.5, 30)]),
        (("Anna", 10.5, 60), [(10, 30)]),
        (("Anna", 10.25, 30), [(10, 15), (10.75, 15)]),
        (("Anna", 10, 60), []),
        (("Anna", 9, 180), []),
        (("Bo", 10, 60), [(10, 60)]),
    ],
)
def test_what_is_left_of_a_slot_when_another_time_is_cut_out(
    cut: tuple[str, float, int], left: list[tuple[float, int]]
) -> None:
    def moment(hour: float) -> datetime:
        return datetime(2027, 3, 24, tzinfo=UTC) + timedelta(hours=hour)

    def part(hour: float, minutes: int) -> Slot:
        return Slot("cut", "Anna", moment(hour), moment(hour) + timedelta(minutes=minutes))

    who, hour, minutes = cut
    taken = Taken(who, moment(hour), moment(hour) + timedelta(minutes=minutes))
    assert without([part(10, 60)], [taken]) == [part(*one) for one in left]


@settings(max_examples=60, deadline=None)
@given(
    step=st.sampled_from([10, 15, 20, 30, 45, 60]),
    notice=st.integers(0, 2000),
    day=st.dates(date(2027, 4, 5), date(2027, 5, 20)),
    now_minutes=st.integers(0, 20 * 24 * 60),
    bookings=st.lists(
        st.tuples(st.sampled_from(["Anna", "Bo"]), st.integers(0, 23 * 60), st.integers(5, 300)),
        max_size=6,
    ),
)
def test_free_slots_are_those_of_the_naive_reference(
    step: int, notice: int, day: date, now_minutes: int, bookings: list[tuple[str, int, int]]
) -> None:
    company = a_company(
        booking_rules={"min_notice_min": notice, "horizon_days": 30, "slot_step_min": step}
    )
    now = datetime(2027, 4, 4, tzinfo=UTC) + timedelta(minutes=now_minutes)
    midnight = datetime.combine(day, time(), tzinfo=company.zone).astimezone(UTC)
    taken = tuple(
        Taken(
            who, midnight + timedelta(minutes=start), midnight + timedelta(minutes=start + length)
        )
        for who, start, length in bookings
    )
    slots = free_slots(company, "cut", taken, now, midnight, midnight + timedelta(days=1))
    assert [slot.starts_at for slot in slots] == naive_starts(company, taken, now, day)
    assert all(is_free(company, "cut", slot.starts_at, taken, now, slot.resource) for slot in slots)
