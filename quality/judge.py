"""The judgement on a draft: all findings and checks, and the verdict that follows."""

from __future__ import annotations

import datetime as dt
import logging
import traceback
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from pathlib import Path

from packages.errors import ExitCode, FileProblem
from packages.messages import finding
from packages.model import Check, CheckOutcome, Draft, Extract, Finding, Report, Severity, Verdict, Where
from packages.refusal import unread_finding
from packages.spec import DatasetSpec, headings_of
from quality.completeness import metadata_part
from quality.days import TITLE as DAYS_TITLE
from quality.days import days_part
from quality.declaration import STANDING_RULES, declaration_part
from quality.declaration import TITLE as DECLARATION_TITLE
from quality.disclosure.hidden_names import hide_personal_names, without_personal, without_personal_names
from quality.disclosure.payees import NOBODY_KNOWN, KnownPayees, payee_fields, payees_part
from quality.disclosure.payees import TITLE as PAYEES_TITLE
from quality.disclosure.screen import PERSONAL_DATA_RULES, screen
from quality.disclosure.taken_away import NOTHING_TAKEN, TakenAway, taken_away_part
from quality.disclosure.taken_away import TITLE as TAKEN_AWAY_TITLE
from quality.doubles import TITLE as DOUBLES_TITLE
from quality.doubles import doubles_part, has_key
from quality.drift import drift
from quality.places import places_part
from quality.report.redaction import without_personal_values
from quality.suites.expectations import AskSuite
from quality.suites.gx_worker import WORKER
from quality.suites.suite import due_expectations, run_suites, skipped_suites
from quality.suppression.recheck import TITLE as SMALL_NUMBERS_TITLE
from quality.suppression.recheck import has_small_numbers, small_numbers_part
from quality.tables import checks_by_table
from quality.union import union_part
from quality.verdict import JudgedPart, decide_verdict, is_missed

__all__ = ["PERSONAL_DATA_RULES", "JudgeInput", "judge", "refusal_report", "report_exit_code"]

CRASHED = "It stopped because of a fault in our own software."
UNREAD = "The file could not be read."

TITLES = {
    "conformance": "The table follows its schema",
    "disclosure": "No personal data",
    "payees": PAYEES_TITLE,
    "taken-away": TAKEN_AWAY_TITLE,
    "small-numbers": SMALL_NUMBERS_TITLE,
    "drift": "About as the last release",
    "places": "Every place lies where the publisher is",
    "days": DAYS_TITLE,
    "doubles": DOUBLES_TITLE,
    "metadata": "The description of the dataset is complete",
    "approval": "Approved by a person where the dataset asks for it",
    "declaration": DECLARATION_TITLE,
}
"""Titles for the check of a part that stopped before it could name its own checks."""

LONGEST = "disclosure"
"""The part that takes most of the time of a large table, beside which the others run."""

NEW_KNOWLEDGE = ("personal-", "payee-", "people-")
"""How rules begin that may know today what they did not know when the same content became public."""

WAITING = "Waiting for approval."
"""The note of the check of approval before a person has decided."""

TITLES_SHOWN = 3
"""Titles of checks that a finding on checks that did not run names."""

log = logging.getLogger(__name__)


def ignore_part(_name: str) -> None:
    """Show no parts."""


@dataclass(frozen=True, slots=True)
class JudgeInput:
    """What a judgement needs besides the draft and its description.

    `digest` is that of the draft's content; `previous` and `previous_digest` are the report and the digest of the last
    release. `quick` leaves out the suites, whose checks then did not run; `ask` runs their expectations, and the report
    keeps `suites`, a digest of them. `taken` is what was taken away for good and may not come again, `payees` whom the
    borough has confirmed.
    """

    now: dt.datetime
    digest: str
    previous: Report | None = None
    previous_digest: str = ""
    quick: bool = False
    ask: AskSuite = WORKER.ask
    suites: str = ""
    taken: TakenAway = NOTHING_TAKEN
    payees: KnownPayees = NOBODY_KNOWN


