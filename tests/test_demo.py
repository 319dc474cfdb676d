"""`ringback demo`, as a visitor meets it."""

import asyncio
import os
import re
import socket
import sys
import time
from collections.abc import AsyncIterator
from contextlib import aclosing, asynccontextmanager
from pathlib import Path

import httpx
import pytest
import pytest_asyncio

from tests.ports import free_port


@pytest.fixture
def port() -> int:
    return free_port()


@asynccontextmanager
async def running(
    folder: Path, port: int
) -> AsyncIterator[tuple[asyncio.subprocess.Process, httpx.AsyncClient]]:
    """The demo, and a browser that has done what its lines say."""
    demo = await asyncio.create_subprocess_exec(
        *(sys.executable, "-m", "ringback", "demo", "--port", str(port), "--folder", "here"),
        cwd=folder,
        stdout=asyncio.subprocess.PIPE,
    )
    try:
        async with aclosing(await asyncio.wait_for(signed_in(demo), 100)) as client:
            yield demo, client
    finally:
        demo.terminate()
        await asyncio.wait_for(demo.wait(), 60)


@pytest_asyncio.fixture
async def visitor(tmp_path: Path, port: int) -> AsyncIterator[httpx.AsyncClient]:
    async with running(tmp_path, port) as (_, client):
        yield client


async def signed_in(demo: asyncio.subprocess.Process) -> httpx.AsyncClient:
    """Read where the demo is and who may come in, and do so."""
    assert demo.stdout is not None
    said = ""
    while "Ctrl+C" not in said:
        said += (await demo.stdout.readline()).decode()
    sign_in = re.search(r"Sign in as (\S+) with the password (\S+)", said)
    address = re.search(r"Ringback runs at (\S+)", said)
    assert sign_in is not None
    assert address is not None
    headers = {"Sec-Fetch-Site": "same-origin"}
    client = httpx.AsyncClient(base_url=address[1], headers=headers, timeout=30)
    await until_it_answers(client)
    form = {"email": sign_in[1], "password": sign_in[2]}
    assert (await client.post("/login", data=form)).status_code == 303
    return client


async def until_it_answers(client: httpx.AsyncClient) -> None:
    async with asyncio.timeout(60):
        while True:
            try:
                await client.get("/health")
                return
            except httpx.TransportError:
                await asyncio.sleep(0.05)


async def page_with(client: httpx.AsyncClient, path: str, words: str, within_s: float) -> str:
    """The page, once it shows this."""
    async with asyncio.timeout(within_s):
        while not re.search(words, page := (await client.get(path)).text):
            await asyncio.sleep(0.1)
    return page


async def test_missed_calls_are_on_screen_within_half_a_minute_of_the_start(
    tmp_path: Path, port: int
) -> None:
    """Its own half minute: while others had the processor it could do nothing."""
    began = time.monotonic()
    async with running(tmp_path, port) as (demo, client):
        await page_with(client, "/missed", r"070-174 06 1\d", within_s=100)
        took_s = time.monotonic() - began - kept_waiting_s(demo.pid)
    assert took_s < 30


def kept_waiting_s(pid: int) -> float:
    """How long a program could have run, but others did (Linux, sched-stats)."""
    return int(Path(f"/proc/{pid}/schedstat").read_text().split()[1]) / 1e9


async def test_visitor_rings_gets_the_text_answers_and_is_booked(
    visitor: httpx.AsyncClient,
) -> None:
    csrf = re.search(r'name="csrf" value="(\w+)"', (await visitor.get("/phone")).text)
    assert csrf is not None
    headers = {"X-CSRF-Token": csrf[1]}
    assert (await visitor.post("/phone/calls", headers=headers)).status_code == 204
    await page_with(visitor, "/phone", "automatisk assistent", within_s=100)
    wish = {"text": "Jag vill boka skäggtrimning på torsdag"}
    await visitor.post("/phone/texts", data=wish, headers=headers)
    await page_with(visitor, "/phone", r"skäggtrimning torsdag .*1\)", within_s=60)
    await visitor.post("/phone/texts", data={"text": "2"}, headers=headers)
    await page_with(visitor, "/phone", "Bokat: skäggtrimning", within_s=60)
    assert "070-174 06 99" in (await visitor.get("/missed")).text


async def rung(visitor: httpx.AsyncClient, wish: str) -> tuple[list[str], dict[str, str]]:
    """Ring this callback: the phases of its call, as they are shown, and the try as it ended."""
    path = f"/api/v1/callbacks/{wish}"
    answer = await visitor.post(f"{path}/ring", json={"outside_why": "A test."})
    assert answer.status_code == 202, answer.text
    phases: list[str] = []
    async with asyncio.timeout(60):
        while phases[-1:] != ["ended"]:
            tried = (await visitor.get(path)).json()["callback"]["attempt"]
            if tried["phase"] not in ("asked", *phases):
                phases.append(tried["phase"])
            await asyncio.sleep(0.2)
    return phases, tried


async def test_ring_on_callbacks_leads_to_a_talk_and_to_no_answer_by_turns(
    visitor: httpx.AsyncClient,
) -> None:
    page = (await visitor.get("/callbacks")).text
    csrf = re.search(r'name="csrf" value="(\w+)"', page)
    assert csrf is not None
    visitor.headers["X-CSRF-Token"] = csrf[1]
    waiting = (await visitor.get("/api/v1/callbacks")).json()["items"]
    first, second = (one["id"] for one in waiting[:2])

    phases, tried = await rung(visitor, first)
    assert phases == ["rings_handler", "rings_customer", "talking", "ended"]
    told = {"attempt_id": tried["id"], "outcome": "reached", "note": "Bokade om."}
    noted = await visitor.post(f"/api/v1/callbacks/{first}/note", json=told)
    assert noted.json()["callback"]["status"] == "reached"

    phases, tried = await rung(visitor, second)
    assert phases == ["rings_handler", "rings_customer", "ended"]
    assert tried["outcome"] == "no_answer"
    told = {"attempt_id": tried["id"], "outcome": "no_answer", "note": "Inget svar."}
    noted = await visitor.post(f"/api/v1/callbacks/{second}/note", json=told)
    assert noted.json()["callback"]["status"] == "requeued"


async def test_folder_with_other_things_is_left_alone(tmp_path: Path) -> None:
    (tmp_path / "letter").write_text("mine")
    demo = await asyncio.create_subprocess_exec(
        *(sys.executable, "-m", "ringback", "demo", "--folder", str(tmp_path)),
        stderr=asyncio.subprocess.PIPE,
    )
    _, said = await asyncio.wait_for(demo.communicate(), 60)
    assert demo.returncode == 2
    assert b"Name another with --folder" in said
    assert (tmp_path / "letter").read_text() == "mine"


async def test_port_of_the_settings_is_taken_and_when_it_is_not_free_how_to_choose_another(
    tmp_path: Path,
) -> None:
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        taken.listen()
        port = str(taken.getsockname()[1])
        demo = await asyncio.create_subprocess_exec(
            *(sys.executable, "-m", "ringback", "demo"),
            cwd=tmp_path,
            env={**os.environ, "RINGBACK_PORT": port},
            stderr=asyncio.subprocess.PIPE,
        )
        _, said = await asyncio.wait_for(demo.communicate(), 60)
    assert demo.returncode == 2
    assert f"Port {port} on 127.0.0.1 can't be used" in said.decode()
    assert "RINGBACK_PORT=8026 make demo" in said.decode()
