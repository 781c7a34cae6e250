"""The privacy check finds what describes people, and leaves numbers of things alone."""

from __future__ import annotations

import tempfile
import time
from dataclasses import replace
from pathlib import Path

import pyarrow as pa
import pyarrow.parquet as pq
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from packages.masking import mask
from packages.model import CheckOutcome, Finding, RowNumbers, Severity
from quality.disclosure import screen as screening
from quality.disclosure.columns import COLUMN_CHECKS
from quality.disclosure.patterns import PATTERNS, ScreenedColumn, card_checks, nhs_checks
from quality.disclosure.screen import PERSONAL_DATA_RULES, plain_heading, screen, tally_patterns
from tests.quality.drafts import make_draft, make_spec

PERSONAL = [
    # made-up numbers: none is given out, all have right check digits
    ("personal-national-insurance", "block", "AB123456C"),
    ("personal-national-insurance", "block", "paid to js 12 34 56 a in May"),
    ("personal-national-insurance", "block", "NI: CE-12-34-56-D"),
    ("personal-nhs-number", "block", "943 476 5919"),
    ("personal-nhs-number", "block", "Placement of 943-476-5919"),
    ("personal-nhs-number", "block", "NHS No: 9434765919"),
    ("personal-payment-card", "block", "4111 1111 1111 1111"),
    ("personal-payment-card", "block", "card 5500-0055-5555-5559 used"),
    ("personal-payment-card", "block", "4111111111111111"),
    ("personal-payment-card", "block", "3782 822463 10005"),
    ("personal-email", "block", "somebody@gmail.com"),
    ("personal-email", "block", "Invoice (some.body+x@Hotmail.co.uk)"),
    ("personal-email", "block", "info@yahoo.co.uk"),
    ("personal-other-email", "hold", "first.last@council.example"),
    ("personal-mobile-phone", "hold", "07700 900123"),
    ("personal-mobile-phone", "hold", "call +44 7700 900 123"),
    ("personal-mobile-phone", "hold", "+44 (0)7700-900123"),
    ("personal-mobile-phone", "hold", "07700900123"),
    ("personal-bank-account", "hold", "20-45-53 55779911"),
    ("personal-bank-account", "hold", "Sort code 010203, account 55779911"),
    ("personal-bank-account", "hold", "GB82 WEST 1234 5698 7654 32"),
    ("personal-title", "hold", "Mrs A Example"),
    ("personal-title", "hold", "MR EXAMPLE"),
    ("personal-title", "hold", "Dr Example"),
    ("personal-title", "hold", "Refund to Ms Example"),
    ("personal-title", "hold", "MISS A B EXAMPLE"),
    ("personal-landline", "hold", "020 7974 4444"),
    ("personal-location", "hold", "(51.533826, -0.077112345)"),
    # as officers type them
    ("personal-national-insurance", "block", "NI no. AB 12 34 56, no letter given"),
    ("personal-nhs-number", "block", "hospital discharge, 943.476.5919"),
    ("personal-nhs-number", "block", "pt nhs9434765919"),
    ("personal-nhs-number", "block", "blue badge review 9434765919"),
    ("personal-payment-card", "block", "paid with amex378282246310005"),
    ("personal-payment-card", "block", "4111.1111.1111.1111"),
    ("personal-bank-account", "hold", "credit 404784 70872490"),
    ("personal-bank-account", "hold", "40/47/84 70872490"),
    ("personal-bank-account", "hold", "40-47-84-70872490 please"),
    ("personal-bank-account", "hold", "SC 404784 AC 70872490"),
    ("personal-tax-reference", "hold", "1955839661 is the utr"),
    ("personal-tax-reference", "hold", "decorator, CIS withheld, 1955839661"),
    ("personal-email", "block", "a.person @ gmail.com"),
    ("personal-other-email", "hold", "a.person[at]council.example"),
    ("personal-other-email", "hold", "aperson@council.example"),
    ("personal-mobile-phone", "hold", "079 4600 0123"),
    ("personal-mobile-phone", "hold", "mob 7700900123"),
    ("personal-mobile-phone", "hold", "ph.07700 900123/evenings"),
    ("personal-landline", "hold", "(020) 7946 0123"),
    ("personal-landline", "hold", "tel.+40 721 234 567"),
    ("personal-landline", "hold", "01632 960123"),
    ("personal-landline", "hold", "tenant, not the office: 020 7946 0123"),
    ("personal-network", "hold", "hub in flat: A0B1C2D3E4F5 phone"),
    ("personal-network", "hold", "2a00:23c5:1234:5678::/64"),
    ("personal-profile", "hold", "on insta as some_body22"),
    ("personal-profile", "hold", "seen at example.com/users/somebody"),
    ("personal-profile", "hold", "pseudonym 15f5d0127219 attended"),
    ("personal-profile", "hold", "id a94a8fe5ccb19ba61c4c0873d391e987982fbbd3"),
    ("personal-document", "hold", "ppt A1234567 expired"),
    ("personal-document", "hold", "brp ZR 012 3456"),
    ("personal-vehicle", "hold", "moped AB12 cde"),
    ("personal-vehicle", "hold", "badge misuse AB 12 CDE"),
    ("cell-formula", "warn", "=1+1"),
    ("cell-formula", "warn", "@SUM(A1)"),
    ("cell-formula", "warn", "+A1"),
    ("cell-formula", "warn", "\tx"),
]

