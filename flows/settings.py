"""Where things are kept and where they are listed: environment variables `LONDATA_…` first, then `londata.toml`.

Every look into the environment, and at the account that runs us, goes through this module; only
`flows/process/startup.py` sets variables of its own, before anything can be imported. Secrets come from the environment
alone: a token in the file is refused.
"""

from __future__ import annotations

import datetime as dt
import json
import os
import tomllib
from collections.abc import Mapping
from pathlib import Path
from typing import TYPE_CHECKING, Any, Literal

from pydantic import BaseModel, ConfigDict, Field, SecretStr, ValidationError, field_validator

from packages.errors import SetupProblem
from packages.readers.budget import Budgets, parse_budgets
from packages.readers.file_kinds import KIND_NAMES
from packages.sources.transport.download_limits import DownloadLimits
from packages.spec import DATASETS, suggestion

if TYPE_CHECKING:
    from catalogue.signing.signer import Signer

PREFIX = "LONDATA_"
FILE = "londata.toml"
SECRETS = (
    "ckan_token",
    "datapress_key",
    "decider_token",
    "desk_oidc_secret",
    "instance_key",
    "notice_smtp",
    "notice_webhook",
    "notify_urls",
    "signing_key",
    "store_secret",
)
FOR_PREFECT = ("checkout", "work_pool")
"""Variables with our prefix that prefect.yaml reads; they are no settings."""


