"""The web application: its routes, and the layers that every request passes."""

from fastapi import APIRouter, FastAPI, Request
from fastapi.responses import RedirectResponse, Response
from starlette.types import ASGIApp

from portal_api import (
    ai_log,
    bookings,
    calendars,
    conversations,
    knowledge,
    knowledge_texts,
    live,
    missed,
    notices,
    phone,
    problems,
    replying,
    signing_in,
    taking_over,
    texts,
    wanted,
    webhooks,
)
from portal_api.api_keys import ApiKeys
from portal_api.assets import static_app
from portal_api.bodies import BoundBodies
from portal_api.broadcast import Broadcast
from portal_api.callbacks import adding as callbacks_adding
from portal_api.callbacks import api as callbacks_api
from portal_api.callbacks import asking as callbacks_asking
from portal_api.callbacks import changing as callbacks_changing
from portal_api.callbacks import choosing as callbacks_choosing
from portal_api.callbacks import page as callbacks_page
from portal_api.callbacks import panel as callbacks_panel
from portal_api.callbacks import ringing as callbacks_ringing
from portal_api.csrf import RefuseForged
from portal_api.head import HeadAsGet
from portal_api.headers import SecurityHeaders
from portal_api.keeping_texts import Texts
from portal_api.permissions import Permission, may, needs
from portal_api.settings import api_keys, menu, numbers, phones, prompts, queues, sending
from portal_api.settings import calendars as settings_calendars
from portal_api.settings import texts as settings_texts
from portal_api.visitors import Portal, portal_of, visitor_of

start = APIRouter(include_in_schema=False)
last = APIRouter(include_in_schema=False)
_MOST_API_BYTES = 64 * 1024  # several times the longest text, with every character escaped


@start.get("/", dependencies=[needs(Permission.PUBLIC)])
async def front(request: Request) -> Response:
    """The page that staff work in: the callbacks, for who may see them."""
    visitor = await visitor_of(request)
    works = visitor is not None and may(visitor, Permission.SEE_CALLBACKS)
    return RedirectResponse("/callbacks" if works else "/missed", 303)


@start.get("/health", dependencies=[needs(Permission.PUBLIC)])
async def health(request: Request) -> dict[str, str]:
    """Answers when the database does; for load balancers."""
    async with portal_of(request).db.engine.connect() as connection:
        await connection.exec_driver_sql("SELECT 1")
    return {"status": "ok"}


@last.get("/{path:path}/", dependencies=[needs(Permission.PUBLIC)])
async def slash(request: Request, path: str) -> Response:
    """An address with a slash too many; told without a host, which a proxy may have changed."""
    query = f"?{request.url.query}" if request.url.query else ""
    return RedirectResponse("/" + path.strip("/\\") + query, 308)


def application(portal: Portal) -> ASGIApp:
    """What the server runs: the routes, with the security headers around all answers."""
    # Outside FastAPI's own error layer, so that the page for an unforeseen error has them too.
    return SecurityHeaders(HeadAsGet(routes(portal)))


def routes(portal: Portal) -> FastAPI:
    """The routes around a portal's state."""
    app = FastAPI(
        title="Ringback",
        version="1",
        openapi_url="/api/v1/openapi.json",
        docs_url=None,  # its page loads scripts from elsewhere
        redoc_url=None,
        redirect_slashes=False,  # its answer would name the host and scheme behind the proxy
    )
    app.state.portal = portal
    app.state.api_keys = ApiKeys(portal.db, portal.clock)
    app.state.broadcast = Broadcast(portal.db)
    app.state.texts = Texts(portal.db, portal.clock)
    parts = (signing_in, missed, conversations, wanted, bookings, phone, live, webhooks, texts)
    answering = (taking_over, replying, ai_log, knowledge, knowledge_texts)
    # In this order: /callbacks/{callback_id} would take /callbacks/list for an id.
    ringing = (
        callbacks_page,
        callbacks_adding,
        callbacks_choosing,
        callbacks_panel,
        callbacks_changing,
        callbacks_ringing,
        callbacks_api,
        callbacks_asking,
    )
    settings = (
        *(menu, settings_texts, sending, numbers, queues, prompts, phones),
        *(settings_calendars, api_keys),
    )
    for router in (
        start,
        *(part.router for part in (*ringing, *parts, *answering, calendars, notices, *settings)),
        last,
    ):
        app.include_router(router)
    app.mount("/static", static_app())
    problems.install(app)
    app.add_middleware(
        RefuseForged,
        key=portal.csrf_key,
        refusal=problems.forged,
        cookie=portal.cookie,
        exempt=("/webhooks/", "/api/v1/texts"),  # where no cookie counts
    )
    app.add_middleware(
        BoundBodies, prefix="/api/", most_bytes=_MOST_API_BYTES, refusal=problems.problem
    )
    return app
