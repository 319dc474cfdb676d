"""Where an Asterisk keeps its files, and whose they are.

In: the root of a file system, or nothing. Out: the folders, read from its `asterisk.conf`. Below
`installing` and `checking`.
Source: the sample `asterisk.conf`, and the folders that are compiled in when it names none.
"""

import os
import re
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Self

from ringback.errors import BadInput

_ETC = "etc/asterisk"
_ANEW = os.O_WRONLY | os.O_CREAT | os.O_EXCL | os.O_NOFOLLOW
_COMPILED_IN = {"astdatadir": "/var/lib/asterisk", "astspooldir": "/var/spool/asterisk"}


@dataclass(frozen=True, slots=True)
class Places:
    """An Asterisk's folders.

    Attributes:
        etc: Its configuration.
        sounds: Its prompts, a folder for each language.
        owner: User and group that it runs as, which are to own what it reads and records; None when
            we could not give files away.
    """

    etc: Path
    sounds: Path
    owner: tuple[int, int] | None = None

    @classmethod
    def below(cls, root: Path) -> Self:
        """Those of the Asterisk whose files are below this root.

        Raises:
            BadInput: There is none.
        """
        etc = root / _ETC
        if not etc.is_dir():
            raise BadInput(
                f"There is no {etc}. Run this where Asterisk is, or give another --root."
            )
        named = _directories(etc / "asterisk.conf")
        data = root / named["astdatadir"].lstrip("/")
        spool = root / named["astspooldir"].lstrip("/")
        owner = None
        if os.geteuid() == 0 and spool.exists():
            known = spool.stat()
            owner = (known.st_uid, known.st_gid)
        return cls(etc, data / "sounds", owner)


def write(
    places: Places, path: Path, content: bytes, mode: int | None = None, *, through: bool = False
) -> None:
    """Writes a file whole or not at all, and gives it to Asterisk.

    Asterisk's user owns these folders, and so do a PBX's web pages, while we are root: a link that was
    laid where we write must not lead us to a file of somebody else.

    Args:
        places: Whose file it is.
        path: The file; its folders are made.
        content: All of it.
        mode: What it is to have; None: what it has, or that everybody may read it.
        through: A link stays one and what it leads to is written; else it is replaced.
    """
    real = path.resolve() if through else path.parent.resolve() / path.name
    for folder in reversed([real.parent, *real.parent.parents]):
        if not folder.exists():
            folder.mkdir()
            _give(folder, places.owner)
    known = real.lstat() if real.is_file() and not real.is_symlink() else None
    owner = (known.st_uid, known.st_gid) if known and os.geteuid() == 0 else places.owner
    if mode is None:
        mode = known.st_mode & 0o7777 if known else 0o644
    new = real.with_name(f".{real.name}.ringback")
    new.unlink(missing_ok=True)  # of an install that was cut off
    with os.fdopen(os.open(new, _ANEW, 0o600), "wb") as file:
        file.write(content)
        if owner is not None:
            os.fchown(file.fileno(), *owner)
        os.fchmod(file.fileno(), mode)
    new.replace(real)


def _give(path: Path, owner: tuple[int, int] | None) -> None:
    if owner is not None:
        os.chown(path, *owner)


def _directories(conf: Path) -> Mapping[str, str]:
    text = conf.read_text(errors="replace") if conf.is_file() else ""
    named = re.findall(r"^\s*(ast\w+)\s*=>?\s*(\S+)", text, re.MULTILINE)
    return _COMPILED_IN | dict(named)
