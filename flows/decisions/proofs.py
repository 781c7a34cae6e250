"""Proof of who decides: a signature with the person's own SSH key, the own token of the CKAN, or the account alone.

What is proven is a text that says everything about a decision. A signature is verified again whenever the decision
is read. What cannot be proven again later is sealed with the key of this instance, which no database holds.
"""

from __future__ import annotations

import datetime as dt
import hmac
import re
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from flows.decisions.facts import DecidedFact, Subject, found_facts, subject_kind
from flows.decisions.people import People, Person
from flows.state.instance_key import keyed_hash
from packages.errors import SetupProblem

NAMESPACE = "londata"
"""The namespace of signatures: one made for another purpose proves nothing here."""

HASHES = (b"sha256", b"sha512")
"""How a signature may digest the text, as in ssh-keygen."""

LONGEST_SIGNATURE = 20_000
"""Characters."""

PURPOSE = "decision"

_LINE = re.compile(r"([a-z]+): (.*)")


@dataclass(frozen=True, slots=True)
class Voice:
    """A decision that is proven: whose it is, by which roles for this dataset, and when it was noted.

    `person` is None for an account, which is unproven.
    """

    decision: DecidedFact
    person: Person | None
    roles: frozenset[str]
    at: dt.datetime

    @property
    def who(self) -> str:
        """What tells one who decides from another."""
        return f"person {self.person.id}" if self.person else f"account {self.decision.by}"


def decision_text(decision: DecidedFact, subject: Subject) -> str:
    """Return the text that proves a decision: the same decision always has the same."""
    facts = found_facts(subject)
    lines = [
        "londata decision 1",
        f"about: {subject_kind(subject)} {decision.about}",
        f"dataset: {decision.dataset}/{decision.publisher}",
        f"decision: {decision.choice}",
        *(f"finding: {number} {facts[number - 1].text}" for number in decision.findings),
        f"until: {decision.until.isoformat()}",
        f"reason: {decision.reason or '-'}",
        f"alternative: {decision.alternative or '-'}",
        f"after: {decision.after or '-'}",
    ]
    return "\n".join(lines) + "\n"


def said_in(text: str) -> Mapping[str, Any]:
    """Return the fields of a DecidedFact that a text says; SetupProblem when it is no such text."""
    first, *lines = text.splitlines() or [""]
    found = [match.groups() for line in lines if (match := _LINE.fullmatch(line))]
    said = {key: "" if value == "-" else value for key, value in found}
    numbers = [value.partition(" ")[0] for key, value in found if key == "finding"]
    kind, _, about = said.get("about", "").partition(" ")
    dataset, _, publisher = said.get("dataset", "").partition("/")
    if first != "londata decision 1" or not all(number.isdecimal() for number in numbers):
        raise SetupProblem(
            "This is not a text that londata gave to be signed.",
            fix="Make it with `londata ask`, sign it as it is, and hand the signature over.",
        )
    return {
        "dataset": dataset,
        "publisher": publisher,
        "subject": kind,
        "about": about,
        "choice": said.get("decision", ""),
        "findings": tuple(map(int, numbers)),
        "until": said.get("until", ""),
        "reason": said.get("reason", ""),
        "alternative": said.get("alternative", ""),
        "after": said.get("after", ""),
    }


def signer_of(text: str, signature: str, people: People, namespace: str = NAMESPACE) -> Person | None:
    """Return whose SSH key signed a text for a purpose of ours; None when nobody's did, or it is damaged."""
    from sshsig import InvalidSignature, check_signature
    from sshsig.sshsig import SshsigSignature

    if len(signature) > LONGEST_SIGNATURE:
        return None
    try:
        # ssh-keygen takes no other digests either: with a weak one, a signature could fit two texts
        if SshsigSignature.from_armored(signature).hash_algo not in HASHES:
            return None
        return people.with_key(check_signature(text, signature, namespace))
    # the library asserts and decodes what a damaged signature says of itself
    except (InvalidSignature, NotImplementedError, ValueError, AssertionError, OverflowError):
        return None


def sealed(decision: DecidedFact, subject: Subject, key: bytes) -> DecidedFact:
    """Return a decision that cannot be proven again later, with the hash that only this instance can make."""
    return decision.model_copy(update={"evidence": _seal(decision, subject, key)})


def proven_voice(decision: DecidedFact, subject: Subject, people: People, key: bytes, at: dt.datetime) -> Voice | None:
    """Return a decision with whose it is; None when its proof does not hold (any more)."""
    if (decision.dataset, decision.publisher) != (subject.dataset, subject.publisher):
        return None
    if decision.about != subject.digest or decision.subject != subject_kind(subject):
        return None
    if not all(1 <= number <= len(found_facts(subject)) for number in decision.findings):
        return None
    person = _person_of(decision, subject, people, key)
    if person is None and decision.proof != "account":
        return None
    if decision.proof == "account" and not _is_sealed(decision, subject, key):
        return None
    from packages.model import Identity

    if person and decision.proof == "desk":
        # no other proof covers the groups: they could have been put there by anybody
        person = people.in_groups(person, decision.groups)
    roles = person.roles_for(Identity(subject.dataset, subject.publisher)) if person else frozenset[str]()
    return Voice(decision, person, roles, at)


def _person_of(decision: DecidedFact, subject: Subject, people: People, key: bytes) -> Person | None:
    if decision.proof == "ssh":
        signer = signer_of(decision_text(decision, subject), decision.evidence, people)
        return signer if signer and signer.id == decision.by else None
    # the CKAN or the desk said who it was at the time; the seal says that this instance noted it
    if decision.proof in ("ckan", "desk") and _is_sealed(decision, subject, key):
        return people.find(decision.by)
    return None


def _is_sealed(decision: DecidedFact, subject: Subject, key: bytes) -> bool:
    return hmac.compare_digest(decision.evidence, _seal(decision, subject, key))


def _seal(decision: DecidedFact, subject: Subject, key: bytes) -> str:
    groups = "".join(f"group: {group}\n" for group in decision.groups)
    return keyed_hash(key, PURPOSE, f"{decision.proof} {decision.by}\n{decision_text(decision, subject)}{groups}")
