"""What deploy/ says, read as a container service would read it: the compose file, the environment, the image."""

from __future__ import annotations

import re
import shlex
from dataclasses import dataclass, field
from functools import cached_property
from pathlib import Path
from typing import Any

import yaml

from tests.conftest import ROOT

DEPLOY = ROOT / "deploy"
OURS = "londata"
"""The name of the image that our Dockerfile makes."""

VARIABLE = re.compile(r"\$(?:(\$)|\{([A-Za-z_]\w*)(?:(:?[-?])([^}]*))?\}|([A-Za-z_]\w*))")
STARTED = {"condition": "service_started"}


def filled_in(text: str, values: dict[str, str]) -> str:
    """Replace variables as compose does; KeyError for one that has to be there and is not."""

    def value(found: re.Match[str]) -> str:
        dollar, name, how, otherwise, bare = found.groups()
        if dollar:
            return "$"
        known = values.get(name or bare, "")
        if known or not how:
            return known
        if how.endswith("?"):
            raise KeyError(f"{name} is needed: {otherwise or 'no reason given'}")
        return otherwise  # type: ignore[no-any-return]

    return VARIABLE.sub(value, text)


def read_environment(path: Path, answers: dict[str, str]) -> dict[str, str]:
    """Return what a file of variables says once a person has filled in what it leaves empty."""
    values: dict[str, str] = {}
    for line in path.read_text(encoding="utf-8").splitlines():
        if line.strip() and not line.startswith("#"):
            name, _, text = line.partition("=")
            values[name] = filled_in(text, values) or answers.get(name, "")
    return values


@dataclass(frozen=True)
class Image:
    """What a Dockerfile says of the containers of its image."""

    path: Path

    @cached_property
    def instructions(self) -> list[tuple[str, str]]:
        """Every instruction of the last stage, and its words."""
        lines = re.sub(r"^#.*\n", "", self.path.read_text(encoding="utf-8"), flags=re.MULTILINE)
        pairs = [line.partition(" ") for line in lines.replace("\\\n", " ").splitlines() if line.strip()]
        last = max(number for number, (word, _, _) in enumerate(pairs) if word == "FROM")
        return [(word, rest.strip()) for word, _, rest in pairs[last:]]

    def last(self, instruction: str) -> str:
        return [rest for word, rest in self.instructions if word == instruction][-1]

    @property
    def environment(self) -> dict[str, str]:
        pairs = [pair for word, rest in self.instructions if word == "ENV" for pair in shlex.split(rest)]
        return dict(pair.split("=", 1) for pair in pairs)

    def list_of(self, instruction: str) -> list[str]:
        words: list[str] = yaml.safe_load(self.last(instruction))
        return words


@dataclass(frozen=True)
class Service:
    """A service of the compose file, variables filled in, with what the image adds."""

    name: str
    told: dict[str, Any]
    image: Image = field(default_factory=lambda: Image(DEPLOY / "Dockerfile"))

    @property
    def is_ours(self) -> bool:
        return bool(self.told["image"] == OURS)

    @property
    def entrypoint(self) -> list[str]:
        return list(self.told.get("entrypoint") or (self.image.list_of("ENTRYPOINT") if self.is_ours else []))

    @property
    def command(self) -> list[str]:
        """The program and its words; an entrypoint of the file's own takes away the command of the image."""
        silent = not self.is_ours or "entrypoint" in self.told
        return self.entrypoint + list(self.told.get("command") or ([] if silent else self.image.list_of("CMD")))

    @property
    def depends_on(self) -> dict[str, str]:
        told = self.told.get("depends_on", {})
        return {name: (told[name] if isinstance(told, dict) else STARTED)["condition"] for name in told}

    @property
    def mounts(self) -> dict[str, str]:
        """The folders of the container, and the volume or file that is there."""
        return {mount.split(":")[1]: mount.split(":")[0] for mount in self.told.get("volumes", ())}

    @property
    def needs_a_profile(self) -> bool:
        return "profiles" in self.told

    @property
    def is_kept(self) -> bool:
        """Whether it is to run as long as the host, and not for one task."""
        return str(self.told.get("restart", "no")) != "no"

    @property
    def healthcheck(self) -> list[str]:
        """The command that says whether it is healthy; empty without one."""
        kind, *words = self.told.get("healthcheck", {}).get("test", ["NONE"])
        return {"NONE": [], "CMD": words, "CMD-SHELL": ["sh", "-c", *words]}[kind]

    @property
    def stop_signal(self) -> str:
        return str(self.told.get("stop_signal", "SIGTERM"))

    @property
    def grace_seconds(self) -> int:
        told = re.fullmatch(r"(?:(\d+)m)?(?:(\d+)s)?", str(self.told.get("stop_grace_period", "10s")))
        assert told, self.told["stop_grace_period"]
        return 60 * int(told[1] or 0) + int(told[2] or 0)

    def environment(self, filled: dict[str, str]) -> dict[str, str]:
        """The variables of its processes: of the image, of the file of variables, of the compose file."""
        image = self.image.environment if self.is_ours else {}
        return image | (filled if "env_file" in self.told else {}) | self.told.get("environment", {})


def read_compose(values: dict[str, str]) -> dict[str, Service]:
    """Return every service, with the variables that `--env-file` gives filled in."""

    def walk(node: Any) -> Any:
        if isinstance(node, dict):
            return {key: walk(value) for key, value in node.items()}
        if isinstance(node, list):
            return [walk(value) for value in node]
        return filled_in(node, values) if isinstance(node, str) else node

    told = yaml.safe_load((DEPLOY / "compose.yaml").read_text(encoding="utf-8"))
    return {name: Service(name, walk(service)) for name, service in told["services"].items()}


def volumes() -> set[str]:
    """The volumes that the compose file makes."""
    return set(yaml.safe_load((DEPLOY / "compose.yaml").read_text(encoding="utf-8"))["volumes"])
