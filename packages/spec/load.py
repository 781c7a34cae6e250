"""Reads and checks the YAML of a dataset, and says which file, key and fix where it does not fit."""

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
from packages.spec.source import FolderSource
from packages.spec.table import DataPackage
from packages.spec.wording import short_path, suggestion
from packages.yaml_file import read_yaml

DATASETS = Path(__file__).parents[1] / "datasets"
"""Where the shipped dataset folders are."""

M = TypeVar("M", bound=BaseModel)

FILES: dict[str, type[BaseModel]] = {
    "datapackage.yaml": DataPackage,
    "quality.yaml": QualitySpec,
    "mapping.yaml": SharedMapping,
    "publishers/*.yaml": PublisherFile,
}


def json_schemas() -> dict[str, dict[str, Any]]:
    """The JSON Schema of each kind of YAML file, so that editors complete and check it."""
    return {name: model.model_json_schema(by_alias=True) for name, model in FILES.items()}


def list_datasets(root: Path = DATASETS) -> tuple[str, ...]:
    """The names of all dataset folders."""
    return tuple(sorted(p.parent.name for p in root.glob("*/datapackage.yaml")))


def list_identities(root: Path = DATASETS) -> tuple[Identity, ...]:
    """Every dataset of every publisher that has a description."""
    found = (Identity(p.parent.parent.name, p.stem) for p in root.glob("*/publishers/*.yaml"))
    return tuple(sorted(found))


def list_unions(root: Path = DATASETS) -> tuple[Identity, ...]:
    """Every dataset that is put together for all of London."""
    return tuple(Identity(name, LONDON) for name in list_datasets(root) if load_package(name, root).union)


def load_spec(identity: Identity, root: Path = DATASETS) -> DatasetSpec:
    """Read and check the YAML of one dataset for one publisher; SetupProblem says which file, key and fix."""
    if identity.publisher == LONDON:
        from packages.union import union_spec  # it builds on what is here

        return union_spec(identity.dataset, root)
    folder = _folder(identity.dataset, root)
    path = folder / "publishers" / f"{identity.publisher}.yaml"
    if not path.is_file():
        known = sorted(p.stem for p in (folder / "publishers").glob("*.yaml"))
        raise SetupProblem(
            f"“{identity.publisher}” has no description in the dataset {identity.dataset}.",
            fix=suggestion(identity.publisher, known) + f" To add it, write {path.name} beside the others.",
        )
    publisher = _read(path, PublisherFile)
    spec = DatasetSpec(
        identity=identity,
        folder=folder,
        package=_read(folder / "datapackage.yaml", DataPackage),
        quality=_read_optional(folder / "quality.yaml", QualitySpec),
        mapping=_read_optional(folder / "mapping.yaml", SharedMapping),
        publisher=publisher,
    )
    check_names(spec, path)
    return spec


def load_package(dataset: str, root: Path = DATASETS) -> DataPackage:
    """Read the datapackage.yaml of a dataset."""
    return _read(_folder(dataset, root) / "datapackage.yaml", DataPackage)


def generic_spec(dataset: str, root: Path = DATASETS) -> DatasetSpec:
    """A spec for a file whose publisher is not known: the dataset's own names and shared layouts only."""
    folder = _folder(dataset, root)
    return DatasetSpec(
        identity=Identity(dataset, NOBODY),
        folder=folder,
        package=_read(folder / "datapackage.yaml", DataPackage),
        quality=_read_optional(folder / "quality.yaml", QualitySpec),
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
    """Read and check a file; what 33 publishers of a dataset share is read once, until it changes."""
    seen = path.stat()
    content: M = _read_version(path, model, (seen.st_mtime_ns, seen.st_size))
    return content


@lru_cache(maxsize=1024)
def _read_version(path: Path, model: type[M], _version: tuple[int, int]) -> M:
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
        what, fix = _explain(path, model, error)
        raise SetupProblem(what, fix=fix) from error


def _explain(path: Path, model: type[BaseModel], error: ValidationError) -> tuple[str, str]:
    first = error.errors()[0]
    key = ".".join(str(part) for part in first["loc"]) or "(the whole file)"
    more = f" and {error.error_count() - 1} more" if error.error_count() > 1 else ""
    if first["type"] == "extra_forbidden":
        fix = suggestion(str(first["loc"][-1]), sorted(_known_keys(model)))
        return f"{short_path(path)}: the key `{key}` is not known{more}.", fix
    if first["type"] == "missing":
        return f"{short_path(path)}: the key `{key}` is missing{more}.", f"Add `{key}`."
    what = f"{short_path(path)}: `{key}` does not fit: {first['msg']}{more}."
    return what, f"Change `{key}`; the other datasets have examples."


def _known_keys(model: type[BaseModel]) -> set[str]:
    schema = model.model_json_schema(by_alias=True)
    parts = [schema, *schema.get("$defs", {}).values()]
    return {key for part in parts for key in part.get("properties", {})}
