"""Sealing a draft into a release: proven, described, listed in a manifest, and moved into place in one step."""

from __future__ import annotations

import datetime as dt
import errno
import hashlib
import json
import os
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from packages.errors import FileProblem, LondataError, SetupProblem, WaitingForPerson
from packages.formats.hashed import disk_problems
from packages.model import Draft, Identity, Release, Report, StagedFile, Table, Verdict
from packages.release.descriptor import content_digest, describe_draft
from packages.release.equality_proof import SealBroken, prove_files_equal, seal_broken
from packages.release.public_files import FOLDER, make_public_folder
from packages.spec import DatasetSpec

__all__ = [
    "RenderedReport", "SealBroken", "content_digest", "describe_draft", "open_release", "prove_files_equal", "seal",
    "verify_release",
]  # fmt: skip

FORMAT = "londata-manifest/1"
MANIFEST = "manifest.json"
DESCRIPTOR = "datapackage.json"

MEDIA_TYPES = {".json": "application/json", ".html": "text/html"}

REFUSALS: Mapping[Verdict, tuple[type[LondataError], str, str]] = {
    Verdict.BLOCKED: (
        FileProblem,
        "This file cannot be published as it is.",
        "The report names what must be changed in it.",
    ),
    Verdict.HELD: (
        WaitingForPerson,
        "This file waits for somebody to decide.",
        "Read the report, then let the file pass or send it back.",
    ),
    Verdict.UNCHANGED: (
        SetupProblem,
        "This content was released before, and that release is missing here.",
        "Bring the folder of the earlier release back, or publish the file again without it.",
    ),
}


@dataclass(frozen=True, slots=True)
class RenderedReport:
    """The report on a draft, and the files that tell it beside the data: content by file name.

    `noted` are keys for the manifest that are no part of the content, such as the head of the audit.
    """

    report: Report
    files: Mapping[str, bytes]
    noted: Mapping[str, Any] = field(default_factory=dict)


def seal(draft: Draft, rendered: RenderedReport, spec: DatasetSpec, *, releases: Path, now: dt.datetime) -> Release:
    """Make a release of a draft whose report lets it pass, in `releases/<dataset>/<publisher>/<digest>`.

    The staging folder becomes the release, unless the same content was sealed before: then that release stands as it
    is. Raises WaitingForPerson or FileProblem when the report does not let it pass, SealBroken when the files are not
    equal or not as they were written.
    """
    verdict = rendered.report.verdict
    if verdict in (Verdict.BLOCKED, Verdict.HELD):
        raise _refusal(verdict)
    digest = content_digest(draft, spec)
    # named by its content, so that sealing the same content twice gives one release
    target = releases / spec.identity.dataset / spec.identity.publisher / digest
    if target.is_dir():
        return _verified_release(target)
    # only now: an unchanged file is fine as long as the release with its content is still here
    if verdict is Verdict.UNCHANGED:
        raise _refusal(verdict)
    for table in draft.tables:
        prove_files_equal(table, draft.folder)
    with disk_problems(target):
        seal_facts = {"digest": digest, "sealed": now.isoformat(), **rendered.noted}
        _complete(draft, {DESCRIPTOR: _json(describe_draft(spec, draft)), **rendered.files}, seal_facts)
        _move(draft.folder, target)
    return _verified_release(target)


def _refusal(verdict: Verdict) -> LondataError:
    kind, what, fix = REFUSALS[verdict]
    return kind(what, fix=fix, why="A release is only made of what its report lets pass.")


def _verified_release(folder: Path) -> Release:
    release = open_release(folder)
    verify_release(release)
    return release


def _complete(draft: Draft, contents: Mapping[str, bytes], seal_facts: dict[str, Any]) -> None:
    """Write what is missing into the staging folder, the manifest last; sync everything and make it read-only."""
    data = [file for table in draft.tables for file in (table.csv, table.parquet)]
    # whatever else lies there, perhaps the received file itself, must not become public with the rest
    strays = sorted({path.name for path in draft.folder.iterdir()} - {*contents, *(file.name for file in data)})
    if strays:
        raise seal_broken(f"The staging folder holds {', '.join(strays)}, which is no part of a release.")
    for file in data:
        _verify_file(draft.folder / file.name, file)
    files = data + [_write(draft.folder / name, content) for name, content in contents.items()]
    manifest: dict[str, Any] = {
        "format": FORMAT,
        "dataset": draft.identity.dataset,
        "publisher": draft.identity.publisher,
        "rows": {table.name: table.rows for table in draft.tables},
        "files": [{"name": f.name, "sha256": f.sha256, "bytes": f.bytes, "media_type": f.media_type} for f in files],
    }
    # written last: a folder without a manifest is not a release
    _write(draft.folder / MANIFEST, _json(manifest | seal_facts))
    for path in draft.folder.iterdir():
        path.chmod(0o444)
        _sync(path)
    # a temporary folder is private; a release is there to be read
    draft.folder.chmod(FOLDER)
    _sync(draft.folder)


