from __future__ import annotations

import hashlib
import json
from pathlib import Path

import duckdb
import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from packages.errors import SetupProblem
from packages.formats import parquet
from packages.formats.arrow import arrow_schema
from packages.formats.parquet import ParquetWriter, same_columns
from tests.packages.release_examples import COLUMNS, batch, schema, write_table


def test_types_and_words_are_in_the_file(tmp_path):
    write_table(tmp_path)

    read = pq.read_schema(tmp_path / "spend-over-500.parquet")
    assert read.types == [pa.string(), pa.decimal128(38, 2), pa.date32(), pa.int64()]
    assert read.field("amount").metadata[b"description"] == b"In pounds, without VAT."
    assert json.loads(read.metadata[b"table_schema"])["fields"][0]["constraints"] == {"required": True}
    assert pq.ParquetFile(tmp_path / "spend-over-500.parquet").metadata.row_group(0).column(0).compression == "ZSTD"


def test_another_engine_reads_the_same_cells_from_both_files(tmp_path):
    write_table(tmp_path)
    dialect = "header=true, auto_detect=false, delim=',', quote='\"', escape='\"'"
    csv = f"""read_csv('{tmp_path}/spend-over-500.csv', {dialect},
        columns={{'reference': 'VARCHAR', 'amount': 'DECIMAL(38,2)', 'paid': 'DATE', 'count': 'BIGINT'}})"""
    file = f"read_parquet('{tmp_path}/spend-over-500.parquet')"

    with duckdb.connect() as connection:
        rows = connection.execute(f"SELECT * FROM {file}").fetchall()
        differing = connection.execute(
            f"(FROM {csv} EXCEPT ALL FROM {file}) UNION ALL (FROM {file} EXCEPT ALL FROM {csv})"
        ).fetchall()

    assert differing == []
    assert rows == list(zip(*COLUMNS.values(), strict=True))


def test_the_same_rows_give_the_same_bytes(tmp_path):
    written = []
    for name in ("one", "two"):
        (tmp_path / name).mkdir()
        written.append(write_table(tmp_path / name).parquet)

    assert written[0] == written[1]
    content = (tmp_path / "one" / "spend-over-500.parquet").read_bytes()
    assert written[0].sha256 == hashlib.sha256(content).hexdigest()
    assert written[0].bytes == len(content)
    assert written[0].media_type == "application/vnd.apache.parquet"


def test_a_missing_required_cell_can_be_written(tmp_path):
    # the draft of a file with faults is looked at by the other checks, too
    writer = ParquetWriter(tmp_path / "t.parquet", arrow_schema(schema()))
    writer.write(batch({name: [None] for name in COLUMNS}, schema()))
    writer.close()

    assert pq.read_table(tmp_path / "t.parquet").column("reference").null_count == 1


def test_row_groups_stay_small_however_the_batches_come(tmp_path):
    of = schema([{"name": "n", "type": "integer"}])
    writer = ParquetWriter(tmp_path / "t.parquet", arrow_schema(of))
    for _ in range(30):
        writer.write(batch({"n": range(10_000)}, of))
    writer.close()

    metadata = pq.ParquetFile(tmp_path / "t.parquet").metadata
    assert metadata.num_rows == 300_000
    sizes = [metadata.row_group(group).num_rows for group in range(metadata.num_row_groups)]
    assert sizes == [parquet.GROUP_ROWS] * 4 + [300_000 - 4 * parquet.GROUP_ROWS]


def test_the_bytes_do_not_tell_how_the_batches_came(tmp_path):
    of = schema([{"name": "n", "type": "integer"}, {"name": "kind", "type": "string"}])
    digests = set()
    for size in (10_000, 7_777, 160_000):
        writer = ParquetWriter(tmp_path / "t.parquet", arrow_schema(of))
        for start in range(0, 300_000, size):
            numbers = range(start, min(start + size, 300_000))
            writer.write(batch({"n": numbers, "kind": [f"kind {n % 7}" for n in numbers]}, of))
        digests.add(writer.close().sha256)
    assert len(digests) == 1


def test_wide_rows_end_a_row_group_early(tmp_path):
    of = schema([{"name": "text", "type": "string"}])
    writer = ParquetWriter(tmp_path / "t.parquet", arrow_schema(of))
    for _ in range(3):
        writer.write(batch({"text": ["x" * (parquet.GROUP_BYTES // 10)] * 10}, of))
    writer.close()

    assert pq.ParquetFile(tmp_path / "t.parquet").metadata.num_row_groups == 3


def test_no_rows_are_a_file_too(tmp_path):
    ParquetWriter(tmp_path / "t.parquet", arrow_schema(schema())).close()

    assert pq.read_table(tmp_path / "t.parquet").num_rows == 0


def test_a_full_disk_is_said_in_plain_words(tmp_path):
    path = tmp_path / "t.parquet"
    path.symlink_to("/dev/full")
    of = schema([{"name": "n", "type": "integer"}])

    def write() -> None:
        writer = ParquetWriter(path, arrow_schema(of))
        for _ in range(20):
            writer.write(batch({"n": range(100_000)}, of))
        writer.close()

    with pytest.raises(SetupProblem, match=r"t\.parquet could not be written .*No space left"):
        write()


def test_columns_that_are_the_same_byte_for_byte(tmp_path: Path) -> None:
    columns = {
        "kind": ["a", "b"] * 500,
        "text": [str(n) for n in range(1000)],
        "whole": [None, *range(999)],
        "gone": [1] * 1000,
    }
    pq.write_table(pa.table(columns), tmp_path / "one.parquet", row_group_size=300)
    other = columns | {"kind": ["a", "b"] * 499 + ["a", "c"], "whole": [*range(999), None]}
    del other["gone"]
    pq.write_table(pa.table(other), tmp_path / "other.parquet", row_group_size=300)
    pq.write_table(pa.table(columns), tmp_path / "grouped.parquet", row_group_size=500)
    assert same_columns(tmp_path / "one.parquet", tmp_path / "one.parquet") == set(columns)
    assert same_columns(tmp_path / "one.parquet", tmp_path / "other.parquet") == {"text"}
    assert same_columns(tmp_path / "one.parquet", tmp_path / "grouped.parquet") == set()
