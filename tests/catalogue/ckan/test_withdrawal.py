"""A withdrawal hides the dataset first, and hides it even where the schema refuses everything that we write."""

from __future__ import annotations

import datetime as dt
import json
import threading
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any, ClassVar

import pytest

from catalogue.backends.ckan.catalogue import CkanCatalogue
from catalogue.backends.ckan.settings import CkanSettings
from catalogue.listing import dataset_id
from packages.errors import SetupProblem
from packages.model import Identity

CAMDEN = Identity("spend-over-500", "camden")
NOW = dt.datetime(2026, 11, 22, tzinfo=dt.UTC)


class StricterCkan(BaseHTTPRequestHandler):
    """A CKAN whose schema asks for a field that the dataset does not have: it takes a deletion and nothing else."""

    package: ClassVar[dict[str, Any]] = {}

    def do_GET(self) -> None:
        action = self.path.partition("?")[0].rpartition("/")[2]
        if action == "package_show":
            self._answer(200, self.package)
        elif action == "user_show":
            self._answer(200, {"name": "us", "sysadmin": False})
        else:
            self._answer(404, {"__type": "Not Found Error", "message": "Not found"}, good=False)

    def do_POST(self) -> None:
        self.rfile.read(int(self.headers["Content-Length"]))
        if self.path.endswith("package_delete"):
            self.package["state"] = "deleted"
            self._answer(200, None)
        else:
            self._answer(409, {"__type": "Validation Error", "steward": ["Missing value"]}, good=False)

    def _answer(self, status: int, what: Any, *, good: bool = True) -> None:
        body = json.dumps({"success": good, "result" if good else "error": what}).encode()
        self.send_response(status)
        self.send_header("Content-Type", "application/json")
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)

    def log_message(self, *_: object) -> None: ...


@pytest.fixture
def stricter() -> Iterator[str]:
    key = dataset_id(CAMDEN)
    StricterCkan.package = {
        "id": key, "name": "spend-over-500-camden", "metadata_modified": "then", "state": "active", "resources": [],
        "extras": [],
    }  # fmt: skip
    with ThreadingHTTPServer(("127.0.0.1", 0), StricterCkan) as server:
        threading.Thread(target=server.serve_forever, daemon=True).start()
        yield f"http://127.0.0.1:{server.server_port}"
        server.shutdown()


def test_a_schema_that_became_stricter_does_not_keep_a_dataset_public(stricter: str) -> None:
    with pytest.raises(SetupProblem, match="steward"):
        CkanCatalogue(CkanSettings(stricter, "token")).withdraw(CAMDEN, reason="It named people.", now=NOW)
    assert StricterCkan.package["state"] == "deleted"
