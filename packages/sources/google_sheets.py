"""One sheet of a public Google spreadsheet, exported as CSV."""

from __future__ import annotations

import re

import httpx

from packages.sources.transport.download import Download, FetchContext
from packages.sources.transport.http_session import HttpSession, allow_list_of
from packages.sources.transport.urls import resolve_url
from packages.spec import GoogleSheetsSource

GOOGLE = "docs.google.com"
LOGIN = "accounts.google.com"
DOWNLOAD_DOMAINS = ("googleusercontent.com",)
"""The domain that serves the bytes, under another host name for every spreadsheet."""

_SPREADSHEET_PATH = re.compile(r"(?P<base>.*/spreadsheets/d/)(?P<public>e/)?(?P<key>[A-Za-z0-9_-]+)")
_SHEET_ID = re.compile(r"\bgid=([0-9]+)")


def download_source(source: GoogleSheetsSource, context: FetchContext) -> Download | None:
    """Download the sheet as it is now.

    Google sends neither date nor revision, so only the digest tells whether the sheet changed.
    """
    url = csv_address(resolve_url(source.url), source.sheet)
    is_google = url.host == GOOGLE
    # a sheet that is not public redirects to the login page; admitted, so that it is refused as a web page
    hosts = [*source.allow_hosts, LOGIN] if is_google else source.allow_hosts
    allow_list = allow_list_of(url, hosts, context, DOWNLOAD_DOMAINS if is_google else ())
    return HttpSession(url, allow_list, context).download_if_changed(url, "sheet.csv")


def csv_address(url: httpx.URL, sheet: int | None) -> httpx.URL:
    """Return the address of the CSV export, from any address of the spreadsheet that a browser shows."""
    found = _SPREADSHEET_PATH.match(url.path)
    assert found is not None, "the description admits only addresses of spreadsheets"
    if sheet is not None:
        sheet_id = str(sheet)
    else:
        shown = _SHEET_ID.search(url.fragment) or _SHEET_ID.search(url.query.decode("ascii"))
        sheet_id = shown[1] if shown else ""
    # a spreadsheet that was “published to the web” has other addresses than one that is shared by link
    ending, params = ("/pub", {"output": "csv"}) if found["public"] else ("/export", {"format": "csv"})
    if sheet_id:
        params |= {"gid": sheet_id} | ({"single": "true"} if found["public"] else {})
    path = f"{found['base']}{found['public'] or ''}{found['key']}{ending}"
    return url.copy_with(path=path, query=None, fragment=None).copy_merge_params(params)
