"""Is Asterisk told what it should be? One line for each thing that is missing or different.

In: a `Plan`, an Asterisk's folders and, if it answers, its console. Out: findings with how to mend them.
After `installing`, and whenever somebody has changed Asterisk's files or the company its rules.
"""

from collections.abc import Iterator
from dataclasses import dataclass

from asterisk_conf.dialplan import exit_context, menu_context
from asterisk_conf.places import Places
from asterisk_conf.planning import Change, planned
from asterisk_conf.reloading import Console
from asterisk_conf.render import FOLDER
from asterisk_conf.sounds import Speak
from asterisk_conf.values import Kind, Plan
from ringback.errors import TryAgain

_INSTALL = "Run `ringback asterisk install`."
_RELOAD = "Run `ringback asterisk install`, which reloads it, or reload it on its console."


@dataclass(frozen=True, slots=True)
class Finding:
    """Something that is not as it should be: what, and how to mend it."""

    what: str
    mend: str


def check(plan: Plan, places: Places, speak: Speak, ask: Console | None) -> list[Finding]:
    """All findings; none when everything is as it should be.

    Args:
        plan: What Asterisk should be told.
        places: Its folders.
        speak: As for an install; nothing is spoken.
        ask: Its console; None leaves out what only the running Asterisk knows.

    Raises:
        BadInput: As `planned`.
    """
    found = list(_files(plan, places, speak))
    if ask is not None and not found:
        try:
            found += _loaded(plan, ask)
        except TryAgain as unanswered:
            found.append(Finding(str(unanswered), "Start Asterisk, or check its log."))
    return found


def _files(plan: Plan, places: Places, speak: Speak) -> Iterator[Finding]:
    todo = planned(plan, places, speak)
    for change in todo.changes:
        yield _finding(change)
    if todo.sounds:
        yield Finding(f"{len(todo.sounds)} sounds are missing or say something else.", _INSTALL)


def _finding(change: Change) -> Finding:
    if not change.name.startswith(f"{FOLDER}/"):
        if change.after is None or (change.before and len(change.after) < len(change.before)):
            return Finding(f"{change.name} includes a file that is needed no more.", _INSTALL)
        return Finding(f"{change.name} does not include ours.", _INSTALL)
    if change.before is None:
        return Finding(f"{change.name} is missing.", _INSTALL)
    if change.after is None:
        return Finding(f"{change.name} is needed no more.", _INSTALL)
    return Finding(f"{change.name} is not what the settings say.", _INSTALL)


def _loaded(plan: Plan, ask: Console) -> Iterator[Finding]:
    for queue in plan.queues:
        contexts = [menu_context(queue)]
        if plan.kind is Kind.PLAIN:
            contexts.append(exit_context(queue))
        for context in contexts:
            if not _has_context(context, ask):
                yield Finding(f"Asterisk has not loaded {context} of queue {queue.name}.", _RELOAD)
        if "No such queue" in ask(f'queue show "{queue.name}"'):
            yield Finding(
                f"Asterisk has no queue {queue.name}.", "Name it in Ringback as Asterisk does."
            )
    if plan.manager and "no manager called" in ask(f"manager show user {plan.manager.name}"):
        yield Finding(f"Asterisk does not know the manager user {plan.manager.name}.", _RELOAD)
    if plan.recording.code and not _has_context("ringback-recording", ask):
        yield Finding("Prompts can't be recorded by phone yet.", _RELOAD)


def _has_context(name: str, ask: Console) -> bool:
    return f"Context '{name}'" in ask(f"dialplan show {name}")
