"""Whether mail servers will believe the address shoppers are written from: the DNS records it needs, and which are there."""

from collections.abc import Sequence
from dataclasses import dataclass
from enum import StrEnum
from typing import Protocol

from plugin.services.errors import RetryLater

SPF, DMARC = "v=spf1", "v=DMARC1"


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

    def records(self) -> tuple[DnsRecord, ...]:
        """What to set, without asking anybody."""
        return (
            DnsRecord(self.domain, SPF, f"{SPF} mx -all", RecordState.UNASKED),
            DnsRecord(f"_dmarc.{self.domain}", DMARC, f"{DMARC}; p=quarantine", RecordState.UNASKED),
        )

    def check(self) -> tuple[DnsRecord, ...]:
        return tuple(self._checked(record) for record in self.records())

    def _checked(self, record: DnsRecord) -> DnsRecord:
        try:
            texts = self.texts(record.name)
        except RetryLater:
            return DnsRecord(record.name, record.kind, record.value, RecordState.UNKNOWN)
        found = next((text for text in texts if text.lower().startswith(record.kind.lower())), "")
        state = RecordState.FOUND if found else RecordState.MISSING
        return DnsRecord(record.name, record.kind, record.value, state, found)
