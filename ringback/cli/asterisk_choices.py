"""The options of `ringback asterisk` that are kept for the next time.

In: what was given on the command line, and what was chosen before. Out: `Choices`.
"""

from typing import Annotated, Any, Literal

import typer
from pydantic import ValidationError

from asterisk_conf.values import Choices, Plan, faults_of
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
    typer.Option(
        help="Where a caller goes back to: QUEUE=context,extension,priority; QUEUE= undoes it."
    ),
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
        back: `QUEUE=context,extension,priority` each; of other queues what was chosen before stays.

    Raises:
        BadInput: Something can't be used; a line for each.
    """
    pin = str(typer.prompt("PIN", hide_input=True, confirmation_prompt=True)) if ask_pin else None
    recording = _given(code=record_code, pin=pin, context=record_context)
    document = known.model_dump() | _given(kind=kind, permit=permit)
    document["back"] = {**known.back, **_back(back or [])}
    document["recording"] = known.recording.model_dump() | recording
    try:
        return Choices.model_validate(document)
    except ValidationError as wrong:
        raise BadInput(faults_of(wrong)) from wrong


def _given(**options: Any) -> dict[str, Any]:
    return {name: value for name, value in options.items() if value is not None}


def _back(given: list[str]) -> dict[str, str]:
    if not all("=" in one for one in given):
        raise BadInput("Write --back as QUEUE=context,extension,priority.")
    return dict(one.partition("=")[::2] for one in given)


def check_back(given: list[str] | None, plan: Plan) -> None:
    """Each queue that was named now is one of the plan's; those of before may be gone since.

    Raises:
        BadInput: One is not.
    """
    names = [queue.name for queue in plan.queues]
    for name in _back(given or []):
        if name not in names:
            there = ", ".join(names) or "none"
            raise BadInput(
                f"--back names {name!r}, which is no queue of the plan. It has: {there}."
            )
