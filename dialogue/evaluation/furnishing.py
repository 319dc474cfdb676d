"""A company, its calendar and a caller, written into an empty database.

In: how a conversation begins. Out: rows, as they would be had all of it happened: the company with
its number, everybody's bookings and absences, the caller's missed call, an opt-out. What the missed
call leads to is left to the step that it asks for. Stands before the first turn of `stage`.
"""

from collections.abc import Iterator, Mapping
from datetime import datetime
from typing import Any
from uuid import UUID, uuid4

from sqlalchemy.exc import DBAPIError
from sqlalchemy.ext.asyncio import AsyncSession

from dialogue.evaluation.scenarios import Company, Opening
from ringback.bookings import BookingState
from ringback.calls import Call, Direction, Outcome, Reason
from ringback.db import Database
from ringback.errors import BadInput
from ringback.store.calls import record_call
from ringback.store.companies import add_company
from ringback.store.companies import company as own_company
from ringback.tables import BookingRow, BusyRow, OptOutRow, PbxRow, SmsNumberRow
from ringback.tenancy import number_index

ACCOUNT = "simulator"
"""Through which texts come and go: phones that are rows themselves."""
_OURS = ("+46846500499", "+46846500498")
_RANG_S = 20.0


def our_number(caller: str) -> str:
    """Which number texts come to: never the caller's own."""
    return next(number for number in _OURS if number != caller)


async def furnish(
    db: Database, company: Company, opening: Opening, assistant: Mapping[str, Any]
) -> UUID:
    """Write all of it; the company's id.

    Raises:
        BadInput: Two of the bookings overlap, or the caller has one of a service that there isn't.
    """
    begins_at = opening.context.missed_call_at or opening.now
    company_id = await add_company(db, company.business, begins_at)
    try:
        async with db.begin(company_id) as session:
            (await own_company(session)).assistant = dict(assistant)
            ours = our_number(opening.caller)
            session.add(SmsNumberRow(id=uuid4(), provider=ACCOUNT, e164=ours))
            session.add_all(_absences(company))
            session.add_all(_bookings(company, opening, begins_at))
            if opening.context.opted_out:
                index = number_index(opening.caller)
                session.add(OptOutRow(number_index=index, told_by="caller", created_at=begins_at))
            await session.flush()
            if opening.context.missed_call_at:
                await _miss(session, opening.caller, ours, opening.context.missed_call_at)
    except DBAPIError as refused:
        if "ex_booking_overlap" not in str(refused.orig):
            raise
        raise BadInput(
            "bookings: two of them overlap on a resource; move one of them (caller_bookings count too)."
        ) from refused
    return company_id


def _absences(company: Company) -> Iterator[BusyRow]:
    for number, one in enumerate(company.busy):
        if one.absent:
            taken = company.taken(one.resource, one.start, one.end)
            yield BusyRow(
                id=uuid4(),
                resource=one.resource,
                key=f"staff:{number}",
                source="staff",
                starts_at=taken.starts_at,
                ends_at=taken.ends_at,
            )


def _bookings(company: Company, opening: Opening, now: datetime) -> Iterator[BookingRow]:
    """Everybody's; a time of no named service is kept as one of service ""."""
    for one in company.busy:
        if not one.absent:
            ends_at, phone = company.moment(one.end), one.customer.phone
            yield _booking(company, one.service or "", one.resource, one.start, ends_at, phone, now)
    known = {service.id for service in company.business.services}
    for own in opening.context.caller_bookings:
        if own.service not in known:
            raise BadInput(
                f"caller_bookings: there is no service {own.service!r}; "
                f"choose of {', '.join(sorted(known))}."
            )
        ends_at = company.ends_at(own.service, own.start)
        yield _booking(company, own.service, own.resource, own.start, ends_at, opening.caller, now)


def _booking(
    company: Company,
    service: str,
    resource: str,
    start: str,
    ends_at: datetime,
    phone: str,
    now: datetime,
) -> BookingRow:
    key = uuid4()
    return BookingRow(
        id=key,
        key=f"evaluation:{key}",
        number=phone,
        number_index=number_index(phone),
        service=service,
        resource=resource,
        starts_at=company.moment(start),
        ends_at=ends_at,
        zone=company.business.timezone,
        state=BookingState.CONFIRMED,
        source="sms",
        created_at=now,
    )


async def _miss(session: AsyncSession, caller: str, ours: str, missed_at: datetime) -> None:
    """A call that rang unanswered until then; its first text is asked for."""
    pbx = PbxRow(id=uuid4(), name="", host="", port=0, username="", secret="", site="")
    session.add(pbx)
    await session.flush()
    ended = missed_at.timestamp()
    call = Call(
        uniqueid="1",
        direction=Direction.INBOUND,
        caller=caller,
        caller_e164=caller,
        withheld=False,
        did=ours,
        did_e164=ours,
        callee=None,
        outcome=Outcome.MISSED,
        reason=Reason.NO_ANSWER,
        queues=(),
        rang=(),
        answered_by=None,
        ended_by=None,
        wait_s=_RANG_S,
        talk_s=0.0,
        start=ended - _RANG_S,
        end=ended,
    )
    await record_call(session, pbx.id, call, missed_at)
