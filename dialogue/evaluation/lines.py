"""The assistant judged from outside: one JSON object per line in, one per line out.

In: `{"op": "reset", ...}` begins a conversation with a company, `{"op": "turn", ...}` is a text of the
caller's. Out: `{"ok": true}`, or what stands after the turn (`seen.Seen`). A line that can't be used
is answered with `{"error": ...}`, and the next one is waited for. Ends with its input.
"""

import json
from collections.abc import AsyncIterable, AsyncIterator
from contextlib import AsyncExitStack
from typing import Any

import structlog
from pydantic import AwareDatetime, TypeAdapter, ValidationError

from dialogue.evaluation.scenarios import Company, Opening
from dialogue.evaluation.stage import Stage, Stages
from ringback.errors import BadInput

_MOMENT: TypeAdapter[Any] = TypeAdapter(AwareDatetime | None)
log = structlog.get_logger()


async def answers(lines: AsyncIterable[bytes], stages: Stages) -> AsyncIterator[str]:
    """An answer to every line, in order."""
    async with AsyncExitStack() as stack:
        teller = _Teller(stages, stack)
        async for line in lines:
            yield json.dumps(await teller.answer(line))


class _Teller:
    """Knows the stage of the conversation that is under way."""

    def __init__(self, stages: Stages, stack: AsyncExitStack) -> None:
        self._stages = stages
        self._stack = stack
        self._stage: Stage | None = None

    async def answer(self, line: bytes) -> dict[str, Any]:
        try:
            return await self._do(_read(line))
        except BadInput as wrong:
            return {"error": str(wrong)}
        except Exception as fault:  # the next conversation may fare better
            log.exception("evaluation_line_failed")
            return {"error": f"Something went wrong here ({type(fault).__name__}); see the log."}

    async def _do(self, order: dict[str, Any]) -> dict[str, Any]:
        match order.get("op"):
            case "reset":
                self._stage = None
                await self._stack.aclose()
                company = Company.from_document(order.get("business"))
                opening = Opening.read(order)
                self._stage = await self._stack.enter_async_context(
                    self._stages.open(company, opening)
                )
                return {"ok": True}
            case "turn":
                return await self._turn(order)
            case other:
                raise BadInput(f"There is no op {other!r}; write reset or turn.")

    async def _turn(self, order: dict[str, Any]) -> dict[str, Any]:
        if self._stage is None:
            raise BadInput("No conversation has begun; send a line with the op reset first.")
        text = order.get("text")
        if not isinstance(text, str):
            raise BadInput("text: is missing or no text; write what the caller wrote.")
        try:
            now = _MOMENT.validate_python(order.get("now"))
        except ValidationError as wrong:
            raise BadInput("now: write a moment with its offset from UTC.") from wrong
        return (await self._stage.turn(text, now)).to_json()


def _read(line: bytes) -> dict[str, Any]:
    try:
        order = json.loads(line)
    except ValueError as wrong:  # also when it is no UTF-8
        raise BadInput(f"The line is no JSON: {wrong}.") from wrong
    if not isinstance(order, dict):
        raise BadInput("The line is no JSON object; write one with the key op.")
    return order
