"""Who is at the desk: a person of people.yaml, the account that runs the desk, or somebody who has not signed in."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from flows.decisions.deciding import Proven
from flows.decisions.people import Person
from packages.model import Identity


@dataclass(frozen=True, slots=True)
class Visitor:
    """Who asks. `session` is the digest of their session, which owns what they do before they sign in.

    `person` has the roles of their entry, and those that their groups give. `account` is that of the machine on which
    the desk runs, and proves nobody. `subject` is who the provider says it is, also where nobody here knows them;
    `groups` are those that it names.
    """

    session: str
    person: Person | None = None
    account: str = ""
    subject: str = ""
    groups: tuple[str, ...] = ()

    @property
    def is_signed_in(self) -> bool:
        """Whether it is known who it is."""
        return self.person is not None or bool(self.account)

    @property
    def who(self) -> str:
        """What tells one from another, for the audit and as the owner of drafts."""
        if self.person:
            return f"person {self.person.id}"
        return f"account {self.account}" if self.account else f"session {self.session}"

    @property
    def name(self) -> str:
        """The name that the pages show them."""
        return self.person.id if self.person else self.account

    @property
    def author(self) -> str:
        """Who hands over a file, as the ledger keeps it."""
        return f"person {self.person.id}" if self.person else self.account

    @property
    def proven(self) -> Proven:
        """Who decides: a person who has signed in here, or an account that proves nobody."""
        return Proven(self.person.id, "desk", groups=self.groups) if self.person else Proven(self.account, "account")

    @property
    def roles(self) -> Mapping[str, tuple[str, ...]]:
        """The roles that they have, by borough."""
        return self.person.roles if self.person else {}

    def roles_for(self, identity: Identity) -> frozenset[str]:
        """Return the roles that they have for a dataset of a borough."""
        return self.person.roles_for(identity) if self.person else frozenset()
