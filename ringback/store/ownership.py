"""A conversation is taken over, handed back, and written in by who has it: one transaction each.

In: a company's unit of work, the conversation, and who wants it. Out: `conversation.owner`, a line in
the audit trail and a change for the live pages; or `NotYours`, which names who was faster. What the
caller wrote meanwhile and nobody answered is answered after the hand-back. The row itself decides (a conditional UPDATE), so of two who take over at once one gets it. Rules:
`ringback.ownership`.
"""

import re
from datetime import datetime
from unicodedata import category
from uuid import UUID

from sqlalchemy import or_, select, true, update
from sqlalchemy.ext.asyncio import AsyncSession

from ringback import audit
from ringback.asked import AnotherBody, NotSendable
from ringback.ownership import (
    No,
    NotYours,
    Owned,
    Owner,
    against_handing_back,
    against_taking,
    against_writing,
)
from ringback.policy import Situation
from ringback.segments import Parts, count
from ringback.store.conversations import (
    conversation_changed,
    opted_out,
    queue_text,
    texts_by_key,
)
from ringback.store.texting import texting
from ringback.store.unanswered import answer_anew, end_unanswered
from ringback.tables import ConversationRow, MessageRow, UserRow

PERSON_AUTHOR = "user:"
"""Begins `message.author` of what a person wrote; the user's id follows."""

_UNPRINTABLE = re.compile(r"[\x00-\x09\x0b-\x1f\x7f-\x9f\ud800-\udfff]")


def owned(row: ConversationRow) -> Owned:
    """How a conversation's row says that it is owned."""
    return Owned(Owner(row.owner), row.owner_id, row.owner_since, row.closed_at is not None)


async def name_of(session: AsyncSession, user_id: UUID | None) -> str:
    """A person's name; empty when there is none (any more)."""
    user = await session.get(UserRow, user_id) if user_id else None
    return user.name if user else ""


async def take_over(
    session: AsyncSession, conversation_id: UUID, user_id: UUID, now: datetime, remote: str = ""
) -> ConversationRow:
    """Make a person the one who answers; from now on the assistant is silent.

    Raises:
        NotYours: Another person has it, or it is closed.
        NoResultFound: The company has no such conversation.
    """
    won = await session.execute(
        update(ConversationRow)
        .where(
            ConversationRow.id == conversation_id,
            ConversationRow.owner != Owner.PERSON,
            ConversationRow.closed_at.is_(None),
        )
        .values(owner=Owner.PERSON, owner_id=user_id, owner_since=now)
    )
    row = await _fresh(session, conversation_id)
    if won.rowcount:  # type: ignore[attr-defined]
        await audit.record(
            session, now, f"user:{user_id}", "take_over", "conversation", row.id, remote
        )
        await conversation_changed(session, row, now)
    else:
        await _refuse(session, row, against_taking(owned(row), user_id))
    return row


async def hand_back(
    session: AsyncSession,
    conversation_id: UUID,
    user_id: UUID,
    now: datetime,
    remote: str = "",
    *,
    for_others: bool = False,
) -> ConversationRow:
    """Let the assistant answer again; nothing happens when it does already.

    Raises:
        NotYours: Another person has it (and `for_others` is not given), or it is closed.
        NoResultFound: The company has no such conversation.
    """
    theirs = true() if for_others else ConversationRow.owner_id == user_id
    won = await session.execute(
        update(ConversationRow)
        .where(
            ConversationRow.id == conversation_id,
            or_(ConversationRow.owner == Owner.NOBODY, theirs),
            ConversationRow.owner != Owner.ASSISTANT,
            ConversationRow.closed_at.is_(None),
        )
        .values(owner=Owner.ASSISTANT, owner_id=None, owner_since=now)
    )
    row = await _fresh(session, conversation_id)
    if won.rowcount:  # type: ignore[attr-defined]
        await audit.record(
            session, now, f"user:{user_id}", "hand_back", "conversation", row.id, remote
        )
        await conversation_changed(session, row, now)
        await answer_anew(session, row, now)
    else:
        no = against_handing_back(owned(row), user_id, for_others=for_others)
        await _refuse(session, row, no)
    return row


