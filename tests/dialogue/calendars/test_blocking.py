"""What an employee puts in a real calendar blocks the time that the dialogue offers."""

from datetime import UTC, datetime, timedelta

import pytest

from dialogue.calendars.blocking import EVERY, Blocking
from dialogue.calendars.http import Http
from ringback.bookings import is_free
from ringback.calendars import Place, Wrong
from ringback.store.bookings import taken_between
from ringback.store.busy import busy_between
from ringback.store.calendars import calendar_of, disconnect
from ringback.store.companies import business
from ringback.tables import BookingRow, BusyRow
from tests.dialogue.calendars.conftest import Salon
from tests.dialogue.calendars.test_http import serving
from tests.flow import jobs_of, rows
from tests.radicale import PASSWORD, STRANGER, USER, Agenda, Radicale

TUESDAY = datetime(2026, 11, 24, 9, tzinfo=UTC)  # 10:00 in Stockholm
LUNCH_AT_TEN = ("DTSTART:20261124T090000Z", "DTEND:20261124T100000Z", "SUMMARY:Tandläkaren")


@pytest.fixture
def agenda(radicale: Radicale) -> Agenda:
    return radicale.make_calendar()


async def free(salon: Salon, at: datetime, resource: str = "Ellen") -> bool:
    """Whether the dialogue may offer this time."""
    async with salon.db.read(salon.id) as session:
        now = salon.clock.now()
        taken = await taken_between(session, now, now + timedelta(days=61), now)
        return is_free(await business(session), "herr", at, taken, now, resource)


async def after_next_reading(salon: Salon) -> None:
    salon.clock.advance(EVERY.total_seconds())
    await salon.work()


async def test_event_blocks_its_time_for_its_resource_until_it_is_removed(
    salon: Salon, agenda: Agenda
) -> None:
    await salon.connect(agenda.place)
    await salon.work()
    assert await free(salon, TUESDAY)
    name = agenda.add(*LUNCH_AT_TEN)
    await after_next_reading(salon)
    assert not await free(salon, TUESDAY)
    assert not await free(salon, TUESDAY + timedelta(minutes=45))
    assert await free(salon, TUESDAY + timedelta(minutes=60))
    assert await free(salon, TUESDAY, "Mira")
    agenda.remove(name)
    await after_next_reading(salon)
    assert await free(salon, TUESDAY)


async def test_what_an_event_is_called_is_not_kept(salon: Salon, agenda: Agenda) -> None:
    agenda.add(*LUNCH_AT_TEN)
    await salon.connect(agenda.place)
    await salon.work()
    async with salon.db.read(salon.id) as session:
        (busy,) = await busy_between(session, TUESDAY, TUESDAY + timedelta(days=1))
        assert (busy.resource, busy.source, busy.note) == ("Ellen", "caldav", "")
        assert "Tandl" not in busy.key


async def test_whole_days_floating_and_recurring_times_are_the_company_s(
    salon: Salon, agenda: Agenda
) -> None:
    agenda.add("DTSTART;VALUE=DATE:20261125", "DTEND;VALUE=DATE:20261127")
    agenda.add("DTSTART:20261128T110000", "DURATION:PT1H")  # 11 on the clock on the wall
    agenda.add("DTSTART:20261102T080000Z", "DURATION:PT1H", "RRULE:FREQ=WEEKLY;BYDAY=MO")
    await salon.connect(agenda.place)
    await salon.work()
    assert await free(salon, TUESDAY)
    for blocked in (
        datetime(2026, 11, 25, 8, tzinfo=UTC),  # Wednesday and Thursday, from opening
        datetime(2026, 11, 26, 18, 30, tzinfo=UTC),  # to closing
        datetime(2026, 11, 28, 10, 30, tzinfo=UTC),
        datetime(2026, 11, 30, 8, 30, tzinfo=UTC),
        datetime(2027, 1, 18, 8, 30, tzinfo=UTC),  # the last Monday of the horizon
    ):
        assert not await free(salon, blocked), blocked
    assert await free(salon, datetime(2026, 11, 27, 8, tzinfo=UTC))
    assert await free(salon, datetime(2026, 11, 28, 9, 30, tzinfo=UTC))
    assert await free(salon, datetime(2026, 11, 30, 9, tzinfo=UTC))


