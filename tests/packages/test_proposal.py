"""A layout that nobody has described: what is proposed, how sure, why, and that it is YAML to build on."""

from __future__ import annotations

import datetime as dt
from pathlib import Path

import pyarrow as pa
import pytest
import yaml

from packages.model import Identity
from packages.profile import ProfileBuilder, text_kind
from packages.shaping.dates import DateOrder
from packages.shaping.heading_similarity import WITHIN, heading_similarity
from packages.shaping.proposals.proposal import Proposal, constants_of, crosswalk, propose
from packages.shaping.proposals.proposal_yaml import ProposalContext, proposal_yaml
from packages.spec import DatasetSpec, PublisherFile
from packages.vocabulary import publisher, publishers
from tests.packages.shape_examples import a_spec, run, table

DAY = dt.date(2026, 11, 20)
HEADINGS = ["Date Paid", "Payee", "Sort", "Nett Amount", "Cost Centre"]
ROWS = [
    ["31/03/2026", "Quillstone Ltd", "goods", "1,200.50", "C100"],
    ["02/03/2026", "Brambleway Services", "servises", "(15.00)", "C200"],
    ["", "Tanner Group", "Services", "7", "C300"],
]
OTHER = {
    "layouts": [
        {
            "columns": {"supplier": "Payee", "amount": ["Net Amount"], "paid_on": "Paid Date"},
            "constants": {"note": "CMD"},
        }
    ]
}


def proposed(
    tmp_path: Path, headings: list[str] = HEADINGS, rows: list[list[str]] = ROWS
) -> tuple[Proposal, DatasetSpec]:
    spec = a_spec(tmp_path, publisher=OTHER)
    known = crosswalk([spec], spec.resource, {})
    return propose(table(headings, rows), spec.resource, known), spec


def test_columns_are_found_by_the_words_of_other_publishers_and_by_their_cells(tmp_path: Path) -> None:
    proposal, _ = proposed(tmp_path)
    found = {m.field.name: (m.heading, m.sureness) for m in proposal.matches}
    assert found == {
        "paid_on": ("Date Paid", "likely"),
        "supplier": ("Payee", "sure"),
        "amount": ("Nett Amount", "likely"),
    }
    reasons = {m.field.name: m.why for m in proposal.matches}
    assert reasons["supplier"] == "as camden calls it"
    assert reasons["paid_on"] == "much like “Paid Date”; all cells are dates"
    assert [heading for heading, _ in proposal.unmatched] == ["Sort", "Cost Centre"]
    assert [one.name for one in proposal.missing] == ["kind", "note"]
    assert proposal.missing_required == ()
    assert proposal.orders == {"paid_on": DateOrder.DAY_FIRST}


def test_a_heading_over_other_content_is_not_believed(tmp_path: Path) -> None:
    proposal, _ = proposed(
        tmp_path, ["Date of payment", "Payee", "amount"], [["Housing", "a", "5"], ["Care", "b", "6"]]
    )
    assert [m.field.name for m in proposal.matches] == ["supplier", "amount"]
    assert [one.name for one in proposal.missing_required] == ["paid_on"]


def test_content_like_that_of_other_releases_decides_between_headings(tmp_path: Path) -> None:
    spec = a_spec(tmp_path, publisher={"layouts": [{"columns": {"supplier": "Name", "note": "Name 2"}}]})
    names = ProfileBuilder(text_kind)
    names.add(pa.array(["Quillstone Ltd", "Tanner Group"]))
    known = crosswalk([spec], spec.resource, {"supplier": [names.result()]})
    rows = [["2026-03-31", "5", f"INV{i}", "Bramble Ltd"] for i in range(5)]
    proposal = propose(table(["paid_on", "amount", "Supplier no", "Supplier text"], rows), spec.resource, known)
    assert {m.field.name: m.heading for m in proposal.matches}["supplier"] == "Supplier text"


def test_texts_that_are_nearly_a_code_are_proposed_and_others_not_shown(tmp_path: Path) -> None:
    headings = ["paid_on", "supplier", "kind", "amount"]
    rows = [["2026-03-31", "a", kind, "5"] for kind in ("goods", "GOODS", "Servics", "Goods", "Mrs Quillstone")]
    proposal, _ = proposed(tmp_path, headings, rows)
    assert proposal.values == {"kind": {"Servics": "Services"}}


