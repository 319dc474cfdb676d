"""Services and resources found by their names: compounds, inflections, slips, missing dots."""

import pytest

from dialogue.builtin.offer import meant_services
from dialogue.builtin.staff import named_resource
from dialogue.builtin.words import (
    normal,
    same_but_for_a_slip,
    shelved,
    slips_of,
    stem,
    with_dots,
)
from dialogue.evaluation.scenarios import read_set
from ringback.business import Business, Service
from tests.dialogue.playing import PUBLIC
from tests.ringback.a_company import a_company

BUSINESSES = {name: company.business for name, company in read_set(PUBLIC).companies.items()}


def company(**names: list[str]) -> Business:
    services = [
        {"id": key, "names": several, "duration_min": 30, "resources": ["Anna"]}
        for key, several in names.items()
    ]
    return a_company(services=services)


MASSAGE = company(
    classic=["klassisk massage", "massage"],
    pregnancy=["gravidmassage"],
    feet=["fotvård", "pedikyr", "foot care"],
    face=["ansiktsbehandling", "facial"],
)


EYES = company(
    eyes=["synundersökning", "kolla synen", "eye test"],
    child=["synundersökning barn", "barnsyn"],
    frame=["glasögonjustering", "glasses adjustment", "adjust my glasses"],
    will=["testamente", "last will"],
    dump=["skräp till tippen"],
)
BACK = company(
    half=["massage 30 min"],
    hour=["massage 60 min", "60 minute massage"],
    long=["massage en och en halv timme"],
    sport=["idrottsmassage"],
)


@pytest.mark.parametrize(
    ("text", "services"),
    [
        ("kolla synen på min son", {"child"}),
        ("kan ni kolla synen", {"eyes"}),
        ("just a normal eye test", {"eyes"}),
        ("move my appointment", set()),
        ("i will come on friday", set()),
        ("i need a will", {"will"}),
        ("adjust my glasses", {"frame"}),
        ("justera mina glasögon", {"frame"}),
        ("det vore toppen", set()),
    ],
)
def test_a_word_that_only_looks_like_a_name_tells_nothing(text: str, services: set[str]) -> None:
    assert set(meant_services(normal(text), EYES).services) == services


@pytest.mark.parametrize(
    ("text", "services"),
    [
        ("massage en timme", {"hour"}),
        ("massage 1h", {"hour"}),
        ("one hour massage", {"hour"}),
        ("timmesmassage", {"hour"}),
        ("massage en halvtimme", {"half"}),
        ("massage halv timme", {"half"}),
        ("half an hour massage", {"half"}),
        ("halvtimmesmassage", {"half"}),
        ("massage 1,5 timme", {"long"}),
        ("massage 90 minuter", {"long"}),
        ("massage", {"half", "hour", "long", "sport"}),
    ],
)
def test_a_length_tells_one_service_from_another(text: str, services: set[str]) -> None:
    assert set(meant_services(normal(text), BACK).services) == services


@pytest.mark.parametrize(
    ("business", "text", "services"),
    [
        ("salong", "vill boka herrklippning", {"herr"}),
        ("salong", "herr klippning", {"herr"}),
        ("salong", "herklipning", {"herr"}),
        ("salong", "her klipning", {"herr"}),
        ("salong", "en kort klippning på lördag", {"dam", "herr", "barn"}),
        ("salong", "kan man ge bort en klippning", {"dam", "herr", "barn"}),
        ("salong", "kommer man in med barnvagn", set()),
        ("salong", "färga håret", {"farg"}),
        ("salong", "farga haret", {"farg"}),
        ("salong", "skulle vilja klippa mig", {"dam", "herr", "barn"}),
        ("salong", "klippa min dotter", {"barn"}),
        ("salong", "inte färgning utan damklippning", {"dam"}),
        ("salong", "a gents haircut", {"herr"}),
        ("salong", "ladies' haircut", {"dam"}),
        ("tandvard", "tandhygienisten", {"hygien"}),
        ("tandvard", "a check up", {"unders"}),
        ("tandvard", "har ont i en tand", {"akut"}),
        ("tandvard", "blekning av tänderna", {"blek"}),
        ("vvs", "avloppet är igentäppt", {"avlopp"}),
        ("vvs", "kranen droppar", {"felsok"}),
        ("vvs", "byta kran", {"blandare"}),
        ("vvs", "problem med kranen", {"felsok", "blandare"}),
        ("vvs", "säljer ni luftvärmepumpar", set()),
        ("vvs", "installera en luftvärmepump", set()),
        ("vvs", "I need help in my kitchen", set()),
    ],
)
def test_a_text_means_these_services(business: str, text: str, services: set[str]) -> None:
    assert set(meant_services(normal(text), BUSINESSES[business]).services) == services


