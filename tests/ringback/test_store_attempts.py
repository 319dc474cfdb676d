from datetime import UTC, datetime, timedelta
from uuid import UUID, uuid4

import pytest
from sqlalchemy import select
from sqlalchemy.exc import NoResultFound

from ringback.attempts import (
    NOTE_LEASE,
    RING_LEASE,
    IsOver,
    Outcome,
    Phase,
    Progress,
    Taken,
    channel_id,
)
from ringback.callbacks import Ended
from ringback.db import Database
from ringback.errors import BadInput, Refused, RingbackError
from ringback.store import attempts
from ringback.store.callback_requests import cancel_callback, set_number
from ringback.store.callbacks import close_reached, settle_callback
from ringback.tables import AttemptRow, CallbackRow
from tests.clock import FRIDAY_AT_TEN as NOW
from tests.clock import HandClock
from tests.ringback.called_back import NOTE, Office, an_office
from tests.ringback.flow import ANNA, ERIK, converse


@pytest.fixture
async def office(db: Database, company: UUID, clock: HandClock) -> Office:
    return await an_office(db, company, clock)


@pytest.fixture
async def anna(office: Office) -> UUID:
    return await office.hire()


@pytest.fixture
async def wish(office: Office) -> UUID:
    return await office.wish()


@pytest.fixture
async def attempt(office: Office, wish: UUID, anna: UUID) -> UUID:
    return (await office.ring(wish, anna)).id


async def test_try_is_sent_once(office: Office, attempt: UUID) -> None:
    sent = await office.send(attempt)
    assert sent is not None
    assert sent.sent_at == NOW
    assert await office.send(attempt) is None
    assert (await office.attempt(attempt)).ended_at is None


async def test_try_that_nobody_needs_any_more_is_not_sent_and_needs_no_note(
    office: Office, wish: UUID, attempt: UUID
) -> None:
    async with office.at_work() as session:
        await cancel_callback(session, wish, NOW)
    assert await office.send(attempt) is None
    row = await office.attempt(attempt)
    assert (row.outcome, row.noted_at, row.sent_at) == (Outcome.NOT_DONE, NOW, None)


async def test_try_that_is_to_be_sent_too_late_is_put_back_instead(
    office: Office, wish: UUID, attempt: UUID
) -> None:
    """A handler's phone that rings ten minutes after the click rings for nothing."""
    office.clock.advance(RING_LEASE.total_seconds())
    assert await office.send(attempt) is None
    assert (await office.row(wish)).attempt_id is None


async def test_call_is_followed_from_the_handlers_phone_to_the_talk(
    office: Office, wish: UUID, attempt: UUID
) -> None:
    seconds = {}
    for phase in (Phase.RINGS_HANDLER, Phase.RINGS_CUSTOMER, Phase.TALKING, Phase.ENDED):
        office.clock.advance(10)
        seconds[phase] = office.now
        await office.told(attempt, phase)
        assert (await office.attempt(attempt)).phase == phase
    row = await office.attempt(attempt)
    assert row.picked_up_at == seconds[Phase.RINGS_CUSTOMER]
    assert row.answered_at == seconds[Phase.TALKING]
    assert row.ended_at == seconds[Phase.ENDED]
    assert (row.outcome, row.noted_at) == (None, None)
    assert (await office.row(wish)).lease_until == office.now + NOTE_LEASE


async def test_progress_that_is_told_twice_or_too_late_changes_nothing(
    office: Office, attempt: UUID
) -> None:
    await office.told(attempt, Phase.TALKING)
    office.clock.advance(30)
    for phase in (Phase.TALKING, Phase.RINGS_CUSTOMER, Phase.RINGS_HANDLER):
        await office.told(attempt, phase)
    row = await office.attempt(attempt)
    assert (row.phase, row.answered_at, row.picked_up_at) == (Phase.TALKING, NOW, NOW)
    await office.told(attempt, Phase.ENDED)
    office.clock.advance(30)
    await office.told(attempt, Phase.ENDED, Outcome.HANDLER_AWAY)
    row = await office.attempt(attempt)
    assert (row.ended_at, row.outcome) == (NOW + timedelta(seconds=30), None)