async def hand_back_all(session: AsyncSession, user_id: UUID, now: datetime, actor: str) -> int:
    """Let the assistant answer in all that a person has who works here no more; how many those are."""
    theirs = select(ConversationRow).where(
        ConversationRow.owner == Owner.PERSON,
        ConversationRow.owner_id == user_id,
        ConversationRow.closed_at.is_(None),
    )
    locked = theirs.order_by(ConversationRow.id).with_for_update(key_share=True)
    rows = (await session.scalars(locked)).all()
    for row in rows:
        row.owner, row.owner_id, row.owner_since = Owner.ASSISTANT, None, now
        await audit.record(session, now, actor, "hand_back", "conversation", row.id)
        await conversation_changed(session, row, now)
        await answer_anew(session, row, now)
    return len(rows)


async def write_as(
    session: AsyncSession,
    conversation_id: UUID,
    user_id: UUID,
    key: str,
    text: str,
    now: datetime,
    remote: str = "",
) -> MessageRow:
    """Put a person's own text to the caller in line; the same key again is the same text.

    Args:
        session: A unit of work that writes.
        conversation_id: To whom.
        user_id: Who wrote it.
        key: Unguessable or unique; of the form that it was typed in.
        text: As typed.
        now: Aware.
        remote: The address that it was asked from.

    Raises:
        NotYours: The conversation is not this person's.
        NotSendable: The caller wants no texts, or the text can't be sent.
        AnotherBody: Other words came with the same key before.
        NoResultFound: The company has no such conversation.
    """
    row = await session.get_one(
        ConversationRow,
        conversation_id,
        with_for_update={"key_share": True},
        populate_existing=True,
    )
    await _refuse(session, row, against_writing(owned(row), user_id))
    if await opted_out(session, row.number_index):
        raise NotSendable("The caller wants no texts. Call instead.", "text")
    words, _ = sized(text, (await texting(session)).limits.most_parts)
    key = f"staff:{row.id}:{user_id}:{key}"
    there = (await texts_by_key(session, [key])).get(key)
    if there is not None and there.text != words:
        raise AnotherBody("Your text before this one was sent. Send again if this shall go too.")
    if there is not None:
        return there
    author = f"{PERSON_AUTHOR}{user_id}"
    message = await queue_text(
        session, row, key, words, now, situation=Situation.REPLY, author=author
    )
    assert message is not None  # noqa: S101 - the conversation is locked since the key was looked for
    await end_unanswered(session, row.id, now)
    await audit.record(session, now, f"user:{user_id}", "write", "message", message.id, remote)
    return message


def sized(text: str, most_parts: int) -> tuple[str, Parts]:
    """The text as it will be sent, with what is typed left as it is, and its size.

    Raises:
        NotSendable: It is empty, holds what can't be shown, or is longer than the company allows.
    """
    words = text.replace("\r\n", "\n").replace("\t", " ").strip()
    if not any(category(sign)[0] not in "CZ" for sign in words):
        raise NotSendable("Write something to send.", "text")
    if _UNPRINTABLE.search(words):
        raise NotSendable("The text holds characters that can't be shown; write it again.", "text")
    size = count(words)
    if size.parts > most_parts:
        raise NotSendable("The text has more parts than your rules allow; shorten it.", "text")
    return words, size


async def _fresh(session: AsyncSession, conversation_id: UUID) -> ConversationRow:
    return await session.get_one(ConversationRow, conversation_id, populate_existing=True)


async def _refuse(session: AsyncSession, row: ConversationRow, no: No | None) -> None:
    if no is not None:
        name = await name_of(session, row.owner_id) if no is No.ANOTHER else ""
        raise NotYours(no, name, row.owner_since)
