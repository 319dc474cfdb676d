"""An answer of a chat completions endpoint, as far as we need it. Pure.

In: the body of the HTTP answer. Out: the tool calls, or the text that was written in place of one,
and the tokens that it took.
"""

from dataclasses import dataclass

from pydantic import BaseModel, ConfigDict, Field, ValidationError

from dialogue.model.faults import Fault, ModelFault

MOST_CALLS = 8


class Function(BaseModel):
    """Which tool, and its arguments as JSON text."""

    name: str = Field(max_length=64)
    arguments: str = Field(max_length=8_000)


class ToolCall(BaseModel):
    """A tool call as the endpoint writes it."""

    model_config = ConfigDict(extra="ignore")

    id: str = Field(max_length=200)
    function: Function


class _Message(BaseModel):
    content: str | None = None
    tool_calls: list[ToolCall] | None = None


class _Choice(BaseModel):
    message: _Message


class _Usage(BaseModel):
    prompt_tokens: int = Field(default=0, ge=0)
    completion_tokens: int = Field(default=0, ge=0)


class _Completion(BaseModel):
    choices: list[_Choice] = Field(min_length=1)
    usage: _Usage | None = None


@dataclass(frozen=True, slots=True)
class Answered:
    """What came back: calls, or text of its own; the endpoint's count of tokens, 0 if untold."""

    calls: tuple[ToolCall, ...]
    text: str
    tokens_in: int
    tokens_out: int


def read_answer(body: bytes) -> Answered:
    """The answer in a body.

    Raises:
        ModelFault: It is none.
    """
    try:
        completion = _Completion.model_validate_json(body)
    except ValidationError as wrong:
        raise ModelFault(Fault.BAD_JSON) from wrong
    message, usage = completion.choices[0].message, completion.usage or _Usage()
    calls = tuple(message.tool_calls or ())
    if len(calls) > MOST_CALLS:
        raise ModelFault(Fault.HUGE)
    return Answered(calls, message.content or "", usage.prompt_tokens, usage.completion_tokens)
