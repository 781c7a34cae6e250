"""The wording of every finding, from messages.yaml: what, how to fix it, why it matters, who must act."""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass
from functools import cache
from importlib import resources
from string import Template
from typing import Any

from packages.errors import QUOTED
from packages.masking import mask
from packages.model import ROWS_SHOWN, Finding, Severity, Where
from packages.yaml_file import read_yaml

PEOPLE_PERSON = "data protection officer"
"""Who must act on findings about people."""


@dataclass(frozen=True, slots=True)
class Message:
    """The wording of one rule. `one`, `many` and `every` are the forms of *what* for one row, several, and all."""

    rule: str
    severity: Severity
    one: str
    many: str
    every: str
    fix: str
    why: str
    who: str


@cache
def messages() -> dict[str, Message]:
    """Return all rules of messages.yaml by name."""
    text = resources.files("packages").joinpath("messages.yaml").read_text(encoding="utf-8")
    return {rule: message(rule, entry) for rule, entry in read_yaml(text).items()}


def message(rule: str, entry: dict[str, Any]) -> Message:
    """Return the wording of one entry of the file; KeyError when a part of it is missing."""
    what = entry["what"]
    forms = {"one": what, "many": what, "every": what} if isinstance(what, str) else dict(what)
    forms.setdefault("every", forms["many"])
    return Message(
        rule=rule,
        severity=Severity(entry["severity"]),
        **forms,
        fix=entry["fix"],
        why=entry["why"],
        who=entry["who"],
    )


def finding(
    rule: str,
    where: Where | None = None,
    *,
    severity: Severity | None = None,
    shapes: tuple[str, ...] = (),
    **words: object,
) -> Finding:
    """Return the finding of a rule. `words` fill the `$names` of its message and must hold no value from the data.

    `$count`, `$of`, `$rows` and `$column` come from `where`. Raises KeyError for an unknown rule or a missing word: a
    mistake in the program, never in the file.
    """
    where = where or Where()
    message = messages()[rule]
    values = _place_words(where) | {name: str(value) for name, value in words.items()}
    if "sheet" in words:
        # unlike other words it comes from the file, whose author chose the name
        values["sheet"] = unquoted(values["sheet"])
    what = message.one if where.count <= 1 else message.many
    if where.count == where.of and where.count > 1:
        what = message.every
    return Finding(
        rule=rule,
        severity=severity or message.severity,
        where=where,
        what=_fill(what, values),
        fix=_fill(message.fix, values),
        why=_fill(message.why, values),
        who=message.who,
        shapes=shapes,
    )


def _place_words(where: Where) -> dict[str, str]:
    shown = where.rows[:ROWS_SHOWN]
    rows = ", ".join(f"{n:,}" for n in shown)
    more = " and others" if max(where.count, len(where.rows)) > len(shown) and shown else ""
    return {
        "column": unquoted(where.column or where.field),
        "count": f"{where.count:,}",
        "of": f"{where.of:,}",
        "rows": ("rows " if len(shown) > 1 else "row ") + rows + more if rows else "",
    }


def unquoted(name: str) -> str:
    """Return a name from a file without the quotation marks that our sentences put around it.

    With them, `mask_unknown_names` could not tell where the name ends.
    """
    return name.replace("“", '"').replace("”", '"')


def _fill(text: str, words: dict[str, str]) -> str:
    return Template(text).substitute(words).strip()


def is_about_people(rule: str) -> bool:
    """Return whether a rule finds something about people, or something that the Data Protection Officer must see."""
    known = messages().get(rule)
    return rule.startswith(("personal-", "people-")) or (known is not None and known.who == PEOPLE_PERSON)


def mask_unknown_names(text: str, known: Collection[str]) -> str:
    """Return the sentence with each quoted name replaced by its shape, unless it is one of `known` or of our own."""
    own = _own_quotes()
    return QUOTED.sub(lambda found: found[0] if found[1] in known or found[1] in own else f"“{mask(found[1])}”", text)


@cache
def _own_quotes() -> frozenset[str]:
    """Return what the messages themselves put in quotation marks, such as the name of a menu entry."""
    texts = (text for m in messages().values() for text in (m.one, m.many, m.every, m.fix, m.why))
    return frozenset(quote for text in texts for quote in QUOTED.findall(text) if "$" not in quote)