def _move(staging: Path, target: Path) -> None:
    make_public_folder(target.parent)
    try:
        staging.rename(target)
    except OSError as error:
        if error.errno == errno.EXDEV:
            raise SetupProblem(
                f"The staging folder and {target.parent} are on different disks.",
                fix="Put both on one disk: a release is moved into its place in one step.",
            ) from error
        # another process sealed the same content at the same moment: its release is as good as ours
        if error.errno not in (errno.EEXIST, errno.ENOTEMPTY):
            raise
    # a rename survives a power cut only once the folder around it is on disk
    _sync(target.parent)


def _sync(path: Path) -> None:
    """Write a file or folder through to the disk, so that it survives a power cut."""
    handle = os.open(path, os.O_RDONLY)
    try:
        os.fsync(handle)
    finally:
        os.close(handle)


def open_release(folder: Path) -> Release:
    """Return the release in a folder as its manifest describes it; nothing is verified."""
    manifest, descriptor = _read_json(folder / MANIFEST), _read_json(folder / DESCRIPTOR)
    try:
        if manifest.get("format") != FORMAT:
            raise seal_broken(f"The manifest in {folder} is not one that this version of londata reads.")
        return _described_release(folder, manifest, descriptor)
    except (KeyError, TypeError, ValueError, AttributeError):
        raise seal_broken(f"There is no whole release in {folder}: its manifest or descriptor was changed.") from None


def _described_release(folder: Path, manifest: dict[str, Any], descriptor: dict[str, Any]) -> Release:
    files = tuple(StagedFile(**entry) for entry in manifest["files"])
    # a name is never a way to somewhere else, to read from or to write to
    if any(Path(file.name).name != file.name or not file.name.strip(".") for file in files):
        raise ValueError("a name of a file")
    by_name = {file.name: file for file in files}
    schemas = {resource["name"]: resource["schema"] for resource in descriptor["resources"]}
    return Release(
        identity=Identity(manifest["dataset"], manifest["publisher"]),
        digest=manifest["digest"],
        folder=folder,
        tables=tuple(
            Table(name, schemas[name], rows, by_name[f"{name}.csv"], by_name[f"{name}.parquet"])
            for name, rows in manifest["rows"].items()
        ),
        manifest=files,
        descriptor=descriptor,
        sealed=dt.datetime.fromisoformat(manifest["sealed"]),
    )


def verify_release(release: Release) -> None:
    """Read every file again and compare it with the manifest; SealBroken names the first that differs."""
    listed = {MANIFEST, *(file.name for file in release.manifest)}
    strays = sorted({path.name for path in release.folder.iterdir()} - listed)
    if strays:
        raise seal_broken(f"The release holds {', '.join(strays)}, which its manifest does not list.")
    for file in release.manifest:
        _verify_file(release.folder / file.name, file)


def _verify_file(path: Path, expected: StagedFile) -> None:
    if not path.is_file():
        raise seal_broken(f"{expected.name} is missing from the release.")
    with path.open("rb") as file:
        sha256 = hashlib.file_digest(file, "sha256").hexdigest()
    if sha256 != expected.sha256:
        raise seal_broken(f"{expected.name} is not the file that was written: its digest differs.")


def _write(path: Path, content: bytes) -> StagedFile:
    path.write_bytes(content)
    return StagedFile(path.name, hashlib.sha256(content).hexdigest(), len(content), MEDIA_TYPES[path.suffix])


def _read_json(path: Path) -> dict[str, Any]:
    try:
        content: dict[str, Any] = json.loads(path.read_bytes())
    except (FileNotFoundError, IsADirectoryError, NotADirectoryError, ValueError, RecursionError) as error:
        raise seal_broken(f"There is no whole release in {path.parent}: {path.name} is missing or damaged.") from error
    return content


def _json(content: Mapping[str, Any]) -> bytes:
    return (json.dumps(content, ensure_ascii=False, indent=2) + "\n").encode()
