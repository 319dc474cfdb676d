"""An uploaded sound is what a telephone plays: its pitch, length and loudness, and no whistle."""

import io
import math
import struct
import wave

import pytest

from ringback.errors import BadInput
from ringback.recordings import telephone_sound

PEAK = 16_000


def file_of(
    *, rate: int, channels: int = 1, width: int = 2, pitch_hz: float = 1_000, length_s: float = 0.25
) -> bytes:
    """A tone in a WAV file."""
    written = io.BytesIO()
    with wave.open(written, "wb") as file:
        file.setnchannels(channels)
        file.setsampwidth(width)
        file.setframerate(rate)
        for at in range(round(rate * length_s)):
            value = round(PEAK * math.sin(math.tau * pitch_hz * at / rate))
            whole = struct.pack("<i", value << 16)
            sample = bytes([(value >> 8) + 128]) if width == 1 else whole[4 - width :]
            file.writeframesraw(sample * channels)
    return written.getvalue()


def heard(content: bytes) -> tuple[tuple[int, int, int], list[int]]:
    with wave.open(io.BytesIO(content)) as file:
        form = (file.getnchannels(), file.getsampwidth(), file.getframerate())
        raw = file.readframes(file.getnframes())
    return form, list(struct.unpack(f"<{len(raw) // 2}h", raw))


def loudness(samples: list[int], pitch_hz: float) -> float:
    """How loud a pitch is in them, as the peak of its tone."""
    middle = samples[200:-200]
    turn = math.tau * pitch_hz / 8_000
    real = sum(sample * math.cos(turn * at) for at, sample in enumerate(middle))
    imaginary = sum(sample * math.sin(turn * at) for at, sample in enumerate(middle))
    return 2 * math.hypot(real, imaginary) / len(middle)


@pytest.mark.parametrize("rate", [8_000, 11_025, 16_000, 22_050, 44_100, 47_999, 48_000])
def test_tone_keeps_pitch_loudness_and_length_at_every_rate(rate: int) -> None:
    made = telephone_sound(file_of(rate=rate))
    form, samples = heard(made.wav)
    assert form == (1, 2, 8_000)
    assert made.length_ms == pytest.approx(250, abs=1)
    assert len(samples) == pytest.approx(2_000, abs=2)
    assert loudness(samples, 1_000) == pytest.approx(PEAK, rel=0.02)


@pytest.mark.parametrize(("channels", "width"), [(2, 2), (1, 1), (1, 3), (2, 4)])
def test_tone_is_the_same_of_any_kind_of_file(channels: int, width: int) -> None:
    made = telephone_sound(file_of(rate=16_000, channels=channels, width=width))
    assert loudness(heard(made.wav)[1], 1_000) == pytest.approx(PEAK, rel=0.03)


@pytest.mark.parametrize(("rate", "pitch_hz"), [(48_000, 7_000), (44_100, 5_000), (16_000, 6_000)])
def test_pitch_that_no_telephone_carries_is_gone_and_makes_no_other(
    rate: int, pitch_hz: int
) -> None:
    _, samples = heard(telephone_sound(file_of(rate=rate, pitch_hz=pitch_hz)).wav)
    assert max(map(abs, samples[200:-200])) < PEAK / 100


def test_file_of_the_telephone_s_own_kind_is_kept_sample_for_sample() -> None:
    content = file_of(rate=8_000)
    assert heard(telephone_sound(content).wav) == heard(content)


def test_sound_of_half_a_minute_is_taken_and_a_longer_one_refused() -> None:
    assert telephone_sound(file_of(rate=8_000, length_s=30)).length_ms == 30_000
    with pytest.raises(BadInput, match="longer than 30 seconds"):
        telephone_sound(file_of(rate=8_000, length_s=30.01))


@pytest.mark.parametrize(
    ("content", "why"),
    [
        (b"", "no WAV file"),
        (b"ID3\x03" + bytes(400), "no WAV file"),
        (file_of(rate=8_000)[:30], "no WAV file"),
        (
            file_of(rate=8_000).replace(b"WAVEfmt \x10\0\0\0\1\0", b"WAVEfmt \x10\0\0\0\3\0"),
            "no WAV",
        ),
        (file_of(rate=8_000, channels=3), "mono or stereo"),
        (file_of(rate=7_999), "8,000 to 48,000"),
        (file_of(rate=96_000), "8,000 to 48,000"),
        (file_of(rate=8_000, length_s=0), "Nothing is in"),
    ],
)
def test_what_can_not_be_played_is_refused_with_how_to_mend_it(content: bytes, why: str) -> None:
    with pytest.raises(BadInput, match=why):
        telephone_sound(content)


def test_file_that_was_cut_off_is_played_as_far_as_it_goes() -> None:
    cut = file_of(rate=8_000, channels=2)[:-1001]
    assert 0 < telephone_sound(cut).length_ms < 250
