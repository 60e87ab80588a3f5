"""The long-running commands: web, worker and clock apart, as the Procfile runs them, or all in one process tree."""

import fcntl
import os
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import NoReturn

import click

from plugin import embedded, telemetry
from plugin.settings import Settings
from plugin.supervisor import Supervisor, port_answers

PYTHON = sys.executable
KEEP_ALIVE_SECONDS = 75
"""Longer than the routers and proxies in front keep theirs, so that it is never us who hangs up on a request under way."""
STOP_SECONDS = 10
"""What was begun is answered so long after SIGTERM."""


@click.command("all")
def run_all() -> None:
    """Run web, worker and clock in one process tree, with the queue server where REDIS_URL is not set."""
    settings = Settings.from_env()
    telemetry.configure(settings, process="launcher")
    with _only_here(settings.data_dir):
        supervisor = Supervisor()
        add_app(supervisor, settings, env=telemetry.fresh_metrics_directory(settings.data_dir))
        supervisor.run(on_ready=lambda: click.echo(f"Backorder is running on {settings.base_url} (Ctrl-C stops it)."))


def add_app(supervisor: Supervisor, settings: Settings, *, env: dict[str, str], output: Path | None = None) -> None:
    """Add the app's own programmes in their order: queue server, migration, web, worker, clock."""
    command = [PYTHON, "-m", "plugin.cli"]
    if settings.owns_redis:
        add_queue_server(supervisor, settings, output=output)
    supervisor.add("migrate", [*command, "migrate"], env, once=True, output=output)
    listening = port_answers(settings.web_host, settings.port)
    supervisor.add("web", [*command, "web"], env, ready=listening, output=output)
    supervisor.add("worker", [PYTHON, "-m", "workers"], env, output=output)
    supervisor.add("clock", [PYTHON, "-m", "workers", "clock"], env, output=output)


def add_queue_server(supervisor: Supervisor, settings: Settings, *, output: Path | None = None) -> None:
    """Add the embedded queue server, on the socket every process finds in the settings."""
    path = settings.redis_socket
    argv = embedded.server_command(directory=settings.data_dir / "valkey", socket_path=path)
    supervisor.add("valkey", argv, ready=lambda: embedded.answers(path), output=output)


@click.command()
def migrate() -> None:
    """Bring the database to the newest schema; nothing happens where it is already."""
    from plugin.adapters.db.engine import make_engine
    from plugin.adapters.db.migrations import migrate as migrations

    settings = Settings.from_env()
    settings.data_dir.mkdir(parents=True, exist_ok=True)
    engine = make_engine(settings.database_url)
    try:
        migrations.migrate(engine)
    except migrations.SchemaIsNewer as newer:
        raise click.ClickException(str(newer)) from newer
    finally:
        engine.dispose()
    click.echo(f"The database has schema {migrations.head()}.")


@click.command()
@click.option("--host", help="The address to listen on; WEB_HOST by default.")
@click.option("--port", type=click.IntRange(1, 65535), help="The port to listen on; PORT by default.")
def web(*, host: str | None, port: int | None) -> None:
    """Serve HTTP."""
    import uvicorn

    from plugin.web.limited_head import LimitedHead

    settings = Settings.from_env()
    uvicorn.run(
        "plugin.asgi:app",
        host=host or settings.web_host,
        port=port or settings.port,
        workers=settings.web_workers,
        loop="uvloop",
        http=LimitedHead,
        ws="none",
        lifespan="off",
        log_config=None,
        access_log=False,
        proxy_headers=False,  # who asks is found out by web/rate_limit.py, which knows whom to believe
        server_header=False,
        timeout_keep_alive=KEEP_ALIVE_SECONDS,
        timeout_graceful_shutdown=STOP_SECONDS,
    )


@click.command()
@click.argument("queues", nargs=-1)
def worker(queues: tuple[str, ...]) -> NoReturn:
    """Work on all queues, or those named."""
    os.execv(PYTHON, [PYTHON, "-m", "workers", *queues])  # noqa: S606  — becomes that process, so that signals reach it


@click.command()
def clock() -> NoReturn:
    """Do what is due unasked. One per installation is enough: it reopens, reconciles, reminds and prunes."""
    os.execv(PYTHON, [PYTHON, "-m", "workers", "clock"])  # noqa: S606  — becomes that process, so that signals reach it


@contextmanager
def _only_here(data_dir: Path) -> Iterator[None]:
    """Two launchers on one data directory would start two queue servers on one file."""
    data_dir.mkdir(parents=True, exist_ok=True)
    with (data_dir / "launcher.lock").open("w") as lock:
        try:
            fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except OSError as error:
            raise click.ClickException(f"Backorder is already running on {data_dir}.") from error
        yield
