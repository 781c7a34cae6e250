"""The body of the commands that look after what is public: reconcile, rollback, withdraw, tidy, audit."""

from __future__ import annotations

import dataclasses
from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any

from flows.cli.results import now, result_value, show_links, show_summary
from flows.cli.terminal import progress, show_aside, show_json, show_table, show_text
from flows.services import Services
from flows.settings import load_settings
from packages.errors import ExitCode, SetupProblem
from packages.model import Identity

if TYPE_CHECKING:
    from flows.outcome import Outcome
    from flows.takedown.purge import Purged


HIDDEN = "(hidden until all have decided)"
"""In place of who made the first of several decisions."""


def run_reconcile(as_json: bool) -> int:
    """Reconcile everything, and show what was found."""
    from flows.maintenance.reconcile import Reconciled, reconcile
    from flows.site.update import update_site_after
    from flows.takedown.purge import finish_purges

    services = Services(load_settings())
    with progress(quiet=as_json) as on_stage:
        results = [*reconcile(services, now(), on_stage)]
        for one in finish_purges(services, now(), on_stage):
            what = f"{one.words} was taken away" + (
                f"; still public: {', '.join(one.still_public)}" * bool(one.still_public)
            )
            results.append(Reconciled(one.identity, "purged", one.exit_code, one.release, what))
    show_aside(update_site_after(services, now()))
    if as_json:
        show_json([result_value(result) for result in results])
    else:
        columns = ("dataset", "publisher", "release", "result", "what to know")
        rows = [(r.identity.dataset, r.identity.publisher, r.release[:12] or "–", r.result, r.what) for r in results]
        show_table(columns, rows)
    return most_urgent([result.exit_code for result in results])


def most_urgent(codes: Sequence[ExitCode]) -> int:
    """Return the most urgent exit code; when nothing is wrong, whether anything was done."""
    problems = [code for code in codes if code not in (ExitCode.DONE, ExitCode.UNCHANGED)]
    if problems:
        return int(max(problems))
    return int(ExitCode.DONE if ExitCode.DONE in codes else ExitCode.UNCHANGED)


def run_rollback(identity: str, release: str, as_json: bool) -> int:
    """Make an earlier release public again, and show how it ended."""
    from flows.maintenance.versions import rollback
    from flows.site.update import update_site_after

    services = Services(load_settings())
    with progress(quiet=as_json) as on_stage:
        outcome = rollback(Identity.parse(identity), release, services, now(), on_stage)
    show_aside(update_site_after(services, now()))
    return _show_outcome(outcome, as_json)


def run_withdraw(identity: str, reason: str, as_json: bool) -> int:
    """Take a dataset away from the public, send the notices, and show how it ended."""
    from flows.maintenance.versions import withdraw
    from flows.orchestration.notices import announce
    from flows.site.update import update_site_after

    services = Services(load_settings())
    with progress(quiet=as_json) as on_stage:
        outcome = withdraw(Identity.parse(identity), reason, services, now(), on_stage)
    # the withdrawal is done: a notice or a page that fails is only reported
    show_aside(announce(outcome, services, now()))
    show_aside(update_site_after(services, now()))
    return _show_outcome(outcome, as_json)


@dataclasses.dataclass(frozen=True, slots=True)
class PurgeOptions:
    """The options of `londata purge`."""

    identity: str
    field: str = ""
    table: str = ""
    rows: str = ""
    release: str = ""
    everything: bool = False
    reason: str = ""
    keep_days: int = 0


def run_purge(options: PurgeOptions, as_json: bool) -> int:
    """Take data away for good, and show where they were removed."""
    from flows.privacy.exposures import PurgeTarget, row_numbers
    from flows.site.update import update_site_after
    from flows.takedown.purge import purge

    chosen = [options.field, options.rows, options.release, options.everything]
    if sum(map(bool, chosen)) != 1:
        raise SetupProblem(
            "Say what has to go: exactly one of --field, --rows, --release and --everything.",
            fix="`londata purge --help` shows an example of each.",
        )
    target = PurgeTarget(
        table=options.table,
        field=options.field,
        rows=row_numbers(options.rows),
        release=options.release,
        everything=options.everything,
        days=options.keep_days,
        reason=options.reason,
    )
    services = Services(load_settings())
    with progress(quiet=as_json) as on_stage:
        purged = purge(Identity.parse(options.identity), target, services, now(), on_stage)
    show_aside(update_site_after(services, now()))
    _show_purged([purged], as_json)
    return int(purged.exit_code)


def _show_purged(purged: Sequence[Purged], as_json: bool) -> None:
    if as_json:
        show_json([dataclasses.asdict(one) | {"identity": str(one.identity)} for one in purged])
        return
    for one in purged:
        shown = f"Public is now release {one.release[:12]}." if one.release else "Nothing of it is public."
        show_text(
            f"{one.identity}: {one.words} is gone; {one.removed:,} stored releases and files were removed. {shown}"
        )
        if one.sealed_copy:
            show_text(f"The sealed copy for the Data Protection Officer: {one.sealed_copy}")
        if one.still_public:
            show_text("Still public elsewhere; whoever runs that web server or cache has to remove it there:")
            show_text("\n".join(f"  {address}" for address in one.still_public))


