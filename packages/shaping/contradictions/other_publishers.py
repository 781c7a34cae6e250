"""Rows that name another publisher than the one whose file it is."""

from __future__ import annotations

from collections.abc import Iterator, Mapping

import pyarrow as pa

from packages.messages import finding
from packages.model import Batch, ChangeLog, Finding
from packages.remembered import remembering
from packages.shaping.contradictions.flagged_columns import ObjectionLog, columns_called, rows_by_word
from packages.shaping.layout import Arrangement
from packages.spec import NOBODY
from packages.vocabulary import find_publisher, publishers
from packages.vocabulary.naming import publisher_named

ORGANISATIONS = frozenset(
    {
        "organisation", "organisationname", "organisationlabel", "organisationuri", "organisationurl",
        "organisationcode", "organisationalunit", "orglabel", "orguri", "organistionlabel", "organistionuri",
        "body", "bodyname", "publisher", "publishername", "publisherlabel", "publisheruri", "publisherorganisation",
        "council", "councilname", "authority", "authorityname", "localauthority", "localauthorityname",
        "localauthoritycode", "lacode", "laname", "ladcode", "ladname", "lad", "gss", "gsscode", "publishergss",
        "onscode", "localplanningauthority", "planningauthority", "planningauthorityname", "lpa", "lpaname",
    }
)  # fmt: skip
"""Headings of columns that say whose a row is."""

BOROUGHS = frozenset({"borough", "boroughname", "boroughcode", "londonborough", "district", "districtname"})
"""Headings of columns that say where a row is; for a borough this is the same."""

known_name = remembering(4096)(publisher_named)


class OtherPublishers:
    """Gathers, while the rows pass, whom the columns name that say whose a row is."""

    def __init__(self, arrangement: Arrangement, publisher: str, resource: str) -> None:
        known = find_publisher(publisher)
        self._own = publisher
        self._resource = resource
        self._headings: Mapping[str, str] = arrangement.headings
        # a body for all of London has rows in every borough
        is_regional = known is not None and known.kind not in ("london-borough", "city-corporation")
        self._columns = columns_called(arrangement, ORGANISATIONS if is_regional else ORGANISATIONS | BOROUGHS)
        self._log = ObjectionLog()

    def watch(self, batch: Batch, _shaped: Mapping[str, pa.Array], _log: ChangeLog) -> None:
        """Look at the rows of a batch of the file."""
        self._log.rows += len(batch.numbers)
        for column in self._columns:
            for name, rows in rows_by_word(batch.cells.column(column), known_name):
                self._log.note(column, name, batch.numbers.filter(rows))

    def absorb(self, later: OtherPublishers) -> None:
        """Add what was gathered in the rows that follow."""
        self._log.absorb(later._log)

    def findings(self) -> Iterator[Finding]:
        """Yield a finding for each column and publisher named in it that is not the one whose file it is."""
        for column in self._columns:
            named = {word: count for (other, word), count in self._log.counts.items() if other == column}
            # of an unknown publisher, the one named most is taken to be the one
            own = self._own if self._own != NOBODY else max(named, key=lambda word: named[word], default="")
            for word, where in self._log.places(self._headings, self._resource):
                if where.column == self._headings[column] and word != own:
                    name = publishers()[word].name if word in publishers() else "another authority"
                    yield finding("rows-of-another-publisher", where, name=name)
