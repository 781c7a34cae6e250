"""One contender does its work once, in a process of its own, so that all it costs counts.

python -m tests.bench.contenders NAME FOLDER
"""

from __future__ import annotations

import datetime as dt
import json
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

KINDS = ("spend", "planning", "camden")


def table(folder: Path) -> Path:
    """The table in a folder of data."""
    return next(path for kind in KINDS if (path := folder / f"{kind}.csv").is_file())


def package_of(folder: Path) -> dict[str, Any]:
    """The descriptor beside the table."""
    package: dict[str, Any] = json.loads((folder / "datapackage.json").read_text(encoding="utf-8"))
    return package


def schema_of(folder: Path) -> dict[str, Any]:
    """The Table Schema of the table."""
    schema: dict[str, Any] = package_of(folder)["resources"][0]["schema"]
    return schema


def references_of(folder: Path) -> dict[str, Any]:
    """The other tables, by name."""
    others = package_of(folder)["resources"][1:]
    return {other["name"]: {**other, "path": str(folder / other["path"])} for other in others}


def frictionless_validate(folder: Path) -> None:
    """Frictionless' report; no output."""
    from frictionless import Package

    package = Package(str(folder / "datapackage.json"))
    package.get_resource(table(folder).stem).validate()


def frictionless_and_pandas(folder: Path) -> None:
    """The script that everybody writes first."""
    import pandas as pd

    frictionless_validate(folder)
    frame = pd.read_csv(table(folder), dtype=str, keep_default_na=False)
    frame.to_csv(folder / "out.csv", index=False)
    frame.to_parquet(folder / "out.parquet", compression="zstd")


CAMDEN = {
    "payment_date": "payment_date",
    "supplier": "beneficiary_name",
    "department": "organisational_unit",
    "purpose": "purpose",
    "amount_gbp": "amount_gbp",
    "vat_gbp": "irrecoverable_vat_amount_gbp",
    "reference": "unique_identifier",
}
"""Our columns, and those of Camden that they are made of."""
STAMP = "%m/%d/%Y %I:%M:%S %p"
SPEND = Path(__file__).parents[2] / "packages" / "datasets" / "spend-over-500" / "quality.yaml"


def script_that_publishes(folder: Path) -> None:
    """What a person who knows the tools writes instead of us: validate, clean, expect, write, hash, copy to a site."""
    import hashlib
    import shutil

    import pandas as pd
    from frictionless import Package

    found = Package(str(folder / "datapackage.json")).get_resource(table(folder).stem).validate()
    frame = pd.read_csv(table(folder), dtype=str, keep_default_na=False, usecols=list(CAMDEN.values()))
    frame = pd.DataFrame({name: frame[heading] for name, heading in CAMDEN.items()})
    frame = frame.apply(lambda column: column.str.strip()).replace("", None)
    frame["payment_date"] = pd.to_datetime(frame["payment_date"], format=STAMP)
    for name in ("amount_gbp", "vat_gbp"):
        frame[name] = pd.to_numeric(frame[name].str.replace(",", ""))
    met = _expectations_met(frame)
    frame.to_csv(folder / "out.csv", index=False, date_format="%Y-%m-%d", lineterminator="\r\n")
    frame.to_parquet(folder / "out.parquet", compression="zstd", index=False)
    site = folder / "out.site"
    shutil.rmtree(site, ignore_errors=True)
    site.mkdir()
    for path in (table(folder), folder / "out.csv", folder / "out.parquet"):
        with path.open("rb") as file:
            digest = hashlib.file_digest(file, "sha256").hexdigest()
        shutil.copy(path, site)
        print(path.name, digest, file=sys.stderr)
    print(found.valid, met, len(frame), file=sys.stderr)
    shutil.rmtree(site)


def _expectations_met(frame: Any) -> dict[str, bool]:
    """Check the suite of the dataset on a frame, for those of its columns that the frame has."""
    import great_expectations as gx
    import pandas as pd
    import yaml
    from great_expectations.expectations.expectation_configuration import ExpectationConfiguration

    suite = gx.ExpectationSuite(name="spend")
    for expected in yaml.safe_load(SPEND.read_text(encoding="utf-8"))["suites"][0]["expectations"]:
        settings = dict(expected["kwargs"])
        if not {settings.get("column"), *settings.get("column_list", ())} - {None} <= set(frame.columns):
            continue
        if settings.get("column") == "payment_date":
            settings["min_value"] = pd.Timestamp(settings["min_value"])
        suite.add_expectation_configuration(ExpectationConfiguration(expected["type"], settings))
    context = gx.get_context(mode="ephemeral")
    context.variables.progress_bars = {"globally": False}
    asset = context.data_sources.add_pandas("spend").add_dataframe_asset("payments")
    batch = asset.add_batch_definition_whole_dataframe("whole").get_batch({"dataframe": frame})
    results = batch.validate(suite, result_format="SUMMARY").results
    return {result.expectation_config.type: bool(result.success) for result in results}


