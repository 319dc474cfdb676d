"""Folders like an Asterisk's, as an installer finds them, and an install into them.

In: a temporary folder. Out: `Places`, whose files are short ones of a company; prompts are not spoken
but written as a few bytes that tell one from another.
"""

from datetime import UTC, datetime
from pathlib import Path

from asterisk_conf.installing import install as installed
from asterisk_conf.places import Places
from asterisk_conf.planning import planned
from asterisk_conf.sounds import Speak
from asterisk_conf.values import Choices, Plan
from asterisk_conf.voices import as_wav
from ringback.prompts import Language

NOW = datetime(2026, 11, 22, 10, 0, tzinfo=UTC)
EXTENSIONS = b"[general]\n\n[from-trunk]\nexten => s,1,Hangup()"  # without a line's end
QUEUES = b"""\
[general]
[team](!)
context = team-exit
[support](team)
member => PJSIP/101
#include more_queues.conf
"""
MORE_QUEUES = b"[sales]\ncontext=sales-exit\n"
MANAGER = b"[general]\nenabled = yes\n[other]\nsecret = theirs\n"


def write_etc(root: Path) -> Places:
    """The files of an Asterisk that has been told nothing of ours yet."""
    etc = root / "etc" / "asterisk"
    etc.mkdir(parents=True)
    (etc / "asterisk.conf").write_text("[directories](!)\nastdatadir => /data\n")
    (etc / "extensions.conf").write_bytes(EXTENSIONS)
    (etc / "queues.conf").write_bytes(QUEUES)
    (etc / "more_queues.conf").write_bytes(MORE_QUEUES)
    (etc / "manager.conf").write_bytes(MANAGER)
    (etc / "manager.conf").chmod(0o640)
    (root / "data" / "sounds" / "en").mkdir(parents=True)
    return Places.below(root)


def everything(root: Path) -> dict[str, tuple[int, bytes]]:
    """Every file and folder: its mode, what it holds."""
    return {
        str(path.relative_to(root)): (
            path.stat().st_mode,
            path.read_bytes() if path.is_file() else b"",
        )
        for path in root.rglob("*")
    }


def speaking(words: str, language: Language) -> bytes:
    return as_wav(f"{language} {words} ".encode("utf-16-le"))


def install(
    plan: Plan,
    places: Places,
    speak: Speak = speaking,
    now: datetime = NOW,
    choices: Choices | None = None,
) -> None:
    installed(planned(plan, places, speak), places, now, choices)
