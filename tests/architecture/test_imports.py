"""Who may import whom: the contracts in pyproject.toml, and which library is at home where."""

import ast
import subprocess
import sys
from fnmatch import fnmatch
from pathlib import Path

import pytest

from tests.architecture.sources import APP_FOLDERS, ROOT, files, is_in, libraries_of, module_of, modules_of, tree_of

AT_HOME = {
    "requests": ["plugin.adapters.bigcommerce.client", "plugin.adapters.page_cache"],
    "sqlalchemy": ["plugin.adapters.db.*", "plugin.bootstrap", "plugin.commands.doctor", "plugin.demo.large_migration"],
    "alembic": ["plugin.adapters.db.*"],
    "psycopg": ["plugin.adapters.db.*"],
    "redis": [
        "plugin.adapters.bigcommerce.rate_limit",
        "plugin.adapters.queue",
        "plugin.adapters.shelf",
        "plugin.bootstrap",
        "plugin.commands.doctor*",
        "plugin.web.rate_limit",
        "workers*",
    ],
    "rq": ["plugin.adapters.queue", "workers*"],
    "flask": ["plugin.web.*"],
    "werkzeug": ["plugin.web.*", "plugin.asgi"],
    "smtplib": ["plugin.adapters.mail.*"],
    "babel": ["plugin.adapters.wording.*", "plugin.adapters.mail.*"],
    "holidays": ["plugin.adapters.holidays"],
    "itsdangerous": ["plugin.adapters.links", "plugin.web.*"],
    "prometheus_client": ["plugin.telemetry"],
    "pydantic_settings": ["plugin.settings"],
    "uvicorn": ["plugin.commands.processes", "plugin.web.limited_head"],
    "subprocess": ["plugin.embedded", "plugin.supervisor", "plugin.demo*"],
}

WAYS_OUT = {
    "aiohttp", "ftplib", "http.client", "httpx", "imaplib", "poplib", "requests", "smtplib", "socket",
    "socketserver", "ssl", "telnetlib", "urllib.request", "urllib3", "xmlrpc.client",
}  # fmt: skip
ASKS_OUTSIDE = {
    "plugin.adapters.bigcommerce.client": "API_URL, LOGIN_URL",
    "plugin.adapters.dns": "the machine's name server",
    "plugin.adapters.mail.imap": "BOUNCE_MAILBOX_URL",
    "plugin.adapters.mail.pop": "BOUNCE_MAILBOX_URL",
    "plugin.adapters.mail.transport": "SMTP_URL",
    "plugin.adapters.page_cache": "PURGE_URL",
    "plugin.embedded": "a socket file of our own",
    "plugin.supervisor": "ports of our own",
}
"""Who opens a connection, and which setting of the operator's says where to: never a store, a shopper or a supplier."""


APP = [path for path in files(*APP_FOLDERS) if not is_in(module_of(path), "plugin.sandbox")]


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
        module_of(path)
        for path in APP
        if library in libraries_of(path) and not any(fnmatch(module_of(path), home) for home in AT_HOME[library])
    ]
    assert strangers == []


def test_whoever_asks_somebody_outside_is_known_by_name() -> None:
    asking = {module_of(path) for path in APP if modules_of(path) & WAYS_OUT}
    assert {module for module in asking if not is_in(module, "plugin.demo")} == ASKS_OUTSIDE.keys()


def test_domain_and_services_stand_on_the_standard_library_alone() -> None:
    allowed = set(sys.stdlib_module_names) | {"plugin"}
    foreign = {
        (module_of(path), library)
        for path in APP
        if is_in(module_of(path), "plugin.domain", "plugin.services")
        for library in libraries_of(path)
        if library not in allowed
    }
    assert foreign == set()


def test_the_domain_asks_neither_time_nor_chance_nor_the_disk() -> None:
    forbidden = {"time", "random", "secrets", "os", "pathlib", "socket", "uuid", "logging"}
    used = {
        (module_of(path), library)
        for path in APP
        if is_in(module_of(path), "plugin.domain")
        for library in libraries_of(path)
    }
    assert {pair for pair in used if pair[1] in forbidden} == set()


def test_nobody_imports_everything() -> None:
    stars = [
        module_of(path)
        for path in files(*APP_FOLDERS)
        for node in ast.walk(tree_of(path))
        if isinstance(node, ast.ImportFrom) and node.names[0].name == "*"
    ]
    assert stars == []


def test_nobody_imports_relatively() -> None:
    assert [module_of(path) for path in files(*APP_FOLDERS, "tests") if "" in libraries_of(path)] == []
