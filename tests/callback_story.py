"""A company with a queue that offers callbacks: installed as docs tell, its Asterisk told by the product.

In: a folder, which Asterisk, who wrote its files. Out: an `Office`: the product as a process, an Asterisk
that loads what `ringback asterisk install` wrote, handlers in Chromium. It is early afternoon there
whenever a test runs: the company's zone is chosen so.
"""

import asyncio
import re
from collections.abc import AsyncIterator, Sequence
from contextlib import AsyncExitStack, asynccontextmanager
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from uuid import UUID, uuid4

import yaml
from playwright.async_api import Browser, Page, async_playwright, expect

from asterisk_conf.values import Kind, Plan, QueuePlan
from portal_api.passwords import hash_password
from ringback.business import Business
from ringback.clock import system_clock
from ringback.db import Database, open_database
from ringback.queues import Input, Rules, offer_key
from ringback.schema import upgrade
from ringback.settings import Settings
from ringback.store.companies import add_company as add_company_row
from ringback.store.companies import company_ids
from ringback.store.people import add_user
from ringback.store.queues import add_queue, save_rules
from ringback.tables import PbxRow
from tests.asterisk.install import Install
from tests.asterisk.server import Asterisk
from tests.asterisk_conf.house import write_tones
from tests.asterisk_conf.test_freepbx_menu import BREAK_OUT, FREEPBX
from tests.asterisk_conf.test_freepbx_menu import QUEUE as FREEPBX_QUEUE
from tests.asterisk_conf.walking import Hearing, dialplan
from tests.browser.conftest import CHROMIUM, QUIET
from tests.product import USER_PASSWORD, Product

DID = "0846500450"
ELLEN, JONAS = "ellen@salong.example", "jonas@salong.example"
SITE = Path(__file__).parent / "asterisk/site.toml"
RULES = Rules(offer="always", asks=Input.CUSTOMER_NUMBER)
_SAMPLE = Path(__file__).parents[1] / "ringback/sample/salon.yaml"
_WEEK = ("mon", "tue", "wed", "thu", "fri", "sat", "sun")
_AMI_USER, _AMI_SECRET = "ringback-told", "only-for-tests"
_SECOND = "periodic-announce-frequency = 1"
_EACH = re.compile(r"periodic-announce-frequency = \d+")
expect.set_options(timeout=30_000)  # the machine may be busy


@dataclass(frozen=True)
class Shape:
    """Who else writes an Asterisk's files, and what its queue is called."""

    kind: Kind
    queue: str


PLAIN = Shape(Kind.PLAIN, "support")
FREEPBX_LIKE = Shape(Kind.FREEPBX, FREEPBX_QUEUE.name)


@dataclass(frozen=True)
class Office:
    """All of it, running."""

    product: Product
    asterisk: Asterisk
    hearing: "Listening"


class Listening(Hearing):
    """Also hears whether the offer is spoken, or silence in its place."""

    async def offered(self, channel: str) -> None:
        """Waits until this caller has heard of the offer."""
        heard = self._played[channel]
        await self._until(lambda: any(one.endswith("_offer offer") for one in heard) or None)


@asynccontextmanager
async def office(folder: Path, install: Install, shape: Shape) -> AsyncIterator[Office]:
    """Install everything, and start it."""
    asterisk = Asterisk(install, {"logger.conf": _LOG})
    product = Product(folder, None)
    async with AsyncExitStack() as stack:
        stack.push_async_callback(asterisk.__aexit__, None, None, None)
        await add_company(product)
        key = await _add_queue(product, asterisk.ami_port, shape.queue)
        _write_own_files(asterisk, shape, key)
        await _tell(product, asterisk, shape, folder)
        await asterisk.start()
        await stack.enter_async_context(product)
        yield Office(product, asterisk, Listening(asterisk))


async def add_company(product: Product) -> None:
    """The company, open all day, and two handlers."""
    settings, now = Settings(var=product.folder / "var"), system_clock()
    settings.var.mkdir()
    await asyncio.to_thread(upgrade, settings)
    document = yaml.safe_load(_SAMPLE.read_text())
    document["timezone"] = afternoon_zone(now)
    document["opening_hours"] = {day: [["08:00", "18:00"]] for day in _WEEK}
    db = open_database(settings)
    try:
        company_id = await add_company_row(db, Business.from_document(document), now)
        async with db.begin(company_id) as session:
            for email, name in ((ELLEN, "Ellen"), (JONAS, "Jonas")):
                await add_user(
                    session,
                    db.master,
                    email=email,
                    name=name,
                    role="handler",
                    password_hash=hash_password(USER_PASSWORD),
                    language="sv",
                    now=now,
                )
    finally:
        await db.close()


