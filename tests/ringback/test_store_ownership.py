"""Conversations are taken over, handed back and written in, on real rows."""

import asyncio
from uuid import UUID, uuid4

import pytest
from sqlalchemy import select
from sqlalchemy.exc import NoResultFound

from ringback.asked import AnotherBody, NotSendable
from ringback.audit import first_break
from ringback.db import Database
from ringback.ownership import No, NotYours
from ringback.store.changes import Kind, changes_since
from ringback.store.conversations import open_conversation
from ringback.store.opt_outs import stop_texts
from ringback.store.ownership import hand_back, take_over, write_as
from ringback.store.people import add_user
from ringback.store.texting import save_texting
from ringback.tables import AuditRow, ConversationRow, MessageRow
from tests.clock import HandClock
from tests.flow import CALLER, US, jobs_of, rows


async def person(db: Database, company: UUID, clock: HandClock, name: str) -> UUID:
    async with db.begin(company) as session:
        row = await add_user(
            session,
            db.master,
            email=f"{uuid4()}@saxen.example",
            name=name,
            role="handler",
            password_hash="x",
            language="sv",
            now=clock.now(),
        )
        return row.id


async def conversation(db: Database, company: UUID, clock: HandClock) -> UUID:
    async with db.begin(company) as session:
        return (await open_conversation(session, CALLER, US, "sv", clock.now())).id


async def take(db: Database, company: UUID, talk: UUID, user: UUID, clock: HandClock) -> None:
    async with db.begin(company) as session:
        await take_over(session, talk, user, clock.now())


async def say(
    db: Database, company: UUID, talk: UUID, user: UUID, clock: HandClock, text: str, key: str = "1"
) -> UUID:
    async with db.begin(company) as session:
        return (await write_as(session, talk, user, key, text, clock.now())).id


async def actions(db: Database, company: UUID) -> list[str]:
    async with db.read(company) as session:
        assert await first_break(session) is None
        query = select(AuditRow.action).order_by(AuditRow.number)
        return list((await session.scalars(query)).all())


async def test_of_several_who_take_over_at_once_one_gets_it_and_the_others_are_told_who(
    db: Database, company: UUID, clock: HandClock
) -> None:
    talk = await conversation(db, company, clock)
    names = {await person(db, company, clock, name): name for name in ("Erik", "Karin", "Mira")}
    results = await asyncio.gather(
        *(take(db, company, talk, user, clock) for user in names), return_exceptions=True
    )
    (row,) = await rows(db, company, ConversationRow)
    assert (row.owner, row.owner_since) == ("person", clock.now())
    told = [result for result in results if isinstance(result, NotYours)]
    assert results.count(None) == 1
    assert [(one.why, one.name) for one in told] == [(No.ANOTHER, names[row.owner_id])] * 2  # type: ignore[index]
    assert await actions(db, company) == ["take_over"]


async def test_take_over_and_hand_back_are_told_to_the_open_pages(
    db: Database, company: UUID, clock: HandClock
) -> None:
    talk, erik = (
        await conversation(db, company, clock),
        await person(db, company, clock, "Erik"),
    )
    for act in (take_over, hand_back):
        async with db.read(company) as session:
            before = {change.id for change in await changes_since(session, 0)}
        async with db.begin(company) as session:
            await act(session, talk, erik, clock.now())
        async with db.read(company) as session:
            new = [one for one in await changes_since(session, 0) if one.id not in before]
        assert [(one.kind, one.subject) for one in new] == [(Kind.CONVERSATION, talk)]
    (row,) = await rows(db, company, ConversationRow)
    assert (row.owner, row.owner_id) == ("assistant", None)


async def test_second_press_changes_nothing(db: Database, company: UUID, clock: HandClock) -> None:
    talk, erik = await conversation(db, company, clock), await person(db, company, clock, "Erik")
    since = clock.now()
    for act in (take_over, take_over, hand_back, hand_back):
        async with db.begin(company) as session:
            row = await act(session, talk, erik, clock.now())
        if act is take_over:
            assert row.owner_since == since
        clock.advance(minutes=1)
    assert await actions(db, company) == ["take_over", "hand_back"]


