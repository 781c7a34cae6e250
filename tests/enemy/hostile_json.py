"""JSON that is empty in many records, deep, wide or endless."""

from __future__ import annotations

from pathlib import Path

from tests.enemy.hostile import hostile
from tests.enemy.hostile_texts import streamed


@hostile(3_000_000, 300_000, 30_000)
def json_of_empty_records(folder: Path, count: int) -> Path:
    return streamed(folder / "empty.json", [b"[{}", *[b",{}" * 10_000] * (count // 10_000), b"]"])


@hostile(1_000_000, 100_000)
def json_lines_of_empty_records(folder: Path, count: int) -> Path:
    return streamed(folder / "empty.json", [b"{}\n" * 10_000] * (count // 10_000))


@hostile(1_000_000, 100_000)
def json_of_empty_values(folder: Path, count: int) -> Path:
    return streamed(folder / "blank.json", [b'[{"":""}', *[b',{"":""}' * 10_000] * (count // 10_000), b"]"])


@hostile((100_000, "["), (10_000_000, "["), (100_000, '{"a":'), (3_000_000, '{"a":'), (900, "["), quick=True)
def deep_json(folder: Path, parameter: tuple[int, str]) -> Path:
    depth, unit = parameter
    return streamed(folder / "deep.json", [b'[{"a":', unit.encode() * depth])


@hostile(950, 500, 90, quick=True)
def deep_json_that_ends(folder: Path, depth: int) -> Path:
    inner = b"[" * depth + b"]" * depth
    return streamed(folder / "deep.json", [b'[{"a":' + inner + b'},{"a":1}]'])


@hostile(1_000_000, 100_000, 3_000)
def json_of_new_names(folder: Path, count: int) -> Path:
    blocks = (b",".join(b'{"n%d":1}' % n for n in range(at, at + 1_000)) for at in range(0, count, 1_000))
    return streamed(folder / "names.json", [b"[{}", *(b"," + block for block in blocks), b"]"])


@hostile(1_000_000, 50_000)
def json_of_one_wide_record(folder: Path, count: int) -> Path:
    return streamed(folder / "wide.json", [b"[{", b",".join(b'"n%d":1' % n for n in range(count)), b"}]"])


@hostile(200 << 20, 20 << 20)
def json_of_one_long_text(folder: Path, size: int) -> Path:
    return streamed(folder / "long.json", [b'[{"a":"', *[b"x" * (1 << 20)] * (size >> 20), b'"}]'])


@hostile(60 << 20, 5 << 20)
def json_of_one_long_list(folder: Path, size: int) -> Path:
    return streamed(folder / "list.json", [b'[{"a":[1', *[b",1" * (1 << 19)] * (size >> 20), b"]}]"])


@hostile(3_000_000, 300_000)
def json_of_numbers(folder: Path, count: int) -> Path:
    return streamed(folder / "numbers.json", [b'{"data":[[1]', *[b",[1]" * 10_000] * (count // 10_000), b"]}"])


ODD = {
    "number": b'[{"a":1e999999},{"a":' + b"9" * 1_000_000 + b"}]",
    "nan": b'[{"a":NaN},{"a":-Infinity}]',
    "twice": b'[{"a":1,"a":2}]',
    "surrogate": b'[{"a":"\\ud800"},{"a":"\\udc00\\ud800"}]',
    "nul": b'[{"a":"\\u0000"}]',
    "cut": b'[{"a":"',
    "more": b'[{"a":1}] [{"a":2}]',
    "proto": b'[{"__proto__":{"x":1},"constructor":2}]',
    "escape": b'[{"\\u001b[2J":"\\u202e"}]',
    "comment": b'[/* x */{"a":1}]',
    "spaces": b"[" + b" " * 3_000_000 + b'{"a":1}]',
    "separators": b'\x1e{"a":1}\n' * 1_000,
    "schema": b'{"fields":[{"id":"a"}],"records":[[1],[2]],"total":-5}',
    "fields": b'{"fields":[null,1,[]],"records":[[1,2,3]]}',
    "ckan": b'{"success":false,"error":{"message":"' + b"x" * 500_000 + b'"}}',
}


@hostile(*ODD, quick=True)
def odd_json(folder: Path, how: str) -> Path:
    return streamed(folder / "odd.json", [ODD[how]])
