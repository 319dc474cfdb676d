"""The command line: `ringback COMMAND`, each command in a module that is loaded when it is called.

Wrong input and what is out of reach end in one or two plain lines on standard error and exit code 2.
"""

import gc
from importlib import import_module
from types import ModuleType
from typing import Any

import typer
from typer.core import TyperGroup
from typer.main import get_command

COMMANDS = {
    "run": "ringback.cli.starting:run",
    "demo": "ringback.cli.starting:demo",
    "add": "ringback.cli.adding:add",
    "list": "ringback.cli.removing:show",
    "remove": "ringback.cli.removing:remove",
    "doctor": "ringback.cli.doctoring:doctor",
    "edge": "ringback.cli.edging:edge",
    "replay": "ringback.cli.replaying:replay",
    "assistant": "ringback.cli.choosing:assistant",
    "asterisk": "ringback.cli.asterisk:asterisk",
    "dialogue-eval": "ringback.cli.evaluating:dialogue_eval",
}
"""Where each command is; `replay` should not wait for the portal's libraries, nor the edge hold them."""


class _Lazy(TyperGroup):
    """Loads a command when it is asked for; typer keeps click's types to itself, hence Any."""

    def list_commands(self, ctx: Any) -> list[str]:
        """All of them, in the order above."""
        return list(COMMANDS)

    def get_command(self, ctx: Any, cmd_name: str) -> Any:
        """The one of this name."""
        if cmd_name not in COMMANDS:
            return None
        module, _, name = COMMANDS[cmd_name].partition(":")
        found = getattr(_loaded(module), name)
        if not isinstance(found, typer.Typer):
            only = typer.Typer(add_completion=False, pretty_exceptions_enable=False)
            only.command(cmd_name)(found)
            found = only
        command = get_command(found)
        command.name = cmd_name
        return command


def _loaded(module: str) -> ModuleType:
    """The module; what it is made of stays to the end, and looking it through takes most of a second."""
    gc.disable()
    try:
        return import_module(module)
    finally:
        gc.freeze()
        gc.enable()


app = typer.Typer(
    cls=_Lazy, no_args_is_help=True, add_completion=False, pretty_exceptions_enable=False
)


@app.callback()
def ringback() -> None:
    """Finds every missed call, texts the caller, books by SMS, and keeps the callback list."""
