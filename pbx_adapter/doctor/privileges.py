"""What the user may see and do, what it lacks, and what it should not have. Pure.

In: the actions that ListCommands offers, and what was heard. Out: findings.

Write classes are read off the list: an action that only one class opens proves that class. No action
tells the read classes; an event proves its own, and one that we caused and that did not come
proves the opposite. What neither proves is said to be unknown.
"""

from collections.abc import Iterator, Mapping
from enum import Enum

from pbx_adapter.doctor.findings import Finding, fault, listed, note, ok, warning
from pbx_adapter.doctor.interview import Classes
from pbx_adapter.doctor.listening import Heard

CHECK = "privileges"
READ = ("system", "call", "agent", "user", "dialplan")
_RELOAD = "in manager.conf and run `manager reload`."
_WITHOUT_READ = {
    "system": "Without read=system restarts of Asterisk are not seen.",
    "call": "Without read=call no call is seen at all.",
    "agent": "Without read=agent queues are not seen: their calls are told without queue and reason.",
    "user": "Without read=user callbacks that callers order in a menu are not seen.",
    "dialplan": "Without read=dialplan all calls are found, but some reasons are less exact.",
}
_TOO_WIDE = {
    "command": "run any command of the console, the shell among them",
    "config": "read and change Asterisk's configuration, secrets among it",
}
_BY_A_CALL = ("call", "agent", "dialplan")
_UNUSED = ("call", "agent", "message", "aoc")


class Held(Enum):
    """Whether a read class is held."""

    YES = "yes"
    NO = "no"
    UNKNOWN = "unknown"


def write_classes(allowed: Mapping[str, Classes]) -> Classes:
    """The write classes that the list of actions proves."""
    alone = frozenset(name for classes in allowed.values() if len(classes) == 1 for name in classes)
    # No action belongs to `reporting` alone: it is proved where nothing else opens an action.
    others = [classes for classes in allowed.values() if classes and not classes & alone]
    return alone | ({"reporting"} if any("reporting" in classes for classes in others) else set())


def read_class(name: str, heard: Heard, member_rang: bool) -> Held:
    """Whether a read class is held.

    Args:
        name: One of `READ`.
        heard: What came.
        member_rang: The test call rang a phone that is a member of a queue.
    """
    if name in heard.classes:
        return Held.YES
    ran = heard.came_and_went or (heard.call is not None and heard.call.tells_dialplan)
    disproved = {
        "system": True,  # FullyBooted comes after each login
        "call": heard.call is not None,
        "agent": member_rang,
        "user": heard.echoed is False,
        "dialplan": ran and "call" in heard.classes,
    }
    return Held.NO if disproved[name] else Held.UNKNOWN


def judged(allowed: Mapping[str, Classes], heard: Heard, member_rang: bool) -> list[Finding]:
    """What is held, missing, unknown and too wide."""
    held = {name: read_class(name, heard, member_rang) for name in READ}
    return [*_read(held, "Originate" in allowed), *_write(write_classes(allowed), allowed)]


def _read(held: Mapping[str, Held], may_call: bool) -> Iterator[Finding]:
    proved = [name for name in READ if held[name] is Held.YES]
    if proved:
        yield ok(CHECK, f"Events of these classes arrive: {', '.join(proved)}.")
    for name in READ:
        if held[name] is not Held.NO:
            continue
        mend = f"Add {name} to read= {_RELOAD}"
        if name == "dialplan":
            yield note(CHECK, _WITHOUT_READ[name], f"{mend} It costs about four times the traffic.")
        else:
            yield (warning if name == "user" else fault)(CHECK, _WITHOUT_READ[name], mend)
    if held["user"] is Held.UNKNOWN:
        yield note(
            CHECK,
            "Whether read= holds user shows only when a caller orders a callback in a menu.",
            "Look at read= of this user in manager.conf.",
        )
    unknown = [name for name in _BY_A_CALL if held[name] is Held.UNKNOWN]
    if unknown:
        yield (warning if "call" in unknown else note)(
            CHECK,
            f"Nothing came that shows whether read= holds {', '.join(unknown)}.",
            "Run this with --call PHONE, naming a phone that is a member of a queue."
            if may_call
            else "Ring one of the company's queues from a mobile while this runs with --listen 60.",
        )


def _write(held: Classes, allowed: Mapping[str, Classes]) -> Iterator[Finding]:
    if held:
        yield ok(CHECK, f"The user may write: {', '.join(sorted(held))}.")
    if "CoreShowChannels" not in allowed:
        yield warning(
            CHECK,
            "The calls that are up when Ringback connects can't be asked for.",
            f"Add reporting to write= {_RELOAD}",
        )
    if "Originate" not in allowed:
        yield note(
            CHECK,
            "Ringback can't place calls: the user lacks the write class originate.",
            f"Only where staff shall ring customers from the portal: add originate {_RELOAD}",
        )
    for name in sorted(held & _TOO_WIDE.keys()):
        yield warning(
            CHECK,
            f"The user is too mighty: with {name} whoever has its secret may {_TOO_WIDE[name]}.",
            f"Take {name} out of read= and write= {_RELOAD}",
        )
    if "system" in held:
        yield note(
            CHECK,
            "The write class system, which empties the outbox, also loads modules and changes the "
            "dialplan.",
            "Keep permit= to the machine that Ringback runs on; without the outbox, leave it out.",
        )
    unused = [name for name in _UNUSED if name in held]
    if unused:
        yield note(CHECK, f"These write classes are not needed: {listed(unused)}.")
