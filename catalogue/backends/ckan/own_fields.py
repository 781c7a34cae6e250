"""Fields that a CKAN asks for and that a release cannot know: `ckan_fields` of settings and descriptions. Pure."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any

from catalogue.backends.ckan.schema import SchemaField, TargetSchema
from packages.errors import SetupProblem

OF_FILES = "resources"
"""The key of `ckan_fields` under which the fields of every file stand."""

OURS_ALONE = frozenset(
    {
        "id", "name", "state", "type", "private", "owner_org", "extras", "tags", "tag_string", "groups", "identifier",
        "release_digest", "quality_report", "schema", "withdrawn", "withdrawal_reason", "url_type", "hash", "size",
    }
)  # fmt: skip
"""By these a dataset is found again, proved whole and taken away, so nothing else may stand there."""

FILLED = frozenset({"name", "owner_org", "tag_string", "title", "type"})
"""Fields that a dataset of ours always has, or has in another form (`tags`)."""

FILLED_OF_FILES = frozenset({"url", "name", "format", "id", "package_id"})

WHERE = (
    "`ckan_fields` in londata.toml for all datasets, in datapackage.yaml for one, or in the publisher's file for one "
    "publisher of it; the nearest counts"
)


def own_fields(*sources: Mapping[str, Any]) -> tuple[dict[str, Any], dict[str, Any]]:
    """Return the own fields of a dataset and of its files from several sources, the nearest last.

    SetupProblem when one of them is a field by which we find our datasets again.
    """
    of_dataset: dict[str, Any] = {}
    of_files: dict[str, Any] = {}
    for source in sources:
        nested = source.get(OF_FILES, {})
        if not isinstance(nested, Mapping):
            raise SetupProblem(
                f"`{OF_FILES}` in `ckan_fields` is no list of fields with their values.",
                fix=f"Write the fields of files below `{OF_FILES}`, each with its value.",
            )
        of_files |= nested
        of_dataset |= {key: value for key, value in source.items() if key != OF_FILES}
    for key in sorted({*of_dataset, *of_files} & OURS_ALONE):
        raise SetupProblem(
            f"`ckan_fields` sets “{key}”, by which our datasets are found again and proved.",
            fix=f"Take “{key}” out of `ckan_fields`.",
        )
    return of_dataset, of_files


def require_fields(
    url: str, entry: Mapping[str, Any], files: Iterable[Mapping[str, Any]], target: TargetSchema
) -> None:
    """Raise SetupProblem for the first field that the CKAN at `url` asks for, or has a list for, and that does not fit.

    `entry` is what will be sent of the dataset, `files` what will be sent of each file.
    """
    for field in target.fields.values():
        if field.name not in FILLED:
            _require(url, field, entry.get(field.name), "")
    for file in files:
        for field in target.resource_fields.values():
            if field.name not in FILLED_OF_FILES:
                _require(url, field, file.get(field.name), f"{OF_FILES}.")


def _require(url: str, field: SchemaField, value: Any, below: str) -> None:
    values = value if isinstance(value, list) else [value]
    filled = [one for one in values if one not in (None, "", {})]
    if field.is_required and not filled:
        raise SetupProblem(
            f"The catalogue {url} asks for the field “{field.name}” ({_labelled(field)}), and we do not know it.",
            fix=f"Set `{below}{field.name}` under {WHERE}.{_choices(field)}",
            why="It takes no dataset without it. Nothing was written.",
        )
    known = {choice for choice, _ in field.choices}
    if known and any(isinstance(one, str) and one not in known for one in filled):
        raise SetupProblem(
            f"The catalogue {url} has a list for the field “{field.name}” ({_labelled(field)}), and “{filled[0]}” is "
            "not on it.",
            fix=f"Change `{below}{field.name}` under {WHERE}.{_choices(field)}",
            why="It takes no dataset with it. Nothing was written.",
        )
    for part in field.parts.values():
        for one in filled:
            if isinstance(one, Mapping):
                _require(url, part, one.get(part.name), f"{below}{field.name}, each with ")


def _labelled(field: SchemaField) -> str:
    return f"labelled “{field.label}”" if field.label and field.label != field.name else "without a label"


def _choices(field: SchemaField) -> str:
    if not field.choices:
        return ""
    words = ", ".join(f"{value} ({label})" if label != value else value for value, label in field.choices[:20])
    more = f" and {len(field.choices) - 20} more" if len(field.choices) > 20 else ""
    return f" It takes one of: {words}{more}."
