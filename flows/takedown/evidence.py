"""The file for audits and requests for information: what was declared, checked, decided and public, without names.

The same state gives the same bytes. Accounts and people have numbers in the order in which they appear; where a text
that somebody wrote seems to name a person, it is left out. Which column seems to hold people is not told either.
"""

from __future__ import annotations

import html
import io
import json
import os
import re
import socket
import zipfile
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field
from functools import cached_property
from pathlib import Path
from typing import Any

from flows.decisions.book import Book, read_book
from flows.decisions.facts import Envelope, Exemption, Request, Subject, found_facts, subject_kind
from flows.decisions.people import People
from flows.examine import described_headings
from flows.privacy.exposures import FOUND, Exposure
from flows.privacy.freezes import Incident, MissedFact, incidents_of
from flows.report_files import last_report
from flows.services import Services
from flows.settings import account_name
from flows.state.audit import read_entries
from flows.state.records import chain_broken
from flows.state.store import folder_not_writable
from flows.takedown.purge import PURGED
from flows.takedown.timeline import shown_times
from packages.errors import SetupProblem
from packages.model import Identity
from packages.spec import DatasetSpec, load_spec
from quality.disclosure.hidden_names import is_personal
from quality.report import for_public, report_to_json

MOMENT = (1980, 1, 1, 0, 0, 0)
"""The time of every file in the archive: the same content gives the same bytes."""

DIGEST = re.compile(r"\b[0-9a-f]{12,64}\b")
"""A digest names nobody, whatever its digits look like."""

LEFT_OUT = "(left out: it seems to name somebody)"
HIDDEN = "somebody (hidden until all have decided)"
REMOVED = "(name removed)"
PUBLIC_ADDRESSES = ("https://", "http://")

PARTS: Mapping[str, str] = {
    "governance.json": "What the description says of the data: purpose, basis, retention, review, and who answers",
    "questions.json": "The answers to the screening questions, as they were part of the latest request",
    "decisions.json": "What was asked and decided, finding by finding: in which roles, when, until when and why",
    "publications.json": "When each release was shown, in which catalogue and at which public addresses",
    "audit.json": "Who did what and when, with numbers instead of names",
    "incidents.json": "What should not have been public, what was found out, and how it ended",
    "taken-away.json": "What was taken away for good, when, and with which reason",
    "rescans.json": "What later rules found in releases that were public",
    "last-report.json": "The report on the file that was judged last, as the public may read it",
}
"""What each part of the archive says; the releases have folders of their own."""

RELEASE_PART = (
    "The public report and the manifest of a release; the manifest names the last hash of the audit at the time"
)


@dataclass
class Names:
    """Numbers instead of accounts and people, and texts without any of their names."""

    people: People
    accounts: frozenset[str]
    _numbers: dict[str, int] = field(default_factory=dict)

    def number(self, who: str) -> str:
        """Return `person 1` for whoever the audit or a decision names; the same person has the same number."""
        kind, _, name = who.partition(" ")
        # the audit names an account with its host
        account = name if name and kind in ("person", "account") else who.partition("@")[0]
        person = None if kind == "person" else self.people.with_account(account)
        return f"person {self._numbers.setdefault(person.id if person else account, len(self._numbers) + 1)}"

    def without(self, text: str) -> str:
        """Return a text that somebody wrote without known names; left out when it seems to name anybody else."""
        if is_personal(DIGEST.sub("", text)):
            return LEFT_OUT
        return self._known.sub(REMOVED, text) if self._known else text

    @cached_property
    def _known(self) -> re.Pattern[str] | None:
        names = {
            *self.accounts,
            *(n for p in self.people.people for n in (p.id, *p.ckan, *p.accounts, *p.keys)),
        }
        longest_first = sorted(filter(None, names), key=lambda name: (-len(name), name))
        if not longest_first:
            return None
        return re.compile(rf"(?<!\w)(?:{'|'.join(map(re.escape, longest_first))})(?!\w)", re.IGNORECASE)


