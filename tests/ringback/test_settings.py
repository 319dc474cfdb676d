import os
from pathlib import Path

import pytest
from pydantic import SecretStr, ValidationError

from ringback.errors import BadInput
from ringback.settings import Settings, read_settings

SECRET = "hunter2-nobody-may-read-this"


@pytest.fixture(autouse=True)
def _alone(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    """No settings but the test's own, neither in the environment nor in a .env file."""
    monkeypatch.chdir(tmp_path)
    for name in list(os.environ):
        if name.startswith("RINGBACK_"):
            monkeypatch.delenv(name)


def faults(monkeypatch: pytest.MonkeyPatch, **variables: str) -> list[str]:
    for name, value in variables.items():
        monkeypatch.setenv(f"RINGBACK_{name}", value)
    with pytest.raises(BadInput) as refused:
        read_settings()
    return str(refused.value).splitlines()


def test_nothing_set_gives_the_embedded_default() -> None:
    settings = read_settings()
    assert settings == Settings()
    assert settings.database_url == ""
    assert settings.address == "http://127.0.0.1:8025"


@pytest.mark.parametrize(
    ("name", "value", "expected"),
    [
        ("PORT", "eighty", "valid integer"),
        ("PORT", "0", "greater than or equal to 1"),
        ("PORT", "65536", "less than or equal to 65535"),
        ("LANGUAGE", "fi", "'sv' or 'en'"),
        ("LEASE_S", "0", "greater than 0"),
        ("LATE_TEXT_MIN", "-5", "greater than or equal to 1"),
        ("RECONCILE_AFTER_S", "soon", "valid number"),
        ("PUBLIC_URL", "ring.example", "begins with https://"),
        ("TRUSTED_PROXIES", "*", "write addresses or networks"),
        ("TRUSTED_PROXIES", "10.0.0.2 10.0.0.3", "write addresses or networks"),
        ("TRUSTED_PROXIES", "10.0.0.2/8", "write addresses or networks"),
        ("TRUSTED_PROXIES", "proxy.example", "write addresses or networks"),
    ],
)
def test_wrong_setting_is_told_in_one_plain_line(
    monkeypatch: pytest.MonkeyPatch, name: str, value: str, expected: str
) -> None:
    (line,) = faults(monkeypatch, **{name: value})
    assert line.startswith(f"RINGBACK_{name}: ")
    assert expected in line
    assert line.endswith(f"(it was {value!r}).")


@pytest.mark.parametrize(
    ("value", "proxies"),
    [
        (None, ["127.0.0.1", "::1"]),
        ("", []),
        ("10.0.0.2,172.18.0.0/16 , fd00::/8", ["10.0.0.2", "172.18.0.0/16", "fd00::/8"]),
    ],
)
def test_proxies_are_listed_with_commas(
    monkeypatch: pytest.MonkeyPatch, value: str | None, proxies: list[str]
) -> None:
    if value is not None:
        monkeypatch.setenv("RINGBACK_TRUSTED_PROXIES", value)
    assert read_settings().proxies == proxies


def test_calendar_servers_are_public_or_here_unless_the_operator_says_more(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    assert [str(one) for one in read_settings().near_calendars] == ["127.0.0.0/8", "::1/128"]
    monkeypatch.setenv("RINGBACK_CALENDAR_NETWORKS", "10.1.0.0/16")
    assert [str(one) for one in read_settings().near_calendars] == ["10.1.0.0/16"]
    (line,) = faults(monkeypatch, CALENDAR_NETWORKS="cloud.example.com")
    assert line.startswith("RINGBACK_CALENDAR_NETWORKS: write addresses or networks")


def test_all_faults_are_listed_together(monkeypatch: pytest.MonkeyPatch) -> None:
    lines = faults(
        monkeypatch, PORT="x", LANGUAGE="fi", MASTER_KEY="short", PROT="8025", LEASE_S="-1"
    )
    named = sorted(line.partition(":")[0] for line in lines)
    expected = ("LANGUAGE", "LEASE_S", "MASTER_KEY", "PORT", "PROT")
    assert named == [f"RINGBACK_{name}" for name in expected]


def test_unknown_variable_is_refused(monkeypatch: pytest.MonkeyPatch) -> None:
    (line,) = faults(monkeypatch, PROT="8025")
    assert line.startswith("RINGBACK_PROT: there is no such setting")


def test_unknown_variable_in_the_env_file_is_refused(monkeypatch: pytest.MonkeyPatch) -> None:
    Path(".env").write_text("RINGBACK_PROT=8025\nEDITOR=vi\n")
    (line,) = faults(monkeypatch)
    assert line.startswith("RINGBACK_PROT: there is no such setting")


def test_env_file_is_read_and_the_environment_wins(monkeypatch: pytest.MonkeyPatch) -> None:
    Path(".env").write_text("RINGBACK_PORT=8100\nRINGBACK_LANGUAGE=en\n")
    monkeypatch.setenv("RINGBACK_PORT", "8200")
    settings = read_settings()
    assert (settings.port, settings.language) == (8200, "en")


def test_what_the_command_line_gives_wins(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("RINGBACK_PORT", "8200")
    assert read_settings(port=8300).port == 8300


def test_variables_of_the_tests_are_let_through(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("RINGBACK_TEST_CACHE", "x")
    assert read_settings() == Settings()


@pytest.mark.parametrize("gone", ["SMS_PROVIDER", "ELKS_PASSWORD", "WEBHOOK_TOKEN"])
def test_setting_that_moved_to_the_accounts_file_is_refused(
    monkeypatch: pytest.MonkeyPatch, gone: str
) -> None:
    (line,) = faults(monkeypatch, **{gone: SECRET})
    assert line.startswith(f"RINGBACK_{gone}: there is no such setting")
    assert SECRET not in line


@pytest.mark.parametrize(("value", "expected"), [("", None), ("sms.toml", Path("sms.toml"))])
def test_accounts_file_is_a_path_or_none(
    monkeypatch: pytest.MonkeyPatch, value: str, expected: Path | None
) -> None:
    monkeypatch.setenv("RINGBACK_SMS_ACCOUNTS", value)
    assert read_settings().sms_accounts == expected


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("MASTER_KEY", SECRET),
        ("MASTER_KEY", "ab" * 31),
        ("DATABASE_URL", f"mysql://ringback:{SECRET}@db/ringback"),
        ("DATABASE_URL", f"postgresql://ringback:{SECRET}@db:port/ringback"),
        ("DATABASE_URL", f"postgresql://ringback:{SECRET}@db:99999/ringback"),
        ("MQTT_URL", f"mqtts://ringback:{SECRET}@mqtt.example:8883"),
    ],
)
def test_wrong_secret_is_told_without_its_value(
    monkeypatch: pytest.MonkeyPatch, name: str, value: str
) -> None:
    monkeypatch.setenv(f"RINGBACK_{name}", value)
    with pytest.raises(BadInput) as refused:
        read_settings()
    assert str(refused.value).startswith(f"RINGBACK_{name}: write ")
    assert value not in str(refused.value)
    assert SECRET not in str(refused.value)


def test_wrong_secret_is_not_in_pydantics_own_words_either() -> None:
    with pytest.raises(ValidationError) as wrong:
        Settings(master_key=SecretStr(SECRET), port="x", database_url=f"mysql://{SECRET}@db/x")  # type: ignore[arg-type]
    assert SECRET not in str(wrong.value)
    assert SECRET not in repr(wrong.value)


def test_secrets_are_not_in_repr(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("RINGBACK_DATABASE_URL", f"postgresql://ringback:{SECRET}@db/ringback")
    monkeypatch.setenv("RINGBACK_MQTT_PASSWORD", SECRET)
    monkeypatch.setenv("RINGBACK_MASTER_KEY", "ab" * 32)
    settings = read_settings()
    for shown in (repr(settings), str(settings), f"{settings!r:.9999}"):
        assert SECRET not in shown
        assert "abab" not in shown
    assert SECRET in settings.database_url


def test_empty_master_key_means_the_file(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("RINGBACK_MASTER_KEY", "")
    assert read_settings().master_key is None


def test_public_address_has_no_slash_at_its_end(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("RINGBACK_PUBLIC_URL", "https://ring.example/")
    assert read_settings().address == "https://ring.example"
