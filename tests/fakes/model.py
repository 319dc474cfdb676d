"""A model endpoint on 127.0.0.1: chat completions with tools, played from a script, or misbehaving.

Speaks what https://platform.openai.com/docs/api-reference/chat tells, without streaming. A `Script` is
asked with each request and says what to answer: tool calls, text, or a fault on the wire. All
requests are kept, so a test can look at what would have left the house.
"""

import asyncio
import json
from collections.abc import AsyncIterator, Awaitable, Callable, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from typing import Any

from dialogue.model.endpoints import EndpointSettings
from tests.fakes.elks_http import Answer, Request, read_request, write_answer

Json = dict[str, Any]
Call = tuple[str, Json | str]
PRICE_IN, PRICE_OUT = 20.0, 80.0


@dataclass(frozen=True)
class Says:
    """A well-formed answer: tool calls, or text; a call whose arguments are text goes out as it is."""

    calls: Sequence[Call] = ()
    text: str | None = None
    tokens_in: int = 900
    tokens_out: int = 40
    delay_s: float = 0.0

    def answer(self, number: int) -> Answer:
        calls = [
            {
                "id": f"call-{number}-{place}",
                "type": "function",
                "function": {
                    "name": name,
                    "arguments": given if isinstance(given, str) else json.dumps(given),
                },
            }
            for place, (name, given) in enumerate(self.calls)
        ]
        message: Json = {"role": "assistant", "content": self.text}
        if calls:
            message["tool_calls"] = calls
        body = {
            "id": f"made-up-{number}",
            "object": "chat.completion",
            "created": 0,
            "model": "scripted",
            "choices": [{"index": 0, "message": message, "finish_reason": "stop"}],
            "usage": {
                "prompt_tokens": self.tokens_in,
                "completion_tokens": self.tokens_out,
                "total_tokens": self.tokens_in + self.tokens_out,
            },
        }
        return as_json(body, delay_s=self.delay_s)


Script = Callable[[Json], Says | Answer]


def as_json(body: object, status: int = 200, **more: Any) -> Answer:
    text = body if isinstance(body, str) else json.dumps(body)
    return Answer(status, text, {"Content-Type": "application/json"}, **more)


def reply(text: str, unanswered: bool = False) -> Call:
    return ("answer", {"text": text, "unanswered": unanswered})


def in_turn(*answers: Says | Answer) -> Script:
    """These answers one after the other; the last one for ever."""
    left = list(answers)
    return lambda request: left.pop(0) if len(left) > 1 else left[0]


def results(request: Json) -> list[Json]:
    """What the tools gave so far, in order."""
    return [json.loads(m["content"]) for m in request["messages"] if m["role"] == "tool"]


def told(request: Json) -> Json:
    """What stands below the rules: the company and the moment."""
    context: Json = json.loads(request["messages"][0]["content"].rsplit("\n", 1)[1])
    return context


@dataclass
class ModelServer:
    """The endpoint."""

    script: Script = field(default_factory=lambda: in_turn(Says([reply("")])))
    requests: list[Json] = field(default_factory=list)
    keys: list[str] = field(default_factory=list)
    meanwhile: Callable[[], Awaitable[None]] | None = None  # done once, before the next answer
    url: str = ""

    async def serve(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        try:
            request: Request = await read_request(reader)
            self.keys.append(request.headers.get("authorization", ""))
            body = json.loads(request.body)
            self.requests.append(body)
            if self.meanwhile:
                happens, self.meanwhile = self.meanwhile, None
                await happens()
            said = self.script(body) if request.path.endswith("/chat/completions") else Answer(404)
            answer = said.answer(len(self.requests)) if isinstance(said, Says) else said
            await write_answer(writer, answer)
        except (ConnectionError, asyncio.IncompleteReadError):
            pass  # the client has gone, as the test wanted
        finally:
            writer.close()

    def settings(self, **changes: Any) -> EndpointSettings:
        """An endpoint that is this server."""
        given: Json = {
            "name": "scripted",
            "base_url": self.url,
            "api_key": "made-up-key",
            "model": "scripted-1",
            "region": "here",
            "retention": "none",
            "price_in": PRICE_IN,
            "price_out": PRICE_OUT,
            "timeout_s": 20,
        }
        return EndpointSettings.model_validate({**given, **changes})


@asynccontextmanager
async def model_server(script: Script | None = None) -> AsyncIterator[ModelServer]:
    """The endpoint, listening."""
    fake = ModelServer() if script is None else ModelServer(script)
    server = await asyncio.start_server(fake.serve, "127.0.0.1", 0)
    async with server:
        fake.url = f"http://127.0.0.1:{server.sockets[0].getsockname()[1]}/v1"
        yield fake
