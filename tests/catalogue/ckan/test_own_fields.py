"""What a CKAN asks for beyond ours is asked of people by name, before anything is written."""

from __future__ import annotations

from typing import Any

import pytest

from catalogue.backends.ckan.own_fields import own_fields, require_fields
from catalogue.backends.ckan.schema import schema_of
from packages.errors import SetupProblem

SCHEMA = schema_of(
    {
        "dataset_fields": [
            {"field_name": "name", "required": True},
            {"field_name": "tag_string", "required": True},
            {"field_name": "steward", "label": {"en": "Data steward", "cy": "Stiward"}, "validators": "not_empty"},
            {
                "field_name": "audience",
                "label": "Audience",
                "choices": [{"value": "all", "label": "Everybody"}, {"value": "few"}],
            },
            {
                "field_name": "contact",
                "repeating_subfields": [{"field_name": "telephone", "label": "Telephone", "required": True}],
            },
        ],
        "resource_fields": [{"field_name": "url", "required": True}, {"field_name": "grade", "required": True}],
    }
)
GOOD: dict[str, Any] = {"steward": "Parks team", "audience": "all"}


def test_what_has_everything_passes() -> None:
    require_fields("https://ckan.example", GOOD | {"contact": [{"telephone": "1"}]}, [{"grade": "a"}], SCHEMA)


@pytest.mark.parametrize(
    ("entry", "file", "words"),
    [
        (GOOD | {"steward": ""}, {"grade": "a"}, "“steward” (labelled “Data steward”), and we do not know it"),
        (GOOD | {"audience": "none"}, {"grade": "a"}, "“none” is not on it"),
        (GOOD | {"contact": [{"name": "x"}]}, {"grade": "a"}, "“telephone”"),
        (GOOD, {}, "“grade”"),
    ],
)
def test_what_is_missing_is_named_with_the_place_to_say_it(entry: dict, file: dict, words: str) -> None:
    with pytest.raises(SetupProblem) as caught:
        require_fields("https://ckan.example", entry, [file], SCHEMA)
    assert words in caught.value.what
    assert "`ckan_fields` in londata.toml" in caught.value.fix
    assert "Nothing was written" in caught.value.why


def test_choices_are_told() -> None:
    with pytest.raises(SetupProblem) as caught:
        require_fields("https://ckan.example", GOOD | {"audience": "none"}, [], SCHEMA)
    assert "It takes one of: all (Everybody), few." in caught.value.fix


def test_the_nearest_source_counts_field_by_field() -> None:
    found = own_fields({"a": 1, "b": 1, "resources": {"c": 1}}, {"b": 2, "resources": {"d": 2}})
    assert found == ({"a": 1, "b": 2}, {"c": 1, "d": 2})


@pytest.mark.parametrize("fields", [{"identifier": "x"}, {"resources": {"hash": "x"}}, {"state": "draft"}])
def test_what_proves_a_dataset_cannot_be_set(fields: dict) -> None:
    with pytest.raises(SetupProblem, match="found again"):
        own_fields(fields)


def test_files_need_a_table_of_fields() -> None:
    with pytest.raises(SetupProblem, match="no list of fields"):
        own_fields({"resources": "good"})
