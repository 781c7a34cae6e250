"""Translate a Python regular expression into a narrower one for RE2, or into a list of fixed-width forms.

RE2 matches in bulk but reads the same characters differently: `\\d` is ASCII only, `[[:alpha:]]` is a class, `$` is the
very end. So the text of a pattern is never passed on. Instead Python's own parse tree is written out node by node, and
only nodes that both engines read alike, or where RE2 accepts less. A pattern with any other node has no translation.
"""

from __future__ import annotations

import re
from re import _constants as nodes  # type: ignore[attr-defined]
from re import _parser as parser  # type: ignore[attr-defined]
from typing import Any

LARGEST_REPEAT = 1000
"""RE2 refuses larger counts."""

CATEGORIES = {
    nodes.CATEGORY_DIGIT: "0-9",
    nodes.CATEGORY_SPACE: r"\t-\r ",
    nodes.CATEGORY_WORD: "0-9A-Z_a-z",
}
"""The ASCII part of Python's Unicode classes. Their negations would be wider than Python's, so there are none."""


def narrow_pattern(pattern: str) -> str | None:
    """Return a pattern for RE2 whose every match `re.match("^pattern$", text)` accepts too; None when unsure."""
    tree = _parse_tree(pattern)
    body = None if tree is None else _write_sequence(tree)
    return None if body is None else rf"\A(?:{body})\z"


def _parse_tree(pattern: str) -> Any | None:
    """Return Python's parse tree of a pattern; None when it cannot be read or sets flags such as `(?i)`."""
    try:
        tree = parser.parse(f"^{pattern}$")
    except re.error:
        return None
    return None if tree.state.flags & ~re.UNICODE.value else tree


def _write_sequence(items: Any) -> str | None:
    parts = [_write_node(node, value) for node, value in items]
    return None if None in parts else "".join(part for part in parts if part is not None)


def _write_node(node: Any, value: Any) -> str | None:
    """Return one node of the parse tree as RE2 writes it; None where RE2 might accept more than Python."""
    match node:
        case nodes.LITERAL:
            return _write_literal(value)
        case nodes.NOT_LITERAL:
            return f"[^{_write_literal(value)}]"
        case nodes.ANY:
            return r"[^\n]"
        case nodes.AT:
            # Python's `$` also matches before a final line feed; the narrower reading is enough for a proof
            return {nodes.AT_BEGINNING: r"\A", nodes.AT_BEGINNING_STRING: r"\A", nodes.AT_END: r"\z"}.get(value)
        case nodes.IN:
            return _write_set(value)
        case nodes.BRANCH:
            options = [_write_sequence(option) for option in value[1]]
            return None if None in options else f"(?:{'|'.join(option for option in options if option is not None)})"
        case nodes.MAX_REPEAT | nodes.MIN_REPEAT:
            # greedy or not: it changes what is captured, not whether the text matches
            least, most, items = value
            body, endless = _write_sequence(items), most is nodes.MAXREPEAT
            if body is None or least > LARGEST_REPEAT or (not endless and most > LARGEST_REPEAT):
                return None
            return f"(?:{body}){{{least},{'' if endless else most}}}"
        case nodes.SUBPATTERN:
            _, flags_added, flags_dropped, items = value
            body = None if flags_added or flags_dropped else _write_sequence(items)
            return None if body is None else f"(?:{body})"
    return None


def _write_literal(code: int) -> str:
    # always by its number: no character of the pattern can then mean something else to RE2
    return f"\\x{{{code:x}}}"


def _write_set(items: list[tuple[Any, Any]]) -> str | None:
    negated = items[0][0] is nodes.NEGATE
    members: list[str] = []
    for node, value in items[negated:]:
        if node is nodes.LITERAL:
            members.append(_write_literal(value))
        elif node is nodes.RANGE:
            members.append(f"{_write_literal(value[0])}-{_write_literal(value[1])}")
        elif not negated and value in CATEGORIES:
            members.append(CATEGORIES[value])
        else:
            # in a negated set the ASCII part of a class would accept what Python's whole class excludes
            return None
    return f"[{'^' if negated else ''}{''.join(members)}]"


BEGIN, END = "^", "$"
MOST_FORMS = 64
"""Alternatives that are listed before the list is given up."""

Ranges = tuple[tuple[int, int], ...]
"""A form of fixed width: for each byte the lowest and the highest that are accepted there."""


def pattern_forms(pattern: str) -> dict[int, list[Ranges]]:
    """Return the texts that a pattern accepts as forms by their width; empty where there are too many or none."""
    tree = _parse_tree(pattern)
    forms = None if tree is None else _spell_sequence(tree)
    by_width: dict[int, list[Ranges]] = {}
    for form in forms or []:
        start = next((i for i, item in enumerate(form) if item != BEGIN), len(form))
        end = next((i for i in range(len(form), start, -1) if form[i - 1] != END), start)
        ranges = form[start:end]
        # an anchor in the middle matches nothing
        if BEGIN not in ranges and END not in ranges:
            by_width.setdefault(len(ranges), []).append(tuple(ranges))
    return by_width


def _spell_sequence(items: Any) -> list[list[Any]] | None:
    """Return every way through a sequence of nodes; None where they cannot be listed."""
    ways: list[list[Any]] = [[]]
    for node, value in items:
        options = _spell_node(node, value)
        # checked before the product is made: nested groups would multiply it out of all bounds
        if options is None or len(ways) * len(options) > MOST_FORMS:
            return None
        ways = [way + option for way in ways for option in options]
    return ways


def _spell_node(node: Any, value: Any) -> list[list[Any]] | None:
    """Return the texts of one node of the parse tree; None where they cannot be listed."""
    match node:
        case nodes.LITERAL:
            # a byte is a character only in ASCII
            return [[(value, value)]] if value < 128 else None
        case nodes.IN:
            return _spell_set(value)
        case nodes.AT:
            return {nodes.AT_BEGINNING: [[BEGIN]], nodes.AT_END: [[END]]}.get(value)
        case nodes.BRANCH:
            options = [_spell_sequence(option) for option in value[1]]
            return None if None in options else [way for ways in options if ways for way in ways]
        case nodes.MAX_REPEAT:
            least, most, items = value
            if most is nodes.MAXREPEAT or most > MOST_FORMS:
                return None
            # each count is a form of its own, because its width differs
            counted = [_spell_sequence([item for _ in range(n) for item in items]) for n in range(least, most + 1)]
            return None if None in counted else [way for ways in counted if ways for way in ways]
        case nodes.SUBPATTERN:
            _, flags_added, flags_dropped, items = value
            return None if flags_added or flags_dropped else _spell_sequence(items)
    return None


def _spell_set(items: list[tuple[Any, Any]]) -> list[list[Any]] | None:
    ranges = []
    for node, value in items:
        low, high = value if node is nodes.RANGE else (value, value)
        if node is nodes.CATEGORY and value is nodes.CATEGORY_DIGIT:
            low, high = ord("0"), ord("9")
        elif node not in (nodes.LITERAL, nodes.RANGE):
            return None
        if high > 127:
            return None
        ranges.append([(low, high)])
    return ranges
