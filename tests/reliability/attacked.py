"""A city that is attacked, and commands in processes of their own that have to bear it."""

from __future__ import annotations

import atexit
import hashlib
import os
import signal
import stat
import tempfile
import time
from collections.abc import Callable, Iterable, Iterator
from contextlib import suppress
from dataclasses import dataclass
from multiprocessing.process import BaseProcess
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
        return self.start(*words, before=before, **settings).end()

    def start(self, *words: str, before: Callable[[], None] | None = None, **settings: str) -> Started:
        """Start a command in a process of its own."""
        kept = {name: value for name, value in os.environ.items() if not name.startswith(("LONDATA_", "PREFECT_"))}
        ours = {"LONDATA_HOME": str(self.home), "LONDATA_DATASETS": str(self.root / "datasets")}
        folder = tempfile.TemporaryDirectory()
        streams = [Path(folder.name) / name for name in ("out", "err")]
        arguments = (before, list(words), kept | ours | settings, self.root, *streams)
        process = SERVER.Process(target=_after, args=arguments)
        process.start()
        return Started(process, folder)


@dataclass(frozen=True)
class Started:
    """A command that is under way."""

    process: BaseProcess
    folder: tempfile.TemporaryDirectory[str]

    def stands(self) -> bool:
        """Wait until it has stopped itself; False when it comes to its end instead."""
        while self.process.exitcode is None:
            with suppress(FileNotFoundError):
                if Path(f"/proc/{self.process.pid}/stat").read_text().rpartition(")")[2].split()[0] == "T":
                    return True
            time.sleep(0.01)
        return False

    def go_on(self) -> None:
        """Let it go on where it stopped."""
        assert self.process.pid
        os.kill(self.process.pid, signal.SIGCONT)

    def end(self, *, is_mute: bool = False) -> Said:
        """Wait for its end, and look whether it ended as every command has to; one that is mute can say nothing."""
        with self.folder as name:
            self.process.join(300)
            if self.process.exitcode is None:
                self.process.kill()
                raise TimeoutError(f"{self.process} did not end")
            told = " ".join(path.read_text(encoding="utf-8", errors="replace") for path in sorted(Path(name).iterdir()))
        said = Said(self.process.exitcode, told)
        assert "Traceback" not in said.words, said.words
        assert said.code in CODES, said
        if said.code in TROUBLE and not is_mute:
            assert len(said.words) > 40, said
        return said


@dataclass(frozen=True)
class Said:
    code: int
    words: str


def _after(before: Callable[[], None] | None, *arguments: Any) -> None:
    if before:
        before()
    try:
        _command(*arguments)
    finally:
        # a forked process ends without it, and the Prefect server of a night would stay
        atexit._run_exitfuncs()


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


PUBLIC = ("site", "releases")


def wrong_rights(home: Path) -> Iterator[str]:
    """Yield what others may read though it is not public, or write, or may not read though it is public."""
    for path in (home, *home.rglob("*")):
        if path.is_symlink():
            continue
        rights, parts = stat.S_IMODE(path.lstat().st_mode), path.relative_to(home).parts
        if not parts or parts[0] in PUBLIC:
            # read by everybody, written by us; locks are nobody else's
            wanted = {0o755} if path.is_dir() else {0o600} if path.name == ".lock" else {0o644, 0o444}
            if rights not in wanted:
                yield f"{rights:o} {path}"
        elif rights & 0o077:
            yield f"{rights:o} {path}"
