"""What Asterisk is told to ring, and what the customer sees."""

import shlex
from collections.abc import AsyncIterator

import pytest
import pytest_asyncio

from pbx_adapter.ringing.dialling import as_dialled, originate
from pbx_adapter.site import Site
from ringback.errors import BadInput
from tests.asterisk.fixtures import wanted
from tests.asterisk.install import WANTED
from tests.asterisk.server import Asterisk
from tests.asterisk.sip import Outside, Phone, answer_after
from tests.pbx_adapter.test_commands import connected

NUMBER, SHOWN = "+46701740605", "+46846500401"
E164 = Site(dial_form="e164")
OWN_CONTEXTS = """
[plain]
exten => _9X.,1,Dial(PJSIP/${EXTEN:1}@trunk,20)

; as FreePBX does it, shortened: whose call it is, then what the line shows
[freepbx]
exten => _X.,1,ExecIf($["${REALCALLERIDNUM}" = ""]?Set(REALCALLERIDNUM=${CALLERID(num)}))
 same => n,Set(CALLERID(all)=Anna <${REALCALLERIDNUM}>)
 same => n,Set(DB(whose/call)=${REALCALLERIDNUM})
 same => n,ExecIf($["${TRUNKCIDOVERRIDE}" != ""]?Set(CALLERID(all)=${TRUNKCIDOVERRIDE}))
 same => n,Dial(PJSIP/${EXTEN}@trunk,20)
"""


@pytest.mark.parametrize(
    ("number", "site", "dialled"),
    [
        (NUMBER, Site(), "0701740605"),
        (NUMBER, E164, NUMBER),
        ("+46846500401", Site(), "0846500401"),
        ("+4722345678", Site(), "004722345678"),
        (NUMBER, Site(country="NO"), "0046701740605"),
        ("0701740605", E164, "0701740605"),  # as the PBX dials it: whoever wrote it knows
        ("101", Site(), "101"),
    ],
)
def test_number_is_dialled_as_the_site_file_says(number: str, site: Site, dialled: str) -> None:
    assert as_dialled(number, site) == dialled


def test_prefix_goes_before_a_number_outside_and_is_not_shown() -> None:
    fields = originate("rb-1", "PJSIP/101", NUMBER, SHOWN, Site(dial_prefix="9"))
    assert fields["Exten"] == "90701740605"
    assert shlex.split(fields["CallerID"]) == ["0701740605", "<0846500401>"]


def test_company_that_shows_no_number_of_its_own_calls_as_the_handlers_phone() -> None:
    fields = originate("rb-1", "PJSIP/101", NUMBER, "", Site())
    assert fields["CallerID"].endswith("<101>")
    assert "TRUNKCIDOVERRIDE" not in fields["Variable"]


@pytest.mark.parametrize(
    ("line", "told"),
    [
        ('dial_form = "00"', '"national" or "e164"'),
        ('dial_prefix = "9,"', "signs that can't stand there"),
        ('dial_context = "from internal"', "signs that can't stand there"),
    ],
)
def test_wrong_way_to_dial_is_named(line: str, told: str) -> None:
    with pytest.raises(BadInput, match=told):
        Site.from_toml(line)


@pytest_asyncio.fixture(params=WANTED, ids=str)
async def asterisk(request: pytest.FixtureRequest) -> AsyncIterator[Asterisk]:
    """One whose ways out show what they are given."""
    async with Asterisk(wanted(request.param), {"extensions_custom.conf": OWN_CONTEXTS}) as running:
        yield running


@pytest.mark.parametrize(
    ("site", "shown", "seen"),
    [
        (Site(dial_context="plain", dial_prefix="9"), SHOWN, "0846500401"),
        (Site(dial_context="plain", dial_prefix="9"), "", "101"),
        (Site(dial_context="freepbx"), SHOWN, "0846500401"),
        (Site(dial_context="freepbx"), "", "101"),
    ],
)
async def test_customer_sees_the_companys_number_and_the_handler_the_customers(
    asterisk: Asterisk, site: Site, shown: str, seen: str
) -> None:
    async with (
        connected(asterisk) as connection,
        Phone(asterisk, "101", answer_after(0.1)) as phone,
        Outside(asterisk) as outside,
    ):
        fields = originate("rb-1", "PJSIP/101", NUMBER, shown, site)
        await connection.action("Originate", fields)
        customers = await outside.rung()
        assert "0701740605" in phone.received[0].invite.header("From")
        assert (customers.caller, customers.callee) == (seen, "0701740605")
        if site.dial_context == "freepbx":
            assert "101" in await asterisk.cli("database get whose call")
        await customers.decline()
