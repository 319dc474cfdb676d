"""A real CalDAV server of one's own: Radicale, with passwords and a folder of its own.

In: nothing. Out: a server on a free port of 127.0.0.1 that can be stopped and started again, and the
calendars in it as an employee's own program sees them.
"""

import shutil
import subprocess
import sys
import tempfile
import time
from pathlib import Path
from uuid import uuid4

import httpx
from icalendar import Calendar, Event

from ringback.calendars import Place
from tests.ports import free_port

USER, PASSWORD = "ellen", "only-for-tests"
STRANGER = "mira"
_START_S, _STOP_S = 60.0, 30.0
_CONFIG = """\
[server]
hosts = 127.0.0.1:{port}
[auth]
type = htpasswd
htpasswd_filename = {folder}/users
htpasswd_encryption = plain
delay = 0
[rights]
type = {rights}
[storage]
filesystem_folder = {folder}/collections
[logging]
level = warning
"""


class Radicale:
    """One server; a context manager. The port is the same over restarts."""

    def __init__(self) -> None:
        self.port = free_port()
        self.folder = Path(tempfile.mkdtemp(prefix="ringback-radicale-"))
        self._process: subprocess.Popen[bytes] | None = None
        users = f"{USER}:{PASSWORD}\n{STRANGER}:{PASSWORD}\n"
        (self.folder / "users").write_text(users)

    def __enter__(self) -> "Radicale":
        self.start()
        return self

    def __exit__(self, *_: object) -> None:
        self.stop()
        shutil.rmtree(self.folder, ignore_errors=True)

    def start(self, rights: str = "owner_only") -> None:
        """Start it and return when it answers."""
        config = self.folder / "config"
        config.write_text(_CONFIG.format(port=self.port, folder=self.folder, rights=rights))
        with (self.folder / "log").open("ab") as log:
            self._process = subprocess.Popen(
                [sys.executable, "-m", "radicale", "--config", str(config)], stdout=log, stderr=log
            )
        until = time.monotonic() + _START_S
        while not self._answers():
            told = (self.folder / "log").read_text()
            assert self._process.poll() is None, told
            assert time.monotonic() < until, told
            time.sleep(0.05)

    def stop(self) -> None:
        """End it; what it keeps stays in its folder."""
        process, self._process = self._process, None
        if process is not None:
            process.terminate()
            process.wait(_STOP_S)

    def make_calendar(self) -> "Agenda":
        """An empty calendar of the employee's."""
        url = f"http://127.0.0.1:{self.port}/{USER}/{uuid4().hex}/"
        agenda = Agenda(Place(url, USER, PASSWORD))
        agenda.ask("MKCALENDAR", "", b"")
        return agenda

    def _answers(self) -> bool:
        try:
            return httpx.get(f"http://127.0.0.1:{self.port}/.web", timeout=5).status_code < 500
        except httpx.HTTPError:
            return False


class Agenda:
    """A calendar as its owner's own program uses it."""

    def __init__(self, place: Place) -> None:
        self.place = place

    def ask(self, method: str, name: str, body: bytes) -> httpx.Response:
        auth = (self.place.user, self.place.password)
        answer = httpx.request(
            method, self.place.url + name, content=body, auth=auth, timeout=30, trust_env=False
        )
        assert answer.is_success, (answer.status_code, answer.text)
        return answer

    def events(self) -> list[Event]:
        """All events, by start."""
        text = self.ask("GET", "", b"").text
        return sorted(Calendar.from_ical(text).events, key=lambda event: event.start.isoformat())

    def add(self, *lines: str, uid: str = "") -> str:
        """Put in an event with these properties; the name of its file."""
        uid = uid or uuid4().hex
        whole = (
            "BEGIN:VCALENDAR",
            "VERSION:2.0",
            "PRODID:-//Test//Phone//EN",
            "BEGIN:VEVENT",
            f"UID:{uid}",
            "DTSTAMP:20261101T120000Z",
            *lines,
            "END:VEVENT",
            "END:VCALENDAR",
        )
        name = f"{uuid4().hex}.ics"
        self.ask("PUT", name, "".join(f"{line}\r\n" for line in whole).encode())
        return name

    def remove(self, name: str) -> None:
        self.ask("DELETE", name, b"")
