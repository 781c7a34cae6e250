"""An incident: opened in one step that freezes, then its facts are found out, and closed by people who are proven."""

from __future__ import annotations

import datetime as dt
import os
import re
from collections.abc import Iterator, Sequence
from contextlib import suppress
from pathlib import Path
from zoneinfo import ZoneInfo

from pydantic import ValidationError

from flows.decisions.book import people_file, read_book
from flows.decisions.deciding import note_subject
from flows.decisions.facts import Request
from flows.decisions.queue import OpenSubject, as_open
from flows.decisions.standing import State
from flows.examine import OnStage, report_of_release, silent
from flows.privacy.exposures import PURGE
from flows.privacy.freezes import (
    OUTCOME,
    Closed,
    Collected,
    Incident,
    IncidentFact,
    MissedFact,
    Noted,
    Opened,
    ReleaseFact,
    ShownFact,
    SiblingFact,
    closing_request,
    incident_record,
    incidents_of,
)
from flows.services import Services
from flows.state.lease import current_user
from flows.state.store import PRIVATE, folder_not_writable
from flows.takedown.article33 import article_33_draft
from flows.takedown.rescan import ScreenedRelease, due_releases, screened_release
from flows.takedown.timeline import ShownTime, shown_times
from flows.union import union_members
from packages.errors import LondataError, SetupProblem, WaitingForPerson
from packages.model import Identity
from packages.release.seal import open_release
from packages.spec import LONDON, load_spec

LONDON_TIME = ZoneInfo("Europe/London")
"""What a time without a zone is in."""

FOLDER = "incidents"
"""Where drafts lie, beside the reports of the store."""

SHORTEST = 6
"""Characters of a digest that are enough to name a release."""


def open_incident(
    identity: Identity, wanted: Opened, services: Services, now: dt.datetime, on_stage: OnStage = silent
) -> tuple[Incident, bool]:
    """Open an incident, or add to the one that is open; return it, and whether anything is new.

    The dataset and all of London are frozen at once; the facts, and which other publishers' datasets are frozen with
    them, follow. Whatever stops it, it may be called again. SetupProblem when nothing of the dataset was ever public.
    """
    shown = shown_times(identity, services)
    if not shown:
        if not services.ledger.last_attempt(identity):
            load_spec(identity, services.settings.datasets)  # a name that is not known is the likelier mistake
        raise SetupProblem(f"Nothing of {identity} was ever public here.", fix="`londata status` shows what is.")
    release = whole_digest(wanted.release, identity, shown, services)
    require_field(wanted.field, identity, services)
    known = [one for one in incidents_of(services, identity.dataset) if one.identity == identity]
    current = next((one for one in known if not one.closed), None)
    before = len(services.ledger.records(identity, "incident"))
    if current is None:
        if wanted.aware > now:
            raise SetupProblem("Nobody can have become aware of it in the future.", fix="Give --aware the time it was.")
        opened = wanted.model_copy(update={"number": len(known) + 1, "release": release})
        digest = services.ledger.record(incident_record(identity, opened, now), current_user()).digest
    else:
        digest, opened = current.digest, current.opened
        # a release or a field that is named later narrows nothing: it is told
        more = [wanted.note, release and f"Release {release[:12]}.", wanted.field and f"Field {wanted.field}."]
        if note := " ".join(filter(None, more)):
            add_act(identity, Noted(of=digest, text=note), services, now)
    facts = collected_facts(identity, opened, digest, services, on_stage)
    add_act(identity, facts, services, now)
    incident = next(one for one in incidents_of(services, identity.dataset) if one.digest == digest)
    return incident, len(services.ledger.records(identity, "incident")) > before


def add_act(identity: Identity, fact: IncidentFact, services: Services, now: dt.datetime) -> None:
    """Note an act of an incident; the same act is not noted again."""
    services.ledger.record(incident_record(identity, fact, now), current_user())


def opening(aware: str, now: dt.datetime, release: str = "", field: str = "", note: str = "") -> Opened:
    """Return what is asked for; `aware` is a time such as `2026-11-29 14:00` in London, empty for now."""
    try:
        at = dt.datetime.fromisoformat(aware) if aware else now
    except ValueError:
        raise SetupProblem(
            f"“{aware}” is no time.", fix="Write it as `2026-11-29 14:00`: the time in London, or with a zone."
        ) from None
    at = at if at.tzinfo else at.replace(tzinfo=LONDON_TIME)
    return Opened(
        number=0, aware=at.astimezone(dt.UTC), release=release.strip(), field=field.strip(), note=one_line(note)
    )


def one_line(text: str) -> str:
    """Return what a person says on one line; SetupProblem when it is too long to be signed."""
    line = " ".join(text.split())
    try:
        return Noted(of="", text=line).text
    except ValidationError:
        raise SetupProblem("That is too long, or holds control characters.", fix="Say it in 600 characters.") from None


