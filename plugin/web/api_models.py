"""What the ERP sends and gets, as typed shapes; openapi.py describes them, api.py translates them to the domain's values."""

from collections.abc import Iterable
from datetime import date
from typing import Annotated, Any, Literal, Self

from pydantic import BaseModel, ConfigDict, Field, model_validator

from plugin.domain.calendar import DateWindow
from plugin.domain.changes import Availability
from plugin.domain.ids import LocationId
from plugin.domain.policy import BackorderPolicy, LeadTime, PolicyLabel, Scope
from plugin.domain.shipment import IncomingShipment, ShipmentState
from plugin.services.queries import ItemRow

MOST_UNITS = 1_000_000
LARGEST_ID = 2**53
MOST_LINES = 1_000

Units = Annotated[int, Field(ge=0, le=MOST_UNITS)]
Id = Annotated[int, Field(ge=1, le=LARGEST_ID)]
Item = Annotated[
    str,
    Field(
        pattern=r"^[0-9]{1,15}(:[0-9]{1,15})?$",
        description="`77` for a product counted as a whole, `77:105` for its variant 105.",
        examples=["77:105"],
    ),
]
ScopeText = Annotated[
    str,
    Field(
        max_length=40,
        description="`store`, `category:23`, `product:77` or `variant:105`; the most specific policy wins, as a whole.",
        examples=["product:77"],
    ),
]
VISIBLE = r"^[^\x00-\x1f\x7f]*$"
Words = Annotated[str, Field(max_length=120, pattern=VISIBLE)]


Sku = Annotated[str, Field(min_length=1, max_length=255, pattern=VISIBLE)]


def _require_one_name(item: str | None, sku: str | None) -> None:
    if (item is None) == (sku is None):
        raise ValueError("Name the goods by item or by sku, and not by both.")


class Model(BaseModel):
    model_config = ConfigDict(strict=True, extra="forbid", frozen=True)


class WindowModel(Model):
    """The days between which something happens, both included."""

    earliest: date
    latest: date

    @classmethod
    def of(cls, window: DateWindow | None) -> Self | None:
        return cls(earliest=window.earliest, latest=window.latest) if window else None

    def to_domain(self) -> DateWindow:
        return DateWindow(self.earliest, self.latest)


class LeadTimeModel(Model):
    """Working days from ordering at the supplier until goods arrive."""

    shortest: Annotated[int, Field(ge=0, le=1000)]
    longest: Annotated[int, Field(ge=0, le=1000)]


class LocationLimit(Model):
    location_id: Id
    limit: Units


_IN_WORDS: dict[str, int | None] = {"unlimited": None, "supply": 0}


def _limit_of(policy: BackorderPolicy) -> Any:
    if policy.covers_supply:
        return "supply"
    return "unlimited" if policy.backorder_limit is None else policy.backorder_limit


class PolicyRules(Model):
    """How items may be sold past zero. `lead_time_days` null: no date is known without incoming stock."""

    enabled: bool
    backorder_limit: Annotated[
        Units | Literal["unlimited", "supply"],
        Field(description="`supply`: all that is still to come, less `reserve`; recomputed at each change."),
    ] = 0
    reserve: Units = 0
    lead_time_days: LeadTimeModel | None = None
    handling_days: Annotated[int, Field(ge=0, le=365)] = 1
    label: PolicyLabel = PolicyLabel.BACKORDER
    release_on: date | None = None
    message: Annotated[
        str,
        Field(
            max_length=200,
            pattern=VISIBLE,
            description="Own words for the product page; {date} stands for the ship dates.",
        ),
    ] = ""
    location_limits: Annotated[tuple[LocationLimit, ...], Field(max_length=100)] = ()

    def to_domain(self, scope: Scope) -> BackorderPolicy:
        lead_time = self.lead_time_days
        return BackorderPolicy(
            scope=scope,
            enabled=self.enabled,
            backorder_limit=self.backorder_limit
            if isinstance(self.backorder_limit, int)
            else _IN_WORDS[self.backorder_limit],
            covers_supply=self.backorder_limit == "supply",
            reserve=self.reserve,
            lead_time=LeadTime(lead_time.shortest, lead_time.longest) if lead_time else None,
            handling_days=self.handling_days,
            label=self.label,
            release_on=self.release_on,
            message=self.message,
            location_limits=tuple((LocationId(each.location_id), each.limit) for each in self.location_limits),
        )


class PolicyModel(PolicyRules):
    """A policy with what it covers."""

    scope: ScopeText

    @classmethod
    def of(cls, policy: BackorderPolicy) -> Self:
        lead_time = policy.lead_time
        limits = (LocationLimit(location_id=where, limit=limit) for where, limit in policy.location_limits)
        return cls(
            scope=str(policy.scope),
            enabled=policy.enabled,
            backorder_limit=_limit_of(policy),
            reserve=policy.reserve,
            lead_time_days=LeadTimeModel(shortest=lead_time.shortest, longest=lead_time.longest) if lead_time else None,
            handling_days=policy.handling_days,
            label=policy.label,
            release_on=policy.release_on,
            message=policy.message,
            location_limits=tuple(limits),
        )

    def to_policy(self) -> BackorderPolicy:
        return self.to_domain(Scope.parse(self.scope))


