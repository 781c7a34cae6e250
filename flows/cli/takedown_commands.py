"""The body of the commands about what should not be public: rescan, incident, evidence."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

from flows.cli.results import now
from flows.cli.terminal import progress, show_aside, show_json, show_table, show_text
from flows.services import Services
from flows.settings import load_settings
from packages.errors import ExitCode
from packages.model import Identity

if TYPE_CHECKING:
    from flows.decisions.queue import OpenSubject
    from flows.privacy.freezes import Incident
    from flows.takedown.rescan import ScreenedRelease


@dataclass(frozen=True, slots=True)
class IncidentOptions:
    """The options of `londata incident open`; `out` is where the draft is written."""

    identity: str
    release: str = ""
    field: str = ""
    note: str = ""
    aware: str = ""
    out: Path | None = None


# --- rescan -----------------------------------------------------------------------------------------------------------


def run_rescan(identity: str, everything: bool, as_json: bool) -> int:
    """Screen what is public under today's rules, and show what is found."""
    from flows.takedown.alarms import announce_rescan
    from flows.takedown.rescan import rescan, rescan_exit_code

    services, at = Services(load_settings()), now()
    wanted = Identity.parse(identity) if identity else None
    with progress(quiet=as_json) as on_stage:
        screened = rescan(services, at, wanted, everything, on_stage)
    show_aside(announce_rescan(screened, services, at))
    if as_json:
        show_json([one.value for one in screened])
    else:
        _show_screened(screened)
    return int(rescan_exit_code(screened))


def _show_screened(screened: Sequence[ScreenedRelease]) -> None:
    from flows.takedown.article33 import kind_of
    from flows.takedown.rescan import rescan_sentence

    if not screened:
        show_text("Nothing is public, so nothing had to be looked at.")
        return
    rows = []
    for one in screened:
        since = f"{one.since:%Y-%m-%d}" if one.since else "–"
        place = (one.identity.dataset, one.identity.publisher, one.release[:12], since)
        for fact in one.found:
            rows.append((*place, kind_of(fact), f"{fact.table}.{fact.field}", f"{fact.rows:,} of {fact.of:,}"))
        if one.missed:
            rows.append((*place, f"not looked at: {one.missed}", "–", "–"))
    if rows:
        show_table(("dataset", "publisher", "release", "public since", "what was found", "where", "rows"), rows)
    show_text(rescan_sentence(screened))
    if hit := sorted({str(one.identity) for one in screened if one.found}):
        show_text(f"If it should not be public: londata incident open {hit[0]}")


# --- incidents --------------------------------------------------------------------------------------------------------


def run_incident_open(options: IncidentOptions, as_json: bool) -> int:
    """Open an incident: freeze, find out, write the draft, tell people."""
    from flows.takedown.alarms import announce_incidents
    from flows.takedown.incidents import open_incident, opening, write_draft_33

    services, at = Services(load_settings()), now()
    wanted = opening(options.aware, at, options.release, options.field, options.note)
    with progress(quiet=as_json) as on_stage:
        incident, is_new = open_incident(Identity.parse(options.identity), wanted, services, at, on_stage)
    draft, is_written = write_draft_33(incident, services, options.out)
    show_aside(announce_incidents(services, at))
    if as_json:
        show_json(incident_value(incident, at) | {"draft": str(draft)})
    else:
        _show_incident(incident, at)
        word = "The draft for the Information Commissioner" + ("" if is_written else ", as it was left")
        show_text(f"{word}: {draft}")
        show_text(
            f"Next: take away what must go (`londata purge {incident.identity} …` or `londata withdraw "
            f"{incident.identity} --reason …`), complete the draft, and close the incident "
            f"(`londata incident close {incident.identity} --outcome …`)."
        )
    return int(ExitCode.DONE if is_new or is_written else ExitCode.UNCHANGED)


def run_incident_show(wanted: str, as_json: bool) -> int:
    """Show one incident whole, or all of them in a table."""
    from flows.cli.status_tables import INCIDENT_HEADINGS, incident_table
    from flows.takedown.incidents import find_incidents

    services, at = Services(load_settings()), now()
    found = find_incidents(wanted, services)
    if as_json:
        show_json([incident_value(one, at) for one in found])
    elif wanted:
        for one in found:
            _show_incident(one, at)
    elif found:
        show_table(INCIDENT_HEADINGS, incident_table(services))
    else:
        show_text("There is no incident.")
    return int(ExitCode.DONE if found else ExitCode.UNCHANGED)


