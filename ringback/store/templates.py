"""A company's own words for texts: read, kept, taken away. All take the company's unit of work."""

from collections.abc import Sequence
from datetime import datetime
from uuid import UUID, uuid4

from sqlalchemy import select
from sqlalchemy.ext.asyncio import AsyncSession

from ringback import templates as words
from ringback.errors import BadInput
from ringback.phone import to_e164
from ringback.policy import Situation
from ringback.segments import count
from ringback.store.companies import business, locked_company
from ringback.store.texting import privacy_url, texting
from ringback.tables import TemplateRow
from ringback.templates import LANGUAGES, Template

_MOST_QUEUE_SIGNS = 80
_AN_ADDRESS = "https://ringback.example.com"  # as long as that of a portal, to count its signs


async def template_rows(session: AsyncSession) -> Sequence[TemplateRow]:
    """All own templates, for the settings page: by situation, language, DID and queue."""
    query = select(TemplateRow).order_by(
        TemplateRow.situation, TemplateRow.language, TemplateRow.did, TemplateRow.queue
    )
    return (await session.scalars(query)).all()


async def own_templates(session: AsyncSession) -> tuple[Template, ...]:
    """The same as values, for `ringback.templates.chosen`."""
    rows = await template_rows(session)
    return tuple(
        Template(Situation(row.situation), row.language, row.text, row.did, row.queue)
        for row in rows
    )


async def save_template(session: AsyncSession, template: Template, now: datetime) -> TemplateRow:
    """Keep a template in the place of the one for the same situation, language, DID and queue.

    Args:
        session: A unit of work that writes; other writers of the company's templates wait.
        template: `did` as typed or in E.164; "" for any. `queue` as the PBX names it; "" for any.
        now: Aware.

    Raises:
        BadInput: A line for every fault of the text, or the DID, language or queue can't be one, or
            the text is so long that the company's own rules would stop it each time.
    """
    words.check(template.situation, template.text)
    did, queue = _place(template)
    await locked_company(session)
    await _check_length(session, template, now)
    row = await session.scalar(
        select(TemplateRow).where(
            TemplateRow.situation == template.situation,
            TemplateRow.language == template.language,
            TemplateRow.did == did,
            TemplateRow.queue == queue,
        )
    )
    if row is None:
        row = TemplateRow(
            id=uuid4(),
            situation=template.situation,
            language=template.language,
            did=did,
            queue=queue,
        )
        session.add(row)
    row.text, row.changed_at = template.text.strip(), now
    await session.flush()
    return row


async def delete_template(session: AsyncSession, template_id: UUID) -> bool:
    """Go back to the built-in words, or the less particular ones; False when it was gone already."""
    row = await session.get(TemplateRow, template_id)
    if row is None:
        return False
    await session.delete(row)
    await session.flush()
    return True


async def _check_length(session: AsyncSession, template: Template, now: datetime) -> None:
    notice = await privacy_url(session, _AN_ADDRESS)
    known = words.words(await business(session), now, template.language, notice)
    text = words.filled(template.text, known)
    if text and count(text).parts > (await texting(session)).limits.most_parts:
        raise BadInput("The text takes more parts than your rules allow; make it shorter.", "text")


def _place(template: Template) -> tuple[str, str]:
    """The DID in E.164 and the queue, both checked."""
    if (template.situation, template.language) not in words.BUILT_IN:
        raise BadInput(
            f"There are no templates for this situation in {template.language!r}; "
            f"choose one of {', '.join(LANGUAGES)}.",
            "language",
        )
    did = to_e164(template.did) if template.did.strip() else ""
    if did is None:
        raise BadInput(
            "The number is no telephone number; write it like 08-465 004 10, or nothing.", "did"
        )
    queue = template.queue.strip()
    if len(queue) > _MOST_QUEUE_SIGNS or not queue.isprintable():
        raise BadInput("The queue's name is too long or holds odd characters.", "queue")
    return did, queue
