"""The steps that take a dataset out of a CKAN, with the bytes that it would keep for ever. Pure."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from catalogue.backends.ckan.entry import extras_of, sendable
from catalogue.backends.ckan.places import REASON, WITHDRAWN


def withdrawal_step(package: Mapping[str, Any], reason: str, moment: str) -> Withdrawal | None:
    """Return the next step of a withdrawal, or None when nothing is left to do.

    First the dataset is hidden, in one step with the reason. Then every file of ours that this CKAN holds is written
    over, because CKAN never removes bytes. Then the entries of the files are removed.
    """
    ours = [resource for resource in package.get("resources", []) if resource.get("release_digest")]
    full = [r["id"] for r in ours if r.get("url_type") == "upload" and r.get("size") != 0]
    step: dict[str, Any] = {}
    if package.get("state") != "deleted" or WITHDRAWN not in extras_of(package):
        record = {WITHDRAWN: moment, REASON: reason}
        kept = [extra for extra in package.get("extras", []) if extra["key"] not in record]
        extras = kept + [{"key": key, "value": value} for key, value in record.items()]
        step = {"filter": ["-extras"], "update": {"state": "deleted", "extras": extras}}
    elif full:
        step = {f"update__resources__{key}": {"hash": ""} for key in full}
        return Withdrawal(sendable(package, step), tuple(f"update__resources__{key}__upload" for key in full))
    elif ours:
        step = {"filter": [f"-resources__{resource['id']}" for resource in ours]}
    return Withdrawal(sendable(package, step)) if step else None


def our_addresses(package: Mapping[str, Any]) -> dict[str, str]:
    """Return the addresses of our files of a dataset, by the ids of their entries."""
    return {r["id"]: r["url"] for r in package.get("resources", []) if r.get("release_digest")}


@dataclass(frozen=True, slots=True)
class Withdrawal:
    """The arguments of one package_revise, and the form fields in which an empty file goes with them."""

    data: Mapping[str, str]
    emptied: tuple[str, ...] = ()
