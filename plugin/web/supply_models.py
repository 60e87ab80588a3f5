"""What the ERP sends and gets about supply: changes of a shipment and their history, suppliers and their records."""

from collections.abc import Iterable
from datetime import date, datetime
from typing import Annotated, Literal, Self

from pydantic import Field, model_validator

from plugin.domain.ids import OrderLineId
from plugin.domain.order import Sending
from plugin.domain.policy import LeadTime
from plugin.domain.ranking import AllocationRules, GroupReserve, RankRule
from plugin.domain.shipment import EtaStatement
from plugin.domain.supplier import Punctuality, Supplier, SupplierRecord
from plugin.services.allocation import QueueRow
from plugin.services.imports import ImportReport
from plugin.services.ports.supply import SupplierRow
from plugin.services.shipments import NewShipment, ShipmentChange
from plugin.services.what_if import LineOutcome, Outcome, Supposition
from plugin.web.api_models import (
    MOST_LINES,
    MOST_UNITS,
    Id,
    LeadTimeModel,
    Model,
    ReceivedLine,
    Units,
    WindowModel,
    Words,
    totals_of,
)


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


class SuppositionModel(Model):
    """What might happen: it lands now with `received` (empty: with all of it), or it moves to `eta`, or it is cancelled."""

    received: Annotated[tuple[ReceivedLine, ...], Field(max_length=MOST_LINES)] | None = None
    rest_comes: Annotated[bool, Field(description="What does not come now comes later; else it never does.")] = False
    eta: WindowModel | None = None
    cancelled: bool = False

    @model_validator(mode="after")
    def _supposes_one_thing(self) -> Self:
        named = [self.received is not None, "eta" in self.model_fields_set, self.cancelled]
        if sum(named) != 1:
            raise ValueError("Suppose one thing: received, eta, or cancelled.")
        return self

    def to_supposition(self) -> Supposition:
        return Supposition(
            received=None if self.received is None else totals_of(self.received),
            rest_comes=self.rest_comes,
            moves="eta" in self.model_fields_set,
            eta=self.eta.to_domain() if self.eta else None,
            is_cancelled=self.cancelled,
        )


class OutcomeModel(Model):
    """What would become of one line. `notice`: the delay notice that would be due, by `send_by`."""

    order_id: int
    line_id: int
    item: str
    name: str
    outcome: Outcome
    units_now: int
    still_owed: int
    before: WindowModel | None
    after: WindowModel | None
    why: str
    notice: str | None
    send_by: date | None

    @classmethod
    def of(cls, line: LineOutcome) -> Self:
        return cls(
            order_id=line.order_id,
            line_id=line.line_id,
            item=line.item_id,
            name=line.name,
            outcome=line.outcome,
            units_now=line.units_now,
            still_owed=line.still_owed,
            before=WindowModel.of(line.before),
            after=WindowModel.of(line.after),
            why=line.why,
            notice=line.notice.value if line.notice else None,
            send_by=line.send_by,
        )


class OutcomeList(Model):
    lines: tuple[OutcomeModel, ...]


class ImportModel(Model):
    """A CSV file with a header line. Columns: reference, item, quantity; if wanted supplier, eta, source, location."""

    csv: str
    dry_run: bool = True
    skip_wrong: Annotated[bool, Field(description="Take over the papers without a wrong row; else all or nothing.")] = (
        False
    )


class PaperModel(Model):
    supplier: str
    reference: str
    eta: WindowModel | None
    items: int
    units: int

    @classmethod
    def of(cls, paper: NewShipment) -> Self:
        return cls(
            supplier=paper.supplier,
            reference=paper.reference,
            eta=WindowModel.of(paper.eta),
            items=len(paper.lines),
            units=sum(units for _, units in paper.lines),
        )


class WrongRowModel(Model):
    line: int
    problem: str


class ImportReportModel(Model):
    """`imported`: whether the new ones were announced. `error_file`: the wrong rows as CSV, with their reasons."""

    imported: bool
    new: tuple[PaperModel, ...]
    known: tuple[PaperModel, ...]
    wrong: tuple[WrongRowModel, ...]
    error_file: str | None

    @classmethod
    def of(cls, report: ImportReport, wanted: ImportModel) -> Self:
        return cls(
            imported=not wanted.dry_run and report.is_usable(skips_wrong=wanted.skip_wrong),
            new=tuple(PaperModel.of(paper) for paper in report.new),
            known=tuple(PaperModel.of(paper) for paper in report.known),
            wrong=tuple(WrongRowModel(line=each.row.line, problem=str(each.problem)) for each in report.wrong),
            error_file=report.error_file if report.wrong else None,
        )


class ReserveModel(Model):
    """Units of each item that only this customer group is given."""

    group: Id
    units: Units


class AllocationModel(Model):
    """Who goes first: the first rule in which two lines differ decides, then who came first."""

    rules: Annotated[tuple[RankRule, ...], Field(max_length=len(RankRule))] = (RankRule.PINNED, RankRule.PAID_FIRST)
    group_order: Annotated[tuple[Id, ...], Field(max_length=100)] = ()
    reserves: Annotated[tuple[ReserveModel, ...], Field(max_length=100)] = ()
    most_per_order: Annotated[int, Field(ge=1, le=MOST_UNITS)] | None = None
    most_per_customer: Annotated[int, Field(ge=1, le=MOST_UNITS)] | None = None
    sending: Sending = Sending.AS_READY

    def to_domain(self) -> AllocationRules:
        return AllocationRules(
            rules=self.rules,
            group_order=self.group_order,
            reserves=tuple(GroupReserve(each.group, each.units) for each in self.reserves),
            most_per_order=self.most_per_order,
            most_per_customer=self.most_per_customer,
            sending=self.sending,
        )

    @classmethod
    def of(cls, rules: AllocationRules) -> Self:
        return cls(
            rules=rules.rules,
            group_order=rules.group_order,
            reserves=tuple(ReserveModel(group=each.group, units=each.units) for each in rules.reserves),
            most_per_order=rules.most_per_order,
            most_per_customer=rules.most_per_customer,
            sending=rules.sending,
        )


class QueueRowModel(Model):
    order_id: int
    line_id: int
    quantity: int
    allocated: int
    owed: int
    is_pinned: bool
    why: str

    @classmethod
    def of(cls, row: QueueRow) -> Self:
        return cls(
            order_id=row.order_id,
            line_id=row.line_id,
            quantity=row.quantity,
            allocated=row.allocated,
            owed=row.owed,
            is_pinned=row.is_pinned,
            why=row.why,
        )


class QueueModel(Model):
    lines: tuple[QueueRowModel, ...]


class PinModel(Model):
    """`lines` empty: the whole order."""

    lines: Annotated[tuple[Id, ...], Field(max_length=MOST_LINES)] = ()

    def line_ids(self) -> tuple[OrderLineId, ...]:
        return tuple(OrderLineId(line) for line in self.lines)


class SendingModel(Model):
    sending: Sending
