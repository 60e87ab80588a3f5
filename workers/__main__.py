"""python -m workers [QUEUE ...]: a worker for these queues (all by default). python -m workers clock: the clock."""

import signal
import sys
import threading
from collections.abc import Sequence

from rq import SimpleWorker
from rq.serializers import JSONSerializer
from rq.worker import DequeueStrategy

from plugin import telemetry
from plugin.adapters.queue import QUEUES, connect, make_queue
from plugin.bootstrap import build
from plugin.settings import Settings
from workers import jobs
from workers.schedule import Clockwork

LONGEST_WAIT_SECONDS = 30


class InProcessWorker(SimpleWorker):
    """Runs jobs without forking: ours are short, never hang on a socket for ever, and a fork costs more than they do."""


def main(argv: Sequence[str]) -> None:
    settings = Settings.from_env()
    if list(argv) == ["clock"]:
        telemetry.configure(settings, process="clock")
        run_clock(settings)
        return
    telemetry.configure(settings, process="worker")
    run_worker(settings, argv or QUEUES)


def run_worker(settings: Settings, queues: Sequence[str]) -> None:
    jobs.plugin()  # everything is imported and built before the first job waits
    connection = connect(settings.redis_url or "", longest_wait=2 * LONGEST_WAIT_SECONDS)
    worker = InProcessWorker(
        [make_queue(name, connection) for name in queues],
        connection=connection,
        serializer=JSONSerializer,
        worker_ttl=LONGEST_WAIT_SECONDS,
    )
    # In turns: one store's flood of webhooks must not keep dates and mails of the others back.
    worker.work(logging_level="WARNING", dequeue_strategy=DequeueStrategy.ROUND_ROBIN)


def run_clock(settings: Settings) -> None:
    stop = threading.Event()
    for number in (signal.SIGINT, signal.SIGTERM):
        signal.signal(number, lambda *_: stop.set())
    Clockwork(build(settings)).run(stop)


if __name__ == "__main__":
    main(sys.argv[1:])
