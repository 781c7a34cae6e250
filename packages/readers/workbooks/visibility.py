"""What nobody sees on a sheet though it is there: letters in the colour of their ground or too small, empty formats."""

from __future__ import annotations

import colorsys
import re
from dataclasses import dataclass

Colour = tuple[int, int, int]
"""Red, green and blue, each from 0 to 255."""

BLACK: Colour = (0, 0, 0)
WHITE: Colour = (255, 255, 255)

FAINT = 1.25
"""Contrast (WCAG 2.2, 1 to 21) below which letters are taken for unseen; light grey on white has 1.4 and more."""

TINY = 2.0
"""Size of letters in points up to which nobody reads them."""

INDEXED: tuple[Colour, ...] = tuple(
    (int(code[:2], 16), int(code[2:4], 16), int(code[4:], 16))
    for code in (
        "000000 FFFFFF FF0000 00FF00 0000FF FFFF00 FF00FF 00FFFF "
        * 2
        + "800000 008000 000080 808000 800080 008080 C0C0C0 808080 9999FF 993366 FFFFCC CCFFFF 660066 FF8080 0066CC "
        "CCCCFF 000080 FF00FF FFFF00 00FFFF 800080 800000 008080 0000FF 00CCFF CCFFFF CCFFCC FFFF99 99CCFF FF99CC "
        "CC99FF FFCC99 3366FF 33CCCC 99CC00 FFCC00 FF9900 FF6600 666699 969696 003366 339966 003300 333300 993300 "
        "993366 333399 333333"
    ).split()
)
"""The colours that workbooks name by number, as Microsoft's [MS-XLS] lists them."""

_SECTION = re.compile(r'(?:"[^"]*"|\\.|\[[^\]]*\]|[^;"\\\[])*')
_WHITE = re.compile(r"\[white\]", re.IGNORECASE)
_UNSEEN = re.compile(r'"\s*"|\\\s|[_*].|\[[^\]]*\]|\s')


@dataclass(frozen=True, slots=True)
class Look:
    """How a style writes: the colours of letters and ground (None is what the program takes), points, format code."""

    ink: Colour | None = None
    ground: Colour | None = None
    points: float = 11.0
    code: str = ""

    @property
    def hides(self) -> str:
        """What a cell of this style does not show: `all`, only `numbers`, only `texts`, or nothing (empty)."""
        ground = self.ground or WHITE
        if self.points <= TINY or (self.ink and contrast(self.ink, ground) < FAINT):
            return "all"
        # letters are black where nothing is said, so a black ground alone hides them
        if self.ink is None and self.ground and contrast(BLACK, ground) < FAINT:
            return "all"
        return hidden_by_format(self.code)


def hidden_by_format(code: str) -> str:
    """Return what a format code does not show: `all`, `numbers`, `texts` or nothing (empty)."""
    if not code or code.casefold() == "general":
        return ""
    sections, rest = [], code
    while True:
        found = _SECTION.match(rest)
        section = found[0] if found else ""
        sections.append("" if _WHITE.search(section) else _UNSEEN.sub("", section))
        rest = rest[len(section) :]
        if not rest.startswith(";"):
            break
        rest = rest[1:]
    # the first is for numbers above nought, the fourth for text; a single one is for all numbers
    numbers, texts = not sections[0], len(sections) >= 4 and not sections[3]
    return "all" if numbers and texts else "numbers" if numbers else "texts" if texts else ""


def contrast(one: Colour, other: Colour) -> float:
    """Return the contrast of two colours as WCAG 2.2 has it: 1 is none, 21 is black on white."""
    lighter, darker = sorted((_luminance(one), _luminance(other)), reverse=True)
    return (lighter + 0.05) / (darker + 0.05)


def _luminance(colour: Colour) -> float:
    parts = [part / 255 / 12.92 if part <= 10 else ((part / 255 + 0.055) / 1.055) ** 2.4 for part in colour]
    return 0.2126 * parts[0] + 0.7152 * parts[1] + 0.0722 * parts[2]


def hex_colour(text: str) -> Colour | None:
    """Return the colour of six hexadecimal digits, after a `#` or two digits of opacity; None for other texts."""
    digits = text.lstrip("#")[-6:]
    if not re.fullmatch("[0-9A-Fa-f]{6}", digits):
        return None
    return int(digits[:2], 16), int(digits[2:4], 16), int(digits[4:], 16)


def tinted(colour: Colour, tint: float) -> Colour:
    """Return a colour made lighter (a tint up to 1) or darker (down to -1), as Office does it."""
    hue, light, saturation = colorsys.rgb_to_hls(*(part / 255 for part in colour))
    light = light * (1 + tint) if tint < 0 else light * (1 - tint) + tint
    red, green, blue = colorsys.hls_to_rgb(hue, min(max(light, 0.0), 1.0), saturation)
    return round(red * 255), round(green * 255), round(blue * 255)
