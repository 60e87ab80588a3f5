"""The post office of the sandbox: an SMTP server that keeps every mail it accepts, and misbehaves when told to.

A mail arrives over real SMTP, is parsed once and stays in memory; `pages/inbox.py` shows it, scripts read it as JSON.
"""

import asyncio
import socket
import threading
import time
from collections.abc import Callable
from dataclasses import dataclass
from datetime import UTC, datetime
from email import policy
from email.message import EmailMessage
from email.parser import BytesParser
from typing import Any

from aiosmtpd.smtp import SMTP, AuthResult

TROUBLES = ("none", "busy", "reject", "drop", "drop_after")
"""none: accept · busy: 451, try again · reject: 554, never · drop: the line goes dead · drop_after: kept, then dead."""

LARGEST_MAIL = 5_000_000
MOST_MAILS = 20_000


@dataclass(frozen=True, slots=True)
class Mail:
    id: str
    received_at: datetime
    sender: str
    recipients: tuple[str, ...]
    subject: str
    headers: tuple[tuple[str, str], ...]
    plain: str
    html: str
    raw: bytes

    def header(self, name: str) -> str:
        """The first header of that name, or an empty string."""
        return next((value for key, value in self.headers if key.lower() == name.lower()), "")

    def as_json(self) -> dict[str, Any]:
        return {
            "id": self.id,
            "received_at": self.received_at.isoformat(),
            "sender": self.sender,
            "recipients": list(self.recipients),
            "subject": self.subject,
            "headers": [list(pair) for pair in self.headers],
            "plain": self.plain,
            "html": self.html,
            "size": len(self.raw),
        }


def system_now() -> datetime:
    return datetime.fromtimestamp(time.time(), UTC)


class Mailbox:
    """Start it, send mails to its port, read them back. Every method may be called from any thread."""

    def __init__(self, now: Callable[[], datetime] = system_now) -> None:
        self._now = now
        self._changed = threading.Condition()
        self._mails: list[Mail] = []
        self._counter = 0
        self._refused: dict[str, int] = {}
        self._bouncing: set[str] = set()
        self._trouble = "none"
        self._trouble_left = 0
        self._loop: asyncio.AbstractEventLoop | None = None
        self._thread: threading.Thread | None = None
        self.port = 0

    # Life of the server

    def start(self, port: int = 0, host: str = "127.0.0.1") -> int:
        """Listen, and return the port; 0 asks for a free one."""
        if self._thread is not None:
            return self.port
        listener = socket.create_server((host, port))
        self.port = int(listener.getsockname()[1])
        self._loop = asyncio.new_event_loop()
        ready = threading.Event()
        self._thread = threading.Thread(
            target=self._serve, args=(self._loop, listener, ready), name="sandbox-mailbox", daemon=True
        )
        self._thread.start()
        ready.wait(timeout=5)
        return self.port

    def stop(self) -> None:
        if self._loop is None or self._thread is None:
            return
        self._loop.call_soon_threadsafe(self._loop.stop)
        self._thread.join(timeout=5)
        self._loop = self._thread = None

    @property
    def is_running(self) -> bool:
        return self._thread is not None

    def _serve(self, loop: asyncio.AbstractEventLoop, listener: socket.socket, ready: threading.Event) -> None:
        asyncio.set_event_loop(loop)
        factory = _session_factory(mailbox=self, loop=loop)
        server = loop.run_until_complete(loop.create_server(factory, sock=listener))
        ready.set()
        try:
            loop.run_forever()
        finally:
            server.close()
            _close(loop)

    # Reading

    def messages(self, to: str | None = None) -> list[Mail]:
        """All mails in order of arrival, or only those to one address."""
        with self._changed:
            return self._matching(to)

    def message(self, mail_id: str) -> Mail | None:
        with self._changed:
            return next((mail for mail in self._mails if mail.id == mail_id), None)

    def wait(self, count: int = 1, *, to: str | None = None, timeout: float = 5.0) -> list[Mail]:
        """The mails to that address, as soon as there are `count` of them or the time is over."""
        with self._changed:
            self._changed.wait_for(lambda: len(self._matching(to)) >= count, timeout=timeout)
            return self._matching(to)

    def clear(self) -> None:
        with self._changed:
            self._mails.clear()

    def delete(self, mail_id: str) -> bool:
        with self._changed:
            kept = [mail for mail in self._mails if mail.id != mail_id]
            found = len(kept) < len(self._mails)
            self._mails = kept
            return found

    def _matching(self, to: str | None) -> list[Mail]:
        if to is None:
            return list(self._mails)
        wanted = to.strip().lower()
        return [mail for mail in self._mails if wanted in (each.lower() for each in mail.recipients)]

    # Misbehaving

    @property
    def trouble(self) -> str:
        with self._changed:
            return self._trouble

    @property
    def refused(self) -> dict[str, int]:
        """Addresses that are refused, with the SMTP code each gets."""
        with self._changed:
            return dict(self._refused)

    def set_trouble(self, kind: str, *, times: int = 0) -> None:
        """Misbehave in that way for the next `times` mails; 0 means until told otherwise."""
        if kind not in TROUBLES:
            raise ValueError(f"trouble is {kind!r}; allowed are {', '.join(TROUBLES)}")
        with self._changed:
            self._trouble, self._trouble_left = kind, times

    def refuse(self, address: str, *, code: int = 550) -> None:
        """Refuse one recipient: 5xx for good, 4xx for now."""
        if not 400 <= code <= 599:
            raise ValueError(f"code is {code}; allowed are 400 to 599")
        with self._changed:
            self._refused[address.strip().lower()] = code

    def accept(self, address: str) -> None:
        with self._changed:
            self._refused.pop(address.strip().lower(), None)
            self._bouncing.discard(address.strip().lower())

    def send_back(self, address: str) -> None:
        """Take mails to that address, and send each back to its return path later, as servers do that only relay."""
        with self._changed:
            self._bouncing.add(address.strip().lower())

    @property
    def bouncing(self) -> list[str]:
        with self._changed:
            return sorted(self._bouncing)

    def send_back_what_bounces(self, *, sender: str, recipients: tuple[str, ...], raw: bytes) -> None:
        """The report of the mail server (RFC 3464), kept like any other mail; reports of reports are never made."""
        for recipient in recipients:
            if sender and recipient.strip().lower() in self.bouncing:
                self.keep(sender="", recipients=(sender,), raw=_report(sender, recipient, raw))

    def take_trouble(self) -> str:
        """The trouble for the mail that arrives now; counts it down."""
        with self._changed:
            trouble = self._trouble
            if trouble != "none" and self._trouble_left:
                self._trouble_left -= 1
                if not self._trouble_left:
                    self._trouble = "none"
            return trouble

    def keep(self, *, sender: str, recipients: tuple[str, ...], raw: bytes) -> Mail:
        parsed = _parse(raw)
        with self._changed:
            self._counter += 1
            mail = Mail(
                id=f"m{self._counter:05d}",
                received_at=self._now(),
                sender=sender,
                recipients=recipients,
                subject=str(parsed["Subject"] or ""),
                headers=tuple((name, str(value)) for name, value in parsed.items()),
                plain=_body(parsed, "plain"),
                html=_body(parsed, "html"),
                raw=raw,
            )
            self._mails.append(mail)
            del self._mails[:-MOST_MAILS]
            self._changed.notify_all()
            return mail


