"""Every page of the desk in a real browser: narrow, wide, in print, by keyboard, without scripts, with large text."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import TYPE_CHECKING, Any

import pytest
from axe_playwright_python.sync_playwright import Axe

from tests.browser.conftest import CHROMIUM, MISSING
from tests.browser.desk_pages import DeskSite, desk_site
from tests.browser.test_pages import A4, CUT_OFF, FOCUS, REACHABLE, fits

if TYPE_CHECKING:
    from playwright.sync_api import Browser, BrowserContext, Page


@pytest.fixture(scope="module")
def site(tmp_path_factory: pytest.TempPathFactory) -> Iterator[DeskSite]:
    if CHROMIUM is None:
        pytest.skip(MISSING)
    patch = pytest.MonkeyPatch()
    with desk_site(tmp_path_factory.mktemp("desk"), patch.setenv) as opened:
        yield opened
    patch.undo()


def window(browser: Browser, site: DeskSite, who: str, **options: Any) -> BrowserContext:
    """Return a window of somebody's browser."""
    context = browser.new_context(**options)
    if who:
        context.add_cookies([{"name": "londata", "value": site.cookie(who), "url": site.address}])
    return context


def test_every_page_in_every_way(browser: Browser, site: DeskSite) -> None:
    for name, (who, path) in site.pages.items():
        with window(browser, site, who) as context:
            page = context.new_page()
            heard = _listening(page, site)
            page.goto(site.address + path)
            _look(page, name)
        assert heard == [], name
        _without_scripts(browser, site, who, path)


def _listening(page: Page, site: DeskSite) -> list[str]:
    """Return a list that fills with complaints of the browser, and with requests that leave the desk."""
    heard: list[str] = []
    page.on("pageerror", lambda error: heard.append(str(error)))
    # that an answer is no 200 is no complaint about the page
    page.on("console", lambda said: None if "Failed to load resource" in said.text else heard.append(said.text))
    page.on("request", lambda asked: None if asked.url.startswith(site.address) else heard.append(asked.url))
    return heard


def _look(page: Page, name: str) -> None:
    for width in (1280, 768, 320):
        page.set_viewport_size({"width": width, "height": 900})
        fits(page)
        assert _found(page) == [], f"{name}, {width} pixels"
    page.set_viewport_size({"width": 1280, "height": 900})
    _keyboard(page, name)
    page.emulate_media(forced_colors="active")
    assert _found(page) == [], f"{name}, forced colours"
    page.emulate_media(forced_colors="none", media="print")
    page.set_viewport_size({"width": A4, "height": 900})
    fits(page)
    page.emulate_media(media="screen")
    page.set_viewport_size({"width": 1280, "height": 900})
    page.evaluate("() => document.documentElement.style.setProperty('font-size', '200%', 'important')")
    fits(page)
    assert page.evaluate(CUT_OFF) == [], f"{name}, large text"
    assert page.title(), name


def _found(page: Page) -> list[str]:
    """Return what axe finds, by rule and place."""
    violations = Axe().run(page).response["violations"]
    return [f"{one['id']}: {node['target']}" for one in violations for node in one["nodes"]]


def _keyboard(page: Page, name: str) -> None:
    wanted, reached = page.evaluate(REACHABLE), []
    for _ in range(wanted + 20):
        page.keyboard.press("Tab")
        focus = page.evaluate(FOCUS)
        if focus is None or focus["number"] < len(reached) - 1:
            break
        if not reached or focus["number"] == len(reached):
            reached.append(focus)
    assert [one["name"] for one in reached if not one["ring"]] == [], name
    assert [one["name"] for one in reached if not one["seen"]] == [], name


def _without_scripts(browser: Browser, site: DeskSite, who: str, path: str) -> None:
    with window(browser, site, who, java_script_enabled=False) as context:
        page = context.new_page()
        page.goto(site.address + path)
        assert page.inner_text("h1").strip()
        assert page.locator("script").count() == 1


def test_a_decision_takes_a_keyboard_and_seconds(browser: Browser, site: DeskSite) -> None:
    """From the queue to a noted decision by Tab, Enter, Space and letters alone; a person has two minutes for it."""
    with window(browser, site, "owner") as context:
        page = context.new_page()
        page.goto(f"{site.address}queue")
        keys = _tab_to(page, lambda: page.evaluate("() => document.activeElement.href || ''").find("/queue/") > 0)
        page.keyboard.press("Enter")
        page.wait_for_url("**/queue/*")
        keys += _tab_to(page, lambda: page.evaluate("() => document.activeElement.hash") == "#decision")
        page.keyboard.press("Enter")
        # the link leads to the decision: what is reached next is in it
        page.keyboard.press("Tab")
        assert page.evaluate("() => document.activeElement.name") == "choice"
        page.keyboard.press("Space")
        for _ in range(3):
            page.keyboard.press("Tab")
        keys += _tab_to(page, lambda: page.evaluate("() => document.activeElement.innerText") == "Note my decision")
        page.keyboard.press("Enter")
        page.wait_for_selector("[role=status]")
        assert "Noted" in page.inner_text("[role=status]")
        # at a key a second, with a minute to read
        assert keys < 60


def _tab_to(page: Page, is_there: Callable[[], bool]) -> int:
    """Press Tab until something has the focus; return how often."""
    for count in range(1, 60):
        page.keyboard.press("Tab")
        if is_there():
            return count
    raise AssertionError("the keyboard does not lead there")
