"""Why the world said no. Nothing has changed when one of these is raised."""

from dataclasses import dataclass


class Refused(Exception):
    """A sentence a person at the panel can act on."""


class NotThere(Refused):
    """No such order, product, line, customer."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Shortage:
    """How much of an item there is, against what was wanted."""

    product_id: int
    variant_id: int
    location_id: int
    wanted: int
    available: int
    available_for_backorder: int


class OutOfStock(Refused):
    """The store's inventory says there is not enough; `shortages` says of what."""

    def __init__(self, shortages: list[Shortage]) -> None:
        self.shortages = shortages
        parts = [
            f"variant {each.variant_id} of product {each.product_id}: wanted {each.wanted}, available {each.available}"
            f" and {each.available_for_backorder} for backorder"
            for each in shortages
        ]
        super().__init__("Not enough stock. " + "; ".join(parts) + ".")


class NotForSale(Refused):
    """Hidden, disabled, or outside the quantities one order may have."""
