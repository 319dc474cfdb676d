"""HEAD is answered wherever GET is: pure ASGI, since FastAPI's routes know GET alone.

In: any request. Out: the same, a HEAD as the GET of which the server sends the head only. The live
events are left out: nobody would ever end their stream. Source: RFC 9110, 9.1 and 9.3.2.
"""

from starlette.types import ASGIApp, Receive, Scope, Send

_ENDLESS = "/events"


class HeadAsGet:
    """Hands HEAD on as GET; the server knows what was asked and drops the body."""

    def __init__(self, app: ASGIApp):
        self.app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Pass the request on."""
        is_head = scope["type"] == "http" and scope["method"] == "HEAD"
        if is_head and scope["path"] != _ENDLESS:
            scope = {**scope, "method": "GET"}
        await self.app(scope, receive, send)
