"""Made-up releases with real small files, for the tests of the catalogue."""

from __future__ import annotations

import datetime as dt
import hashlib
import json
from collections.abc import Sequence
from decimal import Decimal
from pathlib import Path

import pyarrow as pa
import pyarrow.csv
import pyarrow.parquet

from packages.model import Identity, Release, Report, StagedFile, Table, Verdict
from packages.spec import Contact, DataPackage, DatasetSpec, FolderSource, PublisherFile, QualitySpec, SharedMapping
from quality.report.report_json import report_to_json

SEALED = dt.datetime(2026, 3, 2, 4, 30, tzinfo=dt.UTC)
LATER = dt.datetime(2026, 4, 2, 4, 30, tzinfo=dt.UTC)

Row = tuple[str, str, str]
ROWS: tuple[Row, ...] = (
    ("2026-01-05", "Thames Paper Ltd", "612.50"),
    ("2026-01-19", "Crown Lifts & Sons", "4800.00"),
    ("2026-02-27", "Acme “Gully” Cleaning", "15020.10"),
)

SCHEMA = {
    "fields": [
        {"name": "payment_date", "type": "date", "title": "Payment date", "description": "Day of the payment",
         "constraints": {"required": True}},
        {"name": "supplier", "type": "string", "title": "Supplier", "description": "Who was paid"},
        {"name": "amount", "type": "number", "title": "Amount", "description": "In pounds, without VAT"},
    ]
}  # fmt: skip

PACKAGES = {
    "spend-over-500": {
        "title": "Council spending over £500",
        "description": "Every payment of more than £500 to a supplier, as the Local Government Transparency Code 2015 "
        "asks for.\n\nNames of people are left out.",
        "keywords": ["spending", "transparency", "suppliers & contracts"],
        "theme": "transparency",
        "cadence": "monthly",
        "resource": ("payments", "Payments"),
    },
    "public-toilets": {
        "title": "Public toilets",
        "description": "Where the public toilets are, when they open and what they offer.",
        "keywords": ["toilets", "accessibility"],
        "theme": "health",
        "cadence": "annual",
        "resource": ("toilets", "Toilets"),
    },
    "brownfield-land": {
        "title": "Brownfield land register",
        "description": "Previously developed land that could be built on.",
        "keywords": ["planning", "housing"],
        "theme": "planning",
        "cadence": "annual",
        "resource": ("sites", "Sites"),
    },
}


def spec(identity: Identity, folder: Path = Path(), **changed: object) -> DatasetSpec:
    """The description of one of the datasets for any publisher."""
    told = PACKAGES[identity.dataset] | changed
    name, title = told.pop("resource")
    package = {"name": identity.dataset, "resources": [{"name": name, "title": title, "schema": SCHEMA}]} | told
    return DatasetSpec(
        identity=identity,
        folder=folder,
        package=DataPackage.model_validate(package),
        quality=QualitySpec(),
        mapping=SharedMapping(),
        publisher=PublisherFile(
            publisher=identity.publisher,
            contact=Contact(team="Open data team", email=f"opendata@{identity.publisher}.example"),
            source=FolderSource(kind="folder", path="."),
        ),
    )


def release(
    root: Path, identity: Identity, rows: Sequence[Row] = ROWS, sealed: dt.datetime = SEALED, note: str = ""
) -> Release:
    """A sealed release of the rows in a folder below `root`; `note` goes into the report."""
    name = PACKAGES[identity.dataset]["resource"][0]
    digest = hashlib.sha256(repr((identity, rows)).encode()).hexdigest()
    folder = root / identity.dataset / identity.publisher / digest
    folder.mkdir(parents=True, exist_ok=True)
    _write_data(folder, name, rows)
    descriptor = {
        "name": f"{identity.dataset}-{identity.publisher}",
        "temporal": {"start": min(r[0] for r in rows), "end": max(r[0] for r in rows)},
        "resources": [{"name": name, "path": f"{name}.csv", "schema": SCHEMA}],
    }
    (folder / "datapackage.json").write_text(json.dumps(descriptor, indent=2))
    source = {"note": note} if note else {}
    report = Report(identity, Verdict.PUBLISH, sealed, (), (), (), (), source)
    (folder / "report.json").write_bytes(report_to_json(report))
    (folder / "report.html").write_text(f"<!doctype html><title>Report</title><p>{len(rows)} rows were checked. {note}")
    files = {path.name: _staged(path) for path in sorted(folder.iterdir()) if path.name != "manifest.json"}
    sealed_files = {f.name: [f.sha256, f.bytes] for f in files.values()}
    (folder / "manifest.json").write_text(json.dumps({"digest": digest, "files": sealed_files}))
    table = Table(name, SCHEMA, len(rows), files[f"{name}.csv"], files[f"{name}.parquet"])
    return Release(identity, digest, folder, (table,), tuple(files.values()), descriptor, sealed)


def _write_data(folder: Path, name: str, rows: Sequence[Row]) -> None:
    dates, suppliers, amounts = zip(*rows, strict=True)
    table = pa.table(
        {
            "payment_date": pa.array([dt.date.fromisoformat(d) for d in dates], pa.date32()),
            "supplier": pa.array(suppliers, pa.string()),
            "amount": pa.array([Decimal(a) for a in amounts], pa.decimal128(12, 2)),
        }
    )
    pyarrow.csv.write_csv(table, folder / f"{name}.csv")
    pyarrow.parquet.write_table(table, folder / f"{name}.parquet")


MEDIA_TYPES = {
    ".csv": "text/csv",
    ".parquet": "application/vnd.apache.parquet",
    ".json": "application/json",
    ".html": "text/html",
}


def _staged(path: Path) -> StagedFile:
    content = path.read_bytes()
    return StagedFile(path.name, hashlib.sha256(content).hexdigest(), len(content), MEDIA_TYPES[path.suffix])
