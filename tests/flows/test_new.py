"""From nothing to a published dataset: what the README tells a person to do, done."""

from __future__ import annotations

import json
import re
import shutil
from pathlib import Path

import jsonschema
import pytest
import yaml

from flows.cli import commands
from flows.cli.new import run_new
from packages.errors import ExitCode, SetupProblem
from packages.model import Identity
from packages.spec import DATASETS, list_identities, load_spec
from packages.vocabulary import publishers
from tests.conftest import ROOT

PAYMENTS = """Paid on,Payee,Team,For,Net £,Cheque run
03/07/2026,Larkmead Paving Ltd,Highways,Repairs,"1,250.00",17
17/07/2026,Ravensgate Care Ltd,Reablement,Residential placements,"£12,400.50",17
31/07/2026,Oakhollow plc,Parks,Grounds maintenance,(610.25),18
"""

STANDS = "Reference,Name,Recorded on\nS1,Market Hill,13/03/2026\nS2,Old Wharf,14/03/2026\n"


@pytest.fixture
def root(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A folder of datasets with one that has no publishers yet."""
    folder = tmp_path / "datasets" / "spend-over-500"
    folder.mkdir(parents=True)
    for name in ("datapackage.yaml", "quality.yaml", "mapping.yaml"):
        shutil.copy(DATASETS / "spend-over-500" / name, folder)
    monkeypatch.setenv("LONDATA_DATASETS", str(folder.parent))
    monkeypatch.setenv("LONDATA_HOME", str(tmp_path / "home"))
    return folder.parent


def files(root: Path) -> set[str]:
    return {str(p.relative_to(root)) for p in root.rglob("*") if p.is_file() and ".schemas" not in p.parts}


def edited(path: Path, **headings: str) -> None:
    """As a person would: the headings of the file in place of ours, and what is left out on purpose."""
    text = path.read_text()
    for field, heading in headings.items():
        before, _, after = text.partition(f"\n      {field}: ")
        text = f'{before}\n      {field}: "{heading}"\n{after.partition(chr(10))[2]}'
    path.write_text(text.replace("ignore: []", "ignore: [Cheque run]"))


def test_adding_a_borough_from_nothing_takes_one_yaml_file_and_no_code(
    root: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    before = files(root)
    july = tmp_path / "july.csv"
    july.write_text(PAYMENTS)

    assert run_new("spend-over-500/enfield", as_json=False) == ExitCode.DONE
    said = capsys.readouterr().out
    assert files(root) - before == {"spend-over-500/publishers/enfield.yaml"}
    assert "londata check FILE --dataset spend-over-500 --publisher enfield" in " ".join(said.split())

    edited(
        root / "spend-over-500/publishers/enfield.yaml",
        payment_date="Paid on",
        supplier="Payee",
        department="Team",
        purpose="For",
        amount_gbp="Net £",
    )
    request = commands.CheckOptions(july, "spend-over-500", "enfield", quick=True)
    assert commands.run_check(request, as_json=False) == ExitCode.DONE

    published = commands.PublishOptions("spend-over-500/enfield", july, yes=True)
    assert commands.run_publish(published, as_json=False) == ExitCode.DONE
    listed = tmp_path / "home/site/current/datasets/spend-over-500/enfield"
    rows = (listed / "payments.csv").read_text().splitlines()
    assert rows[1] == "2026-07-03,Larkmead Paving Ltd,,,Highways,Repairs,1250.00,,,,"
    assert rows[3].startswith("2026-07-31,Oakhollow plc,,,Parks,Grounds maintenance,-610.25")
    assert files(root) - before == {"spend-over-500/publishers/enfield.yaml"}


def test_dataset_300_is_yaml_alone(root: Path, tmp_path: Path) -> None:
    assert run_new("bicycle-stands", as_json=False) == ExitCode.DONE
    assert run_new("bicycle-stands/enfield", as_json=False) == ExitCode.DONE
    (tmp_path / "stands.csv").write_text(STANDS)
    wanted = commands.PublishOptions("bicycle-stands/enfield", tmp_path / "stands.csv", yes=True)
    assert commands.run_publish(wanted, as_json=False) == ExitCode.DONE
    listed = tmp_path / "home/site/current/datasets/bicycle-stands/enfield"
    assert (listed / "bicycle-stands.csv").read_text().splitlines()[1] == "S1,Market Hill,2026-03-13"
    assert (listed / "bicycle-stands.parquet").is_file()


@pytest.mark.parametrize("dataset", sorted({identity.dataset for identity in list_identities()}))
def test_what_is_written_loads_and_an_editor_has_nothing_to_say(
    dataset: str, root: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    shutil.copytree(DATASETS / dataset, root / dataset, ignore=shutil.ignore_patterns("samples"), dirs_exist_ok=True)
    unserved = next(slug for slug in publishers() if not (root / dataset / "publishers" / f"{slug}.yaml").exists())
    assert run_new(f"{dataset}/{unserved}", as_json=True) == ExitCode.DONE
    (written,) = json.loads(capsys.readouterr().out)
    load_spec(Identity(dataset, unserved), root)
    first, content = Path(written).read_text().splitlines()[0], yaml.safe_load(Path(written).read_text())
    schema = Path(written).parent / first.partition("$schema=")[2]
    jsonschema.validate(content, json.loads(schema.read_text()))


def test_the_files_of_a_new_dataset_suit_their_schemas(root: Path) -> None:
    run_new("bicycle-stands", as_json=True)
    for path in (root / "bicycle-stands").glob("*.yaml"):
        text = path.read_text()
        schema = path.parent / text.splitlines()[0].partition("$schema=")[2]
        content = json.loads(json.dumps(yaml.safe_load(text), default=str))
        jsonschema.validate(content, json.loads(schema.read_text()))


@pytest.mark.parametrize(
    ("wanted", "said"),
    [
        ("spend-over-500/enfeld", "Did you mean “enfield”?"),
        ("spend-over-50/enfield", "Did you mean “spend-over-500”?"),
        ("Bicycle stands", "small letters and digits"),
        ("../elsewhere", "There is no dataset called"),
        ("spend-over-500", "is there already"),
    ],
)
def test_what_cannot_be_written_is_said_and_nothing_is_written(wanted: str, said: str, root: Path) -> None:
    before = files(root)
    with pytest.raises(SetupProblem) as caught:
        run_new(wanted, as_json=False)
    assert said in f"{caught.value.what} {caught.value.fix}"
    assert files(root) == before


def test_nothing_is_overwritten(root: Path) -> None:
    run_new("spend-over-500/enfield", as_json=True)
    path = root / "spend-over-500/publishers/enfield.yaml"
    path.write_text("mine")
    with pytest.raises(SetupProblem, match="is there already"):
        run_new("spend-over-500/enfield", as_json=True)
    assert path.read_text() == "mine"


def test_every_file_that_a_blank_points_to_exists(root: Path) -> None:
    for wanted in ("street-trading", "street-trading/newham", "spend-over-500/newham"):
        run_new(wanted, as_json=False)
    text = "\n".join(path.read_text() for path in root.rglob("*.yaml"))
    pointers = set(re.findall(r"\b(?:packages|docs|quality|flows)/[\w/.-]+\w", text))
    assert pointers
    assert [pointer for pointer in sorted(pointers) if not (ROOT / pointer).exists()] == []
