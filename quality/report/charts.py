"""Small static charts as inline SVG, for columns whose values may be shown.

Python computes the geometry in pixels; `templates/chart.svg.j2` writes it as escaped markup. A chart holds shapes and
text only: no id that two charts on a page could share, no style, no script and no address. The same numbers always
give the same bytes.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

from packages.model import ColumnStatistics
from quality.report.sanitise import sanitise
from quality.report.templating import report_templates

if TYPE_CHECKING:
    from markupsafe import Markup

Pairs = Sequence[tuple[str, int]]

WIDTH = 256
"""Pixels, axis and labels included: fits a phone of 320 px at full size, so that the text stays 11 px."""

PLOT_HEIGHT = 72
"""Pixels from the base line of vertical bars to the top of their axis."""

ROW_HEIGHT = 17
BAR_SHARE = 0.75
"""Share of a horizontal bar's row that the bar fills."""

BAR_GAP = 0.1
"""Share of a vertical bar's step that stays free."""

MARGIN = 8
"""Pixels above the plot and at its right, so that the outermost labels are not cut."""

LABEL_GAP = 5
"""Pixels between a bar or an axis and its label."""

TOP_SHOWN = 6
CATEGORY_LENGTH = 16
RANGE_LENGTH = 40
"""Longest labels, in characters: of a category, and of a range or period."""

LETTER = 6.8
CAPITAL = 9
"""Widths in pixels of letters of 11 px in a broad typeface: they decide which labels have room."""

BASELINE = 4
"""Pixels from the middle of a line of text of 11 px down to its baseline."""

UNITS = ((1_000_000_000, "G"), (1_000_000, "M"), (1_000, "k"))


@dataclass(frozen=True, slots=True)
class Palette:
    """Colours and size of the text; the colours are those of style.css, which an SVG attribute cannot refer to."""

    ink: str = "#33414c"
    bar: str = "#6495b8"
    grid: str = "#dde3e8"
    font_size: int = 11


@dataclass(frozen=True, slots=True)
class PlotArea:
    """A rectangle, in pixels from the top left corner; a grid line is one without height."""

    x: float
    y: float
    width: float
    height: float = 0


@dataclass(frozen=True, slots=True)
class Label:
    """A text whose `anchor` (start, middle or end) is at (x, y)."""

    text: str
    x: float
    y: float
    anchor: str


@dataclass(frozen=True, slots=True)
class Chart:
    """Everything that the template draws; `title` is also what a screen reader says."""

    title: str
    height: float
    bars: tuple[PlotArea, ...]
    labels: tuple[Label, ...]
    gridlines: tuple[PlotArea, ...] = ()
    width: int = WIDTH


def column_chart(column: ColumnStatistics) -> str:
    """Return the chart of one column as SVG markup; empty when its values may not be shown or there are none."""
    title = sanitise(column.title or column.name, 60)
    if not column.safe:
        return ""
    # the bars of a category are its most frequent values: names need a whole line each
    if column.bars and column.bars != column.top:
        return vertical_bars(f"{title}: rows by value", column.bars)
    return horizontal_bars(f"{title}: most frequent values", column.top[:TOP_SHOWN]) if column.top else ""


def vertical_bars(title: str, pairs: Pairs) -> Markup:
    """Draw ranges or periods as vertical bars above a common axis: `pairs` are (label, count) from left to right."""
    ticks = _ticks(max(count for _, count in pairs))
    left = LABEL_GAP + max(_text_width(_short_count(tick)) for tick in ticks)
    plot = PlotArea(left, MARGIN, WIDTH - left - MARGIN, PLOT_HEIGHT)
    scale = PLOT_HEIGHT / ticks[-1]
    base = plot.y + PLOT_HEIGHT
    step = plot.width / len(pairs)
    bars = tuple(
        _rounded(left + step * (place + BAR_GAP / 2), base - count * scale, step * (1 - BAR_GAP), count * scale)
        for place, (_, count) in enumerate(pairs)
    )
    heights = [(tick, round(base - tick * scale, 1)) for tick in ticks]
    return _draw(
        Chart(
            title,
            height=base + 2 * MARGIN + LABEL_GAP,
            bars=bars,
            labels=(
                *(Label(_short_count(tick), round(left - LABEL_GAP, 1), y + BASELINE, "end") for tick, y in heights),
                *_labels_below([label for label, _ in pairs], plot),
            ),
            gridlines=tuple(_rounded(left, y, plot.width, 0) for _, y in heights),
        )
    )