def whole_digest(wanted: str, identity: Identity, shown: Sequence[ShownTime], services: Services) -> str:
    """Return the digest that begins with `wanted`, of a release that was public or is kept; empty for empty."""
    known = sorted({one.release for one in shown} | {f.name for f in services.store.release_folders(identity)})
    found = [digest for digest in known if wanted and digest.startswith(wanted)]
    if wanted and (len(found) != 1 or len(wanted) < SHORTEST):
        listed = ", ".join(digest[:12] for digest in known)
        raise SetupProblem(f"“{wanted}” does not name one release of {identity}.", fix=f"There were: {listed}.")
    return found[0] if found else ""


def require_field(field: str, identity: Identity, services: Services) -> None:
    """Raise SetupProblem when no release that is here has a field."""
    names: set[str] = set()
    for folder in services.store.release_folders(identity):
        with suppress(LondataError, OSError):
            names |= {f["name"] for table in open_release(folder).tables for f in table.schema["fields"]}
    if field and names and field not in names:
        raise SetupProblem(
            f"No release of {identity} has a column “{field}”.", fix=f"They have: {', '.join(sorted(names))}."
        )


# --- finding out ------------------------------------------------------------------------------------------------------


def collected_facts(
    identity: Identity, opened: Opened, digest: str, services: Services, on_stage: OnStage
) -> Collected:
    """Return what was public, when and where, what is in it, and which siblings have the same. No value of any cell."""
    shown = shown_times(identity, services)
    folders = {folder.name: folder for folder in services.store.release_folders(identity)}
    unions = union_releases(identity, services)
    releases = []
    for release in dict.fromkeys([one.release for one in shown] + list(folders)):
        if opened.release not in ("", release):
            continue
        on_stage(f"looking at release {release[:12]}")
        times = [one for one in shown if one.release == release]
        fact = release_fact(identity, release, times, services, folders.get(release))
        if folder := folders.get(release):
            found = tuple(one for one in fact.found if opened.field in ("", one.field))
            # where no rule finds anything, people have: all that stands in the column
            fact = fact.model_copy(update={"found": found or tuple(filled_field(folder, opened.field))})
        releases.append(fact.model_copy(update={"unions": unions.get(release, ())}))
    rules = {found.rule for fact in releases for found in fact.found if found.rule}
    siblings = tuple(siblings_with(rules, identity, services, on_stage)) if rules else ()
    return Collected(of=digest, releases=tuple(releases), siblings=siblings)


def release_fact(
    identity: Identity, release: str, times: Sequence[ShownTime], services: Services, folder: Path | None
) -> ReleaseFact:
    """Return what is known of one release; of one whose files are gone, what the ledger knows."""
    fact = ReleaseFact(
        release=release,
        shown=tuple(
            ShownFact(
                catalogue=one.catalogue,
                since=one.since.isoformat(),
                until=one.until.isoformat() if one.until else "",
            )
            for one in times
        ),
        addresses=tuple(sorted({address for one in times for address in one.addresses})),
        kept=services.store.release_folder(identity, release).is_dir(),
    )
    if folder is None:
        return fact.model_copy(update={"unread": "Its files are not here any more."})
    screened = screened_release(ScreenedRelease(identity, release), services, folder)
    try:
        opened, report = open_release(folder), report_of_release(open_release(folder))
    except (LondataError, OSError):
        return fact.model_copy(update={"unread": screened.missed})
    return fact.model_copy(
        update={
            "rows": {table.name: table.rows for table in opened.tables},
            "files": tuple(file.name for file in opened.manifest),
            "approved": report.decided,
            "found": screened.found,
            "unread": screened.missed,
        }
    )


def filled_field(folder: Path, field: str) -> Iterator[MissedFact]:
    """Yield the filled cells of a field of a release, as what no rule has found anything in."""
    with suppress(LondataError, OSError):  # that it cannot be read is told already
        for table in report_of_release(open_release(folder)).tables:
            for column in table.columns:
                if column.name == field:
                    yield MissedFact(rule="", table=table.name, field=field, rows=column.filled, of=table.rows)


def union_releases(identity: Identity, services: Services) -> dict[str, tuple[str, ...]]:
    """Return the releases of all of London that hold rows of a publisher, by its release."""
    found: dict[str, tuple[str, ...]] = {}
    union = Identity(identity.dataset, LONDON)
    for folder in services.store.release_folders(union) if identity != union else ():
        if release := union_members(folder).get(identity.publisher):
            found[release] = (*found.get(release, ()), folder.name)
    return found


