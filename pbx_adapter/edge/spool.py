"""The edge's spool: what the PBX told, kept in one file until the centre has committed it.

In: finished calls, wishes to be rung, where calls of tries are, states of the link (it is a `Sink`), acknowledgements. Out: what
still waits, oldest first. Stands between the recorder and the line to the centre (`edge`).

It holds numbers of callers: the file is the program's own (mode 0600), and what has been
acknowledged is overwritten. When it holds `most` records, or the disk is full, it takes no new one:
it says so in the log and in the state that the portal shows, and the oldest stay. Then only
Asterisk's own outbox has the newer calls.

Source: SQLite's WAL mode; `synchronous=FULL` makes a commit survive a power cut.
"""

import asyncio
import os
import sqlite3
from collections.abc import AsyncIterator, Collection, Mapping, Sequence
from contextlib import asynccontextmanager, closing
from dataclasses import dataclass, replace
from datetime import datetime
from pathlib import Path
from typing import NoReturn
from uuid import uuid4

import aiosqlite
import structlog

from pbx_adapter.commands import LONGEST_LIFE
from pbx_adapter.edge.topics import (
    CALL,
    CALLBACK,
    MARK,
    PROGRESS,
    STATE,
    read_state,
    written_mark,
    written_progress,
    written_state,
)
from pbx_adapter.link import LinkKind, LinkState
from pbx_adapter.sink import LIVE
from ringback.attempts import Progress
from ringback.bell import Bell
from ringback.callbacks import CallbackRequest
from ringback.calls import Call
from ringback.clock import Clock, system_clock
from ringback.errors import BadInput, TryAgain
from ringback.folder import one_process
from ringback.records import written

MOST = 100_000
FILE = "spool.sqlite"
_TABLES = """
CREATE TABLE IF NOT EXISTS record (
    number INTEGER PRIMARY KEY AUTOINCREMENT,
    id TEXT NOT NULL UNIQUE,
    kind TEXT NOT NULL,
    body TEXT NOT NULL,
    refused TEXT
);
CREATE INDEX IF NOT EXISTS waiting ON record (number) WHERE refused IS NULL;
CREATE INDEX IF NOT EXISTS aside ON record (number) WHERE refused IS NOT NULL;
CREATE TABLE IF NOT EXISTS mark (source TEXT PRIMARY KEY, mark TEXT NOT NULL);
CREATE TABLE IF NOT EXISTS command (
    id TEXT PRIMARY KEY, begun_at TEXT NOT NULL, answer TEXT
);
"""
_COUNT = """
SELECT (SELECT count(*) FROM record WHERE refused IS NULL),
       (SELECT count(*) FROM record WHERE refused IS NOT NULL)
"""
log = structlog.get_logger()


@dataclass(frozen=True, slots=True)
class Spooled:
    """A record that waits for the centre; `number` is its place in the order."""

    number: int
    id: str
    kind: str
    body: str


