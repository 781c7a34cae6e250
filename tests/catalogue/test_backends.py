from __future__ import annotations

import subprocess
import sys
from dataclasses import dataclass, replace
from pathlib import Path

import pytest
from pydantic import SecretStr

from catalogue.backends import BACKENDS
from packages.errors import SetupProblem

TOKEN = SecretStr("secret-canary")


@dataclass(frozen=True)
class Settings:
    site: Path = Path("site")
    store_url: str = ""
    store_endpoint: str = ""
    store_region: str = ""
    store_key_id: str = ""
    store_secret: SecretStr = TOKEN
    public_url: str = ""
    ckan_url: str = "https://ckan.example"
    ckan_token: SecretStr = TOKEN
    ckan_mode: str = "upload"
    ckan_datastore: bool = False
    ckan_fields: str = ""
    datapress_url: str = "https://datapress.example"
    datapress_key: SecretStr = TOKEN
    datapress_team: str = "53oj7"
    datapress_masthead: str = "gla"
    datapress_fields: str = "record=londata"
    signer: None = None


@pytest.mark.parametrize("name", ["folder", "ckan", "datapress"])
def test_each_backend_is_made_from_the_settings(name: str) -> None:
    assert BACKENDS[name](Settings()).name == name


@pytest.mark.parametrize(
    ("change", "words"),
    [
        ({"ckan_url": ""}, "No address of a CKAN is set"),
        ({"ckan_url": "ckan.example"}, "No address of a CKAN is set"),
        ({"ckan_token": SecretStr("")}, "No token"),
        ({"ckan_mode": "link"}, "not set where they are public"),
    ],
)
def test_settings_that_do_not_do(change: dict, words: str) -> None:
    with pytest.raises(SetupProblem, match=words) as caught:
        BACKENDS["ckan"](replace(Settings(), **change))
    assert "LONDATA_" in caught.value.fix
    assert "canary" not in caught.value.what + caught.value.fix


def test_importing_the_catalogue_is_quick() -> None:
    heavy = "{'rdflib', 'jinja2', 'ckanapi', 'requests', 'pandas'}"
    code = "import sys, catalogue.listing, catalogue.plan, catalogue.site.pages, catalogue.dcat, catalogue.backends, "
    code += f"catalogue.backends.folder; sys.exit(str({heavy} & set(sys.modules)) if {heavy} & set(sys.modules) else 0)"
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr
