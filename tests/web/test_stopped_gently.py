"""SIGTERM, as a deploy sends it: the web process answers what it has begun, stores it, and ends well."""

import os
import signal
import socket
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from threading import Event

import pytest
from sqlalchemy import text

from plugin.bootstrap import Plugin, build
from plugin.supervisor import free_port, port_answers
from tests.ground.family import family_of, until
from tests.web.conftest import DATABASE, let_go
from tests.web.stage import ADA, CLIENT_ID, CLIENT_SECRET, settings_for
from tests.web.test_webhooks import raw, signed


class WebProcess:
    """`backorder web` on a free port, with Ada's store in its database."""

    def __init__(self, plugin: Plugin) -> None:
        self.plugin, self.port = plugin, free_port()
        settings = plugin.settings
        env = {
            **os.environ,
            "DATA_DIR": str(settings.data_dir),
            "REDIS_URL": str(settings.redis_url),
            "CLIENT_ID": CLIENT_ID,
            "CLIENT_SECRET": CLIENT_SECRET,
            "SECRET_KEY": settings.secret_key.get_secret_value(),
        }
        argv = [sys.executable, "-m", "plugin.cli", "web", "--port", str(self.port)]
        self.process = subprocess.Popen(argv, env=env, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
        until(port_answers("127.0.0.1", self.port), seconds=60)

    def begin_webhook(self, body: bytes) -> socket.socket:
        """A delivery whose head was read and whose body is asked for."""
        at = int(self.plugin.clock.now().timestamp())
        headers = {
            **signed(body, at=at),
            "X-Backorder-Hook": self.plugin.directory.hook_secret(ADA),
            "Content-Type": "application/json",
            "Content-Length": str(len(body)),
            "Host": "127.0.0.1",
            "Expect": "100-continue",
        }
        connection = socket.create_connection(("127.0.0.1", self.port), timeout=30)
        lines = [f"{name}: {value}\r\n" for name, value in headers.items()]
        connection.sendall("".join(["POST /webhooks HTTP/1.1\r\n", *lines, "\r\n"]).encode())
        assert connection.recv(1000).startswith(b"HTTP/1.1 100 ")
        return connection

    def stored(self) -> list[str]:
        with self.plugin.engine.connect() as connection:
            return list(connection.execute(text("select topic from inbox")).scalars())


@pytest.fixture
def process(beginning: bytes, tmp_path: Path) -> Iterator[WebProcess]:
    (tmp_path / DATABASE).write_bytes(beginning)
    plugin = build(settings_for(tmp_path))
    process = WebProcess(plugin)
    yield process
    process.process.kill()
    process.process.wait()
    let_go(plugin)


@pytest.mark.parametrize("is_told_to_all", [False, True], ids=["the process", "every process of it"])
def test_a_webhook_under_way_is_stored_and_answered_before_the_end(process: WebProcess, is_told_to_all: bool) -> None:
    body = raw()
    with process.begin_webhook(body) as delivery:
        children = family_of(process.process.pid) if is_told_to_all else {}
        for pid in (process.process.pid, *children):
            os.kill(pid, signal.SIGTERM)
        Event().wait(0.5)  # long enough to end at once, for whoever does
        assert process.process.poll() is None
        delivery.sendall(body)
        assert delivery.recv(1000).startswith(b"HTTP/1.1 200 ")
    assert process.process.wait(30) in {0, -signal.SIGTERM}  # the server ends by the signal it was sent
    assert process.stored() == ["store/order/created"]
