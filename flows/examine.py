"""From the bytes of a file to a report on it: read -> shape -> draft -> judge. Nothing here is published."""

from __future__ import annotations

import datetime as dt
import hashlib
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass, replace
from functools import cache
from pathlib import Path
from typing import Any

from flows.process.version import VERSION
from packages.errors import FileProblem
from packages.headings import known_headings
from packages.model import Draft, Extract, Release, Report, Rows, Table
from packages.parallel.spread import SpreadPlan
from packages.read import read
from packages.release.seal import content_digest
from packages.shaping.shape import shape
from packages.spec import LONDON, DatasetSpec, ResourceSpec, counts_of, headings_of, with_withheld
from quality.difference import table_changes
from quality.disclosure.payees import NOBODY_KNOWN, KnownPayees
from quality.disclosure.taken_away import NOTHING_TAKEN, TakenAway
from quality.drafting.draft import Staging, write_draft
from quality.judge import JudgeInput, judge, refusal_report
from quality.report import for_public, report_from_json
from quality.report.text import verdict_sentence
from quality.suites.expectations import AskSuite
from quality.suites.gx_worker import WORKER
from quality.suites.versions import suites_changed, suites_digest
from quality.tables import collecting, join_drafts, staged_tables, tables_not_apart
from quality.union import draft_union

OnStage = Callable[[str], None]
"""Called with the stage that begins, in a few words for a person."""


LARGE = 64 << 20
"""Bytes of a file from which Great Expectations waits until the file has been read: both take a lot of memory."""


def silent(_stage: str) -> None:
    """Show no stages."""


@dataclass(frozen=True, slots=True)
class ExaminationInput:
    """What a judgement needs besides the file: the time, the last release, and how the suite is run.

    `full_suites` asks Great Expectations for every expectation, also for what the rows have proven. `releases` is the
    folder of all releases, from which a union is made; `taken` is what was taken away for good, `payees` whom the
    borough has confirmed. `parts` is how a large table is passed in parts; None where it is not.
    """

    now: dt.datetime
    previous: Release | None = None
    quick: bool = False
    ask: AskSuite = WORKER.ask
    full_suites: bool = False
    releases: Path = Path()
    taken: TakenAway = NOTHING_TAKEN
    payees: KnownPayees = NOBODY_KNOWN
    parts: SpreadPlan | None = None


@dataclass(frozen=True, slots=True)
class Examination:
    """A report, the digest (sha256, hex) of the content it is about, the draft, and its description.

    The digest is empty and the draft None when the file cannot be read.
    """

    report: Report
    digest: str
    draft: Draft | None
    spec: DatasetSpec

    @property
    def public_report(self) -> Report:
        """The report as everybody may see it: it quotes the headings of the description and no value."""
        return for_public(self.report, described_headings(self.spec))

    @property
    def summary(self) -> str:
        """The verdict in a sentence, for logs and notices."""
        return verdict_sentence(self.public_report)


def described_headings(spec: DatasetSpec) -> Iterator[str]:
    """Yield the headings that the description names: a public report may quote these, and no others."""
    for layout in spec.layouts:
        yield from layout.ignore
        for entry in layout.columns.values():
            yield from headings_of(entry)


def input_fingerprint(received: str, spec: DatasetSpec, day: dt.date) -> str:
    """Return one digest (sha256, hex) over all that an outcome depends on: what came in, the description, our version.

    `received` is the digest of the bytes, or the words in which a source was refused. The day counts only by what is
    over on it: a review that was due, an agreement that ended.
    """
    # of the information asset register's entries, only these have an effect on the file; what a CKAN asks for has none
    register: Any = {name: {"governance", "ckan_fields"} for name in ("package", "publisher")} | {"folder": True}
    governance = spec.governance
    founded = governance.model_dump(include={"personal_data", "lawful_basis", "condition", "dpia", "law"}, mode="json")
    over = (governance.review_is_due(day), governance.agreement_is_over(day))
    description = spec.model_dump_json(exclude=register, by_alias=True) + f"{governance.openness} {founded} {over}"
    return hashlib.sha256("\n".join((received, description, VERSION)).encode()).hexdigest()


OPENING = "opening the file"
READING = "reading and checking every cell"
PROGRESS_EVERY = 5.0
"""Seconds between two lines on the progress of a large file."""


class RowProgress:
    """Shows how many rows of a large file are done at a stage; nothing for one that is done within seconds."""

    def __init__(self, on_stage: OnStage) -> None:
        self._on_stage = on_stage
        self._last_shown = time.monotonic()

    def opened(self, count: int) -> None:
        """Note that `count` rows were read from a file that has to be read whole before its rows can be shaped."""
        self._show(OPENING, count)

    def rows(self, count: int) -> None:
        """Note that `count` rows are done."""
        self._show(READING, count)

    def _show(self, stage: str, count: int) -> None:
        if time.monotonic() - self._last_shown >= PROGRESS_EVERY:
            self._last_shown = time.monotonic()
            self._on_stage(f"{stage}: {count:,} rows" if count else stage)


