"""A table in parts: whatever stands in the file, the draft is that of one pass over it, byte for byte."""

from __future__ import annotations

import os
import pickle
import random
import signal
import zipfile
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from packages.errors import FileProblem
from packages.headings import known_headings
from packages.model import CannotBeCut, Draft, Extract
from packages.parallel.local_workers import LocalWorkers
from packages.parallel.spread import Spread, Workers
from packages.read import read
from packages.readers.delimited import csv_batches, parts
from packages.shaping.shape import shape
from quality.drafting.draft import Staging, write_draft
from tests.packages.release_examples import NOW
from tests.packages.shape_examples import DAY, a_spec

HEADINGS = ["Payment ref", "Date paid", "Supplier", "Type", "Amount", "Supplier type", "Organisation", "Code", ""]
FIELDS: list[dict[str, Any]] = [
    {"name": "ref", "type": "string", "title": "Payment ref", "constraints": {"required": True, "unique": True}},
    {"name": "paid_on", "type": "date", "title": "Date paid", "constraints": {"required": True}},
    {"name": "supplier", "type": "string", "nature": "payee", "constraints": {"required": True}},
    {"name": "kind", "type": "string", "constraints": {"enum": ["goods", "Services"]}},
    {"name": "amount", "type": "number", "title": "Amount (£)", "constraints": {"required": True}, "decimals": 2},
    {"name": "code", "type": "string", "title": "Code"},
    {"name": "pair", "type": "string", "title": "Pair"},
]
MAPPING: dict[str, Any] = {
    "layouts": [
        {
            "name": "own",
            "columns": {
                "ref": "Payment ref",
                "paid_on": "Date paid",
                "supplier": "Supplier",
                "kind": "Type",
                "amount": "Amount",
                "code": "Code",
                "pair": {"join": ["Supplier", "Code"], "with": "/"},
            },
        }
    ],
    "rules": {"paid_on": {"date": "auto"}, "amount": {"number": "auto"}},
    "reading": {"totals": ["Total", "Grand total"]},
}

SPOILT: dict[str, Callable[[random.Random, int], str]] = {
    "blank": lambda _r, _n: ",,,,,,,,",
    "empty": lambda _r, _n: "",
    "short": lambda _r, n: f"S{n},01/02/2026,Quillstone Ltd",
    "long": lambda _r, n: f"L{n},01/02/2026,Quillstone Ltd,goods,5.00,company,camden,00012,,more,and more",
    "moved": lambda _r, n: f"M{n},01/02/2026,Quillstone, Son and Co,goods,5.00,company,camden,00012,",
    "heading": lambda _r, _n: ",".join(HEADINGS),
    "month first": lambda _r, n: f"U{n},01/25/2026,Quillstone Ltd,goods,5.00,company,camden,00012,",
    "either": lambda r, n: f"E{n},0{r.randint(1, 9)}/0{r.randint(1, 9)}/2026,Quillstone Ltd,goods,5.00,,camden,00012,",
    "open run": lambda r, n: "\n".join(
        f"F{n}{i},{r.randint(1, 12):02}/{r.randint(1, 12):02}/20{r.randint(10, 26)},Quillstone Ltd,goods,5.00,,,00012,"
        for i in range(r.randint(20, 60))
    ),
    "no date": lambda r, n: f"N{n},{r.choice(['soon', '31/02/2026', '46023', ''])},Quillstone Ltd,goods,5.00,,,00012,",
    "no amount": lambda r, n: f"A{n},01/02/2026,Quillstone Ltd,goods,{r.choice(['x', '', '1.137', 'n/a'])},,camden,,",
    "comma": lambda _r, n: f'C{n},01/02/2026,Quillstone Ltd,goods,"1.234,50",,camden,00012,',
    "huge": lambda _r, n: f"H{n},01/02/2026,Quillstone Ltd,goods,{'9' * 45}.5,,camden,00012,",
    "unlisted": lambda r, n: f"K{n},01/02/2026,Quillstone Ltd,{r.choice(['gods', 'Service', 'x' * 250])},5.00,,,00012,",
    "repeated": lambda r, _n: f"R{r.randint(1, 40)},01/02/2026,Quillstone Ltd,goods,5.00,company,camden,00012,",
    "total inside": lambda _r, _n: 'Total,,,,"5,000.00",,,,',
    "table below": lambda _r, _n: ",,,,,,,,\nRole,Team,Site,,Person,,,,",
    "stray quote": lambda _r, n: f'Q{n},01/02/2026,The "Crown" Inn,goods,5.00,company,camden,00012,',
    "text behind": lambda _r, n: f'B{n},01/02/2026,"Crown" Inn,goods,5.00,company,camden,00012,',
    "in quotes": lambda _r, n: f'I{n},01/02/2026,"Crown, Inn\nand ""Co""",goods,5.00,company,camden,00012,',
    "swallowed": lambda _r, n: (
        f'W{n},01/02/2026,"Crown\n'
        + "\n".join(f"W{n}{i},01/02/2026,A Ltd,goods,5.00,company,camden,0001{i}," for i in range(3))
        + '",goods,5.00,company,camden,00012,'
    ),
    "garbled": lambda _r, n: f"G{n},01/02/2026,CafÃ© NoÃ«l,goods,5.00,company,camden,00012,",
    "damaged": lambda r, n: f"D{n},#####,Quillstone Ltd,goods,{r.choice(['#REF!', '1.2E+15'])},company,camden,3-Jan,",
    "zeros lost": lambda r, n: f"Z{n},01/02/2026,Quillstone Ltd,goods,5.00,company,camden,{r.randint(1, 999)},",
    "unnamed": lambda _r, n: f"Y{n},01/02/2026,Quillstone Ltd,goods,5.00,company,camden,00012,looks fine",
    "person": lambda _r, n: f"P{n},01/02/2026,Ada Quill,goods,5.00,Individual,camden,00012,",
    "another's": lambda _r, n: f"O{n},01/02/2026,Quillstone Ltd,goods,5.00,company,Barnet,00012,",
    "spaces": lambda _r, n: f"X{n}, 01/02/2026 ,\xa0Quillstone&amp;Co ,GOODS,£5.00,company,camden,NULL,",
    "return": lambda _r, n: (
        f"V{n},01/02/2026,Quillstone Ltd,goods,5.00,company,camden,00012,\rV{n}b,01/02/2026,B,,1,,,1,"
    ),
}
ENDINGS = {
    "plain": "",
    "total": "Total,,,,{total},,,,\n",
    "another total": ",,,,12.34,,,,\nGrand total,,,,99,,,,\n",
    "notes": ",,,,,,,,\nPrepared by the finance team for publication,,,,,,,,\nNote: all amounts without VAT.,,,,,,,,\n",
    "no line end": "LAST,01/02/2026,Quillstone Ltd,goods,5.00,company,camden,00012,",
    "open quote": 'OPEN,01/02/2026,"Quillstone Ltd,goods,5.00,company,camden,00012,\n',
}


