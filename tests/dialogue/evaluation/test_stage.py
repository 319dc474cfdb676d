"""A conversation on rows: what came before it, what is seen of it, and that nothing is left of it."""

from contextlib import AbstractAsyncContextManager
from typing import Any

import pytest

from dialogue.evaluation.scenarios import Busy, Company, Opening
from dialogue.evaluation.seen import Appointment, Window
from dialogue.evaluation.stage import Stage, Stages
from ringback.errors import BadInput
from ringback.tables import BookingRow, MessageRow
from tests.dialogue.evaluation.judged import CALLER, COMPANY, THEIRS, mine
from tests.flow import rows

NOW = "2026-03-10T10:00:00+01:00"  # a Tuesday


def begun(
    stages: Stages, company: Company = COMPANY, **context: Any
) -> AbstractAsyncContextManager[Stage]:
    opening = {"now": NOW, "caller": CALLER, "context": context}
    return stages.open(company, Opening.read(opening))


def had(start: str) -> dict[str, str]:
    return {"id": "A1", "service": "cut", "resource": "Anna", "start": start}


async def test_booking_is_in_the_calendar_with_the_callers_number(stages: Stages) -> None:
    async with begun(stages) as stage:
        seen = await stage.turn("boka klippning på onsdag kl 10")
        assert seen.calendar == (THEIRS, mine("2026-03-11T10:00"))
        assert "10:00" in (seen.text or "")
        (row,) = [
            r for r in await rows(stage.db, stage.company_id, BookingRow) if r.number == CALLER
        ]
        assert row.state == "confirmed"


async def test_what_is_only_proposed_is_offered_and_not_in_the_calendar(stages: Stages) -> None:
    async with begun(stages) as stage:
        seen = await stage.turn("kan jag få klippning på onsdag kl 10?")
        assert seen.calendar == (THEIRS,)
        assert [(one.start, one.resource) for one in seen.offered] == [("2026-03-11T10:00", "Anna")]
        assert (await stage.turn("vad kostar det?")).calendar == (THEIRS,)


async def test_nobody_books_into_an_absence_or_anothers_booking(stages: Stages) -> None:
    async with begun(stages) as stage:
        seen = await stage.turn("boka klippning på onsdag kl 9")
        assert seen.calendar == (THEIRS,)
        assert "2026-03-11T09:00" not in [one.start for one in seen.offered]


async def test_the_callers_own_booking_is_there_and_can_be_cancelled(stages: Stages) -> None:
    async with begun(stages, caller_bookings=[had("2026-03-11T10:00")]) as stage:
        await stage.turn("avboka min tid")
        assert (await stage.turn("ja")).calendar == (THEIRS,)


async def test_text_after_the_missed_call_has_gone_out_and_is_no_reply(stages: Stages) -> None:
    async with begun(stages, missed_call_at="2026-03-10T09:50:00+01:00") as stage:
        seen = await stage.turn("hej")
        texts = await rows(stage.db, stage.company_id, MessageRow)
        first = [row for row in texts if row.situation == "missed"]
        assert len(first) == 1
        assert first[0].text not in seen.reply
        assert len(seen.reply) == 1


async def test_who_is_opted_out_gets_nothing_until_start(stages: Stages) -> None:
    async with begun(stages, opted_out=True) as stage:
        silent = await stage.turn("hej")
        assert (silent.opted_out, silent.reply) == (True, ())
        assert not (await stage.turn("START")).opted_out


async def test_wish_to_be_rung_has_its_window_and_is_no_hand_over(stages: Stages) -> None:
    async with begun(stages) as stage:
        seen = await stage.turn("kan ni ringa mig imorgon mellan 9 och 10")
        assert seen.callback == Window.model_validate(
            {"from": "2026-03-11T09:00", "to": "2026-03-11T10:00"}
        )
        assert not seen.handoff


async def test_hand_over_stays_open_on_later_turns(stages: Stages) -> None:
    async with begun(stages) as stage:
        assert (await stage.turn("jag vill prata med en människa")).handoff
        later = await stage.turn("hej")
        assert (later.handoff, later.callback) == (True, None)


async def test_clock_moves_where_a_turn_says_so_and_stands_still_between(stages: Stages) -> None:
    async with begun(stages) as stage:
        await stage.turn("hej")
        assert stage.clock().isoformat() == "2026-03-10T09:00:00+00:00"


async def test_nothing_is_left_of_the_conversation_before(stages: Stages) -> None:
    async with begun(stages) as stage:
        await stage.turn("boka klippning på onsdag kl 10")
        await stage.turn("STOPP")
    async with begun(stages) as stage:
        seen = await stage.turn("boka klippning på onsdag kl 10")
        assert (seen.calendar, seen.opted_out) == ((THEIRS, mine("2026-03-11T10:00")), False)


async def test_bookings_of_no_service_and_of_nobody_are_shown_as_such(stages: Stages) -> None:
    bare = {"resource": "Anna", "start": "2026-03-12T09:00", "end": "2026-03-12T10:00"}
    company = Company(COMPANY.business, (Busy.model_validate(bare),))
    async with begun(stages, company) as stage:
        seen = await stage.turn("hej")
        assert seen.calendar == (Appointment(resource="Anna", start="2026-03-12T09:00"),)


async def test_bookings_that_overlap_are_told_of_and_the_next_stage_opens(stages: Stages) -> None:
    with pytest.raises(BadInput, match="overlap"):
        async with begun(stages, caller_bookings=[had("2026-03-11T09:00")]):
            pass
    async with begun(stages) as stage:
        assert (await stage.turn("hej")).calendar == (THEIRS,)
