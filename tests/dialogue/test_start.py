"""The first text and the end of a conversation, on real rows."""

from dataclasses import replace
from datetime import timedelta
from uuid import UUID

import pytest
from structlog.testing import capture_logs

from dialogue.start import CLOSE_AFTER, Start
from ringback.calls import Call, Reason
from ringback.db import Database
from ringback.store.calls import record_call
from ringback.tables import CallbackRow, CallRow, ConversationRow, MessageRow, OptOutRow
from ringback.tenancy import number_index
from ringback.worker import Step
from tests.clock import HandClock
from tests.flow import CALLER, OTHER_CALLER, US, add_number, jobs_of, rows, run_due
from tests.ringback.flow import ANNA, add_pbx, missed_call

LATE = timedelta(minutes=120)
Steps = dict[str, Step]


@pytest.fixture
def steps(db: Database, clock: HandClock) -> Steps:
    start = Start(db, clock.now, "46elks", LATE)
    return {"first_text": start.first_text, "close": start.close}


@pytest.fixture
async def pbx(db: Database, company: UUID) -> UUID:
    await add_number(db, company)
    async with db.begin(company) as session:
        return await add_pbx(session)


async def missed(db: Database, company: UUID, pbx: UUID, clock: HandClock, *calls: Call) -> None:
    for call in calls:
        async with db.begin(company) as session:
            await record_call(session, pbx, call, clock.now())


async def test_missed_caller_gets_one_text_in_a_conversation_that_will_end(
    db: Database, company: UUID, pbx: UUID, clock: HandClock, steps: Steps
) -> None:
    await missed(db, company, pbx, clock, missed_call())
    await run_due(db, clock, steps)
    (call,) = await rows(db, company, CallRow)
    (talk,) = await rows(db, company, ConversationRow)
    (text,) = await rows(db, company, MessageRow)
    assert (talk.number, talk.our_number, talk.closed_at) == (CALLER, US, None)
    assert (call.conversation_id, call.text_withheld) == (talk.id, None)
    assert (text.state, text.direction, text.number) == ("queued", "out", 1)
    assert "Salong Saxen" in text.text
    assert [job.subject for job in await jobs_of(db, "send")] == [text.id]
    (close,) = await jobs_of(db, "close")
    assert (close.subject, close.run_at) == (talk.id, clock.now() + CLOSE_AFTER)


async def test_second_missed_call_joins_the_conversation_and_is_not_texted(
    db: Database, company: UUID, pbx: UUID, clock: HandClock, steps: Steps
) -> None:
    await missed(db, company, pbx, clock, missed_call("1.1"))
    await run_due(db, clock, steps)
    clock.advance(minutes=10)
    await missed(db, company, pbx, clock, missed_call("1.2", at=clock.now()))
    await run_due(db, clock, steps)
    (talk,) = await rows(db, company, ConversationRow)
    calls = {call.uniqueid: call for call in await rows(db, company, CallRow)}
    assert calls["1.2"].conversation_id == talk.id
    assert [calls[name].text_withheld for name in ("1.1", "1.2")] == [None, "ongoing"]
    assert talk.changed_at == clock.now()
    assert len(await rows(db, company, MessageRow)) == 1


async def test_calls_that_end_at_the_same_instant_make_one_conversation_per_caller(
    db: Database, company: UUID, pbx: UUID, clock: HandClock, steps: Steps
) -> None:
    callers = [f"+467017406{number:02d}" for number in range(5, 11)]
    calls = [missed_call(f"{time}.{caller}", caller) for caller in callers for time in (1, 2)]
    await missed(db, company, pbx, clock, *calls)
    with capture_logs() as logs:
        for _ in range(2):  # who was second tries again in a moment
            await run_due(db, clock, steps, workers=4)
            clock.advance(seconds=1)
    assert "job_failed" not in {entry["event"] for entry in logs}
    talks = await rows(db, company, ConversationRow)
    texts = await rows(db, company, MessageRow)
    assert sorted(talk.number for talk in talks) == callers
    assert sorted(str(text.conversation_id) for text in texts) == sorted(
        str(talk.id) for talk in talks
    )
    reasons = [call.text_withheld for call in await rows(db, company, CallRow)]
    assert (reasons.count(None), reasons.count("ongoing")) == (6, 6)
    assert {job.state for job in await jobs_of(db, "first_text")} == {"done"}


WITHHELD = replace(missed_call(), caller="anonymous", caller_e164=None, withheld=True)
LANDLINE = missed_call(caller="+46846500455")


@pytest.mark.parametrize(
    ("call", "late_by", "reason"),
    [
        (WITHHELD, timedelta(0), "withheld"),
        (replace(missed_call(), withheld=True), timedelta(0), "withheld"),
        (LANDLINE, timedelta(0), "not_mobile"),
        (missed_call(), LATE + timedelta(minutes=1), "found_late"),
        (LANDLINE, LATE + timedelta(minutes=1), "found_late"),
        (missed_call(), timedelta(minutes=-2), "found_late"),
    ],
)
async def test_call_that_may_not_be_texted_keeps_the_reason(
    db: Database,
    company: UUID,
    pbx: UUID,
    clock: HandClock,
    steps: Steps,
    call: Call,
    late_by: timedelta,
    reason: str,
) -> None:
    clock.advance(late_by.total_seconds())
    await missed(db, company, pbx, clock, call)
    await run_due(db, clock, steps)
    (row,) = await rows(db, company, CallRow)
    assert (row.text_withheld, row.conversation_id) == (reason, None)
    assert not await rows(db, company, MessageRow)


