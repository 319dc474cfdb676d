"""What is decided in the transaction that marks a text: rules, money, and who wants no texts."""

from datetime import UTC, date, datetime, timedelta
from uuid import UUID, uuid4

import pytest

from ringback.db import Database
from ringback.messages import Accepted, AccountFault, NotAccepted, Outcome, Rejected, Unknown
from ringback.policy import NumberRule, Situation
from ringback.prices import Price
from ringback.store.numbers import set_number_rule
from ringback.store.prices import add_price
from ringback.store.spent import settle_cost, spent_by_company
from ringback.tables import CallbackRow, MessageRow, OptOutRow
from ringback.tenancy import number_index
from ringback.worker import Worker
from sms_gateway.provider import NotFound
from tests.clock import HandClock
from tests.flow import CALLER, LEASE_S, OTHER_CALLER, jobs_of, queued, rows, run_due, text_from
from tests.sms_gateway.outgoing import (
    MANY,
    NUMBERS,
    PART_E4,
    RECONCILE_S,
    Steps,
    queue_many,
    set_rules,
    spent_in,
    states_in,
    steps_of,
    texts_in,
)
from tests.sms_gateway.scripted import Scripted

DAY, MONTH = "2026-11-20", "2026-11"  # of the clock, in Stockholm
HOUR = f"{DAY}T10"


@pytest.fixture
def account() -> Scripted:
    return Scripted()


@pytest.fixture
def steps(db: Database, clock: HandClock, account: Scripted) -> Steps:
    return steps_of(db, clock, account)


async def test_text_is_counted_by_number_and_company_in_local_hours_days_and_months(
    db: Database, company: UUID, clock: HandClock, steps: Steps
) -> None:
    for words in ("Hej!", "Hej då!", "å" * 161):
        await queued(db, company, clock, words)
    await run_due(db, clock, steps)
    assert await spent_in(db, company) == {
        f"number {HOUR}": (3, 4 * PART_E4),
        f"number {DAY}": (3, 4 * PART_E4),
        DAY: (3, 4 * PART_E4),
        MONTH: (3, 4 * PART_E4),
    }


async def test_price_is_that_of_the_account_and_country_on_the_day(
    db: Database, company: UUID, clock: HandClock, steps: Steps
) -> None:
    async with db.begin_across() as session:
        await add_price(session, Price("46elks", "SE", date(2026, 1, 1), 3500))
        await add_price(session, Price("46elks", "SE", date(2026, 11, 21), 9000))
        await add_price(session, Price("other", "SE", date(2026, 1, 1), 100))
    text = await queued(db, company, clock)
    await run_due(db, clock, steps)
    row = await text_from(db, company, text)
    assert (row.parts, row.reserved_e4) == (1, 3500)
    assert (await spent_in(db, company))[DAY] == (1, 3500)


@pytest.mark.parametrize(
    ("bound", "sent", "why"),
    [
        ({"company_day_ore": 64}, 10, "company_day"),  # ten texts of 6.4 öre, to the öre
        ({"company_day_ore": 63}, 9, "company_day"),
        ({"company_month_ore": 70}, 10, "company_month"),
        ({"company_month_ore": 0}, 0, "company_month"),
    ],
)
async def test_texts_of_one_batch_see_what_the_others_have_reserved(
    db: Database,
    company: UUID,
    clock: HandClock,
    steps: Steps,
    bound: dict[str, int],
    sent: int,
    why: str,
) -> None:
    await set_rules(db, company, {"limits": bound})
    await queue_many(db, company, clock, NUMBERS[:12])
    await run_due(db, clock, steps)
    found = await rows(db, company, MessageRow)
    assert sorted(row.state for row in found) == ["accepted"] * sent + ["rejected"] * (12 - sent)
    assert {row.why for row in found if row.state == "rejected"} == {why}
    assert (await spent_in(db, company)).get(DAY, (0, 0)) == (sent, sent * PART_E4)


async def test_two_workers_at_once_do_not_pass_the_budget(
    db: Database, company: UUID, clock: HandClock, account: Scripted
) -> None:
    await set_rules(db, company, {"limits": {"company_day_ore": 128}})
    await queue_many(db, company, clock, NUMBERS[:40])
    await run_due(db, clock, steps_of(db, clock, account, most=4), workers=2)
    assert await states_in(db, company) == ["accepted"] * 20 + ["rejected"] * 20
    assert len(account.asked) == 20


@pytest.mark.parametrize(
    ("bound", "why"),
    [
        ({"number_hour_texts": 2}, "number_hour"),
        ({"number_day_texts": 2}, "number_day"),
        ({"number_day_ore": 13}, "number_day"),
    ],
)
async def test_bound_of_one_number_stops_no_other(
    db: Database,
    company: UUID,
    clock: HandClock,
    steps: Steps,
    bound: dict[str, int],
    why: str,
) -> None:
    await set_rules(db, company, {"limits": bound})
    for number in range(3):
        await queued(db, company, clock, f"Text {number}")
    await queued(db, company, clock, "To another", to=OTHER_CALLER)
    await run_due(db, clock, steps)
    texts = await texts_in(db, company)
    assert [texts[f"Text {number}"].state for number in range(3)] == [
        "accepted",
        "accepted",
        "rejected",
    ]
    assert (texts["Text 2"].why, texts["To another"].state) == (why, "accepted")