def run_incident_close(identity: str, outcome: str, as_json: bool) -> int:
    """Close an incident once people have decided it, or say what they have to decide."""
    from flows.takedown.alarms import announce_incidents
    from flows.takedown.incidents import close_incident

    services, at = Services(load_settings()), now()
    wanted = Identity.parse(identity)
    records = len(services.ledger.records(wanted, "incident"))
    incident, waiting = close_incident(wanted, outcome, services, at)
    show_aside(announce_incidents(services, at))
    if as_json:
        waits = {"request": waiting.subject.digest, "waits_for": list(waiting.seats)} if waiting else {}
        show_json(incident_value(incident, at) | waits)
    elif waiting:
        _show_waiting(waiting, incident)
    else:
        _show_incident(incident, at)
    if waiting:
        return int(ExitCode.WAITING)
    is_new = len(services.ledger.records(wanted, "incident")) > records
    return int(ExitCode.DONE if is_new else ExitCode.UNCHANGED)


def _show_waiting(waiting: OpenSubject, incident: Incident) -> None:
    from flows.decisions.ruling import decided_text

    identity, digest = incident.identity, waiting.subject.digest[:12]
    for standing, seats in zip(waiting.standings, waiting.seats, strict=True):
        if standing.state == "waiting":
            show_text(f"The incident on {identity} stays open: its end waits for {seats}.")
        else:
            show_text(f"The incident on {identity} stays open. {decided_text([standing], 'Not approved by')}")
    show_text(f"`londata ask {identity} --out to-sign` writes the text that each of them signs; request {digest}.")
    show_text(f"Then: `londata incident close {identity}`")


def _show_incident(incident: Incident, at: dt.datetime) -> None:
    for line in incident_text(incident, at):
        show_text(line)
    show_text("")


def incident_text(incident: Incident, at: dt.datetime) -> Iterator[str]:
    """Yield an incident as lines for the terminal."""
    from flows.takedown.alarms import clock_sentence
    from flows.takedown.article33 import how_missed, kind_of, moment, release_lines, sibling_line

    yield f"{incident.identity}: incident {incident.digest[:12]} ({'closed' if incident.closed else 'open'})"
    yield f"  {clock_sentence(incident, at)}"
    if incident.closed:
        yield f"  How it ended: {incident.closed[1].outcome}"
    else:
        yield f"  Frozen: {', '.join(sorted(map(str, incident.frozen)))}"
    facts = incident.facts
    missed = {(one.rule, one.field): one for fact in (facts.releases if facts else ()) for one in fact.found}
    for one in missed.values():
        yield f"  What was public: {kind_of(one)} in {one.table}.{one.field}. {how_missed(one)}"
    for fact in facts.releases if facts else ():
        yield f"  Release {fact.release[:12]}"
        yield from (f"    {line}" for line in release_lines(fact))
    for sibling in facts.siblings if facts else ():
        yield f"  {sibling_line(sibling)}"
    if facts is None:
        yield f"  Its facts were not found out yet: `londata incident open {incident.identity}` goes on."
    for noted, text in ((incident.at, incident.opened.note), *incident.notes):
        if text:
            yield f"  Noted on {moment(noted)}: {text}"


def incident_value(incident: Incident, at: dt.datetime) -> dict[str, Any]:
    """Return an incident as plain values."""
    return {
        "kind": "incident",
        "dataset": str(incident.identity),
        "incident": incident.digest,
        "state": "closed" if incident.closed else "open",
        "opened": incident.at,
        "aware": incident.opened.aware,
        "deadline": incident.deadline,
        "hours_left": None if incident.closed else round((incident.deadline - at).total_seconds() / 3600, 1),
        "frozen": [] if incident.closed else sorted(map(str, incident.frozen)),
        "note": incident.opened.note,
        "notes": [{"at": noted, "text": text} for noted, text in incident.notes],
        "facts": incident.facts.body if incident.facts else None,
        "closed": incident.closed[0] if incident.closed else None,
        "outcome": incident.closed[1].outcome if incident.closed else "",
    }


# --- evidence ---------------------------------------------------------------------------------------------------------


def run_evidence(identity: str, out: Path, as_json: bool) -> int:
    """Write the archive for audits and requests for information."""
    from flows.takedown.evidence import write_evidence

    services = Services(load_settings())
    with progress(quiet=as_json) as on_stage:
        on_stage("putting it together")
        evidence = write_evidence(Identity.parse(identity), out, services)
    if as_json:
        show_json({"path": str(evidence.path), "files": list(evidence.files), "is_new": evidence.is_new})
    else:
        show_text(f"{evidence.path}: {len(evidence.files):,} files, without names. Start with index.html in it.")
    return int(ExitCode.DONE if evidence.is_new else ExitCode.UNCHANGED)
