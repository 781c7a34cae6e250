"""The ruling on a judged file: exceptions, the envelope and decisions, laid over what the judgement found."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace

import sqlalchemy as sa

from flows.decisions.asking import Case, clauses_left, request_of
from flows.decisions.book import Book, read_book
from flows.decisions.facts import Exemption, Request
from flows.decisions.policy import ROLE_NAMES
from flows.decisions.standing import UNPROVEN, Standing, State
from flows.examine import Examination
from flows.services import Services
from flows.state.anchors import chain_of_lost, lost_anchors, read_anchors
from flows.state.records import chain_broken, verified_chain
from packages.messages import finding
from packages.model import ROWS_SHOWN, CheckOutcome, Finding, Report, Severity, Verdict
from quality.declaration import contradicts_declaration
from quality.judge import undecided_verdict, with_missed
from quality.report.wording import day_text, listed_text
from quality.verdict import JudgedPart, decide_verdict


@dataclass(frozen=True, slots=True)
class Ruling:
    """A judged file with what was decided about it.

    `case` has the report as it came out. `request` is what had to be decided, None when nothing had; `standings` are
    those of its findings, in their order.
    """

    case: Case
    request: Request | None = None
    standings: tuple[Standing, ...] = ()

    @property
    def examination(self) -> Examination:
        return self.case.examination


def rule_on(case: Case, services: Services, day: dt.date, connection: sa.Connection | None = None) -> Ruling:
    """Return the ruling on a file as it stands on a day; within a transaction when its connection is given.

    SetupProblem when something needs a decision and the chain of the audit is broken, or nobody can tell who decides.
    """
    report = case.examination.report
    identity = report.identity
    needs_decision = bool(report.with_severity(Severity.HOLD)) or report.verdict is Verdict.HELD
    if not needs_decision and not services.ledger.has_records(identity):
        return Ruling(case)
    chain = verified_chain(connection, remember=False).chain if connection else services.ledger.chain
    if chain.broken_at:
        raise chain_broken(chain)
    with services.ledger.database.reading() as reading:
        folder = services.store.manifests(identity)
        book = read_book(identity, services, connection)
        if lost := lost_anchors(read_anchors([folder]), connection or reading, book.key):
            raise chain_broken(chain_of_lost(lost[0]))
    case = _with_report(case, _exempted(case, book, day))
    verdict, envelope = case.examination.report.verdict, book.envelope()
    if verdict is Verdict.BLOCKED:
        return Ruling(case)
    clauses = tuple(clauses_left(case, envelope[0], day)) if envelope else ()
    if verdict is Verdict.UNCHANGED:
        # what is public stays so when an envelope ends; a file of another kind is told although nothing of it is new
        clauses = tuple(clause for clause in clauses if not clause.startswith("end "))
        if not clauses:
            return Ruling(case)
    if envelope and not clauses:
        return Ruling(_with_report(case, _let_pass(case.examination, [envelope[1]], _STANDING)))
    if clauses:
        left = finding("envelope-left", clauses="; ".join(clauses))
        report = case.examination.report
        report = replace(report, verdict=Verdict.HELD, findings=(*report.findings, left))
        case = _with_report(case, report)
    if case.examination.report.verdict is Verdict.PUBLISH:
        return Ruling(case)
    return _decided(case, request_of(case, clauses), book, day)


def _decided(case: Case, request: Request, book: Book, day: dt.date) -> Ruling:
    # a request that was never noted has no decisions
    standings = book.standings(book.subjects.get(request.digest, request), day)
    report = case.examination.report
    if report.previous and report.previous == request.content:
        # it is public with these findings, which were decided on in an earlier request
        known = dict(book.accepted(request.content, day))
        pairs = zip(request.findings, standings, strict=True)
        standings = tuple(s if s.state is not State.WAITING else known.get(fact, s) for fact, s in pairs)
    if all(standing.state is State.APPROVED for standing in standings):
        case = _with_report(case, _let_pass(case.examination, standings, _APPROVED))
    return Ruling(case, request, standings)


def _with_report(case: Case, report: Report) -> Case:
    return replace(case, examination=replace(case.examination, report=report))


def _exempted(case: Case, book: Book, day: dt.date) -> Report:
    """Return the report without the blocks that are excepted."""
    report = case.examination.report
    if not report.with_severity(Severity.BLOCK):
        return report
    granted = list(book.exemptions(day))
    share = book.policy.exceptions.share
    excepted = [f for f in report.findings if is_exempt(f, [exemption for exemption, _ in granted], share)]
    if not excepted:
        return report
    places = {(f.rule, f.where.resource, f.where.field) for f in excepted}
    used = [standing for e, standing in granted if (e.rule, e.resource, e.field) in places]
    # it was false, so it is not told to the public; and it contradicts no declaration
    left = [f for f in report.findings if f not in excepted]
    if not contradicts_declaration(case.spec, left):
        left = [f for f in left if f.rule != "declaration-contradicted"]
    # while there were blocks, checks that did not run were not told
    whole = with_missed(JudgedPart(tuple(left), report.checks))
    is_public = bool(report.previous) and report.previous == case.examination.digest
    verdict = undecided_verdict(whole, is_public=is_public)
    return replace(report, findings=whole.findings, verdict=verdict, decided=decided_text(used, "Excepted by"))


def is_exempt(found: Finding, granted: Iterable[Exemption], share: float) -> bool:
    """Return whether exceptions cover all of a finding: its rule, field and every shape, in few enough rows. Pure."""
    if found.severity is not Severity.BLOCK or not found.where.field:
        return False
    # of as many shapes as are kept at most, nobody knows whether there are more
    if not 0 < len(found.shapes) < ROWS_SHOWN or found.where.count > share * found.where.of:
        return False
    place = (found.rule, found.where.resource, found.where.field)
    most = {e.shape: e.most for e in granted if (e.rule, e.resource, e.field) == place}
    return {*found.shapes} <= most.keys() and found.where.count <= sum(most[shape] for shape in found.shapes)


_APPROVED = "Approved by"
_STANDING = "Inside a standing approval by"


def _let_pass(examination: Examination, standings: Sequence[Standing], words: str) -> Report:
    """Return the report that lets its held findings pass, and says by which roles, when and until when."""
    report = examination.report
    decided = decided_text(standings, words)
    checks = tuple(
        replace(check, outcome=CheckOutcome.PASSED, note=decided)
        if check.name == "approval" and check.outcome is CheckOutcome.FAILED
        else check
        for check in report.checks
    )
    is_public = bool(report.previous) and report.previous == examination.digest
    verdict = decide_verdict(report.findings, report.checks, unchanged=is_public, approved=True)
    # a file that nothing was found in needs no word of approval
    is_needed = bool(report.with_severity(Severity.HOLD)) or words == _APPROVED
    sentences = (report.decided, decided if is_needed else "")
    return replace(report, verdict=verdict, checks=checks, decided=" ".join(filter(None, sentences)))


def decided_text(standings: Sequence[Standing], words: str = _APPROVED) -> str:
    """Return in which roles, when and until when something was approved, as sentences; never who. Pure."""
    kinds = dict.fromkeys((s.roles, s.on, s.until) for s in standings if s.on and s.until)
    return " ".join(
        f"{words} {roles_text(roles)} on {day_text(on)}, until {day_text(until)}." for roles, on, until in kinds
    )


def roles_text(roles: Sequence[str]) -> str:
    """Return roles as in a sentence: `the asset owner and the Data Protection Officer`."""
    names = {**ROLE_NAMES, UNPROVEN: "an account that proves nobody"}
    return listed_text([names[role] for role in roles])


def assume_account(ruling: Ruling, services: Services) -> Ruling:
    """Return the ruling as it would be if an unproven account approved what it may: for a run that keeps nothing."""
    book = read_book(ruling.examination.report.identity, services)
    mine = book.for_an_account(ruling.request) if ruling.request else []
    if any(s.state is not State.APPROVED and s.number not in mine for s in ruling.standings):
        return ruling
    report = replace(ruling.examination.report, verdict=Verdict.PUBLISH)
    return replace(ruling, case=_with_report(ruling.case, report))


def standing_note(ruling: Ruling) -> str:
    """Return how decisions stand on a file that stays held, in a sentence without a name; empty when nobody decided."""
    for state, word in ((State.REFUSED, "Refused"), (State.RETURNED, "Sent back")):
        against = [s for s in ruling.standings if s.state is state]
        if against:
            text = decided_text(against, f"{word} by")
            return f"{text} `londata ask {ruling.examination.report.identity}` says why."
    return ""
