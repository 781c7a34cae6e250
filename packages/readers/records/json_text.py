"""Read JSON in bounded memory: one record of a long list at a time, every number exactly as written."""

from __future__ import annotations

import json
import re
from collections import deque
from collections.abc import Collection, Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, TextIO

from packages.errors import FileProblem
from packages.headings import normalise
from packages.readers.budget import current_budget
from packages.readers.opening.encoding import find_encoding
from packages.readers.opening.server_words import shown_error
from packages.readers.opening.text_encoding import MIXED
from packages.readers.over_budget import over_budget
from packages.refusal import refusal

BLOCK = 1 << 20
"""Characters that are read at once."""

NUMBERS_OF_A_POINT = 3
"""A shape has two or three for each: so many values may one record have for each point that a shape may have."""

SPACES = " \t\r\n\x1e"
SPACE = re.compile(f"[{SPACES}]*")


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


def _require_small(text: str, start: int = 0) -> None:
    """FileProblem when a record is longer, or has more values, than any table or map needs."""
    budget = current_budget()
    if len(text) - start > budget.record_characters:
        raise over_budget("characters in one record", "record_characters")
    if text.count(",", start) > NUMBERS_OF_A_POINT * budget.geometry_points:
        raise over_budget("points in one record", "geometry_points")


class JsonText:
    """A JSON text, parsed from the front while it is read."""

    def __init__(self, file: TextIO) -> None:
        self._file = file
        self._buffer = ""
        self._at = 0
        self._ended = False

    def peek(self) -> str:
        """Return the next character that is no space; empty at the end."""
        # files of millions of short values have no space between most of them
        if (following := self._buffer[self._at : self._at + 1]) and following not in SPACES:
            return following
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
            # what is not complete yet is one value, all of it
            _require_small(self._buffer, self._at)
            self._more()

    def items(self) -> Iterator[Any]:
        """Yield the values of a list whose bracket is next."""
        self.need("[")
        if self.take("]"):
            return
        while True:
            yield self.value()
            if self.take("]"):
                return
            self.need(",")

    def need(self, wanted: str) -> None:
        """Skip a character that must be next."""
        if not self.take(wanted):
            raise refusal("json-damaged")

    def starts(self, form: re.Pattern[str]) -> bool:
        """Whether what is next has the given form, of not more characters than are read at once."""
        self.peek()
        if len(self._buffer) - self._at < BLOCK and not self._ended:
            self._more()
        return form.match(self._buffer, self._at) is not None

    def _more(self) -> None:
        rest = self._buffer[self._at :]
        # at least doubled, so that a long record is not scanned again for every block
        piece = self._file.read(max(BLOCK, len(rest)))
        self._ended = not piece
        self._buffer, self._at = rest + piece, 0


RECORDS, LISTS, OBJECT = (re.compile(form) for form in (r"\[\s*[{\]]", r"\[\s*\[", r"\{"))
"""How a list of records begins, a list of lists, and an object."""

DEEPEST = 6
"""Objects within each other in which a list of records is looked for."""

LIKELY = ("records", "features", "results", "items", "rows", "data", "value")
"""Names that programs give to the list of records."""

FIELDS = ("fields", "columns")
"""Names of lists that tell the names of the values of records."""

MADE = "meta_data"
"""The type of columns that Socrata adds to every table."""

SAMPLE = 20
"""Records by whose names a list is judged."""

ERRORS = ("error", "errors", "exceptions", "fault")
"""Names under which servers say what went wrong."""


@dataclass
class _FoundList:
    """A list within objects: how many records it has, the names of the first, and those that a list of fields tells.

    A list of lists has no names of its own.
    """

    count: int = 0
    is_of_lists: bool = False
    names: set[str] = field(default_factory=set)
    fields: set[str] = field(default_factory=set)


