"""Every service of the compose file as processes of this machine: same commands, same variables, same order.

What an image would bring is replaced: PostgreSQL is Debian's, the S3 service is one of tests/s3.py, and our image is
this checkout. Where the test runs as root, our services run as another account that can read everything and write
nothing but its own folders: as in a container whose root is read-only.
"""

from __future__ import annotations

import os
import re
import shutil
import signal
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager, suppress
from dataclasses import dataclass, field
from functools import cache
from pathlib import Path

from packages.objects import StoreAddress
from tests.conftest import ROOT
from tests.deploy.compose_file import DEPLOY, Service
from tests.flows.postgres import programs, thrown_away
from tests.s3 import free_port, make_bucket, moto_server, radosgw_is_there, radosgw_server

ACCOUNT = 10001
"""Of the Dockerfile."""

PORTS = {"postgres": 5432, "s3": 9000, "prefect": 4200, "dask-scheduler": 8786, "site": 8000}
READ = "-all,+dac_read_search"
SETPRIV = ["setpriv", f"--reuid={ACCOUNT}", f"--regid={ACCOUNT}", "--clear-groups", "--no-new-privs"]
# a Python or a checkout may be below a folder that is root's alone, where an image has it for everybody
SETPRIV += [f"--inh-caps={READ}", f"--ambient-caps={READ}", f"--bounding-set={READ}"]
SYSTEM_PATH = "/usr/local/bin:/usr/bin:/bin"
PAUSE = 0.3


@dataclass
class Running:
    """A service that was started, and where it writes what it says."""

    service: Service
    log: Path
    process: subprocess.Popen[bytes] | None = None
    healthy: bool = False

    def has_reached(self, condition: str) -> bool:
        """Whether a service that depends on this one may start."""
        if condition == "service_completed_successfully":
            return self.process is None or self.process.poll() == 0
        return self.healthy if condition == "service_healthy" else True

    @property
    def said(self) -> str:
        return self.log.read_text(errors="replace")


