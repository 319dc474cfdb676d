"""One turn of a model: a few rounds of tool calls, then a turn like the built-in engine's.

In: the text, the situation, the texts before, an endpoint. Out: a `Proposed` turn that has passed
the guards, or `ModelFault`, on which the built-in engine answers instead (`dialogue.engines`). A
reply that a guard refuses is given back once, with the reasons; the second time the model is done.
"""

import asyncio
import json
from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Any, Protocol

from dialogue.builtin.replies import MOST_SIGNS, fitted
from dialogue.guards.check import refusals
from dialogue.guards.reasons import Reason, Refusal
from dialogue.model.board import Board
from dialogue.model.endpoints import EndpointSettings
from dialogue.model.faults import Fault, ModelFault
from dialogue.model.look_up import find_times, look_up
from dialogue.model.owed import passed_over
from dialogue.model.prompt import VERSION, Said, first_messages
from dialogue.model.proposals import PROPOSALS
from dialogue.model.template import PLACE, broken_words, filled
from dialogue.model.tools import Call, FindTimes, LookUp, Reply, read_call, schemas
from dialogue.model.wire import Answered, ToolCall
from dialogue.turns import Situation, Turn

MOST_ROUNDS = 6
_REPLIES = 2  # the second one that a guard refuses is the last
_LETTERS_PER_TOKEN = 3  # where an endpoint does not count; Swedish takes about so many


class Asks(Protocol):
    """What the engine needs of an endpoint."""

    settings: EndpointSettings

    async def ask(
        self, messages: Sequence[dict[str, Any]], tools: Sequence[dict[str, Any]]
    ) -> Answered:
        """One answer, or ModelFault."""


@dataclass
class Account:
    """What a turn took and did, whether or not it came to anything."""

    version: str = ""
    tokens_in: int = 0
    tokens_out: int = 0
    calls: list[dict[str, object]] = field(default_factory=list)
    refused: list[Refusal] = field(default_factory=list)

    def add(self, sent: int, answered: Answered) -> None:
        """Count a round; `sent` letters, where the endpoint tells no tokens."""
        written = len(answered.text) + sum(len(c.function.arguments) for c in answered.calls)
        self.tokens_in += answered.tokens_in or sent // _LETTERS_PER_TOKEN
        self.tokens_out += answered.tokens_out or written // _LETTERS_PER_TOKEN


async def model_turn(
    endpoint: Asks, text: str, situation: Situation, said: Sequence[Said], account: Account
) -> Turn:
    """The model's turn.

    Args:
        endpoint: Which model.
        text: As received.
        situation: As the built-in engine gets it.
        said: The texts before, oldest first.
        account: Is filled in as the turn goes, so that a turn that fails is paid for too.

    Raises:
        ModelFault: It made none that may be used.
    """
    account.version = f"{endpoint.settings.model}@{endpoint.settings.name} {VERSION}"[:80]
    board = Board.of(text, situation)
    account.calls, account.refused = board.calls, board.refused
    try:
        async with asyncio.timeout(endpoint.settings.timeout_s):
            return await _rounds(endpoint, board, first_messages(board, said), account)
    except TimeoutError as late:
        raise ModelFault(Fault.SLOW) from late


async def _rounds(
    endpoint: Asks, board: Board, messages: list[dict[str, Any]], account: Account
) -> Turn:
    tools, replies = schemas(endpoint.settings.strict), 0
    for _ in range(MOST_ROUNDS):
        answered = await endpoint.ask(messages, tools)
        account.add(sum(len(str(one.get("content"))) for one in messages), answered)
        if not answered.calls:
            raise ModelFault(Fault.NO_TURN)  # words beside the tools are nobody's proposal
        messages.append(_as_message(answered.calls))
        for call, value in [(one, _read(board, one)) for one in answered.calls]:
            if isinstance(value, Reply):
                turn, broken = _ended(board, value)
                if not broken:
                    return turn
                replies += 1
                board.refused += broken
                if replies == _REPLIES:
                    raise ModelFault(Fault.GUARDED)
                told: dict[str, Any] = {"refused": [str(one.reason) for one in broken]}
            else:
                told = _done(board, value)
            messages.append(_result(call, told))
    raise ModelFault(Fault.TOO_MANY_ROUNDS)


def _read(board: Board, call: ToolCall) -> Call:
    value = read_call(call.function.name, call.function.arguments)
    board.calls.append({"tool": call.function.name, **value.model_dump(mode="json")})
    return value


def _done(board: Board, call: Call) -> dict[str, Any]:
    """What a tool call gives; a refused proposal is kept for the log."""
    if isinstance(call, FindTimes):
        return find_times(board, call)
    if isinstance(call, LookUp):
        return look_up(board, call)
    told = PROPOSALS[type(call)](board, call)
    if "refused" in told:
        board.calls.append({"tool": type(call).__name__, "refused": told["refused"]})
    return told


def _ended(board: Board, reply: Reply) -> tuple[Turn, list[Refusal]]:
    """The turn with this answer, and why it may not be sent."""
    ids = board.ids
    text = filled(reply.text, ids, board.written())
    cited = PLACE.findall(reply.text)
    used = tuple(dict.fromkeys(one for key in cited for one in ids.sources.get(key, ())))
    turn = board.turn(fitted(text), used, reply.unanswered)
    tells = bool(ids.proposals) or any(key in ids.sentences for key in cited)
    broken = [
        *broken_words(board, reply.text, turn),
        *passed_over(board.builtin, turn, tells),
    ]
    if len(text) > MOST_SIGNS:
        broken.append(Refusal(Reason.LENGTH, str(len(text))))
    broken += refusals(board.text, board.situation, turn)
    return turn, list(dict.fromkeys(broken))


def _as_message(calls: Sequence[ToolCall]) -> dict[str, Any]:
    return {
        "role": "assistant",
        "content": None,
        "tool_calls": [
            {
                "id": call.id,
                "type": "function",
                "function": {"name": call.function.name, "arguments": call.function.arguments},
            }
            for call in calls
        ],
    }


def _result(call: ToolCall, told: dict[str, Any]) -> dict[str, Any]:
    content = json.dumps(told, ensure_ascii=False)
    return {"role": "tool", "tool_call_id": call.id, "content": content}
