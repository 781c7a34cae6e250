"""The body of the commands by which people decide: ask, queue, decide, envelope, except."""

from __future__ import annotations

import datetime as dt
from collections.abc import Sequence
from dataclasses import dataclass
from decimal import Decimal
from pathlib import Path
from typing import TYPE_CHECKING, Any

from flows.cli.results import now
from flows.cli.terminal import progress, show_aside, show_json, show_table, show_text
from flows.services import Services
from flows.settings import account_name, load_settings
from packages.errors import ExitCode, SetupProblem
from packages.model import Identity

if TYPE_CHECKING:
    from flows.decisions.book import Book
    from flows.decisions.deciding import Proven, Wish
    from flows.decisions.facts import Subject
    from flows.decisions.queue import OpenSubject


@dataclass(frozen=True, slots=True)
class AskOptions:
    """The options of `londata ask`; `out` is where the texts to sign are written."""

    wanted: str
    out: Path | None = None


@dataclass(frozen=True, slots=True)
class DecideOptions:
    """The options of `londata decide`."""

    wanted: str
    choice: str = ""
    findings: tuple[int, ...] = ()
    reason: str = ""
    alternative: str = ""
    until: str = ""
    signature: Path | None = None
    person: str = ""
    ckan: bool = False
    text: Path | None = None


@dataclass(frozen=True, slots=True)
class EnvelopeOptions:
    """The options of `londata envelope`."""

    identity: str
    file: Path | None = None
    spread: float = 0.5
    until: str = ""
    out: Path | None = None


@dataclass(frozen=True, slots=True)
class ExceptOptions:
    """The options of `londata except`."""

    identity: str
    rule: str
    field: str
    shape: str
    reason: str
    until: str = ""
    out: Path | None = None


# --- asking -----------------------------------------------------------------------------------------------------------


def run_ask(options: AskOptions, as_json: bool) -> int:
    """Show what waits for a decision on a dataset, who decides, and the texts to sign."""
    from flows.decisions.book import people_file
    from flows.decisions.people import readable_by_others
    from flows.decisions.queue import open_subjects
    from packages.spec import load_spec

    services, at = Services(load_settings()), now()
    identity = Identity.parse(options.wanted)
    show_aside(readable_by_others(people_file(services.settings)))
    found = open_subjects(identity, services, at)
    if not found and not services.ledger.last_attempt(identity):
        load_spec(identity, services.settings.datasets)  # a name that is not known is the likelier mistake
    _show_opened(found, services, at, options.out, as_json)
    if not found and not as_json:
        show_text(f"Nothing waits for a decision on {identity}.")
    return ExitCode.WAITING if found else ExitCode.UNCHANGED


def _show_opened(
    found: Sequence[OpenSubject], services: Services, at: dt.datetime, out: Path | None, as_json: bool
) -> None:
    texts = [_texts_to_sign(opened, services, at) for opened in found]
    paths = [_written(out, opened.subject, each) for opened, each in zip(found, texts, strict=True)]
    if as_json:
        show_json(
            [
                _opened_value(opened) | {"texts": {str(number): text for number, text in each.items()}}
                for opened, each in zip(found, texts, strict=True)
            ]
        )
        return
    for opened, each, written in zip(found, texts, paths, strict=True):
        _show_subject(opened, services)
        _show_how_to_decide(opened, each, written)


def _texts_to_sign(opened: OpenSubject, services: Services, at: dt.datetime) -> dict[int, str]:
    """Return the text that approves each finding that waits, by its number."""
    from flows.decisions.book import read_book
    from flows.decisions.deciding import Wish, draft_decision, identity_of
    from flows.decisions.proofs import decision_text

    book = read_book(identity_of(opened.subject), services)
    drafts = {n: draft_decision(opened.subject, Wish("approve", (n,)), book, "", at.date()) for n in opened.waiting}
    return {number: decision_text(draft, opened.subject) for number, draft in drafts.items()}


def _written(out: Path | None, subject: Subject, texts: dict[int, str]) -> dict[int, Path]:
    if out is None:
        return {}
    paths = {number: out / f"{subject.digest[:12]}-finding-{number}-approve.txt" for number in texts}
    for number, path in paths.items():
        _write_text(path, texts[number])
    return paths


def _write_text(path: Path, text: str) -> None:
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(text.encode())
    except OSError as error:
        raise SetupProblem(
            f"The text cannot be written to {path} ({error.strerror or 'no reason given'}).",
            fix="Name a folder that you may write to.",
        ) from error


