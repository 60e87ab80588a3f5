"""`backorder doctor`: is this installation healthy? Each check is one line; any red one makes the command fail."""

import json
import os
import shutil
import sys
from collections.abc import Callable, Iterator
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Literal
from urllib.parse import urlsplit

import click
import redis
from sqlalchemy import make_url

from plugin import embedded
from plugin.adapters.db.engine import make_engine
from plugin.adapters.db.migrations.migrate import SchemaState, head, schema_state
from plugin.services.errors import ServiceError
from plugin.settings import Settings, SettingsInvalid

OLDEST_PYTHON = (3, 11)
LEAST_FREE_BYTES = 200 * 1024 * 1024
OLDEST_VALKEY = (7, 2)
OLDEST_REDIS = (5, 0)
MARKS = {"good": "✓", "note": "·", "bad": "✗"}


@dataclass(frozen=True, slots=True)
class Finding:
    """One line: what was looked at, how it is, and what to do when it is bad."""

    subject: str
    state: Literal["good", "note", "bad"]
    text: str
    store: str = ""


@click.command()
@click.option("--json", "as_json", is_flag=True, help="Print the findings as JSON.")
@click.pass_context
def doctor(ctx: click.Context, *, as_json: bool) -> None:
    """Tell whether this installation is healthy; end with status 1 if anything is red."""
    findings = list(examine())
    if as_json:
        click.echo(json.dumps([asdict(finding) for finding in findings], indent=2, ensure_ascii=False))
    else:
        for finding in findings:
            store = f"{finding.store} " if finding.store else ""
            click.echo(f"{MARKS[finding.state]} {store}{finding.subject:<10} {finding.text}")
    ctx.exit(1 if any(finding.state == "bad" for finding in findings) else 0)


def examine() -> Iterator[Finding]:
    """Make all checks; those that need settings only when the settings can be read."""
    yield _python()
    try:
        settings = Settings.from_env()
    except SettingsInvalid as trouble:
        yield from (Finding("settings", "bad", problem) for problem in trouble.problems)
        return
    yield Finding("settings", "good", f"valid, for {settings.environment}")
    checks: tuple[Callable[[Settings], Finding], ...] = (_data_dir, _disk, _database, _queue, _address, _mail)
    findings = [check(settings) for check in checks]
    yield from findings
    if any(finding.subject == "database" and finding.state == "good" for finding in findings):
        yield from _stores(settings)


def _stores(settings: Settings) -> Iterator[Finding]:
    from plugin.commands.doctor_stores import store_remarks

    for store, remark in store_remarks(settings):
        yield Finding(remark.subject, remark.state, remark.text, store)


def _python() -> Finding:
    version = ".".join(map(str, sys.version_info[:3]))
    if sys.version_info < OLDEST_PYTHON:
        return Finding("python", "bad", f"{version}; Backorder needs 3.11 or newer")
    return Finding("python", "good", f"{version} on {sys.platform}")


def _data_dir(settings: Settings) -> Finding:
    place = settings.data_dir
    try:
        place.mkdir(parents=True, exist_ok=True)
    except OSError as error:
        return Finding("data", "bad", f"{place} cannot be made: {error.strerror}")
    if not os.access(place, os.W_OK | os.X_OK):
        return Finding("data", "bad", f"{place} is not writable for this user")
    return Finding("data", "good", f"{place} is writable")


def _disk(settings: Settings) -> Finding:
    free = shutil.disk_usage(settings.data_dir).free
    if free < LEAST_FREE_BYTES:
        return Finding("disk", "bad", f"{free // 1024**2} MB free in {settings.data_dir}; keep at least 200 MB")
    return Finding("disk", "good", f"{free // 1024**3} GB free")


def _database(settings: Settings) -> Finding:
    url = make_url(settings.database_url)
    where = url.render_as_string(hide_password=True)
    if url.drivername == "sqlite" and not (url.database and Path(url.database).exists()):
        return Finding("database", "note", f"{where} is not there yet; `backorder migrate` makes it")
    engine = make_engine(settings.database_url)
    try:
        state = schema_state(engine)
    except ServiceError as trouble:
        return Finding("database", "bad", f"{where} cannot be used: {trouble}")
    finally:
        engine.dispose()
    return _judge_schema(state, where)


def _judge_schema(state: SchemaState, where: str) -> Finding:
    match state:
        case SchemaState.HEAD:
            return Finding("database", "good", f"{where}, schema {head()}")
        case SchemaState.NEWER:
            return Finding("database", "bad", f"{where} was migrated by a newer version of the app; start that one")
        case SchemaState.EMPTY | SchemaState.BEHIND:
            return Finding("database", "bad", f"{where} has no current schema; run `backorder migrate`")


def _queue(settings: Settings) -> Finding:
    if settings.owns_redis and not embedded.answers(settings.redis_socket):
        try:
            return Finding(
                "queue", "note", f"embedded, not running now; `backorder all` starts {embedded.server_binary()}"
            )
        except embedded.EmbeddedServerMissing as missing:
            return Finding("queue", "bad", str(missing))
    try:
        server = redis.Redis.from_url(settings.redis_url or "", socket_timeout=3, socket_connect_timeout=3)
        facts = server.info()
        policy = server.config_get("maxmemory-policy").get("maxmemory-policy") or ""
    except redis.RedisError as error:
        return Finding("queue", "bad", f"REDIS_URL cannot be used: {error}")
    return _judge_queue(facts, policy)


def _judge_queue(facts: dict[str, object], policy: str) -> Finding:
    is_valkey = "valkey_version" in facts
    name, oldest = ("Valkey", OLDEST_VALKEY) if is_valkey else ("Redis", OLDEST_REDIS)
    version = str(facts["valkey_version" if is_valkey else "redis_version"])
    if tuple(int(part) for part in version.split(".")[:2]) < oldest:
        return Finding("queue", "bad", f"{name} {version} is too old; {'.'.join(map(str, oldest))} or newer is needed")
    if policy and policy != "noeviction":
        return Finding("queue", "bad", f"maxmemory-policy is {policy}; set it to noeviction, or jobs are forgotten")
    return Finding("queue", "good", f"{name} {version} answers")


def _address(settings: Settings) -> Finding:
    parts = urlsplit(settings.base_url)
    if parts.scheme == "https" or settings.environment == "development":
        return Finding("address", "good" if parts.scheme == "https" else "note", settings.base_url)
    return Finding("address", "bad", f"{settings.base_url} must be https: BigCommerce calls nothing else")


def _mail(settings: Settings) -> Finding:
    if settings.smtp_url is None:
        return Finding("mail", "note", "SMTP_URL is not set: mails wait in the outbox")
    parts = urlsplit(settings.smtp_url)
    return Finding("mail", "good", f"through {parts.hostname}, from {settings.mail_from}")
