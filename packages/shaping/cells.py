"""One field's cells: the rules that apply to it, in their order, each counting what it changed."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from functools import partial

import pyarrow as pa
import pyarrow.compute as pc

from packages.model import ROWS_SHOWN, ChangeLog
from packages.shaping.dates import ISO_DATE, ISO_DATETIME, DateOrder, iso_date, iso_datetime
from packages.shaping.layout import CellSource
from packages.shaping.numbers import PLAIN_INTEGER, PLAIN_NUMBER, multiply, plain_integer, plain_number
from packages.shaping.texts import REDACTED, TRUTHS, Change, blank_word, map_value, match_code
from packages.spec import FieldSpec, RuleSpec

OWN_FORMS = ("decimalChar", "groupChar", "bareNumber", "trueValues", "falseValues")
"""Properties of a field that ask for another form than ours: its cells are left alone unless a rule says otherwise."""


NUMBERS = ("number", "integer")


@dataclass(frozen=True, slots=True)
class CellRule:
    """One named rule on a column of text: what each distinct text becomes, unless it matches `settled` already."""

    rule: str
    change: Change
    settled: str = ""


class CellShaper:
    """Brings the cells of one field into our form, batch after batch."""

    def __init__(self, source: CellSource, order: DateOrder) -> None:
        self._name = source.field.name
        self._trim = source.rule.trim
        self._steps = tuple(cell_rules(source.field, source.rule, order))

    def shaped(self, cells: pa.Array, numbers: pa.Array, log: ChangeLog) -> pa.Array:
        """The cells in our form; `numbers` are their row numbers, `log` is told what changed."""
        if self._trim:
            cells = self._trimmed(cells, numbers, log)
        for step in self._steps:
            cells = self._stepped(step, cells, numbers, log)
        return cells

    def _trimmed(self, cells: pa.Array, numbers: pa.Array, log: ChangeLog) -> pa.Array:
        trimmed = pc.utf8_trim_whitespace(cells)
        # cells of nothing but spaces were empty before and stay so: that is no change worth telling
        changed = pc.and_(pc.not_equal(cells, trimmed), pc.not_equal(trimmed, ""))
        log_changes(log, "trim", self._name, numbers.filter(changed))
        return trimmed

    def _stepped(self, step: CellRule, cells: pa.Array, numbers: pa.Array, log: ChangeLog) -> pa.Array:
        open_cells = pc.not_equal(cells, "")
        if step.settled:
            open_cells = pc.and_not(open_cells, pc.match_substring_regex(cells, rf"\A({step.settled})\z"))
        open_cells = pc.fill_null(open_cells, False)
        encoded = cells.filter(open_cells).dictionary_encode()
        before = encoded.dictionary.to_pylist()
        after = [step.change(text) for text in before]
        if before == after:
            return cells
        changed = pa.array([old != new for old, new in zip(before, after, strict=True)]).take(encoded.indices)
        log_changes(log, step.rule, self._name, numbers.filter(open_cells).filter(changed))
        return pc.replace_with_mask(cells, open_cells, pa.array(after, pa.string()).take(encoded.indices))


def log_changes(log: ChangeLog, rule: str, field: str, rows: pa.Array) -> None:
    """Tell the log in which rows (their numbers) a rule changed a cell."""
    log.change(rule, field, len(rows), tuple(rows[:ROWS_SHOWN].to_pylist()))


def cell_rules(field: FieldSpec, rule: RuleSpec, order: DateOrder) -> Iterator[CellRule]:
    """The rules of a field in the order in which they apply."""
    if rule.blank:
        yield CellRule("blank", blank_word(rule.blank))
    if rule.redacted:
        ours = REDACTED if field.type == "string" else ""
        yield CellRule("redacted", map_value(dict.fromkeys(rule.redacted, ours)))
    if rule.values:
        yield CellRule("values", map_value(rule.values))
    if field.enum and rule.code_list is not False:
        yield CellRule("code-list", match_code(field.enum))
    if field.type in _BY_TYPE:
        yield from _BY_TYPE[field.type](field, rule, order)
    if rule.multiply is not None and field.type in NUMBERS:
        yield CellRule("unit", multiply(rule.multiply))


def date_rule(field: FieldSpec, rule: RuleSpec) -> str:
    """`auto`, `day-first`, `month-first`, or nothing when the field's cells are not to be read as dates."""
    if field.type not in ("date", "datetime"):
        return ""
    form = (field.model_extra or {}).get("format", "default")
    return rule.date or ("auto" if form == "default" else "")


def _date(field: FieldSpec, rule: RuleSpec, order: DateOrder) -> Iterator[CellRule]:
    if date_rule(field, rule):
        yield CellRule("date", partial(iso_date, order=order), ISO_DATE)


def _datetime(field: FieldSpec, rule: RuleSpec, order: DateOrder) -> Iterator[CellRule]:
    if date_rule(field, rule):
        yield CellRule("date", partial(iso_datetime, order=order), ISO_DATETIME)


def _number(field: FieldSpec, rule: RuleSpec, _order: DateOrder) -> Iterator[CellRule]:
    if _is_auto(field, rule):
        yield CellRule("number", plain_number, PLAIN_NUMBER)


def _integer(field: FieldSpec, rule: RuleSpec, _order: DateOrder) -> Iterator[CellRule]:
    if _is_auto(field, rule):
        yield CellRule("number", plain_integer, PLAIN_INTEGER)


def _is_auto(field: FieldSpec, rule: RuleSpec) -> bool:
    return rule.number == "auto" or (rule.number is None and not _has_own_form(field))


def _boolean(field: FieldSpec, _rule: RuleSpec, _order: DateOrder) -> Iterator[CellRule]:
    if not _has_own_form(field):
        yield CellRule("boolean", map_value(TRUTHS), "true|false")


def _has_own_form(field: FieldSpec) -> bool:
    return any(key in (field.model_extra or {}) for key in OWN_FORMS)


_BY_TYPE: dict[str, Callable[[FieldSpec, RuleSpec, DateOrder], Iterator[CellRule]]] = {
    "date": _date,
    "datetime": _datetime,
    "number": _number,
    "integer": _integer,
    "boolean": _boolean,
}