def _show_outcome(outcome: Outcome, as_json: bool) -> int:
    if as_json:
        show_json(result_value(outcome))
    else:
        show_summary(outcome)
        show_links(outcome, report=False)
    return int(outcome.exit_code)


def run_tidy(dry_run: bool, as_json: bool) -> int:
    """Remove what is old and not needed, and show it."""
    from flows.maintenance.tidy import tidy_store

    with progress(quiet=as_json) as on_stage:
        removed = tidy_store(Services(load_settings()), now(), dry_run, on_stage)
    if as_json:
        show_json([dataclasses.asdict(item) for item in removed])
    else:
        show_table(("what", "where"), [(item.kind, item.path) for item in removed])
        show_text(f"{len(removed):,} {'would be ' if dry_run else ''}removed.")
    return ExitCode.DONE if removed else ExitCode.UNCHANGED


def _manifest_folders(services: Services) -> list[Path]:
    """Return the folders with all manifests: those of the store, and those that everybody can read."""
    from catalogue.backends import site_catalogue

    store = services.store
    site_catalogue(services.settings).refresh()
    return [*(store.manifests(identity) for identity in store.identities()), services.settings.site / "current"]


def run_audit_verify(head: str, as_json: bool) -> int:
    """Verify the chain of the audit against itself and the public manifests, and show its end or where it breaks."""
    from flows.state.anchors import chain_of_lost, lost_anchors, read_anchors
    from flows.state.audit import read_entries, verify_chain
    from flows.state.instance_key import instance_key
    from flows.state.records import strays

    services = Services(load_settings())
    database = services.ledger.database
    chain = verify_chain(read_entries(database), head)
    # everybody can read these, so nobody has to remember a hash
    anchors = list(read_anchors(_manifest_folders(services)))
    with database.reading() as connection:
        lost, outside = lost_anchors(anchors, connection, instance_key(services.settings)), strays(connection)
    if lost and not chain.broken_at:
        chain = chain_of_lost(lost[0])
    if as_json:
        show_json(dataclasses.asdict(chain) | {"anchors": len(anchors), "lost": len(lost), "strays": outside})
    elif chain.broken_at:
        show_text(f"The audit is not whole. Row {chain.broken_at}: {chain.why}.")
    else:
        show_text(f"The audit is whole: {chain.rows:,} rows, and so it was for {len(anchors):,} public manifests.")
        show_text(f"Its last hash: {chain.head}")
    if outside and not as_json:
        show_text(f"{outside:,} records stand outside the audit: somebody put them there. They count for nothing.")
    return ExitCode.SETUP if chain.broken_at or outside else ExitCode.DONE


def run_audit_anew(reason: str, as_json: bool) -> int:
    """Note that the audit before this one is lost for good, so that decisions count again."""
    from flows.state.anchors import begin_anew, lost_anchors, read_anchors
    from flows.state.audit import Act
    from flows.state.instance_key import instance_key
    from flows.state.lease import current_user

    services = Services(load_settings())
    key = instance_key(services.settings)
    anchors = list(read_anchors(_manifest_folders(services)))
    with services.ledger.database.writing() as connection:
        lost = lost_anchors(anchors, connection, key)
        if lost:
            act = Act(now(), current_user(), "audit lost", Identity("audit", "all"), note=" ".join(reason.split()))
            begin_anew(connection, lost, key, act)
    if as_json:
        show_json({"lost": len(lost)})
    else:
        show_text(f"{len(lost):,} public manifests name an audit that is lost; that is noted now, with the reason.")
    return ExitCode.DONE if lost else ExitCode.UNCHANGED


def show_audit(identity: str, as_json: bool) -> int:
    """Show every act, newest first; of one dataset when it is named."""
    from flows.decisions.book import read_book
    from flows.state.audit import read_entries

    wanted = Identity.parse(identity) if identity else None
    services = Services(load_settings())
    rows = [row for row in reversed(read_entries(services.ledger.database)) if wanted in (None, _identity(row))]
    decided = {_identity(row) for row in rows if row["what"] == "noted decision"}
    hidden = frozenset().union(*(read_book(found, services).hidden() for found in decided))
    rows = [{**row, "who": HIDDEN} if row["note"] in hidden else row for row in rows]
    if as_json:
        show_json([dict(row) for row in rows])
    else:
        cells = [
            (
                row["at"][:16].replace("T", " "),
                row["who"],
                row["what"],
                str(_identity(row)),
                row["before"][:12] or "–",
                row["after"][:12] or "–",
                row["note"],
            )
            for row in rows
        ]
        show_table(("when", "who", "what", "dataset", "before", "after", "note"), cells)
    return ExitCode.DONE


def _identity(row: Any) -> Identity:
    return Identity(row["dataset"], row["publisher"])