class Spool:
    """The open file; see `open_spool`. Keeps what one PBX told, as a `Sink`.

    Attributes:
        bell: Rung when something new waits.
        waiting: How many records wait.
        refused: How many the centre refused for good; they stay, and are tried again at a start.
    """

    def __init__(self, db: aiosqlite.Connection, most: int, clock: Clock) -> None:
        self.bell = Bell()
        self.waiting = 0
        self.refused = 0
        self._db = db
        self._most = most
        self._clock = clock
        self._is_full = False
        self._turned_away = 0  # since the start
        self._link: LinkState | None = None

    async def keep_call(self, call: Call) -> None:
        """Safe when it returns; TryAgain when there is no room."""
        record_id = uuid4().hex
        await self._keep(record_id, CALL, written(call, record_id))

    async def keep_callback(self, request: CallbackRequest) -> None:
        """As `keep_call`."""
        record_id = uuid4().hex
        await self._keep(record_id, CALLBACK, written(request, record_id))

    async def keep_progress(self, progress: Progress) -> None:
        """As `keep_call`."""
        record_id = uuid4().hex
        await self._keep(record_id, PROGRESS, written_progress(progress, record_id))

    async def keep_link(self, state: LinkState) -> None:
        """The state, with what is wrong here; a full disk does not stop the link.

        Only the newest is news, and an older one that came later would overturn it.
        """
        self._link = state
        record_id = uuid4().hex
        body = written_state(self._shown(state), record_id)
        try:
            await self._change("DELETE FROM record WHERE kind = ?", STATE)
            await self._insert(record_id, STATE, body)
        except TryAgain as fault:
            log.warning("spool_state_not_kept", state=state.kind.value, fault=str(fault))

    async def tell_link(self) -> None:
        """Put the state in line once more, unless it stands there: for a centre that lost us."""
        if self._link is None:
            self._link = LinkState(LinkKind.CONNECTING, "The edge has started.", self._clock())
        rows = await self._rows("SELECT body FROM record WHERE kind = ?", STATE)
        if not rows or read_state(rows[0][0], self._clock()) != self._shown(self._link):
            await self.keep_link(self._link)

    async def marks(self) -> Mapping[str, str]:
        """How far each source of the back-fill has been read."""
        return {row[0]: row[1] for row in await self._rows("SELECT source, mark FROM mark")}

    async def keep_mark(self, source: str, mark: str) -> None:
        """A source has been read so far; the centre hears it after the calls that it told."""
        await self._write("INSERT OR REPLACE INTO mark VALUES (?, ?)", source, mark)
        if source == LIVE:
            return
        start = f"mark-{source}-"
        await self._change("DELETE FROM record WHERE id LIKE ? || '%'", start)  # as `keep_link`
        record_id = f"{start}{uuid4().hex}"
        await self._insert(record_id, MARK, written_mark(source, mark, record_id))

    async def oldest(self, limit: int, after: int = 0) -> Sequence[Spooled]:
        """What waits, in order, from the number `after` on."""
        rows = await self._rows(
            "SELECT number, id, kind, body FROM record WHERE refused IS NULL AND number > ? "
            "ORDER BY number LIMIT ?",
            after,
            limit,
        )
        return [Spooled(*row) for row in rows]

    async def remove(self, ids: Collection[str]) -> None:
        """The centre has committed these."""
        marks = ",".join("?" * len(ids))
        gone = await self._change(f"DELETE FROM record WHERE id IN ({marks})", *ids)  # noqa: S608
        if gone and self._is_full and self.waiting < self._most:
            log.warning("spool_has_room", turned_away=self._turned_away)
            self._is_full = False
        if gone and not self.waiting:  # else the write-ahead log would still hold the numbers
            await self._rows("PRAGMA wal_checkpoint(TRUNCATE)")

    async def refuse(self, record_id: str, fault: str) -> None:
        """The centre will not take this one as it is; it is kept aside, and said so.

        A state is dropped: there will be a next one, and to tell of it would make another.
        """
        if await self._change("DELETE FROM record WHERE id = ? AND kind = ?", record_id, STATE):
            log.error("state_refused", record=record_id, fault=fault)
            return
        gone = await self._change(
            "UPDATE record SET refused = ? WHERE id = ? AND refused IS NULL", fault, record_id
        )
        if gone:
            log.error("record_refused", record=record_id, fault=fault, refused=self.refused)
            if self._link is not None:
                await self.keep_link(self._link)

    async def begin_command(self, command_id: str) -> tuple[bool, str | None]:
        """Whether this is the first time, and else the answer that was given, if there was one."""
        now = self._clock()
        await self._write("DELETE FROM command WHERE begun_at < ?", _text(now - LONGEST_LIFE))
        new = await self._write(
            "INSERT OR IGNORE INTO command VALUES (?, ?, NULL)", command_id, _text(now)
        )
        if new:
            return True, None
        rows = await self._rows("SELECT answer FROM command WHERE id = ?", command_id)
        return False, rows[0][0] if rows else None

    async def finish_command(self, command_id: str, answer: str) -> None:
        """What was answered, in case the command comes again."""
        await self._write("UPDATE command SET answer = ? WHERE id = ?", answer, command_id)

    def trouble(self) -> str:
        """What is wrong here, for people; empty when nothing is."""
        lines = []
        if self._turned_away:
            lines.append(
                f"The edge's spool was full: {self._turned_away} records were turned away."
            )
        if self.refused:
            lines.append(f"The centre refused {self.refused} records; see the log of the edge.")
        return " ".join(lines)

    async def revive(self) -> None:
        """Put what was refused in line again, and count what is there."""
        await self._change("UPDATE record SET refused = NULL WHERE refused IS NOT NULL")

    def _shown(self, state: LinkState) -> LinkState:
        return replace(state, text=f"{state.text} {self.trouble()}".strip())

    async def _keep(self, record_id: str, kind: str, body: str) -> None:
        if self.waiting + self.refused >= self._most:
            await self._turn_away(f"The edge's spool is full ({self._most} records).")
        try:
            await self._insert(record_id, kind, body)
        except TryAgain as fault:
            await self._turn_away(str(fault))

    async def _insert(self, record_id: str, kind: str, body: str) -> None:
        insert = "INSERT INTO record (id, kind, body) VALUES (?, ?, ?)"
        await self._change(insert, record_id, kind, body)
        self.bell.ring()

    async def _turn_away(self, why: str) -> NoReturn:
        self._turned_away += 1
        log.critical("spool_full", fault=why, turned_away=self._turned_away)
        if not self._is_full:
            self._is_full = True
            await self.tell_link()
        raise TryAgain(f"{why} Bring the line to the centre back, or make room on the disk.")

    async def _change(self, statement: str, *values: object) -> int:
        """As `_write`, of records; they are counted also when the caller is cancelled meanwhile."""
        return await asyncio.shield(self._write_and_count(statement, *values))

    async def _write_and_count(self, statement: str, *values: object) -> int:
        touched = await self._write(statement, *values)
        ((self.waiting, self.refused),) = await self._rows(_COUNT)
        return touched

    async def _write(self, statement: str, *values: object) -> int:
        """One statement, one transaction; how many rows it touched."""
        try:
            async with self._db.execute(statement, values) as cursor:
                return cursor.rowcount
        except sqlite3.Error as fault:
            raise TryAgain(f"The edge's spool can't be written ({fault}).") from fault

    async def _rows(self, query: str, *values: object) -> list[sqlite3.Row]:
        try:
            return list(await self._db.execute_fetchall(query, values))
        except sqlite3.Error as fault:
            raise TryAgain(f"The edge's spool can't be read ({fault}).") from fault


