"""The purge call, as Fastly, Cloudflare and a plain cache understand it, on a server of this machine."""

import json
import threading
from collections.abc import Iterator
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any

import pytest

from plugin.adapters.page_cache import HttpPageCache, Style
from plugin.services.errors import GiveUp, RetryLater


@dataclass
class Cache:
    """A cache that answers `status` and remembers what it was asked."""

    url: str = ""
    status: int = 200
    asked: list[tuple[str, dict[str, str], Any]] = field(default_factory=list)


@pytest.fixture
def cache() -> Iterator[Cache]:
    cache = Cache()

    class Handler(BaseHTTPRequestHandler):
        def do_POST(self) -> None:
            body = json.loads(self.rfile.read(int(self.headers["Content-Length"])))
            cache.asked.append((self.path, {name.lower(): text for name, text in self.headers.items()}, body))
            self.send_response(cache.status)
            self.send_header("Location", f"{cache.url}/elsewhere")
            self.send_header("Content-Length", "0")
            self.end_headers()

        def log_message(self, *_: object) -> None:
            pass

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    cache.url = f"http://127.0.0.1:{server.server_port}/purge"
    threading.Thread(target=server.serve_forever, daemon=True).start()
    yield cache
    server.shutdown()
    server.server_close()


@pytest.mark.parametrize(
    ("style", "header", "value", "body"),
    [
        ("plain", "authorization", "Bearer s3cret", {"surrogate_keys": ["a", "b"]}),
        ("fastly", "fastly-key", "s3cret", {"surrogate_keys": ["a", "b"]}),
        ("cloudflare", "authorization", "Bearer s3cret", {"tags": ["a", "b"]}),
    ],
)
def test_each_kind_of_cache_is_asked_its_own_way(
    cache: Cache, style: Style, header: str, value: str, body: Any
) -> None:
    HttpPageCache(cache.url, style, "s3cret").purge(["a", "b"])
    [(path, headers, sent)] = cache.asked
    assert (path, headers[header], sent) == ("/purge", value, body)


@pytest.mark.parametrize("status", [408, 429, 500, 503])
def test_trouble_on_its_side_is_for_later(cache: Cache, status: int) -> None:
    cache.status = status
    with pytest.raises(RetryLater, match=str(status)):
        HttpPageCache(cache.url, "plain", "").purge(["a"])


@pytest.mark.parametrize("status", [301, 307, 400, 401, 404])
def test_a_no_is_final_and_a_way_elsewhere_is_not_taken(cache: Cache, status: int) -> None:
    cache.status = status
    with pytest.raises(GiveUp, match="PURGE_SECRET"):
        HttpPageCache(cache.url, "plain", "s3cret").purge(["a"])
    assert [path for path, _, _ in cache.asked] == ["/purge"]


def test_nobody_there_is_for_later_and_the_secret_is_not_shown() -> None:
    cache = HttpPageCache("http://127.0.0.1:1/purge", "plain", "s3cret")
    with pytest.raises(RetryLater) as raised:
        cache.purge(["a"])
    assert "s3cret" not in str(raised.value) + repr(cache)
