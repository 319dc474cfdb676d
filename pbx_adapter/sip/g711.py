"""Linear samples to G.711 bytes, and one law to the other. Pure.

The standard library's `audioop` did this and is gone from Python 3.13. Follows ITU-T G.711.
"""

from array import array
from functools import cache
from typing import Literal

Law = Literal["alaw", "ulaw"]

SILENCE: dict[Law, int] = {"alaw": 0xD5, "ulaw": 0xFF}

_BIAS = 33  # µ-law, on 14 bits
_CLIP = 8158


def encoded(samples: "array[int]", law: Law) -> bytes:
    """One byte for each 16-bit sample."""
    table = _table(law)
    return bytes(table[sample & 0xFFFF] for sample in samples)


@cache
def recoding(law: Law, other: Law) -> bytes:
    """The table (for `bytes.translate`) that makes bytes of one law those of the other."""
    first: dict[int, list[int]] = {}
    for index, code in enumerate(_table(law)):
        first.setdefault(code, []).append(index if index < 0x8000 else index - 0x10000)
    table = _table(other)
    middles = (sum(samples) // len(samples) for _, samples in sorted(first.items()))
    return bytes(table[middle & 0xFFFF] for middle in middles)


@cache
def _table(law: Law) -> bytes:
    encode = _alaw if law == "alaw" else _ulaw
    return bytes(encode(n if n < 0x8000 else n - 0x10000) for n in range(0x10000))


def _alaw(sample: int) -> int:
    sign = 0x80 if sample >= 0 else 0x00
    size = (sample if sample >= 0 else ~sample) >> 3  # 13 bits with the sign
    segment = max(0, size.bit_length() - 5)
    step = size >> (segment or 1)
    return (sign | segment << 4 | step & 0x0F) ^ 0x55


def _ulaw(sample: int) -> int:
    sign = 0x00 if sample >= 0 else 0x80
    size = min(abs(sample) >> 2, _CLIP) + _BIAS
    segment = size.bit_length() - 6
    return ~(sign | segment << 4 | size >> (segment + 1) & 0x0F) & 0xFF
