"""What the ERP sends and gets about supply: changes of a shipment and their history, suppliers and their records."""

from collections.abc import Iterable
from datetime import date, datetime
from typing import Annotated, Literal, Self

from pydantic import Field, model_validator

from plugin.domain.policy import LeadTime
from plugin.domain.shipment import EtaStatement
from plugin.domain.supplier import Punctuality, Supplier, SupplierRecord
from plugin.services.ports import SupplierRow
from plugin.services.shipments import ShipmentChange
from plugin.web.api_models import MOST_LINES, LeadTimeModel, Model, WindowModel, Words


class ChangeModel(Model):
    """What is new: the ETA (null where nobody can say any more; needs a source), the state, or both."""

    eta: WindowModel | None = None
    source: Words = ""
    state: Annotated[
        Literal["announced", "in_transit"] | None,
        Field(description="Whether the supplier has sent it. What has come in part stays received in part."),
    ] = None

    @model_validator(mode="after")
    def _says_something(self) -> Self:
        if not {"eta", "state"} & self.model_fields_set:
            raise ValueError("Name a new eta, a new state, or both.")
        return self

    def to_change(self) -> ShipmentChange:
        return ShipmentChange(
            moves="eta" in self.model_fields_set,
            eta=self.eta.to_domain() if self.eta else None,
            source=self.source,
            has_left=None if self.state is None else self.state == "in_transit",
        )


class StatementModel(Model):
    """Who named which days, and when."""

    said_at: datetime
    eta: WindowModel | None
    source: str


class HistoryModel(Model):
    """Oldest first; the last one holds."""

    statements: tuple[StatementModel, ...]

    @classmethod
    def of(cls, history: Iterable[EtaStatement]) -> Self:
        return cls(
            statements=tuple(
                StatementModel(said_at=each.said_at, eta=WindowModel.of(each.eta), source=each.source)
                for each in history
            )
        )


class SupplierModel(Model):
    """What you know of a supplier. `lead_time_days` are its own working days, from ordering until goods are here."""

    lead_time_days: LeadTimeModel | None = None
    working_weekdays: Annotated[
        tuple[Annotated[int, Field(ge=0, le=6)], ...], Field(min_length=1, max_length=7, description="0 is Monday.")
    ] = (0, 1, 2, 3, 4)
    country: Annotated[
        str, Field(pattern=r"^([A-Z]{2})?$", description="Its public holidays are no working days; empty: none.")
    ] = ""
    extra_holidays: Annotated[tuple[date, ...], Field(max_length=MOST_LINES)] = ()

    def to_domain(self, name: str) -> Supplier:
        lead_time = self.lead_time_days
        return Supplier(
            name=name,
            lead_time=LeadTime(lead_time.shortest, lead_time.longest) if lead_time else None,
            working_weekdays=self.working_weekdays,
            country=self.country,
            extra_holidays=self.extra_holidays,
        )

    @classmethod
    def of(cls, supplier: Supplier | None) -> "SupplierModel | None":
        if supplier is None:
            return None
        lead_time = supplier.lead_time
        return SupplierModel(
            lead_time_days=LeadTimeModel(shortest=lead_time.shortest, longest=lead_time.longest) if lead_time else None,
            working_weekdays=supplier.working_weekdays,
            country=supplier.country,
            extra_holidays=supplier.extra_holidays,
        )


class PunctualityModel(Model):
    """How late deliveries came, in calendar days. Both figures are null where there is too little data to tell."""

    deliveries: int
    is_enough: bool
    median_days: int | None
    p80_days: int | None
    words: str

    @classmethod
    def of(cls, punctuality: Punctuality) -> Self:
        return cls(
            deliveries=punctuality.deliveries,
            is_enough=punctuality.is_enough,
            median_days=punctuality.median_days,
            p80_days=punctuality.p80_days,
            words=str(punctuality),
        )


class SupplierRowModel(Model):
    """`known` null: the name stands on shipments, and you said nothing of it yet."""

    name: str
    known: SupplierModel | None
    punctuality: PunctualityModel

    @classmethod
    def of(cls, row: SupplierRow) -> Self:
        return cls(
            name=row.name, known=SupplierModel.of(row.supplier), punctuality=PunctualityModel.of(row.punctuality)
        )


class SupplierList(Model):
    suppliers: tuple[SupplierRowModel, ...]


class RecordModel(Model):
    """Promised against actual, over all deliveries and by item."""

    overall: PunctualityModel
    by_item: dict[str, PunctualityModel]

    @classmethod
    def of(cls, record: SupplierRecord) -> Self:
        return cls(
            overall=PunctualityModel.of(record.overall),
            by_item={item: PunctualityModel.of(each) for item, each in record.by_item.items()},
        )
