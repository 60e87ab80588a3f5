"""Fetches mails that came back from the operator's bounce mailbox, over POP3: each is deleted once it was handled."""

import poplib
import ssl
from collections.abc import Callable
from dataclasses import dataclass
from urllib.parse import unquote, urlsplit

from plugin.adapters.mail.transport import LOOPBACK
from plugin.services.errors import RetryLater

TIMEOUT_SECONDS = 20.0
MAILS_AT_ONCE = 200
LARGEST_MAIL = 1_000_000


@dataclass(frozen=True, slots=True)
class PopMailbox:
    """`pop3s://user:password@host` or, on this machine only, `pop3://user:password@127.0.0.1:1110`."""

    host: str
    port: int
    username: str
    password: str
    speaks_tls: bool

    @classmethod
    def parse(cls, url: str) -> "PopMailbox":
        """Raises ValueError with a sentence for the operator; the password is never in it."""
        parts = urlsplit(url)
        if parts.scheme not in {"pop3", "pop3s"} or not parts.hostname or not parts.username:
            raise ValueError("BOUNCE_MAILBOX_URL must be like pop3s://user:password@host.")
        speaks_tls = parts.scheme == "pop3s"
        if not speaks_tls and parts.hostname not in LOOPBACK:
            raise ValueError("BOUNCE_MAILBOX_URL would send the password in the clear; use pop3s://.")
        return cls(
            host=parts.hostname,
            port=parts.port or (995 if speaks_tls else 110),
            username=unquote(parts.username),
            password=unquote(parts.password or ""),
            speaks_tls=speaks_tls,
        )

    def take(self, handle: Callable[[bytes], object]) -> int:
        """Hand over each waiting mail, delete it, and return how many there were. Raises RetryLater."""
        try:
            box = self._open()
        except (OSError, poplib.error_proto) as error:
            raise RetryLater(f"The bounce mailbox cannot be opened: {type(error).__name__}.") from error
        try:
            return self._empty(box, handle)
        except (OSError, poplib.error_proto) as error:
            raise RetryLater(f"The bounce mailbox went away: {type(error).__name__}.") from error
        finally:
            _say_goodbye(box)

    def _open(self) -> poplib.POP3:
        if self.speaks_tls:
            context = ssl.create_default_context()
            box: poplib.POP3 = poplib.POP3_SSL(self.host, self.port, timeout=TIMEOUT_SECONDS, context=context)
        else:
            box = poplib.POP3(self.host, self.port, timeout=TIMEOUT_SECONDS)
        box.user(self.username)
        box.pass_(self.password)
        return box

    @staticmethod
    def _empty(box: poplib.POP3, handle: Callable[[bytes], object]) -> int:
        listed = box.list()[1][:MAILS_AT_ONCE]
        for line in listed:
            number, size = (int(word) for word in line.split()[:2])
            if size <= LARGEST_MAIL:
                handle(b"\r\n".join(box.retr(number)[1]))
            box.dele(number)
        return len(listed)


def _say_goodbye(box: poplib.POP3) -> None:
    """Only this makes deleting final; a mail that comes twice does no harm."""
    try:
        box.quit()
    except (OSError, poplib.error_proto):
        box.close()
