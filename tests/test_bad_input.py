"""What is wrong is said in a line or two that tell how to mend it; nothing ends in a traceback."""

import asyncio
import socket
import sqlite3
import time
from contextlib import closing
from pathlib import Path

import httpx
import pytest

from pbx_adapter.player import AmiPlayer
from tests.ports import free_port
from tests.product import EMAIL, OUR_NUMBER, USER_PASSWORD, Product

NOBODY = "http://127.0.0.1:9/a1"
SITE = Path(__file__).parent / "asterisk/site.toml"
SAMPLE = Path(__file__).parents[1] / "ringback/sample/salon.yaml"


async def said_at_start(product: Product) -> str:
    """What `ringback run` says before it gives up: an exit code of 2 and at most two lines."""
    code, _, said = await product.command("run")
    assert code == 2, said
    assert "Traceback" not in said
    assert len(said.strip().splitlines()) <= 2
    return said


@pytest.mark.parametrize(
    ("settings", "told"),
    [
        ({"prot": "8025"}, "RINGBACK_PROT: there is no such setting"),
        ({"database_url": "postgresql://me@127.0.0.1:9/ringback"}, "RINGBACK_DATABASE_URL"),
        ({"var": "/proc/no/such/folder"}, "can't be written"),
    ],
)
async def test_wrong_setting_is_named_with_what_to_write(
    tmp_path: Path, settings: dict[str, str], told: str
) -> None:
    assert told in await said_at_start(Product(tmp_path, NOBODY, **settings))


async def test_every_wrong_setting_is_listed_at_once(tmp_path: Path) -> None:
    product = Product(tmp_path, NOBODY, port="eighty", lease_s="-1")
    said = await said_at_start(product)
    assert "RINGBACK_PORT" in said
    assert "RINGBACK_LEASE_S" in said


async def test_port_in_use_is_named(tmp_path: Path) -> None:
    product = Product(tmp_path, NOBODY)
    with socket.socket() as other:
        other.bind(("127.0.0.1", product.port))
        other.listen()
        said = await said_at_start(product)
    assert f"Port {product.port}" in said
    assert "RINGBACK_PORT" in said


async def test_file_that_is_no_database_is_named(tmp_path: Path) -> None:
    (tmp_path / "var").mkdir()
    (tmp_path / "var/ringback.sqlite").write_text("this is a letter, not a database\n" * 100)
    assert "ringback.sqlite can't be used" in await said_at_start(Product(tmp_path, NOBODY))


async def test_wrong_ami_password_is_told_in_the_portal_and_not_hammered(tmp_path: Path) -> None:
    async with AmiPlayer("ringback", "the right one") as pbx:
        product = Product(tmp_path, NOBODY)
        await product.installed(pbx.port, "the wrong one", SITE)
        began = time.monotonic()
        async with product:
            page = await missed_page_that_says(product, "ringback")
            await asyncio.sleep(3)
        half_minutes = int((time.monotonic() - began) / 30)
    assert "manager.conf" in page
    logins = [action for action in pbx.received if action.get("Action") == "Login"]
    assert 1 <= len(logins) <= 1 + half_minutes  # the next try comes half a minute later
    log = product.log.read_text()
    assert "manager.conf" in log
    assert "Traceback" not in log
    assert "the wrong one" not in log


async def test_no_asterisk_is_told_in_the_portal_and_waited_for(tmp_path: Path) -> None:
    port = free_port()
    product = Product(tmp_path, NOBODY)
    await product.installed(port, "any", SITE)
    async with product:
        await missed_page_that_says(product, f"127.0.0.1:{port}")
        async with AmiPlayer("ringback", "any", port=port) as pbx, asyncio.timeout(100):
            await pbx.logged_in()
    assert "Traceback" not in product.log.read_text()


async def missed_page_that_says(product: Product, words: str) -> str:
    """The page of missed calls, once it says this about the PBX."""
    async with (
        asyncio.timeout(60),
        httpx.AsyncClient(base_url=product.url, follow_redirects=True, timeout=30) as browser,
    ):
        form = {"email": EMAIL, "password": USER_PASSWORD}
        await browser.post("/login", data=form, headers={"Origin": product.url})
        while words not in (page := (await browser.get("/missed")).text):
            await asyncio.sleep(0.1)
    return page


ADD = ("add", "pbx")
LOGIN = ("--username", "u", "--secret", "s")


