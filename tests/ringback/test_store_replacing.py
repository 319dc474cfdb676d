"""A company's document renewed: what is booked, absent or shown under a name does not get lost."""

from collections.abc import Collection, Mapping
from datetime import timedelta
from uuid import UUID, uuid4

import pytest

from ringback.bookings import Slot
from ringback.business import Business
from ringback.db import Database
from ringback.errors import BadInput
from ringback.sample import salon
from ringback.store.bookings import SlotTaken, book, cancel, hold
from ringback.store.busy import add_absence
from ringback.store.calendars import renew_feed
from ringback.store.companies import business
from ringback.store.replacing import replace_business
from ringback.tables import BookingRow, BusyRow, CalendarRow
from tests.clock import HandClock
from tests.flow import rows
from tests.ringback.flow import ANNA, ERIK, ZONE

HOUR = timedelta(hours=1)


class Salon:
    """The sample salon, with Ellen's things."""

    def __init__(self, db: Database, company: UUID, clock: HandClock) -> None:
        self.db, self.company, self.clock = db, company, clock

    async def book(self, resource: str = "Ellen", days: int = 4, service: str = "farg") -> UUID:
        begins = self.clock.now() + timedelta(days=days)
        slot = Slot(service, resource, begins, begins + 2 * HOUR)
        async with self.db.begin(self.company) as session:
            row = await book(session, slot, ANNA, f"test:{uuid4()}", ZONE, self.clock.now())
            assert row is not None
            return row.id

    async def cancel(self, booking_id: UUID) -> None:
        async with self.db.begin(self.company) as session:
            await cancel(session, await session.get_one(BookingRow, booking_id), self.clock.now())

    async def absent(self, days: int = 5) -> None:
        begins = self.clock.now() + timedelta(days=days)
        async with self.db.begin(self.company) as session:
            await add_absence(session, "Ellen", begins, begins + 8 * HOUR, self.clock.now())

    async def feed(self) -> None:
        async with self.db.begin(self.company) as session:
            await renew_feed(session, "Ellen", self.clock.now())

    async def replace(
        self,
        document: Business,
        renamed: Mapping[str, str] | None = None,
        left: Collection[str] = (),
    ) -> None:
        async with self.db.begin(self.company) as session:
            await replace_business(session, document, self.clock.now(), renamed, left)

    async def names(self) -> tuple[str, ...]:
        async with self.db.read(self.company) as session:
            return (await business(session)).resources


@pytest.fixture
def house(db: Database, company: UUID, clock: HandClock) -> Salon:
    return Salon(db, company, clock)


def changed(old: str, *new: str) -> Business:
    """The sample with a resource or a service's id called otherwise, or gone."""

    def people(names: list[str]) -> list[str]:
        return [name for one in names for name in (new if one == old else (one,))]

    document = salon().model_dump(mode="json")
    services = [
        one | {"id": name, "resources": people(one["resources"])}
        for one in document["services"]
        for name in (new if one["id"] == old else (one["id"],))
    ]
    document["services"] = [one for one in services if one["resources"]]
    document["resources"] = people(document["resources"])
    return Business.from_document(document)


@pytest.mark.parametrize("what", ["book", "absent", "feed"])
async def test_person_who_is_still_needed_can_not_drop_out_of_the_document(
    house: Salon, what: str
) -> None:
    await getattr(house, what)()
    with pytest.raises(BadInput, match=r"leaves out 'Ellen'.*--rename 'Ellen=NEW NAME'"):
        await house.replace(changed("Ellen", "Ellen Ek"))
    assert "Ellen" in await house.names()


async def test_renamed_person_keeps_bookings_absences_and_calendar_and_nobody_books_over_them(
    house: Salon,
) -> None:
    await house.book()
    await house.book(days=-3)
    await house.absent()
    await house.feed()
    await house.replace(changed("Ellen", "Ellen Ek"), {"Ellen": "Ellen Ek"})
    for row in (
        *await rows(house.db, house.company, BookingRow),
        *await rows(house.db, house.company, BusyRow),
        *await rows(house.db, house.company, CalendarRow),
    ):
        assert row.resource == "Ellen Ek"
    for days in (4, 5):
        with pytest.raises(SlotTaken):
            await house.book("Ellen Ek", days=days)


async def test_another_company_s_person_of_that_name_is_left_alone(
    house: Salon, neighbour: UUID
) -> None:
    next_door = Salon(house.db, neighbour, house.clock)
    await next_door.book()
    await house.replace(changed("Ellen", "Ellen Ek"), {"Ellen": "Ellen Ek"})
    (row,) = await rows(house.db, neighbour, BookingRow)
    assert row.resource == "Ellen"


async def test_service_with_bookings_to_come_drops_out_only_under_another_id(house: Salon) -> None:
    await house.book()
    with pytest.raises(BadInput, match="leaves out 'farg', with bookings to come: 1"):
        await house.replace(changed("farg"))
    await house.replace(changed("farg", "colour"), {"farg": "colour"})
    (row,) = await rows(house.db, house.company, BookingRow)
    assert row.service == "colour"


async def test_what_is_over_or_cancelled_or_only_held_keeps_nobody_in_the_document(
    house: Salon,
) -> None:
    await house.book(days=-3)
    await house.absent(days=-3)
    await house.cancel(await house.book())
    begins = house.clock.now() + timedelta(days=6)
    slot = Slot("farg", "Ellen", begins, begins + HOUR)
    async with house.db.begin(house.company) as session:
        await hold(session, [slot], ERIK, "hold:1", ZONE, house.clock.now(), begins)
    await house.replace(changed("Ellen"))
    assert "Ellen" not in await house.names()


async def test_person_who_has_left_takes_absences_and_calendar_along_but_no_bookings(
    house: Salon,
) -> None:
    await house.absent()
    await house.feed()
    booking = await house.book()
    with pytest.raises(BadInput, match="bookings to come: 1"):
        await house.replace(changed("Ellen"), left=["Ellen"])
    assert len(await rows(house.db, house.company, BusyRow)) == 1
    await house.cancel(booking)
    await house.replace(changed("Ellen"), left=["Ellen"])
    assert await rows(house.db, house.company, BusyRow) == []
    assert await rows(house.db, house.company, CalendarRow) == []


@pytest.mark.parametrize(
    ("renamed", "told"),
    [
        ({"Ella": "Ellen Ek"}, "Nothing is called 'Ella' so far. There are: Ellen, Jonas"),
        ({"Jonas": "Ellen Ek"}, "The document still has 'Jonas'"),
        ({"Ellen": "Elin"}, "has no 'Elin'"),
        ({"Ellen": "Mira"}, "'Mira' can't take over 'Ellen'"),
    ],
)
async def test_renaming_that_is_none_is_told_and_changes_nothing(
    house: Salon, renamed: dict[str, str], told: str
) -> None:
    await house.book()
    with pytest.raises(BadInput, match=told):
        await house.replace(changed("Ellen", "Ellen Ek"), renamed)
    assert "Ellen" in await house.names()
