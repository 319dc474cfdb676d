"""Texts of unknown outcome on real rows: found out by a look-up, or told to a person in the end."""

from collections.abc import AsyncIterator, Collection
from datetime import UTC, datetime, timedelta
from uuid import UUID

import httpx
import pytest
from sqlalchemy import update

from ringback.db import Database
from ringback.messages import Accepted, MessageState, Outbound, Unknown
from ringback.policy import Situation
from ringback.tables import CallbackRow, ConversationRow, SmsNumberRow
from sms_gateway.provider import Found, NotFound
from sms_gateway.providers.elks import Elks
from tests.clock import HandClock
from tests.fakes.elks import FakeElks, Fault
from tests.flow import US, jobs_of, queued, rows, run_due, text_from
from tests.sms_gateway.outgoing import Steps, states_in, steps_of
from tests.sms_gateway.providers.elks_account import account
from tests.sms_gateway.scripted import Scripted

OTHER_NUMBER = "+46701740691"


class Asked(Scripted):
    """Remembers what it was asked to look up."""

    def __init__(self, name: str = "46elks") -> None:
        super().__init__(name)
        self.sought: list[tuple[Outbound, set[str]]] = []

    async def lookup(
        self, outbound: Outbound, since: datetime, known: Collection[str] = ()
    ) -> Found | NotFound | None:
        self.sought.append((outbound, set(known)))
        return await super().lookup(outbound, since, known)


@pytest.fixture
def asked() -> Asked:
    return Asked()


@pytest.fixture
def steps(db: Database, clock: HandClock, asked: Asked) -> Steps:
    return steps_of(db, clock, asked)


async def lost(
    db: Database,
    company: UUID,
    clock: HandClock,
    account: Scripted,
    situation: Situation = Situation.MISSED,
) -> UUID:
    """A text whose outcome is unknown."""
    account.answers.append(Unknown("no answer in time"))
    text = await queued(db, company, clock, situation=situation)
    await run_due(db, clock, steps_of(db, clock, account))
    assert (await text_from(db, company, text)).state == "unknown"
    return text


async def wait(db: Database, clock: HandClock, steps: Steps, hours: float) -> None:
    for _ in range(round(hours * 6)):
        clock.advance(minutes=10)
        await run_due(db, clock, steps)


async def callbacks(db: Database, company: UUID) -> list[str]:
    return [row.why for row in await rows(db, company, CallbackRow)]


async def reconciled(db: Database) -> list[str]:
    return [job.state for job in await jobs_of(db, "reconcile")]


async def test_person_is_told_once_of_a_text_that_look_ups_can_not_tell(
    db: Database, company: UUID, clock: HandClock, asked: Asked, steps: Steps
) -> None:
    await lost(db, company, clock, asked)
    await wait(db, clock, steps, 3.5)
    assert (await callbacks(db, company), await reconciled(db)) == ([], ["open"])
    await wait(db, clock, steps, 30)
    assert (await callbacks(db, company), await reconciled(db)) == (
        ["text_not_delivered"],
        ["done"],
    )
    assert await states_in(db, company) == ["unknown"]
    assert 10 < len(asked.sought) < 30


async def test_person_is_told_after_a_day_without_a_receipt_where_nothing_else_tells(
    db: Database, company: UUID, clock: HandClock
) -> None:
    account = Scripted(lookup=False)
    await lost(db, company, clock, account)
    steps = steps_of(db, clock, account)
    await wait(db, clock, steps, 23)
    assert await callbacks(db, company) == []
    await wait(db, clock, steps, 2)
    assert await callbacks(db, company) == ["text_not_delivered"]


async def test_text_that_was_settled_meanwhile_troubles_nobody(
    db: Database, company: UUID, clock: HandClock
) -> None:
    account = Scripted(lookup=False)
    text = await lost(db, company, clock, account)
    async with db.begin(company) as session:
        row = await session.get_one(type(await text_from(db, company, text)), text)
        row.state = MessageState.DELIVERED
    await wait(db, clock, steps_of(db, clock, account), 25)
    assert (await callbacks(db, company), await reconciled(db)) == ([], ["done"])


async def test_program_hears_of_its_own_text_and_no_person_does(
    db: Database, company: UUID, clock: HandClock
) -> None:
    account = Scripted(lookup=False)
    await lost(db, company, clock, account, Situation.PROGRAM)
    await wait(db, clock, steps_of(db, clock, account), 25)
    assert (await callbacks(db, company), await reconciled(db)) == ([], ["done"])


async def test_text_found_failed_is_shown_to_a_person(
    db: Database, company: UUID, clock: HandClock, asked: Asked, steps: Steps
) -> None:
    text = await lost(db, company, clock, asked)
    token = str((await text_from(db, company, text)).token)
    asked.found[token] = Found("\ud800", MessageState.FAILED, 1, 3_000_000_000)
    await wait(db, clock, steps, 1)
    assert await states_in(db, company) == ["failed"]
    assert await callbacks(db, company) == ["text_not_delivered"]


