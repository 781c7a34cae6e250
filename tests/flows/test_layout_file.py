"""A layout is put into a description, whatever form that has: every other line stays, and it is read back."""

from __future__ import annotations

import datetime as dt
from pathlib import Path

import pytest
import yaml
from hypothesis import example, given
from hypothesis import strategies as st

from flows.checking.layout_file import layout_yaml, write_layout
from packages.errors import SetupProblem
from packages.spec import Layout, PublisherFile, list_identities, load_spec
from packages.spec.load import DATASETS

HEAD = "publisher: camden\ncontact: {team: Open data team}\nsource: {kind: folder, path: .}\n"

LAYOUT = Layout.model_validate(
    {"name": "july: “new”.csv", "from": dt.date(2026, 11, 30), "columns": {"tree_id": "Tag #", "species": "yes"},
     "ignore": ["- odd", "null"], "constants": {"code": "007"}}
)  # fmt: skip

FORMS = {
    "none": "",
    "two further in": "layouts:\n  - name: old\n    columns: {tree_id: Tag}\n",
    "at the edge": "layouts:\n- name: old\n  columns:\n    tree_id: Tag\n",
    "with comments": "layouts:  # newest first\n  # of the old system\n\n    - columns: {tree_id: Tag}\n"
    "rules:\n  planted: {date: day-first}\n",
    "in the middle": "layouts:\n  - columns: {tree_id: Tag}\ncadence: monthly\n",
}  # fmt: skip


@pytest.mark.parametrize("form", FORMS.values(), ids=FORMS.keys())
def test_the_layout_comes_first_and_all_else_stays(form: str, tmp_path: Path) -> None:
    path = tmp_path / "camden.yaml"
    path.write_text(HEAD + form)
    before = PublisherFile.model_validate(yaml.safe_load(HEAD + form))
    write_layout(path, LAYOUT)
    after = PublisherFile.model_validate(yaml.safe_load(path.read_text()))
    assert after == before.model_copy(update={"layouts": [LAYOUT, *before.layouts]})
    kept = [line for line in (HEAD + form).splitlines() if line.strip()]
    assert [line for line in path.read_text().splitlines() if line in kept][: len(kept)]
    assert {*kept} <= {*path.read_text().splitlines()}


@pytest.mark.parametrize(
    "form", ["layouts: [{columns: {tree_id: Tag}}]\n", "layouts: &all\n  - columns: {tree_id: Tag}\n"]
)
def test_a_form_that_cannot_be_added_to_is_left_alone(form: str, tmp_path: Path) -> None:
    path = tmp_path / "camden.yaml"
    path.write_text(HEAD + form)
    with pytest.raises(SetupProblem, match="without touching"):
        write_layout(path, LAYOUT)
    assert path.read_text() == HEAD + form


def test_it_can_be_put_into_every_description_that_is_shipped(tmp_path: Path) -> None:
    path = tmp_path / "description.yaml"
    for identity in list_identities(DATASETS):
        shipped = DATASETS / identity.dataset / "publishers" / f"{identity.publisher}.yaml"
        path.write_text(shipped.read_text())
        write_layout(path, LAYOUT)
        assert load_spec(identity, DATASETS).publisher.layouts == PublisherFile.model_validate(
            yaml.safe_load(path.read_text())
        ).layouts[1:]  # fmt: skip


@example({"a": "\x85"})
@example({"a": "\u2028x\r\n"})
@given(st.dictionaries(st.sampled_from(["a", "b"]), st.text(min_size=1, max_size=30), min_size=1))
def test_any_heading_is_read_back_as_it_is(columns: dict[str, str]) -> None:
    layout = Layout(columns=dict(columns))
    assert Layout.model_validate(yaml.safe_load(layout_yaml(layout))[0]) == layout