async def test_every_sign_of_the_call_renews_the_lease(
    office: Office, wish: UUID, attempt: UUID
) -> None:
    for phase in (Phase.RINGS_HANDLER, Phase.RINGS_CUSTOMER):
        office.clock.advance(60)
        await office.told(attempt, phase)
        assert (await office.row(wish)).lease_until == office.now + RING_LEASE
    office.clock.advance(60)
    async with office.at_work() as session:
        await attempts.renew(session, attempt, office.now)
    assert (await office.row(wish)).lease_until == office.now + RING_LEASE


async def test_lost_contact_is_said_and_does_not_renew_the_lease(
    office: Office, wish: UUID, attempt: UUID
) -> None:
    office.clock.advance(60)
    await office.told(attempt, Phase.UNKNOWN)
    assert (await office.attempt(attempt)).phase == Phase.UNKNOWN
    assert (await office.row(wish)).lease_until == NOW + RING_LEASE
    await office.told(attempt, Phase.RINGS_CUSTOMER)  # and it comes back
    assert (await office.attempt(attempt)).phase == Phase.RINGS_CUSTOMER
    assert (await office.row(wish)).lease_until == office.now + RING_LEASE


async def test_clock_of_the_pbx_that_is_wrong_tells_no_moment_outside_the_try(
    office: Office, attempt: UUID
) -> None:
    office.clock.advance(20)
    async with office.at_work() as session:
        early = Progress(channel_id(attempt), Phase.RINGS_CUSTOMER, NOW.timestamp() - 900)
        late = Progress(channel_id(attempt), Phase.TALKING, NOW.timestamp() + 900)
        await attempts.note_progress(session, early, office.now)
        await attempts.note_progress(session, late, office.now)
    row = await office.attempt(attempt)
    assert (row.picked_up_at, row.answered_at) == (NOW, office.now)


@pytest.mark.parametrize("channel", ["1763629200.1", "rb-nonsense", f"rb-{'0' * 32}"])
async def test_channel_of_no_try_changes_nothing(
    office: Office, attempt: UUID, channel: str
) -> None:
    async with office.at_work() as session:
        progress = Progress(channel, Phase.TALKING, NOW.timestamp())
        await attempts.note_progress(session, progress, NOW)
    assert (await office.attempt(attempt)).phase == Phase.ASKED


@pytest.mark.parametrize("outcome", [Outcome.HANDLER_AWAY, Outcome.NOT_DONE, Outcome.LOST])
async def test_row_is_back_at_once_when_the_customer_was_not_rung(
    office: Office, wish: UUID, anna: UUID, attempt: UUID, outcome: Outcome
) -> None:
    async with office.at_work() as session:
        await attempts.end_attempt(session, attempt, outcome, "Telefonen svarade inte.", NOW)
    row, tried = await office.row(wish), await office.attempt(attempt)
    assert (row.attempt_id, row.lease_until, row.tries, row.not_before) == (None, None, 0, None)
    assert (tried.outcome, tried.fault, tried.noted_at) == (outcome, "Telefonen svarade inte.", NOW)
    await office.ring(wish, anna)  # no note stands between


async def test_automatic_try_that_found_the_handler_away_pauses(
    office: Office, wish: UUID, anna: UUID
) -> None:
    attempt = await office.ring(wish, anna, automatic=True)
    await office.told(attempt.id, Phase.ENDED, Outcome.HANDLER_AWAY)
    assert (await office.row(wish)).not_before == NOW + timedelta(minutes=1)


async def hung_up_on(office: Office, wish: UUID, who: UUID, **more: object) -> AttemptRow:
    """A try whose handler picks up, and hangs up while the customer's phone rings."""
    attempt = await office.ring(wish, who, **more)
    await office.told(attempt.id, Phase.RINGS_CUSTOMER)
    await office.told(attempt.id, Phase.ENDED, Outcome.HANDLER_AWAY)
    office.clock.advance(minutes=5)
    return await office.attempt(attempt.id)