@pytest.mark.parametrize(
    ("words", "told"),
    [
        (("replay", "nothing.ami"), "nothing.ami"),
        (("add", "pbx", "127.0.0.1", "--username", "u", "--secret", "s"), "no company yet"),
        ((*ADD, "pbx.example:5038", *LOGIN), "Give the port by itself: pbx.example --port 5038"),
        ((*ADD, "", *LOGIN), "it is empty"),
        ((*ADD, "127.0.0.1", *LOGIN, "--port", "99999"), "65535"),
        ((*ADD, "127.0.0.1", *LOGIN, "--secret-file", "letter.bin"), "Give the secret once"),
        (("add", "sip", "a b", *LOGIN), "no name or address"),
        (("add", "company", "nothing.yaml"), "can't be read"),
        (("add", "number", "12"), "no telephone number"),
        (("run", "--only", "pbx, fax"), "There is no part fax"),
        (("add", "company", "wrong.yaml"), "services, 0, price_sek: Input should be greater"),
        (("add", "company", "letter.bin"), "can't be read as text"),
        (("demo", "--folder", "letter.bin"), "Name another with --folder"),
    ],
)
async def test_wrong_command_is_answered_plainly(
    tmp_path: Path, words: tuple[str, ...], told: str
) -> None:
    document = SAMPLE.read_text().replace("price_sek: 690", "price_sek: -5")
    (tmp_path / "wrong.yaml").write_text(document)
    (tmp_path / "letter.bin").write_bytes(bytes(range(128, 256)))
    code, _, said = await Product(tmp_path, NOBODY).command(*words)
    assert code == 2
    assert told in said
    assert "Traceback" not in said


async def test_what_was_added_can_be_listed_renewed_and_removed(tmp_path: Path) -> None:
    product = Product(tmp_path, NOBODY)
    await product.installed(5038, "s", SITE)
    assert (await product.command("add", "company", str(SAMPLE)))[0] == 2  # not a second one
    assert (await product.command("add", "company", str(SAMPLE), "--replace"))[0] == 0
    listed = (await product.command("list"))[1]
    for words in ("Salong Saxen", "127.0.0.1:5038", OUR_NUMBER, EMAIL):
        assert words in listed
    for words in (("pbx", "127.0.0.1:5038"), ("number", OUR_NUMBER), ("user", EMAIL)):
        assert (await product.command("remove", *words))[0] == 0
    listed = (await product.command("list"))[1]
    for words in ("PBX", OUR_NUMBER, EMAIL):
        assert words not in listed
    assert (await product.command("remove", "number", OUR_NUMBER))[0] == 2
    again = ("add", "user", EMAIL, "--name", "Ellen", "--password", USER_PASSWORD)
    assert (await product.command(*again))[0] == 0


async def test_document_of_another_company_never_replaces_one(tmp_path: Path) -> None:
    product = Product(tmp_path, NOBODY)
    await product.installed(5038, "s", SITE)
    (tmp_path / "other.yaml").write_text(SAMPLE.read_text().replace("salong-saxen", "annan"))
    code, _, said = await product.command("add", "company", "other.yaml", "--replace")
    assert code == 2
    assert "'annan'" in said
    assert "Salong Saxen" in (await product.command("list"))[1]


async def test_pbx_with_a_wrong_site_file_is_told_and_harms_no_other(tmp_path: Path) -> None:
    async with AmiPlayer("ringback", "any") as pbx:
        product = Product(tmp_path, NOBODY)
        await product.installed(pbx.port, "any", SITE)
        with closing(sqlite3.connect(tmp_path / "var/ringback.sqlite")) as database, database:
            columns = [row[1] for row in database.execute("PRAGMA table_info(pbx)")]
            chosen = {"id": ":id", "name": ":name", "site": ":site"}
            values = ", ".join(chosen.get(column, column) for column in columns)
            broken = f"INSERT INTO pbx SELECT {values} FROM pbx"
            database.execute(broken, {"id": "0" * 32, "name": "broken", "site": "no = [toml"})
        async with product, asyncio.timeout(60):
            await pbx.logged_in()
            page = await missed_page_that_says(product, "The site file is not TOML")
        assert "<strong>broken</strong>" in page
        assert "Traceback" not in product.log.read_text()


async def test_second_process_on_the_same_folder_is_turned_away(tmp_path: Path) -> None:
    first = Product(tmp_path, NOBODY)
    async with first:
        second = Product(tmp_path, NOBODY)
        assert "Another Ringback runs on" in await said_at_start(second)


async def test_wrong_master_key_is_named(tmp_path: Path) -> None:
    product = Product(tmp_path, NOBODY)
    await product.installed(5038, "s", SITE)
    (tmp_path / "var/master.key").write_text("00" * 32)
    assert "RINGBACK_MASTER_KEY" in await said_at_start(product)


async def test_stopping_ends_in_order_and_soon(tmp_path: Path) -> None:
    product = Product(tmp_path, NOBODY)
    await product.installed(5038, "s", SITE)
    await product.start()
    assert await product.stop() == 0
    assert "Traceback" not in product.log.read_text()
