"""Which sounds an install writes: spoken ones, uploaded ones, the silence beside the offer.

In: a `Plan`, what was made before, what lies there. Out: each sound to write. What was recorded by
phone, or put there by hand, is told from ours by its sum and stays.
"""

from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass
from pathlib import Path

from asterisk_conf.manifest import Manifest, Sound, sum_of
from asterisk_conf.values import Plan
from asterisk_conf.voices import beep, silence, uploaded
from ringback.prompts import BEEP, LANGUAGES, OFFER, Language, folder_of, spoken

Speak = Callable[[str, Language], bytes]
_SILENCE, _BEEP = "(silence)", "(tone)"


@dataclass(frozen=True, slots=True)
class Wanted:
    """A sound that must be there.

    Attributes:
        place: Below `sounds`: `sv/ringback/choose.wav`.
        of: What it says; or the sum of the uploaded file.
        make: Gives the file.
    """

    place: str
    of: str
    make: Callable[[], bytes]


def wanted_sounds(plan: Plan, speak: Speak) -> Iterator[Wanted]:
    """Every sound of the plan, in both languages: a waiting caller's may be either.

    Raises:
        BadInput: An uploaded one is none that Asterisk plays.
    """
    own = {(prompt.language, prompt.name): uploaded(prompt.wav) for prompt in plan.prompts}
    for language in LANGUAGES:
        for name, words in spoken(plan.rules, language).items():
            place = f"{folder_of(language, name)}/{name}.wav"
            if (language, name) in own:
                content = own[language, name]
                yield Wanted(place, sum_of(content), _given(content))
            else:
                yield Wanted(place, words, _spoken(speak, words, language))
            if name.startswith(OFFER):
                yield Wanted(f"{language}/ringback/{name}.wav", _SILENCE, silence)
        yield Wanted(f"{language}/ringback/{BEEP}.wav", _BEEP, beep)


def is_recorded(path: Path, before: Sound | None) -> bool:
    """Whether this file is somebody else's: recorded by phone, or put there."""
    return path.exists() and (before is None or sum_of(path.read_bytes()) != before.sum)


def to_write(
    wanted: Iterable[Wanted], folder: Path, manifest: Manifest
) -> tuple[list[Wanted], list[str]]:
    """What must be made anew, and the places of what was recorded and stays.

    Args:
        wanted: All that must be there.
        folder: `sounds`.
        manifest: Of the last install.
    """
    new, recorded = [], []
    for one in wanted:
        before = manifest.sounds.get(one.place)
        path = folder / one.place
        if is_recorded(path, before):
            recorded.append(one.place)
        elif before is None or before.of != one.of or not path.exists():
            new.append(one)
    return new, recorded


def _given(content: bytes) -> Callable[[], bytes]:
    return lambda: content


def _spoken(speak: Speak, words: str, language: Language) -> Callable[[], bytes]:
    return lambda: speak(words, language)
