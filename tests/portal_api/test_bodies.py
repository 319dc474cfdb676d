"""A body that is too long or too slow is not read to its end, whoever sends it."""

import asyncio
from collections.abc import AsyncIterator, Iterable
from typing import Any

import httpx
import pytest
from starlette.types import Message

from portal_api.bodies import BoundBodies
from portal_api.problems import problem
from tests.portal_api.house import Home, House
from tests.portal_api.program import PATH, Program
from tests.portal_api.test_api_keys import key_of


class Sixty(httpx.AsyncByteStream):
    """Sixty megabytes; `sent` of them were asked for."""

    sent = 0

    async def __aiter__(self) -> AsyncIterator[bytes]:
        for _ in range(60):
            self.sent += 1
            yield b"x" * 1_000_000


@pytest.mark.parametrize("tells_length", [True, False])
@pytest.mark.parametrize("has_key", [True, False])
async def test_long_body_is_refused_unread(
    house: House, saxen: Home, tells_length: bool, has_key: bool
) -> None:
    headers = await key_of(house, saxen) if has_key else {}
    length = {"Content-Length": "60000000"} if tells_length else {}
    body = Sixty()
    async with house.visit() as client:
        for path in (PATH, "/api/v1/conversations/x"):
            answer = await client.post(path, content=body, headers=headers | length)
            assert answer.status_code == 413
            assert answer.headers["content-type"] == "application/problem+json"
            assert "65536 bytes" in answer.json()["detail"]
            assert "default-src 'none'" in answer.headers["content-security-policy"]
    assert body.sent == (0 if tells_length else 2)  # one of each request


async def test_longest_text_with_every_character_escaped_is_not_too_long(
    saxen: Home, program: Program
) -> None:
    text = "\\ud83d\\ude42" * 4_000
    body = f'{{"to": "{saxen.caller}", "text": "{text}"}}'.encode()
    headers = program.header | {"Content-Type": "application/json"}
    answer = await program.client.post(PATH, content=body, headers=headers)
    assert answer.status_code == 422
    assert "parts" in answer.json()["detail"]


class App:
    """Notes what came through."""

    def __init__(self) -> None:
        self.came: list[Message] = []

    async def __call__(self, scope: Any, receive: Any, send: Any) -> None:
        while True:
            self.came.append(await receive())
            if not self.came[-1].get("more_body"):
                return


async def through(messages: Iterable[Message], path: str = "/api/x") -> tuple[App, list[Message]]:
    """What reaches the application, and what is answered in front of it."""
    coming, app, answered = list(messages), App(), list[Message]()

    async def receive() -> Message:
        if coming:
            return coming.pop(0)
        return await asyncio.Event().wait()  # type: ignore[return-value]

    async def send(message: Message) -> None:
        answered.append(message)

    bound = BoundBodies(app, prefix="/api/", most_bytes=5, refusal=problem, timeout_s=0.05)
    scope = {"type": "http", "path": path, "headers": [], "method": "POST"}
    await bound(scope, receive, send)
    return app, answered


def part(body: bytes, more: bool) -> Message:
    return {"type": "http.request", "body": body, "more_body": more}


async def test_body_in_parts_comes_through_whole() -> None:
    parts = [part(b"ab", True), part(b"", True), part(b"cde", False)]
    app, answered = await through(parts)
    assert (app.came, answered) == (parts, [])


async def test_body_that_never_ends_is_refused_after_a_while() -> None:
    app, answered = await through([part(b"a", True)])
    assert (app.came, answered[0]["status"]) == ([], 408)


async def test_sender_who_left_is_told_to_the_application() -> None:
    parts = [part(b"a", True), {"type": "http.disconnect"}]
    app, answered = await through(parts)
    assert (app.came, answered) == (parts, [])


async def test_other_paths_are_left_alone() -> None:
    parts = [part(b"x" * 10, False)]
    app, _ = await through(parts, "/missed")
    assert app.came == parts
