"""people.yaml: who may decide, in which roles, for which boroughs, and by what each is known. Private."""

from __future__ import annotations

import hashlib
import os
from collections.abc import Iterable, Iterator, Mapping
from functools import cached_property
from pathlib import Path
from typing import TYPE_CHECKING, Literal

import yaml
from pydantic import Field, ValidationError, field_validator

from flows.decisions.facts import Line
from flows.decisions.policy import Role
from packages.errors import SetupProblem
from packages.model import Identity
from packages.spec import Slug, StrictModel, suggestion
from packages.vocabulary import publishers
from packages.yaml_file import read_yaml

if TYPE_CHECKING:
    from sshsig import PublicKey

ALL = "all"
"""In place of a borough: the role is held for all of them, and for all of London in one release."""

PersonRole = Role | Literal["operator"]
"""A role by which somebody decides, or that of whoever runs the nights, who decides nothing."""

SIGNED_IN = "person "
"""Before the id of somebody who handed a file over at the desk. No account has a space in its name."""

SHORTEST_RSA = 2048
"""Bits of an RSA key."""

RolesByBorough = Mapping[str, tuple[PersonRole, ...]]
"""The roles that somebody has, by borough or `all`."""


class ProviderAccount(StrictModel):
    """An account at a provider of OpenID Connect: who says so, and the name that it never gives to anybody else."""

    issuer: str = Field(min_length=1, max_length=500)
    subject: str = Field(min_length=1, max_length=255)


class Person(StrictModel):
    """One person. `keys` are public SSH keys as they stand in a .pub file, `ckan` names of users of the CKAN.

    `accounts` are the names of the accounts under which the person hands over files: who handed over a file never
    decides about the people in it. `oidc` are the accounts by which the person signs in at the desk.
    """

    id: Slug
    roles: RolesByBorough = Field(default={})
    keys: tuple[str, ...] = ()
    ckan: tuple[str, ...] = ()
    accounts: tuple[str, ...] = ()
    oidc: tuple[ProviderAccount, ...] = ()

    @field_validator("keys")
    @classmethod
    def _usable(cls, keys: tuple[str, ...]) -> tuple[str, ...]:
        for key in keys:
            parsed_key(key)
        return keys

    @cached_property
    def public_keys(self) -> tuple[PublicKey, ...]:
        return tuple(parsed_key(key) for key in self.keys)

    @property
    def keys_digest(self) -> str:
        """The digest (sha256, hex) of the keys: another one as soon as one of them is taken away or added."""
        return hashlib.sha256("\n".join(sorted(self.keys)).encode()).hexdigest()

    def roles_for(self, identity: Identity) -> frozenset[str]:
        """Return the roles that the person has for a dataset of a borough."""
        return frozenset((*self.roles.get(identity.publisher, ()), *self.roles.get(ALL, ())))


class People(StrictModel):
    """Everybody who may decide. `groups` are the roles that come with a group, as the provider of the desk names it."""

    people: tuple[Person, ...] = Field(default=())
    groups: Mapping[Line, RolesByBorough] = {}

    def find(self, name: str) -> Person | None:
        """Return the person with an id."""
        return next((person for person in self.people if person.id == name), None)

    def with_key(self, key: PublicKey) -> Person | None:
        """Return the person whose key it is."""
        return next((person for person in self.people if key in person.public_keys), None)

    def with_ckan(self, user: str) -> Person | None:
        """Return the person with a name in the CKAN."""
        return next((person for person in self.people if user in person.ckan), None)

    def with_account(self, account: str) -> Person | None:
        """Return the person with an account."""
        return next((person for person in self.people if account in person.accounts), None)

    def with_oidc(self, issuer: str, subject: str) -> Person | None:
        """Return the person with an account at a provider."""
        account = (issuer, subject)
        return next((p for p in self.people if account in [(one.issuer, one.subject) for one in p.oidc]), None)

    def in_groups(self, person: Person, groups: Iterable[str]) -> Person:
        """Return a person with the roles that groups of theirs give, beside their own."""
        roles = {borough: dict.fromkeys(own) for borough, own in person.roles.items()}
        for group in groups:
            for borough, given in self.groups.get(group, {}).items():
                roles.setdefault(borough, {}).update(dict.fromkeys(given))
        return person.model_copy(update={"roles": {borough: tuple(held) for borough, held in roles.items()}})

    def groups_for(self, groups: Iterable[str], identity: Identity) -> tuple[str, ...]:
        """Return those of some groups that give a role for a dataset of a borough, in order."""
        return tuple(sorted(group for group in {*groups} if {identity.publisher, ALL} & {*self.groups.get(group, {})}))

    def has_role(self, role: PersonRole, identity: Identity) -> bool:
        """Return whether anybody may have a role for a dataset of a borough, by their entry or by a group."""
        given = (held.get(place, ()) for held in self.groups.values() for place in (identity.publisher, ALL))
        return any(role in person.roles_for(identity) for person in self.people) or any(role in one for one in given)

    def author(self, author: str) -> Person | None:
        """Return who handed a file over: an account of a person, or a person who had signed in (`person ID`)."""
        if author.startswith(SIGNED_IN):
            return self.find(author.removeprefix(SIGNED_IN))
        return self.with_account(author)


