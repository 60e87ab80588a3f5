"""The other job queues: how each is filled, worked and asked what is left, to count jobs that do nothing.

Counted from the moment a tenth is done, so that nobody's start counts, until nothing is left. A core's seconds are those of
the worker, with all it forks, and of the queue server.
"""

import time
from collections.abc import Callable
from contextlib import ExitStack
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import redis

from bench.installed import PEERS, node_programme, python_of_peers
from bench.load import SECRET
from bench.machine import DoesNotStart, Programme, queue_server
from bench.receivers import make_effects

LONGEST = 60.0
LOOK_EVERY = 0.005
Left = Callable[["redis.Redis"], Any]


@dataclass(frozen=True, slots=True)
class JobQueue:
    name: str
    jobs: int
    """As many as take a second or two."""
    worker: tuple[str, ...]
    left: Left
    is_node: bool = False

    def filler(self) -> list[str]:
        if self.is_node:
            return [*node_programme("bullmq_fill.mjs"), str(self.jobs)]
        return [str(python_of_peers()), str(PEERS / "fill.py"), self.name, str(self.jobs)]

    def command(self) -> list[str]:
        first, *rest = self.worker
        return node_programme(first) if self.is_node else [str(python_of_peers().parent / first), *rest]


def rq(worker: str, *, jobs: int) -> JobQueue:
    words = ("rq", "worker", "--worker-class", f"rq.worker.{worker}", "--quiet", "--url", "{queue}", "bench")
    return JobQueue("rq", jobs, words, lambda server: server.llen("rq:queue:bench"))


RQ_SIMPLE = "RQ SimpleWorker"
BULLMQ = "BullMQ, 50 at a time"
JOB_QUEUES = {
    RQ_SIMPLE: rq("SimpleWorker", jobs=1_500),
    "RQ Worker, forks": rq("Worker", jobs=60),
    "Celery, solo": JobQueue(
        "celery",
        2_500,
        ("celery", "--app", "with_celery:tasks", "worker", "--pool", "solo", "--loglevel", "error"),
        lambda server: server.llen("celery") + server.hlen("unacked"),
    ),
    "Dramatiq, 8 threads": JobQueue(
        "dramatiq",
        4_000,
        ("dramatiq", "with_dramatiq", "--processes", "1", "--threads", "8"),
        lambda server: server.hlen("dramatiq:bench.msgs"),
    ),
    "Huey, 8 threads": JobQueue(
        "huey",
        10_000,
        ("huey_consumer", "with_huey.huey", "--workers", "8", "--quiet"),
        lambda server: server.llen("huey.redis.bench"),
    ),
    "arq, 500 at a time": JobQueue("arq", 3_000, ("arq", "with_arq.Work"), lambda server: server.zcard("arq:queue")),
    BULLMQ: JobQueue(
        "bullmq",
        15_000,
        ("bullmq_worker.mjs",),
        lambda server: server.llen("bull:bench:wait") + server.llen("bull:bench:active"),
        is_node=True,
    ),
}


def worked(queue: JobQueue, folder: Path) -> tuple[float, float]:
    """Jobs a second: of one core, and by the clock."""
    with ExitStack() as stack:
        server, url = stack.enter_context(queue_server(folder))
        effects = folder / "no-effects.sqlite3"
        if not effects.exists():
            make_effects(effects)
        env = {"PYTHONPATH": str(PEERS), "BENCH_QUEUE": url, "BENCH_SECRET": SECRET, "BENCH_EFFECTS": str(effects)}
        filler = Programme(queue.filler(), env=env, log=folder / "filler.log", cwd=folder)
        stack.callback(filler.stop)
        if filler.process.wait(LONGEST):
            raise DoesNotStart(filler.last_words())
        connection = stack.enter_context(redis.Redis.from_url(url))
        command = [word.replace("{queue}", url) for word in queue.command()]
        worker = Programme(command, env=env, log=folder / "worker.log", cwd=folder)
        stack.callback(worker.stop)
        return _counted(queue, connection, worker, lambda: worker.spent() + server.spent())


def _counted(
    queue: JobQueue, server: "redis.Redis", worker: Programme, spent: Callable[[], float]
) -> tuple[float, float]:
    first = _wait_until(queue, server, worker, most=int(queue.jobs * 0.9))
    begun, before = time.perf_counter(), spent()
    _wait_until(queue, server, worker, most=0)
    lasted, used = time.perf_counter() - begun, spent() - before
    return first / max(used, 0.01), first / lasted


def _wait_until(queue: JobQueue, server: "redis.Redis", worker: Programme, *, most: int) -> int:
    ends = time.perf_counter() + LONGEST
    while (left := int(queue.left(server))) > most:
        if time.perf_counter() > ends or worker.process.poll() is not None:
            raise DoesNotStart(f"{left:,} jobs are left · {worker.last_words()}")
        time.sleep(LOOK_EVERY)
    return left
