"""Writes the files of one server: the small office of `etc/`, with its own ports, prompts and music.

In: a folder, an `Install`, ports. Out: a folder that `asterisk -C folder/etc/asterisk.conf` runs on.
"""

import math
import struct
import wave
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

from tests.asterisk.install import Install
from tests.ports import free_port, sound_ports

HOST = "127.0.0.1"
AMI_USER = "ringback"  # reads everything
AMI_NARROW_USER = "ringback-narrow"  # read = system,call,agent,user
AMI_SECRET = "only-for-tests"
PHONE_SECRET = "only-for-tests"

_ETC = Path(__file__).parent / "etc"
_TONES_S = {
    "sounds/office/closed": 3.0,
    "sounds/office/menu": 4.0,
    "sounds/office/sorry": 1.5,
    "music/tone": 10.0,
}
_RTP_PORTS = 400
_RATE_HZ = 8000


@dataclass(frozen=True, slots=True)
class Ports:
    """The ports of one server on 127.0.0.1; `outside` is where its trunk sends calls to."""

    ami: int
    sip: int
    outside: int


def free_ports() -> Ports:
    """Three that nobody has now."""
    return Ports(ami=free_port(), sip=free_port(), outside=free_port())


def write_office(folder: Path, install: Install, ports: Ports, extra: Mapping[str, str]) -> None:
    """Fills the folder; `extra` holds more files of configuration, by name."""
    for name in ("etc", "lib", "log", "run", "spool", "data/sounds/office", "data/music"):
        (folder / name).mkdir(parents=True)
    data = folder / "data"
    (data / "documentation").symlink_to(install.share / "documentation")
    voice = next((install.share / "sounds").glob("en*/vm-intro.*"), None)
    if voice:
        (data / "sounds" / "en").symlink_to(voice.parent)
    for name, length_s in _TONES_S.items():
        _write_tone(data / f"{name}.wav", length_s)
    values = _values(folder, install, ports)
    for template in _ETC.glob("*.conf"):
        (folder / "etc" / template.name).write_text(_filled(template.read_text(), values))
    for name, text in extra.items():
        (folder / "etc" / name).write_text(text)


def _values(folder: Path, install: Install, ports: Ports) -> dict[str, object]:
    rtp_first = sound_ports(_RTP_PORTS + 1)
    return {
        "AMI_PORT": ports.ami,
        "AMI_SECRET": AMI_SECRET,
        "FOLDER": folder,
        "MODULES": install.modules,
        "OUTSIDE_PORT": ports.outside,
        "PHONE_SECRET": PHONE_SECRET,
        "RTP_FIRST": rtp_first,
        "RTP_LAST": rtp_first + _RTP_PORTS,
        "SIP_PORT": ports.sip,
    }


def _filled(text: str, values: Mapping[str, object]) -> str:
    for name, value in values.items():
        text = text.replace(f"@{name}@", str(value))
    return text


def _write_tone(path: Path, length_s: float) -> None:
    samples = (
        int(3000 * math.sin(math.tau * 425 * i / _RATE_HZ)) for i in range(int(length_s * _RATE_HZ))
    )
    with wave.open(str(path), "wb") as file:
        file.setnchannels(1)
        file.setsampwidth(2)
        file.setframerate(_RATE_HZ)
        file.writeframes(b"".join(struct.pack("<h", sample) for sample in samples))
