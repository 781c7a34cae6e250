"""Feeds of new releases in Atom (RFC 4287). The same listings give the same bytes. Pure."""

from __future__ import annotations

import re
import uuid
import xml.etree.ElementTree as ET  # nothing is parsed, so nothing can attack
from collections.abc import Iterable
from dataclasses import dataclass

from catalogue.listing import NAMESPACE, Listing, dataset_path, dataset_title, lasting_path
from catalogue.site.words import VERDICTS, counted_noun, total_rows

ATOM = "http://www.w3.org/2005/Atom"
ENTRIES = 100
"""Releases in a feed at most: the newest."""

_NOT_IN_XML = re.compile("[^\t\n\r\x20-\ud7ff\ue000-\ufffd\U00010000-\U0010ffff]")
"""Characters that XML cannot hold, however they are written."""

NEVER = "1970-01-01T00:00:00+00:00"
"""The time of the last change of a feed without entries: RFC 4287 wants one."""


@dataclass(frozen=True, slots=True)
class FeedHeader:
    """The head of a feed. `path` is its own place, `page` that of the page it belongs to, relative to the root."""

    title: str
    path: str
    page: str = "index.html"


def atom_feed(feed: FeedHeader, listings: Iterable[Listing], *, public_url: str = "") -> bytes:
    """Return the newest releases as Atom; without a public address every link is relative to the feed."""
    newest = sorted(listings, key=lambda listed: (listed.modified, listed.identity), reverse=True)[:ENTRIES]
    base = f"{public_url.rstrip('/')}/" if public_url else "../" * feed.path.count("/")
    root = ET.Element("feed", {"xmlns": ATOM, "xml:lang": "en-GB"})
    _add(root, "id", _urn(f"feed:{feed.path}"))
    _add(root, "title", feed.title)
    _add(root, "updated", newest[0].modified.isoformat() if newest else NEVER)
    _add(root, "link", rel="self", type="application/atom+xml", href=base + feed.path)
    _add(root, "link", rel="alternate", type="text/html", href=base + feed.page)
    _add(_add(root, "author"), "name", "London open data")
    for listed in newest:
        _entry(root, listed, base)
    ET.indent(root, space=" ")
    text: bytes = ET.tostring(root, encoding="utf-8", xml_declaration=True)
    return text + b"\n"


def _entry(root: ET.Element, listed: Listing, base: str) -> None:
    entry = _add(root, "entry")
    # a new release is a new entry: a reader that has seen the last one shows it as news
    _add(entry, "id", _urn(f"{listed.identity}@{listed.release}"))
    _add(entry, "title", listed.title)
    _add(entry, "updated", listed.modified.isoformat())
    _add(entry, "published", listed.modified.isoformat())
    _add(_add(entry, "author"), "name", listed.publisher.title)
    _add(entry, "link", rel="alternate", type="text/html", href=f"{base}{dataset_path(listed.identity)}index.html")
    for file in listed.distributions:
        address = base + lasting_path(listed, file)
        _add(entry, "link", rel="enclosure", type=file.media_type, length=str(file.bytes), href=address)
    _add(entry, "category", term=listed.identity.dataset, label=dataset_title(listed))
    verdict = VERDICTS.get(listed.verdict, ("", ""))[1]
    _add(entry, "summary", f"A new release with {counted_noun(total_rows(listed), 'row')}. {verdict}".strip())


def _add(parent: ET.Element, name: str, text: str = "", **attributes: str) -> ET.Element:
    element = ET.SubElement(parent, name, {key: _NOT_IN_XML.sub("", value) for key, value in attributes.items()})
    element.text = _NOT_IN_XML.sub("", text) or None
    return element


def _urn(text: str) -> str:
    return uuid.uuid5(NAMESPACE, text).urn
