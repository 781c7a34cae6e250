"""What a workbook carries besides its cells: comments, pictures, names of authors and copies of data in charts."""

from __future__ import annotations

import re
import zipfile
from collections.abc import Mapping
from xml.parsers import expat

from packages.model import MADE_BY_US
from packages.readers.xml_safety import parse_start_tags

COMMENTS, AUTHORS, PICTURES, CHARTS = "comments", "names of authors", "pictures or text boxes", "charts with their data"
SLICERS, CONNECTIONS, CUSTOM = "filters of pivot tables", "connections to databases", "custom XML"
LISTS, NAMES, MACROS = "lists of allowed values", "named ranges", "macros"

PARTS: Mapping[str, re.Pattern[str]] = {
    COMMENTS: re.compile(r"xl/(comments|threadedComments|persons)"),
    PICTURES: re.compile(r"xl/(media|drawings)/.|Pictures/."),
    CHARTS: re.compile(r"xl/charts/chart|Object [^/]*/content\.xml"),
    SLICERS: re.compile(r"xl/(slicerCaches|slicers|timelineCaches)/"),
    CONNECTIONS: re.compile(r"xl/(connections|queryTables/)"),
    CUSTOM: re.compile(r"customXml/item|docProps/custom\.xml|xl/customXml"),
    MACROS: re.compile(r"xl/vbaProject|Basic/."),
}
"""Parts of the archive, by what they hold."""

NOTES = re.compile(r"xl/(comments|drawings/vmlDrawing)\d+\.(xml|vml)")
"""The parts with the notes at cells, which are ours in a workbook that we have handed back."""

LONGEST_CORE = 1 << 16

AUTHOR_TAGS = frozenset({"creator", "lastModifiedBy", "initial-creator", "Manager"})
"""Elements of the parts about the document that name people."""

PROGRAMS = frozenset({"openpyxl", "apache poi", "xlsxwriter", "microsoft excel"})
"""Programs that write their own name where an author stands."""


def left_over_in(archive: zipfile.ZipFile) -> list[str]:
    """Return what the parts of an archive hold besides the cells, in words; an expat error when one is damaged."""
    names = archive.namelist()
    if "docProps/core.xml" in names and MADE_BY_US.encode() in archive.open("docProps/core.xml").read(LONGEST_CORE):
        names = [name for name in names if not NOTES.match(name)]
    found = [kind for kind, mark in PARTS.items() if any(map(mark.match, names))]
    return [*found, AUTHORS] if _has_authors(archive) else found


def _has_authors(archive: zipfile.ZipFile) -> bool:
    """Return whether a part about the document names somebody."""
    is_named, inside = False, ""

    def start(name: str, _attributes: Mapping[str, str]) -> None:
        nonlocal inside
        inside = name

    def text(content: str) -> None:
        nonlocal is_named
        is_named = is_named or (inside in AUTHOR_TAGS and content.strip().casefold() not in PROGRAMS | {""})

    for part in ("docProps/core.xml", "docProps/app.xml", "meta.xml"):
        if part in archive.namelist():
            inside, parser = "", expat.ParserCreate()
            parser.CharacterDataHandler = text
            with archive.open(part) as file:
                parse_start_tags(file, start, parser)
    return is_named
