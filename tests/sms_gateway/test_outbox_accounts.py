"""Several accounts with the same number: which one is asked, and when none is."""

import asyncio
from datetime import timedelta
from uuid import UUID

import pytest
from structlog.testing import capture_logs

from ringback.db import Database
from ringback.messages import (
    Accepted,
    AccountFault,
    MessageState,
    NotAccepted,
    Outcome,
    Receipt,
    Rejected,
    Unknown,
)
from ringback.sample import salon
from ringback.sms_account import AccountState
from ringback.store.companies import add_company
from ringback.store.sms_accounts import heard_from
from ringback.tables import ChangeRow, MessagePartRow, SmsAccountRow
from ringback.worker import Batch
from sms_gateway.breaker import Health, probing
from sms_gateway.health import healths, keep_health
from sms_gateway.outbox import Outbox
from sms_gateway.provider import Account, Found, NotFound
from sms_gateway.receipts import Receipts
from tests.clock import HandClock
from tests.flow import LEASE_S, add_number, jobs_of, queued, rows, run_due, text_from
from tests.sms_gateway.outgoing import (
    NUMBERS,
    RECONCILE_S,
    health_of,
    queue_many,
    states_in,
    steps_of,
)
from tests.sms_gateway.scripted import Scripted

NO_CREDIT = AccountFault("There is no credit left.")
AWAY = NotAccepted("The provider is out of reach.", 5.0)
BUSY = NotAccepted("The provider is busy.", 7.0, busy=True)
LOST = Unknown("The answer never came.")


@pytest.fixture
def first() -> Scripted:
    return Scripted("first")


@pytest.fixture
def second() -> Scripted:
    return Scripted("second")


@pytest.fixture
async def both(db: Database, company: UUID) -> None:
    """The company's number is at both accounts."""
    await add_number(db, company, "first", rank=1)
    await add_number(db, company, "second", rank=2)


@pytest.mark.parametrize("refusal", [AWAY, NO_CREDIT])
@pytest.mark.usefixtures("both")
async def test_text_that_was_certainly_not_taken_goes_to_the_next_account_at_once(
    db: Database,
    company: UUID,
    clock: HandClock,
    first: Scripted,
    second: Scripted,
    refusal: Outcome,
) -> None:
    first.answers.append(refusal)
    text = await queued(db, company, clock)
    await run_due(db, clock, steps_of(db, clock, first, second))
    row = await text_from(db, company, text)
    assert (row.state, row.provider, row.why) == ("accepted", "second", None)
    assert first.asked == second.asked


@pytest.mark.usefixtures("both")
async def test_text_that_the_first_may_have_is_never_given_to_the_second(
    db: Database, company: UUID, clock: HandClock, first: Scripted, second: Scripted
) -> None:
    first.answers.extend([LOST, ConnectionResetError()])
    for _ in range(2):
        await queued(db, company, clock)
    steps = steps_of(db, clock, first, second)
    for _ in range(30):
        await run_due(db, clock, steps)
        clock.advance(RECONCILE_S)
    assert await states_in(db, company) == ["unknown", "unknown"]
    assert (len(first.asked), second.asked) == (2, [])


@pytest.mark.usefixtures("both")
async def test_text_that_was_found_submitting_is_never_given_to_the_second(
    db: Database, company: UUID, clock: HandClock, first: Scripted, second: Scripted
) -> None:
    text = await queued(db, company, clock)
    row = await text_from(db, company, text)
    async with db.begin(company) as session:
        row = await session.merge(row)
        row.state, row.provider, row.submitted_at = "submitting", "first", clock.now()
    await run_due(db, clock, steps_of(db, clock, first, second))
    assert await states_in(db, company) == ["unknown"]
    assert (first.asked, second.asked) == ([], [])


