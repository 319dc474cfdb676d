"""One Chromium for each file of tests, a window for each test, and a page that must stay clean."""

from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from playwright.sync_api import Browser, ConsoleMessage, Page, expect, sync_playwright

from hatch_build import npm_ci
from tests.browser.live_house import LiveHouse
from tests.browser.sample_portal import SamplePortal
from tests.engines import Engines
from tests.portal_api.callbacks.desk import Desk

FRONTEND = Path(__file__).parents[2] / "frontend"
CHROMIUM = "/usr/bin/chromium"
ON_THE_NETWORK = (
    "portal.test"  # this machine by a name that browsers do not trust as they do localhost
)
QUIET = (
    "--no-sandbox",
    "--disable-gpu",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
    "--no-first-run",
    f"--host-resolver-rules=MAP {ON_THE_NETWORK} 127.0.0.1",
)

Open = Callable[..., Page]
expect.set_options(timeout=20_000)  # the machine may be busy


@pytest.fixture(scope="session")
def axe() -> str:
    """The judge's source; fetched once, never shipped."""
    source = FRONTEND / "node_modules/axe-core/axe.min.js"
    if not source.is_file():
        npm_ci(FRONTEND)
    return source.read_text()


@pytest.fixture(scope="module")  # its event loop must be gone before the next file's async tests
def chromium() -> Iterator[Browser]:
    if not Path(CHROMIUM).is_file():
        pytest.fail(f"{CHROMIUM} is missing; install Debian's package chromium", pytrace=False)
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=CHROMIUM, args=list(QUIET))
        yield browser
        browser.close()


@pytest.fixture
def portal() -> Iterator[SamplePortal]:
    portal = SamplePortal()
    portal.start()
    yield portal
    portal.stop()


@pytest.fixture
def office(tmp_path: Path, engines: Engines) -> Iterator[LiveHouse]:
    """The real portal with a company in it."""
    office = LiveHouse(tmp_path, engines)
    office.start()
    yield office
    office.stop()


@pytest.fixture
def desk(office: LiveHouse) -> Desk:
    """The same company, which rings back."""
    return office.do(Desk(office.house, office.home).open())


@pytest.fixture
def complaints() -> list[str]:
    """What the console said; a policy that was violated is said there."""
    return []


@pytest.fixture
def open_page(chromium: Browser, portal: SamplePortal, complaints: list[str]) -> Iterator[Open]:
    """Opens a sample page in a window of its own: `open_page("/missed", width=390)`."""
    windows = []

    def note(message: ConsoleMessage) -> None:
        if message.type in ("error", "warning"):
            complaints.append(message.text)

    def open_at(path: str, *, width: int = 1440, height: int = 900, scheme: str = "light") -> Page:
        size = {"width": width, "height": height}
        window = chromium.new_context(viewport=size, color_scheme=scheme, reduced_motion="reduce")
        windows.append(window)
        page = window.new_page()
        page.on("console", note)
        page.on("pageerror", lambda error: complaints.append(str(error)))
        page.goto(portal.address + path)
        page.wait_for_load_state("load")
        return page

    yield open_at
    for window in windows:
        window.close()
