import asyncio
from collections.abc import Awaitable, Callable
from uuid import UUID, uuid4

import pytest
from sqlalchemy import select
from sqlalchemy.exc import IntegrityError, NoResultFound
from sqlalchemy.ext.asyncio import AsyncSession

from ringback.db import Database
from ringback.messages import MessageState
from ringback.policy import Situation
from ringback.store.changes import changes_since
from ringback.store.conversations import (
    Wish,
    add_received,
    first_texts,
    is_received,
    lock_open_conversations,
    open_conversation_with,
    opted_out,
    queue_text,
    queue_texts,
    texts_by_key,
    texts_of,
    turns_of,
)
from ringback.tables import ConversationRow, JobRow, MessageRow, OptOutRow, TurnRow
from ringback.tenancy import number_index
from tests.clock import HandClock
from tests.ringback.flow import ANNA, ERIK, converse


@pytest.fixture
async def talk(db: Database, company: UUID) -> UUID:
    async with db.begin(company) as session:
        return (await converse(session)).id


@pytest.fixture
def queue(
    db: Database, company: UUID, talk: UUID, clock: HandClock
) -> Callable[..., Awaitable[MessageRow | None]]:
    async def queue(key: str, text: str = "Hej!") -> MessageRow | None:
        async with db.begin(company) as session:
            row = await session.get_one(ConversationRow, talk)
            return await queue_text(session, row, key, text, clock.now())

    return queue


@pytest.fixture
def receive(
    db: Database, company: UUID, talk: UUID, clock: HandClock
) -> Callable[..., Awaitable[MessageRow]]:
    async def receive(provider_id: str, text: str = "Hej") -> MessageRow:
        async with db.begin(company) as session:
            row = await session.get_one(ConversationRow, talk)
            return await add_received(session, row, "46elks", provider_id, text, clock.now())

    return receive


Queue = Callable[..., Awaitable[MessageRow | None]]
Receive = Callable[..., Awaitable[MessageRow]]


async def jobs_put(db: Database) -> list[tuple[str, UUID, str | None]]:
    async with db.read_across() as session:
        rows = await session.scalars(select(JobRow).order_by(JobRow.id))
        return [(row.kind, row.subject, row.lane) for row in rows]


async def test_open_conversation_is_found_by_the_callers_number(
    db: Database, company: UUID, neighbour: UUID, talk: UUID
) -> None:
    async with db.read(company) as session:
        found = await open_conversation_with(session, ANNA)
        assert found is not None
        assert (found.id, found.number, found.owner) == (talk, ANNA, "assistant")
        assert await open_conversation_with(session, ERIK) is None
    async with db.read(neighbour) as session:
        assert await open_conversation_with(session, ANNA) is None


async def test_second_open_conversation_with_a_caller_is_refused(
    db: Database, company: UUID, neighbour: UUID, talk: UUID
) -> None:
    with pytest.raises(IntegrityError):
        async with db.begin(company) as session:
            await converse(session)
    async with db.begin(company) as session:
        await converse(session, ERIK)
    async with db.begin(neighbour) as session:
        await converse(session)


async def test_closed_conversation_makes_room_for_a_new_one(
    db: Database, company: UUID, talk: UUID, clock: HandClock
) -> None:
    async with db.begin(company) as session:
        (await session.get_one(ConversationRow, talk)).closed_at = clock.now()
    async with db.begin(company) as session:
        new = await converse(session)
    async with db.read(company) as session:
        found = await open_conversation_with(session, ANNA)
        assert found is not None
        assert found.id == new.id != talk


async def test_of_many_that_open_at_once_exactly_one_does(db: Database, company: UUID) -> None:
    async def attempt() -> bool:
        try:
            async with db.begin(company) as session:
                await converse(session)
        except IntegrityError:
            return False
        return True

    async with asyncio.timeout(20):
        assert sum(await asyncio.gather(*(attempt() for _ in range(12)))) == 1


async def test_conversation_of_another_company_is_not_found(
    db: Database, neighbour: UUID, talk: UUID
) -> None:
    async with db.read(neighbour) as session:
        with pytest.raises(NoResultFound):
            await session.get_one(ConversationRow, talk)


async def test_queued_text_is_to_be_sent(db: Database, queue: Queue) -> None:
    row = await queue("first:1", "Hej! Vi missade ditt samtal.")
    assert row is not None
    assert (row.number, row.direction, row.state) == (1, "out", MessageState.QUEUED)
    assert row.text == "Hej! Vi missade ditt samtal."
    assert row.token is not None
    assert len(row.token) == 32
    assert await jobs_put(db) == [("send", row.id, f"send:0:{row.conversation_id}")]


