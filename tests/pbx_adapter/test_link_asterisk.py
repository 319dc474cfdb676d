"""The link and a real Asterisk: over TLS, frozen, and sending more than our side can take."""

import asyncio
import datetime as dt
import ipaddress
import os
import signal
import socket
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path

import pytest
import pytest_asyncio
from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.x509.oid import NameOID

from pbx_adapter.ami_connection import AmiConnection, Limits
from pbx_adapter.ami_faults import PbxAddress
from pbx_adapter.frames import Frame
from pbx_adapter.link import LinkKind, LinkState, Pace, follow
from tests.asterisk.fixtures import wanted
from tests.asterisk.install import WANTED
from tests.asterisk.office import AMI_SECRET, AMI_USER, HOST, free_ports
from tests.asterisk.server import Asterisk

TLS_PORT = free_ports().ami
IMPATIENT = f"""
[impatient]
secret = {AMI_SECRET}
read = all
write = all
writetimeout = 2000
"""
EVENTS = 12_000  # some 8 MB, twice of what the kernel's buffers hold of a client that does not read


@pytest.fixture(scope="module")
def certificates(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder with a CA of our own (`ca.pem`) and what it signed for 127.0.0.1 (`pbx.pem`)."""
    folder = tmp_path_factory.mktemp("tls")
    ca_key, key = (ec.generate_private_key(ec.SECP256R1()) for _ in range(2))
    ca_name, name = (
        x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, common)])
        for common in ("Our own CA", "pbx.example")
    )
    ca = signed(ca_name, ca_name, ca_key, ca_key, x509.BasicConstraints(ca=True, path_length=0))
    address = x509.SubjectAlternativeName([x509.IPAddress(ipaddress.ip_address(HOST))])
    pbx = signed(name, ca_name, key, ca_key, address)
    (folder / "ca.pem").write_bytes(ca.public_bytes(serialization.Encoding.PEM))
    secret = key.private_bytes(
        serialization.Encoding.PEM,
        serialization.PrivateFormat.PKCS8,
        serialization.NoEncryption(),
    )
    (folder / "pbx.pem").write_bytes(secret + pbx.public_bytes(serialization.Encoding.PEM))
    return folder


def signed(
    name: x509.Name,
    issuer: x509.Name,
    key: ec.EllipticCurvePrivateKey,
    by: ec.EllipticCurvePrivateKey,
    extension: x509.ExtensionType,
) -> x509.Certificate:
    now = dt.datetime.now(dt.UTC)
    return (
        x509.CertificateBuilder(issuer, name, key.public_key(), x509.random_serial_number())
        .not_valid_before(now - dt.timedelta(days=1))
        .not_valid_after(now + dt.timedelta(days=1))
        .add_extension(extension, critical=isinstance(extension, x509.BasicConstraints))
        .sign(by, hashes.SHA256())
    )


@pytest_asyncio.fixture(params=WANTED, ids=str)
async def asterisk(request: pytest.FixtureRequest, certificates: Path) -> AsyncIterator[Asterisk]:
    """One of the test's own, which speaks TLS too."""
    install = wanted(request.param)
    tls = (
        "[general](+)",
        "tlsenable = yes",
        f"tlsbindaddr = {HOST}:{TLS_PORT}",
        f"tlscertfile = {certificates / 'pbx.pem'}",
        f"tlsprivatekey = {certificates / 'pbx.pem'}",
    )
    async with Asterisk(
        install, {"manager_custom.conf": "\n".join(tls) + "\n" + IMPATIENT}
    ) as running:
        yield running


class Follower:
    """Our side of the link, which can be held up."""

    def __init__(self) -> None:
        self.states: asyncio.Queue[LinkState] = asyncio.Queue()
        self.texts: list[str] = []
        self.goes_on = asyncio.Event()
        self.goes_on.set()
        self.booted = asyncio.Event()

    async def on_frame(self, frame: Frame, at_s: float) -> None:
        await self.goes_on.wait()
        if frame.get("UserEvent") == "Flood":
            self.texts.append(frame["Number"])
        if frame.get("Event") == "FullyBooted":
            self.booted.set()

    async def on_state(self, state: LinkState) -> None:
        await self.states.put(state)

    async def until(self, *kinds: LinkKind) -> LinkState:
        """The next state of one of these kinds."""
        async with asyncio.timeout(30):
            while (state := await self.states.get()).kind not in kinds:
                pass
        return state


@asynccontextmanager
async def following(
    asterisk: Asterisk, limits: Limits | None = None, **other: object
) -> AsyncIterator[Follower]:
    known = {"host": HOST, "port": asterisk.ami_port, "username": AMI_USER, "secret": AMI_SECRET}
    pbx = PbxAddress(**(known | other))  # type: ignore[arg-type]
    follower = Follower()
    pace = Pace(sleep=lambda _: asyncio.sleep(0.1))
    link = asyncio.create_task(
        follow(pbx, follower.on_frame, follower.on_state, limits=limits, pace=pace)
    )
    try:
        yield follower
    finally:
        link.cancel()
        (ended,) = await asyncio.gather(link, return_exceptions=True)
        assert isinstance(ended, asyncio.CancelledError), ended


async def flood(asterisk: Asterisk, events: int) -> None:
    """Has Asterisk send so many events to everybody who is logged in."""
    pbx = PbxAddress(HOST, asterisk.ami_port, AMI_USER, AMI_SECRET)
    connection = AmiConnection(pbx, Limits(max_waiting_frames=10 * EVENTS))
    await connection.connect()
    for first in range(0, events, 500):
        await asyncio.gather(
            *(
                connection.action(
                    "UserEvent", {"UserEvent": "Flood", "Number": f"{n}", "Ballast": "x" * 600}
                )
                for n in range(first, min(first + 500, events))
            )
        )
    await connection.close()


async def test_tls_with_a_ca_of_the_companys_own_brings_events(
    asterisk: Asterisk, certificates: Path
) -> None:
    ca_file = certificates / "ca.pem"
    async with following(asterisk, port=TLS_PORT, tls=True, ca_file=ca_file) as link:
        await link.until(LinkKind.UP)
        async with asyncio.timeout(30):
            await link.booted.wait()


async def test_tls_without_that_ca_says_to_give_its_file(asterisk: Asterisk) -> None:
    async with following(asterisk, port=TLS_PORT, tls=True) as link:
        state = await link.until(LinkKind.UNREACHABLE)
    assert "is not trusted" in state.text
    assert "give its CA file" in state.text


async def test_frozen_asterisk_is_noticed_told_and_found_again(asterisk: Asterisk) -> None:
    limits = Limits(connect_timeout_s=0.5, ping_interval_s=0.2, ping_timeout_s=1.0)
    async with following(asterisk, limits) as link:
        await link.until(LinkKind.UP)
        os.kill(asterisk.pid, signal.SIGSTOP)
        try:
            lost = await link.until(LinkKind.LOST)
            silent = await link.until(LinkKind.UNREACHABLE)
        finally:
            os.kill(asterisk.pid, signal.SIGCONT)
        await link.until(LinkKind.UP)
    assert "did not answer Ping" in lost.text
    assert "does not greet" in silent.text


async def test_slow_consumer_gets_every_event_and_is_not_cut_off(asterisk: Asterisk) -> None:
    little = socket.socket()  # else the kernel may take in all of it, however much that is
    little.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 4096)
    little.connect((HOST, asterisk.ami_port))
    deaf, writer = await asyncio.open_connection(sock=little)
    writer.write(f"Action: Login\r\nUsername: impatient\r\nSecret: {AMI_SECRET}\r\n\r\n".encode())
    async with following(asterisk, username="impatient") as link:
        await link.until(LinkKind.UP)
        link.goes_on.clear()
        await flood(asterisk, EVENTS)
        async with asyncio.timeout(60):
            while (await asterisk.cli("manager show connected")).count("impatient") > 1:
                await asyncio.sleep(0.2)  # who does not read is cut off
            assert b"Flood" in await deaf.read()
            link.goes_on.set()
            while len(link.texts) < EVENTS:
                await asyncio.sleep(0.05)
        assert link.states.empty()
    writer.close()
    assert link.texts == [f"{number}" for number in range(EVENTS)]


async def test_consumer_that_is_stuck_costs_the_link_and_it_is_told_why(
    asterisk: Asterisk,
) -> None:
    async with following(asterisk, Limits(max_waiting_frames=1000)) as link:
        await link.until(LinkKind.UP)
        link.goes_on.clear()
        await flood(asterisk, 2500)
        link.goes_on.set()
        lost = await link.until(LinkKind.LOST)
        await link.until(LinkKind.UP)
    assert "too slow or stuck" in lost.text