@dataclass(frozen=True)
class Spoilt:
    """A table of some rows, in which kinds of spoilt rows come once in so many rows."""

    seed: int
    kinds: tuple[str, ...]
    every: int
    ending: str
    codec: str = "utf-8"
    rows: int = 2_400

    def text(self) -> str:
        chance = random.Random(self.seed)
        lines = ["Payments of the council", ",".join(HEADINGS)]
        cents = 0
        for number in range(self.rows):
            if self.kinds and chance.random() * self.every < 1:
                lines.append(SPOILT[chance.choice(self.kinds)](chance, number))
            day, month = chance.randint(1, 28), chance.randint(1, 12)
            pence = chance.randint(1, 999_999)
            cents += pence
            amount = f"{pence / 100:.2f}"
            lines.append(
                f"P{number:06},{day:02}/{month:02}/2026,Quillstone {chance.randint(1, 99)} Ltd,"
                f"{chance.choice(['goods', 'Services'])},{amount},company,camden,{chance.randint(0, 99_999):05},"
            )
        return "\n".join(lines) + "\n" + ENDINGS[self.ending].format(total=f"{cents / 100:.2f}")


class PickledWorkers:
    """Does the work in this process, from copies of everything, as other processes have them."""

    def __init__(self, *, see_files: bool) -> None:
        self.see_files = see_files
        self.done = 0

    def map(self, work: Callable[[Any, Any], Any], common: Any, items: Iterable[Any]) -> Iterator[Any]:
        known = pickle.loads(pickle.dumps(common))
        for item in items:
            self.done += 1
            yield pickle.loads(pickle.dumps(work(known, pickle.loads(pickle.dumps(item)))))


def draft(path: Path, folder: Path, workers: Workers | None) -> Draft | tuple[str, object]:
    """The draft of a file; the words of the problem where it cannot be read."""
    folder.mkdir(parents=True)
    reading = {"sheets": "all"} if path.suffix == ".zip" else {}
    mapping = MAPPING | {"reading": {**MAPPING["reading"], **reading}}
    spec = a_spec(folder.parent / "datasets", fields=FIELDS, mapping=mapping)
    scratch = folder.parent / f"scratch-{folder.name}"
    scratch.mkdir()
    spread = Spread(lambda: workers, 0, scratch) if workers else None
    extract = Extract(path, path.name, "0" * 64, 1, "text/csv", "", NOW)
    try:
        rows = read(extract, spec.reading, known_headings(spec, spec.resource))
        shaped = shape(rows, spec, spec.resource, day=DAY, spread=spread)
        made = write_draft(shaped, spec, spec.resource, extract, Staging(folder, spread=spread))
    except FileProblem as problem:
        return problem.what, problem.fix
    left = {path.name for path in scratch.rglob("*") if path.is_file()} - {"received-in-utf-8.csv"}
    assert not left
    return replace(made, folder=Path())


@pytest.fixture(autouse=True)
def small_pieces(monkeypatch):
    """Pieces of some hundred rows, so that small tables have many parts."""
    monkeypatch.setattr(csv_batches, "BLOCK", 14_000)
    monkeypatch.setattr(parts, "LARGEST_PART", 24_000)
    monkeypatch.setattr(parts, "MANY_PARTS", 1)


