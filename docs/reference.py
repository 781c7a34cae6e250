"""Write docs/commands.md, docs/settings.md and the table of datasets in README.md (`make docs`); a test compares them
with the code and the dataset folders.
"""

from __future__ import annotations

import dataclasses
import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import typer
from pydantic_core import PydanticUndefined

from flows.cli.app import app
from flows.settings import PREFIX, SECRETS, Settings
from packages.readers.budget import LIMITS_IN_WORDS, ReadingBudget
from packages.readers.file_kinds import FILE_KINDS, Refused
from packages.spec import list_datasets, list_identities, load_package
from packages.vocabulary import cadences

DOCS = Path(__file__).parent
README = DOCS.parent / "README.md"
TABLE_BEGINS = "<!-- datasets: made by `make docs` -->"
TABLE_ENDS = "<!-- end of datasets -->"
NOTE = "<!-- made by `make docs`; change the code instead -->\n\n"


def commands_page() -> str:
    """Every command with its arguments, options, defaults and example."""
    lines = ["# Commands\n\n", NOTE, "Every command takes `--help`, and `--json` for programs.\n"]
    for name, command in _commands(typer.main.get_command(app)):
        arguments = " ".join(_shown_name(p) for p in command.params if p.param_type_name == "argument")
        lines.append(f"\n## londata {name}\n\n```\nlondata {name} {arguments}".rstrip() + "\n```\n\n")
        lines.append(f"{_one_line(command.help or '')}\n")
        rows = [_parameter_row(p) for p in command.params if p.name not in ("help", "as_json")]
        if rows:
            lines += ["\n| argument or option | default | |\n|---|---|---|\n", *rows]
        if command.epilog:
            lines.append(f"\n{_one_line(command.epilog)}\n")
    return "".join(lines)


def settings_page() -> str:
    """Every setting with its variable, default and meaning."""
    lines = ["# Settings\n\n", NOTE]
    lines.append("From variables, or from `londata.toml` in the working folder by the name in lower case; ")
    lines.append("a secret is only taken from the environment.\n\n| variable | default | |\n|---|---|---|\n")
    for name, field in Settings.model_fields.items():
        default = "" if field.default is PydanticUndefined else _default_text(name, field.default)
        secret = " **Secret.**" if name in SECRETS else ""
        lines.append(f"| `{PREFIX}{name.upper()}` | {default} | {field.description}.{secret} |\n")
    lines += ["\n## What one file may cost\n\n"]
    lines.append(
        "A file that needs more is refused with a message that names the limit. `LONDATA_FILE_BUDGET` changes "
    )
    lines.append("it for all files, or for those of one kind: `entries=20000, xlsx.cpu_base=60`. Kinds are ")
    lines.append(", ".join(f"`{name}`" for name in sorted(READ_KINDS)) + ".\n\n| limit | default | |\n|---|---|---|\n")
    budget = dataclasses.asdict(ReadingBudget())
    lines += [f"| `{name}` | {budget[name]:,} | {LIMITS_IN_WORDS[name]} |\n" for name in budget]
    return "".join(lines)


READ_KINDS = [kind.name.lower() for kind, handling in FILE_KINDS.items() if not isinstance(handling, Refused)]


def readme_page() -> str:
    """README.md with the table of datasets as the folders are."""
    text = README.read_text(encoding="utf-8")
    before, _, rest = text.partition(TABLE_BEGINS)
    _, _, after = rest.partition(TABLE_ENDS)
    rows = ["| dataset | what it is | publishers | how often |", "|---|---|---|---|"]
    identities = list_identities()
    for name in list_datasets():
        package = load_package(name)
        described = sum(identity.dataset == name for identity in identities)
        often = cadences()[package.cadence].title.lower()
        rows.append(
            f"| [`{name}`](packages/datasets/{name}/datapackage.yaml) | {package.title} | {described} | {often} |"
        )
    total = f"{len(rows) - 2} datasets of {len({identity.publisher for identity in identities})} publishers, "
    total += f"described {len(identities)} times."
    return f"{before}{TABLE_BEGINS}\n" + "\n".join([*rows, "", total]) + f"\n{TABLE_ENDS}{after}"


def _commands(group: Any, before: str = "") -> Iterator[tuple[str, Any]]:
    for name, command in group.commands.items():
        if hasattr(command, "commands"):
            yield from _commands(command, f"{before}{name} ")
        else:
            yield before + name, command


def _shown_name(argument: Any) -> str:
    return argument.metavar or argument.name.upper()


def _parameter_row(parameter: Any) -> str:
    name = _shown_name(parameter) if parameter.param_type_name == "argument" else ", ".join(parameter.opts)
    default = "" if parameter.default in (None, "", False) or callable(parameter.default) else f"`{parameter.default}`"
    return f"| `{name}` | {default if not parameter.required else 'required'} | {_one_line(parameter.help or '')} |\n"


def _default_text(name: str, default: Any) -> str:
    if name == "datasets":
        return "the shipped ones"
    text = default.get_secret_value() if hasattr(default, "get_secret_value") else str(default)
    return f"`{text}`" if text and default is not False and text != "()" else ""


def _one_line(text: str) -> str:
    return re.sub(r"\s+", " ", text).strip()


if __name__ == "__main__":
    (DOCS / "commands.md").write_text(commands_page(), encoding="utf-8")
    README.write_text(readme_page(), encoding="utf-8")
    (DOCS / "settings.md").write_text(settings_page(), encoding="utf-8")
