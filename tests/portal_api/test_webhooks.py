"""What SMS providers post is taken from who proves to be one, kept once, and asked for again when we
could not keep it."""

import asyncio
from urllib.parse import urlencode
from uuid import uuid4

import httpx
import pytest
from sqlalchemy import select
from sqlalchemy.exc import NoResultFound, OperationalError
from starlette.types import Message
from structlog.testing import capture_logs

from portal_api import webhooks
from ringback.errors import BadInput, TryAgain
from ringback.messages import Receipt, WebhookRequest
from ringback.tables import MessageRow, SmsNumberRow
from sms_gateway.inbox import Inbox
from sms_gateway.providers.elks import Elks, ElksAccount
from sms_gateway.providers.kannel import Kannel, KannelAccount
from sms_gateway.providers.twilio import Twilio, TwilioAccount
from sms_gateway.providers.twilio_signature import signature
from tests.portal_api.house import Home, House

SECRET = "made-up-secret-0123456789"
US, CALLER = "+46701740690", "+46701740606"
FORM = "application/x-www-form-urlencoded"
SID = "AC" + "0" * 32
ACCOUNTS = ("46elks", "twilio", "kannel")


def hook(account: str, what: str, secret: str = SECRET) -> str:
    return f"/webhooks/{account}/{secret}/{what}"


@pytest.fixture
async def open_house(house: House) -> House:
    """The house with an account of each kind that calls us, and a place for receipts."""
    client = httpx.AsyncClient()  # never used

    def url(name: str) -> str:
        return f"http://portal.test/webhooks/{name}"

    house.portal.webhooks = {
        "46elks": Elks(ElksAccount("u", "p", url("46elks"), SECRET), client, house.portal.clock),
        "twilio": Twilio(
            TwilioAccount(SID, "token", url("twilio"), SECRET), client, house.portal.clock
        ),
        "kannel": Kannel(
            KannelAccount("u", "p", url("kannel"), SECRET), client, house.portal.clock
        ),
    }
    return house


async def inbound(client: httpx.AsyncClient, account: str, words: str = "hej") -> httpx.Response:
    """A caller's text as the provider posts it."""
    path = hook(account, "inbound")
    if account == "46elks":
        form = {"id": "m1", "from": CALLER, "to": US, "message": words}
        return await client.post(path, data=form)
    if account == "twilio":
        form = {"MessageSid": "m1", "From": CALLER, "To": US, "Body": words}
        return await client.post(path, data=form, headers=signed(path, form))
    query = {"from": CALLER, "to": US, "id": "m1"}
    headers = {"Content-Type": 'text/plain; charset="UTF-8"'}
    return await client.post(f"{path}?{urlencode(query)}", content=words.encode(), headers=headers)


async def receipt(client: httpx.AsyncClient, account: str) -> httpx.Response:
    path = f"{hook(account, 'status')}?token=t"
    if account == "46elks":
        return await client.post(path, data={"id": "m1", "status": "delivered"})
    if account == "twilio":
        form = {"MessageSid": "m1", "MessageStatus": "delivered"}
        return await client.post(path, data=form, headers=signed(path, form))
    return await client.get(f"{path}&status=1&answer=")


def signed(path: str, form: dict[str, str]) -> dict[str, str]:
    return {"X-Twilio-Signature": signature("token", f"http://portal.test{path}", form.items())}


# Taken


@pytest.mark.parametrize(
    ("account", "status", "body"),
    [("46elks", 204, b""), ("twilio", 200, b"<Response/>"), ("kannel", 200, b"")],
)
async def test_text_and_receipt_are_taken_and_answered_as_the_provider_wants(
    open_house: House, account: str, status: int, body: bytes
) -> None:
    settled: list[Receipt] = []

    async def settle(one: Receipt) -> None:
        settled.append(one)

    open_house.portal.settle = settle
    async with open_house.visit() as client:
        answers = [await inbound(client, account), await receipt(client, account)]
    assert [(answer.status_code, answer.content) for answer in answers] == [(status, body)] * 2
    assert [(one.provider, one.text) for one in open_house.received] == [(account, "hej")]
    assert [(one.provider, one.token) for one in settled] == [(account, "t")]


