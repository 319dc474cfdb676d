"""Companies, their PBXs and numbers. What looks across companies takes an operator's unit of work."""

from collections.abc import Collection, Iterable
from datetime import datetime
from secrets import token_hex
from typing import Any
from uuid import UUID, uuid4

from sqlalchemy import inspect, select
from sqlalchemy.ext.asyncio import AsyncSession

from ringback.business import Business
from ringback.db import Database
from ringback.store.changes import Kind, note_change
from ringback.tables import CompanyRow, PbxRow, SmsNumberRow
from ringback.tenancy import prepared

_MOST_KEPT = 64  # companies whose information is at hand
_kept: dict[UUID, tuple[dict[str, Any], Business]] = {}
_ROW = "row of the company"
_OWN = prepared(select(CompanyRow))
_OWN_LOCKED = prepared(
    select(CompanyRow).with_for_update(key_share=True).execution_options(populate_existing=True)
)
_NUMBERS = prepared(
    select(SmsNumberRow).order_by(SmsNumberRow.rank, SmsNumberRow.provider, SmsNumberRow.e164)
)


async def add_company(db: Database, business: Business, now: datetime) -> UUID:
    """A new company with keys of its own; returns its id."""
    company_id = uuid4()
    _, wrapped = db.master.new_company(company_id)
    async with db.begin_across() as session:
        session.add(
            CompanyRow(
                id=company_id,
                name=business.name,
                zone=business.timezone,
                language=business.locale[:2],
                wrapped_keys=wrapped,
                business=business.model_dump(mode="json"),
                code=token_hex(4),
                created_at=now,
            )
        )
    return company_id


async def company(session: AsyncSession) -> CompanyRow:
    """The company of this unit of work, read once in it."""
    row: CompanyRow | None = session.info.get(_ROW)
    if row is None or inspect(row).expired:
        row = (await session.scalars(_OWN)).one()
        session.info[_ROW] = row
    return row


async def locked_company(session: AsyncSession) -> CompanyRow:
    """The same as it stands in the database, locked until the unit of work ends.

    Whoever needs an order among all writers of a company takes this lock first. It lets others add
    rows that refer to the company, or two who have done so would wait for each other.
    """
    row: CompanyRow = (await session.scalars(_OWN_LOCKED)).one()
    return row


async def business(session: AsyncSession) -> Business:
    """What the company of this unit of work has written about itself.

    The same object as long as nothing is changed: reading it anew takes longer than asking for it.
    """
    row = await company(session)
    written, read = _kept.get(row.id, (None, None))
    if read is None or written != row.business:
        if len(_kept) >= _MOST_KEPT:
            del _kept[next(iter(_kept))]
        written, read = row.business, Business.model_validate(row.business)
        _kept[row.id] = (written, read)
    return read


async def company_ids(session: AsyncSession) -> list[UUID]:
    """All companies (operator)."""
    return list(await session.scalars(select(CompanyRow.id).order_by(CompanyRow.created_at)))


async def company_of_number(session: AsyncSession, provider: str, e164: str) -> UUID | None:
    """Whose number a text came in to (operator)."""
    return await session.scalar(
        select(SmsNumberRow.company_id).where(
            SmsNumberRow.provider == provider, SmsNumberRow.e164 == e164
        )
    )


async def sms_numbers(session: AsyncSession) -> list[SmsNumberRow]:
    """The numbers that the company's texts go out from, in the order in which they are taken."""
    return list(await session.scalars(_NUMBERS))


def sender(
    numbers: Iterable[SmsNumberRow], accounts: Collection[str], did: str | None
) -> str | None:
    """The number that a new conversation is held from; None when there is none.

    Args:
        numbers: Of the company, as `sms_numbers` gives them.
        accounts: Names of the accounts with SMS providers that exist here.
        did: The number that the caller rang, E.164; taken when texts can go out from it.
    """
    here = [row.e164 for row in numbers if row.provider in accounts]
    return did if did in here else next(iter(here), None)


async def pbxs(session: AsyncSession) -> list[PbxRow]:
    """The company's PBXs."""
    query = select(PbxRow).where(PbxRow.removed_at.is_(None)).order_by(PbxRow.name)
    return list(await session.scalars(query))


async def set_link_state(
    session: AsyncSession, pbx_id: UUID, state: str, text: str, now: datetime
) -> None:
    """Keep how the link to a PBX is, for the portal."""
    row = await session.get(PbxRow, pbx_id)
    if row is None or (row.link_state, row.link_text) == (state, text):
        return
    row.link_state, row.link_text, row.link_since = state, text, now
    await note_change(session, Kind.PBX, pbx_id, now)
