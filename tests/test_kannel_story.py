"""A caller's text comes in through a real Kannel, is answered through it, and the receipt settles it."""

import asyncio
import sqlite3
from contextlib import closing
from pathlib import Path

from tests.kannel import PASSWORD, SENDSMS, USERNAME, Kannel
from tests.netns import own_network
from tests.product import HOOK_SECRET, OUR_NUMBER, Product

CALLER = "+46701740605"


def kannel_accounts(folder: Path) -> Path:
    path = folder / "sms.toml"
    path.write_text(
        f"""
        [[account]]
        name = "kannel"
        kind = "kannel"
        username = "{USERNAME}"
        password = "{PASSWORD}"
        hook_secret = "{HOOK_SECRET}"
        base_url = "{SENDSMS}"
        allowed_sources = ["127.0.0.1"]
        """
    )
    path.chmod(0o600)
    return path


def texts(product: Product) -> list[tuple[str, str, str]]:
    with closing(sqlite3.connect(product.folder / "var/ringback.sqlite")) as db:
        query = "SELECT direction, state, provider FROM message ORDER BY created_at, direction"
        return db.execute(query).fetchall()


async def test_callers_text_is_answered_and_the_receipt_settles_the_answer(tmp_path: Path) -> None:
    product = Product(tmp_path, None, sms_accounts=str(kannel_accounts(tmp_path)))
    hook = f"{product.url}/webhooks/kannel/{HOOK_SECRET}/inbound?from=%p&to=%P&id=%I"
    with own_network():
        await product.company()
        async with product, Kannel(tmp_path, hook) as kannel:
            await kannel.smsc(f"{CALLER} {OUR_NUMBER} text Vad kostar en herrklippning?")
            (answer,) = await kannel.texts(1)
            async with asyncio.timeout(60):
                while ("out", "delivered", "kannel") not in texts(product):
                    await asyncio.sleep(0.1)
    assert "kr" in answer
    assert texts(product) == [
        ("in", "received", "kannel"),
        ("out", "delivered", "kannel"),
    ], product.log.read_text()[-3000:]
