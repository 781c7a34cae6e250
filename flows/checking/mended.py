"""A checked file handed back as a workbook: repairs written in, and every cell marked that its officer has to mend.

It never makes a file look better than it is: the workbook is checked as if it had been received, and is only kept when
that finds the same content, and everything again that has to be fixed or decided.
"""

from __future__ import annotations

import tempfile
from collections import Counter
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, replace
from pathlib import Path

from flows.examine import Examination, ExaminationInput, as_read, examine
from packages.errors import SetupProblem
from packages.fetch import extract_file
from packages.headings import known_headings, shown_heading
from packages.model import ChangeLog, Extract, Finding, Report, Rows, Severity
from packages.read import read
from packages.refusal import refusal
from packages.shaping.layout import Arrangement, arrange
from packages.shaping.shape import shape
from packages.spec import DatasetSpec, ResourceSpec
from quality.report.items import number_findings
from quality.report.mended_workbook import MendedWorkbook, cell_marks, is_mended_workbook

SHOWN = 3
"""Findings that a refusal names."""


@dataclass(frozen=True, slots=True)
class CheckedFile:
    """A file, the description that it was read by, and what was found."""

    extract: Extract
    spec: DatasetSpec
    examination: Examination

    @property
    def report(self) -> Report:
        """The report on it."""
        return self.examination.report


def require_writable(out: Path, received: Path) -> None:
    """SetupProblem when a workbook must not be written there: over the received file, or over one that is not ours."""
    if out.suffix.casefold() != ".xlsx":
        raise SetupProblem(f"{out.name} is no name of a workbook.", fix="Name a file that ends in .xlsx.")
    if out.exists() and (out.samefile(received) or not is_mended_workbook(out)):
        raise SetupProblem(
            f"{out} is there already, and is not a workbook that londata has made. It was left as it is.",
            fix="Name a file that does not exist yet.",
            why="What you work in is never written over.",
        )


def write_mended(checked: CheckedFile, out: Path, conditions: ExaminationInput) -> None:
    """Write the workbook of a checked file; FileProblem when the file cannot be handed back as one.

    SetupProblem when the place cannot be written to.
    """
    spec = checked.spec
    if checked.examination.draft is None:
        raise refusal("mended-unreadable")
    if len(spec.package.resources) != 1 or spec.is_union:
        raise refusal("mended-several-tables")
    try:
        with tempfile.TemporaryDirectory(prefix=".londata-", dir=out.parent) as folder:
            made = Path(folder) / "mended.xlsx"
            lost: tuple[str, ...] = ()
            # repairs that do not come back as they are written stay out
            for writes_repairs in (True, False):
                _write(checked, made, conditions, writes_repairs=writes_repairs)
                lost = _differences(checked, made, conditions)
                if not lost:
                    # again: somebody may have put a file there meanwhile
                    require_writable(out, checked.extract.path)
                    made.replace(out)
                    return
            raise refusal("mended-differs", what=" ".join(lost[:SHOWN]))
    except OSError as error:
        raise SetupProblem(
            f"The workbook cannot be written to {out} ({error.strerror or 'no reason given'}).",
            fix="Name a file in a folder that exists and that you may write to.",
        ) from error


def _write(checked: CheckedFile, path: Path, conditions: ExaminationInput, *, writes_repairs: bool) -> None:
    spec, (resource,) = checked.spec, checked.spec.package.resources
    table = as_read(spec, resource)
    day = conditions.now.date()
    received = read(checked.extract, spec.reading_of(resource), known_headings(spec, table))
    if received.made:
        raise refusal("mended-map")
    arrangement = arrange(received, spec, table, day)
    written_in = _fields_by_column(arrangement, spec, resource) if writes_repairs else {}
    shaped = _ShapedRows(shape(received, spec, table, day=day), tuple(written_in.values()))
    headings = [received.headings.get(column, column) for column in received.columns]
    # by heading as reports show it, and by field
    places = {shown_heading(heading): at for at, heading in enumerate(headings)}
    places |= {one.field.name: received.columns.index(one.columns[0]) for one in arrangement.sources if one.columns}
    marks = cell_marks(checked.report, places)
    columns = {received.columns.index(column): field for column, field in written_in.items()}
    shift = -1
    with MendedWorkbook(path, headings, received.sheet or "Data", path.parent) as book:
        for number, row in _rows(received):
            cells = [text or "" for text in row]
            if shift < 0:
                # records without a row of headings are counted from 1
                shift = int(number == 1)
                book.write_headings(number - 1 + shift, marks.get(0, {}))
            repairs = shaped.at(number)
            mended = {
                place: text
                for place, field in columns.items()
                if (text := repairs.get(field)) is not None and text != cells[place]
            }
            line = [mended.get(place, text) for place, text in enumerate(cells)]
            book.write_row(number + shift, line, mended, marks.get(number, {}))
        book.write_issues(checked.report)


