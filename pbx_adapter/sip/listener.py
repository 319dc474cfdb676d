"""Our end of the SIP way in: starts the SIP process, watches it, and hands its calls over.

In: a `SipAccount`, a `Sink`, a folder for the journal. Out: call and callback records in the sink, at
least once each, and the state of the registration as of any link. Runs until cancelled.

The process is ended by its pid when it has said nothing for a while, and started again when it
ends, with growing pauses. It writes each call to the journal as it comes and removes it when told
that the sink has kept it, so an ended process, on either side of the pipe, loses none.
"""

import asyncio
import contextlib
import json
import random
import sys
from collections.abc import Mapping
from dataclasses import asdict, dataclass, field
from datetime import UTC, datetime
from pathlib import Path
from typing import Any, NoReturn

import structlog

from pbx_adapter.link import Backoff, LinkKind, LinkState
from pbx_adapter.sink import Sink
from pbx_adapter.sip import records
from pbx_adapter.sip.account import SipAccount
from pbx_adapter.sip.records import SipCall
from pbx_adapter.sip.registrar import Rhythm
from ringback.clock import Clock, system_clock
from ringback.errors import RingbackError

_log = structlog.get_logger(__name__)

_PACKAGES = Path(__file__).parents[2]
_STABLE_S = 30.0
_LONGEST_LINE = 2**20  # bytes
_RESTART, _SINK = Backoff(1, 60), Backoff(1, 30)


@dataclass(frozen=True, slots=True)
class Pace:
    """How the listener waits; tests bring their own.

    Attributes:
        restart: Before the process is started again.
        rhythm: How the process registers.
        sink: Before the sink is asked again.
        silence_s: A process that says nothing for so long is ended.
        leave_s: How long it may take to end in order.
    """

    restart: Backoff = _RESTART
    rhythm: Rhythm = field(default_factory=Rhythm)
    sink: Backoff = _SINK
    silence_s: float = 15.0
    leave_s: float = 6.0


async def listen(
    account: SipAccount,
    sink: Sink,
    journal: Path,
    *,
    pace: Pace | None = None,
    clock: Clock = system_clock,
) -> NoReturn:
    """Keeps the account registered and its calls coming, until cancelled.

    Args:
        account: Of which PBX.
        sink: Where calls are kept; TryAgain from it is waited out, for as long as it takes.
        journal: A folder that belongs to this account alone; made if it is not there.
        pace: How it waits.
        clock: The present.
    """
    listener = _Listener(account, sink, journal, pace or Pace(), clock)
    async with asyncio.TaskGroup() as tasks:
        tasks.create_task(listener.hand_over(), name=f"sip-calls {account}")
        tasks.create_task(listener.tell_states(), name=f"sip-states {account}")
        await listener.keep_running()
    raise AssertionError("the listener ended by itself")


