"""The structure of the code: where the environment is read, and which parts of flows may import which."""

from __future__ import annotations

import ast
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.conftest import ROOT

PACKAGES = ("flows", "packages", "quality", "catalogue")

ENVIRONMENT = {"environ", "environb", "getenv", "putenv", "unsetenv", "getuser", "expandvars", "expanduser"}
"""Names in the standard library that read or write the environment."""

MAY_NAME_IT = {
    "flows/settings.py",
    # sets variables that pyarrow and numpy read when they are first imported, before settings can be imported
    "flows/startup.py",
    # gives its child all variables (PATH, LD_LIBRARY_PATH, …) but for two; packages cannot import flows
    "packages/readers/sandbox/confined.py",
}


def modules() -> Iterator[tuple[str, ast.Module]]:
    for package in PACKAGES:
        for path in sorted((ROOT / package).rglob("*.py")):
            yield path.relative_to(ROOT).as_posix(), ast.parse(path.read_text())


def names_of_environment(module: ast.Module) -> Iterator[str]:
    """Attributes and imports of `os` and `getpass`; a parameter called `environ` is only a mapping handed on."""
    for node in ast.walk(module):
        if (
            isinstance(node, ast.Attribute)
            and node.attr in ENVIRONMENT
            and ast.unparse(node.value) in ("os", "getpass")
        ):
            yield ast.unparse(node)
        if isinstance(node, ast.ImportFrom) and node.module in ("os", "getpass"):
            yield from (alias.name for alias in node.names if alias.name in ENVIRONMENT)
        if isinstance(node, ast.Import):
            # under another name, the attribute above would not be found
            yield from (alias.name for alias in node.names if alias.name in ("os", "getpass") and alias.asname)


def test_only_the_settings_read_the_environment() -> None:
    found = {path: sorted(set(names_of_environment(module))) for path, module in modules()}
    assert {path: names for path, names in found.items() if names and path not in MAY_NAME_IT} == {}


@pytest.mark.parametrize("path", sorted(MAY_NAME_IT))
def test_an_exception_is_needed(path: str) -> None:
    assert list(names_of_environment(ast.parse((ROOT / path).read_text())))


def parts_of_flows() -> dict[str, set[str]]:
    """Each module or folder of flows, with those that it imports, wherever in its code."""
    imports: dict[str, set[str]] = {}
    for path, module in modules():
        parts = Path(path).with_suffix("").parts
        if parts[0] != "flows" or parts[1] in ("__init__", "__main__"):
            continue
        targets = imports.setdefault(parts[1], set())
        for node in ast.walk(module):
            if isinstance(node, ast.ImportFrom) and (node.module or "").partition(".")[0] == "flows":
                inside = (node.module or "").split(".")[1:2] or [alias.name for alias in node.names]
                targets.update(name for name in inside if name != parts[1])
    return imports


def test_no_two_parts_of_flows_need_each_other() -> None:
    waiting = parts_of_flows()
    while free := {name for name, needs in waiting.items() if not needs & waiting.keys()}:
        waiting = {name: needs for name, needs in waiting.items() if name not in free}
    assert waiting == {}, "these import one another in a circle"


def test_the_folders_of_packages_run_no_code_when_imported_first() -> None:
    assert (ROOT / "packages" / "__init__.py").read_text().strip() == ""
