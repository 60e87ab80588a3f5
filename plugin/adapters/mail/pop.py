"""Fetches mails that came back from the operator's bounce mailbox, over POP3: each is deleted once it was handled."""

import poplib
import ssl
from collections.abc import Callable
from dataclasses import dataclass

from plugin.adapters.mail.box_address import (
    LARGEST_MAIL,
    MAILS_AT_ONCE,
    TIMEOUT_SECONDS,
    BoxAddress,
    cannot_be_opened,
    went_away,
)


@dataclass(frozen=True, slots=True)
class PopMailbox:
    address: BoxAddress

    @classmethod
    def parse(cls, url: str) -> "PopMailbox":
        """Raises ValueError with a sentence for the operator; the password is never in it."""
        return cls(BoxAddress.parse(url, allowed=("pop3", "pop3s")))

    def take(self, handle: Callable[[bytes], object]) -> int:
        """Hand over each waiting mail, delete it, and return how many there were. Raises RetryLater."""
        try:
            box = self._open()
        except (OSError, poplib.error_proto) as error:
            raise cannot_be_opened(error) from error
        try:
            return self._empty(box, handle)
        except (OSError, poplib.error_proto) as error:
            raise went_away(error) from error
        finally:
            _say_goodbye(box)

    def _open(self) -> poplib.POP3:
        host, port = self.address.host, self.address.port
        if self.address.speaks_tls:
            context = ssl.create_default_context()
            box: poplib.POP3 = poplib.POP3_SSL(host, port, timeout=TIMEOUT_SECONDS, context=context)
        else:
            box = poplib.POP3(host, port, timeout=TIMEOUT_SECONDS)
        box.user(self.address.username)
        box.pass_(self.address.password)
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
