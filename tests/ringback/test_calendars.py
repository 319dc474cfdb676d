"""Bookings as iCalendar: what other programs read back is what was booked, in every hour of the year."""

from datetime import UTC, datetime, timedelta
from uuid import UUID, uuid4
from zoneinfo import ZoneInfo

import pytest
from icalendar import Calendar
from icalendar.cal import Timezone

from ringback.calendars import Appointment, booking_of, event_file, feed, summary, uid, zone_rules

ONE = UUID(int=1)
NOW = datetime(2026, 11, 20, 9, tzinfo=UTC)


def an_appointment(starts_at: datetime, minutes: int = 30, **changes: object) -> Appointment:
    values: dict[str, object] = {
        "booking_id": ONE,
        "summary": "Herrklippning ···605",
        "starts_at": starts_at,
        "ends_at": starts_at + timedelta(minutes=minutes),
        "zone": "Europe/Stockholm",
        "state": "confirmed",
        "version": 1,
        "made_at": NOW,
    }
    return Appointment(**{**values, **changes})  # type: ignore[arg-type]


@pytest.mark.parametrize(
    "starts_at",
    [
        datetime(2026, 10, 24, 23, 45, tzinfo=UTC),
        *(datetime(2026, 10, 25, hour, 30, tzinfo=UTC) for hour in (0, 1, 2)),  # 2:30, 2:30, 3:30
        *(datetime(2027, 3, 28, hour, 30, tzinfo=UTC) for hour in (0, 1)),  # 1:30, 3:30
        datetime(2027, 7, 1, 8, tzinfo=UTC),
    ],
)
def test_event_is_read_back_at_the_same_moment_around_the_clock_s_changes(
    starts_at: datetime,
) -> None:
    for written in (
        event_file(an_appointment(starts_at), NOW),
        feed("x", [an_appointment(starts_at)]),
    ):
        (event,) = Calendar.from_ical(written).events
        # times of different zones are never equal in the hour that comes twice (PEP 495)
        assert event.start.astimezone(UTC) == starts_at
        assert event.end.astimezone(UTC) == starts_at + timedelta(minutes=30)


@pytest.mark.parametrize(
    "zone", ["Europe/Stockholm", "America/New_York", "Australia/Sydney", "UTC"]
)
def test_zone_s_own_rules_tell_the_same_time_as_its_name(zone: str) -> None:
    written = zone_rules(zone, 2026, 2027).to_ical().replace(zone.encode(), b"Ours")
    rules = Timezone.from_ical(written).to_tz(lookup_tzid=False)
    moment = datetime(2026, 1, 2, tzinfo=UTC)
    while moment < datetime(2027, 12, 30, tzinfo=UTC):
        named = moment.astimezone(ZoneInfo(zone))
        told = named.replace(tzinfo=rules)
        twice = named.replace(fold=0).utcoffset() != named.replace(fold=1).utcoffset()
        assert twice or told.utcoffset() == named.utcoffset(), named
        moment += timedelta(minutes=30)


@pytest.mark.parametrize("zone", ["Europe/Stockholm", "America/New_York", "Australia/Lord_Howe"])
def test_each_rule_of_a_zone_begins_at_the_moment_when_the_clock_changes(zone: str) -> None:
    _, *changes = zone_rules(zone, 2026, 2027).subcomponents  # the first holds from the beginning
    assert len(changes) == 4
    for rule in changes:
        old, new = rule["TZOFFSETFROM"].td, rule["TZOFFSETTO"].td
        onset = (rule["DTSTART"].dt - old).replace(tzinfo=UTC)
        before = (onset - timedelta(seconds=1)).astimezone(ZoneInfo(zone))
        assert (before.utcoffset(), onset.astimezone(ZoneInfo(zone)).utcoffset()) == (old, new)


@pytest.mark.parametrize(
    ("state", "status"),
    [
        ("requested", "TENTATIVE"),
        ("confirmed", "CONFIRMED"),
        ("done", "CONFIRMED"),
        ("no_show", "CONFIRMED"),
        ("cancelled", "CANCELLED"),
    ],
)
def test_state_of_a_booking_is_told(state: str, status: str) -> None:
    (event,) = Calendar.from_ical(feed("x", [an_appointment(NOW, state=state)])).events
    assert event.status == status


def test_feed_is_the_same_bytes_whatever_the_order_of_its_events() -> None:
    some = [an_appointment(NOW + timedelta(days=n), booking_id=uuid4()) for n in range(5)]
    assert feed("Salong – Ellen", some) == feed("Salong – Ellen", some[::-1])
    assert feed("Salong – Ellen", some) != feed("Salong – Ellen", some[1:])


def test_texts_are_escaped_and_lines_are_folded() -> None:
    odd = "Klippning; kort, lång\nEND:VEVENT " + "å" * 100
    written = feed(odd, [an_appointment(NOW, summary=odd)])
    assert all(len(line) <= 75 for line in written.split(b"\r\n"))
    assert rb"NAME:Klippning\; kort\, l" in written
    assert [event["SUMMARY"] for event in Calendar.from_ical(written).events] == [odd]


def test_feed_without_bookings_is_a_calendar_all_the_same() -> None:
    calendar = Calendar.from_ical(feed("Salong", []))
    assert (calendar.calendar_name, calendar.events) == ("Salong", [])


def test_summary_shows_the_last_digits_alone() -> None:
    assert summary("Herrklippning", "+46701740605") == "Herrklippning ···605"
    assert summary("Herrklippning", "") == "Herrklippning"


def test_booking_is_known_by_the_uid_of_its_event() -> None:
    assert booking_of(uid(ONE)) == ONE
    for other in ("", "@ringback", f"{ONE}@example.com", "x@ringback", f"{ONE}"):
        assert booking_of(other) is None