class _Clerk:
    """What the SMTP server asks about each mail."""

    def __init__(self, mailbox: Mailbox) -> None:
        self._mailbox = mailbox

    async def handle_RCPT(  # noqa: N802  — the name aiosmtpd calls
        self, _server: Any, _session: Any, envelope: Any, address: str, _options: list[str]
    ) -> str:
        code = self._mailbox.refused.get(address.lower())
        if code is not None:
            reason = "4.2.1 Try this mailbox later" if code < 500 else "5.1.1 No such mailbox"
            return f"{code} {reason}"
        envelope.rcpt_tos.append(address)
        return "250 OK"

    async def handle_DATA(self, server: Any, _session: Any, envelope: Any) -> str:  # noqa: N802  — as above
        trouble = self._mailbox.take_trouble()
        if trouble == "busy":
            return "451 4.3.0 Busy, try again later"
        if trouble == "reject":
            return "554 5.7.1 Refused by policy"
        if trouble != "drop":
            self._mailbox.keep(
                sender=envelope.mail_from or "", recipients=tuple(envelope.rcpt_tos), raw=envelope.original_content
            )
            self._mailbox.send_back_what_bounces(
                sender=envelope.mail_from or "", recipients=tuple(envelope.rcpt_tos), raw=envelope.original_content
            )
        if trouble in {"drop", "drop_after"}:
            server.transport.abort()
        return "250 OK"


def _session_factory(*, mailbox: Mailbox, loop: asyncio.AbstractEventLoop) -> Callable[[], SMTP]:
    def session() -> SMTP:
        return SMTP(
            _Clerk(mailbox),
            data_size_limit=LARGEST_MAIL,
            enable_SMTPUTF8=True,
            hostname="sandbox",
            loop=loop,
            authenticator=_let_anybody_in,
            auth_require_tls=False,
        )

    return session


def _let_anybody_in(*_login: Any) -> AuthResult:
    """An app may be set up with a user and a password; there is nothing here to protect."""
    return AuthResult(success=True)


def _close(loop: asyncio.AbstractEventLoop) -> None:
    waiting = asyncio.all_tasks(loop)
    for task in waiting:
        task.cancel()
    loop.run_until_complete(asyncio.gather(*waiting, return_exceptions=True))
    loop.run_until_complete(loop.shutdown_asyncgens())
    loop.close()


def _report(sender: str, recipient: str, raw: bytes) -> bytes:
    head = raw.partition(b"\r\n\r\n")[0].decode("utf-8", "replace")
    return (
        "From: Mail Delivery System <MAILER-DAEMON@sandbox>\r\n"
        f"To: {sender}\r\n"
        "Subject: Undelivered Mail Returned to Sender\r\n"
        "Auto-Submitted: auto-replied\r\n"
        "MIME-Version: 1.0\r\n"
        'Content-Type: multipart/report; report-type=delivery-status; boundary="report"\r\n\r\n'
        f"--report\r\nContent-Type: text/plain\r\n\r\nYour mail to {recipient} could not be delivered.\r\n"
        "--report\r\nContent-Type: message/delivery-status\r\n\r\nReporting-MTA: dns; sandbox\r\n\r\n"
        f"Final-Recipient: rfc822; {recipient}\r\nAction: failed\r\nStatus: 5.1.1\r\n"
        f"Diagnostic-Code: smtp; 550 5.1.1 <{recipient}>: no such mailbox\r\n\r\n"
        f"--report\r\nContent-Type: text/rfc822-headers\r\n\r\n{head}\r\n--report--\r\n"
    ).encode()


def _parse(raw: bytes) -> EmailMessage:
    return BytesParser(EmailMessage, policy=policy.default).parsebytes(raw)


def _body(message: EmailMessage, kind: str) -> str:
    part = message.get_body(preferencelist=(kind,))
    if part is None:
        return ""
    try:
        return str(part.get_content()).replace("\r\n", "\n")
    except (LookupError, UnicodeDecodeError):
        payload = part.get_payload(decode=True)
        return payload.decode("utf-8", "replace") if isinstance(payload, bytes) else ""
