# ruff: noqa: E501 lists of cells are easier to compare in long lines
"""Tables and schemas made from a seed: all types and constraints, and malformed CSV of every kind."""

from __future__ import annotations

import random
from collections.abc import Callable
from pathlib import Path
from typing import Any

from tests.quality.conform_oracle import Case

Random = random.Random

CELLS: dict[str, list[str]] = {
    "string": ["", "a", "b", "Alpha", "é", "N/A", "-", " ", "x\ny", "a,b", 'say "hi"', "ab", "AB12", "a" * 40, "nan", "0"],
    "integer": ["1", "2", "01", "+1", " 7 ", "-3", "0", "-0", "1_000", "1.0", "1e3", "0x1F", "x", "99999999999999999999",
                "7\u00a0", "\uff11", "999999999999999999", "9007199254740993", "", "-", "5-", "abc5def", "£5"],
    "number": ["1", "1.0", "1.00", "01", "-2.5", ".5", "5.", "+.5", "1e5", "-0", "NaN", "inf", "-Infinity", "NaN123",
               "1__0", "_1", "1_000.5", "1e400", "0.30000000000000001", "0.3", "£1,234.50", "50%", "(5.00)", "5-",
               "1,2,3,4", "1.5", "1,5", "", "x", "1234567890.12", "12345678901234567890.5", "9999999999999999", "CR 5"],
    "boolean": ["true", "false", "True", "TRUE", "1", "0", "tRuE", "t", "yes", "Y", "no", "N", " true", ""],
    "date": ["2024-01-05", "2024-1-5", "24-01-05", "2024-01-05 ", " 2024-01-05", "2024-02-30", "31/02/2024", "05/01/2024",
             "0000-01-01", "2024/01/05", "2024-01-05T00:00:00", "epoch", "infinity", "05/01/24", "05-Jan-24",
             "05-January-24", "01/01/69", "", "2023-12-31", "10", "Monday", "x"],
    "datetime": ["2024-01-05T10:00:00", "2024-01-05T10:00:00Z", "2024-01-05T10:00:00+01:00", "2024-01-05T10:00",
                 "2024-01-05", "2024-01-05T10:00:60", "2024-01-05T24:00:00", "2024-01-05T10:00:00,5", "2024-W01-5T10:00:00",
                 "2024-01-05 10:00:00", "2024-02-30T10:00:00", "2024-01-31T23:59:59", "2023-02-29T00:00:00", "", "x",
                 "2024-1-5T10:00:00", "2024-01-05T10:00:00 ", "2024-01-05T10:00:00.123456"],
    "time": ["10:00:00", "10:00", "1:00:00", "24:00:00", "10:00:00Z", "10:00:00+01:00", "23:59:60", "", "x"],
    "year": ["2024", "24", "02024", "-123", "+202", " 202", "1_23", "", "x", "0000", "9999"],
    "yearmonth": ["2024-01", " 2024-01", "24-1", "+2024- 1", "2024-13", "2024", "", "x"],
    "duration": ["P1Y", "PT5M", "P1Y2M3DT4H", "1Y", "", "x", "P"],
    "object": ["{}", '{"a": 1}', "[]", "x", "", "null"],
    "array": ["[]", "[1, 2]", '["a"]', "{}", "x", ""],
    "list": ["a,b", "1,2", "1;2", "x", "", "1"],
    "geopoint": ["1,2", "180,90", "181,0", "1, 2", "[1, 2]", '{"lon": 1, "lat": 2}', "x", "", "1,2,3"],
    "geojson": ['{"type": "Point", "coordinates": [1, 2]}', "{}", "x", ""],
    "any": ["", "a", "1", "2024-01-05", "x y"],
}  # fmt: skip

FORMATS: dict[str, list[str]] = {
    "string": ["default", "default", "default", "uri", "email", "uuid", "binary", "wkt"],
    "date": ["default", "default", "%d/%m/%Y", "%d/%m/%y", "%d-%b-%y", "any"],
    "datetime": ["default", "default", "%Y-%m-%d %H:%M:%S", "any"],
    "time": ["default", "%H:%M", "any"],
    "geopoint": ["default", "array", "object"],
    "geojson": ["default", "topojson"],
}

