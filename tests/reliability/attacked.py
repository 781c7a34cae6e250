"""A city that is attacked, and commands in processes of their own that have to bear it."""

from __future__ import annotations

import hashlib
import os
import tempfile
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from tests.conftest import EVERY_TRIAL
from tests.flows.city import GOOD
from tests.flows.forked import SERVER, _command

STREETS = "street-trees/camden"
CHANGED = GOOD + "T005,Betula pendula,30/11/2021,2.5\n"
CODES = {0, 10, 20, 30, 40, 50, 60}
WORKED = {0, 10}
TROUBLE = {50, 60}


def some(names: Iterable[str], each: int) -> list[str]:
    """Every `each`-th of a table, or all of it."""
    return list(names)[:: 1 if EVERY_TRIAL else each]


@dataclass(frozen=True)
class Attacked:
    """A city that shows one release; `outside` is beside it and is nobody's business."""

    root: Path

    @property
    def home(self) -> Path:
        return self.root / "home"

    @property
    def outside(self) -> Path:
        return self.root / "outside"

    @property
    def page(self) -> Path:
        return self.home / "site/current/datasets/street-trees/camden"

    def londata(self, *words: str, before: Callable[[], None] | None = None, **settings: str) -> Said:
        """Run a command in a process of its own; `before` is done in it first."""
        kept = {name: value for name, value in os.environ.items() if not name.startswith(("LONDATA_", "PREFECT_"))}
        ours = {"LONDATA_HOME": str(self.home), "LONDATA_DATASETS": str(self.root / "datasets")}
        with tempfile.TemporaryDirectory() as name:
            out, err = Path(name) / "out", Path(name) / "err"
            arguments = (before, list(words), kept | ours | settings, self.root, out, err)
            process = SERVER.Process(target=_after, args=arguments)
            process.start()
            process.join(120)
            assert process.exitcode is not None, f"{words} did not end"
            told = " ".join(path.read_text(encoding="utf-8", errors="replace") for path in (out, err))
        said = Said(process.exitcode, told)
        assert "Traceback" not in said.words, said.words
        assert said.code in CODES, said
        if said.code in TROUBLE:
            assert len(said.words) > 40, said
        return said


@dataclass(frozen=True)
class Said:
    code: int
    words: str


def _after(before: Callable[[], None] | None, *arguments: Any) -> None:
    if before:
        before()
    _command(*arguments)


@dataclass(frozen=True)
class Refusing:
    """What is done in the process of a command before it begins; a value, so that it can be sent there."""

    act: Callable[..., None]
    arguments: tuple[Any, ...]

    def __call__(self) -> None:
        self.act(*self.arguments)


def tree_of(folder: Path) -> dict[str, str]:
    """Every file below a folder with its digest."""
    return {
        str(path.relative_to(folder)): hashlib.sha256(path.read_bytes()).hexdigest() if path.is_file() else "folder"
        for path in sorted(folder.rglob("*"))
    }
