"""What an Asterisk has been told already: its sections, through all that is included.

In: its folder of configuration. Out: sections as they stand, and a `Plan` that fits beside them. Our own
files are passed by. Stands before `render`.
Source: Asterisk's documentation of its configuration files (`#include`, `#tryinclude`, templates).
"""

import re
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from pathlib import Path

from asterisk_conf.render import FOLDER
from asterisk_conf.values import Kind, Plan, QueuePlan
from ringback.errors import BadInput

_SECTION = re.compile(r"\s*\[([^\]]+)\]\s*(?:\(([^)]*)\))?")
_INCLUDE = re.compile(r'\s*#(?:try)?include\s+["<]?([^">;]+?)[">]?\s*(?:;.*)?$')
_OPTION = re.compile(r"\s*([A-Za-z_-]+)\s*=>?\s*(.*?)\s*(?:;.*)?$")
_DEEPEST = 8
_SUFFIXES = {".conf", ".ael", ".lua"}


@dataclass(frozen=True, slots=True)
class Section:
    """A section, or an addition to one.

    Attributes:
        name: In the brackets.
        is_template: Nothing by itself.
        inherits: The sections whose options it begins with.
        options: Its own, in their order.
    """

    name: str
    is_template: bool
    inherits: tuple[str, ...]
    options: tuple[tuple[str, str], ...]


def fitting(plan: Plan, etc: Path) -> Plan:
    """The plan without what Asterisk has been told by somebody else, with what the queues do already.

    Raises:
        BadInput: A queue is not there.
    """
    outbox = plan.outbox and "ringback-outbox" not in names_in(etc, "extensions.conf")
    manager = plan.manager
    if manager and manager.name in names_in(etc, "manager.conf"):
        manager = None
    queues = plan.queues
    if plan.kind is Kind.PLAIN:
        queues = tuple(_fitting_queue(queue, etc) for queue in queues)
    return plan.model_copy(update={"outbox": outbox, "manager": manager, "queues": queues})


def sections(etc: Path, name: str) -> Iterator[Section]:
    """The sections of a file and of all it includes, in the order in which Asterisk reads them."""
    current: tuple[str, bool, tuple[str, ...]] | None = None
    options: list[tuple[str, str]] = []
    for line in _lines(etc, name, _DEEPEST):
        if found := _SECTION.match(line):
            if current:
                yield Section(*current, tuple(options))
            marks = [mark.strip() for mark in (found[2] or "").split(",")]
            inherits = tuple(mark for mark in marks if mark not in ("", "!", "+"))
            current, options = (found[1], "!" in marks, inherits), []
        elif found := _OPTION.match(line):
            options.append((found[1].lower(), found[2]))
    if current:
        yield Section(*current, tuple(options))


def files_read(etc: Path) -> list[Path]:
    """What Asterisk may read, but for ours: the files of its folder and what they include."""
    waiting = sorted((path for path in etc.glob("*") if path.suffix in _SUFFIXES), reverse=True)
    found: dict[Path, None] = {}
    while waiting:
        path = waiting.pop()
        if path in found or path.parent == etc / FOLDER or not path.is_file():
            continue
        found[path] = None
        for line in path.read_text(errors="replace").splitlines():
            if included := _INCLUDE.match(line):
                waiting += _named(etc, included[1])
    return list(found)


def names_in(etc: Path, name: str) -> set[str]:
    """The sections of a file and of all it includes, but for ours."""
    return {section.name for section in sections(etc, name)}


def _fitting_queue(queue: QueuePlan, etc: Path) -> QueuePlan:
    known = list(sections(etc, "queues.conf"))
    there = {section.name for section in known if not section.is_template} - {"general"}
    if queue.name not in there:
        raise BadInput(
            f"queues.conf has no queue {queue.name!r}; it has: {', '.join(sorted(there)) or 'none'}. "
            "Name the queue in Ringback as Asterisk does, or remove it there."
        )
    has = {
        "exit_context": _option_of(queue.name, "context", known),
        "announces": _option_of(queue.name, "periodic-announce", known),
    }
    return queue.model_copy(update=has)


def _option_of(name: str, option: str, known: Iterable[Section]) -> str:
    """The last value that the section is given, by itself or by a template; empty when it has none."""
    values: dict[str, str] = {}
    for section in known:
        own = [value for key, value in section.options if key == option]
        given = [values[one] for one in section.inherits if values.get(one)] + own
        values[section.name] = given[-1] if given else values.get(section.name, "")
    return values[name]


def _lines(etc: Path, name: str, deeper: int) -> Iterator[str]:
    """The lines of a file, with those of what it includes in their place."""
    for path in _named(etc, name):
        if path.parent == etc / FOLDER or not path.is_file():
            continue
        for line in path.read_text(errors="replace").splitlines():
            found = _INCLUDE.match(line)
            if found and deeper:
                yield from _lines(etc, found[1], deeper - 1)
            elif not found:
                yield line


def _named(etc: Path, name: str) -> list[Path]:
    """The files that an include names, which may be a pattern; of another root than `/`, those there."""
    if not name.startswith("/"):
        return sorted(etc.glob(name))
    root = etc.parents[1] if etc.parts[-2:] == ("etc", "asterisk") else Path("/")
    return sorted(root.glob(name.lstrip("/")))
