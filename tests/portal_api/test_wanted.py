"""What a caller wants of a person is shown, and dealt with once."""

import ast
from datetime import UTC, datetime, timedelta
from pathlib import Path
from uuid import UUID, uuid4

import httpx
import pytest
from sqlalchemy import select

import dialogue
from dialogue.turn import Turns
from portal_api.wording import WANTED
from ringback.audit import first_break
from ringback.callbacks import notice_key
from ringback.store.callbacks import open_callbacks
from ringback.store.conversations import add_received, queue_text
from ringback.tables import AuditRow, CallbackRow, ConversationRow
from ringback.worker import Worker
from tests.portal_api.house import Home, House

EMAIL = "handler@saxen.example"
ONE, THREE = (datetime(2026, 11, 23, hour, tzinfo=UTC) for hour in (12, 14))


async def want(
    house: House, home: Home, why: str, *interval: datetime, conversation_id: UUID | None = None
) -> str:
    """A callback as a turn leaves it; returns its id."""
    async with house.db.begin(home.company_id) as session:
        talk = await session.get_one(ConversationRow, conversation_id or home.conversation_id)
        row = CallbackRow(
            id=uuid4(),
            key=str(uuid4()),
            number=talk.number,
            number_index=talk.number_index,
            conversation_id=talk.id,
            why=why,
            from_at=interval[0] if interval else None,
            to_at=interval[1] if interval else None,
            created_at=house.now,
        )
        session.add(row)
    return str(row.id)


async def press(house: House, client: httpx.AsyncClient, home: Home, *ids: str) -> httpx.Response:
    form = {"csrf": house.token(client), "callback": list(ids)}
    return await client.post(f"/conversations/{home.conversation_id}/handled", data=form)


async def still_open(house: House, home: Home) -> list[str]:
    async with house.db.read(home.company_id) as session:
        found = await open_callbacks(session, [home.conversation_id])
    return [row.why for row in found.get(home.conversation_id, ())]


async def audited(house: House, home: Home) -> list[AuditRow]:
    async with house.db.read(home.company_id) as session:
        assert await first_break(session) is None
        query = select(AuditRow).where(AuditRow.action == "handle")
        return list((await session.scalars(query)).all())


async def test_promised_interval_is_shown_in_the_companys_zone(house: House, saxen: Home) -> None:
    await want(house, saxen, "call_back", ONE, THREE)
    async with house.visit(EMAIL) as client:
        page = (await client.get(f"/conversations/{saxen.conversation_id}")).text
        row = (await client.get("/missed")).text
        (api,) = (await client.get(f"/api/v1/conversations/{saxen.conversation_id}")).json()[
            "wanted"
        ]
    for html in (page, row):
        assert "Vill bli uppringd" in html
        assert 'datetime="2026-11-23T12:00:00+00:00">mån 23 nov. 13:00</time>–<time' in html
        assert ">15:00</time>" in html
    assert (api["why"], api["from_at"]) == ("call_back", "2026-11-23T12:00:00Z")


async def test_what_is_wanted_is_told_once_however_often_it_was_said(
    house: House, saxen: Home
) -> None:
    for _ in range(3):
        await want(house, saxen, "complaint")
    async with house.visit(EMAIL) as client:
        page = (await client.get(f"/conversations/{saxen.conversation_id}")).text
    assert page.count("Är missnöjd") == 1
    assert page.count('name="callback"') == 3


async def test_handled_wish_is_gone_from_all_pages_and_written_down(
    house: House, saxen: Home
) -> None:
    ids = [await want(house, saxen, why) for why in ("complaint", "call_back")]
    async with house.visit(EMAIL) as client:
        assert "Behöver en människa" in (await client.get("/missed")).text
        answer = await press(house, client, saxen, *ids)
        page = (await client.get(f"/conversations/{saxen.conversation_id}")).text
        assert "Behöver en människa" not in (await client.get("/missed")).text
    assert answer.status_code == 303
    assert answer.headers["location"] == f"/conversations/{saxen.conversation_id}"
    assert "Är missnöjd" not in page
    assert "Markera som hanterad" not in page
    (entry,) = await audited(house, saxen)
    assert entry.actor.startswith("user:")
    assert entry.object_id == str(saxen.conversation_id)


async def test_second_click_changes_and_writes_nothing(house: House, saxen: Home) -> None:
    one = await want(house, saxen, "complaint")
    async with house.visit(EMAIL) as client:
        answers = [await press(house, client, saxen, one) for _ in range(2)]
    assert [answer.status_code for answer in answers] == [303, 303]
    assert len(await audited(house, saxen)) == 1


async def test_wish_that_came_after_the_page_was_drawn_stays_open(
    house: House, saxen: Home
) -> None:
    shown = await want(house, saxen, "complaint")
    await want(house, saxen, "emergency")
    async with house.visit(EMAIL) as client:
        await press(house, client, saxen, shown)
    assert await still_open(house, saxen) == ["emergency"]


