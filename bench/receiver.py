"""Taking in webhooks, on disk before the answer: ours against the usual ones, each behind a real port with its own queue.

In interleaved rounds each answers sixteen kept-alive connections as fast as it can, then half of that rate. A core's
seconds are those of server, queue and database; the generator runs beside them and its own share is shown.
"""

import threading
import time
from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager, ExitStack, contextmanager
from dataclasses import dataclass, field
from functools import partial
from itertools import count
from pathlib import Path
from statistics import median
from tempfile import TemporaryDirectory

from bench.figures import Goal, Measured
from bench.installed import NotInstalled
from bench.load import Answers, send, webhooks
from bench.machine import DoesNotStart, empty, fsyncs_a_second
from bench.receivers import Receiver, granian, gunicorn, node, ours, peer, uvicorn

ROUNDS = 5
FASTEST = 16_000
"""Webhooks a second that are made beforehand; a receiver that is quicker ends its round early."""
WOKEN_EVERY = 0.05
OURS = "ours: SQLite, group commit, durable"
OURS_POSTGRES = "ours: PostgreSQL, group commit, durable"
NAIVE = "naive: Flask, gunicorn sync, an RQ job each, nothing kept"
BULLMQ_DURABLE = "Fastify + BullMQ, Redis fsyncs every write"
FASTIFY_SQLITE = "Fastify + better-sqlite3, synchronous FULL"
STATIC = "limit: static 200, the same server (uvicorn)"
DISK = "limit: the disk, one fsync after the other"

Start = Callable[[Path], AbstractContextManager[Receiver]]
RECEIVERS: dict[str, Start] = {
    OURS: ours,
    OURS_POSTGRES: partial(ours, database="postgres"),
    NAIVE: partial(peer, command=gunicorn("naive:app")),
    "Flask + Celery, granian, nothing kept": partial(peer, command=granian("with_celery:app")),
    "FastAPI + arq, uvicorn, nothing kept": partial(peer, command=uvicorn("with_arq:app")),
    "Fastify + BullMQ, nothing kept": partial(peer, command=node("fastify_bullmq.mjs")),
    BULLMQ_DURABLE: partial(peer, command=node("fastify_bullmq.mjs"), fsync="always"),
    FASTIFY_SQLITE: partial(peer, command=node("fastify_sqlite.mjs"), queued=False),
    STATIC: partial(peer, command=uvicorn("static:app"), queued=False),
}
CORE, RATE, SHARE = "events/core-s", "events/s", "% generator"
GOALS = (
    Goal(OURS, CORE, NAIVE, least=7),
    Goal(OURS, CORE, BULLMQ_DURABLE, least=1),
    Goal(OURS, RATE, FASTIFY_SQLITE, least=2),
    Goal(OURS, "ms p99 half", most=5),
    Goal(OURS_POSTGRES, CORE, NAIVE),
    Goal(OURS, RATE, STATIC),
    Goal(OURS, RATE, DISK),
)


@dataclass
class Rounds:
    """The figures of one receiver, a list for each."""

    figures: dict[str, list[float]] = field(default_factory=dict)

    def note(self, **values: float) -> None:
        for name, value in values.items():
            self.figures.setdefault(name, []).append(value)

    def medians(self) -> dict[str, float]:
        return {name: median(values) for name, values in self.figures.items()}


def measure(seconds: float) -> Measured:
    missing: dict[str, str] = {}
    numbers = count()
    with TemporaryDirectory(prefix="backorder-bench-") as name, ExitStack() as stack:
        folder = Path(name)
        running = dict(started(stack, folder, missing))
        rounds = {label: Rounds() for label in running}
        for _ in range(ROUNDS):
            for label, receiver in running.items():
                if label not in missing:
                    try_round(label, receiver, numbers, seconds, rounds[label], missing)
        disk = median(fsyncs_a_second(folder, seconds=0.5) for _ in range(ROUNDS))
    rows = {label: each.medians() for label, each in rounds.items() if label not in missing}
    return Measured({**rows, DISK: {RATE: disk}}, GOALS, missing)


def started(stack: ExitStack, folder: Path, missing: dict[str, str]) -> Iterator[tuple[str, Receiver]]:
    """All of them, at once: one that waits costs the others nothing."""
    for label, start in RECEIVERS.items():
        try:
            yield label, stack.enter_context(start(folder))
        except (NotInstalled, DoesNotStart) as problem:
            missing[label] = str(problem)


def try_round(
    label: str, receiver: Receiver, numbers: "count[int]", seconds: float, rounds: Rounds, missing: dict[str, str]
) -> None:
    """A receiver that answers anything but success is out, with the reason."""
    try:
        one_round(receiver, numbers, seconds, rounds)
    except OSError as problem:
        missing[label] = f"{problem} · {receiver.web.last_words()}"


def one_round(receiver: Receiver, numbers: "count[int]", seconds: float, rounds: Rounds) -> None:
    """As fast as it can, then half as fast."""
    full, cores = loaded(receiver, numbers, seconds, rate=None)
    half, _ = loaded(receiver, numbers, seconds * 0.6, rate=full.rate / 2)
    rounds.note(
        **{
            RATE: full.rate,
            CORE: full.answered / cores,
            "ms p50": full.late(0.5),
            "ms p99": full.late(0.99),
            "ms p50 half": half.late(0.5),
            "ms p99 half": half.late(0.99),
            SHARE: 100 * full.own / full.seconds,
        }
    )


def loaded(receiver: Receiver, numbers: "count[int]", seconds: float, rate: float | None) -> tuple[Answers, float]:
    """What came back, and the seconds of a core that server, queue and database took for it."""
    first = next(numbers) * 1_000_000 + 1
    requests = webhooks(first, int((rate or FASTEST) * seconds) + 1, hook_secret=receiver.hook_secret)
    with workers_that_are_quick(receiver):
        before = receiver.spent()
        answers = send(receiver.port, requests, seconds=seconds, rate=rate)
        spent = receiver.spent() - before
    return answers, max(spent, 0.01)


@contextmanager
def workers_that_are_quick(receiver: Receiver) -> Iterator[None]:
    """Empties the queue all the time, as workers would: nobody's wake-up or job is left out because one is waiting."""
    done = threading.Event()

    def work() -> None:
        while not done.wait(WOKEN_EVERY):
            empty(receiver.queue_url)

    worker = threading.Thread(target=work)
    worker.start()
    try:
        yield
    finally:
        done.set()
        worker.join()
        time.sleep(WOKEN_EVERY)
