"""The one door: says clearly what is missing, and never half works."""

import os
import shutil
import subprocess
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]
TOOLS = ("cat", "cksum", "dirname", "id", "rm", "sh")
TOO_OLD = "#!/bin/sh\nexit 1\n"
WITHOUT_VENV = '#!/bin/sh\ncase "$2" in *ensurepip*) exit 1 ;; *"%d.%d"*) echo 3.12 ;; esac\nexit 0\n'


def run_with(python: str, tmp_path: Path, **programmes: str) -> subprocess.CompletedProcess[str]:
    """Call ./run in a place where this is the only Python, and only these programmes are there."""
    tools, project = tmp_path / "bin", tmp_path / "project"
    tools.mkdir()
    project.mkdir()
    for name in TOOLS:
        (tools / name).symlink_to(shutil.which(name) or name)
    for name, script in {"python3": python, **programmes}.items():
        (tools / name).unlink(missing_ok=True)
        (tools / name).write_text(script)
        (tools / name).chmod(0o755)
    for name in ("run", "pyproject.toml", "requirements.lock", "requirements-dev.lock"):
        shutil.copy(ROOT / name, project / name)
    return subprocess.run(
        [str(project / "run"), "doctor"], env={"PATH": str(tools)}, capture_output=True, text=True, check=False
    )


@pytest.mark.parametrize(
    ("python", "sentence"),
    [
        (TOO_OLD, "Backorder needs Python 3.11 or newer (Debian 12, Ubuntu 24.04 and later have it); none was found."),
        (WITHOUT_VENV, "Install its venv package (sudo apt install python3.12-venv) and run again."),
    ],
)
def test_what_is_missing_is_said_in_one_sentence(python: str, sentence: str, tmp_path: Path) -> None:
    result = run_with(python, tmp_path)
    assert result.returncode == 1
    assert sentence in result.stderr
    assert len(result.stderr.splitlines()) <= 2
    assert not (tmp_path / "project" / ".venv").exists()


def test_root_gets_the_missing_package_installed(tmp_path: Path) -> None:
    note = tmp_path / "calls"
    result = run_with(
        WITHOUT_VENV,
        tmp_path,
        **{"id": "#!/bin/sh\necho 0\n", "apt-get": f'#!/bin/sh\necho "$@" >>{note}\n'},
    )
    assert note.read_text().splitlines() == ["update -qq", "install -y -qq python3.12-venv"]
    assert "Installing python3.12-venv, which Python needs to make a virtual environment" in result.stderr


def audited(tmp_path: Path, *, said: str, status: int) -> subprocess.CompletedProcess[str]:
    """`./run audit` where everything is installed and pip-audit says this."""
    project = tmp_path / "project"
    tools = project / ".venv" / "audit" / "bin"
    tools.mkdir(parents=True)
    locks = ("pyproject.toml", "requirements.lock", "requirements-dev.lock")
    for name in ("run", *locks):
        shutil.copy(ROOT / name, project / name)
    for path, script in {
        project / ".venv" / "bin" / "python": "exit 1\n",
        tools / "pip-audit": f"cat <<'END'\n{said}\nEND\nexit {status}\n",
    }.items():
        path.parent.mkdir(exist_ok=True)
        path.write_text(f"#!/bin/sh\n{script}")
        path.chmod(0o755)
    mark = f"{{ pwd; cat {' '.join(locks)}; }} | cksum > .venv/.dev"
    subprocess.run(["sh", "-c", mark], cwd=project, check=True)
    return subprocess.run([str(project / "run"), "audit"], capture_output=True, text=True, check=False)


CLEAN = "No known vulnerabilities found"
FOUND = """Found 1 known vulnerability in 1 package
Name   Version ID            Fix Versions
------ ------- ------------- ------------
jinja2 3.1.3   CVE-2024-34064 3.1.4"""
AWAY = "ERROR:pip_audit._cli:Dependency not found on PyPI and could not be audited: jinja2 (3.1.3)"


@pytest.mark.parametrize(("said", "status", "ends"), [(CLEAN, 0, 0), (FOUND, 1, 1), (AWAY, 1, 1), ("", 0, 1)])
def test_an_audit_is_good_only_where_the_whole_list_was_read_and_nothing_is_on_it(
    tmp_path: Path, said: str, status: int, ends: int
) -> None:
    result = audited(tmp_path, said=said, status=status)
    assert (result.returncode, result.stdout.strip()) == (ends, said)
    assert ("do not take this for an audit" in result.stderr) == (said in {AWAY, ""})


def test_without_a_word_it_explains_itself() -> None:
    result = subprocess.run(
        [str(ROOT / "run")], capture_output=True, text=True, check=True, env={"PATH": os.environ["PATH"]}
    )
    assert [line.split()[1] for line in result.stdout.splitlines()] == [
        "demo", "test", "check", "torture", "bench", "doctor", "audit", "lock", "…",
    ]  # fmt: skip