def _show_subject(opened: OpenSubject, services: Services) -> None:
    from flows.decisions.facts import found_facts, subject_kind
    from flows.decisions.ruling import decided_text

    subject = opened.subject
    show_text(f"{subject.dataset}/{subject.publisher}: {subject_kind(subject)} {subject.digest[:12]}")
    for line in _facts_lines(subject):
        show_text(f"  {line}")
    sentences = _sentences(opened, services)
    for fact, standing, seats in zip(found_facts(subject), opened.standings, opened.seats, strict=True):
        show_text(f"  {standing.number}. {sentences.get(standing.number) or fact.text}")
        if standing.state == "waiting":
            show_text(f"     Waits for {seats}.")
        else:
            words = {"approved": "Approved by", "refused": "Refused by", "returned": "Sent back by"}[standing.state]
            show_text(f"     {decided_text([standing], words)}")
            for word, said in (("Why", standing.reason), ("Instead", standing.alternative)):
                if said:
                    show_text(f"     {word}: {said}")


def _facts_lines(subject: Subject) -> list[str]:
    """Return the facts of a subject that its findings do not say, a line each."""
    from flows.decisions.facts import Envelope, Exemption, Request
    from flows.privacy.freezes import OUTCOME
    from quality.report.wording import count_text

    if isinstance(subject, Request):
        rows = ", ".join(f"{count_text(count, 'row')} in {table}" for table, count in subject.rows.items())
        lines = [f"Class: {subject.concerns}. From: {subject.host}. {rows}".rstrip()]
        lines += [f"How it ended: {subject.answers[OUTCOME]}"] if OUTCOME in subject.answers else []
        answers = {name: said for name, said in subject.answers.items() if said.partition(":")[0] != "no"}
        lines += [
            f"Answered to `{name}`: {said}" for name, said in answers.items() if name not in ("answered", OUTCOME)
        ]
        lines += [f"Screening questions answered: {answers['answered']}"] if "answered" in answers else []
        return lines + ([f"Outside the envelope by: {'; '.join(subject.clauses)}"] if subject.clauses else [])
    if isinstance(subject, Exemption):
        return [f"Up to {subject.most} rows, until {subject.until}: {subject.reason}"]
    if isinstance(subject, Envelope):
        rows = ", ".join(f"{band.least} to {band.most} rows in {table}" for table, band in subject.rows.items())
        kinds = "; ".join(" ".join(filter(None, kind)) for kind in subject.findings) or "none"
        return [
            f"Class: {subject.concerns}. From: {subject.host}. {rows}, until {subject.until}.",
            *(f"Columns of {table}: {', '.join(names)}" for table, names in subject.columns.items()),
            f"Kinds of findings that pass: {kinds}",
        ]
    return []


def _sentences(opened: OpenSubject, services: Services) -> dict[int, str]:
    """Return what the report says of each finding, where it is the one on the file that was judged last."""
    from flows.decisions.asking import found_fact
    from flows.decisions.deciding import identity_of
    from flows.decisions.facts import Request
    from flows.report_files import last_report
    from packages.model import Severity

    report = last_report(identity_of(opened.subject), services) if isinstance(opened.subject, Request) else None
    said = {found_fact(f): f.what for f in report.with_severity(Severity.HOLD)} if report else {}
    facts = opened.subject.findings if isinstance(opened.subject, Request) else ()
    return {number: said.get(fact, "") for number, fact in enumerate(facts, start=1)}


def _show_how_to_decide(opened: OpenSubject, texts: dict[int, str], written: dict[int, Path]) -> None:
    from flows.decisions.proofs import NAMESPACE

    subject = opened.subject
    for number, text in texts.items():
        path = written.get(number, Path(f"{subject.digest[:12]}-finding-{number}-approve.txt"))
        show_text(f"\n  To approve finding {number} with your SSH key:")
        if number not in written:
            show_text(
                f"    londata ask {subject.dataset}/{subject.publisher} --out {path.parent}    # writes this text:"
            )
            show_text("".join(f"      {line}\n" for line in text.splitlines()).rstrip())
        show_text(f"    ssh-keygen -Y sign -n {NAMESPACE} -f ~/.ssh/id_ed25519 {path}")
        show_text(f"    londata decide {subject.digest[:12]} --signature {path}.sig")
    show_text("")


def _opened_value(opened: OpenSubject) -> dict[str, Any]:
    from flows.decisions.facts import found_facts, subject_kind

    subject = opened.subject
    findings = [
        fact.body
        | {
            "number": standing.number,
            "state": str(standing.state),
            "roles": list(standing.roles),
            "on": standing.on,
            "until": standing.until,
            "reason": standing.reason,
            "alternative": standing.alternative,
            "decided_by": seats,
        }
        for fact, standing, seats in zip(found_facts(subject), opened.standings, opened.seats, strict=True)
    ]
    return {
        "kind": subject_kind(subject),
        "digest": subject.digest,
        "dataset": f"{subject.dataset}/{subject.publisher}",
        "facts": subject.body,
        "findings": findings,
    }


