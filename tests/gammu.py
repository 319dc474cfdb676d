"""A real gammu-smsd with Gammu's dummy telephone, in a folder of its own.

In: nothing. Out: its spool folders; texts that callers send to the telephone; what SMSD gave to the
telephone, part by part, as Gammu itself decodes it.
"""

import asyncio
import os
import shutil
from dataclasses import dataclass
from pathlib import Path
from typing import Self

import pytest

from tests.asterisk.install import HOW_TO_GET

_START_S = 60.0
_WAIT_S = 60.0
_CONFIGURATION = """\
[gammu]
model = dummy
connection = none
port = {folder}/phone

[smsd]
service = files
logfile = {folder}/log
commtimeout = 1
receivefrequency = 1
statusfrequency = 0
loopsleep = 1
inboxpath = {spool}/inbox/
outboxpath = {spool}/outbox/
sentsmspath = {spool}/sent/
errorsmspath = {spool}/error/
inboxformat = unicode
transmitformat = auto
runonsent = {folder}/on_sent
"""
_ON_SENT = """\
#!/bin/sh
env -0 > {folder}/given/.new.$$ && mv {folder}/given/.new.$$ {folder}/given/$$
"""
# Gammu's words for the telephone cut long texts by its locale, and so does SMSD's environment.
_ENVIRONMENT = {"PATH": os.environ["PATH"], "LC_ALL": "C.UTF-8", "HOME": "/nonexistent"}


@dataclass(frozen=True)
class Given:
    """A text as the telephone got it."""

    recipient: str
    parts: tuple[str, ...]


class GammuSmsd:
    """The daemon; an async context manager."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder
        self.spool = folder / "spool"
        self._process: asyncio.subprocess.Process | None = None
        for name in ("inbox", "outbox", "sent", "error"):
            (self.spool / name).mkdir(parents=True)
        for name in ("given", *(f"phone/sms/{number}" for number in range(1, 6))):
            (folder / name).mkdir(parents=True)
        (folder / "rc").write_text(_CONFIGURATION.format(folder=folder, spool=self.spool))
        (folder / "on_sent").write_text(_ON_SENT.format(folder=folder))
        (folder / "on_sent").chmod(0o755)

    async def start(self) -> None:
        """Start the daemon."""
        if shutil.which("gammu-smsd") is None:
            pytest.fail(f"There is no gammu-smsd on this machine. {HOW_TO_GET}")
        log = self._folder / "log"
        said = log.stat().st_size if log.exists() else 0
        self._process = await asyncio.create_subprocess_exec(
            *("gammu-smsd", "-c", self._folder / "rc", "-p", self._folder / "pid"),
            env=_ENVIRONMENT,
            stdout=asyncio.subprocess.DEVNULL,
            stderr=asyncio.subprocess.DEVNULL,
        )
        async with asyncio.timeout(_START_S):
            while not (log.exists() and log.stat().st_size > said):
                await asyncio.sleep(0.05)

    async def stop(self) -> None:
        """End the daemon."""
        if self._process is None:
            return
        if self._process.returncode is None:
            self._process.terminate()
        try:
            await asyncio.wait_for(self._process.wait(), _WAIT_S)
        except TimeoutError:
            self._process.kill()
            await self._process.wait()

    async def __aenter__(self) -> Self:
        await self.start()
        return self

    async def __aexit__(self, *_: object) -> None:
        await self.stop()

    async def text_in(self, sender: str, text: str) -> None:
        """A caller texts the telephone."""
        process = await asyncio.create_subprocess_exec(
            *("gammu", "-c", self._folder / "rc", "savesms", "TEXT", "-folder", "1", "-unread"),
            *("-sender", sender, "-autolen", "1000", "-textutf8", text),
            env=_ENVIRONMENT,
            stdout=asyncio.subprocess.PIPE,
            stderr=asyncio.subprocess.STDOUT,
        )
        said, _ = await asyncio.wait_for(process.communicate(), _WAIT_S)
        assert process.returncode == 0, said.decode()

    async def given(self, count: int) -> list[Given]:
        """What the telephone got, once it is so many texts."""
        folder = self._folder / "given"
        async with asyncio.timeout(_WAIT_S):
            while len(files := [one for one in folder.iterdir() if one.name[0] != "."]) < count:
                await asyncio.sleep(0.05)
        return [_read(file) for file in sorted(files, key=lambda one: one.stat().st_mtime_ns)]


def _read(file: Path) -> Given:
    words = dict(one.split("=", 1) for one in file.read_text("utf-8").split("\0") if "=" in one)
    count = int(words["SMS_MESSAGES"])
    parts = tuple(words[f"SMS_{number + 1}_TEXT"] for number in range(count))
    return Given(words["SMS_1_NUMBER"], parts)
