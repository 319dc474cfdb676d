import asyncio
import datetime as dt
import ipaddress
import ssl
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path

import pytest
from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.x509.oid import NameOID

from pbx_adapter.ami_connection import AmiConnection, Limits
from pbx_adapter.ami_faults import LoginRefused, NotAsterisk, NotSent, Unreachable
from pbx_adapter.frames import EventFilter, Frame, FrameTooLong
from pbx_adapter.player import AmiPlayer
from ringback.errors import BadInput, RingbackError
from tests.fakes import ami_server
from tests.fakes.ami_server import SECRET, Peer, Script, address, scripted_ami
from tests.ports import free_port

HASTY = Limits(connect_timeout_s=1.0)
WATCHFUL = Limits(ping_interval_s=0.02, ping_timeout_s=1.0)
NOON = dt.datetime(2026, 11, 23, 12, tzinfo=dt.UTC)


@asynccontextmanager
async def connected_to(port: int, limits: Limits | None = None) -> AsyncIterator[AmiConnection]:
    connection = AmiConnection(address(port), limits, clock=lambda: NOON)
    await connection.connect()
    try:
        yield connection
    finally:
        await connection.close()


async def all_events(connection: AmiConnection) -> list[Frame]:
    return [frame async for _, frame in connection.events()]


async def test_events_come_in_order_with_the_second_they_were_read() -> None:
    async with AmiPlayer("ringback", SECRET) as player, connected_to(player.port) as connection:
        for number in range(200):
            await player.send(b"Event: Newchannel\r\nUniqueid: 1.%d\r\n\r\n" % number)
        await connection.close()
        read = [(at_s, frame) async for at_s, frame in connection.events()][1:]
    assert [frame["Uniqueid"] for _, frame in read] == [f"1.{number}" for number in range(200)]
    assert {at_s for at_s, _ in read} == {NOON.timestamp()}


async def test_login_over_a_plain_line_proves_the_secret_without_sending_it() -> None:
    async with AmiPlayer("ringback", SECRET) as player, connected_to(player.port):
        login = player.received[-1]
    assert (login["Action"], login["Username"], login["AuthType"]) == ("Login", "ringback", "MD5")
    assert SECRET not in str(player.received)


async def test_user_without_read_system_is_up_without_fully_booted() -> None:
    async with scripted_ami(ami_server.falls_silent) as server, connected_to(server.port) as up:
        assert up.ended is None


@pytest.mark.parametrize(
    ("script", "limits", "kind", "words"),
    [
        (
            ami_server.greets_as_ssh,
            None,
            NotAsterisk,
            r"not Asterisk's manager \(it says b'SSH-2.0",
        ),
        (ami_server.greets_never, HASTY, Unreachable, "does not greet: .* is TLS off there"),
        (ami_server.ignores_login, HASTY, Unreachable, "greets but does not answer the login"),
        (ami_server.hangs_up_before_login, None, Unreachable, "No login came about"),
        (ami_server.refuses_login, None, LoginRefused, "refused user 'ringback': check username"),
    ],
)
async def test_each_server_that_lets_nobody_in_is_told_apart(
    script: Script, limits: Limits | None, kind: type[RingbackError], words: str
) -> None:
    async with scripted_ami(script) as server:
        connection = AmiConnection(address(server.port), limits)
        with pytest.raises(kind, match=words):
            await connection.connect()
        with pytest.raises(NotSent):
            await connection.action("Ping")
        assert server.connections == 1


@pytest.mark.parametrize("wrong", [{"secret": "guessed"}, {"username": "nobody"}])
async def test_wrong_username_or_secret_is_refused_by_the_player_as_by_asterisk(
    wrong: dict[str, str],
) -> None:
    async with AmiPlayer("ringback", SECRET) as player:
        with pytest.raises(LoginRefused) as refused:
            await AmiConnection(address(player.port, **wrong)).connect()
    assert refused.value.code == "Authentication failed"


async def test_port_where_nobody_listens_says_to_look_whether_asterisk_runs() -> None:
    nobodys = free_port()
    with pytest.raises(Unreachable, match=f"Nobody answers at 127.0.0.1:{nobodys}: is Ast"):
        await AmiConnection(address(nobodys)).connect()


async def test_line_without_end_in_place_of_a_login_is_refused() -> None:
    async def script(peer: Peer) -> None:
        peer.send(b"Asterisk Call Manager/11.0.0\r\n" + b"x" * 2000)
        await peer.ignore_all()

    async with scripted_ami(script) as server:
        connection = AmiConnection(address(server.port), Limits(max_frame_bytes=1000))
        with pytest.raises(FrameTooLong):
            await connection.connect()


async def test_connecting_that_is_cancelled_leaves_no_connection() -> None:
    gone = asyncio.Event()

    async def script(peer: Peer) -> None:
        peer.send(b"Asterisk Call Manager/11.0.0\r\n")
        await peer.action()
        connecting.cancel()
        try:
            await peer.ignore_all()
        finally:
            gone.set()

    async with scripted_ami(script) as server:
        connecting = asyncio.create_task(AmiConnection(address(server.port)).connect())
        with pytest.raises(asyncio.CancelledError):
            await connecting
        await gone.wait()


async def test_silent_server_is_dropped_when_a_ping_goes_unanswered() -> None:
    async with scripted_ami(ami_server.falls_silent) as server:
        connection = AmiConnection(address(server.port), WATCHFUL)
        await connection.connect()
        assert await all_events(connection) == []
        assert "did not answer Ping within 1 s" in str(connection.ended)


