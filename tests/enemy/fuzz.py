"""Fuzzing of the readers: thousands of nearly right files, each read to its last row in a process that is used again.

    python -m tests.enemy.fuzz [--minutes 30] [--seed 1] [--kinds csv,xlsx] [--save]

A worker reads one file after the other; the file that it works on lies in a place of which its parent knows, so that
one that ends the worker is not lost. A file counts as interesting, and is changed further, when what becomes of it has
not been seen before: the words of the refusal, or the findings and the size of the table.

What must hold: a file is read or refused by a LondataError; none takes five seconds or half a gibibyte; the same file
has the same result twice; and the rows of plain delimited text are those that Python's own reader finds.

A worker reads without the box, so that a fault of a library ends it. Each file that did is read once more as the command
reads it: refused in words, it is contained, worth a mend and no harm; otherwise it is a failure.
"""

from __future__ import annotations

import argparse
import csv
import datetime as dt
import hashlib
import importlib
import io
import json
import multiprocessing
import os
import random
import resource
import signal
import sys
import tempfile
import time
import traceback
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any

from tests.conftest import answer_here, told_here
from tests.enemy.mutate import OF_KIND, mutated

CORPUS = Path(__file__).parent / "corpus"
"""Saved inputs, by what became of them when they were found; those called `crash-…` have been mended.

Those called `contained-…` still end a reader, and are no seeds: what grows from them would end one as well.
"""

NOW = dt.datetime(2026, 11, 20, 4, 0, tzinfo=dt.UTC)
SECONDS, MEMORY = 5, 3 << 30
"""What one small file may take: seconds of CPU, and bytes of address space with all that the worker has loaded."""

TWO_RESULTS = "two results for one file"
ODD_ROW = "a row is not what Python's reader finds"
MORE_ROWS = "more rows than Python's reader finds"
NUMBERS_GO_BACK = "the numbers of rows go back"
WRONG = (TWO_RESULTS, ODD_ROW, MORE_ROWS, NUMBERS_GO_BACK)
"""What no box can contain: a file that is read, and not as it is."""

KNOWN = frozenset({"paymentdate", "supplier", "department", "purpose", "amountgbp", "name", "code"})


class TooSlow(Exception):
    """A small file took longer than any should."""


@dataclass(frozen=True, slots=True)
class Outcome:
    """What became of a file: a word for each thing that may be new about it, and a crash if there was one."""

    signature: str
    crash: str = ""


def load_libraries() -> None:
    """Load what readers load when they first need it: under a limit of memory that could fail."""
    for name in ("olefile", "python_calamine", "shapefile", "shapely", "ftfy", "convertbng.cutil", "packages.read"):
        importlib.import_module(name)


def prepare_worker() -> None:
    """Let readers run in this process, with their exceptions as they are, within limits."""
    answer_here(lambda job, folder, _look: told_here(job, folder))
    # what libraries print of their own faults is no result
    nothing = os.open(os.devnull, os.O_WRONLY)
    os.dup2(nothing, 2)
    load_libraries()
    resource.setrlimit(resource.RLIMIT_AS, (MEMORY, MEMORY))
    resource.setrlimit(resource.RLIMIT_CORE, (0, 0))

    def stop(*_: object) -> None:
        raise TooSlow

    signal.signal(signal.SIGPROF, stop)


def outcome_of(path: Path, kind: str) -> Outcome:
    """Read a file to its last row; the crash says where in the code it was, when it was anything but a LondataError."""
    from packages.errors import LondataError

    signal.setitimer(signal.ITIMER_PROF, SECONDS)
    try:
        rows, signature = read_whole(path)
    except LondataError as problem:
        return Outcome(f"{kind}: {problem.what[:60]}")
    except TooSlow as error:
        return Outcome("slow", f"slow {place_of(error)}")
    except BaseException as error:  # noqa: BLE001 - whatever it is, it is a find
        return Outcome("crash", f"{type(error).__name__} {place_of(error)}")
    finally:
        signal.setitimer(signal.ITIMER_PROF, 0)
    if kind == "csv" and (wrong := wrong_rows(path, rows)):
        return Outcome("wrong", wrong)
    return Outcome(f"{kind}: {signature}")


def place_of(error: BaseException) -> str:
    """The last line of our own code that an exception came through."""
    ours = [frame for frame in traceback.extract_tb(error.__traceback__) if "/packages/" in frame.filename]
    last = ours[-1] if ours else traceback.extract_tb(error.__traceback__)[-1]
    return f"{last.filename.rpartition('/packages/')[2]}:{last.lineno} {last.name}: {str(error)[:80]}"


