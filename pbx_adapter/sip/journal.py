"""Calls on disk from their first moment until they are kept elsewhere: one small file each.

In: calls as they begin, go on and end. Out: those left over by a process that was ended, at the next
start. So neither a crash of ours nor one of the SIP library loses a call; what can be lost is a
call that arrives while no process of ours runs, and the last digit of one killed as it was pressed.

Beside them stands the port that we were last registered with: from another one we would be another
telephone, which a PBX that allows one alone refuses until the registration before has run out.

The files hold telephone numbers: they are readable for our own user alone, and gone once kept.
"""

import os
import re
from collections.abc import Iterator
from pathlib import Path

from pbx_adapter.sip.records import SipCall

_NAME = re.compile(r"sip-[0-9a-f]+")
_PORT = "port"


class Journal:
    """A folder of its own."""

    def __init__(self, folder: Path) -> None:
        folder.mkdir(parents=True, exist_ok=True, mode=0o700)
        self._folder = folder

    def write(self, call: SipCall) -> None:
        """Safe on disk when this returns; replaces what was known of the call.

        Raises:
            OSError: The disk is full or gone.
        """
        draft = self._folder / f"{call.uniqueid}.draft"
        with open(os.open(draft, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600), "w") as file:
            file.write(call.to_json())
            file.flush()
            os.fsync(file.fileno())
        draft.replace(self._path(call.uniqueid))

    def forget(self, uniqueid: str) -> None:
        """It has been kept elsewhere."""
        if _NAME.fullmatch(uniqueid):
            self._path(uniqueid).unlink(missing_ok=True)

    def left_over(self) -> Iterator[SipCall]:
        """What has not been kept, in no order; a file that can't be read is set aside."""
        for path in sorted(self._folder.glob("sip-*.json")):
            try:
                yield SipCall.from_json(path.read_text())
            except (ValueError, KeyError, TypeError):
                path.replace(path.with_suffix(".unreadable"))

    def keep_port(self, port: int) -> None:
        """We are registered with this port: a later process binds it again.

        Raises:
            OSError: The disk is full or gone.
        """
        if port != self.port():
            (self._folder / _PORT).write_text(f"{port}\n")

    def port(self) -> int:
        """The port of the latest process that was registered; 0: there was none."""
        try:
            text = (self._folder / _PORT).read_text().strip()
        except (OSError, ValueError):
            return 0
        return int(text) if re.fullmatch(r"[0-9]{1,5}", text, re.ASCII) else 0

    def _path(self, uniqueid: str) -> Path:
        return self._folder / f"{uniqueid}.json"
