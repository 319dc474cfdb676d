"""What the page about prompts shows: plain frozen values, and codes into words. Pure.

In: `prompts.py` fills them. Out: the template `settings_prompts.html`.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from types import MappingProxyType
from typing import Self

from portal_api.wording import N_
from ringback.store.prompts import OwnSound

BIG = N_("The file is larger than 12 MB; cut it, or save it with fewer samples a second.")
SLOW = N_("The file did not come within a minute; try again.")
NO_PROMPT = N_("There is no such prompt any more; look for it in the list.")
FAULTS: Mapping[str, str] = MappingProxyType(
    {
        "wav": N_(
            "That is no WAV file that can be read. Save it as WAV (PCM, 16 bit), and upload that."
        ),
        "form": N_("Save the sound in mono or stereo, with 8,000 to 48,000 samples a second."),
        "long": N_("The sound is longer than 30 seconds; cut it."),
        "empty": N_("Nothing is in the file; record it again."),
        "big": BIG,
        "slow": SLOW,
        "gone": NO_PROMPT,
    }
)
"""What `ringback.recordings` says, by a code for the page's address."""


def code_of(sentence: str) -> str:
    """The code of a sentence."""
    return next((code for code, text in FAULTS.items() if text == sentence), "wav")


@dataclass(frozen=True, slots=True)
class PromptLine:
    """A prompt, and the company's own sound of it.

    Attributes:
        name: Of the file: `interval-1300-1500`.
        words: What the built-in voice says.
        number: What is keyed to record it by phone; None when it is not the same for all PBXs.
        sound: Address of the own sound; "" when there is none.
        length_s: Its length.
        changed_at: When it was uploaded.
    """

    name: str
    words: str
    number: int | None
    sound: str = ""
    length_s: float = 0
    changed_at: datetime | None = None

    @classmethod
    def of(cls, name: str, words: str, own: OwnSound | None, number: int | None) -> Self:
        """The line of a prompt."""
        if own is None:
            return cls(name, words, number)
        address = f"/settings/prompts/{own.id}.wav"
        return cls(name, words, number, address, own.length_ms / 1000, own.changed_at)


@dataclass(frozen=True, slots=True)
class PromptsView:
    """The prompts of a language; `fault` is what is wrong with the file for the prompt `fault_at`."""

    voice: str
    lines: tuple[PromptLine, ...]
    fault: str = ""
    fault_at: str = ""
    most_s: int = 30
