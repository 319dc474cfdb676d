"""The company's own texts and answers that the assistant answers from, and what it could not answer.

Passages are stored sealed. A text is kept as its parts, which share a `source_id`; an answer that
somebody wrote to one question is a text of one part. All take the company's unit of work.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from uuid import UUID, uuid4

from sqlalchemy import delete, func, select, update
from sqlalchemy.ext.asyncio import AsyncSession

from ringback.errors import BadInput
from ringback.knowledge import MOST_NAME, MOST_PART, MOST_TITLE, Part, cleaned, split_text
from ringback.store.companies import locked_company
from ringback.tables import MessageRow, PassageRow, TurnRow
from ringback.tenancy import prepared

MOST_PASSAGES = 500  # of a company: all are read for every answer
_IN_ORDER = (PassageRow.created_at, PassageRow.source_id, PassageRow.position)
_IDS = prepared(select(PassageRow.id).order_by(*_IN_ORDER))
ANSWERED = ""  # the name of the source of what answers one question


@dataclass(frozen=True, slots=True)
class Text:
    """A pasted text, or an answer to one question (then `name` is `ANSWERED`)."""

    id: UUID
    name: str
    parts: tuple[Part, ...]
    changed_at: datetime


@dataclass(frozen=True, slots=True)
class OpenQuestion:
    """A caller's message that asked what the company's information does not answer."""

    turn_id: UUID
    conversation_id: UUID
    text: str
    asked_at: datetime


async def passages(session: AsyncSession) -> Sequence[PassageRow]:
    """All parts of all texts, in their order."""
    return (await session.scalars(select(PassageRow).order_by(*_IN_ORDER))).all()


async def passage_ids(session: AsyncSession) -> Sequence[UUID]:
    """Of the same parts; what a part says never changes under its id, another one takes its place."""
    return list(await session.scalars(_IDS))


async def texts(session: AsyncSession) -> list[Text]:
    """All texts with their parts, the oldest first."""
    found: dict[UUID, list[PassageRow]] = {}
    for row in await passages(session):
        found.setdefault(row.source_id, []).append(row)
    return [
        Text(
            source_id,
            rows[0].source,
            tuple(Part(row.title, row.text) for row in rows),
            rows[0].changed_at,
        )
        for source_id, rows in found.items()
    ]


async def add_text(session: AsyncSession, name: str, text: str, now: datetime) -> UUID:
    """Keep a text, split into its parts.

    Args:
        session: A unit of work that writes; other writers of the company's texts wait.
        name: How the staff call it; also the title of a part without heading.
        text: As pasted, see `knowledge.split_text`.
        now: Aware.

    Returns:
        What its parts share.

    Raises:
        BadInput: There is no name, the text can't be split, or the company has too many parts.
    """
    parts = split_text(text, _named(name))
    return await _keep(session, uuid4(), _named(name), parts, now, now)


async def replace_text(
    session: AsyncSession, source_id: UUID, name: str, text: str, now: datetime
) -> bool:
    """Put another text in the place of one; False when it was gone already.

    Raises:
        BadInput: As `add_text`.
    """
    parts = split_text(text, _named(name))
    created_at = await session.scalar(
        select(func.min(PassageRow.created_at)).where(PassageRow.source_id == source_id)
    )
    if created_at is None:
        return False
    await session.execute(delete(PassageRow).where(PassageRow.source_id == source_id))
    await _keep(session, source_id, _named(name), parts, created_at, now)
    return True


async def remove_text(session: AsyncSession, source_id: UUID) -> bool:
    """Forget a text; False when it was gone already."""
    gone = await session.scalars(
        delete(PassageRow).where(PassageRow.source_id == source_id).returning(PassageRow.id)
    )
    return bool(gone.all())


async def add_answer(session: AsyncSession, question: str, answer: str, now: datetime) -> UUID:
    """Keep the answer to one question.

    Raises:
        BadInput: Either is empty or too long, or the company has too many parts.
    """
    question, answer = " ".join(cleaned(question).split()), cleaned(answer).strip()
    if not question or len(question) > MOST_TITLE:
        raise BadInput("Write the question in one line of at most 200 characters.", "question")
    if not answer or len(answer) > MOST_PART:
        raise BadInput("Write the answer in at most 1,500 characters.", "answer")
    return await _keep(session, uuid4(), ANSWERED, [Part(question, answer)], now, now)


async def open_questions(session: AsyncSession, limit: int = 50) -> list[OpenQuestion]:
    """What could not be answered and nobody has dealt with, the newest first."""
    rows = await session.execute(
        select(TurnRow, MessageRow)
        .join(MessageRow, MessageRow.id == TurnRow.message_id)
        .where(TurnRow.unanswered)
        .order_by(TurnRow.created_at.desc(), TurnRow.id)
        .limit(limit)
    )
    return [
        OpenQuestion(turn.id, message.conversation_id, message.text, turn.created_at)
        for turn, message in rows
    ]


async def dealt_with(session: AsyncSession, turn_id: UUID) -> bool:
    """Take a question off the list; False when it was not on it."""
    gone = await session.scalars(
        update(TurnRow)
        .where(TurnRow.id == turn_id, TurnRow.unanswered)
        .values(unanswered=False)
        .returning(TurnRow.id)
    )
    return bool(gone.all())


def _named(name: str) -> str:
    name = " ".join(cleaned(name).split())
    if not name or len(name) > MOST_NAME:
        raise BadInput("Give the text a name of at most 120 characters.", "name")
    return name


async def _keep(
    session: AsyncSession,
    source_id: UUID,
    name: str,
    parts: Sequence[Part],
    created_at: datetime,
    now: datetime,
) -> UUID:
    await locked_company(session)
    there = await session.scalar(select(func.count()).select_from(PassageRow)) or 0
    if there + len(parts) > MOST_PASSAGES:
        raise BadInput(
            "There would be more than 500 parts in all; remove a text that is no longer needed.",
            "text",
        )
    session.add_all(
        PassageRow(
            id=uuid4(),
            source_id=source_id,
            source=name,
            position=position,
            title=part.title,
            text=part.text,
            created_at=created_at,
            changed_at=now,
        )
        for position, part in enumerate(parts, 1)
    )
    await session.flush()
    return source_id
