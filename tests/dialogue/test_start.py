"""The first text and the end of a conversation, on real rows."""

from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import Any
from uuid import UUID

import pytest
from sqlalchemy import select
from structlog.testing import capture_logs

from dialogue.promises.steps import Promises
from dialogue.start import CLOSE_AFTER, Start
from ringback.calls import Call, Reason
from ringback.db import Database
from ringback.policy import NumberRule, Situation
from ringback.store.calls import record_call
from ringback.store.conversations import open_conversation
from ringback.store.numbers import set_number_rule
from ringback.store.templates import save_template
from ringback.store.texting import privacy_url, save_texting
from ringback.tables import (
    CallbackRow,
    CallRow,
    ConversationRow,
    MessageRow,
    OptOutRow,
    SmsNumberRow,
)
from ringback.templates import Template
from ringback.tenancy import number_index
from ringback.worker import Step
from tests.clock import HandClock
from tests.flow import CALLER, OTHER_CALLER, US, add_number, jobs_of, rows, run_due
from tests.ringback.flow import ANNA, add_pbx, missed_call

LATE = timedelta(minutes=120)
CLOSING = datetime(2026, 11, 20, 16, 0, tzinfo=UTC)  # 17:00 in Stockholm, Friday
Steps = dict[str, Step]


@pytest.fixture
def steps(db: Database, clock: HandClock) -> Steps:
    accounts, address = ("46elks",), "https://ring.example.se"
    start = Start(db, clock.now, accounts, LATE, address)
    confirm = Promises(db, clock.now, accounts, address).confirm
    return {"first_text": start.first_text, "close": start.close, "callback_text": confirm}


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


HIDDEN = replace(missed_call(), withheld=True)
ANONYMOUS = replace(missed_call(), caller="anonymous", caller_e164=None, withheld=True)
LANDLINE = missed_call(caller="+46846500455")
ABROAD = missed_call(caller="+4740612345")
OTHER_DID = "+46846500411"
OUR_TELEPHONE = replace(missed_call(caller="+46846500410"), did_e164=OTHER_DID)
OUR_DID = replace(missed_call(caller=OTHER_DID), did_e164=OTHER_DID)
IN_RECORDS = replace(missed_call(), presentation_known=False)
LATE_CALL = LATE + timedelta(minutes=1)
AT_ONCE = timedelta(0)


@pytest.mark.parametrize(
    ("call", "after", "reason", "to_ring"),
    [
        (ANONYMOUS, AT_ONCE, "withheld", ""),
        (HIDDEN, AT_ONCE, "withheld", ""),
        (LANDLINE, AT_ONCE, "not_mobile", "+46846500455"),
        (ABROAD, AT_ONCE, "country", "+4740612345"),
        (missed_call(), LATE_CALL, "found_late", ANNA),
        (LANDLINE, LATE_CALL, "found_late", "+46846500455"),
        (missed_call(), timedelta(minutes=-2), "found_late", ANNA),
        (IN_RECORDS, AT_ONCE, "found_in_records", ANNA),
        (OUR_TELEPHONE, AT_ONCE, "own_number", None),
        (OUR_DID, AT_ONCE, "own_number", None),
        (missed_call(caller=US), AT_ONCE, "own_number", None),
    ],
)
async def test_call_that_may_not_be_texted_keeps_the_reason_and_a_person_is_to_ring(
    db: Database,
    company: UUID,
    pbx: UUID,
    clock: HandClock,
    steps: Steps,
    call: Call,
    after: timedelta,
    reason: str,
    to_ring: str | None,
) -> None:
    clock.advance(after.total_seconds())
    await missed(db, company, pbx, clock, call)
    await run_due(db, clock, steps)
    (row,) = await rows(db, company, CallRow)
    assert (row.text_withheld, row.conversation_id) == (reason, None)
    assert not await rows(db, company, MessageRow)
    wanted = [
        (wish.call_id, wish.number, wish.why) for wish in await rows(db, company, CallbackRow)
    ]
    assert wanted == ([] if to_ring is None else [(row.id, to_ring, reason)])


@pytest.mark.parametrize(
    ("rule", "reason", "listed"),
    [
        (NumberRule.EXCLUDED, "excluded", False),
        (NumberRule.OWN, "own_number", False),
        (None, "not_mobile", True),
        (NumberRule.TEXTABLE, None, False),
    ],
)
async def test_number_is_treated_as_the_company_says(
    db: Database,
    company: UUID,
    pbx: UUID,
    clock: HandClock,
    steps: Steps,
    rule: NumberRule | None,
    reason: str | None,
    listed: bool,
) -> None:
    if rule:
        async with db.begin(company) as session:
            await set_number_rule(session, "08-465 004 55", rule, "", clock.now())
    await missed(db, company, pbx, clock, LANDLINE)
    await run_due(db, clock, steps)
    (row,) = await rows(db, company, CallRow)
    assert row.text_withheld == reason
    assert len(await rows(db, company, CallbackRow)) == listed
    assert len(await rows(db, company, MessageRow)) == (reason is None)


