"""A real Mosquitto of one's own, as docs/edge.md tells to set it up: TLS, passwords, an ACL.

In: users. Out: a broker on a free port of 127.0.0.1 with a folder of its own, that can be stopped,
killed, frozen and started again. The tests of everything that speaks MQTT stand on it.
"""

import asyncio
import datetime
import ipaddress
import shutil
import signal
import subprocess
import tempfile
from collections.abc import Mapping
from pathlib import Path
from typing import Self

from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.x509.oid import NameOID

from pbx_adapter.edge.bus_faults import Broker, MqttVersion
from tests.ports import free_port

CENTRE, SITE, OTHER_SITE = "ringback", "salong-storgatan", "verkstad-hamnen"
PASSWORDS = {CENTRE: "centre-only-for-tests", SITE: "edge-only-for-tests", OTHER_SITE: "other"}
_START_S = 30.0  # for a loaded machine; a moment is usual
_STOP_S = 20.0

_DOCUMENT = Path(__file__).parents[1] / "docs" / "edge.md"
_EAGER = """\
autosave_interval 1
autosave_on_changes true
log_type all
"""


def documented(begins: str) -> str:
    """The block of docs/edge.md that begins with this."""
    _, _, block = _DOCUMENT.read_text().partition(f"```\n{begins}")
    assert block, f"docs/edge.md has no block that begins with {begins!r}"
    return begins + block.partition("```")[0]


def config(port: int, folder: Path) -> str:
    """The document's settings on our port, with files of ours, written out at once."""
    text = documented("listener 8883")
    text = text.replace("listener 8883", f"listener {port} 127.0.0.1")
    text = text.replace("/etc/mosquitto/", f"{folder}/").replace(
        "/var/lib/mosquitto/", f"{folder}/"
    )
    return text.replace("autosave_interval 60\n", _EAGER)


class Mosquitto:
    """One broker; an async context manager.

    Attributes:
        port: The same over restarts.
        ca_file: The certificate that clients trust.
    """

    def __init__(self, passwords: Mapping[str, str] = PASSWORDS) -> None:
        self.port = free_port()
        self.folder = Path(tempfile.mkdtemp(prefix="ringback-mosquitto-"))
        self.ca_file = self.folder / "ca.crt"
        self._passwords = dict(passwords)
        self._process: subprocess.Popen[bytes] | None = None
        _write_certificates(self.folder)
        (self.folder / "acl").write_text(documented("user ringback"))
        (self.folder / "passwords").write_text(
            "".join(f"{name}:{word}\n" for name, word in passwords.items())
        )
        subprocess.run(
            ["mosquitto_passwd", "-U", self.folder / "passwords"], check=True, timeout=_START_S
        )
        (self.folder / "mosquitto.conf").write_text(config(self.port, self.folder))
        for path in (self.folder, *self.folder.iterdir()):
            path.chmod(0o777)  # started by root it takes another user's rights

    def address(self, username: str = SITE, version: MqttVersion = "auto") -> Broker:
        """How a user of ours reaches it."""
        word = self._passwords.get(username, "unknown")
        return Broker("127.0.0.1", self.port, username, word, ca_file=self.ca_file, version=version)

    async def __aenter__(self) -> Self:
        await self.start()
        return self

    async def __aexit__(self, *_: object) -> None:
        await self.stop()
        shutil.rmtree(self.folder, ignore_errors=True)

    async def start(self) -> None:
        """Start it and return when it listens."""
        with (self.folder / "log").open("ab") as log:
            self._process = subprocess.Popen(
                ["mosquitto", "-c", self.folder / "mosquitto.conf"], stdout=log, stderr=log
            )
        async with asyncio.timeout(_START_S):
            while not await _listens(self.port):
                assert self._process.poll() is None, (self.folder / "log").read_text()
                await asyncio.sleep(0.02)

    async def stop(self, *, kill: bool = False) -> None:
        """End it, in order or as a power cut would."""
        process, self._process = self._process, None
        if process is None:
            return
        process.send_signal(signal.SIGCONT)
        process.send_signal(signal.SIGKILL if kill else signal.SIGTERM)
        await asyncio.to_thread(process.wait, _STOP_S)

    async def restart(self, *, kill: bool = False) -> None:
        """End it and start it again."""
        await self.stop(kill=kill)
        await self.start()

    def freeze(self) -> None:
        """Let it hang: connections stay, nothing is answered."""
        assert self._process is not None
        self._process.send_signal(signal.SIGSTOP)

    def thaw(self) -> None:
        """Let it go on."""
        assert self._process is not None
        self._process.send_signal(signal.SIGCONT)


async def _listens(port: int) -> bool:
    try:
        _, writer = await asyncio.open_connection("127.0.0.1", port)
    except OSError:
        return False
    writer.close()
    return True


def _write_certificates(folder: Path) -> None:
    """A CA, and the broker's certificate for 127.0.0.1."""
    now = datetime.datetime.now(datetime.UTC)
    ca_key, key = ec.generate_private_key(ec.SECP256R1()), ec.generate_private_key(ec.SECP256R1())
    ca_name = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, "Test CA")])
    begun = (
        x509.CertificateBuilder()
        .issuer_name(ca_name)
        .not_valid_before(now - datetime.timedelta(days=1))
        .not_valid_after(now + datetime.timedelta(days=1))
    )
    ca = (
        begun.subject_name(ca_name)
        .public_key(ca_key.public_key())
        .serial_number(x509.random_serial_number())
        .add_extension(x509.BasicConstraints(ca=True, path_length=None), critical=True)
        .sign(ca_key, hashes.SHA256())
    )
    address = x509.IPAddress(ipaddress.ip_address("127.0.0.1"))
    certificate = (
        begun.subject_name(x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, "broker")]))
        .public_key(key.public_key())
        .serial_number(x509.random_serial_number())
        .add_extension(x509.SubjectAlternativeName([address]), critical=False)
        .sign(ca_key, hashes.SHA256())
    )
    pem = serialization.Encoding.PEM
    (folder / "ca.crt").write_bytes(ca.public_bytes(pem))
    (folder / "broker.crt").write_bytes(certificate.public_bytes(pem))
    (folder / "broker.key").write_bytes(
        key.private_bytes(pem, serialization.PrivateFormat.PKCS8, serialization.NoEncryption())
    )
