from __future__ import annotations

from pathlib import Path

import pytest

from flows.settings import load_settings
from packages.errors import SetupProblem

CANARY = "canary-9f2d"


def test_defaults_need_nothing(tmp_path: Path) -> None:
    settings = load_settings({}, tmp_path)
    assert settings.catalogue == "folder"
    assert settings.ledger == "sqlite:///var/ledger.sqlite"


def test_environment_wins_over_file(tmp_path: Path) -> None:
    (tmp_path / "londata.toml").write_text('catalogue = "ckan"\nworkers = 2\n')
    settings = load_settings({"LONDATA_WORKERS": "8"}, tmp_path)
    assert (settings.catalogue, settings.workers) == ("ckan", 8)


@pytest.mark.parametrize(
    ("environment", "file", "words"),
    [
        ({"LONDATA_CATALOG": "ckan"}, "", ["catalog", "Did you mean “catalogue”?"]),
        ({"LONDATA_WORKERS": "many"}, "", ["LONDATA_WORKERS", "works on at once"]),
        ({}, "catalogue = \n", ["londata.toml"]),
        ({}, f'ckan_token = "{CANARY}"\n', ["Secrets do not belong in files", "LONDATA_CKAN_TOKEN"]),
    ],
)
def test_a_mistake_is_named_with_its_fix(
    environment: dict[str, str], file: str, words: list[str], tmp_path: Path
) -> None:
    (tmp_path / "londata.toml").write_text(file)
    with pytest.raises(SetupProblem) as caught:
        load_settings(environment, tmp_path)
    said = f"{caught.value.what} {caught.value.fix}"
    assert all(word in said for word in words)
    assert CANARY not in said


def test_a_token_is_never_shown() -> None:
    settings = load_settings({"LONDATA_CKAN_TOKEN": CANARY}, Path("/nonexistent"))
    assert CANARY not in repr(settings)
    assert CANARY not in settings.model_dump_json()
    assert settings.ckan_token.get_secret_value() == CANARY


def test_what_only_prefect_reads_is_no_setting(tmp_path: Path) -> None:
    assert load_settings({"LONDATA_CHECKOUT": "/srv/londata", "LONDATA_WORK_POOL": "nights"}, tmp_path).workers == 4
