"""`londata questions`: the screening questions of a dataset, asked, answered, written beside its description."""

from __future__ import annotations

import dataclasses
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import typer
import yaml
from pydantic import ValidationError

from flows.checking.answers_file import answers_yaml, write_answers
from flows.cli.results import now
from flows.cli.terminal import show_json, show_text
from flows.settings import load_settings
from packages.errors import ExitCode, SetupProblem
from packages.model import Identity
from packages.spec import DatasetSpec, generic_spec, load_spec
from packages.spec.questions import AnswersSpec, questions
from packages.yaml_file import read_yaml
from quality.answers import answers_findings

SHORT = {"y": "yes", "n": "no", "?": "not sure"}
"""What may be typed for an answer."""


@dataclasses.dataclass(frozen=True, slots=True)
class QuestionsOptions:
    """The options of `londata questions`; `keep` gives the answers that are there once more."""

    wanted: str
    answers: Path | None = None
    role: str = ""
    seen_by: tuple[str, ...] = ()
    keep: bool = False
    only_print: bool = False


def run_questions(options: QuestionsOptions, as_json: bool) -> int:
    """Show the questions and how their answers stand; with new answers, write or print them."""
    root = load_settings().datasets
    spec, path = _described(options.wanted, root)
    is_asking = not (as_json or options.answers or options.keep) and sys.stdin.isatty()
    if not (is_asking or options.answers or options.keep):
        return _show(spec, as_json)
    before = spec.answers
    given: dict[str, Any] = {"role": options.role or before.role, "seen_by": [*options.seen_by]}
    if options.answers:
        given |= _answers_in(options.answers)
    elif options.keep:
        given |= {"to": before.to, "seen_by": [*options.seen_by] or before.seen_by}
    else:
        given |= {"to": dict(_asked(before))}
        given["role"] = options.role or typer.prompt("Your role", default=before.role or "data-officer", err=True)
    try:
        answers = AnswersSpec.model_validate({"date": now().date(), "about": spec.asked_about} | given)
    except ValidationError as error:
        raise SetupProblem(f"These answers do not fit: {error.errors()[0]['msg']}.", fix=_HOW) from error
    lacking = [*answers.unanswered, *([] if answers.role else ["role"])]
    if lacking:
        raise SetupProblem(f"What is missing: {', '.join(lacking)}.", fix=_HOW)
    if options.only_print:
        show_text(answers_yaml(answers).rstrip())
        return ExitCode.DONE
    if before.model_copy(update={"date": answers.date}) == answers:
        show_json({"written": None}) if as_json else show_text("Nothing changed: the same was answered about the same.")
        return ExitCode.UNCHANGED
    write_answers(path, answers)
    if not as_json:
        show_text(f"Written to {path}.")
    return _show(_described(options.wanted, root)[0], as_json)


_HOW = (
    "Answer each question with yes, no or not sure, and say your role: data-officer, asset-owner, ig-reviewer or dpo. "
    "`londata questions DATASET --json` shows the names of the questions."
)


def _described(wanted: str, root: Path) -> tuple[DatasetSpec, Path]:
    """Return a description, and the file in which its answers stand."""
    if "/" not in wanted:
        return generic_spec(wanted, root), root / wanted / "datapackage.yaml"
    identity = Identity.parse(wanted)
    spec = load_spec(identity, root)
    if spec.is_union:
        raise SetupProblem(
            "All of London has no answers of its own: its members have.",
            fix=f"Ask about the dataset: `londata questions {identity.dataset}`.",
        )
    return spec, root / identity.dataset / "publishers" / f"{identity.publisher}.yaml"


def _show(spec: DatasetSpec, as_json: bool) -> int:
    """Show questions and answers, and what is wrong with them; the exit code asks for a person when something is."""
    answers, wrong = spec.answers, list(answers_findings(spec))
    if as_json:
        asked = [
            {"name": name, "ask": question.ask.strip(), "why": question.why.strip()}
            | ({"say": answers.to[name].say, "because": answers.to[name].why} if name in answers.to else {})
            for name, question in questions().items()
        ]
        open_ones = [{"rule": found.rule, "severity": found.severity, "what": found.what} for found in wrong]
        about = answers.model_dump(mode="json", exclude={"to"})
        show_json({"questions": asked, "answered": about, "open": open_ones, "unanswered": answers.unanswered})
    else:
        for number, (name, question) in enumerate(questions().items(), start=1):
            show_text(f"{number:>2}. {question.ask.strip()}")
            show_text(f"    {name}: {answers.said.get(name, 'not answered yet').replace(': ', '. ', 1)}")
        if "answered" in answers.said:
            show_text(f"Answered {answers.said['answered']}.")
        for found in wrong:
            show_text(f"\n{found.what}\n  {found.fix}")
    return ExitCode.WAITING if wrong or answers.unanswered else ExitCode.DONE


def _asked(before: AnswersSpec) -> Iterator[tuple[str, dict[str, str]]]:
    """Ask one question after the other; what was answered before is kept with the return key."""
    for number, (name, question) in enumerate(questions().items(), start=1):
        typer.echo(f"\n{number} of {len(questions())}. {question.ask.strip()}\n   {question.why.strip()}", err=True)
        old = before.to.get(name)
        said = ""
        while said not in ("yes", "no", "not sure"):
            typed = typer.prompt("   yes, no or not sure", default=old.say if old else None, err=True).strip().lower()
            said = SHORT.get(typed, typed)
        why = typer.prompt("   Why, on one line", default=old.why if old else "", err=True, show_default=bool(old))
        yield name, {"say": said, "why": why.strip()}


def _answers_in(path: Path) -> dict[str, Any]:
    """Return the answers of a YAML or JSON file: by question, or as they stand under `answers`."""
    try:
        content = read_yaml(path.read_text(encoding="utf-8"))
    except (OSError, UnicodeDecodeError, yaml.YAMLError) as error:
        raise SetupProblem(f"{path} cannot be read as YAML or JSON.", fix=_HOW) from error
    if not isinstance(content, dict):
        raise SetupProblem(f"{path} holds no answers by question.", fix=_HOW)
    content = content.get("answers", content)
    kept = {key: content[key] for key in ("to", "role", "seen_by") if key in content}
    return kept if "to" in kept else {"to": content}
