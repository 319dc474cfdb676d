"""The command `ringback add queue`: a queue of a PBX in which callers may choose to be rung back.

In: its name, as the PBX has it. Out: a `queue` row. Its rules are set in the portal, under Settings,
Callbacks; what Asterisk must be told is `ringback asterisk install`.
"""

from collections.abc import Sequence
from enum import StrEnum
from typing import Annotated

import typer

from ringback.cli.rows import CompanyId, company_of, do
from ringback.clock import system_clock
from ringback.db import Database
from ringback.errors import BadInput
from ringback.pbx import PbxKind
from ringback.queues import Rules, offer_key
from ringback.settings import Settings
from ringback.store.companies import pbxs
from ringback.store.queues import add_queue, save_rules
from ringback.tables import PbxRow


class Mode(StrEnum):
    """How the offer is switched (`ringback.queues.Rules.offer`)."""

    OFF = "off"
    ALWAYS = "always"
    WHEN_LONG = "when_long"


def add_a_queue(
    name: Annotated[str, typer.Argument(help="As the PBX names it, like 401 or support.")],
    pbx: Annotated[str, typer.Option(help="The PBX's name; not needed while there is one.")] = "",
    label: Annotated[str, typer.Option(help="How staff call it; the name when empty.")] = "",
    offer: Annotated[Mode, typer.Option(help="When callers are offered a callback.")] = Mode.OFF,
    company: CompanyId = "",
) -> None:
    """Add a queue in which callers may choose to be rung back."""

    async def work(db: Database, settings: Settings) -> str:
        now = system_clock()
        async with db.begin(await company_of(db, company)) as session:
            where = _chosen(await pbxs(session), pbx)
            row = await add_queue(session, where.id, name, label, now)
            rules = Rules.kept(row.rules).model_dump(mode="json") | {"offer": offer.value}
            await save_rules(session, row.id, label, Rules.from_document(rules), now)
        return (
            f"Added the queue {row.name} of {where.name}, with the menu ringback-menu-"
            f"{offer_key(row.id)}. Tell Asterisk of it: ringback asterisk install"
        )

    do(work)


def _chosen(known: Sequence[PbxRow], name: str) -> PbxRow:
    """The PBX that is meant; only an Asterisk has queues that we know of."""
    asterisks = {row.name: row for row in known if row.kind != PbxKind.SIP}
    if not name and len(asterisks) == 1:
        return next(iter(asterisks.values()))
    if name not in asterisks:
        there = ", ".join(asterisks) or "none; add one with `ringback add pbx`"
        raise BadInput(f"Say which Asterisk with --pbx. There are: {there}.")
    return asterisks[name]
