"""Speaks SMTP to the server the operator named, one mail at a time, keeping the connection of each thread for a while."""

import os
import re
import smtplib
import ssl
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import timedelta
from urllib.parse import parse_qsl, unquote, urlsplit

from plugin.domain.saying import said
from plugin.services.errors import GiveUp, RetryLater

TIMEOUT_SECONDS = 20.0
KEPT_SECONDS = 20.0
"""Servers hang up on the idle; a connection kept longer is more often dead than alive."""
MAILS_PER_CONNECTION = 50
OPERATOR_WAIT = timedelta(minutes=10)
"""Until somebody has corrected the address or password of the mail server."""
LOOPBACK = frozenset({"localhost", "127.0.0.1", "::1"})
SMTPUTF8 = ("SMTPUTF8", "BODY=8BITMIME")
LONGEST_ANSWER = 200

_ADDRESS = re.compile(r"[^\s<>:;,]+@[^\s<>:;,]+")


@dataclass(frozen=True, slots=True)
class SmtpServer:
    """Where and how: `smtp://user:password@host:587?starttls` or `smtps://host:465`; `timeout=5` in seconds if need be."""

    host: str
    port: int
    username: str = ""
    password: str = ""
    speaks_tls: bool = False
    starts_tls: bool = False
    timeout: float = TIMEOUT_SECONDS

    @classmethod
    def parse(cls, url: str) -> "SmtpServer":
        """Raises ValueError with a sentence for the operator; the password is never in it."""
        parts = urlsplit(url)
        if parts.scheme not in {"smtp", "smtps"} or not parts.hostname:
            raise ValueError("SMTP_URL must be like smtp://user:password@host:587?starttls or smtps://host:465.")
        options = dict(parse_qsl(parts.query, keep_blank_values=True))
        speaks_tls, starts_tls = parts.scheme == "smtps", options.pop("starttls", "no") in {"", "1", "true", "yes"}
        timeout = _seconds(options.pop("timeout", ""))
        if options:
            raise ValueError(f"SMTP_URL has unknown options {sorted(options)}; allowed: starttls, timeout.")
        if parts.username and not (speaks_tls or starts_tls or parts.hostname in LOOPBACK):
            raise ValueError("SMTP_URL would send the password in the clear; add ?starttls or use smtps://.")
        return cls(
            host=parts.hostname,
            port=parts.port or (465 if speaks_tls else 587 if starts_tls else 25),
            username=unquote(parts.username or ""),
            password=unquote(parts.password or ""),
            speaks_tls=speaks_tls,
            starts_tls=starts_tls and not speaks_tls,
            timeout=timeout,
        )


def _seconds(text: str) -> float:
    try:
        seconds = float(text or TIMEOUT_SECONDS)
    except ValueError:
        seconds = 0
    if not 0 < seconds <= 300:
        raise ValueError(f"SMTP_URL has timeout={text}; it must be a number of seconds up to 300.")
    return seconds


@dataclass(slots=True)
class _Connection:
    smtp: smtplib.SMTP
    process: int
    used_at: float
    mails: int = 0

    def is_fresh(self) -> bool:
        """Whether it may carry one more mail: ours (not a parent process's), not idle for long, and still answering."""
        if self.process != os.getpid() or self.mails >= MAILS_PER_CONNECTION:
            return False
        if time.monotonic() - self.used_at > KEPT_SECONDS:
            return False
        try:
            return self.smtp.noop()[0] == 250
        except (OSError, smtplib.SMTPException):
            return False