def run_queue(as_json: bool) -> int:
    """Show everything that waits for a decision, of all datasets."""
    from flows.cli.takedown_commands import incident_value
    from flows.decisions.facts import found_facts, subject_kind
    from flows.decisions.queue import open_subjects
    from flows.privacy.freezes import incidents_of
    from flows.takedown.alarms import incident_lines

    services, at = Services(load_settings()), now()
    identities = sorted({record.identity for record in services.ledger.records()} | {*services.ledger.identities()})
    found = [opened for identity in identities for opened in open_subjects(identity, services, at)]
    incidents = [one for one in incidents_of(services) if not one.closed]
    for line in () if as_json else incident_lines(services, at):
        show_text(line)
    if as_json:
        show_json([*map(_opened_value, found), *(incident_value(one, at) for one in incidents)])
    elif found:
        rows = [
            (
                f"{o.subject.dataset}/{o.subject.publisher}",
                subject_kind(o.subject),
                o.subject.digest[:12],
                f"{standing.number}. {fact.text}",
                str(standing.state),
                seats,
            )
            for o in found
            for fact, standing, seats in zip(found_facts(o.subject), o.standings, o.seats, strict=True)
        ]
        show_table(("dataset", "what", "digest", "finding", "state", "who decides"), rows)
        show_text("`londata ask DATASET/PUBLISHER` shows one of them whole, and how to decide.")
    else:
        show_text("Nothing waits for a decision.")
    return ExitCode.DONE if found or incidents else ExitCode.UNCHANGED


# --- deciding ---------------------------------------------------------------------------------------------------------


def run_decide(options: DecideOptions, as_json: bool) -> int:
    """Note a decision by whoever proves who they are, or write the text to be signed."""
    from flows.decisions.book import read_book
    from flows.decisions.deciding import decide_subject, draft_decision, identity_of, signed_decision
    from flows.decisions.queue import as_open, find_subject

    services, at = Services(load_settings()), now()
    subject, book = find_subject(options.wanted, services, at)
    if options.text is not None:
        return _write_decision_text(options, subject, book, as_json)
    if options.signature is not None:
        text, signature = (_read_text(path) for path in (options.signature.with_suffix(""), options.signature))
        decision, proven = signed_decision(text, signature, subject, book.people)
    else:
        proven = _proven(options, services, book)
        decision = draft_decision(subject, _wish(options), book, proven.by, at.date())
    decide_subject(subject, decision, proven, services, at)
    opened = as_open(subject, read_book(identity_of(subject), services), at.date())
    if as_json:
        show_json(_opened_value(opened))
    else:
        _show_subject(opened, services)
        show_text(_next_step(opened))
    return ExitCode.WAITING if opened.waiting else ExitCode.DONE


def _wish(options: DecideOptions) -> Wish:
    from typing import get_args

    from flows.decisions.deciding import Wish
    from flows.decisions.facts import Choice

    if options.choice not in get_args(Choice):
        raise SetupProblem(
            f"“{options.choice}” is no decision." if options.choice else "It is not said what is decided.",
            fix="Say approve, return or refuse after the dataset, or hand over a signature with --signature.",
        )
    choice: Any = options.choice
    until = _day(options.until) if options.until else None
    return Wish(choice, options.findings, options.reason, options.alternative, until)


def _proven(options: DecideOptions, services: Services, book: Book) -> Proven:
    """Return who decides without a signature: the user of the CKAN whose token it is, or the account that runs us."""
    from flows.decisions.deciding import Proven

    if not options.ckan:
        return Proven(account_name(), "account")
    settings = services.settings
    token = settings.decider_token.get_secret_value()
    if not token or not settings.ckan_url:
        raise SetupProblem(
            "To decide with your token of the CKAN, its address and your own token are needed.",
            fix="Set LONDATA_CKAN_URL, and LONDATA_DECIDER_TOKEN for this command only.",
        )
    if not settings.ckan_url.startswith("https://") and not settings.allow_local:
        raise SetupProblem("Your token would be sent unencrypted.", fix="Set LONDATA_CKAN_URL to an https address.")
    from catalogue.backends.ckan.account import user_of_token

    user = user_of_token(settings.ckan_url, token)
    person = book.people.with_ckan(user)
    if person is None:
        raise SetupProblem(
            "The user of the CKAN whose token it is stands in no entry of people.yaml.",
            fix="Whoever keeps people.yaml adds the name under `ckan` of your entry.",
        )
    return Proven(person.id, "ckan")


