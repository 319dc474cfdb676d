"""How much of a request is read before anybody asks whose it is: pure ASGI, in front of the API.

In: a request below one of the prefixes. Out: the same with its body already read, or an answer that
it is too long or came too slowly. Without this bound a program without a key could send for ever.
"""

import asyncio
from collections.abc import Callable

from starlette.requests import HTTPConnection
from starlette.responses import Response
from starlette.types import ASGIApp, Message, Receive, Scope, Send

BODY_TIMEOUT_S = 30.0

Refusal = Callable[[int, str], Response]
"""Makes the answer from a status and words."""


class BoundBodies:
    """Answers 413 or 408 instead of reading on.

    Args:
        app: What comes next.
        prefix: Of the paths that are bounded.
        most_bytes: As long as a body may be.
        refusal: The answer to one that is not.
        timeout_s: For the whole body.
    """

    def __init__(
        self,
        app: ASGIApp,
        *,
        prefix: str,
        most_bytes: int,
        refusal: Refusal,
        timeout_s: float = BODY_TIMEOUT_S,
    ) -> None:
        self.app = app
        self.prefix = prefix
        self.most_bytes = most_bytes
        self.refusal = refusal
        self.timeout_s = timeout_s

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Read the body and pass it on, or refuse."""
        if scope["type"] != "http" or not scope["path"].startswith(self.prefix):
            await self.app(scope, receive, send)
            return
        if self._says_too_long(scope):
            await self._too_long()(scope, receive, send)
            return
        try:
            async with asyncio.timeout(self.timeout_s):
                read = await self._read(receive)
        except TimeoutError:
            words = f"The body did not come within {self.timeout_s:g} s; send it again."
            await self.refusal(408, words)(scope, receive, send)
            return
        if read is None:
            await self._too_long()(scope, receive, send)
            return

        async def again() -> Message:
            return read.pop(0) if read else await receive()

        await self.app(scope, again, send)

    async def _read(self, receive: Receive) -> list[Message] | None:
        """The messages of a whole body (or of one whose sender left), None when it is too long."""
        read: list[Message] = []
        size = 0
        while not read or read[-1].get("more_body", False):
            read.append(await receive())
            size += len(read[-1].get("body", b""))
            if size > self.most_bytes:
                return None
        return read

    def _says_too_long(self, scope: Scope) -> bool:
        told = HTTPConnection(scope).headers.get("content-length", "")
        return told.isdecimal() and int(told[:20]) > self.most_bytes

    def _too_long(self) -> Response:
        return self.refusal(413, f"The body is longer than {self.most_bytes} bytes; shorten it.")