def siblings_with(rules: set[str], identity: Identity, services: Services, on_stage: OnStage) -> Iterator[SiblingFact]:
    """Yield the other publishers in whose public release today's rules find the same, or that cannot be looked at."""
    for one in due_releases(services):
        if one.identity.dataset != identity.dataset or one.identity.publisher in (identity.publisher, LONDON):
            continue
        on_stage(f"looking at {one.identity}")
        screened = screened_release(one, services)
        found = tuple(fact for fact in screened.found if fact.rule in rules)
        if found or screened.missed:
            yield SiblingFact(
                dataset=one.identity.dataset,
                publisher=one.identity.publisher,
                release=one.release,
                found=found,
                unread=screened.missed,
            )


# --- the draft --------------------------------------------------------------------------------------------------------


def write_draft_33(incident: Incident, services: Services, out: Path | None) -> tuple[Path, bool]:
    """Write the draft for the Information Commissioner; return where it is and whether it was written now.

    Somebody may be working in the one that is there: without `out` it is left as it is.
    """
    identity = incident.identity
    name = f"{identity.dataset}.{identity.publisher}.{incident.digest[:12]}.md"
    path = out or services.store.root / FOLDER / name
    if out is None and path.exists():
        return path, False
    try:
        contact = load_spec(identity, services.settings.datasets).publisher.contact
        answers_to = " · ".join(filter(None, (contact.team, contact.email, contact.page)))
    except SetupProblem:
        answers_to = ""
    purged = [r for r in services.ledger.records(identity, "exposure") if PURGE in r.body and r.at >= incident.at]
    text = article_33_draft(incident, answers_to, [record.at for record in purged])
    try:
        path.parent.mkdir(parents=True, exist_ok=True, mode=PRIVATE if out is None else 0o777)
        part = path.with_name(f".{path.name}.part")
        part.unlink(missing_ok=True)
        with os.fdopen(os.open(part, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600), "wb") as file:
            file.write(text.encode())
        part.replace(path)
    except OSError as error:
        raise folder_not_writable(path.parent, error) from error
    return path, True


# --- closing ----------------------------------------------------------------------------------------------------------


def close_incident(
    identity: Identity, outcome: str, services: Services, now: dt.datetime
) -> tuple[Incident, OpenSubject | None]:
    """Close the open incident of a dataset, once people have approved exactly this outcome.

    Before that, what has to be decided is noted and returned with the incident. An empty outcome is the one that was
    asked about last. WaitingForPerson when nobody is known who could decide.
    """
    known = [one for one in incidents_of(services, identity.dataset) if one.identity == identity]
    incident = next((one for one in known if not one.closed), None)
    if incident is None:
        if known and outcome in ("", known[-1].closed[1].outcome if known[-1].closed else ""):
            return known[-1], None
        raise SetupProblem(f"No incident on {identity} is open.", fix="`londata incident show` lists all of them.")
    book = read_book(identity, services)
    asked = [s for s in book.subjects.values() if isinstance(s, Request) and s.fingerprint == incident.digest]
    words = one_line(outcome) or (asked[-1].answers.get(OUTCOME, "") if asked else "")
    if not words:
        raise SetupProblem(
            "It is not said how the incident ended.", fix="Say it in a sentence: --outcome “…”. People sign it."
        )
    if not book.people.has_role("dpo", identity):
        path = people_file(services.settings)
        raise WaitingForPerson(
            f"Nobody is known who may close an incident on {identity}.",
            fix=f"Name the asset owner and a Data Protection Officer with their keys in {path} (docs/decisions.md "
            "shows how), then run this again.",
            why="An incident is about people: an account proves nobody.",
        )
    request = closing_request(incident, words)
    note_subject(request, services, now)
    opened = as_open(request, read_book(identity, services), now.date())
    if any(standing.state is not State.APPROVED for standing in opened.standings):
        return incident, opened
    decisions = tuple(voice.decision.digest for voice in read_book(identity, services).voices(request))
    closed = Closed(of=incident.digest, request=request.digest, outcome=words, decisions=decisions)
    add_act(identity, closed, services, now)
    return next(one for one in incidents_of(services, identity.dataset) if one.digest == incident.digest), None


def find_incidents(wanted: str, services: Services) -> tuple[Incident, ...]:
    """Return the incidents of a dataset, the one whose digest begins so, or all; SetupProblem when there is none."""
    if not wanted:
        return incidents_of(services)
    if re.fullmatch(r"[0-9a-f]{6,64}", wanted):
        found = tuple(one for one in incidents_of(services) if one.digest.startswith(wanted))
    else:
        identity = Identity.parse(wanted)
        # one that freezes it may be on another publisher's
        found = tuple(one for one in incidents_of(services, identity.dataset) if identity in one.frozen)
    if not found:
        raise SetupProblem(f"There is no incident on {wanted}.", fix="`londata incident show` lists all of them.")
    return found
