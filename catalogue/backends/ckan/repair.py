"""A dataset that a repeated resource_create damaged: how it is known, and what repairs it. Pure."""

from __future__ import annotations

import json
from collections.abc import Mapping
from typing import Any

from catalogue.backends.ckan.entry import extras_of

IN_REPAIR = "entries_in_repair"
"""The extra that holds the resources of a damaged dataset while they are taken out of it."""


def repair_arguments(package: Mapping[str, Any]) -> dict[str, Any] | None:
    """Return the arguments of the next package_update that repairs a damaged dataset; None when it is sound.

    A resource_create with an id that exists (a repeated call) leaves positions that do not begin at 0. Such a dataset
    can be read, and answers every change with status 500, so nobody else can write meanwhile. What helps is to take all
    resources out and to put them back; in between they are in an extra, so that another run can finish the repair.
    """
    kept = [extra for extra in package.get("extras", []) if extra["key"] != IN_REPAIR]
    resources = package.get("resources", [])
    if IN_REPAIR in extras_of(package):
        taken_out = json.loads(extras_of(package)[IN_REPAIR])
        there = {resource["id"] for resource in resources}
        return {**package, "extras": kept, "resources": resources + [r for r in taken_out if r["id"] not in there]}
    if sorted(resource.get("position", 0) for resource in resources) == list(range(len(resources))):
        return None
    # an extra has little room; the schema comes back with the next revision
    taken_out = [{key: value for key, value in resource.items() if key != "schema"} for resource in resources]
    extra = {"key": IN_REPAIR, "value": json.dumps(taken_out)}
    return {**package, "extras": [*kept, extra], "resources": []}
