"""The usual receiver: a Flask view that puts one RQ job in Redis for each webhook; and the job."""

import delivery
import redis
from flask import Flask, request
from rq import Queue

app = Flask(__name__)
queue = Queue("bench", connection=redis.Redis.from_url(delivery.QUEUE_URL))


@app.post("/webhooks")
def take_in() -> str:
    queue.enqueue("naive.handle", delivery.opened(request.get_data(), request.headers), result_ttl=0)
    return ""


def handle(event: dict) -> None:
    delivery.note([delivery.number_of(event)])


def nothing(_number: int) -> None:
    """For counting jobs."""