@pytest.mark.parametrize("automatic", [False, True])
async def test_customer_who_is_rung_for_a_moment_again_and_again_has_been_tried(
    office: Office, wish: UUID, anna: UUID, automatic: bool
) -> None:
    bo = await office.hire(phone="PJSIP/102")
    for who in (anna, bo):
        tried = await hung_up_on(office, wish, who, automatic=automatic)
        assert (tried.outcome, (await office.row(wish)).attempt_id) == (Outcome.HANDLER_AWAY, None)
    third = await hung_up_on(office, wish, anna, automatic=automatic)
    assert (third.outcome, third.noted_at) == (Outcome.NO_ANSWER, None)
    assert "again and again" in third.fault
    assert (await office.row(wish)).tries == 0  # it waits for the note
    office.clock.advance(NOTE_LEASE.total_seconds())
    async with office.at_work() as session:
        await attempts.put_back_unnoted(session, office.now)
    row = await office.row(wish)
    assert (row.attempt_id, row.tries) == (None, 1)
    assert row.not_before == office.now + timedelta(minutes=15)
    fourth = await hung_up_on(office, wish, bo)
    assert fourth.outcome == Outcome.HANDLER_AWAY  # and is counted from one again


async def test_handlers_phone_that_is_not_picked_up_rings_no_customer_and_counts_never(
    office: Office, wish: UUID, anna: UUID
) -> None:
    for _ in range(4):
        attempt = await office.ring(wish, anna)
        await office.told(attempt.id, Phase.ENDED, Outcome.HANDLER_AWAY)
        office.clock.advance(60)
    assert (await office.row(wish)).attempt_id is None
    for _ in range(2):  # nor does it stand between those that count
        await hung_up_on(office, wish, anna)
    attempt = await office.ring(wish, anna)
    await office.told(attempt.id, Phase.ENDED, Outcome.HANDLER_AWAY)
    assert (await hung_up_on(office, wish, anna)).outcome == Outcome.NO_ANSWER


async def test_call_that_rang_for_long_begins_the_count_anew(
    office: Office, wish: UUID, anna: UUID
) -> None:
    for _ in range(2):
        await hung_up_on(office, wish, anna)
    await office.in_vain(wish, anna)
    for _ in range(2):
        assert (await hung_up_on(office, wish, anna)).outcome == Outcome.HANDLER_AWAY


async def test_customer_who_answered_is_never_a_lost_try(office: Office, attempt: UUID) -> None:
    await office.told(attempt, Phase.TALKING)
    async with office.at_work() as session:
        await attempts.end_attempt(session, attempt, Outcome.LOST, "", NOW)
    row = await office.attempt(attempt)
    assert (row.ended_at, row.outcome, row.noted_at) == (NOW, None, None)


@pytest.mark.parametrize(
    "outcome",
    [
        Outcome.NO_ANSWER,
        Outcome.BUSY,
        Outcome.VOICEMAIL,
        Outcome.WRONG_NUMBER,
        Outcome.WRONG_PERSON,
    ],
)
async def test_row_that_was_not_reached_keeps_its_place_and_waits(
    office: Office, wish: UUID, anna: UUID, attempt: UUID, outcome: Outcome
) -> None:
    await office.rules(retry_min=20)
    office.clock.advance(40)
    await office.told(attempt, Phase.ENDED, Outcome.NO_ANSWER)
    await office.note(attempt, anna, outcome)
    row = await office.row(wish)
    assert (row.state, row.arrived_at, row.tries) == ("open", NOW, 1)
    assert row.not_before == office.now + timedelta(minutes=20)
    assert (row.attempt_id, row.lease_until) == (None, None)
    assert (row.handler_id, row.note) == (anna, NOTE)
    tried = await office.attempt(attempt)
    assert (tried.outcome, tried.note, tried.noted_at) == (outcome, NOTE, office.now)


async def test_delay_doubles_and_after_the_last_try_the_customer_is_texted(
    office: Office, wish: UUID, anna: UUID
) -> None:
    await office.rules(retry_min=10, most_tries=3)
    for minutes in (10, 20, 40):
        assert await office.jobs("callback_unreached") == []
        await office.in_vain(wish, anna)
        assert (await office.row(wish)).not_before == office.now + timedelta(minutes=minutes)
        office.clock.advance(minutes=minutes)
    ((subject, _),) = await office.jobs("callback_unreached")
    assert (subject, (await office.row(wish)).tries) == (wish, 3)
    assert (await office.row(wish)).state == "open"  # until the customer has had his text