async def test_caller_found_too_late_to_text_is_to_be_rung(
    db: Database, company: UUID, pbx: UUID, clock: HandClock, steps: Steps
) -> None:
    clock.advance((LATE + timedelta(minutes=1)).total_seconds())
    await missed(db, company, pbx, clock, missed_call())
    await run_due(db, clock, steps)
    (call,), (callback,) = await rows(db, company, CallRow), await rows(db, company, CallbackRow)
    assert (callback.call_id, callback.number, callback.why) == (call.id, ANNA, "found_late")


async def test_callback_asked_for_in_the_call_is_shown_in_its_conversation(
    db: Database, company: UUID, pbx: UUID, clock: HandClock, steps: Steps
) -> None:
    call = replace(missed_call(), reason=Reason.CALLBACK_REQUESTED)
    await missed(db, company, pbx, clock, call)
    await run_due(db, clock, steps)
    (callback,) = await rows(db, company, CallbackRow)
    (conversation,) = await rows(db, company, ConversationRow)
    assert callback.conversation_id == conversation.id


async def test_caller_who_opted_out_is_not_texted(
    db: Database, company: UUID, pbx: UUID, clock: HandClock, steps: Steps
) -> None:
    async with db.begin(company) as session:
        index = number_index(CALLER)
        session.add(OptOutRow(number_index=index, created_at=clock.now()))
    calls = missed_call("1.1"), missed_call("1.2", OTHER_CALLER)
    await missed(db, company, pbx, clock, *calls)
    await run_due(db, clock, steps)
    reasons = {row.uniqueid: row.text_withheld for row in await rows(db, company, CallRow)}
    assert reasons == {"1.1": "opted_out", "1.2": None}
    (talk,) = await rows(db, company, ConversationRow)
    assert talk.number == OTHER_CALLER


async def test_company_without_a_number_for_texts_sends_none_and_says_so(
    db: Database, company: UUID, clock: HandClock, steps: Steps
) -> None:
    await add_number(db, company, "simulator")  # another provider's
    async with db.begin(company) as session:
        pbx = await add_pbx(session)
    await missed(db, company, pbx, clock, missed_call())
    await run_due(db, clock, steps)
    (call,) = await rows(db, company, CallRow)
    assert call.text_withheld == "off"
    assert not await rows(db, company, ConversationRow)


async def test_conversation_ends_after_three_quiet_days_and_not_before(
    db: Database, company: UUID, pbx: UUID, clock: HandClock, steps: Steps
) -> None:
    await missed(db, company, pbx, clock, missed_call("1.1"))
    await run_due(db, clock, steps)
    clock.advance(days=2)
    await missed(db, company, pbx, clock, missed_call("1.2", at=clock.now()))
    await run_due(db, clock, steps)
    clock.advance(days=2)
    await run_due(db, clock, steps)
    (talk,) = await rows(db, company, ConversationRow)
    assert talk.closed_at is None  # two days since the second call
    clock.advance(days=1)
    await run_due(db, clock, steps)
    (talk,) = await rows(db, company, ConversationRow)
    assert talk.closed_at == clock.now()
    assert [job.state for job in await jobs_of(db, "close")] == ["done"]


async def test_call_after_the_end_of_a_conversation_begins_another(
    db: Database, company: UUID, pbx: UUID, clock: HandClock, steps: Steps
) -> None:
    await missed(db, company, pbx, clock, missed_call("1.1"))
    await run_due(db, clock, steps)
    clock.advance(CLOSE_AFTER.total_seconds())
    await run_due(db, clock, steps)
    await missed(db, company, pbx, clock, missed_call("1.2", at=clock.now()))
    await run_due(db, clock, steps)
    talks = await rows(db, company, ConversationRow)
    assert sorted(talk.closed_at is None for talk in talks) == [False, True]
    assert len(await rows(db, company, MessageRow)) == 2


async def test_caller_who_may_have_hidden_the_number_is_to_be_rung_and_not_texted(
    db: Database, company: UUID, pbx: UUID, clock: HandClock, steps: Steps
) -> None:
    await missed(db, company, pbx, clock, replace(missed_call(), presentation_known=False))
    await run_due(db, clock, steps)
    (call,), (callback,) = await rows(db, company, CallRow), await rows(db, company, CallbackRow)
    assert (call.text_withheld, call.caller_e164, call.withheld) == (
        "found_in_records",
        ANNA,
        False,
    )
    assert (callback.call_id, callback.why) == (call.id, "found_in_records")
    assert not await rows(db, company, MessageRow)