HARMLESS = [
    "",
    "100021234567",  # UPRN
    "5300000123456",
    "01234567",  # company numbers
    "SC123456",
    "OC301234",
    "INV00012345",
    "INV-2024-07123456789",
    "PO 4500123456",
    "5105600123",
    "9434765919",  # ten digits with nothing that says NHS
    "2024-05-01",
    "01-05-24 20240501",
    "01/05/2024 10:15",
    "07-12-2023 12345678",
    "GB123456789",
    "GB 123 4567 89",
    "GB123456A",
    "E09000007",
    "E05013666",
    "SW9 7HH",
    "TQ 30050 83321",
    "530050 183321 530051 183322",
    "0800 123 4567",
    "https://opendatacommunities.org/id/london-borough-council/camden",
    "REDACTED PERSONAL DATA",
    "Mrs Example's Bakery Ltd",
    "Drayton Park Services",
    "12 Elm Dr London",
    "MS OFFICE LICENCES",
    "Near miss reporting",
    "Message from MRI unit",
    "-500.00",
    "a@b",
    "Open @ weekends",
    "parking.services@council.example",
    "AccountsPayable@council.example",
    "queries to no-reply@council.example",
    "Switchboard 020 7946 0123",
    "Library tel: 020 7946 0123",
    "Job AB 12 34 56 C",
    "Firewall rule 81.103.57.214",
    "follow @examplecouncil",
    "commit a94a8fe5ccb19ba61c4c0873d391e987982fbbd3",
    "Notice 2022/S 000-014467",
    "due AT 12 JAN",
    "1234 5678 9012 3456",
    "550e8400-e29b-41d4-a716-446655440000",
]


def findings_of(tmp_path: Path, texts: list[str | None], field: str = "purpose", **more: object) -> tuple[Finding, ...]:
    safe = bool(more.pop("safe", False))
    spec = make_spec([{"name": field, "safe": safe}], **more)
    return screen(make_draft(tmp_path, {field: pa.array(texts, pa.string())}), spec).findings


@pytest.mark.parametrize(("rule", "severity", "text"), PERSONAL)
def test_personal_data_is_found_and_only_its_shape_is_told(tmp_path: Path, rule: str, severity: str, text: str) -> None:
    found = findings_of(tmp_path, ["Stationery", text, None, text])
    assert [(f.rule, f.severity, f.where.count, f.where.of) for f in found] == [(rule, Severity(severity), 2, 4)]
    assert found[0].where.field == "purpose"
    assert len(found[0].shapes) == 1
    told = f"{found[0].what} {found[0].fix} {found[0].why} {found[0].shapes}"
    assert text.strip() not in told


