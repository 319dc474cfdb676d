"""The file of model endpoints: read whole, or every fault told without telling a secret."""

from pathlib import Path

import pytest

from dialogue.model.endpoints import read_endpoints
from ringback.errors import BadInput

GOOD = """
[[endpoint]]
name = "sweden"
base_url = "https://models.exempel.se/v1"
api_key = "made-up-key"
model = "some-model"
region = "Sweden"
retention = "none"
price_in = 25
price_out = 100.0
"""


def written(tmp_path: Path, text: str) -> Path:
    path = tmp_path / "models.toml"
    path.write_text(text, "utf-8")
    return path


def test_without_a_file_there_is_no_model() -> None:
    assert read_endpoints(None) == {}


def test_endpoint_is_read_with_what_its_use_costs(tmp_path: Path) -> None:
    endpoint = read_endpoints(written(tmp_path, GOOD))["sweden"]
    assert (endpoint.model, endpoint.region, endpoint.retention) == ("some-model", "Sweden", "none")
    assert endpoint.cost_e4(1_000_000, 0) == 250_000  # 25 kronor
    assert endpoint.cost_e4(1, 0) == 1  # rounded up: no turn is free
    assert "made-up-key" not in repr(endpoint)


@pytest.mark.parametrize(
    ("change", "told"),
    [
        (("https://models.exempel.se/v1", "http://models.exempel.se/v1"), "https://"),
        (('"sweden"', '"Sw eden"'), "2 to 24"),
        (("price_in", "price_inn"), "no key 'price_inn'"),
        (('region = "Sweden"\n', ""), "region is missing"),
        (("price_out = 100.0", "timeout_s = 90"), "timeout_s"),
        (("[[endpoint]]", "[[endpont]]"), "write [[endpoint]]"),
        (("name =", "name"), "is no TOML"),
    ],
)
def test_faults_are_told_in_plain_lines(tmp_path: Path, change: tuple[str, str], told: str) -> None:
    with pytest.raises(BadInput) as fault:
        read_endpoints(written(tmp_path, GOOD.replace(*change)))
    assert told in str(fault.value)
    assert "made-up-key" not in str(fault.value)


def test_same_name_twice_is_a_fault(tmp_path: Path) -> None:
    with pytest.raises(BadInput, match="stands there 2 times"):
        read_endpoints(written(tmp_path, GOOD + GOOD))


@pytest.mark.parametrize(
    "near", ["http://127.0.0.1:11434/v1", "http://localhost:8000/v1", "http://10.0.0.7/v1"]
)
def test_one_s_own_network_may_be_reached_in_the_clear(tmp_path: Path, near: str) -> None:
    text = GOOD.replace("https://models.exempel.se/v1", near)
    assert read_endpoints(written(tmp_path, text))["sweden"].base_url == near


def test_file_that_is_not_there_is_named(tmp_path: Path) -> None:
    with pytest.raises(BadInput, match="RINGBACK_MODELS"):
        read_endpoints(tmp_path / "nothing.toml")
