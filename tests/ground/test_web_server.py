"""`backorder web` behind its real port: webhooks to the receiver, all else to the pages, and nothing a client sends harms it."""

import os
import socket
import subprocess
import sys
from collections.abc import Iterator, Mapping
from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, datetime
from pathlib import Path

import pytest
import requests
from sqlalchemy import text

from plugin.adapters.db.migrations.migrate import migrate
from plugin.bootstrap import Plugin, build
from plugin.domain.ids import TenantId
from plugin.services.ports.directory import AppUser, Grant
from plugin.settings import Settings
from plugin.supervisor import free_port
from plugin.web.limited_head import LARGEST_HEAD
from tests.ground.family import until
from tests.web.test_webhooks import CLIENT_SECRET, raw, signed

ADA = TenantId("ada")


class Server:
    def __init__(self, plugin: Plugin, port: int) -> None:
        self.plugin, self.port, self.url = plugin, port, f"http://127.0.0.1:{port}"

    def post(self, body: bytes, **headers: str) -> int:
        now = int(self.plugin.clock.now().timestamp())
        secret = {"X-Backorder-Hook": self.plugin.directory.hook_secret(ADA)}
        given = {**signed(body, at=now), **secret, **headers}
        return self.ask("POST", "/webhooks", body=body, headers=given)

    def ask(self, method: str, path: str, *, body: bytes = b"", headers: Mapping[str, str] | None = None) -> int:
        return requests.request(method, self.url + path, data=body, headers=headers, timeout=10).status_code

    def stored(self) -> int:
        with self.plugin.engine.connect() as connection:
            return connection.execute(text("select count(*) from inbox")).scalar_one()

    def says(self, request: bytes) -> bytes:
        """What comes back for these bytes until it hangs up, or has answered."""
        with socket.create_connection(("127.0.0.1", self.port), timeout=10) as connection:
            connection.sendall(request)
            return connection.recv(65536)


@pytest.fixture(scope="module")
def server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Server]:
    home = tmp_path_factory.mktemp("web")
    plugin = build(Settings(data_dir=home, client_secret=CLIENT_SECRET, redis_url="redis://127.0.0.1:1/0"))
    migrate(plugin.engine)
    user = AppUser(user_id=1, email="ann@example.com", locale="en", is_owner=True)
    plugin.directory.save_grant(Grant(ADA, "token", (), user), at=datetime(2026, 1, 1, tzinfo=UTC))
    port, log = free_port(), Path(home / "web.log")
    env = {
        **os.environ,
        "DATA_DIR": str(home),
        "CLIENT_SECRET": CLIENT_SECRET,
        "REDIS_URL": "redis://127.0.0.1:1/0",
        "LOG_LEVEL": "error",
    }
    with log.open("wb") as output:
        process = subprocess.Popen(
            [sys.executable, "-m", "plugin.cli", "web", "--port", str(port)], env=env, stdout=output, stderr=output
        )
    with process:
        until(lambda: _answers(port), seconds=60, otherwise=log.read_text)
        yield Server(plugin, port)
        process.terminate()
    plugin.engine.dispose()
    assert "Traceback" not in log.read_text()


def _answers(port: int) -> bool:
    with socket.socket() as probe:
        return probe.connect_ex(("127.0.0.1", port)) == 0


def test_webhooks_that_come_together_are_all_stored_once(server: Server) -> None:
    before = server.stored()
    bodies = [raw(created_at=number % 20) for number in range(40)]
    with ThreadPoolExecutor(8) as pool:
        assert set(pool.map(server.post, bodies)) == {200}
    assert server.stored() - before == 20


def test_a_forged_one_is_refused(server: Server) -> None:
    assert server.post(raw(), **{"webhook-signature": "v1,AAAA"}) == 401


def test_everything_else_is_a_page(server: Server) -> None:
    asked = [("GET", "/live"), ("HEAD", "/live"), ("GET", "/webhooks/more"), ("GET", "/webhooks")]
    assert [server.ask(*each) for each in asked] == [200, 200, 404, 405]


def test_the_pages_know_who_asks(server: Server) -> None:
    """Numbers are for this machine only; whoever came through a proxy is not it, whatever a header says."""
    assert server.ask("GET", "/metrics") == 200
    assert server.ask("GET", "/metrics", headers={"X-Forwarded-For": "127.0.0.1"}) == 401


@pytest.mark.parametrize("target", ["/live?q=é", "/livé", "/live?" + "a" * 9000, "/live?q=%00%ff"])
def test_an_odd_address_is_no_error_of_ours(server: Server, target: str) -> None:
    answer = server.says(f"GET {target} HTTP/1.1\r\nHost: x\r\n\r\n".encode())
    assert answer.startswith(b"HTTP/1.1 ")
    assert not answer.startswith(b"HTTP/1.1 5")


@pytest.mark.parametrize("endless", [b"X-Long: ", b"GET /"], ids=["header", "address"])
def test_a_head_without_an_end_is_cut_off(server: Server, endless: bytes) -> None:
    begun = endless if endless.startswith(b"GET") else b"GET /live HTTP/1.1\r\nHost: x\r\n" + endless
    assert server.says(begun + b"x" * (LARGEST_HEAD + 1)).startswith(b"HTTP/1.1 400 ")


def test_a_large_body_is_not_a_large_head(server: Server) -> None:
    head = b"POST /webhooks HTTP/1.1\r\nHost: x\r\nContent-Length: 66000\r\n\r\n"
    assert server.says(head + b"x" * 66_000).startswith(b"HTTP/1.1 413 ")
