"""What a person writes to a caller: taken, counted while it is typed, or refused in plain words.

In: the reply box of the conversation page, or JSON. Out: a text in line to be sent; or why not, with
what was typed still in the box. Only who has taken the conversation over may write
(`ringback.store.ownership`).
"""

from typing import Annotated
from uuid import UUID, uuid4

from fastapi import APIRouter, Body, Form, Header, Request
from fastapi.responses import HTMLResponse, JSONResponse, RedirectResponse, Response
from pydantic import BaseModel, ConfigDict, Field

from portal_api.conversations import conversation_page
from portal_api.permissions import Permission, needs
from portal_api.problems import status_of
from portal_api.render import render
from portal_api.thread_views import ReplyBox, TextSize
from portal_api.visitors import Visitor, portal_of, remote_of
from portal_api.wording import N_
from ringback.asked import AnotherBody, NotSendable
from ringback.ownership import NotYours
from ringback.segments import count
from ringback.store.ownership import write_as
from ringback.store.texting import texting
from ringback.tables import MessageRow

router = APIRouter()
MayAnswer = Annotated[Visitor, needs(Permission.ANSWER_CALLERS)]
_MOST_CHARACTERS = 4_000  # more than twenty parts of any encoding
_MOST_KEY = 64
Text = Annotated[str, Form(max_length=_MOST_CHARACTERS)]
Key = Annotated[str, Form(max_length=_MOST_KEY)]
_MOST_ODD = 10

_SAID = (
    N_("The caller wants no texts. Call instead."),
    N_("Write something to send."),
    N_("The text holds characters that can't be shown; write it again."),
    N_("The text has more parts than your rules allow; shorten it."),
    N_("Your text before this one was sent. Send again if this shall go too."),
    N_("Take the conversation over first, then write."),
    N_("The conversation is closed; call the caller instead."),
    N_("Somebody else has this conversation; ask for it to be handed back, then take it over."),
)
"""What `store.ownership` says, for the catalogue."""


class ReplyToSend(BaseModel):
    """A person's text to the caller of a conversation."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    text: str = Field(max_length=_MOST_CHARACTERS, examples=["Jag ringer dig om en stund."])


class ReplyTaken(BaseModel):
    """A text that is kept and in line to be sent."""

    id: UUID
    state: str
    parts: int


@router.post("/conversations/{conversation_id}/messages", include_in_schema=False)
async def send(
    request: Request, visitor: MayAnswer, conversation_id: UUID, key: Key, text: Text = ""
) -> Response:
    """Put the text in line. A page with scripts gets what changes in its box, another a new page."""
    try:
        await _write(request, visitor, conversation_id, key, text)
    except (NotYours, NotSendable, AnotherBody) as no:
        reply = ReplyBox(str(uuid4()), text, str(no), _faster(no))
        if _is_scripted(request):
            return _box(visitor, reply, status_of(no))
        return await conversation_page(
            request, visitor, conversation_id, reply=reply, status=status_of(no)
        )
    if _is_scripted(request):
        return _box(visitor, ReplyBox(str(uuid4())), 200)
    return RedirectResponse(f"/conversations/{conversation_id}#reply-text", 303)


@router.post("/conversations/{conversation_id}/messages/size", include_in_schema=False)
async def size(
    request: Request, visitor: MayAnswer, conversation_id: UUID, text: Text = ""
) -> Response:
    """What the text would be billed as; nothing is kept."""
    async with portal_of(request).db.read(visitor.company_id) as session:
        most = (await texting(session)).limits.most_parts
    html = render("live/reply_size.html", visitor.language, visitor.zone, size=size_of(text, most))
    return HTMLResponse(html)


@router.post("/api/v1/conversations/{conversation_id}/messages", status_code=202)
async def send_as_json(
    request: Request,
    visitor: MayAnswer,
    conversation_id: UUID,
    wanted: Annotated[ReplyToSend, Body()],
    idempotency_key: Annotated[str | None, Header(max_length=_MOST_KEY)] = None,
) -> JSONResponse:
    """Text the caller. 409 tells who has the conversation, 422 why such a text is not sent."""
    key = idempotency_key or str(uuid4())
    row = await _write(request, visitor, conversation_id, key, wanted.text)
    taken = ReplyTaken(id=row.id, state=row.state, parts=count(row.text).parts)
    return JSONResponse(taken.model_dump(mode="json"), 202)


def size_of(text: str, most_parts: int) -> TextSize | None:
    """The size of what is typed so far; None when that is nothing or can't be counted."""
    words = text.replace("\r\n", "\n").strip()
    if not words or any("\ud800" <= sign <= "\udfff" for sign in words):
        return None
    whole = count(words)
    plain = whole.encoding == "gsm7"
    odd = () if plain else tuple(dict.fromkeys(s for s in words if count(s).encoding == "ucs2"))
    return TextSize(whole.units, whole.parts, most_parts, plain, odd[:_MOST_ODD])


async def _write(
    request: Request, visitor: Visitor, conversation_id: UUID, key: str, text: str
) -> MessageRow:
    portal, user = portal_of(request), visitor.signed_in.user_id
    async with portal.db.begin(visitor.company_id) as session:
        return await write_as(
            session, conversation_id, user, key, text, portal.clock(), remote_of(request)
        )


def _box(visitor: Visitor, reply: ReplyBox, status: int) -> HTMLResponse:
    """The parts of the box that change: what is typed there is the browser's."""
    html = render("live/reply.html", visitor.language, visitor.zone, reply=reply)
    return HTMLResponse(html, status)


def _faster(no: Exception) -> str:
    return no.name if isinstance(no, NotYours) else ""


def _is_scripted(request: Request) -> bool:
    return request.headers.get("hx-request") is not None
