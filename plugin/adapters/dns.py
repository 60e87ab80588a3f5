"""Asks the machine's own name server for text records, in the few bytes of DNS that takes (RFC 1035). Implements `Texts`."""

import secrets
import socket
import struct
from collections.abc import Iterator, Sequence
from pathlib import Path

from plugin.services.errors import RetryLater

RESOLVERS = Path("/etc/resolv.conf")
PORT = 53
SECONDS = 3.0
LARGEST_ANSWER = 4096
TEXT, INTERNET, RECURSE, OPTIONS = 16, 1, 0x0100, 41
NO_SUCH_NAME = 3


class DnsTexts:
    """`server` and `port` only for tests; else the first name server of the machine."""

    def __init__(self, server: str = "", port: int = PORT) -> None:
        self._server = server
        self._port = port

    def __call__(self, name: str) -> Sequence[str]:
        number = secrets.randbelow(0xFFFF)
        server = self._server or _first_server()
        family = socket.AF_INET6 if ":" in server else socket.AF_INET
        try:
            with socket.socket(family, socket.SOCK_DGRAM) as channel:
                channel.settimeout(SECONDS)
                channel.connect((server, self._port))
                channel.send(_question(number, name))
                answer = channel.recv(LARGEST_ANSWER)
            return list(_texts_of(answer, number))
        except (OSError, struct.error, IndexError, UnicodeError) as error:
            raise RetryLater(f"The name server does not say what stands at {name}.") from error


def _first_server() -> str:
    for line in RESOLVERS.read_text(encoding="ascii", errors="ignore").splitlines():
        words = line.split()
        if len(words) > 1 and words[0] == "nameserver":
            return words[1]
    return "127.0.0.1"


def _question(number: int, name: str) -> bytes:
    labels = b"".join(bytes([len(label)]) + label for label in name.encode("idna").split(b"."))
    question = labels + b"\0" + struct.pack(">2H", TEXT, INTERNET)
    # Without saying that we take more, a long DKIM key would be cut off after 512 bytes (RFC 6891).
    takes_more = b"\0" + struct.pack(">2HIH", OPTIONS, LARGEST_ANSWER, 0, 0)
    return struct.pack(">6H", number, RECURSE, 1, 0, 0, 1) + question + takes_more


def _texts_of(answer: bytes, number: int) -> Iterator[str]:
    given, flags, questions, answers = struct.unpack(">4H", answer[:8])
    code = flags & 0xF
    if given != number or code not in {0, NO_SUCH_NAME}:
        raise OSError("not our answer")
    place = 12
    for _ in range(questions):
        place = _after_name(answer, place) + 4
    for _ in range(answers):
        place = _after_name(answer, place)
        kind, _, _, length = struct.unpack(">2HIH", answer[place : place + 10])
        place += 10
        if kind == TEXT:
            yield b"".join(_strings(answer[place : place + length])).decode("ascii", "replace")
        place += length


def _after_name(answer: bytes, place: int) -> int:
    """Names end with a zero, or with two bytes that point elsewhere."""
    while answer[place]:
        if answer[place] >= 0xC0:
            return place + 2
        place += 1 + answer[place]
    return place + 1


def _strings(record: bytes) -> Iterator[bytes]:
    place = 0
    while place < len(record):
        yield record[place + 1 : place + 1 + record[place]]
        place += 1 + record[place]
