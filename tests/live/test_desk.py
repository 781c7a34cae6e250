"""A file goes from the desk into a real CKAN, by three people in their browsers; and the CKAN gives it to anybody."""

from __future__ import annotations

from pathlib import Path

import pytest
import requests

from catalogue.backends.ckan.settings import CkanSettings
from catalogue.listing import dataset_name
from tests.browser.conftest import CHROMIUM, MISSING
from tests.browser.journey import CAMDEN, journey_desk, take_journey
from tests.live.test_ckan import call


def test_a_file_goes_all_the_way_into_a_ckan(
    rig: CkanSettings, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    if CHROMIUM is None:
        pytest.skip(MISSING)
    from playwright.sync_api import sync_playwright

    place = {"catalogue": "ckan", "ckan_url": rig.url, "ckan_token": rig.token}
    with (
        journey_desk(tmp_path, monkeypatch.setenv, **place) as site,
        sync_playwright() as playwright,
    ):
        browser = playwright.chromium.launch(executable_path=CHROMIUM, args=["--no-sandbox"])
        take_journey(browser, site, tmp_path)
        browser.close()
        listed = call(rig, "package_show", id=dataset_name(CAMDEN))
        (file,) = [one for one in listed["resources"] if one["format"] == "CSV"]
        assert "Quercus robur" in requests.get(file["url"], timeout=60).text