NOT_TAKEN = [
    NotAccepted("The provider is away.", 30),
    NotAccepted("The provider is busy.", 30, busy=True),
    AccountFault("There is no credit left."),
    Rejected("400", "No such number."),
]


@pytest.mark.parametrize("outcome", NOT_TAKEN)
async def test_money_for_a_text_that_was_not_taken_is_given_back(
    db: Database,
    company: UUID,
    clock: HandClock,
    steps: Steps,
    account: Scripted,
    outcome: Outcome,
) -> None:
    account.answers.append(outcome)
    text = await queued(db, company, clock)
    await run_due(db, clock, steps)
    assert set((await spent_in(db, company)).values()) == {(0, 0)}
    assert (await text_from(db, company, text)).reserved_e4 is None


async def test_money_for_a_text_of_unknown_outcome_stays_reserved_until_it_is_not_found(
    db: Database, company: UUID, clock: HandClock, steps: Steps, account: Scripted
) -> None:
    account.answers.append(Unknown("No answer came."))
    text = await queued(db, company, clock)
    await run_due(db, clock, steps)
    assert (await spent_in(db, company))[DAY] == (1, PART_E4)
    account.found[str((await text_from(db, company, text)).token)] = NotFound()
    account.answers.append(Rejected("400", "No such number."))
    clock.advance(RECONCILE_S)
    await run_due(db, clock, steps)
    assert set((await spent_in(db, company)).values()) == {(0, 0)}


async def test_text_that_waits_over_midnight_counts_on_the_day_it_is_sent(
    db: Database, company: UUID, account: Scripted
) -> None:
    clock = HandClock(datetime(2026, 11, 20, 22, 59, tzinfo=UTC))  # 23:59 in Stockholm
    account.answers.append(NotAccepted("The provider is away.", 120))
    await queued(db, company, clock)
    steps = steps_of(db, clock, account)
    await run_due(db, clock, steps)
    clock.advance(120)
    await run_due(db, clock, steps)
    spent = await spent_in(db, company)
    assert (spent[DAY], spent["2026-11-21"], spent[MONTH]) == (
        (0, 0),
        (1, PART_E4),
        (1, PART_E4),
    )


@pytest.mark.parametrize("cost_e4", [0, 500, 9000])
async def test_what_the_provider_says_it_cost_takes_the_place_of_what_was_reserved(
    db: Database,
    company: UUID,
    clock: HandClock,
    steps: Steps,
    account: Scripted,
    cost_e4: int,
) -> None:
    account.answers.append(Accepted("p1", 2, cost_e4))
    text = await queued(db, company, clock)
    await run_due(db, clock, steps)
    row = await text_from(db, company, text)
    assert (row.parts, row.cost_e4) == (2, cost_e4)
    assert set((await spent_in(db, company)).values()) == {(1, cost_e4)}


async def test_cost_that_is_told_later_and_corrected_is_counted_on_the_day_of_the_text(
    db: Database, company: UUID, clock: HandClock, steps: Steps
) -> None:
    text = await queued(db, company, clock)
    await run_due(db, clock, steps)
    clock.advance(days=3)
    for cost_e4 in (5000, 5000, 4500):
        async with db.begin(company) as session:
            await settle_cost(session, await session.get_one(MessageRow, text), cost_e4)
        assert set((await spent_in(db, company)).values()) == {(1, cost_e4)}
    async with db.read(company) as session:
        spent = await spent_by_company(session, clock.now())
    assert (spent.company_day_e4, spent.company_month_e4) == (0, 4500)


async def test_text_that_is_not_sent_says_why_and_is_shown_to_a_person(
    db: Database, company: UUID, clock: HandClock, steps: Steps, account: Scripted
) -> None:
    text = await queued(db, company, clock, "å" * 1000)
    await run_due(db, clock, steps)
    row = await text_from(db, company, text)
    assert (row.state, row.why) == ("rejected", "too_long")
    (callback,) = await rows(db, company, CallbackRow)
    assert (callback.key, callback.why, callback.number) == (
        f"text:{text}",
        "text_not_sent",
        CALLER,
    )
    assert callback.conversation_id == row.conversation_id
    assert not account.asked


async def test_text_that_no_provider_could_send_is_ended_with_the_reason(
    db: Database, company: UUID, clock: HandClock, steps: Steps
) -> None:
    text = await queued(db, company, clock)
    async with db.begin(company) as session:
        (await session.get_one(MessageRow, text)).text = ""
    await run_due(db, clock, steps)
    row = await text_from(db, company, text)
    assert (row.state, bool(row.why)) == ("rejected", True)
    assert {job.state for job in await jobs_of(db, "send")} == {"done"}


