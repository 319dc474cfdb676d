"""The company's texts as rows, and what could not be answered."""

from uuid import UUID, uuid4

import pytest
from sqlalchemy import text as sql

from ringback.db import Database
from ringback.errors import BadInput
from ringback.knowledge import MOST_PART, Part
from ringback.sample import salon
from ringback.store.companies import add_company
from ringback.store.conversations import add_received, open_conversation
from ringback.store.passages import (
    add_answer,
    add_text,
    dealt_with,
    open_questions,
    passages,
    remove_text,
    replace_text,
    texts,
)
from ringback.tables import TurnRow
from tests.clock import HandClock
from tests.ringback.flow import ANNA

TEXT = "# Efter\nVila ett dygn.\n\n# Före\nÄt inget."


async def test_text_is_kept_as_its_parts_in_order(
    db: Database, company: UUID, clock: HandClock
) -> None:
    async with db.begin(company) as session:
        await add_text(session, " Operation ", TEXT, clock.now())
    async with db.read(company) as session:
        (kept,) = await texts(session)
        assert [row.position for row in await passages(session)] == [1, 2]
    assert kept.name == "Operation"
    assert kept.parts == (Part("Efter", "Vila ett dygn."), Part("Före", "Ät inget."))


async def test_replaced_text_leaves_nothing_of_the_old_one(
    db: Database, company: UUID, clock: HandClock
) -> None:
    async with db.begin(company) as session:
        source = await add_text(session, "Operation", TEXT, clock.now())
        other = await add_text(session, "Annat", "Vi är sex personer.", clock.now())
    async with db.begin(company) as session:
        assert await replace_text(session, source, "Ny", "# Mitt\nNytt.", clock.now())
        assert not await replace_text(session, uuid4(), "Ny", "Text.", clock.now())
    async with db.read(company) as session:
        assert {(one.id, one.name, one.parts) for one in await texts(session)} == {
            (source, "Ny", (Part("Mitt", "Nytt."),)),
            (other, "Annat", (Part("Annat", "Vi är sex personer."),)),
        }


async def test_removed_text_is_gone_once(db: Database, company: UUID, clock: HandClock) -> None:
    async with db.begin(company) as session:
        source = await add_text(session, "Operation", TEXT, clock.now())
        assert await remove_text(session, source)
        assert not await remove_text(session, source)
        assert list(await passages(session)) == []


async def test_another_companys_texts_are_neither_read_nor_removed(
    db: Database, company: UUID, clock: HandClock
) -> None:
    async with db.begin(company) as session:
        source = await add_text(session, "Operation", TEXT, clock.now())
    other = await add_company(db, salon().model_copy(update={"id": "other"}), clock.now())
    async with db.begin(other) as session:
        assert await texts(session) == []
        assert not await remove_text(session, source)
        assert not await replace_text(session, source, "Min", "Text.", clock.now())
    async with db.read(company) as session:
        assert len(await texts(session)) == 1


async def test_texts_are_sealed(db: Database, company: UUID, clock: HandClock) -> None:
    async with db.begin(company) as session:
        await add_text(session, "Hemligt namn", TEXT, clock.now())
    async with db.engine.connect() as connection:
        rows = (await connection.execute(sql("SELECT source, title, text FROM passage"))).all()
    assert rows
    assert "Vila" not in repr(rows)
    assert "Hemligt" not in repr(rows)


@pytest.mark.parametrize(
    ("question", "answer", "field"),
    [("", "Ja.", "question"), ("x" * 201, "Ja.", "question"), ("Wifi?", " ", "answer"),
     ("Wifi?", "x" * (MOST_PART + 1), "answer")],
)  # fmt: skip
async def test_answer_out_of_bounds_is_refused(
    db: Database, company: UUID, clock: HandClock, question: str, answer: str, field: str
) -> None:
    async with db.begin(company) as session:
        with pytest.raises(BadInput) as refused:
            await add_answer(session, question, answer, clock.now())
    assert refused.value.field == field


async def test_a_company_has_no_more_parts_than_can_be_read_for_an_answer(
    db: Database, company: UUID, clock: HandClock
) -> None:
    many = "\n".join(f"# R{n}\nText." for n in range(200))
    async with db.begin(company) as session:
        await add_text(session, "Ett", many, clock.now())
        await add_text(session, "Två", many, clock.now())
        with pytest.raises(BadInput, match="500"):
            await add_text(session, "Tre", many, clock.now())


async def test_unanswered_question_is_listed_until_it_is_dealt_with(
    db: Database, company: UUID, clock: HandClock
) -> None:
    async with db.begin(company) as session:
        talk = await open_conversation(session, ANNA, "+46846500410", "sv", clock.now())
        for number, unanswered in enumerate([True, False]):
            now = clock.now()
            message = await add_received(session, talk, "x", f"{number}", f"fråga {number}", now)
            session.add(
                TurnRow(
                    message_id=message.id, engine="builtin", understood="{}", decided="[]",
                    unanswered=unanswered, took_ms=1, created_at=now,
                )
            )  # fmt: skip
    async with db.begin(company) as session:
        (question,) = await open_questions(session)
        assert (question.text, question.conversation_id) == ("fråga 0", talk.id)
        assert await dealt_with(session, question.turn_id)
        assert not await dealt_with(session, question.turn_id)
        assert await open_questions(session) == []
