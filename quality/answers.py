"""The answers to the screening questions: all there, still about this, seen by whom they need, and true? Pure."""

from __future__ import annotations

from collections.abc import Iterator

from packages.messages import finding
from packages.model import Finding, Severity
from packages.spec import DatasetSpec
from packages.spec.questions import questions

PARTS = {
    "columns": "the columns",
    "natures": "the natures of the fields",
    "concerns": "whom the dataset is about",
    "licence": "the licence",
    "host": "where the file comes from",
    "questions": "the questions themselves",
}
"""What answers are about, in words."""

ROLES = {
    "data-officer": "the data officer",
    "asset-owner": "the asset owner",
    "ig-reviewer": "the information governance reviewer",
    "dpo": "the Data Protection Officer",
}


def answers_findings(spec: DatasetSpec) -> Iterator[Finding]:
    """Yield what is wrong with the answers; it holds a dataset about people, and is told of any other.

    A dataset that is about nobody and has no answers at all is told of in the register only. An answer that cannot be
    true beside the description, or that needs an impact assessment which nobody names, holds every dataset. A union has
    none of its own: its members were judged.
    """
    if spec.is_union:
        return
    answers, identity = spec.answers, spec.identity
    severity = Severity.HOLD if spec.concerns in ("counts", "people") else Severity.WARN
    lacking = [f"`{name}`" for name in answers.unanswered] if answers.to else ["all of them"]
    lacking += [f"their `{key}`" for key in ("date", "role") if answers.to and not getattr(answers, key)]
    if lacking and (answers.to or severity is Severity.HOLD):
        yield finding("answers-missing", severity=severity, lacking=", ".join(lacking), identity=identity)
    if answers.to:
        now, then = spec.asked_about.model_dump(), answers.about.model_dump()
        if changed := [words for part, words in PARTS.items() if now[part] != then[part]]:
            yield finding("answers-stale", severity=severity, changed=", ".join(changed), identity=identity)
    needed: dict[str, list[str]] = {}
    unassessed, contradicted = [], []
    for name, answer in answers.to.items():
        question = questions()[name]
        roles = question.seen_by.get(answer.say, ())
        if roles and not answers.eyes & {*roles}:
            needed.setdefault(" or ".join(ROLES[role] for role in roles), []).append(f"`{name}`")
        if answer.say in question.assessment and not spec.governance.dpia_is_done:
            unassessed.append(f"`{name}`")
        if said := question.contradicted.get(answer.say):
            against = sorted(f"nature: {nature}" for nature in said.natures & {*spec.natures.values()})
            declared = spec.governance.personal_data
            against += [f"personal_data: {declared}"] if declared in said.declared else []
            if against:
                contradicted.append(f"`{name}: {answer.say}` ({', '.join(against)})")
    for roles_text, names in needed.items():
        yield finding("answers-unseen", severity=severity, names=", ".join(names), roles=roles_text)
    if unassessed:
        yield finding("answers-unassessed", names=", ".join(unassessed))
    if contradicted:
        yield finding("answers-contradicted", said="; ".join(contradicted), identity=identity)
