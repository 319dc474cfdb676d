"""As much HTTP/1.1 as the fake providers and the receivers of its webhooks need, one request each."""

import asyncio
from collections.abc import AsyncIterator, Mapping
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from urllib.parse import parse_qsl, urlsplit

from ringback.messages import WebhookRequest

Form = Mapping[str, str]


@dataclass(frozen=True)
class Request:
    """One HTTP request, read whole."""

    method: str
    path: str
    query: Form
    headers: Form
    body: bytes
    raw_query: str = ""

    @property
    def form(self) -> Form:
        return dict(parse_qsl(self.body.decode("utf-8", "replace"), keep_blank_values=True))


@dataclass(frozen=True)
class Answer:
    """What to write back; `drip` never ends, `drop` resets the connection instead."""

    status: int = 200
    body: str = ""
    headers: Form = field(default_factory=dict)
    drop: bool = False
    drip: bool = False
    delay_s: float = 0.0


async def read_request(reader: asyncio.StreamReader) -> Request:
    head = (await reader.readuntil(b"\r\n\r\n")).decode("latin-1")
    first, *lines = head.strip().split("\r\n")
    method, target, _ = first.split(" ")
    headers = {name.lower(): value.strip() for name, _, value in (x.partition(":") for x in lines)}
    body = await reader.readexactly(int(headers.get("content-length", "0")))
    url = urlsplit(target)
    query = dict(parse_qsl(url.query, keep_blank_values=True))
    return Request(method, url.path, query, headers, body, url.query)


async def write_answer(writer: asyncio.StreamWriter, answer: Answer) -> None:
    await asyncio.sleep(answer.delay_s)
    if answer.drop:
        writer.transport.abort()
        return
    body = answer.body.encode()
    headers = {**answer.headers, "Content-Length": str(len(body)), "Connection": "close"}
    lines = "".join(f"{name}: {value}\r\n" for name, value in headers.items())
    head = f"HTTP/1.1 {answer.status} -\r\n"
    writer.write(head.encode())
    while answer.drip:
        writer.write(b"X-Drip: 1\r\n")
        await writer.drain()
        await asyncio.sleep(0.02)
    writer.write(f"{lines}\r\n".encode() + body)
    await writer.drain()


def as_webhook(request: Request) -> WebhookRequest:
    return WebhookRequest(
        request.method,
        request.path,
        request.query,
        request.headers,
        request.form,
        request.body,
        "127.0.0.1",
        request.raw_query,
    )


class Receiver:
    """Where webhooks arrive: answers as told, then as usual."""

    def __init__(self) -> None:
        self.requests: list[WebhookRequest] = []
        self.answers: list[Answer] = []
        self.usual = Answer(204)

    async def serve(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        self.requests.append(as_webhook(await read_request(reader)))
        await write_answer(writer, self.answers.pop(0) if self.answers else self.usual)
        writer.close()


@asynccontextmanager
async def receiving() -> AsyncIterator[tuple[Receiver, str]]:
    receiver = Receiver()
    server = await asyncio.start_server(receiver.serve, "127.0.0.1", 0)
    async with server:
        yield receiver, f"http://127.0.0.1:{server.sockets[0].getsockname()[1]}/hooks/elks"
