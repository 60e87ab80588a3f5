"""The whole way at fixed rates: accepted, queued, worked on. Ours against the naive Flask with RQ and Fastify with BullMQ.

An event's effect is one row with the time when it was there, written once however often the event comes; the shop answers
from memory. A core's seconds are those of web, queue, worker and database together, until a moment after the load's end.
"""

import sqlite3
import time
from collections.abc import Iterator
from contextlib import ExitStack
from dataclasses import dataclass
from functools import partial
from itertools import count
from pathlib import Path
from tempfile import TemporaryDirectory

from bench.crowd import fill
from bench.figures import Goal, Measured
from bench.installed import PEERS, NotInstalled, node_programme, python_of_peers
from bench.load import Answers, send, webhooks
from bench.machine import DoesNotStart, Programme, empty, python
from bench.receiver import Rounds, Start
from bench.receivers import Receiver, built, gunicorn, node, ours, peer

ROUNDS = 5
RATES = (300, 1_500, 4_000)
CONNECTIONS = 64
SETTLING = 1.0
"""Seconds after the load in which work may still be finished; what is not by then counts as late as that at least."""
FIRST_EVENTS, FIRST_SECONDS = 50, 60.0
SHARE_OF_SECONDS = 2 / 3
"""Of the seconds of a round: there are many rounds."""
EVENTS_AN_ORDER = 6
OURS = "ours"
PLANNED = "ours, orders saved and items planned as well"
GATHERED = "ours, as installed: news gathered for two seconds"
NAIVE = "naive: Flask + RQ, a fork for each job"
BULLMQ = "Fastify + BullMQ, nothing kept"
CORE = "events/core-s"


@dataclass(frozen=True, slots=True)
class Pipeline:
    start: Start
    worker: tuple[str, ...]
    rates: tuple[int, ...] = RATES
    settling: float = SETTLING

    def command(self, queue_url: str) -> list[str]:
        kind, *words = self.worker
        if kind == "python":
            return python(*words)
        if kind == "node":
            return node_programme(words[0])
        return [str(python_of_peers().parent / kind), *(word.replace("{queue}", queue_url) for word in words)]


PIPELINES = {
    OURS: Pipeline(ours, ("python", "-m", "bench.drainer", "effect")),
    PLANNED: Pipeline(ours, ("python", "-m", "bench.drainer", "plan")),
    GATHERED: Pipeline(partial(ours, gather=2), ("python", "-m", "bench.drainer", "effect"), RATES[1:2], settling=3.5),
    NAIVE: Pipeline(
        partial(peer, command=gunicorn("naive:app")),
        ("rq", "worker", "--worker-class", "rq.worker.Worker", "--quiet", "--url", "{queue}", "bench"),
        RATES[:2],
    ),
    BULLMQ: Pipeline(partial(peer, command=node("fastify_bullmq.mjs")), ("node", "bullmq_worker.mjs")),
}
GOALS = (
    Goal(f"1,500/s {OURS}", CORE, f"1,500/s {NAIVE}", least=20),
    Goal(f"4,000/s {OURS}", CORE, f"4,000/s {BULLMQ}", least=1.3),
    Goal(f"4,000/s {OURS}", "ack ms p99", most=10),
    Goal(f"4,000/s {OURS}", "lag ms p99", most=100),
    Goal(f"300/s {OURS}", CORE, f"300/s {NAIVE}"),
    Goal(f"300/s {OURS}", CORE, f"300/s {BULLMQ}"),
    Goal(f"1,500/s {OURS}", CORE, f"1,500/s {BULLMQ}"),
    Goal(f"1,500/s {PLANNED}", CORE, f"1,500/s {NAIVE}"),
    Goal(f"4,000/s {PLANNED}", CORE, f"4,000/s {BULLMQ}"),
)


@dataclass(frozen=True, slots=True)
class Running:
    pipeline: Pipeline
    receiver: Receiver
    worker: Programme

    def spent(self) -> float:
        return self.receiver.spent() + self.worker.spent()


def measure(seconds: float) -> Measured:
    """Only the pipeline whose turn it is runs: idle workers ask their queue, and that costs the others."""
    rounds: dict[str, Rounds] = {}
    missing = {f"4,000/s {NAIVE}": "left out, as it does not keep up with 1,500/s"}
    numbers = count()
    for _ in range(ROUNDS):
        for label, pipeline in PIPELINES.items():
            if label in missing:
                continue
            with TemporaryDirectory(prefix="backorder-bench-") as name, ExitStack() as stack:
                try:
                    running = start(stack, pipeline, Path(name))
                    _all_rates(label, running, numbers, seconds * SHARE_OF_SECONDS, rounds)
                except (NotInstalled, DoesNotStart, OSError) as problem:
                    missing[label] = str(problem)
    rows = {label: each.medians() for label, each in sorted(rounds.items(), key=_rate_first)}
    return Measured(rows, GOALS, missing)


