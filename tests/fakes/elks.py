"""46elks' SMS API on 127.0.0.1: takes texts, lists them, posts receipts and inbound texts.

Speaks what https://46elks.se/docs/ tells: Basic auth, form-encoded requests, JSON answers, webhooks
repeated until they are answered with 200-204, and a webhook's answer sent back as a text when it
has a body. What it accepted stands in `journal`, and in a file when one is given, so that texts can
be counted after the program under test was killed. Misbehaves on order, see `Fault`.

As a process of its own: `python -m tests.fakes.elks --port N --journal FILE --deliver-to URL`. Then
it is ordered about by forms posted to /fake/misbehave (fault, times, on), /fake/refuse (seconds),
/fake/receipts (statuses, delay_s), /fake/receipt (id, status) and /fake/inbound (from, to,
message); GET /fake/journal lists the journal.
"""

import argparse
import asyncio
import base64
import hmac
import json
import re
import signal
import uuid
from collections import deque
from collections.abc import Callable, Coroutine
from datetime import UTC, datetime, timedelta
from enum import StrEnum
from pathlib import Path
from typing import Any

import httpx

from ringback.segments import count
from tests.fakes.elks_http import Answer, Form, Request, read_request, write_answer
from tests.ports import free_port

Entry = dict[str, Any]
USERNAME, PASSWORD = "u-made-up", "p-made-up"
COST_PER_PART_E4 = 5000


class Fault(StrEnum):
    """What goes wrong with a request; the first five without taking the text."""

    BAD_REQUEST = "bad_request"
    UNAUTHORIZED = "unauthorized"
    NO_CREDITS = "no_credits"
    BUSY = "busy"
    DROP = "drop"
    ERROR_AFTER_ACCEPTING = "error_after_accepting"
    DROP_AFTER_ACCEPTING = "drop_after_accepting"
    SLOW = "slow"  # the answer never comes while the client waits
    DRIP = "drip"  # the answer comes a byte at a time, without end
    GARBAGE = "garbage"


_REFUSALS: dict[Fault, tuple[int, str]] = {
    Fault.BAD_REQUEST: (400, "Invalid to number +46701740605"),
    Fault.UNAUTHORIZED: (401, "API access requires Basic HTTP authentication."),
    Fault.NO_CREDITS: (403, "Not enough credits"),
    Fault.BUSY: (429, "Too many requests"),
}


class Journal:
    """Everything that happened, in order; kept on disk when there is a file."""

    def __init__(self, path: Path | None) -> None:
        self._path = path
        self.entries: list[Entry] = read_journal(path) if path and path.exists() else []

    def add(self, kind: str, **fields: Any) -> Entry:
        entry: Entry = {"kind": kind, **fields}
        self.entries.append(entry)
        if self._path:
            with self._path.open("a", encoding="utf-8") as file:
                file.write(json.dumps(entry, ensure_ascii=False) + "\n")
        return entry


def read_journal(path: Path) -> list[Entry]:
    """The entries of a journal on disk; a half-written last line is left out."""
    lines = path.read_text("utf-8").split("\n")[:-1]
    return [json.loads(line) for line in lines]