class _Listener:
    """What is held from one process to the next."""

    def __init__(
        self, account: SipAccount, sink: Sink, journal: Path, pace: Pace, clock: Clock
    ) -> None:
        self._account, self._sink, self._journal = account, sink, journal
        self._pace, self._clock = pace, clock
        self._pending: dict[str, SipCall] = {}
        self._came = asyncio.Event()
        self._state = LinkState(LinkKind.CONNECTING, f"Registering as {account}.", clock())
        self._moved = asyncio.Event()
        self._moved.set()
        self._process: asyncio.subprocess.Process | None = None
        self._log = _log.bind(account=str(account))

    async def keep_running(self) -> NoReturn:
        """Starts the process, again and again."""
        failures = 0
        while True:
            began = self._clock()
            fault = await self._run_once()
            was_stable = (self._clock() - began).total_seconds() >= _STABLE_S
            failures = 1 if was_stable else failures + 1
            self._tell(LinkKind.LOST if self._was_up() else LinkKind.UNREACHABLE, fault)
            delay_s = self._pace.restart.delay_s(failures, random.SystemRandom().random())
            await asyncio.sleep(delay_s)

    async def hand_over(self) -> NoReturn:
        """Gives calls to the sink until it has kept them."""
        failures = 0
        while True:
            await self._came.wait()
            self._came.clear()
            for call in list(self._pending.values()):
                if await self._keep(call):
                    del self._pending[call.uniqueid]
            failures = failures + 1 if self._pending else 0
            if failures:
                await asyncio.sleep(self._pace.sink.delay_s(failures, 0.0))
                self._came.set()

    async def tell_states(self) -> NoReturn:
        """Gives the latest state to the sink; one that is overtaken meanwhile is left out."""
        failures = 0
        while True:
            await self._moved.wait()
            self._moved.clear()
            try:
                await self._sink.keep_link(self._state)
                failures = 0
            except Exception as fault:
                failures += 1
                self._log.error("sip_state_not_kept", fault=_told(fault))
                await asyncio.sleep(self._pace.sink.delay_s(failures, 0.0))
                self._moved.set()

    async def _run_once(self) -> str:
        """One process from its start to its end; returns why it ended."""
        try:
            process = await self._started()
        except OSError as fault:
            return f"The SIP process for {self._account} can't be started: {fault}."
        self._process = process
        said = ""
        try:
            self._say(
                account=self._account.to_json(),
                journal=str(self._journal.absolute()),
                rhythm=asdict(self._pace.rhythm),
            )
            said = await self._read(process)
        finally:
            self._process = None
            await asyncio.shield(_ended(process, self._pace.leave_s))
        return said or (
            f"The SIP process for {self._account} ended by itself (status {process.returncode}); "
            "it is started again."
        )

    async def _started(self) -> asyncio.subprocess.Process:
        return await asyncio.create_subprocess_exec(
            *(sys.executable, "-W", "ignore::DeprecationWarning"),  # pyVoIP imports audioop
            *("-m", "pbx_adapter.sip.process"),
            stdin=asyncio.subprocess.PIPE,
            stdout=asyncio.subprocess.PIPE,
            limit=_LONGEST_LINE,
            cwd=_PACKAGES,
            start_new_session=True,  # Ctrl-C is for us, who end it in order
        )

    async def _read(self, process: asyncio.subprocess.Process) -> str:
        """Takes what the process says until it ends or falls silent."""
        if process.stdout is None:
            raise AssertionError("started without a pipe")
        fault = ""
        while True:
            try:
                async with asyncio.timeout(self._pace.silence_s):
                    line = await next_line(process.stdout)
            except TimeoutError:
                _kill(process)
                return f"The SIP process for {self._account} hung; it is started again."
            if not line:
                return fault
            try:
                fault = self._take(json.loads(line)) or fault
            except (ValueError, KeyError, TypeError):  # a library wrote to standard output
                self._log.warning("sip_process_unclear")

    def _take(self, said: Mapping[str, Any]) -> str:
        match said:
            case {"state": [kind, text, heard_s]}:
                self._tell(LinkKind(kind), text, heard_s)
            case {"call": call}:
                record = SipCall.from_json(call)
                self._pending[record.uniqueid] = record
                self._came.set()
            case {"log": [event, facts]}:
                self._log.warning("sip_process_said", what=event, **facts)
            case {"failed": text}:
                return str(text)
        return ""

    async def _keep(self, call: SipCall) -> bool:
        country = self._account.country
        try:
            await self._sink.keep_call(records.finished(call, country))
            if request := records.callback(call, country):
                await self._sink.keep_callback(request)
        except Exception as fault:
            self._log.error("sip_call_not_kept", call=call.uniqueid, fault=_told(fault))
            return False
        self._say(kept=call.uniqueid)
        return True

    def _say(self, **what: Any) -> None:
        """To the process, if there is one; what it misses it asks again after its start."""
        if self._process is not None and self._process.stdin is not None:
            with contextlib.suppress(OSError, RuntimeError):
                self._process.stdin.write(json.dumps(what).encode() + b"\n")

    def _was_up(self) -> bool:
        return self._state.kind in (LinkKind.UP, LinkKind.LOST)

    def _tell(self, kind: LinkKind, text: str, heard_s: float = 0.0) -> None:
        last = self._state
        if (last.kind, last.text) == (kind, text):
            return
        now = self._clock()
        since = last.since if last.kind is not LinkKind.UP and kind is not LinkKind.UP else now
        if last.kind is LinkKind.UP and kind is not LinkKind.UP and heard_s:
            since = datetime.fromtimestamp(heard_s, UTC)
        self._state = LinkState(kind, text, since)
        fine = kind is LinkKind.UP
        (self._log.info if fine else self._log.warning)("sip_link", state=kind.value, text=text)
        self._moved.set()


async def next_line(stream: asyncio.StreamReader) -> bytes:
    """A line, or nothing at the end; lines beyond the stream's limit are nothing of ours."""
    while True:
        try:
            return await stream.readline()
        except ValueError:
            _log.warning("sip_process_unclear")


def _told(fault: Exception) -> str:
    """For the log: ours in their own words, others by kind alone, for they may quote a number."""
    return str(fault) if isinstance(fault, RingbackError) else type(fault).__name__


async def _ended(process: asyncio.subprocess.Process, within_s: float) -> None:
    """Ends the process: in order by closing its input, else by force."""
    if process.stdin is not None:
        process.stdin.close()
    try:
        async with asyncio.timeout(within_s):
            await process.wait()
    except TimeoutError:
        _kill(process)
        await process.wait()


def _kill(process: asyncio.subprocess.Process) -> None:
    with contextlib.suppress(ProcessLookupError):  # it ended meanwhile
        process.kill()
