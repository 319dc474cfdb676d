"""The portal's port, and the server behind it.

In: the settings, the application. Out: a socket that is ours before anything else starts; a server
that leaves signals to `wiring.run`.
"""

import socket
from collections.abc import Iterator, Sequence
from contextlib import contextmanager

import uvicorn
from starlette.types import ASGIApp

from ringback.errors import BadInput
from ringback.settings import Settings

_GOODBYE_S = 3


def listen(settings: Settings, instead: str = "set RINGBACK_PORT to another") -> socket.socket:
    """The portal's port, taken before anything else starts.

    Raises:
        BadInput: It can't be had; `instead` is what to do about it.
    """
    listening = socket.socket(socket.AF_INET6 if ":" in settings.host else socket.AF_INET)
    listening.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
    try:
        listening.bind((settings.host, settings.port))
        listening.listen()
    except OSError as refused:
        listening.close()
        raise BadInput(
            f"Port {settings.port} on {settings.host} can't be used ({refused.strerror}). "
            f"Stop the program that has it, or {instead}."
        ) from refused
    return listening


class Server(uvicorn.Server):
    """uvicorn, without its own way with signals: they end all loops, not the portal alone."""

    @contextmanager
    def capture_signals(self) -> Iterator[None]:
        """Leave the signals to `run`."""
        yield


def server(app: ASGIApp, proxies: Sequence[str]) -> Server:
    """Serves the application; whom `proxies` names is believed about who asks, and how."""
    return Server(
        uvicorn.Config(
            app,
            log_config=None,
            access_log=False,  # addresses and paths stay out of the log
            timeout_graceful_shutdown=_GOODBYE_S,  # live streams never end by themselves
            proxy_headers=True,
            forwarded_allow_ips=list(proxies),
            server_header=False,
        )
    )
