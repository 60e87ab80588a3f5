"""Text records, asked of a name server of our own on loopback."""

import socket
import struct
import threading
from collections.abc import Callable, Iterator

import pytest

from plugin.adapters.dns import DnsTexts
from plugin.services.errors import RetryLater
from plugin.services.sender_check import RecordState, SenderCheck

Answer = Callable[[bytes], bytes]


@pytest.fixture
def name_server() -> Iterator[Callable[[Answer], DnsTexts]]:
    opened: list[socket.socket] = []

    def start(answer: Answer) -> DnsTexts:
        server = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
        server.bind(("127.0.0.1", 0))
        opened.append(server)

        def serve() -> None:
            question, sender = server.recvfrom(512)
            server.sendto(answer(question), sender)

        threading.Thread(target=serve, daemon=True).start()
        return DnsTexts("127.0.0.1", server.getsockname()[1])

    yield start
    for server in opened:
        server.close()


def answered(question: bytes, *records: bytes, code: int = 0) -> bytes:
    head = question[:2] + struct.pack(">5H", 0x8180 | code, 1, len(records), 0, 0)
    return head + question[12:-11] + b"".join(records)


def record(data: bytes, kind: int = 16) -> bytes:
    return b"\xc0\x0c" + struct.pack(">2HIH", kind, 1, 60, len(data)) + data


def text(*parts: bytes) -> bytes:
    return record(b"".join(bytes([len(part)]) + part for part in parts))


def test_the_parts_of_a_text_are_put_together_and_other_records_left_out(name_server):
    texts = name_server(
        lambda q: answered(q, record(b"\x01\x02\x03\x04", kind=1), text(b"v=spf1 ", b"mx -all"), text(b"x"))
    )
    assert texts("mail.example") == ["v=spf1 mx -all", "x"]


def test_a_name_nobody_has_holds_no_texts(name_server):
    assert name_server(lambda q: answered(q, code=3))("nobody.example") == []


@pytest.mark.parametrize(
    "answer",
    [
        lambda q: b"\x00\x00" + answered(q)[2:],
        lambda q: answered(q, code=2),
        lambda q: q[:5],
        lambda q: answered(q, text(b"x")[:-1])[:-3],
    ],
    ids=["not ours", "server failure", "cut off", "cut inside a record"],
)
def test_an_answer_that_is_none_means_try_again(name_server, answer):
    with pytest.raises(RetryLater):
        name_server(answer)("mail.example")


def test_the_records_of_a_sender_are_found_missing_or_unknown():
    def texts(name):
        if name.startswith("_dmarc"):
            raise RetryLater("nobody there")
        return ["other", "V=SPF1 include:mail.example -all"]

    spf, dmarc = SenderCheck(domain="shop.example", texts=texts).check()
    assert (spf.state, spf.found) == (RecordState.FOUND, "V=SPF1 include:mail.example -all")
    assert (dmarc.name, dmarc.state) == ("_dmarc.shop.example", RecordState.UNKNOWN)
    (missing, _) = SenderCheck(domain="shop.example", texts=lambda _: []).check()
    assert (missing.state, missing.value) == (RecordState.MISSING, "v=spf1 mx -all")


@pytest.mark.parametrize(
    ("stands_there", "state"),
    [
        ("v=DKIM1; k=rsa; p=MIGf", RecordState.FOUND),
        ("k=rsa; p=MIGf", RecordState.FOUND),
        ("v=DKIM1; p=", RecordState.MISSING),
        ("v=spf1 mx -all", RecordState.MISSING),
    ],
)
def test_a_key_is_found_at_its_selector_unless_it_was_taken_back(stands_there, state):
    texts = {"s1._domainkey.shop.example": [stands_there], "shop.example": [], "_dmarc.shop.example": []}
    key, *_ = SenderCheck(domain="shop.example", texts=texts.__getitem__).check("s1")
    assert (key.name, key.state) == ("s1._domainkey.shop.example", state)


def test_the_name_server_is_told_that_a_long_key_may_come(name_server):
    seen = []

    def answer(question: bytes) -> bytes:
        seen.append(question)
        return answered(question, text(b"p=" + b"A" * 250, b"A" * 250, b"A" * 250))

    assert len(name_server(answer)("s1._domainkey.shop.example")[0]) == 752
    assert seen[0].endswith(b"\0" + struct.pack(">2HIH", 41, 4096, 0, 0))
