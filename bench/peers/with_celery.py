"""Flask with Celery: one task for each webhook."""

import delivery
from celery import Celery
from flask import Flask, request

tasks = Celery("bench", broker=delivery.QUEUE_URL.replace("unix://", "redis+socket://"))
tasks.conf.update(task_ignore_result=True, worker_prefetch_multiplier=64, broker_connection_retry_on_startup=True)
app = Flask(__name__)


@app.post("/webhooks")
def take_in() -> str:
    handle.delay(delivery.opened(request.get_data(), request.headers))
    return ""


@tasks.task(name="handle")
def handle(event: dict) -> None:
    delivery.note([delivery.number_of(event)])


@tasks.task(name="nothing")
def nothing(_number: int) -> None:
    """For counting jobs."""
