"""`ringback add queue`, and the phone of who rings back."""

import asyncio
from collections.abc import Callable, Coroutine
from pathlib import Path
from typing import Any, TypeVar

import pytest
from sqlalchemy import select
from sqlalchemy.ext.asyncio import AsyncSession

from ringback.cli.adding import add
from ringback.db import open_database
from ringback.queues import Rules
from ringback.settings import read_settings
from ringback.store.companies import company_ids
from ringback.store.queues import queues
from ringback.tables import UserRow
from tests.ringback.cli.conftest import SAMPLE, command

Result = TypeVar("Result")


@pytest.fixture
def company(installed: Path) -> Path:
    assert command(add, "company", str(SAMPLE)).exit_code == 0
    return installed


def an_asterisk(name: str) -> None:
    pbx = ("192.0.2.10", "--username", "u", "--secret", "a-long-secret", "--name", name)
    assert command(add, "pbx", *pbx).exit_code == 0


def read(question: Callable[[AsyncSession], Coroutine[Any, Any, Result]]) -> Result:
    async def ask() -> Result:
        db = open_database(read_settings())
        async with db.read_across() as session:
            (company_id,) = await company_ids(session)
        async with db.read(company_id) as session:
            found = await question(session)
        await db.close()
        return found

    return asyncio.run(ask())


async def names_and_offers(session: AsyncSession) -> list[tuple[str, str, str]]:
    return [(row.name, row.label, Rules.kept(row.rules).offer) for row in await queues(session)]


def test_queue_is_added_and_its_menu_told(company: Path) -> None:
    an_asterisk("office")
    said = command(add, "queue", "401", "--label", "Kundtjänst", "--offer", "always")
    assert said.exit_code == 0, said.output
    assert "of office, with the menu ringback-menu-" in said.output
    assert "ringback asterisk install" in said.output
    assert read(names_and_offers) == [("401", "Kundtjänst", "always")]
    twice = command(add, "queue", "401")
    assert (twice.exit_code, "there already" in twice.output) == (2, True)


def test_of_several_asterisks_one_must_be_named(company: Path) -> None:
    assert "none; add one with" in command(add, "queue", "401").output
    an_asterisk("office")
    an_asterisk("shop")
    refused = command(add, "queue", "401")
    assert (refused.exit_code, "There are: office, shop." in refused.output) == (2, True)
    assert command(add, "queue", "401", "--pbx", "shop").exit_code == 0
    assert command(add, "queue", "a|b", "--pbx", "shop").exit_code == 2
    assert read(names_and_offers) == [("401", "", "off")]


@pytest.mark.parametrize(("written", "kept"), [("101", "PJSIP/101"), ("SIP/7", "SIP/7")])
def test_user_is_added_with_the_phone_that_rings_first(
    company: Path, written: str, kept: str
) -> None:
    user = ("ellen@example.com", "--name", "Ellen", "--password", "correct horse battery")
    refused = command(add, "user", *user, "--phone", "Local/0701740605@from-internal")
    assert (refused.exit_code, "no phone of yours" in refused.output) == (2, True)
    assert command(add, "user", *user, "--phone", written).exit_code == 0

    async def phones(session: AsyncSession) -> list[str]:
        return list(await session.scalars(select(UserRow.phone)))

    assert read(phones) == [kept]
