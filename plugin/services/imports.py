"""Shipments from a CSV file: what is new, what is known, which rows are wrong and why. A dry run says so and does nothing.

read → rows → papers (same supplier and reference) → new · known · wrong → announced in one transaction
"""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from plugin.domain.errors import DomainError
from plugin.domain.ids import ItemId, LocationId, TenantId
from plugin.domain.shipment import IncomingShipment, ShipmentLine
from plugin.services import spreadsheet
from plugin.services.ports import UnitOfWork, Units
from plugin.services.shipments import NewShipment, Shipments, known_items
from plugin.services.spreadsheet import Row, whole_number, window

COLUMNS = ("supplier", "reference", "eta", "source", "item", "quantity", "location")
REQUIRED = ("reference", "item", "quantity")
Paper = tuple[str, str]
"""Supplier and reference."""


@dataclass(frozen=True, slots=True)
class WrongRow:
    row: Row
    problem: str


@dataclass(frozen=True, slots=True)
class ImportReport:
    """What a file says against what is known. Papers with a wrong row are in neither `new` nor `known`."""

    new: tuple[NewShipment, ...]
    known: tuple[NewShipment, ...]
    wrong: tuple[WrongRow, ...]

    def is_usable(self, *, skips_wrong: bool) -> bool:
        return skips_wrong or not self.wrong

    @property
    def error_file(self) -> str:
        """The wrong rows as a CSV file with their reasons; corrected, it can be imported itself."""
        rows, problems = [each.row for each in self.wrong], [each.problem for each in self.wrong]
        return spreadsheet.written(rows, problems, columns=COLUMNS)


@dataclass(frozen=True, slots=True)
class Imports:
    units: Units
    shipments_service: Shipments

    def shipments(self, tenant_id: TenantId, data: bytes, *, dry_run: bool, skips_wrong: bool = False) -> ImportReport:
        """All of it or nothing, unless `skips_wrong`: then every paper without a wrong row. Raises SpreadsheetFault."""
        rows = spreadsheet.read(data, columns=COLUMNS, required=REQUIRED)
        with self.units(tenant_id) as work:
            report = _judged(work, rows)
            if not dry_run and report.is_usable(skips_wrong=skips_wrong):
                for paper in report.new:
                    self.shipments_service.add(work, paper)
                work.commit()
        return report


def _judged(work: UnitOfWork, rows: Sequence[Row]) -> ImportReport:
    items = known_items(work, {row["item"] for row in rows})
    new: list[NewShipment] = []
    known: list[NewShipment] = []
    wrong: list[WrongRow] = []
    for paper in _papers(rows):
        faults = _faults(paper, items)
        if faults:
            wrong += faults
            continue
        shipment = _shipment_of(paper)
        before = _known(work, shipment)
        if before is None:
            new.append(shipment)
        elif contradiction := _contradiction(before, shipment, items):
            wrong += [WrongRow(row, contradiction) for row in paper]
        else:
            known.append(shipment)
    return ImportReport(tuple(new), tuple(known), tuple(wrong))


def _papers(rows: Iterable[Row]) -> list[list[Row]]:
    """Rows of one supplier and reference together, wherever they stand; in the order their first rows come."""
    papers: dict[Paper, list[Row]] = {}
    for row in rows:
        papers.setdefault((row["supplier"], row["reference"]), []).append(row)
    return list(papers.values())


def _faults(paper: Sequence[Row], items: dict[str, ItemId]) -> list[WrongRow]:
    """What is wrong with each row for itself, and with a second row for the same goods."""
    faults: list[WrongRow] = []
    seen: set[ItemId] = set()
    for row in paper:
        try:
            _require_readable(row, paper[0])
        except DomainError as error:
            faults.append(WrongRow(row, str(error)))
            continue
        item = items.get(row["item"])
        if item is None:
            faults.append(
                WrongRow(row, f"No item of this store has the SKU or id {row['item'] or 'that is left empty'}.")
            )
        elif item in seen:
            faults.append(WrongRow(row, f"{row['reference']} names {row['item']} twice; add the units up."))
        else:
            seen.add(item)
    return faults


def _require_readable(row: Row, first: Row) -> None:
    shipment = _shipment_of([row])
    if not shipment.reference:
        raise DomainError("reference is empty; name the paper, such as PO-118.", field="reference", value="")
    ShipmentLine(ItemId("0"), shipment.lines[0][1])
    for column in ("eta", "location"):
        if row[column] and row[column] != first[column]:
            said = f"{column} is {row[column]!r}, but line {first.line} says {first[column] or 'nothing'!r}"
            raise DomainError(f"{said} for the same paper.", field=column, value=row[column])


def _shipment_of(rows: Sequence[Row]) -> NewShipment:
    """The rows of one paper; what is said of the whole stands in its first row."""
    first = rows[0]
    return NewShipment(
        supplier=first["supplier"],
        reference=first["reference"],
        eta=window(first["eta"]),
        eta_source=first["source"] or "estimate",
        location_id=LocationId(whole_number(first["location"], field="location")) if first["location"] else None,
        lines=tuple((row["item"], whole_number(row["quantity"], field="quantity")) for row in rows),
    )


def _known(work: UnitOfWork, new: NewShipment) -> IncomingShipment | None:
    same_paper = work.shipments.by_reference(new.reference)
    return next((each for each in same_paper if each.supplier == new.supplier), None)


def _contradiction(before: IncomingShipment, new: NewShipment, items: dict[str, ItemId]) -> str:
    """Why a known paper cannot be this one; empty where they agree. A date that moved since is no contradiction."""
    units = {line.item_id: line.quantity for line in before.lines}
    if units == {items[name]: quantity for name, quantity in new.lines}:
        return ""
    return f"{new.reference} is shipment {before.shipment_id}, with other goods or units; change that one."
