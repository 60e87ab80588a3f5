"""Where a mail comes back to, and what a mail that came back says.

Each mail leaves with a return path of its own (VERP): `bounces+<store>-<message>-<seal>@host`. The seal is a MAC, so that
nobody can make a mail look as if it had come back. services/bounces.py acts on what is read here.
"""

import base64
import hashlib
import hmac
import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from email import message_from_bytes, policy
from email.errors import MessageError
from email.message import Message

from plugin.adapters.mail.plain import mail_address, one_line
from plugin.domain.ids import MessageId, TenantId
from plugin.services.ports.messages import CameBack

SEAL_LENGTH = 16
LONGEST_REASON = 200
_ADDRESS = re.compile(r"\S+@\S+")


@dataclass(frozen=True, slots=True)
class ReturnPaths:
    """`address` is where all of them arrive, such as `bounces@mail.example.com`; `keys` all that verify, the first seals."""

    address: str
    keys: Sequence[str]

    def __post_init__(self) -> None:
        if mail_address(self.address) is None or not self.address.isascii():
            raise ValueError(f"BOUNCE_ADDRESS is {self.address}; it must be like bounces@mail.example.com.")

    def of(self, tenant: TenantId, message: MessageId) -> str:
        local, _, host = self.address.rpartition("@")
        return f"{local}+{tenant}-{message}-{_seal(self.keys[0], tenant, message)}@{host}"

    def read(self, text: str) -> tuple[TenantId, MessageId] | None:
        """The first return path of ours in a text; None where there is none, or its seal is wrong."""
        local, _, host = self.address.rpartition("@")
        pattern = rf"{re.escape(local)}\+([a-z0-9]+)-([0-9]{{1,18}})-([a-z2-7]{{{SEAL_LENGTH}}})@{re.escape(host)}"
        for found in re.finditer(pattern, text, re.IGNORECASE):
            tenant, message = TenantId(found[1].lower()), MessageId(int(found[2]))
            seals = [_seal(key, tenant, message) for key in self.keys]
            if any(hmac.compare_digest(seal, found[3].lower()) for seal in seals):
                return tenant, message
        return None


def _seal(key: str, tenant: TenantId, message: MessageId) -> str:
    digest = hmac.digest(key.encode(), f"backorder return path: {tenant} {message}".encode(), "sha256")
    return base64.b32encode(digest).decode()[:SEAL_LENGTH].lower()


class ReportReader:
    """Reads reports of mail servers (RFC 3464) and complaints of mail programs (RFC 5965)."""

    def __init__(self, paths: ReturnPaths) -> None:
        self._paths = paths

    def read(self, raw: bytes) -> CameBack | None:
        """None for what is no report about a mail of ours, or says that it is only late."""
        ours = self._paths.read(raw.decode("utf-8", "replace"))
        if ours is None:
            return None
        tenant, message = ours
        try:
            mail = message_from_bytes(raw, policy=policy.compat32)
            parts = list(mail.walk())
        except (MessageError, ValueError):
            return None
        if any(part.get_content_type() == "message/feedback-report" for part in parts):
            return CameBack(tenant, message, "The reader marked it as spam.", is_complaint=True)
        reason = next(iter(_failures(parts)), None)
        return None if reason is None else CameBack(tenant, message, reason)


def _failures(parts: Sequence[Message]) -> Iterator[str]:
    """Why each recipient that was given up on did not get it; none for delays and successes."""
    for part in parts:
        if part.get_content_type() != "message/delivery-status" or not part.is_multipart():
            continue
        for fields in part.get_payload():
            if isinstance(fields, Message) and str(fields.get("Action", "")).strip().lower() == "failed":
                said = str(fields.get("Diagnostic-Code") or fields.get("Status") or "It could not be delivered.")
                text = said.partition(";")[2] or said
                yield one_line(_ADDRESS.sub("[address]", text), longest=LONGEST_REASON)


def fingerprint(raw: bytes) -> str:
    """For the log: which mail it was, without a word of it."""
    return hashlib.sha256(raw).hexdigest()[:12]
