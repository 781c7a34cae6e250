"""The draft of all of London: the rows of every publisher's release, and a table of the releases."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import replace
from pathlib import Path

from packages.errors import WaitingForPerson
from packages.model import Check, CheckOutcome, Draft, Extract
from packages.release.seal import open_release
from packages.spec import LONDON, DatasetSpec
from packages.spec.union import MEMBERS, relaxed_resource
from packages.union import Member, MemberRows, member_table, members_from_json, union_rows
from quality.disclosure.screen import screen
from quality.drafting.draft import Staging, write_draft
from quality.report.redaction import without_personal_values
from quality.tables import join_drafts, staged_tables
from quality.verdict import JudgedPart

CHECKED = Check(
    "releases",
    "Every row passed the checks of its publisher's release",
    CheckOutcome.PASSED,
    "Quality, privacy and drift were checked before each publisher's release; what was held was decided there.",
)


def union_part() -> JudgedPart:
    """Return the check that stands for those that each publisher's file passed before its release."""
    return JudgedPart(checks=(CHECKED,))


def draft_union(spec: DatasetSpec, extract: Extract, staging: Path, releases: Path) -> Draft:
    """Write the rows of all members, and the table of members, as the draft of a union.

    WaitingForPerson when fewer or more rows were read than the releases have.
    """
    members = members_from_json(extract.path.read_bytes())
    folders: dict[str, Path] = {}
    for member in members:
        # a member that has no release of its own is part of a release of all of London
        release = (LONDON, member.within) if member.within else (member.publisher, member.release)
        folders[member.publisher] = releases.joinpath(spec.identity.dataset, *release)
    schemas = [{table.name: table.schema for table in open_release(folder).tables} for folder in folders.values()]
    drafts: list[Draft] = []
    for resource in spec.package.reading_order:
        if resource.name == MEMBERS:
            drafts.append(write_draft(member_table(members, resource), spec, resource, extract, Staging(staging)))
            continue
        relaxed = relaxed_resource(
            resource, [by_name[resource.name] for by_name in schemas if resource.name in by_name]
        )
        rows = union_rows(list(_member_rows(members, folders, resource.name)), relaxed)
        drafts.append(write_draft(rows, spec, relaxed, extract, Staging(staging, staged_tables(drafts))))
    _check_complete(members, drafts)
    joined = join_drafts(drafts, spec, {})
    # what a member's people approved may be published, and still no report shows it; the members hold the findings
    return replace(joined, tables=without_personal_values(joined.tables, screen(joined, spec).findings))


def _member_rows(members: Sequence[Member], folders: Mapping[str, Path], table: str) -> Iterator[MemberRows]:
    for member in members:
        path = folders[member.publisher] / f"{table}.parquet"
        if path.is_file():
            yield MemberRows(member, path, is_shared=bool(member.within))


def _check_complete(members: Sequence[Member], drafts: Sequence[Draft]) -> None:
    wanted = sum(sum(member.rows.values()) for member in members)
    written = sum(table.rows for part in drafts for table in part.tables if table.name != MEMBERS)
    if wanted != written:
        raise WaitingForPerson(
            f"The releases should have {wanted:,} rows together, and {written:,} were read.",
            fix="Have the disk checked. What is public stays as it is.",
        )
