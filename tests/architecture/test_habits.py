"""The habits of CONTRIBUTING.md that a machine can hold."""

import ast
import re
import subprocess
from pathlib import Path

import pytest

from tests.architecture.sources import ALL_FOLDERS, APP_FOLDERS, ROOT, files, text_of, tree_of

SOURCES = files(*ALL_FOLDERS)
FORBIDDEN_NAMES = re.compile(r"(^|_)(utils?|helpers?|common|managers?|handlers?|misc)(_|$)")
LONGEST_FILE = 400
TALKED_ABOUT = {
    "plugin/adapters/db/tables.py": "every table in one place, so that one look shows that the tenant comes first",
}
TEXT_FILES = {".py", ".md", ".toml", ".json", ".html", ".css", ".js", ".txt", ".sh", ".yml", ".yaml"}


def relative(path: Path) -> str:
    return str(path.relative_to(ROOT))


def tracked_text() -> list[Path]:
    names = subprocess.run(
        ["git", "ls-files"], cwd=ROOT, capture_output=True, text=True, check=True
    ).stdout.splitlines()
    found = [ROOT / name for name in names if Path(name).suffix in TEXT_FILES or Path(name).name in {"run", "Procfile"}]
    return [path for path in found if path.exists()]


def test_every_module_says_in_a_few_lines_what_lives_there() -> None:
    wrong = []
    for path in SOURCES:
        tree = tree_of(path)
        docstring = ast.get_docstring(tree)
        if not tree.body and path.name == "__init__.py":
            continue
        lines = [line for line in (docstring or "").splitlines() if line.strip()]
        if not 1 <= len(lines) <= 12:
            wrong.append(relative(path))
    assert wrong == []


def test_no_file_or_folder_has_a_name_that_says_nothing() -> None:
    assert [
        relative(path) for path in SOURCES if any(FORBIDDEN_NAMES.search(part) for part in path.with_suffix("").parts)
    ] == []


def test_nothing_is_put_off_or_left_out() -> None:
    later = re.compile(r"\b(TODO|FIXME|XXX)\b|pytest\.mark\.(skip\b|xfail)|raise NotImplementedError")
    found = [
        relative(path)
        for path in tracked_text()
        if path not in {Path(__file__), ROOT / "pyproject.toml"} and later.search(text_of(path))
    ]
    assert found == []


def test_code_is_not_commented_out_by_a_pragma_without_a_reason() -> None:
    bare = re.compile(r"#\s*(noqa(?::\s*[A-Z0-9, ]+)?|type:\s*ignore)\s*$")
    found = [
        f"{relative(path)}:{number}"
        for path in files(*APP_FOLDERS)
        for number, line in enumerate(text_of(path).splitlines(), 1)
        if bare.search(line)
    ]
    assert found == []


def test_no_source_file_outgrows_one_story() -> None:
    long = {
        relative(path): count
        for path in files(*APP_FOLDERS)
        if (count := len(text_of(path).splitlines())) > LONGEST_FILE
        and relative(path) not in TALKED_ABOUT
        and path.parent.name != "versions"  # a migration is written once and read from top to bottom
    }
    assert long == {}


@pytest.mark.parametrize("folder", ["plugin", "workers", "tests"])
def test_package_files_run_nothing(folder: str) -> None:
    busy = [
        relative(path)
        for path in ROOT.glob(f"{folder}/**/__init__.py")
        if "sandbox" not in path.parts  # a programme of its own
        and any(not isinstance(node, ast.Expr) for node in tree_of(path).body)
    ]
    assert busy == []


def test_nothing_of_a_developers_machine_is_in_the_project() -> None:
    traces = [str(place) for place in (ROOT, Path.home()) if len(place.parts) > 1]
    found = [relative(path) for path in tracked_text() if any(f"{trace}/" in text_of(path) for trace in traces)]
    assert found == []
