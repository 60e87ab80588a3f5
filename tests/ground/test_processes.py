"""`backorder all`: the whole app in one process tree, and nothing of it left when it ends."""

import os
import signal
import socket
import subprocess
import sys
import urllib.request
from collections.abc import Iterator
from pathlib import Path

import pytest

from plugin import embedded
from plugin.settings import Settings
from plugin.supervisor import free_port
from tests.ground.family import alive, family_of, until


class Launcher:
    """`backorder all` on a free port and a data directory of its own."""

    def __init__(self, data_dir: Path) -> None:
        self.settings = Settings(data_dir=data_dir)
        self.port = free_port()
        self.log = data_dir / "launcher.log"
        data_dir.mkdir(exist_ok=True)
        env = {**os.environ, "DATA_DIR": str(data_dir), "PORT": str(self.port), "LOG_LEVEL": "warning"}
        with self.log.open("wb") as log:
            self.process = subprocess.Popen(
                [sys.executable, "-m", "plugin.cli", "all"], env=env, stdout=log, stderr=log
            )

    def wait_until_ready(self) -> None:
        until(lambda: self.is_ready() or self.process.poll() is not None, seconds=60, otherwise=self.said)
        assert self.is_ready(), self.said()

    def is_ready(self) -> bool:
        return "Backorder is running on" in self.said()

    def said(self) -> str:
        return self.log.read_text(encoding="utf-8")

    def get(self, path: str) -> tuple[int, str]:
        with urllib.request.urlopen(f"http://127.0.0.1:{self.port}{path}", timeout=10) as answer:
            return answer.status, answer.read().decode()


@pytest.fixture
def launcher(tmp_path: Path) -> Iterator[Launcher]:
    launcher = Launcher(tmp_path / "data")
    yield launcher
    launcher.process.kill()
    launcher.process.wait()


def parts_of(launcher: Launcher) -> set[str]:
    """The parts of the app that run, told by their command lines."""
    endings = {"-m workers": "worker", "-m workers clock": "clock", "-m plugin.cli web": "web"}
    commands = family_of(launcher.process.pid).values()
    found = {part for command in commands for ending, part in endings.items() if command.endswith(ending)}
    return found | ({"valkey"} if any("valkey-server" in command for command in commands) else set())


@pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGKILL])
def test_everything_runs_and_nothing_is_left_when_it_ends(launcher: Launcher, number: signal.Signals) -> None:
    launcher.wait_until_ready()
    assert launcher.get("/live")[0] == 200
    until(lambda: parts_of(launcher) == {"valkey", "web", "worker", "clock"}, otherwise=lambda: str(parts_of(launcher)))
    family = family_of(launcher.process.pid)
    launcher.process.send_signal(number)
    launcher.process.wait(30)
    until(lambda: not alive(family), seconds=20, otherwise=lambda: str({pid: family[pid] for pid in alive(family)}))
    assert not embedded.answers(launcher.settings.redis_socket)
    with socket.socket() as probe:
        assert probe.connect_ex(("127.0.0.1", launcher.port)) != 0
    if number == signal.SIGTERM:
        assert launcher.process.returncode == 0
        assert "Traceback" not in launcher.said()
