"""Implements `Notifier` over SMTP: write the message, make a letter of it, hand it to the mail server.

services/outbox.py calls it with a claimed message and keeps what was sent, word for word.
"""

from datetime import timedelta

from plugin.adapters.mail.language import Languages
from plugin.adapters.mail.letter import MARKETING_KINDS, AppSender, Letter, recipient_of
from plugin.adapters.mail.returns import ReturnPaths
from plugin.adapters.mail.transport import SmtpServer, SmtpTransport
from plugin.adapters.mail.writer import Writer
from plugin.domain.ids import TenantId
from plugin.domain.saying import said
from plugin.services.errors import GiveUp, RetryLater
from plugin.services.ports.messages import Links, OutboxMessage, SenderIdentity, SentMail
from plugin.services.ports.system import Clock
from plugin.telemetry import MAILS

LOOK_AGAIN = timedelta(minutes=15)


class SmtpNotifier:
    """`smtp_url` and `mail_from` as in the settings; `wording` brings the languages."""

    is_ready = True

    def __init__(
        self,
        *,
        smtp_url: str,
        mail_from: str,
        wording: Languages,
        links: Links,
        clock: Clock,
        returns: ReturnPaths | None = None,
    ) -> None:
        self._app = AppSender.parse(mail_from)
        self._transport = SmtpTransport(SmtpServer.parse(smtp_url))
        self._writer = Writer(languages=wording, links=links)
        self._links = links
        self._clock = clock
        self._returns = returns

    def send(self, message: OutboxMessage, sender: SenderIdentity, *, tenant: TenantId) -> SentMail:
        require_postal_address(message, sender)
        recipient = recipient_of(message)
        written = self._writer.write(message, sender, tenant=tenant)
        letter = Letter(
            message=message,
            written=written,
            sender=sender,
            tenant=tenant,
            recipient=recipient,
            leave_url=self._leave_url(message, tenant),
            written_at=self._clock.now(),
        )
        mail = letter.to_mime(self._app).as_bytes()
        self._transport.send(mail, sender=self._return_path(message, tenant), recipient=recipient.addr_spec)
        MAILS.labels(message.kind.value, "sent").inc()
        return SentMail(written.subject, written.text)

    def close(self) -> None:
        """Hang up; the next mail calls again."""
        self._transport.close()

    def _return_path(self, message: OutboxMessage, tenant: TenantId) -> str:
        return self._returns.of(tenant, message.message_id) if self._returns else self._app.address.addr_spec

    def _leave_url(self, message: OutboxMessage, tenant: TenantId) -> str | None:
        if message.kind not in MARKETING_KINDS:
            return None
        return self._links.leave_waitlist(tenant, int(message.facts["entry_id"]))


def require_postal_address(message: OutboxMessage, sender: SenderIdentity) -> None:
    """Commercial mail without one is against the law (CAN-SPAM), wherever it would be noticed."""
    if message.kind in MARKETING_KINDS and not sender.postal_address.strip():
        raise GiveUp("configuration", said("The store has no postal address, and mail of this kind must show one."))


class NoMailServer:
    """Stands in while SMTP_URL is empty: every mail waits in the outbox."""

    is_ready = False

    def send(self, message: OutboxMessage, sender: SenderIdentity, *, tenant: TenantId) -> SentMail:
        raise RetryLater(
            said(
                "SMTP_URL is not set, so %(kind)s of %(store_name)s (%(tenant)s) waits.",
                kind=message.kind.value,
                store_name=sender.store_name,
                tenant=tenant,
            ),
            after=LOOK_AGAIN,
        )
