"""Another service in place of the one just booked: asked, then done in one turn, in both languages."""

from uuid import UUID

import pytest

from ringback.db import Database
from ringback.tables import BookingRow
from tests.clock import HandClock
from tests.dialogue.test_turn import replies, steps_with, write
from tests.flow import rows, run_due


@pytest.mark.parametrize(
    ("texts", "said"),
    [
        (("Boka herrklippning tisdag kl 10", "Nej jag menade färgning", "ja"), "Ändrat: färgning"),
        (("Book a men's haircut on Tuesday at 10", "No I meant hair colouring", "yes"), "Changed: "),
    ],
)  # fmt: skip
async def test_changed_service_is_booked_and_the_other_is_cancelled(
    db: Database, company: UUID, clock: HandClock, texts: tuple[str, ...], said: str
) -> None:
    for text in texts:
        await write(db, company, clock, text)
        await run_due(db, clock, steps_with(db, clock))
    assert (await replies(db, company))[-1].startswith(said)
    found = await rows(db, company, BookingRow)
    assert sorted((row.service, row.state) for row in found) == [
        ("farg", "confirmed"),
        ("herr", "cancelled"),
    ]
