"""Sounds: words spoken by espeak-ng, a moment of silence, a tone; all as Asterisk plays them.

In: words; or base64 of a WAV file that the company has uploaded. Out: WAV files, mono, 16 bit, 8000 Hz.
Beside `installing`, which asks for what is missing. sox brings espeak-ng's rate down to that of the
telephone, and cuts what a telephone does not carry.
"""

import base64
import binascii
import io
import math
import shutil
import struct
import subprocess
import wave

from ringback.errors import BadInput, TryAgain
from ringback.prompts import Language

RATE_HZ = 8000
_BEEP_HZ = 800
_SPEAK_S = 30.0
_VOICE = ("-s", "145", "-p", "45", "-g", "4")
"""Words a minute, pitch from 0 to 99, and 10 ms between words: slow enough for a telephone."""
_TELEPHONE = ("highpass", "200", "lowpass", "3400", "norm", "-4")


def speak(words: str, language: Language) -> bytes:
    """The words as a WAV file.

    Raises:
        TryAgain: espeak-ng or sox is not installed, or failed.
    """
    for program in ("espeak-ng", "sox"):
        if shutil.which(program) is None:
            raise TryAgain(f"{program} is not here. Install it: apt install espeak-ng sox")
    said = _run(["espeak-ng", "-v", language, *_VOICE, "--stdout", words], b"")
    raw = ("-t", "raw", "-r", f"{RATE_HZ}", "-c", "1", "-b", "16", "-e", "signed", "-L")
    return as_wav(_run(["sox", "-t", "wav", "-", "-D", *raw, "-", *_TELEPHONE], said))


def silence(length_ms: int = 20) -> bytes:
    """A WAV file in which nothing is heard."""
    return as_wav(bytes(2 * RATE_HZ * length_ms // 1000))


def beep(length_ms: int = 250) -> bytes:
    """A WAV file with the tone after which one speaks."""
    count = RATE_HZ * length_ms // 1000
    samples = (int(8000 * math.sin(math.tau * _BEEP_HZ * i / RATE_HZ)) for i in range(count))
    return as_wav(struct.pack(f"<{count}h", *samples))


def as_wav(samples: bytes) -> bytes:
    """A WAV file of samples of 16 bit, the low byte first."""
    with io.BytesIO() as written:
        with wave.open(written, "wb") as file:
            file.setnchannels(1)
            file.setsampwidth(2)
            file.setframerate(RATE_HZ)
            file.writeframes(samples)
        return written.getvalue()


def uploaded(text: str) -> bytes:
    """The WAV file of a prompt that the company has uploaded.

    Raises:
        BadInput: It is none that Asterisk plays.
    """
    try:
        content = base64.b64decode(text, validate=True)
        with wave.open(io.BytesIO(content)) as file:
            form = (file.getnchannels(), file.getsampwidth(), file.getframerate())
    except (binascii.Error, wave.Error, EOFError, RuntimeError) as wrong:
        raise BadInput(f"A prompt is no WAV file: {wrong}.") from wrong
    if form != (1, 2, RATE_HZ):
        raise BadInput("A prompt must be mono, of 16 bit, at 8000 Hz.")
    return content


def _run(command: list[str], given: bytes) -> bytes:
    try:
        done = subprocess.run(  # noqa: S603 - the programs are named above, the words are an argument
            command, input=given, capture_output=True, timeout=_SPEAK_S, check=True
        )
    except (OSError, subprocess.SubprocessError) as failed:
        raise TryAgain(
            f"{command[0]} could not speak: {failed}. Try it on the console."
        ) from failed
    return done.stdout