async def test_free_and_cancelled_events_and_our_own_block_nothing(
    salon: Salon, agenda: Agenda
) -> None:
    agenda.add(*LUNCH_AT_TEN, "TRANSP:TRANSPARENT")
    agenda.add(*LUNCH_AT_TEN, "STATUS:CANCELLED")
    await salon.connect(agenda.place)
    booking = await salon.book(TUESDAY)
    await salon.work()
    await salon.cancel(booking)
    salon.clock.advance(EVERY.total_seconds())
    await salon.work()
    assert await free(salon, TUESDAY)


async def test_event_over_a_booking_lets_it_stand_and_tells_staff(
    salon: Salon, agenda: Agenda
) -> None:
    await salon.connect(agenda.place)
    booking = await salon.book(TUESDAY)
    name = agenda.add(*LUNCH_AT_TEN)
    await salon.work()
    async with salon.db.read(salon.id) as session:
        assert (await session.get_one(BookingRow, booking)).state == "confirmed"
    calendar = await salon.calendar()
    assert (calendar.state, calendar.text) == ("ok", f"{Wrong.OVERLAP} {TUESDAY.isoformat()}")
    agenda.remove(name)
    await after_next_reading(salon)
    assert (await salon.calendar()).text == ""


async def test_last_reading_blocks_while_the_server_is_away(
    salon: Salon, agenda: Agenda, radicale: Radicale
) -> None:
    name = agenda.add(*LUNCH_AT_TEN)
    await salon.connect(agenda.place)
    await salon.work()
    read_at = (await salon.calendar()).read_at
    radicale.stop()
    try:
        for _ in range(15):
            await after_next_reading(salon)
        calendar = await salon.calendar()
        assert (calendar.state, calendar.text, calendar.read_at) == ("failing", "away", read_at)
        assert not await free(salon, TUESDAY)
    finally:
        radicale.start()
    agenda.remove(name)
    await after_next_reading(salon)
    assert (await salon.calendar()).state == "ok"
    assert await free(salon, TUESDAY)


async def test_event_of_ours_that_should_be_gone_is_swept_up(salon: Salon, agenda: Agenda) -> None:
    await salon.connect(agenda.place)
    booking = await salon.book(TUESDAY)
    await salon.work()
    left = agenda.ask("GET", f"{booking}.ics", b"").content
    await salon.cancel(booking)
    await salon.work()
    agenda.ask("PUT", f"{booking}.ics", left)  # as if the deletion had been undone
    await after_next_reading(salon)
    assert agenda.events() == []


async def test_what_is_over_is_forgotten(salon: Salon, agenda: Agenda) -> None:
    agenda.add(*LUNCH_AT_TEN)
    await salon.connect(agenda.place)
    await salon.work()
    assert len(await rows(salon.db, salon.id, BusyRow)) == 1
    salon.clock.advance(days=6)
    await salon.work()
    assert await rows(salon.db, salon.id, BusyRow) == []


def whole(*days: int) -> str:
    """The parts of an answer (RFC 4918, 13) with an event on each of these days of November."""
    return "".join(
        f"<D:response><D:href>/{day}.ics</D:href><D:propstat><D:prop><C:calendar-data>"
        f"BEGIN:VCALENDAR\nVERSION:2.0\nPRODID:x\nBEGIN:VEVENT\nUID:{day}\n"
        f"DTSTAMP:20200101T000000Z\nDTSTART:202611{day}T090000Z\nDURATION:PT1H\nEND:VEVENT\n"
        "END:VCALENDAR</C:calendar-data></D:prop><D:status>HTTP/1.1 200 OK</D:status>"
        "</D:propstat></D:response>"
        for day in days
    )


def part(status: str) -> str:
    return (
        "<D:response><D:href>/25.ics</D:href><D:propstat><D:prop><C:calendar-data/></D:prop>"
        f"<D:status>HTTP/1.1 {status}</D:status></D:propstat></D:response>"
    )


CUT_SHORT = (
    "<D:response><D:href>/</D:href><D:status>HTTP/1.1 507 Insufficient Storage</D:status>"
    "<D:error><D:number-of-matches-within-limits/></D:error></D:response>"
)


