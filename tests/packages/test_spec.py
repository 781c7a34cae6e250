from __future__ import annotations

import datetime as dt
from pathlib import Path

import pytest
import yaml

from packages.errors import SetupProblem
from packages.model import Identity
from packages.spec import (
    FILES,
    JoinSpec,
    Layout,
    RuleSpec,
    generic_spec,
    headings_of,
    json_schemas,
    list_datasets,
    list_identities,
    load_package,
    load_spec,
)

TREES = Identity("street-trees", "camden")

PACKAGE = {
    "name": "street-trees",
    "title": "Street trees",
    "description": "Trees along streets.",
    "license": "OGL-UK-3.0",
    "theme": "environment",
    "cadence": "annual",
    "resources": [
        {
            "name": "trees",
            "schema": {
                "fields": [
                    {"name": "species", "type": "string", "constraints": {"enum": ["oak", "lime"]}},
                    {"name": "planted", "type": "date", "safe": True},
                    {"name": "height", "type": "number", "decimals": 1, "constraints": {"required": True}},
                ]
            },
        }
    ],
}
PUBLISHER = {
    "publisher": "camden",
    "contact": {"team": "Open data team"},
    "source": {"kind": "folder", "path": "samples/camden"},
    "layouts": [{"name": "portal", "columns": {"species": "Tree"}}],
}
QUALITY = {
    "suites": [
        {
            "resource": "trees",
            "expectations": [
                {
                    "type": "expect_column_values_to_not_be_null",
                    "kwargs": {"column": "species"},
                    "title": "Species are given",
                    "what": "Some species are missing.",
                    "fix": "Fill them in.",
                }
            ],
        }
    ]
}


@pytest.fixture
def root(tmp_path: Path) -> Path:
    write(tmp_path, "datapackage.yaml", PACKAGE)
    write(tmp_path, "quality.yaml", QUALITY)
    write(tmp_path, "publishers/camden.yaml", PUBLISHER)
    return tmp_path / "datasets"


def write(tmp_path: Path, name: str, content: object) -> None:
    path = tmp_path / "datasets" / "street-trees" / name
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(yaml.safe_dump(content, sort_keys=False), encoding="utf-8")


def problem(root: Path, identity: Identity = TREES) -> str:
    with pytest.raises(SetupProblem) as caught:
        load_spec(identity, root)
    return f"{caught.value.what} | {caught.value.fix}"


def test_a_good_folder_loads(root: Path) -> None:
    spec = load_spec(TREES, root)
    assert spec.identity == TREES
    assert spec.cadence == "annual"
    assert spec.resource.table_schema.names == ("species", "planted", "height")
    assert spec.resource.table_schema.field("species").enum == ("oak", "lime")
    assert spec.resource.table_schema.field("height").required
    assert [layout.name for layout in spec.layouts] == ["portal", "our own names"]


def test_lists(root: Path) -> None:
    assert list_datasets(root) == ("street-trees",)
    assert list_identities(root) == (TREES,)


def test_what_frictionless_is_given_has_none_of_our_own_properties(root: Path) -> None:
    fields = load_package("street-trees", root).resources[0].table_schema.descriptor()["fields"]
    assert fields[2] == {"name": "height", "type": "number", "constraints": {"required": True}}


def test_a_file_of_an_unknown_publisher_is_read_by_our_own_names(root: Path) -> None:
    spec = generic_spec("street-trees", root)
    assert [layout.name for layout in spec.layouts] == ["our own names"]


