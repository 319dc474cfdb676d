"""Callers' texts on real rows: each kept once, in order, with the turn that answers it."""

import asyncio
from datetime import timedelta
from uuid import UUID

import pytest
from sqlalchemy import update
from structlog.testing import capture_logs

from ringback.db import Database
from ringback.errors import TryAgain
from ringback.messages import Inbound, MessageState, Receipt
from ringback.tables import ConversationRow, MessageRow
from sms_gateway.inbox import Inbox
from tests.clock import HandClock
from tests.flow import CALLER, OTHER_CALLER, US, add_number, jobs_of, queued, rows, text_from


@pytest.fixture
async def inbox(db: Database, company: UUID, clock: HandClock) -> Inbox:
    await add_number(db, company)
    return Inbox(db, clock.now, "46elks")


def text_in(
    provider_id: str = "s1", sender: str = CALLER, recipient: str = US, text: str = "Hej!"
) -> Inbound:
    at = HandClock().now()
    return Inbound("46elks", provider_id, sender, recipient, text, at)


async def test_text_opens_a_conversation_with_a_turn_and_an_end(
    db: Database, company: UUID, inbox: Inbox
) -> None:
    await inbox.receive(text_in())
    (talk,) = await rows(db, company, ConversationRow)
    (text,) = await rows(db, company, MessageRow)
    assert (talk.number, talk.our_number, talk.owner) == (CALLER, US, "assistant")
    assert (text.conversation_id, text.text, text.state) == (talk.id, "Hej!", "received")
    assert [job.subject for job in await jobs_of(db, "turn")] == [text.id]
    assert [job.subject for job in await jobs_of(db, "close")] == [talk.id]


async def test_answer_joins_the_conversation_that_is_open(
    db: Database, company: UUID, clock: HandClock, inbox: Inbox
) -> None:
    first = await queued(db, company, clock)
    await inbox.receive(text_in())
    assert len(await rows(db, company, ConversationRow)) == 1
    texts = await rows(db, company, MessageRow)
    assert {(text.id == first, text.number) for text in texts} == {(True, 1), (False, 2)}


async def test_text_after_the_end_of_a_conversation_opens_another(
    db: Database, company: UUID, clock: HandClock, inbox: Inbox
) -> None:
    await inbox.receive(text_in("s1"))
    async with db.begin(company) as session:
        await session.execute(update(ConversationRow).values(closed_at=clock.now()))
    await inbox.receive(text_in("s2"))
    talks = await rows(db, company, ConversationRow)
    assert sorted(talk.closed_at is None for talk in talks) == [False, True]


async def test_text_that_is_delivered_twice_is_kept_once(
    db: Database, company: UUID, inbox: Inbox
) -> None:
    await inbox.receive(text_in())
    await inbox.receive(text_in())
    assert len(await rows(db, company, MessageRow)) == 1
    assert len(await jobs_of(db, "turn")) == 1


async def test_text_that_is_delivered_many_times_at_once_is_kept_once(
    db: Database, company: UUID, inbox: Inbox
) -> None:
    outcomes = await asyncio.gather(
        *(inbox.receive(text_in()) for _ in range(6)), return_exceptions=True
    )
    # Whoever comes in between is told to deliver again, as providers do by themselves.
    assert all(outcome is None or isinstance(outcome, TryAgain) for outcome in outcomes), outcomes
    await inbox.receive(text_in())
    assert len(await rows(db, company, MessageRow)) == 1
    assert len(await rows(db, company, ConversationRow)) == 1


async def test_texts_at_once_get_places_and_turns_in_one_order(
    db: Database, company: UUID, clock: HandClock, inbox: Inbox
) -> None:
    await queued(db, company, clock)
    await asyncio.gather(*(inbox.receive(text_in(f"s{number}")) for number in range(6)))
    places = {text.id: text.number for text in await rows(db, company, MessageRow)}
    turns = sorted(await jobs_of(db, "turn"), key=lambda job: job.id)
    assert sorted(places.values()) == [1, 2, 3, 4, 5, 6, 7]
    assert [places[job.subject] for job in turns] == [2, 3, 4, 5, 6, 7]


async def test_text_to_a_number_of_nobody_is_logged_without_the_number(
    db: Database, company: UUID, inbox: Inbox
) -> None:
    with capture_logs() as logs:
        await inbox.receive(text_in(recipient="+46701740688"))
    assert [entry["event"] for entry in logs] == ["text_to_unknown_number"]
    assert "1740688" not in str(logs)
    assert not await rows(db, company, MessageRow)


@pytest.mark.parametrize("sender", ["Telia", "46elks", "1-800-FLOWERS", "71000", "", US])
async def test_text_from_a_name_a_short_code_or_ourselves_is_not_answered(
    db: Database, company: UUID, inbox: Inbox, sender: str
) -> None:
    with capture_logs() as logs:
        await inbox.receive(text_in(sender=sender))
    assert [entry["event"] for entry in logs] == ["text_from_unanswerable_sender"]
    assert not await rows(db, company, MessageRow)
    assert not await jobs_of(db, "turn")


async def test_two_callers_have_two_conversations(
    db: Database, company: UUID, inbox: Inbox
) -> None:
    await inbox.receive(text_in("s1", CALLER))
    await inbox.receive(text_in("s2", OTHER_CALLER))
    talks = await rows(db, company, ConversationRow)
    assert {talk.number for talk in talks} == {CALLER, OTHER_CALLER}


async def submitted(db: Database, company: UUID, clock: HandClock, provider_id: str | None) -> UUID:
    text = await queued(db, company, clock)
    async with db.begin(company) as session:
        row = await session.get_one(MessageRow, text)
        row.state, row.provider, row.provider_id = "unknown", "46elks", provider_id
    return text


async def test_receipt_finds_its_text_by_token_and_brings_the_provider_s_id(
    db: Database, company: UUID, clock: HandClock, inbox: Inbox
) -> None:
    text = await submitted(db, company, clock, None)
    token = (await text_from(db, company, text)).token
    at = clock.now() + timedelta(seconds=3)
    await inbox.settle(Receipt(token, "s9", MessageState.ACCEPTED, "sent", at))
    row = await text_from(db, company, text)
    assert (row.state, row.provider_id, row.settled_at) == ("accepted", "s9", None)
    await inbox.settle(Receipt(token, "s9", MessageState.DELIVERED, "delivered", at))
    row = await text_from(db, company, text)
    assert (row.state, row.settled_at, row.why) == ("delivered", at, None)


async def test_receipt_without_a_token_finds_its_text_by_the_provider_s_id(
    db: Database, company: UUID, clock: HandClock, inbox: Inbox
) -> None:
    text = await submitted(db, company, clock, "s9")
    await inbox.settle(Receipt(None, "s9", MessageState.FAILED, "failed", clock.now()))
    row = await text_from(db, company, text)
    assert (row.state, row.why) == ("failed", "failed")


@pytest.mark.parametrize(("token", "provider_id"), [("no-such-token", "s9"), (None, "s8")])
async def test_receipt_for_a_text_of_nobody_changes_nothing(
    db: Database,
    company: UUID,
    clock: HandClock,
    inbox: Inbox,
    token: str | None,
    provider_id: str,
) -> None:
    text = await submitted(db, company, clock, "s9")
    await inbox.settle(
        Receipt(token, provider_id, MessageState.DELIVERED, "delivered", clock.now())
    )
    assert (await text_from(db, company, text)).state == "unknown"