@pytest.mark.parametrize(
    ("answer", "blocked", "state"),
    [
        (whole(24) + part("503 Service Unavailable"), [24, 25], "failing"),
        (whole(24) + CUT_SHORT, [24, 25], "failing"),
        (whole(24) + part("404 Not Found"), [24], "ok"),  # deleted while it was asked for
        (whole(24), [24], "ok"),
    ],
)
async def test_answer_of_which_a_part_failed_frees_nothing(
    salon: Salon, answer: str, blocked: list[int], state: str
) -> None:
    answers = [whole(24, 25), answer]

    def say(head: str) -> bytes:
        body = (
            '<?xml version="1.0"?><D:multistatus xmlns:D="DAV:" '
            f'xmlns:C="urn:ietf:params:xml:ns:caldav">{answers.pop(0)}</D:multistatus>'
        ).encode()
        about = f"HTTP/1.1 207 Multi-Status\r\nContent-Length: {len(body)}\r\n"
        return f"{about}Connection: close\r\n\r\n".encode() + body

    async with serving(say) as server:
        await salon.connect(Place(f"http://127.0.0.1:{server.port}/c/", "ellen", "made-up"))
        await salon.work()
        await after_next_reading(salon)
    busy = await rows(salon.db, salon.id, BusyRow)
    assert sorted(row.starts_at.day for row in busy) == blocked
    assert (await salon.calendar()).state == state


async def test_calendar_of_somebody_who_has_left_is_read_no_more(
    salon: Salon, agenda: Agenda
) -> None:
    await salon.connect(agenda.place)
    await salon.work()
    async with salon.db.begin(salon.id) as session:
        row = await calendar_of(session, "Ellen")
        await session.delete(row)
    await after_next_reading(salon)
    assert {job.state for job in await jobs_of(salon.db, "calendar_read")} == {"done"}


async def test_event_that_no_program_can_read_is_told_and_the_others_block(
    salon: Salon, agenda: Agenda
) -> None:
    agenda.add("DTSTART:20261124T090000Z", "DTEND:20261124T090030Z", "RRULE:FREQ=MINUTELY;COUNT=99")
    agenda.add(*LUNCH_AT_TEN)
    await salon.connect(agenda.place)
    await salon.work()
    assert (await salon.calendar()).text == Wrong.UNREADABLE
    assert not await free(salon, TUESDAY)


async def test_calendar_that_is_disconnected_blocks_no_more(salon: Salon, agenda: Agenda) -> None:
    agenda.add(*LUNCH_AT_TEN)
    await salon.connect(agenda.place)
    await salon.work()
    async with salon.db.begin(salon.id) as session:
        row = await calendar_of(session, "Ellen")
        assert row is not None
        await disconnect(session, row, salon.clock.now())
    await after_next_reading(salon)
    assert await free(salon, TUESDAY)
    await salon.connect(agenda.place)  # and is read at once when it is connected anew
    await salon.work()
    assert not await free(salon, TUESDAY)


async def test_trying_says_what_is_wrong(salon: Salon, agenda: Agenda, http: Http) -> None:
    blocking = Blocking(salon.db, salon.clock.now, http)
    url = agenda.place.url
    assert await blocking.try_it(agenda.place) is None
    for place, wrong in (
        (Place(url, USER, "wrong"), Wrong.PASSWORD),
        (Place(url, STRANGER, PASSWORD), Wrong.NOT_ALLOWED),
        (Place(url + "none/", USER, PASSWORD), Wrong.NO_CALENDAR),
        (Place(url.rsplit("/", 2)[0], USER, PASSWORD), Wrong.NO_CALENDAR),  # what holds it
        (Place("http://127.0.0.1:9/", USER, PASSWORD), Wrong.AWAY),
        (Place("ftp://127.0.0.1/", USER, PASSWORD), Wrong.ADDRESS),
    ):
        assert await blocking.try_it(place) is wrong, place


async def test_calendar_that_may_only_be_read_is_refused_at_the_trial(
    salon: Salon, http: Http
) -> None:
    server = Radicale()
    try:
        server.start(rights="authenticated")
        place = server.make_calendar().place
        server.stop()
        server.start(rights="owner_write")  # others read
        blocking = Blocking(salon.db, salon.clock.now, http)
        assert await blocking.try_it(place) is None
        stranger = Place(place.url, STRANGER, PASSWORD)
        assert await blocking.try_it(stranger) is Wrong.NOT_ALLOWED
    finally:
        server.__exit__()
