"""The missed calls: the page, its live rows, and the same as JSON.

In: `call` rows with what became of each. Out: `views.MissedView`, fragments, `/api/v1/missed-calls`.
"""

from collections.abc import AsyncIterator, Sequence
from datetime import datetime, time
from typing import Annotated, Any
from uuid import UUID

from fastapi import APIRouter, Query, Request
from fastapi.responses import HTMLResponse
from sqlalchemy import select
from sqlalchemy.ext.asyncio import AsyncSession

from portal_api.frame import shell
from portal_api.missed_rows import rows_of
from portal_api.permissions import Permission, needs
from portal_api.render import render
from portal_api.views import GapLine, MissedCounts, MissedView, PbxFault, SmsFault
from portal_api.visitors import Visitor, portal_of
from portal_api.wanted import settle_token
from ringback.clock import Clock
from ringback.conversations import Standing
from ringback.sms_account import AccountState
from ringback.store.calls import calls_of, missed_calls, missed_since, perhaps_missed
from ringback.store.changes import Change, Kind, latest_position
from ringback.store.companies import pbxs
from ringback.store.gaps import gaps_between
from ringback.store.sms_accounts import sms_accounts
from ringback.store.standings import standings
from ringback.store.waiting import calls_alone_since
from ringback.tables import CallRow, GapRow, PbxRow, SmsNumberRow

router = APIRouter()
PAGE_ROWS = 100
_MOST_GAPS = 30  # on a page

MaySee = Annotated[Visitor, needs(Permission.SEE_CALLS)]


@router.get("/missed", include_in_schema=False)
async def page(request: Request, visitor: MaySee, before: UUID | None = None) -> HTMLResponse:
    """The list, newest first."""
    portal = portal_of(request)
    async with portal.db.read(visitor.company_id) as session:
        position = await latest_position(session)
        calls = await missed_calls(session, PAGE_ROWS + 1, await _place(session, before))
        view = MissedView(
            counts=await _counts(session, visitor, portal.clock),
            rows=await rows_of(session, calls[:PAGE_ROWS], portal.clock()),
            more=f"/missed?before={calls[PAGE_ROWS - 1].id}" if len(calls) > PAGE_ROWS else None,
            pbx_faults=await _pbx_faults(session),
            sms_faults=await _sms_faults(session),
            gaps=await _gaps(session, calls, PAGE_ROWS, before),
        )
    live = None if before else f"/events?topic=missed&after={position}"
    frame = shell(request, visitor, "missed", live)
    return HTMLResponse(
        render(
            "missed.html",
            visitor.language,
            visitor.zone,
            shell=frame,
            missed=view,
            settle=settle_token(visitor),
        )
    )


@router.get("/api/v1/missed-calls")
async def as_json(
    request: Request,
    visitor: MaySee,
    before: UUID | None = None,
    limit: Annotated[int, Query(ge=1, le=200)] = 50,
) -> dict[str, Any]:
    """Missed calls, newest first; `before` is the id of the last one of the page before.

    `gaps` are the times of the same page in which a switchboard was not listened to.
    """
    portal = portal_of(request)
    async with portal.db.read(visitor.company_id) as session:
        calls = await missed_calls(session, limit + 1, await _place(session, before))
        rows = await rows_of(session, calls[:limit], portal.clock())
        gaps = await _gaps(session, calls, limit, before)
    more = str(calls[limit - 1].id) if len(calls) > limit else None
    return {"items": rows, "next": more, "gaps": gaps}


async def _place(session: AsyncSession, before: UUID | None) -> tuple[datetime, UUID] | None:
    if before is None:
        return None
    call = await session.get_one(CallRow, before)
    return call.started_at, call.id


async def _pbx_faults(session: AsyncSession) -> tuple[PbxFault, ...]:
    """What is wrong with links that were tried and are not up."""
    down = [pbx for pbx in await pbxs(session) if pbx.link_state not in ("up", "new", "connecting")]
    return tuple(PbxFault(pbx.name, pbx.link_state, pbx.link_text) for pbx in down)


