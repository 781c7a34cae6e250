"""Small still charts as inline SVG, drawn by Vega through vl-convert, for columns whose values may be shown."""

from __future__ import annotations

import re
from collections.abc import Sequence
from typing import Any
from xml.etree import ElementTree

from packages.model import ColumnStatistics
from quality.report.sanitise import sanitise

Pairs = Sequence[tuple[str, int]]

WIDTH = 256
"""Pixels, axis and labels included: fits a phone of 320 px at full size, so that the text stays 11 px."""

HEIGHT = 72
ROW = 17
TOP_SHOWN = 6
INK = "#33414c"
BAR = "#6495b8"
LETTER = 6.8
"""Width of a letter of 11 px in a broad typeface: decides which labels find room."""

KEPT = {"svg", "g", "path", "line", "rect", "text"}
DROPPED = re.compile(r"^(aria-.*|role|class|id|style|pointer-events|clip-path|xmlns.*|font-family|version)$")
NUMBER = re.compile(r"-?\d+\.\d{2,}")


def column_chart(column: ColumnStatistics) -> str:
    """The chart of one column as SVG markup; empty when its values may not be shown or there are none."""
    title = sanitise(column.title or column.name, 60)
    if not column.safe:
        return ""
    # the bars of a category are its most frequent values: names need the room of a line each
    if column.bars and column.bars != column.top:
        return vertical_bars(f"{title}: rows by value", column.bars)
    return horizontal_bars(f"{title}: most frequent values", column.top[:TOP_SHOWN]) if column.top else ""


def vertical_bars(title: str, pairs: Pairs) -> str:
    """Upright bars, for ranges and periods: `pairs` are (label, count) from left to right."""
    bars = _values(pairs, 40)
    plot = WIDTH - 40
    layers = [{"mark": {"type": "bar", "color": BAR}, "encoding": {"y": _COUNT_AXIS}}, *_labels(bars, plot)]
    spec = {"height": HEIGHT, "encoding": {"x": {"field": "place", "type": "ordinal", "axis": None}}}
    return _draw(title, spec | {"data": {"values": bars}, "layer": layers})


def horizontal_bars(title: str, pairs: Pairs) -> str:
    """Lying bars, for categories: `pairs` are (label, count) from top to bottom."""
    bars = _values(pairs, 16)
    count = {"type": "text", "align": "left", "dx": 4}
    name = {"type": "text", "align": "right", "dx": -6}
    layers = [
        {"mark": {"type": "bar", "color": BAR, "height": {"band": 0.75}}},
        {"mark": count, "encoding": {"text": {"field": "count", "format": ","}}},
        {"mark": name, "encoding": {"x": {"value": 0}, "text": {"field": "label"}}},
    ]
    across = {"field": "count", "type": "quantitative", "axis": None}
    down = {"field": "place", "type": "ordinal", "axis": None}
    spec = {"height": {"step": ROW}, "encoding": {"x": across, "y": down}}
    return _draw(title, spec | {"data": {"values": bars}, "layer": layers})


_COUNT_AXIS = {
    "field": "count",
    "type": "quantitative",
    "axis": {"title": None, "tickCount": 2, "format": "~s", "domain": False, "ticks": False, "labelPadding": 6},
}


def _values(pairs: Pairs, longest: int) -> list[dict[str, Any]]:
    return [{"place": i, "label": sanitise(label, longest), "count": n} for i, (label, n) in enumerate(pairs)]


def _labels(bars: list[dict[str, Any]], plot: float) -> list[dict[str, Any]]:
    """Every label below its bar when all find room, otherwise the first and the last at the ends of the axis."""
    if all(len(bar["label"]) < plot / len(bars) / LETTER for bar in bars):
        return [_label(bars, "center", {})]
    longest = int(plot / 2 / LETTER) - 1
    ends = [bar | {"label": sanitise(bar["label"], longest)} for bar in (bars[0], bars[-1])][: len(bars)]
    places: tuple[tuple[str, dict[str, Any]], ...] = (
        ("left", {"x": {"value": 0}}),
        ("right", {"x": {"value": "width"}}),
    )
    return [_label([end], align, x) for end, (align, x) in zip(ends, places, strict=False)]


def _label(bars: list[dict[str, Any]], align: str, x: dict[str, Any]) -> dict[str, Any]:
    return {
        "data": {"values": bars},
        "mark": {"type": "text", "baseline": "top", "align": align},
        "encoding": {"y": {"value": HEIGHT + 5}, "text": {"field": "label"}, **x},
    }


def _draw(title: str, spec: dict[str, Any]) -> str:
    import vl_convert

    frame = {
        "width": WIDTH,
        "autosize": {"type": "fit-x", "contains": "padding"},
        "padding": {"left": 2, "right": 8, "top": 4, "bottom": 2},
        "background": None,
        "config": {
            "view": {"stroke": None},
            "text": {"fontSize": 11, "fill": INK},
            "axis": {"labelFontSize": 11, "labelColor": INK, "gridColor": "#dde3e8"},
        },
    }
    # no address is allowed: a chart is made of the numbers it is given and nothing else
    return _slim(title, vl_convert.vegalite_to_svg(spec | frame, allowed_base_urls=[]))


def _slim(title: str, drawn: str) -> str:
    """Keep shapes and text only: no id that two charts could share, no style, no address, no script."""
    root = ElementTree.fromstring(drawn)  # noqa: S314 (drawn by us a moment ago, not received)
    _clean(root)
    size = {"width": root.get("width", ""), "height": root.get("height", ""), "viewBox": root.get("viewBox", "")}
    root.attrib.clear()
    root.attrib.update({"class": "chart", "role": "img", "aria-label": title, **size})
    return ElementTree.tostring(root, encoding="unicode")


def _clean(element: ElementTree.Element) -> None:
    element.tag = element.tag.rpartition("}")[2]
    for name in [name for name in element.attrib if DROPPED.match(name.rpartition("}")[2])]:
        del element.attrib[name]
    for name, text in element.attrib.items():
        element.attrib[name] = NUMBER.sub(lambda found: f"{float(found[0]):.1f}", text)
    for child in list(element):
        _clean(child)
        if child.tag not in KEPT or _is_empty(child):
            element.remove(child)


def _is_empty(element: ElementTree.Element) -> bool:
    if element.tag == "g":
        return len(element) == 0
    return element.get("display") == "none" or element.get("d") in ("", "M0,0h0v0h0Z")
