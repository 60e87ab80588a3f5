"""Calls ASGI where tests speak WSGI: the receiver, mounted in front of the pages as web/front.py has it."""

import asyncio
import threading
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from functools import cache
from http import HTTPStatus
from typing import Any

from flask import Flask
from werkzeug.middleware.dispatcher import DispatcherMiddleware
from werkzeug.wrappers import Request

from plugin.bootstrap import Plugin
from plugin.web.webhooks import Receiver, Waker

CONNECTIONS_ARE_NOT_PASSED_ON = {"connection"}
"""Headers that a WSGI application may not set."""


@dataclass
class Answer:
    status: int
    headers: dict[str, str]
    asked: int
    """How many parts of the body it asked for."""


@cache
def loop() -> asyncio.AbstractEventLoop:
    """One for all tests, on a thread that ends with them."""
    made = asyncio.new_event_loop()
    threading.Thread(target=made.run_forever, daemon=True).start()
    return made


def ask(
    app: Any, *, method: str = "POST", headers: Iterable[tuple[str, str]] = (), parts: Sequence[bytes] = ()
) -> Answer:
    """One request, its body in these parts; no more come when they are over."""
    answer = Answer(0, {}, 0)
    scope = {
        "type": "http",
        "method": method,
        "path": "/webhooks",
        "headers": [(name.lower().encode("latin-1"), value.encode("latin-1")) for name, value in headers],
    }

    async def receive() -> dict[str, Any]:
        answer.asked += 1
        body = parts[answer.asked - 1] if answer.asked <= len(parts) else b""
        return {"type": "http.request", "body": body, "more_body": answer.asked < len(parts)}

    async def send(message: dict[str, Any]) -> None:
        if message["type"] == "http.response.start":
            answer.status = message["status"]
            answer.headers = {name.decode(): value.decode() for name, value in message["headers"]}

    asyncio.run_coroutine_threadsafe(app(scope, receive, send), loop()).result(30)
    return answer


def with_receiver(app: Flask, plugin: Plugin) -> Flask:
    """The pages, with the receiver at its place."""
    receiver = Receiver(plugin, Waker(plugin.queue, gather=plugin.settings.webhook_gather_seconds))

    def mounted(environ: Any, start_response: Any) -> list[bytes]:
        request = Request(environ)
        answer = ask(receiver, method=request.method, headers=list(request.headers), parts=[request.get_data()])
        headers = [(name, value) for name, value in answer.headers.items() if name not in CONNECTIONS_ARE_NOT_PASSED_ON]
        start_response(f"{answer.status} {HTTPStatus(answer.status).phrase}", headers)
        return []

    app.wsgi_app = DispatcherMiddleware(app.wsgi_app, {plugin.manifest.webhooks.path: mounted})  # type: ignore[method-assign]
    return app
