"""What the merchant allows to be sent instead of an item; and of that, what a shopper who waits may be offered now.

services/substitute_choices.py takes the shopper's answer and sees it through.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from plugin.domain.errors import DomainError
from plugin.domain.ids import ItemId, OrderLineId, TenantId, product_of
from plugin.domain.saying import said
from plugin.domain.substitute import Sooner, Substitute, require_sensible, sooner_with
from plugin.services.again import replan_later
from plugin.services.answers import LineStatus
from plugin.services.errors import NotFound
from plugin.services.ports.catalog import ItemFacts
from plugin.services.ports.desk import Activity
from plugin.services.ports.system import Clock
from plugin.services.ports.unit_of_work import UnitOfWork, Units

Listed = tuple[tuple[Substitute, ItemFacts], ...]


@dataclass(frozen=True, slots=True)
class Substitutes:
    units: Units
    clock: Clock

    def of_item(self, tenant_id: TenantId, item: ItemId) -> Listed:
        """In the merchant's order, with what each is called. Raises NotFound."""
        with self.units(tenant_id) as work:
            if item not in work.items.facts([item]):
                raise NotFound("item", item)
            allowed = work.substitutes.of_items([item]).get(item, ())
            facts = work.items.facts([each.item_id for each in allowed])
        return tuple((each, facts[each.item_id]) for each in allowed)

    def find(self, tenant_id: TenantId, text: str) -> ItemId | None:
        """The item somebody wrote: its id (`77:105`) or its SKU."""
        with self.units(tenant_id) as work:
            if ItemId(text) in work.items.facts([ItemId(text)]):
                return ItemId(text)
            return work.items.id_by_sku([text]).get(text)

    def save(self, tenant_id: TenantId, item: ItemId, substitutes: Sequence[Substitute]) -> None:
        """In the place of what was allowed before. Raises NotFound, DomainError."""
        require_sensible(item, substitutes)
        now = self.clock.now()
        with self.units(tenant_id) as work:
            facts = work.items.facts([item, *(each.item_id for each in substitutes)])
            if item not in facts:
                raise NotFound("item", item)
            for each in substitutes:
                _require_counted(each.item_id, facts.get(each.item_id))
            before = work.substitutes.of_items([item]).get(item, ())
            if before != tuple(substitutes):
                work.substitutes.save(item, substitutes)
                names = ", ".join(name_of(facts[each.item_id]) for each in substitutes)
                what = said(
                    "%(item)s: shoppers who wait may take %(names)s instead.",
                    item=name_of(facts[item]),
                    names=names or said("nothing"),
                )
                work.journal.add([Activity(now, "substitutes", f"item:{item}", what)])
                replan_later(work, items=[each.item_id for each in substitutes], at=now)
            work.commit()


def _require_counted(item: ItemId, facts: ItemFacts | None) -> None:
    if facts is None:
        raise DomainError(said("Your catalog has no item %(item)s.", item=item), field="item", value=item)
    if not facts.is_tracked:
        message = said(
            "%(item)s is not counted by your store, so nobody could say whether it can be sent.", item=name_of(facts)
        )
        raise DomainError(message, field="item", value=item)


def name_of(facts: ItemFacts) -> str:
    return f"{facts.name}, {facts.label}" if facts.label else facts.name


@dataclass(frozen=True, slots=True)
class Instead:
    """A substitute that a shopper may take now for all units of a line that still wait."""

    substitute: Substitute
    name: str
    units: int
    sooner: Sooner
    image_url: str = ""


def offered(work: UnitOfWork, lines: Sequence[LineStatus]) -> Mapping[OrderLineId, tuple[Instead, ...]]:
    """For each line that waits, the allowed substitutes that ship now or sooner than its shopper is told."""
    waiting = [line for line in lines if line.is_waiting and line.line.item_id]
    allowed = work.substitutes.of_items({line.line.item_id for line in waiting if line.line.item_id})
    if not allowed:
        return {}
    items = {each.item_id for substitutes in allowed.values() for each in substitutes}
    facts, offers = work.items.facts(items), work.items.offers(items)
    products, spoken_for = work.items.products({product_of(item) for item in items}), work.substitutes.spoken_for(items)
    found: dict[OrderLineId, tuple[Instead, ...]] = {}
    for line in waiting:
        told, units = line.window, line.line.owed
        for each in allowed.get(line.line.item_id or ItemId(""), ()):
            offer = offers.get(each.item_id)
            sooner = offer and sooner_with(
                offer,
                units=units,
                spoken_for=spoken_for.get(each.item_id, 0),
                instead_of=told.latest if told else None,
            )
            if sooner:
                image = products[product_of(each.item_id)].image_url
                instead = Instead(each, name_of(facts[each.item_id]), units, sooner, image)
                found[line.line.line_id] = (*found.get(line.line.line_id, ()), instead)
    return found