@pytest.mark.parametrize(
    ("name", "content", "words"),
    [
        (
            "publishers/camden.yaml",
            PUBLISHER | {"cadense": "monthly"},
            ["street-trees/publishers/camden.yaml", "`cadense`", "Did you mean “cadence”?"],
        ),
        (
            "publishers/camden.yaml",
            PUBLISHER | {"source": {"kind": "folder", "path": "x", "patern": "*"}},
            ["street-trees/publishers/camden.yaml", "patern", "Did you mean “pattern”?"],
        ),
        (
            "publishers/camden.yaml",
            {k: v for k, v in PUBLISHER.items() if k != "contact"},
            ["street-trees/publishers/camden.yaml", "`contact` is missing", "Add `contact`."],
        ),
        (
            "publishers/camden.yaml",
            PUBLISHER | {"source": {"kind": "ftp", "path": "x"}},
            ["street-trees/publishers/camden.yaml", "`source`", "folder"],
        ),
        (
            "publishers/camden.yaml",
            PUBLISHER | {"layouts": [{"columns": {"specis": "Tree"}}]},
            ["street-trees/publishers/camden.yaml", "“specis”", "Did you mean “species”?"],
        ),
        (
            "publishers/camden.yaml",
            PUBLISHER | {"layouts": [{"constants": {"hight": "3"}}]},
            ["`constants`", "“hight”", "Did you mean “height”?"],
        ),
        (
            "publishers/camden.yaml",
            PUBLISHER | {"rules": {"plantd": {"date": "day-first"}}},
            ["`rules`", "“plantd”", "Did you mean “planted”?"],
        ),
        (
            "publishers/camden.yaml",
            PUBLISHER | {"layouts": [{"rules": {"plantd": {"date": "day-first"}}}]},
            ["`rules` of a layout", "“plantd”", "Did you mean “planted”?"],
        ),
        (
            "publishers/camden.yaml",
            PUBLISHER | {"rules": {"planted": {"date": "dayfirst"}}},
            ["street-trees/publishers/camden.yaml", "`rules.planted.date`", "Change `rules.planted.date`"],
        ),
        (
            "publishers/camden.yaml",
            PUBLISHER | {"publisher": "brent"},
            ["street-trees/publishers/camden.yaml", "“brent”", "Write publisher: camden"],
        ),
        (
            "datapackage.yaml",
            PACKAGE | {"name": "trees"},
            ["street-trees/datapackage.yaml", "`name`", "Write name: street-trees"],
        ),
        (
            "datapackage.yaml",
            PACKAGE | {"period_field": "plantet"},
            ["`period_field`", "“plantet”", "Did you mean “planted”?"],
        ),
        (
            "quality.yaml",
            QUALITY | {"drift": {"totals": ["heigt"]}},
            ["`totals`", "“heigt”", "Did you mean “height”?"],
        ),
        (
            "quality.yaml",
            QUALITY | {"drift": {"row_below": 0.5}},
            ["street-trees/quality.yaml", "`drift.row_below`", "Did you mean “rows_below”?"],
        ),
        (
            "quality.yaml",
            QUALITY | {"disclosure": {"expected": ["specie"]}},
            ["`expected`", "“specie”", "Did you mean “species”?"],
        ),
    ],
)
def test_a_mistake_is_named_with_file_key_and_fix(root: Path, name: str, content: object, words: list[str]) -> None:
    write(root.parent, name, content)
    said = problem(root)
    assert [word for word in words if word not in said] == [], said


def test_a_suite_may_only_name_our_resource_and_fields(root: Path) -> None:
    expectation = QUALITY["suites"][0]["expectations"][0]
    for key in ("column", "column_A", "column_B"):
        wrong = expectation | {"kwargs": {key: "specis"}}
        write(root.parent, "quality.yaml", {"suites": [{"resource": "trees", "expectations": [wrong]}]})
        said = problem(root)
        assert "“specis”" in said
        assert "Did you mean “species”?" in said
    wrong = expectation | {"kwargs": {"column_list": ["species", "hight"]}}
    write(root.parent, "quality.yaml", {"suites": [{"resource": "trees", "expectations": [wrong]}]})
    assert "Did you mean “height”?" in problem(root)
    write(root.parent, "quality.yaml", {"suites": [{"resource": "tree", "expectations": [expectation]}]})
    assert "Did you mean “trees”?" in problem(root)


