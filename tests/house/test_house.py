"""The promises of the house itself: rooms, imports, messages, quick starts."""

from __future__ import annotations

import re
import subprocess
import sys
from pathlib import Path

import pytest

from packages.messages import message, messages
from tests.conftest import ROOT

UNWANTED = ("invalid", "illegal", "please", "oops", "error code", "null", "nan", "traceback", "exception")
PACKAGES = ("flows", "packages", "quality", "catalogue")


def test_imports_run_one_way() -> None:
    command = Path(sys.executable).parent / "lint-imports"
    done = subprocess.run([command], cwd=ROOT, capture_output=True, text=True)
    assert done.returncode == 0, done.stdout + done.stderr


def test_every_rule_used_in_the_code_has_a_message_and_every_message_a_use() -> None:
    code = "\n".join(path.read_text() for name in PACKAGES for path in (ROOT / name).rglob("*.py"))
    unused = [rule for rule in messages() if f'"{rule}"' not in code]
    used = set(re.findall(r'\bfinding\(\s*"([a-z0-9-]+)"', code))
    assert unused == []
    assert used - set(messages()) == set()


def test_a_rule_without_its_four_parts_is_refused() -> None:
    whole = {"severity": "warn", "what": "It is so.", "fix": "Change it.", "why": "It matters.", "who": "data officer"}
    for part in whole:
        with pytest.raises(KeyError, match=part):
            message("a-rule", {key: said for key, said in whole.items() if key != part})


@pytest.mark.parametrize("rule", sorted(messages()))
def test_a_message_about_rows_has_a_form_for_one_and_for_many(rule: str) -> None:
    made = messages()[rule]
    if made.one != made.many:
        assert "$count" not in made.one
        assert "$count" in made.many


@pytest.mark.parametrize("rule", sorted(messages()))
def test_a_message_is_plain_and_complete(rule: str) -> None:
    message = messages()[rule]
    for part in (message.one, message.many, message.every, message.fix, message.why):
        assert part.strip(), "every part of a message says something"
        assert re.search(r"([.?]|\$[a-z]+)$", part.strip()), (
            f"a whole sentence, or one that ends with a word to fill: {part}"
        )
        words = re.findall(r"[a-z]+", part.lower())
        assert not set(UNWANTED) & set(words), part
        # the public rendering masks what stands in quotation marks and came with the file
        assert not re.search(r"(?<!“)\$(column|sheet)\b", part), f"a name from the file stands in “”: {part}"
    assert message.who in ("data officer", "data protection officer", "londata team")


@pytest.mark.parametrize("name", ["utils", "helpers", "common", "misc", "base"])
def test_no_room_without_a_question(name: str) -> None:
    assert not [p for package in PACKAGES for p in (ROOT / package).rglob(f"{name}*")]


def test_a_check_never_imports_what_it_does_not_need() -> None:
    code = (
        "import sys, flows.cli.app, flows.examine, flows.checking.recognise\n"
        "heavy = {'prefect', 'great_expectations', 'pandas', 'sqlalchemy', 'rdflib', 'ckanapi', 'matplotlib'}\n"
        "print(sorted(heavy & set(sys.modules)))"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert done.stdout.strip() == "[]"
