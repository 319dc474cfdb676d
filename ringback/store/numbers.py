"""Numbers that a company treats in its own way, and how many want no texts.

Numbers are stored sealed; they are found by their index. All take the company's unit of work.
"""

from collections.abc import Collection, Mapping, Sequence
from datetime import datetime
from uuid import UUID, uuid4

from sqlalchemy import bindparam, delete, func, select
from sqlalchemy.ext.asyncio import AsyncSession

from ringback.errors import BadInput
from ringback.phone import to_e164
from ringback.policy import NumberRule
from ringback.queues import Rules
from ringback.store.companies import business, locked_company
from ringback.store.queues import queues
from ringback.tables import NumberRuleRow, OptOutRow, SmsNumberRow
from ringback.tenancy import number_index, prepared

_MOST_NOTE_SIGNS = 200
_RULES = prepared(
    select(NumberRuleRow.number_index, NumberRuleRow.rule).where(
        NumberRuleRow.number_index.in_(bindparam("numbers"))
    )
)


async def number_rules(
    session: AsyncSession, rule: NumberRule, limit: int = 50, after: UUID | None = None
) -> Sequence[NumberRuleRow]:
    """A page of the numbers with this rule, newest first.

    Args:
        session: The company's unit of work.
        rule: Which list.
        limit: At most so many.
        after: The last row's id of the page before; None for the first page.
    """
    query = (
        select(NumberRuleRow)
        .where(NumberRuleRow.rule == rule)
        .order_by(NumberRuleRow.created_at.desc(), NumberRuleRow.id)
        .limit(limit)
    )
    last = await session.get(NumberRuleRow, after) if after else None
    if last is not None:
        older = NumberRuleRow.created_at < last.created_at
        same = (NumberRuleRow.created_at == last.created_at) & (NumberRuleRow.id > last.id)
        query = query.where(older | same)
    return (await session.scalars(query)).all()


async def count_number_rules(session: AsyncSession) -> Mapping[NumberRule, int]:
    """How many numbers each list holds."""
    query = select(NumberRuleRow.rule, func.count()).group_by(NumberRuleRow.rule)
    found = {NumberRule(rule): count for rule, count in await session.execute(query)}
    return {rule: found.get(rule, 0) for rule in NumberRule}


async def set_number_rule(
    session: AsyncSession, number: str, rule: NumberRule, note: str, now: datetime
) -> NumberRuleRow:
    """Put a number on a list; one that is on a list already is moved, with the new note.

    Args:
        session: A unit of work that writes; other writers of the company's lists wait.
        number: As typed or in E.164.
        rule: Which list.
        note: For the staff, may be empty.
        now: Aware.

    Raises:
        BadInput: It is no telephone number, or the note is too long.
    """
    e164 = to_e164(number.strip())
    if e164 is None:
        raise BadInput(
            "That is no telephone number; write it like 070-174 06 05 or +46701740605.", "number"
        )
    if len(note) > _MOST_NOTE_SIGNS or not note.isprintable():
        raise BadInput(
            f"The note is too long; write at most {_MOST_NOTE_SIGNS} characters.", "note"
        )
    await locked_company(session)
    index = number_index(e164)
    row = await session.scalar(select(NumberRuleRow).where(NumberRuleRow.number_index == index))
    if row is None:
        row = NumberRuleRow(id=uuid4(), number=e164, number_index=index, created_at=now)
        session.add(row)
    row.rule, row.note = rule, note.strip()
    await session.flush()
    return row


async def remove_number_rule(session: AsyncSession, rule_id: UUID) -> bool:
    """Take a number off its list; False when it was gone already."""
    row = await session.get(NumberRuleRow, rule_id)
    if row is None:
        return False
    await session.delete(row)
    await session.flush()
    return True


async def rules_of(session: AsyncSession, indexes: Collection[bytes]) -> Mapping[bytes, NumberRule]:
    """The rules for these numbers, by index (`tenancy.number_index`); most have none."""
    found = await session.execute(_RULES, {"numbers": list(indexes)})
    return {index: NumberRule(rule) for index, rule in found}


async def rule_of(session: AsyncSession, e164: str) -> NumberRule | None:
    """The rule for a number, if the company has one."""
    index = number_index(e164)
    return (await rules_of(session, [index])).get(index)


async def own_numbers(session: AsyncSession) -> frozenset[str]:
    """The company's own as far as they are known, E.164: its phone, its texts', what customers are shown."""
    written = {(await business(session)).phone}
    written |= {Rules.kept(row.rules).shown_number for row in await queues(session)}
    written |= set(await session.scalars(select(SmsNumberRow.e164)))
    return frozenset(filter(None, (to_e164(number) for number in written if number)))


async def count_opted_out(session: AsyncSession) -> int:
    """How many numbers want no texts; which they are is not kept in readable form."""
    return await session.scalar(select(func.count()).select_from(OptOutRow)) or 0


async def lift_opt_out(session: AsyncSession, e164: str) -> bool:
    """Text a number again, because its owner has asked for it; False when it wasn't opted out."""
    index = number_index(e164)
    row = await session.scalar(select(OptOutRow.id).where(OptOutRow.number_index == index))
    await session.execute(delete(OptOutRow).where(OptOutRow.number_index == index))
    return row is not None