async def _sms_faults(session: AsyncSession) -> tuple[SmsFault, ...]:
    """What is wrong with the accounts that the company's texts go through."""
    used = (await session.scalars(select(SmsNumberRow.provider).distinct())).all()
    rows = (await sms_accounts(session, used)).values()
    return tuple(
        SmsFault(row.name, row.state, row.text, row.since)
        for row in rows
        if row.state != AccountState.UP
    )


async def _gaps(
    session: AsyncSession, calls: Sequence[CallRow], shown: int, before: UUID | None
) -> tuple[GapLine, ...]:
    """The gaps that began in the time that a page of calls spans, one call more than `shown`."""
    until = await _place(session, before)
    since = calls[shown - 1].started_at if len(calls) > shown else None
    found = await gaps_between(session, since, until[0] if until else None, _MOST_GAPS)
    return tuple(_gap_line(gap, pbx) for gap, pbx in found)


def _gap_line(gap: GapRow, pbx: PbxRow) -> GapLine:
    return GapLine(
        id=str(gap.id),
        pbx=pbx.name,
        at=gap.from_at,
        to_at=gap.to_at,
        found=gap.found,
        sources=tuple(gap.sources),
        kind=pbx.kind,
    )


async def _gap_now(session: AsyncSession, gap_id: UUID, clock: Clock) -> GapLine:
    """A gap as it is; one that is gone was too short."""
    gap = await session.get(GapRow, gap_id)
    if gap is None:
        return GapLine(id=str(gap_id), pbx="", at=clock(), to_at=None, over=True)
    return _gap_line(gap, await session.get_one(PbxRow, gap.pbx_id))


async def _counts(session: AsyncSession, visitor: Visitor, clock: Clock) -> MissedCounts:
    """The figures of the company's present day."""
    today = clock().astimezone(visitor.zone).date()
    midnight = datetime.combine(today, time(), visitor.zone)
    found = await missed_since(session, midnight)
    owners = {conversation_id for conversation_id, _ in found if conversation_id}
    talks = list((await standings(session, list(owners))).values())
    stand = talks + [one.standing for one in (await calls_alone_since(session, midnight)).values()]
    unknown = sum(outcome is None for _, outcome in found)
    return MissedCounts(
        today=len(found) - unknown,
        needs_person=stand.count(Standing.NEEDS_PERSON),
        answered=sum(one not in (Standing.AWAITING_REPLY, Standing.LOST) for one in talks),
        booked=talks.count(Standing.BOOKED),
        unknown=unknown,
    )


async def fragments(
    session: AsyncSession, visitor: Visitor, clock: Clock, change: Change
) -> AsyncIterator[str]:
    """What a change does to the list: the calls it is about, the figures, the PBX links."""
    if change.kind is Kind.PBX:
        faults = await _pbx_faults(session)
        yield render("live/pbx.html", visitor.language, visitor.zone, faults=faults)
    if change.kind is Kind.SMS_ACCOUNT:
        faulty = await _sms_faults(session)
        yield render("live/sms.html", visitor.language, visitor.zone, faults=faulty)
    if change.kind is Kind.GAP:
        gap = await _gap_now(session, change.subject, clock)
        yield render("live/gap.html", visitor.language, visitor.zone, gap=gap)
    if change.kind is Kind.CALL:
        call = await session.get(CallRow, change.subject)
        calls: Sequence[CallRow] = [call] if call else []
    elif change.kind is Kind.CONVERSATION:
        calls = await calls_of(session, change.subject)
    else:
        return
    shown = [call for call in calls if perhaps_missed(call)]
    counts = await _counts(session, visitor, clock)
    for row in await rows_of(session, shown, clock()):
        yield render(
            "live/missed.html",
            visitor.language,
            visitor.zone,
            row=row,
            counts=counts,
            new=change.new and change.kind is Kind.CALL,
            settle=settle_token(visitor),
        )
