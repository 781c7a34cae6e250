"""The description of a dataset with several tables: what one says of another must be there."""

from __future__ import annotations

from pathlib import Path

import pytest

from packages.errors import SetupProblem
from packages.model import Identity
from packages.spec import DatasetSpec, load_spec
from tests.flows.linked import PUBLISHER, make_linked

CARE = Identity("tree-care", "camden")


@pytest.fixture
def root(tmp_path: Path) -> Path:
    return make_linked(tmp_path, "{kind: folder, path: .}")


def problem(root: Path) -> str:
    with pytest.raises(SetupProblem) as caught:
        load_spec(CARE, root)
    return f"{caught.value.what} | {caught.value.fix}"


def described(root: Path, old: str, new: str, file: str = "datapackage.yaml") -> Path:
    path = root / "tree-care" / file
    assert old in path.read_text()
    path.write_text(path.read_text().replace(old, new))
    return root


def spec_of(root: Path) -> DatasetSpec:
    return load_spec(CARE, root)


def test_a_table_is_read_after_the_one_that_it_points_to(root: Path) -> None:
    assert [r.name for r in spec_of(root).package.resources] == ["visits", "trees"]
    assert [r.name for r in spec_of(root).package.reading_order] == ["trees", "visits"]


def test_each_table_has_its_own_layouts(root: Path) -> None:
    visits, trees = spec_of(root).package.resources
    assert [layout.resource for layout in spec_of(root).layouts_of(visits)] == ["visits", ""]
    assert [layout.resource for layout in spec_of(root).layouts_of(trees)] == ["trees", ""]


def test_each_table_may_be_read_in_its_own_way(root: Path) -> None:
    visits, trees = spec_of(root).package.resources
    described(root, "layouts:", "readings: {trees: {sheet: Trees 2026}}\nlayouts:", "publishers/camden.yaml")
    assert (spec_of(root).reading_of(trees).sheet, spec_of(root).reading_of(trees).file) == ("Trees 2026", "trees")
    assert (spec_of(root).reading_of(visits).sheet, spec_of(root).reading_of(visits).file) == ("", "visits")


@pytest.mark.parametrize(
    ("old", "new", "said"),
    [
        ("resource: trees, fields", "resource: tree, fields", "a foreign key names “tree”"),
        ("fields: [reference]}}", "fields: [tag]}}", "a foreign key of visits does not fit"),
        ("{fields: [tree], ", "{fields: [tree, note], ", "a foreign key of visits does not fit"),
    ],
)
def test_a_foreign_key_names_what_is_there(root: Path, old: str, new: str, said: str) -> None:
    assert said in problem(described(root, old, new))


def test_tables_may_not_point_in_a_circle(root: Path) -> None:
    back = "\n      foreignKeys: [{fields: [note], reference: {resource: visits, fields: [tree]}}]\n"
    described(root, "      primaryKey: [reference]\n", "      primaryKey: [reference]" + back)
    assert "point in a circle" in problem(root)


@pytest.mark.parametrize(
    ("line", "said"),
    [
        ("readings: {tree: {sheet: Trees}}", "`readings` names “tree”"),
        ("layouts: [{resource: visit}]", "`resource` of a layout names “visit”"),
    ],
)
def test_what_is_said_of_one_table_names_a_table(root: Path, line: str, said: str) -> None:
    plain = PUBLISHER.format(source="{kind: folder, path: .}").partition("layouts:")[0]
    (root / "tree-care/publishers/camden.yaml").write_text(plain + line)
    found = problem(root)
    assert said in found
    assert "Did you mean" in found


def test_the_parts_of_a_bundle_are_called_as_the_tables(tmp_path: Path) -> None:
    part = "{kind: folder, path: .}"
    root = make_linked(tmp_path, f"{{kind: bundle, parts: {{trees: {part}, visit: {part}}}}}")
    assert "`parts` of the source names “visit”" in problem(root)
