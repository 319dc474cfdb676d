"""Which callers on the line hear of the offer: those whose channel speaks `sv_offer` in place of `sv`.

In: the callers of a queue, whether callbacks are offered. Out: the language of their channels. The
queue's periodic announcement is spoken in `sv_offer` and silent in `sv`; every other sound of
`sv_offer` is that of `sv`, where Asterisk looks next. So an offer is heard, or not any more, by
callers who wait already, without a reload of queues.

Source: CHANNEL(language) and app_queue's announcements, as they are on Asterisk 16.28 and 22.10.
"""

from collections.abc import Iterable

import structlog

from pbx_adapter.ami_connection import AmiConnection
from pbx_adapter.ami_faults import ActionRefused, NotPermitted
from pbx_adapter.queues.waits import Waiting

SPOKEN = "_offer"
_LANGUAGES = ("sv", "en")  # in which the offer is spoken
_CALLERS_MOST = 100  # at once; the others a moment later
_LANGUAGE = "CHANNEL(language)"
log = structlog.get_logger()


class Speaking:
    """What the callers of one connection's PBX hear."""

    def __init__(self, connection: AmiConnection) -> None:
        self._connection = connection
        self._hears: dict[str, bool] = {}  # the offer; by Uniqueid
        self._own: dict[str, str] = {}  # the language before we changed it

    async def tell(self, callers: Iterable[Waiting], on: bool, language: str) -> None:
        """Let these callers hear of the offer, or not any more.

        Args:
            callers: Who waits.
            on: Whether a callback is offered.
            language: In which, to callers whose own language is neither of ours.

        Raises:
            RingbackError: As `AmiConnection.action`; a caller who is gone meanwhile is no error.
        """
        due = [one for one in callers if self._hears.get(one.uniqueid) is not on]
        for one in due[:_CALLERS_MOST]:
            try:
                await self._tell(one, on, language)
            except NotPermitted:
                raise
            except ActionRefused:
                log.debug("caller_gone", uniqueid=one.uniqueid)
            self._hears[one.uniqueid] = on

    def those_who_hear(self, callers: Iterable[Waiting]) -> tuple[Waiting, ...]:
        """Who of them hears of an offer now, as far as we know."""
        return tuple(one for one in callers if self._hears.get(one.uniqueid))

    def forget_others(self, uniqueids: set[str]) -> None:
        """Only these callers wait."""
        for uniqueid in self._hears.keys() - uniqueids:
            del self._hears[uniqueid]
            self._own.pop(uniqueid, None)

    async def _tell(self, caller: Waiting, on: bool, language: str) -> None:
        variable = {"Channel": caller.channel, "Variable": _LANGUAGE}
        answer = await self._connection.action("Getvar", variable)
        now = answer[0].get("Value", "")
        own = self._own.setdefault(caller.uniqueid, now.removesuffix(SPOKEN))
        wanted = f"{_spoken(own, language)}{SPOKEN}" if on else own
        if wanted != now:
            await self._connection.action("Setvar", {**variable, "Value": wanted})


def _spoken(own: str, language: str) -> str:
    """The language of the offer for somebody whose channel speaks `own`, like en_GB."""
    return next((ours for ours in _LANGUAGES if own.startswith(ours)), language)
