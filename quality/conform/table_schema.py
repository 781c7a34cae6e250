"""A Table Schema as frictionless takes it, and the paths that frictionless may read."""

from __future__ import annotations

from collections.abc import Mapping
from contextlib import AbstractContextManager
from pathlib import Path
from typing import Any

from packages.errors import SetupProblem
from quality.conform.shared_swap import SharedSwap


def read_schema(schema: str | Path | Mapping[str, Any]) -> Mapping[str, Any]:
    """Return a Table Schema from a mapping, or from a JSON or YAML file; SetupProblem when the file holds none."""
    if isinstance(schema, Mapping):
        return schema
    import yaml

    from packages.yaml_file import read_yaml

    try:
        content = read_yaml(Path(schema).read_text(encoding="utf-8"))
    except (OSError, UnicodeDecodeError, yaml.YAMLError) as error:
        raise SetupProblem(
            f"The schema {Path(schema).name} cannot be read as JSON or YAML.",
            fix="Check the path, and that the file is UTF-8 text.",
        ) from error
    if not isinstance(content, dict):
        raise SetupProblem(f"{Path(schema).name} is not a Table Schema.", fix="It needs a key `fields`, with a list.")
    return content


def to_frictionless_schema(descriptor: Mapping[str, Any]) -> Any:
    """Return a Table Schema as frictionless' own Schema; one that it refuses is a SetupProblem."""
    from frictionless import FrictionlessException, Schema

    try:
        return Schema.from_descriptor(dict(descriptor))
    except FrictionlessException as error:
        notes = [reason.note for reason in error.reasons] or [error.error.note]
        raise schema_problem("; ".join(notes)) from error


def schema_problem(reason: str) -> SetupProblem:
    """Return the SetupProblem for a Table Schema that cannot be used."""
    return SetupProblem(
        f"The Table Schema cannot be used: {reason}.",
        fix="Change the schema; the Table Schema standard lists what each type of field may have.",
    )


_TRUSTED = SharedSwap()


def trust_paths() -> AbstractContextManager[None]:
    """Let frictionless read absolute paths, which it otherwise refuses, while the context lasts in any thread."""
    from frictionless import system

    return _TRUSTED.swapped(system, "trusted", True)
