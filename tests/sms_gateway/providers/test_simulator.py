from datetime import UTC, datetime

import pytest

from ringback.errors import BadInput
from ringback.messages import Accepted, MessageState, Outbound, Receipt, WebhookRequest
from sms_gateway.provider import Found, NotFound, Provider
from sms_gateway.providers.simulator import Simulator

NOW = datetime(2026, 11, 21, 12, 0, tzinfo=UTC)
SECRET = "made-up-secret-0123456789"
TEXT = Outbound("token-1", "+46846500400", "+46701740605", "Hej")


class Phones:
    def __init__(self) -> None:
        self.texts: dict[str, tuple[Outbound, datetime]] = {}

    async def show(self, outbound: Outbound, at: datetime) -> None:
        self.texts.setdefault(outbound.token, (outbound, at))

    async def shows(self, token: str) -> bool:
        return token in self.texts


class Demo:
    def __init__(self) -> None:
        self.phones = Phones()
        self.receipts: list[Receipt] = []
        self.provider: Provider = Simulator(self.phones, self.take, SECRET, lambda: NOW)

    async def take(self, receipt: Receipt) -> None:
        self.receipts.append(receipt)


@pytest.fixture
def demo() -> Demo:
    return Demo()


def typed(form: dict[str, str], secret: str = SECRET) -> WebhookRequest:
    path = f"/hooks/simulator/{secret}/inbound"
    return WebhookRequest("POST", path, {}, {}, form, b"", "127.0.0.1")


async def test_text_is_accepted_shown_and_reported_as_delivered(demo: Demo) -> None:
    outcome = await demo.provider.send(TEXT)
    assert outcome == Accepted("sim-token-1", parts=1, cost_e4=0)
    assert demo.phones.texts == {"token-1": (TEXT, NOW)}
    (receipt,) = demo.receipts
    assert (receipt.token, receipt.provider_id) == ("token-1", "sim-token-1")
    assert (receipt.state, receipt.at) == (MessageState.DELIVERED, NOW)


async def test_text_sent_again_is_shown_once_and_accepted_with_the_same_id(demo: Demo) -> None:
    assert await demo.provider.send(TEXT) == await demo.provider.send(TEXT)
    assert len(demo.phones.texts) == 1
    assert demo.provider.capabilities.idempotent


async def test_text_on_a_phone_is_found(demo: Demo) -> None:
    await demo.provider.send(TEXT)
    found = await demo.provider.lookup(TEXT, NOW)
    assert found == Found("sim-token-1", MessageState.DELIVERED, parts=1, cost_e4=0)


async def test_text_on_no_phone_is_not_found(demo: Demo) -> None:
    assert await demo.provider.lookup(TEXT, NOW) == NotFound()


def test_text_typed_on_a_phone_is_inbound(demo: Demo) -> None:
    request = typed({"id": "7", "from": "+46701740605", "to": "+46846500400", "message": "Ja tack"})
    assert demo.provider.verify(request)
    (text,) = demo.provider.parse_inbound(request)
    assert (text.provider, text.provider_id, text.text) == ("simulator", "7", "Ja tack")
    assert (text.sender, text.recipient) == ("+46701740605", "+46846500400")
    assert text.received_at == NOW


def test_text_typed_without_the_secret_is_not_genuine(demo: Demo) -> None:
    assert not demo.provider.verify(typed({}, secret="another-secret-0123456789"))


def test_text_typed_without_an_id_is_bad_input(demo: Demo) -> None:
    with pytest.raises(BadInput):
        demo.provider.parse_inbound(typed({"from": "+46701740605", "message": "Ja"}))
