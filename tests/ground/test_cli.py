"""The command line: quick, clear, and honest about what is wrong."""

import json
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest
from click.testing import CliRunner, Result
from cryptography.fernet import Fernet

from plugin.cli import main
from plugin.embedded import EmbeddedServer


def call(*words: str, env: dict[str, str] | None = None) -> Result:
    return CliRunner().invoke(main, list(words), env=env)


def findings(result: Result) -> dict[str, Any]:
    return {finding["subject"]: finding for finding in json.loads(result.output)}


def test_a_fresh_installation_is_healthy(tmp_path: Path) -> None:
    result = call("doctor", "--json", env={"DATA_DIR": str(tmp_path)})
    assert result.exit_code == 0
    found = findings(result)
    assert {subject: finding["state"] for subject, finding in found.items()} == {
        "python": "good",
        "settings": "good",
        "data": "good",
        "disk": "good",
        "database": "note",
        "queue": "note",
        "address": "note",
        "mail": "note",
    }
    assert found["queue"]["text"].startswith("embedded, not running now; `backorder all` starts ")


def test_the_doctor_sees_a_running_queue_and_its_policy(own_queue_server: EmbeddedServer) -> None:
    good = findings(call("doctor", "--json", env={"REDIS_URL": own_queue_server.url}))["queue"]
    assert (good["state"], good["text"].split()[0], good["text"].split()[-1]) == ("good", "Valkey", "answers")
    import redis

    with redis.Redis.from_url(own_queue_server.url) as client:
        client.config_set("maxmemory-policy", "allkeys-lru")
    result = call("doctor", "--json", env={"REDIS_URL": own_queue_server.url})
    assert result.exit_code == 1
    bad = findings(result)["queue"]
    assert bad["text"] == "maxmemory-policy is allkeys-lru; set it to noeviction, or jobs are forgotten"


@pytest.mark.parametrize(
    ("env", "line"),
    [
        (
            {"PORT": "x"},
            "✗ settings   PORT is 'x': input should be a valid integer, unable to parse string as an integer.",
        ),
        ({"REDIS_URL": "redis://127.0.0.1:1"}, "✗ queue      REDIS_URL cannot be used: "),
        ({"DATABASE_URL": "sqlite:////proc/version"}, "✗ database   sqlite:////proc/version cannot be used: "),
        ({"BACKORDER_ENV": "production"}, "✗ settings   SECRET_KEY is missing: at least 32 random characters."),
    ],
)
def test_the_doctor_fails_on_what_is_red_and_says_what_to_do(env: dict[str, str], line: str) -> None:
    result = call("doctor", env=env)
    assert result.exit_code == 1
    assert any(found.startswith(line) for found in result.output.splitlines()), result.output


def test_settings_are_shown_without_secrets() -> None:
    env = {"SECRET_KEY": "s3cret" * 8, "DATABASE_URL": "postgresql://ann:s3cret@db/x", "REDIS_URL": "redis://:s3cret@q"}
    result = call("settings", env=env)
    assert result.exit_code == 0
    assert "s3cret" not in result.output
    assert "SECRET_KEY=set" in result.output.splitlines()
    assert "DATABASE_URL=postgresql+psycopg://[hidden]@db/x" in result.output.splitlines()


def test_trouble_is_one_line_each_and_no_traceback() -> None:
    result = call("settings", env={"BACKORDER_ENV": "production", "SECRETS_DIR": "/nonexistent"})
    assert result.exit_code == 1
    assert result.output.startswith("Error: BASE_URL is missing: ")
    assert "Traceback" not in result.output


def test_a_new_key_can_encrypt() -> None:
    Fernet(call("keys", "new").output.strip())


def test_a_name_nobody_knows_is_refused() -> None:
    result = call("teleport")
    assert result.exit_code == 2
    assert "No such command 'teleport'" in result.output


def test_help_needs_none_of_the_heavy_libraries() -> None:
    look = (
        "import sys, plugin.cli; print(sorted({'flask', 'sqlalchemy', 'rq', 'requests', 'uvicorn'} & set(sys.modules)))"
    )
    shown = subprocess.run([sys.executable, "-c", look], capture_output=True, text=True, check=True).stdout
    assert shown.strip() == "[]"


def test_two_launchers_do_not_share_a_data_directory(tmp_path: Path) -> None:
    import fcntl

    with (tmp_path / "launcher.lock").open("w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        result = call("all", env={"DATA_DIR": str(tmp_path)})
    assert result.exit_code == 1
    assert f"Backorder is already running on {tmp_path}." in result.output