async def test_company_that_texts_no_missed_callers_has_them_on_its_list(
    db: Database, company: UUID, pbx: UUID, clock: HandClock, steps: Steps
) -> None:
    async with db.begin(company) as session:
        await save_texting(session, {"missed_calls": False})
    await missed(db, company, pbx, clock, missed_call())
    await run_due(db, clock, steps)
    (call,), (callback,) = await rows(db, company, CallRow), await rows(db, company, CallbackRow)
    assert call.text_withheld == callback.why == "switched_off"


async def test_callback_asked_for_in_the_call_is_shown_in_its_conversation(
    db: Database, company: UUID, pbx: UUID, clock: HandClock, steps: Steps
) -> None:
    call = replace(missed_call(), reason=Reason.CALLBACK_REQUESTED)
    await missed(db, company, pbx, clock, call)
    await run_due(db, clock, steps)
    clock.advance(seconds=20)
    await run_due(db, clock, steps)
    (callback,) = await rows(db, company, CallbackRow)
    (conversation,) = await rows(db, company, ConversationRow)
    assert callback.conversation_id == conversation.id


async def test_caller_who_opted_out_is_to_be_rung_and_not_texted(
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
    (callback,) = await rows(db, company, CallbackRow)
    assert (callback.number, callback.why) == (CALLER, "opted_out")
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
    (callback,) = await rows(db, company, CallbackRow)
    assert call.text_withheld == callback.why == "off"
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


async def end_of_talk(db: Database, company: UUID, clock: HandClock) -> None:
    async with db.begin(company) as session:
        for row in await session.scalars(select(ConversationRow)):
            row.closed_at = clock.now()


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
    situations = [text.situation for text in await rows(db, company, MessageRow)]
    assert situations == ["missed", "missed"]


@pytest.mark.parametrize(("texted", "reason"), [("rejected", None), ("delivered", "cool_down")])
async def test_call_soon_after_the_end_of_a_conversation_is_listed_if_the_caller_was_texted(
    db: Database,
    company: UUID,
    pbx: UUID,
    clock: HandClock,
    steps: Steps,
    texted: str,
    reason: str | None,
) -> None:
    await missed(db, company, pbx, clock, missed_call("1.1"))
    await run_due(db, clock, steps)
    await end_of_talk(db, company, clock)
    async with db.begin(company) as session:
        (text,) = await session.scalars(select(MessageRow))
        text.state = texted
    clock.advance(hours=11)
    await missed(db, company, pbx, clock, missed_call("1.2", at=clock.now()))
    await run_due(db, clock, steps)
    reasons = {row.uniqueid: row.text_withheld for row in await rows(db, company, CallRow)}
    assert reasons == {"1.1": None, "1.2": reason}
    assert [row.why for row in await rows(db, company, CallbackRow)] == ([reason] if reason else [])


async def test_second_call_after_the_cool_down_is_texted_in_the_same_conversation(
    db: Database, company: UUID, pbx: UUID, clock: HandClock, steps: Steps
) -> None:
    await missed(db, company, pbx, clock, missed_call("1.1"))
    await run_due(db, clock, steps)
    clock.advance(hours=12)
    calls = [missed_call(name, at=clock.now()) for name in ("1.2", "1.3")]
    await missed(db, company, pbx, clock, *calls)
    await run_due(db, clock, steps, workers=2)
    (talk,) = await rows(db, company, ConversationRow)
    texts = sorted(await rows(db, company, MessageRow), key=lambda text: text.number)
    assert [text.situation for text in texts] == ["missed", "second_call"]
    assert texts[1].text.startswith("Hej igen! Salong Saxen")
    found = await rows(db, company, CallRow)
    assert {call.conversation_id for call in found} == {talk.id}
    assert sorted(str(call.text_withheld) for call in found) == ["None", "None", "ongoing"]


async def test_second_call_to_a_conversation_that_a_person_holds_is_listed_and_not_texted(
    db: Database, company: UUID, pbx: UUID, clock: HandClock, steps: Steps
) -> None:
    await missed(db, company, pbx, clock, missed_call("1.1"))
    await run_due(db, clock, steps)
    async with db.begin(company) as session:
        (talk,) = await session.scalars(select(ConversationRow))
        talk.owner = "person"
    clock.advance(hours=12)
    await missed(db, company, pbx, clock, missed_call("1.2", at=clock.now()))
    await run_due(db, clock, steps)
    assert len(await rows(db, company, MessageRow)) == 1
    (callback,) = await rows(db, company, CallbackRow)
    assert (callback.conversation_id, callback.why) == (talk.id, "ongoing")


async def test_conversation_whose_number_is_gone_goes_on_from_one_that_works(
    db: Database, company: UUID, pbx: UUID, clock: HandClock, steps: Steps
) -> None:
    await missed(db, company, pbx, clock, missed_call("1.1"))
    await run_due(db, clock, steps)
    async with db.begin(company) as session:
        (number,) = await session.scalars(select(SmsNumberRow))
        number.e164 = "+46701740691"
    clock.advance(hours=12)
    await missed(db, company, pbx, clock, missed_call("1.2", at=clock.now()))
    await run_due(db, clock, steps)
    (talk,) = await rows(db, company, ConversationRow)
    assert talk.our_number == "+46701740691"


async def test_number_that_was_rung_is_texted_from_if_texts_can_go_out_from_it(
    db: Database, company: UUID, pbx: UUID, clock: HandClock, steps: Steps
) -> None:
    rung = "+46701740691"
    async with db.begin(company) as session:
        session.add(SmsNumberRow(provider="46elks", e164=rung, rank=5))
    calls = replace(missed_call("1.1"), did_e164=rung), missed_call("1.2", OTHER_CALLER)
    await missed(db, company, pbx, clock, *calls)
    await run_due(db, clock, steps)
    talks = {talk.number: talk.our_number for talk in await rows(db, company, ConversationRow)}
    assert talks == {CALLER: rung, OTHER_CALLER: US}


async def test_text_is_in_the_companys_words_for_the_queue_and_the_callers_language(
    db: Database, company: UUID, pbx: UUID, clock: HandClock, steps: Steps
) -> None:
    needed = "{company} {assistant} {stop} {privacy}"
    async with db.begin(company) as session:
        for language in ("sv", "en"):
            own = Template(Situation.MISSED, language, f"{language} {needed}", queue="bokning")
            await save_template(session, own, clock.now())
        earlier = await open_conversation(session, OTHER_CALLER, US, "en", clock.now())
        earlier.closed_at = clock.now()
    calls = (
        missed_call("1.1"),
        missed_call("1.2", OTHER_CALLER),
        replace(missed_call("1.3", "+46701740612"), queues=("bokning", "frågor")),
    )
    await missed(db, company, pbx, clock, *calls)
    await run_due(db, clock, steps)
    async with db.read(company) as session:
        notice = await privacy_url(session, "https://ring.example.se")
        found = await session.execute(
            select(ConversationRow, MessageRow.text).join(
                MessageRow, MessageRow.conversation_id == ConversationRow.id
            )
        )
        texts = {talk.number: text for talk, text in found}
    assert texts[CALLER] == f"sv Salong Saxen automatisk assistent Inga fler sms: STOPP {notice}"
    assert (
        texts[OTHER_CALLER] == f"en Salong Saxen automatic assistant No more texts: STOP {notice}"
    )
    assert texts["+46701740612"].startswith("Hej! Salong Saxen här")
    assert notice in texts["+46701740612"]


@pytest.mark.parametrize(
    ("change", "situation"),
    [
        ({}, "missed"),
        ({"reason": Reason.AFTER_HOURS}, "after_hours"),  # the PBX knows of a day off, say
        ({"start": CLOSING.timestamp() - 60}, "missed"),  # heard of after closing time
        ({"start": CLOSING.timestamp() + 60}, "after_hours"),
    ],
)
async def test_text_says_closed_if_it_was_when_the_caller_rang(
    db: Database,
    company: UUID,
    pbx: UUID,
    clock: HandClock,
    steps: Steps,
    change: dict[str, Any],
    situation: str,
) -> None:
    if "start" in change:
        clock.advance((CLOSING - clock.now()).total_seconds() + 300)
        change = {**change, "end": CLOSING.timestamp() + 61}
    await missed(db, company, pbx, clock, replace(missed_call(at=clock.now()), **change))
    await run_due(db, clock, steps)
    (text,) = await rows(db, company, MessageRow)
    assert text.situation == situation


NIGHT = datetime(2026, 11, 20, 22, 30, tzinfo=UTC)  # 23:30 in Stockholm, Friday


@pytest.mark.parametrize(
    ("then", "opens"), [("hold", "måndag kl 09:00"), ("send", "lördag kl 10:00")]
)
async def test_call_at_night_is_put_in_line_as_after_hours_in_words_for_when_it_is_read(
    db: Database, company: UUID, pbx: UUID, clock: HandClock, steps: Steps, then: str, opens: str
) -> None:
    own = "{opens} {company} {assistant} {stop} {privacy}"
    async with db.begin(company) as session:
        await save_texting(session, {"quiet": {"ends": "11:00", "then": then}})
        await save_template(session, Template(Situation.AFTER_HOURS, "sv", own), clock.now())
    clock.advance((NIGHT - clock.now()).total_seconds())
    await missed(db, company, pbx, clock, missed_call(at=NIGHT))
    await run_due(db, clock, steps)
    (text,), (call,) = await rows(db, company, MessageRow), await rows(db, company, CallRow)
    assert (text.situation, text.state, call.text_withheld) == ("after_hours", "queued", None)
    assert text.text.startswith(f"{opens} Salong Saxen")
