"""The edge's settings file: everything wrong is told at once."""

from pathlib import Path

import pytest

from pbx_adapter.edge.settings import edge_toml, read_edge_settings
from ringback.errors import BadInput


def written(folder: Path, text: str, mode: int = 0o600) -> Path:
    path = folder / "edge.toml"
    path.write_text(text)
    path.chmod(mode)
    return path


WHOLE = """
[centre]
host = "mqtt.example"
username = "salong-storgatan"
password_file = "broker-password"
ca_file = "ca.crt"
[pbx]
username = "ringback"
secret = "not-a-secret-here"
[site]
name = "Salongen"
phones = ["PJSIP/1xx"]
[spool]
folder = "/var/tmp/spool"
most = 500
"""


def test_whole_file_becomes_broker_address_and_site(tmp_path: Path) -> None:
    (tmp_path / "broker-password").write_text("secret-word\n")
    (tmp_path / "broker-password").chmod(0o600)
    (tmp_path / "ca.crt").write_text("")
    settings = read_edge_settings(written(tmp_path, WHOLE))
    broker = settings.broker
    assert (broker.host, broker.port, broker.username) == ("mqtt.example", 8883, "salong-storgatan")
    assert (broker.password, broker.ca_file) == ("secret-word", tmp_path / "ca.crt")
    assert broker.tls
    assert (settings.address.host, settings.address.port) == ("127.0.0.1", 5038)
    assert settings.address.secret == "not-a-secret-here"
    assert settings.site.phones == ("PJSIP/1xx",)
    assert settings.spool.most == 500
    assert settings.warnings == ()
    assert "secret" not in repr(settings).replace("secret_file", "")


def test_all_faults_are_told_at_once_and_no_secret(tmp_path: Path) -> None:
    text = """
[centre]
port = 99999
username = "Salong/#"
password = "hidden-word"
password_file = "nowhere"
ca_file = "ca.crt"
colour = "red"
[pbx]
username = "ringback"
[site]
country = "se"
[paint]
"""
    with pytest.raises(BadInput) as wrong:
        read_edge_settings(written(tmp_path, text))
    told = str(wrong.value)
    for fault in (
        "[centre] host: this is missing",
        "[centre] port",
        "can't name a site",
        "[centre]: give password or password_file, not both",
        "[centre] ca_file: there is no file",
        "[centre] colour: there is no such setting",
        "[pbx]: secret or secret_file is missing",
        "[site] country",
        "[paint]: there is no such setting",
    ):
        assert fault in told, fault
    assert "hidden-word" not in told
    assert len(told.splitlines()) == 9


@pytest.mark.parametrize(
    ("text", "fault"), [("[centre", "is not TOML"), ("", "centre"), ("centre = 1", "centre")]
)
def test_file_that_is_no_settings_is_told_as_such(tmp_path: Path, text: str, fault: str) -> None:
    with pytest.raises(BadInput, match=fault):
        read_edge_settings(written(tmp_path, text))
    with pytest.raises(BadInput, match="can't be read"):
        read_edge_settings(tmp_path / "nowhere.toml")


def test_file_with_a_secret_that_all_can_read_is_warned_of(tmp_path: Path) -> None:
    text = WHOLE.replace('ca_file = "ca.crt"\n', "")
    password = tmp_path / "broker-password"
    password.write_text("secret-word")
    password.chmod(0o600)
    assert read_edge_settings(written(tmp_path, text)).warnings == ()
    (warning,) = read_edge_settings(written(tmp_path, text, 0o644)).warnings
    assert warning.endswith(f"chmod 600 {tmp_path / 'edge.toml'}")
    password.chmod(0o644)
    (warning,) = read_edge_settings(written(tmp_path, text)).warnings
    assert warning.endswith(f"chmod 600 {password}")


def test_settings_that_all_can_read_are_fine_when_the_secrets_are_elsewhere(tmp_path: Path) -> None:
    text = WHOLE.replace('ca_file = "ca.crt"\n', "").replace("secret = ", "secret_file = ")
    for name in ("broker-password", "not-a-secret-here"):
        (tmp_path / name).write_text("secret-word")
        (tmp_path / name).chmod(0o600)
    assert read_edge_settings(written(tmp_path, text, 0o644)).warnings == ()


def test_file_that_the_centre_prints_can_be_used(tmp_path: Path) -> None:
    for name in ("broker-password", "pbx-secret", "ca.crt"):
        (tmp_path / name).write_text("word")
    text = edge_toml('Växeln "nere"', "salong-storgatan", "mqtts://ringback@mqtt.example:8884")
    settings = read_edge_settings(written(tmp_path, text))
    assert (settings.broker.host, settings.broker.port) == ("mqtt.example", 8884)
    assert settings.site.name == 'Växeln "nere"'
    assert settings.address.secret == "word"
