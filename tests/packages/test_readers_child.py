"""The child process reads what its readers read when they are called directly: one file of each kind goes both ways."""

from __future__ import annotations

import datetime as dt
from pathlib import Path

import pytest

from packages.fetch import extract_file
from packages.model import ChangeLog, Verdict
from packages.read import read
from packages.readers.file_kinds import (
    FILE_KINDS,
    ConvertedWorkbook,
    DelimitedText,
    FileKind,
    Records,
    Workbook,
    load_reference,
)
from packages.readers.opening.recognise import recognise_kind
from packages.readers.records.record import RecordSource
from packages.readers.sandbox import warm
from packages.spec import DATASETS, ReadingSpec
from tests.corpus.case import payments
from tests.corpus.maps import documents, geojson, layers, xml
from tests.corpus.workbooks import binary, free, modern, old
from tests.packages.reader_examples import esri_json, xml_spreadsheet

NOW = dt.datetime(2026, 11, 20, 4, 0, tzinfo=dt.UTC)
CONFINED = [
    kind for kind, handling in FILE_KINDS.items() if isinstance(handling, Workbook | ConvertedWorkbook | Records)
]


def file_of(kind: FileKind, folder: Path) -> Path:
    """Return a good file of a kind, out of the corpus; it has no good GeoPackage, so that is a shipped sample."""
    if kind is FileKind.GEOPACKAGE:
        return next(DATASETS.glob("conservation-areas/samples/*/*.gpkg"))
    if kind in (FileKind.XML_SPREADSHEET, FileKind.ESRI_JSON):
        path = folder / kind.name
        path.write_text(xml_spreadsheet(payments()) if kind is FileKind.XML_SPREADSHEET else esri_json())
        return path
    for make in (modern, old, free, binary, documents, geojson, xml, layers):
        for case in make():
            path = folder / f"{kind.name}-{case.name.replace('/', '-')}"
            path.write_bytes(case.content)
            if case.verdict is Verdict.PUBLISH and recognise_kind(path) is kind:
                return path
    raise LookupError(kind)


def content(path: Path) -> tuple[object, ...]:
    rows = read(extract_file(path, store=None, now=NOW), ReadingSpec(), ())
    log = ChangeLog()
    cells = [(batch.numbers.to_pylist(), batch.cells.to_pylist()) for batch in rows.start(log)]
    return rows.columns, dict(rows.headings), rows.sheet, rows.how_read, cells, log.findings, log.changes


@pytest.mark.parametrize("kind", CONFINED, ids=[kind.name for kind in CONFINED])
def test_the_child_reads_what_its_reader_reads(
    kind: FileKind, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, request: pytest.FixtureRequest
) -> None:
    path = file_of(kind, tmp_path)
    from_child = content(path)
    # where no warm child can be forked
    monkeypatch.setattr(warm, "CAN_FORK", False)
    assert content(path) == from_child
    request.getfixturevalue("readers_in_process")
    assert content(path) == from_child
    assert from_child[4]


def test_every_kind_of_file_is_handled_and_every_reference_leads_somewhere() -> None:
    assert set(FILE_KINDS) == set(FileKind)
    for handling in FILE_KINDS.values():
        if isinstance(handling, Workbook):
            assert callable(load_reference(handling.inspect))
        if isinstance(handling, ConvertedWorkbook):
            assert callable(load_reference(handling.convert))
            assert callable(load_reference(handling.inspect))
        if isinstance(handling, Records):
            assert RecordSource in load_reference(handling.source).__mro__
    assert isinstance(FILE_KINDS[FileKind.CSV], DelimitedText)