async def test_text_of_an_account_that_is_missing_waits_until_it_is_back(
    db: Database, company: UUID, clock: HandClock, asked: Asked, steps: Steps
) -> None:
    text = await lost(db, company, clock, asked)
    await wait(db, clock, steps_of(db, clock, Scripted("renamed")), 2)
    assert await reconciled(db) == ["open"]
    token = str((await text_from(db, company, text)).token)
    asked.found[token] = Found("p1", MessageState.DELIVERED, 1, None)
    await wait(db, clock, steps, 1)
    assert await states_in(db, company) == ["delivered"]
    assert await callbacks(db, company) == []


async def test_person_is_told_when_the_account_stays_missing(
    db: Database, company: UUID, clock: HandClock, asked: Asked
) -> None:
    await lost(db, company, clock, asked)
    await wait(db, clock, steps_of(db, clock, Scripted("renamed")), 5)
    assert await callbacks(db, company) == ["text_not_delivered"]
    assert await states_in(db, company) == ["unknown"]


async def test_look_up_that_breaks_off_is_asked_again(
    db: Database, company: UUID, clock: HandClock
) -> None:
    class Broken(Scripted):
        async def lookup(
            self, outbound: Outbound, since: datetime, known: Collection[str] = ()
        ) -> Found | NotFound | None:
            raise KeyError("status")

    await lost(db, company, clock, broken := Broken())
    await wait(db, clock, steps_of(db, clock, broken), 5)
    assert (await callbacks(db, company), await reconciled(db)) == (
        ["text_not_delivered"],
        ["done"],
    )


async def test_text_is_sought_under_the_number_that_it_was_sent_from(
    db: Database, company: UUID, clock: HandClock, asked: Asked, steps: Steps
) -> None:
    await lost(db, company, clock, asked)
    async with db.begin(company) as session:
        await session.execute(update(SmsNumberRow).values(e164=OTHER_NUMBER))
        await session.execute(update(ConversationRow).values(our_number=OTHER_NUMBER))
    await wait(db, clock, steps, 0.5)
    assert {outbound.sender for outbound, _ in asked.sought} == {US}


async def test_text_that_is_not_found_goes_in_line_behind_the_conversation_s_others(
    db: Database, company: UUID, clock: HandClock, asked: Asked, steps: Steps
) -> None:
    text = await lost(db, company, clock, asked)
    asked.found[str((await text_from(db, company, text)).token)] = NotFound()
    await wait(db, clock, steps, 0.5)
    assert await states_in(db, company) == ["accepted"]
    conversation = (await text_from(db, company, text)).conversation_id
    assert {job.lane for job in await jobs_of(db, "send")} == {f"send:1:{conversation}"}


async def test_texts_of_earlier_conversations_with_the_number_are_known(
    db: Database, company: UUID, clock: HandClock, asked: Asked, steps: Steps
) -> None:
    asked.answers += [Accepted("earlier", 1, None)]
    await queued(db, company, clock)
    await run_due(db, clock, steps)
    async with db.begin(company) as session:
        await session.execute(update(ConversationRow).values(closed_at=clock.now()))
    asked.answers += [Accepted("another's", 1, None)]
    await queued(db, company, clock, to="+46701740611")
    await run_due(db, clock, steps)
    await lost(db, company, clock, asked)
    await wait(db, clock, steps, 0.5)
    assert asked.sought[0][1] == {"earlier"}


async def test_two_lost_texts_of_the_same_words_are_never_both_the_one_that_is_found(
    db: Database, company: UUID, clock: HandClock, asked: Asked, steps: Steps
) -> None:
    asked.answers += [Unknown("lost")] * 2
    for _ in range(2):
        await queued(db, company, clock)
    await run_due(db, clock, steps)
    for outbound in asked.asked:
        asked.found[outbound.token] = Found("p1", MessageState.ACCEPTED, 1, None)
    await wait(db, clock, steps, 5)
    assert await states_in(db, company) == ["accepted", "unknown"]


@pytest.fixture
async def elks() -> AsyncIterator[FakeElks]:
    async with FakeElks() as server:
        server.receipts = ()
        yield server


@pytest.mark.parametrize("off_s", [-43_200, -3600, -660, -90, 0, 90, 660, 7200])
async def test_clock_that_is_wrong_never_sends_a_text_twice(
    db: Database, company: UUID, elks: FakeElks, off_s: float
) -> None:
    clock = HandClock(datetime.now(UTC) + timedelta(seconds=off_s))
    async with httpx.AsyncClient() as client:
        provider = Elks(account(elks), client, clock.now)
        steps = steps_of(db, clock, provider)
        elks.misbehave(Fault.DROP_AFTER_ACCEPTING)
        await queued(db, company, clock)
        await run_due(db, clock, steps)
        clock.advance(130)
        await run_due(db, clock, steps)
    assert len(elks.accepted) == 1
    sure = -600 < off_s < 60  # made at the time of the send, or a little later
    assert await states_in(db, company) == ["accepted" if sure else "unknown"]
