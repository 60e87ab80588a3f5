"""What the app says about itself: structured logs that keep secrets, and metrics that count across processes.

Adapters, web and workers bind tenant, event and job here; every line written inside carries them.
"""

import logging
import logging.config
import os
import re
import shutil
import sys
from collections.abc import Iterator, Mapping, MutableMapping, Sequence
from contextlib import contextmanager
from pathlib import Path
from time import perf_counter
from typing import Any, Protocol

import structlog
from prometheus_client import CONTENT_TYPE_LATEST, CollectorRegistry, Counter, Gauge, Histogram, generate_latest
from prometheus_client.multiprocess import MultiProcessCollector

METRICS_DIRECTORY = "PROMETHEUS_MULTIPROC_DIR"
METRICS_CONTENT_TYPE = CONTENT_TYPE_LATEST
HIDDEN = "[hidden]"
EVENTS, MESSAGE = CLAIMS = ("events", "message")
"""What a job claims one after the other."""

_SECRET_KEY = re.compile(r"secret|token|passw|authorization|cookie|signature|signed_payload|api_?key", re.IGNORECASE)
_JWT = re.compile(r"\beyJ[\w-]{8,}\.[\w-]+\.[\w-]+")
_CREDENTIALS = re.compile(r"(?<=://)[^/\s:@]*:[^/\s@]+(?=@)")
_ADDRESS = re.compile(r"\b[\w.+-]+(?=@[\w-]+\.[\w.-]+)")

_SECONDS = (0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1.0, 2.5, 5.0, 10.0, 30.0)

WEBHOOKS = Counter("backorder_webhooks_total", "Webhooks received.", ["outcome"])
JOBS = Counter("backorder_jobs_total", "Jobs finished.", ["job", "outcome"])
JOB_SECONDS = Histogram("backorder_job_seconds", "How long jobs take.", ["job"], buckets=_SECONDS)
API_CALLS = Counter("backorder_api_calls_total", "Calls to the BigCommerce API.", ["method", "status"])
API_SECONDS = Histogram("backorder_api_seconds", "How long the BigCommerce API takes.", ["method"], buckets=_SECONDS)
MAILS = Counter("backorder_mails_total", "Mails handed to the mail server.", ["kind", "outcome"])
REPAIRS = Counter(
    "backorder_repairs_total", "Differences with the shop that were found, as the journal names them.", ["kind"]
)
STORES_DUE = Gauge(
    "backorder_stores_due",
    "Stores with work that is due, as the clock saw it last.",
    ["work"],
    multiprocess_mode="mostrecent",
)


class LogSettings(Protocol):
    """What telemetry needs to know of the settings."""

    @property
    def log_format(self) -> str: ...
    @property
    def log_level(self) -> str: ...


class StandardError(logging.Handler):
    """Writes to whatever standard error is at that moment; a test or a terminal may have exchanged it."""

    def emit(self, record: logging.LogRecord) -> None:
        sys.stderr.write(f"{self.format(record)}\n")


def configure(settings: LogSettings, *, process: str) -> None:
    """Set up logging for this process: ours and that of every library, in one shape, on standard error."""
    on_terminal = settings.log_format == "console" or (settings.log_format == "auto" and sys.stderr.isatty())
    shared: list[structlog.typing.Processor] = [
        structlog.contextvars.merge_contextvars,
        structlog.stdlib.add_logger_name,
        structlog.stdlib.add_log_level,
        structlog.processors.TimeStamper(fmt="iso", utc=True),
        structlog.stdlib.ExtraAdder(),
    ]
    structlog.configure(
        processors=[*shared, structlog.stdlib.ProcessorFormatter.wrap_for_formatter],
        logger_factory=structlog.stdlib.LoggerFactory(),
        wrapper_class=structlog.stdlib.BoundLogger,
        cache_logger_on_first_use=True,
    )
    formatter = {
        "()": structlog.stdlib.ProcessorFormatter,
        "foreign_pre_chain": shared,
        "processors": [
            structlog.stdlib.ProcessorFormatter.remove_processors_meta,
            *_last_steps(on_terminal=on_terminal),
        ],
    }
    logging.config.dictConfig(_logging_config(formatter, level=settings.log_level.upper()))
    structlog.contextvars.bind_contextvars(process=process)


@contextmanager
def bind(**context: object) -> Iterator[None]:
    """Put tenant= and job= on every line written inside the block, and what is noted there by `working_on`."""
    with structlog.contextvars.bound_contextvars(**context):
        try:
            yield
        finally:
            structlog.contextvars.unbind_contextvars(*CLAIMS)


def working_on(claim: str, ids: Sequence[int]) -> None:
    """Name the rows that were claimed, on every line until the block around it ends: `events=1204…1260 (57)`."""
    if len(ids) == 1:
        structlog.contextvars.bind_contextvars(**{claim: str(ids[0])})
    elif ids:
        structlog.contextvars.bind_contextvars(**{claim: f"{min(ids)}…{max(ids)} ({len(ids)})"})


@contextmanager
def timed(histogram: Histogram, *labels: str) -> Iterator[None]:
    """Record how long the block takes, however it ends."""
    started = perf_counter()
    try:
        yield
    finally:
        histogram.labels(*labels).observe(perf_counter() - started)


def scrub(_logger: object, _method: str, event: MutableMapping[str, Any]) -> MutableMapping[str, Any]:
    """Hide secrets and the person in mail addresses; the last step before a line is written."""
    for key, value in event.items():
        event[key] = _hidden(key, value)
    return event


def exposition() -> bytes:
    """Return all metrics as Prometheus reads them: of every process on this machine where they share a directory."""
    if os.environ.get(METRICS_DIRECTORY):
        registry = CollectorRegistry()
        MultiProcessCollector(registry)  # type: ignore[no-untyped-call]
        return generate_latest(registry)
    return generate_latest()


def fresh_metrics_directory(data_dir: Path) -> dict[str, str]:
    """Empty the directory the processes share their counts in; return the variable that tells them."""
    directory = data_dir / "metrics"
    shutil.rmtree(directory, ignore_errors=True)
    directory.mkdir(parents=True)
    return {METRICS_DIRECTORY: str(directory)}


def _hidden(key: str, value: object) -> object:
    if value and not isinstance(value, bool) and _SECRET_KEY.search(key):
        return HIDDEN
    match value:
        case str():
            without_secrets = _CREDENTIALS.sub(HIDDEN, _JWT.sub(HIDDEN, value))
            return _ADDRESS.sub("…", without_secrets)
        case Mapping():
            return {inner: _hidden(str(inner), content) for inner, content in value.items()}
        case list() | tuple():
            return [_hidden(key, content) for content in value]
        case _:
            return value


def _last_steps(*, on_terminal: bool) -> list[structlog.typing.Processor]:
    if on_terminal:
        return [structlog.processors.format_exc_info, scrub, structlog.dev.ConsoleRenderer(colors=sys.stderr.isatty())]
    return [structlog.processors.format_exc_info, scrub, structlog.processors.JSONRenderer(ensure_ascii=False)]


def _logging_config(formatter: dict[str, Any], *, level: str) -> dict[str, Any]:
    return {
        "version": 1,
        "disable_existing_loggers": False,
        "formatters": {"ours": formatter},
        "handlers": {"stderr": {"()": StandardError, "formatter": "ours"}},
        "root": {"handlers": ["stderr"], "level": level},
        "loggers": {
            "rq": {"level": "WARNING"},
            "urllib3": {"level": "WARNING"},
            "alembic": {"level": "WARNING"},
            "uvicorn": {"level": "WARNING"},
        },
    }
