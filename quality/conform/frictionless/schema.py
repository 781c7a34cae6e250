"""A Table Schema as frictionless takes it, and the files that it may look at."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from packages.errors import SetupProblem


def read_schema(schema: str | Path | Mapping[str, Any]) -> Mapping[str, Any]:
    """A Table Schema from a mapping, or from a JSON or YAML file."""
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
    """A Table Schema as frictionless' own Schema; one that it refuses is a SetupProblem."""
    from frictionless import FrictionlessException, Schema

    try:
        return Schema.from_descriptor(dict(descriptor))
    except FrictionlessException as error:
        raise schema_problem("; ".join(_notes(error))) from error


def schema_problem(reason: str) -> SetupProblem:
    """A Table Schema that cannot be used, and why."""
    return SetupProblem(
        f"The Table Schema cannot be used: {reason}.",
        fix="Change the schema; the Table Schema standard lists what each type of field may have.",
    )


def _notes(error: Any) -> Sequence[str]:
    return [reason.note for reason in error.reasons] or [error.error.note]


@contextmanager
def trust_paths() -> Iterator[None]:
    """Frictionless refuses absolute paths unless it is told that they were chosen on purpose."""
    from frictionless import system

    before, system.trusted = system.trusted, True
    try:
        yield
    finally:
        system.trusted = before