class Settings(BaseModel):
    """All settings, with defaults that need no server: everything lives in the folder `home`."""

    # frozen: threads of a night share it
    model_config = ConfigDict(frozen=True, extra="forbid")

    home: Path = Field(default=Path("var"), description="folder for what is fetched, released, listed and noted")
    datasets: Path = Field(default=DATASETS, description="folder that holds the dataset folders")
    catalogue: Literal["folder", "ckan", "datapress"] = Field(default="folder", description="where releases are listed")
    ledger_url: str = Field(default="", description="SQLAlchemy URL; empty is SQLite in `home`")
    signing_key: SecretStr = Field(
        default=SecretStr(""),
        description="key that signs what is public: the path of a PEM file, or the PEM; environment only; empty is "
        "keys/signing.pem in `home`, if there is one",
    )
    store_url: str = Field(
        default="", description="object store that several hosts share, such as s3://bucket/prefix; empty is `home`"
    )
    store_endpoint: str = Field(
        default="", description="address of the S3 service, such as https://s3.example.org; empty is Amazon's own"
    )
    store_region: str = Field(default="eu-west-2", description="region of the bucket; Amazon's in London by default")
    store_key_id: str = Field(default="", description="id of the key to the bucket; empty takes the machine's own role")
    store_secret: SecretStr = Field(default=SecretStr(""), description="that key; environment only")
    public_url: str = Field(default="", description="address under which the site or the release files are public")
    ckan_url: str = Field(default="", description="address of the CKAN, for catalogue = ckan")
    ckan_token: SecretStr = Field(default=SecretStr(""), description="API token; environment only")
    decider_token: SecretStr = Field(
        default=SecretStr(""), description="your own CKAN API token, to prove who decides; environment only, never kept"
    )
    ckan_mode: Literal["upload", "link"] = Field(default="upload", description="CKAN holds the files, or links to them")
    ckan_datastore: bool = Field(
        default=False, description="load every CSV file into CKAN's DataStore too, typed and with its data dictionary"
    )
    ckan_fields: str = Field(
        default="",
        description="fields that the CKAN asks for beyond ours, and under `resources` those of every file: a table in "
        "londata.toml, or JSON",
    )
    datapress_url: str = Field(default="", description="address of the DataPress, for catalogue = datapress")
    datapress_key: SecretStr = Field(default=SecretStr(""), description="API key; environment only")
    datapress_team: str = Field(
        default="", description="id of the team that owns the datasets; several: `camden=4mxpm, barnet=59m9r, 53oj7`"
    )
    datapress_masthead: str = Field(default="", description="id of the masthead of new datasets; several: as for teams")
    datapress_fields: str = Field(
        default="record=londata, frequency=update_frequency, geography=geo",
        description="names of the custom fields of the DataPress; `frequency=` with no name where it has no such field",
    )
    people: Path | None = Field(
        default=None, description="private file of who may decide, by role and borough; empty is people.yaml in `home`"
    )
    policies: Path | None = Field(
        default=None, description="folder of policies of boroughs, which only tighten; empty is `policies` in `home`"
    )
    instance_key: SecretStr = Field(
        default=SecretStr(""),
        description="64 hexadecimal digits that several hosts share; environment only; empty is instance.key in `home`",
    )
    desk_url: str = Field(
        default="", description="address at which people reach the desk, such as https://data.example.org/desk"
    )
    desk_oidc_issuer: str = Field(
        default="", description="address of the OpenID Connect provider by which people sign in at the desk"
    )
    desk_oidc_client: str = Field(default="", description="id of the desk at that provider")
    desk_oidc_secret: SecretStr = Field(default=SecretStr(""), description="its secret there; environment only")
    desk_oidc_groups: str = Field(
        default="groups", description="claim in which that provider names the groups of a person"
    )
    desk_proxies: str = Field(
        default="127.0.0.1", description="addresses of the reverse proxies before the desk, with commas between them"
    )
    desk_workers: int = Field(default=2, ge=1, le=64, description="files that the desk works on at once")
    desk_upload_mib: int = Field(default=256, ge=1, description="MiB of the largest file that the desk takes")
    file_budget: str = Field(
        default="",
        description="what one file may cost, where it is not as in the table below: `entries=20000, xlsx.cpu_base=60`",
    )
    allow_local: bool = Field(default=False, description="fetch from http and private addresses: for tests only")
    fetch_mib: int = Field(default=512, ge=1, description="MiB of the largest file that is fetched, as it is unpacked")
    fetch_page_mib: int = Field(
        default=64, ge=1, le=1024, description="MiB of the largest answer of a portal that gives its rows in pages"
    )
    fetch_seconds: float = Field(
        default=600, gt=0, description="seconds within which a source has to be fetched, with all pages and attempts"
    )
    suites: Literal["proven", "full"] = Field(
        default="proven",
        description="Great Expectations is asked for what is not proven while reading, or for everything",
    )
    workers: int = Field(default=4, ge=1, le=64, description="datasets that a nightly run works on at once")
    task_runner: Literal["threads", "dask"] = Field(
        default="threads", description="a night works in threads of one process, or in the processes of Dask workers"
    )
    dask_address: str = Field(
        default="",
        description="address of a running Dask scheduler, such as tcp://scheduler:8786; empty starts `workers` "
        "processes on this machine",
    )
    parts_from: int = Field(
        default=256, ge=1, description="MiB of a CSV file from which it is read in parts, by several processes at once"
    )
    part_workers: int = Field(
        default=0,
        ge=0,
        le=256,
        description="processes that work on the parts of one file; 0 is one for each core where there are four or "
        "more; with `dask_address` its workers do it",
    )
    lease_seconds: float = Field(default=120, gt=0, description="a run without a sign of life for so long is over")
    lease_wait: float = Field(default=30, ge=0, description="seconds to wait for another run on the same dataset")
    keep_releases: int = Field(default=12, ge=1, description="so many of the last releases of a dataset are kept")
    keep_days: int = Field(default=400, ge=1, description="what is younger than so many days is kept in any case")
    keep_received_days: int = Field(default=30, ge=1, description="received files go after so many days, every night")
    notice_smtp: SecretStr = Field(default=SecretStr(""), description="smtp://account:password@host:587; environment")
    notice_from: str = Field(default="", description="address that notices by e-mail come from")
    notice_to: str = Field(default="", description="addresses that notices go to, with commas between them")
    notice_webhook: SecretStr = Field(default=SecretStr(""), description="address that takes JSON; environment only")
    notify_urls: SecretStr = Field(
        default=SecretStr(""), description="Apprise URLs of chat services, with spaces between them; environment only"
    )

    @field_validator("ckan_fields", mode="before")
    @classmethod
    def _fields_as_text(cls, value: Any) -> str:
        # as text, because settings are keys of caches
        told = json.loads(value or "{}") if isinstance(value, str) else value
        if not isinstance(told, dict):
            raise ValueError("it is no table of fields with their values")
        return json.dumps(told, sort_keys=True)

    @field_validator("file_budget")
    @classmethod
    def _known_limits(cls, value: str) -> str:
        parse_budgets(value, KIND_NAMES)
        return value

    @property
    def budgets(self) -> Budgets:
        """What a file of each kind may cost."""
        return parse_budgets(self.file_budget, KIND_NAMES)

    @property
    def ledger(self) -> str:
        """The SQLAlchemy URL of the ledger; it may hold a password."""
        return self.ledger_url or f"sqlite:///{self.home / 'ledger.sqlite'}"

    @property
    def fetch_limits(self) -> DownloadLimits:
        """What one source may cost."""
        return DownloadLimits(
            bytes=self.fetch_mib << 20, seconds=self.fetch_seconds, page=min(self.fetch_page_mib, self.fetch_mib) << 20
        )

    @property
    def site(self) -> Path:
        """The folder of the folder catalogue."""
        return self.home / "site"

    @property
    def signer(self) -> Signer | None:
        """Who signs what is public; None while there is no key, SetupProblem when it may not sign."""
        from catalogue.signing.key_files import KeyFolder

        given = self.signing_key.get_secret_value()
        return KeyFolder(self.home / "keys").signer(given, signing_clock)


