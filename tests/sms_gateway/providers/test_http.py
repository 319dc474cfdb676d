"""What a request that fails says: whether the other side can have it."""

import asyncio
from collections.abc import AsyncIterator

import httpx
import pytest

from ringback.messages import NotAccepted, Unknown
from sms_gateway.providers.http import Answer, Http, NoAnswer, not_answered


class Listener:
    """Takes connections, keeps what was written, and hangs up."""

    def __init__(self) -> None:
        self.heard = list[bytes]()
        self.says = b""
        self.url = ""

    async def hear(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        self.heard.append(await reader.read(10_000))
        writer.write(self.says)
        writer.close()


@pytest.fixture
async def listener() -> AsyncIterator[Listener]:
    listener = Listener()
    server = await asyncio.start_server(listener.hear, "127.0.0.1", 0)
    listener.url = f"http://127.0.0.1:{server.sockets[0].getsockname()[1]}/x"
    async with server:
        yield listener


@pytest.fixture
async def http() -> AsyncIterator[Http]:
    async with httpx.AsyncClient(trust_env=False) as client:
        yield Http(client, read_timeout_s=5)


@pytest.mark.parametrize("value", [b"secret\n", b"a\r\nX-Kannel-To: 1", b"\0"])
async def test_header_that_can_not_be_written_asks_nobody(
    http: Http, listener: Listener, value: bytes
) -> None:
    answer = await http.ask("POST", listener.url, headers={b"X-Kannel-Password": value}, body=b"-")
    assert isinstance(answer, NoAnswer)
    assert not answer.asked
    assert isinstance(not_answered("Kannel", answer), NotAccepted)
    assert not any(listener.heard)


async def test_address_that_is_none_asks_nobody(http: Http) -> None:
    answer = await http.ask("POST", "http://127.0.0.1:9/x\x01")
    assert answer == NoAnswer(asked=False, fault="InvalidURL")


async def test_answer_that_never_came_may_be_to_a_text_that_was_taken(
    http: Http, listener: Listener
) -> None:
    answer = await http.ask("POST", listener.url, body=b"-")
    assert not isinstance(answer, Answer)
    assert isinstance(not_answered("Kannel", answer), Unknown)
    assert len(listener.heard) == 1


@pytest.mark.parametrize(
    ("charset", "body", "words"),
    [
        ("", "å".encode(), "å"),
        ("; charset=iso-8859-1", b"\xe5", "å"),
        ("; charset=utf-8", b"\xe5", "\ufffd"),
        ("; charset=rot13", "å".encode(), "å"),
        ("; charset=hex", "å".encode(), "å"),
        ("; charset=undefined", "å".encode(), "å"),
        ("; charset=idna", "å".encode(), "å"),
        ("; charset=none-such", "å".encode(), "å"),
    ],
)
async def test_answer_is_read_whatever_charset_it_names(
    http: Http, listener: Listener, charset: str, body: bytes, words: str
) -> None:
    head = f"HTTP/1.1 200 OK\r\nContent-Type: text/html{charset}\r\n\r\n"
    listener.says = head.encode() + body
    answer = await http.ask("POST", listener.url, body=b"-")
    assert isinstance(answer, Answer)
    assert answer.text == words