def _rate_first(row: tuple[str, Rounds]) -> int:
    return int(row[0].partition("/s")[0].replace(",", ""))


def start(stack: ExitStack, pipeline: Pipeline, folder: Path) -> Running:
    receiver = stack.enter_context(pipeline.start(folder))
    if "DATA_DIR" in receiver.env:
        _stock_the_shop(receiver)
    env = {"PYTHONPATH": str(PEERS), "BENCH_QUEUE": "", "BENCH_SECRET": "none", **receiver.env}
    if pipeline.worker[0] == "python":
        env["PYTHONPATH"] = ""
    command = pipeline.command(receiver.queue_url)
    worker = Programme(command, env=env, log=folder / "worker.log", cwd=None if not env["PYTHONPATH"] else folder)
    stack.callback(worker.stop)
    return Running(pipeline, receiver, worker)


def _stock_the_shop(receiver: Receiver) -> None:
    env = receiver.env
    plugin = built(Path(env["DATA_DIR"]), env["DATABASE_URL"], receiver.queue_url)
    fill(plugin, 500)
    plugin.engine.dispose()


def _all_rates(label: str, running: Running, numbers: "count[int]", seconds: float, rounds: dict[str, Rounds]) -> None:
    _warm_up(running, next(numbers) * 100_000 + 1)
    for rate in running.pipeline.rates:
        figures = one_rate(running, rate, next(numbers) * 100_000 + 1, seconds)
        rounds.setdefault(f"{rate:,}/s {label}", Rounds()).note(**figures)


def _warm_up(running: Running, first: int) -> None:
    """Until a few events have come through, everything is there, and nothing is done for the first time."""
    receiver = running.receiver
    send(receiver.port, webhooks(first, FIRST_EVENTS, hook_secret=receiver.hook_secret), seconds=FIRST_SECONDS)
    ends = time.perf_counter() + FIRST_SECONDS
    while _done(receiver, first, FIRST_EVENTS) < FIRST_EVENTS:
        if time.perf_counter() > ends or running.worker.process.poll() is not None:
            raise DoesNotStart(running.worker.last_words())
        time.sleep(0.05)


def one_rate(running: Running, rate: int, first: int, seconds: float) -> dict[str, float]:
    receiver = running.receiver
    count_of = int(rate * seconds)
    requests = webhooks(first, count_of, hook_secret=receiver.hook_secret, events_an_order=EVENTS_AN_ORDER)
    before = running.spent()
    answers = send(receiver.port, requests, seconds=seconds, rate=rate, connections=CONNECTIONS)
    loaded_until = answers.clock + answers.seconds
    while (
        _done(receiver, first, count_of) < answers.answered and time.time() < loaded_until + running.pipeline.settling
    ):
        time.sleep(0.05)
    done_in_all, spent, ends = _done(receiver, first, count_of), running.spent() - before, time.time()
    lags = sorted(_lags(receiver, answers, first=first, count_of=count_of, rate=rate, ends=ends))
    at_the_end = sum(1 for at in _times(receiver, first, count_of).values() if at <= loaded_until)
    empty(receiver.queue_url)
    return {
        "ack ms p50": answers.late(0.5),
        "ack ms p99": answers.late(0.99),
        "% done at the end": 100 * at_the_end / count_of,
        "lag ms p50": lags[len(lags) // 2] * 1000,
        "lag ms p99": lags[int(len(lags) * 0.99)] * 1000,
        CORE: done_in_all / max(spent, 0.01),
        "% generator": 100 * answers.own / answers.seconds,
    }


def _lags(
    receiver: Receiver, answers: Answers, *, first: int, count_of: int, rate: int, ends: float
) -> Iterator[float]:
    """From the moment an event was due to be sent to its effect; for those without one, to now."""
    times = _times(receiver, first, count_of)
    for number in range(count_of):
        yield times.get(first + number, ends) - (answers.clock + number / rate)


def _done(receiver: Receiver, first: int, count_of: int) -> int:
    with sqlite3.connect(receiver.effects, timeout=10) as connection:
        (done,) = connection.execute(
            "SELECT count(*) FROM effects WHERE event BETWEEN ? AND ?", (first, first + count_of - 1)
        ).fetchone()
    connection.close()
    return int(done)


def _times(receiver: Receiver, first: int, count_of: int) -> dict[int, float]:
    with sqlite3.connect(receiver.effects, timeout=10) as connection:
        rows = connection.execute(
            "SELECT event, at FROM effects WHERE event BETWEEN ? AND ?", (first, first + count_of - 1)
        ).fetchall()
    connection.close()
    return dict(rows)
