"""The whole HTTP side as one ASGI application: webhooks go to the receiver, everything else to Flask, on its threads."""

import asyncio
from concurrent.futures import ThreadPoolExecutor
from contextlib import closing
from dataclasses import dataclass
from functools import partial
from io import BytesIO
from itertools import islice
from typing import Any, cast

from a2wsgi.asgi_typing import HTTPScope, Receive, Scope, Send
from a2wsgi.wsgi import Body, build_environ
from flask import Flask
from werkzeug.test import run_wsgi_app
from werkzeug.wsgi import ClosingIterator

from plugin.bootstrap import Plugin
from plugin.web.app import LARGEST_BODY, create_app
from plugin.web.webhooks import Receiver, Waker, body_of

PARTS_AT_ONCE = 500
"""Lines of a stream that one trip to the thread brings."""


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
    """Flask behind ASGI: the whole request goes to a thread at once, and the whole answer comes back, but for a stream.

    a2wsgi's own way, a trip to the loop and back for each part of either, costs three times as much for a small answer.
    """

    def __init__(self, app: Flask, *, threads: int) -> None:
        self._app = app
        self._threads = ThreadPoolExecutor(threads, thread_name_prefix="pages")

    async def __call__(self, scope: HTTPScope, receive: Receive, send: Send) -> None:
        body = BytesIO(await body_of(receive, most=LARGEST_BODY))
        environ = cast("dict[str, Any]", build_environ(scope, cast("Body", body)))
        on_thread = partial(asyncio.get_running_loop().run_in_executor, self._threads)
        answer = await on_thread(self._answer, environ)
        await send({"type": "http.response.start", "status": answer.status, "headers": answer.headers})
        while answer.rest and (part := await on_thread(answer.next_part)):
            await send({"type": "http.response.body", "body": part, "more_body": True})
        await send({"type": "http.response.body", "body": answer.content})

    def _answer(self, environ: dict[str, Any]) -> "Answer":
        parts, status, headers = run_wsgi_app(self._app, environ)
        answer = Answer(
            int(status.partition(" ")[0]),
            [(name.lower().encode("latin-1"), value.encode("latin-1")) for name, value in headers],
        )
        if "Content-Length" in headers:
            with closing(ClosingIterator(parts)) as all_parts:
                answer.content = b"".join(all_parts)
        else:
            answer.rest = ClosingIterator(parts)
        return answer


@dataclass(slots=True)
class Answer:
    """What Flask says: all of it in `content`, or `rest` to be asked for as it is sent."""

    status: int
    headers: list[tuple[bytes, bytes]]
    content: bytes = b""
    rest: ClosingIterator | None = None

    def next_part(self) -> bytes:
        """Empty when all is said."""
        part = b"".join(islice(self.rest or (), PARTS_AT_ONCE))
        if not part and self.rest:
            self.rest.close()
        return part