@dataclass(frozen=True, slots=True)
class EvidenceArchive:
    """Where the archive is, what is in it, and whether it is another one than was there."""

    path: Path
    files: tuple[str, ...]
    is_new: bool


def write_evidence(identity: Identity, out: Path, services: Services) -> EvidenceArchive:
    """Write the archive on one dataset; SetupProblem when nothing is known of it or the audit is not whole."""
    files = evidence_files(identity, services)
    content = archive_of(files)
    is_new = not out.is_file() or out.read_bytes() != content
    try:
        out.parent.mkdir(parents=True, exist_ok=True)
        part = out.with_name(f".{out.name}.part")
        part.unlink(missing_ok=True)
        with os.fdopen(os.open(part, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600), "wb") as file:
            file.write(content)
        part.replace(out)
    except OSError as error:
        raise folder_not_writable(out.parent, error) from error
    return EvidenceArchive(out, tuple(files), is_new)


def archive_of(files: Mapping[str, bytes]) -> bytes:
    """Return a ZIP archive that depends on nothing but names and contents."""
    box = io.BytesIO()
    with zipfile.ZipFile(box, "w", zipfile.ZIP_DEFLATED, compresslevel=9) as archive:
        for name in sorted(files):
            info = zipfile.ZipInfo(name, MOMENT)
            info.compress_type, info.create_system, info.external_attr = zipfile.ZIP_DEFLATED, 3, 0o644 << 16
            archive.writestr(info, files[name])
    return box.getvalue()


def evidence_files(identity: Identity, services: Services) -> dict[str, bytes]:
    """Return the files of the archive by name."""
    if services.ledger.chain.broken_at:
        raise chain_broken(services.ledger.chain)
    try:
        spec = load_spec(identity, services.settings.datasets)
    except SetupProblem:
        # a description that was removed takes no evidence away
        if not services.ledger.last_attempt(identity) and not services.ledger.has_records(identity):
            raise
        spec = None
    book = read_book(identity, services)
    rows = [
        row
        for row in read_entries(services.ledger.database)
        if (row["dataset"], row["publisher"]) == (identity.dataset, identity.publisher)
    ]
    accounts = {
        account_name(),
        socket.gethostname(),
        *(n for row in rows for n in row["who"].split("@") if " " not in n),
    }
    names = Names(book.people, frozenset(accounts))
    parts: dict[str, Callable[[], Any]] = {
        # first, so that the numbers are in the order of the audit
        "audit.json": lambda: list(audit_part(rows, book, names)),
        "governance.json": lambda: governance_part(spec, names),
        "decisions.json": lambda: list(decisions_part(book, names)),
        "questions.json": lambda: questions_part(spec, book, names),
        "publications.json": lambda: list(publications_part(identity, services)),
        "incidents.json": lambda: [
            incident_part(one, names) for one in incidents_of(services, identity.dataset) if identity in one.frozen
        ],
        "taken-away.json": lambda: list(taken_away_part_of(book, rows, names)),
        "rescans.json": lambda: list(rescans_part(book)),
    }
    files = {name: as_json(part()) for name, part in parts.items()}
    if (report := last_report(identity, services)) and spec:
        files["last-report.json"] = report_to_json(for_public(report, described_headings(spec)))
    for folder in services.store.release_folders(identity):
        for name in ("report.json", "manifest.json"):
            if (folder / name).is_file():
                files[f"releases/{folder.name[:12]}/{name}"] = (folder / name).read_bytes()
    files["index.html"] = evidence_index(identity, spec, files)
    return files


def audit_part(rows: list[Mapping[str, Any]], book: Book, names: Names) -> Iterator[dict[str, Any]]:
    """Yield the acts, oldest first. No hashes: with everything else known, one would confirm a guess of a name."""
    hidden = book.hidden()
    for row in rows:
        yield {
            "row": row["id"],
            "at": row["at"],
            "who": HIDDEN if row["note"] in hidden else names.number(row["who"]),
            "what": row["what"],
            "before": row["before"],
            "after": row["after"],
            "note": names.without(row["note"]),
        }


