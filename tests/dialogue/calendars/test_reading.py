"""What events block: in every form that calendar programs write them, around the clock's changes."""

from datetime import UTC, datetime
from zoneinfo import ZoneInfo

import pytest

from dialogue.calendars.reading import Read, read
from ringback.calendars import Wrong
from ringback.errors import Refused

STOCKHOLM = ZoneInfo("Europe/Stockholm")
FROM, TO = datetime(2026, 10, 20, tzinfo=UTC), datetime(2026, 11, 20, tzinfo=UTC)


def an_event(*lines: str, before: tuple[str, ...] = ()) -> str:
    whole = (
        *("BEGIN:VCALENDAR", "VERSION:2.0", "PRODID:x", *before, "BEGIN:VEVENT", "UID:a1"),
        *("DTSTAMP:20261001T000000Z", *lines, "END:VEVENT", "END:VCALENDAR"),
    )
    return "".join(f"{line}\r\n" for line in whole)


def blocked(text: str) -> list[str]:
    """The times in UTC, day and clock."""
    found = read([text], STOCKHOLM, FROM, TO)
    assert found.unreadable == 0
    return [f"{one.starts_at:%d %H:%M}-{one.ends_at:%d %H:%M}" for one in found.blocks]


@pytest.mark.parametrize(
    ("lines", "times"),
    [
        (["DTSTART:20261026T090000Z", "DTEND:20261026T100000Z"], ["26 09:00-26 10:00"]),
        (["DTSTART:20261026T090000", "DURATION:PT90M"], ["26 08:00-26 09:30"]),
        (["DTSTART;TZID=America/New_York:20261026T060000", "DURATION:PT1H"], ["26 10:00-26 11:00"]),
        (
            ["DTSTART;TZID=W. Europe Standard Time:20261026T090000", "DURATION:PT1H"],  # Outlook
            ["26 08:00-26 09:00"],
        ),
        (["DTSTART;TZID=Our own zone:20261026T090000", "DURATION:PT1H"], ["26 08:00-26 09:00"]),
        (["DTSTART;VALUE=DATE:20261025"], ["24 22:00-25 23:00"]),  # 25 hours that day
        (
            ["DTSTART;VALUE=DATE:20261024", "DTEND;VALUE=DATE:20261027"],
            ["23 22:00-26 23:00"],
        ),
        (["DTSTART:20261026T090000Z"], []),  # no length
        (
            ["DTSTART:20261026T090000Z", "DTEND:20261026T080000Z"],  # the wrong way round
            ["26 08:00-26 09:00"],
        ),
        (["DTSTART:20261019T210000Z", "DTEND:20261020T010000Z"], ["19 21:00-20 01:00"]),
        (["DTSTART:20261019T210000Z", "DTEND:20261020T000000Z"], []),  # ends as the span begins
        (["DTSTART:20261120T000000Z", "DURATION:PT1H"], []),  # begins as it ends
    ],
)
def test_single_event_blocks_its_time(lines: list[str], times: list[str]) -> None:
    assert blocked(an_event(*lines)) == times


def test_weekly_event_stays_at_its_wall_time_over_the_change_of_the_clock() -> None:
    weekly = an_event(
        "DTSTART;TZID=Europe/Stockholm:20261013T090000",
        "DURATION:PT1H",
        "RRULE:FREQ=WEEKLY;COUNT=4",
    )
    assert blocked(weekly) == ["20 07:00-20 08:00", "27 08:00-27 09:00", "03 08:00-03 09:00"]


def test_exceptions_of_a_recurring_event_are_heeded() -> None:
    text = an_event(
        "DTSTART:20261020T080000Z",
        "DURATION:PT1H",
        "RRULE:FREQ=DAILY;COUNT=4",
        "EXDATE:20261021T080000Z",
        "END:VEVENT",
        "BEGIN:VEVENT",
        "UID:a1",
        "DTSTAMP:20261001T000000Z",
        "RECURRENCE-ID:20261022T080000Z",
        "DTSTART:20261022T120000Z",
        "DURATION:PT2H",
        "END:VEVENT",
        "BEGIN:VEVENT",
        "UID:a1",
        "DTSTAMP:20261001T000000Z",
        "RECURRENCE-ID:20261023T080000Z",
        "DTSTART:20261023T080000Z",
        "DURATION:PT1H",
        "TRANSP:TRANSPARENT",
    )
    assert blocked(text) == ["20 08:00-20 09:00", "22 12:00-22 14:00"]


@pytest.mark.parametrize(
    ("offset", "times"), [("+0500", "26 04:00-26 05:00"), ("-0300", "26 12:00-26 13:00")]
)
def test_zone_that_an_event_brings_is_its_own_and_no_later_one_s(offset: str, times: str) -> None:
    zone = (
        *("BEGIN:VTIMEZONE", "TZID:Customized", "BEGIN:STANDARD", "DTSTART:20200101T000000"),
        *(f"TZOFFSETFROM:{offset}", f"TZOFFSETTO:{offset}", "END:STANDARD", "END:VTIMEZONE"),
    )
    lines = ("DTSTART;TZID=Customized:20261026T090000", "DURATION:PT1H")
    assert blocked(an_event(*lines, before=zone)) == [times]
    assert blocked(an_event(*lines)) == ["26 08:00-26 09:00"]  # unknown here: the company's


