"""Who may import whom: the contracts in pyproject.toml, and which library is at home where."""

import ast
import subprocess
import sys
from collections.abc import Iterator
from fnmatch import fnmatch
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]
SOURCES = sorted((*ROOT.glob("plugin/**/*.py"), *ROOT.glob("workers/**/*.py")))
SHARED = {"click", "pydantic", "structlog"}

AT_HOME = {
    "requests": ["plugin.adapters.bigcommerce.client"],
    "sqlalchemy": ["plugin.adapters.db.*", "plugin.bootstrap", "plugin.commands.doctor"],
    "alembic": ["plugin.adapters.db.*"],
    "psycopg": ["plugin.adapters.db.*"],
    "redis": [
        "plugin.adapters.bigcommerce.rate_limit",
        "plugin.adapters.queue",
        "plugin.bootstrap",
        "plugin.commands.doctor",
        "workers*",
    ],
    "rq": ["plugin.adapters.queue", "workers*"],
    "flask": ["plugin.web.*"],
    "werkzeug": ["plugin.web.*", "plugin.wsgi"],
    "smtplib": ["plugin.adapters.mail.*"],
    "babel": ["plugin.adapters.wording.*", "plugin.adapters.mail.*"],
    "holidays": ["plugin.adapters.holidays"],
    "itsdangerous": ["plugin.adapters.links", "plugin.web.*"],
    "prometheus_client": ["plugin.telemetry"],
    "pydantic_settings": ["plugin.settings"],
    "granian": ["plugin.commands.processes"],
    "subprocess": ["plugin.embedded", "plugin.supervisor", "plugin.demo*"],
}


def name_of(path: Path) -> str:
    return ".".join(path.relative_to(ROOT).with_suffix("").parts).removesuffix(".__init__")


def imports_of(path: Path) -> Iterator[str]:
    for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
        if isinstance(node, ast.Import):
            yield from (alias.name.partition(".")[0] for alias in node.names)
        elif isinstance(node, ast.ImportFrom):
            assert node.level == 0, f"{path} imports relatively"
            yield (node.module or "").partition(".")[0]


def is_in(name: str, *packages: str) -> bool:
    return any(name == package or name.startswith(f"{package}.") for package in packages)


APP = [path for path in SOURCES if not is_in(name_of(path), "plugin.sandbox")]


def test_the_import_contracts_are_kept() -> None:
    result = subprocess.run(
        [str(Path(sys.executable).with_name("lint-imports")), "--no-logo", "--no-cache"],
        cwd=ROOT,
        capture_output=True,
        text=True,
        check=False,
    )
    assert result.returncode == 0, result.stdout[-4000:]


@pytest.mark.parametrize("library", sorted(AT_HOME))
def test_a_library_is_used_only_where_it_is_at_home(library: str) -> None:
    strangers = [
        name_of(path)
        for path in APP
        if library in set(imports_of(path)) and not any(fnmatch(name_of(path), home) for home in AT_HOME[library])
    ]
    assert strangers == []


def test_domain_and_services_stand_on_the_standard_library_alone() -> None:
    allowed = set(sys.stdlib_module_names) | {"plugin"}
    foreign = {
        (name_of(path), library)
        for path in APP
        if is_in(name_of(path), "plugin.domain", "plugin.services")
        for library in imports_of(path)
        if library not in allowed
    }
    assert foreign == set()


def test_the_domain_asks_neither_time_nor_chance_nor_the_disk() -> None:
    forbidden = {"time", "random", "secrets", "os", "pathlib", "socket", "uuid", "logging"}
    used = {
        (name_of(path), library)
        for path in APP
        if is_in(name_of(path), "plugin.domain")
        for library in imports_of(path)
    }
    assert {pair for pair in used if pair[1] in forbidden} == set()


def test_nobody_imports_everything() -> None:
    stars = [
        name_of(path)
        for path in SOURCES
        for node in ast.walk(ast.parse(path.read_text(encoding="utf-8")))
        if isinstance(node, ast.ImportFrom) and node.names[0].name == "*"
    ]
    assert stars == []
