"""What an install has left behind, so that it can be taken back whole.

In and out: `ringback/installed.json` beside our files in Asterisk's folder of configuration.
"""

import hashlib
import json
import re
from dataclasses import asdict, dataclass, field
from pathlib import Path
from typing import Self

from asterisk_conf.render import FOLDER
from asterisk_conf.values import Choices
from ringback.errors import BadInput

NAME = f"{FOLDER}/installed.json"
_FILE = re.compile(rf"{FOLDER}/[a-z]+\.conf")
_HOST = re.compile(r"[a-z_]+\.conf")
_COPY = re.compile(rf"{_HOST.pattern}\.ringback-[0-9T]+")
_SOUND = re.compile(r"[a-z_]+/ringback/[\w-]+\.wav")


@dataclass(slots=True)
class Host:
    """A file of somebody else to which we have added a line.

    Attributes:
        added: The text.
        existed: Whether the file was there before.
        copy: Where it was copied to before it was changed, beside it; empty when it was not there.
    """

    added: str
    existed: bool
    copy: str


@dataclass(slots=True)
class Sound:
    """A sound that we have made.

    Attributes:
        of: What it says; for one that was uploaded its sum.
        sum: SHA-256 of the file. A file with another was recorded by phone, and is left alone.
    """

    of: str
    sum: str


@dataclass(slots=True)
class Manifest:
    """All that was installed.

    Attributes:
        hosts: By name, below Asterisk's folder.
        files: Our own, the same.
        sounds: By place below `sounds`.
        folders: That we have made, the deepest last; absolute.
        choices: What the installer chose (`asterisk_conf.values.Choices`), for the next time.
    """

    hosts: dict[str, Host] = field(default_factory=dict)
    files: list[str] = field(default_factory=list)
    sounds: dict[str, Sound] = field(default_factory=dict)
    folders: list[str] = field(default_factory=list)
    choices: Choices = field(default_factory=Choices)

    @classmethod
    def of(cls, etc: Path) -> Self:
        """What stands there; an empty one where nothing was installed.

        Raises:
            BadInput: The file has been damaged.
            OSError: It can't be read by us, which is no reason to take it away.
        """
        path = etc / NAME
        if not path.exists():
            return cls()
        text = path.read_bytes()
        try:
            read = json.loads(text)
            found = cls(
                {name: Host(**host) for name, host in read["hosts"].items()},
                list(read["files"]),
                {name: Sound(**sound) for name, sound in read["sounds"].items()},
                list(read["folders"]),
                Choices.model_validate(read["choices"]),
            )
            found._check_names()
        except (ValueError, KeyError, TypeError, AttributeError) as wrong:
            raise BadInput(
                f"{path} can't be read: {wrong}. Take it away and run the install again."
            ) from wrong
        return found

    def _check_names(self) -> None:
        """Asterisk's user may write the file, and root takes away what it names: nothing but ours."""
        for known, names in (
            (_FILE, self.files),
            (_HOST, self.hosts),
            (_COPY, [host.copy for host in self.hosts.values() if host.copy]),
            (_SOUND, self.sounds),
        ):
            for name in names:
                if not known.fullmatch(name):
                    raise ValueError(f"it names {name!r}, which is none of ours")

    def to_json(self) -> bytes:
        """The file."""
        document = asdict(self) | {"choices": self.choices.model_dump(mode="json")}
        return (json.dumps(document, indent=1, sort_keys=True) + "\n").encode()


def sum_of(content: bytes) -> str:
    """SHA-256, in hexadecimal digits."""
    return hashlib.sha256(content).hexdigest()
