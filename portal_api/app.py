"""The web application: its routes, and the layers that every request passes."""

from fastapi import APIRouter, FastAPI, Request
from fastapi.responses import RedirectResponse, Response
from starlette.types import ASGIApp

from portal_api import bookings, conversations, live, missed, phone, problems, signing_in, webhooks
from portal_api.assets import static_app
from portal_api.csrf import RefuseForged
from portal_api.headers import SecurityHeaders
from portal_api.permissions import Permission, needs
from portal_api.visitors import Portal, portal_of

start = APIRouter(include_in_schema=False)


@start.get("/", dependencies=[needs(Permission.PUBLIC)])
async def front(request: Request) -> Response:
    """The page that staff work in."""
    return RedirectResponse("/missed", 303)


@start.get("/health", dependencies=[needs(Permission.PUBLIC)])
async def health(request: Request) -> dict[str, str]:
    """Answers when the database does; for load balancers and `ringback doctor`."""
    async with portal_of(request).db.engine.connect() as connection:
        await connection.exec_driver_sql("SELECT 1")
    return {"status": "ok"}


def application(portal: Portal) -> ASGIApp:
    """What the server runs: the routes, with the security headers around all answers."""
    # Outside FastAPI's own error layer, so that the page for an unforeseen error has them too.
    return SecurityHeaders(routes(portal))


def routes(portal: Portal) -> FastAPI:
    """The routes around a portal's state."""
    app = FastAPI(
        title="Ringback",
        version="1",
        openapi_url="/api/v1/openapi.json",
        docs_url=None,  # its page loads scripts from elsewhere
        redoc_url=None,
    )
    app.state.portal = portal
    for part in (start, signing_in, missed, conversations, bookings, phone, live, webhooks):
        app.include_router(part if isinstance(part, APIRouter) else part.router)
    app.mount("/static", static_app())
    problems.install(app)
    app.add_middleware(
        RefuseForged,
        key=portal.csrf_key,
        refusal=problems.forged,
        cookie=portal.cookie,
        exempt=("/webhooks/",),
    )
    return app