@pytest.mark.parametrize("account", ACCOUNTS)
async def test_text_posted_again_is_kept_once(open_house: House, saxen: Home, account: str) -> None:
    async with open_house.db.begin(saxen.company_id) as session:
        session.add(SmsNumberRow(id=uuid4(), provider=account, e164=US))
    open_house.portal.receive = Inbox(open_house.db, open_house.portal.clock).receive
    async with open_house.visit() as client:
        for _ in range(3):
            assert (await inbound(client, account, "Räksmörgås 😀")).is_success
    async with open_house.db.read(saxen.company_id) as session:
        query = select(MessageRow).where(MessageRow.provider_id == "m1")
        kept = [row.text for row in await session.scalars(query)]
    assert kept == ["Räksmörgås 😀"]


# Forged


async def test_wrong_secret_and_unknown_account_are_refused_alike(open_house: House) -> None:
    wrong = [(account, secret) for account in ACCOUNTS for secret in ("wrong", f"{SECRET}x")]
    unknown = [("nobody", SECRET), ("nobody", "wrong"), ("46elks", "%C3%A5%ff")]
    async with open_house.visit() as client:
        for account, secret in wrong + unknown:
            for what in ("inbound", "status"):
                where = hook(account, what, secret)
                for answer in (await client.post(where, data={"id": "1"}), await client.get(where)):
                    assert (answer.status_code, answer.content) == (403, b"")
    assert open_house.received == []


async def test_46elks_is_not_asked_by_get_and_twilio_not_without_a_signature(
    open_house: House,
) -> None:
    form = {"MessageSid": "m1", "From": CALLER, "To": US, "Body": "hej"}
    async with open_house.visit() as client:
        answers = [
            await client.get(hook("46elks", "inbound")),
            await client.post(hook("twilio", "inbound"), data=form),
            await client.post(
                hook("twilio", "inbound"),
                data=form | {"Body": "nej"},
                headers=signed(hook("twilio", "inbound"), form),
            ),
            await client.post(
                hook("twilio", "status"), data=form, headers=signed(hook("twilio", "inbound"), form)
            ),
        ]
    assert [answer.status_code for answer in answers] == [403] * 4
    assert open_house.received == []


# Malformed


MALFORMED = [
    (b"", FORM),
    (b"hej", "text/plain"),
    (b"{}", "application/json"),
    (b"id=1&from=%FF%FE&%ZZ=%", FORM),
    (b"&&&=&=;", FORM),
    (b"id=1\x00", FORM),
    (b"\xff\xfe\x00", FORM),
    (b"id=" + b"x" * 70_000, FORM),
    (b"--b\r\n", "multipart/form-data; boundary=b"),
    (b"id=1", "\x7f;;charset=\"no-such'"),
]
QUERIES = ["?status=x&token=t", "?%zz=%ff&=&&", "?status=%00&token="]


@pytest.mark.parametrize("account", ACCOUNTS)
async def test_wrong_secret_is_refused_without_a_word_whatever_else_is_wrong(
    open_house: House, account: str
) -> None:
    async with open_house.visit() as client:
        for where, body in (
            (hook(account, "inbound", "wrong"), b"x" * 70_000),
            (hook(account, "else", "wrong"), b"id=1"),
        ):
            answer = await client.post(where, content=body, headers={"Content-Type": FORM})
            assert (answer.status_code, answer.content) == (403, b"")


@pytest.mark.parametrize("account", ACCOUNTS)
async def test_malformed_webhook_is_refused_and_harms_nobody(
    open_house: House, account: str
) -> None:
    async with open_house.visit() as client:
        for what in ("inbound", "status"):
            for body, kind in MALFORMED:
                headers = {"Content-Type": kind}
                answer = await client.post(hook(account, what), content=body, headers=headers)
                assert answer.status_code in (400, 403), (what, body[:20], kind)
            for query in QUERIES:
                answer = await client.get(hook(account, what) + query)
                assert answer.status_code in (400, 403), (what, query)
    assert open_house.received == []


