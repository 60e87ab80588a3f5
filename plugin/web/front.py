"""The whole HTTP side as one ASGI application: webhooks go to the receiver, everything else to Flask, on its threads."""

from typing import cast

from a2wsgi import WSGIMiddleware
from a2wsgi.asgi_typing import Receive, Scope, Send
from a2wsgi.wsgi_typing import WSGIApp

from plugin.bootstrap import Plugin
from plugin.web.app import create_app
from plugin.web.webhooks import Receiver, Waker


class Front:
    """What a web process serves."""

    def __init__(self, plugin: Plugin) -> None:
        self._webhooks = plugin.manifest.webhooks.path
        self._receiver = Receiver(plugin, Waker(plugin.queue, gather=plugin.settings.webhook_gather_seconds))
        pages = cast("WSGIApp", create_app(plugin))  # two type stubs of one protocol
        self._pages = WSGIMiddleware(pages, workers=plugin.settings.web_threads)

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] == "http" and scope["path"] == self._webhooks:
            await self._receiver(scope, receive, send)
        else:
            await self._pages(scope, receive, send)