async def test_server_that_sends_events_but_no_pongs_is_alive() -> None:
    async def script(peer: Peer) -> None:
        await peer.let_in()
        for _ in range(3):
            ping = await peer.action()
            assert ping["Action"] == "Ping"
            peer.frame("Event: Newchannel")
        peer.frame("Event: Enough")
        await peer.ignore_all()

    async with scripted_ami(script) as server, connected_to(server.port, WATCHFUL) as connection:
        async for _, frame in connection.events():
            if frame["Event"] == "Enough":
                break
        assert connection.ended is None


async def test_events_that_nobody_takes_drop_the_connection_instead_of_one_event() -> None:
    limits = Limits(max_waiting_frames=10)
    async with AmiPlayer("ringback", SECRET) as player:
        connection = AmiConnection(address(player.port), limits)
        await connection.connect()
        for number in range(40):
            await player.send(b"Event: Newchannel\r\nUniqueid: %d\r\n\r\n" % number)
        events = await all_events(connection)
    numbers = [int(event["Uniqueid"]) for event in events if event["Event"] == "Newchannel"]
    assert len(numbers) >= 10
    assert numbers == list(range(len(numbers)))
    assert "More than 10 events" in str(connection.ended)


async def test_events_that_nobody_needs_are_not_told_but_are_heard() -> None:
    only = EventFilter(without=["RTCPSent", "FullyBooted"], variables=[])
    now = NOON
    async with AmiPlayer("ringback", SECRET) as player:
        connection = AmiConnection(address(player.port), clock=lambda: now, only=only)
        await connection.connect()
        now = NOON + dt.timedelta(seconds=7)
        await player.send(b"Event: RTCPSent\r\n\r\nEvent: VarSet\r\nVariable: X\r\n\r\n")
        await connection.action("Ping")
        assert connection.heard_at_s == now.timestamp()
        await player.send(b"Event: Hangup\r\n\r\n")
        await connection.close()
        assert [event["Event"] for event in await all_events(connection)] == ["Hangup"]


async def test_taking_events_may_be_broken_off_and_taken_up_again() -> None:
    async with AmiPlayer("ringback", SECRET) as player, connected_to(player.port) as connection:
        await player.send(b"".join(b"Event: E%d\r\n\r\n" % number for number in range(3)))
        async for _, frame in connection.events():
            if frame["Event"] == "E0":
                break
        await connection.close()
        assert [event["Event"] for event in await all_events(connection)] == ["E1", "E2"]


async def test_closing_takes_leave_and_may_be_done_twice() -> None:
    async with AmiPlayer("ringback", SECRET) as player, connected_to(player.port) as connection:
        await connection.close()
        assert player.received[-1]["Action"] == "Logoff"
        assert str(connection.ended) == "We closed the connection."


@pytest.fixture(scope="module")
def certificate(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A self-signed certificate for 127.0.0.1 with its key, as a PBX makes its own."""
    key = ec.generate_private_key(ec.SECP256R1())
    name = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, "pbx.example")])
    now = dt.datetime.now(dt.UTC)
    own = x509.SubjectAlternativeName([x509.IPAddress(ipaddress.ip_address("127.0.0.1"))])
    signed = (
        x509.CertificateBuilder(name, name, key.public_key(), x509.random_serial_number())
        .not_valid_before(now - dt.timedelta(days=1))
        .not_valid_after(now + dt.timedelta(days=1))
        .add_extension(own, critical=False)
        .sign(key, hashes.SHA256())
    )
    path = tmp_path_factory.mktemp("tls") / "pbx.pem"
    path.write_bytes(
        key.private_bytes(
            serialization.Encoding.PEM,
            serialization.PrivateFormat.PKCS8,
            serialization.NoEncryption(),
        )
        + signed.public_bytes(serialization.Encoding.PEM)
    )
    return path


def tls_player(certificate: Path) -> AmiPlayer:
    context = ssl.create_default_context(ssl.Purpose.CLIENT_AUTH)
    context.load_cert_chain(certificate)
    return AmiPlayer("ringback", SECRET, tls=context)


async def test_tls_with_the_pbx_own_certificate_logs_in(certificate: Path) -> None:
    async with tls_player(certificate) as player:
        connection = AmiConnection(address(player.port, tls=True, ca_file=certificate))
        await connection.connect()
        assert player.received[-1]["Secret"] == SECRET  # the line is secret already
        await connection.close()


async def test_tls_with_an_unknown_certificate_says_to_give_the_ca_file(certificate: Path) -> None:
    async with tls_player(certificate) as player:
        with pytest.raises(Unreachable, match=r"is not trusted .* give its CA file"):
            await AmiConnection(address(player.port, tls=True)).connect()


async def test_tls_to_a_port_without_says_so() -> None:
    async with AmiPlayer("ringback", SECRET) as player:
        with pytest.raises(Unreachable, match="does not speak TLS: check tlsenable"):
            await AmiConnection(address(player.port, tls=True)).connect()


async def test_ca_file_that_is_missing_is_named(tmp_path: Path) -> None:
    missing = tmp_path / "none.pem"
    with pytest.raises(BadInput, match=r"none\.pem can't be used"):
        await AmiConnection(address(1, tls=True, ca_file=missing)).connect()
