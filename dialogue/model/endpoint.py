"""One request to a model endpoint: the one file that imports `openai`.

In: the messages so far and the tools. Out: what the model answered, and how many tokens it took.
Streaming is off, but the body is read piece by piece: an endpoint that never stops writing is cut
off. No session with the database is open meanwhile.

Source: OpenAI's chat completions API, which Azure, vLLM, Ollama and others speak.
"""

import asyncio
from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Any

from openai import APIStatusError, APITimeoutError, AsyncOpenAI, RateLimitError

from dialogue.model.endpoints import EndpointSettings
from dialogue.model.faults import Fault, ModelFault
from dialogue.model.wire import Answered, read_answer

_MOST_BYTES = 200_000  # an honest answer is a few hundred tokens
_MOST_TOKENS = 800
_RETRIES = 1
_NO_KEY = "none"  # local servers look at no key, but the library wants one


@dataclass
class Endpoint:
    """An endpoint that can be asked; close it with `aclose`."""

    settings: EndpointSettings
    _client: AsyncOpenAI = field(init=False, repr=False)

    def __post_init__(self) -> None:
        self._client = AsyncOpenAI(
            api_key=self.settings.api_key.get_secret_value() or _NO_KEY,
            base_url=self.settings.base_url,
            organization="",  # else read from the environment
            project="",
            timeout=self.settings.timeout_s,
            max_retries=_RETRIES,
        )

    async def ask(
        self, messages: Sequence[dict[str, Any]], tools: Sequence[dict[str, Any]]
    ) -> Answered:
        """One answer of the model's.

        Raises:
            ModelFault: There is none, whatever the reason.
        """
        try:
            async with asyncio.timeout(self.settings.timeout_s):
                return read_answer(await self._body(messages, tools))
        except ModelFault:
            raise
        except (TimeoutError, APITimeoutError) as late:
            raise ModelFault(Fault.SLOW) from late
        except RateLimitError as busy:
            raise ModelFault(Fault.BUSY) from busy
        except APIStatusError as status:
            down = status.status_code >= 500
            raise ModelFault(Fault.DOWN if down else Fault.REFUSED) from status
        except Exception as broken:  # of openai, or of the HTTP library below, not named here
            raise ModelFault(Fault.DOWN) from broken

    async def _body(
        self, messages: Sequence[dict[str, Any]], tools: Sequence[dict[str, Any]]
    ) -> bytes:
        """The answer as it came over the wire."""
        asked: dict[str, Any] = {
            "model": self.settings.model,
            "messages": list(messages),
            "tools": list(tools),
            "tool_choice": "required",
            "max_completion_tokens": _MOST_TOKENS,
            "stream": False,
        }
        if self.settings.temperature is not None:
            asked["temperature"] = self.settings.temperature
        completions: Any = self._client.chat.completions.with_streaming_response
        body = b""
        async with completions.create(**asked) as answer:
            async for piece in answer.iter_bytes(16_384):
                body += piece
                if len(body) > _MOST_BYTES:
                    raise ModelFault(Fault.HUGE)
        return body

    async def aclose(self) -> None:
        """Let go of its connections."""
        await self._client.close()