class FakeElks:
    """The server; `async with` starts and ends it.

    Attributes:
        deliver_to: The number's `sms_url`.
        receipts: The statuses posted after each accepted text, in this order.
        receipt_delay_s: How long after the text the first receipt is posted.
    """

    def __init__(
        self,
        port: int = 0,
        journal: Path | None = None,
        deliver_to: str | None = None,
        retry_s: float = 0.02,
        retry_for_s: float = 0.0,
    ) -> None:
        self.port = port
        self.deliver_to = deliver_to
        self.receipts: tuple[str, ...] = ("sent", "delivered")
        self.receipt_delay_s = 0.0
        self.balance_e4 = 1_000_000
        self._retry_s, self._retry_for_s = retry_s, retry_for_s
        self._journal = Journal(journal)
        self._sms: dict[str, Entry] = {}
        self._last_created = datetime.min.replace(tzinfo=UTC)
        self._faults: dict[str, deque[Fault]] = {"send": deque(), "list": deque(), "me": deque()}
        self._server: asyncio.Server | None = None
        self._tasks: set[asyncio.Task[Any]] = set()
        self._deliveries: set[asyncio.Task[Any]] = set()
        for entry in self._journal.entries:
            if entry["kind"] in ("accepted", "inbound"):
                self._sms[entry["id"]] = dict(entry)
            elif entry["kind"] == "receipt":
                self._sms[entry["id"]]["status"] = entry["status"]

    async def __aenter__(self) -> "FakeElks":
        self._client = httpx.AsyncClient(timeout=30.0, trust_env=False)
        await self.listen()
        return self

    async def __aexit__(self, *_: object) -> None:
        await self.refuse()
        tasks = self._tasks | self._deliveries
        for task in tasks:
            task.cancel()
        await asyncio.gather(*tasks, return_exceptions=True)
        await self._client.aclose()

    @property
    def base_url(self) -> str:
        return f"http://127.0.0.1:{self.port}/a1"

    @property
    def journal(self) -> list[Entry]:
        return self._journal.entries

    @property
    def accepted(self) -> list[Entry]:
        """The texts that were taken from the program under test; each of them costs money."""
        return [entry for entry in self.journal if entry["kind"] == "accepted"]

    def misbehave(self, fault: Fault, times: int = 1, on: str = "send") -> None:
        """Lets the next requests go wrong; `on` is send, list or me."""
        self._faults[on].extend([fault] * times)

    async def refuse(self) -> None:
        """Refuses connections from now on."""
        if self._server:
            self._server.close()
            self._server = None

    async def listen(self) -> None:
        """Takes connections, on the same port as before."""
        self.port = self.port or free_port()  # nobody else takes it while it refuses
        self._server = await asyncio.start_server(self._serve, "127.0.0.1", self.port)

    async def post_receipt(self, sms_id: str, status: str) -> None:
        """Posts one receipt until it is taken or the retries are over."""
        sms = self._sms[sms_id]
        form = {"id": sms_id, "status": status}
        if status == "delivered":
            form["delivered"] = _stamp(datetime.now(UTC)) + "Z"
        sms["status"] = status
        self._journal.add("receipt", id=sms_id, status=status)
        await self._post(sms["whendelivered"], form)

    def text_in(self, sender: str, recipient: str, message: str) -> str:
        """A caller writes; the text's id. The webhook is posted in the background."""
        sms = self._create("incoming", sender, recipient, message)
        self._sms[sms["id"]] = self._journal.add("inbound", **sms)
        self._in_background(self._deliver(sms))
        return str(sms["id"])

    async def delivered(self) -> None:
        """Waits until every webhook under way was taken or given up."""
        while self._deliveries:
            await asyncio.wait(self._deliveries, timeout=30)

    async def _deliver(self, sms: Entry) -> None:
        fields = ("direction", "id", "from", "to", "created", "message")
        answer = await self._post(self.deliver_to or "", {name: sms[name] for name in fields})
        if answer and answer.text:  # 46elks sends a body back as a text
            reply = self._create("outgoing-reply", sms["to"], sms["from"], answer.text)
            self._sms[reply["id"]] = self._journal.add("accepted", **reply)

    async def _post(self, url: str, form: Form) -> httpx.Response | None:
        """Posts at least five times and for as long as set, until the answer is 200-204."""
        loop = asyncio.get_running_loop()
        give_up, attempt = loop.time() + self._retry_for_s, 0
        while attempt < 5 or loop.time() < give_up:
            attempt += 1
            try:
                answer = await self._client.post(url, data=form)
            except httpx.HTTPError as fault:
                self._journal.add("webhook", id=form["id"], answer=type(fault).__name__)
            else:
                self._journal.add("webhook", id=form["id"], answer=answer.status_code)
                if 200 <= answer.status_code <= 204:
                    return answer
            await asyncio.sleep(self._retry_s)
        return None

    async def _serve(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        task = asyncio.current_task()
        if task:
            self._tasks.add(task)
            task.add_done_callback(self._tasks.discard)
        try:
            await write_answer(writer, await self._answered(await read_request(reader)))
        except (asyncio.IncompleteReadError, ConnectionError):
            pass  # the client went away, or was killed
        finally:
            writer.close()

    async def _answered(self, request: Request) -> Answer:
        if request.path.startswith("/fake/"):
            return await self._ordered(request)
        if not _authorized(request):
            return Answer(*_REFUSALS[Fault.UNAUTHORIZED])
        match (request.method, request.path.lower().rstrip("/").split("/")):
            case ("POST", ["", "a1", "sms"]):
                return self._faulty("send", lambda: self._send(request.form))
            case ("GET", ["", "a1", "sms"]):
                return self._faulty("list", lambda: self._history(request.query))
            case ("GET", ["", "a1", "me"]):
                me = {"id": "u1", "currency": "SEK", "balance": self.balance_e4}
                return self._faulty("me", lambda: _json(me))
            case ("GET", ["", "a1", "sms", sms_id]) if sms_id in self._sms:
                return _json(_shown(self._sms[sms_id]))
        return Answer(404, "Not found")

    def _faulty(self, on: str, act: Callable[[], Answer]) -> Answer:
        fault = self._faults[on].popleft() if self._faults[on] else None
        if fault in _REFUSALS:
            headers = {"Retry-After": "7"} if fault is Fault.BUSY else {}
            return Answer(*_REFUSALS[fault], headers)
        if fault is Fault.DROP:
            return Answer(drop=True)
        answer = act()
        match fault:
            case Fault.ERROR_AFTER_ACCEPTING:
                return Answer(500, "Internal server error")
            case Fault.DROP_AFTER_ACCEPTING:
                return Answer(drop=True)
            case Fault.SLOW:
                return Answer(answer.status, answer.body, delay_s=60)
            case Fault.DRIP:
                return Answer(drip=True)
            case Fault.GARBAGE:
                return Answer(200, "<html>Welcome to the hotel's network</html>")
        return answer

    def _send(self, form: Form) -> Answer:
        for name in ("from", "to", "message"):
            if not form.get(name):
                return Answer(400, f"Missing key {name}")
        if not re.fullmatch(r"\+[1-9]\d{6,14}|[A-Za-z][A-Za-z0-9]{2,10}", form["from"]):
            return Answer(400, "Invalid from")
        if not re.fullmatch(r"\+[1-9]\d{6,14}", form["to"]):
            return Answer(400, "Invalid to number")
        sms = self._create("outgoing", form["from"], form["to"], form["message"])
        extra = {name: form[name] for name in ("whendelivered", "dontlog") if name in form}
        self._sms[sms["id"]] = {**sms, **extra}
        self._journal.add("accepted", **sms, **extra)
        if "whendelivered" in form and self.receipts:
            self._in_background(self._report(sms["id"], self.receipts))
        return _json(_shown(self._sms[sms["id"]]))

    async def _report(self, sms_id: str, statuses: tuple[str, ...]) -> None:
        await asyncio.sleep(self.receipt_delay_s)
        for status in statuses:
            await self.post_receipt(sms_id, status)

    def _create(self, direction: str, sender: str, recipient: str, message: str) -> Entry:
        created = max(datetime.now(UTC), self._last_created + timedelta(microseconds=1))
        self._last_created = created
        sms: Entry = {"id": "s" + uuid.uuid4().hex, "direction": direction, "from": sender}
        sms |= {"to": recipient, "message": message, "created": _stamp(created)}
        if direction != "incoming":
            parts = count(message).parts
            sms |= {"status": "created", "parts": parts, "cost": COST_PER_PART_E4 * parts}
        return sms

    def _history(self, query: Form) -> Answer:
        limit = min(int(query.get("limit", "100")), 100)
        newest_first = sorted(self._sms.values(), key=lambda sms: sms["created"], reverse=True)
        wanted = [
            sms
            for sms in newest_first
            if query.get("to", sms["to"]) == sms["to"]
            and query.get("end", "") < sms["created"] < query.get("start", "9")
        ]
        page: Entry = {"data": [_shown(sms) for sms in wanted[:limit]]}
        if len(wanted) > limit:
            page["next"] = wanted[limit - 1]["created"]
        return _json(page)

    async def _ordered(self, request: Request) -> Answer:
        form = request.form
        match request.path.removeprefix("/fake/"):
            case "misbehave":
                times, on = int(form.get("times", "1")), form.get("on", "send")
                self.misbehave(Fault(form["fault"]), times, on)
            case "refuse":
                self._in_background(self._refuse_for(float(form["seconds"])))
            case "receipts":
                self.receipts = tuple(filter(None, form["statuses"].split(",")))
                self.receipt_delay_s = float(form.get("delay_s", "0"))
            case "receipt":
                self._in_background(self.post_receipt(form["id"], form["status"]))
            case "inbound":
                return _json({"id": self.text_in(form["from"], form["to"], form["message"])})
            case "journal":
                return _json(self.journal)
            case _:
                return Answer(404, "No such order")
        return Answer(204)

    async def _refuse_for(self, seconds: float) -> None:
        await self.refuse()
        await asyncio.sleep(seconds)
        await self.listen()

    def _in_background(self, work: Coroutine[Any, Any, None]) -> None:
        task = asyncio.create_task(work)
        self._deliveries.add(task)
        task.add_done_callback(self._deliveries.discard)


def _authorized(request: Request) -> bool:
    expected = "Basic " + base64.b64encode(f"{USERNAME}:{PASSWORD}".encode()).decode()
    return hmac.compare_digest(request.headers.get("authorization", ""), expected)


def _shown(sms: Entry) -> Entry:
    """A text as the API shows it: without our notes, and without its words under dontlog."""
    hidden = {"kind", "whendelivered", "dontlog"} | ({"message"} if "dontlog" in sms else set())
    return {name: value for name, value in sms.items() if name not in hidden}


def _json(value: object) -> Answer:
    return Answer(200, json.dumps(value), {"Content-Type": "application/json"})


def _stamp(moment: datetime) -> str:
    return moment.replace(tzinfo=None).isoformat(timespec="microseconds")


async def _run(options: argparse.Namespace) -> None:
    stop = asyncio.Event()
    for number in (signal.SIGTERM, signal.SIGINT):
        asyncio.get_running_loop().add_signal_handler(number, stop.set)
    async with FakeElks(
        options.port, options.journal, options.deliver_to, options.retry_s, options.retry_for_s
    ) as fake:
        print(f"listening on {fake.base_url}", flush=True)
        await stop.wait()


def main() -> None:
    parser = argparse.ArgumentParser(description="46elks' SMS API on 127.0.0.1, for tests")
    parser.add_argument("--port", type=int, default=0, help="0 takes a free one and prints it")
    parser.add_argument("--journal", type=Path, help="file of JSON lines; continued when it exists")
    parser.add_argument("--deliver-to", help="sms_url: where inbound texts are posted")
    parser.add_argument("--retry-s", type=float, default=0.5, help="between posts of a webhook")
    parser.add_argument("--retry-for-s", type=float, default=120.0, help="then it is given up")
    asyncio.run(_run(parser.parse_args()))


if __name__ == "__main__":
    main()
