"""Read JSON in bounded memory: one record of a long list at a time, every number exactly as written."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any, TextIO

from packages.readers.encoding import MIXED, find_encoding
from packages.refusal import refusal

BLOCK = 1 << 20
"""Characters that are read at once."""

LONGEST = 64 << 20
"""Characters that one record may have."""

SPACE = re.compile(r"[ \t\r\n\x1e]*")


class JsonNumber(str):
    """A number as its text, so that nothing is lost in a float."""


def _object(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    values = dict(pairs)
    if len(values) < len(pairs):
        # programs disagree on which of the two values counts
        raise refusal("json-repeated-name")
    return values


DECODER = json.JSONDecoder(
    object_pairs_hook=_object, parse_float=JsonNumber, parse_int=JsonNumber, parse_constant=JsonNumber
)


class JsonText:
    """A JSON text, parsed from the front while it is read."""

    def __init__(self, file: TextIO) -> None:
        self._file = file
        self._buffer = ""
        self._at = 0
        self._ended = False

    def peek(self) -> str:
        """Return the next character that is no space; empty at the end."""
        while True:
            self._at = SPACE.match(self._buffer, self._at).end()  # type: ignore[union-attr]
            if self._at < len(self._buffer) or self._ended:
                return self._buffer[self._at : self._at + 1]
            self._more()

    def take(self, wanted: str) -> bool:
        """Skip a character if it is next; return whether it was."""
        if self.peek() != wanted:
            return False
        self._at += 1
        return True

    def value(self) -> Any:
        """Return the next value; FileProblem when it is not complete."""
        self.peek()
        while True:
            try:
                value, end = DECODER.raw_decode(self._buffer, self._at)
            except (json.JSONDecodeError, RecursionError) as error:
                if self._ended or isinstance(error, RecursionError):
                    raise refusal("json-damaged") from error
            else:
                # a number at the end of the buffer may go on in the next block
                if end < len(self._buffer) or self._ended:
                    self._at = end
                    return value
            if len(self._buffer) - self._at > LONGEST:
                raise refusal("json-damaged")
            self._more()

    def items(self) -> Iterator[Any]:
        """Yield the values of a list whose bracket is next."""
        self.need("[")
        if self.take("]"):
            return
        yield self.value()
        while not self.take("]"):
            self.need(",")
            yield self.value()

    def need(self, wanted: str) -> None:
        """Skip a character that must be next."""
        if not self.take(wanted):
            raise refusal("json-damaged")

    def starts_table(self) -> bool:
        """Whether a list of records is next, or an empty list."""
        self.peek()
        if len(self._buffer) - self._at < BLOCK and not self._ended:
            self._more()
        return re.compile(r"\[\s*[{\]]").match(self._buffer, self._at) is not None

    def _more(self) -> None:
        rest = self._buffer[self._at :]
        # at least doubled, so that a long record is not scanned again for every block
        piece = self._file.read(max(BLOCK, len(rest)))
        self._ended = not piece
        self._buffer, self._at = rest + piece, 0


class JsonFile:
    """The records of a JSON file: lines, a list, or the first list of records within an object.

    `members` are the other values of that object, complete when all records have been read.
    """

    def __init__(self, path: Path, encoding: str) -> None:
        self._path = path
        self.encoding = find_encoding(path, encoding)
        self._codec = self.encoding.codec
        if self._codec == MIXED:
            raise refusal("encoding-unknown")
        self.members: dict[str, Any] = {}
        # lines are one record after the other: the first line is whole, and another object follows it
        with path.open(encoding=self._codec, newline="") as file:
            first = file.readline(LONGEST).strip("\x1e\r\n\t ")
            try:
                is_record = isinstance(DECODER.decode(first), dict)
            except (json.JSONDecodeError, RecursionError):
                is_record = False
            self.lines = is_record and JsonText(file).peek() == "{"

    def records(self) -> Iterator[tuple[int, dict[str, Any]]]:
        """Yield each record with its number: the number of its line in a file of lines, else counted from 1."""
        with self._path.open(encoding=self._codec, newline="") as file:
            numbered = self._by_line(file) if self.lines else enumerate(self._in_document(JsonText(file)), start=1)
            for number, record in numbered:
                if not isinstance(record, dict):
                    raise refusal("json-no-table")
                yield number, record

    def _by_line(self, file: TextIO) -> Iterator[tuple[int, Any]]:
        for number, line in enumerate(file, start=1):
            text = line.strip("\x1e\r\n\t ")
            if not text:
                continue
            try:
                yield number, DECODER.decode(text)
            except (json.JSONDecodeError, RecursionError) as error:
                raise refusal("json-damaged") from error

    def _in_document(self, text: JsonText) -> Iterator[Any]:
        if text.peek() == "[":
            yield from text.items()
        else:
            yield from self._in_object(text)
        # a second value behind the first: half of the file would be left out silently
        if text.peek():
            raise refusal("json-damaged")

    def _in_object(self, text: JsonText) -> Iterator[Any]:
        """Yield the records of the first list in an object; a GeoJSON file may also be a single feature."""
        self.members = {}
        found = False
        text.need("{")
        while not text.take("}"):
            name = text.value()
            text.need(":")
            if not found and text.starts_table():
                found = True
                yield from text.items()
            else:
                self.members[name] = text.value()
            if text.peek() != "}":
                text.need(",")
        if not found and self.members.get("type") == "Feature":
            yield self.members
        elif not found:
            raise refusal("json-no-table")


def json_cell(value: Any) -> str:
    """Return a value as the text of a cell: empty for null, JSON for nested values."""
    if value is None:
        return ""
    return value if isinstance(value, str) else compact_json(value)


def compact_json(value: Any) -> str:
    """Return a value as compact JSON, with numbers as they were written."""
    if isinstance(value, JsonNumber):
        return str(value)
    if isinstance(value, list):
        return f"[{','.join(compact_json(inner) for inner in value)}]"
    if isinstance(value, dict):
        return "{" + ",".join(f"{compact_json(name)}:{compact_json(inner)}" for name, inner in value.items()) + "}"
    return json.dumps(value, ensure_ascii=False)
