"""What a DataPress refuses, as problems that say who can help. Every function takes its address. Pure."""

from __future__ import annotations

from collections.abc import Iterable

from packages.errors import SetupProblem
from packages.model import Identity

LONGEST_WORDS = 500
"""Characters of a server's own words that are repeated."""


def not_a_datapress(url: str) -> SetupProblem:
    """Return the problem of an address at which something else answers."""
    return SetupProblem(
        f"What answers at {url} is not a DataPress, or it has moved.",
        fix="Set LONDATA_DATAPRESS_URL to the address of its start page, with https:// and without /dataset.",
    )


def unknown_key(url: str) -> SetupProblem:
    """Return the problem of a key that the DataPress does not know."""
    return SetupProblem(
        f"The DataPress {url} does not know our key: it is wrong or was revoked.",
        fix="Make a new API key on the page of the account that publishes, and set it as LONDATA_DATAPRESS_KEY.",
        why="Nothing was written. Without a key, what is not public looks as if it were not there.",
    )


def no_right_there(url: str, what: str) -> SetupProblem:
    """Return the problem of an account that may not do `what`."""
    return SetupProblem(
        f"The account of our key may not {what} in the DataPress {url}.",
        fix="Ask the administrator of that DataPress to make the account a member of the team that owns the dataset.",
    )


def missing_for_creation(url: str, setting: str, publisher: str) -> SetupProblem:
    """Return the problem of a new dataset for which a setting does not say what the DataPress asks for."""
    return SetupProblem(
        f"A new dataset in the DataPress {url} needs a {setting}, and none is set for {publisher}.",
        fix=f"Set LONDATA_DATAPRESS_{setting.upper()}: one id, or several with their publishers ({publisher}=…). Its "
        "administrator can say which.",
    )


def refused_there(url: str, words: str) -> SetupProblem:
    """Return the problem of a change that the DataPress did not take; `words` are its own."""
    return SetupProblem(
        f"The DataPress {url} did not take the entry: {words[:LONGEST_WORDS]}.",
        fix="If it names a custom field, ask its administrator to add that field, or leave it out in "
        "LONDATA_DATAPRESS_FIELDS. Otherwise change what it names in the description of the dataset.",
    )


def not_kept(url: str, what: Iterable[str]) -> SetupProblem:
    """Return the problem of fields that the DataPress takes and does not keep."""
    return SetupProblem(
        f"The DataPress {url} takes, but does not keep: {', '.join(what)}.",
        fix="Ask its administrator to add the custom fields among them, or leave them out in LONDATA_DATAPRESS_FIELDS.",
        why="What is not kept would be sent again every night.",
    )


def record_not_kept(url: str, field: str, key: str) -> SetupProblem:
    """Return the problem of a dataset that was made, and in which what we know it by was not kept."""
    return SetupProblem(
        f"The DataPress {url} keeps no custom field `{field}`, in which our identifier stands.",
        fix=f"Ask its administrator to add that field, and to remove the empty dataset {key}, which nobody else sees.",
        why="Without it a dataset would not be found again when the ledger is lost, and would be made a second time.",
    )


def not_ours(url: str, identity: Identity, key: str) -> SetupProblem:
    """Return the problem of a dataset that we know by its id, and that says that it is another one."""
    return SetupProblem(
        f"The dataset {key} in the DataPress {url} should be {identity}, and says that it is another one.",
        fix="Ask its administrator who changed its custom field `londata`, and have that undone.",
    )


def there_twice(url: str, identity: Identity, keys: Iterable[str]) -> SetupProblem:
    """Return the problem of several datasets that say that they are the same one of ours."""
    return SetupProblem(
        f"{identity} is in the DataPress {url} more than once: {', '.join(keys)}.",
        fix="Ask its administrator to remove all of them but the one that people use.",
    )


def empty_file(url: str, name: str) -> SetupProblem:
    """Return the problem of a file without a byte, which has no part that could be sent."""
    return SetupProblem(
        f"The file {name} is empty, and the DataPress {url} takes files in parts: an empty one has none.",
        fix="Leave the table out of the description, or publish a file with its headings at least.",
    )


def too_large_there(url: str) -> SetupProblem:
    """Return the problem of a DataPress that does not take a part of this size."""
    return SetupProblem(
        f"The DataPress {url} does not take a part of 5 MiB of a file.",
        fix="Ask its administrator to raise the limit of the web server before it.",
    )


def other_host(url: str, host: str) -> SetupProblem:
    """Return the problem of an upload that would take the key to another host."""
    return SetupProblem(
        f"The DataPress {url} wants files to be sent to {host}, and our key with them.",
        fix="Set LONDATA_DATAPRESS_URL to the address that it gives itself, if that host is the same service.",
        why="A key that goes to another host is known there.",
    )


def not_public(url: str, title: str) -> SetupProblem:
    """Return the problem of a dataset that was written and that the public cannot see."""
    return SetupProblem(
        f"{title} was written to {url}, but the public cannot see it.",
        fix="Ask the administrator of that DataPress to let everybody read its public datasets.",
    )