async def test_unknown_text_is_looked_up_at_the_account_that_was_asked(
    db: Database, company: UUID, clock: HandClock, first: Scripted, second: Scripted
) -> None:
    await add_number(db, company, "second")
    await add_number(db, company, "first", rank=9)
    second.answers.append(LOST)
    text = await queued(db, company, clock)
    token = str((await text_from(db, company, text)).token)
    steps = steps_of(db, clock, first, second)
    await run_due(db, clock, steps)
    first.found[token] = NotFound()
    second.found[token] = Found("p9", MessageState.DELIVERED, 1, 700)
    clock.advance(RECONCILE_S)
    await run_due(db, clock, steps)
    row = await text_from(db, company, text)
    assert (row.state, row.provider_id, row.cost_e4) == ("delivered", "p9", 700)


@pytest.mark.usefixtures("both")
async def test_busy_account_is_waited_for_although_there_is_another(
    db: Database, company: UUID, clock: HandClock, first: Scripted, second: Scripted
) -> None:
    first.answers.append(BUSY)
    text = await queued(db, company, clock)
    steps = steps_of(db, clock, first, second)
    await run_due(db, clock, steps)
    (job,) = await jobs_of(db, "send")
    assert job.run_at - clock.now() == timedelta(seconds=7)
    clock.advance(7)
    await run_due(db, clock, steps)
    assert (await text_from(db, company, text)).provider == "first"
    assert not second.asked


@pytest.mark.usefixtures("both")
async def test_text_that_no_account_takes_waits_and_begins_again_with_the_first(
    db: Database, company: UUID, clock: HandClock, first: Scripted, second: Scripted
) -> None:
    first.answers.append(AWAY)
    second.answers.append(AWAY)
    text = await queued(db, company, clock)
    steps = steps_of(db, clock, first, second)
    await run_due(db, clock, steps)
    row = await text_from(db, company, text)
    assert (row.state, row.why) == ("queued", AWAY.reason)
    assert (len(first.asked), len(second.asked)) == (1, 1)
    clock.advance(5)
    await run_due(db, clock, steps)
    assert (await text_from(db, company, text)).provider == "first"


@pytest.mark.usefixtures("both")
async def test_turns_given_at_one_account_are_not_used_at_the_next_one(
    db: Database, company: UUID, clock: HandClock, first: Scripted, second: Scripted
) -> None:
    accounts = {"first": Account(first, per_second=20), "second": Account(second, per_second=0.2)}
    outbox = Outbox(db, clock.now, accounts, RECONCILE_S)
    first.answers.append(NO_CREDIT)
    await queue_many(db, company, clock, NUMBERS[:60])
    asked = []
    for _ in range(16):
        await run_due(db, clock, {"send": Batch(outbox.send, 64)})
        asked.append(len(second.asked))
        clock.advance(1)
    assert len(first.asked) == 1
    assert asked[0] <= 1
    assert asked[5:] == [asked[5]] * 5 + [asked[5] + 1] * 5 + [asked[5] + 2]


async def test_account_that_has_not_the_number_is_never_asked(
    db: Database, company: UUID, clock: HandClock, first: Scripted, second: Scripted
) -> None:
    await add_number(db, company, "first")
    await add_number(db, company, "second", "+46846500499")
    first.answers.append(NO_CREDIT)
    text = await queued(db, company, clock)
    await run_due(db, clock, steps_of(db, clock, first, second))
    row = await text_from(db, company, text)
    assert (row.state, row.why, second.asked) == ("queued", NO_CREDIT.reason, [])


async def test_number_at_an_account_that_is_not_here_keeps_its_texts_waiting_then_gives_up(
    db: Database, company: UUID, clock: HandClock, first: Scripted
) -> None:
    await add_number(db, company, "gone")
    text = await queued(db, company, clock)
    steps = steps_of(db, clock, first)
    await run_due(db, clock, steps)
    row = await text_from(db, company, text)
    assert (row.state, row.why) == ("queued", "No SMS account here has the number it is sent from.")
    for _ in range(20):
        clock.advance(minutes=15)
        await run_due(db, clock, steps)
    row = await text_from(db, company, text)
    assert (row.state, row.why, first.asked) == ("failed", "too_late", [])


async def several(db: Database, company: UUID, clock: HandClock, count: int) -> None:
    for number in range(count):
        await queued(db, company, clock, to=f"+467017406{10 + number}")


