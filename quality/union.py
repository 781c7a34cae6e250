"""The draft of all of London: the rows of every publisher's release, and how fresh each of them is."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path
from typing import Any

from packages.errors import WaitingForPerson
from packages.model import Check, CheckOutcome, Draft, Extract
from packages.release.seal import open_release
from packages.spec import LONDON, DatasetSpec
from packages.spec.union import MEMBERS, relaxed_resource
from packages.union import Member, MemberRows, member_table, members_from_json, union_rows
from quality.draft import write_draft
from quality.tables import join_drafts, staged_tables
from quality.verdict import JudgedPart as Judged

CHECKED = Check(
    "releases",
    "Every row passed the checks of its publisher's release",
    CheckOutcome.PASSED,
    "Quality, privacy and drift were checked before each publisher's release; what was held was decided there.",
)


def union_part() -> Judged:
    """What stands for the checks that each publisher's file went through before it was released."""
    return Judged(checks=(CHECKED,))


def draft_union(spec: DatasetSpec, extract: Extract, staging: Path, releases: Path) -> Draft:
    """Write the rows of all members, and the table of members, as the draft of a union."""
    found = members_from_json(extract.path.read_bytes())
    folders = {member.publisher: _folder(member, spec.identity.dataset, releases) for member in found}
    schemas = {name: _schemas(folder) for name, folder in folders.items()}
    drafts: list[Draft] = []
    for resource in spec.package.reading_order:
        if resource.name == MEMBERS:
            drafts.append(write_draft(member_table(found, resource), spec, resource, extract, staging))
            continue
        wanted = relaxed_resource(resource, [told[resource.name] for told in schemas.values() if resource.name in told])
        parts = list(_parts(found, folders, resource.name))
        drafts.append(
            write_draft(union_rows(parts, wanted), spec, wanted, extract, staging, references=staged_tables(drafts))
        )
    _prove_whole(found, drafts)
    return join_drafts(drafts, spec)


def _folder(member: Member, dataset: str, releases: Path) -> Path:
    whose = (LONDON, member.within) if member.within else (member.publisher, member.release)
    return releases.joinpath(dataset, *whose)


def _schemas(folder: Path) -> dict[str, Mapping[str, Any]]:
    return {table.name: table.schema for table in open_release(folder).tables}


def _parts(found: Sequence[Member], folders: Mapping[str, Path], table: str) -> Iterator[MemberRows]:
    for member in found:
        path = folders[member.publisher] / f"{table}.parquet"
        if path.is_file():
            yield MemberRows(member, path, is_shared=bool(member.within))


def _prove_whole(found: Sequence[Member], drafts: Sequence[Draft]) -> None:
    wanted = sum(sum(member.rows.values()) for member in found)
    written = sum(table.rows for part in drafts for table in part.tables if table.name != MEMBERS)
    if wanted != written:
        raise WaitingForPerson(
            f"The releases should have {wanted:,} rows together, and {written:,} were read.",
            fix="Have the disk checked. What is public stays as it is.",
        )
