"""A company's settings of its assistant."""

import pytest

from ringback.assistant import Assistant, ModelSpent
from ringback.errors import BadInput


def test_new_company_has_the_built_in_engine() -> None:
    assert Assistant.kept({}).engine == "builtin"
    assert Assistant.kept({"engine": "from another version"}).engine == "builtin"


@pytest.mark.parametrize(
    ("document", "told"),
    [
        ({"engine": "model"}, "choose the endpoint"),
        ({"month_budget_kr": -1}, "month_budget_kr"),
        ({"log_days": 0}, "log_days"),
        ({"colour": "blue"}, "colour"),
    ],
)
def test_faults_say_where_they_stand(document: dict[str, object], told: str) -> None:
    with pytest.raises(BadInput, match=told):
        Assistant.from_document(document)


def test_budget_is_left_until_money_or_tokens_are_used_up() -> None:
    settings = Assistant(month_budget_kr=1, month_tokens=100)
    assert settings.has_left(ModelSpent(9_999, 99))
    assert not settings.has_left(ModelSpent(10_000, 0))
    assert not settings.has_left(ModelSpent(0, 100))
    assert not Assistant(month_budget_kr=0).has_left(ModelSpent())
