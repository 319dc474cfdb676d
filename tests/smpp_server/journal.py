"""What the SMPP server took, as it wrote it down; read while it writes, and after it was killed.

In: the file in which it writes a JSON object a line, each before it answers. Out: the records.

The system may show, and a kill may leave, the first half of a line where it crosses a page of memory.
Half a line is a text that the server has not taken: it writes the whole before it answers.
"""

import json
import os
from pathlib import Path
from typing import Any


class Journal:
    """One file; it outlives the server."""

    def __init__(self, path: Path) -> None:
        self.path = path
        path.touch()
        self._read = 0
        self._records = list[dict[str, Any]]()

    def records(self) -> list[dict[str, Any]]:
        """All that are whole, in order; reads only what is new."""
        with self.path.open("rb") as file:
            file.seek(self._read)
            whole = file.read().rpartition(b"\n")
        lines = b"".join(whole[:2])
        self._read += len(lines)
        self._records += (json.loads(line) for line in lines.splitlines())
        return self._records.copy()

    def mend(self) -> None:
        """Drop the half line that a kill left, so that the next server begins with a new one."""
        self.records()
        os.truncate(self.path, self._read)
