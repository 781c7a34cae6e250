"""The feeds keep to RFC 4287, section by section, and say the same each time."""

from __future__ import annotations

import datetime as dt
import re
import xml.etree.ElementTree as ET
from dataclasses import replace
from pathlib import Path

import pytest

from catalogue.listing import Listing, listing_of
from catalogue.site.feed import ENTRIES, FeedHeader, atom_feed
from packages.model import Identity
from packages.vocabulary import publisher
from tests.catalogue.city import LATER, PACKAGES, release, spec

ATOM = "{http://www.w3.org/2005/Atom}"
ONCE = {"feed": ("id", "title", "updated"), "entry": ("id", "title", "updated")}
AT_MOST_ONCE = {
    "feed": ("subtitle", "generator", "icon", "logo", "rights"),
    "entry": ("published", "summary", "rights"),
}
KNOWN = {
    "feed": {"author", "category", "contributor", "generator", "icon", "id", "link", "logo", "rights", "subtitle",
             "title", "updated", "entry"},
    "entry": {"author", "category", "content", "contributor", "id", "link", "published", "rights", "source",
              "summary", "title", "updated"},
}  # fmt: skip
RFC_3339 = re.compile(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(\.\d+)?(Z|[+-]\d\d:\d\d)")
IRI = re.compile(r"(urn:uuid:[0-9a-f-]{36}|https://\S+)")


@pytest.fixture
def listed(tmp_path: Path) -> list[Listing]:
    made = []
    for number, dataset in enumerate(PACKAGES):
        identity = Identity(dataset, "camden")
        sealed = release(tmp_path, identity, sealed=LATER + dt.timedelta(days=number))
        made.append(listing_of(sealed, spec(identity), publisher("camden")))
    return made


def check(element: ET.Element) -> None:
    """What RFC 4287 asks of a feed (4.1.1) or an entry (4.1.2)."""
    kind = element.tag.removeprefix(ATOM)
    names = [child.tag.removeprefix(ATOM) for child in element]
    assert set(names) <= KNOWN[kind]
    for name in ONCE[kind]:
        assert names.count(name) == 1, name
    for name in AT_MOST_ONCE[kind]:
        assert names.count(name) <= 1, name
    assert names.count("author") >= 1
    assert IRI.fullmatch(element.findtext(f"{ATOM}id", ""))
    for name in ("updated", "published"):
        for moment in element.findall(f"{ATOM}{name}"):
            assert RFC_3339.fullmatch(moment.text or "")
    for author in element.findall(f"{ATOM}author"):
        assert [child.tag for child in author] == [f"{ATOM}name"]
    links = element.findall(f"{ATOM}link")
    assert all(link.get("href") for link in links)
    alternates = [(link.get("type"), link.get("hreflang")) for link in links if link.get("rel") == "alternate"]
    assert len(alternates) == len(set(alternates))
    assert element.find(f"{ATOM}content") is not None or alternates
    for category in element.findall(f"{ATOM}category"):
        assert category.get("term")


@pytest.mark.parametrize("public_url", ["", "https://data.example.org/"])
@pytest.mark.parametrize("path", ["feed.xml", "publishers/camden/feed.xml"])
def test_a_feed_is_valid(listed: list[Listing], public_url: str, path: str) -> None:
    root = ET.fromstring(atom_feed(FeedHeader("New releases", path), listed, public_url=public_url))
    assert root.tag == f"{ATOM}feed"
    check(root)
    entries = root.findall(f"{ATOM}entry")
    for entry in entries:
        check(entry)
    identifiers = [entry.findtext(f"{ATOM}id") for entry in entries]
    assert len(set(identifiers)) == len(entries) == 3
    own = next(link for link in root.findall(f"{ATOM}link") if link.get("rel") == "self")
    base = public_url or "../" * path.count("/")
    assert own.get("href") == base + path


def test_the_newest_is_first_and_dates_the_feed(listed: list[Listing]) -> None:
    root = ET.fromstring(atom_feed(FeedHeader("New releases", "feed.xml"), listed))
    moments = [entry.findtext(f"{ATOM}updated") for entry in root.findall(f"{ATOM}entry")]
    assert moments == sorted(moments, reverse=True)
    assert root.findtext(f"{ATOM}updated") == moments[0]


def test_an_empty_feed_is_valid() -> None:
    check(ET.fromstring(atom_feed(FeedHeader("New releases", "feed.xml"), [])))


def test_a_new_release_is_a_new_entry_and_the_same_one_stays(listed: list[Listing]) -> None:
    feed = FeedHeader("New releases", "feed.xml")
    assert atom_feed(feed, listed) == atom_feed(feed, list(reversed(listed)))
    text = atom_feed(feed, [listed[0]]).decode()
    again = atom_feed(feed, [replace(listed[0], release="f" * 64)]).decode()
    assert re.findall("<id>.*?</id>", text)[0] == re.findall("<id>.*?</id>", again)[0]
    assert re.findall("<id>.*?</id>", text)[1] != re.findall("<id>.*?</id>", again)[1]


def test_a_feed_stays_short_and_escapes_what_it_says(listed: list[Listing]) -> None:
    nasty = replace(listed[0], title="<script>alert(1)</script> & more")
    many = [replace(nasty, release=f"{number:064x}") for number in range(ENTRIES + 20)]
    text = atom_feed(FeedHeader("New releases", "feed.xml"), many)
    assert b"<script>" not in text
    assert len(ET.fromstring(text).findall(f"{ATOM}entry")) == ENTRIES
