"""The links in a page, a feed or a description for machines: every kind of file that leads somewhere. Pure.

A file is read as others read it: HTML and Atom by their attributes, JSON by the keys that hold addresses, Turtle by its
IRIs, Parquet by its columns of addresses.
"""

from __future__ import annotations

import io
import json
import re
from collections.abc import Callable, Iterator, Mapping
from html.parser import HTMLParser
from typing import Any

from catalogue.backends.site_tree import DCAT, PACKAGE
from catalogue.metadata.catalogue_table import TABLE
from catalogue.metadata.ckan_api import API, PACKAGES

ADDRESS_KEYS = frozenset(
    [
        *("accessURL", "contentUrl", "csv", "dcat:accessURL", "dcat:downloadURL", "dcat:landingPage"),
        *("distribution", "downloadURL", "landingPage", "page", "parquet", "path", "url"),
    ]
)
"""The keys of JSON below which a text may be an address."""

NOT_AN_ADDRESS = re.compile(r"^(#|_:|[a-z][a-z0-9]*:[A-Za-z]|mailto:|urn:|tel:|data:)|\s")
"""Fragments, blank nodes, compact IRIs, and what no web server answers."""

IRI = re.compile(r"<([^<>\"{}|^`\\\s]+)>")
HAS_LINKS = (".html", ".xml", ".json", ".jsonld", ".ttl", TABLE)


def has_links(path: str) -> bool:
    """Return whether a file, by its path in the site, is of a kind that leads to others."""
    return path.endswith(HAS_LINKS) or path.startswith(API)


def links_in(path: str, content: bytes) -> Iterator[str]:
    """Yield every link in a file, as it is written there; the same one may come again.

    `path` is that of the file in the site. ValueError when the file is not what its name says.
    """
    if path.startswith(API) or path.endswith((".json", ".jsonld")):
        yield from _of_json(json.loads(content))
    elif path.endswith((".html", ".xml")):
        yield from _of_markup(content.decode())
    elif path.endswith(".ttl"):
        yield from (iri for iri in IRI.findall(content.decode()) if not NOT_AN_ADDRESS.search(iri))
    elif path.endswith(TABLE):
        import pyarrow.parquet as pq

        table = pq.read_table(io.BytesIO(content), columns=["csv_url", "parquet_url", "page"])
        yield from (link for column in table.columns for link in column.to_pylist() if link)


def base_of(path: str) -> str:
    """Return the folder, from the root of the site, that relative links of a file are meant from."""
    name = path.rpartition("/")[2]
    # these say where things are in the site, whoever holds the file
    if path.startswith((API, PACKAGES)) or name in (PACKAGE, *DCAT):
        return ""
    return path[: -len(name)]


class _Markup(HTMLParser):
    """Gathers the addresses in attributes, and what stands in scripts of JSON-LD."""

    def __init__(self) -> None:
        super().__init__()
        self.links: list[str] = []
        self.described: list[str] = []
        self._is_described = False

    def handle_starttag(self, tag: str, attributes: list[tuple[str, str | None]]) -> None:
        self.links += [value for name, value in attributes if name in ("href", "src") and value]
        self._is_described = tag == "script" and dict(attributes).get("type") == "application/ld+json"

    def handle_data(self, data: str) -> None:
        if self._is_described:
            self.described.append(data)
            self._is_described = False


def _of_markup(text: str) -> Iterator[str]:
    parser = _Markup()
    parser.feed(text)
    parser.close()
    yield from (link for link in parser.links if not NOT_AN_ADDRESS.search(link))
    for described in parser.described:
        yield from _of_json(json.loads(described))


def _of_json(value: Any, key: str = "") -> Iterator[str]:
    readers: Mapping[type, Callable[[], Iterator[str]]] = {
        # an object with nothing but an IRI stands for it
        dict: lambda: (
            link
            for name, inner in value.items()
            if name != "@context"
            for link in _of_json(inner, key if name == "@id" else name)
        ),
        list: lambda: (link for inner in value for link in _of_json(inner, key)),
        str: lambda: iter([value] if _may_be_address(key, value) else []),
    }
    yield from readers.get(type(value), lambda: iter(()))()


def _may_be_address(key: str, text: str) -> bool:
    if key not in ADDRESS_KEYS or not text or NOT_AN_ADDRESS.search(text):
        return False
    # names and numbers stand under the same keys: a path has a slash or the end of a file's name
    return "/" in text or text.endswith((".csv", ".parquet", ".html", ".json"))
