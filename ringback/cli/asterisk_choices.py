"""The options of `ringback asterisk` that are kept for the next time.

In: what was given on the command line, and what was chosen before. Out: `Choices`.
"""

from typing import Annotated, Any, Literal

import typer
from pydantic import ValidationError

from asterisk_conf.values import Choices, faults_of
from ringback.errors import BadInput

KindOf = Annotated[
    Literal["plain", "freepbx"] | None,
    typer.Option("--kind", help="Told from its files if not given."),
]
Permit = Annotated[str | None, typer.Option(help="The address that Ringback connects from.")]
RecordCode = Annotated[
    str | None, typer.Option(help="What phones dial to record prompts, like *727; '' for nothing.")
]
AskPin = Annotated[bool, typer.Option("--ask-pin", help="Ask for a PIN for recording.")]
RecordContext = Annotated[str | None, typer.Option(help="The context that phones dial in.")]
Back = Annotated[
    list[str] | None,
    typer.Option(help="Where a caller goes back to: QUEUE=context,extension,priority."),
]


def chosen(
    known: Choices,
    kind: str | None,
    permit: str | None,
    record_code: str | None,
    ask_pin: bool,
    record_context: str | None,
    back: list[str] | None,
) -> Choices:
    """What was given, and what was chosen before where nothing was.

    Args:
        known: The choices of before.
        kind: Who else writes Asterisk's files.
        permit: The address that Ringback connects from.
        record_code: What phones dial to record prompts.
        ask_pin: Whether a PIN for it is asked for now.
        record_context: Where phones dial it.
        back: `QUEUE=context,extension,priority` each.

    Raises:
        BadInput: Something can't be used; a line for each.
    """
    pin = str(typer.prompt("PIN", hide_input=True, confirmation_prompt=True)) if ask_pin else None
    recording = _given(code=record_code, pin=pin, context=record_context)
    given = _given(kind=kind, permit=permit, back=_back(back) if back else None)
    document = known.model_dump() | given
    document["recording"] = known.recording.model_dump() | recording
    try:
        return Choices.model_validate(document)
    except ValidationError as wrong:
        raise BadInput(faults_of(wrong)) from wrong


def _given(**options: Any) -> dict[str, Any]:
    return {name: value for name, value in options.items() if value is not None}


def _back(given: list[str]) -> dict[str, str]:
    found = dict(one.partition("=")[::2] for one in given)
    if not all(found.values()):
        raise BadInput("Write --back as QUEUE=context,extension,priority.")
    return found
