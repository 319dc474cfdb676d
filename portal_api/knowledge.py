"""What the assistant answers from: shown, tried, and what it could not answer yet.

In: `passage` and `turn` rows, the company's document, what an administrator types. Out: `KnowledgeView`;
rows changed and a line in the audit trail. Texts are pasted on a page of their own
(`knowledge_texts.py`). Callers' words are shown, so that is audited as reading is.
"""

from collections.abc import Sequence
from dataclasses import replace
from typing import Annotated
from uuid import UUID

from fastapi import APIRouter, Form, Request
from fastapi.responses import HTMLResponse, RedirectResponse, Response
from sqlalchemy.ext.asyncio import AsyncSession

from portal_api.frame import shell
from portal_api.knowledge_views import (
    KnowledgeView,
    QuestionLine,
    TextLine,
    TrialView,
    UsedLine,
)
from portal_api.permissions import Permission, needs
from portal_api.render import render
from portal_api.settings.faults import of_input
from portal_api.visitors import Visitor, portal_of, remote_of
from portal_api.wording import N_
from ringback import audit
from ringback.business import Business
from ringback.errors import BadInput
from ringback.knowledge import Tried
from ringback.store.companies import business
from ringback.store.passages import (
    ANSWERED,
    Text,
    add_answer,
    dealt_with,
    open_questions,
    passages,
    remove_text,
    texts,
)
from ringback.tables import PassageRow

router = APIRouter(prefix="/knowledge", include_in_schema=False)
MayChange = Annotated[Visitor, needs(Permission.CHANGE_SETTINGS)]
_MOST_ASKED = 1_000
Typed = Annotated[str, Form(max_length=4_000)]
DONE = {
    "saved": N_("Saved. The assistant answers from it from the next text on."),
    "removed": N_("The text is gone; nothing is answered from it any more."),
    "answered": N_("The answer is kept. The next who asks the same gets it."),
    "dismissed": N_("The question is off the list."),
}
"""What the page says after something was done, by the code in its address."""


@router.get("")
async def page(request: Request, visitor: MayChange) -> HTMLResponse:
    """All that the assistant knows, and what it was asked in vain."""
    return await _page(request, visitor)


@router.post("/try")
async def try_question(request: Request, visitor: MayChange, question: Typed = "") -> HTMLResponse:
    """What would be answered; nothing is sent."""
    ask, question = portal_of(request).ask, question.strip()[:_MOST_ASKED]
    if ask is None or not question:
        return await _page(request, visitor)
    tried = await ask(visitor.company_id, question)
    async with portal_of(request).db.read(visitor.company_id) as session:
        used = _used(tried, await business(session), await passages(session))
    return await _page(request, visitor, TrialView(question, tried, used))


@router.post("/questions/{turn_id}/answer")
async def answer_it(
    request: Request, visitor: MayChange, turn_id: UUID, question: Typed = "", answer: Typed = ""
) -> Response:
    """Keep an answer, and take the question off the list."""
    now = portal_of(request).clock()
    try:
        async with portal_of(request).db.begin(visitor.company_id) as session:
            source_id = await add_answer(session, question, answer, now)
            await dealt_with(session, turn_id)
            await audit.record(
                session, now, visitor.actor, "change", "passage", source_id, remote_of(request)
            )
    except BadInput as bad:
        typed = QuestionLine(str(turn_id), "", "", now, question, answer)
        wrong = dict([of_input(bad, visitor.language, "answer")])
        return await _page(request, visitor, wrong=replace(typed, wrong=wrong))
    return RedirectResponse("/knowledge?done=answered", 303)


@router.post("/questions/{turn_id}/dismiss")
async def dismiss(request: Request, visitor: MayChange, turn_id: UUID) -> Response:
    """Take a question off the list; one that is off already is no fault."""
    now = portal_of(request).clock()
    async with portal_of(request).db.begin(visitor.company_id) as session:
        if await dealt_with(session, turn_id):
            await audit.record(
                session, now, visitor.actor, "change", "turn", turn_id, remote_of(request)
            )
    return RedirectResponse("/knowledge?done=dismissed", 303)


@router.post("/texts/{source_id}/remove")
async def remove(request: Request, visitor: MayChange, source_id: UUID) -> Response:
    """Forget a text; one that is gone already is no fault."""
    now = portal_of(request).clock()
    async with portal_of(request).db.begin(visitor.company_id) as session:
        if await remove_text(session, source_id):
            await audit.record(
                session, now, visitor.actor, "remove", "passage", source_id, remote_of(request)
            )
    return RedirectResponse("/knowledge?done=removed", 303)


async def _page(
    request: Request,
    visitor: Visitor,
    trial: TrialView | None = None,
    wrong: QuestionLine | None = None,
) -> HTMLResponse:
    portal = portal_of(request)
    async with portal.db.begin(visitor.company_id) as session:
        view = await _view(session, wrong)
        if view.questions:
            await audit.record(
                session,
                portal.clock(),
                visitor.actor,
                "read",
                "turn",
                view.questions[0].id,
                remote_of(request),
            )
    html = render(
        "knowledge.html",
        visitor.language,
        visitor.zone,
        shell=shell(request, visitor, "knowledge", path=router.prefix),
        done=DONE.get(request.query_params.get("done", ""), ""),
        knowledge=replace(view, trial=trial, may_try=portal.ask is not None),
    )
    return HTMLResponse(html, 400 if wrong else 200)


async def _view(session: AsyncSession, wrong: QuestionLine | None) -> KnowledgeView:
    document, told = await business(session), [_line(one) for one in await texts(session)]
    lines = [
        QuestionLine(
            str(one.turn_id), one.text, f"/conversations/{one.conversation_id}", one.asked_at
        )
        for one in await open_questions(session)
    ]
    return KnowledgeView(
        questions=tuple(_with_fault(line, wrong) for line in lines),
        texts=tuple(one for one in told if one.name != ANSWERED),
        answers=tuple(one for one in told if one.name == ANSWERED),
        document=document.faq,
        policy=document.cancellation_policy,
    )


def _with_fault(line: QuestionLine, wrong: QuestionLine | None) -> QuestionLine:
    if wrong is None or wrong.id != line.id:
        return line
    return replace(line, question=wrong.question, answer=wrong.answer, wrong=wrong.wrong)


def _line(text: Text) -> TextLine:
    return TextLine(str(text.id), text.name, text.parts, text.changed_at)


def _used(tried: Tried, document: Business, rows: Sequence[PassageRow]) -> tuple[UsedLine, ...]:
    """What the ids of a tried reply stand for."""
    known = {f"faq:{one.id}": UsedLine("faq", one.question, one.answer) for one in document.faq}
    known |= {f"passage:{row.id}": UsedLine("passage", row.title, row.text) for row in rows}
    known["policy"] = UsedLine("policy", "", document.cancellation_policy)
    return tuple(known.get(one, UsedLine(one)) for one in tried.used)
