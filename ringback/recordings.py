"""An uploaded WAV file as a telephone plays it. Pure.

In: a WAV file of PCM, mono or stereo, 8 to 48 kHz, 8 to 32 bit. Out: the same sound in mono, 16 bit, 8000 Hz,
without what lies above the telephone's band: it would come back as a whistle (aliasing).

The rate is changed by a windowed-sinc filter, one set of weights for each place that an output sample
can have between two of the input.
"""

import io
import math
import wave
from array import array
from collections.abc import Sequence
from dataclasses import dataclass
from operator import mul

from ringback.errors import BadInput

RATE_HZ = 8_000
LONGEST_S = 30
MOST_BYTES = 12 * 1024 * 1024
"""A little more than the longest file of the best kind."""
_BAND_HZ = 3_600  # a telephone carries no more; the rest of the way to 4,000 is the filter's slope
_SIDE_LOBES = 12
_FULL = 32_767

NO_WAV = "That is no WAV file that can be read. Save it as WAV (PCM, 16 bit), and upload that."
FORM = "Save the sound in mono or stereo, with 8,000 to 48,000 samples a second."
LONG = "The sound is longer than 30 seconds; cut it."
EMPTY = "Nothing is in the file; record it again."


@dataclass(frozen=True, slots=True)
class Recording:
    """A WAV file as Asterisk plays it, and how long it is."""

    wav: bytes
    length_ms: int


def telephone_sound(content: bytes) -> Recording:
    """The sound of an uploaded file.

    Raises:
        BadInput: It is no such file, or too long.
    """
    try:
        with wave.open(io.BytesIO(content)) as file:
            channels, width, rate = file.getnchannels(), file.getsampwidth(), file.getframerate()
            if channels not in (1, 2) or not RATE_HZ <= rate <= 48_000 or width not in (1, 2, 3, 4):
                raise BadInput(FORM, "sound")
            if file.getnframes() > LONGEST_S * rate:
                raise BadInput(LONG, "sound")
            raw = file.readframes(file.getnframes())
    except (wave.Error, EOFError, RuntimeError) as wrong:
        raise BadInput(NO_WAV, "sound") from wrong
    samples = _mono(_samples(raw[: len(raw) - len(raw) % (width * channels)], width), channels)
    if not samples:
        raise BadInput(EMPTY, "sound")
    slow = samples if rate == RATE_HZ else _at_telephone_rate(samples, rate)
    return Recording(_wav(slow), 1000 * len(slow) // RATE_HZ)


def _samples(raw: bytes, width: int) -> Sequence[float]:
    """Every sample as a 16 bit one; the lowest byte comes first, 8 bit ones have no sign."""
    if width == 1:
        return [(byte - 128) * 256.0 for byte in raw]
    high = bytearray(len(raw) // width * 2)
    high[0::2], high[1::2] = raw[width - 2 :: width], raw[width - 1 :: width]
    return _words(bytes(high))


def _words(raw: bytes) -> Sequence[float]:
    return array("d", memoryview(raw).cast("h")) if _LITTLE else _swapped(raw)


def _swapped(raw: bytes) -> Sequence[float]:
    words = array("h", raw)
    words.byteswap()
    return array("d", words)


_LITTLE = memoryview(b"\1\0").cast("h")[0] == 1


def _mono(samples: Sequence[float], channels: int) -> Sequence[float]:
    if channels == 1:
        return samples
    return [(left + right) / 2 for left, right in zip(samples[0::2], samples[1::2], strict=True)]


def _at_telephone_rate(samples: Sequence[float], rate: int) -> list[float]:
    """The same sound with 8,000 samples a second."""
    step = math.gcd(rate, RATE_HZ)
    places, ahead = RATE_HZ // step, rate // step
    half = math.ceil(_SIDE_LOBES * rate / (2 * _BAND_HZ))
    weights = [_weights(place / places, half, _BAND_HZ / rate) for place in range(places)]
    padded = [0.0] * half + list(samples) + [0.0] * (half + 1)
    found = []
    for number in range(len(samples) * RATE_HZ // rate):
        first, place = divmod(number * ahead, places)
        found.append(sum(map(mul, weights[place], padded[first : first + 2 * half + 1])))
    return found


def _weights(offset: float, half: int, cutoff: float) -> list[float]:
    """A low-pass filter around a place between two samples.

    Args:
        offset: Of the place after the sample in the middle, from 0 to 1.
        half: Samples on each side.
        cutoff: Cycles a sample.
    """
    found = []
    for at in range(-half, half + 1):
        x = at - offset
        window = 0.5 + 0.5 * math.cos(math.pi * x / (half + 1))
        wave_ = 2 * cutoff if not x else math.sin(2 * math.pi * cutoff * x) / (math.pi * x)
        found.append(window * wave_)
    total = sum(found)
    return [weight / total for weight in found]


def _wav(samples: Sequence[float]) -> bytes:
    words = array("h", (max(-_FULL - 1, min(_FULL, round(sample))) for sample in samples))
    if not _LITTLE:
        words.byteswap()
    with io.BytesIO() as written:
        with wave.open(written, "wb") as file:
            file.setnchannels(1)
            file.setsampwidth(2)
            file.setframerate(RATE_HZ)
            file.writeframes(words.tobytes())
        return written.getvalue()
