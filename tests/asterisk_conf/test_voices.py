"""What the prompts sound like, as far as a machine can tell."""

import io
import wave

import pytest

from asterisk_conf.voices import beep, silence, speak
from ringback.errors import TryAgain
from ringback.prompts import LANGUAGES, Language, spoken
from tests.asterisk_conf.house import PLAN


def form(wav: bytes) -> tuple[int, int, int, float, int]:
    with wave.open(io.BytesIO(wav)) as sound:
        frames = sound.readframes(sound.getnframes())
        loudest = max(abs(sample) for sample in memoryview(frames).cast("h"))
        length_s = sound.getnframes() / sound.getframerate()
        return sound.getnchannels(), sound.getsampwidth(), sound.getframerate(), length_s, loudest


@pytest.mark.parametrize("language", LANGUAGES)
def test_words_are_spoken_as_asterisk_plays_them(language: Language) -> None:
    *kind, length_s, loudest = form(speak("Tryck ett, press one.", language))
    assert kind == [1, 2, 8000]
    assert 0.5 < length_s < 6
    assert loudest > 5000


def test_silence_is_short_and_the_tone_is_heard() -> None:
    assert form(silence()) == (1, 2, 8000, 0.02, 0)
    assert form(beep())[-1] > 5000


def test_a_machine_without_a_voice_says_what_to_install(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("PATH", "")
    with pytest.raises(TryAgain, match="apt install espeak-ng sox"):
        speak("Hej", "sv")


def test_every_prompt_has_words_in_both_languages() -> None:
    swedish, english = (spoken(PLAN.rules, language) for language in LANGUAGES)
    assert list(swedish) == list(english)
    assert all(swedish.values())
    assert all(english.values())