def judge(draft: Draft, spec: DatasetSpec, given: JudgeInput, on_part: Callable[[str], None] = ignore_part) -> Report:
    """Judge a draft against its description and the last release; what people decided about it comes after.

    `on_part` is called with the name of each part before it starts: the conformance findings are known from the start,
    the suites, which take seconds, come last.
    """
    previous = given.previous
    parts: dict[str, Callable[[], JudgedPart]] = {
        "conformance": lambda: JudgedPart(draft.findings, draft.checks),
        "disclosure": lambda: union_part() if spec.is_union else screen(draft, spec),
        **({"payees": lambda: payees_part(draft, spec, given.payees)} if payee_fields(spec) else {}),
        **({"taken-away": lambda: taken_away_part(draft, given.digest, given.taken)} if given.taken.anything else {}),
        # a union changes with its members, each of which was compared with its own last release
        "drift": lambda: JudgedPart() if spec.is_union else drift(previous, draft.tables, spec.quality.drift),
        **({"small-numbers": lambda: small_numbers_part(draft, spec)} if has_small_numbers(spec) else {}),
        "places": lambda: places_part(draft, spec),
        "days": lambda: JudgedPart() if spec.is_union else days_part(draft, spec, given.now, previous),
        "doubles": lambda: JudgedPart() if spec.is_union else doubles_part(draft, spec),
        "metadata": lambda: metadata_part(spec),
        "approval": lambda: approval_part(spec, first=previous is None),
        "suites": lambda: skipped_suites(spec) if given.quick else run_suites(draft, spec, given.ask),
    }
    with ThreadPoolExecutor(1) as apart:
        done: dict[str, JudgedPart] = {}
        for name, part in parts.items():
            on_part(name)
            if name == LONGEST:
                # most of its time is spent in Arrow, which does not hold Python's lock
                longest = apart.submit(_run_part, name, part, spec)
            else:
                done[name] = _run_part(name, part, spec)
        done[LONGEST] = longest.result()
    found = JudgedPart.joined(done[name] for name in parts)
    # what was declared is compared with what all other parts found
    declared = _run_part("declaration", lambda: declaration_part(spec, found.findings, given.now.date()), spec)
    judged = JudgedPart.joined((found, declared))
    whole = with_missed(hide_personal_names(judged, described_names(spec)))
    return Report(
        identity=draft.identity,
        verdict=undecided_verdict(whole, is_public=bool(given.digest) and given.digest == given.previous_digest),
        created=given.now,
        findings=whole.findings,
        checks=checks_by_table(whole.checks, spec),
        changes=draft.changes,
        tables=without_personal_values(draft.tables, whole.findings),
        source=_source(draft.extract),
        previous=given.previous_digest,
        how_read=without_personal_names(draft.how_read),
        suites="" if given.quick else given.suites,
    )


def refusal_report(problem: FileProblem, spec: DatasetSpec, extract: Extract | None, *, now: dt.datetime) -> Report:
    """Return the report on a file that could not be read at all: blocked for that problem, and no check ran.

    `extract` is None when nothing that the source sent was kept.
    """
    part = hide_personal_names(JudgedPart((unread_finding(problem, Where()),)), described_names(spec))
    due = {name: title for name, title in TITLES.items() if name != "places" or spec.quality.places}
    if not payee_fields(spec):
        due.pop("payees")
    # due only where something was taken away
    due.pop("taken-away")
    if not spec.quality.past_fields(spec.package.period_field):
        due.pop("days")
    if not has_small_numbers(spec):
        due.pop("small-numbers")
    if all(map(has_key, spec.package.resources)):
        due.pop("doubles")
    checks = [Check(name, title, CheckOutcome.NOT_RUN, UNREAD) for name, title in due.items()]
    return Report(
        identity=spec.identity,
        verdict=Verdict.BLOCKED,
        created=now,
        findings=part.findings,
        checks=(*checks, *(d.not_run(UNREAD) for d in due_expectations(spec))),
        changes=(),
        tables=(),
        source=_source(extract) if extract else {},
    )


