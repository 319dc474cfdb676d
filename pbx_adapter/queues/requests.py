"""What callers asked for in the voice menu: kept by Asterisk in AstDB until it is a row here.

In: what the menu's dialplan wrote under `ringback-callback/<uniqueid>`, once, when the caller had
chosen. Out: `CallbackRequest` values, kept by the sink and then taken out of AstDB. Read after each
login, when the dialplan says that it has written one, and every few seconds; so a wish that was told
while nobody listened, or while we were killed, is found all the same.

An entry is `1|queue|number|choice|input|language|asked|arrived`: the queue as the PBX names it, the
number as keyed or shown, the choice of `ringback.queues`, what was keyed besides, epoch seconds of the
PBX. What can't be read stays in AstDB and in the log.
"""

import asyncio
import re
from collections.abc import Awaitable, Callable
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import NoReturn

import structlog

from pbx_adapter.ami_connection import AmiConnection
from pbx_adapter.ami_faults import ActionRefused, NotPermitted
from pbx_adapter.frames import Frame
from pbx_adapter.pbx_clock import clock_ahead_s
from pbx_adapter.site import Site
from ringback.callbacks import CallbackRequest
from ringback.clock import Clock
from ringback.errors import BadInput, RingbackError
from ringback.phone import to_e164
from ringback.records import check_moment

FAMILY = "ringback-callback"
LOOK_EVERY_S = 15.0
FROM_MENU = "menu"
NUMBER_REFUSED = "number_refused"
"""Why of a wish whose number is none, or may not be rung: it is listed without one."""
_PLACE = f"/{FAMILY}/"
_VERSION = "1"
_ENTRY = re.compile(
    r"1\|(?P<queue>[^|]{1,80})\|(?P<number>[^|]{0,40})"
    r"\|(?P<choice>s|[0-9]{4}-[0-9]{4}@[0-9]{6})\|(?P<input>[0-9*#]{0,40})"
    r"\|(?P<language>[a-z]{0,3})\|(?P<asked>[0-9]{1,10})\|(?P<arrived>[0-9]{0,10})"
)
_REFUSED_MOST = 1000
log = structlog.get_logger()


class Requests:
    """The entries of one PBX; a `Listener`.

    Args:
        site: The PBX.
        keep: Makes a wish safe (`Sink.keep_callback`); BadInput when that can't ever be.
        clock: Ours.
        look_every_s: How often to look, besides when the dialplan says so.
    """

    def __init__(
        self,
        site: Site,
        keep: Callable[[CallbackRequest], Awaitable[None]],
        clock: Clock,
        look_every_s: float = LOOK_EVERY_S,
    ) -> None:
        self._site = site
        self._keep = keep
        self._clock = clock
        self._look_every_s = look_every_s
        self._look_now = asyncio.Event()
        self._left: dict[str, None] = {}  # entries that can't be kept; said once

    def take(self, frame: Frame, _: float) -> None:
        """The dialplan says that there is a new one."""
        if frame.get("UserEvent") == "CallbackRequested":
            self._look_now.set()

    async def run(self, connection: AmiConnection) -> NoReturn:
        """Hand over what is there, and look again; until cancelled."""
        ahead_s: float | None = None
        while True:
            self._look_now.clear()
            try:
                if ahead_s is None:
                    ahead_s = await clock_ahead_s(connection, self._clock)
                await self._look(connection, ahead_s)
            except RingbackError as fault:
                log.warning("callback_requests_wait", fault=str(fault))
            try:
                async with asyncio.timeout(self._look_every_s):
                    await self._look_now.wait()
            except TimeoutError:
                continue

    async def _look(self, connection: AmiConnection, ahead_s: float) -> None:
        for frame in await connection.action("DBGetTree", {"Family": FAMILY}):
            key = frame.get("Key", "")
            uniqueid = key.removeprefix(_PLACE)
            if uniqueid == key or uniqueid in self._left:
                continue
            try:
                request = kept_request(uniqueid, frame.get("Val", ""), self._site)
                await self._keep(by_our_clock(request, ahead_s))
            except BadInput as fault:
                self._leave(uniqueid, fault)
            else:
                log.info("callback_request_kept", uniqueid=uniqueid)
                await _forget(connection, uniqueid)

    def _leave(self, uniqueid: str, fault: BadInput) -> None:
        log.error("callback_request_unreadable", uniqueid=uniqueid, fault=str(fault))
        self._left[uniqueid] = None
        if len(self._left) > _REFUSED_MOST:
            del self._left[next(iter(self._left))]


def kept_request(uniqueid: str, written: str, site: Site) -> CallbackRequest:
    """The wish that the menu wrote down.

    A number that is none in the site's country is left out, and never replaced by the one that was
    shown: the caller may have keyed another because that one is not his.

    Raises:
        BadInput: It is of another version, or damaged.
    """
    found = _ENTRY.fullmatch(written)
    if found is None:
        raise BadInput(f"The entry {FAMILY}/{uniqueid} is damaged or not of version {_VERSION}.")
    number = to_e164(found["number"], site.country) if found["number"] else ""
    return CallbackRequest(
        key=uniqueid,
        number=number or "",
        why=FROM_MENU if number is not None else NUMBER_REFUSED,
        call_uniqueid=uniqueid,
        from_at=None,
        to_at=None,
        asked_at=_moment("asked_at", found["asked"]),
        queue=found["queue"],
        choice=found["choice"],
        customer_input=found["input"],
        language=found["language"],
        arrived_at=_moment("arrived_at", found["arrived"] or found["asked"]),
    )


def by_our_clock(request: CallbackRequest, ahead_s: float) -> CallbackRequest:
    """The wish of a PBX whose clock is so many seconds before ours, in our time."""
    ahead = timedelta(seconds=ahead_s)
    arrived_at = request.arrived_at - ahead if request.arrived_at else None
    return replace(request, asked_at=request.asked_at - ahead, arrived_at=arrived_at)


async def _forget(connection: AmiConnection, uniqueid: str) -> None:
    try:
        await connection.action("DBDel", {"Family": FAMILY, "Key": uniqueid})
    except NotPermitted:
        raise
    except ActionRefused:
        log.info("callback_request_gone", uniqueid=uniqueid)  # another process was faster


def _moment(name: str, epoch_s: str) -> datetime:
    moment = datetime.fromtimestamp(int(epoch_s), UTC)
    check_moment(name, moment)
    return moment