class SmtpTransport:
    """Each thread has a connection of its own; any trouble closes it."""

    def __init__(self, server: SmtpServer, *, tls: ssl.SSLContext | None = None) -> None:
        self._server = server
        self._tls = tls or ssl.create_default_context()
        self._mine = threading.local()

    def send(self, mail: bytes, *, sender: str, recipient: str) -> None:
        """Hand one mail to the server. RetryLater: not now; GiveUp: this mailbox never."""
        with self._connection() as smtp:
            self._announce(smtp, sender, recipient)
            _hand_over(smtp, mail)

    def close(self) -> None:
        """Say goodbye to the server on behalf of this thread."""
        kept: _Connection | None = getattr(self._mine, "connection", None)
        self._mine.connection = None
        if kept and kept.process == os.getpid():
            _hang_up(kept.smtp)

    @contextmanager
    def _connection(self) -> Iterator[smtplib.SMTP]:
        kept: _Connection | None = getattr(self._mine, "connection", None)
        if kept is None or not kept.is_fresh():
            self.close()
            kept = _Connection(self._open(), os.getpid(), time.monotonic())
        self._mine.connection = kept
        try:
            yield kept.smtp
        except BaseException:
            self.close()
            raise
        kept.mails += 1
        kept.used_at = time.monotonic()

    def _open(self) -> smtplib.SMTP:
        server = self._server
        try:
            if server.speaks_tls:
                smtp: smtplib.SMTP = smtplib.SMTP_SSL(
                    server.host, server.port, timeout=server.timeout, context=self._tls
                )
            else:
                smtp = smtplib.SMTP(server.host, server.port, timeout=server.timeout)
        except (OSError, smtplib.SMTPException) as error:
            raise RetryLater(said("The mail server cannot be reached: %(told)s.", told=_told(error))) from error
        try:
            self._greet(smtp)
        except smtplib.SMTPAuthenticationError as error:
            _hang_up(smtp)
            raise RetryLater(said("The mail server refuses our name or password."), after=OPERATOR_WAIT) from error
        except smtplib.SMTPNotSupportedError as error:
            _hang_up(smtp)
            raise RetryLater(
                said("The mail server cannot do what SMTP_URL asks: %(error)s", error=str(error)), after=OPERATOR_WAIT
            ) from error
        except (OSError, smtplib.SMTPException) as error:
            _hang_up(smtp)
            raise RetryLater(said("The mail server does not let us in: %(told)s.", told=_told(error))) from error
        return smtp

    def _greet(self, smtp: smtplib.SMTP) -> None:
        smtp.ehlo_or_helo_if_needed()
        if self._server.starts_tls:
            smtp.starttls(context=self._tls)
            smtp.ehlo()
        if self._server.username:
            smtp.login(self._server.username, self._server.password)

    @staticmethod
    def _announce(smtp: smtplib.SMTP, sender: str, recipient: str) -> None:
        """MAIL and RCPT. A refused sender is the operator's trouble, a refused recipient the recipient's."""
        options = () if recipient.isascii() else SMTPUTF8
        if options and not smtp.has_extn("smtputf8"):
            raise GiveUp("rejected", said("The mail server cannot send to addresses with such letters."))
        try:
            code, answer = smtp.mail(sender, options)
            if code != 250:
                raise RetryLater(
                    said("The mail server refuses our sender: %(answer)s.", answer=_answer(code, answer)),
                    after=OPERATOR_WAIT,
                )
            code, answer = smtp.rcpt(recipient)
        except (OSError, smtplib.SMTPException) as error:
            raise RetryLater(said("The mail server went away: %(told)s.", told=_told(error))) from error
        _judge(code, answer, accepted={250, 251})


def _hand_over(smtp: smtplib.SMTP, mail: bytes) -> None:
    """DATA. When the line dies after the last byte, nobody knows whether the mail was taken."""
    try:
        code, answer = smtp.data(mail)
    except smtplib.SMTPDataError as error:  # refused before the first byte
        _judge(error.smtp_code, error.smtp_error, accepted=set())
    except (OSError, smtplib.SMTPException) as error:
        raise RetryLater(
            said("The mail server went away: %(told)s.", told=_told(error)), outcome_unknown=True
        ) from error
    else:
        _judge(code, answer, accepted={250})


def _judge(code: int, answer: bytes | str, *, accepted: set[int]) -> None:
    if code in accepted:
        return
    if 500 <= code <= 599:
        raise GiveUp("rejected", said("The mail server refuses it: %(answer)s.", answer=_answer(code, answer)))
    raise RetryLater(said("The mail server asks to wait: %(answer)s.", answer=_answer(code, answer)))


def _answer(code: int, answer: bytes | str) -> str:
    text = answer.decode("utf-8", "replace") if isinstance(answer, bytes) else answer
    return f"{code} {_without_addresses(text)}".strip().rstrip(".")


def _told(error: Exception) -> str:
    return _without_addresses(str(error)).rstrip(".") or type(error).__name__


def _without_addresses(text: str) -> str:
    """Servers repeat the address they refuse; what we say about it is kept and shown to others."""
    return _ADDRESS.sub("[address]", " ".join(text.split()))[:LONGEST_ANSWER]


def _hang_up(smtp: smtplib.SMTP) -> None:
    try:
        smtp.quit()
    except (OSError, smtplib.SMTPException):
        smtp.close()
