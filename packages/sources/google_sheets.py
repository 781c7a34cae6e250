"""One sheet of a Google spreadsheet that everybody may see, as CSV."""

from __future__ import annotations

import re

import httpx

from packages.sources.transport.download import Download, FetchContext
from packages.sources.transport.download_limits import LIMITS, DownloadLimits
from packages.sources.transport.http_session import HttpSession, allow_list_of, resolve_url
from packages.spec import GoogleSheetsSource

GOOGLE = "docs.google.com"
LOGIN = "accounts.google.com"
DOMAINS = ("googleusercontent.com",)
"""Where Google keeps the bytes: a host with another name for every spreadsheet."""

_PATH = re.compile(r"(?P<base>.*/spreadsheets/d/)(?P<public>e/)?(?P<key>[A-Za-z0-9_-]+)")


def download_source(
    source: GoogleSheetsSource, errand: FetchContext, limits: DownloadLimits = LIMITS
) -> Download | None:
    """Download the sheet as it is now. Google dates nothing, so the digest alone tells whether it changed."""
    url = csv_address(resolve_url(source.url), source.sheet)
    google = url.host == GOOGLE
    # a sheet that is not public leads to the login, which is then refused as the web page that it is
    hosts = [*source.allow_hosts, LOGIN] if google else source.allow_hosts
    visit = HttpSession(url, allow_list_of(url, hosts, errand, DOMAINS if google else ()), errand, limits)
    return visit.parcel(url, "sheet.csv")


def csv_address(url: httpx.URL, sheet: int | None) -> httpx.URL:
    """Where the CSV of a spreadsheet is, from any of its addresses as a browser shows them."""
    found = _PATH.match(url.path)
    assert found is not None, "the description admits only addresses of spreadsheets"
    wanted = str(sheet) if sheet is not None else _sheet_in(url)
    ending, params = ("/pub", {"output": "csv"}) if found["public"] else ("/export", {"format": "csv"})
    if wanted:
        params |= {"gid": wanted} | ({"single": "true"} if found["public"] else {})
    path = f"{found['base']}{found['public'] or ''}{found['key']}{ending}"
    return url.copy_with(path=path, query=None, fragment=None).copy_merge_params(params)


def _sheet_in(url: httpx.URL) -> str:
    found = re.search(r"\bgid=([0-9]+)", url.fragment) or re.search(r"\bgid=([0-9]+)", url.query.decode("ascii"))
    return found[1] if found else ""