async def test_reached_ends_the_row_and_all_others_of_the_number(
    office: Office, wish: UUID, anna: UUID, attempt: UUID
) -> None:
    other, stranger = await office.wish(queue=False), await office.wish(ERIK)
    async with office.at_work() as session:
        talk = await converse(session)
        question = CallbackRow(
            id=uuid4(),
            key="turn:1",
            number=talk.number,
            number_index=talk.number_index,
            conversation_id=talk.id,
            why="question",
            created_at=NOW,
        )
        session.add(question)
    await office.told(attempt, Phase.ENDED)
    await office.note(attempt, anna, Outcome.REACHED)
    row = await office.row(wish)
    assert (row.state, row.ended_as, row.ended_at, row.open_key) == ("done", "reached", NOW, None)
    assert (row.attempt_id, row.lease_until, row.note) == (None, None, NOTE)
    for one in (other, question.id):
        row = await office.row(one)
        assert (row.state, row.ended_as, row.ended_at) == ("done", "reached_by_other_call", NOW)
        assert row.open_key is None
    assert (await office.row(stranger)).state == "open"


@pytest.mark.parametrize(
    ("outcome", "text", "part"),
    [
        (Outcome.REACHED, "  ok ", "note"),
        (Outcome.REACHED, "x" * 2001, "note"),
        (Outcome.LOST, NOTE, "outcome"),
        (Outcome.HANDLER_AWAY, NOTE, "outcome"),
    ],
)
async def test_note_that_says_nothing_is_refused_and_the_try_stays(
    office: Office, anna: UUID, attempt: UUID, outcome: Outcome, text: str, part: str
) -> None:
    with pytest.raises(BadInput) as refused:
        await office.note(attempt, anna, outcome, text)
    assert refused.value.field == part
    assert (await office.attempt(attempt)).noted_at is None


async def test_note_is_anothers_only_when_the_lease_is_over(
    office: Office, wish: UUID, attempt: UUID
) -> None:
    bo = await office.hire()
    await office.told(attempt, Phase.TALKING)
    await office.told(attempt, Phase.ENDED)
    office.clock.advance(NOTE_LEASE.total_seconds() - 1)
    with pytest.raises(Taken):
        await office.note(attempt, bo, Outcome.REACHED)
    office.clock.advance(1)
    await office.note(attempt, bo, Outcome.REACHED)
    assert (await office.row(wish)).ended_as == "reached"


async def test_note_is_written_once(office: Office, anna: UUID, attempt: UUID) -> None:
    await office.note(attempt, anna, Outcome.NO_ANSWER)
    with pytest.raises(IsOver):
        await office.note(attempt, anna, Outcome.REACHED, "Ändå nådd.")
    assert (await office.attempt(attempt)).note == NOTE


@pytest.mark.parametrize(
    ("phase", "outcome", "hangs_up"),
    [
        (Phase.RINGS_HANDLER, Outcome.NO_ANSWER, True),
        (Phase.RINGS_CUSTOMER, Outcome.NO_ANSWER, True),
        (Phase.UNKNOWN, Outcome.BUSY, True),
        (Phase.RINGS_CUSTOMER, Outcome.REACHED, False),
        (Phase.TALKING, Outcome.WRONG_PERSON, False),
        (Phase.ENDED, Outcome.NO_ANSWER, False),
    ],
)
async def test_call_that_still_rings_is_hung_up_when_its_note_says_that_nobody_was_reached(
    office: Office, anna: UUID, attempt: UUID, phase: Phase, outcome: Outcome, hangs_up: bool
) -> None:
    await office.send(attempt)
    await office.told(attempt, phase)
    await office.note(attempt, anna, outcome)
    assert await office.jobs("hang_up") == [(attempt, NOW)] * hangs_up


async def test_note_about_a_call_that_was_never_begun_hangs_nothing_up(
    office: Office, anna: UUID, attempt: UUID
) -> None:
    await office.note(attempt, anna, Outcome.NO_ANSWER)
    assert await office.jobs("hang_up") == []


