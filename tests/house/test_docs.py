"""Documents stay true: links lead somewhere, commands are ones that we have, references are as the code is."""

from __future__ import annotations

import re
import runpy
import shlex
import tomllib
from pathlib import Path
from urllib.parse import unquote

import pytest
import typer

from flows.cli.app import app
from tests.conftest import ROOT

PAGES = sorted(
    path
    for path in (*ROOT.glob("*.md"), *ROOT.glob("docs/*.md"), *ROOT.rglob("README.md"), *ROOT.glob(".github/**/*.md"))
    if ".venv" not in path.parts and "var" not in path.relative_to(ROOT).parts
)
ROOMS = ("flows", "packages", "quality", "catalogue")
NOT_OURS = {"prefect", "export", "pre-commit", "pip"}
"""First words of shell lines that are other programs' commands."""


def named(path: Path) -> str:
    return str(path.relative_to(ROOT))


def blocks(text: str) -> list[tuple[str, str]]:
    """The fenced blocks of a page: language and content."""
    return re.findall(r"^[ ]*```(\w*)\n(.*?)^[ ]*```$", text, re.MULTILINE | re.DOTALL)


def shell_lines(text: str) -> list[str]:
    """The commands of a page: lines of blocks, and inline code that begins with one of our programs."""
    lines = [line.strip() for kind, block in blocks(text) if kind in ("", "sh") for line in block.splitlines()]
    inline = re.findall(r"`((?:londata|make) [^`]+)`", re.sub(r"```.*?```", "", text, flags=re.DOTALL))
    return [line for line in (*lines, *inline) if re.match(r"(londata|make) ", line)]


def anchors(path: Path) -> set[str]:
    headings = re.findall(r"^#+ (.+)$", path.read_text(encoding="utf-8"), re.MULTILINE)
    return {re.sub(r"[^\w\- ]", "", heading.lower()).replace(" ", "-") for heading in headings}


@pytest.mark.parametrize("page", PAGES, ids=named)
def test_every_link_leads_somewhere(page: Path) -> None:
    for target in re.findall(r"\]\(([^)\s]+)\)", page.read_text(encoding="utf-8")):
        if re.match(r"https?://|mailto:", target):
            continue
        place, _, anchor = unquote(target).partition("#")
        path = (page.parent / place).resolve() if place else page
        assert path.exists(), f"{named(page)} links to {target}"
        assert not anchor or anchor in anchors(path), f"{named(page)} links to {target}"


@pytest.mark.parametrize("page", PAGES, ids=named)
def test_every_command_is_one_that_we_have_with_options_that_it_takes(page: Path) -> None:
    targets = set(re.findall(r"^([a-z-]+):", (ROOT / "Makefile").read_text(), re.MULTILINE))
    commands = typer.main.get_command(app)
    for line in shell_lines(page.read_text(encoding="utf-8")):
        program, *words = shlex.split(line.replace("…", "x"), comments=True)
        if program == "make":
            assert {word for word in words if "=" not in word} <= targets, line
            continue
        check_command(commands, words, line)


def check_command(command: object, words: list[str], line: str) -> None:
    """A command exists, and takes these options and no fewer or more arguments than it may."""
    while hasattr(command, "commands") and words and words[0] in command.commands:
        command, words = command.commands[words[0]], words[1:]
    if hasattr(command, "commands"):
        assert words in (["--help"], ["COMMAND", "--help"], [], ["--version"]), f"no such command: {line}"
        return
    if not words:
        return  # the name of a command in running text
    context = command.make_context(command.name, list(words), resilient_parsing=True)  # type: ignore[attr-defined]
    options = {option for parameter in command.params for option in parameter.opts}  # type: ignore[attr-defined]
    assert {word.split("=")[0] for word in words if word.startswith("--")} <= options | {"--help"}, line
    assert not context.args, f"too many arguments: {line}"


@pytest.mark.parametrize("page", PAGES, ids=named)
def test_every_file_that_is_named_is_there(page: Path) -> None:
    text = page.read_text(encoding="utf-8")
    for name in re.findall(r"`((?:flows|packages|quality|catalogue|tests|docs)(?:/[\w.-]+)+/?)`", text):
        assert (ROOT / name).exists(), f"{named(page)} names {name}"
    for name in re.findall(r"`((?:flows|packages|quality|catalogue)(?:\.\w+)+)`", text):
        parts = name.split(".")
        assert (
            any((ROOT / "/".join(parts[:n])).with_suffix(".py").exists() for n in (len(parts), len(parts) - 1))
            or (ROOT / "/".join(parts)).is_dir()
            or (ROOT / "/".join(parts[:-1])).is_dir()
        ), f"{named(page)} names {name}"


@pytest.mark.parametrize(
    ("name", "page"), [("commands", "docs/commands.md"), ("settings", "docs/settings.md"), ("readme", "README.md")]
)
def test_a_reference_is_as_the_code_is(name: str, page: str) -> None:
    made = runpy.run_path(str(ROOT / "docs" / "reference.py"))[f"{name}_page"]()
    assert (ROOT / page).read_text(encoding="utf-8") == made, "renew it with `make docs`"


def folders() -> list[Path]:
    found = {path.parent for room in ROOMS for path in (ROOT / room).rglob("*.py")}
    return sorted(path for path in found if "datasets" not in path.parts)


@pytest.mark.parametrize("folder", folders(), ids=named)
def test_a_folder_says_what_is_in_it(folder: Path) -> None:
    readme = folder / "README.md"
    assert readme.is_file(), f"{named(folder)} needs a README.md of at most 30 lines"
    text = readme.read_text(encoding="utf-8")
    assert len(text.splitlines()) <= 30
    rooms = {path.name for path in folder.iterdir() if path.is_dir() and (path / "__init__.py").is_file()}
    modules = {path.stem for path in folder.glob("*.py")} - {"__init__", "__main__"}
    unnamed = {name for name in modules | rooms if not re.search(rf"`{name}(\.py|/)?`", text)}
    assert not unnamed, f"{named(readme)} does not say what these are: {sorted(unnamed)}"


def test_the_newcomer_runs_what_ci_runs() -> None:
    """The lines marked in CONTRIBUTING are the ones of the README; .ci/run calls the tests by the same command."""
    text = (ROOT / "CONTRIBUTING.md").read_text(encoding="utf-8")
    (script,) = re.findall(r"<!-- newcomer:.*?-->\n```sh\n(.*?)```", text, re.DOTALL)
    readme = (ROOT / "README.md").read_text(encoding="utf-8")
    ci = (ROOT / ".ci" / "run").read_text(encoding="utf-8")
    for line in script.splitlines():
        assert re.search(rf"^{re.escape(line)}\b", readme, re.MULTILINE), line
    assert re.search(r"^timed .*make test$", ci, re.MULTILINE)
    assert re.search(r"^timed .*make test-slow\b", ci, re.MULTILINE)


def test_every_script_of_the_package_is_there() -> None:
    project = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))["project"]
    module, _, name = project["scripts"]["londata"].partition(":")
    assert re.search(rf"^def {name}\(", (ROOT / f"{module.replace('.', '/')}.py").read_text(), re.MULTILINE)
