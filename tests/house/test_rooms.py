"""The order of the house, measured on the code: names, folders, circles, the size of functions, the environment."""

from __future__ import annotations

import ast
import statistics
from collections import Counter, defaultdict
from collections.abc import Iterator
from dataclasses import dataclass
from functools import cache
from pathlib import Path

import pytest

from tests.conftest import ROOT

ROOMS = ("flows", "packages", "quality", "catalogue")
MODULES_IN_A_FOLDER = 15
SINGLE_CALLERS = 0.14
"""Share of functions; lower it when it has become less, never raise it."""

PROTOCOLS = {"download_source": "packages/sources"}
"""Names that every module of one folder offers, and the folder: one thing, done in several ways."""

ENVIRONMENT = {"environ", "environb", "getenv", "putenv", "unsetenv", "getuser", "expandvars", "expanduser"}
"""Names in the standard library that read or write the environment."""

MAY_NAME_IT = {
    "flows/settings.py",
    # sets variables that pyarrow and numpy read when they are first imported, before settings can be imported
    "flows/process/startup.py",
    # gives its children the few variables that they need (PATH, LD_LIBRARY_PATH, …); packages cannot import flows
    "packages/readers/sandbox/break_out.py",
    "packages/readers/sandbox/program.py",
}

Function = ast.FunctionDef | ast.AsyncFunctionDef


@dataclass(frozen=True)
class Module:
    """One source file, parsed; `name` is dotted."""

    name: str
    path: Path
    tree: ast.Module

    @property
    def functions(self) -> Iterator[Function]:
        return (node for node in ast.walk(self.tree) if isinstance(node, Function))


@cache
def modules() -> tuple[Module, ...]:
    found = []
    for path in sorted(path for room in ROOMS for path in (ROOT / room).rglob("*.py")):
        parts = path.relative_to(ROOT).with_suffix("").parts
        name = ".".join(parts[:-1] if parts[-1] == "__init__" else parts)
        found.append(Module(name, path.relative_to(ROOT), ast.parse(path.read_text(encoding="utf-8"))))
    return tuple(found)


def parameters(function: Function) -> int:
    """How many parameters a caller fills: without self and cls."""
    names = [a.arg for a in (*function.args.posonlyargs, *function.args.args, *function.args.kwonlyargs)]
    return len(names) - (names[:1] in (["self"], ["cls"]))


def test_a_public_name_is_one_thing() -> None:
    homes: defaultdict[str, list[str]] = defaultdict(list)
    for module in modules():
        for node in module.tree.body:
            if isinstance(node, ast.ClassDef | Function) and not node.name.startswith("_"):
                homes[node.name].append(str(module.path))
    twice = {name: paths for name, paths in homes.items() if len(paths) > 1}
    for name, folder in PROTOCOLS.items():
        assert all(path.startswith(folder) for path in twice.pop(name)), f"{name} is the protocol of {folder}"
    assert twice == {}


def test_a_folder_can_be_taken_in_at_a_glance() -> None:
    counts = Counter(str(m.path.parent) for m in modules() if m.path.stem != "__init__")
    assert {folder: count for folder, count in counts.items() if count > MODULES_IN_A_FOLDER} == {}


def imports_of(module: Module, known: frozenset[str]) -> set[str]:
    found: set[str] = set()
    for node in ast.walk(module.tree):
        if isinstance(node, ast.ImportFrom) and node.module:
            found |= {
                f"{node.module}.{a.name}" if f"{node.module}.{a.name}" in known else node.module for a in node.names
            }
        elif isinstance(node, ast.Import):
            found |= {a.name for a in node.names}
    return (found & known) - {module.name}


def circles(arrows: dict[str, set[str]]) -> set[frozenset[str]]:
    """Groups of nodes that reach each other."""
    reach = {node: reachable(node, arrows) for node in arrows}
    groups = {frozenset({node} | {other for other in reach[node] if node in reach.get(other, ())}) for node in arrows}
    return {group for group in groups if len(group) > 1}


def reachable(start: str, arrows: dict[str, set[str]]) -> set[str]:
    seen: set[str] = set()
    waiting = [start]
    while waiting:
        for following in arrows.get(waiting.pop(), set()) - seen:
            seen.add(following)
            waiting.append(following)
    return seen


def test_no_two_modules_need_each_other() -> None:
    known = frozenset(module.name for module in modules())
    assert circles({module.name: imports_of(module, known) for module in modules()}) == set()


def test_no_two_siblings_need_each_other() -> None:
    """In every package, what lies beside each other (modules and folders) is imported one way."""
    known = frozenset(module.name for module in modules())
    packages = {module.name.rpartition(".")[0] for module in modules()} - {""}
    for package in packages:
        arrows: dict[str, set[str]] = defaultdict(set)
        inside = f"{package}."
        for module in modules():
            if not module.name.startswith(inside):
                continue
            here = module.name.removeprefix(inside).partition(".")[0]
            there = {
                name.removeprefix(inside).partition(".")[0]
                for name in imports_of(module, known)
                if name.startswith(inside)
            }
            arrows[here] |= there - {here}
        assert circles(arrows) == set(), package


def test_functions_are_of_a_size_that_can_be_read() -> None:
    functions = [(m, f) for m in modules() for f in m.functions]
    lengths = sorted((f.end_lineno or 0) - f.lineno + 1 for _, f in functions)
    assert statistics.median(lengths) <= 12
    assert lengths[int(0.9 * len(lengths))] <= 35
    wide = [f"{m.path}:{f.name}" for m, f in functions if parameters(f) > 5 and not is_command(f)]
    assert wide == []


def is_command(function: Function) -> bool:
    """A command of the command line: its parameters are its options."""
    return any(
        isinstance(d, ast.Call) and ast.unparse(d.func).endswith((".command", ".callback"))
        for d in function.decorator_list
    )


def test_a_helper_with_one_caller_names_an_idea() -> None:
    """Most code stands where it is used: few functions are private with a single caller.

    A function handed on as a value (to a thread, a parser, a registry) has no caller of ours, and does not count.
    """
    single = functions = 0
    for module in modules():
        named = Counter(map(name_of, ast.walk(module.tree)))
        called = Counter(name_of(n.func) for n in ast.walk(module.tree) if isinstance(n, ast.Call))
        for function in module.functions:
            functions += 1
            name = function.name
            if name.startswith("_") and not name.startswith("__"):
                within = [name_of(node) for node in ast.walk(function)].count(name)
                single += named[name] - within == 1 and called[name] > 0
    assert single <= SINGLE_CALLERS * functions, f"{single} of {functions}"


def name_of(node: ast.AST) -> str:
    """The name that a node is, or whose last part it is; empty for other nodes."""
    return node.id if isinstance(node, ast.Name) else node.attr if isinstance(node, ast.Attribute) else ""


def names_of_environment(tree: ast.Module) -> Iterator[str]:
    """Attributes and imports of `os` and `getpass`; a parameter called `environ` is only a mapping handed on."""
    for node in ast.walk(tree):
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
    found = {m.path.as_posix(): sorted(set(names_of_environment(m.tree))) for m in modules()}
    assert {path: names for path, names in found.items() if names and path not in MAY_NAME_IT} == {}


@pytest.mark.parametrize("path", sorted(MAY_NAME_IT))
def test_an_exception_is_needed(path: str) -> None:
    assert list(names_of_environment(ast.parse((ROOT / path).read_text())))


def test_the_folders_of_packages_run_no_code_when_imported_first() -> None:
    assert (ROOT / "packages" / "__init__.py").read_text().strip() == ""
