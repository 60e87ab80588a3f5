"""Wakes workers by name over RQ. Redis only wakes: the database remembers, so a wake-up that is lost costs a second."""

import hashlib

import redis
import structlog
from redis.exceptions import RedisError
from rq import Queue
from rq.serializers import JSONSerializer

INBOX, OUTBOX, SYNC = "inbox", "outbox", "sync"
QUEUES = (INBOX, OUTBOX, SYNC)
"""A worker takes a job of each in turn."""

JOBS: dict[str, tuple[str, int]] = {
    "drain_inbox": (INBOX, 600),
    "renew_pages": (INBOX, 60),
    "publish": (OUTBOX, 600),
    "deliver": (OUTBOX, 600),
    "purge_pages": (OUTBOX, 600),
    "set_up": (SYNC, 3600),
    "forget_old": (SYNC, 3600),
    "reconcile": (SYNC, 3600),
    "new_day": (SYNC, 3600),
    "judge": (SYNC, 3600),
    "enforce": (SYNC, 3600),
    "refund": (OUTBOX, 600),
    "finish_leaving": (SYNC, 3600),
    "read_bounces": (OUTBOX, 600),
    "place_script": (SYNC, 600),
    "check_script": (SYNC, 600),
}
"""Name → queue and the seconds a job may take. Each is a function in workers/jobs.py; a test resolves every one."""

ASLEEP_AGAIN_AFTER = 60
"""Seconds after which a wake-up that nobody answered no longer keeps others back."""

log = structlog.get_logger(__name__)


def connect(url: str, *, longest_wait: float = 5) -> "redis.Redis":
    """A connection whose waits are short, in seconds: a slow Redis must never hold up what can do without it."""
    return redis.Redis.from_url(url, socket_timeout=longest_wait, socket_connect_timeout=2)


def make_queue(name: str, connection: "redis.Redis") -> Queue:
    return Queue(name, connection=connection, serializer=JSONSerializer)


class RqQueue:
    """One waiting job for each name and arguments; more wake-ups than that say nothing new."""

    def __init__(self, connection: "redis.Redis") -> None:
        self._connection = connection
        self._queues = {name: make_queue(name, connection) for name in QUEUES}

    def wake(self, job: str, *args: str | int) -> None:
        """Queue the job unless one like it is waiting. Silent when Redis is away: the clock looks again."""
        queue, seconds = JOBS[job]
        try:
            if self._connection.set(waiting_key(job, *args), 1, nx=True, ex=ASLEEP_AGAIN_AFTER):
                self._queues[queue].enqueue_call(
                    f"workers.jobs.{job}", args=args, timeout=seconds, result_ttl=0, failure_ttl=7 * 24 * 3600
                )
        except RedisError as error:
            log.warning("redis_away", job=job, reason=str(error))

    def woken(self, job: str, *args: str | int) -> None:
        """The job has begun: from now on a wake-up means work it may not see."""
        try:
            self._connection.delete(waiting_key(job, *args))
        except RedisError as error:
            log.warning("redis_away", job=job, reason=str(error))


def waiting_key(job: str, *args: str | int) -> str:
    """Short, and safe whatever the arguments are."""
    digest = hashlib.sha256("\x00".join(map(str, args)).encode()).hexdigest()[:16]
    return f"backorder:waiting:{job}:{digest}"