def afternoon_zone(now: datetime) -> str:
    """A zone in which the hour is that of one o'clock; signs are the other way round in its name."""
    return f"Etc/GMT{now.hour - 13:+d}"


@asynccontextmanager
async def rows_of(product: Product) -> AsyncIterator[tuple[Database, UUID]]:
    """The product's database, and its company."""
    db = open_database(Settings(var=product.folder / "var"))
    try:
        async with db.read_across() as session:
            (company_id,) = await company_ids(session)
        yield db, company_id
    finally:
        await db.close()


async def _add_queue(product: Product, ami_port: int, name: str) -> str:
    """The PBX and the queue, whose key this is; an administrator adds both in the portal."""
    async with rows_of(product) as (db, company_id), db.begin(company_id) as session:
        pbx = PbxRow(
            id=uuid4(),
            name="office",
            host="127.0.0.1",
            port=ami_port,
            username=_AMI_USER,
            secret=_AMI_SECRET,
            site=SITE.read_text(),
        )
        session.add(pbx)
        await session.flush()
        queue = await add_queue(session, pbx.id, name, "Support", system_clock())
        await save_rules(session, queue.id, "Support", RULES, system_clock())
        return offer_key(queue.id)


def _write_own_files(asterisk: Asterisk, shape: Shape, key: str) -> None:
    """What was there before us, with the one step that the installer is told to write himself."""
    etc = asterisk.etc
    if shape.kind is Kind.FREEPBX:
        own = FREEPBX.replace(FREEPBX_QUEUE.key, key)
        (etc / "extensions_additional.conf").write_text(own)
        with (etc / "extensions.conf").open("a") as extensions:
            extensions.write("#include extensions_additional.conf\n")
        (etc / "queues_custom.conf").write_text(f"[{shape.queue}]\n{BREAK_OUT}")
    else:
        own = dialplan([(DID, (shape.queue, key))])
        (etc / "extensions_custom.conf").write_text(own)
        (etc / "queues_custom.conf").write_text(f"[{shape.queue}]\n")
    plan = Plan(queues=(QueuePlan(name=shape.queue, key=key, rules=RULES),))
    write_tones(asterisk, plan)  # as if recorded by phone


async def _tell(product: Product, asterisk: Asterisk, shape: Shape, folder: Path) -> None:
    """`ringback asterisk install`, on a root in which this Asterisk's folder has its place."""
    root = folder / "root"
    place = root / str(asterisk.folder).lstrip("/")
    for path, real in ((root / "etc/asterisk", asterisk.etc), (place, asterisk.folder)):
        path.parent.mkdir(parents=True, exist_ok=True)
        path.symlink_to(real)
    words = ("--root", str(root), "--reload", "none", "--yes")
    code, said, wrong = await product.command("asterisk", "install", *words)
    assert code == 0, said + wrong
    assert f"Queue {shape.queue}: " in said
    queues = asterisk.etc / "ringback/queues.conf"
    if queues.exists():  # a test need not wait for 45 s
        queues.write_text(_EACH.sub(_SECOND, queues.read_text()))


@asynccontextmanager
async def signed_in(url: str, emails: Sequence[str]) -> AsyncIterator[list[Page]]:
    """A window of one Chromium for each of these people, at the callback list."""
    async with async_playwright() as playwright:
        browser = await playwright.chromium.launch(executable_path=CHROMIUM, args=list(QUIET))
        try:
            yield [await _sign_in(browser, url, email) for email in emails]
        finally:
            await browser.close()


async def _sign_in(browser: Browser, url: str, email: str) -> Page:
    page = await (await browser.new_context(locale="sv-SE")).new_page()
    await page.goto(url)
    await page.get_by_label("E-postadress").fill(email)
    await page.get_by_label("Lösenord").fill(USER_PASSWORD)
    await page.get_by_role("button", name="Logga in").click()
    await expect(page.locator("#connection")).to_have_attribute("data-state", "connected")
    await page.goto(f"{url}/callbacks")
    return page


async def staffs(page: Page, phone: str, queue: str = "Support") -> None:
    """Choose the queue, if there is one, and the phone, as at the beginning of a day."""
    await page.locator("summary", has_text="Välj köer och telefon").click()
    if queue:
        await page.get_by_label(queue).check()
    await page.get_by_label("Din telefon").fill(phone)
    await page.get_by_role("button", name="Spara").click()
    await expect(page.locator(".staffing")).to_contain_text(f"PJSIP/{phone}")
    await expect(page.locator("#connection")).to_have_attribute("data-state", "connected")
    await page.evaluate("window.loadedOnce = true")


_LOG = """\
[general]
logger_queue_limit = 1000000
[logfiles]
full = notice,warning,error,verbose(3)
"""