def ours(folder: Path) -> None:
    """The pipeline: read, judge every cell, key and reference, write typed CSV and Parquet; sha256 of all three."""
    from flows.process.startup import exit_without_collection
    from packages.file_digest import digest_in_background

    measured = digest_in_background(table(folder))

    from packages.fetch import extract_file
    from packages.formats.arrow import arrow_schema
    from packages.formats.csv import CsvWriter, bounded_lines
    from packages.formats.parquet import ParquetWriter
    from packages.headings import normalise
    from packages.model import ChangeLog
    from packages.parallel.threads import SHARED, feed_all, map_in_order
    from packages.read import read
    from packages.spec import ReadingSpec, TableSchema
    from quality.conform import conform

    exit_without_collection()
    schema = TableSchema.model_validate(schema_of(folder))
    received = extract_file(table(folder), store=None, now=dt.datetime.now(dt.UTC), measured=measured)
    rows = read(received, ReadingSpec(), frozenset(normalise(name) for name in schema.names))
    conforming = conform(rows.start(ChangeLog()), schema, references=references_of(folder))
    csv = CsvWriter(folder / "out.csv", schema.names)
    parquet = ParquetWriter(folder / "out.parquet", arrow_schema(schema))
    parts = map_in_order(lambda typed: (typed.batch, bounded_lines(typed.batch, typed.cells)), conforming, SHARED)
    for _ in feed_all(parts, [lambda part: parquet.write(part[0]), lambda part: csv.write_lines(part[1])]):
        pass
    digests = [received.sha256, csv.close().sha256, parquet.close().sha256]
    for finding in conforming.findings({}, table(folder).stem):
        print(finding.rule, finding.where.field, finding.where.count, file=sys.stderr)
    print(conforming.rows, digests, file=sys.stderr)


def ours_validate(folder: Path) -> None:
    """The same report; no output."""
    from flows.process.startup import exit_without_collection
    from quality.conform import validate

    exit_without_collection()
    found = validate(table(folder), schema_of(folder), references=references_of(folder))
    print(found.how, found.to_descriptor()["tasks"][0]["stats"], file=sys.stderr)


def pyarrow_plain(folder: Path) -> None:
    """Read with guessed types, write both; no validation, no digests."""
    import pyarrow.csv as csv
    import pyarrow.parquet as parquet

    reader = csv.open_csv(table(folder), parse_options=csv.ParseOptions(newlines_in_values=True))
    with (
        csv.CSVWriter(folder / "out.csv", reader.schema) as as_csv,
        parquet.ParquetWriter(folder / "out.parquet", reader.schema, compression="zstd") as as_parquet,
    ):
        for batch in reader:
            as_csv.write(batch)
            as_parquet.write_batch(batch)


def duckdb_plain(folder: Path) -> None:
    """Read with guessed types, write both; no validation, no digests."""
    import duckdb

    source, parquet = f"'{table(folder)}'", f"'{folder / 'out.parquet'}'"
    database = duckdb.connect()
    database.execute(f"copy (from read_csv({source})) to {parquet} (compression zstd)")
    database.execute(f"copy (from {parquet}) to '{folder / 'out.csv'}' (header)")


def polars_plain(folder: Path) -> None:
    """Read with guessed types, write both; no validation, no digests."""
    import polars as pl

    rows = pl.scan_csv(table(folder), infer_schema_length=10_000, ignore_errors=False)
    sinks = [
        rows.sink_csv(folder / "out.csv", lazy=True),
        rows.sink_parquet(folder / "out.parquet", compression="zstd", lazy=True),
    ]
    pl.collect_all(sinks)


CONTENDERS: dict[str, Callable[[Path], None]] = {
    "frictionless": frictionless_validate,
    "frictionless and pandas": frictionless_and_pandas,
    "a script that publishes": script_that_publishes,
    "pyarrow, plain": pyarrow_plain,
    "duckdb, plain": duckdb_plain,
    "polars, plain": polars_plain,
    "ours, report only": ours_validate,
    "ours": ours,
}

if __name__ == "__main__":
    CONTENDERS[sys.argv[1]](Path(sys.argv[2]))
