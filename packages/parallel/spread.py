"""A large table spread over the parts that it can be cut into."""

from __future__ import annotations

import tempfile
import threading
from collections.abc import Callable, Iterable, Iterator, Sequence
from contextlib import AbstractContextManager, ExitStack, contextmanager
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Protocol, TypeVar

from packages.model import CannotBeCut, Part, PartedRows

C = TypeVar("C")
T = TypeVar("T")
R = TypeVar("R")


class Workers(Protocol):
    """Processes that each do a share of the work, on this machine or on others.

    `see_files` is whether they read the files of this process under the same paths.
    """

    @property
    def see_files(self) -> bool: ...

    def map(self, work: Callable[[C, T], R], common: C, items: Iterable[T]) -> Iterator[R]:
        """Yield `work(common, item)` for each item, in order; only a few more are taken than are at work.

        `work` is a function of a module; all values can be pickled. What `work` raises is raised here, where its result
        would be yielded. Work that is lost with its process is done again.
        """


def ignore_parts(_count: int) -> None:
    """Show nothing."""


@dataclass(frozen=True, slots=True)
class Spread:
    """The workers over which a table is spread from `least` bytes on, and a folder for what they exchange.

    `get_workers` opens them when it is called first: most tables need none. `on_parts` gets the number of parts of a
    table that is cut.
    """

    get_workers: Callable[[], Workers]
    least: int
    scratch: Path
    on_parts: Callable[[int], None] = ignore_parts

    @property
    def workers(self) -> Workers:
        """The workers, which are there from now on."""
        return self.get_workers()

    def parts_of(self, rows: PartedRows) -> Sequence[Part]:
        """Return the parts of a table in their order; none where it is small, or cannot be cut."""
        if rows.bytes < self.least:
            return ()
        try:
            parts = rows.cut(self.scratch)
        except CannotBeCut:
            return ()
        self.on_parts(len(parts))
        return parts

    def over(self, parts: Iterable[Part], work: Callable[[C, Part], R], common: C) -> Iterator[R]:
        """Yield `work(common, part)` for each part in order. Raises CannotBeCut where one cannot be read by itself."""
        items = parts if self.workers.see_files else (part.carried() for part in parts)
        return self.workers.map(work, common, items)


_BUSY = threading.Lock()


@dataclass(frozen=True, slots=True)
class SpreadPlan:
    """From how many bytes on the tables of a process are spread, and how their workers are opened and closed."""

    least: int
    workers: Callable[[], AbstractContextManager[Workers]]

    @contextmanager
    def within(self, folder: Path, on_parts: Callable[[int], None] = ignore_parts) -> Iterator[Spread | None]:
        """Yield how tables are spread that are written to a folder; None while another one of this process is.

        That one has all workers, and what waited for it would stand still without a sign of life. `on_parts` gets the
        number of parts of each that is cut.
        """
        if not _BUSY.acquire(blocking=False):
            yield None
            return
        try:
            with tempfile.TemporaryDirectory(prefix="parts-", dir=folder) as scratch, ExitStack() as opened:
                workers = cache(lambda: opened.enter_context(self.workers()))
                yield Spread(workers, self.least, Path(scratch), on_parts)
        finally:
            _BUSY.release()
