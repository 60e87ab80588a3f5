"""The bench is code too: its figures, its load, its worker and the programmes it names, in miniature."""

import sqlite3
import subprocess
import sys
import threading
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from http.server import BaseHTTPRequestHandler, HTTPServer
from pathlib import Path
from typing import Any

import pytest

from bench import __main__ as door
from bench.figures import Goal, Measured, flat, table
from bench.load import SECRET, send, webhooks
from plugin.adapters.bigcommerce.webhooks import Signature, Verdict, check_signature, is_usual, open_envelope

ROOT = Path(__file__).parents[2]
ROWS = {"ours": {"events/s": 700.0, "ms": 3.0}, "theirs": {"events/s": 100.0}}


@pytest.mark.parametrize(
    ("goal", "value", "reached"),
    [
        (Goal("ours", "events/s", "theirs", least=7), 7.0, True),
        (Goal("ours", "events/s", "theirs", least=7.1), 7.0, False),
        (Goal("ours", "ms", most=3), 3.0, True),
        (Goal("ours", "ms", most=2.9), 3.0, False),
        (Goal("ours", "events/s", "theirs"), 7.0, None),
        (Goal("ours", "events/s", "nobody", least=1), None, None),
        (Goal("nobody", "events/s", "theirs", least=1), None, None),
    ],
)
def test_a_goal_is_a_figure_or_a_ratio_and_is_never_made_up(goal: Goal, value: float | None, reached: bool) -> None:
    assert (goal.value(ROWS), goal.is_reached(ROWS)) == (value, reached)


def test_every_figure_is_written_with_its_unit_its_peer_and_the_ratio() -> None:
    measured = Measured(ROWS, (Goal("ours", "events/s", "theirs", least=8),), {"absent": "there is no npm here"})
    first, *_, last = flat("receiver", measured)
    against = {"peer": "theirs", "ratio": 7.0, "wanted": "at least 8", "reached": False}
    assert first == {"measurement": "receiver", "row": "ours", "unit": "events/s", "value": 700.0, "against": [against]}
    assert last == {"measurement": "receiver", "row": "absent", "not measured": "there is no npm here"}
    printed = table(measured)
    assert "NOT REACHED" in printed
    assert "not measured: there is no npm here" in printed


def test_the_door_runs_what_it_is_asked_for(monkeypatch: pytest.MonkeyPatch, tmp_path: Path, capsys: Any) -> None:
    asked = []
    for name in door.MEASUREMENTS:
        monkeypatch.setitem(door.MEASUREMENTS, name, lambda seconds, name=name: asked.append((name, seconds)) or ROWS)
    monkeypatch.setattr(
        sys,
        "argv",
        ["bench", "draining", "--only", "whole_way", "--seconds", "2", "--json", str(tmp_path / "all.json")],
    )
    door.main()
    assert asked == [("draining", 2.0), ("whole_way", 2.0)]
    assert (tmp_path / "all.json").read_text().count('"value": 700.0') == 2
    assert capsys.readouterr().out.count("ours") == 2


class Acknowledging(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"

    def do_POST(self) -> None:
        body = self.rfile.read(int(self.headers["Content-Length"]))
        self.server.taken.append((dict(self.headers.items()), body))  # type: ignore[attr-defined]
        self.send_response(200)
        self.send_header("Content-Length", "2")
        self.end_headers()
        self.wfile.write(b"ok")

    def log_message(self, *_words: object) -> None:
        pass


@pytest.fixture
def server() -> Iterator[HTTPServer]:
    with HTTPServer(("127.0.0.1", 0), Acknowledging) as listening:
        listening.taken = []  # type: ignore[attr-defined]
        thread = threading.Thread(target=listening.serve_forever, args=(0.01,))
        thread.start()
        yield listening
        listening.shutdown()
        thread.join()


@pytest.mark.parametrize("rate", [None, 2_000.0])
def test_the_load_is_sent_once_each_and_is_what_our_receiver_takes(server: HTTPServer, rate: float | None) -> None:
    answers = send(
        server.server_address[1],
        webhooks(7, 20, hook_secret="ours", events_an_order=6),
        seconds=5,
        rate=rate,
        connections=1,
    )
    taken = server.taken  # type: ignore[attr-defined]
    assert answers.sent == 20
    assert len(answers.times) == 20
    assert len({body for _, body in taken}) == len(taken) == 20
    headers, body = taken[0]
    signature = Signature(headers["webhook-id"], headers["webhook-timestamp"], headers["webhook-signature"])
    now = datetime.fromtimestamp(int(signature.timestamp), tz=UTC)
    verdict = check_signature(body, signature, client_secret=SECRET, now=now, tolerance=timedelta(seconds=9))
    assert (verdict, headers["x-backorder-hook"], is_usual(body.decode())) == (Verdict.GENUINE, "ours", True)
    assert open_envelope(body) is not None


def test_our_worker_notes_the_effect_of_each_event_once(migrated_template: Path, tmp_path: Path) -> None:
    """In a process of its own, as its modules read their environment when they are imported."""
    (tmp_path / "backorder.sqlite3").write_bytes(migrated_template.read_bytes())
    effects = tmp_path / "effects.sqlite3"
    subprocess.run([sys.executable, "-c", DRAINED_TWICE, str(tmp_path), str(effects)], cwd=ROOT, check=True)
    with sqlite3.connect(effects) as connection:
        assert connection.execute("SELECT event FROM effects ORDER BY event").fetchall() == [(8,), (9,), (10,)]
    connection.close()


DRAINED_TWICE = """
import os, sys
from pathlib import Path
folder, effects = map(Path, sys.argv[1:])
os.environ.update(BENCH_QUEUE="", BENCH_SECRET="none", BENCH_EFFECTS=str(effects))
from bench import drainer, receivers
from bench.crowd import STORE
from bench.load import webhooks
from plugin.adapters.bigcommerce.webhooks import open_envelope
from plugin.settings import Settings
receivers.make_effects(effects)
settings = Settings(data_dir=folder, redis_url="unix:///nowhere", webhook_gather_seconds=0)
for plans in (False, True):
    plugin = drainer.prepared(settings, plans=plans)
    secret = receivers.open_store(plugin)
    for first in (8, 9):
        for request in webhooks(first, 2, hook_secret=secret):
            plugin.inbox_writer.store([open_envelope(request.partition(b"\\r\\n\\r\\n")[2])])
    plugin.inbox.drain(STORE)
"""


def test_every_programme_of_a_peer_is_there() -> None:
    peers = ROOT / "bench" / "peers"
    named = {"naive", "with_celery", "with_arq", "with_dramatiq", "with_huey", "static", "delivery", "fill"}
    assert {path.stem for path in peers.glob("*.py")} == named
    for path in peers.glob("*.py"):
        compile(path.read_text(encoding="utf-8"), path.name, "exec")
    pins = (peers / "requirements.txt").read_text(encoding="utf-8").splitlines()
    assert [pin for pin in pins if pin.count("==") != 1] == []
