"""Notes that stand where a publisher took something out, in all usual spellings, and the reason that they give."""

from __future__ import annotations

import re
from collections.abc import Iterable

import pyarrow as pa
import pyarrow.compute as pc

from packages.remembered import remembering
from packages.shaping.texts import REDACTED, Change, fold_text

PERSONAL = "personal"
COMMERCIAL = "commercial"
OTHER = "other"

REASONS = (PERSONAL, COMMERCIAL, OTHER)
"""Why something was taken out: to protect a person, for business reasons, or the note does not say why."""

# said of a text that was taken out; one of them makes a note of a cell that holds nothing but words of notes
_TAKEN_OUT = frozenset(
    """redact redacted redaction redactions withheld exempt exempted anonymised anonymized anonymous suppressed removed
    confidential restricted undisclosed unpublished""".split()  # noqa: SIM905 - a list of words reads best as words
)
_PERSONAL = frozenset(
    """personal person persons people private individual individuals privacy gdpr dpa s40 foster carer carers child
    children client clients employee employees staff vulnerable resident residents tenant tenants claimant
    claimants pupil pupils""".split()  # noqa: SIM905
)
_COMMERCIAL = frozenset(
    "commercial commercially business trade competition s43".split()  # noqa: SIM905
)
_FILLING = frozenset(
    """a act al and are as at be because been by contain containing contains data detail details disclosed do due eir
    exemption foi foia for from has have in info information interest is legal name names no not of on
    or our payee payment payments protect protected protection publication publish published purposes r reason reasons
    regulation regulations s section sensitive sensitivity supplier suppliers text the this to under uk vendor was
    which with 40 43 1998 2000 2018 2""".split()  # noqa: SIM905
)
_KNOWN = _TAKEN_OUT | _PERSONAL | _COMMERCIAL | _FILLING

# without a word for taking out, these alone stand in the place of a name
_ALONE = {
    "personal data": PERSONAL, "personal information": PERSONAL, "personal details": PERSONAL,
    "private individual": PERSONAL, "private individuals": PERSONAL, "private person": PERSONAL,
    "individual": PERSONAL, "individuals": PERSONAL, "an individual": PERSONAL, "data protection": PERSONAL,
    "data protection act": PERSONAL, "gdpr": PERSONAL, "name protected": PERSONAL, "protected": OTHER,
    "sensitive": OTHER, "sensitive data": OTHER, "sensitive information": OTHER, "exempt": OTHER,
    "commercially sensitive": COMMERCIAL, "commercial in confidence": COMMERCIAL, "commercial sensitivity": COMMERCIAL,
    "in confidence": OTHER, "not disclosed": OTHER, "not for publication": OTHER, "not published": OTHER,
    "do not publish": OTHER,
}  # fmt: skip

# of the Freedom of Information Act
_PERSONAL_LAW = re.compile(r"\b(?:s|section) 40\b|\bdata protection\b")
_COMMERCIAL_LAW = re.compile(r"\b(?:s|section) 43\b")
_CROSSED_OUT = re.compile(r"[xX*#█▇■▓_.\-\s]{3,}")
_DRAWN = re.compile(r"[xX]{3,}|[*#]{3,}|[█▇■▓]+")
_NOTE = (
    r"(?i)redact|withh|anonym|suppress|remov|confid|restrict|disclos|publi|person|privat|individual|protect|gdpr"
    r"|sensitiv|exempt|xxx|\*\*\*|###|[█▇■▓]"
)
"""What every note holds (also RE2): a quick look at whole columns, in which most texts are none."""


# many cells of a column have few distinct texts, and every batch asks for them again
@remembering(65_536)
def redaction_reason(text: str) -> str:
    """Return the reason (one of REASONS) that a note of redaction gives; empty for a text that is no such note.

    A text that holds anything besides the words of notes is none: `Redacted Ltd`, or a note that still names somebody.
    """
    if _CROSSED_OUT.fullmatch(text) and _DRAWN.search(text):
        return OTHER
    words = re.findall(r"[a-z0-9]+", text.casefold().replace("commercial-in", "commercial in"))
    plain = " ".join(words)
    if plain in _ALONE:
        return _ALONE[plain]
    if not words or not _KNOWN.issuperset(words) or _TAKEN_OUT.isdisjoint(words):
        return ""
    if not _PERSONAL.isdisjoint(words) or _PERSONAL_LAW.search(plain):
        return PERSONAL
    is_commercial = not _COMMERCIAL.isdisjoint(words) or _COMMERCIAL_LAW.search(plain)
    return COMMERCIAL if is_commercial else OTHER


def redaction_net(more: Iterable[str]) -> str:
    """Return a pattern (RE2) that every note of redaction matches, and each of a publisher's `more` texts for it."""
    own = (r"\s+".join(map(re.escape, text.split())) for text in more)
    return "|".join((_NOTE, *filter(None, own)))


def redacted_word(more: Iterable[str], replacement: str, *, naming: bool) -> Change:
    """Return the change of notes of redaction, and of a publisher's `more` texts for it, into one word.

    Where a field does not name anybody, a note has to say that something was taken out: “Exempt” is about VAT there.
    """
    own = frozenset(map(fold_text, more))
    plain = re.compile("" if naming else "redact|withheld|anonym", re.IGNORECASE)

    def change(text: str) -> str:
        is_note = (redaction_reason(text) and plain.search(text)) or fold_text(text) in own
        return replacement if is_note else text

    return change


def reasons_beside(received: pa.Array, shaped: pa.Array) -> pa.Array:
    """Return, for each cell that became our word for a redaction, the reason that it gave; null for all others."""
    is_redacted = pc.fill_null(pc.equal(shaped, REDACTED), False)
    encoded = pc.utf8_trim_whitespace(received.filter(is_redacted)).dictionary_encode()
    # a publisher's own text for a redaction says no reason
    reasons = [redaction_reason(text or "") or OTHER for text in encoded.dictionary.to_pylist()]
    filled = pa.array(reasons, pa.string()).take(encoded.indices)
    return pc.replace_with_mask(pa.nulls(len(shaped), pa.string()), is_redacted, filled)
