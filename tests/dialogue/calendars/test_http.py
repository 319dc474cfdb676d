"""Calendar servers are asked within bounds, and only where companies may send us."""

import asyncio
import ssl
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager, suppress
from dataclasses import dataclass, field
from pathlib import Path

import pytest

from dialogue.calendars.http import MOST_BYTES, Client, Http, open_client
from ringback.calendars import Place, Wrong
from ringback.errors import Refused, TryAgain
from tests.dialogue.calendars.certificate import write_certificate
from tests.dialogue.calendars.conftest import LOOPBACK

EMPTY = b"HTTP/1.1 200 OK\r\nContent-Length: 0\r\n\r\n"


@dataclass
class Scripted:
    """A server that answers each request as the test says, and keeps what it was asked."""

    answer: Callable[[str], bytes]
    requests: list[str] = field(default_factory=list)
    port: int = 0

    async def talk(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        head = (await reader.readuntil(b"\r\n\r\n")).decode()
        self.requests.append(head)
        writer.write(self.answer(head))
        with suppress(ConnectionError):  # it heard enough
            await writer.drain()
        writer.close()


@asynccontextmanager
async def serving(
    answer: Callable[[str], bytes] | bytes, tls: ssl.SSLContext | None = None
) -> AsyncIterator[Scripted]:
    script = Scripted(answer if callable(answer) else lambda head: answer)
    server = await asyncio.start_server(script.talk, "127.0.0.1", 0, ssl=tls)
    script.port = server.sockets[0].getsockname()[1]
    async with server:
        yield script


async def ask(http: Http, url: str) -> int:
    answer = await http.ask(Place(url, "ellen", "only-for-tests"), "REPORT", url, {})
    return answer.status


@pytest.mark.parametrize(
    "url",
    [
        "http://127.0.0.1:{port}/",
        "http://localhost:{port}/",
        "http://2130706433:{port}/",  # 127.0.0.1 as one number
        "http://[::ffff:127.0.0.1]:{port}/",
        "https://10.0.0.1/",
        "https://192.168.1.10/",
        "https://169.254.169.254/latest/meta-data/",
        "https://100.64.0.1/",
        "https://[fd00::1]/",
        "https://0.0.0.0/",
        "http://93.184.215.14/",  # public, but in the clear
    ],
)
async def test_address_that_is_not_public_is_refused_and_never_asked(url: str) -> None:
    async with serving(EMPTY) as server, open_client() as client:
        with pytest.raises(Refused) as refused:
            await ask(Http(client, []), url.format(port=server.port))
        assert refused.value.code == Wrong.ADDRESS
    assert server.requests == []


@pytest.mark.parametrize(
    "url", ["", "ftp://x/", "https://", "https://a:b@c/", "https://a..b/", "//", "https://a:99999/"]
)
async def test_what_is_no_address_of_a_calendar_is_refused(http: Http, url: str) -> None:
    with pytest.raises(Refused) as refused:
        await ask(http, url)
    assert refused.value.code == Wrong.ADDRESS


async def test_network_that_the_operator_allows_is_asked(http: Http) -> None:
    async with serving(EMPTY) as server:
        assert await ask(http, f"http://localhost:{server.port}/diary/") == 200
    (head,) = server.requests
    assert head.startswith("REPORT /diary/ HTTP/1.1\r\n")
    assert f"Host: localhost:{server.port}\r\n" in head
    assert "Authorization: Basic " in head


async def test_redirect_on_the_same_host_is_followed_with_the_same_request(http: Http) -> None:
    def answer(head: str) -> bytes:
        moved = b"HTTP/1.1 308 Moved\r\nLocation: /new/\r\nContent-Length: 0\r\n\r\n"
        return moved if " /old/ " in head else EMPTY

    async with serving(answer) as server:
        assert await ask(http, f"http://127.0.0.1:{server.port}/old/") == 200
    assert [head.split(" HTTP")[0] for head in server.requests] == ["REPORT /old/", "REPORT /new/"]


@pytest.mark.parametrize("onward", ["http://localhost:{port}/", "https://example.com/"])
async def test_redirect_to_another_host_gets_no_password(http: Http, onward: str) -> None:
    def answer(head: str) -> bytes:
        there = onward.format(port=server.port)
        return f"HTTP/1.1 302 Found\r\nLocation: {there}\r\nContent-Length: 0\r\n\r\n".encode()

    async with serving(answer) as server:
        with pytest.raises(Refused) as refused:
            await ask(http, f"http://127.0.0.1:{server.port}/")
    assert (refused.value.code, len(server.requests)) == (Wrong.MOVED, 1)


@pytest.mark.parametrize(
    "onward", ["http://[x", "ftp://127.0.0.1/", "//a:b@127.0.0.1/", "https://"]
)
async def test_redirect_to_what_is_no_address_is_refused(http: Http, onward: str) -> None:
    moved = f"HTTP/1.1 302 Found\r\nLocation: {onward}\r\nContent-Length: 0\r\n\r\n"
    async with serving(moved.encode()) as server:
        with pytest.raises(Refused):
            await ask(http, f"http://127.0.0.1:{server.port}/")
    assert len(server.requests) == 1


async def test_redirects_in_a_circle_end(http: Http) -> None:
    moved = b"HTTP/1.1 302 Found\r\nLocation: /\r\nContent-Length: 0\r\n\r\n"
    async with serving(moved) as server:
        with pytest.raises(Refused) as refused:
            await ask(http, f"http://127.0.0.1:{server.port}/")
    assert (refused.value.code, len(server.requests)) == (Wrong.MOVED, 4)


async def test_answer_without_end_is_cut(http: Http) -> None:
    long = b"HTTP/1.1 200 OK\r\nConnection: close\r\n\r\n" + b"x" * (MOST_BYTES + 100_000)
    async with serving(long) as server:
        with pytest.raises(Refused) as refused:
            await ask(http, f"http://127.0.0.1:{server.port}/")
    assert refused.value.code == Wrong.TOO_MUCH


@pytest.mark.parametrize(
    "answer", [b"", b"SMTP ready\r\n", b"HTTP/1.1 200 OK\r\nContent-Length: 9\r\n\r\nx"]
)
async def test_connection_that_is_cut_is_tried_again(http: Http, answer: bytes) -> None:
    async with serving(answer) as server:
        with pytest.raises(TryAgain):
            await ask(http, f"http://127.0.0.1:{server.port}/")


@asynccontextmanager
async def with_tls(folder: Path) -> AsyncIterator[tuple[Client, Scripted]]:
    """A server that proves to be `localhost`, and a client that trusts who signed that."""
    write_certificate(folder, "localhost")
    tls = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    tls.load_cert_chain(folder / "server.crt", folder / "server.key")
    trust = ssl.create_default_context(cafile=str(folder / "ca.crt"))
    async with serving(EMPTY, tls) as server, open_client(trust) as client:
        yield client, server


async def test_server_proves_its_name_though_it_is_reached_by_its_address(tmp_path: Path) -> None:
    async with with_tls(tmp_path) as (client, server):
        assert await ask(Http(client, [LOOPBACK]), f"https://localhost:{server.port}/") == 200
        with pytest.raises(Refused) as refused:
            await ask(Http(client, [LOOPBACK]), f"https://127.0.0.1:{server.port}/")
    assert (refused.value.code, len(server.requests)) == (Wrong.CERTIFICATE, 1)


async def test_certificate_that_nobody_knows_is_refused(tmp_path: Path, http: Http) -> None:
    async with with_tls(tmp_path) as (_, server):
        with pytest.raises(Refused) as refused:
            await ask(http, f"https://localhost:{server.port}/")
    assert (refused.value.code, server.requests) == (Wrong.CERTIFICATE, [])
