"""Read GeoPackage maps as records: the rows of one layer of an SQLite file, opened so that nothing in it can run."""

from __future__ import annotations

import sqlite3
from collections.abc import Iterator, Sequence
from contextlib import closing
from dataclasses import dataclass
from pathlib import Path

from packages.headings import normalise
from packages.messages import finding
from packages.model import Finding, Where
from packages.readers.cell_text import workbook_cell_text
from packages.readers.checks.headings import are_alike
from packages.readers.child_protocol import ReadJob, TableSize
from packages.readers.records.coordinates import CODES, CoordinateSystem, system_named
from packages.readers.records.record import Record, RecordSource
from packages.readers.records.wkb import geopackage_geometry
from packages.refusal import refusal

LAYERS = """
SELECT c.table_name, coalesce(g.column_name, ''), coalesce(g.srs_id, 0), coalesce(s.organization_coordsys_id, 0),
       coalesce(s.definition, '')
FROM gpkg_contents c
LEFT JOIN gpkg_geometry_columns g ON g.table_name = c.table_name
LEFT JOIN gpkg_spatial_ref_sys s ON s.srs_id = g.srs_id
WHERE c.data_type IN ('features', 'attributes')
ORDER BY c.table_name
"""
PLAIN = "SELECT sql FROM sqlite_master WHERE type = 'table' AND name = ?"
NUMBERS = ("fid", "ogc_fid", "ogr_fid")
"""Names of the column in which programs number the rows; it is no property of the features."""

DAMAGED_DATABASE = (sqlite3.Error, UnicodeDecodeError)
"""What a damaged file raises: the words of its errors, too, may be in no encoding."""

ALLOWED = (sqlite3.SQLITE_SELECT, sqlite3.SQLITE_READ, sqlite3.SQLITE_FUNCTION, sqlite3.SQLITE_PRAGMA)


@dataclass(frozen=True, slots=True)
class GeopackageLayer:
    """A table of the file; `geometry` is the name of its geometry column, or empty."""

    name: str
    geometry: str
    system: CoordinateSystem | None
    columns: tuple[str, ...]
    rows: int

    @property
    def values(self) -> tuple[str, ...]:
        """The columns that are properties of the features."""
        return tuple(c for c in self.columns if c != self.geometry and c.casefold() not in NUMBERS)


class GeopackageSource(RecordSource):
    """The layer that the job names, or the one with most known columns; a finding counts the others."""

    title = "GeoPackage"
    noun = "feature"
    may_turn = False

    def __init__(self, job: ReadJob) -> None:
        self._path = Path(job.path)
        try:
            with closing(_opened(self._path)) as database:
                layers = list(_layers(database))
        except DAMAGED_DATABASE as error:
            raise refusal("file-damaged") from error
        if not layers:
            raise refusal("file-empty")
        if job.sheet:
            named = [layer for layer in layers if layer.name.casefold() == job.sheet.strip().casefold()]
            if not named:
                raise refusal("sheet-missing", asked=job.sheet)
            self._layer = named[0]
        else:
            # max() keeps the first of equals
            self._layer = max(layers, key=lambda layer: len({normalise(name) for name in layer.columns} & job.known))
        alike = [layer for layer in layers if layer.rows and are_alike(self._layer.values, layer.values, job.known)]
        self.alike = [TableSize(layer.name, layer.rows) for layer in alike] if not job.sheet and len(alike) > 1 else []
        self.name = self._layer.name if len(layers) > 1 else ""
        self._others = 0 if job.sheet else len(layers) - max(len(self.alike), 1)

    def records(self) -> Iterator[Record]:
        """Yield every feature, counted from 1; FileProblem when the file is damaged."""
        layer = self._layer
        wanted = layer.values
        columns = ", ".join(_quoted(name) for name in (*wanted, *([layer.geometry] if layer.geometry else [])))
        query = f"SELECT {columns or 'NULL'} FROM {_quoted(layer.name)} ORDER BY rowid"  # noqa: S608 - quoted names
        try:
            with closing(_opened(self._path)) as database:
                for number, row in enumerate(database.execute(query), start=1):
                    cells = dict(zip(wanted, row, strict=False))
                    nested = tuple(name for name, cell in cells.items() if isinstance(cell, bytes))
                    values = {
                        name: "" if cell is None or name in nested else workbook_cell_text(cell).strip()
                        for name, cell in cells.items()
                    }
                    yield Record(number, values, geopackage_geometry(row[-1]) if layer.geometry else None, nested)
        except DAMAGED_DATABASE as error:
            raise refusal("file-damaged") from error

    @property
    def system(self) -> CoordinateSystem | None:
        """Return the declared system; None when the file declares none."""
        return self._layer.system

    def findings(self, _count: int) -> Sequence[Finding]:
        """Return a finding when there are other layers, which are not read."""
        if not self._others:
            return ()
        return (finding("layers-left-out", Where(count=self._others, unit="layer"), layer=self._layer.name),)


def _opened(path: Path) -> sqlite3.Connection:
    """Open the file read-only: no trigger, view or function in it is ever run."""
    database = sqlite3.connect(f"{path.as_uri()}?mode=ro&immutable=1", uri=True)
    database.execute("PRAGMA trusted_schema = OFF")
    database.execute("PRAGMA cell_size_check = ON")
    database.text_factory = lambda text: text.decode("utf-8", errors="replace")
    database.set_authorizer(lambda act, *_: sqlite3.SQLITE_OK if act in ALLOWED else sqlite3.SQLITE_DENY)
    return database


def _layers(database: sqlite3.Connection) -> Iterator[GeopackageLayer]:
    if not database.execute("SELECT 1 FROM sqlite_master WHERE name = 'gpkg_contents'").fetchone():
        raise refusal("kind-other-table", kind="an SQLite database")
    for name, shape, srs, code, definition in database.execute(LAYERS).fetchall():
        # a view, or a virtual table of an extension, would run code of the file's author
        found = database.execute(PLAIN, (name,)).fetchone()
        if found is None or not str(found[0]).upper().startswith("CREATE TABLE"):
            raise refusal("file-damaged")
        columns = [str(row[1]) for row in database.execute(f"PRAGMA table_info({_quoted(name)})")]
        spelled = next((column for column in columns if column.casefold() == shape.casefold()), "") if shape else ""
        system = None
        # 0 and -1 stand for a file that does not know its system
        if spelled and srs not in (0, -1):
            named = definition.partition('"')[2].partition('"')[0] or f"EPSG:{code}"
            system = CODES.get(code) or CODES.get(srs) or system_named(named)
        (rows,) = database.execute(f"SELECT count(*) FROM {_quoted(name)}").fetchone()  # noqa: S608 - a quoted name
        yield GeopackageLayer(name, spelled, system, tuple(columns), rows)


def _quoted(name: str) -> str:
    return '"' + name.replace('"', '""') + '"'
