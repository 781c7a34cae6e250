"""The styles of an XLSX workbook: number formats that matter, and what the eye does not see."""

from __future__ import annotations

import zipfile
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field, replace
from functools import partial

from packages.readers.budget import current_budget
from packages.readers.over_budget import over_budget
from packages.readers.workbooks.number_formats import BUILT_IN, NumberFormat, formats_of_styles
from packages.readers.workbooks.visibility import BLACK, INDEXED, WHITE, Colour, Look, hex_colour, tinted
from packages.readers.xml_safety import BLOCK, parse_start_tags

STYLES = "xl/styles.xml"
SHARED_TEXTS = "xl/sharedStrings.xml"

THEME_ORDER = (
    "lt1", "dk1", "lt2", "dk2", "accent1", "accent2", "accent3", "accent4", "accent5", "accent6", "hlink", "folHlink",
)  # fmt: skip
"""The colours of a theme in the order of their numbers; its own part has dark before light."""


def _plain_letters(_name: str, _attributes: Mapping[str, str]) -> Look:
    """Return the look of letters in a workbook without styles."""
    return Look()


@dataclass(frozen=True, slots=True)
class SheetStyles:
    """What the styles of a workbook do to a cell, by the number of its style.

    `formats` are the number formats that matter. `unseen` are the styles that hide what a cell holds: `all`, only
    `numbers` or only `texts`. `unseen_rules` are the styles of conditional formats that do, and `unseen_texts` the
    numbers of shared texts of which a part is hidden. `letters` tells the look that a tag gives to letters in a cell.
    """

    formats: Mapping[str, NumberFormat] = field(default_factory=dict)
    unseen: Mapping[str, str] = field(default_factory=dict)
    unseen_rules: frozenset[str] = frozenset()
    unseen_texts: frozenset[str] = frozenset()
    letters: Callable[[str, Mapping[str, str]], Look] = _plain_letters


def read_styles(archive: zipfile.ZipFile) -> SheetStyles:
    """Read the styles; KeyError, ValueError or an expat error when they are damaged."""
    if STYLES not in archive.namelist():
        return SheetStyles()
    parser = _StyleParser(theme_colours(archive))
    with archive.open(STYLES) as file:
        parse_start_tags(file, parser.start)
    return replace(parser.styles(), unseen_texts=_unseen_texts(archive, parser), letters=parser.letters)


def _unseen_texts(archive: zipfile.ZipFile, styles: _StyleParser) -> frozenset[str]:
    """Return the numbers of the shared texts of which some letters have a colour or size that nobody sees."""
    if SHARED_TEXTS not in archive.namelist():
        return frozenset()
    with archive.open(SHARED_TEXTS) as file:
        # most workbooks have no letters of their own colour within a cell, and many have a million texts
        blocks = iter(partial(file.read, BLOCK), b"")
        if not any(mark in block for block in blocks for mark in (b"rPr>", b"rPr ")):
            return frozenset()
    found: set[str] = set()
    number = -1

    def part(name: str, attributes: Mapping[str, str]) -> None:
        nonlocal number
        number += name == "si"
        if styles.letters(name, attributes).hides:
            found.add(str(number))

    with archive.open(SHARED_TEXTS) as file:
        parse_start_tags(file, part)
    return frozenset(found)


def theme_colours(archive: zipfile.ZipFile) -> tuple[Colour, ...]:
    """Return the colours of the theme by their number; black and white where there is no theme."""
    part = next((name for name in archive.namelist() if name.startswith("xl/theme/theme")), "")
    found: dict[str, Colour] = {"lt1": WHITE, "dk1": BLACK}
    name = ""

    def colour(tag: str, attributes: Mapping[str, str]) -> None:
        nonlocal name
        if tag in THEME_ORDER:
            name = tag
        elif name and tag in ("srgbClr", "sysClr"):
            found[name] = hex_colour(attributes.get("lastClr") or attributes.get("val", "")) or found.get(name, BLACK)
            name = ""

    if part:
        with archive.open(part) as file:
            parse_start_tags(file, colour)
    return tuple(found.get(each, BLACK) for each in THEME_ORDER)


