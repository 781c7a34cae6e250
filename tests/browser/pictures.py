"""Makes the pictures of the README: `make pictures`. They show the shipped samples, as they are after one night."""

from __future__ import annotations

import datetime as dt
import sys
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from flows.outcome import Outcome, PublishJob
from flows.publish import publish
from flows.services import Services
from flows.settings import Settings
from flows.site.update import update_site
from packages.spec import list_identities, list_unions
from tests.browser.conftest import CHROMIUM, MISSING
from tests.browser.desk_pages import desk_site
from tests.conftest import ROOT

if TYPE_CHECKING:
    from playwright.sync_api import Page

NIGHT = dt.datetime(2026, 11, 20, 2, 15, tzinfo=dt.UTC)
PLACE = ROOT / "docs" / "pictures"
DESK_PAGES = {
    "desk-result": "result, spoilt",
    "desk-columns": "columns",
    "desk-compare": "compare",
    "desk-queue": "queue",
    "desk-decide": "decide",
}
"""The pictures of the desk, and what they show."""

BLOCKED = "spend-over-500/bexley"
"""A sample that is spoilt on purpose."""


def demo(home: Path) -> tuple[Services, dict[str, Outcome]]:
    """Take every sample through a night, and make the site."""
    services = Services(Settings(home=home))
    outcomes = {}
    datasets = services.settings.datasets
    for identity in (*list_identities(datasets), *list_unions(datasets)):
        print(f"  {identity}", file=sys.stderr)
        outcomes[str(identity)] = publish(PublishJob(identity), services, NIGHT)
    update_site(services, NIGHT)
    return services, outcomes


@contextmanager
def page() -> Iterator[Page]:
    """A window of 1280 by 900."""
    from playwright.sync_api import sync_playwright

    with sync_playwright() as playwright:
        chromium = playwright.chromium.launch(executable_path=CHROMIUM, args=["--no-sandbox"])
        window = chromium.new_page(viewport={"width": 1280, "height": 900}, color_scheme="light")
        # the start page tells ages by the clock of its reader
        window.clock.set_fixed_time(NIGHT)
        yield window
        chromium.close()


def main() -> None:
    """Make all pictures; ends with a word when there is no browser."""
    if CHROMIUM is None:
        sys.exit(f"This {MISSING}.")
    PLACE.mkdir(parents=True, exist_ok=True)
    with tempfile.TemporaryDirectory() as folder, page() as window:
        services, outcomes = demo(Path(folder))
        current = services.settings.site / "current"
        blocked = outcomes.get(BLOCKED) or next(o for o in outcomes.values() if o.verdict == "blocked")
        shown = {
            "london": (current / "index.html").as_uri(),
            "register": (current / "register" / "index.html").as_uri(),
            "look": f"{(current / 'datasets/public-trees/lewisham/index.html').as_uri()}#look",
            "report": (Path(blocked.report) / "report.html").as_uri(),
        }
        for name, address in shown.items():
            window.goto(address)
            window.screenshot(path=PLACE / f"{name}.png")
        _desk_pictures(window, Path(folder))


def _desk_pictures(window: Page, folder: Path) -> None:
    """Make the pictures of the desk, with a made-up borough's street trees."""
    variables = pytest.MonkeyPatch()
    with desk_site(folder / "desk", variables.setenv) as site:
        for name, page_name in DESK_PAGES.items():
            who, path = site.pages[page_name]
            window.context.clear_cookies()
            window.context.add_cookies([{"name": "londata", "value": site.cookie(who), "url": site.address}])
            window.goto(site.address + path)
            window.screenshot(path=PLACE / f"{name}.png")
    variables.undo()


if __name__ == "__main__":
    main()
