"""What a file says of its payees: rows marked as about a person that still name somebody, and bodies vouched for."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator, Mapping, Sequence
from functools import partial

import pyarrow as pa
import pyarrow.compute as pc

from packages.headings import normalise
from packages.messages import finding
from packages.model import Batch, ChangeLog, Finding
from packages.shaping.contradictions.flagged_columns import ObjectionLog, rows_by_word
from packages.shaping.layout import Arrangement
from packages.shaping.redactions import redaction_reason
from packages.shaping.texts import REDACTED, fold_text
from packages.spec import FlagSpec

TYPES = frozenset(
    """vendortype vendortypelookupcode suppliertype payeetype beneficiarytype recipienttype creditortype
    suppliercategory vendorcategory payeecategory""".split()  # noqa: SIM905 - a list of words reads best as words
)
"""Headings of columns that say what kind of payee a row has, normalised."""

REDACT_FLAGS = frozenset(
    """redactflag redact redacted redaction redactionnecessary redactionneeded redactionrequired redactname redactyn
    exclude excluded individualyn personaldata
    commentfromdatabasepublishexcludepublishredactname""".split()  # noqa: SIM905
)
PUBLISH_FLAGS = frozenset("publish publishyn oktopublish publishname publishable publishredact".split())  # noqa: SIM905
"""Headings of columns that say whether a name is taken out, or may stand, normalised."""

_PERSON = re.compile(
    r"(private |named )?(individual|person)s?( payees?)?|(special )?guardians?(hip)?( allowances?)?"
    r"|foster(er|ers|ing)?( ?carers?| ?parents?)?( allowances?)?|(shared lives |kinship |young )?carers?"
    r"|adopt(er|ers|ive parents?)|employees?|staff( members?)?|clients?|tenants?|leaseholders?|service users?"
    r"|residents?|claimants?|pensioners?|child ?minders?|parents?|pupils?|students?|direct payments?( recipients?)?"
    r"|customers?",
    re.IGNORECASE,
)
_ORGANISATION = re.compile(
    r"((private |public )?limited )?compan(y|ies)|corporat(e|ion)s?|plc|ltd|limited|llp|business(es)?"
    r"|organi[sz]ations?|charit(y|ies)|voluntary( sector)?|vcse?|public (sector|bod(y|ies))|(local )?authorit(y|ies)"
    r"|councils?|government|nhs( trust)?|schools?|academ(y|ies)|universit(y|ies)|housing associations?|utilit(y|ies)",
    re.IGNORECASE,
)
_TAKE_OUT = re.compile(
    r"redact(ed)?|publish ?[-–/]? ?redact(ed)?( name)?|excluded?|do not publish|not for publication|withhold|private",
    re.IGNORECASE,
)
_YES = frozenset({"y", "yes", "true", "1", "t"})
_NO = frozenset({"n", "no", "false", "0", "f"})
_PAYEE = re.compile(r"supplier|merchant|beneficiary|payee|vendor|recipient", re.IGNORECASE)

MARKED = "marked"
VOUCHED = "vouched"


class NamedPeople:
    """Gathers, while the rows pass, those that are marked and whose payee is named all the same.

    A column that says it counts also where a field takes it: what a publisher says of its payees is never ignored.
    """

    def __init__(self, arrangement: Arrangement, resource: str, flags: Sequence[FlagSpec]) -> None:
        self._headings = arrangement.headings
        self._resource = resource
        texts = [s for s in arrangement.sources if s.columns and s.field.type == "string"]
        payees = [s for s in texts if s.field.nature == "payee"] or [s for s in texts if _PAYEE.search(s.field.name)]
        self._payee = payees[0].field.name if payees else ""
        own = {normalise(flag.column): flag for flag in flags}
        known = TYPES | REDACT_FLAGS | PUBLISH_FLAGS | own.keys()
        self._words: dict[str, Callable[[str], str]] = {
            column: partial(word_of_payee, normalise(heading), own.get(normalise(heading)))
            for column, heading in arrangement.headings.items()
            if normalise(heading) in known and not any(column in source.columns for source in payees)
        }
        self._log = ObjectionLog()

    def watch(self, batch: Batch, shaped: Mapping[str, pa.Array], log: ChangeLog) -> None:
        """Look at the rows of a batch of the file, and at its payees as they will be published."""
        if not self._payee:
            return
        self._log.rows += len(batch.numbers)
        for column, word_of in self._words.items():
            for word, rows in rows_by_word(batch.cells.column(column), word_of):
                payees = shaped[self._payee].filter(rows)
                if word == VOUCHED:
                    log.vouched.update(filter(None, pc.unique(payees).to_pylist()))
                    continue
                hidden = [not name or name == REDACTED or bool(redaction_reason(name)) for name in payees.to_pylist()]
                self._log.note(column, word, batch.numbers.filter(rows).filter(pc.invert(pa.array(hidden, pa.bool_()))))

    def absorb(self, later: NamedPeople) -> None:
        """Add what was gathered in the rows that follow."""
        self._log.absorb(later._log)

    def findings(self) -> Iterator[Finding]:
        """Yield a finding for each column that marks rows whose payee is named."""
        for _word, where in self._log.places(self._headings, self._resource):
            yield finding("person-marked", where)


def word_of_payee(heading: str, flag: FlagSpec | None, text: str) -> str:
    """Return whether a text in the column with a heading (normalised) marks a person or vouches for a body; or "".

    `flag` is what the description says of the column, which comes first.
    """
    folded = fold_text(text)
    if flag and folded in map(fold_text, flag.person):
        return MARKED
    if flag and folded in map(fold_text, flag.organisation):
        return VOUCHED
    if _PERSON.fullmatch(folded) or _TAKE_OUT.fullmatch(folded):
        return MARKED
    if heading in TYPES:
        return VOUCHED if _ORGANISATION.fullmatch(folded) else ""
    marks, vouches = (_NO, _YES) if heading in PUBLISH_FLAGS else (_YES, _NO)
    if heading in REDACT_FLAGS | PUBLISH_FLAGS and folded in marks:
        return MARKED
    return VOUCHED if folded == "publish" or (heading in REDACT_FLAGS | PUBLISH_FLAGS and folded in vouches) else ""