@dataclass
class Rehearsal:
    """One host with every service of the compose file on it."""

    services: dict[str, Service]
    filled: dict[str, str]
    room: Path
    stack: ExitStack
    ports: dict[str, int] = field(default_factory=lambda: {name: free_port() for name in PORTS})
    running: dict[str, Running] = field(default_factory=dict)

    def up(self, seconds: float) -> None:
        """Start every service as soon as what it depends on allows; AssertionError with the log of one that ended."""
        end = time.monotonic() + seconds
        waiting = {name: one for name, one in self.services.items() if not one.needs_a_profile}
        while waiting or not self._is_up():
            for name, service in list(waiting.items()):
                if all(n in self.running and self.running[n].has_reached(c) for n, c in service.depends_on.items()):
                    self.running[name] = self._start(waiting.pop(name))
            self._look_at_health()
            self.expect_alive()
            assert time.monotonic() < end, f"waiting: {sorted(waiting)}\n" + self._all_logs()
            time.sleep(PAUSE)

    def expect_alive(self) -> None:
        """AssertionError if a service has ended that should not, or one for one task has failed."""
        for name, one in self.running.items():
            code = one.process.poll() if one.process else None
            assert code is None or (code == 0 and not one.service.is_kept), (
                f"{name} has ended with {code}\n{one.said[-6000:]}"
            )

    def run(self, name: str, *words: str, program: str = "", seconds: float = 120) -> str:
        """Return what a single command says, as `docker compose run --rm [--entrypoint program] name words` does."""
        service = self.services[name]
        command = [program, *words] if program else [*service.entrypoint, *words]
        with (self.room / f"{name}.once").open("w+") as out:
            process = self._process(service, command, out.fileno())
            with suppress(subprocess.TimeoutExpired):
                process.wait(seconds)
            kill_group(process)
            out.seek(0)
            said = out.read()
        assert process.returncode == 0, f"{command} has ended with {process.returncode}\n{said}\n{self._all_logs()}"
        return said

    def address(self, name: str) -> str:
        return f"http://127.0.0.1:{self.ports[name]}"

    def down(self) -> dict[str, float]:
        """Stop everything as compose does, dependents first; return how long each took, and kill what is left."""
        took = {}
        for name, one in reversed(self.running.items()):
            if one.process is None or one.process.poll() is not None:
                continue
            begun = time.monotonic()
            one.process.send_signal(getattr(signal, one.service.stop_signal))
            with suppress(subprocess.TimeoutExpired):
                one.process.wait(one.service.grace_seconds)
                took[name] = time.monotonic() - begun
        for one in self.running.values():
            if one.process:
                kill_group(one.process)
        return took

    def _is_up(self) -> bool:
        goals = {condition for service in self.services.values() for condition in service.depends_on.items()}
        return all(n in self.running and self.running[n].has_reached(condition) for n, condition in goals)

    def _start(self, service: Service) -> Running:
        log = self.room / f"{service.name}.log"
        log.touch()
        stand_ins = {"postgres": self._start_postgres, "s3": self._start_store, "bucket": self._make_bucket}
        if service.name in stand_ins:
            stand_ins[service.name](service)
            return Running(service, log)
        with log.open("wb") as out:
            process = self._process(service, self._on_free_port(service), out.fileno())
        self.stack.callback(kill_group, process)
        return Running(service, log, process)

    def _on_free_port(self, service: Service) -> list[str]:
        """The command of a service, listening where nobody else does; Prefect's is told by its environment."""
        port, usual = str(self.ports.get(service.name)), str(PORTS.get(service.name))
        words = [port if word == usual else word for word in service.command]
        return [*words, "--port", port] if service.name == "dask-scheduler" else words

    def _process(self, service: Service, command: list[str], out: int) -> subprocess.Popen[bytes]:
        home, scratch = self._folder(service), self._own(self.room / f"{service.name}.tmp")
        # a worker on a large machine would start more processes than a rehearsal needs
        cores = sorted(os.sched_getaffinity(0))[:2]
        words = [str(scratch) if word == "/tmp" else self._here(word) for word in command]
        return subprocess.Popen(
            [*account(), "taskset", "-c", ",".join(map(str, cores)), *words],
            env=self._environment(service) | {"HOME": str(home), "TMPDIR": str(scratch)},
            cwd=home,
            stdin=subprocess.DEVNULL,
            stdout=out,
            stderr=out,
            start_new_session=True,
            # Python passes on that SIGINT is ignored, as it is below a shell's `&`; no container begins so
            preexec_fn=lambda: signal.signal(signal.SIGINT, signal.SIG_DFL),
        )

    def _environment(self, service: Service) -> dict[str, str]:
        told = {name: self._here(str(text)) for name, text in service.environment(self.filled).items()}
        image = {name: self._of_the_image(text, service) for name, text in told.items()}
        # these have no option of their own in the commands: two rehearsals may go on at once
        ports = {"PGPORT": str(self.ports["postgres"]), "PREFECT_SERVER_API_PORT": str(self.ports["prefect"])}
        modules = os.pathsep.join(filter(None, (str(ROOT), os.environ.get("PYTHONPATH"))))
        return {"PATH": SYSTEM_PATH} | image | ports | {"PYTHONPATH": modules}

    def _of_the_image(self, text: str, service: Service) -> str:
        places = {
            "/var/lib/londata": str(self._folder(service)),
            "/opt/londata/source": str(ROOT),
            "/opt/londata/env": str(Path(sys.executable).parent.parent),
            "$PATH": SYSTEM_PATH,
        }
        for place, here in places.items():
            text = text.replace(place, here)
        return text

    def _here(self, text: str) -> str:
        """Replace names of hosts and their ports by this machine and ports that are free."""
        text = text.replace("0.0.0.0", "127.0.0.1")
        for name, port in PORTS.items():
            ours = f"127.0.0.1:{self.ports[name]}"
            text = re.sub(rf"(?<=//){name}:{port}\b|(?<=@){name}(?=/)|127\.0\.0\.1:{port}\b", ours, text)
        return text

    def _folder(self, service: Service) -> Path:
        """The folder of its volume, which services with the same one share."""
        return self._own(self.room / "volumes" / service.mounts.get("/var/lib/londata", service.name))

    @staticmethod
    def _own(folder: Path) -> Path:
        folder.mkdir(parents=True, exist_ok=True)
        if account():
            os.chown(folder, ACCOUNT, ACCOUNT)
        return folder

    def _start_postgres(self, service: Service) -> None:
        """Do what the entry point of the image does with its variables and with the files in its folder."""
        told, binaries = service.environment(self.filled), programs()
        assert binaries
        url = self.stack.enter_context(thrown_away(binaries, self.ports["postgres"]))
        socket, user = re.sub(r".*host=([^&]*).*", r"\1", url), told["POSTGRES_USER"]

        def run(who: str, database: str, *words: str) -> None:
            where = ["-h", socket, "-p", str(self.ports["postgres"]), "-U", who, "-d", database]
            command = ["psql", "--no-psqlrc", "--no-password", "-v", "ON_ERROR_STOP=1", "-q", *where, *words]
            done = subprocess.run(command, capture_output=True, text=True, timeout=60, cwd="/")
            assert done.returncode == 0, done.stderr

        secret = told["POSTGRES_PASSWORD"]
        run("postgres", "postgres", "-c", f"CREATE ROLE {user} SUPERUSER LOGIN PASSWORD '{secret}'")
        run("postgres", "postgres", "-c", f"CREATE DATABASE {told['POSTGRES_DB']}")
        for place, file in service.mounts.items():
            if place.startswith("/docker-entrypoint-initdb.d/"):
                run(user, told["POSTGRES_DB"], "-f", str(DEPLOY / file))

    def _start_store(self, service: Service) -> None:
        told = service.environment(self.filled)
        server = radosgw_server if radosgw_is_there() else moto_server
        address = self.stack.enter_context(server(self._bucket(told["MINIO_ROOT_USER"], told["MINIO_ROOT_PASSWORD"])))
        self.ports["s3"] = int(address.endpoint.rpartition(":")[2])

    def _make_bucket(self, service: Service) -> None:
        told = service.environment(self.filled)
        assert f"s3/{self.filled['LONDATA_STORE_URL'].removeprefix('s3://')}" in service.command[-1]
        make_bucket(self._bucket(told["LONDATA_STORE_KEY_ID"], told["LONDATA_STORE_SECRET"]))

    def _bucket(self, key: str, secret: str) -> StoreAddress:
        url, region = self.filled["LONDATA_STORE_URL"], self.filled["LONDATA_STORE_REGION"]
        return StoreAddress(url, endpoint=self.address("s3"), region=region, key_id=key, secret=secret)

    def _look_at_health(self) -> None:
        for one in self.running.values():
            if one.healthy or not one.service.healthcheck:
                continue
            if one.service.name == "s3":
                one.healthy = True  # `mc` is a program of its image; ours has answered when it was started
                continue
            words = [self._here(word) for word in one.service.healthcheck]
            done = subprocess.run(words, env=self._environment(one.service), cwd="/", capture_output=True, timeout=60)
            one.healthy = done.returncode == 0

    def _all_logs(self) -> str:
        return "\n".join(f"--- {name}\n{one.said[-3000:]}" for name, one in self.running.items())


@cache
def account() -> list[str]:
    """The words before a command that make it run as an account without rights; none where nobody can do that."""
    if os.geteuid() != 0 or not shutil.which("setpriv"):
        return []
    done = subprocess.run([*SETPRIV, "true"], cwd="/", capture_output=True)
    return SETPRIV if done.returncode == 0 else []


def kill_group(process: subprocess.Popen[bytes]) -> None:
    """End a process and whatever it has started in its group."""
    with suppress(ProcessLookupError):
        os.killpg(process.pid, signal.SIGKILL)
    process.wait()


def left_over(mark: str) -> list[str]:
    """Commands that run on this machine with a variable of this value."""
    found = []
    for folder in Path("/proc").glob("[0-9]*"):
        with suppress(OSError):
            if mark.encode() in (folder / "environ").read_bytes():
                found.append((folder / "cmdline").read_bytes().replace(b"\0", b" ").decode())
    return found


@contextmanager
def public_folder() -> Iterator[Path]:
    """A folder that accounts other than our own can reach, unlike those of pytest."""
    with tempfile.TemporaryDirectory(prefix="londata-deploy-", ignore_cleanup_errors=True) as name:
        folder = Path(name)
        folder.chmod(0o755)
        yield folder
