"""Reading and checking of the YAML of a dataset; problems name the file, the key and the fix."""

from __future__ import annotations

from functools import lru_cache
from pathlib import Path
from typing import Any, TypeVar

import yaml
from pydantic import BaseModel, ValidationError

from packages.errors import SetupProblem
from packages.model import Identity
from packages.spec.dataset import LONDON, NOBODY, Contact, DatasetSpec, PublisherFile
from packages.spec.layout import SharedMapping
from packages.spec.names import check_names
from packages.spec.quality import QualitySpec
from packages.spec.small_numbers import with_reasons
from packages.spec.source import FolderSource
from packages.spec.table import DataPackage
from packages.spec.union import union_spec
from packages.spec.wording import short_path, suggestion
from packages.yaml_file import read_yaml

DATASETS = Path(__file__).parents[1] / "datasets"
"""The shipped dataset folders."""

M = TypeVar("M", bound=BaseModel)

FILES: dict[str, type[BaseModel]] = {
    "datapackage.yaml": DataPackage,
    "quality.yaml": QualitySpec,
    "mapping.yaml": SharedMapping,
    "publishers/*.yaml": PublisherFile,
}


def json_schemas() -> dict[str, dict[str, Any]]:
    """Return the JSON Schema of each kind of YAML file, with which editors complete and check it."""
    return {name: model.model_json_schema(by_alias=True) for name, model in FILES.items()}


def list_datasets(root: Path = DATASETS) -> tuple[str, ...]:
    """Return the names of all dataset folders."""
    return tuple(sorted(p.parent.name for p in root.glob("*/datapackage.yaml")))


def list_identities(root: Path = DATASETS, dataset: str = "*") -> tuple[Identity, ...]:
    """Return every pair of dataset and publisher that has a description, of one dataset or of all."""
    found = (Identity(p.parent.parent.name, p.stem) for p in root.glob(f"{dataset}/publishers/*.yaml"))
    return tuple(sorted(found))


def list_unions(root: Path = DATASETS) -> tuple[Identity, ...]:
    """Return every dataset that has a union of all publishers."""
    return tuple(Identity(name, LONDON) for name in list_datasets(root) if load_package(name, root).union)


def load_spec(identity: Identity, root: Path = DATASETS) -> DatasetSpec:
    """Read and check the YAML of one dataset for one publisher; SetupProblem names the file, the key and the fix."""
    if identity.publisher == LONDON:
        # no file describes a union: it follows from the dataset
        quality = _read_optional(root / identity.dataset / "quality.yaml", QualitySpec)
        package = with_reasons(load_package(identity.dataset, root), quality.disclosure.counts)
        return union_spec(identity.dataset, root / identity.dataset, package, quality)
    folder = _folder(identity.dataset, root)
    path = folder / "publishers" / f"{identity.publisher}.yaml"
    if not path.is_file():
        known = sorted(p.stem for p in (folder / "publishers").glob("*.yaml"))
        raise SetupProblem(
            f"“{identity.publisher}” has no description in the dataset {identity.dataset}.",
            fix=suggestion(identity.publisher, known) + f" To add it, write {path.name} beside the others.",
        )
    publisher = _read(path, PublisherFile)
    quality = _read_optional(folder / "quality.yaml", QualitySpec)
    spec = DatasetSpec(
        identity=identity,
        folder=folder,
        package=with_reasons(_read(folder / "datapackage.yaml", DataPackage), quality.disclosure.counts),
        quality=quality,
        mapping=_read_optional(folder / "mapping.yaml", SharedMapping),
        publisher=publisher,
    )
    check_names(spec, path)
    return spec


def load_package(dataset: str, root: Path = DATASETS) -> DataPackage:
    """Read the datapackage.yaml of a dataset."""
    return _read(_folder(dataset, root) / "datapackage.yaml", DataPackage)


def generic_spec(dataset: str, root: Path = DATASETS) -> DatasetSpec:
    """Return the spec for a file of an unknown publisher: the dataset's own names and shared layouts only."""
    folder = _folder(dataset, root)
    quality = _read_optional(folder / "quality.yaml", QualitySpec)
    return DatasetSpec(
        identity=Identity(dataset, NOBODY),
        folder=folder,
        package=with_reasons(_read(folder / "datapackage.yaml", DataPackage), quality.disclosure.counts),
        quality=quality,
        mapping=_read_optional(folder / "mapping.yaml", SharedMapping),
        publisher=PublisherFile(
            publisher=NOBODY,
            contact=Contact(team="unknown"),
            source=FolderSource(kind="folder", path="."),
        ),
    )


def _folder(dataset: str, root: Path) -> Path:
    folder = root / dataset
    if not (folder / "datapackage.yaml").is_file():
        raise SetupProblem(
            f"There is no dataset called “{dataset}”.",
            fix=suggestion(dataset, list_datasets(root)) + " `londata datasets` lists them all.",
        )
    return folder


def _read_optional(path: Path, model: type[M]) -> M:
    return _read(path, model) if path.is_file() else model()


def _read(path: Path, model: type[M]) -> M:
    # the 33 publishers of a dataset share most files: each version of a file is read once
    version = path.stat()
    content: M = _read_version(path, model, (version.st_mtime_ns, version.st_size))
    return content


@lru_cache(maxsize=1024)
def _read_version(path: Path, model: type[M], _version: tuple[int, int]) -> M:
    """Read and check a file; the version is part of the cache's key only."""
    try:
        content = read_yaml(path.read_text(encoding="utf-8"))
    except yaml.YAMLError as error:
        mark = getattr(error, "problem_mark", None)
        line = f" near line {mark.line + 1}" if mark else ""
        raise SetupProblem(
            f"{short_path(path)} is not YAML{line}.", fix="Check the indentation and the quotes there."
        ) from error
    try:
        return model.model_validate(content or {})
    except ValidationError as error:
        raise _validation_problem(path, model, error) from error


def _validation_problem(path: Path, model: type[BaseModel], error: ValidationError) -> SetupProblem:
    """Return the problem of the first error, with the number of the others."""
    first = error.errors()[0]
    key = ".".join(str(part) for part in first["loc"]) or "(the whole file)"
    more = f" and {error.error_count() - 1} more" if error.error_count() > 1 else ""
    if first["type"] == "extra_forbidden":
        # keys of every model in the file: the unknown one may belong to another level
        schema = model.model_json_schema(by_alias=True)
        parts = [schema, *schema.get("$defs", {}).values()]
        known = {name for part in parts for name in part.get("properties", {})}
        fix = suggestion(str(first["loc"][-1]), sorted(known))
        return SetupProblem(f"{short_path(path)}: the key `{key}` is not known{more}.", fix=fix)
    if first["type"] == "missing":
        return SetupProblem(f"{short_path(path)}: the key `{key}` is missing{more}.", fix=f"Add `{key}`.")
    return SetupProblem(
        f"{short_path(path)}: `{key}` does not fit: {first['msg']}{more}.",
        fix=f"Change `{key}`; the other datasets have examples.",
    )
