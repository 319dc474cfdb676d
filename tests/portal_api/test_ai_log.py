"""The AI log: a short form beside the text for all staff, the whole of it for those who answer for it."""

import json
from datetime import timedelta
from uuid import UUID, uuid4

import pytest
from sqlalchemy import select

from ringback.store.ai_log import forget_old
from ringback.tables import AuditRow, MessageRow, PassageRow, TurnRow
from tests.portal_api.house import Home, House

HANDLER = "handler@saxen.example"
WHOLE = [
    "small-7b",
    "Öppettider i jul; faq:gone; öppettider",
    "199 kr",
    "ett pris som inte finns",
    "2 100 skickade",
]


async def turn(house: House, home: Home) -> UUID:
    """How the caller's text was understood; the text's id."""
    passage = uuid4()
    async with house.db.begin(home.company_id) as session:
        query = select(MessageRow).where(MessageRow.direction == "in")
        text = (await session.scalars(query)).one()
        session.add(
            PassageRow(
                id=passage,
                source_id=uuid4(),
                source="",
                position=1,
                title="Öppettider i jul",
                text="Vi har stängt.",
                created_at=house.now,
                changed_at=house.now,
            )
        )
        session.add(
            TurnRow(
                message_id=text.id,
                engine="model",
                version="small-7b",
                understood=json.dumps({"intent": "price", "engine": "model"}),
                proposed=json.dumps({"offered": [], "calls": [{"name": "say"}]}),
                decided=json.dumps(["HandOver"]),
                used=json.dumps([f"passage:{passage}", "faq:gone", "hours"]),
                refused=json.dumps([{"reason": "ungrounded_price", "found": "199 kr"}]),
                unanswered=True,
                tokens_in=2100,
                tokens_out=80,
                cost_e4=42,
                took_ms=900,
                created_at=house.now,
            )
        )
        return text.id


async def reads(house: House, home: Home) -> list[str]:
    async with house.db.read(home.company_id) as session:
        query = select(AuditRow).where(AuditRow.action == "read").order_by(AuditRow.number)
        return [row.object_kind for row in await session.scalars(query)]


async def test_handler_sees_the_short_form_and_is_refused_the_whole(
    house: House, saxen: Home
) -> None:
    text, path = await turn(house, saxen), f"/conversations/{saxen.conversation_id}"
    async with house.visit(HANDLER) as client:
        page = (await client.get(path)).text
        for whole in (f"{path}/ai-log", f"{path}/ai-log/{text}", f"/api/v1{path}/ai-log"):
            assert (await client.get(whole)).status_code == 403
    assert "Så förstod assistenten det här" in page
    assert "Lämna över till en människa" in page
    assert [words for words in (*WHOLE, "/ai-log") if words in page] == []
    assert await reads(house, saxen) == ["conversation"]


@pytest.mark.parametrize("role", ["admin", "auditor"])
async def test_whole_log_is_for_admin_and_auditor_and_each_look_is_written_down(
    house: House, saxen: Home, role: str
) -> None:
    text, path = await turn(house, saxen), f"/conversations/{saxen.conversation_id}"
    await house.add_person(saxen.company_id, f"{role}@saxen.example", role)
    async with house.visit(f"{role}@saxen.example") as client:
        part = (await client.get(f"{path}/ai-log/{text}")).text
        page = (await client.get(f"{path}/ai-log")).text
        api = (await client.get(f"/api/v1{path}/ai-log")).json()
        thread = await client.get(path)
    for shown in (part, page):
        said = shown.replace("\N{NO-BREAK SPACE}", " ")
        assert [words for words in WHOLE if words not in said] == []
        assert "hemligt om saxen" not in shown
    assert "<html" not in part
    (one,) = api["turns"]
    assert one["used"] == ["Öppettider i jul", "faq:gone", "hours"]
    assert (one["cost_e4"], one["unanswered"]) == (42, True)
    may_read = role == "admin"
    assert thread.status_code == (200 if may_read else 403)
    assert (f'hx-get="{path}/ai-log/{text}"' in thread.text) is may_read
    looked = ["turn", "ai_log", "ai_log"]
    assert await reads(house, saxen) == looked + (["conversation"] if may_read else [])


async def test_dropped_log_keeps_its_cost(house: House, saxen: Home) -> None:
    text, path = await turn(house, saxen), f"/conversations/{saxen.conversation_id}"
    async with house.db.begin_across() as session:
        await forget_old(session, house.now + timedelta(days=91))
    await house.add_person(saxen.company_id, "admin@saxen.example", "admin")
    async with house.visit("admin@saxen.example") as client:
        part = (await client.get(f"{path}/ai-log/{text}")).text
        page = (await client.get(path)).text
    for shown in (part, page):
        assert "Loggen av det här är borttagen" in shown
        assert "Lämna över till en människa" not in shown
    assert "0,0042" in part


async def test_log_of_another_company_or_conversation_does_not_exist(
    house: House, saxen: Home, luggen: Home
) -> None:
    text = await turn(house, saxen)
    await house.add_person(saxen.company_id, "admin@saxen.example", "admin")
    async with house.visit("admin@saxen.example") as client:
        for path in (
            f"/conversations/{luggen.conversation_id}/ai-log",
            f"/conversations/{luggen.conversation_id}/ai-log/{text}",
            f"/conversations/{saxen.conversation_id}/ai-log/{uuid4()}",
        ):
            assert (await client.get(path)).status_code == 404