@pytest.mark.parametrize(
    ("text", "services"),
    [
        ("massage", {"classic"}),
        ("gravidmassage", {"pregnancy"}),
        ("gravid massage", {"pregnancy"}),
        ("fotvrd", {"feet"}),
        ("ansiktsbehandlingar", {"face"}),
        ("pedikyren", {"feet"}),
    ],
)
def test_names_of_another_trade_are_understood_the_same_way(text: str, services: set[str]) -> None:
    assert set(meant_services(normal(text), MASSAGE).services) == services


def test_two_services_named_apart_are_told_from_one_unclear_word() -> None:
    apart = meant_services(normal("en herr och en barn"), BUSINESSES["salong"])
    unclear = meant_services(normal("klippning"), BUSINESSES["salong"])
    assert set(apart.each) == {"herr", "barn"}
    assert unclear.each == ()


def test_a_company_without_services_is_meant_nothing() -> None:
    assert meant_services("klippning", a_company(services=[])).services == ()


@pytest.mark.parametrize(
    ("text", "resource"),
    [
        ("hos Sara på fredag", "Sara"),
        ("Kims tider", "Kim"),
        ("Sara heter jag", "Sara"),
        ("jag heter Sara", ""),
        ("mvh Anna", ""),
        ("vem som helst", ""),
    ],
)
def test_a_named_resource_is_found_but_not_the_callers_own_name(text: str, resource: str) -> None:
    assert named_resource(normal(text), BUSINESSES["salong"]) == resource


def test_a_title_names_nobody_and_a_shared_word_no_single_one() -> None:
    assert named_resource(normal("tid hos dr Amini"), BUSINESSES["tandvard"]) == "Dr Amini"
    assert named_resource(normal("tid hos dr"), BUSINESSES["tandvard"]) == ""


def test_a_slip_in_a_name_is_one_where_somebody_is_asked_for() -> None:
    clinic = BUSINESSES["tandvard"]
    assert named_resource("tid hos lindqvits", clinic) == "Dr Lindqvist"
    assert named_resource("lindqvits heter jag", clinic) == ""
    halls = a_company(
        resources=["Plats 1", "Plats 2"],
        services=[Service(id="x", names=("tvätt",), duration_min=30, resources=("Plats 1",))],
    )
    assert named_resource("finns det plats på torsdag", halls) == ""
    assert named_resource("på plats 2 tack", halls) == "Plats 2"


@pytest.mark.parametrize("word", ["klippa", "klippning", "klippningen", "klippt", "klipper"])
def test_inflections_share_the_beginning_of_their_stem(word: str) -> None:
    assert stem(word).startswith("klip")


def test_dots_are_put_back_in_words_that_lack_them_and_in_no_others() -> None:
    assert with_dots("den forsta gar bra, over lunch") == "den första går bra, över lunch"
    assert (
        with_dots("har ni en annan tid, den andra var bra")
        == "har ni en annan tid, den andra var bra"
    )


@pytest.mark.parametrize(
    "text", ["har ni öppet på långfredagen", "här är jag", "har min fru bokat?"]
)
def test_an_everyday_word_that_looks_like_a_service_is_none(text: str) -> None:
    assert meant_services(normal(text), BUSINESSES["salong"]).services == ()


@pytest.mark.parametrize(
    ("typed", "known", "same"),
    [
        ("herklippning", "herrklippning", True),
        ("klipnning", "klippning", True),
        ("undersokning", "undersökning", True),
        ("dam", "lam", False),
        ("onsdag", "torsdag", False),
        ("kran", "kram", False),
    ],
)
def test_slips_are_forgiven_in_long_words_only(typed: str, known: str, same: bool) -> None:
    assert same_but_for_a_slip(typed, known) is same


@pytest.mark.parametrize(
    "typed",
    ["undersokning", "undresökning", "örninfo", "orninfo", "klipp", "klippp", "klapp", "tant"],
)
def test_words_meant_by_a_slip_are_all_that_compare_so(typed: str) -> None:
    known = ["undersökning", "undersökningen", "örninfo", "klipp", "klippa", "klippning", "tand"]
    same = {one for one in known if same_but_for_a_slip(typed, one)}
    assert set(slips_of(typed, shelved(known))) == same
