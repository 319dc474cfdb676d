"""Bookings in a real calendar: they appear, move and disappear, whatever the server does meanwhile."""

from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import cast

import pytest

from dialogue.calendars.http import Answer, Client, Http
from dialogue.calendars.writing import REFUSED_AGAIN
from ringback.bookings import Slot
from ringback.calendars import Place, uid
from ringback.store.bookings import hold
from ringback.tables import BusyRow
from tests.dialogue.calendars.conftest import ZONE, Salon, cut
from tests.flow import CALLER, jobs_of, rows
from tests.radicale import PASSWORD, USER, Agenda, Radicale

TUESDAY = datetime(2026, 11, 24, 9, tzinfo=UTC)  # 10:00 in Stockholm
WEDNESDAY = TUESDAY + timedelta(days=1)


@pytest.fixture
def agenda(radicale: Radicale) -> Agenda:
    return radicale.make_calendar()


async def test_booking_appears_moves_and_disappears(salon: Salon, agenda: Agenda) -> None:
    await salon.connect(agenda.place)
    booking = await salon.book(TUESDAY)
    await salon.work()
    (event,) = agenda.events()
    assert (event.uid, event.sequence, event.status) == (uid(booking), 1, "CONFIRMED")
    assert event.start.isoformat() == "2026-11-24T10:00:00+01:00"
    assert str(event["DTSTART"].params["TZID"]) == ZONE
    assert event["SUMMARY"] == "herrklippning ···605"
    await salon.move(booking, WEDNESDAY)
    await salon.work()
    (event,) = agenda.events()
    assert (event.start, event.sequence) == (WEDNESDAY, 2)
    await salon.cancel(booking)
    await salon.work()
    assert agenda.events() == []
    assert (await salon.calendar()).state == "ok"


async def test_booking_moved_to_somebody_else_changes_calendars(
    salon: Salon, agenda: Agenda, radicale: Radicale
) -> None:
    jonas = radicale.make_calendar()
    await salon.connect(agenda.place)
    await salon.connect(jonas.place, "Jonas")
    booking = await salon.book(TUESDAY)
    await salon.work()
    await salon.move(booking, WEDNESDAY, "Jonas")
    await salon.work()
    assert agenda.events() == []
    assert [event.uid for event in jonas.events()] == [uid(booking)]


async def test_calendar_shared_by_two_keeps_the_bookings_of_both(
    salon: Salon, agenda: Agenda
) -> None:
    await salon.connect(agenda.place)
    await salon.connect(agenda.place, "Jonas")
    booking = await salon.book(TUESDAY)
    await salon.book(TUESDAY, "Jonas")
    await salon.move(booking, WEDNESDAY, "Jonas")
    salon.clock.advance(hours=2)
    await salon.work()
    assert [event.start for event in agenda.events()] == [TUESDAY, WEDNESDAY]


@pytest.mark.parametrize(
    ("spelled", "otherwise"),
    [("127.0.0.1", "localhost"), (f"/{USER}/", f"/%{ord(USER[0]):x}{USER[1:]}/")],
)
async def test_calendar_shared_under_two_addresses_keeps_a_booking_that_is_moved(
    salon: Salon, agenda: Agenda, spelled: str, otherwise: str
) -> None:
    assert spelled in agenda.place.url
    same = replace(agenda.place, url=agenda.place.url.replace(spelled, otherwise))
    await salon.connect(agenda.place)
    await salon.connect(same, "Mira")
    booking = await salon.book(TUESDAY)
    await salon.work()
    await salon.move(booking, WEDNESDAY)
    for _ in range(3):
        await salon.work()
        assert [event.start for event in agenda.events()] == [WEDNESDAY]
        salon.clock.advance(minutes=50)
    await salon.move(booking, TUESDAY, "Mira")
    await salon.work()
    assert [event.start for event in agenda.events()] == [TUESDAY]


async def test_bookings_made_before_are_written_when_the_calendar_is_connected(
    salon: Salon, agenda: Agenda, radicale: Radicale
) -> None:
    await salon.book(TUESDAY)
    await salon.work()
    await salon.connect(agenda.place)
    await salon.work()
    assert [event.start for event in agenda.events()] == [TUESDAY]
    another = radicale.make_calendar()
    await salon.connect(another.place)
    await salon.work()
    assert [event.start for event in another.events()] == [TUESDAY]


