"""Functions of one text that remember what they said, of short texts only: a file may be full of long ones."""

from __future__ import annotations

from collections.abc import Callable
from functools import lru_cache, wraps
from typing import Concatenate, ParamSpec, TypeVar

P = ParamSpec("P")
R = TypeVar("R")

LONGEST_REMEMBERED = 200
"""Characters of a text that is remembered; so many texts as a cache holds are then some megabytes at most."""


def remembering(
    most: int, longest: int = LONGEST_REMEMBERED
) -> Callable[[Callable[Concatenate[str, P], R]], Callable[Concatenate[str, P], R]]:
    """Let a function remember the results of its last `most` texts of up to `longest` characters."""

    def remembering_last(look: Callable[Concatenate[str, P], R]) -> Callable[Concatenate[str, P], R]:
        remembered = lru_cache(most)(look)

        @wraps(look)
        def look_up(text: str, /, *args: P.args, **kwargs: P.kwargs) -> R:
            # the cache wants what can be hashed, which is all that is handed on here
            found: R = remembered(text, *args, **kwargs) if len(text) <= longest else look(text, *args, **kwargs)  # type: ignore[arg-type]
            return found

        return look_up

    return remembering_last
