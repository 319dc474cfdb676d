"""The SIP process: pyVoIP's threads, kept away from everybody else's.

In, on standard input, one JSON object a line: the start (account, journal, rhythm), then which calls
have been kept. Out, on standard output, the same way: our standing with the PBX, finished calls, what
is for the log, and every second that all is well. Started and watched by `listener`, and by nobody
else; ends when its standard input does, so that it never outlives the program.
"""

import json
import os
import signal
import sys
import threading
import time
from dataclasses import replace
from pathlib import Path
from typing import IO, Any

from pbx_adapter.link import Backoff, LinkKind
from pbx_adapter.sip import prompts, records
from pbx_adapter.sip.account import SipAccount
from pbx_adapter.sip.answering import converse
from pbx_adapter.sip.g711 import Law
from pbx_adapter.sip.journal import Journal
from pbx_adapter.sip.messages import Message
from pbx_adapter.sip.pyvoip.calls import Call
from pbx_adapter.sip.pyvoip.phone import Desk, Phone
from pbx_adapter.sip.records import SipCall
from pbx_adapter.sip.registrar import Rhythm, Standing
from ringback.calls import EndedBy
from ringback.errors import RingbackError

ALIVE_EVERY_S = 1.0
_LAST_WORDS_S = 2.0


class Teller:
    """Writes to the listener, from any thread."""

    def __init__(self, out: IO[str]) -> None:
        self._out = out
        self._lock = threading.Lock()

    def tell(self, **what: Any) -> None:
        """One line; when nobody reads any more, the process is about to end."""
        with self._lock:
            try:
                self._out.write(json.dumps(what) + "\n")
                self._out.flush()
            except (BrokenPipeError, ValueError):
                return

    def standing(self, standing: Standing) -> None:
        """How we stand with the PBX."""
        self.tell(state=[standing.kind, standing.text, standing.heard_s])

    def report(self, event: str, **facts: Any) -> None:
        """For the log."""
        self.tell(log=[event, facts])


class Attendant:
    """Lives through the calls and writes them down.

    Attributes:
        port: Ours, once the phone has it.
    """

    def __init__(
        self,
        account: SipAccount,
        journal: Journal,
        sounds: dict[Law, prompts.Sounds],
        teller: Teller,
    ) -> None:
        self._account = account
        self._journal = journal
        self._sounds = sounds
        self._teller = teller
        self.port = 0

    def desk(self) -> Desk:
        """What the phone is given."""
        return Desk(self.begun, self.live, self.refused, self.standing, self._teller.report)

    def standing(self, standing: Standing) -> None:
        """How we stand with the PBX; where we are registered is kept for the next process."""
        if standing.kind is LinkKind.UP:
            try:
                self._journal.keep_port(self.port)
            except OSError as fault:  # the next process takes another port
                self._teller.report("sip_journal_failed", fault=str(fault))
        self._teller.standing(standing)

    def begun(self, invite: Message) -> SipCall:
        """A call came; from here on it is not lost."""
        record = records.begun(invite, self._account.username, time.time())
        self._write(record)
        return record

    def refused(self, record: SipCall) -> None:
        """It could not be taken, and nobody answered it either."""
        self._finish(replace(record, ended_s=time.time(), ended_by=EndedBy.SYSTEM))

    def live(self, call: Call) -> None:
        """The whole call; a fault in it ends it, and is told."""
        rings = records.can_be_rung(call.record, self._account.country)
        try:
            converse(call, self._sounds[call.law], rings, lambda: self._asked(call))
        except Exception as fault:
            kind = type(fault).__name__  # its words may quote a number or a secret
            self._teller.report("sip_call_failed", call=call.record.uniqueid, fault=kind)
            call.refuse("500 Server Internal Error")
            call.hang_up()
        ended_s = call.ended_s or time.time()
        self._finish(replace(call.record, ended_s=ended_s, ended_by=call.ended_by))

    def hand_over_left_overs(self) -> None:
        """Tells again what has not been kept."""
        for record in self._journal.left_over():
            self._teller.tell(call=record.to_json())

    def _asked(self, call: Call) -> None:
        call.record = replace(call.record, asked_s=time.time())
        self._write(call.record)

    def _finish(self, record: SipCall) -> None:
        self._write(record)
        self._teller.tell(call=record.to_json())

    def _write(self, record: SipCall) -> None:
        try:
            self._journal.write(record)
        except OSError as fault:  # the call goes on; only a crash could lose it now
            self._teller.report("sip_journal_failed", call=record.uniqueid, fault=str(fault))


def main() -> None:
    """Runs until standard input ends."""
    teller = Teller(os.fdopen(os.dup(sys.stdout.fileno()), "w"))
    sys.stdout = sys.stderr  # pyVoIP prints
    threading.excepthook = lambda fault: teller.report(
        "sip_thread_failed",
        thread=fault.thread and fault.thread.name,
        fault=fault.exc_type.__name__,
    )
    for number in (signal.SIGTERM, signal.SIGINT):
        signal.signal(
            number, signal.SIG_IGN
        )  # systemd tells all; calls end in order with the input
    start = json.loads(sys.stdin.readline())
    account = SipAccount.from_json(start["account"])
    try:
        journal = Journal(Path(start["journal"]))
        sounds = prompts.load(account)
        attendant = Attendant(account, journal, sounds, teller)
        attendant.hand_over_left_overs()
        port = journal.port()
        rhythm = replace(rhythm_of(start["rhythm"]), was_registered=port > 0)
        phone = Phone(account, attendant.desk(), rhythm, port)
        attendant.port = phone.sip.myPort
        phone.start()
    except (OSError, RingbackError) as fault:
        teller.tell(failed=f"The SIP process for {account} could not start: {fault}")
        raise SystemExit(1) from None
    _run(phone, journal, teller)


def rhythm_of(fields: dict[str, Any]) -> Rhythm:
    """The rhythm of its JSON."""
    return Rhythm(Backoff(**fields["unreachable"]), Backoff(**fields["refused"]), fields["renew_s"])


def _run(phone: Phone, journal: Journal, teller: Teller) -> None:
    stopping = threading.Event()
    threading.Thread(target=_listen, args=(journal, stopping), daemon=True, name="stdin").start()
    while not stopping.wait(ALIVE_EVERY_S):
        if phone.sip.is_alive():
            teller.tell(alive=len(phone.ongoing))
    phone.stop()
    until_s = time.monotonic() + _LAST_WORDS_S
    for thread in threading.enumerate():
        if thread.name.startswith("call "):
            thread.join(max(0.0, until_s - time.monotonic()))


def _listen(journal: Journal, stopping: threading.Event) -> None:
    for line in sys.stdin:
        journal.forget(json.loads(line)["kept"])
    stopping.set()


if __name__ == "__main__":
    main()
