"""The peers' own packages, in a folder outside of what git keeps: var/bench, or the one BENCH_CACHE names.

Installed once, at pinned versions, from PyPI and npm. What cannot be installed is not measured, and the table says why.
"""

import os
import shutil
import subprocess
import sys
import venv
from functools import cache
from pathlib import Path

PEERS = Path(__file__).parent / "peers"
CACHE = Path(os.environ.get("BENCH_CACHE", Path(__file__).parents[1] / "var" / "bench")).absolute()
LONGEST_INSTALL = 900
"""Seconds. better-sqlite3 is compiled where no built one can be had."""


class NotInstalled(RuntimeError):
    """A peer's packages are not to be had here; carries the reason."""


@cache
def python_of_peers() -> Path:
    """A Python of its own with Flask, Celery, arq and the others."""
    place, pins = CACHE / "python", (PEERS / "requirements.txt").read_text(encoding="utf-8")
    python = place / "bin" / "python"
    if not _is_stamped(place, pins):
        print(f"Installing the Python peers in {place} …", file=sys.stderr)
        venv.create(place, clear=True, with_pip=True)
        pip = [str(python), "-m", "pip", "install", "-q", "--disable-pip-version-check", "--no-deps"]
        _run([*pip, "-r", str(PEERS / "requirements.txt")], place)
        _stamp(place, pins)
    return python


@cache
def node_programme(name: str) -> list[str]:
    """The command that runs a peer's programme for Node, beside the packages it imports."""
    return [_node(), str(_node_folder() / name)]


@cache
def _node_folder() -> Path:
    place, pins = CACHE / "node", (PEERS / "package.json").read_text(encoding="utf-8")
    npm = shutil.which("npm")
    if not _is_stamped(place, pins):
        if npm is None:
            raise NotInstalled("there is no npm here")
        print(f"Installing the Node peers in {place} …", file=sys.stderr)
        shutil.rmtree(place, ignore_errors=True)
        place.mkdir(parents=True)
        (place / "package.json").write_text(pins, encoding="utf-8")
        _run([npm, "install", "--no-audit", "--no-fund", "--dangerously-allow-all-scripts"], place)
        _stamp(place, pins)
    for programme in PEERS.glob("*.mjs"):
        shutil.copy(programme, place)
    return place


def _node() -> str:
    node = shutil.which("node")
    if node is None:
        raise NotInstalled("there is no node here")
    return node


def _run(command: list[str], place: Path) -> None:
    headers = Path(shutil.which("node") or "/").resolve().parents[1]
    known = {"npm_config_nodedir": str(headers)} if (headers / "include" / "node").is_dir() else {}
    try:
        subprocess.run(
            command,
            cwd=place,
            env={**os.environ, **known},
            capture_output=True,
            text=True,
            check=True,
            timeout=LONGEST_INSTALL,
        )
    except subprocess.CalledProcessError as error:
        raise NotInstalled(f"{Path(command[0]).name}: {_last_line(error.stderr or error.stdout)}") from error
    except (OSError, subprocess.TimeoutExpired) as error:
        raise NotInstalled(str(error)) from error


def _last_line(text: str) -> str:
    return (text.strip().splitlines() or ["it gave no reason"])[-1][:200]


def _is_stamped(place: Path, pins: str) -> bool:
    stamp = place / ".stamp"
    return stamp.is_file() and stamp.read_text(encoding="utf-8") == pins


def _stamp(place: Path, pins: str) -> None:
    (place / ".stamp").write_text(pins, encoding="utf-8")
