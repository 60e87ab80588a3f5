"""A new day of the shop: judge every waiting line, act on time that has run out, tell the merchant what needs a person.

Notices and reminders are decided in planning like all others; here only the day is turned.
"""

from collections import defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime

from plugin.domain.errors import DomainError
from plugin.domain.ids import OrderId, OrderLineId, TenantId
from plugin.domain.notices import CancelCause
from plugin.domain.order import OrderStage, Payment
from plugin.domain.store import Tenant
from plugin.services.again import replan_later
from plugin.services.cancelling import Cancel, calendar_day, cancel_units
from plugin.services.errors import NotFound
from plugin.services.facts import DigestFacts, to_json
from plugin.services.planning import Planning
from plugin.services.ports.messages import MessageKind, NewMessage
from plugin.services.ports.notices import Cancellation, CancellationState, NoticeRecord
from plugin.services.ports.unit_of_work import UnitOfWork, Units

ITEMS_PER_PLAN = 500
MOST_LISTED = 10_000
LONGEST_METHOD = 100


@dataclass(frozen=True, slots=True)
class Deadlines:
    units: Units
    planning: Planning

    def judge(self, tenant_id: TenantId) -> None:
        """Once a day of the shop; asked again that day, it returns at once."""
        now = self.planning.clock.now()
        with self.units(tenant_id) as work:
            tenant = work.tenant()
            items = sorted(work.items.ids_past_zero())
        today = calendar_day(tenant, now)
        if tenant.judged_day == today:
            return
        for start in range(0, len(items), ITEMS_PER_PLAN):
            with self.units(tenant_id) as work:
                self.planning.replan(work, items[start : start + ITEMS_PER_PLAN])
                work.commit()
        self.enforce(tenant_id)
        with self.units(tenant_id) as work:
            self._send_digest(work, work.tenant(), now)
            work.save_tenant(replace(work.tenant(), judged_day=today))
            work.commit()

    def enforce(self, tenant_id: TenantId) -> None:
        """Cancel what nobody agreed to keep, if the merchant lets us; what never reached a shopper is theirs to decide."""
        with self.units(tenant_id) as work:
            if not work.tenant().settings.cancels_by_itself:
                return
            proposed = work.cancellations.in_state(CancellationState.PROPOSED, limit=MOST_LISTED)
        by_order: dict[OrderId, list[Cancellation]] = defaultdict(list)
        for one in proposed:
            if one.cause is CancelCause.SILENCE:
                by_order[one.order_id].append(one)
        for order_id, rows in sorted(by_order.items()):
            self._carry_out(tenant_id, order_id, rows)

    def approve(self, tenant_id: TenantId, cancellation_id: int) -> None:
        """The merchant agrees to a proposed cancellation."""
        row = self._proposal(tenant_id, cancellation_id)
        self._carry_out(tenant_id, row.order_id, [row])

    def cancels_by_itself(self, tenant_id: TenantId, *, wanted: bool | None = None) -> bool:
        """Decide it; None leaves it as it is. Returns what holds now; what waits already is acted on."""
        with self.units(tenant_id) as work:
            tenant = work.tenant()
            holds = tenant.settings.cancels_by_itself if wanted is None else wanted
            if holds != tenant.settings.cancels_by_itself:
                work.save_tenant(replace(tenant, settings=replace(tenant.settings, cancels_by_itself=holds)))
                work.wake("enforce", tenant_id)
            work.commit()
        return holds

    def say_payment(self, tenant_id: TenantId, method: str, payment: Payment) -> Mapping[str, Payment]:
        """What kind a payment method of the shop is; lines that wait are judged by it at once. Returns all that was said."""
        name = method.strip().lower()
        if not name or len(name) > LONGEST_METHOD:
            message = (
                f"method has {len(name)} characters; allowed are 1 to {LONGEST_METHOD}, as the shop shows the method."
            )
            raise DomainError(message, field="method", value=method[:LONGEST_METHOD])
        with self.units(tenant_id) as work:
            tenant = work.tenant()
            said = {**tenant.settings.payments, name: payment}
            said = {each: kind for each, kind in said.items() if kind is not Payment.USUAL}
            work.save_tenant(replace(tenant, settings=replace(tenant.settings, payments=said)))
            replan_later(work, items=work.items.ids_past_zero(), at=self.planning.clock.now())
            work.commit()
        return said

    def to_approve(self, tenant_id: TenantId) -> list[Cancellation]:
        with self.units(tenant_id) as work:
            return work.cancellations.in_state(CancellationState.PROPOSED, limit=MOST_LISTED)

    def to_call(self, tenant_id: TenantId) -> list[NoticeRecord]:
        """Notices that never reached anybody, of orders that still wait; an answer on the phone takes them off."""
        with self.units(tenant_id) as work:
            return _still_waiting(work, work.notices.bounced())

    def refunds_open(self, tenant_id: TenantId) -> list[Cancellation]:
        """Cancelled, and the money not back yet: with their due day, and the problem where there is one."""
        with self.units(tenant_id) as work:
            return work.cancellations.in_state(CancellationState.DECIDED, limit=MOST_LISTED)

    def _proposal(self, tenant_id: TenantId, cancellation_id: int) -> Cancellation:
        for row in self.to_approve(tenant_id):
            if row.cancellation_id == cancellation_id:
                return row
        raise NotFound("proposed cancellation", cancellation_id)

    def _carry_out(self, tenant_id: TenantId, order_id: OrderId, rows: Sequence[Cancellation]) -> None:
        with self.units(tenant_id) as work:
            order = work.orders.get([order_id])[order_id]
            proposed = work.cancellations.of_orders([order_id])
            known = {one.cancellation_id for one in proposed if one.state is CancellationState.PROPOSED}
            rows = [row for row in rows if row.cancellation_id in known]
            owed = {line.line_id: line.owed for line in order.lines}
            units: dict[OrderLineId, int] = {row.line_id: min(row.units, owed.get(row.line_id, 0)) for row in rows}
            if order.stage is not OrderStage.OPEN or not any(units.values()):
                work.cancellations.dismiss([row.cancellation_id for row in rows])
            else:
                cancel_units(
                    work, self.planning, Cancel(order, units, rows[0].cause, {row.line_id: row for row in rows})
                )
            work.commit()

    def _send_digest(self, work: UnitOfWork, tenant: Tenant, now: datetime) -> None:
        """Only when something waits for a person."""
        if not (tenant.settings.sends_digest and tenant.profile.owner_email):
            return
        facts = digest_of(work, tenant, now)
        if not (facts.to_call or facts.to_approve or facts.refunds_to_look_at or facts.refunds_overdue):
            return
        key = f"merchant_digest:{facts.decided_on}"
        language = tenant.profile.language
        letter = NewMessage(key, MessageKind.MERCHANT_DIGEST, tenant.profile.owner_email, language, to_json(facts))
        if work.messages.add([letter], at=now):
            work.wake("deliver", work.tenant_id)


def digest_of(work: UnitOfWork, tenant: Tenant, now: datetime) -> DigestFacts:
    today = calendar_day(tenant, now)
    refunds = work.cancellations.in_state(CancellationState.DECIDED, limit=MOST_LISTED)
    return DigestFacts(
        decided_on=today,
        to_call=len(_still_waiting(work, work.notices.bounced())),
        to_approve=len(work.cancellations.in_state(CancellationState.PROPOSED, limit=MOST_LISTED)),
        refunds_to_look_at=len([one for one in refunds if one.problem]),
        refunds_overdue=len([one for one in refunds if one.refund_due and one.refund_due < today]),
    )


def _still_waiting(work: UnitOfWork, records: Sequence[NoticeRecord]) -> list[NoticeRecord]:
    orders = work.orders.get({record.order_id for record in records})
    return [
        record
        for record in records
        if (order := orders.get(record.order_id))
        and order.stage is OrderStage.OPEN
        and any(line.line_id == record.line_id and line.owed for line in order.lines)
    ]