def read_whole(path: Path) -> tuple[list[tuple[int, list[str]]], str]:
    """Return rows with their numbers, and a word on what was read and found."""
    from packages.fetch import extract_file
    from packages.model import ChangeLog
    from packages.read import read
    from packages.spec import ReadingSpec

    log = ChangeLog()
    table = read(extract_file(path, store=None, now=NOW), ReadingSpec(), KNOWN)
    rows: list[tuple[int, list[str]]] = []
    for batch in table.start(log):
        columns = [column.to_pylist() for column in batch.cells.columns]
        cells = zip(*columns, strict=True) if columns else ((),) * batch.cells.num_rows
        rows += zip(batch.numbers.to_pylist(), map(list, cells), strict=True)
    found = ",".join(sorted({finding.rule for finding in log.findings}))
    width = len(table.columns)
    return rows, f"{width.bit_length()}x{len(rows).bit_length()} {table.how_read[:20]} {found}"


def wrong_rows(path: Path, rows: Sequence[tuple[int, list[str]]]) -> str:
    """Compare plain text, without quotation marks and odd characters, with what Python's reader finds; empty if equal."""
    content = path.read_bytes()
    numbers = [number for number, _ in rows]
    if numbers != sorted(set(numbers)):
        return NUMBERS_GO_BACK
    if not content.isascii() or any(mark in content for mark in b'"\0;\t|\x0b\x0c\x1c\x1d\x1e\x1f\x1a\x7f'):
        return ""
    records = dict(enumerate(csv.reader(io.StringIO(content.decode(), newline="")), start=1))
    for number, cells in rows:
        theirs = records.get(number, [])
        # rows that are too short or long are told of, and cells may be mended and columns left out
        if len(theirs) == len(cells) and [c.strip() for c in theirs] != [c.strip() for c in cells]:
            return ODD_ROW
    return "" if not rows or numbers[-1] <= len(records) else MORE_ROWS


@dataclass(frozen=True, slots=True)
class Crash:
    """A file that was neither read nor refused, or read wrongly, and the words with which the command refuses it."""

    kind: str
    content: bytes
    told: str = ""


@dataclass
class Tally:
    """What a run of fuzzing has seen."""

    executions: int = 0
    kinds: Counter[str] = field(default_factory=Counter)
    crashes: dict[str, Crash] = field(default_factory=dict)
    interesting: dict[str, tuple[str, bytes]] = field(default_factory=dict)
    lost: int = 0

    def text(self, seconds: float) -> str:
        """Say in a few lines what was seen."""
        head = f"{self.executions:,} files in {seconds:.0f} s ({self.executions / max(seconds, 1):,.0f} a second), "
        head += f"{len(self.interesting)} different results, {len(self.crashes)} crashes, {self.lost} workers lost"
        lines = [
            f"  {crash.kind}: {place}" + (f" (contained: {crash.told})" if crash.told else "")
            for place, crash in sorted(self.crashes.items())
        ]
        return "\n".join([head, "  " + ", ".join(f"{k} {n:,}" for k, n in sorted(self.kinds.items())), *lines])

    def failures(self) -> dict[str, Crash]:
        """Return the crashes that the command does not contain."""
        return {place: crash for place, crash in self.crashes.items() if not crash.told}

    def save(self, folder: Path) -> None:
        """Write every crash and every new result into a folder, each under a name that is the same another time."""
        folder.mkdir(exist_ok=True)
        crashes = {place: (crash.kind, crash.content) for place, crash in self.crashes.items()}
        for what, found in (("crash", crashes), ("result", self.interesting)):
            for signature, (kind, content) in found.items():
                mark = hashlib.sha256(signature.encode()).hexdigest()[:8]
                (folder / f"{what}-{mark}.{kind}").write_bytes(content)


def seeds(kinds: Sequence[str]) -> dict[str, list[bytes]]:
    """Honest files of each kind, and the saved corpus."""
    from tests.enemy.damaged import honest

    found = {kind: [honest(kind)] for kind in kinds}
    for path in sorted(CORPUS.glob("*.*")):
        if path.suffix[1:] in found and not path.name.startswith("contained-"):
            found[path.suffix[1:]].append(path.read_bytes())
    return found


