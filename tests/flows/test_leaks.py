"""500 planted values in the cells, headings, file and sheet names of failing files: nobody outside ever sees one."""

from __future__ import annotations

import dataclasses
import datetime as dt
import email
import email.policy
import json
import logging
import os
import re
import subprocess
import sys
import traceback
from pathlib import Path

import pytest

from flows.orchestration.notices import announce
from flows.orchestration.summary import summary_row
from flows.outcome import Outcome, PublishJob
from flows.publish import publish
from flows.services import Services
from flows.settings import Settings
from flows.site.update import update_site
from packages.errors import LondataError
from packages.model import Identity
from tests.conftest import ROOT
from tests.flows.planted import EACH, WAYS, Values, plant
from tests.flows.test_notices import post_office, web

NIGHT = dt.datetime(2026, 11, 22, 2, 15, tzinfo=dt.UTC)


def seen(found: Values, *texts: str) -> list[str]:
    """The values that stand in a text, however they are written."""
    squeezed = re.sub(r"[\W_]", "", "\n".join(texts).casefold())
    return [value for value in found if re.sub(r"[\W_]", "", value.casefold()) in squeezed]


def below(folder: Path) -> str:
    """All that lies below a folder, with the names of the files."""
    files = [path for path in folder.rglob("*") if path.is_file()]
    return "\n".join(f"{path.relative_to(folder)} {path.read_bytes().decode('utf-8', 'replace')}" for path in files)


def test_there_are_500_of_them_and_all_differ(tmp_path: Path) -> None:
    planted = [value for found in plant(tmp_path).values() for value in found]
    assert len(planted) == len(set(planted)) == len(WAYS) * EACH >= 500


def test_no_word_about_a_failing_file_holds_a_planted_value(
    tmp_path: Path, caplog: pytest.LogCaptureFixture, capfd: pytest.CaptureFixture[str]
) -> None:
    caplog.set_level(logging.DEBUG)
    planted = plant(tmp_path)
    with web([200]) as (address, notices), post_office() as (server, mails):
        settings = Settings(
            home=tmp_path / "home",
            datasets=tmp_path / "datasets",
            notice_webhook=address,
            notice_smtp=server,
            notice_from="londata@gla.example",
            notice_to="team@camden.example",
        )
        told = {name: _outcome(Identity("street-trees", name), Services(settings)) for name in planted}
        assert update_site(Services(settings), NIGHT)
    everything = [value for found in planted.values() for value in found]
    assert len(notices) == len(planted), "every one of these files fails"
    assert seen(everything, json.dumps(notices, ensure_ascii=False)) == []
    assert len(mails) == len(planted)
    assert seen(everything, *(_read(mail) for mail in mails)) == []
    assert {name: seen(planted[name], said) for name, said in told.items() if seen(planted[name], said)} == {}
    assert seen(everything, caplog.text, "\n".join(str(vars(record)) for record in caplog.records)) == []
    assert seen(everything, *capfd.readouterr()) == []
    assert seen(everything, below(settings.site)) == []


def _read(mail: str) -> str:
    """A message as its reader sees it: subject and text, decoded."""
    message = email.message_from_string(mail, policy=email.policy.default)
    body = message.get_body()
    return f"{message['Subject']}\n{body.get_content() if body else ''}"


def _outcome(identity: Identity, services: Services) -> str:
    """All that a run says of a dataset; what it raises with everything that led to it."""
    said: list[str] = []
    try:
        outcome = publish(PublishJob(identity), services, NIGHT, said.append)
    except LondataError:
        return traceback.format_exc()
    announce(outcome, services, NIGHT)
    return f"{said} {_told(outcome)}"


def _told(outcome: Outcome) -> str:
    return f"{dataclasses.replace(outcome, report='')} {summary_row(outcome)}"


def test_no_report_on_a_failing_file_holds_a_value_of_its_cells(tmp_path: Path) -> None:
    planted = plant(tmp_path)
    settings = Settings(home=tmp_path / "home", datasets=tmp_path / "datasets")
    files = {path.parent.name: path for path in tmp_path.glob("drop/*/*.csv")}
    told = {}
    for name, path in files.items():
        outcome = publish(PublishJob(Identity("street-trees", name)), Services(settings), NIGHT)
        # its officer must be told which file is meant, and which of its headings
        names = path.name + path.read_text("cp1252", "replace").partition("\n")[0]
        told[name] = [v for v in seen(planted[name], below(Path(outcome.report))) if not seen([v], names)]
    assert len(told) > len(WAYS) / 2
    assert {name: found for name, found in told.items() if found} == {}


@pytest.mark.slow
def test_a_night_leaves_no_planted_value_with_prefect_or_on_the_screen(tmp_path: Path) -> None:
    planted = [value for found in plant(tmp_path).values() for value in found]
    home = tmp_path / "home"
    kept = {name: value for name, value in os.environ.items() if not name.startswith(("LONDATA_", "PREFECT_"))}
    ours = {
        "PYTHONPATH": str(ROOT),
        "LONDATA_HOME": str(home),
        "LONDATA_DATASETS": str(tmp_path / "datasets"),
        "PREFECT_LOGGING_LEVEL": "DEBUG",
        "PREFECT_SERVER_EPHEMERAL_STARTUP_TIMEOUT_SECONDS": "600",
    }
    command = [sys.executable, "-m", "flows", "nightly", "--all"]
    done = subprocess.run(command, env=kept | ours, capture_output=True, text=True, timeout=1700)
    assert f"{len(WAYS)} datasets" in done.stdout, done.stdout + done.stderr
    assert seen(planted, done.stdout, done.stderr) == []
    assert (home / "prefect").is_dir()
    assert seen(planted, below(home / "prefect"), below(home / "site")) == []
