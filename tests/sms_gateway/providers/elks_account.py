"""The made-up account, numbers and text that the tests of `elks` share."""

from ringback.messages import Outbound
from sms_gateway.providers.elks import ElksAccount
from tests.fakes.elks import PASSWORD, USERNAME, FakeElks

SECRET = "made-up-secret-0123456789"
US, CALLER = "+46846500400", "+46701740605"
TEXT = Outbound("token-1", US, CALLER, "Hej! Vi såg att du ringde.")


def account(server: FakeElks, **changed: object) -> ElksAccount:
    values = {
        "username": USERNAME,
        "password": PASSWORD,
        "hook_url": "http://127.0.0.1:9/hooks/elks/",
        "hook_secret": SECRET,
        "base_url": server.base_url,
    }
    return ElksAccount(**(values | changed))  # type: ignore[arg-type]
