"""A portal that shows the sample pages with the real middleware, files and live line.

The routes are stand-ins: they render samples. What is under test is everything around them.
"""

import asyncio
import queue
import threading
import time
from collections.abc import AsyncIterator
from dataclasses import replace
from urllib.parse import parse_qs

import uvicorn
from starlette.applications import Starlette
from starlette.middleware import Middleware
from starlette.requests import HTTPConnection, Request
from starlette.responses import HTMLResponse, RedirectResponse, Response, StreamingResponse
from starlette.routing import Mount, Route

from portal_api.assets import static_app
from portal_api.csrf import RefuseForged, form_token
from portal_api.headers import SecurityHeaders
from portal_api.render import live_event, render
from portal_api.views import ErrorView, Shell
from tests.portal_api.sample_frame import ZONE
from tests.portal_api.sample_settings import preview
from tests.portal_api.samples import PAGES

KEY = b"k" * 32
COOKIE = "session"
SESSION = "a-session"
_PATIENCE_S = 30.0

Form = dict[str, list[str]]


def refusal(request: HTTPConnection) -> str:
    view = ErrorView(403, "Refused", "Load the page again.")
    return render("error.html", "en", ZONE, error=view)


class SamplePortal:
    """Serves on a free port of 127.0.0.1; `publish` sends a fragment to every open live line."""

    def __init__(self) -> None:
        self._posted: queue.Queue[tuple[str, Form]] = queue.Queue()
        self.last_ids: list[str | None] = []
        self.live_status = 200
        self.listened_to = threading.Event()
        self._lines: set[asyncio.Queue[bytes | None]] = set()
        self._sequence = 7
        routes = [
            *(Route(path, self.page) for path in PAGES),
            Route("/events", self.events),
            Mount("/static", static_app()),
            Route("/{rest:path}", self.post, methods=["POST"]),
        ]
        self.address = ""
        app = Starlette(
            routes=routes,
            middleware=[
                Middleware(SecurityHeaders),
                Middleware(RefuseForged, key=KEY, refusal=refusal, cookie=COOKIE),
            ],
        )
        self._server = uvicorn.Server(
            uvicorn.Config(app, port=0, log_level="warning", lifespan="off")
        )
        self._thread = threading.Thread(target=self._run)

    def _run(self) -> None:
        async def serve() -> None:
            self._loop = asyncio.get_running_loop()
            await self._server.serve()

        asyncio.run(serve())

    def start(self) -> None:
        self._thread.start()
        deadline = time.monotonic() + _PATIENCE_S
        while not self._server.started and time.monotonic() < deadline:
            time.sleep(0.01)
        port = self._server.servers[0].sockets[0].getsockname()[1]
        self.address = f"http://127.0.0.1:{port}"

    def stop(self) -> None:
        self.cut()
        self._server.should_exit = True
        self._server.force_exit = True
        self._thread.join(60)

    async def page(self, request: Request) -> Response:
        template, view = PAGES[request.url.path]
        language = request.query_params.get("language", "sv")
        shell = view.get("shell")
        if isinstance(shell, Shell):
            theme = request.query_params.get("theme", "auto")
            token = form_token(KEY, SESSION)
            view = {**view, "shell": replace(shell, theme=theme, csrf=token)}  # type: ignore[arg-type]
            if view.get("settle"):
                view["settle"] = token
        response = HTMLResponse(render(template, language, ZONE, **view))
        response.set_cookie(COOKIE, SESSION, httponly=True, samesite="lax")
        return response

    async def post(self, request: Request) -> Response:
        form = parse_qs((await request.body()).decode())
        self._posted.put((request.url.path, form))
        if request.url.path == "/settings/texts/preview":
            view = preview(text=form.get("text", [""])[0])
            html = render("live/text_preview.html", "sv", ZONE, preview=view, wrong=[])
            return HTMLResponse(html)
        if request.headers.get("hx-request"):
            return Response(status_code=204)
        return RedirectResponse(form.get("onward", ["/missed"])[0], status_code=303)

    async def events(self, request: Request) -> Response:
        self.last_ids.append(request.headers.get("last-event-id"))
        if self.live_status != 200:
            return Response(status_code=self.live_status)
        return StreamingResponse(self._stream(), media_type="text/event-stream")

    async def _stream(self) -> AsyncIterator[bytes]:
        line: asyncio.Queue[bytes | None] = asyncio.Queue()
        self._lines.add(line)
        try:
            self.listened_to.set()
            yield b"event: beat\ndata: 0\n\n"
            while (chunk := await line.get()) is not None:
                yield chunk
        finally:
            self._lines.discard(line)

    def publish(self, template: str, language: str = "sv", **view: object) -> None:
        self._sequence += 1
        self.send(live_event(render(template, language, ZONE, **view), self._sequence))

    def send(self, chunk: bytes | None) -> None:
        self._loop.call_soon_threadsafe(lambda: [line.put_nowait(chunk) for line in self._lines])

    def next_post(self, path: str) -> Form:
        """What comes, or has come, to that path; posts to others before it are passed over."""
        while True:
            to, form = self._posted.get(timeout=_PATIENCE_S)
            if to == path:
                return form

    def cut(self) -> None:
        """End every live line."""
        self.send(None)
