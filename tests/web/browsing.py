"""The app behind a real port, and a window of Chromium to look at it."""

import threading
from collections.abc import Iterator
from contextlib import contextmanager
from socketserver import ThreadingMixIn
from typing import Any
from wsgiref.simple_server import WSGIRequestHandler, WSGIServer, make_server
from wsgiref.types import WSGIApplication

ARGUMENTS = ["--no-sandbox", "--disable-background-networking", "--disable-gpu"]
PHONE, DESKTOP = {"width": 390, "height": 844}, {"width": 1280, "height": 900}


class Server(ThreadingMixIn, WSGIServer):
    daemon_threads = True


class Quiet(WSGIRequestHandler):
    def log_message(self, *_arguments: Any) -> None:
        pass


@contextmanager
def served(app: WSGIApplication) -> Iterator[str]:
    """The address of a WSGI application, on a free port."""
    server = make_server("127.0.0.1", 0, app, Server, Quiet)
    threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.05}, daemon=True).start()
    yield f"http://127.0.0.1:{server.server_port}"
    server.shutdown()
    server.server_close()


@contextmanager
def window(chromium: str, **options: Any) -> Iterator[Any]:
    from playwright.sync_api import sync_playwright

    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=chromium, args=ARGUMENTS)
        page = browser.new_context(**options).new_page()
        page.set_default_timeout(15_000)
        yield page
        browser.close()
