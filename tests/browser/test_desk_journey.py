"""A spoilt file is mended, matched, compared, answered for, sent, approved by another, and public, in a browser."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from tests.browser.journey import CAMDEN, journey_desk, take_journey

if TYPE_CHECKING:
    from playwright.sync_api import Browser

MOST_STEPS = 30
"""Steps of all people together: at ten seconds each, five minutes."""


def test_a_file_goes_all_the_way(browser: Browser, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    with journey_desk(tmp_path, monkeypatch.setenv) as site:
        steps = take_journey(browser, site, tmp_path)
        current = site.desk.services.settings.site / "current" / "datasets" / CAMDEN.dataset / CAMDEN.publisher
        files = [path for path in current.glob("**/trees.csv") if site.public[:12] in str(path.resolve())]
        assert files
        assert all("Quercus robur" in path.read_text() for path in files)
    print("\n".join(steps))
    assert len(steps) <= MOST_STEPS
