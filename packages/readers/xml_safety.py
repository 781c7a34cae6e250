"""Parse XML in blocks, and refuse it when it declares a document type."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from itertools import pairwise
from pathlib import Path
from typing import IO
from xml.etree import ElementTree
from xml.parsers import expat

from packages.readers.budget import current_budget
from packages.readers.over_budget import over_budget
from packages.refusal import refusal

Start = Callable[[str, Mapping[str, str]], None]
IsRecord = Callable[[Sequence[str]], bool]
Begun = Callable[[Sequence[str], ElementTree.Element], None]
BLOCK = 1 << 18
"""Bytes that are parsed at once."""


class StopParsing(Exception):
    """Raised by a handler to end the parsing early."""


def parse_start_tags(file: IO[bytes], start: Start, parser: expat.XMLParserType | None = None) -> None:
    """Call `start` with name (without prefix) and attributes of every start tag; FileProblem for a document type."""
    parser = parser or expat.ParserCreate()
    parser.StartElementHandler = lambda name, attributes: start(local_name(name), attributes)
    run_parser(file, parser)


def run_parser(file: IO[bytes], parser: expat.XMLParserType) -> None:
    """Feed a file to a parser whose handlers are set; FileProblem for a document type."""

    # entities are declared in a document type, and a few of them expand to gigabytes
    def refuse(*_: object) -> None:
        raise refusal("workbook-doctype")

    parser.StartDoctypeDeclHandler = refuse
    try:
        while block := file.read(BLOCK):
            parser.Parse(block, False)
        parser.Parse(b"", True)
    except StopParsing:
        return
    except LookupError as error:
        # its first line names an encoding that there is not
        raise refusal("file-damaged") from error


def local_name(name: str) -> str:
    """Return a name without its prefix or namespace."""
    return name.rpartition("}")[2].rpartition(":")[2]


def refuse_doctype(file: IO[bytes]) -> None:
    """Raise FileProblem for a document type, which can only be before the first element."""

    def stop(_name: str, _attributes: Mapping[str, str]) -> None:
        raise StopParsing

    parse_start_tags(file, stop)


def record_elements(path: Path, is_record: IsRecord, start: Begun) -> Iterator[ElementTree.Element]:
    """Yield the elements of a document that are records, each when it is whole; it is emptied afterwards.

    `is_record` is called with the names of an element and those around it, the outermost first; `start` with the same
    names and the element, when it begins. FileProblem when the document is damaged, is nested deeper than the budget
    allows (whoever follows its tree calls itself as often), or has too much in one record or between two.
    """
    budget = current_budget()
    around: list[ElementTree.Element] = []
    names: list[str] = []
    kept = 0
    try:
        with path.open("rb") as file:
            refuse_doctype(file)
            file.seek(0)
            for event, element in ElementTree.iterparse(file, events=("start", "end")):  # noqa: S314
                if event == "start":
                    kept += 1
                    around.append(element)
                    names.append(local_name(element.tag))
                    if len(around) > budget.nesting:
                        raise over_budget("elements in one another", "nesting")
                    if kept > budget.elements:
                        raise over_budget("elements in one record, or beside its records", "elements")
                    start(names, element)
                    continue
                if is_record(names):
                    yield element
                    # the tree would otherwise hold the whole file
                    element.clear()
                    for outer, inner in pairwise(around):
                        outer[:] = [inner]
                    kept = len(around)
                around.pop()
                names.pop()
    except (expat.ExpatError, ElementTree.ParseError, ValueError, LookupError) as error:
        raise refusal("file-damaged") from error
