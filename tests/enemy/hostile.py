"""The hostile files: every kind with its parameters, each made on the spot, the same bytes every time.

A kind is a function that writes a file into a folder, and returns its path. What it writes is streamed, so that the
generator itself needs little memory. `cases()` lists all files, `quick`, `slow` or only in `make enemy`.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

Make = Callable[[Path, Any], Path]

KINDS: dict[str, HostileKind] = {}
"""Every kind by its name, in the order of their modules."""


@dataclass(frozen=True, slots=True)
class HostileKind:
    """A kind of hostile file. `parameters` make one file each; the first stands for the kind in the slow tests.

    `is_quick` is whether the first is small enough for the quick tests. `may_pass` is whether such a file may be read
    to the end: it is odd, not harmful. `dataset` is what it should be.
    """

    name: str
    make: Make
    parameters: tuple[Any, ...]
    is_quick: bool = False
    may_pass: bool = False
    dataset: str = "spend-over-500"


@dataclass(frozen=True, slots=True)
class HostileFile:
    """One file: its kind and the number of its parameter."""

    kind: HostileKind
    number: int

    @property
    def name(self) -> str:
        """What tells it from all others."""
        return f"{self.kind.name}-{self.number}"

    def write(self, folder: Path) -> Path:
        """Write the file into a folder of its own."""
        place = folder / self.name
        place.mkdir(parents=True)
        return self.kind.make(place, self.kind.parameters[self.number])


def hostile(*parameters: Any, quick: bool = False, may_pass: bool = True, dataset: str = "") -> Callable[[Make], Make]:
    """Enter a function as a kind, under its own name; without a dataset, it is one of maps or of payments."""

    def enter(make: Make) -> Make:
        name = make.__name__.replace("_", "-")
        usual = "conservation-areas" if make.__module__.endswith("hostile_maps") else "spend-over-500"
        KINDS[name] = HostileKind(name, make, parameters, quick, may_pass, dataset or usual)
        return make

    return enter


def cases() -> Iterator[HostileFile]:
    """Yield every file of every kind."""
    # imported here: each of them enters its kinds
    from tests.enemy import damaged, hostile_archives, hostile_json, hostile_maps, hostile_texts, hostile_workbooks

    assert damaged, hostile_archives
    assert hostile_json, hostile_maps
    assert hostile_texts, hostile_workbooks
    for kind in KINDS.values():
        for number in range(len(kind.parameters)):
            yield HostileFile(kind, number)