def horizontal_bars(title: str, pairs: Pairs) -> Markup:
    """Draw categories as horizontal bars, each with its name and count: `pairs` are (label, count) from the top."""
    names = [sanitise(label, CATEGORY_LENGTH) for label, _ in pairs]
    counts = [f"{count:,}" for _, count in pairs]
    left = LABEL_GAP + max(_text_width(name) for name in names)
    room = WIDTH - left - LABEL_GAP - max(_text_width(count) for count in counts)
    scale = room / (max(count for _, count in pairs) or 1)
    middles = [LABEL_GAP + ROW_HEIGHT * (place + 0.5) for place in range(len(pairs))]
    height = ROW_HEIGHT * BAR_SHARE
    bars = tuple(
        _rounded(left, y - height / 2, count * scale, height)
        for y, (_, count) in zip(middles, pairs, strict=True)
    )  # fmt: skip
    labels = []
    for bar, y, name, count in zip(bars, middles, names, counts, strict=True):
        labels.append(Label(name, round(left - LABEL_GAP, 1), y + BASELINE, "end"))
        labels.append(Label(count, round(left + bar.width + LABEL_GAP, 1), y + BASELINE, "start"))
    return _draw(Chart(title, height=2 * LABEL_GAP + ROW_HEIGHT * len(pairs), bars=bars, labels=tuple(labels)))


def _labels_below(texts: list[str], plot: PlotArea) -> list[Label]:
    """Label every bar below it when all labels have room, otherwise the first and the last at the ends of the axis."""
    texts = [sanitise(text, RANGE_LENGTH) for text in texts]
    y = plot.y + plot.height + LABEL_GAP + 2 * BASELINE
    step = plot.width / len(texts)
    if all(_text_width(text) < step for text in texts):
        return [
            Label(text, round(plot.x + step * (place + 0.5), 1), y, "middle") for place, text in enumerate(texts)
        ]  # fmt: skip
    longest = int(plot.width / 2 / LETTER) - 1
    ends = [
        Label(sanitise(texts[0], longest), round(plot.x, 1), y, "start"),
        Label(sanitise(texts[-1], longest), round(plot.x + plot.width, 1), y, "end"),
    ]
    return ends[: len(texts)]


def _ticks(most: int) -> list[int]:
    """Return the ticks of an axis from 0 to at least `most`: about three, at a round step of 1, 2 or 5 times 10ⁿ."""
    half = max(most / 2, 1)
    power = 10 ** math.floor(math.log10(half))
    # the geometric means of 1, 2, 5 and 10: the step is the round number that is nearest by ratio
    limits = ((1, 2**0.5), (2, 10**0.5), (5, 50**0.5), (10, 11))
    step = power * next(size for size, below in limits if half / power < below)
    return [step * place for place in range(math.ceil(max(most, 1) / step) + 1)]


def _text_width(text: str) -> float:
    return sum(CAPITAL if char.isupper() else LETTER for char in text)


def _short_count(count: int) -> str:
    """Write a count as an axis has room for it: `50`, `1.5k`, `2M`."""
    for size, unit in UNITS:
        if count >= size:
            return f"{count / size:g}{unit}"
    return str(count)


def _rounded(x: float, y: float, width: float, height: float) -> PlotArea:
    return PlotArea(round(x, 1), round(y, 1), round(width, 1), round(height, 1))


def _draw(chart: Chart) -> Markup:
    from markupsafe import Markup

    svg = report_templates().get_template("chart.svg.j2").render(chart=chart, palette=Palette())
    # the template escapes every text, so its output may stand in a page as it is
    return Markup(svg)  # noqa: S704
