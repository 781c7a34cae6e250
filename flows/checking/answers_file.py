"""The answers to the screening questions, written into the file that describes a dataset."""

from __future__ import annotations

import json
import re
from pathlib import Path

from flows.checking.description_file import replace_description
from packages.errors import SetupProblem
from packages.spec.questions import AnswersSpec
from packages.yaml_file import read_yaml

BLOCK = re.compile(r"^answers:[^\n]*\n(?:[ \t]+[^\n]*\n|[ \t]*\n(?=[ \t]))*", re.MULTILINE)
"""The `answers` of a YAML file, whose lines stand further in."""


def answers_yaml(answers: AnswersSpec) -> str:
    """Return the `answers` of a description as YAML."""
    # JSON strings are YAML strings: nothing in a line of text is read as syntax
    lines = [f"answers:\n  date: {answers.date}\n  role: {answers.role}"]
    if answers.seen_by:
        lines.append(f"  seen_by: [{', '.join(answers.seen_by)}]")
    lines.append("  about:")
    lines += [f"    {part}: {json.dumps(value)}" for part, value in answers.about.model_dump().items()]
    lines.append("  to:")
    for name, answer in answers.to.items():
        why = f", why: {json.dumps(answer.why, ensure_ascii=False)}" if answer.why else ""
        lines.append(f"    {name}: {{say: {json.dumps(answer.say)}{why}}}")
    return "\n".join(lines) + "\n"


def write_answers(path: Path, answers: AnswersSpec) -> None:
    """Put the answers into a file in place of those before, and leave every other line as it is."""
    text, block = path.read_text(encoding="utf-8"), answers_yaml(answers)
    text = text if text.endswith("\n") else f"{text}\n"
    new = BLOCK.sub(lambda _: block, text, count=1) if BLOCK.search(text) else ""
    if not new:
        before, heading, after = text.partition("\nresources:")
        new = f"{before}\n{block}{heading.lstrip()}{after}" if heading else text + block
    said, written = read_yaml(text), read_yaml(new)
    if (
        said | {"answers": None} != written | {"answers": None}
        or AnswersSpec.model_validate(written["answers"]) != answers
    ):
        raise SetupProblem(
            f"The answers cannot be put into {path} without touching what else stands there.",
            fix="Copy them there by hand: `--print` shows them.",
        )
    replace_description(path, new)
