"""Fills templates with made-up parts; a corpus is a dictionary of such templates by kind."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from random import Random

Maker = Callable[[Random], str]


class Parts(dict[str, str]):
    """Makes a part when a template asks for it."""

    def __init__(self, r: Random, made: Mapping[str, Maker]) -> None:
        super().__init__()
        self._r, self._made = r, made

    def __missing__(self, key: str) -> str:
        return self._made[key](self._r)


def filler(made: Mapping[str, Maker]) -> Callable[..., Maker]:
    """A function that turns templates into a maker of texts."""

    def of(*templates: str) -> Maker:
        return lambda r: r.choice(templates).format_map(Parts(r, made))

    return of
