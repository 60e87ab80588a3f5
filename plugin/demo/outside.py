"""Everything the story may see and do, from outside: the shop's own records, its pages, the inbox, and our REST API."""

import json
import os
import re
import socket
import subprocess
import sys
import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from html import unescape
from threading import Event
from typing import Any
from urllib.parse import urljoin

import urllib3

from plugin.demo.town import STORE, Town

PATIENCE_SECONDS = 15.0
LOOKS_PER_SECOND = 10
MUG = 111


class Unexpected(AssertionError):
    """An answer that ends the story: something is not there at all."""


@dataclass(slots=True)
class Outside:
    town: Town
    http: urllib3.PoolManager = field(default_factory=lambda: urllib3.PoolManager(timeout=20, retries=False))
    api_key: str = ""

    def call(self, method: str, url: str, body: object = None, *, headers: Mapping[str, str] | None = None) -> Any:
        """The answer's JSON, or its text. Raises Unexpected for a refusal."""
        status, text = self.ask(method, url, body, headers=headers)
        if status >= 400:
            raise Unexpected(f"{method} {url} answered {status}: {text[:300]}")
        return json.loads(text) if text[:1] in {"{", "["} else text

    def ask(
        self, method: str, url: str, body: object = None, *, headers: Mapping[str, str] | None = None
    ) -> tuple[int, str]:
        sent = {"Content-Type": "application/json", **(headers or {})}
        data = json.dumps(body).encode() if body is not None else None
        answer = self.http.request(method, url, body=data, headers=sent)
        return answer.status, answer.data.decode("utf-8", "replace")

    def world(self, method: str, path: str, body: object = None) -> Any:
        return self.call(method, f"{self.town.sandbox_url}/sandbox/api{path}", body)

    def shop(self, method: str, path: str, body: object = None) -> Any:
        return self.world(method, f"/stores/{STORE}{path}", body)

    def app(self, method: str, path: str, body: object = None) -> Any:
        headers = {"Authorization": f"Bearer {self.api_key}"}
        return self.call(method, f"{self.town.app_url}/api/v1{path}", body, headers=headers)

    def command(self, *words: str) -> str:
        """Run our own command line as an operator would."""
        argv = [sys.executable, "-m", "plugin.cli", *words]
        done = subprocess.run(argv, env={**os.environ, **self.town.env}, capture_output=True, text=True, check=False)  # noqa: S603 — our own words
        if done.returncode:
            raise Unexpected(f"backorder {' '.join(words)}: {done.stderr.strip() or done.stdout.strip()}")
        return done.stdout.strip()

    def command_output(self, *words: str) -> str:
        """What it printed, however it ended."""
        argv = [sys.executable, "-m", "plugin.cli", *words]
        done = subprocess.run(argv, env={**os.environ, **self.town.env}, capture_output=True, text=True, check=False)  # noqa: S603 — our own words
        return done.stdout

    def buy(
        self, quantity: int, name: str, *, country: str = "US", locale: str = "en", product: int = MUG
    ) -> int | None:
        """The order's number, None if the shop refused."""
        guest = {"first_name": name, "last_name": "Example", "email": self.address(name), "country_iso2": country}
        order = {"lines": [{"product_id": product, "quantity": quantity}], "guest": guest, "locale": locale}
        status, text = self.ask("POST", f"{self.town.sandbox_url}/sandbox/api/stores/{STORE}/orders", order)
        if status == 409:
            return None
        if status >= 400:
            raise Unexpected(f"The shop answered {status}: {text[:300]}")
        return int(json.loads(text)["id"])

    @staticmethod
    def address(name: str) -> str:
        return f"{name.lower()}@example.com"

    def product(self, number: int = MUG) -> dict[str, Any]:
        product: dict[str, Any] = self.shop("GET", f"/products/{number}")
        return product

    def page(self) -> str:
        """The product page's words, as a browser without scripts shows them."""
        return self.words(f"{self.town.sandbox_url}/shop/{STORE}/products/{MUG}")

    def order(self, number: int) -> dict[str, Any]:
        order: dict[str, Any] = self.shop("GET", f"/orders/{number}")
        return order

    def mails(self, name: str) -> list[dict[str, Any]]:
        found: list[dict[str, Any]] = self.world("GET", f"/mails?to={self.address(name)}&limit=100")["mails"]
        return found

    def told(self, name: str, kind: str) -> int:
        """How many mails of a kind somebody has got."""
        return self.kinds(name).count(kind)

    def kinds(self, name: str) -> list[str]:
        """What somebody was sent, in order; the kind stands in each mail's Feedback-ID."""
        mails = (self.mail(mail["id"]) for mail in self.mails(name))
        return [dict(mail["headers"]).get("Feedback-ID", "").partition(":")[0] for mail in mails]

    def mail(self, number: str) -> dict[str, Any]:
        mail: dict[str, Any] = self.world("GET", f"/mails/{number}")
        return mail

    def flush_queue_server(self) -> None:
        with socket.socket(socket.AF_UNIX) as connection:
            connection.connect(str(self.town.settings.redis_socket))
            connection.sendall(b"FLUSHALL\r\n")
            connection.recv(16)

    def eventually(self, fact: Callable[[], bool], *, patience: float = PATIENCE_SECONDS) -> bool:
        """Whether the fact comes true; looked at from outside until patience runs out."""
        end = time.monotonic() + patience
        while not (true := fact()) and time.monotonic() < end:
            Event().wait(1 / LOOKS_PER_SECOND)
        return true

    def quiet(self) -> None:
        """Wait until the shop has delivered its webhooks and we have stopped calling it."""
        self.world("POST", "/webhooks/wait", {"timeout": 20})
        counts = [-1, self._calls()]
        while counts[-1] != counts[-2]:
            Event().wait(1.2 + self.town.settings.webhook_gather_seconds)
            counts.append(self._calls())

    def _calls(self) -> int:
        return int(self.world("GET", "/calls?limit=1")["total"])

    def words(self, url: str, *, post: Mapping[str, str] | None = None) -> str:
        """What a page says to a browser without scripts, after following where it leads; with `post`, a form is sent."""
        answer = self.http.request("GET" if post is None else "POST", url, fields=post, redirect=False)
        while answer.status in {301, 302, 303, 307, 308}:
            url = urljoin(url, answer.headers["Location"])
            answer = self.http.request("GET", url, redirect=False)
        text = re.sub(r"(?s)<(script|style).*?</\1>|<[^>]+>", " ", answer.data.decode("utf-8", "replace"))
        return re.sub(r"\s+", " ", unescape(text))
