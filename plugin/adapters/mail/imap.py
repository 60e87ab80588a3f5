"""Fetches mails that came back from the operator's bounce mailbox, over IMAP: each is deleted once it was handled."""

import imaplib
import re
import ssl
from collections.abc import Callable
from contextlib import suppress
from dataclasses import dataclass

from plugin.adapters.mail.box_address import (
    LARGEST_MAIL,
    MAILS_AT_ONCE,
    TIMEOUT_SECONDS,
    BoxAddress,
    cannot_be_opened,
    went_away,
)

TROUBLE = (OSError, imaplib.IMAP4.error)
_SIZE = re.compile(rb"RFC822\.SIZE (\d+)")


@dataclass(frozen=True, slots=True)
class ImapMailbox:
    address: BoxAddress

    @classmethod
    def parse(cls, url: str) -> "ImapMailbox":
        """Raises ValueError with a sentence for the operator; the password is never in it."""
        return cls(BoxAddress.parse(url, allowed=("imap", "imaps")))

    def take(self, handle: Callable[[bytes], object]) -> int:
        """Hand over each waiting mail, delete it, and return how many there were. Raises RetryLater."""
        try:
            box = self._open()
        except TROUBLE as error:
            raise cannot_be_opened(error) from error
        try:
            self._choose_folder(box)
            return _empty(box, handle)
        except TROUBLE as error:
            raise went_away(error) from error
        finally:
            with suppress(*TROUBLE):
                box.logout()

    def _open(self) -> imaplib.IMAP4:
        host, port = self.address.host, self.address.port
        if self.address.speaks_tls:
            context = ssl.create_default_context()
            box: imaplib.IMAP4 = imaplib.IMAP4_SSL(host, port, ssl_context=context, timeout=TIMEOUT_SECONDS)
        else:
            box = imaplib.IMAP4(host, port, timeout=TIMEOUT_SECONDS)
        try:
            box.login(self.address.username, self.address.password)
        except TROUBLE:
            box.shutdown()
            raise
        return box

    def _choose_folder(self, box: imaplib.IMAP4) -> None:
        quoted = self.address.folder.replace("\\", "\\\\").replace('"', '\\"')
        if box.select(f'"{quoted}"')[0] != "OK":
            raise imaplib.IMAP4.error("There is no such folder.")


def _empty(box: imaplib.IMAP4, handle: Callable[[bytes], object]) -> int:
    found = box.uid("SEARCH", "ALL")[1][0] or b""
    numbers = [number.decode() for number in found.split()][:MAILS_AT_ONCE]
    for number in numbers:
        if _size(box, number) <= LARGEST_MAIL:
            for part in box.uid("FETCH", number, "(BODY.PEEK[])")[1]:
                if isinstance(part, tuple):
                    handle(part[1])
        box.uid("STORE", number, "+FLAGS.SILENT", r"(\Deleted)")
    if numbers:
        box.expunge()
    return len(numbers)


def _size(box: imaplib.IMAP4, number: str) -> int:
    answer = box.uid("FETCH", number, "(RFC822.SIZE)")[1]
    found = _SIZE.search(answer[0]) if isinstance(answer[0], bytes) else None
    return int(found[1]) if found else 0
