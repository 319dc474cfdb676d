"""What a handler changes from the panel without ringing, and how he ends his call."""

import pytest
from sqlalchemy import select

from ringback.attempts import Phase
from ringback.tables import JobRow
from tests.portal_api.callbacks.desk import ERIK, KARIN, LATER, Desk


@pytest.mark.parametrize(
    ("act", "ended_as", "noted"),
    [("handled", "settled", "handle"), ("cancelled", "cancelled", "cancel")],
)
async def test_wish_is_taken_off_the_list_without_a_call_and_that_is_noted(
    desk: Desk, act: str, ended_as: str, noted: str
) -> None:
    wish = await desk.wish()
    async with desk.house.visit(KARIN) as client:
        panel = (await client.get(f"/callbacks/{wish}/panel")).text
        assert f'action="/callbacks/{wish}/{act}"' in panel
        for _ in range(2):  # a second click changes nothing
            after = await desk.post(client, f"{wish}/{act}", scripted=True)
            assert after.status_code == 200
        assert f"/callbacks/{wish}" not in (await client.get("/callbacks/list?scope=all")).text
    row = await desk.row(wish)
    assert (row.state, row.ended_as) == ("done", ended_as)
    assert (await desk.trail()).count(noted) == 1


async def test_wish_with_a_conversation_is_settled_with_it(desk: Desk) -> None:
    wish = await desk.wish(desk.home.caller)
    async with desk.house.visit(KARIN) as client:
        await desk.post(client, f"{wish}/handled", scripted=True)
        page = (await client.get(f"/conversations/{desk.home.conversation_id}")).text
    assert (await desk.row(wish)).ended_as == "settled"
    assert f'value="{wish}"' not in page


async def test_interval_is_changed_to_one_that_the_queue_offers(desk: Desk) -> None:
    wish = await desk.wish()
    async with desk.house.visit(KARIN) as client:
        panel = (await client.get(f"/callbacks/{wish}/panel")).text
        assert f'<option value="{LATER}">' in panel
        moved = await desk.post(client, f"{wish}/interval", scripted=True, choice=LATER)
        assert "15:00–17:00" in moved.text
        over = await desk.post(client, f"{wish}/interval", choice="0800-1000@261120", scripted=True)
    assert over.status_code == 400
    assert 'id="panel-said"' in over.text
    row = await desk.row(wish)
    assert row.from_at is not None
    assert row.from_at.hour == 14  # in UTC
    assert (await desk.trail()).count("move") == 1


async def test_without_scripts_a_refused_number_is_told_at_its_field(desk: Desk) -> None:
    wish = await desk.wish()
    async with desk.house.visit(KARIN) as client:
        refused = await desk.post(client, f"{wish}/number", number="12")
    assert refused.status_code == 400
    form = refused.text.partition('id="panel-number" open')[2].partition("</details>")[0]
    assert 'aria-invalid="true"' in form
    assert "inget telefonnummer" in form


async def test_nobody_takes_away_what_another_has_in_hand(desk: Desk) -> None:
    wish = await desk.wish()
    async with desk.house.visit(KARIN) as karin, desk.house.visit(ERIK) as erik:
        await desk.post(karin, f"{wish}/ring")
        panel = (await erik.get(f"/callbacks/{wish}/panel")).text
    assert "/handled" not in panel
    assert "/interval" not in panel


async def test_own_call_is_hung_up_by_a_job_once_the_pbx_was_asked(desk: Desk) -> None:
    wish = await desk.wish()
    async with desk.house.visit(KARIN) as karin, desk.house.visit(ERIK) as erik:
        await desk.post(karin, f"{wish}/ring")
        attempt = str((await desk.attempt()).id)
        await desk.goes_on(Phase.RINGS_CUSTOMER)
        panel = (await karin.get(f"/callbacks/{wish}/panel")).text
        assert f'action="/callbacks/{wish}/hangup"' in panel
        refused = await desk.post(erik, f"{wish}/hangup", scripted=True, attempt=attempt)
        assert refused.status_code == 400
        assert await hang_ups(desk) == []
        done = await desk.post(karin, f"{wish}/hangup", scripted=True, attempt=attempt)
        assert done.status_code == 200
        assert [str(job.subject) for job in await hang_ups(desk)] == [attempt]
        await desk.goes_on(Phase.ENDED)
        ended = (await karin.get(f"/callbacks/{wish}/panel")).text
    assert "/hangup" not in ended
    assert "hang_up" in await desk.trail()


async def hang_ups(desk: Desk) -> list[JobRow]:
    async with desk.house.db.read_across() as session:
        return list(await session.scalars(select(JobRow).where(JobRow.kind == "hang_up")))
