"""Rows that are marked as about a person, or to be redacted, and still name somebody."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping

import pyarrow as pa
import pyarrow.compute as pc

from packages.messages import finding
from packages.model import Batch, Finding
from packages.shaping.contradictions.flagged_columns import ObjectionLog, columns_called, rows_by_word
from packages.shaping.layout import Arrangement

TYPES = ("vendortype", "vendortypelookupcode", "suppliertype", "payeetype", "beneficiarytype", "recipienttype")
FLAGS = (
    "redactflag", "redact", "redacted", "redaction", "redactionnecessary", "redactionneeded", "redactionrequired",
    "redactname", "exclude", "excluded", "commentfromdatabasepublishexcludepublishredactname",
)  # fmt: skip
"""Headings of columns that say what kind of payee a row has, and whether its name may be public."""

_PERSON = re.compile(
    r"(private )?(individual|person)s?|foster(er|ers| ?carers?| parents?)?|carers?|employees?|staff|clients?|tenants?"
    r"|service users?|residents?|claimants?|pensioners?|child ?minders?",
    re.IGNORECASE,
)
_REDACT = re.compile(r"y|yes|true|1|redact(ed)?|publish ?[-–] ?redact name|exclude|do not publish", re.IGNORECASE)
_PAYEE = re.compile(r"supplier|merchant|beneficiary|payee|vendor|recipient", re.IGNORECASE)
_HIDDEN = r"(?i)^\s*$|redact|withheld|personal data"


class NamedPeople:
    """Gathers, while the rows pass, those that are marked and whose payee is named all the same."""

    def __init__(self, arrangement: Arrangement, resource: str) -> None:
        self._headings = arrangement.headings
        self._resource = resource
        taken = {column for source in arrangement.sources for column in source.columns}
        self._columns = [c for c in columns_called(arrangement, (*TYPES, *FLAGS)) if c not in taken]
        names = [s.field.name for s in arrangement.sources if s.columns and s.field.type == "string"]
        self._payee = next((name for name in names if _PAYEE.search(name)), "")
        self._log = ObjectionLog()

    def watch(self, batch: Batch, shaped: Mapping[str, pa.Array]) -> None:
        """Look at the rows of a batch of the file, and at its payees as they will be published."""
        if not self._payee:
            return
        self._log.rows += len(batch.numbers)
        for column in self._columns:
            for mark, rows in rows_by_word(batch.cells.column(column), _mark):
                hidden = pc.fill_null(pc.match_substring_regex(shaped[self._payee], _HIDDEN), True)
                self._log.note(column, mark, batch.numbers.filter(pc.and_not(rows, hidden)))

    def findings(self) -> Iterator[Finding]:
        """Yield a finding for each column that marks rows whose payee is named."""
        for _word, where in self._log.places(self._headings, self._resource):
            yield finding("person-marked", where)


def _mark(text: str) -> str:
    """Return a word for a text that marks a row; a type is no yes or no, so both are looked for in all columns."""
    return "marked" if _PERSON.fullmatch(text.strip()) or _REDACT.fullmatch(text.strip()) else ""