def both(table: Spoilt, folder: Path, *, see_files: bool = True) -> int:
    """Compare the drafts of both ways; return how many parts were worked on."""
    folder.mkdir(exist_ok=True)
    path = folder / "payments.csv"
    path.write_bytes(table.text().encode(table.codec, "replace"))
    workers = PickledWorkers(see_files=see_files)
    in_parts = draft(path, folder / "parts" / "out", workers)
    in_one = draft(path, folder / "one" / "out", None)
    assert in_parts == in_one
    return workers.done


@pytest.mark.parametrize("kind", SPOILT)
@pytest.mark.parametrize("every", [5, 200])
def test_each_kind_of_spoilt_row(kind: str, every: int, tmp_path: Path) -> None:
    done = both(Spoilt(7, (kind,), every, "total"), tmp_path)
    # two passes over six parts or more; a lone carriage return ends a line in one piece, and not in another
    assert done >= 12 or kind == "return"


@pytest.mark.parametrize("ending", ENDINGS)
@pytest.mark.parametrize("codec", ["utf-8", "utf-8-sig", "cp1252", "utf-16"])
def test_each_way_in_which_a_file_ends(ending: str, codec: str, tmp_path: Path) -> None:
    done = both(Spoilt(3, (), 1, ending, codec), tmp_path, see_files=False)
    assert done >= 12 or ending == "open quote"


@settings(max_examples=25, deadline=None, suppress_health_check=list(HealthCheck))
@given(
    seed=st.integers(0, 10**6),
    kinds=st.lists(st.sampled_from(sorted(SPOILT)), max_size=6, unique=True).map(tuple),
    every=st.sampled_from([3, 20, 150, 900]),
    ending=st.sampled_from(sorted(ENDINGS)),
    codec=st.sampled_from(["utf-8", "utf-8-sig", "cp1252"]),
    rows=st.sampled_from([500, 1_600, 2_500]),
    see_files=st.booleans(),
)
def test_all_kinds_together(tmp_path_factory, seed, kinds, every, ending, codec, rows, see_files):
    table = Spoilt(seed, kinds, every, ending, codec, rows)
    both(table, tmp_path_factory.mktemp("spoilt"), see_files=see_files)


@pytest.mark.parametrize("see_files", [True, False])
@pytest.mark.parametrize("endings", [("plain", "total", "notes"), ("notes", "notes", "another total")])
@pytest.mark.parametrize("kinds", [(), ("blank", "short", "text behind", "table below", "unnamed")])
def test_a_bundle_of_monthly_files(endings, kinds, see_files, tmp_path) -> None:
    path = tmp_path / "payments.zip"
    with zipfile.ZipFile(path, "w") as bundle:
        for number, ending in enumerate(endings):
            table = Spoilt(number, kinds, 60, ending, "cp1252" if number == 1 else "utf-8", 300 if number else 2_000)
            bundle.writestr(f"2026-0{number + 1}.csv", table.text().encode(table.codec, "replace"))
    workers = PickledWorkers(see_files=see_files)
    assert draft(path, tmp_path / "parts" / "out", workers) == draft(path, tmp_path / "one" / "out", None)
    assert workers.done >= 12


@pytest.mark.slow
def test_processes_of_which_one_is_killed(tmp_path: Path) -> None:
    path = tmp_path / "payments.csv"
    table = Spoilt(11, tuple(SPOILT), 200, "notes", rows=20_000)
    path.write_text(table.text().replace("\r", ""), encoding="utf-8")
    with LocalWorkers(2) as workers:
        in_parts = draft(path, tmp_path / "parts" / "out", _OneDies(workers))
    assert in_parts == draft(path, tmp_path / "one" / "out", None)


@dataclass
class _OneDies:
    """Workers one of which is killed at its work."""

    workers: LocalWorkers
    see_files: bool = True

    def map(self, work: Callable[[Any, Any], Any], common: Any, items: Iterable[Any]) -> Iterator[Any]:
        for number, found in enumerate(self.workers.map(work, common, items)):
            if number == 3:
                assert self.workers.pool
                os.kill(next(iter(self.workers.pool._processes)), signal.SIGKILL)
            yield found


def test_workers_that_die_again_and_again_leave_the_work_to_this_process(tmp_path: Path) -> None:
    here = os.getpid()
    with LocalWorkers(2) as workers:
        assert list(workers.map(_die_elsewhere, here, range(6))) == [0, 1, 4, 9, 16, 25]


def _die_elsewhere(home: int, number: int) -> int:
    if os.getpid() != home:
        os.kill(os.getpid(), signal.SIGKILL)
    return number**2


def test_what_work_raises_is_raised_where_its_result_is_taken() -> None:
    with LocalWorkers(2) as workers:
        found = workers.map(_refuse_three, "three", range(5))
        assert [next(found) for _ in range(3)] == [0, 1, 2]
        with pytest.raises(CannotBeCut, match="three"):
            next(found)


def _refuse_three(why: str, number: int) -> int:
    if number == 3:
        raise CannotBeCut(why)
    return number