def make_draft(
    spec: DatasetSpec, extract: Extract, staging: Path | Staging, day: dt.date, on_stage: OnStage = silent
) -> Draft:
    """Read, shape, conform and write, in one pass for each table. FileProblem when there is no table to read.

    Of several tables, those that can be read are judged, and each of the others is a finding that blocks. `staging` is
    a folder, or one with the releases that were public before, which may give hidden numbers away.
    """
    place = staging if isinstance(staging, Staging) else Staging(staging)
    progress = RowProgress(on_stage)
    tables: dict[str, Rows] = {}
    drafts: list[Draft] = []
    problems: dict[str, FileProblem] = {}
    for resource in spec.package.reading_order:
        with collecting(problems, resource, spec):
            known = known_headings(spec, as_read(spec, resource))
            tables[resource.name] = read(extract, spec.reading_of(resource), known, progress.opened)
    problems |= tables_not_apart(tables, spec)
    # a table that others refer to comes before them, so that references are checked against what was written
    for resource in spec.package.reading_order:
        if resource.name not in problems:
            with collecting(problems, resource, spec):
                shaped = shape(tables[resource.name], spec, as_read(spec, resource), day=day, spread=place.spread)
                target = replace(place, references=staged_tables(drafts), on_rows=progress.rows)
                drafts.append(write_draft(shaped, spec, resource, extract, target))
    if not drafts:
        raise next(iter(problems.values()))
    return join_drafts(drafts, spec, problems)


def examine(
    spec: DatasetSpec, extract: Extract, staging: Path, conditions: ExaminationInput, on_stage: OnStage = silent
) -> Examination:
    """Draft and judge a file; one that cannot be read is blocked, with the reason as its finding."""
    on_stage(READING)
    try:
        if spec.is_union:
            draft = draft_union(spec, extract, staging, conditions.releases)
        else:
            place = staging_of(staging, spec, conditions, early=extract.bytes < LARGE)
            place = replace(place, earlier=public_before(spec, conditions.releases))
            draft = draft_spread(spec, extract, place, conditions, on_stage)
    except FileProblem as problem:
        return Examination(refusal_report(problem, spec, extract, now=conditions.now), "", None, spec)
    on_stage("checking quality and privacy")
    return assess(draft, spec, conditions)


def draft_spread(
    spec: DatasetSpec, extract: Extract, place: Staging, conditions: ExaminationInput, on_stage: OnStage = silent
) -> Draft:
    """Make the draft of a file as `make_draft` does, large tables in parts where the conditions say how."""
    if not conditions.parts:
        return make_draft(spec, extract, place, conditions.now.date(), on_stage)
    # a table may be passed twice, and is cut once
    show_parts = cache(lambda count: on_stage(f"{READING}, in {count} parts"))
    with conditions.parts.within(place.folder, show_parts) as spread:
        return make_draft(spec, extract, replace(place, spread=spread), conditions.now.date(), on_stage)


def staging_of(folder: Path, spec: DatasetSpec, conditions: ExaminationInput, *, early: bool = True) -> Staging:
    """Return where a draft is written, and what is proven meanwhile.

    `early` lets Great Expectations get ready beside the reading, as soon as it is known that it will be asked; else it
    takes its memory after that.

    Nothing is proven where Great Expectations judges all of the suites: it is wanted, or they or the versions that run
    them are not those by which the last release was judged.
    """
    if conditions.quick or not spec.quality.suites:
        return Staging(folder, proves=False)
    previous = report_of_release(conditions.previous) if conditions.previous else None
    if conditions.full_suites or suites_changed(previous, suites_digest(spec, VERSION)):
        if early:
            WORKER.prepare()
        return Staging(folder, proves=False)
    return Staging(folder, on_unproven=WORKER.prepare) if early else Staging(folder)


def as_read(spec: DatasetSpec, resource: ResourceSpec) -> ResourceSpec:
    """Return a table as it is read: with columns that serve to decide what is hidden, and are not published."""
    return with_withheld(resource, counts_of(spec.quality.disclosure.counts, resource, spec.package))


def public_before(spec: DatasetSpec, releases: Path) -> tuple[Path, ...]:
    """Return the folders of all releases that are here and hold rows of a publisher: its own, and all of London's."""
    if not spec.quality.disclosure.counts:
        return ()
    dataset = releases / spec.identity.dataset
    return tuple(sorted(path for name in (spec.identity.publisher, LONDON) for path in dataset.glob(f"{name}/*")))


def assess(draft: Draft, spec: DatasetSpec, conditions: ExaminationInput) -> Examination:
    """Judge a draft, and compare it with the previous release when its content is new."""
    digest = content_digest(draft, spec)
    previous = conditions.previous
    given = JudgeInput(
        now=conditions.now,
        digest=digest,
        previous=report_of_release(previous) if previous else None,
        previous_digest=previous.digest if previous else "",
        quick=conditions.quick,
        ask=conditions.ask,
        suites=suites_digest(spec, VERSION),
        taken=conditions.taken,
        payees=conditions.payees,
    )
    report = judge(draft, spec, given)
    if previous and digest != previous.digest:
        report = replace(
            report, compared=table_changes(_safe_before(report, given.previous), draft.folder, previous.folder)
        )
    return Examination(report, digest, draft, spec)


def _safe_before(report: Report, previous: Report | None) -> tuple[Table, ...]:
    """Return the tables of a report, where a column is safe only if it was so in the last release as well.

    What is gone from a column would else be shown: a name that was found there, and left out since.
    """
    unsafe = {
        (table.name, c.name) for table in (previous.tables if previous else ()) for c in table.columns if not c.safe
    }
    return tuple(
        replace(t, columns=tuple(replace(c, safe=c.safe and (t.name, c.name) not in unsafe) for c in t.columns))
        for t in report.tables
    )


def report_of_release(release: Release) -> Report:
    """Return the report that a release was sealed with."""
    return report_from_json((release.folder / "report.json").read_bytes())
