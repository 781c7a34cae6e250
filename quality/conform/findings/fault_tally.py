"""What was wrong, gathered by rule and field while the rows pass, and put into words afterwards."""

from __future__ import annotations

import difflib
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from typing import Any

from packages.masking import mask
from packages.messages import finding
from packages.model import ROWS_KEPT, Finding, Where
from packages.spec import FieldSpec, TableSchema
from quality.conform.keys.references import foreign_keys

SHAPES_SHOWN = 3
LISTED = 8
NEAR = 0.75
"""How alike (0 to 1) a text and a code of the list are before the code is suggested."""

COMPARED = 50
"""So many different texts are compared with the list, none of them longer than this."""
LONGEST = 200

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
    """How often one rule was broken in one field, where first, and what the first such cells look like."""

    count: int = 0
    rows: list[int] = field(default_factory=list)
    shapes: list[str] = field(default_factory=list)
    texts: dict[str, None] = field(default_factory=dict)


class FaultTally:
    """Counts faults by rule and fields, in the order in which they first appear."""

    def __init__(self) -> None:
        self._counts: dict[tuple[str, tuple[str, ...]], FaultCount] = {}

    def add(self, rule: str, fields: tuple[str, ...], numbers: list[int], texts: Iterable[str] = ()) -> None:
        """Note the rows (in order) that break a rule, and a few of the texts that do."""
        if not numbers:
            return
        entry = self._counts.setdefault((rule, fields), FaultCount())
        entry.count += len(numbers)
        entry.rows = (entry.rows + numbers[:ROWS_KEPT])[:ROWS_KEPT]
        for text in texts:
            if len(entry.texts) < COMPARED and len(text) <= LONGEST:
                entry.texts[text] = None
            elif len(entry.shapes) >= SHAPES_SHOWN:
                break
            if text and len(entry.shapes) < SHAPES_SHOWN and (masked := mask(text)) not in entry.shapes:
                entry.shapes.append(masked)

    def note(self, rule: str, fields: tuple[str, ...]) -> None:
        """Note what is true of a field as a whole."""
        self._counts.setdefault((rule, fields), FaultCount())

    def broken(self, rules: Iterable[str]) -> int:
        """How many times any of the rules was broken."""
        wanted = frozenset(rules)
        return sum(entry.count for (rule, _), entry in self._counts.items() if rule in wanted)

    def findings(self, schema: TableSchema, where: Where, headings: Mapping[str, str]) -> tuple[Finding, ...]:
        """One finding for each rule and field; `where` gives resource and number of rows."""
        return tuple(
            _finding(rule, entry, _place(where, entry, names, headings), _words(schema, names, entry))
            for (rule, names), entry in self._counts.items()
        )


def fault_rule(fault: str, kind: str) -> str:
    """The rule in messages.yaml for a fault of a cell of a Table Schema type."""
    return TYPE_RULES.get(kind, "cell-not-of-its-type") if fault == "type" else FAULT_RULES[fault]


def _finding(rule: str, entry: FaultCount, where: Where, words: dict[str, Any]) -> Finding:
    return finding(rule, where, shapes=tuple(entry.shapes), **words)


def _place(where: Where, entry: FaultCount, names: tuple[str, ...], headings: Mapping[str, str]) -> Where:
    column = " + ".join(headings.get(name, name) for name in names)
    return Where(where.resource, ", ".join(names), column, where.sheet, tuple(entry.rows), entry.count, where.of)


def _codes(spec: FieldSpec | None) -> list[str]:
    """The values that a field may have."""
    extra = (spec.model_extra or {}) if spec else {}
    listed = list(spec.enum) if spec and spec.enum else extra.get("categories", [])
    return [str(value["value"] if isinstance(value, dict) else value) for value in listed]


def _near(texts: Iterable[str], codes: list[str]) -> str:
    """The codes that texts of the file are nearly like, as a sentence; the texts themselves are not told."""
    by_word = {code.casefold(): code for code in codes}
    found = [difflib.get_close_matches(text.casefold(), by_word, n=1, cutoff=NEAR) for text in texts]
    meant = dict.fromkeys(by_word[near[0]] for near in found if near)
    return f"Some are nearly right; what may be meant is {_quoted(list(meant))}." if meant else ""


def _quoted(texts: list[str]) -> str:
    more = f" and {len(texts) - LISTED} more" if len(texts) > LISTED else ""
    return ", ".join(f"“{text}”" for text in texts[:LISTED]) + more


def _referred_to(schema: TableSchema, names: tuple[str, ...]) -> list[str]:
    """The resources that fields point to."""
    return [resource for fields, resource, _ in foreign_keys(schema) if fields == names]


def _words(schema: TableSchema, names: tuple[str, ...], entry: FaultCount) -> dict[str, Any]:
    """The `$words` of the messages that come from the schema, empty where it does not say."""
    spec = schema.field(names[0]) if len(names) == 1 else None
    rules, codes = spec.constraints if spec else {}, _codes(spec)
    return {
        "type": spec.type if spec else "",
        "allowed": _quoted(codes),
        "near": _near(entry.texts, codes) if codes else "",
        "reference": ", ".join(_referred_to(schema, names)),
        "pattern": str(rules.get("pattern", "")),
        "minLength": str(rules.get("minLength", "")),
        "maxLength": str(rules.get("maxLength", "")),
        "minimum": str(rules.get("minimum", rules.get("exclusiveMinimum", ""))),
        "maximum": str(rules.get("maximum", rules.get("exclusiveMaximum", ""))),
        "decimals": str(spec.decimals if spec and spec.decimals is not None else 15),
    }
