"""Texts that somebody chose, in everything that we write: none acts, none forges a line, a tag or another record."""

from __future__ import annotations

import csv
import io
import json
import re
import unicodedata
import xml.etree.ElementTree as ET
from collections.abc import Iterator, Sequence
from dataclasses import replace
from pathlib import Path

import html5rdf
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from markdown_it import MarkdownIt
from rdflib import Graph, Literal

from catalogue.dcat import describe_dataset
from catalogue.listing import Listing, listing_of
from catalogue.metadata.croissant import croissant_json
from catalogue.metadata.schema_org import schema_org_script
from catalogue.site.data_json import data_json
from catalogue.site.feed import FeedHeader, atom_feed
from catalogue.site.pages import dataset_page, waiting_page
from catalogue.site.register import register_to_csv
from flows.cli import terminal
from flows.orchestration.steps import dataset_markdown
from flows.orchestration.summary import night_markdown, summary_row
from flows.outcome import FAILED, Outcome
from packages.errors import ExitCode, SetupProblem
from packages.headings import shown_heading
from packages.messages import finding
from packages.model import Finding, Identity, Report, Where
from packages.refusal import refusal
from packages.vocabulary import publishers
from quality.report import report_to_html
from quality.report.issues import issues_to_csv
from quality.report.text import report_to_text
from tests.catalogue import city
from tests.catalogue.overviews import overview
from tests.quality import report_examples as examples

IDENTITY = Identity("spend-over-500", "camden")
PLAIN = "Plainwords"
"""A text that does no harm: what is written with it has the structure that every other text must leave as it is."""

NASTY = (
    "<script>alert(1)</script>", "</script><script>alert(1)</script>", "<img src=x onerror=alert(1)>", "' onload='x", '" x="',
    "]]>", "-->", "<!--", "&lt;b&gt;", "&#60;", "<svg/onload=x>", "javascript:alert(1)", "{{7*7}}", "{% raise %}", "${x}",
    "[x](javascript:alert(1))", "![x](http://x.example/p.png)", "|a|b|", "# head", "```", "<http://x.example>", "http://x.example",
    "\x1b[2J", "\x1b]8;;http://x.example\x07", "\x9b31m", "\u202egnp.exe", "\u2066x", "\u200e", "\x00", "\x07", "\x7f", "\x85",
    "a\nb", "a\r\nb", "\u2028", "\u2029", "\x0b", "\x0c", "=1+1", "+1", "-1", "@SUM(A1)", "\t=1", "\r=1", " =1", '"=1"', "%0a",
    '"', "'", "`", "\\", "\\n", '"""', "\\u0022", "> .", "^^<x>", "@en .", "<a> <b> <c> .", "\ufeff", "\ufffe", "\U000e0041",
    "[bold]x[/bold]", "[link=http://x.example]x[/link]", "%s%n", "$what", "“", "”", "é" * 3, "😀", "e\u0301" * 40, "x" * 300,
)  # fmt: skip
"""What a text is made of: each has a meaning in one of the outputs."""

texts = st.lists(st.one_of(st.sampled_from(NASTY), st.text(max_size=8)), min_size=1, max_size=3).map("".join)
texts = texts.filter(lambda text: any(char.isalnum() for char in text))
FEWER = 2
"""Statements that may be missing where a text is twice the same."""

few = settings(max_examples=15, deadline=None, suppress_health_check=list(HealthCheck))


@pytest.fixture(scope="module")
def listed(tmp_path_factory: pytest.TempPathFactory) -> Listing:
    release = city.release(tmp_path_factory.mktemp("release"), IDENTITY)
    return listing_of(release, city.spec(IDENTITY), publishers()["camden"], public_url="https://data.example.org")


def with_text(listed: Listing, text: str) -> Listing:
    """The listing with a text wherever a description of a dataset has one."""
    return replace(
        listed,
        title=text,
        description=f"{text}\n\n{text}",
        keywords=(text, "b"),
        creator=text,
        provenance=text,
        contact=replace(listed.contact, name=text),
        distributions=tuple(replace(file, title=text) for file in listed.distributions),
    )