def test_constants_are_as_the_others_give_them(tmp_path: Path) -> None:
    camden = publisher("camden")
    layouts = {"layouts": [{"constants": {"note": camden.gss, "kind": "goods"}}]}
    found = constants_of([a_spec(tmp_path, publisher=layouts)], publisher("merton"), publishers())
    assert found == {"note": "E09000024"}


@pytest.mark.parametrize("standing", [False, True])
def test_what_is_proposed_can_be_read_and_works(tmp_path: Path, standing: bool) -> None:
    proposal, spec = proposed(tmp_path)
    before = spec.publisher if standing else None
    text = proposal_yaml(proposal, ProposalContext("payments", "new: file.csv", publisher("merton"), DAY, before))
    told = yaml.safe_load(text)
    assert "Cost Centre" in text
    assert "sure: as camden calls it" in text
    if standing:
        assert set(told) == {"layouts", "rules"}
        assert told["layouts"][0]["from"] == DAY
        return
    described = PublisherFile.model_validate(told)
    ours = spec.model_copy(update={"publisher": described, "identity": Identity("payments", "merton")})
    shaped = run(table(HEADINGS, ROWS), ours)
    assert shaped.column("amount") == ["1200.50", "-15.00", "7"]
    assert shaped.column("paid_on") == ["2026-03-31", "2026-03-02", ""]
    # what was left for a person to decide still makes the file wait
    assert shaped.found("column-unmapped").where.count == 2


@pytest.mark.parametrize(
    ("one", "other", "least", "most"),
    [
        ("Payment Date", "date_of payment", WITHIN, 1),
        ("DatePaid", "Paid Date", 1, 1),
        ("4. Date paid", "Date Paid", 1, 1),
        ("Supplier", "Supplier Name", WITHIN, WITHIN),
        ("Vendor", "Supplier", 0, 0.5),
        ("", "Supplier", 0, 0),
        ("2017", "Supplier", 0, 0),
    ],
)
def test_likeness(one: str, other: str, least: float, most: float) -> None:
    assert least <= heading_similarity(one, other) <= most
    assert heading_similarity(one, other) == heading_similarity(other, one)


PAYEES = ["Quillstone Ltd", "Brambleway Services", "Tanner Group"]


@pytest.mark.parametrize("cells", [["100012", "100013", "100014"], ["7", "8", "9"], ["1001.0", "1002.0", "1003.0"]])
def test_a_column_of_numbers_is_no_field_of_words_whatever_it_is_called(tmp_path: Path, cells: list[str]) -> None:
    rows = [["2026-03-31", cell, payee, "5.00"] for cell, payee in zip(cells, PAYEES, strict=True)]
    proposal, _ = proposed(tmp_path, ["paid_on", "Supplier", "Payee", "amount"], rows)
    assert {m.field.name: m.heading for m in proposal.matches}["supplier"] == "Payee"


@pytest.mark.parametrize("heading", ["kml_1", "Supplier ID", "Supplier no", "Unnamed: 1", "supplier_code"])
def test_a_column_of_identifiers_is_never_taken_for_what_it_identifies(tmp_path: Path, heading: str) -> None:
    rows = [["2026-03-31", f"S{i}", "5.00"] for i in range(3)]
    proposal, _ = proposed(tmp_path, ["paid_on", heading, "amount"], rows)
    assert [m.field.name for m in proposal.matches] == ["paid_on", "amount"]


@pytest.mark.parametrize(
    ("headings", "found"),
    [
        (["When", "Payee", "How much"], {"paid_on": "When", "supplier": "Payee", "amount": "How much"}),
        (["kml_1", "Payee", "kml_2"], {"paid_on": "kml_1", "supplier": "Payee", "amount": "kml_2"}),
    ],
)
def test_cells_tell_a_field_whose_heading_says_nothing_and_it_is_called_a_guess(
    tmp_path: Path, headings: list[str], found: dict[str, str]
) -> None:
    rows = [[f"{i + 1:02}/04/2026", payee, f"{i}20.50"] for i, payee in enumerate(PAYEES)]
    proposal, _ = proposed(tmp_path, headings, rows)
    assert {m.field.name: m.heading for m in proposal.matches} == found
    assert {m.sureness for m in proposal.matches if m.field.name != "supplier"} == {"a guess"}
    # of two columns of dates, neither is the one
    rows = [[*row, row[0]] for row in rows]
    proposal, _ = proposed(tmp_path, [*headings, "Then"], rows)
    assert "paid_on" not in {m.field.name for m in proposal.matches}