def governance_part(spec: DatasetSpec | None, names: Names) -> dict[str, Any]:
    """Return what the description says of the data and of who answers for them."""
    if spec is None:
        return {}
    said = spec.governance.model_dump(mode="json")
    contact = spec.publisher.contact.model_dump(mode="json")
    plain = {key: names.without(text) if isinstance(text, str) else text for key, text in (said | contact).items()}
    return {
        "dataset": str(spec.identity),
        "title": spec.package.title,
        "licence": spec.package.licence,
        "about": spec.concerns,
        "entry": {key: plain[key] for key in said},
        "contact": {key: plain[key] for key in contact},
    }


def questions_part(spec: DatasetSpec | None, book: Book, names: Names) -> dict[str, str]:
    """Return the answers of the description, or of the latest request that has any where there is none."""
    if spec and spec.answers.said:
        return {key: names.without(text) for key, text in spec.answers.said.items()}
    requests = (s for s in reversed(book.subjects.values()) if isinstance(s, Request) and s.host != "an incident")
    answers = next((request.answers for request in requests if request.answers), {})
    return {key: names.without(text) for key, text in answers.items()}


def decisions_part(book: Book, names: Names) -> Iterator[dict[str, Any]]:
    """Yield everything that was asked, oldest first, with what is decided and may be known."""
    hidden = book.hidden()
    noted = {record.digest: record.at for record in book.records}
    for digest, subject in book.subjects.items():
        voices = book.voices(subject)
        # as it stood when the last of them decided: the same state gives the same bytes on any day
        day = voices[-1].at.date() if voices else noted[digest].date()
        yield {
            "kind": subject_kind(subject),
            "digest": digest,
            "noted": noted[digest].isoformat(),
            **subject_facts(subject, names),
            "findings": [
                {
                    "number": standing.number,
                    "rule": fact.rule,
                    "about_people": fact.about_people,
                    "rows": fact.count,
                    "of": fact.of,
                    "state": str(standing.state),
                    "roles": list(standing.roles),
                    "on": standing.on,
                    "until": standing.until,
                }
                for fact, standing in zip(found_facts(subject), book.standings(subject, day), strict=True)
            ],
            "decisions": [
                {
                    "who": names.number(voice.who),
                    "roles": sorted(voice.roles),
                    "proven_by": voice.decision.proof,
                    "choice": voice.decision.choice,
                    "findings": list(voice.decision.findings),
                    "on": voice.at.isoformat(),
                    "until": voice.decision.until,
                    "reason": names.without(voice.decision.reason),
                    "alternative": names.without(voice.decision.alternative),
                }
                for voice in voices
                if voice.decision.digest not in hidden
            ],
        }


def subject_facts(subject: Subject, names: Names) -> dict[str, Any]:
    """Return what a subject is about, without who handed a file over and without places."""
    if isinstance(subject, Request):
        return {
            "class": subject.concerns,
            "declared": subject.declared,
            "rows": dict(subject.rows),
            "clauses": list(subject.clauses),
            "content": subject.content,
            "answers": {key: names.without(text) for key, text in subject.answers.items()},
        }
    if isinstance(subject, Envelope):
        rules = sorted({rule for rule, *_ in subject.findings})
        return {"class": subject.concerns, "until": subject.until, "let_pass": rules}
    assert isinstance(subject, Exemption)
    return {"until": subject.until, "most": subject.most, "reason": names.without(subject.reason)}


def publications_part(identity: Identity, services: Services) -> Iterator[dict[str, Any]]:
    """Yield when each release was shown."""
    for one in shown_times(identity, services):
        yield {
            "release": one.release,
            "catalogue": one.catalogue,
            "since": one.since.isoformat(),
            "until": one.until.isoformat() if one.until else None,
            # any other address is a path on a machine
            "addresses": [address for address in one.addresses if address.startswith(PUBLIC_ADDRESSES)],
        }


