from __future__ import annotations

from collections.abc import Iterator

import pytest
import stamina

from tests.packages.sources.server import Server


@pytest.fixture
def server(socket_enabled: None) -> Iterator[Server]:
    server = Server()
    with stamina.set_testing(True, attempts=3):
        yield server
    server.httpd.shutdown()
    server.httpd.server_close()
