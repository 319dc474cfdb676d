"""The portal's own and third-party files: their addresses, and the app that serves them.

In: a file name under `static/`. Out: an address with a part of the file's hash, so browsers may
keep it for ever and an upgrade is fetched at once. `headers.py` lets what is set here stand.
"""

import hashlib
from functools import lru_cache
from pathlib import Path
from urllib.parse import parse_qs

from starlette.middleware.gzip import GZipMiddleware
from starlette.responses import Response
from starlette.staticfiles import StaticFiles
from starlette.types import ASGIApp, Scope

from ringback.errors import BadInput

STATIC = Path(__file__).parent / "static"
_FOR_EVER = "public, max-age=31536000, immutable"


_BROUGHT_IN = ("htmx.min.js", "hx-sse.min.js", "tabler.min.css")


def check_assets(static: Path = STATIC) -> None:
    """Asked once at the start, so that not every page fails for want of them.

    Raises:
        BadInput: The files that the project's build brings in are not there.
    """
    if not all((static / "vendor" / name).is_file() for name in _BROUGHT_IN):
        raise BadInput("The portal's assets are missing; run scripts/setup.sh")


@lru_cache(maxsize=64)
def asset(name: str) -> str:
    """The address of a file under `static/`, with its version.

    Raises:
        FileNotFoundError: There is no such file; third-party ones come in when the project is
            installed (`hatch_build.py`).
    """
    path = STATIC / name
    if not path.is_file():
        raise FileNotFoundError(
            f"{name} is not among the portal's files. Install the project again with "
            "`pip install -e .`, which fetches what is missing."
        )
    return f"/static/{name}?v={hashlib.sha256(path.read_bytes()).hexdigest()[:12]}"


def static_app() -> ASGIApp:
    """The app to mount at `/static`; compressed, since nothing secret is in these files."""
    return GZipMiddleware(_VersionedFiles(directory=STATIC))


class _VersionedFiles(StaticFiles):
    """Lets browsers keep what was asked for by version, and asks them to check all else."""

    async def get_response(self, path: str, scope: Scope) -> Response:
        response = await super().get_response(path, scope)
        versioned = "v" in parse_qs(scope.get("query_string", b"").decode("latin-1"))
        response.headers["Cache-Control"] = (
            _FOR_EVER if versioned and response.status_code < 400 else "no-cache"
        )
        return response
