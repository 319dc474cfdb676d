"""Every page, in both languages, light and dark, wide and narrow: clean, fitting, accessible."""

import pytest

from tests.portal_api.samples import PAGES

RULES = ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa", "best-practice"]

JUDGE = """async (rules) => {
  const found = await axe.run(document, { runOnly: rules });
  return found.violations.map((v) => `${v.id}: ${v.nodes.map((n) => n.html.slice(0, 160)).join(" | ")}`);
}"""


def judge(page, axe: str) -> list[str]:
    page.evaluate(
        axe
    )  # the policy lets no script be added to the page, but the debugger may run one
    return page.evaluate(JUDGE, RULES)


@pytest.mark.parametrize("width", [390, 900, 1440])
@pytest.mark.parametrize("path", PAGES)
def test_no_policy_is_violated_and_nothing_sticks_out(open_page, complaints, path, width):
    page = open_page(path, width=width)
    assert page.evaluate("document.documentElement.scrollWidth") <= width
    assert complaints == []


@pytest.mark.parametrize("scheme", ["light", "dark"])
@pytest.mark.parametrize("language", ["sv", "en"])
@pytest.mark.parametrize("path", PAGES)
def test_axe_finds_nothing(open_page, axe, path, language, scheme):
    page = open_page(f"{path}?language={language}", scheme=scheme)
    assert judge(page, axe) == []
    if language == "sv":
        page.set_viewport_size({"width": 390, "height": 844})
        assert judge(page, axe) == []


@pytest.mark.parametrize(("device", "chosen"), [("light", "dark"), ("dark", "light")])
def test_a_chosen_theme_wins_over_the_devices(open_page, axe, device, chosen):
    page = open_page(f"/missed?theme={chosen}", scheme=device)
    follows = open_page("/missed", scheme=chosen)
    colour = "getComputedStyle(document.body).backgroundColor"
    assert page.evaluate(colour) == follows.evaluate(colour)
    assert judge(page, axe) == []


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


def test_the_judge_itself_can_say_no(open_page, axe):
    page = open_page("/missed")
    page.evaluate("document.querySelector('h1').style.color = '#eee'")
    assert any("color-contrast" in found for found in judge(page, axe))


@pytest.mark.parametrize("path", ["/missed", "/bookings", "/phone", "/conversations/t1"])
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
    page = open_page("/login")
    sizes: list[int] = []
    page.on("requestfinished", lambda request: sizes.append(request.sizes()["responseBodySize"]))
    page.goto(f"{portal.address}/missed", wait_until="load")
    assert portal.listened_to.wait(10)
    assert 0 < sum(sizes) < 150_000
