"""The sounds of a company's own, in place of what the voice menu's built-in voice says.

In: a company's unit of work, sounds as `ringback.recordings` gives them. Out: `prompt` rows, encrypted like
all that is personal; `ringback asterisk install` takes them to Asterisk.
"""

import base64
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from uuid import UUID, uuid4

from sqlalchemy import Select, delete, select
from sqlalchemy.ext.asyncio import AsyncSession

from ringback.prompts import Language, recordable
from ringback.queues import Rules
from ringback.recordings import Recording
from ringback.store.queues import queues
from ringback.tables import PromptRow


@dataclass(frozen=True, slots=True)
class OwnSound:
    """A sound of the company's own, without what is heard; `changed_by` as the audit trail names him."""

    id: UUID
    language: str
    name: str
    length_ms: int
    changed_at: datetime
    changed_by: str


async def own_sounds(session: AsyncSession, language: Language) -> Sequence[OwnSound]:
    """Those of a language, by the name of the prompt."""
    found = await session.execute(
        select(
            PromptRow.id,
            PromptRow.language,
            PromptRow.name,
            PromptRow.length_ms,
            PromptRow.changed_at,
            PromptRow.changed_by,
        )
        .where(PromptRow.language == language)
        .order_by(PromptRow.name)
    )
    return [OwnSound(*row) for row in found]


async def prompt_names(session: AsyncSession) -> tuple[str, ...]:
    """The prompts that the company may say itself, in the order of the numbers to key."""
    return recordable(Rules.kept(row.rules) for row in await queues(session))


async def wav_of(session: AsyncSession, prompt_id: UUID) -> bytes:
    """What is heard; NoResultFound when the company has no such sound."""
    return base64.b64decode((await session.get_one(PromptRow, prompt_id)).wav)


async def save_sound(
    session: AsyncSession,
    language: Language,
    name: str,
    sound: Recording,
    now: datetime,
    changed_by: str,
) -> UUID:
    """Keep a sound for a prompt, in place of the one before; its id."""
    row = await session.scalar(_of(language, name).with_for_update(key_share=True))
    if row is None:
        row = PromptRow(id=uuid4(), language=language, name=name)
        session.add(row)
    row.wav = base64.b64encode(sound.wav).decode()
    row.length_ms, row.changed_at, row.changed_by = sound.length_ms, now, changed_by
    await session.flush()
    return row.id


async def remove_sound(session: AsyncSession, language: Language, name: str) -> UUID | None:
    """Have the built-in voice say it again; the id of the sound that was there."""
    row = await session.scalar(_of(language, name))
    if row is None:
        return None
    await session.execute(delete(PromptRow).where(PromptRow.id == row.id))
    return row.id


def _of(language: Language, name: str) -> Select[PromptRow]:
    return select(PromptRow).where(PromptRow.language == language, PromptRow.name == name)
