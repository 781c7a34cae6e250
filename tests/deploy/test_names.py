"""Whatever deploy/ names is there: settings, programs and their options, volumes, services, files."""

from __future__ import annotations

import re
import shlex
from collections.abc import Iterator
from importlib import import_module
from pathlib import Path

import pytest
import yaml

from flows.settings import FOR_PREFECT, PREFIX, Settings
from tests.conftest import ROOT
from tests.deploy.compose_file import DEPLOY, Image, Service, read_compose, read_environment, volumes

ANSWERS = dict.fromkeys(
    ("POSTGRES_PASSWORD", "LONDATA_STORE_KEY_ID", "LONDATA_STORE_SECRET", "LONDATA_INSTANCE_KEY"), "filled-in"
)
FILLED = read_environment(DEPLOY / "environment.example", ANSWERS)
SERVICES = read_compose(FILLED)
OURS = {name: service for name, service in SERVICES.items() if service.is_ours}
UNITS = sorted((DEPLOY / "systemd").glob("*.service"))
PROGRAMS = ("londata", "prefect", "dask")


def commands_of(service: Service) -> Iterator[list[str]]:
    """Every command of a service, those of a script too."""
    words = service.command
    if words[0] == "sh":
        for line in words[-1].splitlines():
            yield shlex.split(line)
    else:
        yield words


def commands() -> Iterator[list[str]]:
    for service in OURS.values():
        yield from commands_of(service)
    for unit in UNITS:
        start = re.search(r"^ExecStart=/opt/londata/env/bin/(.*)$", unit.read_text(), re.MULTILINE)
        assert start, unit
        yield shlex.split(start[1])
    told = (DEPLOY / "compose.yaml").read_text() + (ROOT / "docs/operations.md").read_text()
    for program, words in re.findall(r"run --rm (?:--entrypoint (\w+) )?londata (.+)$", told, re.MULTILINE):
        yield [program or "londata", *shlex.split(words)]


def parse(words: list[str]) -> None:
    """Let the program itself read the words, without doing anything; it raises when it knows one of them not."""
    program, *rest = words
    if program == "londata":
        import typer.main

        from flows.cli.app import app

        group = typer.main.get_command(app)
        if rest != ["--help"]:
            group.commands[rest[0]].make_context(rest[0], rest[1:])  # type: ignore[attr-defined]
    elif program == "dask":
        from distributed.cli import dask_scheduler, dask_worker

        main = {"scheduler": dask_scheduler.main, "worker": dask_worker.main}[rest[0]]
        main.make_context(rest[0], rest[1:])
    else:
        from prefect.cli._app import _app as prefect

        # what its start takes out before anything else reads the words
        words = [word for word in rest if word != "--no-prompt"]
        prefect.parse_args(words, exit_on_error=False, print_error=False)


@pytest.mark.parametrize("words", [words for words in commands() if words[0] in PROGRAMS], ids=" ".join)
def test_a_program_knows_every_word_of_its_command(words: list[str]) -> None:
    parse(words)


@pytest.mark.parametrize("words", ["londata serve --prot 1", "prefect worker start --pol x", "dask worker a --nwork 1"])
def test_a_word_that_no_program_knows_is_found(words: str) -> None:
    # each library has exceptions of its own
    with pytest.raises(Exception, match=r"(?i)no such option|unknown option"):
        parse(words.split())


def test_no_other_program_is_needed() -> None:
    assert {words[0] for words in commands()} == {*PROGRAMS, "cd"}


def test_every_variable_of_ours_is_a_setting() -> None:
    texts = [
        path.read_text() for path in (DEPLOY / "compose.yaml", DEPLOY / "environment.example", DEPLOY / "Dockerfile")
    ]
    texts += [unit.read_text() for unit in UNITS]
    named = {name.lower() for text in texts for name in re.findall(rf"\b{PREFIX}([A-Z_]+)\b", text)}
    assert named - set(Settings.model_fields) - set(FOR_PREFECT) == set()
    # and what people fill in makes settings that fit
    Settings.model_validate(
        {key.removeprefix(PREFIX).lower(): text for key, text in FILLED.items() if key.startswith(PREFIX)}
    )


def test_what_is_empty_in_the_example_is_what_people_fill_in() -> None:
    empty = {name for name, text in read_environment(DEPLOY / "environment.example", {}).items() if not text}
    assert empty == set(ANSWERS)


