"""The demo's callback list shows every way to wait, at whatever hour it is started."""

from datetime import UTC, datetime
from uuid import UUID, uuid4

import pytest

from ringback.db import Database
from ringback.demo_callbacks import furnish_callbacks
from ringback.sample import salon
from ringback.store.callback_list import listed
from ringback.store.companies import add_company
from ringback.store.people import add_user
from ringback.tables import PbxRow


async def furnished(db: Database, now: datetime) -> UUID:
    company_id = await add_company(db, salon(), now)
    async with db.begin(company_id) as session:
        pbx = PbxRow(id=uuid4(), name="x", host="h", port=1, username="u", secret="s", site="")
        session.add(pbx)
        user = await add_user(
            session,
            db.master,
            email="ellen@example.com",
            name="Ellen",
            role="admin",
            password_hash="",
            language="sv",
            now=now,
        )
        user.phone = "PJSIP/101"
        await session.flush()
        await furnish_callbacks(session, pbx.id, user.id, now)
    return company_id


@pytest.mark.parametrize(
    "now",
    [
        datetime(2026, 11, 23, 9, 2, tzinfo=UTC),  # a Monday morning
        datetime(2026, 11, 21, 23, 58, tzinfo=UTC),  # the night to a Sunday
        datetime(2026, 10, 25, 0, 30, tzinfo=UTC),  # while the clocks are put back
    ],
)
async def test_some_wait_some_were_tried_one_is_done(db: Database, now: datetime) -> None:
    company_id = await furnished(db, now)
    async with db.read(company_id) as session:
        waiting = (await listed(session, now)).items
        done = (await listed(session, now, status="done")).items
        due = (await listed(session, now, due_now=True)).items
    assert len(waiting) == 8
    assert {row.queue for row in waiting} == {"Kundtjänst", "Växel"}
    assert {row.tries for row in waiting} == {0, 1}
    assert any(row.from_at and row.from_at > now for row in waiting)
    assert any(row.customer_input for row in waiting)
    assert [row.ended_as for row in done] == ["reached"]
    assert any(row.to_at and now < row.to_at for row in due)
