"""The keys of other tables that foreign keys may refer to, read once for everybody who judges rows."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from packages.spec import TableSchema


@dataclass(frozen=True, slots=True)
class KnownKeys:
    """What the foreign keys of a table may refer to, sent to everybody who judges its rows.

    `single` are the keys by the field that refers alone, in each of the tables that it refers to; `groups` are fields
    that refer together, with the keys of their table. `unresolved` names the tables that are not at hand.
    """

    single: Mapping[str, Sequence[Collection[tuple[Any, ...]]]]
    groups: Sequence[tuple[tuple[str, ...], Collection[tuple[Any, ...]]]]
    unresolved: tuple[str, ...] = ()


def known_keys(schema: TableSchema, references: Mapping[str, Any]) -> KnownKeys:
    """Return what the foreign keys of a schema may refer to, in the tables that are given by name."""
    single: dict[str, list[Collection[tuple[Any, ...]]]] = {}
    groups, unresolved = [], []
    for names, resource, theirs in schema.points_to:
        if not resource:
            continue
        if resource not in references:
            unresolved.append(resource)
            continue
        # imported on use: it imports the tables of frictionless, and few schemas refer to another table
        from quality.conform.frictionless.referenced_keys import referenced_keys

        known = referenced_keys(references[resource], theirs)
        if len(names) == 1:
            single.setdefault(names[0], []).append(known)
        else:
            groups.append((tuple(names), known))
    return KnownKeys(single, groups, tuple(unresolved))