async def test_only_who_has_it_hands_back_unless_the_role_lets_them(
    db: Database, company: UUID, clock: HandClock
) -> None:
    talk = await conversation(db, company, clock)
    erik, karin = [await person(db, company, clock, name) for name in ("Erik", "Karin")]
    await take(db, company, talk, erik, clock)
    with pytest.raises(NotYours, match="Erik"):
        async with db.begin(company) as session:
            await hand_back(session, talk, karin, clock.now())
    async with db.begin(company) as session:
        row = await hand_back(session, talk, karin, clock.now(), for_others=True)
    assert row.owner == "assistant"


async def test_text_of_who_has_it_is_put_in_line_once_in_their_name(
    db: Database, company: UUID, clock: HandClock
) -> None:
    talk, erik = await conversation(db, company, clock), await person(db, company, clock, "Erik")
    await take(db, company, talk, erik, clock)
    ids = {await say(db, company, talk, erik, clock, "Jag ringer om en stund. ") for _ in range(2)}
    (text,) = await rows(db, company, MessageRow)
    assert ids == {text.id}
    assert (text.text, text.author, text.situation, text.state) == (
        "Jag ringer om en stund.",
        f"user:{erik}",
        "reply",
        "queued",
    )
    assert len(await jobs_of(db, "send")) == 1
    assert await actions(db, company) == ["take_over", "write"]


async def test_other_words_with_the_key_of_a_text_that_was_sent_are_not_lost_in_silence(
    db: Database, company: UUID, clock: HandClock
) -> None:
    talk, erik = await conversation(db, company, clock), await person(db, company, clock, "Erik")
    await take(db, company, talk, erik, clock)
    await say(db, company, talk, erik, clock, "Hej")
    with pytest.raises(AnotherBody):
        await say(db, company, talk, erik, clock, "Hej igen")


@pytest.mark.parametrize(
    ("text", "told"), [(" \n", "Write"), ("a\x07b", "can't be shown"), ("å" * 200, "more parts")]
)
async def test_text_that_can_t_be_sent_is_refused_at_once(
    db: Database, company: UUID, clock: HandClock, text: str, told: str
) -> None:
    talk, erik = await conversation(db, company, clock), await person(db, company, clock, "Erik")
    await take(db, company, talk, erik, clock)
    async with db.begin(company) as session:
        await save_texting(session, {"limits": {"most_parts": 1}})
    with pytest.raises(NotSendable, match=told):
        await say(db, company, talk, erik, clock, text)
    assert await rows(db, company, MessageRow) == []


async def test_nobody_writes_without_taking_over_or_to_who_wants_no_texts(
    db: Database, company: UUID, clock: HandClock
) -> None:
    talk = await conversation(db, company, clock)
    erik, karin = [await person(db, company, clock, name) for name in ("Erik", "Karin")]
    with pytest.raises(NotYours, match="Take the conversation over first"):
        await say(db, company, talk, erik, clock, "Hej")
    await take(db, company, talk, erik, clock)
    with pytest.raises(NotYours, match="Erik has this conversation"):
        await say(db, company, talk, karin, clock, "Hej")
    async with db.begin(company) as session:
        row = await session.get_one(ConversationRow, talk)
        await stop_texts(session, row, clock.now())
    with pytest.raises(NotSendable, match="wants no texts"):
        await say(db, company, talk, erik, clock, "Hej")
    assert await rows(db, company, MessageRow) == []


async def test_closed_conversation_and_one_of_another_company_can_t_be_taken(
    db: Database, company: UUID, neighbour: UUID, clock: HandClock
) -> None:
    talk, erik = await conversation(db, company, clock), await person(db, company, clock, "Erik")
    with pytest.raises(NoResultFound):
        await take(db, neighbour, talk, await person(db, neighbour, clock, "Nils"), clock)
    async with db.begin(company) as session:
        (await session.get_one(ConversationRow, talk)).closed_at = clock.now()
    with pytest.raises(NotYours, match="closed"):
        await take(db, company, talk, erik, clock)
    (row,) = await rows(db, company, ConversationRow)
    assert row.owner == "assistant"
