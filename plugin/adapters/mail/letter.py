"""Makes the MIME message that goes over the wire: text first, HTML second, and the headers mail programs look at."""

import hashlib
from dataclasses import dataclass
from datetime import datetime
from email.header import Header
from email.headerregistry import Address
from email.message import EmailMessage
from email.policy import SMTP, EmailPolicy
from email.utils import format_datetime, formataddr, parseaddr
from typing import Any

from plugin.adapters.mail.plain import mail_address, one_line
from plugin.adapters.mail.writer import LONGEST_STORE_NAME, LONGEST_SUBJECT, Written
from plugin.domain.ids import TenantId
from plugin.domain.saying import said
from plugin.services.errors import GiveUp
from plugin.services.ports.messages import MessageKind, OutboxMessage, SenderIdentity

WHOLE_LINES = frozenset(
    {
        "list-unsubscribe",
        "list-unsubscribe-post",
        "message-id",
        "in-reply-to",
        "references",
        "feedback-id",
        "x-entity-ref-id",
    }
)
"""Headers made of ASCII that must stay on one line: a long address is otherwise encoded beyond recognition."""

MERCHANT_KINDS = frozenset(
    {
        MessageKind.MERCHANT_LIMIT_REACHED,
        MessageKind.MERCHANT_PARKED,
        MessageKind.MERCHANT_DISCONNECTED,
        MessageKind.MERCHANT_LEFT_BEHIND,
        MessageKind.MERCHANT_DIGEST,
    }
)
MARKETING_KINDS = frozenset({MessageKind.BACK_IN_STOCK, MessageKind.GONE_AGAIN})
"""Mail a shopper may opt out of with one click (RFC 8058). What completes a purchase is never among it."""


class MailPolicy(EmailPolicy):
    """SMTP's own, except for `WHOLE_LINES`, and for names and subjects: between two encoded words it doubles or drops
    spaces (python/cpython#92081).
    """

    def fold_binary(self, name: str, value: Any) -> bytes:
        match name.lower():
            case header if header in WHOLE_LINES:
                line = str(value)
            case "subject":
                line = _encoded(str(value), name)
            case "from":
                line = _encoded_sender(value.addresses[0], name)
            case _:
                return super().fold_binary(name, value)
        return f"{name}: {line}\r\n".encode("ascii")


def _encoded(text: str, header: str) -> str:
    charset = None if text.isascii() else "utf-8"
    return Header(text, charset, header_name=header).encode(linesep="\r\n")


def _encoded_sender(sender: Address, header: str) -> str:
    if sender.display_name.isascii():
        return formataddr((sender.display_name, sender.addr_spec))
    return f"{_encoded(sender.display_name, header)}\r\n <{sender.addr_spec}>"


MAIL_POLICY = MailPolicy(linesep="\r\n", max_line_length=SMTP.max_line_length)


@dataclass(frozen=True, slots=True)
class AppSender:
    """Who our mails come from on the wire, whatever store they speak for."""

    name: str
    address: Address

    @classmethod
    def parse(cls, mail_from: str) -> "AppSender":
        """Read `Backorder <mail@example.com>`."""
        name, address = parseaddr(mail_from)
        local, _, host = address.rpartition("@")
        if not local or not host or not address.isascii() or any(c.isspace() for c in address):
            raise ValueError(f"mail_from is {mail_from!r}; it must be like Backorder <mail@example.com>.")
        return cls(header_text(name, longest=LONGEST_STORE_NAME) or "Backorder", Address(username=local, domain=host))


def header_text(text: str, *, longest: int) -> str:
    """One line that means in a header what it says: nothing in it is taken for an encoded word and decoded again."""
    return one_line(text.replace("=?", "= ?").replace("?=", "? ="), longest=longest)


def recipient_of(message: OutboxMessage) -> Address:
    """Raises GiveUp for an address nobody can have."""
    address = mail_address(message.to)
    if address is None:
        raise GiveUp("rejected", said("The address is not one mail can be sent to."))
    return address


@dataclass(frozen=True, slots=True)
class Letter:
    """Everything a MIME message is made of. `leave_url` only for mail a shopper may opt out of."""

    message: OutboxMessage
    written: Written
    sender: SenderIdentity
    tenant: TenantId
    recipient: Address
    leave_url: str | None
    written_at: datetime

    def to_mime(self, app: AppSender) -> EmailMessage:
        """The same message every time but for its date, so that a repeated one is recognised by its Message-ID."""
        mime = EmailMessage(policy=MAIL_POLICY.clone(utf8=not self.recipient.username.isascii()))
        mime["Message-ID"] = self._id(app, "message", self.message.key)
        mime["Date"] = format_datetime(self.written_at)
        mime["From"] = self._from(app)
        mime["To"] = self.recipient
        mime["Subject"] = header_text(self.written.subject, longest=LONGEST_SUBJECT)
        self._add_reply_address(mime)
        self._add_thread(mime, app)
        self._add_labels(mime)
        mime.set_content(self.written.text, cte="quoted-printable")
        mime.add_alternative(self.written.html, subtype="html", cte="quoted-printable")
        mime.set_boundary(_digest(self.tenant, "boundary", self.message.key))
        return mime

    @property
    def _is_for_merchant(self) -> bool:
        return self.message.kind in MERCHANT_KINDS

    def _from(self, app: AppSender) -> Address:
        """The store's name over the app's address: the one that SPF and DKIM vouch for."""
        name = "" if self._is_for_merchant else header_text(self.sender.store_name, longest=LONGEST_STORE_NAME)
        return Address(display_name=name or app.name, username=app.address.username, domain=app.address.domain)

    def _add_reply_address(self, mime: EmailMessage) -> None:
        reply_to = mail_address(self.sender.reply_to)
        if reply_to and reply_to.username.isascii() and not self._is_for_merchant:
            mime["Reply-To"] = reply_to

    def _add_thread(self, mime: EmailMessage, app: AppSender) -> None:
        """All mails of an order hang under one root that was never sent itself: nobody needs to know which was first."""
        order = self.message.facts.get("order_id")
        if order is not None:
            root = self._id(app, "order", str(order))
            mime["In-Reply-To"] = root
            mime["References"] = root

    def _add_labels(self, mime: EmailMessage) -> None:
        shown_tenant = "".join(c for c in self.tenant if c.isascii() and c.isalnum())
        mime["Auto-Submitted"] = "auto-generated"
        mime["X-Auto-Response-Suppress"] = "All"
        mime["X-Entity-Ref-ID"] = _digest(self.tenant, "entity", self.message.key)
        mime["Feedback-ID"] = f"{self.message.kind.value}:{shown_tenant}:backorder"
        if self.leave_url:
            mime["List-Unsubscribe"] = f"<{self.leave_url}>"
            mime["List-Unsubscribe-Post"] = "List-Unsubscribe=One-Click"

    def _id(self, app: AppSender, what: str, name: str) -> str:
        return f"<{what}.{_digest(self.tenant, what, name)}@{app.address.domain}>"


def _digest(*parts: str) -> str:
    return hashlib.sha256("\0".join(parts).encode()).hexdigest()[:32]
