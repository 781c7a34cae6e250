"""Every kind of page in a real browser: narrow and wide, in print, by keyboard, without scripts, with large text."""

from __future__ import annotations

import json
import re
from typing import TYPE_CHECKING

import pytest

from tests.browser.conftest import Visit
from tests.browser.pages import EXPLORE, PAGES
from tests.quality.test_report_page import SCRIPT

if TYPE_CHECKING:
    from playwright.sync_api import Page

every_page = pytest.mark.parametrize("place", PAGES.values(), ids=PAGES.keys())

A4 = 688
"""Pixels between the margins of a sheet of A4."""

WIDER_THAN_THE_PAGE = """() => {
  const room = document.documentElement.clientWidth;
  const scrolls = element => element && (['auto', 'scroll'].includes(getComputedStyle(element).overflowX)
    || scrolls(element.parentElement));
  return [...document.body.querySelectorAll('*')]
    .filter(element => element.getBoundingClientRect().right > room + 1 && !scrolls(element.parentElement))
    .filter(element => !element.closest('svg') || element.tagName === 'svg')
    .map(element => `${element.tagName} ${element.className}: ${element.textContent.trim().slice(0, 60)}`);
}"""
"""What sticks out to the right, except where a table scrolls in a frame of its own."""

SCROLLS_SIDEWAYS = "() => document.scrollingElement.scrollWidth > document.documentElement.clientWidth"

CUT_OFF = """() => [...document.body.querySelectorAll('*')]
  .filter(element => element.checkVisibility() && getComputedStyle(element).overflow === 'hidden')
  .filter(element => element.clientWidth > 1 && element.scrollHeight > element.clientHeight + 1)
  .map(element => element.textContent.trim().slice(0, 60))"""
"""Texts of which a part cannot be seen because their box is too small."""

REACHABLE = """() => [...document.querySelectorAll('a[href], summary, button:enabled, input, select, [tabindex="0"]')]
  .filter(element => element.checkVisibility()).length"""

FOCUS = """() => {
  const element = document.activeElement;
  if (!element || element === document.body) return null;
  window.told ??= new Map();
  if (!window.told.has(element)) window.told.set(element, window.told.size);
  const style = getComputedStyle(element), box = element.getBoundingClientRect();
  return {
    number: window.told.get(element),
    name: (element.getAttribute('aria-label') || element.textContent).trim().slice(0, 60),
    ring: style.outlineStyle !== 'none' && parseFloat(style.outlineWidth) >= 2,
    seen: box.bottom > 0 && box.top < innerHeight && box.right > 0 && box.left < innerWidth,
  };
}"""


def fits(page: Page) -> None:
    assert page.evaluate(WIDER_THAN_THE_PAGE) == []
    assert not page.evaluate(SCROLLS_SIDEWAYS)


@every_page
@pytest.mark.parametrize("width", [320, 768, 1280])
def test_no_page_scrolls_sideways(visit: Visit, place: str, width: int) -> None:
    fits(visit(place, width))


@every_page
def test_text_of_twice_the_size_is_all_there(visit: Visit, place: str) -> None:
    page = visit(place, 1280)
    page.evaluate("() => document.documentElement.style.setProperty('font-size', '200%', 'important')")
    fits(page)
    assert page.evaluate(CUT_OFF) == []


@every_page
def test_the_print_fits_its_paper_and_leaves_nothing_folded_away(visit: Visit, place: str) -> None:
    page = visit(place, A4)
    page.emulate_media(media="print")
    fits(page)
    folded = (
        "() => [...document.querySelectorAll('details > :not(summary)')].filter(e => !e.getClientRects().length).length"
    )
    assert page.evaluate(folded) == 0
    assert page.pdf(format="A4").startswith(b"%PDF")


@every_page
def test_the_keyboard_reaches_everything_and_shows_where_it_is(visit: Visit, place: str) -> None:
    page = visit(place, 1280)
    wanted, reached = page.evaluate(REACHABLE), []
    for _ in range(wanted + 1):
        page.keyboard.press("Tab")
        focus = page.evaluate(FOCUS)
        if focus is None or focus["number"] < len(reached):
            break
        reached.append(focus)
    assert [one["name"] for one in reached if not one["ring"]] == []
    assert [one["name"] for one in reached if not one["seen"]] == []
    assert len(reached) == wanted


@every_page
def test_the_first_key_leads_past_the_header(visit: Visit, place: str) -> None:
    page = visit(place)
    page.keyboard.press("Tab")
    page.keyboard.press("Enter")
    target = page.evaluate("() => document.querySelector(location.hash)?.tagName")
    assert target == "MAIN"


@pytest.mark.parametrize("place", [place for place in PAGES.values() if place != EXPLORE])
def test_a_page_without_scripts_says_the_same(visit: Visit, place: str) -> None:
    page = visit(place)
    page.evaluate("() => document.querySelectorAll('[data-added]').forEach(element => element.remove())")
    said, plain = (one.inner_text("body").split() for one in (page, visit(place, javascript=False)))
    assert said == plain


def test_the_city_can_be_sorted_and_filtered(visit: Visit) -> None:
    page = visit(PAGES["start"])
    shown = "() => [...document.querySelectorAll('tbody tr:not([hidden]) th')].map(cell => cell.textContent.trim())"
    names = page.evaluate(shown)
    page.get_by_label("Show rows with").fill("camd")
    assert page.evaluate(shown) == ["Camden"]
    page.get_by_label("Show rows with").fill("")
    page.get_by_label("and a dataset that is").select_option("failed")
    assert page.evaluate(shown) == ["Bexley", "Newham"]
    page.get_by_label("and a dataset that is").select_option("")
    button = page.get_by_role("button", name="Sort by Publisher")
    button.focus()
    page.keyboard.press("Enter")
    page.keyboard.press("Enter")
    assert page.evaluate(shown) == sorted(names, reverse=True)
    assert page.locator("th[aria-sort]").get_attribute("aria-sort") == "descending"


def test_an_age_stands_beside_its_day(visit: Visit) -> None:
    assert re.search(r"since 2 Mar 2026 \(\d+ \w+ ago\)", visit(PAGES["start"]).inner_text("main"))


@every_page
@pytest.mark.parametrize("width", [320, 1280])
def test_axe_finds_nothing(visit: Visit, place: str, width: int) -> None:
    from axe_playwright_python.sync_playwright import Axe

    found = Axe().run(visit(place, width)).response["violations"]
    told = [{one["id"]: [node["html"][:200] for node in one["nodes"][:3]]} for one in found]
    assert not told, json.dumps(told, indent=1)


@pytest.mark.parametrize(
    "place", [PAGES["dataset full of markup"], PAGES["publisher full of markup"], PAGES["report full of markup"]]
)
def test_markup_shows_as_text_and_does_nothing(visit: Visit, place: str) -> None:
    page = visit(place)
    page.wait_for_timeout(200)
    assert SCRIPT in page.inner_text("body")
