"""Every page, in both languages, light and dark, wide and narrow: clean, fitting, accessible."""

import pytest

from tests.portal_api.samples import PAGES

RULES = ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa", "best-practice"]

JUDGE = """async (rules) => {
  const found = await axe.run(document, { runOnly: rules, resultTypes: ["violations"] });
  return found.violations.map((v) => `${v.id}: ${v.nodes.map((n) => n.html.slice(0, 160)).join(" | ")}`);
}"""


CONTRAST = ["color-contrast"]
WIDTHS = (1440, 900, 390)
UNFOLD = "document.querySelectorAll('main details').forEach((one) => one.open = true)"
SPILLS = """(width) => [document.documentElement, ...document.querySelectorAll(".menu, .card, .panel")]
  .filter((one) => one.scrollWidth > Math.min(one.clientWidth + 1, width))
  .map((one) => `${one.className} has ${one.scrollWidth} in ${one.clientWidth}`)"""


def judge(page, axe: str, rules: list[str] = RULES) -> list[str]:
    """What axe finds; of a colour scheme nothing but the contrast depends."""
    if not page.evaluate("'axe' in window"):
        # The policy lets no script be added to the page, but the debugger may run one.
        page.evaluate(axe)
    return page.evaluate(JUDGE, rules)


@pytest.mark.parametrize("path", PAGES)
def test_page_is_accessible_and_fits_in_both_languages_and_schemes(
    open_page, axe, complaints, path
):
    found: dict[str, list[str]] = {}
    page = open_page(path)
    for language, width in (("sv", 1440), ("en", 390)):
        if language == "en":
            page.goto(page.url.partition("?")[0] + "?language=en")
            page.evaluate(UNFOLD)  # the forms that are folded away are judged in one of the two
        page.set_viewport_size({"width": width, "height": 900})
        found[f"{language} {width}"] = judge(page, axe)
        page.emulate_media(color_scheme="dark")
        found[f"{language} {width} dark"] = judge(page, axe, CONTRAST)
        page.emulate_media(color_scheme="light")
        page.evaluate(UNFOLD)
        for narrower in WIDTHS:
            page.set_viewport_size({"width": narrower, "height": 900})
            found[f"{language} {narrower} wide"] = page.evaluate(SPILLS, narrower)
    assert {where: what for where, what in found.items() if what} == {}
    assert complaints == []


@pytest.mark.parametrize(("device", "chosen"), [("light", "dark"), ("dark", "light")])
def test_a_chosen_theme_wins_over_the_devices(open_page, axe, device, chosen):
    page = open_page(f"/missed?theme={chosen}", scheme=device)
    follows = open_page("/missed", scheme=chosen)
    colour = "getComputedStyle(document.body).backgroundColor"
    assert page.evaluate(colour) == follows.evaluate(colour)
    assert judge(page, axe, CONTRAST) == []


def test_axe_finds_nothing_with_menus_help_and_details_open(open_page, axe):
    page = open_page("/conversations/t1")
    page.locator("details").first.locator("summary").click()
    assert judge(page, axe) == []
    page.locator("[popovertarget=theme]").click()
    assert judge(page, axe) == []
    page.keyboard.press("Escape")
    page.locator("#help-button").click()
    assert page.locator("#help").is_visible()
    assert judge(page, axe) == []


@pytest.mark.parametrize(("scheme", "colour"), [("light", "#eee"), ("dark", "#333")])
def test_the_judge_itself_can_say_no(open_page, axe, scheme, colour):
    page = open_page("/missed")
    page.emulate_media(color_scheme=scheme)
    page.evaluate(f"document.querySelector('h1').style.color = '{colour}'")
    (found,) = judge(page, axe, CONTRAST)
    assert "color-contrast" in found


@pytest.mark.parametrize(
    "path",
    [
        *("/missed", "/bookings", "/phone", "/conversations/wanted"),
        *(
            "/settings/texts",
            "/settings/texts/edit",
            "/settings/sending",
            "/settings/numbers-asked",
            "/settings/calendars/edit",
            "/settings/api-keys",
        ),
    ],
)
def test_what_is_pressed_is_large_enough(open_page, path):
    page = open_page(path, width=390)
    small = page.evaluate(
        """[...document.querySelectorAll('button, .menu a, .btn, .filter')]
        .filter((e) => e.checkVisibility())
        .map((e) => [e.outerHTML.slice(0, 80), e.getBoundingClientRect()])
        .filter(([, box]) => box.width < 24 || box.height < 24).map(([html]) => html)"""
    )
    assert small == []


def test_the_first_load_is_light(open_page, portal):
    page = open_page("/missed")
    assert portal.listened_to.wait(30)
    sizes = page.evaluate(
        """[...performance.getEntriesByType('navigation'), ...performance.getEntriesByType('resource')]
        .map((e) => e.encodedBodySize)"""
    )
    assert min(sizes) > 0
    assert sum(sizes) < 150_000
