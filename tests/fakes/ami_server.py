"""AMI servers that misbehave, one script each. What behaves is `pbx_adapter.player.AmiPlayer`.

A script speaks the real protocol over a real socket, with one connection at a time in its hands.
"""

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager
from dataclasses import dataclass, field

from pbx_adapter.ami_faults import PbxAddress
from pbx_adapter.frames import Frame, Frames

SECRET = "correct-horse"


def address(port: int, **other: object) -> PbxAddress:
    """Where a test's server is, and a user that it knows."""
    known = {"host": "127.0.0.1", "port": port, "username": "ringback", "secret": SECRET}
    return PbxAddress(**(known | other))  # type: ignore[arg-type]


class Peer:
    """One connection, seen from the server."""

    def __init__(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        self._reader = reader
        self._writer = writer
        self._frames = Frames()
        self._actions: list[Frame] = []

    def send(self, raw: bytes) -> None:
        """Bytes as they are."""
        self._writer.write(raw)

    async def send_flushed(self, raw: bytes) -> None:
        """Bytes, and nothing more until the kernel has taken them: a read of their own."""
        self._writer.write(raw)
        await self._writer.drain()
        for _ in range(10):  # lets the client's loop, which is this one, read
            await asyncio.sleep(0)

    def frame(self, *lines: str) -> None:
        """One frame, told by its lines."""
        self.send("\r\n".join((*lines, "", "")).encode())

    def respond(self, action: Frame, *lines: str) -> None:
        """One frame with the ActionID of the action."""
        self.frame(lines[0], f"ActionID: {action['ActionID']}", *lines[1:])

    async def action(self) -> Frame:
        """The next action; EOFError when the client takes leave or is gone."""
        while not self._actions:
            received = await self._reader.read(65536)
            if not received:
                raise EOFError
            self._actions = self._frames.feed(received)
        action = self._actions.pop(0)
        if action.get("Action") == "Logoff":
            raise EOFError
        return action

    async def let_in(self, *, booted: bool = False) -> None:
        """Greets and accepts whatever login comes; FullyBooted only where `read=` has system."""
        self.send(b"Asterisk Call Manager/11.0.0\r\n")
        self.respond(await self.action(), "Response: Success", "Challenge: 42")
        self.respond(await self.action(), "Response: Success", "Message: Authentication accepted")
        if booted:
            self.frame("Event: FullyBooted", "Privilege: system,all")

    async def ignore_all(self) -> None:
        """Reads and never says a word, until the client goes."""
        while True:
            await self.action()

    def cut(self) -> None:
        """Ends the connection after what was sent."""
        self._writer.close()

    def abort(self) -> None:
        """Ends the connection at once."""
        self._writer.transport.abort()


Script = Callable[[Peer], Awaitable[None]]


@dataclass(slots=True)
class ScriptedAmi:
    """The running server.

    Attributes:
        port: Where it listens on 127.0.0.1.
        connections: How many there were.
    """

    port: int = 0
    connections: int = 0
    _peers: list[Peer] = field(default_factory=list)

    def cut(self) -> None:
        """Cuts all connections."""
        for peer in self._peers:
            peer.abort()


@asynccontextmanager
async def scripted_ami(script: Script) -> AsyncIterator[ScriptedAmi]:
    """A server that runs the script for each connection and hangs up when it ends."""
    running = ScriptedAmi()

    async def serve(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        running.connections += 1
        peer = Peer(reader, writer)
        running._peers.append(peer)
        try:
            await script(peer)
        except (EOFError, OSError):
            pass
        finally:
            peer.cut()

    server = await asyncio.start_server(serve, "127.0.0.1", 0)
    running.port = server.sockets[0].getsockname()[1]
    try:
        yield running
    finally:
        server.close()
        running.cut()
        await server.wait_closed()


async def greets_as_ssh(peer: Peer) -> None:
    """The port belongs to something else."""
    peer.send(b"SSH-2.0-OpenSSH_9.6\r\n")
    await peer.ignore_all()


async def greets_never(peer: Peer) -> None:
    """Accepts, and waits for the other to begin, as a TLS port does."""
    await peer.ignore_all()


async def ignores_login(peer: Peer) -> None:
    """Greets and is stuck."""
    peer.send(b"Asterisk Call Manager/11.0.0\r\n")
    await peer.ignore_all()


async def hangs_up_before_login(peer: Peer) -> None:
    """Greets and goes: too many connections, or just stopping."""
    peer.send(b"Asterisk Call Manager/11.0.0\r\n")


async def refuses_login(peer: Peer) -> None:
    """Wrong password, or shut out by deny/permit: Asterisk says the same."""
    peer.send(b"Asterisk Call Manager/11.0.0\r\n")
    peer.respond(await peer.action(), "Response: Success", "Challenge: 42")
    peer.respond(await peer.action(), "Response: Error", "Message: Authentication failed")


async def falls_silent(peer: Peer) -> None:
    """Lets in and then neither answers nor sends: stopped, or the line is dead."""
    await peer.let_in()
    await peer.ignore_all()


async def cuts_in_a_frame(peer: Peer) -> None:
    """Sends one event and the half of another, and is gone (`writetimeout`)."""
    await peer.let_in()
    peer.frame("Event: Newchannel", "Uniqueid: 1.1")
    peer.send(b"Event: Hangup\r\nUniqueid: 1.")


async def sends_an_endless_line(peer: Peer) -> None:
    """26 MB without an end."""
    await peer.let_in()
    peer.send(b"Event: UserEvent\r\nText: ")
    for _ in range(26):
        await peer.send_flushed(b"x" * 1_000_000)
    await peer.ignore_all()


async def splits_characters(peer: Peer) -> None:
    """Every byte of a name comes in a read of its own."""
    await peer.let_in()
    for byte in "Event: Newchannel\r\nCallerIDName: Åsa Müller\r\n\r\n".encode():
        await peer.send_flushed(bytes([byte]))
    await peer.ignore_all()


async def speaks_latin_1(peer: Peer) -> None:
    """An old trunk delivers names in latin-1."""
    await peer.let_in()
    peer.send("Event: Newchannel\r\nCallerIDName: Müller\r\n\r\n".encode("latin-1"))
    await peer.ignore_all()