def test_compose_stops_with_a_word_where_a_secret_is_missing() -> None:
    with pytest.raises(KeyError, match="is needed"):
        read_compose({})


@pytest.mark.parametrize("service", SERVICES.values(), ids=SERVICES)
def test_what_a_service_names_is_there(service: Service) -> None:
    assert set(service.depends_on) <= set(SERVICES)
    for name, condition in service.depends_on.items():
        assert (condition == "service_healthy") <= bool(SERVICES[name].healthcheck)
        assert (condition == "service_completed_successfully") == (not SERVICES[name].is_kept), name
    for mount in service.mounts.values():
        assert (DEPLOY / mount).is_file() if mount.startswith(".") else mount in volumes()
    # deploy/environment is made from the example
    assert service.told.get("env_file", "environment") == "environment"
    # hosts that are named in a variable or a command are services
    text = " ".join([*map(str, service.environment(FILLED).values()), *service.command])
    hosts = set(re.findall(r"(?:https?|tcp)://([a-z0-9-]+):\d", text)) | set(re.findall(r"@([a-z0-9-]+)/", text))
    assert hosts <= set(SERVICES)


def test_every_volume_is_used() -> None:
    used = {mount for service in SERVICES.values() for mount in service.mounts.values() if not mount.startswith(".")}
    assert used == volumes()


@pytest.mark.parametrize("service", OURS.values(), ids=OURS)
def test_a_container_of_ours_may_do_no_more_than_it_has_to(service: Service) -> None:
    assert service.told["read_only"] is True
    assert service.told["cap_drop"] == ["ALL"]
    assert service.told["security_opt"] == ["no-new-privileges:true"]
    # without a first process that passes signals on, most programs do not hear that they are to stop
    assert service.told["init"] is True
    assert not {"privileged", "user", "cap_add", "network_mode", "pid"} & set(service.told)
    # what is read-only is the rest
    assert set(service.mounts) == {"/var/lib/londata"}
    for port in service.told.get("ports", ()):
        assert port.startswith("127.0.0.1:")


@pytest.mark.parametrize("service", [one for one in SERVICES.values() if not one.is_ours], ids=lambda one: one.name)
def test_a_container_of_others_gets_no_secret_but_its_own(service: Service) -> None:
    assert "env_file" not in service.told
    assert "LONDATA_INSTANCE_KEY" not in service.environment(FILLED)


def test_the_image_runs_as_an_account_of_its_own() -> None:
    image = Image(DEPLOY / "Dockerfile")
    account, _, group = image.last("USER").partition(":")
    assert int(account) > 0
    assert int(group) > 0
    assert image.list_of("ENTRYPOINT") == ["londata"]
    assert not any(name.endswith(("SECRET", "PASSWORD", "_KEY", "TOKEN")) for name in image.environment)


def test_what_the_image_copies_is_in_the_checkout_and_is_sent() -> None:
    copied = re.findall(r"^COPY (?!--from)(.*) \S+$", (DEPLOY / "Dockerfile").read_text(), re.MULTILINE)
    sent = {line[1:] for line in (ROOT / ".dockerignore").read_text().splitlines() if line.startswith("!")}
    for name in " ".join(copied).split():
        assert (ROOT / name).exists(), name
        assert any(Path(name).match(pattern) for pattern in sent), name


def test_all_that_prefect_yaml_names_is_in_the_image() -> None:
    told = yaml.safe_load((ROOT / "prefect.yaml").read_text())
    for deployment in told["deployments"]:
        # a flow that is loaded from a file belongs to a module that Dask workers do not know
        module, _, name = deployment["entrypoint"].rpartition(".")
        assert hasattr(import_module(module), name)
    variables = set(re.findall(r"\{\{ \$(\w+) \}\}", (ROOT / "prefect.yaml").read_text()))
    assert variables <= set(Image(DEPLOY / "Dockerfile").environment)


@pytest.mark.parametrize("unit", UNITS, ids=lambda unit: unit.stem)
def test_a_unit_is_tried_again_for_as_long_as_it_takes(unit: Path) -> None:
    """systemd gives up what has failed five times within ten seconds, as a site does before there is one."""
    text = unit.read_text()
    if "Restart=on-failure" in text:
        pause = re.search(r"^RestartSec=(\d+)$", text, re.MULTILINE)
        assert pause, "without RestartSec it is tried again after 0.1 s"
        assert int(pause[1]) >= 5
