"""Twilio's messaging API on 127.0.0.1: takes texts, lists them, posts signed receipts and texts.

Speaks what twilio.com/docs tells: Basic auth, form-encoded requests, JSON answers with Twilio's codes,
webhooks signed over every field, TwiML that sends a text when an answer holds a message. It signs the
address that it was given, also where it reaches us by another (a proxy). Misbehaves on order.
"""

import asyncio
import base64
import hashlib
import hmac
import json
import re
import uuid
from collections import deque
from datetime import UTC, datetime
from email.utils import format_datetime
from typing import Any, Self
from urllib.parse import parse_qsl, urldefrag, urlencode

import httpx

from ringback.segments import count
from tests.fakes.elks import Fault
from tests.fakes.elks_http import Answer, Request, read_request, write_answer

Entry = dict[str, Any]
SID, TOKEN = "AC" + "0123456789abcdef" * 2, "t-made-up"
_REFUSALS: dict[Fault, tuple[int, int, str]] = {
    Fault.BAD_REQUEST: (400, 21211, "The 'To' number +46701740605 is not a valid phone number."),
    Fault.UNAUTHORIZED: (401, 20003, "Authenticate"),
    Fault.NO_CREDITS: (403, 20003, "Permission Denied"),
    Fault.BUSY: (429, 20429, "Too Many Requests"),
}