@pytest.mark.parametrize("receipts", [True, False])
async def test_stopped_account_is_tried_with_one_text_and_then_gets_all(
    db: Database, company: UUID, clock: HandClock, receipts: bool
) -> None:
    account = Scripted(receipts=receipts)
    steps = steps_of(db, clock, account)
    account.answers.append(NO_CREDIT)
    await queued(db, company, clock)
    with capture_logs() as logs:
        await run_due(db, clock, steps)
    assert "error" in {entry["log_level"] for entry in logs}
    await several(db, company, clock, 5)
    await run_due(db, clock, steps)
    assert len(account.asked) == 1
    health = await health_of(db, "46elks")
    assert health is not None
    assert (health.state, health.text) == ("down", NO_CREDIT.reason)
    clock.advance(30)
    account.answers.append(NO_CREDIT)
    await run_due(db, clock, steps)
    assert len(account.asked) == 2  # one was tried, in vain
    clock.advance(60)
    await run_due(db, clock, steps)
    assert len(account.asked) == 3
    clock.advance(3)
    await run_due(db, clock, steps)
    clock.advance(60)  # the one that was refused first waits its own time
    await run_due(db, clock, steps)
    assert await states_in(db, company) == ["accepted"] * 6
    health = await health_of(db, "46elks")
    assert health is not None
    assert (health.state, health.text, health.retry_at) == ("up", "", None)


async def test_waiting_text_says_what_is_wrong_with_the_account_and_is_given_up_in_the_end(
    db: Database, company: UUID, clock: HandClock
) -> None:
    account = Scripted()
    account.answers.extend([NO_CREDIT] * 100)
    await several(db, company, clock, 2)
    steps = steps_of(db, clock, account)
    for _ in range(12):
        await run_due(db, clock, steps)
        assert await states_in(db, company) == ["queued", "queued"]
        clock.advance(minutes=20)
    assert len(account.asked) < 30
    clock.advance(minutes=20)
    await run_due(db, clock, steps)
    assert await states_in(db, company) == ["failed", "failed"]


async def test_account_is_tried_by_one_of_two_workers(
    db: Database, company: UUID, clock: HandClock
) -> None:
    account = Scripted()
    account.answers.append(NO_CREDIT)
    await queued(db, company, clock)
    steps = steps_of(db, clock, account, most=2)
    await run_due(db, clock, steps)
    await several(db, company, clock, 8)
    clock.advance(30)
    account.answers.append(NO_CREDIT)
    await run_due(db, clock, steps, workers=2)
    assert len(account.asked) == 2


async def test_account_on_which_a_text_is_to_be_tried_is_locked_against_other_workers(
    db: Database, clock: HandClock
) -> None:
    now = clock.now()
    down = Health(now, AccountState.DOWN, "There is no credit left.", now, 3)
    async with db.begin_across() as session:
        await keep_health(session, "46elks", down)

    async def other_worker() -> Health:
        async with db.begin_across() as session:
            return (await healths(session, ["46elks"], now))["46elks"]

    async with db.begin_across() as session:
        assert (await healths(session, ["46elks"], now))["46elks"] == down
        other = asyncio.create_task(other_worker())
        await asyncio.wait([other], timeout=0.3)
        assert not other.done()
        await keep_health(session, "46elks", probing(down, now))
    assert await other == probing(down, now)


async def silence(db: Database, company: UUID, clock: HandClock, steps: object) -> None:
    for number in range(21):
        await queued(db, company, clock, to=f"+467017406{10 + number}")
        await run_due(db, clock, steps)  # type: ignore[arg-type]
        clock.advance(minutes=2)


@pytest.mark.usefixtures("both")
async def test_silent_account_is_replaced_by_another_until_a_receipt_comes(
    db: Database, company: UUID, clock: HandClock, first: Scripted, second: Scripted
) -> None:
    steps = steps_of(db, clock, first, second)
    await silence(db, company, clock, steps)
    health = await health_of(db, "first")
    assert health is not None
    assert health.state == "silent"
    asked = len(first.asked)
    await queued(db, company, clock)
    await run_due(db, clock, steps)
    assert (len(first.asked), len(second.asked)) == (asked, 1 + (21 - asked))
    async with db.begin_across() as session:
        await heard_from(session, "first", clock.now())
    await queued(db, company, clock)
    await run_due(db, clock, steps)
    assert len(first.asked) == asked + 1


