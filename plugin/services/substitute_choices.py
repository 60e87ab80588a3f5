"""A shopper takes a substitute: kept, shown to the merchant, and seen through until the shop's own order says so.

choose → the merchant changes the order in the control panel → `settle_choices` sees it → the units go to the next in line

We never edit an order ourselves: the platform would drop its discounts, and a price difference is the merchant's to
settle. Until the order is changed the line stands as it was bought and keeps its units and its place.
"""

from dataclasses import dataclass
from datetime import datetime

from plugin.domain.ids import ItemId, OrderId, OrderLineId, TenantId
from plugin.domain.order import Order
from plugin.domain.saying import said
from plugin.domain.substitute import ChoiceState, SubstituteChoice, wanted, wanted_of
from plugin.services.answers import Answers, line_statuses, open_order, remember
from plugin.services.errors import Conflict, NotFound
from plugin.services.intake import Intake
from plugin.services.news import LookAgain, read_news
from plugin.services.ports.inbox import EventHint
from plugin.services.ports.notices import GivenAnswer
from plugin.services.ports.shop import Stores
from plugin.services.ports.unit_of_work import UnitOfWork
from plugin.services.settled_choices import settle
from plugin.services.substitutes import Instead, offered


@dataclass(frozen=True, slots=True)
class SubstituteChoices:
    answers: Answers
    stores: Stores
    intake: Intake

    def of_order(self, tenant_id: TenantId, order_id: OrderId) -> list[SubstituteChoice]:
        """Oldest first."""
        with self.answers.units(tenant_id) as work:
            return work.substitutes.choices([order_id])

    def waiting(self, tenant_id: TenantId, *, after: int = 0, limit: int) -> list[SubstituteChoice]:
        """Choices for which the merchant has to change an order, oldest first."""
        with self.answers.units(tenant_id) as work:
            return work.substitutes.open_choices(after=after, limit=limit)

    def choose(
        self, tenant_id: TenantId, order_id: OrderId, line_id: OrderLineId, item: ItemId, *, channel: str
    ) -> None:
        """Want this instead of what of the line still waits; chosen twice is chosen once.

        Raises NotFound, and Conflict where it is not offered, or not any more.
        """
        now = self.answers.planning.clock.now()
        with self.answers.units(tenant_id) as work:
            order = open_order(work, order_id)
            work.items.facts([item], lock=True)  # who comes at the same moment is told after this one
            known = _open_choice(work, order_id, line_id)
            if known and known.substitute == item:
                return
            instead = None if known else _offer(work, order, line_id, item)
            if instead is None:
                raise Conflict(said("This substitute is not offered, or not any more."))
            choice = _choice(order, line_id, instead, at=now, channel=channel)
            work.substitutes.add_choice(choice)
            detail = f"{choice.units} × {choice.name}"
            remember(work, order, GivenAnswer.SUBSTITUTE, channel, at=now, lines=(line_id,), detail=detail)
            work.commit()

    def take_back(self, tenant_id: TenantId, order_id: OrderId, line_id: OrderLineId, *, channel: str) -> None:
        """Want what was bought, after all. Raises Conflict where the shop has acted on the choice."""
        now = self.answers.planning.clock.now()
        with self.answers.units(tenant_id) as work:
            order = open_order(work, order_id)
            choices = [one for one in work.substitutes.choices([order_id]) if one.line_id == line_id]
            if not choices or choices[-1].state not in {ChoiceState.OPEN, ChoiceState.TAKEN_BACK}:
                raise Conflict(said("There is no choice of a substitute that could be taken back."))
            last = choices[-1]
            if work.substitutes.settle(last, ChoiceState.TAKEN_BACK, at=now):
                detail = f"{last.units} × {last.name}"
                remember(work, order, GivenAnswer.TAKE_BACK, channel, at=now, lines=(line_id,), detail=detail)
            work.commit()

    def done(self, tenant_id: TenantId, choice_id: int) -> None:
        """The merchant says that the order is changed: read it now, and believe what it says.

        Raises NotFound, and Conflict as long as the order is as it was.
        """
        choice = self._get(tenant_id, choice_id)
        if not choice.is_open:
            return
        hint = EventHint(orders=frozenset({choice.order_id}))
        news = read_news(self.answers.units, self.stores.open(tenant_id), tenant_id, hint, LookAgain())
        with self.answers.units(tenant_id) as work:
            self.intake.take_over(work, news)
            work.commit()
        if self._get(tenant_id, choice_id).is_open:
            raise Conflict(
                said(
                    "In your store order %(order_id)s is as it was: %(name)s has not taken the place of what was bought. Change the order in BigCommerce first.",
                    order_id=choice.order_id,
                    name=choice.name,
                )
            )

    def decline(self, tenant_id: TenantId, choice_id: int) -> None:
        """The merchant will not change the order; it stays as it was bought. Raises NotFound."""
        choice = self._get(tenant_id, choice_id)
        with self.answers.units(tenant_id) as work:
            settle(work, choice, ChoiceState.DECLINED, at=self.answers.planning.clock.now())
            work.commit()

    def _get(self, tenant_id: TenantId, choice_id: int) -> SubstituteChoice:
        with self.answers.units(tenant_id) as work:
            found = work.substitutes.choice(choice_id)
        if found is None:
            raise NotFound("choice of a substitute", choice_id)
        return found


def _open_choice(work: UnitOfWork, order_id: OrderId, line_id: OrderLineId) -> SubstituteChoice | None:
    choices = work.substitutes.choices([order_id])
    return next((one for one in choices if one.line_id == line_id and one.is_open), None)


def _offer(work: UnitOfWork, order: Order, line_id: OrderLineId, item: ItemId) -> Instead | None:
    lines = [line for line in line_statuses(work, order) if line.line.line_id == line_id]
    if not lines:
        raise NotFound("order line", f"{order.order_id}.{line_id}")
    found = offered(work, lines).get(line_id, ())
    return next((one for one in found if one.substitute.item_id == item), None)


def _choice(order: Order, line_id: OrderLineId, instead: Instead, *, at: datetime, channel: str) -> SubstituteChoice:
    line = next(line for line in order.lines if line.line_id == line_id)
    assert line.item_id is not None
    return SubstituteChoice(
        choice_id=0,
        order_id=order.order_id,
        line_id=line_id,
        item_id=line.item_id,
        substitute=instead.substitute.item_id,
        name=instead.name,
        units=instead.units,
        wanted_before=wanted(line),
        had_before=wanted_of(order, instead.substitute.item_id),
        chosen_at=at,
        channel=channel,
    )
