"""Write a workbook's cell as text: its value, not its display format."""

from __future__ import annotations

import datetime as dt
from decimal import Decimal


def workbook_cell_text(value: object) -> str:
    """Return dates and times as ISO, whole numbers without decimals, other numbers exactly, booleans as words."""
    if isinstance(value, str):
        return value
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, float):
        # repr is the shortest text of this number; Decimal writes it without an exponent
        text = format(Decimal(repr(value)), "f")
        return text.rstrip("0").rstrip(".") if "." in text else text
    if isinstance(value, dt.date | dt.time):
        return value.isoformat()
    if isinstance(value, dt.timedelta):
        seconds = round(value.total_seconds())
        sign, seconds = ("-", -seconds) if seconds < 0 else ("", seconds)
        return f"{sign}{seconds // 3600:02}:{seconds % 3600 // 60:02}:{seconds % 60:02}"
    return str(value)
