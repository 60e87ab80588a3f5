"""The embedded queue server: there when asked, keeps what it was given, gone with its owner."""

import os
import signal
import socket
import subprocess
import sys
from pathlib import Path

import redis

from plugin import embedded
from plugin.embedded import EmbeddedServer
from plugin.settings import Settings
from tests.ground.family import is_alive, until


def test_it_answers_on_its_own_socket_and_opens_no_port() -> None:
    with EmbeddedServer() as server:
        client = redis.Redis.from_url(server.url)
        assert client.ping() is True
        assert client.config_get("port") == {"port": "0"}
        assert client.config_get("maxmemory-policy") == {"maxmemory-policy": "noeviction"}
        client.close()
    assert not embedded.answers(server.socket_path)


def test_what_was_written_survives_a_stop_and_a_new_start(tmp_path: Path) -> None:
    for expected in (None, b"kept"):
        with EmbeddedServer(tmp_path) as server, redis.Redis.from_url(server.url) as client:
            assert client.get("word") == expected
            client.set("word", "kept")


def test_what_was_written_survives_a_kill(tmp_path: Path) -> None:
    server = EmbeddedServer(tmp_path)
    server.start()
    with redis.Redis.from_url(server.url) as client:
        client.rpush("jobs", *range(200))
        # The append-only file is written with each command; the kill takes the process, not the machine.
        assert client.llen("jobs") == 200
    server.kill()
    server.start()
    with redis.Redis.from_url(server.url) as client:
        assert client.llen("jobs") == 200
    server.stop()


def test_a_killed_owner_leaves_no_server_behind(tmp_path: Path) -> None:
    script = (
        "import sys, time; from pathlib import Path; from plugin.embedded import EmbeddedServer\n"
        "server = EmbeddedServer(Path(sys.argv[1])); server.start(); print(server.pid, flush=True); sys.stdin.read()"
    )
    with subprocess.Popen(
        [sys.executable, "-c", script, str(tmp_path)], stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True
    ) as owner:
        assert owner.stdout is not None
        pid = int(owner.stdout.readline())
        os.kill(owner.pid, signal.SIGKILL)
    until(lambda: not is_alive(pid), seconds=5)


def test_a_data_directory_with_a_very_long_path_gets_its_socket_elsewhere(tmp_path: Path) -> None:
    settings = Settings(data_dir=tmp_path / ("long" * 30))
    with socket.socket(socket.AF_UNIX) as probe:
        command = embedded.server_command(directory=settings.data_dir, socket_path=settings.redis_socket)
        probe.bind(str(settings.redis_socket))
    settings.redis_socket.unlink()
    assert str(settings.redis_socket) in command
    assert settings.redis_socket.parent.stat().st_mode & 0o777 == 0o700
    settings.redis_socket.parent.rmdir()
