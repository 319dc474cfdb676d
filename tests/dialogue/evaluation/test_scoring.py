"""The table and the dict: shares by kind, several runs, and what was wrong."""

from dialogue.evaluation.playing import FailedTurn, Played
from dialogue.evaluation.scenarios import read_set
from dialogue.evaluation.scoring import Score
from tests.dialogue.playing import PUBLIC

FIRST, SECOND = read_set(PUBLIC).scenarios[:2]
FAILED = FailedTurn(2, "hej", None, ("sent nothing",))


def test_shares_stand_by_kind_and_failed_turns_below() -> None:
    text = "\n".join(Score(((Played(FIRST, (FAILED,)), Played(SECOND, ())),)).lines())
    assert f"category  {FIRST.category}" in text
    assert "1 of    2   50.0%" in text
    assert text.endswith(f"{FIRST.id}\n  2. 'hej'\n     -> None\n     ! sent nothing")


def test_several_runs_have_a_mean_and_a_lowest() -> None:
    good, bad = (Played(FIRST, ()),), (Played(FIRST, (FAILED,)),)
    score = Score((good, good, bad, good))
    assert (score.mean, score.lowest) == (0.75, 0.0)
    assert "4 runs: mean 75.0%, lowest 0.0%" in list(score.lines())


def test_a_program_gets_the_same_as_a_dict() -> None:
    told = Score(((Played(FIRST, (FAILED,)), Played(SECOND, ())),)).to_json()
    assert told["total"] == {"passed": 1, "played": 2, "share": 0.5}
    assert set(told["by"]) == {"category", "language", "business"}
    assert told["failed"][0]["id"] == FIRST.id
    assert told["failed"][0]["turns"][0]["wrong"] == ("sent nothing",)