class _StyleParser:
    """Collects fonts, fills and formats, and the cell styles that refer to them by number."""

    def __init__(self, theme: tuple[Colour, ...]) -> None:
        self._theme = theme
        self._palette: list[Colour] = []
        self._codes = dict(BUILT_IN)
        self._fonts: list[Look] = []
        self._fills: list[Look] = []
        self._rules: list[Look] = []
        self._used: list[Mapping[str, str]] = []
        self._list = self._inside = ""

    def start(self, name: str, attributes: Mapping[str, str]) -> None:
        """Take one start tag; FileProblem for more styles than a workbook can have."""
        if max(map(len, (self._used, self._codes, self._fonts, self._fills, self._rules))) > current_budget().styles:
            raise over_budget("styles", "styles")
        if name in ("numFmts", "fonts", "fills", "borders", "cellStyleXfs", "cellXfs", "cellStyles", "dxfs", "colors"):
            self._list = name
        elif name == "rgbColor":
            self._palette.append(hex_colour(attributes.get("rgb", "")) or BLACK)
        elif name == "numFmt" and self._list == "dxfs":
            self._change(self._rules, code=attributes.get("formatCode", ""))
        elif name == "numFmt":
            self._codes[int(attributes["numFmtId"])] = attributes["formatCode"]
        elif name == "xf" and self._list == "cellXfs":
            # the named styles have such elements too, and no cell refers to those
            self._used.append(attributes)
        elif name == "dxf":
            self._rules.append(Look())
        elif name in ("font", "fill", "border"):
            self._inside = name
            if self._list != "dxfs":
                {"font": self._fonts, "fill": self._fills, "border": []}[name].append(Look())
        else:
            self._part(name, attributes)

    def _part(self, name: str, attributes: Mapping[str, str]) -> None:
        """Take a tag within a font or a fill, of a list of their own or of a conditional format."""
        is_rule = self._list == "dxfs"
        if self._inside == "font" and name == "sz":
            self._change(self._rules if is_rule else self._fonts, points=float(attributes.get("val", "11")))
        elif name == "patternFill" and not is_rule and attributes.get("patternType", "none") != "solid":
            self._inside = ""  # a pattern without a colour behind letters, or none
        elif self._inside == "font" and name == "color":
            self._change(self._rules if is_rule else self._fonts, ink=self.colour(attributes))
        # a solid ground has the colour of its pattern in a cell, and the one behind it in a conditional format
        elif self._inside == "fill" and name == ("bgColor" if is_rule else "fgColor"):
            self._change(self._rules if is_rule else self._fills, ground=self.colour(attributes))

    def _change(self, looks: list[Look], **parts: object) -> None:
        if looks:
            looks[-1] = replace(looks[-1], **parts)  # type: ignore[arg-type]

    def colour(self, attributes: Mapping[str, str]) -> Colour | None:
        """Return the colour that a tag names by its parts, its number or its place in the theme; None for automatic."""
        found: Colour | None = None
        if "rgb" in attributes:
            found = hex_colour(attributes["rgb"])
        elif "theme" in attributes and int(attributes["theme"]) < len(self._theme):
            found = self._theme[int(attributes["theme"])]
        elif "indexed" in attributes:
            palette = self._palette or INDEXED
            number = int(attributes["indexed"])
            found = palette[number] if number < len(palette) else None
        return tinted(found, float(attributes.get("tint", "0"))) if found else None

    def letters(self, name: str, attributes: Mapping[str, str]) -> Look:
        """Return the look that a tag gives to some letters within a cell."""
        if name == "color":
            return Look(ink=self.colour(attributes))
        return Look(points=float(attributes.get("val", "11"))) if name == "sz" else Look()

    def styles(self) -> SheetStyles:
        """Return what was found, when all tags have passed."""
        formats = formats_of_styles(self._codes, [int(xf.get("numFmtId", "0")) for xf in self._used])
        unseen = {}
        for place, xf in enumerate(self._used):
            font = _at(self._fonts, xf.get("fontId", "0"))
            ground = _at(self._fills, xf.get("fillId", "0")).ground
            code = self._codes.get(int(xf.get("numFmtId", "0")), "")
            if hides := replace(font, ground=ground, code=code).hides:
                unseen[str(place)] = hides
        rules = frozenset(str(place) for place, look in enumerate(self._rules) if look.hides)
        return SheetStyles({str(place): found for place, found in formats.items()}, unseen, rules)


def _at(looks: list[Look], number: str) -> Look:
    return looks[int(number)] if int(number) < len(looks) else Look()