class JsonFile:
    """The records of a JSON file: lines, objects one after the other, a list, or a list of records within objects.

    Of several lists the one is taken whose records have most names in `known`, or else the longest. `members` are the
    other values of the objects around it, complete when all records have been read.
    """

    def __init__(self, path: Path, encoding: str, known: Collection[str] = ()) -> None:
        self._path = path
        self.encoding = find_encoding(path, encoding)
        self._codec = self.encoding.codec
        if self._codec == MIXED:
            raise refusal("encoding-unknown")
        self.members: dict[str, Any] = {}
        self._lists: dict[tuple[str, ...], _FoundList] = {}
        self._wanted: tuple[str, ...] = ()
        # lines are one record after the other: the first line is whole, and another object follows it
        with path.open(encoding=self._codec, newline="") as file:
            first = file.readline(current_budget().record_characters).strip("\x1e\r\n\t ")
            try:
                _require_small(first)
                is_record = isinstance(DECODER.decode(first), dict)
            except FileProblem:
                is_record = False
            except (json.JSONDecodeError, RecursionError):
                is_record = False
            self.lines = is_record and JsonText(file).peek() == "{"
        if self.lines:
            return
        with path.open(encoding=self._codec, newline="") as file:
            text = JsonText(file)
            if text.peek() == "{":
                self._survey(text, ())

        def fit(found_at: tuple[str, ...]) -> tuple[bool, int, bool, int]:
            found, name = self._lists[found_at], found_at[-1]
            beside = (self._lists.get((*found_at[:-1], other)) for other in FIELDS)
            names = set().union(*(b.fields for b in beside if b)) if found.is_of_lists else found.names
            known_names = {normalise(name) for name in names} & set(known)
            return (name not in FIELDS, len(known_names), name in LIKELY, found.count)

        self._wanted = max(self._lists, key=fit, default=())

    def _survey(self, text: JsonText, path: tuple[str, ...]) -> None:
        """Note the lists within an object; a list of features is sure to be the one, and need not be looked through."""
        text.need("{")
        while not text.take("}"):
            inner = (*path, text.value())
            text.need(":")
            is_of_lists = text.starts(LISTS)
            if inner == ("features",) and text.starts(RECORDS):
                self._lists = {inner: _FoundList()}
                return
            if inner[-1] in ERRORS:
                text.value()
            elif is_of_lists or text.starts(RECORDS):
                found = self._lists.setdefault(inner, _FoundList(is_of_lists=is_of_lists))
                for record in text.items():
                    found.count += 1
                    if found.count <= SAMPLE and isinstance(record, dict):
                        found.names.update(record)
                        found.fields.add(str(record.get("id") or record.get("name")))
            elif text.starts(OBJECT) and len(inner) < DEEPEST:
                self._survey(text, inner)
            else:
                text.value()
            if text.peek() != "}":
                text.need(",")

    def records(self) -> Iterator[tuple[int, dict[str, Any]]]:
        """Yield each record with its number: the number of its line in a file of lines, else counted from 1."""
        with self._path.open(encoding=self._codec, newline="") as file:
            numbered = self._by_line(file) if self.lines else enumerate(self._in_document(JsonText(file)), start=1)
            for number, record in numbered:
                if not isinstance(record, dict):
                    raise refusal("json-no-table")
                yield number, record

    def _by_line(self, file: TextIO) -> Iterator[tuple[int, Any]]:
        longest = current_budget().record_characters
        for number, line in enumerate(iter(lambda: file.readline(longest + 1), ""), start=1):
            text = line.strip("\x1e\r\n\t ")
            if not text:
                continue
            _require_small(line)
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
        """Yield the records of the chosen list; a GeoJSON file may also be a single feature."""
        self.members = {}
        yield from self._descend(text, self._wanted)
        if not self._wanted and text.peek() == "{":
            # objects one after the other, each on several lines
            yield self.members
            while text.peek() == "{":
                yield text.value()
        elif not self._wanted and self.members.get("type") == "Feature":
            yield self.members
        elif not self._wanted:
            raise self._no_table()

    def _descend(self, text: JsonText, wanted: tuple[str, ...], *, is_for_members: bool = False) -> Iterator[Any]:
        """Yield the records of a list within objects, whose other values become members; or pass its lists by."""
        text.need("{")
        while not text.take("}"):
            name = text.value()
            text.need(":")
            if wanted[:1] != (name,):
                self.members[name] = text.value()
            elif len(wanted) > 1:
                yield from self._descend(text, wanted[1:], is_for_members=is_for_members)
            elif is_for_members:
                deque(text.items(), maxlen=0)
            elif self._lists[self._wanted].is_of_lists:
                yield from self._named(text.items())
            else:
                yield from text.items()
            if text.peek() != "}":
                text.need(",")

    def _named(self, rows: Iterator[Any]) -> Iterator[dict[str, Any]]:
        """Yield rows of values as records with the names that a list of fields beside them gives."""
        names: list[str] = []
        made: set[str] = set()
        for row in rows:
            if not names:
                names, made = self._names_of_values()
                if not names:
                    # they may stand behind the rows, which are too many to be kept until then
                    with self._path.open(encoding=self._codec, newline="") as file:
                        deque(self._descend(JsonText(file), self._wanted, is_for_members=True), maxlen=0)
                    names, made = self._names_of_values()
                if not names or len(set(names)) < len(names):
                    raise self._no_table()
            if not isinstance(row, list) or len(row) != len(names):
                raise refusal("json-no-table")
            yield {name: cell for name, cell in zip(names, row, strict=True) if name not in made}

    def _names_of_values(self) -> tuple[list[str], set[str]]:
        """Return the names that the members give to the values of a row, and those of columns that Socrata made."""
        fields = next((self.members[name] for name in FIELDS if self.members.get(name)), None)
        fields = fields if isinstance(fields, list) else []
        names = [str(f.get("id") or f.get("name") if isinstance(f, dict) else f) for f in fields]
        # the whole table that Socrata gives tells its columns in a member of its own, those that it made among them
        meta = self.members.get("meta")
        view = meta.get("view") if isinstance(meta, dict) else None
        if names or not isinstance(view, dict):
            return names, set()
        described = view.get("columns")
        columns = [c for c in described if isinstance(c, dict)] if isinstance(described, list) else []
        names = [str(column.get("name")) for column in columns]
        return names, {n for n, column in zip(names, columns, strict=True) if column.get("dataTypeName") == MADE}

    def _no_table(self) -> FileProblem:
        """Return the problem of a document without records: the error of a server, or something else."""
        members = self.members
        failed = next((members[name] for name in ERRORS if members.get(name)), None)
        if failed is None and members.get("success") is False:
            failed = members
        if failed is None and {"message", "Message"} & set(members) and {"code", "status", "statusCode"} & set(members):
            failed = members
        words: list[str] = []
        waiting = [failed]
        while waiting:
            value = waiting.pop(0)
            if isinstance(value, str):
                words.append(value)
            inside = value.values() if isinstance(value, dict) else value if isinstance(value, list) else ()
            waiting[:0] = inside
        if all(isinstance(word, JsonNumber) for word in words):
            return refusal("json-no-table")
        return refusal("server-error", said=shown_error(" ".join(words)))


def json_cell(value: Any) -> str:
    """Return a value as the text of a cell: empty for null, JSON for nested values."""
    if value is None:
        return ""
    return value if isinstance(value, str) else compact_json(value)


def compact_json(value: Any, level: int = 0) -> str:
    """Return a value as compact JSON, with numbers as they were written; FileProblem when it is nested too deep."""
    if level > current_budget().nesting:
        raise over_budget("values in one another", "nesting")
    if isinstance(value, JsonNumber):
        return str(value)
    if isinstance(value, list):
        return f"[{','.join(compact_json(inner, level + 1) for inner in value)}]"
    if isinstance(value, dict):
        pairs = (f"{compact_json(name)}:{compact_json(inner, level + 1)}" for name, inner in value.items())
        return "{" + ",".join(pairs) + "}"
    return json.dumps(value, ensure_ascii=False)