async def test_other_words_and_methods_are_refused(open_house: House) -> None:
    async with open_house.visit() as client:
        assert (await client.post(hook("46elks", "else"), data={"id": "1"})).status_code == 400
        assert (await client.put(hook("46elks", "inbound"))).status_code == 405


# Ours


FAULTS = [
    TryAgain("busy"),
    OperationalError("SELECT 1", {}, Exception("the database went away")),
    NoResultFound("a row is gone"),
    BadInput("a row of ours is broken"),
    OSError("no such socket"),
    KeyError("a slip of ours"),
]


@pytest.mark.parametrize("account", ACCOUNTS)
async def test_what_could_not_be_kept_is_asked_for_again(open_house: House, account: str) -> None:
    faults = [fault for fault in FAULTS for _ in ("inbound", "status")]

    async def refuse(one: object) -> None:
        raise faults.pop()

    open_house.portal.receive = open_house.portal.settle = refuse
    async with open_house.visit() as client:
        for _ in FAULTS:
            answers = [await inbound(client, account), await receipt(client, account)]
            assert [answer.status_code for answer in answers] == [503, 503]
    assert faults == []


async def test_number_that_is_nobodys_is_not_asked_for_again(
    open_house: House, saxen: Home
) -> None:
    open_house.portal.receive = Inbox(open_house.db, open_house.portal.clock).receive
    async with open_house.visit() as client:
        assert (await inbound(client, "46elks")).status_code == 204


# Cut off


async def posted_in_part(open_house: House, leaves: bool) -> tuple[list[int], list[str]]:
    """The statuses answered to a body that does not end, and what the log says."""
    path = hook("46elks", "inbound")
    length = (b"content-length", b"100")
    kind = (b"content-type", FORM.encode())
    scope = {
        "type": "http",
        "method": "POST",
        "path": path,
        "raw_path": path.encode(),
        "query_string": b"",
        "headers": [length, kind],
        "scheme": "http",
        "client": ("127.0.0.1", 1),
        "server": ("portal.test", 80),
        "http_version": "1.1",
    }
    coming = [{"type": "http.request", "body": b"id=1&from=", "more_body": True}]
    coming += [{"type": "http.disconnect"}] if leaves else []
    statuses = list[int]()

    async def receive() -> Message:
        return coming.pop(0) if coming else await asyncio.Event().wait()  # type: ignore[return-value]

    async def send(message: Message) -> None:
        statuses.extend([message["status"]] if "status" in message else [])

    with capture_logs() as logs:
        await open_house.app(scope, receive, send)
    return statuses, [str(line) for line in logs]


async def test_provider_that_hangs_up_in_mid_post_leaves_nothing_in_the_log(
    open_house: House,
) -> None:
    assert await posted_in_part(open_house, leaves=True) == ([400], [])
    assert open_house.received == []


async def test_body_that_never_ends_is_given_up(
    open_house: House, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(webhooks, "BODY_TIMEOUT_S", 0.05)
    assert await posted_in_part(open_house, leaves=False) == ([400], [])


async def test_fault_of_ours_is_logged_with_its_route_and_never_with_the_secret(
    open_house: House,
) -> None:
    class Broken(Elks):
        def verify(self, request: WebhookRequest) -> bool:
            raise KeyError("a slip of ours")

    account = ElksAccount("u", "p", "http://portal.test/webhooks/46elks", SECRET)
    open_house.portal.webhooks = {
        "46elks": Broken(account, httpx.AsyncClient(), open_house.portal.clock)
    }
    with capture_logs() as logs:
        async with open_house.visit() as client:
            assert (await inbound(client, "46elks")).status_code == 500
    (line,) = logs
    assert line["route"].endswith("/{account}/{secret}/{what}")
    assert SECRET not in str({**line, "exc_info": ""})