MORE_STRINGS = ["http://a.b/c", "a:", "http://a b/", "www.a.b", "me@camden.example", "x@y", "POINT (1 2)", "aGk=", "axx", "xb",
                "6f1a9c1e-0000-4000-8000-000000000000", "abc\n", "AB12\n", "\u0661", "SC123456", "12345678"]  # fmt: skip

PATTERNS = ["[A-Z]{2}[0-9]{2}", "a|b", r"\d+", r"\w+", "[[:alpha:]]+", "a.*", "(?:ab)?", "[^a]+", r"(?!x).*", "(SC|NI)?[0-9]{6,8}",
            ".", "[a-z ]{1,3}", r"\S*", "(?i)abc", "x{0,1001}"]  # fmt: skip

MISSING: list[list[str] | None] = [
    None,
    None,
    None,
    [],
    ["", "N/A", "-"],
    ["", "x"],
    ["1", ""],
    [" "],
    ["NaN", "", "é"],
]

BOUNDS: dict[str, list[str]] = {
    "integer": ["0", "1", "2", "1000", "99999999999999999999"],
    "number": ["0", "0.3", "1", "1.5", "1000000", "-2.5"],
    "date": ["2024-01-01", "2024-01-05", "05/01/2024"],
    "datetime": ["2024-01-05T10:00:00", "2024-01-05T10:00:00Z"],
    "time": ["10:00:00"],
    "year": ["2000", "2024"],
    "yearmonth": ["2024-01"],
}


def case_of(seed: int, folder: Path) -> Case:
    """The case of a seed, written into a folder."""
    rnd = random.Random(seed)
    fields = [field_of(rnd, f"f{i}") for i in range(rnd.randint(1, 5))]
    schema: dict[str, Any] = {"fields": fields}
    missing = rnd.choice(MISSING)
    if missing is not None:
        schema["missingValues"] = missing
    add_keys(rnd, schema)
    references = add_references(rnd, schema, folder)
    if rnd.random() < 0.05:
        schema["fieldsMatch"] = rnd.choice(["exact", "equal", "subset", "superset", "partial"])
    path = folder / rnd.choice(["table.csv"] * 60 + ["table.tsv", "table.txt"])
    path.write_bytes(file_of(rnd, fields))
    limit = rnd.choice([1000, 1000, 1000, 1, 2, 3, 5, 0])
    return Case(path, schema, dialect_of(rnd), references, limit, rnd.choice([16, 64, 300, 100_000]))


def field_of(rnd: Random, name: str) -> dict[str, Any]:
    """A field with some of the constraints that its type knows."""
    kind = rnd.choice([*CELLS, "string", "string", "integer", "number", "number", "date"])
    field: dict[str, Any] = {"name": name, "type": kind, "constraints": {}}
    if kind in FORMATS:
        field["format"] = rnd.choice(FORMATS[kind])
    if kind in READINGS and rnd.random() < 0.3:
        field |= rnd.choice(READINGS[kind])
    if rnd.random() < 0.1:
        field["missingValues"] = rnd.choice([m for m in MISSING if m is not None])
    for add in (add_required, add_enum, add_lengths, add_pattern, add_bounds, add_unique):
        add(rnd, kind, field["constraints"])
    return field


OFTEN_KEYS = ("string", "integer", "number", "boolean", "date", "datetime", "year")

READINGS: dict[str, list[dict[str, Any]]] = {
    "integer": [{"bareNumber": False}],
    "number": [{"bareNumber": False}, {"groupChar": ","}, {"decimalChar": ","}, {"decimalChar": ",", "groupChar": "."},
               {"floatNumber": True}, {"bareNumber": False, "groupChar": ","}],
    "boolean": [{"trueValues": ["Y"], "falseValues": ["N"]}, {"trueValues": ["yes", "1"]}],
    "list": [{"delimiter": ";"}, {"itemType": "integer"}],
    "array": [{"arrayItem": {"type": "integer"}}],
}  # fmt: skip