class FakeTwilio:
    """The server; `async with` starts and ends it.

    Attributes:
        status: Of the account.
        token: Signs the webhooks.
        deliver_to: Where texts that come in are posted.
        receipts: Fields of the receipts posted after each accepted text, in this order.
        proxy: The address that Twilio was given, and the one that is really called.
        opted_out: Who has told STOP.
        page: How many texts a page of the list has at most.
    """

    def __init__(self) -> None:
        self.port = 0
        self.status = "active"
        self.token = TOKEN
        self.deliver_to = ""
        self.receipts: tuple[dict[str, str], ...] = ()
        self.proxy = ("", "")
        self.opted_out: set[str] = set()
        self.page = 1000
        self.sms: list[Entry] = []
        self.answers: list[httpx.Response] = []
        self._faults: dict[str, deque[Fault]] = {"POST": deque(), "GET": deque()}
        self._server: asyncio.Server | None = None
        self._tasks: set[asyncio.Task[Any]] = set()
        self._posts: set[asyncio.Task[None]] = set()

    @property
    def base_url(self) -> str:
        return f"http://127.0.0.1:{self.port}"

    @property
    def accepted(self) -> list[Entry]:
        """The texts that went out; each of them costs money."""
        return [sms for sms in self.sms if sms["direction"].startswith("outbound")]

    def misbehave(self, fault: Fault, on: str = "POST") -> None:
        """Lets the next request of the method go wrong."""
        self._faults[on].append(fault)

    async def __aenter__(self) -> Self:
        self._client = httpx.AsyncClient(timeout=30.0, trust_env=False)
        self._server = await asyncio.start_server(self._serve, "127.0.0.1", self.port)
        self.port = self._server.sockets[0].getsockname()[1]
        return self

    async def __aexit__(self, *_: object) -> None:
        await self.refuse()
        tasks = self._tasks | self._posts
        for task in tasks:
            task.cancel()
        await asyncio.gather(*tasks, return_exceptions=True)
        await self._client.aclose()

    async def refuse(self) -> None:
        """Refuses connections from now on."""
        if self._server:
            self._server.close()
            self._server = None

    async def text_in(self, sender: str, recipient: str, words: str, **more: str) -> str:
        """A caller writes; returns the text's id when the webhook was answered."""
        sms = self._create("inbound", sender, recipient, words)
        self.sms.append(sms)
        form = {"MessageSid": sms["sid"], "AccountSid": SID, "From": sender, "To": recipient}
        answer = await self.post(self.deliver_to, {**form, "Body": words, **more})
        if "<Message>" in answer.text:
            self.sms.append(self._create("outbound-reply", recipient, sender, answer.text))
        return str(sms["sid"])

    async def post(self, url: str, form: dict[str, str]) -> httpx.Response:
        """Posts a signed webhook, again after a server's fault as often as the address's `rc` says.

        The fragment itself is neither called nor signed (usage/security: "through the end of the
        query string").
        """
        url, overrides = urldefrag(url)
        for _ in range(int(dict(parse_qsl(overrides)).get("rc", "0")) + 1):
            answer = await self._post(url, form)
            if answer.status_code < 500:
                break
        return answer

    async def _post(self, url: str, form: dict[str, str]) -> httpx.Response:
        signed = url + "".join(name + form[name] for name in sorted(form))
        digest = hmac.new(self.token.encode(), signed.encode(), hashlib.sha1).digest()
        headers = {"X-Twilio-Signature": base64.b64encode(digest).decode()}
        headers["Content-Type"] = "application/x-www-form-urlencoded; charset=utf-8"
        given, called = self.proxy
        answer = await self._client.post(
            url.replace(given, called, 1) if given else url,
            content=urlencode(form),
            headers=headers,
        )
        self.answers.append(answer)
        return answer

    async def delivered(self) -> None:
        """Waits until every receipt under way was posted."""
        while self._posts:
            await asyncio.wait(self._posts, timeout=30)

    async def _serve(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        task = asyncio.current_task()
        if task:
            self._tasks.add(task)
            task.add_done_callback(self._tasks.discard)
        try:
            await write_answer(writer, self._answered(await read_request(reader)))
        except (asyncio.IncompleteReadError, ConnectionError):
            pass  # the client went away
        finally:
            writer.close()

    def _answered(self, request: Request) -> Answer:
        basic = base64.b64encode(f"{SID}:{TOKEN}".encode()).decode()
        if request.headers.get("authorization") != f"Basic {basic}":
            return _refusal(Fault.UNAUTHORIZED)
        faults = self._faults[request.method]
        fault = faults.popleft() if faults else None
        if fault in _REFUSALS:
            return _refusal(fault)
        if fault is Fault.DROP:
            return Answer(drop=True)
        answer = self._done(request)
        spoiled = {
            Fault.ERROR_AFTER_ACCEPTING: Answer(500, "Internal Server Error"),
            Fault.DROP_AFTER_ACCEPTING: Answer(drop=True),
            Fault.SLOW: Answer(delay_s=60),
            Fault.DRIP: Answer(drip=True),
            Fault.GARBAGE: Answer(200, "<html>Welcome to the hotel's network</html>"),
        }
        return spoiled.get(fault, answer) if fault else answer

    def _done(self, request: Request) -> Answer:
        account = f"/2010-04-01/Accounts/{SID}"
        match (request.method, request.path.removeprefix(account)):
            case ("GET", ".json"):
                return _json({"sid": SID, "status": self.status})
            case ("POST", "/Messages.json"):
                return self._send(request)
            case ("GET", "/Messages.json"):
                return self._list(request, account)
        return _error(404, 20404, "The requested resource was not found")

    def _send(self, request: Request) -> Answer:
        form = request.form
        if not re.fullmatch(r"\+[1-9]\d{6,14}", form.get("To", "")):
            return _refusal(Fault.BAD_REQUEST)
        if form["To"] in self.opted_out:
            return _error(400, 21610, "Attempt to send to unsubscribed recipient")
        if len(form.get("Body", "")) > 1600:
            return _error(
                400, 21617, "The concatenated message body exceeds the 1600 character limit"
            )
        sms = self._create("outbound-api", form["From"], form["To"], form["Body"])
        self.sms.append(sms)
        if callback := form.get("StatusCallback"):
            task = asyncio.create_task(self._report(sms, callback))
            self._posts.add(task)
            task.add_done_callback(self._posts.discard)
        return _json(sms, 201)

    async def _report(self, sms: Entry, url: str) -> None:
        for fields in self.receipts:
            sms["status"] = fields["MessageStatus"]
            form = {"MessageSid": sms["sid"], "SmsStatus": fields["MessageStatus"], **fields}
            await self.post(url, {"AccountSid": SID, "ApiVersion": "2010-04-01", **form})

    def _list(self, request: Request, account: str) -> Answer:
        query, start = request.query, int(request.query.get("Page", "0")) * self.page
        wanted = [
            sms
            for sms in reversed(self.sms)
            if query.get("To", sms["to"]) == sms["to"]
            and query.get("From", sms["from"]) == sms["from"]
        ]
        onward = None
        if len(wanted) > start + self.page:
            turned = {**query, "Page": str(start // self.page + 1)}
            onward = f"{account}/Messages.json?{urlencode(turned)}"
        return _json({"messages": wanted[start : start + self.page], "next_page_uri": onward})

    def _create(self, direction: str, sender: str, recipient: str, words: str) -> Entry:
        return {
            "sid": "SM" + uuid.uuid4().hex,
            "direction": direction,
            "from": sender,
            "to": recipient,
            "body": words,
            "status": "queued" if direction != "inbound" else "received",
            "num_segments": str(count(words).parts) if words else "1",
            "date_created": format_datetime(datetime.now(UTC)),
            "price": None,
            "price_unit": "SEK",
        }


def _refusal(fault: Fault | None) -> Answer:
    status, code, words = _REFUSALS[fault or Fault.BAD_REQUEST]
    return _error(status, code, words, {"Retry-After": "7"} if fault is Fault.BUSY else {})


def _error(status: int, code: int, words: str, headers: dict[str, str] | None = None) -> Answer:
    return Answer(
        status, json.dumps({"code": code, "message": words, "status": status}), headers or {}
    )


def _json(value: object, status: int = 200) -> Answer:
    return Answer(status, json.dumps(value), {"Content-Type": "application/json"})
