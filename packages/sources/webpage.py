"""A file linked from a web page: the link that fits is followed over one to three pages."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from fnmatch import fnmatchcase
from html.parser import HTMLParser
from urllib.parse import unquote

import httpx

from packages.errors import FileProblem, SetupProblem
from packages.sources.transport.download import Download, FetchContext
from packages.sources.transport.http_session import HttpPage, open_session
from packages.sources.transport.period import newest_period
from packages.sources.transport.urls import name_from_url, resolve_url
from packages.spec import LinkSpec, WebpageSource

LINKS = 10_000
"""The most links on a page that is looked through; pages of councils have hundreds."""


@dataclass(frozen=True, slots=True)
class Link:
    """A link of a page: its address, and the words a person reads there, title and label included."""

    url: httpx.URL
    text: str


def download_source(source: WebpageSource, context: FetchContext) -> Download | None:
    """Follow the links to the file and download it; None when it has not changed since the previous extract."""
    session = open_session(source.url, source.allow_hosts, context)
    url = session.start
    for wanted in source.links:
        fitting = []
        for link in links_of(session.read_page(url)):
            # an editor may change the words and keep the address, or the other way round
            texts = (link.text.casefold(), unquote(str(link.url)).casefold())
            is_left_out = wanted.without and any(fnmatchcase(text, wanted.without.casefold()) for text in texts)
            if not is_left_out and any(fnmatchcase(text, wanted.match.casefold()) for text in texts):
                fitting.append(link)
        if not fitting:
            raise FileProblem(
                f"No link on the page at {url.host} fits “{wanted.match}”.",
                fix="Open the page and look for the file. "
                "If it is there, change `match` under `links` in the description.",
                why="There is nothing to publish until the page links a file.",
            )
        url = pick_link(fitting, wanted).url
    return session.download_if_changed(url)


def pick_link(links: Sequence[Link], wanted: LinkSpec) -> Link:
    """Return the first, last or newest of the links that fit, given in the order of the page."""
    if wanted.pick != "newest":
        return links[0 if wanted.pick == "first" else -1]
    # the folder of an upload often names a date, but the name of the file is more reliable, so it comes first
    return newest_period(links, lambda link: (link.text, name_from_url(link.url), unquote(link.url.path)))


def links_of(page: HttpPage) -> list[Link]:
    """Return the http and https links of a page in their order, with absolute addresses."""
    parser = _LinkParser()
    try:
        text = page.body.decode(page.charset or "utf-8", errors="replace")
    except (LookupError, UnicodeError):
        # the server names an encoding that does not exist, or one that is not of text
        text = page.body.decode("utf-8", errors="replace")
    # a last tag, so that the text before it is seen; never `close`, which looks for the end of every tag that has none
    # again and again, for hours
    parser.feed(f"{text}<p>")
    if len(parser.links) > LINKS:
        raise FileProblem(
            f"The page at {page.url.host} has more than {LINKS:,} links.",
            fix="Give the address of a page that links fewer files, or of the file itself.",
            why="Looking through a page without end would stop the night.",
        )
    base = page.url
    if parser.base_href:
        base = _absolute_url(base, parser.base_href) or base
    found = ((_absolute_url(base, href), " ".join(" ".join(words).split())) for href, words in parser.links)
    return [Link(url, text) for url, text in found if url is not None and url.scheme in ("http", "https")]


def _absolute_url(base: httpx.URL, href: str) -> httpx.URL | None:
    """Return the address of a link without its fragment; None when it is no web address."""
    try:
        return resolve_url(href.strip(), base).copy_with(fragment=None)
    except SetupProblem:
        return None


class _LinkParser(HTMLParser):
    """Collects address and words of every link, and the base address of the page."""

    def __init__(self) -> None:
        super().__init__(convert_charrefs=True)
        self.links: list[tuple[str, list[str]]] = []
        self.base_href = ""
        self._in_link = False

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        attributes = {name: value or "" for name, value in attrs}
        if tag == "base":
            self.base_href = self.base_href or attributes.get("href", "")
        if tag != "a" or not attributes.get("href") or len(self.links) > LINKS:
            return
        self.links.append((attributes["href"], [attributes.get("title", ""), attributes.get("aria-label", "")]))
        self._in_link = True

    def handle_endtag(self, tag: str) -> None:
        self._in_link = self._in_link and tag != "a"

    def handle_data(self, data: str) -> None:
        if self._in_link:
            self.links[-1][1].append(data)
