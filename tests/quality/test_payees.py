"""Payees that look like private people: only new ones hold, and the list of known ones says nothing."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import pyarrow as pa
import pytest

from packages.model import Severity
from quality.disclosure.payees import KnownPayees, payee_mark, payees_part
from tests.quality.test_disclosure import make_draft, make_spec

KEY = b"k" * 32
PAYEES = ["Quillstone Ltd", "Agnieszka Kowalska", "J. Okafor", "Redacted", "Agnieszka Kowalska", None]


@pytest.fixture
def spec():
    return make_spec([{"name": "supplier", "nature": "payee"}])


def known(*names: str) -> KnownPayees:
    return KnownPayees(frozenset(payee_mark(name, KEY) for name in names), KEY)


def rows_held(folder: Path, spec, payees=PAYEES, who: KnownPayees | None = None, vouched=()) -> int:
    draft = replace(make_draft(folder, {"supplier": pa.array(payees, pa.string())}), vouched=frozenset(vouched))
    part = payees_part(draft, spec, who or KnownPayees())
    assert {found.severity for found in part.findings} <= {Severity.HOLD}
    return sum(found.where.count for found in part.findings)


def test_new_payees_hold(spec, tmp_path: Path) -> None:
    assert rows_held(tmp_path, spec) == 3
    (found,) = payees_part(
        make_draft(tmp_path, {"supplier": pa.array(PAYEES, pa.string())}), spec, KnownPayees()
    ).findings
    assert "2 payees" in found.what
    assert "Kowalska" not in str(found)


def test_confirmed_payees_do_not_hold_again(spec, tmp_path: Path) -> None:
    assert rows_held(tmp_path, spec, who=known("Agnieszka Kowalska")) == 1
    assert rows_held(tmp_path, spec, who=known("AGNIESZKA  KOWALSKA", "J Okafor")) == 0


def test_what_the_file_vouches_for_does_not_hold(spec, tmp_path: Path) -> None:
    assert rows_held(tmp_path, spec, vouched=["Agnieszka Kowalska", "J. Okafor"]) == 0


def test_a_mark_without_the_key_tells_nothing() -> None:
    assert payee_mark("Agnieszka Kowalska", KEY) != payee_mark("Agnieszka Kowalska", b"x" * 32)
    assert payee_mark("KOWALSKA, Agnieszka", KEY) != payee_mark("J. Okafor", KEY)


@pytest.mark.parametrize(
    "name", ["Mrs Example", "Mr Chalk", "MRS A N EXAMPLE", "Dr Table", "Mx Q", "Mr.Chalk", "The Carer of Mr Door"]
)
def test_a_title_makes_a_payee_a_person_whatever_follows(spec, name: str, tmp_path: Path) -> None:
    assert rows_held(tmp_path, spec, ["Quillstone Ltd", name]) == 1
