"""Where engines and frictionless disagree, one named case each: ours must say what frictionless says."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from tests.quality.conform_oracle import BREAKS_OFF, Case, differences, expected, found

GROUPED = {"type": "number", "decimalChar": ",", "groupChar": "."}
NOT_BARE = {"type": "number", "bareNumber": False}

CELLS: dict[str, tuple[dict[str, Any], list[str]]] = {
    "integer with a plus": ({"type": "integer"}, ["+1"]),
    "integer with spaces": ({"type": "integer"}, [" 7 ", "7\u00a0"]),
    "integer in other digits": ({"type": "integer"}, ["\uff11", "\u0661"]),
    "integer beyond 64 bits": ({"type": "integer"}, ["99999999999999999999", "-9223372036854775809"]),
    "integer with underscore": ({"type": "integer"}, ["1_000", "1__0", "_1"]),
    "integer with a point or exponent": ({"type": "integer"}, ["1.0", "1.", "1e3", "0b1"]),
    "integer in hexadecimal": ({"type": "integer"}, ["0x1F"]),
    "number shapes": ({"type": "number"}, [".5", "5.", "+.5", "1e5", "-0"]),
    "number not finite": ({"type": "number"}, ["NaN", "inf", "-Infinity"]),
    "number not finite with bounds": (
        {"type": "number", "constraints": {"minimum": 0, "maximum": 9}},
        ["NaN", "inf", "-Infinity"],
    ),
    "number odd NaN": ({"type": "number"}, ["NaN123", "sNaN", "1__0", "_1", "\uff11"]),
    "number with underscore": ({"type": "number"}, ["1_000.5"]),
    "number very large or long": ({"type": "number"}, ["1e400", "0.12345678901234567890123"]),
    "number just over the maximum": (
        {"type": "number", "constraints": {"maximum": 0.3}},
        ["0.30000000000000001", "0.3", "0.29999999999999999"],
    ),
    "number on its bounds": (
        {"type": "number", "constraints": {"minimum": 0, "maximum": 5}},
        ["0", "5", "5.000", "-0"],
    ),
    "number not bare": (NOT_BARE, ["£1,234.50", "50%", "CR 5", "5-", "(5.00)", "NaN"]),
    "integer not bare": ({"type": "integer", "bareNumber": False}, ["abc5def", "1.5", "£5"]),
    "number grouped": ({"type": "number", "groupChar": ","}, ["1,2,3,4", "1,234,", "1,234.5"]),
    "number with decimal comma": ({"type": "number", "decimalChar": ","}, ["1.5", "1,5"]),
    "number with both characters": (GROUPED, ["1.5", "1.234,5"]),
    "float number": ({"type": "number", "floatNumber": True}, ["1.5", "0.30000000000000001", "1e400"]),
    "boolean in mixed case": ({"type": "boolean"}, ["tRuE", "True", "TRUE", "1", "true"]),
    "boolean words": ({"type": "boolean"}, ["t", "yes", "Y", "no", " true"]),
    "boolean of its own": ({"type": "boolean", "trueValues": ["Y"], "falseValues": ["N"]}, ["Y", "N", "true", "y"]),
    "date without zeros": ({"type": "date"}, ["2024-1-5"]),
    "date with two-digit year": ({"type": "date"}, ["24-01-05"]),
    "date with spaces": ({"type": "date"}, ["2024-01-05 ", " 2024-01-05"]),
    "date that does not exist": (
        {"type": "date"},
        ["2024-02-30", "31/02/2024", "0000-01-01", "2023-02-29", "2024-02-29"],
    ),
    "date in another form": (
        {"type": "date"},
        ["2024/01/05", "2024-01-05T00:00:00", "-2024-01-01", "epoch", "infinity"],
    ),
    "date day first": (
        {"type": "date", "format": "%d/%m/%Y"},
        ["05/01/24", "05/01/024", " 05/01/2024", "05/01/2024", "5/1/2024"],
    ),
    "date with month name": ({"type": "date", "format": "%d-%b-%y"}, ["05-January-24", "05-Jan-24"]),
    "date with century": ({"type": "date", "format": "%d/%m/%y"}, ["01/01/69", "01/01/68"]),
    "date in any form": ({"type": "date", "format": "any"}, ["2024-01-05", "5 January 2024", "x"]),
    "datetime too short": ({"type": "datetime"}, ["2024-01-05T10:00", "2024-01-05"]),
    "datetime odd": ({"type": "datetime"}, ["2024-01-05T10:00:00 ", "2024-1-5T10:00:00", "2024-01-05T10:00:60"]),
    "datetime wide": ({"type": "datetime"}, ["2024-01-05T24:00:00", "2024-01-05T10:00:00,5", "2024-W01-5T10:00:00"]),
    "datetime in month ends": (
        {"type": "datetime"},
        [
            "2024-02-29T00:00:00",
            "2023-02-29T00:00:00",
            "2024-04-31T00:00:00",
            "2024-12-31T23:59:59Z",
            "0000-01-01T00:00:00",
        ],
    ),
    "datetime with offset": ({"type": "datetime"}, ["2024-01-05T10:00:00+01:00", "2024-01-05T10:00:00Z"]),
    "datetime naive under an aware minimum": (
        {"type": "datetime", "constraints": {"minimum": "2024-01-01T00:00:00Z"}},
        ["2024-01-05T10:00:00"],
    ),
    "time too short": ({"type": "time"}, ["10:00", "1:00:00", "10:00:00", "24:00:00"]),
    "year": ({"type": "year"}, ["24", "02024", "-123", "+202", " 202", "1_23", "2024"]),
    "yearmonth": ({"type": "yearmonth"}, [" 2024-01", "24-1", "+2024- 1", "2024-13"]),
    "uri": ({"type": "string", "format": "uri"}, ["a:", "http://", "http://a b/", "www.a.b", "http://a.b/c"]),
    "required space": ({"type": "string", "constraints": {"required": True}}, [" ", "", "x"]),
    "type error hides constraints": ({"type": "integer", "constraints": {"minimum": 5, "enum": [7]}}, ["x", "3", "7"]),
    "pattern with alternatives": ({"type": "string", "constraints": {"pattern": "a|b"}}, ["axx", "xb", "b", "a"]),
    "pattern and line feed": ({"type": "string", "constraints": {"pattern": "abc"}}, ["abc\n", "abc", "abc\n\n"]),
    "pattern with classes": ({"type": "string", "constraints": {"pattern": r"\d\w\s"}}, ["\u0661é\u2003", "1a ", "1a"]),
    "pattern with a POSIX class": ({"type": "string", "constraints": {"pattern": "[[:alpha:]]"}}, ["a]", "a", ":]"]),
    "pattern with lookaround": ({"type": "string", "constraints": {"pattern": "(?!x).*"}}, ["xa", "a"]),
    "pattern with backreference": ({"type": "string", "constraints": {"pattern": r"(a|b)\1"}}, ["aa", "ab"]),
    "pattern with a large count": (
        {"type": "string", "constraints": {"pattern": "x{0,1001}"}},
        ["x" * 1001, "x" * 1002],
    ),
    "pattern with a flag inside": ({"type": "string", "constraints": {"pattern": "(?i)abc"}}, ["ABC"]),
    "pattern unknown to Python": ({"type": "string", "constraints": {"pattern": r"\p{L}"}}, ["a"]),
    "lengths in characters": (
        {"type": "string", "constraints": {"minLength": 2, "maxLength": 3}},
        ["é", "éé", "ééé", "éééé"],
    ),
    "enum by value": ({"type": "number", "constraints": {"enum": ["1", "2.50"]}}, ["1.0", "+1", "2.5", "3"]),
    "unique by value": ({"type": "number", "constraints": {"unique": True}}, ["1", "01", "+1", "1.0", "1.00", "2"]),
    "unique NaN": ({"type": "number", "constraints": {"unique": True}}, ["NaN", "NaN", "inf", "inf"]),
    "unique signalling NaN": ({"type": "number", "constraints": {"unique": True}}, ["sNaN", "1"]),
    "unique after a constraint error": (
        {"type": "integer", "constraints": {"unique": True, "maximum": 5}},
        ["9", "9", "1"],
    ),
    "unique after a type error": ({"type": "integer", "constraints": {"unique": True}}, ["x", "x", "1"]),
    "unique three times": ({"type": "string", "constraints": {"unique": True}}, ["a", "b", "a", "a"]),
    "unique does not fold": ({"type": "string", "constraints": {"unique": True}}, ["a", "A", "é", "e\u0301", " a"]),
    "unique large integers": (
        {"type": "integer", "constraints": {"unique": True}},
        [str(2**70), str(2**70), str(2**64), "0"],
    ),
    "bad minimum": ({"type": "integer", "constraints": {"minimum": "x"}}, ["1"]),
}


@pytest.mark.parametrize("missing", [None, ["", "N/A"], []], ids=["default", "N/A", "none"])
@pytest.mark.parametrize("name", CELLS)
def test_a_cell(name: str, missing: list[str] | None, tmp_path: Path) -> None:
    field, cells = CELLS[name]
    schema: dict[str, Any] = {"fields": [{"name": "c", **field}, {"name": "other", "type": "string"}]}
    if missing is not None:
        schema["missingValues"] = missing
    rows = [f'"{cell}",x' for cell in [*cells, "", "N/A"]]
    assert_same(Case(written(tmp_path, "c,other\n" + "\n".join(rows) + "\n"), schema))


TEXT = {"fields": [{"name": "a", "type": "string"}, {"name": "b", "type": "string"}]}
KEYED = {"fields": [{"name": "a", "type": "integer"}, {"name": "b", "type": "string"}], "primaryKey": ["a"]}
TWO_KEYS = KEYED | {"primaryKey": ["a", "b"]}
UNIQUE = {
    "fields": [{"name": "a", "constraints": {"unique": True, "required": True}}, {"name": "b"}],
    "primaryKey": ["b"],
}

FILES: dict[str, tuple[dict[str, Any], bytes]] = {
    "byte-order mark": (TEXT, b"\xef\xbb\xbfa,b\n1,2\n"),
    "CRLF": (TEXT, b"a,b\r\n1,2\r\n3\r\n"),
    "no line feed at the end": (TEXT, b"a,b\n1,2\n3,4"),
    "line feeds in cells": (TEXT, b'a,b\n"1\n2",3\n\n"4\r\n5"\n'),
    "odd line separators": (TEXT, "a,b\n1\u2028,2\n3\x85,4\n5\x0b,6\x0c\n\x00,7\n".encode()),
    "only carriage returns": (TEXT, b"a,b\r1,2\r3\r"),
    "a lone carriage return": (TEXT, b"a,b\n1,2\r3,4\n5\r6,7\n"),
    "blank lines": (TEXT, b"a,b\n1,2\n\n,\n3,4\n\n"),
    "blank line and key": (KEYED, b"a,b\n1,2\n\n,\n1,4\n"),
    "line of spaces": (TEXT, b"a,b\n   \n1,2\n"),
    "short and long rows": (TEXT, b"a,b\n1\n1,2,3\n1,2,3,4\n,\n"),
    "characters after a quote": (TEXT, b'a,b\n"x"y,1\nab"c,2\n"a\\"b",3\n"x" ,4\n5,6\n'),
    "a quote that never ends": (TEXT, b'a,b\n1,2\n"3,4\n5,6\n'),
    "spaces before quotes": (TEXT, b'a,b\n1, "x,y"\n2, "z"\n'),
    "semicolons": (TEXT, b"a;b\n1;2\n3\n"),
    "tabs": (TEXT, b"a\tb\n1\t2\n"),
    "single quotes": (TEXT, b"a,b\n'x,y',2\n"),
    "not UTF-8 at the start": (TEXT, b"a,b\ncaf\xe9,2\n\x96,3\n"),
    "not UTF-8 after the sample": (TEXT, b"a,b\n" + b"1,2\n" * 30_000 + b"caf\xe9,2\n"),
    "UTF-16": (TEXT, "a,b\n1,2\n3\n".encode("utf-16")),
    "a title above": (TEXT, b"Payments to suppliers\na,b\n1,2\n3,4\n5,6\n"),
    "a blank first line": (TEXT, b"\na,b\n1,2\n"),
    "labels repeated": (TEXT, b"a,a\n1,2\n"),
    "labels in another order": (TEXT, b"b,a\n1,2\n"),
    "a label too many": (TEXT, b"a,b,c\n1,2,3\n4,5\n"),
    "a label too few": (TEXT, b"a\n1\n4,5\n"),
    "a blank label": (TEXT, b"a,\n1,2\n"),
    "empty": (TEXT, b""),
    "only a header": (TEXT, b"a,b\n"),
    "a key of one value": (KEYED, b"a,b\n1,x\n01,y\n+1,z\n,w\n"),
    "a key partly missing": (TWO_KEYS, b"a,b\n1,\n1,\n,\n,x\n,x\n2,x\n"),
    "keys in rows of the wrong length": (KEYED, b"a,b\n1,x\n1\n1,x,y\n2,x\n"),
    "unique fields come first": (UNIQUE, b"a,b\nx,1\nx,1\n,1\n,\n"),
    "one column with blank lines": ({"fields": [{"name": "a"}]}, b'a\n\n""\nx\n'),
    "a cell larger than a piece": (TEXT, b"a,b\n1," + b"x" * 5000 + b'\n2,"' + b"y\n" * 2000 + b'"\n3\n'),
}


@pytest.mark.parametrize("limit", [1000, 1, 2, 0])
@pytest.mark.parametrize("name", FILES)
def test_a_file(name: str, limit: int, tmp_path: Path) -> None:
    schema, content = FILES[name]
    path = tmp_path / "table.csv"
    path.write_bytes(content)
    for piece in (32, 1 << 20):
        assert_same(Case(path, schema, limit_errors=limit, piece=piece))


def test_references_to_others_and_to_itself(tmp_path: Path) -> None:
    others = tmp_path / "others.csv"
    others.write_text("k,l\n1,a\n2,b\n,\n", encoding="utf-8")
    schema = {
        "fields": [{"name": "a", "type": "string"}, {"name": "b", "type": "string"}],
        "foreignKeys": [
            {"fields": ["a"], "reference": {"resource": "others", "fields": ["k"]}},
            {"fields": ["a", "b"], "reference": {"resource": "others", "fields": ["k", "l"]}},
            {"fields": ["b"], "reference": {"resource": "", "fields": ["a"]}},
        ],
    }
    path = written(tmp_path, "a,b\n1,a\n2,a\n3,b\n,\n1,1\n1,2\n")
    assert_same(Case(path, schema, references={"others": str(others)}))


def test_the_error_limit_far_into_a_file(tmp_path: Path) -> None:
    rows = [f"{i if i % 7 else 'x'},{'y' * (i % 50)}" for i in range(9000)]
    path = written(tmp_path, "a,b\n" + "\n".join(rows) + "\n")
    for limit in (1, 10, 1000, 1286, 0):
        assert_same(Case(path, KEYED, limit_errors=limit, piece=10_000))


def test_where_frictionless_breaks_off_so_do_we_in_plain_words(tmp_path: Path) -> None:
    schema = {"fields": [{"name": "a", "type": "number", "constraints": {"unique": True}}]}
    case = Case(written(tmp_path, "a\nsNaN\n"), schema)
    assert expected(case) == found(case)[0] == BREAKS_OFF


def written(folder: Path, text: str) -> Path:
    path = folder / "table.csv"
    path.write_bytes(text.encode())
    return path


@pytest.mark.filterwarnings("ignore")
def assert_same(case: Case) -> None:
    different, how = differences(case)
    assert not different, f"{how}: " + "\n".join(different)