def _write_decision_text(options: DecideOptions, subject: Subject, book: Book, as_json: bool) -> int:
    from flows.decisions.deciding import draft_decision
    from flows.decisions.proofs import NAMESPACE, decision_text

    path = options.text or Path()
    if options.person and book.people.find(options.person) is None:
        raise SetupProblem(f"“{options.person}” is nobody in people.yaml.", fix="Name the `id` of an entry.")
    text = decision_text(draft_decision(subject, _wish(options), book, options.person, now().date()), subject)
    _write_text(path, text)
    commands = [
        f"ssh-keygen -Y sign -n {NAMESPACE} -f ~/.ssh/id_ed25519 {path}",
        f"londata decide {subject.digest[:12]} --signature {path}.sig",
    ]
    if as_json:
        show_json({"text": text, "path": str(path), "commands": commands})
    else:
        show_text(text + "\nTo sign it with your SSH key and hand it in:")
        show_text("\n".join(f"  {command}" for command in commands))
    return ExitCode.WAITING


def _read_text(path: Path) -> str:
    try:
        return path.read_bytes().decode("utf-8")
    except (OSError, UnicodeDecodeError) as error:
        raise SetupProblem(
            f"{path} cannot be read ({type(error).__name__}).",
            fix="Name the signature that ssh-keygen wrote, which ends in .sig; the text lies beside it.",
        ) from None


def _day(text: str) -> dt.date:
    try:
        return dt.date.fromisoformat(text)
    except ValueError:
        raise SetupProblem(f"“{text}” is no day.", fix="Write it as 2027-03-31.") from None


def _next_step(opened: OpenSubject) -> str:
    from flows.decisions.facts import Request
    from flows.privacy.freezes import OUTCOME

    identity = f"{opened.subject.dataset}/{opened.subject.publisher}"
    if opened.waiting:
        return "Noted. It waits for others; what you decided is told when all have decided."
    if not isinstance(opened.subject, Request) or any(s.state != "approved" for s in opened.standings):
        return "Noted."
    if OUTCOME in opened.subject.answers:
        return f"Noted. Now it can be closed: `londata incident close {identity}`."
    return f"Noted. The next night publishes it, or now: `londata publish {identity}`."


# --- standing approvals and exceptions --------------------------------------------------------------------------------


def run_envelope(options: EnvelopeOptions, as_json: bool) -> int:
    """Draft a standing approval around the file that the source has now, for people to decide on."""
    from flows.decisions.asking import envelope_of
    from flows.decisions.book import read_book
    from flows.outcome import PublishJob
    from flows.publish import judged_case

    services, at = Services(load_settings()), now()
    identity = Identity.parse(options.identity)
    if not 0 <= options.spread <= MOST_SPREAD:
        raise SetupProblem("The spread does not fit.", fix=f"Give a share from 0 to {MOST_SPREAD}, such as 0.5.")
    latest = at.date() + dt.timedelta(days=read_book(identity, services).policy.envelope_days)
    until = _day(options.until) if options.until else latest
    if not at.date() <= until <= latest:
        raise SetupProblem(f"An envelope ends between today and {latest}.", fix="Name a day between them.")
    with progress(quiet=as_json) as on_stage:
        case = judged_case(PublishJob(identity, options.file), services, at, on_stage)
    if case.examination.draft is None:
        raise SetupProblem(
            f"The file of {identity} cannot be read.", fix=f"See `londata publish {identity} --dry-run`."
        )
    return _propose(envelope_of(case, Decimal(str(options.spread)), until), services, options.out, as_json)


MOST_SPREAD = 10
"""Times by which rows and totals may be more than they are now, in an envelope."""


def run_except(options: ExceptOptions, as_json: bool) -> int:
    """Propose to let a false block pass, for one rule, field and shape, for two people to decide on."""
    from flows.decisions.book import read_book
    from flows.decisions.deciding import exemption_of
    from flows.report_files import last_report

    services, at = Services(load_settings()), now()
    identity = Identity.parse(options.identity)
    report = last_report(identity, services)
    if report is None:
        raise SetupProblem(f"There is no report on {identity}.", fix=f"Make one with `londata publish {identity}`.")
    rule = read_book(identity, services).policy.exceptions
    until = _day(options.until) if options.until else at.date() + dt.timedelta(days=rule.days)
    place = (options.rule, options.field, options.shape)
    return _propose(exemption_of(report, place, options.reason, until, rule), services, options.out, as_json)


def _propose(subject: Subject, services: Services, out: Path | None, as_json: bool) -> int:
    from flows.decisions.book import read_book
    from flows.decisions.deciding import identity_of, note_subject
    from flows.decisions.queue import as_open

    at = now()
    note_subject(subject, services, at)
    opened = as_open(subject, read_book(identity_of(subject), services), at.date())
    _show_opened((opened,), services, at, out, as_json)
    return ExitCode.WAITING if opened.waiting else ExitCode.UNCHANGED
