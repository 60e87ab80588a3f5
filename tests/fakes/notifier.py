"""Keeps what it sent. Addresses may be refused for good, or not be reachable for a while."""

from dataclasses import dataclass, field

from plugin.domain.ids import TenantId
from plugin.services.errors import GiveUp, RetryLater
from plugin.services.ports.messages import MessageKind, OutboxMessage, SenderIdentity, SentMail


@dataclass
class FakeNotifier:
    sent: list[tuple[TenantId, OutboxMessage, SenderIdentity]] = field(default_factory=list)
    refused: set[str] = field(default_factory=set)
    is_away: bool = False
    is_ready: bool = True

    def send(self, message: OutboxMessage, sender: SenderIdentity, *, tenant: TenantId) -> SentMail:
        if self.is_away:
            raise RetryLater("The mail server is away.")
        if message.to in self.refused:
            raise GiveUp("rejected", f"550 <{message.to}>: no such mailbox")
        self.sent.append((tenant, message, sender))
        return SentMail(f"About {message.key}", f"Dear {message.to}")

    def kinds(self, to: str) -> list[MessageKind]:
        """What this address was sent, in order."""
        return [message.kind for _, message, _ in self.sent if message.to == to]
