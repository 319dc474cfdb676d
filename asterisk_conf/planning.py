"""What an install would change; nothing is changed here.

In: a `Plan`, an Asterisk's folders, the manifest of the last install. Out: an `Installation`: every file
of configuration as it is and as it is to be, the sounds that are missing, the difference for people.
`installing` does it, `checking` names what of it is left to do.
"""

import difflib
import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path

from asterisk_conf.including import addition, included, without
from asterisk_conf.manifest import Manifest
from asterisk_conf.places import Places
from asterisk_conf.render import Rendered, render
from asterisk_conf.sounds import Speak, Wanted, to_write, wanted_sounds
from asterisk_conf.values import Plan

_SECRET = re.compile(
    r"^([+ -]\s*(?:\w*secret|password)\s*=>?\s*|[+ -]exten => pin,1,Return).*",
    re.MULTILINE | re.IGNORECASE,
)


@dataclass(frozen=True, slots=True)
class Change:
    """A file as it is, and as it is to be; None where there is none."""

    name: str
    before: bytes | None
    after: bytes | None
    secret: bool = False


@dataclass(frozen=True, slots=True)
class Installation:
    """What an install would do.

    Attributes:
        changes: To files of configuration: ours first, then who includes them, then what goes.
        hosts: What is added to whose.
        files: Our own, by name.
        sounds: That are to be made.
        recorded: Sounds that stay because they were recorded by phone.
        unwanted: Sounds of the last install that are needed no more.
    """

    changes: tuple[Change, ...]
    hosts: Mapping[str, str]
    files: tuple[str, ...]
    sounds: tuple[Wanted, ...]
    recorded: tuple[str, ...]
    unwanted: tuple[str, ...]

    @property
    def is_empty(self) -> bool:
        """Whether everything is there already."""
        return not (self.changes or self.sounds or self.unwanted)


def planned(plan: Plan, places: Places, speak: Speak) -> Installation:
    """What must be done for this plan.

    Raises:
        BadInput: The manifest of the last install, or an uploaded prompt, can't be read.
    """
    manifest = Manifest.of(places.etc)
    files = render(plan)
    hosts = {file.host: _addition(file, places.etc, manifest) for file in files}
    changes = [_own(file, places.etc) for file in files]
    changes += (_host(host, added, places.etc) for host, added in hosts.items())
    changes += gone(places.etc, manifest, {file.name for file in files}, set(hosts))
    wanted = list(wanted_sounds(plan, speak))
    new, recorded = to_write(wanted, places.sounds, manifest)
    return Installation(
        tuple(change for change in changes if change.before != change.after),
        hosts,
        tuple(file.name for file in files),
        tuple(new),
        tuple(recorded),
        tuple(set(manifest.sounds) - {one.place for one in wanted}),
    )


def gone(etc: Path, manifest: Manifest, files: set[str], hosts: set[str]) -> Iterator[Change]:
    """What the last install wrote and is not among these: the includes first, then the files."""
    for name, host in manifest.hosts.items():
        before = content_of(etc / name)
        if name in hosts or before is None:
            continue
        after = without(before, host.added, manifest.files)
        yield Change(name, before, after if after or host.existed else None)
    for name in manifest.files:
        if name not in files:
            yield Change(name, content_of(etc / name), None, secret=True)


def difference(changes: tuple[Change, ...]) -> str:
    """The changes as a unified diff; secrets are left out."""
    return "".join(_diff(change) for change in changes)


def content_of(path: Path) -> bytes | None:
    """What a file holds; None where there is none."""
    return path.read_bytes() if path.is_file() else None


def _own(file: Rendered, etc: Path) -> Change:
    return Change(file.name, content_of(etc / file.name), file.text.encode(), file.secret)


def _addition(file: Rendered, etc: Path, manifest: Manifest) -> str:
    """What is added to the file that must include ours; what does so already, if anything does."""
    known = manifest.hosts.get(file.host)
    content = content_of(etc / file.host) or b""
    if known and known.added.encode(errors="surrogateescape") in content:
        return known.added
    return included(content, file.name) or addition(content, file.name)


def _host(name: str, added: str, etc: Path) -> Change:
    before = content_of(etc / name)
    content, line = before or b"", added.encode(errors="surrogateescape")
    return Change(name, before, content if line in content else content + line)


def _diff(change: Change) -> str:
    before, after = (
        [] if content is None else content.decode(errors="replace").splitlines(keepends=True)
        for content in (change.before, change.after)
    )
    names = (f"{change.name} (now)", f"{change.name} (then)")
    lines = "".join(difflib.unified_diff(before, after, *names))
    return _SECRET.sub(r"\1…", lines)  # others' secrets stand beside what we add