@asynccontextmanager
async def open_spool(
    folder: Path, most: int = MOST, clock: Clock = system_clock
) -> AsyncIterator[Spool]:
    """The spool in a folder, made when it is not there. One process at a time.

    Raises:
        BadInput: The folder or the file can't be used, or another process has it.
    """
    try:
        await asyncio.to_thread(_prepare, folder)
    except (OSError, sqlite3.Error) as fault:
        raise BadInput(
            f"The spool in {folder} can't be used ({fault}). Give the user that runs ringback edge "
            "the right to it, or name another folder."
        ) from fault
    with one_process(folder):
        async with aiosqlite.connect(folder / FILE, isolation_level=None) as db:
            for pragma in ("synchronous=FULL", "secure_delete=ON"):
                await db.execute(f"PRAGMA {pragma}")
            spool = Spool(db, most, clock)
            await spool.revive()
            yield spool


def _prepare(folder: Path) -> None:
    folder.mkdir(parents=True, exist_ok=True, mode=0o700)
    path = folder / FILE
    os.close(os.open(path, os.O_CREAT | os.O_RDWR, 0o600))
    path.chmod(0o600)  # the files beside it get the same mode from SQLite
    with closing(sqlite3.connect(path)) as db:
        db.execute("PRAGMA journal_mode=WAL")
        db.executescript(_TABLES)


def _text(moment: datetime) -> str:
    return moment.isoformat(timespec="seconds")
