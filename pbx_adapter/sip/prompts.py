"""What callers hear: WAV files in, G.711 out.

In: our own recordings in `prompts/sv` and `prompts/en` (made by `scripts/make-prompts.sh` from the
texts there), or a company's folder. Out: bytes for the line, or BadInput that says what is wrong
with a file. Used by `process` before it registers, so that a bad file never meets a caller.
"""

import wave
from array import array
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Literal, get_args

from pbx_adapter.sip import g711
from pbx_adapter.sip.account import SipAccount
from ringback.errors import BadInput

Prompt = Literal["offer", "thanks", "goodbye", "no_number"]
"""`offer` asks for the digit, `thanks` follows it, `goodbye` ends a call without one, `no_number`
is said to those who hid their number, for nobody can ring them."""

Sounds = Mapping[Prompt, bytes]

RATE_HZ = 8000
_LONGEST_S = 60.0
_OURS = Path(__file__).parent / "prompts"


def load(account: SipAccount) -> dict[g711.Law, Sounds]:
    """Every prompt in both laws.

    Raises:
        BadInput: The folder or a file is missing or can't be used.
    """
    if account.prompts is not None and not account.prompts.is_dir():
        raise BadInput(
            f"There is no folder {account.prompts} for prompts; make it, or leave prompts out.",
            "prompts",
        )
    samples = {name: samples_of(_path(account, name)) for name in get_args(Prompt)}
    return {
        law: {name: g711.encoded(each, law) for name, each in samples.items()}
        for law in get_args(g711.Law)
    }


def samples_of(path: Path) -> "array[int]":
    """The 16-bit samples at 8 kHz; other rates that 8000 divides, and stereo, are converted.

    Raises:
        BadInput: It is no such WAV file.
    """
    try:
        with wave.open(str(path), "rb") as file:
            channels, width, rate = file.getnchannels(), file.getsampwidth(), file.getframerate()
            if width != 2 or rate % RATE_HZ or rate == 0 or channels not in (1, 2):
                raise BadInput(
                    f"{path.name} has {channels} channel(s) of {8 * width} bit at {rate} Hz; "
                    "save it as mono, 16 bit, 8000 Hz (or 16000 or 48000 Hz).",
                    "prompts",
                )
            if not 0 < file.getnframes() <= _LONGEST_S * rate:
                raise BadInput(f"{path.name} must last from 0 to {_LONGEST_S:g} s.", "prompts")
            raw = array("h", file.readframes(file.getnframes()))
    except (OSError, EOFError, wave.Error, ValueError) as fault:
        raise BadInput(
            f"{path.name} is no PCM WAV file that can be read ({fault}); "
            "save it as mono, 16 bit, 8000 Hz.",
            "prompts",
        ) from fault
    return array("h", _thinned(raw, channels * (rate // RATE_HZ)))


def _thinned(samples: "array[int]", together: int) -> Iterator[int]:
    """Means of so many samples; enough of a filter for speech that a telephone carries."""
    for at in range(0, len(samples) - together + 1, together):
        yield sum(samples[at : at + together]) // together


def _path(account: SipAccount, name: str) -> Path:
    own = account.prompts / f"{name}.wav" if account.prompts else None
    return own if own and own.exists() else _OURS / account.language / f"{name}.wav"
