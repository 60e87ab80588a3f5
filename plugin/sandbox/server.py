"""Puts the sandbox together and serves it: `create_sandbox` for tests and the demo, `command` for `backorder sandbox`.

One port, paths instead of hosts: `/stores/…` is the API, `/oauth2` and `/app` the login host, `/shop` the storefront,
`/manage` the control panel, `/sandbox` the panel and its HTTP API.
"""

import copy
import functools
import json
import logging
import sys
import threading
from pathlib import Path
from typing import Any

import click
from flask import Flask, Response, request
from werkzeug.exceptions import HTTPException
from werkzeug.serving import BaseWSGIServer, WSGIRequestHandler, make_server

from plugin.sandbox import login, pages
from plugin.sandbox.config import SandboxConfig
from plugin.sandbox.control import control_blueprint
from plugin.sandbox.mailbox import Mailbox
from plugin.sandbox.rest.refusal import v2_refusal, v3_error
from plugin.sandbox.rest.routes import rest_blueprint
from plugin.sandbox.world import World

TICK_SECONDS = 0.01
CALLERS_WAITING = 1024


class QuietHandler(WSGIRequestHandler):
    """No line per request, and no waiting for small packets to fill up."""

    disable_nagle_algorithm = True

    def log_request(self, code: int | str = "-", size: int | str = "-") -> None:
        """The journal knows."""


class Sandbox:
    """A running stand-in. `world` may be used directly by tests in the same process."""

    def __init__(self, config: SandboxConfig) -> None:
        self.config = config
        self.world = World(config)
        self.mailbox = Mailbox(self.world.now)
        self.app = create_app(self)
        self.url = ""
        self._server: BaseWSGIServer | None = None
        self._threads: list[threading.Thread] = []

    def start(self, port: int | None = None) -> str:
        """Serve on this port, or a free one for 0, and answer the address."""
        wanted = self.config.port if port is None else port
        server = make_server(self.config.host, wanted, self.app, threaded=True, request_handler=QuietHandler)
        # Two hundred shoppers knock at the same moment.
        server.socket.listen(CALLERS_WAITING)
        self._server = server
        self.url = f"http://{self.config.host}:{server.server_port}"
        self.world.public_url = self.config.public_url or self.url
        self.world.stopping.clear()
        self.mailbox.start(self.config.smtp_port)
        self.world.webhooks.start(self.config.delivery_threads)
        for target in (lambda: server.serve_forever(poll_interval=0.05), self._tick):
            thread = threading.Thread(target=target, daemon=True)
            thread.start()
            self._threads.append(thread)
        return self.url

    def _tick(self) -> None:
        """Accepted inventory writes become visible even when nobody asks."""
        while not self.world.stopping.wait(TICK_SECONDS):
            if self.world.has_pending_writes:
                self.world.settle()

    def stop(self) -> None:
        self.world.stopping.set()
        if self._server is not None:
            self._server.shutdown()
            self._server.server_close()
        self.world.webhooks.stop()
        self.mailbox.stop()
        for thread in self._threads:
            thread.join(timeout=5)
        self._threads.clear()


def create_sandbox(*, config: SandboxConfig | None = None) -> Sandbox:
    return Sandbox(config or SandboxConfig())


def create_app(sandbox: Sandbox) -> Flask:
    """Routes are compiled once per process; each sandbox gets a copy that knows its own world."""
    app = copy.copy(routed_app())
    app.extensions = {"sandbox": sandbox}
    return app


@functools.cache
def routed_app() -> Flask:
    app = Flask(
        "plugin.sandbox", template_folder="templates", static_folder="static", static_url_path="/sandbox/static"
    )
    for blueprint in (rest_blueprint(), login.blueprint, control_blueprint(), *pages.blueprints()):
        app.register_blueprint(blueprint)
    app.register_error_handler(HTTPException, in_their_words)
    return app


def in_their_words(problem: HTTPException) -> Response | HTTPException:
    """Unknown API routes and methods are refused as the API would; pages keep their usual errors."""
    if not request.path.startswith("/stores/"):
        return problem
    status = 501 if request.method == "PATCH" else problem.code or 500
    body = v2_refusal(status, problem.name).body if "/v2/" in request.path else v3_error(status, problem.name)
    return Response(json.dumps(body), status=status, mimetype="application/json")


@click.command("sandbox")
@click.option("--port", default=8090, show_default=True, help="Port to listen on; 0 takes a free one.")
@click.option("--host", default="127.0.0.1", show_default=True)
@click.option("--app-url", default="http://127.0.0.1:8000", show_default=True, help="Where the app answers.")
@click.option("--client-id", default=SandboxConfig().client_id, show_default=True)
@click.option("--client-secret", default=SandboxConfig().client_secret)
@click.option("--store", "store_hash", default="harborpine", show_default=True, help="The store's hash.")
@click.option("--seed", type=click.Choice(["full", "small", "empty"]), default="full", show_default=True)
@click.option(
    "--native/--no-native",
    "native_backorders",
    default=True,
    show_default=True,
    help="Whether the store has native backorders.",
)
@click.option("--quota", "plan_quota", default=450, show_default=True, help="API calls per 30 seconds.")
@click.option("--smtp-port", default=0, help="Port of the mailbox; 0 takes a free one.")
@click.option("--clock-file", type=click.Path(path_type=Path), help="File that receives the clock's offset in seconds.")
def command(**options: Any) -> None:
    """Run a stand-in for a BigCommerce store, until interrupted."""
    logging.getLogger("werkzeug").setLevel(logging.ERROR)
    config = SandboxConfig(**options)
    sandbox = create_sandbox(config=config)
    url = sandbox.start()
    click.echo(f"Sandbox store   {url}/shop/{config.store_hash}")
    click.echo(f"Control panel   {sandbox.world.panel_url}/manage/{config.store_hash}")
    click.echo(f"Act as world    {url}/sandbox")
    click.echo(f"HTTP API        {url}/sandbox/openapi.json")
    click.echo(f"App settings    BC_API_URL={url} BC_LOGIN_URL={url} SMTP on port {sandbox.mailbox.port}")
    try:
        sandbox.world.stopping.wait()
    except KeyboardInterrupt:
        sandbox.stop()


def main(argv: list[str] | None = None) -> None:
    command.main(sys.argv[1:] if argv is None else argv, prog_name="backorder sandbox")
