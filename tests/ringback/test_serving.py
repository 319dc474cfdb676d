"""Behind a proxy that is trusted, its word is taken for who asks; a stranger's is not."""

import asyncio
import socket
from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager
from pathlib import Path

import httpx
import pytest
from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import PlainTextResponse, Response
from starlette.routing import Route

from ringback.errors import BadInput
from ringback.serving import listen, server
from ringback.settings import Settings


async def asker(request: Request) -> Response:
    assert request.client
    return PlainTextResponse(f"{request.client.host} {request.url.scheme}")


@asynccontextmanager
async def served(proxies: Sequence[str]) -> AsyncIterator[httpx.AsyncClient]:
    serves = server(Starlette(routes=[Route("/", asker)]), proxies)
    with socket.create_server(("127.0.0.1", 0)) as listening:
        task = asyncio.create_task(serves.serve(sockets=[listening]))
        port = listening.getsockname()[1]
        async with httpx.AsyncClient(base_url=f"http://127.0.0.1:{port}", timeout=30) as client:
            yield client
        serves.should_exit = True
        async with asyncio.timeout(30):
            await task


@pytest.mark.parametrize(
    ("proxies", "told", "expected"),
    [
        (["127.0.0.1"], "192.0.2.7", "192.0.2.7 https"),
        (["127.0.0.0/8"], "192.0.2.7", "192.0.2.7 https"),
        (["127.0.0.1", "10.0.0.2"], "192.0.2.7, 10.0.0.2", "192.0.2.7 https"),
        (["127.0.0.1"], "192.0.2.7, 10.0.0.2", "10.0.0.2 https"),
        (["10.0.0.2"], "192.0.2.7", "127.0.0.1 http"),
        ([], "192.0.2.7", "127.0.0.1 http"),
    ],
)
async def test_who_asks_is_told_by_trusted_proxies_alone(
    proxies: list[str], told: str, expected: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("FORWARDED_ALLOW_IPS", "*")  # the server's own setting counts for nothing
    async with served(proxies) as client:
        headers = {"X-Forwarded-For": told, "X-Forwarded-Proto": "https"}
        assert (await client.get("/", headers=headers)).text == expected


def test_port_that_is_taken_is_told_with_what_to_do(tmp_path: Path) -> None:
    with socket.create_server(("127.0.0.1", 0)) as other:
        settings = Settings(var=tmp_path, port=other.getsockname()[1])
        with pytest.raises(BadInput, match="set RINGBACK_PORT to another"):
            listen(settings)
