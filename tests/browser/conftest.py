"""A real browser (Debian's Chromium), and the made-up site behind a small server on this machine."""

from __future__ import annotations

import shutil
import threading
from collections.abc import Callable, Iterator
from contextlib import ExitStack
from dataclasses import dataclass, field
from functools import partial
from http.server import SimpleHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest

from tests.browser import pages

if TYPE_CHECKING:
    from playwright.sync_api import Browser, Page

ROOM = Path(__file__).parent
CHROMIUM = shutil.which("chromium")
MISSING = "needs Debian's package chromium, which is not installed here: `make test-browser` as root installs it"


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    for item in items:
        if item.path.is_relative_to(ROOM):
            item.add_marker(pytest.mark.browser)


# Playwright keeps an event loop running on this thread: it ends with this room, or no other test could start its own
@pytest.fixture(scope="package")
def browser() -> Iterator[Browser]:
    """Chromium without a window; the tests are skipped where it is not installed."""
    if CHROMIUM is None:
        pytest.skip(MISSING)
    from playwright.sync_api import sync_playwright

    with sync_playwright() as playwright:
        # the tests run as root in a container, where Chromium's own sandbox cannot start
        chromium = playwright.chromium.launch(executable_path=CHROMIUM, args=["--no-sandbox"])
        yield chromium
        chromium.close()


class _Quiet(SimpleHTTPRequestHandler):
    def log_message(self, format: str, *args: object) -> None:
        """Say nothing."""


@pytest.fixture(scope="package")
def address(tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    """The address of the made-up site, with a slash at the end."""
    if CHROMIUM is None:
        pytest.skip(MISSING)
    folder = pages.make(tmp_path_factory.mktemp("browser"))
    server = ThreadingHTTPServer(("127.0.0.1", 0), partial(_Quiet, directory=folder))
    threading.Thread(target=server.serve_forever, daemon=True).start()
    yield f"http://127.0.0.1:{server.server_port}/"
    server.shutdown()
    server.server_close()


@dataclass
class Heard:
    """What the browser noticed while pages were open: requests that left the site, complaints, dialogs."""

    outside: list[str] = field(default_factory=list)
    complaints: list[str] = field(default_factory=list)
    dialogs: list[str] = field(default_factory=list)


Visit = Callable[..., "Page"]


@pytest.fixture
def visit(browser: Browser, address: str) -> Iterator[Visit]:
    """Open a page of the site. At the end no page may have asked another address, complained or shown a dialog."""
    heard = Heard()
    with ExitStack() as opened:

        def to(place: str, width: int = 1280, *, height: int = 900, javascript: bool = True) -> Page:
            size: Any = {"width": width, "height": height}
            context = browser.new_context(viewport=size, java_script_enabled=javascript)
            opened.callback(context.close)
            page = context.new_page()
            _listen(page, address, heard)
            # rows that a script fetches are part of the page
            page.goto(address + place, wait_until="networkidle" if place.startswith("explore/") else "load")
            return page

        yield to
    assert heard == Heard()


def _listen(page: Page, address: str, heard: Heard) -> None:
    inside = (address, "data:")
    page.on("request", lambda request: None if request.url.startswith(inside) else heard.outside.append(request.url))
    # a page that breaks its own content security policy complains here
    page.on("console", lambda said: heard.complaints.append(said.text))
    page.on("pageerror", lambda error: heard.complaints.append(str(error)))
    page.on("dialog", lambda dialog: (heard.dialogs.append(dialog.message), dialog.dismiss()))
