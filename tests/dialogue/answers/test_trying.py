"""A question tried, and a text answered on rows: from what the company has told, and nothing is sent."""

import json
from uuid import UUID

from dialogue.answers.trying import Trying
from dialogue.builtin.engine import take_turn
from dialogue.turn import Turns
from ringback.db import Database
from ringback.sample import salon
from ringback.store.companies import add_company
from ringback.store.conversations import add_received, open_conversation
from ringback.store.passages import add_answer, add_text, open_questions, remove_text
from ringback.tables import ConversationRow, MessageRow, TurnRow
from tests.clock import HandClock
from tests.flow import CALLER, US, rows, run_due

QUESTION = "får jag ta med hunden in?"


async def write(db: Database, company: UUID, clock: HandClock, text: str) -> TurnRow:
    """A caller's text comes in and is answered."""
    async with db.begin(company) as session:
        talk = await open_conversation(session, CALLER, US, "sv", clock.now())
        await add_received(session, talk, "46elks", text, text, clock.now())
    await run_due(db, clock, {"turn": Turns(db, clock.now, take_turn).turn})
    (turn,) = await rows(db, company, TurnRow)
    return turn


async def test_tried_question_is_answered_from_an_added_answer_and_leaves_nothing(
    db: Database, company: UUID, clock: HandClock
) -> None:
    trying = Trying(db, clock.now)
    assert (await trying.ask(company, QUESTION)).unanswered
    async with db.begin(company) as session:
        source = await add_answer(session, "Är hundar välkomna?", "Ja, i koppel.", clock.now())
    tried = await trying.ask(company, QUESTION)
    assert (tried.reply, tried.unanswered) == ("I koppel.", False)
    assert [one.split(":")[0] for one in tried.used] == ["passage"]
    async with db.begin(company) as session:
        await remove_text(session, source)
    assert (await trying.ask(company, QUESTION)).unanswered
    assert await rows(db, company, ConversationRow) == []
    assert await rows(db, company, MessageRow) == []


async def test_another_companys_texts_answer_nothing(
    db: Database, company: UUID, clock: HandClock
) -> None:
    other = await add_company(db, salon().model_copy(update={"id": "other"}), clock.now())
    async with db.begin(other) as session:
        await add_answer(session, QUESTION, "Ja, i koppel.", clock.now())
    trying = Trying(db, clock.now)
    assert (await trying.ask(company, QUESTION)).unanswered
    assert (await trying.ask(other, QUESTION)).reply == "Ja, i koppel."


async def test_passage_that_a_reply_rests_on_is_kept_with_the_turn(
    db: Database, company: UUID, clock: HandClock
) -> None:
    async with db.begin(company) as session:
        await add_text(session, "Djur", "# Hundar\nHunden får vila i foajén.", clock.now())
    turn = await write(db, company, clock, QUESTION)
    (used,) = json.loads(turn.used or "[]")
    assert used.startswith("passage:")
    assert not turn.unanswered


async def test_question_without_an_answer_is_on_the_list_of_open_ones(
    db: Database, company: UUID, clock: HandClock
) -> None:
    turn = await write(db, company, clock, QUESTION)
    async with db.read(company) as session:
        (question,) = await open_questions(session)
    assert (question.turn_id, question.text) == (turn.id, QUESTION)
