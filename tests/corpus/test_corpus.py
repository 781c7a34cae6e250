"""Hundreds of small bad files, made here, against the verdict and the finding that each must get."""

from __future__ import annotations

import datetime as dt
import os
import re
from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass
from functools import cache
from itertools import chain
from pathlib import Path
from string import Template

import pytest

from packages.errors import FileProblem
from packages.fetch import extract_file
from packages.headings import known_headings
from packages.messages import messages
from packages.model import Identity, Report, Verdict
from packages.read import read
from packages.shaping.shape import shape
from packages.spec import DatasetSpec, PublisherFile, load_spec
from quality.drafting.draft import Staging, write_draft
from quality.judge import JudgeInput, judge, refusal_report
from tests.corpus.case import Case
from tests.corpus.maps import documents, geojson, layers, xml
from tests.corpus.texts import cells, columns, dialects, encodings, kinds, structure
from tests.corpus.workbooks import binary, free, modern, old

NOW = dt.datetime(2026, 11, 20, 4, 0, tzinfo=dt.UTC)
MOST_SECONDS = 10
MOST_MEMORY = 1 << 30
LAYOUTS = {
    "spend-over-500": {},
    "public-toilets": {
        "GeoX": "longitude",
        "GeoY": "latitude",
        "ExtractDate": ["ExtractDate", "ExtractDat"],
        "OrganisationLabel": ["OrganisationLabel", "Organisati"],
        "ServiceTypeLabel": ["ServiceTypeLabel", "ServiceTyp"],
        "LocationText": ["LocationText", "LocationTe"],
    },
}
MAKERS = (
    dialects, encodings, structure, cells, columns, kinds, modern, old, free, binary, documents, geojson, xml, layers,
)  # fmt: skip


@cache
def corpus() -> tuple[Case, ...]:
    return tuple(chain.from_iterable(make() for make in MAKERS))


@cache
def spec_of(dataset: str) -> DatasetSpec:
    """The dataset with a publisher that uses its own names."""
    described = load_spec(Identity(dataset, "camden"))
    publisher = {
        "publisher": "camden",
        "contact": {"team": "Open data team"},
        "source": {"kind": "folder", "path": "in"},
        "layouts": [{"name": "maps", "columns": LAYOUTS[dataset], "ignore": ["geometry", "gml_id"]}],
    }
    return described.model_copy(update={"publisher": PublisherFile.model_validate(publisher)})


@dataclass(frozen=True)
class Result:
    """What became of one file."""

    case: Case
    verdict: Verdict | None
    rules: tuple[str, ...]
    seconds: float

    @property
    def exact(self) -> bool:
        rule = self.case.rule
        return self.verdict is self.case.verdict and (not rule or rule in self.rules)


def examined(case: Case, folder: Path) -> Report:
    spec = spec_of(case.dataset)
    path = folder / case.name.replace("/", "-")
    path.write_bytes(case.content)
    extract = extract_file(path, store=None, now=NOW)
    try:
        rows = shape(
            read(extract, spec.reading, known_headings(spec, spec.resource)), spec, spec.resource, day=NOW.date()
        )
        staged = write_draft(rows, spec, spec.resource, extract, Staging(folder))
    except FileProblem as problem:
        return refusal_report(problem, spec, extract, now=NOW)
    return judge(staged, spec, JudgeInput(NOW, "x", quick=True))


def _processor_seconds() -> float:
    # the machine may be busy with other things, so not the clock on the wall is asked
    return sum(os.times()[:4])


def result(case: Case, folder: Path) -> Result:
    folder.mkdir()
    before = _processor_seconds()
    try:
        report = examined(case, folder)
    except Exception as error:  # noqa: BLE001 - a crash is what this looks for
        return Result(case, None, (f"crash: {type(error).__name__} {error}",), 0)
    rules = tuple(dict.fromkeys(_rules(report)))
    return Result(case, report.verdict, rules, _processor_seconds() - before)


def _rules(report: Report) -> Iterator[str]:
    for found in report.findings:
        yield _rule_of(found.what) if found.rule == "file-not-readable" else found.rule


@cache
def _forms() -> list[tuple[re.Pattern[str], str]]:
    """How each message may read, the longest first."""
    forms = {(form.strip(), m.rule) for m in messages().values() for form in (m.one, m.many, m.every)}
    ordered = sorted(forms, key=lambda pair: -len(pair[0]))
    return [(re.compile(re.sub(r"\\\$[A-Za-z_]+", ".*", re.escape(form)), re.DOTALL), rule) for form, rule in ordered]


def _rule_of(what: str) -> str:
    return next((rule for form, rule in _forms() if form.fullmatch(what)), "")


def test_every_message_of_a_refusal_is_found_again() -> None:
    for message in messages().values():
        words = Template(message.one).get_identifiers()
        assert _rule_of(Template(message.one).substitute(dict.fromkeys(words, "x")).strip())


def test_the_corpus_is_large_and_every_file_has_a_name_of_its_own() -> None:
    titles = Counter(case.title for case in corpus())
    assert titles.most_common(1)[0][1] == 1
    assert len(titles) >= 300


@pytest.mark.slow
@pytest.mark.parametrize("case", corpus(), ids=[case.title for case in corpus()])
def test_every_file_gets_its_verdict(case: Case, tmp_path: Path) -> None:
    found = result(case, tmp_path / "case")
    assert found.verdict is not None, f"the file made us crash: {found.rules}"
    assert found.exact, f"meant {case.verdict} {case.rule}, was {found.verdict} {found.rules}"
    assert found.seconds < MOST_SECONDS
    assert _most_memory() < MOST_MEMORY


def _most_memory() -> int:
    """Bytes at the height, of this process and of its children."""
    import resource

    return max(resource.getrusage(who).ru_maxrss for who in (resource.RUSAGE_SELF, resource.RUSAGE_CHILDREN)) << 10
