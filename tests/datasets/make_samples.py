"""Writes the synthetic samples into the dataset folders: real layouts with their quirks, made-up content.

Run `python -m tests.datasets.make_samples` after a change; the same code always writes the same bytes.
"""

from __future__ import annotations

from pathlib import Path

from packages.spec import DATASETS
from tests.datasets import (
    samples_counts,
    samples_money,
    samples_places,
    samples_planning,
    samples_registers,
    samples_spend,
    samples_transparency,
)
from tests.datasets.sample import Linked, Sample, files_of, rows_of, workbooks_of, write_geopackage, write_workbook

SAMPLES: dict[str, Sample | Linked] = (
    samples_spend.SAMPLES
    | samples_places.SAMPLES
    | samples_planning.SAMPLES
    | samples_money.SAMPLES
    | samples_counts.SAMPLES
    | samples_transparency.SAMPLES
    | samples_registers.SAMPLES
)


def write(identity: str, root: Path = DATASETS) -> list[Path]:
    """Write the files of one sample below `root` and say where."""
    sample = SAMPLES[identity]
    dataset, publisher = identity.split("/")
    folder = root / dataset / "samples" / publisher
    folder.mkdir(parents=True, exist_ok=True)
    files, workbooks = files_of(identity, sample), workbooks_of(identity, sample)
    for name, content in files.items():
        (folder / name).write_bytes(content)
    for name, sheets in workbooks.items():
        write_workbook(sheets, folder / name, sample.above if isinstance(sample, Sample) else ())
    layers = [sample.name] if isinstance(sample, Sample) and sample.name.endswith(".gpkg") else []
    for name in layers:
        (rows,) = rows_of(identity, sample).values()
        write_geopackage(rows, folder / name)
    return [folder / name for name in (*files, *workbooks, *layers)]


if __name__ == "__main__":
    for wanted in SAMPLES:
        for path in write(wanted):
            print(path.relative_to(DATASETS))