def report_with(text: str) -> Report:
    """A report in which a text stands wherever a file has its own words: headings, sheets, notes of its maker."""
    report = examples.held()
    heading = shown_heading(text)
    where = Where(column=text, sheet=text, field=text, rows=(3,), count=1, of=9)
    found = [
        finding("duplicate-heading", where),
        finding("workbook-far-cell", where, sheet=text),
        Finding("file-not-readable", report.findings[0].severity, where, text, text, text, "data officer", (text,)),
        finding("nested-values", Where(count=1, unit="column"), columns=f"“{heading}”"),
    ]
    return replace(report, findings=(*found, *report.findings), source={"file": text, "note": text, "sheet": text})


def skeleton(page: bytes) -> list[tuple[str, tuple[str, ...]]]:
    """The elements of a page and the names of their attributes, as a parser of HTML 5 of others finds them."""
    tree = html5rdf.parse(page.decode(), namespaceHTMLElements=False)
    return [
        (element.tag if isinstance(element.tag, str) else "comment", tuple(sorted(map(str, element.attrib))))
        for element in tree.iter()
    ]


def acting(page: bytes) -> Iterator[str]:
    """What in a page would act, as a parser of HTML 5 of others finds it."""
    tree = html5rdf.parse(page.decode(), namespaceHTMLElements=False)
    for element in tree.iter():
        for name, value in element.attrib.items():
            if str(name).lower().startswith("on"):
                yield f"{element.tag} {name}"
            if str(name) in ("href", "src", "action", "formaction") and re.match(
                r"\s*(javascript|data|vbscript):", value, re.I
            ):
                yield f"{element.tag} {name}={value[:40]}"


def odd_characters(text: str, allowed: str = "\n") -> set[str]:
    """Characters that act on a terminal or turn the direction of what follows."""
    return {c for c in text if c not in allowed and unicodedata.category(c) in ("Cc", "Zl", "Zp")} | (
        set(text) & set("\u202a\u202b\u202c\u202d\u202e\u2066\u2067\u2068\u2069\u200e\u200f")
    )


@few
@given(text=texts)
def test_pages_of_reports(text: str) -> None:
    page = report_to_html(report_with(text), text)
    assert skeleton(page) == skeleton(report_to_html(report_with(PLAIN), PLAIN))
    assert not list(acting(page))
    assert not odd_characters(page.decode()) - {"\u200e"}


@few
@given(text=texts)
def test_pages_of_datasets(listed: Listing, text: str) -> None:
    mine = with_text(listed, text)
    page = dataset_page(mine, ["spend.csv"])
    scripts = re.findall(rb"<script(?: [^>]*)?>", page)
    plain = dataset_page(with_text(listed, PLAIN), ["spend.csv"])
    assert len(scripts) == len(re.findall(rb"<script(?: [^>]*)?>", plain))
    assert not list(acting(page))
    # paragraphs follow from the text; nothing else does
    assert {tag for tag, _ in skeleton(page)} <= {tag for tag, _ in skeleton(plain)}
    waiting = replace(overview(IDENTITY), description=text, tasks=())
    assert not list(acting(waiting_page(waiting)))


@few
@given(text=texts)
def test_the_script_for_search_engines(listed: Listing, text: str) -> None:
    script = schema_org_script(with_text(listed, text))
    page = f"<!doctype html><script type='application/ld+json'>{script}</script><p>end</p>".encode()
    assert [tag for tag, _ in skeleton(page)] == ["html", "head", "script", "body", "p"]
    assert json.loads(script)["name"] == text.strip() or json.loads(script)["name"] == text


@few
@given(text=texts)
def test_json_descriptions(listed: Listing, text: str) -> None:
    mine = with_text(listed, text)
    assert json.loads(croissant_json(mine))
    assert json.loads(data_json([mine]))


