"""An answer that breaks off, over a real socket: it is asked for again, and a write it was for may have taken effect."""

import socket
from collections.abc import Callable, Iterator
from threading import Thread

import pytest

from plugin.adapters.bigcommerce.client import Call
from plugin.services.errors import RetryLater
from tests.adapters.bigcommerce.conftest import STORE, Counted, counted

READ = Call(method="GET", path="/v3/catalog/products")
RISKY_WRITE = Call(method="POST", path="/v3/inventory/adjustments/relative", json={"items": []}, is_repeatable=False)
HEAD = b"HTTP/1.1 200 OK\r\nContent-Type: application/json\r\nConnection: close\r\n"
HALF = {
    "shorter than it says": HEAD + b'Content-Length: 40\r\n\r\n{"data": [{"id',
    "closed between two chunks": HEAD + b'Transfer-Encoding: chunked\r\n\r\n9\r\n{"data": \r\n',
    "closed, with no length told": HEAD + b'\r\n{"data": [{"id": 1}, {"i',
}

Answering = Callable[..., Counted]


@pytest.fixture
def answering() -> Iterator[Answering]:
    """A shop that answers each connection with the next of these bytes, and hangs up."""
    with socket.create_server(("127.0.0.1", 0)) as server:

        def answer(*answers: bytes) -> Counted:
            Thread(target=_serve, args=(server, answers), daemon=True).start()
            return counted(f"http://127.0.0.1:{server.getsockname()[1]}", STORE, "token-of-ada")

        yield answer


def _serve(server: socket.socket, answers: tuple[bytes, ...]) -> None:
    for answer in answers:
        connection, _ = server.accept()
        with connection:
            connection.recv(65536)
            connection.sendall(answer)


@pytest.mark.parametrize("half", HALF.values(), ids=HALF)
def test_half_an_answer_is_none_and_is_asked_for_later(answering: Answering, half: bytes):
    shop = answering(half, half)
    with pytest.raises(RetryLater) as caught:
        shop.client.call(READ)
    assert caught.value.outcome_unknown is False
    assert 1 <= len(shop.calls) <= 2


@pytest.mark.parametrize("half", HALF.values(), ids=HALF)
def test_half_an_answer_to_a_write_leaves_open_whether_it_took_effect(answering: Answering, half: bytes):
    shop = answering(half)
    with pytest.raises(RetryLater) as caught:
        shop.client.call(RISKY_WRITE)
    assert caught.value.outcome_unknown is True
    assert len(shop.calls) == 1
