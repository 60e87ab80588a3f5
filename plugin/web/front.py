"""The whole HTTP side as one ASGI application: webhooks go to the receiver, everything else to Flask, on its threads."""

import asyncio
from concurrent.futures import ThreadPoolExecutor
from io import BytesIO
from typing import Any, cast

from a2wsgi.asgi_typing import HTTPScope, Receive, Scope, Send
from a2wsgi.wsgi import Body, build_environ
from flask import Flask
from werkzeug.datastructures import Headers
from werkzeug.test import run_wsgi_app

from plugin.bootstrap import Plugin
from plugin.web.app import LARGEST_BODY, create_app
from plugin.web.webhooks import Receiver, Waker


class Front:
    """What a web process serves."""

    def __init__(self, plugin: Plugin) -> None:
        self._webhooks = plugin.manifest.webhooks.path
        self._receiver = Receiver(plugin, Waker(plugin.queue, gather=plugin.settings.webhook_gather_seconds))
        self._pages = Pages(create_app(plugin), threads=plugin.settings.web_threads)

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != "http":
            return
        if scope["path"] == self._webhooks:
            await self._receiver(scope, receive, send)
        else:
            await self._pages(scope, receive, send)


class Pages:
    """Flask behind ASGI: the whole request goes to a thread at once, and the whole answer comes back.

    a2wsgi's own way, a trip to the loop and back for each part of either, costs three times as much for a small answer.
    """

    def __init__(self, app: Flask, *, threads: int) -> None:
        self._app = app
        self._threads = ThreadPoolExecutor(threads, thread_name_prefix="pages")

    async def __call__(self, scope: HTTPScope, receive: Receive, send: Send) -> None:
        body = BytesIO(await _read(receive))
        environ = cast("dict[str, Any]", build_environ(scope, cast("Body", body)))
        status, headers, content = await asyncio.get_running_loop().run_in_executor(
            self._threads, self._answer, environ
        )
        lines = [(name.lower().encode("latin-1"), value.encode("latin-1")) for name, value in headers]
        await send({"type": "http.response.start", "status": status, "headers": lines})
        await send({"type": "http.response.body", "body": content})

    def _answer(self, environ: dict[str, Any]) -> tuple[int, Headers, bytes]:
        parts, status, headers = run_wsgi_app(self._app, environ, buffered=True)
        return int(status.partition(" ")[0]), headers, b"".join(parts)


async def _read(receive: Receive) -> bytes:
    """The body, or as much of it as shows Flask that it is too large."""
    body, is_whole = b"", False
    while not is_whole and len(body) <= LARGEST_BODY:
        message = await receive()
        if message["type"] != "http.request":
            break
        body += message["body"]
        is_whole = not message.get("more_body", False)
    return body
