"""What functions remember: short texts, so that a file of long ones does not stay in memory."""

from __future__ import annotations

import gc
import weakref

from packages.remembered import remembering


class Text(str):
    """A text of which it can be told whether somebody still holds it."""

    __slots__ = ("__weakref__",)


def held_after(length: int) -> bool:
    asked: list[str] = []

    @remembering(most=10, longest=50)
    def look(text: str, times: int = 1) -> int:
        asked.append(text)
        return len(text) * times

    text = Text("x" * length)
    held = weakref.ref(text)
    assert (look(text), look(text), look(text, 2)) == (length, length, 2 * length)
    assert len(asked) == (2 if length <= 50 else 3)
    asked.clear()
    del text
    gc.collect()
    return held() is not None


def test_short_texts_are_remembered_and_long_ones_are_not_kept() -> None:
    assert held_after(50)
    assert not held_after(51)
