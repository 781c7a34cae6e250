"""`londata new`: the files to start from, for a dataset or for one more publisher of one."""

from __future__ import annotations

import json
import re
from collections.abc import Mapping
from pathlib import Path

from flows.cli.terminal import show_json, show_text
from flows.settings import load_settings
from packages.errors import ExitCode, SetupProblem
from packages.model import Identity

SLUG = re.compile(r"[a-z0-9]+(-[a-z0-9]+)*")
LONGEST = 80
"""Characters of the longest name of a dataset: it is part of folder names and addresses."""


def run_new(wanted: str, as_json: bool) -> int:
    """Write the folder of a dataset, or the file of a publisher, and show what to do next; nothing is overwritten."""
    from packages.blanks import SCHEMAS

    root = load_settings().datasets
    if "/" in wanted:
        files, advice = _publisher_files(Identity.parse(wanted), root)
    else:
        files, advice = _dataset_files(wanted, root)
    existing = [path for path in files if path.exists()]
    if existing:
        raise SetupProblem(f"{existing[0]} is there already.", fix="Edit it, or remove it first. Nothing was written.")
    write_texts(files)
    # the YAML names its schema by a relative path, so that an editor finds it
    write_schemas(root / SCHEMAS)
    if as_json:
        show_json([str(path) for path in files])
    else:
        show_text("\n".join(["Written, to be edited:", *(f"  {path}" for path in files), "", advice]))
    return ExitCode.DONE


def write_schemas(folder: Path) -> list[Path]:
    """Write the JSON Schema of each kind of YAML file, so that an editor completes and checks them."""
    from packages.blanks import schema_file
    from packages.spec import json_schemas

    schemas = {folder / schema_file(name): json.dumps(s, indent=2) + "\n" for name, s in json_schemas().items()}
    write_texts(schemas)
    return list(schemas)


def write_texts(files: Mapping[Path, str]) -> None:
    """Write texts, and make the folders that they need; SetupProblem when that is not possible."""
    from flows.state.store import folder_not_writable

    for path, text in files.items():
        try:
            path.parent.mkdir(parents=True, exist_ok=True)
            path.write_text(text, encoding="utf-8")
        except OSError as error:
            raise folder_not_writable(path.parent, error) from error


def _publisher_files(identity: Identity, root: Path) -> tuple[dict[Path, str], str]:
    """Return the file of one more publisher, and what to do with it."""
    from packages.blanks import publisher_blank
    from packages.spec import load_package
    from packages.vocabulary import publisher

    package, known = load_package(identity.dataset, root), publisher(identity.publisher)
    path = root / identity.dataset / "publishers" / f"{known.slug}.yaml"
    options = f"--dataset {identity.dataset} --publisher {identity.publisher}"
    advice = f"Then `londata check FILE {options}` until the file is clean, and `londata publish {identity}`."
    return {path: publisher_blank(package, known.slug, known.website)}, advice


def _dataset_files(name: str, root: Path) -> tuple[dict[Path, str], str]:
    """Return the files of a new dataset, and what to do with them."""
    from packages.blanks import dataset_blanks

    if not SLUG.fullmatch(name) or len(name) > LONGEST:
        raise SetupProblem(
            f"“{name}” cannot be the name of a dataset.",
            fix="Use small letters and digits with hyphens between the words, for example bicycle-stands.",
        )
    advice = f"Then `londata new {name}/camden`, or another publisher, for where the data come from."
    return {root / name / file: text for file, text in dataset_blanks(name).items()}, advice
