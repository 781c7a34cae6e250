"""`londata map`: from a file in a new layout to a description that publishes it, with one person in between."""

from __future__ import annotations

import datetime as dt
import json
import shutil
from pathlib import Path

import pytest
import yaml

from flows.checking.mapping import MappingEvidence, described_publishers, propose_mapping
from flows.state.store import Store
from packages.headings import normalise
from packages.spec import DATASETS, JoinSpec, SplitSpec, generic_spec, headings_of
from tests.flows.test_cli import londata

DAY = dt.date(2026, 11, 20)


def a_city(root: Path) -> Path:
    """The shipped spending dataset without merton, and a file of theirs."""
    shutil.copytree(DATASETS / "spend-over-500", root / "datasets/spend-over-500")
    (root / "datasets/spend-over-500/publishers/merton.yaml").unlink(missing_ok=True)
    lines = ["Date Paid,Supplier Name,Directorate,Net Amount,Redact Flag"]
    lines += [f'{i % 28 + 1:02}/07/2026,Quillstone {i} Ltd,Environment,"1,{i:03}.50",N' for i in range(40)]
    file = root / "july.csv"
    file.write_text("\n".join(lines) + "\n")
    return file


@pytest.mark.slow
def test_the_proposal_becomes_a_description_and_the_file_passes(tmp_path: Path) -> None:
    file = a_city(tmp_path)
    yaml_file = tmp_path / "datasets/spend-over-500/publishers/merton.yaml"
    asked = ("map", file.name, "--dataset", "spend-over-500", "--publisher", "merton", "--out", str(yaml_file))
    said = londata(tmp_path, *asked)
    assert said.code == 0, said.words
    assert "1 is left for you to decide" in said.err
    assert not (tmp_path / "home").exists(), "nothing is written but the answer"

    waits = londata(tmp_path, "check", file.name, "--dataset", "spend-over-500", "--publisher", "merton", "--quick")
    assert waits.code == 30, waits.words
    text = yaml_file.read_text().replace("ignore: []", "ignore: [Redact Flag]")
    told = yaml.safe_load(text)
    assert told["layouts"][0]["constants"]["publisher_gss"] == "E09000024"
    yaml_file.write_text(text)
    done = londata(tmp_path, "check", file.name, "--dataset", "spend-over-500", "--publisher", "merton", "--quick")
    assert done.code == 0, done.words

    again = londata(tmp_path, *asked)
    assert again.code == 60
    assert "is there already" in again.words
    later = londata(tmp_path, *asked[:-2], "--json")
    assert "put the layout below first" in json.loads(later.out)["yaml"]


def test_the_layout_of_a_borough_is_nearly_found_from_those_of_the_others() -> None:
    """Each spending layout is taken away and proposed again from its sample; a person has few lines to mend."""
    right = due = 0
    specs = [
        s
        for s in described_publishers("spend-over-500", DATASETS)
        if s.identity.publisher in ("barnet", "newham", "sutton")
    ]
    everybody = described_publishers("spend-over-500", DATASETS)
    for spec in specs:
        (file,) = (spec.folder / "samples" / spec.identity.publisher).iterdir()
        others = tuple(one for one in everybody if one.identity != spec.identity)
        plain, now = generic_spec("spend-over-500"), dt.datetime(2026, 11, 20, tzinfo=dt.UTC)
        found = propose_mapping(
            file, spec.identity.publisher, MappingEvidence(plain, others, Store(Path("nowhere"))), now
        )
        got = {m.field.name: normalise(m.heading) for m in found.matches}
        layout = next(one for one in spec.layouts if one.holds_on(DAY))
        for name, column in layout.columns.items():
            if name in got and not isinstance(column, JoinSpec | SplitSpec):
                due += 1
                right += got[name] in {normalise(heading) for heading in headings_of(column)}
    assert due >= 15
    assert right >= 0.8 * due