def parsed_key(line: str) -> PublicKey:
    """Return a public SSH key; ValueError in plain words when it cannot be used."""
    from sshsig import PublicKey
    from sshsig.binary_io import SshReader

    try:
        key = PublicKey.from_openssh_str(line)
    except NotImplementedError:
        raise ValueError("a key must be of the kind ssh-ed25519 or ssh-rsa") from None
    except ValueError:
        raise ValueError("a key is written as in the .pub file: kind, key, comment") from None
    if key.algo_name == "ssh-rsa":
        import base64

        packet = SshReader(base64.b64decode(line.split()[1]))
        packet.read_string(), packet.read_string()
        if packet.read_mpint().bit_length() < SHORTEST_RSA:
            raise ValueError(f"an RSA key has at least {SHORTEST_RSA} bits")
    return key


def load_people(path: Path) -> People:
    """Read people.yaml; nobody may decide where there is none. SetupProblem names what does not fit, never a key."""
    if not path.exists():
        return People()
    try:
        if os.name == "posix" and path.stat().st_mode & 0o022:
            raise SetupProblem(
                f"Other accounts on this machine may write to {path}.",
                fix=f"Run `chmod 600 {path}`, and look through it: somebody may have given themselves a role.",
            )
        content = read_yaml(path.read_text(encoding="utf-8"))
    except (OSError, UnicodeDecodeError, yaml.YAMLError) as error:
        raise SetupProblem(
            f"{path} cannot be read ({type(error).__name__}).", fix="Check its rights, its indentation and its quotes."
        ) from None
    try:
        people = People.model_validate(content or {})
    except ValidationError as error:
        first = error.errors()[0]
        place = ".".join(str(part) for part in first["loc"])
        # the message of pydantic says what is wrong; the value that it is about is left out
        raise SetupProblem(
            f"{path}: `{place}` does not fit: {first['msg']}.", fix="docs/decisions.md shows one."
        ) from None
    for problem in _misfits(people):
        raise SetupProblem(f"{path}: {problem}", fix="Change that entry; docs/decisions.md shows one.")
    return people


def readable_by_others(path: Path) -> str:
    """Return a warning when other accounts may read who decides; empty when all is well."""
    if os.name == "posix" and path.exists() and path.stat().st_mode & 0o044:
        return f"Other accounts on this machine may read {path}: it names people. Run `chmod 600 {path}`."
    return ""


def _misfits(people: People) -> Iterator[str]:
    """Yield what is wrong between entries: one key of two people, or a borough that nobody knows."""
    known = {*publishers(), ALL, "london"}
    holders = [(person.id, person.roles) for person in people.people]
    for holder, roles in (*holders, *((f"the group “{group}”", roles) for group, roles in people.groups.items())):
        for borough in roles:
            if borough not in known:
                near = suggestion(borough, sorted(known))
                yield f"{holder} has a role for “{borough}”, which is no borough that we know. {near}"
    ways: dict[str, Iterable[object]] = {
        "id": [person.id for person in people.people],
        "key": [key for person in people.people for key in {*person.public_keys}],
        "CKAN user": [user for person in people.people for user in {*person.ckan}],
        "account": [account for person in people.people for account in {*person.accounts}],
        "account at a provider": [(one.issuer, one.subject) for person in people.people for one in {*person.oidc}],
    }
    for way, values in ways.items():
        seen: set[object] = set()
        for value in values:
            if value in seen:
                yield f"two people have the same {way}, so nobody could tell them apart."
            seen.add(value)
