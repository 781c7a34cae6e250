"""A thin description is told, never blocked."""

from __future__ import annotations

from typing import Any

import pytest

from packages.model import CheckOutcome, Identity, Severity
from packages.spec import Contact, DatasetSpec
from packages.spec.governance import GovernanceSpec
from quality.completeness import metadata_part
from tests.quality.drafts import make_spec

FULL = make_spec([{"name": "a"}, {"name": "b"}])


def with_package(**changes: Any) -> DatasetSpec:
    return FULL.model_copy(update={"package": FULL.package.model_copy(update=changes)})


def with_contact(contact: Contact) -> DatasetSpec:
    return FULL.model_copy(update={"publisher": FULL.publisher.model_copy(update={"contact": contact})})


@pytest.mark.parametrize(
    ("spec", "rules"),
    [
        (FULL, []),
        (with_package(title=" "), ["metadata-title"]),
        (with_package(description="Things."), ["metadata-description"]),
        (with_package(keywords=["things", "things"]), ["metadata-keywords"]),
        (with_package(licence="mine"), ["metadata-vocabulary"]),
        (with_package(theme="things", cadence="whenever"), ["metadata-vocabulary", "metadata-vocabulary"]),
        (with_contact(Contact(team="Team")), ["metadata-contact"]),
        (with_contact(Contact(team="", email="x@camden.example")), ["metadata-contact"]),
        (with_contact(Contact(team="Team", page="https://camden.example")), []),
        (FULL.model_copy(update={"identity": Identity("things", "unknown-publisher")}), ["metadata-publisher"]),
        (make_spec([{"name": "a", "description": ""}, {"name": "b"}]), ["metadata-fields"]),
    ],
)
def test_what_is_missing(spec: DatasetSpec, rules: list[str]) -> None:
    part = metadata_part(spec)
    assert [f.rule for f in part.findings] == rules
    assert {f.severity for f in part.findings} <= {Severity.WARN}
    assert [c.outcome for c in part.checks] == [CheckOutcome.FAILED if rules else CheckOutcome.PASSED]


def test_what_is_not_open_is_never_published() -> None:
    closed = GovernanceSpec(openness="closed", reason="It names foster carers.")
    (found,) = metadata_part(with_package(governance=closed)).findings
    assert (found.rule, found.severity) == ("metadata-not-open", Severity.BLOCK)
    assert "It names foster carers." in found.what


def test_the_undescribed_columns_are_named() -> None:
    part = metadata_part(make_spec([{"name": "a", "description": ""}, {"name": "b"}, {"name": "c"}]))
    assert part.findings[0].what == "One of the 3 columns is not described: a."
