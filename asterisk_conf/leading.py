"""What in Asterisk's files leads to contexts of ours: a trunk, a line of the dialplan, FreePBX's pages.

In: the changes that are about to be made, Asterisk's folder. Out: a fault when any of them takes away
what others lead to: a `Gosub` to a context that is not there ends the call, and a trunk whose context
is not there takes none at all. Stands before `installing`.
Source: Asterisk's dialplan; FreePBX writes its Custom Destinations into `extensions_additional.conf`.
"""

import re
from collections.abc import Iterable, Iterator, Mapping
from pathlib import Path

from asterisk_conf.existing import files_read, names_in
from asterisk_conf.planning import Change
from asterisk_conf.render import FOLDER
from ringback.errors import BadInput

_OURS = f"{FOLDER}/extensions.conf"
_SECTION = re.compile(rb"^\[([^\]\n]*ringback[^\]\n]*)\]", re.MULTILINE)
_COMMENT = re.compile(r"(?<!\\);.*")
_MOST = 20


def check_nothing_leads(changes: Iterable[Change], etc: Path) -> None:
    """Of what these changes take away nothing is led to.

    Raises:
        BadInput: Something is; each place, with its line.
    """
    after = {change.name: change.after for change in changes}
    gone = _contexts_gone(changes, etc)
    files = [name for name, content in after.items() if content is None and FOLDER in name]
    found = list(_places(etc, gone, files, after))
    if found:
        raise BadInput(
            "Nothing was changed, for calls still lead to what would be gone, and would end there:\n"
            + "\n".join(found[:_MOST])
            + "\nTake that out (in FreePBX: on its pages) and reload Asterisk, then run this again."
        )


def _contexts_gone(changes: Iterable[Change], etc: Path) -> set[str]:
    """Contexts that no file has any more; what the company has told Asterisk by itself stays."""
    gone: set[str] = set()
    for change in changes:
        if change.name == _OURS:
            gone |= _contexts(change.before) - _contexts(change.after)
    return gone - names_in(etc, "extensions.conf") if gone else gone


def _contexts(text: bytes | None) -> set[str]:
    return {name.decode(errors="replace") for name in _SECTION.findall(text or b"")}


def _places(
    etc: Path, contexts: set[str], files: Iterable[str], after: Mapping[str, bytes | None]
) -> Iterator[str]:
    """`extensions.conf, line 12: same => n,Gosub(…)`, of files that are not ours."""
    words = [
        *map(re.escape, sorted(contexts)),
        *(rf"#(?:try)?include.*{re.escape(one)}" for one in files),
    ]
    if not words:
        return
    wanted = re.compile(rf"(?<![\w.-])(?:{'|'.join(words)})(?![\w.-])")
    for path in files_read(etc):
        name = path.relative_to(etc).as_posix() if path.is_relative_to(etc) else str(path)
        content = after[name] if name in after else path.read_bytes()
        for number, line in enumerate((content or b"").decode(errors="replace").splitlines(), 1):
            if wanted.search(_COMMENT.sub("", line)):
                yield f"{name}, line {number}: {line.strip()}"
