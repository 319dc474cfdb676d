"""The AI log in full: what an engine was told, proposed and was refused, for those who answer for it.

In: `turn` rows of a conversation. Out: `views.TurnLog`, beside a message, as a page, and as JSON. Each
look is a line in the audit trail. Other staff see the outcome alone, in the thread.
"""

import json
from collections.abc import Iterable, Mapping, Sequence
from datetime import datetime
from typing import Annotated, Any
from uuid import UUID

from fastapi import APIRouter, Query, Request
from fastapi.responses import HTMLResponse
from sqlalchemy import select
from sqlalchemy.ext.asyncio import AsyncSession

from portal_api.frame import shell
from portal_api.permissions import Permission, may, needs
from portal_api.render import render
from portal_api.thread_views import AiLogView, Fact, TurnLog
from portal_api.visitors import Visitor, portal_of, remote_of
from ringback import audit
from ringback.phone import readable
from ringback.store.ai_log import Logged, turn_in, turns_in
from ringback.store.companies import business
from ringback.tables import ConversationRow, PassageRow, TurnRow

router = APIRouter()
MayRead = Annotated[Visitor, needs(Permission.READ_AI_LOG)]
Before = Annotated[int | None, Query(ge=1, lt=2**31, description="`next` of the page before")]
PAGE_TURNS = 50
_ANSWER, _PASSAGE = "faq:", "passage:"  # what the ids in `turn.used` begin with
_HEADING = 60  # letters of a passage that has no title


@router.get("/conversations/{conversation_id}/ai-log", include_in_schema=False)
async def page(
    request: Request, visitor: MayRead, conversation_id: UUID, before: Before = None
) -> HTMLResponse:
    """All turns of a conversation, without its texts."""
    view = await _opened(request, visitor, conversation_id, before)
    frame = shell(request, visitor, "conversation")
    html = render("ai_log.html", visitor.language, visitor.zone, shell=frame, log=view)
    return HTMLResponse(html)


@router.get("/conversations/{conversation_id}/ai-log/{message_id}", include_in_schema=False)
async def of_message(
    request: Request, visitor: MayRead, conversation_id: UUID, message_id: UUID
) -> HTMLResponse:
    """One turn, for the place beside its message."""
    portal = portal_of(request)
    async with portal.db.begin(visitor.company_id) as session:
        logged = await turn_in(session, conversation_id, message_id)
        await _note(session, request, visitor, portal.clock(), "turn", logged[1].id)
        (turn,) = await turn_logs(session, [logged])
    html = render("live/turn_log.html", visitor.language, visitor.zone, turn=turn)
    return HTMLResponse(html)


@router.get("/api/v1/conversations/{conversation_id}/ai-log")
async def as_json(
    request: Request, visitor: MayRead, conversation_id: UUID, before: Before = None
) -> AiLogView:
    """How the texts of a conversation were understood: the latest 50, or the 50 before `before`."""
    return await _opened(request, visitor, conversation_id, before)


async def _opened(
    request: Request, visitor: Visitor, conversation_id: UUID, before: int | None
) -> AiLogView:
    portal = portal_of(request)
    async with portal.db.begin(visitor.company_id) as session:
        talk = await session.get_one(ConversationRow, conversation_id)
        await _note(session, request, visitor, portal.clock(), "ai_log", talk.id)
        logged = await turns_in(session, talk.id, PAGE_TURNS + 1, before)
        shown = logged[-PAGE_TURNS:]
        return AiLogView(
            id=str(talk.id),
            caller=readable(talk.number),
            turns=await turn_logs(session, shown),
            next=shown[0][0].number if len(logged) > PAGE_TURNS else None,
            texts=may(visitor, Permission.READ_CONVERSATIONS),
        )


async def _note(
    session: AsyncSession, request: Request, visitor: Visitor, now: datetime, kind: str, id_: UUID
) -> None:
    await audit.record(session, now, visitor.actor, "read", kind, id_, remote_of(request))


async def turn_logs(session: AsyncSession, logged: Sequence[Logged]) -> tuple[TurnLog, ...]:
    """The turns in full, with the titles of what they rest on."""
    used = {turn.id: _read(turn.used, []) for _, turn in logged}
    titles = await _titles(session, {str(one) for ids in used.values() for one in ids})
    return tuple(
        _turn_log(message.id, message.created_at, turn, used[turn.id], titles)
        for message, turn in logged
    )


def _turn_log(
    message_id: UUID,
    at: datetime,
    turn: TurnRow,
    used: Iterable[object],
    titles: Mapping[str, str],
) -> TurnLog:
    return TurnLog(
        message_id=str(message_id),
        at=at,
        engine=turn.engine,
        version=turn.version or "",
        understood=facts_of(_read(turn.understood, {})),
        proposed=facts_of(_read(turn.proposed, {})),
        decided=tuple(Fact("action", str(one)) for one in _read(turn.decided, [])),
        used=tuple(titles.get(str(one), str(one)) for one in used),
        refused=tuple(
            Fact(str(one.get("reason", "")), str(one.get("found", "")))
            for one in _read(turn.refused, [])
        ),
        unanswered=turn.unanswered,
        took_ms=turn.took_ms,
        tokens_in=turn.tokens_in,
        tokens_out=turn.tokens_out,
        cost_e4=turn.cost_e4,
        dropped=turn.understood is None,
    )


def facts_of(written: Mapping[str, object]) -> tuple[Fact, ...]:
    """What a turn's JSON says, one line for each name that has a value."""
    return tuple(
        Fact(name, said(value)) for name, value in written.items() if value and name != "engine"
    )


def said(value: object) -> str:
    """A value of the log in one line."""
    if isinstance(value, list):
        return ", ".join(said(one) for one in value)
    if isinstance(value, dict):
        return ", ".join(f"{name} {said(one)}" for name, one in value.items() if one)
    return str(value)


def _read(written: str | None, empty: Any) -> Any:
    return json.loads(written) if written else empty


async def _titles(session: AsyncSession, ids: set[str]) -> dict[str, str]:
    """The headings of answers and passages, by the ids that the log has them by."""
    faq = {f"{_ANSWER}{one.id}": one.question for one in (await business(session)).faq}
    wanted = [id_ for one in ids if (id_ := _passage_id(one))]
    if not wanted:
        return faq
    found = await session.scalars(select(PassageRow).where(PassageRow.id.in_(wanted)))
    return faq | {f"{_PASSAGE}{row.id}": row.title or row.text[:_HEADING] for row in found}


def _passage_id(written: str) -> UUID | None:
    try:
        return UUID(written.removeprefix(_PASSAGE)) if written.startswith(_PASSAGE) else None
    except ValueError:
        return None
