"""The body of the commands that look after what is public: reconcile, rollback, withdraw, tidy, audit."""

from __future__ import annotations

import dataclasses
import datetime as dt
from typing import TYPE_CHECKING, Any

from flows.cli.terminal import progress, show_aside, show_json, show_table, show_text
from flows.services import Services
from flows.settings import load_settings
from packages.errors import ExitCode
from packages.model import Identity

if TYPE_CHECKING:
    from flows.publish import Outcome


def run_reconcile(as_json: bool) -> int:
    """Settle everything, and show what was found."""
    from flows.maintenance.reconcile import reconcile as settle_all
    from flows.site.update import update_site_after

    tools = Services(load_settings())
    with progress(quiet=as_json) as say:
        found = settle_all(tools, _now(), say)
    show_aside(update_site_after(tools, _now()))
    if as_json:
        show_json([_value(settled) for settled in found])
    else:
        columns = ("dataset", "publisher", "release", "result", "what to know")
        show_table(columns, [(*_names(s.identity), s.release[:12] or "–", s.result, s.what) for s in found])
    return _worst([settled.exit_code for settled in found])


def run_rollback(identity: str, release: str, as_json: bool) -> int:
    """Make an earlier release public again."""
    from flows.maintenance.versions import rollback as go_back
    from flows.site.update import update_site_after

    tools = Services(load_settings())
    with progress(quiet=as_json) as say:
        outcome = go_back(Identity.parse(identity), release, tools, _now(), say)
    show_aside(update_site_after(tools, _now()))
    return _show(outcome, as_json)


def run_withdraw(identity: str, reason: str, as_json: bool) -> int:
    """Take a dataset away from the public, and tell who asked to be told."""
    from flows.maintenance.versions import withdraw as take_away
    from flows.orchestration.notices import announce
    from flows.site.update import update_site_after

    tools = Services(load_settings())
    with progress(quiet=as_json) as say:
        outcome = take_away(Identity.parse(identity), reason, tools, _now(), say)
    show_aside(announce(outcome, tools, _now()))
    show_aside(update_site_after(tools, _now()))
    return _show(outcome, as_json)


def run_tidy(dry_run: bool, as_json: bool) -> int:
    """Remove what is old and not needed, and show it."""
    from flows.maintenance.tidy import tidy_store as remove

    with progress(quiet=as_json) as say:
        gone = remove(Services(load_settings()), _now(), dry_run, say)
    if as_json:
        show_json([dataclasses.asdict(one) for one in gone])
    else:
        show_table(("what", "where"), [(one.kind, one.path) for one in gone])
        show_text(f"{len(gone):,} {'would be ' if dry_run else ''}removed.")
    return ExitCode.DONE if gone else ExitCode.UNCHANGED


def run_audit_verify(head: str, as_json: bool) -> int:
    """Follow the chain of the audit."""
    from flows.state.audit import read_entries, verify_chain

    chain = verify_chain(read_entries(Services(load_settings()).ledger.database), head)
    if as_json:
        show_json(dataclasses.asdict(chain))
    elif chain.broken_at:
        show_text(f"The audit is not whole. Row {chain.broken_at}: {chain.why}.")
    else:
        show_text(f"The audit is whole: {chain.rows:,} rows. Note the last hash elsewhere: {chain.head}")
    return ExitCode.SETUP if chain.broken_at else ExitCode.DONE


def show_audit(identity: str, as_json: bool) -> int:
    """Every act, newest first; of one dataset when it is named."""
    from flows.state.audit import read_entries

    wanted = Identity.parse(identity) if identity else None
    rows = [row for row in read_entries(Services(load_settings()).ledger.database) if wanted in (None, _identity(row))]
    rows.reverse()
    if as_json:
        show_json([dict(row) for row in rows])
    else:
        columns = ("when", "who", "what", "dataset", "before", "after", "note")
        show_table(columns, [_entry(row) for row in rows])
    return ExitCode.DONE


def _show(outcome: Outcome, as_json: bool) -> int:
    if as_json:
        show_json(_value(outcome))
    else:
        show_text(f"{outcome.identity}: {outcome.summary}")
        if outcome.page:
            show_text(f"Page: {outcome.page}")
    return int(outcome.exit_code)


def _entry(row: Any) -> tuple[str, ...]:
    before, after = (row[name][:12] or "–" for name in ("before", "after"))
    return (row["at"][:16].replace("T", " "), row["who"], row["what"], str(_identity(row)), before, after, row["note"])


def _identity(row: Any) -> Identity:
    return Identity(row["dataset"], row["publisher"])


def _names(identity: Identity) -> tuple[str, str]:
    return (identity.dataset, identity.publisher)


def _value(found: Any) -> dict[str, Any]:
    return dataclasses.asdict(found) | {"identity": str(found.identity), "exit_code": int(found.exit_code)}


def _worst(codes: list[ExitCode]) -> int:
    """The code of the most urgent one; when nothing is wrong, whether anything was done."""
    wrong = [code for code in codes if code not in (ExitCode.DONE, ExitCode.UNCHANGED)]
    if wrong:
        return int(max(wrong))
    return int(ExitCode.DONE if ExitCode.DONE in codes else ExitCode.UNCHANGED)


def _now() -> dt.datetime:
    return dt.datetime.now(dt.UTC)