def report_exit_code(report: Report) -> ExitCode:
    """Return the exit code of a run that ends with this report."""
    if report.verdict is Verdict.PUBLISH:
        return ExitCode.DONE
    if report.verdict is Verdict.UNCHANGED:
        return ExitCode.UNCHANGED
    if any(f.rule in PERSONAL_DATA_RULES for f in report.with_severity(Severity.BLOCK, Severity.HOLD)):
        return ExitCode.PERSONAL_DATA
    return ExitCode.FIX_FILE if report.verdict is Verdict.BLOCKED else ExitCode.WAITING


def undecided_verdict(whole: JudgedPart, *, is_public: bool) -> Verdict:
    """Return what happens to a file before people have decided; `is_public` when the same content is public already."""
    # what is public needs no second decision, unless something is known now that was not known then
    unchanged = is_public and not any(map(is_standing, whole.findings))
    return decide_verdict(whole.findings, whole.checks, unchanged=unchanged)


def is_standing(found: Finding) -> bool:
    """Return whether a finding holds a dataset also when the same content is public already."""
    is_new_knowledge = found.rule in STANDING_RULES or found.rule.startswith(NEW_KNOWLEDGE)
    return is_new_knowledge and found.severity is Severity.HOLD


def approval_part(spec: DatasetSpec, *, first: bool) -> JudgedPart:
    """Ask for a person's approval where the rules of the dataset want it; whether there is one is found out later."""
    rule = spec.quality.approval
    if rule == "always" or (rule == "first" and first):
        waiting = Check("approval", TITLES["approval"], CheckOutcome.FAILED, WAITING)
        return JudgedPart((finding("approval-first") if rule == "first" else finding("approval-always"),), (waiting,))
    return JudgedPart(checks=(Check("approval", TITLES["approval"], CheckOutcome.PASSED),))


def _run_part(name: str, part: Callable[[], JudgedPart], spec: DatasetSpec) -> JudgedPart:
    try:
        return part()
    except Exception as error:  # noqa: BLE001 - whatever stopped a check, it must not read as passed
        # its message and its traceback may quote cells, so only its type and place are logged
        last = traceback.extract_tb(error.__traceback__)[-1]
        log.error("%s stopped with %s at %s:%s", name, type(error).__name__, Path(last.filename).name, last.lineno)
        if name == "suites":
            return JudgedPart(checks=tuple(d.not_run(CRASHED) for d in due_expectations(spec)))
        return JudgedPart(checks=(Check(name, TITLES[name], CheckOutcome.NOT_RUN, CRASHED),))


def with_missed(whole: JudgedPart) -> JudgedPart:
    """Add a finding for each reason why checks did not run; a blocked file has to be sent again anyway."""
    if any(f.severity is Severity.BLOCK for f in whole.findings):
        return whole
    reasons: dict[str, list[str]] = {}
    missed = []
    for check in filter(is_missed, whole.checks):
        if check.name == "disclosure":
            missed.append(finding("privacy-not-checked", reason=check.note.rstrip(".")))
        else:
            reasons.setdefault(check.note, []).append(check.title)
    for note, titles in reasons.items():
        more = len(titles) - TITLES_SHOWN
        checks = "; ".join(titles[:TITLES_SHOWN]) + (f"; and {more} more" if more > 0 else "")
        where = Where(count=len(titles), unit="check")
        missed.append(finding("check-not-run", where, checks=checks, reason=note.rstrip(".")))
    return JudgedPart((*whole.findings, *missed), whole.checks)


def described_names(spec: DatasetSpec) -> Iterator[str]:
    """Yield the names that the description of a dataset gives to columns: its fields, and the headings of layouts."""
    for resource in spec.package.resources:
        yield from (name for field in resource.table_schema.fields for name in (field.name, field.title))
    for layout in spec.layouts:
        yield from layout.ignore
        for entry in layout.columns.values():
            yield from headings_of(entry)


def _source(extract: Extract) -> dict[str, str]:
    return {
        "name": without_personal(extract.name),
        "url": extract.url,
        "sha256": extract.sha256,
        "bytes": str(extract.bytes),
        "media_type": extract.media_type,
        "retrieved": extract.retrieved.isoformat(),
        "etag": extract.etag,
        "last_modified": extract.last_modified,
    }