async def test_same_cause_queues_one_text(db: Database, queue: Queue) -> None:
    assert await queue("first:1") is not None
    assert await queue("first:1", "Hej igen!") is None
    assert len(await jobs_put(db)) == 1


async def test_text_says_what_it_is_for_and_who_wrote_it(
    db: Database, company: UUID, talk: UUID, queue: Queue, clock: HandClock
) -> None:
    reply = await queue("reply:1")
    async with db.begin(company) as session:
        row = await session.get_one(ConversationRow, talk)
        asked = await queue_text(
            session,
            row,
            "api:1",
            "Din kod är 1234",
            clock.now(),
            situation=Situation.PROGRAM,
            author="api:k1",
        )
    assert reply is not None
    assert asked is not None
    assert (reply.situation, reply.author) == ("reply", "assistant")
    assert (asked.situation, asked.author) == ("program", "api:k1")


@pytest.fixture
async def talks(db: Database, company: UUID) -> dict[str, UUID]:
    async with db.begin(company) as session:
        return {number: (await converse(session, number)).id for number in (ANNA, ERIK)}


async def many(
    db: Database, company: UUID, clock: HandClock, *wished: tuple[UUID, str, str]
) -> list[MessageRow]:
    """Texts (conversation, key, text) put in line at once."""
    async with db.begin(company) as session:
        wishes = [
            Wish(await session.get_one(ConversationRow, talk), key, text, author="api:k1")
            for talk, key, text in wished
        ]
        return await queue_texts(session, wishes, clock.now())


async def test_many_texts_are_queued_in_order_each_with_its_job(
    db: Database, company: UUID, talks: dict[str, UUID], clock: HandClock
) -> None:
    anna, erik = talks[ANNA], talks[ERIK]
    wished = [(anna if n % 3 else erik, f"api:{n}", f"Text {n}") for n in range(7)]
    rows = await many(db, company, clock, *wished)
    assert [(row.conversation_id, row.key, row.text) for row in rows] == wished
    assert [row.number for row in rows] == [1, 1, 2, 2, 3, 4, 3]
    assert len({row.token for row in rows}) == 7
    assert {(row.author, row.state, row.direction) for row in rows} == {
        ("api:k1", MessageState.QUEUED, "out")
    }
    put = await jobs_put(db)
    assert put == [("send", row.id, f"send:0:{row.conversation_id}") for row in rows]
    async with db.read(company) as session:
        changes = await changes_since(session, 0)
    assert [change.part for change in changes] == [row.id for row in rows]
    more = await many(db, company, clock, (anna, "api:7", "Text 7"))
    assert more[0].number == 5


async def test_key_that_is_there_gives_the_text_that_is_there(
    db: Database, company: UUID, talks: dict[str, UUID], clock: HandClock
) -> None:
    anna = talks[ANNA]
    (first,) = await many(db, company, clock, (anna, "api:1", "Ett"))
    rows = await many(
        db, company, clock, (anna, "api:2", "Två"), (anna, "api:1", "Annat"), (anna, "api:2", "Tre")
    )
    assert [row.text for row in rows] == ["Två", "Ett", "Två"]
    assert rows[1].id == first.id
    assert rows[0].id == rows[2].id
    assert len(await jobs_put(db)) == 2
    async with db.read(company) as session:
        known = await texts_by_key(session, ["api:1", "api:2", "api:3"])
    assert {key: row.text for key, row in known.items()} == {"api:1": "Ett", "api:2": "Två"}


async def test_no_wishes_put_nothing_in_line(db: Database, company: UUID, clock: HandClock) -> None:
    assert await many(db, company, clock) == []
    assert await jobs_put(db) == []


async def test_batches_at_once_for_the_same_conversations_get_a_place_for_each_text(
    db: Database, company: UUID, talks: dict[str, UUID], clock: HandClock
) -> None:
    there, back = [talks[ANNA], talks[ERIK]], [talks[ERIK], talks[ANNA]]

    async def batch(number: int) -> None:
        order = there if number % 2 else back
        texts = [(talk, f"api:{number}:{place}", "Hej") for place, talk in enumerate(order * 3)]
        await many(db, company, clock, *texts)

    async with asyncio.timeout(20):
        await asyncio.gather(*(batch(number) for number in range(8)))
    async with db.read(company) as session:
        for talk in there:
            assert [row.number for row in await texts_of(session, talk)] == list(range(1, 25))


async def test_open_conversations_with_many_are_found_by_number(
    db: Database, company: UUID, talks: dict[str, UUID], clock: HandClock
) -> None:
    async with db.begin(company) as session:
        (await session.get_one(ConversationRow, talks[ERIK])).closed_at = clock.now()
    async with db.begin(company) as session:
        found = await lock_open_conversations(session, [ANNA, ERIK, "+46701740699"])
        assert {number: row.id for number, row in found.items()} == {ANNA: talks[ANNA]}
        assert await lock_open_conversations(session, []) == {}