def _differences(checked: CheckedFile, made: Path, conditions: ExaminationInput) -> tuple[str, ...]:
    """Return, in sentences, what is found in the workbook and not in the file that it is made of, or the reverse."""
    with tempfile.TemporaryDirectory(prefix="londata-") as folder:
        extract = extract_file(made, store=None, now=conditions.now)
        again = examine(checked.spec, replace(extract, name=checked.extract.name), Path(folder), conditions)
    if again.digest != checked.examination.digest:
        return ("Some of its cells would be read as something else.",)
    before, after = _to_decide(checked.report), _to_decide(again.report)
    wrong = (before - after) | (after - before)
    items = (*number_findings(checked.report), *number_findings(again.report))
    return tuple(dict.fromkeys(item.what for item in items if _key(item.finding) in wrong))


def _to_decide(report: Report) -> Counter[tuple[str, str, str]]:
    """Return how many rows each rule stops or holds, by rule, table and field; what is about no row counts once."""
    counts: Counter[tuple[str, str, str]] = Counter()
    for finding in report.with_severity(Severity.BLOCK, Severity.HOLD):
        if finding.rule not in NOT_OF_THE_FILE:
            counts[_key(finding)] += max(finding.where.count, 1)
    return counts


NOT_OF_THE_FILE = frozenset({"publisher-doubtful"})
"""What was found before the file was read by a description."""


def _key(finding: Finding) -> tuple[str, str, str]:
    return finding.rule, finding.where.resource, finding.where.field


def _fields_by_column(arrangement: Arrangement, spec: DatasetSpec, resource: ResourceSpec) -> dict[str, str]:
    """Return the field whose cells can take the place of a column's: it has the column alone, and the column only it.

    Marks and notes of redaction are taken out of their columns, and must stay in the file.
    """
    counts = spec.quality.disclosure.counts
    kept = {name for rule in counts for name in rule.measure}
    kept |= {field.redaction_of for field in resource.table_schema.fields if field.redaction_of}
    kept |= set(arrangement.grid or ())
    uses = Counter(column for source in arrangement.sources for column in source.columns)
    return {
        source.columns[0]: source.field.name
        for source in arrangement.sources
        if len(source.columns) == 1
        and source.separator is None
        and source.split is None
        and uses[source.columns[0]] == 1
        and source.field.name not in kept
    }


def _rows(table: Rows) -> Iterator[tuple[int, tuple[str | None, ...]]]:
    """Yield each row of a table with its number."""
    for batch in table.start(ChangeLog()):
        columns = [batch.cells.column(name).to_pylist() for name in table.columns]
        yield from zip(batch.numbers.to_pylist(), zip(*columns, strict=True), strict=True)


class _ShapedRows:
    """The repaired cells of the rows of a file, met in the order of the file; rows of totals are not among them."""

    def __init__(self, shaped: Rows, fields: tuple[str, ...]) -> None:
        named = ((number, dict(zip(shaped.columns, cells, strict=True))) for number, cells in _rows(shaped))
        self._rows = named if fields else iter(())
        self._next: tuple[int, Mapping[str, str | None]] | None = next(self._rows, None)

    def at(self, number: int) -> Mapping[str, str | None]:
        """Return the cells of the row with a number; none when it was left out."""
        if self._next is None or self._next[0] != number:
            return {}
        _, cells = self._next
        self._next = next(self._rows, None)
        return cells