@pytest.mark.parametrize(
    ("phase", "hangs_up"),
    [
        (Phase.ASKED, True),
        (Phase.RINGS_HANDLER, True),
        (Phase.RINGS_CUSTOMER, False),
        (Phase.TALKING, False),
    ],
)
@pytest.mark.parametrize("how", ["cancelled", "spoken with", "settled"])
async def test_handlers_phone_stops_ringing_for_a_customer_who_need_not_be_rung_any_more(
    office: Office, wish: UUID, attempt: UUID, phase: Phase, hangs_up: bool, how: str
) -> None:
    await office.send(attempt)
    await office.told(attempt, phase)
    async with office.at_work() as session:
        match how:
            case "cancelled":
                await cancel_callback(session, wish, NOW)
            case "spoken with":
                await close_reached(session, ANNA, NOW, Ended.OTHER_CALL)
            case "settled":
                await settle_callback(session, wish, NOW)
    assert (await office.row(wish)).state == "done"
    assert await office.jobs("hang_up") == [(attempt, NOW)] * hangs_up


async def test_number_that_was_changed_before_the_call_began_is_not_rung(
    office: Office, wish: UUID, anna: UUID, attempt: UUID
) -> None:
    async with office.at_work() as session:
        await set_number(session, wish, ERIK, NOW)
    assert await office.send(attempt) is None
    again = await office.ring(wish, anna)
    assert (again.id != attempt, again.number) == (True, ERIK)


async def test_note_ends_a_call_of_which_nothing_is_heard_any_more(
    office: Office, anna: UUID, attempt: UUID
) -> None:
    await office.told(attempt, Phase.UNKNOWN)
    await office.note(attempt, anna, Outcome.NO_ANSWER)
    row = await office.attempt(attempt)
    assert (row.phase, row.ended_at) == (Phase.ENDED, NOW)


async def test_late_note_is_kept_and_counts_no_second_try(
    office: Office, wish: UUID, anna: UUID, attempt: UUID
) -> None:
    await office.told(attempt, Phase.ENDED, Outcome.NO_ANSWER)
    office.clock.advance(NOTE_LEASE.total_seconds())
    async with office.at_work() as session:
        assert await attempts.put_back_unnoted(session, office.now) == 1
    assert (await office.row(wish)).tries == 1
    bo = await office.hire()
    with pytest.raises(IsOver):
        await office.note(attempt, bo, Outcome.NO_ANSWER)
    await office.note(attempt, anna, Outcome.NO_ANSWER)
    row = await office.row(wish)
    assert (row.tries, row.note, row.state) == (1, NOTE, "open")


async def test_note_about_a_wish_that_ended_otherwise_is_kept(
    office: Office, wish: UUID, anna: UUID, attempt: UUID
) -> None:
    async with office.at_work() as session:
        await cancel_callback(session, wish, NOW)
    await office.note(attempt, anna, Outcome.NO_ANSWER)
    row = await office.row(wish)
    assert (row.ended_as, row.note, row.tries) == ("cancelled", NOTE, 0)
    assert await office.jobs("callback_unreached") == []


async def test_handler_may_give_the_row_another_interval_but_no_more_tries(
    office: Office, wish: UUID, anna: UUID, attempt: UUID
) -> None:
    await office.note(attempt, anna, Outcome.WRONG_PERSON, interval="1500-1700@261123")
    row = await office.row(wish)
    assert row.from_at == datetime(2026, 11, 23, 14, tzinfo=UTC)
    assert row.to_at == datetime(2026, 11, 23, 16, tzinfo=UTC)
    assert row.tries == 1
    assert [at for _, at in await office.jobs("callback_expire")] == [row.to_at]
    second = await office.ring(wish, anna, outside_why="Kunden bad om det.")
    await office.note(second.id, anna, Outcome.BUSY, interval="s")
    assert (await office.row(wish)).to_at is None
    third = await office.ring(wish, anna)
    with pytest.raises(BadInput):
        await office.note(third.id, anna, Outcome.BUSY, interval="tomorrow")


