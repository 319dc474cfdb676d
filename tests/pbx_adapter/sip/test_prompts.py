"""Recordings, ours and a company's."""

import wave
from array import array
from pathlib import Path

import pytest

from pbx_adapter.sip import g711, prompts
from pbx_adapter.sip.account import SipAccount
from ringback.errors import BadInput


def recording(path: Path, channels: int, width: int, rate: int, raw: bytes) -> Path:
    with wave.open(str(path), "wb") as file:
        file.setparams((channels, width, rate, 0, "NONE", ""))
        file.writeframes(raw)
    return path


@pytest.mark.parametrize("language", ["sv", "en"])
def test_every_prompt_of_ours_lasts_from_two_to_twelve_seconds(language: str) -> None:
    sounds = prompts.load(SipAccount("pbx", "900", "x", language=language))
    for law in ("alaw", "ulaw"):
        assert all(2 < len(sound) / 8000 < 12 for sound in sounds[law].values())
        loud = set(sounds[law]["offer"]) - {g711.SILENCE[law]}
        assert len(loud) > 100


def test_a_companys_own_file_takes_the_place_of_ours(tmp_path: Path) -> None:
    recording(tmp_path / "thanks.wav", 1, 2, 8000, b"\x00\x10" * 8000)
    sounds = prompts.load(SipAccount("pbx", "900", "x", prompts=tmp_path))["alaw"]
    assert len(sounds["thanks"]) == 8000
    assert len(sounds["offer"]) > 8000


@pytest.mark.parametrize(("channels", "rate"), [(1, 8000), (2, 8000), (1, 16000), (2, 48000)])
def test_rates_and_stereo_are_converted_to_one_second(
    tmp_path: Path, channels: int, rate: int
) -> None:
    path = recording(tmp_path / "x.wav", channels, 2, rate, b"\xe8\x03" * rate * channels)
    assert prompts.samples_of(path) == array("h", [1000] * 8000)


@pytest.mark.parametrize(("channels", "width", "rate"), [(1, 1, 8000), (1, 2, 44100), (3, 2, 8000)])
def test_a_format_that_can_not_be_converted_is_named(
    tmp_path: Path, channels: int, width: int, rate: int
) -> None:
    path = recording(tmp_path / "offer.wav", channels, width, rate, bytes(rate * channels * width))
    with pytest.raises(BadInput, match=r"offer\.wav has .* save it as mono, 16 bit, 8000 Hz"):
        prompts.samples_of(path)


@pytest.mark.parametrize("raw", [b"", b"ID3 an mp3", b"RIFF\x10\x00\x00\x00WAVEfmt "])
def test_what_is_no_wav_file_is_said_to_be_none(tmp_path: Path, raw: bytes) -> None:
    (tmp_path / "offer.wav").write_bytes(raw)
    with pytest.raises(BadInput, match=r"offer\.wav is no PCM WAV file"):
        prompts.samples_of(tmp_path / "offer.wav")


def test_an_endless_recording_is_refused(tmp_path: Path) -> None:
    path = recording(tmp_path / "offer.wav", 1, 2, 8000, bytes(2 * 8000 * 61))
    with pytest.raises(BadInput, match="must last from 0 to 60 s"):
        prompts.samples_of(path)


@pytest.mark.parametrize(
    ("sample", "alaw", "ulaw"),
    [  # ITU-T G.711, tables 1 and 2
        (0, 0xD5, 0xFF),
        (-1, 0x55, 0x7F),
        (32767, 0xAA, 0x80),
        (-32768, 0x2A, 0x00),
        (1000, 0xFA, 0xCE),
        (-1000, 0x7A, 0x4E),
    ],
)
def test_samples_become_the_standards_bytes(sample: int, alaw: int, ulaw: int) -> None:
    assert g711.encoded(array("h", [sample]), "alaw") == bytes([alaw])
    assert g711.encoded(array("h", [sample]), "ulaw") == bytes([ulaw])
