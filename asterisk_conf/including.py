"""The line by which somebody else's file includes one of ours: found, added, taken out. Pure.

In: the bytes of a file. Out: the bytes that make it include ours, or not any more. People edit these
files: they move the line, write it their way, take our comment off. A line that is not known again
would be added twice; and one that is left behind when our file goes makes Asterisk refuse the whole
file at its next start, so that nobody is answered.
Source: Asterisk's documentation of `#include` and `#tryinclude`.
"""

import re

COMMENT = "; Ringback; `ringback asterisk remove` takes this out\n"


def included(content: bytes, name: str) -> str:
    """The text that includes our file, with our comment before it; empty when nothing does.

    Args:
        content: Of a file of somebody else.
        name: Of ours, below Asterisk's folder: `ringback/queues.conf`.
    """
    found = _line(name).search(content)
    return found[0].decode(errors="surrogateescape") if found else ""


def addition(content: bytes, name: str) -> str:
    """What must be added at the end of a file so that it includes ours.

    Not `#include`: if ours is not there one day, by a restored backup perhaps, Asterisk would load
    nothing at all of the file that names it.
    """
    ends = not content or content.endswith(b"\n")
    return f"{'' if ends else chr(10)}{COMMENT}#tryinclude {name}\n"


def without(content: bytes, added: str, names: list[str]) -> bytes:
    """The file as it would be if it had never included ours.

    Args:
        content: As it is.
        added: What we added, which goes byte for byte if it still stands.
        names: Of our files, whose includes go however they are written now.
    """
    content = content.replace(added.encode(errors="surrogateescape"), b"", 1)
    for name in names:
        content = _line(name).sub(b"", content)
    return content


def _line(name: str) -> re.Pattern[bytes]:
    comment, file = re.escape(COMMENT.encode()), re.escape(name.encode())
    line = rb"[ \t]*#(?:try)?include[ \t]+[\"<]?(?:\S*/etc/asterisk/)?" + file
    return re.compile(rb"(?:" + comment + rb")?^" + line + rb"(?![^\s\">;])[^\n]*\n?", re.MULTILINE)
