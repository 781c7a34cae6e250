"""Which dataset and publisher a file without a name is taken for: by what tells datasets apart, else it is asked."""

from __future__ import annotations

import csv
import datetime as dt
import json
from pathlib import Path
from typing import Any

import pytest

from flows.checking.recognise import MOST, Recognition, candidate_specs, look_at, match_file, recognise_file
from flows.cli import commands
from packages.errors import ExitCode, FileProblem
from packages.fetch import extract_file
from packages.model import Identity
from packages.spec import DATASETS, NOBODY, generic_spec
from tests.packages.test_readers_records import geojson, gml

pytestmark = pytest.mark.usefixtures("readers_in_process")

NOW = dt.datetime(2026, 11, 20, tzinfo=dt.UTC)
CORNERS = "530000 180000 530100 180000 530100 180100 530000 180000"
RING = f"<gml:LinearRing><gml:posList>{CORNERS}</gml:posList></gml:LinearRing>"
AREA = f'<gml:Polygon srsName="EPSG:27700"><gml:exterior>{RING}</gml:exterior></gml:Polygon>'


def recognised(path: Path, root: Path = DATASETS) -> Recognition:
    return recognise_file(extract_file(path, store=None, now=NOW), candidate_specs(root))


def table(folder: Path, *rows: str) -> Path:
    (folder / "file.csv").write_text("\n".join(rows) + "\n")
    return folder / "file.csv"


def areas(folder: Path, **values: str) -> Path:
    """A map of areas whose features have these values."""
    texts = "".join(f"<x:{name}>{value}</x:{name}>" for name, value in values.items())
    (folder / "a.gml").write_text(gml(AREA, AREA).replace("</x:shape>", f"</x:shape>{texts}"))
    return folder / "a.gml"


@pytest.mark.parametrize(
    "values",
    [
        {"REF": "1", "DESIGNATION_DATE": "1970-01-02"},
        {"reference": "CA1", "document-url": "https://camden.example/a", "designation-date": "1970-01-02"},
    ],
)
def test_a_map_of_areas_is_no_list_of_points(values: dict[str, str], tmp_path: Path) -> None:
    spec = recognised(areas(tmp_path, **values)).spec
    # nothing in it says whose it is, so no publisher's code may come from anywhere
    assert (spec.identity.dataset, spec.identity.publisher) == ("conservation-areas", NOBODY)


def test_an_area_with_a_reference_alone_may_be_of_several_datasets(tmp_path: Path) -> None:
    with pytest.raises(FileProblem, match=r"Conservation areas.*Listed building outlines"):
        recognised(areas(tmp_path, reference="CA1"))


def toilets() -> str:
    """A map of points with columns of the national format, which nobody has as its own."""
    texts = "<x:Opening_Hours>9 to 5</x:Opening_Hours><x:RADARKeyNeeded>Yes</x:RADARKeyNeeded>"
    return gml(POINT, POINT).replace("</x:shape>", f"</x:shape>{texts}")


@pytest.mark.parametrize("values", [{}, {"postcode": "NW1 9ZZ"}, {"notes": "x", "OBJECTID": "4"}])
def test_a_name_and_what_a_reader_made_tell_no_dataset(values: dict[str, str], tmp_path: Path) -> None:
    with pytest.raises(FileProblem, match="belong to no dataset"):
        recognised(areas(tmp_path, **values))
    (tmp_path / "a.geojson").write_text(geojson({"type": "Point", "coordinates": [-0.14, 51.54]}))
    with pytest.raises(FileProblem, match="belong to no dataset"):
        recognised(tmp_path / "a.geojson")


@pytest.mark.parametrize(
    ("headings", "dataset"),
    [
        (["developer-agreement-contribution", "developer-agreement", "contribution-purpose", "amount", "units"],
         "developer-contributions"),
        (["developer-agreement-transaction", "developer-agreement-contribution", "contribution-funding-status"],
         "developer-contributions"),
        (["Reference", "Name", "Designation date", "Document URL", "Documentation URL", "Legislation"],
         "conservation-areas"),
        (["Polling district", "Name", "Address", "Postcode", "UPRN", "Ward"], "polling-stations"),
    ],
)  # fmt: skip
def test_a_table_with_headings_of_one_dataset_is_told_what_it_lacks(
    headings: list[str], dataset: str, tmp_path: Path
) -> None:
    assert (
        recognised(table(tmp_path, ",".join(headings), ",".join("1" for _ in headings))).spec.identity.dataset
        == dataset
    )


def test_cells_that_cannot_be_meant_count_for_nothing(tmp_path: Path) -> None:
    spec, headings = generic_spec("spend-over-500"), "Payment date,Supplier,Department,Purpose,Amount GBP"
    good = table(tmp_path, headings, "2026-04-03,Quillstone Ltd,Housing,Repairs,120.50")
    match = match_file(spec, look_at(extract_file(good, store=None, now=NOW), [spec]), {})
    assert match.required == 1
    bad = table(tmp_path, headings, "Quillstone Ltd,Housing,Repairs,Roofs,who knows")
    worse = match_file(spec, look_at(extract_file(bad, store=None, now=NOW), [spec]), {})
    assert worse.fields == match.fields - 2
    assert worse.required < MOST


