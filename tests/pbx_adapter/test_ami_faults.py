import socket
import ssl

import pytest

from pbx_adapter.ami_faults import (
    ActionRefused,
    NotPermitted,
    NotSent,
    PbxAddress,
    action_refused,
    login_refused,
    unreachable,
)

PBX = PbxAddress("10.9.8.7", 5038, "ringback", "hush-hush")
TLS_PBX = PbxAddress("10.9.8.7", 5039, "ringback", "hush-hush", tls=True)


@pytest.mark.parametrize(
    ("pbx", "fault", "hint"),
    [
        (PBX, ConnectionRefusedError(), "is Asterisk running, and manager.conf enabled=yes?"),
        (PBX, socket.gaierror(), "There is no host called 10.9.8.7"),
        (PBX, TimeoutError(), "firewalls"),
        (PBX, OSError(113, "No route to host"), "(No route to host)"),
        (PBX, ConnectionResetError(), "(ConnectionResetError)"),
        (TLS_PBX, ConnectionResetError(), "does not speak TLS"),
        (TLS_PBX, ssl.SSLError(), "does not speak TLS"),
    ],
)
def test_each_way_of_not_connecting_says_how_to_mend_it(
    pbx: PbxAddress, fault: OSError, hint: str
) -> None:
    assert hint in str(unreachable(pbx, fault))


@pytest.mark.parametrize(
    ("message", "hint"),
    [
        ("Authentication failed", "check username and secret in manager.conf"),
        ("Login Already In Use", "allowmultiplelogin=yes"),
        ("Permission denied", "may not log in"),
        ("Moon in the wrong phase", "Moon in the wrong phase"),
    ],
)
def test_each_refusal_of_the_login_says_how_to_mend_it(message: str, hint: str) -> None:
    refused = login_refused(PBX, message)
    assert str(refused).startswith("Asterisk at 10.9.8.7:5038 refused user 'ringback': ")
    assert hint in str(refused)
    assert refused.code == message


def test_action_without_permission_is_told_apart_from_other_errors() -> None:
    denied = action_refused(PBX, "DBGetTree", "Permission denied")
    failed = action_refused(PBX, "DBDel", "Database entry could not be deleted")
    assert isinstance(denied, NotPermitted)
    assert "read= and write= in manager.conf" in str(denied)
    assert type(failed) is ActionRefused
    assert failed.code == "Database entry could not be deleted"


def test_action_refused_by_a_stopping_asterisk_may_be_tried_again() -> None:
    stopping = action_refused(PBX, "Originate", "Asterisk is shutting down.")
    assert isinstance(stopping, NotSent)
    assert str(stopping) == "Asterisk at 10.9.8.7:5038 is shutting down: Originate was not done."


def test_address_shown_in_any_way_hides_the_secret() -> None:
    assert "hush-hush" not in f"{PBX!r} {PBX} {login_refused(PBX, 'Authentication failed')}"