@pytest.mark.parametrize("text", ["STOPP", "sluta sms:a mig"])
async def test_stop_counts_from_the_transaction_that_keeps_it(
    db: Database, company: UUID, receive: Receive, text: str
) -> None:
    await receive("s1", text)
    async with db.read(company) as session:
        (row,) = await session.scalars(select(OptOutRow))
        assert (row.number_index, row.told_by) == (number_index(ANNA), "caller")


async def test_received_text_is_to_be_answered_in_order_of_its_conversation(
    db: Database, talk: UUID, receive: Receive
) -> None:
    row = await receive("s1", "Har ni tid?")
    assert (row.number, row.direction, row.state) == (1, "in", MessageState.RECEIVED)
    assert (row.provider, row.provider_id, row.text) == ("46elks", "s1", "Har ni tid?")
    assert await jobs_put(db) == [("turn", row.id, f"turn:{talk}")]


async def test_text_that_was_received_is_known(
    db: Database, company: UUID, receive: Receive
) -> None:
    await receive("s1")
    async with db.read(company) as session:
        assert await is_received(session, "46elks", "s1")
        assert not await is_received(session, "46elks", "s2")
        assert not await is_received(session, "simulator", "s1")


async def test_text_delivered_twice_at_once_is_kept_once(
    db: Database, company: UUID, talk: UUID, receive: Receive
) -> None:
    async def attempt() -> bool:
        try:
            await receive("s1")
        except IntegrityError:
            return False
        return True

    assert sum(await asyncio.gather(*(attempt() for _ in range(6)))) == 1


async def test_texts_written_at_once_get_a_place_each(
    db: Database, company: UUID, talk: UUID, queue: Queue, receive: Receive
) -> None:
    async with asyncio.timeout(20):
        await asyncio.gather(
            *(queue(f"reply:{number}") for number in range(6)),
            *(receive(f"s{number}") for number in range(6)),
        )
    async with db.read(company) as session:
        numbers = [row.number for row in await texts_of(session, talk)]
    assert numbers == list(range(1, 13))


async def test_texts_of_a_conversation_are_the_latest_fifty_oldest_first(
    db: Database, company: UUID, talk: UUID, clock: HandClock
) -> None:
    async with db.begin(company) as session:
        row = await session.get_one(ConversationRow, talk)
        for number in range(1, 54):
            await queue_text(session, row, f"k:{number}", f"Text {number}", clock.now())
    async with db.read(company) as session:
        texts = [row.text for row in await texts_of(session, talk)]
    assert texts == [f"Text {number}" for number in range(4, 54)]


async def test_every_text_is_told_to_the_live_pages(
    db: Database, company: UUID, talk: UUID, queue: Queue, clock: HandClock
) -> None:
    clock.advance(60)
    row = await queue("first:1")
    assert row is not None
    async with db.read(company) as session:
        (change,) = await changes_since(session, 0)
        assert (change.kind, change.subject, change.part) == ("conversation", talk, row.id)
        assert change.new
        conversation = await session.get_one(ConversationRow, talk)
        assert conversation.changed_at == clock.now()


async def test_first_texts_and_turns_are_found_for_many_at_once(
    db: Database, company: UUID, talk: UUID, queue: Queue, receive: Receive, clock: HandClock
) -> None:
    first, answer = await queue("first:1"), await receive("s1")
    assert first is not None
    async with db.begin(company) as session:
        session.add(
            TurnRow(
                message_id=answer.id,
                engine="builtin",
                understood="{}",
                decided="[]",
                took_ms=3,
                created_at=clock.now(),
            )
        )
    async with db.read(company) as session:
        firsts = await first_texts(session, [talk, uuid4()])
        assert {key: row.id for key, row in firsts.items()} == {talk: first.id}
        turns = await turns_of(session, [first, answer])
        assert list(turns) == [answer.id]
        assert await first_texts(session, []) == {}
        assert await turns_of(session, []) == {}


async def test_opt_out_holds_for_one_company(
    db: Database, company: UUID, neighbour: UUID, clock: HandClock
) -> None:
    async def out(session: AsyncSession, number: str) -> bool:
        return await opted_out(session, number_index(number))

    async with db.begin(company) as session:
        session.add(OptOutRow(number_index=number_index(ANNA), created_at=clock.now()))
    async with db.read(company) as session:
        assert await out(session, ANNA)
        assert not await out(session, ERIK)
    async with db.read(neighbour) as session:
        assert not await out(session, ANNA)