async def test_nothing_of_another_company_can_be_handled(
    house: House, saxen: Home, luggen: Home
) -> None:
    foreign = await want(house, luggen, "complaint")
    own = await want(house, saxen, "complaint")
    async with house.visit(EMAIL) as client:
        assert (await press(house, client, luggen, foreign)).status_code == 404
        assert (await press(house, client, saxen, foreign)).status_code == 303
    assert await still_open(house, luggen) == ["complaint"]
    assert await still_open(house, saxen) == ["complaint"]
    assert own
    assert await audited(house, saxen) == await audited(house, luggen) == []


async def test_form_of_another_site_and_an_empty_one_handle_nothing(
    house: House, saxen: Home
) -> None:
    one = await want(house, saxen, "complaint")
    path = f"/conversations/{saxen.conversation_id}/handled"
    async with house.visit(EMAIL) as client:
        assert (await client.post(path, data={"callback": one})).status_code == 403
        assert (await press(house, client, saxen)).status_code == 400
        assert (await press(house, client, saxen, "all")).status_code == 400
    assert await still_open(house, saxen) == ["complaint"]


@pytest.mark.parametrize("role", ["auditor", "operator"])
async def test_role_that_may_not_is_refused(house: House, saxen: Home, role: str) -> None:
    one = await want(house, saxen, "complaint")
    await house.add_person(saxen.company_id, f"{role}@saxen.example", role)
    async with house.visit(f"{role}@saxen.example") as client:
        assert (await press(house, client, saxen, one)).status_code == 403
    assert await still_open(house, saxen) == ["complaint"]


async def test_ring_me_after_four_is_listed_with_that_time_in_all_places(
    house: House, saxen: Home
) -> None:
    async with house.db.begin(saxen.company_id) as session:
        talk = await session.get_one(ConversationRow, saxen.conversation_id)
        await add_received(session, talk, "46elks", "ring", "Ring mig efter 16 tack", house.now)
    worker = Worker(
        house.db, lambda: house.now, {"turn": Turns(house.db, lambda: house.now).turn}, 60
    )
    while await worker.run_one():
        pass
    async with house.visit(EMAIL) as client:
        pages = [
            (await client.get(path)).text
            for path in ("/missed", f"/conversations/{saxen.conversation_id}")
        ]
        api = (await client.get("/api/v1/missed-calls")).json()["items"][0]["wanted"]
    for page in pages:
        assert "Vill bli uppringd" in page
        assert ">fre 20 nov. 16:00</time>" in page
    (wish,) = [wish for wish in api if wish["why"] == "call_back"]
    assert wish["from_at"] == "2026-11-20T15:00:00Z"


async def test_hand_over_told_again_is_one_wish_with_the_first_promise_and_says_who_was_told(
    house: House, saxen: Home
) -> None:
    first = await want(house, saxen, "question", ONE, THREE)
    house.now += timedelta(minutes=5)
    await want(house, saxen, "question", THREE, THREE)
    async with house.db.begin(saxen.company_id) as session:
        talk = await session.get_one(ConversationRow, saxen.conversation_id)
        await queue_text(session, talk, notice_key(UUID(first)), "Vi ringer dig.", house.now)
    async with house.visit(EMAIL) as client:
        page = (await client.get(f"/conversations/{saxen.conversation_id}")).text
    assert page.count("Frågade något som assistenten") == 1
    assert 'datetime="2026-11-23T12:00:00+00:00">mån 23 nov. 13:00</time>–<time' in page
    assert "Ingen hade hört av sig" in page


def reasons_of_hand_overs() -> set[str]:
    """Every reason that the dialogue's source gives a hand-over, also by way of a name."""
    found: set[str] = set()
    for path in Path(next(iter(dialogue.__path__))).rglob("*.py"):
        tree = ast.parse(path.read_text())
        given = {
            call.args[0]
            for call in ast.walk(tree)
            if isinstance(call, ast.Call)
            and isinstance(call.func, ast.Name)
            and call.func.id == "HandOver"
        }
        named = {one.id for one in given if isinstance(one, ast.Name)}
        values = {
            assign.value
            for assign in ast.walk(tree)
            if isinstance(assign, ast.Assign)
            and any(isinstance(to, ast.Name) and to.id in named for to in assign.targets)
        }
        for value in given | values:
            branches = [value.body, value.orelse] if isinstance(value, ast.IfExp) else [value]
            found |= {str(one.value) for one in branches if isinstance(one, ast.Constant)}
    return found


def test_every_reason_for_a_hand_over_has_words() -> None:
    reasons = reasons_of_hand_overs()
    assert {"complaint", "question", "not_understood", "refused"} <= reasons
    assert reasons - set(WANTED) == set()
