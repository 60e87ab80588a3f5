"""Queues jobs that do nothing for one of the peers: python fill.py WHICH HOW_MANY."""

import asyncio
import sys


def rq(jobs: int) -> None:
    import naive
    from rq import Queue

    some = [Queue.prepare_data(naive.nothing, (number,), result_ttl=0) for number in range(jobs)]
    for start in range(0, jobs, 500):
        naive.queue.enqueue_many(some[start : start + 500])


def celery(jobs: int) -> None:
    from with_celery import nothing

    for number in range(jobs):
        nothing.delay(number)


def dramatiq(jobs: int) -> None:
    from with_dramatiq import nothing

    for number in range(jobs):
        nothing.send(number)


def huey(jobs: int) -> None:
    from with_huey import nothing

    for number in range(jobs):
        nothing(number)


def arq(jobs: int) -> None:
    from with_arq import SETTINGS, create_pool

    async def fill() -> None:
        pool = await create_pool(SETTINGS)
        for number in range(jobs):
            await pool.enqueue_job("nothing", number)

    asyncio.run(fill())


if __name__ == "__main__":
    {"rq": rq, "celery": celery, "dramatiq": dramatiq, "huey": huey, "arq": arq}[sys.argv[1]](int(sys.argv[2]))
