"""Flask behind ASGI: the answer whole where its length is known, else as it is made; and what was opened is closed."""

import asyncio
from collections.abc import Iterator
from typing import Any

import pytest
from flask import Flask, Response, request

from plugin.web.app import LARGEST_BODY
from plugin.web.front import PARTS_AT_ONCE, Pages


def asked(view: Any, *, method: str = "GET", parts: tuple[bytes, ...] = ()) -> list[dict[str, Any]]:
    """What is sent for one request of this view."""
    app = Flask(__name__)
    app.config["MAX_CONTENT_LENGTH"] = LARGEST_BODY
    app.add_url_rule("/", view_func=view, endpoint="view", methods=[method])
    headers = [(b"host", b"x"), (b"content-length", str(sum(map(len, parts))).encode())]
    scope = {
        "type": "http",
        "method": method,
        "path": "/",
        "query_string": b"",
        "http_version": "1.1",
        "headers": headers,
    }
    waiting, sent = [*parts], []

    async def receive() -> dict[str, Any]:
        return {"type": "http.request", "body": waiting.pop(0) if waiting else b"", "more_body": bool(waiting)}

    async def send(message: dict[str, Any]) -> None:
        sent.append(message)

    asyncio.run(Pages(app, threads=1)(scope, receive, send))  # type: ignore[arg-type]
    return sent


def test_a_page_is_sent_whole() -> None:
    start, body = asked(lambda: "hello")
    assert (start["status"], dict(start["headers"])[b"content-length"]) == (200, b"5")
    assert body == {"type": "http.response.body", "body": b"hello"}


def test_a_stream_is_sent_as_it_is_made_and_closed_in_the_end() -> None:
    made: list[str] = []

    def lines() -> Iterator[str]:
        for number in range(PARTS_AT_ONCE + 1):
            yield f"{number}\n"
        made.append("all")

    response = Response(lines(), mimetype="text/csv")
    response.call_on_close(lambda: made.append("closed"))
    _, first, second, end = asked(lambda: response)
    assert [message.get("more_body", False) for message in (first, second, end)] == [True, True, False]
    assert (first["body"].count(b"\n"), second["body"], end["body"]) == (PARTS_AT_ONCE, b"500\n", b"")
    assert made == ["all", "closed"]


@pytest.mark.parametrize("status", [204, 304])
def test_an_answer_without_a_body_has_none(status: int) -> None:
    start, end = asked(lambda: Response(status=status))
    assert (start["status"], end["body"]) == (status, b"")


def test_a_body_in_parts_is_put_together_and_one_too_large_is_refused() -> None:
    def length() -> str:
        return str(len(request.get_data()))

    assert asked(length, method="POST", parts=(b"ab", b"c"))[1]["body"] == b"3"
    assert asked(length, method="POST", parts=(b"x" * LARGEST_BODY, b"x"))[0]["status"] == 413