def signing_clock() -> dt.datetime:
    """Return the moment, for whoever signs."""
    return dt.datetime.now(dt.UTC)


def load_settings(environ: Mapping[str, str] | None = None, folder: Path | None = None) -> Settings:
    """Read the settings; SetupProblem names the variable or key and the fix."""
    environ = os.environ if environ is None else environ
    variables = {key.removeprefix(PREFIX).lower(): text for key, text in environ.items() if key.startswith(PREFIX)}
    values = _from_file((folder or Path.cwd()) / FILE)
    values |= {key: text for key, text in variables.items() if key not in FOR_PREFECT}
    unknown = sorted(set(values) - set(Settings.model_fields))
    if unknown:
        raise SetupProblem(
            f"The setting “{unknown[0]}” is not known ({FILE} or {PREFIX}{unknown[0].upper()}).",
            fix=suggestion(unknown[0], sorted(Settings.model_fields)),
        )
    try:
        return Settings.model_validate(values)
    except ValidationError as error:
        name = str(error.errors()[0]["loc"][0])
        raise SetupProblem(
            f"The setting “{name}” does not fit: {error.errors()[0]['msg']}.",
            fix=f"Change {PREFIX}{name.upper()} or `{name}` in {FILE}: {Settings.model_fields[name].description}.",
        ) from None  # the error repeats the value, which may be a secret


def _from_file(path: Path) -> dict[str, Any]:
    if not path.is_file():
        return {}
    try:
        values = tomllib.loads(path.read_text(encoding="utf-8"))
    except (tomllib.TOMLDecodeError, UnicodeDecodeError) as error:
        raise SetupProblem(f"{FILE} cannot be read: {error}.", fix="Mend that line.") from None
    for secret in SECRETS:
        if secret in values:
            raise SetupProblem(
                f"{FILE} holds `{secret}`. Secrets do not belong in files.",
                fix=f"Remove the line, put the value into the environment variable {PREFIX}{secret.upper()}, "
                "and renew the token: whoever could read the file knows it.",
            )
    return values


def source_secrets() -> Mapping[str, str]:
    """Return the variables of this machine, of which a dataset's source may name one; never log or keep them.

    The name of the variable stands in the dataset's description, so it cannot be known here.
    """
    return os.environ


def account_name() -> str:
    """Return the name of the account that runs this process, as the system knows it: no variable can claim another."""
    if os.name != "posix":
        return os.getlogin()
    import pwd

    try:
        return pwd.getpwuid(os.getuid()).pw_name
    except KeyError:
        return f"account {os.getuid()}"  # in a container, an account may have a number only


def set_default_variables(values: Mapping[str, str]) -> None:
    """Set variables for libraries that take their settings from the environment; what the operator has set wins."""
    for name, value in values.items():
        os.environ.setdefault(name, value)


def prefect_page() -> str:
    """Return the address of the operator's Prefect server in a browser; empty when none is named."""
    page = os.environ.get("PREFECT_UI_URL") or os.environ.get("PREFECT_API_URL", "").removesuffix("/").removesuffix(
        "/api"
    )
    return page if page.startswith(("https://", "http://")) and "@" not in page else ""


def is_variable_set(name: str) -> bool:
    """Return whether the operator has given a variable of another program a value."""
    return bool(os.environ.get(name))
