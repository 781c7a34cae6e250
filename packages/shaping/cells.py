"""The rules for the cells of one field, applied in a fixed order, each counting what it changed."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from functools import partial

import pyarrow as pa
import pyarrow.compute as pc

from packages.arrow_bytes import cells_containing, to_arrow
from packages.model import ROWS_SHOWN, ChangeLog, Finding, Where
from packages.shaping.dates import ISO_DATE, ISO_DATETIME, DateOrder, day_of_instant, iso_date, iso_datetime
from packages.shaping.evidence.number_forms import NumberForms
from packages.shaping.evidence.text_damage import TextDamage
from packages.shaping.hygiene import REPAIRS, nothing_word, suspect_cells, trimming
from packages.shaping.layout import CellSource
from packages.shaping.numbers import (
    PLAIN_INTEGER,
    PLAIN_NUMBER,
    multiply,
    plain_all,
    plain_integer,
    plain_number,
    with_decimal_point,
)
from packages.shaping.redactions import redacted_word, redaction_net
from packages.shaping.texts import REDACTED, TRUTHS, Change, blank_word, changed_texts, map_value, match_code
from packages.spec import FieldSpec, RuleSpec

OWN_FORMS = ("decimalChar", "groupChar", "bareNumber", "trueValues", "falseValues")
"""Properties of a field that ask for another form than ours: its cells are left alone unless a rule says otherwise."""

NUMBERS = ("number", "integer")

NAMING = ("payee", "person", "role")
"""Natures of fields in which a note of redaction is expected, whether or not a rule says so."""

MONTH_FIRST = "date-month-first"
"""The rule under which dates with the month first are counted: the next release should have the same order."""


@dataclass(frozen=True, slots=True)
class CellRule:
    """One named rule on a column of text.

    `change` returns the new form of a text. Texts that match the pattern `settled` are in form already and skipped, as
    are those without any of the ASCII characters `marks` or outside the pattern `net` (RE2), where there is one.
    """

    rule: str
    change: Change
    settled: str = ""
    marks: bytes = b""
    net: str = ""
    change_all: Callable[[pa.Array], pa.Array] | None = None


class CellEvidence:
    """What the cells of one field show of damage and doubt, during one pass."""

    def __init__(self, source: CellSource, *, comma: bool) -> None:
        self._comma = comma
        self.damage = TextDamage() if source.field.type == "string" and source.columns else None
        self.forms = NumberForms(source.field) if source.columns and has_number_rule(source) else None

    def absorb(self, later: CellEvidence) -> None:
        """Add what the rows that follow have shown."""
        if self.damage and later.damage:
            self.damage.absorb(later.damage)
        if self.forms and later.forms:
            self.forms.absorb(later.forms)

    def findings(self, where: Where) -> Iterator[Finding]:
        """Yield what was shown, when all rows have passed."""
        if self.damage:
            yield from self.damage.findings(where)
        if self.forms:
            yield from self.forms.findings(where, comma=self._comma)


class CellShaper:
    """Brings the cells of one field into our form, batch after batch."""

    def __init__(self, source: CellSource, order: DateOrder, *, comma: bool = False) -> None:
        self._name = source.field.name
        self._trim = source.rule.trim
        self._repairs = tuple(self._repair_rules(source))
        self._rules = tuple(cell_rules(source, order, comma=comma))
        self.evidence = CellEvidence(source, comma=comma)

    def _repair_rules(self, source: CellSource) -> Iterator[CellRule]:
        for rule, repair in REPAIRS:
            # where an odd character is gone, a space may be left at an end
            yield CellRule(rule, trimming(repair) if self._trim else repair)
        yield CellRule("blank", nothing_word((*source.field.enum, *source.rule.values)))

    def shape_cells(self, cells: pa.Array, numbers: pa.Array, log: ChangeLog) -> pa.Array:
        """Return the cells in our form; `numbers` are their row numbers, changes are logged."""
        if self._trim:
            trimmed = pc.utf8_trim_whitespace(cells)
            # cells of nothing but spaces were empty before and stay so: that is no change worth counting
            changed = pc.and_(pc.not_equal(cells, trimmed), pc.not_equal(trimmed, ""))
            log_changes(log, "trim", self._name, numbers.filter(changed))
            cells = trimmed
        suspects = suspect_cells(cells)
        if suspects is not None:
            for rule in self._repairs:
                cells = self._apply(rule, cells, to_arrow(suspects), (numbers, log))
        if self.evidence.forms:
            self.evidence.forms.add(cells, numbers)
        for rule in self._rules:
            marked = cells_containing(cells, rule.marks) if rule.marks else None
            if rule.marks and marked is None:
                continue
            is_open = pc.not_equal(cells, "") if marked is None else to_arrow(marked)
            if rule.net:
                is_open = pc.match_substring_regex(cells, rule.net)
                if not pc.any(is_open, min_count=0).as_py():
                    continue
            if rule.settled:
                is_open = pc.and_not(is_open, pc.match_substring_regex(cells, rf"\A({rule.settled})\z"))
            cells = self._apply(rule, cells, pc.fill_null(is_open, False), (numbers, log))
        if self.evidence.damage:
            self.evidence.damage.add(cells, numbers)
        return cells

    def _apply(self, rule: CellRule, cells: pa.Array, is_open: pa.Array, notes: tuple[pa.Array, ChangeLog]) -> pa.Array:
        """Return the cells with the open ones changed by a rule; `notes` are the row numbers and the log of changes."""
        # each distinct text is changed once; Arrow spreads the result over the cells
        encoded = cells.filter(is_open).dictionary_encode()
        before = encoded.dictionary
        after = rule.change_all(before) if rule.change_all else changed_texts(before, rule.change)
        changed = pc.not_equal(before, after)
        if not pc.any(changed, min_count=0).as_py():
            return cells
        numbers, log = notes
        log_changes(log, rule.rule, self._name, numbers.filter(is_open).filter(changed.take(encoded.indices)))
        return pc.replace_with_mask(cells, is_open, after.take(encoded.indices))


def log_changes(log: ChangeLog, rule: str, field: str, rows: pa.Array) -> None:
    """Log the numbers of the rows in which a rule changed a cell of a field."""
    log.change(rule, field, len(rows), tuple(rows[:ROWS_SHOWN].to_pylist()))


def has_number_rule(source: CellSource) -> bool:
    """Whether the cells of a field are numbers in whatever form, which a rule brings into ours."""
    field, rule = source.field, source.rule
    return field.type in NUMBERS and (rule.number == "auto" or (rule.number is None and not has_own_form(field)))


def has_own_form(field: FieldSpec) -> bool:
    """Whether a field describes a form of its own for its cells."""
    return any(key in (field.model_extra or {}) for key in OWN_FORMS)


def cell_rules(source: CellSource, order: DateOrder, *, comma: bool) -> Iterator[CellRule]:
    """Yield the rules of a field in the order in which they apply.

    Blanks, redactions and the publisher's own words come first, because a form rule would not know them.
    """
    field, rule = source.field, source.rule
    if rule.blank:
        yield CellRule("blank", blank_word(rule.blank))
    naming = field.nature in NAMING
    if rule.redacted or naming:
        replacement = REDACTED if field.type == "string" else ""
        change = redacted_word(rule.redacted, replacement, naming=naming)
        yield CellRule("redacted", change, net=redaction_net(rule.redacted))
    if rule.values:
        yield CellRule("values", map_value(rule.values))
    if field.enum and rule.code_list is not False:
        yield CellRule("code-list", match_code(field.enum))
    if field.type == "date" and date_rule(field, rule):
        # a date and time keeps its offset: the instant is exact as it is
        yield CellRule("date-london", partial(day_of_instant, order=order), marks=b":")
    if date_rule(field, rule):
        name = MONTH_FIRST if order is DateOrder.MONTH_FIRST else "date"
        to_iso, settled = (iso_date, ISO_DATE) if field.type == "date" else (iso_datetime, ISO_DATETIME)
        yield CellRule(name, partial(to_iso, order=order), settled)
    if has_number_rule(source):
        if comma:
            yield CellRule("number-comma", with_decimal_point, PLAIN_INTEGER)
        if field.type == "integer":
            yield CellRule("number", plain_integer, PLAIN_INTEGER)
        else:
            yield CellRule("number", plain_number, PLAIN_NUMBER, change_all=plain_all)
    if field.type == "boolean" and not has_own_form(field):
        yield CellRule("boolean", map_value(TRUTHS), "true|false")
    if rule.multiply is not None and field.type in NUMBERS:
        yield CellRule("unit", multiply(rule.multiply))


def date_rule(field: FieldSpec, rule: RuleSpec) -> str:
    """Return `auto`, `day-first` or `month-first`; empty when the field's cells are not to be read as dates."""
    if field.type not in ("date", "datetime"):
        return ""
    form = (field.model_extra or {}).get("format", "default")
    return rule.date or ("auto" if form == "default" else "")