async def test_held_time_is_no_event_until_it_is_booked(salon: Salon, agenda: Agenda) -> None:
    await salon.connect(agenda.place)
    now = salon.clock.now()
    slots: list[Slot] = [cut(TUESDAY, "Ellen")]
    async with salon.db.begin(salon.id) as session:
        await hold(session, slots, CALLER, "hold:1", ZONE, now, now + timedelta(minutes=10))
    await salon.work()
    assert agenda.events() == []
    await salon.book(TUESDAY)
    await salon.work()
    assert [event.start for event in agenda.events()] == [TUESDAY]


async def test_nothing_is_lost_while_the_server_is_away(
    salon: Salon, agenda: Agenda, radicale: Radicale
) -> None:
    await salon.connect(agenda.place)
    moved, cancelled = await salon.book(TUESDAY), await salon.book(TUESDAY + timedelta(hours=1))
    await salon.work()
    radicale.stop()
    try:
        new = await salon.book(TUESDAY + timedelta(hours=2))
        await salon.move(moved, WEDNESDAY)
        await salon.cancel(cancelled)
        for _ in range(30):  # more often than a job may fail
            await salon.work()
            salon.clock.advance(minutes=16)
        calendar = await salon.calendar()
        assert (calendar.state, calendar.text) == ("failing", "away")
    finally:
        radicale.start()
    salon.clock.advance(minutes=16)
    await salon.work()
    assert [(event.uid, event.start) for event in agenda.events()] == [
        (uid(new), TUESDAY + timedelta(hours=2)),
        (uid(moved), WEDNESDAY),
    ]
    calendar = await salon.calendar()
    assert (calendar.state, calendar.text) == ("ok", "")
    assert {job.state for job in await jobs_of(salon.db, "calendar")} == {"done"}


async def test_waits_grow_while_the_server_is_away(
    salon: Salon, agenda: Agenda, radicale: Radicale
) -> None:
    await salon.connect(Place("http://127.0.0.1:9/ellen/", USER, PASSWORD))  # nobody listens
    await salon.book(TUESDAY)
    waits = []
    for _ in range(5):
        await salon.work()
        (job,) = await jobs_of(salon.db, "calendar")
        waits.append((job.run_at - salon.clock.now()).total_seconds())
        salon.clock.advance(waits[-1])
    assert waits == [2, 4, 8, 16, 32]


async def test_wrong_password_is_told_and_tried_seldom_until_it_is_right(
    salon: Salon, agenda: Agenda
) -> None:
    await salon.connect(Place(agenda.place.url, USER, "wrong"))
    await salon.book(TUESDAY)
    await salon.work()
    calendar = await salon.calendar()
    assert (calendar.state, calendar.text) == ("failing", "password")
    (job,) = await jobs_of(salon.db, "calendar")
    assert job.run_at == salon.clock.now() + REFUSED_AGAIN
    await salon.connect(agenda.place)
    await salon.work()
    assert [event.start for event in agenda.events()] == [TUESDAY]
    assert (await salon.calendar()).state == "ok"


async def test_event_that_its_owner_changed_is_put_right_with_the_next_version(
    salon: Salon, agenda: Agenda
) -> None:
    await salon.connect(agenda.place)
    booking = await salon.book(TUESDAY)
    await salon.work()
    event = agenda.ask("GET", f"{booking}.ics", b"").text.replace("T100000", "T140000")
    agenda.ask("PUT", f"{booking}.ics", event.encode())
    await salon.move(booking, WEDNESDAY)
    await salon.work()
    assert [event.start for event in agenda.events()] == [WEDNESDAY]


async def test_booking_without_any_calendar_asks_for_no_work(salon: Salon) -> None:
    await salon.book(TUESDAY)
    assert await jobs_of(salon.db, "calendar") == []


class Broken(Http):
    """Fails as nobody foresaw."""

    async def ask(self, *_: object, **__: object) -> Answer:
        raise RuntimeError("a fault of ours")


async def test_fault_that_nobody_foresaw_loses_nothing(
    salon: Salon, agenda: Agenda, http: Http
) -> None:
    await salon.connect(agenda.place)
    await salon.book(TUESDAY)
    agenda.add("DTSTART:20261125T090000Z", "DURATION:PT1H")
    salon.http = Broken(cast(Client, None), ())
    for _ in range(15):  # more often than a job may fail
        await salon.work()
        salon.clock.advance(minutes=16)
    salon.http = http
    salon.clock.advance(hours=1)
    await salon.work()
    assert [event.start for event in agenda.events()] == [TUESDAY, WEDNESDAY]
    assert len(await rows(salon.db, salon.id, BusyRow)) == 1