@pytest.mark.parametrize("text", HARMLESS)
def test_numbers_and_names_of_things_are_left_alone(tmp_path: Path, text: str) -> None:
    assert findings_of(tmp_path, [text, "Stationery"]) == ()


def test_where_things_are_is_no_home(tmp_path: Path) -> None:
    cells: list[str | None] = ["(51.533826, -0.077112345)", "51.50321, -0.11233"]
    assert findings_of(tmp_path, cells, field="Geo Point") == ()
    assert [f.rule for f in findings_of(tmp_path, cells, field="Home location")] == ["personal-location"]


def test_a_column_of_references_may_pass_check_digits_by_chance(tmp_path: Path) -> None:
    references = [str(4111111111111100 + n) for n in range(100)]
    assert any(card_checks(r) for r in references)
    assert findings_of(tmp_path, references, "transaction_number") == ()


def test_a_column_of_cards_is_found_whatever_it_is_called(tmp_path: Path) -> None:
    found = findings_of(tmp_path, ["4111111111111111", "5500005555555559"], "transaction_number")
    assert [f.rule for f in found] == ["personal-payment-card"]


def test_bare_nhs_numbers_are_found_where_the_column_says_so(tmp_path: Path) -> None:
    found = findings_of(tmp_path, ["9434765919", "9434765918"], "NHSNumber")
    assert [(f.rule, f.where.count) for f in found] == [("personal-nhs-number", 1), ("personal-heading", 0)]


@pytest.mark.parametrize(
    ("text", "rules"),
    [
        ("toilets@camden.example", []),
        ("Call 07700 900123", []),
        ("Mrs Example", []),
        ("enquiries.hall@gmail.com", []),
        ("somebody@gmail.com", ["personal-email"]),
        ("AB123456C", ["personal-national-insurance"]),
    ],
)
def test_contact_details_are_fine_where_they_are_expected(tmp_path: Path, text: str, rules: list[str]) -> None:
    found = findings_of(tmp_path, [text], "ReportEmail", disclosure={"expected": ["ReportEmail"]})
    assert [f.rule for f in found] == rules


def test_safe_columns_are_looked_at_as_all_others(tmp_path: Path) -> None:
    assert [f.rule for f in findings_of(tmp_path, ["AB123456C"], safe=True)] == ["personal-national-insurance"]


@pytest.mark.parametrize(
    ("heading", "found"),
    [
        ("First Name", True),
        ("SURNAME", True),
        ("DateOfBirth", True),
        ("D.O.B.", True),
        ("NI No", True),
        ("Applicant name", True),
        ("Home_Address", True),
        ("Supplier Name", False),
        ("Site name", False),
        ("Date", False),
        ("First added", False),
    ],
)
def test_headings_that_describe_people(tmp_path: Path, heading: str, found: bool) -> None:
    draft = make_draft(tmp_path, {"a": pa.array([1, 2])}, headings={"a": heading})
    rules = [f.rule for f in screen(draft, make_spec([{"name": "a", "type": "integer"}])).findings]
    assert rules == (["personal-heading"] if found else [])


def test_an_empty_column_describes_nobody(tmp_path: Path) -> None:
    draft = make_draft(tmp_path, {"surname": pa.array([None, None], pa.string())})
    assert screen(draft, make_spec([{"name": "surname"}])).findings == ()


def test_every_kind_is_a_check_that_names_the_columns_looked_at(tmp_path: Path) -> None:
    columns = {"purpose": pa.array(["AB123456C"]), "amount": pa.array([1])}
    spec = make_spec([{"name": "purpose"}, {"name": "amount", "type": "integer"}])
    checks = screen(make_draft(tmp_path, columns), spec).checks
    assert {c.name.split("/")[0] for c in checks} == {p.rule for p in PATTERNS} | set(COLUMN_CHECKS)
    failed = [c for c in checks if c.outcome is CheckOutcome.FAILED]
    assert [c.name for c in failed] == ["personal-national-insurance/things"]
    assert failed[0].note == "Looked at: purpose, amount."


