"""What was said to a number before."""

from datetime import timedelta
from uuid import UUID, uuid4

import pytest

from ringback.db import Database
from ringback.messages import MessageState
from ringback.policy import Situation
from ringback.store.conversations import open_conversation
from ringback.store.earlier import language_of, texted_at
from ringback.tables import MessageRow
from tests.clock import FRIDAY_AT_TEN as NOW
from tests.ringback.flow import ANNA, ERIK, OURS, converse

HOUR = timedelta(hours=1)


async def add_text(db: Database, company: UUID, **values: object) -> None:
    """A text of ours to Anna, delivered at ten, in a conversation that has ended."""
    async with db.begin(company) as session:
        talk = await converse(session)
        talk.closed_at = NOW
        told: dict[str, object] = {
            "direction": "out",
            "state": MessageState.DELIVERED,
            "situation": Situation.MISSED,
            "created_at": NOW,
        }
        row = MessageRow(
            conversation_id=talk.id, number=1, key=str(uuid4()), text="Hej", **(told | values)
        )
        session.add(row)


@pytest.mark.parametrize(
    ("values", "counts"),
    [
        ({}, True),
        ({"state": "queued"}, True),
        ({"state": "unknown"}, True),
        ({"state": "rejected"}, False),
        ({"state": "failed"}, False),
        ({"situation": "reply"}, True),
        ({"situation": "program"}, False),
        ({"direction": "in", "state": "received"}, False),
    ],
)
async def test_caller_was_texted_by_what_arrived_or_may_arrive(
    db: Database, company: UUID, values: dict[str, str], counts: bool
) -> None:
    await add_text(db, company, **values)
    async with db.read(company) as session:
        assert await texted_at(session, ANNA) == (NOW if counts else None)
        assert await texted_at(session, ERIK) is None


async def test_latest_text_counts_from_when_it_went_out(db: Database, company: UUID) -> None:
    await add_text(db, company, submitted_at=NOW + 9 * HOUR)
    await add_text(db, company, created_at=NOW + 3 * HOUR)
    async with db.read(company) as session:
        assert await texted_at(session, ANNA) == NOW + 9 * HOUR


async def test_language_is_that_of_the_latest_conversation(db: Database, company: UUID) -> None:
    async with db.begin(company) as session:
        for after, language in ((2, "en"), (3, "sv"), (1, "en")):
            at = NOW + after * HOUR
            talk = await open_conversation(session, ANNA, OURS, language, at)
            talk.closed_at = at
            await session.flush()
    async with db.read(company) as session:
        assert await language_of(session, ANNA) == "sv"
        assert await language_of(session, ERIK) is None


async def test_other_companies_texts_and_conversations_do_not_count(
    db: Database, company: UUID, neighbour: UUID
) -> None:
    await add_text(db, company)
    async with db.read(neighbour) as session:
        assert await texted_at(session, ANNA) is None
        assert await language_of(session, ANNA) is None
