"""The facts that people decide on and what they decide: request, envelope, exception, decision. Frozen, no values.

Each is kept as a record whose digest names it, so that a decision is about exactly these facts.
"""

from __future__ import annotations

import datetime as dt
import hashlib
from collections.abc import Mapping
from typing import Annotated, Any, Literal

from pydantic import BaseModel, ConfigDict, Field

from flows.state.records import canonical_json
from packages.messages import is_about_people

Choice = Literal["approve", "return", "refuse"]
"""approve: it may pass until the end. return: back to its publisher, to be made better. refuse: not until the end."""

Proof = Literal["ssh", "ckan", "desk", "account"]
"""How a person proved who decides; `account` is unproven."""

SubjectKind = Literal["request", "envelope", "exception"]

Line = Annotated[str, Field(max_length=600, pattern=r"^[^\x00-\x1f\x7f-\x9f\u2028\u2029]*$")]
"""A text on one line, without control characters: it stands in a text that people sign."""


class Fact(BaseModel):
    """The base: what is frozen has one canonical text, and a digest that names it."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    @property
    def body(self) -> dict[str, Any]:
        """The content as plain JSON values."""
        return self.model_dump(mode="json")

    @property
    def digest(self) -> str:
        """The sha256 (hex) of the canonical JSON."""
        return hashlib.sha256(canonical_json(self.body).encode()).hexdigest()


class FoundFact(Fact):
    """One thing to decide on. `column` stands for a heading that the description does not know."""

    rule: str
    resource: str = ""
    field: str = ""
    column: str = ""
    count: int = 0
    of: int = 0
    shapes: tuple[str, ...] = ()
    about_people: bool = False

    @property
    def kind(self) -> tuple[str, str, str]:
        """What an envelope allows: the rule and the field, however often."""
        return (self.rule, self.resource, self.field or self.column)

    @property
    def text(self) -> str:
        """The finding on one line, as a person signs it."""
        place = ".".join(filter(None, (self.resource, self.field or self.column))) or "the dataset"
        often = f", {self.count} of {self.of}" if self.of else f", {self.count}" if self.count else ""
        return f"{self.rule}, {place}{often}{''.join(f', {shape}' for shape in self.shapes)}"


class Request(Fact):
    """Everything that a decision on a file is about.

    `fingerprint` covers its bytes, the description and our version; `content` is the digest of the release that it
    would become. `author` is the account that handed the file over, empty for what the source had. `clauses` are those
    of an envelope that the file leaves. `totals` are sums of amounts that drift is measured by. `answers` are those to
    the screening questions, and who gave them when.
    """

    dataset: str
    publisher: str
    fingerprint: str
    content: str = ""
    received: str = ""
    findings: tuple[FoundFact, ...] = Field(min_length=1)
    clauses: tuple[str, ...] = ()
    concerns: str = "none"
    declared: str = ""
    natures: Mapping[str, str] = {}
    verdict: str = "held"
    rows: Mapping[str, int] = {}
    totals: Mapping[str, str] = {}
    host: str = ""
    licence: str = ""
    author: str = ""
    answers: Mapping[str, str] = {}


class Band(Fact):
    """The least and the most, both included, as decimal text."""

    least: str
    most: str


class Envelope(Fact):
    """A standing approval: a file inside it asks nobody, one outside holds and names the clause that it leaves.

    `columns` are the fields that each table has, `lists` the digests of the code lists by field, `findings` the kinds
    (rule, resource, field) that are let pass. `suppression` is the digest of the rules of disclosure control.
    """

    dataset: str
    publisher: str
    columns: Mapping[str, tuple[str, ...]]
    natures: Mapping[str, str]
    lists: Mapping[str, str]
    rows: Mapping[str, Band]
    totals: Mapping[str, Band]
    findings: tuple[tuple[str, str, str], ...]
    suppression: str
    host: str
    licence: str
    concerns: str
    until: dt.date


class Exemption(Fact):
    """A block that was false, let pass for one rule, one field and one shape in no more than `most` rows."""

    dataset: str
    publisher: str
    rule: str
    resource: str
    field: str
    shape: str
    most: int = Field(ge=1)
    reason: Line = Field(min_length=1)
    until: dt.date


class DecidedFact(Fact):
    """What one person decides about numbered findings of one subject.

    `until` is its last day. `after` is the digest of the same person's decision before, so that an old signature
    cannot be used again. `by` names the person in people.yaml, or the account; `evidence` is the signature, or a keyed
    hash that only this instance can make. `groups` are those that the provider named when the person signed in at the
    desk, as far as they gave a role for this dataset.
    """

    dataset: str
    publisher: str
    subject: SubjectKind
    about: str
    choice: Choice
    findings: tuple[int, ...] = Field(min_length=1)
    until: dt.date
    reason: Line = ""
    alternative: Line = ""
    after: str = ""
    by: str = ""
    proof: Proof = "account"
    evidence: str = ""
    groups: tuple[Line, ...] = ()

    @property
    def body(self) -> dict[str, Any]:
        """The content as plain JSON values; without groups it is as it was before there were any, with its digest."""
        body = super().body
        if not self.groups:
            del body["groups"]
        return body


Subject = Request | Envelope | Exemption


def subject_kind(subject: Subject) -> SubjectKind:
    """Return the kind of record that a subject is kept as."""
    if isinstance(subject, Request):
        return "request"
    return "envelope" if isinstance(subject, Envelope) else "exception"


def found_facts(subject: Subject) -> tuple[FoundFact, ...]:
    """Return what there is to decide about a subject, in the order of its numbers."""
    if isinstance(subject, Request):
        return subject.findings
    if isinstance(subject, Exemption):
        fact = FoundFact(
            rule=subject.rule,
            resource=subject.resource,
            field=subject.field,
            count=subject.most,
            shapes=(subject.shape,),
            about_people=True,
        )
        return (fact,)
    about_people = any(is_about_people(rule) for rule, _, _ in subject.findings)
    return (FoundFact(rule="standing-approval", count=len(subject.findings), about_people=about_people),)
