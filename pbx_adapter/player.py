"""An AMI server that plays recorded traffic: for `ringback demo` and for tests.

In: traces. Out: to every logged-in client the same bytes, at a chosen speed. Stands where Asterisk
would; nothing of the product knows the difference.

Source: Asterisk 22's manager: what it answers to Login, Challenge, Ping, Logoff, Originate, empty
lists and unknown actions was read off the real one.
"""

import asyncio
import hashlib
import secrets
import ssl
from collections.abc import Callable, Iterable, Mapping
from types import TracebackType
from typing import Self

from pbx_adapter.frames import Frame, Frames
from pbx_adapter.traces import Trace
from ringback.clock import Clock, system_clock
from ringback.errors import BadInput

Answer = Callable[[Frame], Iterable[Frame]]
"""What is sent back for an action, in order. The ActionID is added, but to events for everyone, which
bear a Privilege."""

BANNER = b"Asterisk Call Manager/11.0.0\r\n"
_SLOWEST_CLIENT_S = 10.0  # Asterisk too cuts off a client that does not read


class AmiPlayer:
    """The server; use it with `async with`, or `start` and `close` it.

    Attributes:
        received: Every action that came, in order.
        port: Where it listens.

    Args:
        username: Who may log in.
        secret: With what; in clear or by MD5 challenge.
        answers: For actions beyond the built-in ones, or instead of them.
        host: Address to listen on.
        port: 0 chooses a free one.
        tls: Speak TLS with this context.
        clock: For the time that a pong tells.
    """

    def __init__(
        self,
        username: str,
        secret: str,
        *,
        answers: Mapping[str, Answer] | None = None,
        host: str = "127.0.0.1",
        port: int = 0,
        tls: ssl.SSLContext | None = None,
        clock: Clock = system_clock,
    ) -> None:
        self.received: list[Frame] = []
        self.port = port
        self._username = username
        self._secret = secret
        self._answers: Mapping[str, Answer] = {**_ANSWERS, **(answers or {})}
        self._host = host
        self._tls = tls
        self._clock = clock
        self._clients: set[_Client] = set()
        self._someone = asyncio.Event()
        self._server: asyncio.Server | None = None

    async def start(self) -> None:
        """Listens; OSError when the port is taken."""
        self._server = await asyncio.start_server(self._serve, self._host, self.port, ssl=self._tls)
        self.port = self._server.sockets[0].getsockname()[1]

    async def close(self) -> None:
        """Stops listening and cuts every connection."""
        if self._server is not None:
            self._server.close()
            self.cut()
            await self._server.wait_closed()

    async def __aenter__(self) -> Self:
        await self.start()
        return self

    async def __aexit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        await self.close()

    @property
    def clients(self) -> int:
        """How many are connected."""
        return len(self._clients)

    def cut(self) -> None:
        """Cuts every connection, as a network does; new ones are still taken."""
        for client in list(self._clients):
            client.logged_in = False
            client.writer.transport.abort()
        self._someone.clear()

    async def logged_in(self) -> None:
        """Waits until somebody is logged in."""
        await self._someone.wait()

    async def play(self, *traces: Trace, speed: float = 1.0, gap_s: float = 0.0) -> None:
        """Plays the traces one after the other, to whoever is logged in at each moment.

        Args:
            traces: What to play.
            speed: 1 as recorded, 10 ten times as fast, `math.inf` at once.
            gap_s: Real seconds between two traces.
        """
        now = asyncio.get_running_loop().time
        for number, trace in enumerate(traces):
            await asyncio.sleep(gap_s if number else 0)
            began = now()
            for at_s, raw in trace.frames:
                early_s = began + at_s / speed - now()
                if early_s > 0:
                    await asyncio.sleep(early_s)
                await self.send(raw)

    async def send(self, raw: bytes) -> None:
        """Sends bytes to every logged-in client; one that does not read is cut off."""
        for client in [client for client in self._clients if client.logged_in]:
            client.writer.write(raw)
            try:
                async with asyncio.timeout(_SLOWEST_CLIENT_S):
                    await client.writer.drain()
            except OSError:  # gone, or too slow: TimeoutError is one
                client.writer.transport.abort()

    async def _serve(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        client = _Client(writer)
        self._clients.add(client)
        frames = Frames()
        writer.write(BANNER)
        try:
            while not writer.is_closing() and (received := await reader.read(65536)):
                for action in frames.feed(received):
                    self.received.append(action)
                    for frame in self._answer(client, action):
                        client.write(frame, action)
                    if client.leaves:
                        writer.close()
        except (OSError, BadInput):
            pass  # the client went away, or sent what is no AMI
        finally:
            self._clients.discard(client)
            writer.close()

    def _answer(self, client: "_Client", action: Frame) -> Iterable[Frame]:
        match action.get("Action", "").lower():  # Asterisk takes any case of letters
            case "":
                return [_error("Missing action in request")]
            case "challenge":
                client.challenge = str(secrets.randbelow(10**9))
                return [{"Response": "Success", "Challenge": client.challenge}]
            case "login":
                return self._login(client, action)
            case "logoff":
                client.leaves = True
                return [{"Response": "Goodbye", "Message": "Thanks for all the fish."}]
            case _ if not client.logged_in:
                return [_error("Permission denied")]
            case "ping":
                now_s = f"{self._clock().timestamp():.6f}"
                return [{"Response": "Success", "Ping": "Pong", "Timestamp": now_s}]
            case _:
                return self._answers.get(action["Action"], _unknown)(action)

    def _login(self, client: "_Client", action: Frame) -> Iterable[Frame]:
        proof = f"{client.challenge}{self._secret}".encode()
        key = hashlib.md5(proof, usedforsecurity=False).hexdigest()
        by_challenge = client.challenge != "" and action.get("Key") == key
        if action.get("Username") != self._username or not (
            by_challenge or action.get("Secret") == self._secret
        ):
            client.leaves = True
            return [_error("Authentication failed")]
        client.logged_in = True
        self._someone.set()
        booted = {"Event": "FullyBooted", "Privilege": "system,all", "Status": "Fully Booted"}
        return [{"Response": "Success", "Message": "Authentication accepted"}, booted]


class _Client:
    """One connection, and how far it has come."""

    def __init__(self, writer: asyncio.StreamWriter) -> None:
        self.writer = writer
        self.challenge = ""
        self.logged_in = False
        self.leaves = False

    def write(self, frame: Frame, action: Frame) -> None:
        """Writes an answer to the action; events for everyone (with a Privilege) bear no id."""
        headers = list(frame.items())
        if "ActionID" in action and "Privilege" not in frame:
            headers.insert(1, ("ActionID", action["ActionID"]))
        lines = "".join(f"{key}: {value}\r\n" for key, value in headers)
        self.writer.write(f"{lines}\r\n".encode())


def _error(message: str) -> Frame:
    return {"Response": "Error", "Message": message}


def _unknown(action: Frame) -> Iterable[Frame]:
    return [
        _error(
            f"Invalid/unknown command: {action['Action']}. "
            "Use Action: ListCommands to show available commands."
        )
    ]


def _empty_list(name: str) -> Answer:
    start = {"Response": "Success", "EventList": "start", "Message": "Result will follow"}
    complete = {"Event": f"{name}Complete", "EventList": "Complete", "ListItems": "0"}
    return lambda action: [start, complete]


def _originate(action: Frame) -> Iterable[Frame]:
    if not action.get("Channel"):
        return [_error("Channel not specified")]
    rung = {
        "Event": "OriginateResponse",
        "Privilege": "call,all",
        "ActionID": action.get("ActionID", ""),
        "Response": "Success",
        "Channel": f"{action['Channel']}-00000001",
        "Reason": "4",
        "Uniqueid": action.get("ChannelId", "1.1"),
    }
    return [{"Response": "Success", "Message": "Originate successfully queued"}, rung]


_ANSWERS: Mapping[str, Answer] = {
    "CoreShowChannels": _empty_list("CoreShowChannels"),
    "QueueStatus": _empty_list("QueueStatus"),
    "DBGetTree": _empty_list("DBGetTree"),
    "Originate": _originate,
}