def test_same_event_has_the_same_key_at_each_reading_and_another_s_differs() -> None:
    text = an_event("DTSTART:20261020T080000Z", "DURATION:PT1H", "RRULE:FREQ=DAILY;COUNT=3")

    def keys(end: datetime) -> list[str]:
        return [one.key for one in read([text], STOCKHOLM, FROM, end).blocks]

    assert len(set(keys(TO))) == 3
    assert keys(TO)[:2] == keys(datetime(2026, 10, 22, tzinfo=UTC))


@pytest.mark.parametrize(
    "lines",
    [
        ["DTSTART:20261020T080000Z", "DURATION:PT1S", "RRULE:FREQ=SECONDLY"],
        ["DTSTART:20261020T080000Z", "DURATION:PT1M", "RRULE:FREQ=HOURLY"],
        [
            "DTSTART:20261020T080000Z",
            "DURATION:PT1M",
            "RRULE:FREQ=DAILY;BYHOUR=1,2,3,4,5;BYMINUTE=1,2,3,4,5",
        ],
        ["DTSTART:00010101T080000Z", "DURATION:PT1M", "RRULE:FREQ=DAILY"],
        [
            "DTSTART:19800101T080000Z",
            "DURATION:PT1M",
            "RRULE:FREQ=DAILY;BYHOUR=1,2,3,4,5,6,7,8,9,10,11,12",
        ],
        ["DTSTART:19000101T090000Z", "DURATION:PT1H", "RRULE:FREQ=DAILY;BYMONTH=2;BYMONTHDAY=30"],
        ["DTSTART;VALUE=DATE:20260101", "RRULE:FREQ=DAILY;BYMONTH=2;BYMONTHDAY=30;COUNT=3"],
        ["DTSTART:20260101T090000Z", "RRULE:FREQ=WEEKLY;BYMONTH=6;BYMONTHDAY=31;UNTIL=20270101"],
        ["DTSTART:20260105T090000Z", "RRULE:FREQ=DAILY;INTERVAL=7;BYDAY=TU"],
        ["DTSTART:tomorrow"],
        ["SUMMARY:no start"],
    ],
)
def test_event_that_cannot_be_read_is_counted_and_stops_no_other(lines: list[str]) -> None:
    good = an_event("DTSTART:20261026T090000Z", "DURATION:PT1H")
    found = read(["rubbish", an_event(*lines), good], STOCKHOLM, FROM, TO)
    assert (len(found.blocks), found.unreadable) == (1, 2)


@pytest.mark.parametrize(
    ("first", "rule"),
    [
        ("19480229T090000Z", "FREQ=YEARLY"),  # 29 February
        ("16040315T090000Z", "FREQ=YEARLY"),  # how some write a birthday without its year
        ("20000229T090000Z", "FREQ=DAILY;BYMONTH=2;BYMONTHDAY=29;BYDAY=SU"),  # in 28 years
        ("20260105T090000Z", "FREQ=MONTHLY;BYDAY=5MO;UNTIL=20260601T000000Z"),
        ("20260105T090000Z", "FREQ=DAILY;INTERVAL=7;BYDAY=MO;COUNT=2"),
        ("20260105T090000Z", "FREQ=YEARLY;BYWEEKNO=53"),
    ],
)
def test_rule_that_gives_days_only_now_and_then_is_read(first: str, rule: str) -> None:
    assert blocked(an_event(f"DTSTART:{first}", "DURATION:PT1H", f"RRULE:{rule}")) == []


def test_reading_ends_between_two_events_when_its_time_is_over() -> None:
    asked: list[bool] = []

    def in_time() -> bool:
        asked.append(len(asked) < 2)
        return asked[-1]

    texts = [an_event("DTSTART:20261026T090000Z", "DURATION:PT1H")] * 9
    with pytest.raises(Refused) as refused:
        read(texts, STOCKHOLM, FROM, TO, in_time)
    assert refused.value.code == Wrong.TOO_MUCH
    assert asked == [True, True, False]


def test_more_events_than_anybody_has_are_refused() -> None:
    minute = "RRULE:FREQ=DAILY;BYHOUR=" + ",".join(map(str, range(24)))
    texts = [an_event(f"DTSTART:20261020T00{n:02}00Z", "DURATION:PT1M", minute) for n in range(10)]
    with pytest.raises(Refused) as refused:
        read(texts, STOCKHOLM, FROM, TO)
    assert refused.value.code == Wrong.TOO_MUCH


def test_empty_calendar_blocks_nothing() -> None:
    assert read([], STOCKHOLM, FROM, TO) == Read((), 0)
