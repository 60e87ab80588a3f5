"""Whether mail servers will believe the address shoppers are written from: the DNS records it needs, and which are there."""

import re
from collections.abc import Sequence
from dataclasses import dataclass
from enum import StrEnum
from typing import Protocol

from plugin.domain.errors import DomainError
from plugin.domain.saying import said
from plugin.services.errors import RetryLater

SPF, DMARC, DKIM = "v=spf1", "v=DMARC1", "v=DKIM1"
SELECTOR = re.compile(r"[a-z0-9]([a-z0-9_-]{0,62})(\.[a-z0-9]([a-z0-9_-]{0,62}))*", re.IGNORECASE)
LONGEST_SELECTOR = 120


class Texts(Protocol):
    """The text records of a name in the DNS; raises RetryLater where nobody answers."""

    def __call__(self, name: str) -> Sequence[str]: ...


class RecordState(StrEnum):
    FOUND = "found"
    MISSING = "missing"
    UNKNOWN = "unknown"
    """Nobody answered; try again."""
    UNASKED = "unasked"


@dataclass(frozen=True, slots=True)
class DnsRecord:
    """`value` is what to set where there is none; `found` what stands there now."""

    name: str
    kind: str
    value: str
    state: RecordState
    found: str = ""


@dataclass(frozen=True, slots=True)
class SenderCheck:
    """`domain` is the one of the address that mail leaves from."""

    domain: str
    texts: Texts

    def records(self, selector: str = "") -> tuple[DnsRecord, ...]:
        """What to set, without asking anybody. A key is only looked for where its selector is known."""
        key = DnsRecord(f"{selector}._domainkey.{self.domain}", DKIM, f"{DKIM}; k=rsa; p=…", RecordState.UNASKED)
        return (
            *([key] if selector else []),
            DnsRecord(self.domain, SPF, f"{SPF} mx -all", RecordState.UNASKED),
            DnsRecord(f"_dmarc.{self.domain}", DMARC, f"{DMARC}; p=quarantine", RecordState.UNASKED),
        )

    def check(self, selector: str = "") -> tuple[DnsRecord, ...]:
        return tuple(self._checked(record) for record in self.records(selector))

    def _checked(self, record: DnsRecord) -> DnsRecord:
        try:
            texts = self.texts(record.name)
        except RetryLater:
            return DnsRecord(record.name, record.kind, record.value, RecordState.UNKNOWN)
        found = next((text for text in texts if _is_it(text, record.kind)), "")
        state = RecordState.FOUND if found else RecordState.MISSING
        return DnsRecord(record.name, record.kind, record.value, state, found)


def checked_selector(text: str) -> str:
    """As a merchant types it; empty where none is named. Raises DomainError."""
    selector = text.strip().removesuffix("._domainkey")
    if selector and not (SELECTOR.fullmatch(selector) and len(selector) <= LONGEST_SELECTOR):
        raise DomainError(
            said(
                "dkim_selector is %(text)r; allowed: what your mail server calls its key, such as mail or s1.",
                text=text[:60],
            ),
            field="dkim_selector",
            value=text,
        )
    return selector


def _is_it(text: str, kind: str) -> bool:
    """A DKIM key may leave out its version; one without `p=` is none, and an empty one was taken back (RFC 6376)."""
    if kind != DKIM:
        return text.lower().startswith(kind.lower())
    tags = dict(part.strip().partition("=")[::2] for part in text.split(";"))
    return tags.get("v", "DKIM1") == "DKIM1" and bool(tags.get("p", "").strip())
