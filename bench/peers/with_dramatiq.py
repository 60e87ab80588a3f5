"""Dramatiq, for counting jobs that do nothing."""

import os

import dramatiq
from dramatiq.brokers.redis import RedisBroker

dramatiq.set_broker(RedisBroker(url=os.environ["BENCH_QUEUE"]))


@dramatiq.actor(queue_name="bench")
def nothing(_number: int) -> None:
    """For counting jobs."""
