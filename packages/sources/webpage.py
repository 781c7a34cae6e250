"""A file that is linked from a web page: the newest link that fits, over one to three pages."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from fnmatch import fnmatchcase
from html.parser import HTMLParser
from urllib.parse import unquote

import httpx

from packages.errors import FileProblem, SetupProblem
from packages.sources.transport.download import Download, FetchContext
from packages.sources.transport.download_limits import LIMITS, DownloadLimits
from packages.sources.transport.http_session import HttpPage, HttpSession, name_from_url, open_session, resolve_url
from packages.sources.transport.period import newest_period
from packages.spec import LinkSpec, WebpageSource


@dataclass(frozen=True, slots=True)
class Link:
    """A link of a page: where it leads and what a person reads there, title and label included."""

    url: httpx.URL
    text: str


def download_source(source: WebpageSource, errand: FetchContext, limits: DownloadLimits = LIMITS) -> Download | None:
    """Follow the links to the file and download it; None when it is the one that we have."""
    visit = open_session(source.url, source.allow_hosts, errand, limits)
    url = visit.start
    for wanted in source.links:
        url = _step(visit, url, wanted)
    return visit.parcel(url)


def _step(visit: HttpSession, url: httpx.URL, wanted: LinkSpec) -> httpx.URL:
    links = [link for link in links_of(visit.page(url)) if _fits(link, wanted)]
    if not links:
        raise FileProblem(
            f"No link on the page at {url.host} fits “{wanted.match}”.",
            fix="Open the page and look for the file. If it is there, change `match` under `links` in the description.",
            why="There is nothing to publish until the page links a file.",
        )
    return pick_link(links, wanted).url


def pick_link(links: Sequence[Link], wanted: LinkSpec) -> Link:
    """The one link that is meant, of those that fit, in the order of the page."""
    if wanted.pick != "newest":
        return links[0 if wanted.pick == "first" else -1]
    # the folder of an upload often says when, but the name of the file knows better
    return newest_period(links, lambda link: (link.text, name_from_url(link.url), unquote(link.url.path)))


def _fits(link: Link, wanted: LinkSpec) -> bool:
    said = (link.text.casefold(), unquote(str(link.url)).casefold())
    if wanted.without and any(fnmatchcase(text, wanted.without.casefold()) for text in said):
        return False
    return any(fnmatchcase(text, wanted.match.casefold()) for text in said)


def links_of(page: HttpPage) -> list[Link]:
    """The web links of a page in their order, each address as it is meant from there."""
    reader = _Links()
    try:
        reader.feed(page.body.decode(page.charset or "utf-8", errors="replace"))
    except LookupError:
        reader.feed(page.body.decode("utf-8", errors="replace"))
    reader.close()
    start = _joined(page.url, reader.start) or page.url if reader.start else page.url
    found = ((_joined(start, href), " ".join(" ".join(words).split())) for href, words in reader.links)
    return [Link(url, text) for url, text in found if url is not None and url.scheme in ("http", "https")]


def _joined(start: httpx.URL, href: str) -> httpx.URL | None:
    """Where a link leads without its fragment; None for what is no web address."""
    try:
        return resolve_url(href.strip(), start).copy_with(fragment=None)
    except SetupProblem:
        return None


class _Links(HTMLParser):
    """Collects href and words of every link, and where relative addresses start."""

    def __init__(self) -> None:
        super().__init__(convert_charrefs=True)
        self.links: list[tuple[str, list[str]]] = []
        self.start = ""
        self._open = False

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        told = {name: value or "" for name, value in attrs}
        if tag == "base":
            self.start = self.start or told.get("href", "")
        if tag != "a" or not told.get("href"):
            return
        self.links.append((told["href"], [told.get("title", ""), told.get("aria-label", "")]))
        self._open = True

    def handle_endtag(self, tag: str) -> None:
        self._open = self._open and tag != "a"

    def handle_data(self, data: str) -> None:
        if self._open:
            self.links[-1][1].append(data)
