"""FastAPI with arq: one job for each webhook; and the worker that counts jobs that do nothing."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

import delivery
from arq import create_pool
from arq.connections import RedisSettings
from fastapi import FastAPI, Request, Response

SETTINGS = RedisSettings.from_dsn(delivery.QUEUE_URL)
pools = {}


@asynccontextmanager
async def lifespan(_app: FastAPI) -> AsyncIterator[None]:
    pools["jobs"] = await create_pool(SETTINGS)
    yield


app = FastAPI(lifespan=lifespan)


@app.post("/webhooks")
async def take_in(request: Request) -> Response:
    event = delivery.opened(await request.body(), request.headers)
    await pools["jobs"].enqueue_job("handle", event)
    return Response()


async def handle(_context: dict, event: dict) -> None:
    delivery.note([delivery.number_of(event)])


async def nothing(_context: dict, _number: int) -> None:
    """For counting jobs."""


class Work:
    """arq reads its options here; the defaults wait half a second between looks and take ten jobs at a time."""

    functions = (handle, nothing)
    redis_settings = SETTINGS
    max_jobs = 500
    poll_delay = 0.01
    keep_result = 0
    queue_read_limit = 1000