async def test_silent_account_that_is_the_only_one_sends_on(
    db: Database, company: UUID, clock: HandClock, first: Scripted
) -> None:
    await add_number(db, company, "first")
    steps = steps_of(db, clock, first)
    await silence(db, company, clock, steps)
    await queued(db, company, clock)
    await run_due(db, clock, steps)
    assert len(first.asked) == 22


async def test_account_whose_receipts_all_came_is_not_silent_after_a_quiet_hour(
    db: Database, company: UUID, clock: HandClock, first: Scripted
) -> None:
    """Of many receipts at once, only the first is noted at the account."""
    await add_number(db, company, "first")
    steps = steps_of(db, clock, first)
    await queue_many(db, company, clock, NUMBERS[:30])
    await run_due(db, clock, steps)
    receipts = Receipts(db, clock.now)
    for outbound in first.asked[:1] * 2 + first.asked:
        await receipts.settle(
            Receipt("first", outbound.token, None, MessageState.DELIVERED, "d", clock.now())
        )
    async with db.begin_across() as session:  # as if all had been taken after that first one
        row = await session.get_one(SmsAccountRow, "first")
        row.unreported, row.silent_since = 29, clock.now()
    clock.advance(hours=1)
    await queued(db, company, clock)
    await run_due(db, clock, steps)
    health = await health_of(db, "first")
    assert health is not None
    assert (health.state, health.unreported) == ("up", 0)


async def test_every_company_with_a_number_at_the_account_is_told_when_it_stops(
    db: Database, company: UUID, clock: HandClock, first: Scripted
) -> None:
    neighbour = await add_company(db, salon(), clock.now())
    await add_number(db, company, "first")
    await add_number(db, neighbour, "first", "+46846500402")
    first.answers.append(NO_CREDIT)
    await queued(db, company, clock)
    await run_due(db, clock, steps_of(db, clock, first))
    for owner in (company, neighbour):
        assert "sms_account" in {change.kind for change in await rows(db, owner, ChangeRow)}


async def test_provider_that_knows_our_token_is_asked_again_after_a_crash_and_no_other(
    db: Database, company: UUID, clock: HandClock, second: Scripted
) -> None:
    knowing = Scripted("first", idempotent=True)
    await add_number(db, company, "second", rank=0)
    await add_number(db, company, "first", rank=1)
    text = await queued(db, company, clock)
    async with db.begin(company) as session:
        row = await session.merge(await text_from(db, company, text))
        row.state, row.provider, row.submitted_at = "submitting", "first", clock.now()
        row.reserved_e4 = 640
    clock.advance(LEASE_S)
    await run_due(db, clock, steps_of(db, clock, second, knowing))
    row = await text_from(db, company, text)
    assert (row.state, row.provider, len(knowing.asked)) == ("accepted", "first", 1)
    assert not second.asked


async def test_text_that_the_provider_refuses_because_of_a_stop_opts_the_number_out(
    db: Database, company: UUID, clock: HandClock
) -> None:
    account = Scripted()
    account.answers.append(Rejected("21610", "The recipient wants no texts.", opted_out=True))
    for _ in range(2):
        await queued(db, company, clock)
    await run_due(db, clock, steps_of(db, clock, account))
    assert await states_in(db, company) == ["rejected", "rejected"]
    assert len(account.asked) == 1


async def test_text_with_several_ids_keeps_a_row_for_each_part(
    db: Database, company: UUID, clock: HandClock
) -> None:
    account = Scripted()
    account.answers.append(Accepted("a1", 3, 1920, part_ids=("a1", "a2", "a3")))
    text = await queued(db, company, clock)
    await run_due(db, clock, steps_of(db, clock, account))
    parts = await rows(db, company, MessagePartRow)
    assert [(part.number, part.provider, part.provider_id, part.state) for part in parts] == [
        (1, "46elks", "a1", "accepted"),
        (2, "46elks", "a2", "accepted"),
        (3, "46elks", "a3", "accepted"),
    ]
    assert {part.message_id for part in parts} == {text}