def incident_part(incident: Incident, names: Names) -> dict[str, Any]:
    """Return an incident."""
    facts = incident.facts
    return {
        "dataset": str(incident.identity),
        "digest": incident.digest,
        "opened": incident.at.isoformat(),
        "aware": incident.opened.aware.isoformat(),
        "to_be_notified_by": incident.deadline.isoformat(),
        "note": names.without(incident.opened.note),
        "notes": [{"at": at.isoformat(), "text": names.without(text)} for at, text in incident.notes],
        "releases": [
            {
                "release": fact.release,
                "rows": dict(fact.rows),
                "shown": [time.body for time in fact.shown],
                "found": [found_value(one) for one in fact.found],
            }
            for fact in (facts.releases if facts else ())
        ],
        "closed": incident.closed[0].isoformat() if incident.closed else None,
        "outcome": names.without(incident.closed[1].outcome) if incident.closed else "",
    }


def found_value(one: MissedFact) -> dict[str, Any]:
    """Return what was found without its place."""
    return {"rule": one.rule, "rows": one.rows, "of": one.of, "found_then": not one.let_pass}


def taken_away_part_of(book: Book, rows: list[Mapping[str, Any]], names: Names) -> Iterator[dict[str, Any]]:
    """Yield everything that was taken away for good."""
    finished = {row["note"]: row["at"] for row in rows if row["what"] == PURGED}
    for record in book.records:
        exposure = Exposure.of(record.body) if record.kind == "exposure" else None
        if exposure:
            yield {
                "begun": record.at.isoformat(),
                "finished": finished.get(record.digest),
                "what": exposure.target.words,
                "reason": names.without(exposure.target.reason),
                "releases": list(exposure.doomed),
                "replaced_by": exposure.replacement,
            }


def rescans_part(book: Book) -> Iterator[dict[str, Any]]:
    """Yield what later rules found in releases."""
    for record in book.records:
        if record.kind == "exposure" and FOUND in record.body:
            found = record.body[FOUND]
            findings = [found_value(MissedFact.model_validate(one)) for one in found["findings"]]
            yield {"at": record.at.isoformat(), "release": found["release"], "findings": findings}


def as_json(value: Any) -> bytes:
    """Return a value as JSON that always comes out the same."""
    return (json.dumps(value, indent=1, ensure_ascii=False, sort_keys=True, default=str) + "\n").encode()


def evidence_index(identity: Identity, spec: DatasetSpec | None, files: Mapping[str, bytes]) -> bytes:
    """Return the page that says what is what; it needs no script."""
    title = html.escape(f"Evidence on {spec.package.title if spec else identity.dataset}, {identity.publisher}")
    rows = [(name, PARTS.get(name, RELEASE_PART)) for name in sorted(files)]
    table = "\n".join(
        f'<tr><td><a href="{html.escape(name)}">{html.escape(name)}</a></td><td>{html.escape(words)}</td></tr>'
        for name, words in rows
    )
    page = f"""<!doctype html>
<html lang="en-GB">
<meta charset="utf-8">
<title>{title}</title>
<style>body{{font-family:sans-serif;max-width:60em;margin:2em auto;padding:0 1em}}td{{padding:.3em .8em .3em 0;
vertical-align:top}}</style>
<h1>{title}</h1>
<p>What was declared, checked, decided and public of <code>{html.escape(str(identity))}</code>, for audits and requests
for information. Accounts and people have numbers; texts that seem to name somebody are left out; no value of the data
and no column that seems to hold people is told. The data themselves are where they are public.</p>
<table>
{table}
</table>
<p>Whoever keeps the ledger can check it: <code>londata audit verify</code> compares the record with the hashes that the
public manifests name, and <code>londata audit show {html.escape(str(identity))}</code> shows the acts in
<code>audit.json</code> by their rows.</p>
</html>
"""
    return page.encode()
