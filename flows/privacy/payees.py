"""The payees that a borough has confirmed: keyed hashes in the ledger, noted when a decision let them be published."""

from __future__ import annotations

import datetime as dt

from flows.examine import Examination
from flows.services import Services
from flows.state.instance_key import instance_key
from packages.model import Identity, Release
from quality.disclosure.payees import (
    NOBODY_KNOWN,
    RULE,
    VOUCHED,
    KnownPayees,
    payee_mark,
    person_like,
    person_like_payees,
)


def confirmed_payees(identity: Identity, services: Services, *, vouched: bool = False) -> KnownPayees:
    """Return the payees that a borough has confirmed in any of its datasets; `vouched`: also by flags of a file."""
    marks = services.ledger.known_payees(identity.publisher)
    return KnownPayees(marks, instance_key(services.settings), vouched) if marks else NOBODY_KNOWN


def note_confirmed_payees(examination: Examination, release: Release, services: Services, now: dt.datetime) -> None:
    """Note the payees of a release that look like private people and that people let pass: they do not hold again.

    Those for which the file's own flags vouch are noted apart: only what was made of such a file may have them.
    """
    fields = [found.where for found in examination.report.findings if found.rule == RULE]
    flagged = examination.draft.vouched if examination.draft else frozenset()
    vouched = person_like(flagged)
    if not (fields or vouched):
        return
    key, known = instance_key(services.settings), services.ledger.known_payees(release.identity.publisher)
    tables = {table.name: release.folder / table.parquet.name for table in release.tables}
    names = {name for where in fields for name in person_like_payees(tables[where.resource], where.field)}
    marks = {payee_mark(name, key) for name in names} | {payee_mark(VOUCHED + name, key) for name in vouched}
    services.ledger.note_payees(release.identity, marks - known, now)