async def test_excluded_number_gets_answers_only(
    db: Database, company: UUID, clock: HandClock, steps: Steps
) -> None:
    async with db.begin(company) as session:
        await set_number_rule(session, CALLER, NumberRule.EXCLUDED, "", clock.now())
    first = await queued(db, company, clock, situation=Situation.MISSED)
    answer = await queued(db, company, clock, situation=Situation.REPLY)
    await run_due(db, clock, steps)
    row = await text_from(db, company, first)
    assert (row.state, row.why) == ("rejected", "excluded")
    assert (await text_from(db, company, answer)).state == "accepted"


NIGHTS = [  # asked for, and when quiet hours end: at 08:00 in Stockholm
    (datetime(2026, 3, 28, 22, 0, tzinfo=UTC), datetime(2026, 3, 29, 6, 0, tzinfo=UTC)),
    (datetime(2026, 10, 24, 22, 0, tzinfo=UTC), datetime(2026, 10, 25, 7, 0, tzinfo=UTC)),
    (datetime(2026, 11, 20, 22, 0, tzinfo=UTC), datetime(2026, 11, 21, 7, 0, tzinfo=UTC)),
]


@pytest.mark.parametrize(("asked_at", "until"), NIGHTS)
async def test_text_is_held_over_the_night_also_when_the_clocks_change(
    db: Database, company: UUID, account: Scripted, asked_at: datetime, until: datetime
) -> None:
    clock = HandClock(asked_at)
    await set_rules(db, company, {"quiet": {"then": "hold"}})
    text = await queued(db, company, clock, situation=Situation.MISSED)
    steps = steps_of(db, clock, account)
    await run_due(db, clock, steps)
    row, (job,) = await text_from(db, company, text), await jobs_of(db, "send")
    assert (row.state, row.why, row.held_until) == ("queued", "quiet_hours", until)
    assert (job.run_at, job.attempts, job.fault) == (until, 0, None)
    clock.advance((until - asked_at).total_seconds() - 1)
    await run_due(db, clock, steps)
    assert not account.asked
    clock.advance(1)
    await run_due(db, clock, steps)
    assert (await text_from(db, company, text)).state == "accepted"
    assert await spent_in(db, company)


async def test_text_that_was_held_is_given_up_four_hours_after_the_night(
    db: Database, company: UUID, account: Scripted
) -> None:
    clock = HandClock(datetime(2026, 11, 20, 20, 30, tzinfo=UTC))
    await set_rules(db, company, {"quiet": {"then": "hold"}})
    text = await queued(db, company, clock, situation=Situation.MISSED)
    steps = steps_of(db, clock, account)
    await run_due(db, clock, steps)
    clock.advance(hours=10.5 + 4)
    account.answers.append(NotAccepted("The provider is away.", 1))
    await run_due(db, clock, steps)
    assert (await text_from(db, company, text)).state == "queued"
    clock.advance(hours=1)
    await run_due(db, clock, steps)
    assert (await text_from(db, company, text)).state == "failed"


async def test_opt_out_stops_exactly_that_number_s_texts_from_the_next_claim_on(
    db: Database, company: UUID, clock: HandClock, account: Scripted
) -> None:
    """A thousand texts are in line when one number wants no more of them."""
    await set_rules(db, company, {"limits": MANY})
    callers, each = NUMBERS[:50], 20
    await queue_many(db, company, clock, callers, each)
    worker = Worker(db, clock.now, steps_of(db, clock, account), LEASE_S)
    for _ in range(6):
        assert await worker.run_one()
    quits = callers[7]
    before = [outbound.recipient for outbound in account.asked].count(quits)
    assert 0 < before < each
    async with db.begin(company) as session:
        index = number_index(quits)
        session.add(OptOutRow(id=uuid4(), number_index=index, created_at=clock.now()))
    while await worker.run_one():
        pass
    asked = [outbound.recipient for outbound in account.asked]
    assert asked.count(quits) == before
    assert {asked.count(caller) for caller in callers if caller != quits} == {each}
    found = await rows(db, company, MessageRow)
    assert sorted(row.state for row in found) == ["accepted"] * len(asked) + ["rejected"] * (
        each - before
    )
    assert {row.why for row in found if row.state == "rejected"} == {"opted_out"}


async def test_sums_that_nobody_asks_for_any_more_are_dropped(
    db: Database, company: UUID, clock: HandClock, steps: Steps
) -> None:
    await queued(db, company, clock)
    await run_due(db, clock, steps)
    clock.advance(timedelta(days=2).total_seconds())
    await run_due(db, clock, steps)
    await queued(db, company, clock, to=OTHER_CALLER)
    await run_due(db, clock, steps)
    clock.advance(3600)
    await run_due(db, clock, steps)
    assert f"number {HOUR}" not in await spent_in(db, company)
    assert (await spent_in(db, company))[DAY] == (1, PART_E4)
