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


def run_new(wanted: str, as_json: bool) -> int:
    """Write the folder of a dataset, or the file of a publisher, and say what to do next; nothing is overwritten."""
    from packages.blanks import SCHEMAS

    root = load_settings().datasets
    files = _publisher(Identity.parse(wanted), root) if "/" in wanted else _dataset(wanted, root)
    taken = [path for path in files if path.exists()]
    if taken:
        raise SetupProblem(f"{taken[0]} is there already.", fix="Edit it, or remove it first. Nothing was written.")
    write_texts(files)
    write_schemas(root / SCHEMAS)
    if as_json:
        show_json([str(path) for path in files])
    else:
        show_text("\n".join(["Written, to be edited:", *(f"  {path}" for path in files), *_next(wanted)]))
    return ExitCode.DONE


def write_schemas(folder: Path) -> list[Path]:
    """Write the JSON Schema of each kind of YAML file, so that an editor completes and checks them."""
    from packages.blanks import schema_file
    from packages.spec import json_schemas

    schemas = {folder / schema_file(name): json.dumps(s, indent=2) + "\n" for name, s in json_schemas().items()}
    write_texts(schemas)
    return list(schemas)


def write_texts(files: Mapping[Path, str]) -> None:
    """Write texts, with the folders that they need; SetupProblem when that is not possible."""
    from flows.state.store import folder_not_writable

    for path, text in files.items():
        try:
            path.parent.mkdir(parents=True, exist_ok=True)
            path.write_text(text, encoding="utf-8")
        except OSError as error:
            raise folder_not_writable(path.parent, error) from error


def _publisher(identity: Identity, root: Path) -> dict[Path, str]:
    from packages.blanks import publisher_blank
    from packages.spec import load_package
    from packages.vocabulary import publisher

    package, known = load_package(identity.dataset, root), publisher(identity.publisher)
    path = root / identity.dataset / "publishers" / f"{known.slug}.yaml"
    return {path: publisher_blank(package, known.slug, known.website)}


def _dataset(name: str, root: Path) -> dict[Path, str]:
    from packages.blanks import dataset_blanks

    if not SLUG.fullmatch(name) or len(name) > LONGEST:
        raise SetupProblem(
            f"“{name}” cannot be the name of a dataset.",
            fix="Use small letters and digits with hyphens between the words, for example bicycle-stands.",
        )
    return {root / name / file: text for file, text in dataset_blanks(name).items()}


def _next(wanted: str) -> list[str]:
    """What to do with the files."""
    if "/" not in wanted:
        return ["", f"Then `londata new {wanted}/camden`, or another publisher, for where the data come from."]
    identity = Identity.parse(wanted)
    options = f"--dataset {identity.dataset} --publisher {identity.publisher}"
    return [
        "",
        f"Then `londata check FILE {options}` until the file is clean, and `londata publish {wanted}`.",
    ]
