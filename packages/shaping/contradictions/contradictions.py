"""All that contradicts the rows of a table, gathered while its rows pass."""

from __future__ import annotations

from collections.abc import Iterator, Mapping

import pyarrow as pa

from packages.model import Batch, ChangeLog, Finding
from packages.shaping.contradictions.other_publishers import OtherPublishers
from packages.shaping.contradictions.people import NamedPeople
from packages.shaping.contradictions.second_places import SecondPlaces
from packages.shaping.layout import Arrangement
from packages.spec import DatasetSpec


class Contradictions:
    """Columns that may contradict what is published: whose a row is, who may not be named, where something is.

    Distinct texts are looked at, not rows, so that it costs little however long the file.
    """

    def __init__(self, arrangement: Arrangement, spec: DatasetSpec, resource: str) -> None:
        places = [place for place in spec.quality.places if place.resource == resource and place.x]
        publisher = spec.identity.publisher
        self._places = [SecondPlaces(arrangement, place, publisher) for place in places]
        self._watchers: tuple[OtherPublishers | NamedPeople | SecondPlaces, ...] = (
            OtherPublishers(arrangement, publisher, resource),
            NamedPeople(arrangement, resource, spec.quality.flags),
            *self._places,
        )

    def with_places(self, batch: Batch, shaped: dict[str, pa.Array], log: ChangeLog) -> dict[str, pa.Array]:
        """Return the shaped fields of a batch, with places by easting and northing where there are no others."""
        for place in self._places:
            shaped = shaped | place.filled(batch, shaped, log)
        return shaped

    def watch(self, batch: Batch, shaped: Mapping[str, pa.Array], log: ChangeLog) -> None:
        """Look at the rows of a batch of the file, and at their cells as they will be published."""
        for watcher in self._watchers:
            watcher.watch(batch, shaped, log)

    def absorb(self, later: Contradictions) -> None:
        """Add what was gathered in the rows that follow."""
        for watcher, following in zip(self._watchers, later._watchers, strict=True):
            watcher.absorb(following)  # type: ignore[arg-type] # of the same kind, one by one

    def findings(self) -> Iterator[Finding]:
        """Yield all contradictions, when all rows have passed."""
        for watcher in self._watchers:
            yield from watcher.findings()