class NewPolicies(Model):
    policies: Annotated[tuple[PolicyModel, ...], Field(min_length=1, max_length=MOST_LINES)]


class PolicyList(Model):
    """`next` is the `after` of the next page; null on the last."""

    policies: tuple[PolicyModel, ...]
    next: str | None


class NewLine(Model):
    """One kind of goods in a shipment: name it by `item` or by `sku`."""

    item: Item | None = None
    sku: Sku | None = None
    quantity: Annotated[int, Field(ge=1, le=MOST_UNITS)]
    location_id: Annotated[Id | None, Field(description="Where these units go; null: where the shipment goes.")] = None

    @model_validator(mode="after")
    def _names_one(self) -> Self:
        _require_one_name(self.item, self.sku)
        return self

    @property
    def name(self) -> str:
        return _at(self.item or self.sku or "", self.location_id)


class NewShipmentModel(Model):
    """Goods announced by a supplier. Sending the same supplier and reference again changes nothing."""

    supplier: Words
    reference: Annotated[Words, Field(min_length=1, description="The paper, such as PO-118.")]
    eta: WindowModel | None = None
    eta_source: Annotated[Words, Field(description="Who said so: `supplier confirmed`, `estimate` …")] = ""
    location_id: Annotated[Id | None, Field(description="Null: the store's default location.")] = None
    lines: Annotated[tuple[NewLine, ...], Field(min_length=1, max_length=MOST_LINES)]

    @property
    def quantities(self) -> list[int]:
        return sorted(line.quantity for line in self.lines)


class ShipmentLineModel(Model):
    item: Item
    quantity: int
    received: int
    location_id: int


class ShipmentModel(Model):
    id: int
    supplier: str
    reference: str
    eta: WindowModel | None
    eta_source: str
    location_id: int
    state: ShipmentState
    lines: tuple[ShipmentLineModel, ...]

    @property
    def quantities(self) -> list[int]:
        return sorted(line.quantity for line in self.lines)

    @classmethod
    def of(cls, shipment: IncomingShipment) -> Self:
        return cls(
            id=shipment.shipment_id,
            supplier=shipment.supplier,
            reference=shipment.reference,
            eta=WindowModel.of(shipment.eta),
            eta_source=shipment.eta_source,
            location_id=shipment.location_id,
            state=shipment.state,
            lines=tuple(
                ShipmentLineModel(
                    item=line.item_id,
                    quantity=line.quantity,
                    received=line.received,
                    location_id=shipment.place_of(line)[1],
                )
                for line in shipment.lines
            ),
        )


class ShipmentList(Model):
    """`next` is the `after` of the next page; null on the last."""

    shipments: tuple[ShipmentModel, ...]
    next: int | None


class ReceivedLine(Model):
    """Goods that came, named by `item` or by `sku`."""

    item: Item | None = None
    sku: Sku | None = None
    quantity: Annotated[int, Field(ge=1, le=MOST_UNITS)]
    location_id: Annotated[
        Id | None,
        Field(description="Where they came in, for goods announced for several locations; null: in their order."),
    ] = None

    @model_validator(mode="after")
    def _names_one(self) -> Self:
        _require_one_name(self.item, self.sku)
        return self


def _at(name: str, location: int | None) -> str:
    """As services/shipments.py names goods for one location."""
    return f"{name}@{location}" if location else name


def totals_of(lines: Iterable[ReceivedLine]) -> dict[str, int]:
    totals: dict[str, int] = {}
    for line in lines:
        name = _at(line.item or line.sku or "", line.location_id)
        totals[name] = totals.get(name, 0) + line.quantity
    return totals


class ReceiptModel(Model):
    """What arrived. `lines` null: all that was outstanding. `closes`: nothing more will come."""

    lines: Annotated[tuple[ReceivedLine, ...], Field(max_length=MOST_LINES)] | None = None
    closes: bool = False
    as_totals: Annotated[
        bool,
        Field(description="The quantities are all that came so far: sending them again books nothing twice."),
    ] = False

    def quantities(self) -> dict[str, int] | None:
        return None if self.lines is None else totals_of(self.lines)


class ItemModel(Model):
    """An item sold past zero. `limit` and `left` null: as many as shoppers want."""

    item: Item
    sku: str
    name: str
    on_hand: int
    owed: int
    limit: int | None
    left: int | None
    ships: WindowModel | None
    state: Availability

    @classmethod
    def of(cls, row: ItemRow) -> Self:
        return cls(
            item=row.item_id,
            sku=row.sku,
            name=f"{row.name}, {row.label}" if row.label else row.name,
            on_hand=row.on_hand,
            owed=row.owed,
            limit=row.limit,
            left=row.left,
            ships=WindowModel.of(row.ships),
            state=row.availability,
        )


class ItemList(Model):
    """`next` is the `after` of the next page; null on the last."""

    items: tuple[ItemModel, ...]
    next: str | None


class FaultModel(Model):
    field: str
    value: Any
    message: str


class Problem(Model):
    """RFC 9457. `errors` names each field that cannot be used, its value, and what is allowed."""

    type: str
    title: str
    status: int
    detail: str
    request_id: str
    errors: tuple[FaultModel, ...] = ()