def work(pipe: Any, current: str, pool: dict[str, list[bytes]], seed: int, until: float) -> None:
    """Mutate and read until the time is up; send every result that is new."""
    prepare_worker()
    chance = random.Random(seed)
    kinds = list(pool)
    seen: set[str] = set()
    done: Counter[str] = Counter()
    path = Path(current)
    while time.monotonic() < until:
        kind = chance.choice(kinds)
        content = mutated(kind, chance.choice(pool[kind]), chance)
        path.with_suffix(".kind").write_text(kind)
        path.write_bytes(content)
        outcome = outcome_of(path, kind)
        done[kind] += 1
        if outcome.crash or outcome.signature not in seen:
            again = outcome_of(path, kind)
            if again != outcome and "slow" not in again.crash + outcome.crash:
                outcome = Outcome("unequal", f"{TWO_RESULTS}: {outcome.signature} | {again.signature}")
            if outcome.crash or len(content) < 60_000:
                seen.add(outcome.signature)
                if not outcome.crash:
                    pool[kind].append(content)
                pipe.send((kind, outcome.signature, outcome.crash, content))
        if sum(done.values()) % 50 == 0:
            pipe.send(("", json.dumps(done), "", b""))
            done.clear()
    pipe.send(("", json.dumps(done), "", b""))
    pipe.close()
    os._exit(0)


def fuzz(seconds: float, seed: int = 1, kinds: Sequence[str] = tuple(OF_KIND)) -> Tally:
    """Fuzz for some seconds; a worker that is killed or dies is replaced, and its file is a crash."""
    tally = Tally()
    # what the workers need is loaded once, before the time runs
    pool = seeds(kinds)
    load_libraries()
    end = time.monotonic() + seconds
    context = multiprocessing.get_context("fork")
    with tempfile.TemporaryDirectory(
        prefix="londata-fuzz-", dir="/dev/shm" if Path("/dev/shm").is_dir() else None
    ) as folder:
        current = Path(folder) / "current"
        while time.monotonic() < end:
            ours, theirs = context.Pipe(duplex=False)
            worker = context.Process(target=work, args=(theirs, str(current), pool, seed, end), daemon=True)
            worker.start()
            theirs.close()
            died = _collect(ours, tally, end + 3 * SECONDS)
            if worker.is_alive() and died:
                # it hangs in a library, which no signal can interrupt
                worker.kill()
            worker.join()
            if worker.exitcode:
                tally.lost += 1
                kind = current.with_suffix(".kind").read_text()
                name = f"worker ended with {worker.exitcode} on {kind}"
                tally.crashes.setdefault(name, Crash(kind, current.read_bytes()))
            seed += 1_000
        for place, crash in tally.crashes.items():
            if not place.startswith(WRONG):
                tally.crashes[place] = replace(crash, told=refusal_of(crash, Path(folder)))
    return tally


def refusal_of(crash: Crash, folder: Path) -> str:
    """Return the words with which the command refuses a file that was a crash here; empty when it does not."""
    from packages.errors import LondataError

    # under the name that it had for the worker
    path = folder / "current"
    path.write_bytes(crash.content)
    try:
        read_whole(path)
    except LondataError as problem:
        return problem.what
    except Exception:  # noqa: BLE001 - the command would show it as a stack trace
        return ""
    return ""


def _collect(pipe: Any, tally: Tally, end: float) -> bool:
    """Take what a worker sends until it ends; True when it is silent for too long."""
    while True:
        try:
            if not pipe.poll(8 * SECONDS) or time.monotonic() > end:
                return True
            kind, signature, crash, content = pipe.recv()
        except EOFError:
            return False
        if not kind:
            counts = json.loads(signature)
            tally.kinds.update(counts)
            tally.executions += sum(counts.values())
        elif crash:
            known = tally.crashes.get(crash)
            if known is None or len(content) < len(known.content):
                tally.crashes[crash] = Crash(kind, content)
        elif signature not in tally.interesting or len(content) < len(tally.interesting[signature][1]):
            tally.interesting[signature] = (kind, content)


def main() -> int:
    """Fuzz for some minutes, print what was found, and save what is wanted."""
    ask = argparse.ArgumentParser()
    ask.add_argument("--minutes", type=float, default=1)
    ask.add_argument("--seed", type=int, default=int(time.time()))
    ask.add_argument("--kinds", default=",".join(OF_KIND))
    ask.add_argument("--save", default="", help="a folder for crashes and new results")
    asked = ask.parse_args()
    begun = time.monotonic()
    tally = fuzz(asked.minutes * 60, asked.seed, asked.kinds.split(","))
    print(f"seed {asked.seed}: {tally.text(time.monotonic() - begun)}")
    if asked.save:
        tally.save(Path(asked.save))
    return bool(tally.crashes)


if __name__ == "__main__":
    sys.exit(main())
