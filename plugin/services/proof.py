"""The proof of an order: what its shopper was shown and told, when, on what basis, and what came of it.

Everything is read at one moment, put in order, and written down as JSON; the PDF says the same for people. Each file
carries the fingerprint of the JSON, so that two of them can be compared.
"""

import hashlib
import json
from collections.abc import Mapping
from dataclasses import dataclass, fields, is_dataclass
from datetime import date, datetime
from enum import StrEnum
from typing import Any, Protocol

from plugin.domain.ids import OrderId, TenantId
from plugin.domain.law import RULES, RULES_VERSION, Region, region_of
from plugin.domain.saying import Saying
from plugin.services.errors import NotFound
from plugin.services.ports.system import Clock
from plugin.services.ports.unit_of_work import Units

FORMAT = "backorder proof 1"


class MailResult(StrEnum):
    WAITING = "waiting"
    SENT = "sent"
    DROPPED = "dropped"
    """Never sent, because it was not true any more."""
    GIVEN_UP = "given up"
    CAME_BACK = "came back"


@dataclass(frozen=True, slots=True)
class ProofLine:
    """A line as it stands. `promised` is what it is told now, part by part, each with the reason of its date."""

    line_id: int
    name: str
    sku: str
    quantity: int
    shipped: int
    refunded: int
    ready: int
    owed: int
    promised: tuple[str, ...]
    place: str


@dataclass(frozen=True, slots=True)
class Shown:
    """Something the shopper was shown or sent, word for word."""

    at: datetime
    surface: str
    text: str
    facts: Mapping[str, Any]


@dataclass(frozen=True, slots=True)
class FirstTold:
    """What one line was told first; this is what we are held to."""

    at: datetime
    line_id: int
    surface: str
    earliest: date | None
    latest: date | None
    text: str
    basis: Mapping[str, Any]


@dataclass(frozen=True, slots=True)
class InQueue:
    """An order that holds or waits for the same item, in the order of the queue. No person stands in it."""

    item: str
    order_id: int
    since: datetime
    units: int
    ready: int
    owed: int
    why: str


@dataclass(frozen=True, slots=True)
class ProofMail:
    kind: str
    to: str
    written_at: datetime
    result: MailResult
    sent_at: datetime | None
    came_back_at: datetime | None
    tries: int
    subject: str
    text: str
    problem: str


@dataclass(frozen=True, slots=True)
class ProofNotice:
    """A delay notice about one line, with its deadline and what became of it."""

    line_id: int
    kind: str
    region: str
    rules_version: str
    promised_before: date
    earliest: date | None
    latest: date | None
    reason: str
    decided_at: datetime
    send_by: date
    sent_at: datetime | None
    came_back_at: datetime | None
    withdrawn_at: datetime | None
    silence: str
    answer_by: date | None
    answer: str
    answered_at: datetime | None
    channel: str


@dataclass(frozen=True, slots=True)
class ProofAnswer:
    at: datetime
    answer: str
    channel: str
    lines: tuple[int, ...]
    detail: str


@dataclass(frozen=True, slots=True)
class ProofCancellation:
    line_id: int
    units: int
    cause: str
    state: str
    decided_at: datetime
    refund_due: date | None
    refunded_at: datetime | None
    amount: str
    is_offline: bool
    problem: str


@dataclass(frozen=True, slots=True)
class ProofSubstitute:
    """Something else the shopper chose instead of a line, and what became of it."""

    line_id: int
    item: str
    substitute: str
    name: str
    units: int
    chosen_at: datetime
    channel: str
    state: str
    settled_at: datetime | None


@dataclass(frozen=True, slots=True)
class Decided:
    """A decision of ours about this order, in words."""

    at: datetime
    kind: str
    said: Saying


@dataclass(frozen=True, slots=True)
class OrderRecord:
    """What the database knows of an order. Lists are oldest first."""

    shown: tuple[Shown, ...] = ()
    first_told: tuple[FirstTold, ...] = ()
    queue: tuple[InQueue, ...] = ()
    mails: tuple[ProofMail, ...] = ()
    notices: tuple[ProofNotice, ...] = ()
    answers: tuple[ProofAnswer, ...] = ()
    cancellations: tuple[ProofCancellation, ...] = ()
    substitutes: tuple[ProofSubstitute, ...] = ()
    decisions: tuple[Decided, ...] = ()


class OrderRecords(Protocol):
    def of_order(self, tenant: TenantId, order: OrderId) -> OrderRecord: ...


@dataclass(frozen=True, slots=True)
class Proof:
    """Not legal advice: it says what happened, not what follows from it."""

    store: str
    order_id: int
    made_at: datetime
    placed_at: datetime
    paid_at: datetime | None
    stage: str
    shopper_name: str
    shopper_email: str
    country: str
    region: Region
    lines: tuple[ProofLine, ...]
    record: OrderRecord

    @property
    def rules(self) -> str:
        """Which rules held, in which version."""
        return f"{RULES[self.region].source}; rules version {RULES_VERSION}"

    def to_json(self) -> str:
        content = {"format": FORMAT, "rules": self.rules, **_plain(self)}
        return json.dumps(content, ensure_ascii=False, indent=2)

    @property
    def fingerprint(self) -> str:
        """SHA-256 of the JSON, as the PDF names it."""
        return hashlib.sha256(self.to_json().encode()).hexdigest()


class ProofPrinter(Protocol):
    def pdf(self, proof: Proof) -> bytes: ...


@dataclass(frozen=True, slots=True)
class Proofs:
    units: Units
    records: OrderRecords
    clock: Clock

    def of_order(self, tenant_id: TenantId, order_id: OrderId) -> Proof:
        """Raises NotFound."""
        with self.units(tenant_id) as work:
            order = work.orders.get([order_id]).get(order_id)
            if order is None:
                raise NotFound("order", order_id)
            promises = work.orders.promises([order_id])
            profile = work.tenant().profile
        record = self.records.of_order(tenant_id, order_id)
        places = {row.item: row.why for row in record.queue if row.order_id == order_id}
        lines = []
        for line in order.lines:
            promise = promises.get(line.line_id)
            lines.append(
                ProofLine(
                    line_id=line.line_id,
                    name=line.name,
                    sku=line.sku,
                    quantity=line.quantity,
                    shipped=line.shipped,
                    refunded=line.refunded,
                    ready=line.allocated,
                    owed=line.owed if order.stage.holds_units else 0,
                    promised=tuple(f"{part.units}: {part.why}" for part in promise.parts) if promise else (),
                    place=places.get(line.item_id or "", ""),
                )
            )
        return Proof(
            store=profile.name,
            order_id=order_id,
            made_at=self.clock.now(),
            placed_at=order.placed_at,
            paid_at=order.paid_at,
            stage=order.stage.value,
            shopper_name=order.shopper.name,
            shopper_email=order.shopper.email,
            country=order.shopper.country,
            region=region_of(order.shopper.country),
            lines=tuple(lines),
            record=record,
        )


def _plain(value: Any) -> Any:
    match value:
        case StrEnum():
            return value.value
        case datetime() | date():
            return value.isoformat()
        case tuple() | list():
            return [_plain(part) for part in value]
        case Mapping():
            return {str(name): _plain(part) for name, part in value.items()}
        case _ if is_dataclass(value):
            return {field.name: _plain(getattr(value, field.name)) for field in fields(value)}
        case _:
            return value
