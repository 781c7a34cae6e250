from __future__ import annotations

import re
from dataclasses import replace
from html.parser import HTMLParser
from itertools import pairwise

import pytest

from packages.model import Report, Severity, Verdict, Where
from quality.report import for_public, report_to_html
from tests.quality import report_examples as examples

TITLE = "Spending over £500, London Borough of Camden"
SECTIONS = ("changed", "must", "should", "repaired", "privacy", "glance", "columns", "source", "checks")
SCRIPT = "<script>alert(1)</script><img src=x onerror=alert(2)>"
TURN = "\N{RIGHT-TO-LEFT OVERRIDE}gnp.exe"


class Page(HTMLParser):
    """What a browser would make of a page: its tags with their attributes, its headings, its text."""

    def __init__(self, content: bytes) -> None:
        super().__init__()
        self.tags: list[tuple[str, dict[str, str | None]]] = []
        self.words: list[str] = []
        self.feed(content.decode())

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.tags.append((tag, dict(attrs)))

    def handle_data(self, data: str) -> None:
        self.words.append(data)

    @property
    def text(self) -> str:
        return " ".join(" ".join(self.words).split())

    @property
    def levels(self) -> list[int]:
        return [int(tag[1]) for tag, _ in self.tags if re.fullmatch("h[1-6]", tag)]


def page(report: Report, **more: object) -> Page:
    return Page(report_to_html(report, TITLE, **more))  # type: ignore[arg-type]


KINDS = {
    "published": examples.published,
    "held": examples.held,
    "blocked": examples.blocked,
    "unreadable": examples.unreadable,
}


@pytest.fixture(params=KINDS)
def report(request: pytest.FixtureRequest) -> Report:
    return KINDS[request.param]()


@pytest.mark.parametrize(
    ("verdict", "words"),
    [
        (Verdict.PUBLISH, "Published"),
        (Verdict.HELD, "Held: a person must decide"),
        (Verdict.BLOCKED, "Stopped: must be fixed"),
        (Verdict.UNCHANGED, "Nothing changed"),
    ],
)
def test_the_verdict_is_a_word_and_a_shape(verdict: Verdict, words: str) -> None:
    made = page(replace(examples.held(), verdict=verdict))
    assert words in made.text
    assert next(attrs for tag, attrs in made.tags if tag == "svg")["class"] == "mark"


def test_a_mere_check_does_not_claim_to_have_published() -> None:
    made = page(examples.published(), published=False)
    assert "Ready to publish" in made.text
    assert "Published" not in made.text


def test_a_check_offers_the_rows_with_marks_and_a_publish_does_not() -> None:
    assert "--mended" in page(examples.blocked(), published=False).text
    assert "--mended" not in page(examples.blocked(), published=True).text


def test_the_page_says_for_whom_it_is() -> None:
    assert "For everybody:" in page(for_public(examples.published()), public=True).text
    assert "not for publication" in page(examples.blocked()).text


def test_every_section_is_there_in_order(report: Report) -> None:
    ids = [attrs["id"] for _, attrs in page(report).tags if attrs.get("id") in SECTIONS]
    assert tuple(ids) == SECTIONS


def test_the_trend_shows_the_last_releases_and_what_changed() -> None:
    made = page(examples.held(), trend=examples.releases())
    assert "22 May 2026" in made.text
    assert "Compared with the release of 22 October 2026." in made.text
    assert "−350 (−63.6%)" in made.text


def test_no_section_of_a_trend_without_earlier_reports() -> None:
    assert "The last releases" not in page(examples.held()).text


def test_a_finding_says_what_where_how_to_fix_why_and_who() -> None:
    text = page(examples.blocked()).text
    for part in (
        "3 cells in the column “Amount £” are not numbers.",
        "Must be fixed",
        "Sheet “May”, column “Amount £”, rows 5, 9 and 12 (3 of 200)",
        "Write the amount with digits",
        "totals would be wrong",
        "Data officer",
        "9,999.99 aa",
    ):
        assert part in text


def test_changes_are_told_in_plain_words() -> None:
    assert "Dates written as year-month-day Payment date 200 2, 3, 4" in page(examples.published()).text


def test_a_check_says_how_it_was_settled_after_its_note() -> None:
    report = examples.published()
    checks = [replace(check, note="3 rows", settled="Asked of Great Expectations.") for check in report.checks]
    assert page(report).text.count("Great Expectations") == 0
    assert page(replace(report, checks=tuple(checks))).text.count("Asked of Great Expectations.") >= len(checks)


def test_a_file_that_could_not_be_read_claims_no_check() -> None:
    text = page(examples.unreadable()).text
    assert "No check ran." in text
    assert "Every check that was due ran." not in text