def test_formulas_are_no_personal_data() -> None:
    assert "cell-formula" not in PERSONAL_DATA_RULES
    assert "personal-email" in PERSONAL_DATA_RULES


@given(st.text())
def test_every_pattern_takes_any_text_and_gives_a_part_of_it(text: str) -> None:
    for pattern in PATTERNS:
        assert pattern.find(text, ScreenedColumn("a", "a")) in text


@given(st.from_regex(r"\A[A-Z][a-z]{0,8} ?[0-9 -]{0,20}[@.][a-z]{0,9}\Z"))
def test_what_is_found_is_told_masked(text: str) -> None:
    assert not set(mask(text)) & set("bcdefghijklmnopqrstuvwxyz012345678")


@pytest.mark.parametrize("number", ["9434765919", "4010232137"])
def test_nhs_check_digit(number: str) -> None:
    assert nhs_checks(number)
    assert not nhs_checks(number[:-1] + str((int(number[-1]) + 1) % 10))


def test_headings_are_compared_as_words() -> None:
    assert plain_heading(" DateOf_Birth ") == "date of birth"


def test_a_finding_names_the_rows_of_the_file(tmp_path: Path) -> None:
    spec = make_spec([{"name": "note"}])
    cells = ["fine"] * 70_000
    for position in (3, 69_000, 69_001):
        cells[position] = "943 476 5919"
    draft = make_draft(tmp_path, {"note": pa.array(cells)})
    # two rows above the headings, and one left out after the first
    numbered = replace(draft, row_numbers={"things": RowNumbers((0, 1), (4, 6))})
    (found,) = [f for f in screen(numbered, spec).findings if f.rule == "personal-nhs-number"]
    assert (found.where.rows, found.where.count) == ((8, 69_005, 69_006), 3)


HOSTILE = [
    "a",
    "1",
    "a ",
    "12 High ",
    "flat 1 ",
    "Xx Xx ",
    "mr ",
    "case case ",
    "nhs ",
    "GB12 ",
    "a@b.",
    "born on 1 ",
    "1:",
    "51.12345 ",
]


@pytest.mark.parametrize("unit", HOSTILE)
def test_a_hostile_cell_costs_little(tmp_path: Path, unit: str) -> None:
    cell = (unit * 1_000_000)[:1_000_000]
    findings_of(tmp_path, ["warm"], field="note")
    begun = time.process_time()
    findings_of(tmp_path, [cell], field="note")
    assert time.process_time() - begun < 2


@pytest.mark.parametrize("place", [0, 3_900, 4_090, 500_000])
def test_what_is_personal_is_found_wherever_it_stands_in_a_long_cell(tmp_path: Path, place: int) -> None:
    filler = " ".join(f"tree {n}" for n in range(60_000))
    cell = f"{filler[:place]} AB123456C {filler[place:]}"
    assert "personal-national-insurance" in {f.rule for f in findings_of(tmp_path, [cell])}


@settings(deadline=None, max_examples=40)
@given(st.lists(st.tuples(*[st.sampled_from([text for *_, text in PERSONAL]) | st.text(max_size=12)] * 3), max_size=30))
def test_few_rows_are_told_as_many_are(rows: list[tuple[str, ...]]) -> None:
    """Where the nets are cast over all columns at once, each column has the hits of a search of its own."""
    table = pa.table({f"column_{place}": [row[place] for row in rows] for place in range(3)})
    columns = [
        ScreenedColumn("column_0", "notes", nature="free-text"),
        ScreenedColumn("column_1", "supplier", nature="payee"),
        ScreenedColumn("column_2", "reference", nature="reference"),
    ]
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "table.parquet"
        pq.write_table(table.cast(pa.schema([(name, pa.string()) for name in table.column_names])), path)
        at_once = tally_patterns(path, columns)
        with pytest.MonkeyPatch.context() as patch:
            patch.setattr(screening, "FEW_ROWS", -1)
            assert tally_patterns(path, columns) == at_once
