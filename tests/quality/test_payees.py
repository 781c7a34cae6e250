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


SOLE_TRADERS = """Amara Okpara Yoga|Helen Sharkey Pottery|TIM BRACE PLUMBING|Denise Fullerton Counselling
Fostering pymt K Asante|EXPENSES D OKORO|Presiding Officer G Halloran|Dylan & Megan Rees|Rees D & M|HENRY CHURCH
BSL Terp Joanne Tapp|Marek Wrona - Piano Tuition|José Luis Quispe Unheard"""
BODIES = """Nathan Briggs and Sons|Tony Dann and Partners|Chambers of Sir Peter Halloran KC|The Penny Black
Drs Okafor, Tapp and Dent|Our Lady of Lourdes Parish|Henry House|Marlowe Volvo|Wrona s.r.o."""


@pytest.mark.parametrize("name", SOLE_TRADERS.replace("\n", "|").split("|"))
def test_people_are_found_beside_what_they_do_or_are_paid_for(spec, name: str, tmp_path: Path) -> None:
    assert rows_held(tmp_path, spec, ["Quillstone Ltd", name]) == 1


@pytest.mark.parametrize("name", BODIES.replace("\n", "|").split("|"))
def test_bodies_that_are_called_after_somebody_are_left_alone(spec, name: str, tmp_path: Path) -> None:
    assert rows_held(tmp_path, spec, [name]) == 0


@pytest.mark.parametrize(
    "name", ["Mrs Example", "Mr Chalk", "MRS A N EXAMPLE", "Dr Table", "Mx Q", "Mr.Chalk", "The Carer of Mr Door"]
)
def test_a_title_makes_a_payee_a_person_whatever_follows(spec, name: str, tmp_path: Path) -> None:
    assert rows_held(tmp_path, spec, ["Quillstone Ltd", name]) == 1
