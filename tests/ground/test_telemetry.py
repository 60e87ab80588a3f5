"""What is written about the app keeps secrets and people out, and counts across processes."""

import json
import logging
import os
import socket
import subprocess
import sys
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest
import structlog

from plugin import telemetry


@dataclass(frozen=True, slots=True)
class Wishes:
    log_format: str = "json"
    log_level: str = "info"


def lines(capsys: pytest.CaptureFixture[str]) -> list[dict[str, Any]]:
    return [json.loads(line) for line in capsys.readouterr().err.splitlines()]


def test_every_line_inside_a_block_carries_what_was_bound(capsys: pytest.CaptureFixture[str]) -> None:
    telemetry.configure(Wishes(), process="worker")
    with telemetry.bind(tenant="ada", job="drain_inbox"):
        structlog.get_logger("ours").info("drained", events=3)
        logging.getLogger("theirs").warning("slow")
    structlog.get_logger("ours").info("idle")
    first, second, third = lines(capsys)
    assert (first["event"], first["tenant"], first["job"], first["events"]) == ("drained", "ada", "drain_inbox", 3)
    assert (second["event"], second["tenant"], second["process"]) == ("slow", "ada", "worker")
    assert "tenant" not in third


@pytest.mark.parametrize(
    ("fields", "shown"),
    [
        ({"access_token": "abc"}, {"access_token": "[hidden]"}),
        (
            {"headers": {"X-Auth-Token": "abc", "Accept": "*/*"}},
            {"headers": {"X-Auth-Token": "[hidden]", "Accept": "*/*"}},
        ),
        ({"url": "redis://ann:pw@queue/0"}, {"url": "redis://[hidden]@queue/0"}),
        ({"text": "to jan@example.de, please"}, {"text": "to …@example.de, please"}),
        ({"query": "signed eyJhbGciOiJI.eyJpc3MiOiJi.c2ln"}, {"query": "signed [hidden]"}),
        ({"people": ["jan@example.de", 3]}, {"people": ["…@example.de", 3]}),
        ({"has_token": True, "token": ""}, {"has_token": True, "token": ""}),
    ],
)
def test_secrets_and_people_are_hidden(
    fields: dict[str, Any], shown: dict[str, Any], capsys: pytest.CaptureFixture[str]
) -> None:
    telemetry.configure(Wishes(), process="web")
    structlog.get_logger("ours").info("seen", **fields)
    (line,) = lines(capsys)
    assert {key: line[key] for key in fields} == shown


def test_a_traceback_keeps_secrets_too(capsys: pytest.CaptureFixture[str]) -> None:
    telemetry.configure(Wishes(), process="web")
    try:
        socket.create_connection(("postgresql://ann:pw@db/x", 5432))
    except RuntimeError:
        structlog.get_logger("ours").exception("failed")
    (line,) = lines(capsys)
    assert "A test wanted to resolve postgresql://[hidden]@db/x." in line["exception"]


def test_what_is_below_the_level_is_not_written(capsys: pytest.CaptureFixture[str]) -> None:
    telemetry.configure(Wishes(log_level="warning"), process="web")
    structlog.get_logger("ours").info("chatter")
    assert lines(capsys) == []


def test_counts_of_all_processes_are_shown_together(tmp_path: Path) -> None:
    env = os.environ | telemetry.fresh_metrics_directory(tmp_path)
    count = "from plugin import telemetry; telemetry.JOBS.labels('publish', 'done').inc(2)"
    show = "from plugin import telemetry; print(telemetry.exposition().decode())"
    for _ in range(2):
        subprocess.run([sys.executable, "-c", count], env=env, check=True)
    shown = subprocess.run([sys.executable, "-c", show], env=env, check=True, capture_output=True, text=True).stdout
    assert 'backorder_jobs_total{job="publish",outcome="done"} 4.0' in shown
