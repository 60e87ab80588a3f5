"""Give money back through the shop's own refunds, one line at a time, and never twice: each carries a marker to look for."""

from collections import defaultdict
from dataclasses import dataclass
from datetime import timedelta
from decimal import Decimal

from plugin.domain.ids import OrderId, TenantId
from plugin.domain.saying import Saying, said, said_many
from plugin.services.cancelling import calendar_day, cancelled_lines, letter_about_money
from plugin.services.causes import LinkedCall, calls_noted
from plugin.services.errors import GiveUp, RetryLater
from plugin.services.facts import CancelledFacts, ParkedFacts, ParkedThing, to_json
from plugin.services.ports.desk import Activity
from plugin.services.ports.directory import Directory
from plugin.services.ports.messages import MessageKind, NewMessage
from plugin.services.ports.notices import Cancellation
from plugin.services.ports.shop import RefundMade, RefundRequest, Store, Stores
from plugin.services.ports.system import Clock
from plugin.services.ports.unit_of_work import UnitOfWork, Units
from plugin.services.retry import next_try

REFUNDS_PER_JOB = 20
"""Each is a look, a quote and a refund; the platform takes them one after the other only."""
LEASE = timedelta(minutes=10)


@dataclass(frozen=True, slots=True)
class Refunds:
    units: Units
    directory: Directory
    stores: Stores
    clock: Clock

    def quote(self, tenant_id: TenantId, request: RefundRequest) -> RefundMade:
        """What would go back, by the shop's own count."""
        return self.stores.open(tenant_id).refund_quote(request)

    def pay_back(self, tenant_id: TenantId) -> None:
        """Every refund that is due; what fails is tried again, then a person has to look."""
        now = self.clock.now()
        if not self.directory.claim_lease(tenant_id, "refund", at=now, until=now + LEASE):
            return
        try:
            self._pay_back_all(tenant_id)
        finally:
            self.directory.release_lease(tenant_id, "refund")

    def try_again(self, tenant_id: TenantId, cancellation_id: int) -> None:
        """A person asked for it."""
        with self.units(tenant_id) as work:
            work.cancellations.postpone(cancellation_id, until=self.clock.now())
            work.wake("refund", tenant_id)
            work.commit()

    def _pay_back_all(self, tenant_id: TenantId) -> None:
        with self.units(tenant_id) as work:
            due = work.cancellations.claim(at=self.clock.now(), limit=REFUNDS_PER_JOB)
            work.commit()
        if not due:
            return
        store = self.stores.open(tenant_id)
        done: dict[OrderId, list[tuple[Cancellation, RefundMade]]] = defaultdict(list)
        for cancellation in due:
            made = self._pay_back(tenant_id, store, cancellation)
            if made:
                done[cancellation.order_id].append((cancellation, made))
        for order, refunds in sorted(done.items()):
            self._tell(tenant_id, order, refunds)
        if len(due) == REFUNDS_PER_JOB:
            with self.units(tenant_id) as work:
                work.wake("refund", tenant_id)
                work.commit()

    def _pay_back(self, tenant_id: TenantId, store: Store, cancellation: Cancellation) -> RefundMade | None:
        with calls_noted() as calls:
            try:
                made = store.refund(request_for(cancellation))
            except RetryLater as problem:
                self._try_later(tenant_id, cancellation, problem)
                return None
            except GiveUp as problem:
                self._give_up(tenant_id, cancellation, problem)
                return None
        now = self.clock.now()
        with self.units(tenant_id) as work:
            work.cancellations.refunded(cancellation.cancellation_id, made, at=now)
            work.calls.add([LinkedCall(call) for call in calls])
            work.journal.add([Activity(now, "refunded", f"order:{cancellation.order_id}", _said(cancellation, made))])
            work.commit()
        return made

    def _try_later(self, tenant_id: TenantId, cancellation: Cancellation, problem: RetryLater) -> None:
        now = self.clock.now()
        until = next_try(cancellation.attempts, now=now, after=problem.after, spread=cancellation.cancellation_id)
        if until is None:
            self._give_up(tenant_id, cancellation, GiveUp("exceeded", problem.said))
            return
        with self.units(tenant_id) as work:
            work.cancellations.postpone(cancellation.cancellation_id, until=until)
            work.commit()

    def _give_up(self, tenant_id: TenantId, cancellation: Cancellation, problem: GiveUp) -> None:
        now = self.clock.now()
        with self.units(tenant_id) as work:
            work.cancellations.park(cancellation.cancellation_id, problem)
            what = said_many(
                "The refund of %(count)s unit could not be made: %(why)s",
                "The refund of %(count)s units could not be made: %(why)s",
                count=cancellation.units,
                why=problem.said,
            )
            work.journal.add([Activity(now, "refund_failed", f"order:{cancellation.order_id}", what)])
            self._tell_owner(work, cancellation, problem)
            work.commit()

    def _tell_owner(self, work: UnitOfWork, cancellation: Cancellation, problem: GiveUp) -> None:
        tenant, now = work.tenant(), self.clock.now()
        if not tenant.profile.owner_email:
            return
        facts = ParkedFacts(
            thing=ParkedThing.REFUND,
            reason=problem.reason,
            decided_on=calendar_day(tenant, now),
            about=f"#{cancellation.order_id}",
            explanation=problem.explanation,
        )
        letter = NewMessage(
            f"refund_failed:{cancellation.cancellation_id}:{now.isoformat()}",
            MessageKind.MERCHANT_PARKED,
            tenant.profile.owner_email,
            tenant.profile.language,
            to_json(facts),
        )
        work.messages.add([letter], at=now)
        work.wake("deliver", work.tenant_id)

    def _tell(self, tenant_id: TenantId, order_id: OrderId, refunds: list[tuple[Cancellation, RefundMade]]) -> None:
        """One mail for all that went back just now."""
        now = self.clock.now()
        with self.units(tenant_id) as work:
            tenant, order = work.tenant(), work.orders.get([order_id])[order_id]
            today = calendar_day(tenant, now)
            facts = CancelledFacts(
                order_id=order_id,
                placed_on=today,
                decided_on=today,
                lines=cancelled_lines(order, {one.line_id: one.units for one, _ in refunds}),
                cause=refunds[0][0].cause,
                amount=_total([made.amount for _, made in refunds]),
                is_offline=any(made.is_offline for _, made in refunds),
                shopper_name=order.shopper.name,
            )
            key = str(refunds[0][0].cancellation_id)
            letter = letter_about_money(work, tenant, MessageKind.REFUNDED, order, facts, key=key)
            if letter.to and work.messages.add([letter], at=now):
                work.wake("deliver", tenant_id)
            work.commit()


def request_for(cancellation: Cancellation) -> RefundRequest:
    return RefundRequest(
        order_id=cancellation.order_id,
        units={cancellation.line_id: cancellation.units},
        marker=f"[Backorder {cancellation.cancellation_id}]",
        with_shipping=cancellation.with_shipping,
    )


def _total(amounts: list[str]) -> str:
    """Amounts come as `12.50 USD`; those of one order share a currency."""
    total = sum((Decimal(amount.split(" ")[0]) for amount in amounts), Decimal(0))
    return f"{total:.2f} {amounts[0].split(' ')[-1]}"


def _said(cancellation: Cancellation, made: RefundMade) -> Saying:
    refunded = said_many(
        "Refunded %(count)s unit: %(amount)s.",
        "Refunded %(count)s units: %(amount)s.",
        count=cancellation.units,
        amount=made.amount,
    )
    if made.is_offline:
        return said("%(refunded)s The payment has to be sent back by hand.", refunded=refunded)
    return refunded
