"""The screening questions and what was answered to them: questions.yaml, and `answers` in the YAML of a dataset."""

from __future__ import annotations

import datetime as dt
import hashlib
import re
from collections.abc import Iterator, Mapping
from functools import cache
from importlib import resources
from typing import Annotated, Any, Literal

from pydantic import BeforeValidator, Field, model_validator

from packages.spec.strict import StrictModel, as_word
from packages.spec.wording import suggestion
from packages.yaml_file import read_yaml

FILE_HOST = "file"
"""In place of the host of a source that is a folder."""

AnswerRole = Literal["data-officer", "asset-owner", "ig-reviewer", "dpo"]
"""Who answers, or has seen an answer: a role, never a name."""


def _as_answer(value: object) -> object:
    return {"say": value} if isinstance(value, str | bool) else value


def _as_mapping(value: object) -> object:
    return {} if value is None else value


Word = Literal["yes", "no", "not sure"]
Said = Annotated[Word, BeforeValidator(as_word, json_schema_input_type=Word | bool)]


class Contradiction(StrictModel):
    """What cannot be said as well: natures of fields, and values of `personal_data`."""

    natures: frozenset[str] = frozenset()
    declared: frozenset[str] = frozenset()


class Question(StrictModel):
    """One screening question, see questions.yaml. `seen_by` and `contradicted` are by answer."""

    ask: str
    why: str
    seen_by: Mapping[Said, tuple[AnswerRole, ...]] = {}
    assessment: frozenset[Said] = frozenset()
    contradicted: Mapping[Said, Contradiction] = {}


class Answer(StrictModel):
    """What was answered to one question, and why, on one line."""

    say: Said
    why: str = Field(default="", max_length=300, pattern=r"^[^\x00-\x1f\x7f-\x9f\u2028\u2029]*$")


AnswerInShort = Annotated[Answer, BeforeValidator(_as_answer, json_schema_input_type=Answer | Word | bool)]
"""An answer without a line needs no more than its word."""

Answers = dict[str, AnswerInShort] | None


class AnsweredAbout(StrictModel):
    """What the answers are about: they are asked again when any of it is another. Digests where it would be long."""

    columns: str = ""
    natures: str = ""
    concerns: str = ""
    licence: str = ""
    host: str = ""
    questions: str = ""


class AnswersSpec(StrictModel):
    """`answers` of a dataset, or of a publisher in place of those of the dataset.

    date, role: when and in which role they were given. seen_by: the roles that have read them. about: see
    AnsweredAbout, written by `londata questions`. to: the answers by the names of the questions.
    """

    date: dt.date | None = None
    role: AnswerRole | None = None
    seen_by: list[AnswerRole] = []
    about: AnsweredAbout = AnsweredAbout()
    to: Annotated[dict[str, AnswerInShort], BeforeValidator(_as_mapping, json_schema_input_type=Answers)] = {}

    @model_validator(mode="after")
    def _known(self) -> AnswersSpec:
        for name in self.to:
            if name not in questions():
                raise ValueError(f"there is no question `{name}`. {suggestion(name, list(questions()))}")
        return self

    @property
    def eyes(self) -> frozenset[str]:
        """The roles that gave the answers or have seen them."""
        return frozenset({*self.seen_by, *filter(None, [self.role])})

    @property
    def unanswered(self) -> tuple[str, ...]:
        """The names of the questions without an answer, in their order."""
        return tuple(name for name in questions() if name not in self.to)

    @property
    def said(self) -> dict[str, str]:
        """Each answer on one line by the name of its question, and who gave them when; empty when there are none."""
        lines = {name: f"{answer.say}: {answer.why}".removesuffix(": ") for name, answer in self.to.items()}
        if not lines:
            return {}
        seen = f", seen by {', '.join(self.seen_by)}" if self.seen_by else ""
        return lines | {"answered": f"{self.date or 'without a day'} by {self.role or 'nobody named'}{seen}"}


@cache
def questions() -> Mapping[str, Question]:
    """Return the screening questions by name, in their order."""
    text = resources.files("packages.spec").joinpath("questions.yaml").read_text(encoding="utf-8")
    return {name: Question.model_validate(entry) for name, entry in read_yaml(text).items()}


def about_digest(lines: Iterator[str]) -> str:
    """Return the short digest by which answers remember what they are about."""
    return hashlib.sha256("\n".join(lines).encode()).hexdigest()[:12]


def questions_digest() -> str:
    """Return the digest of the words that are asked."""
    return about_digest(f"{name}: {question.ask}" for name, question in questions().items())


def source_hosts(source: Any) -> str:
    """Return the hosts that a source names, sorted and with a space between; a word where it names none."""
    texts = re.findall(r"\"\w+://(?:[^/@\"]*@)?([^/:?#\"]+)", source.model_dump_json())
    kinds = {*re.findall(r"\"kind\":\s*\"(\w+)\"", source.model_dump_json())} - {"bundle"}
    return " ".join(sorted(set(texts))) or (FILE_HOST if kinds <= {"folder"} else " ".join(sorted(kinds)))
