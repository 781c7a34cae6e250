"""Notes of redaction: known in all usual spellings, written as one word, with their reason in a column of its own."""

from __future__ import annotations

from pathlib import Path

import pytest

from packages.shaping.redactions import redaction_reason
from tests.packages.shape_examples import FIELDS, Shaped, a_spec, run, table

NOTES = {
    "personal": (
        "REDACTED PERSONAL DATA", "Redacted - Personal Data", "redacted (individual)",
        "Name withheld (data protection)",
        "PERSONAL DATA", "Private Individual", "Information redacted under s.40(2) FOIA", "Removed for GDPR",
        "[Redacted: foster carer]", "Withheld – Section 40", "Payee redacted as private individual",
    ),
    "commercial": (
        "Redacted commercially sensitive", "Commercial-in-Confidence", "Withheld under section 43",
        "REDACTED – COMMERCIAL", "commercially sensitive",
    ),
    "other": (
        "Redacted", "*** REDACTED ***", "Name withheld", "XXXXXXXX", "█████", "Confidential", "Not for publication",
        "supplier name removed",
    ),
}  # fmt: skip
NONE = (
    "Redacted Ltd", "Redacted: Ottoline Quill", "Privacy Matters CIC", "Confidential Shredding", "Personal Care Ltd",
    "Individual Care Services", "XXX Limited", "-", "---", "...", "Removals & Storage", "Restricted Access Systems",
    "Exclusive Publishing", "Protection Direct", "Staff Agency", "Child Minder Association", "",
)  # fmt: skip


@pytest.mark.parametrize(("reason", "text"), [(reason, text) for reason, texts in NOTES.items() for text in texts])
def test_a_note_gives_its_reason(reason: str, text: str) -> None:
    assert redaction_reason(text) == reason


@pytest.mark.parametrize("text", NONE)
def test_a_name_is_no_note(text: str) -> None:
    assert redaction_reason(text) == ""


PAYEES = [*NOTES["personal"], *NOTES["commercial"], *NOTES["other"], "Quillstone Ltd"]
REASONS = [*(reason for reason, texts in NOTES.items() for _ in texts), ""]


def shaped_payees(root: Path, payees: list[str], **rules: object) -> Shaped:
    fields = [field | ({"nature": "payee"} if field["name"] == "supplier" else {}) for field in FIELDS]
    beside = {"name": "supplier_redaction", "type": "string", "redaction_of": "supplier"}
    spec = a_spec(root, fields=[*fields, beside], mapping={"rules": rules} if rules else None)
    headings = ["paid_on", "supplier", "amount"]
    return run(table(headings, [["2026-03-31", payee, "5.00"] for payee in payees]), spec)


def test_the_reason_stands_in_a_column_of_its_own(tmp_path: Path) -> None:
    shaped = shaped_payees(tmp_path, PAYEES)
    assert shaped.column("supplier") == ["Redacted"] * (len(PAYEES) - 1) + ["Quillstone Ltd"]
    assert [reason or "" for reason in shaped.column("supplier_redaction")] == REASONS
    # “Redacted” needs no change
    assert shaped.counts()["redacted", "supplier"] == len(PAYEES) - 2


def test_a_publishers_own_word_says_no_reason(tmp_path: Path) -> None:
    shaped = shaped_payees(
        tmp_path, ["n/a – see policy", "Quillstone Ltd"], supplier={"redacted": ["n/a – see policy"]}
    )
    assert shaped.column("supplier") == ["Redacted", "Quillstone Ltd"]
    assert shaped.column("supplier_redaction") == ["other", ""]


def test_where_nobody_is_named_a_note_has_to_say_that_something_is_gone(tmp_path: Path) -> None:
    spec = a_spec(tmp_path, mapping={"rules": {"note": {"redacted": ["Redacted"]}}})
    texts = ["Exempt", "Individuals", "redacted personal data", "Personal Data", "name withheld"]
    rows = [["2026-03-31", "A Ltd", "5", text] for text in texts]
    shaped = run(table(["paid_on", "supplier", "amount", "note"], rows), spec)
    assert shaped.column("note") == ["Exempt", "Individuals", "Redacted", "Personal Data", "Redacted"]