def test_two_datasets_that_fit_nearly_as_well_are_both_shown(tmp_path: Path) -> None:
    """A dataset and a copy of it under another name."""
    root = tmp_path / "datasets"
    for name in ("first", "second"):
        fields = [{"name": f, "type": "string", "description": "What."} for f in ("alpha", "beta", "gamma")]
        fields = [field | {"constraints": {"required": True}} for field in fields]
        if name == "second":
            fields.append({"name": "delta", "type": "string", "description": "What."})
        package: dict[str, Any] = {
            "name": name,
            "title": f"The {name}",
            "description": "Things.",
            "theme": "transparency",
            "cadence": "yearly",
            "resources": [{"name": "things", "schema": {"fields": fields}}],
        }
        (root / name / "publishers").mkdir(parents=True)
        (root / name / "datapackage.yaml").write_text(json.dumps(package))
        (root / name / "mapping.yaml").write_text("layouts: [{name: own}]")
    # with “delta” the second is certain, and without it both are as likely
    path = table(tmp_path, "alpha,beta,gamma,delta", "1,2,3,4")
    assert recognised(path, root).spec.identity.dataset == "second"
    path = table(tmp_path, "alpha,beta,gamma", "1,2,3")
    with pytest.raises(FileProblem, match="‘The first’ and ‘The second’ about equally well") as caught:
        recognised(path, root)
    assert "--dataset first or --dataset second" in caught.value.fix


def written(folder: Path, sample: str, change: dict[str, str]) -> Path:
    (path,) = (DATASETS / sample).glob("*.csv")
    with path.open(encoding="cp1252", newline="") as file:
        rows = list(csv.reader(file))
    with (folder / "b.csv").open("w", encoding="utf-8", newline="") as file:
        csv.writer(file).writerows([*rows[:1], *([change.get(cell, cell) for cell in row] for row in rows[1:])])
    return folder / "b.csv"


@pytest.mark.parametrize(
    ("sample", "names"),
    [
        ("spend-over-500/samples/havering", "Havering and Newham"),
        ("spend-over-500/samples/enfield", "Enfield and Kensington and Chelsea"),
        ("spend-over-500/samples/richmond-upon-thames", "Richmond upon Thames and Wandsworth"),
    ],
)
def test_publishers_with_the_same_layout_are_not_told_apart(sample: str, names: str, tmp_path: Path) -> None:
    found = recognised(written(tmp_path, sample, {}))
    assert (found.spec.identity.publisher, found.spec.publisher.publisher) == (NOBODY, NOBODY)
    assert [layout.constants for layout in found.spec.publisher.layouts if layout.constants] == []
    (doubt,) = found.findings
    assert names in doubt.what
    assert "--publisher" in doubt.fix


POINT = '<gml:Point srsName="EPSG:27700"><gml:pos>528000 184000</gml:pos></gml:Point>'


def test_a_publisher_without_headings_of_its_own_in_the_file_is_a_guess(tmp_path: Path) -> None:
    features = toilets()
    (tmp_path / "a.gml").write_text(features)
    found = recognised(tmp_path / "a.gml")
    # the code and the name of whoever has such columns must not stand in every row
    assert found.spec.identity == Identity("public-toilets", NOBODY)
    assert [f.rule for f in found.findings] == ["publisher-doubtful"]


@pytest.mark.parametrize("column", ["organisation_uri", "Borough"])
def test_a_publisher_whom_the_file_names_is_no_guess(column: str, tmp_path: Path) -> None:
    path = written(tmp_path, "spend-over-500/samples/havering", {})
    lines = path.read_text().splitlines()
    name = "London Borough of Newham"
    path.write_text("\n".join([f"{lines[0]},{column}", *(f"{line},{name}" for line in lines[1:])]))
    found = recognised(path)
    assert (found.spec.identity.publisher, found.findings) == ("newham", ())


def test_a_map_of_areas_is_no_part_of_a_dataset_of_points(tmp_path: Path) -> None:
    with pytest.raises(FileProblem, match="belong to no dataset"):
        recognised(areas(tmp_path, Postcode="NW1 9ZZ", Ward="Mill"))


def test_the_question_is_asked_also_of_a_file_that_cannot_be_read_without_an_answer(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    features = toilets()
    (tmp_path / "a.gml").write_text(features)
    assert commands.run_check(commands.CheckOptions(tmp_path / "a.gml", quick=True), as_json=False) == ExitCode.FIX_FILE
    said = " ".join(capsys.readouterr().out.split())
    assert "nothing in it tells whose it is" in said
    assert "--publisher city-of-london" in said


def test_a_publisher_in_doubt_holds_the_file(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    path = written(tmp_path, "spend-over-500/samples/havering", {})
    assert commands.run_check(commands.CheckOptions(path, quick=True), as_json=False) == ExitCode.WAITING
    assert "--publisher havering or --publisher newham" in " ".join(capsys.readouterr().out.split())


def test_a_file_of_no_dataset_is_told_the_nearest(tmp_path: Path) -> None:
    with pytest.raises(FileProblem, match="belong to no dataset") as caught:
        recognised(table(tmp_path, "Conservation area,Date,Ward,Link,Officer", "Mill Yard,1970-01-02,Mill,a,b"))
    assert "Perhaps it is meant for conservation-areas." in caught.value.fix
    with pytest.raises(FileProblem, match="belong to no dataset") as caught:
        recognised(table(tmp_path, "Alpha,Beta,Gamma", "1,2,3"))
    assert "Perhaps" not in caught.value.fix


@pytest.mark.parametrize("publisher", ["havering", "newham"])
def test_a_publisher_whom_the_officer_names_is_no_guess(publisher: str, tmp_path: Path) -> None:
    path = written(tmp_path, "spend-over-500/samples/havering", {})
    found = recognise_file(extract_file(path, store=None, now=NOW), candidate_specs(DATASETS, publisher=publisher))
    assert (str(found.spec.identity), found.findings) == (f"spend-over-500/{publisher}", ())