@few
@given(text=texts)
def test_turtle_and_json_ld_have_the_same_literals(listed: Listing, text: str) -> None:
    fragment = describe_dataset(with_text(listed, text), public_url="https://data.example.org")
    plain = describe_dataset(with_text(listed, PLAIN), public_url="https://data.example.org")
    turtle = Graph().parse(data=fragment.turtle, format="turtle")
    linked = Graph().parse(data=fragment.jsonld, format="json-ld")
    literals = {str(value) for value in turtle.objects() if isinstance(value, Literal)}
    assert len(turtle) >= len(Graph().parse(data=plain.turtle, format="turtle")) - FEWER
    assert literals == {str(value) for value in linked.objects() if isinstance(value, Literal)}


@few
@given(text=texts)
def test_feeds(listed: Listing, text: str) -> None:
    feed = atom_feed(FeedHeader(text, "feed.xml"), [with_text(listed, text)], public_url="https://data.example.org")
    names = [element.tag for element in ET.fromstring(feed).iter()]
    plain = atom_feed(FeedHeader(PLAIN, "feed.xml"), [with_text(listed, PLAIN)], public_url="https://data.example.org")
    assert names == [element.tag for element in ET.fromstring(plain).iter()]


def outcome(text: str) -> Outcome:
    """A job that failed with the words of somebody else."""
    return Outcome(IDENTITY, FAILED, ExitCode.FIX_FILE, text)


@few
@given(text=texts)
def test_markdown_of_the_night(text: str) -> None:
    markdown = MarkdownIt("commonmark", {"html": True}).enable("table")
    for page, plain in (
        (night_markdown([outcome(text)], notes=[text]), night_markdown([outcome(PLAIN)], notes=[PLAIN])),
        (dataset_markdown(outcome(text), []), dataset_markdown(outcome(PLAIN), [])),
    ):
        assert _kinds(markdown, page) == _kinds(markdown, plain)
        assert not odd_characters(page)
    assert all(isinstance(cell, str) for cell in summary_row(outcome(text)).values())


def _kinds(markdown: MarkdownIt, text: str) -> list[str]:
    return [
        inner.type
        for token in markdown.parse(text)
        for inner in (token, *(token.children or ()))
        if inner.type not in ("text", "text_special", "softbreak")
    ]


@few
@given(text=texts)
def test_the_terminal(text: str, capsys: pytest.CaptureFixture[str]) -> None:
    terminal.show_problem(refusal("sheet-missing", asked=text), as_json=False)
    terminal.show_problem(SetupProblem(f"There is no file {text}.", fix=text), as_json=False)
    terminal.show_table(("a", "b"), [(text, text)])
    terminal.show_text(report_to_text(report_with(text)))
    terminal.show_aside(text)
    out, err = capsys.readouterr()
    assert not odd_characters(out + err)


@few
@given(text=texts)
def test_the_list_of_issues(text: str) -> None:
    rows = list(csv.reader(io.StringIO(issues_to_csv(report_with(text)).decode("utf-8-sig"), newline="")))
    assert len({len(row) for row in rows}) == 1
    assert not _formulas(rows)


@few
@given(text=texts)
def test_the_register(text: str) -> None:
    mine = overview(IDENTITY)
    asset = replace(mine.asset, purpose=text, owner=text, security=text, system=text)
    rows = list(csv.reader(io.StringIO(register_to_csv([replace(mine, asset=asset)]).decode(), newline="")))
    assert len(rows) == 2
    assert len(rows[0]) == len(rows[1])
    assert not _formulas(rows)


def _formulas(rows: Sequence[Sequence[str]]) -> list[str]:
    """Cells that a spreadsheet would run."""
    return [cell for row in rows for cell in row if cell.startswith(("=", "+", "-", "@", "\t", "\r"))]


@few
@given(text=texts)
def test_names_of_files_in_words(text: str, tmp_path_factory: pytest.TempPathFactory) -> None:
    """What is told of a file by its own name stays one line without anything that acts."""
    name = shown_heading(text)
    assert "\n" not in name
    assert not odd_characters(name)
    assert Path(name or "x").parts
