"""The made-up account, numbers and text that the tests of `twilio` share."""

from ringback.messages import Outbound
from sms_gateway.providers.twilio import TwilioAccount
from tests.fakes.twilio import SID, TOKEN, FakeTwilio

SECRET = "made-up-secret-0123456789"
US, CALLER = "+46701740690", "+46701740605"
TEXT = Outbound("token_-1", US, CALLER, "Hej! Vi såg att du ringde.")


def account(server: FakeTwilio, **changed: object) -> TwilioAccount:
    values = {
        "account_sid": SID,
        "auth_token": TOKEN,
        "hook_url": "http://127.0.0.1:9/hooks/twilio",
        "hook_secret": SECRET,
        "base_url": server.base_url,
    }
    return TwilioAccount(**(values | changed))  # type: ignore[arg-type]