def test_a_file_that_was_edited_is_read_again(root: Path) -> None:
    assert load_spec(TREES, root).package.title == "Street trees"
    path = root / "street-trees" / "datapackage.yaml"
    path.write_text(yaml.safe_dump(PACKAGE | {"title": "Trees in streets"}), encoding="utf-8")
    assert load_spec(TREES, root).package.title == "Trees in streets"


def test_yaml_that_is_no_yaml_names_the_line(root: Path) -> None:
    path = root / "street-trees" / "publishers" / "camden.yaml"
    path.write_text("publisher: camden\ncontact: [\n", encoding="utf-8")
    assert "street-trees/publishers/camden.yaml is not YAML near line" in problem(root)


def test_a_file_that_is_a_list_is_said_to_be_wrong(root: Path) -> None:
    write(root.parent, "quality.yaml", ["suites"])
    assert "street-trees/quality.yaml" in problem(root)


def test_an_unknown_dataset_gets_a_suggestion(root: Path) -> None:
    said = problem(root, Identity("street-tree", "camden"))
    assert "no dataset called “street-tree”" in said
    assert "Did you mean “street-trees”?" in said


def test_an_unknown_publisher_gets_a_suggestion(root: Path) -> None:
    said = problem(root, Identity("street-trees", "camdem"))
    assert "“camdem” has no description" in said
    assert "Did you mean “camden”?" in said


def test_the_nearest_rule_wins(root: Path) -> None:
    layout = {"name": "portal", "columns": {}, "rules": {"planted": {"date": "month-first"}}}
    write(root.parent, "mapping.yaml", {"rules": {"planted": {"date": "auto"}, "height": {"number": "plain"}}})
    write(root.parent, "publishers/camden.yaml", PUBLISHER | {"rules": {"planted": {"date": "day-first"}}})
    spec = load_spec(TREES, root)
    assert spec.rule("planted", spec.layouts[0]).date == "day-first"
    assert spec.rule("height", spec.layouts[0]).number == "plain"
    assert spec.rule("species", spec.layouts[0]) == RuleSpec()
    write(root.parent, "publishers/camden.yaml", PUBLISHER | {"layouts": [layout]})
    spec = load_spec(TREES, root)
    assert spec.rule("planted", spec.layouts[0]).date == "month-first"
    assert spec.rule("planted", spec.layouts[-1]).date == "auto"


@pytest.mark.parametrize(
    ("dates", "day", "holds"),
    [
        ({}, dt.date(2026, 1, 1), True),
        ({"from": "2024-01-01"}, dt.date(2023, 12, 31), False),
        ({"from": "2024-01-01"}, dt.date(2024, 1, 1), True),
        ({"to": "2023-12-31"}, dt.date(2023, 12, 31), True),
        ({"to": "2023-12-31"}, dt.date(2024, 1, 1), False),
    ],
)
def test_a_layout_holds_between_its_dates(dates: dict[str, str], day: dt.date, holds: bool) -> None:
    assert Layout.model_validate(dates).holds_on(day) is holds


def test_a_layout_that_ends_before_it_begins_is_refused(root: Path) -> None:
    layout = {"from": "2024-01-01", "to": "2023-01-01"}
    write(root.parent, "publishers/camden.yaml", PUBLISHER | {"layouts": [layout]})
    assert "`from` must not be later than `to`" in problem(root)


@pytest.mark.parametrize(
    ("column", "headings"),
    [
        ("Tree", ("Tree",)),
        (["Tree", "Species"], ("Tree", "Species")),
        (JoinSpec(join=["Genus", "Species"]), ("Genus", "Species")),
    ],
)
def test_headings_of_a_column(column: str | list[str] | JoinSpec, headings: tuple[str, ...]) -> None:
    assert headings_of(column) == headings


def test_json_schemas_describe_every_kind_of_file() -> None:
    schemas = json_schemas()
    assert set(schemas) == set(FILES)
    assert "license" in schemas["datapackage.yaml"]["properties"]
    layout = schemas["publishers/*.yaml"]["$defs"]["Layout"]["properties"]
    assert {"from", "to", "columns", "ignore"} <= set(layout)
    assert schemas["quality.yaml"]["additionalProperties"] is False