@pytest.mark.parametrize(
    ("interval", "refusal"),
    [
        ("0800-0900@261120", BadInput),  # over
        ("0200-0300@261123", BadInput),  # closed
        ("1300-1500@270301", BadInput),  # too far away
        ("1300-1500@261123", Refused),  # full
    ],
)
async def test_interval_that_can_not_be_kept_is_refused_and_the_note_waits(
    office: Office,
    wish: UUID,
    anna: UUID,
    attempt: UUID,
    interval: str,
    refusal: type[RingbackError],
) -> None:
    await office.rules(most_each=1)
    await office.wish(ERIK, choice="1300-1500@261123")
    with pytest.raises(refusal):
        await office.note(attempt, anna, Outcome.NO_ANSWER, interval=interval)
    row = await office.row(wish)
    assert (row.to_at, row.tries, row.attempt_id) == (None, 0, attempt)
    assert (await office.attempt(attempt)).noted_at is None
    await office.note(attempt, anna, Outcome.REACHED, interval=interval)  # which needs none
    assert (await office.row(wish)).ended_as == "reached"


async def test_delay_is_over_when_the_interval_that_the_handler_chose_begins(
    office: Office, wish: UUID, anna: UUID, attempt: UUID
) -> None:
    await office.rules(retry_min=24 * 60)
    await office.note(attempt, anna, Outcome.NO_ANSWER, interval="1300-1500@261120")
    row = await office.row(wish)
    assert row.not_before == row.from_at == datetime(2026, 11, 20, 12, tzinfo=UTC)
    office.clock.advance(hours=3)
    again = await office.ring(wish, anna, automatic=True)
    await office.note(again.id, anna, Outcome.BUSY, interval="1300-1500@261120")
    assert (await office.row(wish)).not_before == office.now + timedelta(hours=24)


async def test_row_is_given_back_until_the_phone_rings(
    office: Office, wish: UUID, anna: UUID, attempt: UUID
) -> None:
    async with office.at_work() as session:
        await attempts.release(session, attempt, NOW)
        await attempts.release(session, attempt, NOW)
    assert (await office.row(wish)).attempt_id is None
    assert await office.send(attempt) is None
    second = await office.ring(wish, anna)
    await office.send(second.id)
    with pytest.raises(Refused):
        async with office.at_work() as session:
            await attempts.release(session, second.id, NOW)
    assert (await office.row(wish)).attempt_id == second.id


async def test_tries_past_their_lease_are_those_under_way_that_went_silent(
    office: Office, attempt: UUID
) -> None:
    bo = await office.hire()
    ended = await office.ring(await office.wish(ERIK), bo)
    await office.told(ended.id, Phase.ENDED, Outcome.NO_ANSWER)

    async def past() -> list[UUID]:
        async with office.db.read(office.company) as session:
            return [row.id for row in await attempts.past_lease(session, office.now)]

    office.clock.advance(RING_LEASE.total_seconds() - 1)
    assert await past() == []
    office.clock.advance(1)
    assert await past() == [attempt]
    async with office.at_work() as session:
        await attempts.renew(session, attempt, office.now)
    assert await past() == []


async def test_only_what_reached_nobody_is_put_back_without_a_note(
    office: Office, wish: UUID, anna: UUID, attempt: UUID
) -> None:
    bo = await office.hire()
    other = await office.wish(ERIK)
    talked = await office.ring(other, bo)
    await office.told(talked.id, Phase.TALKING)
    await office.told(talked.id, Phase.ENDED)
    await office.told(attempt, Phase.ENDED, Outcome.BUSY)
    for wait, put_back in ((NOTE_LEASE.total_seconds() - 1, 0), (1, 1), (1, 0)):
        office.clock.advance(wait)
        async with office.at_work() as session:
            assert await attempts.put_back_unnoted(session, office.now) == put_back
    row = await office.row(wish)
    assert (row.attempt_id, row.tries, row.arrived_at) == (None, 1, NOW)
    assert (await office.row(other)).attempt_id == talked.id


async def test_tries_of_another_company_are_not_there(
    office: Office, attempt: UUID, neighbour: UUID
) -> None:
    office.clock.advance(hours=1)
    async with office.db.begin(neighbour) as session:
        assert list(await attempts.past_lease(session, office.now)) == []
        assert await attempts.put_back_unnoted(session, office.now) == 0
        with pytest.raises(NoResultFound):
            await attempts.to_send(session, attempt, office.now)
        progress = Progress(channel_id(attempt), Phase.TALKING, NOW.timestamp())
        await attempts.note_progress(session, progress, office.now)
        assert (await session.scalars(select(AttemptRow))).all() == []
    assert (await office.attempt(attempt)).phase == Phase.ASKED
