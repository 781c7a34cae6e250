"""The report as data: `report.json`, in a versioned format of our own."""

from __future__ import annotations

import datetime as dt
import json
from functools import cache
from typing import TYPE_CHECKING

from packages.errors import SetupProblem
from packages.model import Identity, Report
from quality.report.redaction import without_unsafe_values

if TYPE_CHECKING:
    from pydantic import TypeAdapter

FORMAT = "londata-report/1"
"""Name and version of the format; a change that an old reader would misread gets the next number."""


def report_to_json(report: Report) -> bytes:
    """Return the report as UTF-8 JSON; the same report always gives the same bytes.

    Keys that hold nothing are left out. Columns that are not known to be safe keep their counts only.
    """
    # Python values, not pydantic's JSON: that refuses lone surrogates and writes times with Z instead of +00:00
    plain = _adapter().dump_python(without_unsafe_values(report), exclude_defaults=True)
    content = {"format": FORMAT, **plain, "identity": str(report.identity)}
    text = json.dumps(content, ensure_ascii=False, indent=1, default=dt.datetime.isoformat)
    # a file name that was not UTF-8 holds lone surrogates; their backslash form is what JSON writes for them
    return text.encode("utf-8", "backslashreplace") + b"\n"


def report_from_json(content: bytes) -> Report:
    """Read what `report_to_json` wrote; SetupProblem when it is something else or of a later version."""
    problem = SetupProblem(
        f"This is not a report in the format {FORMAT}.",
        fix="Check the file again with `londata check`, or read it with the version of londata that wrote it.",
    )
    try:
        found = json.loads(content)
    except ValueError as error:
        raise problem from error
    if not isinstance(found, dict) or found.pop("format", None) != FORMAT:
        raise problem
    try:
        return _adapter().validate_python(found | {"identity": Identity.parse(found["identity"])})
    # a ValidationError of pydantic is a ValueError
    except (ValueError, KeyError) as error:
        raise problem from error


@cache
def _adapter() -> TypeAdapter[Report]:
    # imported and built on first use: a check that writes no JSON must not wait for it
    from pydantic import TypeAdapter

    return TypeAdapter(Report)