def add_required(rnd: Random, kind: str, rules: dict[str, Any]) -> None:
    if rnd.random() < 0.3:
        rules["required"] = True


def add_unique(rnd: Random, kind: str, rules: dict[str, Any]) -> None:
    if rnd.random() < (0.15 if kind in OFTEN_KEYS else 0.01):
        rules["unique"] = True


def add_enum(rnd: Random, kind: str, rules: dict[str, Any]) -> None:
    if kind not in ("list",) and rnd.random() < 0.1:
        rules["enum"] = rnd.sample(CELLS[kind], min(3, len(CELLS[kind])))


def add_lengths(rnd: Random, kind: str, rules: dict[str, Any]) -> None:
    if kind in ("string", "object", "array", "list"):
        if rnd.random() < 0.2:
            rules["minLength"] = rnd.randint(0, 3)
        if rnd.random() < 0.2:
            rules["maxLength"] = rnd.randint(0, 6)


def add_pattern(rnd: Random, kind: str, rules: dict[str, Any]) -> None:
    if kind == "string" and rnd.random() < 0.25:
        rules["pattern"] = rnd.choice(PATTERNS)


def add_bounds(rnd: Random, kind: str, rules: dict[str, Any]) -> None:
    for name in ("minimum", "maximum"):
        if kind in BOUNDS and rnd.random() < 0.2:
            rules[name] = rnd.choice(BOUNDS[kind])


def add_keys(rnd: Random, schema: dict[str, Any]) -> None:
    """Sometimes a primary key, of one or more fields."""
    names = [field["name"] for field in schema["fields"] if field["type"] in OFTEN_KEYS or rnd.random() < 0.05]
    if names and rnd.random() < 0.3:
        schema["primaryKey"] = rnd.sample(names, rnd.randint(1, min(2, len(names))))


def add_references(rnd: Random, schema: dict[str, Any], folder: Path) -> dict[str, Any]:
    """Sometimes a foreign key: to another file, or to the table itself."""
    names = [field["name"] for field in schema["fields"]]
    if rnd.random() < 0.85:
        return {}
    count = rnd.randint(1, min(2, len(names)))
    chosen = rnd.sample(names, count)
    if rnd.random() < 0.4:
        schema["foreignKeys"] = [{"fields": chosen, "reference": {"resource": "", "fields": rnd.sample(names, count)}}]
        return {}
    theirs = [f"k{i}" for i in range(count)]
    rows = [",".join(rnd.choice(["a", "b", "1", "2", "AB12", "Alpha", "x"]) for _ in theirs) for _ in range(6)]
    (folder / "others.csv").write_text("\n".join([",".join(theirs), *rows]), encoding="utf-8")
    schema["foreignKeys"] = [{"fields": chosen, "reference": {"resource": "others", "fields": theirs}}]
    return {"others": str(folder / "others.csv")} if rnd.random() < 0.9 else {}


def dialect_of(rnd: Random) -> dict[str, Any] | None:
    """Mostly none: frictionless finds out."""
    return rnd.choice(
        [None] * 80 + [{"csv": {"delimiter": ";"}}, {"header": False}, {"csv": {"skipInitialSpace": True}}, {"csv": {"quoteChar": "'"}},
                       {"skipBlankRows": True}, {"commentChar": "#"}, {"headerRows": [1, 2]}, {"headerCase": False}]
    )  # fmt: skip


def file_of(rnd: Random, fields: list[dict[str, Any]]) -> bytes:
    """The bytes of a table: mostly right, sometimes not."""
    pools = [pool_of(rnd, field) for field in fields]
    rows = [header_of(rnd, fields)]
    for _ in range(rnd.choice([0, 1, 2, 5, 12, 40, 130])):
        rows.append([rnd.choice(pool) for pool in pools])
        if len(rows) > 2 and rnd.random() < 0.1:
            rows[-1] = list(rnd.choice(rows[1:-1]))
    if rnd.random() < 0.05:
        rows.insert(0, ["A title above the table"])
    return bytes_of(rnd, rows)


