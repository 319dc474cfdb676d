"""What an Asterisk is to be told, from a company's rows and the installer's choices.

In: the database; which PBX. Out: a `Plan` for the command `ringback asterisk`.
"""

from collections.abc import Sequence
from uuid import UUID

from pydantic import ValidationError
from sqlalchemy import select
from sqlalchemy.ext.asyncio import AsyncSession

from asterisk_conf.values import Choices, Kind, ManagerUser, OwnPrompt, Plan, QueuePlan, faults_of
from pbx_adapter.site import Site
from ringback.db import Database
from ringback.errors import BadInput
from ringback.pbx import PbxKind
from ringback.queues import Rules, offer_key
from ringback.store.companies import business, company, pbxs
from ringback.store.numbers import own_numbers
from ringback.store.queues import queues
from ringback.tables import PbxRow, PromptRow, QueueRow


async def plan_of(db: Database, company_id: UUID, name: str, choices: Choices) -> Plan:
    """The plan for one of the company's PBXs.

    Args:
        db: The database.
        company_id: The company.
        name: Of the PBX; empty when it has only one.
        choices: The installer's.

    Raises:
        BadInput: There is no such PBX, or something of it can't be told to Asterisk.
    """
    async with db.begin(company_id) as session:
        pbx = _chosen(await pbxs(session), name)
        rows = [row for row in await queues(session) if row.pbx_id == pbx.id]
        try:
            return Plan(
                kind=choices.kind,
                company=" ".join((await company(session)).name.split()),  # on one line
                zone=(await business(session)).zone.key,
                country=(Site.from_toml(pbx.site) if pbx.site else Site()).country,
                queues=tuple(_queue(row, choices) for row in rows),
                manager=_manager(pbx, choices),
                recording=choices.recording,
                prompts=await _prompts(session),
                own_numbers=tuple(sorted(await own_numbers(session))),
            )
        except ValidationError as wrong:
            raise BadInput(faults_of(wrong)) from wrong


def _chosen(known: Sequence[PbxRow], name: str) -> PbxRow:
    asterisks = {row.name: row for row in known if row.kind != PbxKind.SIP}
    if not name and len(asterisks) == 1:
        return next(iter(asterisks.values()))
    if name not in asterisks:
        there = ", ".join(asterisks) or "none; add one with `ringback add pbx`"
        raise BadInput(f"Say which Asterisk with --pbx. There are: {there}.")
    return asterisks[name]


def _queue(row: QueueRow, choices: Choices) -> QueuePlan:
    return QueuePlan(
        name=row.name,
        key=offer_key(row.id),
        rules=Rules.kept(row.rules),
        back=choices.back.get(row.name, ""),
    )


def _manager(pbx: PbxRow, choices: Choices) -> ManagerUser | None:
    """The user that we log in as; an edge has its own, which the centre does not know."""
    if pbx.kind != PbxKind.AMI:
        return None
    return ManagerUser(name=pbx.username, secret=pbx.secret, permit=choices.permit)


async def _prompts(session: AsyncSession) -> tuple[OwnPrompt, ...]:
    rows = await session.scalars(select(PromptRow).order_by(PromptRow.language, PromptRow.name))
    return tuple(
        OwnPrompt.model_validate({"language": row.language, "name": row.name, "wav": row.wav})
        for row in rows
    )


def kind_of(etc_names: set[str]) -> Kind:
    """Who writes the files, told from their names."""
    return Kind.FREEPBX if "extensions_additional.conf" in etc_names else Kind.PLAIN
