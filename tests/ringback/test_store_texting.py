"""A company's rules for texts, in the database."""

from uuid import UUID

import pytest

from ringback.db import Database
from ringback.errors import BadInput
from ringback.store.companies import company as company_row
from ringback.store.texting import privacy_url, save_texting, texting
from ringback.texting import Texting


async def test_rules_are_kept_for_their_company_alone(
    db: Database, company: UUID, neighbour: UUID
) -> None:
    async with db.begin(company) as session:
        saved = await save_texting(session, {"cool_down_h": 3, "limits": {"most_parts": 2}})
    async with db.read(company) as session:
        assert await texting(session) == saved
        assert (saved.cool_down_h, saved.limits.most_parts) == (3, 2)
    async with db.read(neighbour) as session:
        assert await texting(session) == Texting()


async def test_wrong_rules_change_nothing(db: Database, company: UUID) -> None:
    with pytest.raises(BadInput):
        async with db.begin(company) as session:
            await save_texting(session, {"cool_down_h": -3})
    async with db.read(company) as session:
        assert await texting(session) == Texting()


async def test_privacy_notice_is_the_companys_own_or_the_one_we_show(
    db: Database, company: UUID
) -> None:
    async with db.begin(company) as session:
        code = (await company_row(session)).code
        assert await privacy_url(session, "https://ring.example.se/") == (
            f"https://ring.example.se/i/{code}"
        )
        await save_texting(session, {"privacy_url": "https://salong.example.se/i"})
        assert (
            await privacy_url(session, "https://ring.example.se") == "https://salong.example.se/i"
        )