def pool_of(rnd: Random, field: dict[str, Any]) -> list[str]:
    """The cells of a column: sometimes of all kinds, often only a few good ones or many different ones."""
    cells = CELLS[field["type"]] + (MORE_STRINGS if field["type"] == "string" else [])
    style = rnd.random()
    if style < 0.35:
        return cells
    if style < 0.6:
        return rnd.sample(cells, min(len(cells), rnd.randint(1, 3)))
    return [make(rnd) for _ in range(50)] if (make := MANY.get(field["type"])) else cells[:4]


MANY: dict[str, Callable[[Random], str]] = {
    "string": lambda rnd: f"{rnd.choice(['AB', 'SC', 'x '])}{rnd.randint(0, 99):02d}",
    "integer": lambda rnd: str(rnd.randint(-5, 5000)),
    "number": lambda rnd: f"{rnd.uniform(-5, 5000):.{rnd.randint(0, 3)}f}",
    "date": lambda rnd: f"{rnd.randint(2020, 2026)}-{rnd.randint(1, 12):02d}-{rnd.randint(1, 28):02d}",
    "datetime": lambda rnd: f"2024-{rnd.randint(1, 12):02d}-{rnd.randint(1, 31):02d}T{rnd.randint(0, 23):02d}:00:00",
    "year": lambda rnd: str(rnd.randint(1900, 2100)),
}


def header_of(rnd: Random, fields: list[dict[str, Any]]) -> list[str]:
    """The labels: sometimes wrong."""
    labels = [field["name"] for field in fields]
    change = rnd.random()
    if change < 0.04:
        labels[rnd.randrange(len(labels))] = rnd.choice(["", "other", labels[0], labels[0].upper()])
    elif change < 0.06:
        labels.append("extra")
    elif change < 0.08 and len(labels) > 1:
        labels.pop()
    elif change < 0.1:
        rnd.shuffle(labels)
    return labels


def bytes_of(rnd: Random, rows: list[list[str]]) -> bytes:
    """Rows as CSV: with the faults that real files have."""
    delimiter = rnd.choice([","] * 12 + [";", "\t", "|"])
    end = rnd.choice(["\n", "\n", "\r\n", "\r\n", "\r"])
    always = rnd.random() < 0.15
    faults = rnd.random() < 0.4
    lines = []
    for row in rows:
        cells = [quoted(rnd, cell, delimiter, always=always) for cell in row]
        if faults and len(lines) and rnd.random() < 0.15:
            spoil(rnd, cells)
        lines.append(delimiter.join(cells))
    text = end.join(lines) + (end if rnd.random() < 0.8 else "")
    return encoded(rnd, text)


def quoted(rnd: Random, cell: str, delimiter: str, *, always: bool) -> str:
    if always or any(char in cell for char in (delimiter, '"', "\r", "\n")):
        return '"' + cell.replace('"', '""') + '"'
    return cell


def spoil(rnd: Random, cells: list[str]) -> None:
    """One fault in a line."""
    kind = rnd.randrange(9)
    if kind == 0:
        cells.append("extra")
    elif kind == 1:
        cells.pop()
    elif kind == 2:
        cells.clear()
    elif kind == 3:
        cells[:] = ["" for _ in cells]
    elif kind == 4:
        cells[:] = [" "]
    else:
        place = rnd.randrange(len(cells))
        cells[place] = rnd.choice(['"x"y', 'ab"c', '"z" ', ' "q"', "\x00", "a\u2028b", '"', "\x0b", "#", "\x85", 'x"'])


def encoded(rnd: Random, text: str) -> bytes:
    choice = rnd.random()
    if choice < 0.05:
        return text.encode("utf-8-sig")
    if choice < 0.08:
        return text.encode("cp1252", errors="replace")
    if choice < 0.1:
        return text.encode("utf-16")
    if choice < 0.11:
        return text.encode() + b"\xff\xfe"
    return text.encode()
