"""A shop, its shoppers' inbox and the app, each a real process on a free port; everything is gone when it stops."""

import shutil
import sys
from dataclasses import dataclass
from pathlib import Path

from plugin import telemetry
from plugin.commands.processes import add_app
from plugin.settings import Settings
from plugin.supervisor import Supervisor, free_port, port_answers

STORE = "harborpine"
HOST = "127.0.0.1"
CLIENT_SECRET = "demo-client-secret-of-the-simulated-store-0001"  # noqa: S105 — opens a make-believe shop only


@dataclass(frozen=True, slots=True)
class Town:
    """Where everything is. `supervisor` runs it."""

    sandbox_url: str
    app_url: str
    supervisor: Supervisor
    settings: Settings
    env: dict[str, str]
    log: Path


def build_town(
    directory: Path,
    *,
    native: bool,
    port: int,
    launched: bool = False,
    database_url: str = "",
    gather: float = 0,
) -> Town:
    """Choose ports and put the process tree together; nothing runs yet. The directory is emptied.

    `launched`: the app's processes under a launcher of their own, as on a real host, so that it can be killed too.
    `gather`: seconds a webhook waits for others; who watches sees at once what one does.
    """
    shutil.rmtree(directory, ignore_errors=True)
    directory.mkdir(parents=True)
    sandbox_port, app_port, smtp_port = port or free_port(), free_port(), free_port()
    sandbox_url, app_url = f"http://{HOST}:{sandbox_port}", f"http://{HOST}:{app_port}"
    env = {
        "BACKORDER_ENV": "development",
        "BASE_URL": app_url,
        "PORT": str(app_port),
        "WEB_HOST": HOST,
        "API_URL": sandbox_url,
        "LOGIN_URL": sandbox_url,
        "CLIENT_ID": "backorder-demo",
        "CLIENT_SECRET": CLIENT_SECRET,
        "DATA_DIR": str(directory),
        "DATABASE_URL": database_url,
        "REDIS_URL": "",
        "SMTP_URL": f"smtp://{HOST}:{smtp_port}",
        "MAIL_FROM": "Backorder <backorder@demo.example>",
        "CLOCK_FILE": str(directory / "clock"),
        "RECHECK_SECONDS": "5",
        "MAIL_HOLD_SECONDS": "0",
        "WEBHOOK_GATHER_SECONDS": str(gather),
        "LOG_LEVEL": "warning",
    }
    given = {name.lower(): value for name, value in env.items() if value and name != "BACKORDER_ENV"}
    settings = Settings.model_validate(given)
    supervisor = Supervisor()
    log = directory / "demo.log"
    supervisor.add(
        "sandbox",
        _sandbox_command(sandbox_port, smtp_port, app_url, directory / "clock", native=native),
        ready=port_answers(HOST, sandbox_port),
        output=log,
    )
    env |= telemetry.fresh_metrics_directory(directory)
    if launched:
        argv = [sys.executable, "-m", "plugin.cli", "all"]
        supervisor.add("launcher", argv, env, ready=port_answers(HOST, app_port), output=log)
    else:
        add_app(supervisor, settings, env=env, output=log)
    return Town(sandbox_url, app_url, supervisor, settings, env, log)


def _sandbox_command(port: int, smtp_port: int, app_url: str, clock_file: Path, *, native: bool) -> list[str]:
    options = {
        "--port": str(port),
        "--host": HOST,
        "--smtp-port": str(smtp_port),
        "--app-url": app_url,
        "--client-id": "backorder-demo",
        "--client-secret": CLIENT_SECRET,
        "--store": STORE,
        "--clock-file": str(clock_file),
    }
    flags = [part for option in options.items() for part in option]
    return [sys.executable, "-m", "plugin.cli", "sandbox", *flags, "--native" if native else "--no-native"]
