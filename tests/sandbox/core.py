"""A sandbox at hand: the API by test client, a receiver for its webhooks, and short ways to ask for facts."""

import threading
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

from plugin.sandbox.actions.movements import available
from plugin.sandbox.config import SandboxConfig
from plugin.sandbox.server import create_sandbox

RED_MUG, BLUE_MUG, GLAZED_MUG, TEE, CANDLE, TABLE = 111, 112, 113, 114, 115, 116
RUG = 130


class Shop:
    """One sandbox with one store; `api` calls REST with a token that has every scope of the app."""

    def __init__(self, **config):
        switches = config.pop("switches", {})
        base = SandboxConfig(**{"seed": "small", "plan_quota": 1_000_000, **config})
        self.sandbox = create_sandbox(config=base)
        self.world = self.sandbox.world
        self.store = self.world.first_store
        self.client = self.sandbox.app.test_client()
        self.token = self.world.issue_token(self.store).value
        self.switch(inventory_delay_ms=0, **switches)

    def switch(self, **values):
        self.world.switches = self.world.switches.changed(values)

    def api(self, method, path, json=None, *, token=None, data=None):
        headers = {"X-Auth-Token": self.token if token is None else token}
        url = f"/stores/{self.store.hash}{path}"
        return self.client.open(url, method=method, json=json, data=data, headers=headers)

    def control(self, method, path, json=None):
        return self.client.open(f"/sandbox/api{path}", method=method, json=json)

    def cell(self, product_id, variant_id=0, location_id=1):
        return self.store.cell((product_id, variant_id), location_id)

    def available(self, product_id):
        product = self.store.products[product_id]
        return available(self.world, self.store, product, product.variants[0].id)

    def happened(self, *, after=0):
        """Scopes of everything that happened since, oldest first, without the channel's twins of order events."""
        return [
            event.scope
            for event in self.world.webhooks.events
            if event.id > after and not event.scope.startswith("store/channel/1/")
        ]

    def data_of(self, scope):
        return [event.data for event in self.world.webhooks.events if event.scope == scope]

    @property
    def last_event(self):
        events = self.world.webhooks.events
        return events[-1].id if events else 0


class Receiver:
    """Keeps what was posted; answers with `status`, or with what `answers` holds first."""

    def __init__(self):
        receiver = self
        self.posts = []
        self.status = 200
        self.answers = []
        self._lock = threading.Lock()

        class Handler(BaseHTTPRequestHandler):
            protocol_version = "HTTP/1.1"
            disable_nagle_algorithm = True

            def do_POST(self):
                body = self.rfile.read(int(self.headers["Content-Length"]))
                with receiver._lock:
                    receiver.posts.append((dict(self.headers.items()), body))
                    status = receiver.answers.pop(0) if receiver.answers else receiver.status
                self.send_response(status)
                self.send_header("Content-Length", "0")
                self.end_headers()

            def do_GET(self):
                with receiver._lock:
                    receiver.posts.append(({"path": self.path}, b""))
                self.send_response(receiver.status)
                self.send_header("Content-Length", "0")
                self.end_headers()

            def log_message(self, *_):
                pass

        self.server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        self.server.daemon_threads = True
        self.url = f"http://127.0.0.1:{self.server.server_port}"
        threading.Thread(target=self.server.serve_forever, kwargs={"poll_interval": 0.02}, daemon=True).start()

    def stop(self):
        self.server.shutdown()
        self.server.server_close()
