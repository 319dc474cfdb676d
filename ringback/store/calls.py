"""Finished calls: recorded once, listed newest first."""

from collections.abc import Sequence
from datetime import UTC, datetime
from uuid import UUID, uuid4

from sqlalchemy import and_, or_, select, tuple_
from sqlalchemy.ext.asyncio import AsyncSession

from ringback import jobs
from ringback.attempts import attempt_of
from ringback.callbacks import Ended
from ringback.calls import Call, Direction, Outcome, Reason
from ringback.phone import to_e164
from ringback.store.callbacks import close_reached, note_missed_again, want_callback
from ringback.store.changes import Kind, note_change
from ringback.store.companies import business
from ringback.tables import CallRow
from ringback.tenancy import number_index

FOUND_IN_RECORDS = "found_in_records"
"""Why no text goes out when it isn't known whether the caller hid the number; a person may ring."""


async def record_call(
    session: AsyncSession, pbx_id: UUID, call: Call, now: datetime
) -> CallRow | None:
    """Keep a finished call, ask for the first text when a caller was missed, end what is reached.

    Args:
        session: A unit of work of the PBX's company.
        pbx_id: Which PBX told it.
        call: Its times are epoch seconds.
        now: When we heard of it.

    A call may be told several times, by several sources. The first that knows how it ended is
    believed; one that does not is completed by a later one, and so is a missing DID.

    Returns:
        The row, or None when nothing new was told.
    """
    known = select(CallRow).where(CallRow.pbx_id == pbx_id, CallRow.uniqueid == call.uniqueid)
    row = await session.scalar(known.with_for_update())
    if row is not None and (row.outcome is not None or call.outcome is None):
        return await _completed(session, row, call, now)
    new = row is None
    row = row or CallRow(id=uuid4(), pbx_id=pbx_id, uniqueid=call.uniqueid, queues=[], rang=[])
    _fill(row, call)
    session.add(row)
    await session.flush()
    await note_change(session, Kind.CALL, row.id, now, new=new)
    if attempt_of(call.uniqueid) is None:  # what comes of a try of ours is told by its handler
        await _follow(session, row, call, now)
    return row


async def _follow(session: AsyncSession, row: CallRow, call: Call, now: datetime) -> None:
    """A missed caller is to be texted; one who was spoken with need not be rung back any more."""
    if call.outcome is Outcome.ANSWERED:
        number = await _customer(session, call)
        if number is not None:
            await close_reached(session, number, now, Ended.OTHER_CALL, before=row.started_at)
    elif call.direction is Direction.INBOUND and call.outcome is Outcome.MISSED:
        row.text_withheld = None if call.presentation_known else FOUND_IN_RECORDS
        await jobs.put(session, "first_text", row.company_id, row.id, now)
        if call.reason is Reason.CALLBACK_REQUESTED:
            await want_callback(session, row, call.reason, now)
        else:
            await note_missed_again(session, row, now)


async def _customer(session: AsyncSession, call: Call) -> str | None:
    """The number outside, E.164; None for a call within the company, or with somebody unknown."""
    if call.direction is Direction.INBOUND:
        return None if call.withheld else call.caller_e164
    if call.direction is Direction.OUTBOUND and call.callee:
        country = (await business(session)).locale.partition("-")[2] or "SE"
        return to_e164(call.callee, country)
    return None


async def _completed(
    session: AsyncSession, row: CallRow, call: Call, now: datetime
) -> CallRow | None:
    """The row with what another source did not see; the outcome stays as it was told first."""
    before = (row.withheld, row.did, row.reason, row.queues, row.rang)
    if call.withheld:
        _fill_caller(row, call)
    if row.did is None:
        row.did, row.did_e164 = call.did, call.did_e164
    if row.outcome == call.outcome:
        row.reason = row.reason or call.reason
    row.queues = row.queues or list(call.queues)
    row.rang = row.rang or list(call.rang)
    if (row.withheld, row.did, row.reason, row.queues, row.rang) == before:
        return None
    await note_change(session, Kind.CALL, row.id, now)
    return row


def _fill_caller(row: CallRow, call: Call) -> None:
    """Who called. Hidden once is hidden: not every source sees that a number is withheld."""
    if row.withheld:
        return
    row.caller = call.caller
    row.caller_e164 = call.caller_e164
    row.caller_index = number_index(call.caller_e164) if call.caller_e164 else None
    row.withheld = call.withheld


def _fill(row: CallRow, call: Call) -> None:
    """What the call was; DID, visits and phones known before stay when this source has none."""
    row.direction = call.direction
    _fill_caller(row, call)
    if call.did or row.did is None:
        row.did, row.did_e164 = call.did, call.did_e164
    row.callee = call.callee
    row.outcome = call.outcome
    row.reason = call.reason
    row.queues = list(call.queues) or row.queues
    row.rang = list(call.rang) or row.rang
    row.answered_by = call.answered_by
    row.ended_by = call.ended_by
    row.wait_s = call.wait_s
    row.talk_s = call.talk_s
    row.started_at = datetime.fromtimestamp(call.start, UTC)
    row.ended_at = datetime.fromtimestamp(call.end, UTC)


_MOST_COUNTED = 2000
_PERHAPS_MISSED = and_(
    CallRow.direction == Direction.INBOUND,
    or_(CallRow.outcome == Outcome.MISSED, CallRow.outcome.is_(None)),
)


def perhaps_missed(call: CallRow) -> bool:
    """Whether an inbound call was missed, or it can't be known: `missed_calls` has it."""
    return call.direction == Direction.INBOUND and call.outcome in (Outcome.MISSED, None)


async def missed_calls(
    session: AsyncSession, limit: int, before: tuple[datetime, UUID] | None = None
) -> Sequence[CallRow]:
    """Inbound calls that were missed, or of which it can't be known, newest first.

    `before` is the last row of the page before.
    """
    query = (
        select(CallRow)
        .where(_PERHAPS_MISSED)
        .order_by(CallRow.started_at.desc(), CallRow.id.desc())
        .limit(limit)
    )
    if before:
        query = query.where(tuple_(CallRow.started_at, CallRow.id) < before)
    return (await session.scalars(query)).all()


async def missed_since(
    session: AsyncSession, since: datetime
) -> Sequence[tuple[UUID | None, str | None]]:
    """Conversation and outcome of each of these calls that began since then; at most 2000."""
    query = (
        select(CallRow.conversation_id, CallRow.outcome)
        .where(_PERHAPS_MISSED, CallRow.started_at >= since)
        .limit(_MOST_COUNTED)
    )
    return [(row[0], row[1]) for row in await session.execute(query)]


async def calls_of(session: AsyncSession, conversation_id: UUID) -> Sequence[CallRow]:
    """The missed calls that a conversation is about, oldest first; at most 50."""
    query = (
        select(CallRow)
        .where(CallRow.conversation_id == conversation_id)
        .order_by(CallRow.started_at)
        .limit(50)
    )
    return (await session.scalars(query)).all()
