from __future__ import annotations

import csv
import hashlib
import tempfile
from pathlib import Path

import duckdb
import pyarrow as pa
import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st

from packages.errors import SetupProblem
from packages.formats.csv import CsvWriter

# what no file of ours can hold: NUL (found when reading) and halves of surrogate pairs (no UTF-8)
SPITEFUL = st.sampled_from("\",\r\n\t =+@-'0;\\\u2028\u0085\ufeff£é😀")
WILD = st.text(SPITEFUL | st.characters(exclude_characters="\0", exclude_categories=["Cs"]), max_size=12)
ROWS = st.lists(st.tuples(WILD, WILD, WILD), min_size=1, max_size=20)


def write(path: Path, columns: tuple[str, ...], rows: list[tuple[str | None, ...]], size: int = 3):
    writer = CsvWriter(path, columns)
    for start in range(0, len(rows), size):
        cells = list(zip(*rows[start : start + size], strict=True))
        writer.write(pa.RecordBatch.from_arrays([pa.array(c, pa.string()) for c in cells], names=list(columns)))
    return writer.close()


def read_with_python(path: Path) -> list[tuple[str, ...]]:
    with path.open(encoding="utf-8", newline="") as file:
        return [tuple(row) for row in csv.reader(file, strict=True)]


def read_with_duckdb(path: Path, columns: int) -> list[tuple[str, ...]]:
    cells = ", ".join(f"coalesce(#{i + 1}, '')" for i in range(columns))
    options = "header=true, all_varchar=true, auto_detect=false, delim=',', quote='\"', escape='\"', new_line='\\r\\n'"
    names = ", ".join(f"'c{i}': 'VARCHAR'" for i in range(columns))
    query = f"SELECT {cells} FROM read_csv('{path}', {options}, columns={{{names}}}, parallel=false)"
    with duckdb.connect() as connection:
        return connection.execute(query).fetchall()


@given(ROWS)
@example([("a,b", 'say "hi"', "two\nlines"), ("\r", "\r\n", '"'), ("", " ", "=1+1"), ("007", "\ufeff", "'")])
@settings(max_examples=200, deadline=None)
def test_pythons_reader_gets_every_cell_back(rows):
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "t.csv"
        write(path, ("c0", "c1", "c2"), rows)

        assert read_with_python(path) == [("c0", "c1", "c2"), *rows]


@given(ROWS)
@example([("a,b", 'say "hi"', "two\nlines"), ("\r", "\r\n", '"'), ("", " ", "=1+1"), ("007", "\ufeff", "'")])
@settings(max_examples=60, deadline=None)
def test_duckdb_gets_every_cell_back(rows):
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "t.csv"
        write(path, ("c0", "c1", "c2"), rows)

        assert read_with_duckdb(path, 3) == rows


def test_the_bytes_are_rfc_4180(tmp_path):
    written = write(tmp_path / "t.csv", ("id", "na,me"), [("1", "plain"), ("2", 'a "b"'), ("3", None), ("", "l1\nl2")])

    content = (tmp_path / "t.csv").read_bytes()
    assert content == b'id,"na,me"\r\n1,plain\r\n2,"a ""b"""\r\n3,\r\n,"l1\nl2"\r\n'
    assert written.sha256 == hashlib.sha256(content).hexdigest()
    assert written.bytes == len(content)
    assert (written.name, written.media_type) == ("t.csv", "text/csv")


def test_an_empty_cell_of_the_only_column_is_still_a_row(tmp_path):
    write(tmp_path / "t.csv", ("only",), [("a",), ("",), (None,)])

    assert read_with_python(tmp_path / "t.csv") == [("only",), ("a",), ("",), ("",)]


def test_a_slice_of_a_larger_batch_is_written_alone(tmp_path):
    whole = pa.RecordBatch.from_pydict({"a": ["1", "2,", "3"], "b": ["x", "y", "z"]})
    writer = CsvWriter(tmp_path / "t.csv", ("a", "b"))
    writer.write(whole.slice(1, 1))
    writer.write(whole.slice(0, 0))
    writer.close()

    assert read_with_python(tmp_path / "t.csv") == [("a", "b"), ("2,", "y")]


def test_a_full_disk_is_said_in_plain_words(tmp_path):
    path = tmp_path / "t.csv"
    path.symlink_to("/dev/full")

    with pytest.raises(SetupProblem, match=r"t\.csv could not be written .*No space left"):
        write(path, ("a",), [("x" * 100_000,)])


def test_a_missing_folder_is_said_in_plain_words(tmp_path):
    with pytest.raises(SetupProblem, match="could not be written"):
        CsvWriter(tmp_path / "no" / "t.csv", ("a",))
