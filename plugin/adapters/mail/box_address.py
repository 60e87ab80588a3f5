"""Where the operator's bounce mailbox is, read from BOUNCE_MAILBOX_URL; pop.py and imap.py open it."""

from collections.abc import Collection
from dataclasses import dataclass
from urllib.parse import unquote, urlsplit

from plugin.adapters.mail.transport import LOOPBACK
from plugin.domain.saying import said
from plugin.services.errors import RetryLater

TIMEOUT_SECONDS = 20.0
MAILS_AT_ONCE = 200
LARGEST_MAIL = 1_000_000
PORTS = {"pop3s": 995, "pop3": 110, "imaps": 993, "imap": 143}
INBOX = "INBOX"


@dataclass(frozen=True, slots=True)
class BoxAddress:
    """`imaps://user:password@host/folder`; without TLS (`pop3`, `imap`) on this machine only."""

    scheme: str
    host: str
    port: int
    username: str
    password: str
    folder: str = INBOX

    @property
    def speaks_tls(self) -> bool:
        return self.scheme.endswith("s")

    @classmethod
    def parse(cls, url: str, *, allowed: Collection[str] = tuple(PORTS)) -> "BoxAddress":
        """Raises ValueError with a sentence for the operator; the password is never in it."""
        parts = urlsplit(url)
        if parts.scheme not in allowed or not parts.hostname or not parts.username:
            secure = " or ".join(f"{scheme}://user:password@host" for scheme in PORTS if scheme in {"pop3s", "imaps"})
            raise ValueError(f"BOUNCE_MAILBOX_URL must be like {secure}.")
        if not parts.scheme.endswith("s") and parts.hostname not in LOOPBACK:
            raise ValueError(f"BOUNCE_MAILBOX_URL would send the password in the clear; use {parts.scheme}s://.")
        return cls(
            scheme=parts.scheme,
            host=parts.hostname,
            port=parts.port or PORTS[parts.scheme],
            username=unquote(parts.username),
            password=unquote(parts.password or ""),
            folder=unquote(parts.path.strip("/")) or INBOX,
        )


def cannot_be_opened(trouble: Exception) -> RetryLater:
    return RetryLater(said("The bounce mailbox cannot be opened: %(trouble)s.", trouble=type(trouble).__name__))


def went_away(trouble: Exception) -> RetryLater:
    return RetryLater(said("The bounce mailbox went away: %(trouble)s.", trouble=type(trouble).__name__))
