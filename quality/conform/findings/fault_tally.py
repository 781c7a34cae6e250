"""Faults counted by rule and fields while the rows stream by, and turned into findings afterwards."""

from __future__ import annotations

import difflib
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field, replace
from typing import Any

from packages.masking import mask
from packages.messages import finding
from packages.model import ROWS_KEPT, Finding, Where
from packages.spec import TableSchema
from quality.conform.findings.hints import hint_for

SHAPES_SHOWN = 3
"""Masked cells that a finding keeps."""

LISTED = 8
"""Values of a list that a sentence names."""

NEAR = 0.75
"""Similarity (0 to 1, by difflib) of a text and a code from which the code is suggested."""

COMPARED = 50
LONGEST = 200
"""Distinct texts that are compared with the list, and their greatest length in characters: comparing is quadratic."""

TYPE_RULES = {
    "integer": "cell-not-a-whole-number",
    "number": "cell-not-a-number",
    "boolean": "cell-not-true-or-false",
    "date": "cell-not-a-date",
    "datetime": "cell-not-a-date-and-time",
    "time": "cell-not-a-time",
    "year": "cell-not-a-year",
    "yearmonth": "cell-not-a-month",
    "geopoint": "cell-not-a-point",
}

FAULT_RULES = {
    "required": "cell-missing",
    "enum": "cell-not-in-list",
    "pattern": "cell-pattern",
    "minLength": "cell-too-short",
    "maxLength": "cell-too-long",
    "minimum": "cell-too-small",
    "exclusiveMinimum": "cell-too-small",
    "maximum": "cell-too-large",
    "exclusiveMaximum": "cell-too-large",
    "precision": "number-precision",
    "finite": "number-not-finite",
    "short": "row-short",
    "reference": "reference-unknown",
    "category": "category-unknown",
    "sign": "number-sign-doubtful",
    "grouping": "number-grouping-doubtful",
}

REFERENCE_RULES = frozenset(("reference-unknown",))
CELL_RULES = (
    frozenset((*TYPE_RULES.values(), *FAULT_RULES.values(), "cell-not-of-its-type", "row-blank")) - REFERENCE_RULES
)
KEY_RULES = frozenset(("key-repeated", "key-missing", "value-repeated", "group-repeated"))


@dataclass(slots=True)
class FaultCount:
    """How often one rule was broken in one field, the first rows, and the shapes and texts of the first such cells."""

    count: int = 0
    rows: list[int] = field(default_factory=list)
    shapes: list[str] = field(default_factory=list)
    texts: dict[str, None] = field(default_factory=dict)


class FaultTally:
    """Counts faults by rule and fields, in the order of their first appearance."""

    def __init__(self) -> None:
        self._counts: dict[tuple[str, tuple[str, ...]], FaultCount] = {}

    def add(self, rule: str, fields: tuple[str, ...], numbers: list[int], texts: Iterable[str] = ()) -> None:
        """Count the rows (in order) that break a rule, and keep a few of their texts."""
        if not numbers:
            return
        entry = self._counts.setdefault((rule, fields), FaultCount())
        entry.count += len(numbers)
        entry.rows = (entry.rows + numbers[:ROWS_KEPT])[:ROWS_KEPT]
        for text in texts:
            is_full = len(entry.texts) >= COMPARED
            if is_full and len(entry.shapes) >= SHAPES_SHOWN:
                # a batch may have a million faulty cells: nothing more is kept of them
                break
            if not is_full and len(text) <= LONGEST:
                entry.texts[text] = None
            if text and len(entry.shapes) < SHAPES_SHOWN and (masked := mask(text)) not in entry.shapes:
                entry.shapes.append(masked)

    def absorb(self, later: FaultTally) -> None:
        """Add the faults of the rows that follow."""
        for key, found in later._counts.items():
            entry = self._counts.setdefault(key, FaultCount())
            entry.count += found.count
            entry.rows = (entry.rows + found.rows)[:ROWS_KEPT]
            entry.shapes = [*dict.fromkeys([*entry.shapes, *found.shapes])][:SHAPES_SHOWN]
            entry.texts = dict.fromkeys([*dict.fromkeys([*entry.texts, *found.texts])][:COMPARED])

    def note(self, rule: str, fields: tuple[str, ...]) -> None:
        """Record a rule that a field as a whole breaks."""
        self._counts.setdefault((rule, fields), FaultCount())

    def broken(self, rules: Iterable[str]) -> int:
        """Return how many times any of the rules was broken."""
        wanted = frozenset(rules)
        return sum(entry.count for (rule, _), entry in self._counts.items() if rule in wanted)

    def findings(self, schema: TableSchema, where: Where, headings: Mapping[str, str]) -> tuple[Finding, ...]:
        """Return a finding for each rule and field; `where` gives the resource and its number of rows."""
        found = []
        for (rule, names), entry in self._counts.items():
            place = replace(
                where,
                field=", ".join(names),
                column=" + ".join(headings.get(name, name) for name in names),
                rows=tuple(entry.rows),
                count=entry.count,
            )
            found.append(finding(rule, place, shapes=tuple(entry.shapes), **_words(schema, names, rule, entry)))
        return tuple(found)


def fault_rule(fault: str, kind: str) -> str:
    """Return the rule in messages.yaml for a fault of a cell of a Table Schema type."""
    return TYPE_RULES.get(kind, "cell-not-of-its-type") if fault == "type" else FAULT_RULES[fault]


def _words(schema: TableSchema, names: tuple[str, ...], rule: str, entry: FaultCount) -> dict[str, Any]:
    """Return the values of the `$words` of messages that come from the schema, empty where it has none."""
    spec = schema.field(names[0]) if len(names) == 1 else None
    rules, extra = (spec.constraints, spec.model_extra or {}) if spec else ({}, {})
    listed = list(spec.enum) if spec and spec.enum else extra.get("categories", [])
    codes = [str(value["value"] if isinstance(value, dict) else value) for value in listed]
    # only codes of the schema are named: the texts of the file that are close to them may be private
    by_word = {code.casefold(): code for code in codes}
    matches = [difflib.get_close_matches(text.casefold(), by_word, n=1, cutoff=NEAR) for text in entry.texts if codes]
    near = list(dict.fromkeys(by_word[match[0]] for match in matches if match))
    return {
        "type": spec.type if spec else "",
        "allowed": _quoted(codes),
        "near": f"Some are nearly right; what may be meant is {_quoted(near)}." if near else "",
        "reference": ", ".join(resource for fields, resource, _ in schema.points_to if fields == names),
        "hint": hint_for(rule, entry.texts),
        "pattern": str(rules.get("pattern", "")),
        "minLength": str(rules.get("minLength", "")),
        "maxLength": str(rules.get("maxLength", "")),
        "minimum": str(rules.get("minimum", rules.get("exclusiveMinimum", ""))),
        "maximum": str(rules.get("maximum", rules.get("exclusiveMaximum", ""))),
        "decimals": str(spec.decimals if spec and spec.decimals is not None else 15),
    }


def _quoted(texts: list[str]) -> str:
    more = f" and {len(texts) - LISTED} more" if len(texts) > LISTED else ""
    return ", ".join(f"“{text}”" for text in texts[:LISTED]) + more
