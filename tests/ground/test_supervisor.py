"""The process tree: in order, again when one dies, nothing left behind."""

import os
import signal
import subprocess
import sys
from pathlib import Path

import pytest

from plugin.supervisor import ProgrammeFailed, Supervisor
from tests.ground.family import alive, is_alive, until

PYTHON = sys.executable
WAIT_FOR_EVER = [PYTHON, "-S", "-c", "import signal; signal.pause()"]


def test_programmes_start_in_their_order_and_each_waits_for_the_one_before(tmp_path: Path) -> None:
    first, second = tmp_path / "first", tmp_path / "second"
    tell = "import sys, pathlib; a, b = map(pathlib.Path, sys.argv[1:]); b.write_text(str(a.exists()))"
    supervisor = Supervisor()
    supervisor.add("first", [PYTHON, "-S", "-c", tell, str(second), str(first)], once=True)
    supervisor.add("second", [PYTHON, "-S", "-c", tell, str(first), str(second)], once=True)
    with supervisor:
        assert (first.read_text(), second.read_text()) == ("False", "True")


def test_a_programme_that_dies_comes_back() -> None:
    supervisor = Supervisor()
    supervisor.add("sleeper", WAIT_FOR_EVER)
    with supervisor:
        before = supervisor.pid_of("sleeper")
        assert before is not None
        os.kill(before, signal.SIGKILL)
        until(lambda: supervisor.pid_of("sleeper") not in {None, before})


def test_what_a_dead_programme_left_running_is_gone_before_it_comes_back(tmp_path: Path) -> None:
    note = tmp_path / "grandchild"
    fork = (
        "import os, signal, sys, pathlib\npid = os.fork()\n"
        "if pid: pathlib.Path(sys.argv[1]).write_text(str(pid))\nsignal.pause()"
    )
    supervisor = Supervisor()
    supervisor.add("forker", [PYTHON, "-S", "-c", fork, str(note)], ready=note.exists)
    with supervisor:
        until(note.read_text)
        grandchild = int(note.read_text())
        leader = supervisor.pid_of("forker")
        assert leader is not None
        os.kill(leader, signal.SIGKILL)
        until(lambda: supervisor.pid_of("forker") not in {None, leader})
        assert not is_alive(grandchild)


def test_the_environment_of_one_programme_is_its_own(tmp_path: Path) -> None:
    note = tmp_path / "note"
    write = "import os, sys, pathlib; pathlib.Path(sys.argv[1]).write_text(os.environ.get('COLOUR', 'none'))"
    supervisor = Supervisor()
    supervisor.add("red", [PYTHON, "-S", "-c", write, str(note)], {"COLOUR": "red"}, once=True)
    with supervisor:
        assert note.read_text() == "red"
    assert "COLOUR" not in os.environ


def test_output_goes_to_the_file_that_was_named(tmp_path: Path) -> None:
    supervisor = Supervisor()
    supervisor.add("talker", [PYTHON, "-S", "-c", "print('hello')"], once=True, output=tmp_path / "log")
    with supervisor:
        assert (tmp_path / "log").read_text() == "hello\n"


@pytest.mark.parametrize(
    ("argv", "trouble"),
    [
        ([PYTHON, "-S", "-c", "raise SystemExit(3)"], "failing ended with status 3 while starting."),
        (["/nonexistent/programme"], "failing cannot be run: "),
    ],
)
def test_a_programme_that_cannot_start_stops_all_others_and_says_so(argv: list[str], trouble: str) -> None:
    supervisor = Supervisor()
    supervisor.add("sleeper", WAIT_FOR_EVER)
    supervisor.add("failing", argv, ready=lambda: False)
    with pytest.raises(ProgrammeFailed, match=trouble):
        supervisor.start()
    assert supervisor.pid_of("sleeper") is None


def test_a_programme_that_finishes_what_it_has_begun_is_waited_for(tmp_path: Path) -> None:
    ready, finished = tmp_path / "ready", tmp_path / "finished"
    finishing = (
        "import signal, sys, threading, pathlib\nready, finished = map(pathlib.Path, sys.argv[1:])\n"
        "asked = threading.Event()\nsignal.signal(signal.SIGTERM, lambda *_: asked.set())\n"
        "ready.touch()\nasked.wait()\nthreading.Event().wait(0.5)\nfinished.touch()"
    )
    supervisor = Supervisor()
    supervisor.add("finisher", [PYTHON, "-S", "-c", finishing, str(ready), str(finished)], ready=ready.exists)
    with supervisor:
        assert not finished.exists()
    assert finished.exists()


def test_a_programme_that_does_not_listen_is_killed_in_the_end(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("plugin.supervisor.STOP_SECONDS", 0.2)
    ready = tmp_path / "ready"
    deaf = (
        "import signal, sys, pathlib\nsignal.signal(signal.SIGTERM, signal.SIG_IGN)\n"
        "pathlib.Path(sys.argv[1]).touch()\nwhile True: signal.pause()"
    )
    supervisor = Supervisor()
    supervisor.add("deaf", [PYTHON, "-S", "-c", deaf, str(ready)], ready=ready.exists)
    with supervisor:
        pid = supervisor.pid_of("deaf")
        assert pid is not None
    assert not is_alive(pid)


@pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGINT, signal.SIGKILL])
def test_however_the_supervisor_ends_nobody_survives_it(number: signal.Signals) -> None:
    script = (
        "import sys; from plugin.supervisor import Supervisor\n"
        "tree = Supervisor()\nfor name in ('one', 'two'): tree.add(name, sys.argv[1:])\n"
        "tree.run(lambda: print(tree.pid_of('one'), tree.pid_of('two'), flush=True))"
    )
    with subprocess.Popen([PYTHON, "-c", script, *WAIT_FOR_EVER], stdout=subprocess.PIPE, text=True) as owner:
        assert owner.stdout is not None
        children = [int(word) for word in owner.stdout.readline().split()]
        os.kill(owner.pid, number)
    assert len(children) == 2
    until(lambda: not alive(children))
    assert owner.returncode == (0 if number != signal.SIGKILL else -signal.SIGKILL)
