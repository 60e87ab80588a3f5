"""Huey, for counting jobs that do nothing."""

import os

from huey import RedisHuey

huey = RedisHuey("bench", url=os.environ["BENCH_QUEUE"], results=False)


@huey.task()
def nothing(_number: int) -> None:
    """For counting jobs."""