def test_privacy_findings_are_linked_from_their_section() -> None:
    links = [attrs["href"] for tag, attrs in page(examples.held()).tags if tag == "a"]
    assert "#finding-1" in links


def test_every_link_stays_on_the_page(report: Report) -> None:
    made = page(report)
    ids = [attrs["id"] for _, attrs in made.tags if "id" in attrs]
    assert len(ids) == len(set(ids))
    links = [attrs["href"] for tag, attrs in made.tags if tag == "a"]
    assert set(links) <= {f"#{name}" for name in ids}


def test_headings_are_in_order(report: Report) -> None:
    levels = page(report).levels
    assert levels[0] == 1
    assert levels.count(1) == 1
    assert all(step - before <= 1 for before, step in pairwise(levels))


def test_tables_have_captions_and_scopes(report: Report) -> None:
    tags = page(report, trend=examples.releases()).tags
    names = [tag for tag, _ in tags]
    assert names.count("table") == names.count("caption")
    assert all("scope" in attrs for tag, attrs in tags if tag == "th")


def test_every_picture_has_words_or_is_left_out_for_listeners() -> None:
    pictures = [attrs for tag, attrs in page(examples.held()).tags if tag == "svg"]
    assert pictures
    assert all(attrs.get("aria-label") or attrs.get("aria-hidden") == "true" for attrs in pictures)


def test_no_script_and_no_outside_address(report: Report) -> None:
    content = report_to_html(report, TITLE, trend=examples.releases()).decode()
    shown = report.source["url"]
    assert re.findall(r"https?://[^\s<\"]+", content.replace(shown, "")) == []
    assert f">{shown}<" in content
    assert "default-src &#39;none&#39;" in content or "default-src 'none'" in content
    made = Page(content.encode())
    forbidden = {"script", "link", "iframe", "object", "embed", "img", "form", "base", "foreignobject", "use", "image"}
    assert not forbidden & {tag for tag, _ in made.tags}
    assert not [name for _, attrs in made.tags for name in attrs if name.startswith("on") or name in ("src", "style")]


def test_no_value_of_an_unsafe_column() -> None:
    content = report_to_html(examples.held(), TITLE, trend=examples.releases()).decode()
    assert examples.CANARY.split()[1] not in content


def hostile(text: str) -> Report:
    """The text everywhere where a file's own words may get to."""
    place = Where("spend", "amount", text, text, (5,), 1, 200)
    found = examples.found(Severity.BLOCK, f"A cell in the column “{text}” is not a number, at the end.", place)
    column = replace(examples.SPEND[4], title=text, description=text, top=((text, 5),))
    dates = replace(examples.SPEND[1], title=text, bars=((text, 1), (text, 2)), minimum=text, maximum=text)
    checks = tuple(replace(check, title=text, note=text) for check in examples.CHECKS)
    changes = tuple(replace(change, field=text) for change in examples.CHANGES)
    return replace(
        examples.blocked(),
        findings=(found,),
        checks=checks,
        changes=changes,
        tables=(examples.table((column, dates)),),
        source={"name": text, "url": text, "sheet": text},
        how_read=text,
        decided=text,
    )


def test_markup_in_headings_shows_as_text() -> None:
    made = Page(report_to_html(hostile(SCRIPT), SCRIPT, trend=examples.releases()))
    assert not {"script", "img"} & {tag for tag, _ in made.tags}
    assert SCRIPT in made.text


def test_marks_that_turn_the_text_around_are_shown_and_do_nothing() -> None:
    content = report_to_html(hostile(TURN), TURN).decode()
    assert TURN[0] not in content
    assert "\N{REPLACEMENT CHARACTER}gnp.exe" in content


def test_controls_and_lone_surrogates_do_no_harm() -> None:
    content = report_to_html(hostile("a\x00b\x1b[31mc\ud800d"), "a\x00b\x1b").decode()
    assert not re.search(r"[\x00-\x08\x0b-\x1f]", content)


def test_a_very_long_heading_is_cut_and_the_sentence_still_ends() -> None:
    content = report_to_html(hostile("x" * 10_000), "x" * 10_000)
    assert len(content) < 100_000
    assert "is not a number, at the end." in Page(content).text


def test_very_many_findings_are_counted_rather_than_shown() -> None:
    many = replace(examples.blocked(), findings=(examples.NOT_NUMBERS,) * 1_000)
    content = report_to_html(many, TITLE)
    assert len(content) < 300_000
    assert "800 more findings" in Page(content).text


def test_25_columns_weigh_little() -> None:
    columns = tuple(replace(examples.SPEND[i % 6], name=f"column_{i}") for i in range(25))
    report = replace(examples.held(), tables=(examples.table(columns, 1_000_000),))
    assert len(report_to_html(report, TITLE, trend=examples.releases())) <= 300_000
