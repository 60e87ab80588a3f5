"""Shipments from a CSV file: what is new, what is known, which rows are wrong and why. A dry run says so and does nothing.

read → rows → papers (same supplier and reference) → new · known · wrong → announced in one transaction
"""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import timedelta

from plugin.domain.errors import DomainError
from plugin.domain.ids import ItemId, LocationId, TenantId
from plugin.domain.saying import Saying, said
from plugin.domain.shipment import IncomingShipment, Place, ShipmentLine
from plugin.services import spreadsheet
from plugin.services.ports.unit_of_work import UnitOfWork, Units
from plugin.services.shipments import NewShipment, Shipments, known_items, places_named, require_locations
from plugin.services.spreadsheet import Row, SpreadsheetFault, whole_number, window

COLUMNS = ("supplier", "reference", "eta", "source", "item", "quantity", "location")
REQUIRED = ("reference", "item", "quantity")
USUAL = {
    **dict.fromkeys(("vendor", "supplier name", "lieferant", "fournisseur", "proveedor"), "supplier"),
    **dict.fromkeys(
        ("po", "po number", "po no", "po #", "purchase order", "order number", "bestellnummer"), "reference"
    ),
    **dict.fromkeys(("arrival", "arrives", "arrival date", "expected", "expected date", "due", "due date"), "eta"),
    **dict.fromkeys(("sku", "item sku", "product", "product code", "article", "artikel", "artikelnummer"), "item"),
    **dict.fromkeys(("qty", "units", "ordered", "amount", "menge", "quantité", "cantidad"), "quantity"),
    **dict.fromkeys(("warehouse", "location id", "lager"), "location"),
}
"""What other programmes call our columns."""
KEPT = timedelta(days=1)
LONGEST_NAME = 120
Paper = tuple[str, str]
"""Supplier and reference."""


@dataclass(frozen=True, slots=True)
class WrongRow:
    row: Row
    problem: Saying


@dataclass(frozen=True, slots=True)
class ImportReport:
    """What a file says against what is known. Papers with a wrong row are in neither `new` nor `known`."""

    new: tuple[NewShipment, ...]
    known: tuple[NewShipment, ...]
    wrong: tuple[WrongRow, ...]

    def is_usable(self, *, skips_wrong: bool) -> bool:
        return skips_wrong or not self.wrong

    @property
    def in_words(self) -> list[Saying]:
        return [said("Line %(line)s: %(problem)s", line=each.row.line, problem=each.problem) for each in self.wrong]

    @property
    def error_file(self) -> str:
        """The wrong rows as a CSV file with their reasons; corrected, it can be imported itself."""
        rows, problems = [each.row for each in self.wrong], [str(each.problem) for each in self.wrong]
        return spreadsheet.written(rows, problems, columns=COLUMNS)


@dataclass(frozen=True, slots=True)
class ImportLook:
    """A file before it is imported. Without a report it cannot be read yet, and `faults` say why."""

    file_id: int
    name: str
    headings: Mapping[str, str]
    """Each heading of the file, and the column of ours it stands for; empty: not needed."""
    report: ImportReport | None = None
    faults: tuple[Saying, ...] = ()


@dataclass(frozen=True, slots=True)
class Imports:
    units: Units
    shipments_service: Shipments

    def upload(self, tenant_id: TenantId, name: str, data: bytes) -> int:
        """Keep a file to look at before it is imported. Raises SpreadsheetFault where it has no headings."""
        content = spreadsheet.text_of(data)
        if not any(spreadsheet.headings_of(data)):
            raise SpreadsheetFault([said("The file is empty; its first line names the columns.")])
        now = self.shipments_service.planning.clock.now()
        with self.units(tenant_id) as work:
            work.import_files.forget_before(now - KEPT)
            file_id = work.import_files.add(name[:LONGEST_NAME], content, at=now)
            work.commit()
        return file_id

    def look(self, tenant_id: TenantId, file_id: int) -> ImportLook:
        """What the file says, as its headings are understood now. Raises NotFound."""
        with self.units(tenant_id) as work:
            file = work.import_files.get(file_id)
            data = file.content.encode()
            headings = _understood(spreadsheet.headings_of(data), work.import_files.headings())
            try:
                report = _judged(work, _read(data, headings))
            except SpreadsheetFault as fault:
                return ImportLook(file_id, file.name, headings, faults=fault.faults)
        return ImportLook(file_id, file.name, headings, report=report)

    def explain(self, tenant_id: TenantId, file_id: int, headings: Mapping[str, str]) -> None:
        """Say what headings mean, for this file and every later one."""
        allowed = {"", *COLUMNS}
        wrong = [means for means in headings.values() if means not in allowed]
        if wrong:
            message = said(
                "column is %(wrong)r; allowed: %(allowed)s, or nothing.", wrong=wrong[0], allowed=", ".join(COLUMNS)
            )
            raise DomainError(message, field="columns", value=wrong[0])
        with self.units(tenant_id) as work:
            there = spreadsheet.headings_of(work.import_files.get(file_id).content.encode())
            work.import_files.remember({name: headings[name] for name in there if name in headings})
            work.commit()

    def take_over(self, tenant_id: TenantId, file_id: int, *, skips_wrong: bool) -> ImportReport:
        """Import a file that was looked at, as its headings are understood; then it is forgotten."""
        with self.units(tenant_id) as work:
            data = work.import_files.get(file_id).content.encode()
            headings = _understood(spreadsheet.headings_of(data), work.import_files.headings())
            report = _judged(work, _read(data, headings))
            if report.new and report.is_usable(skips_wrong=skips_wrong):
                for paper in report.new:
                    self.shipments_service.add(work, paper)
                work.import_files.delete(file_id)
                work.commit()
        return report

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


def _understood(headings: Iterable[str], explained: Mapping[str, str]) -> dict[str, str]:
    """As the merchant explained them, else by their own name, else by what people usually call our columns."""
    ours = {*COLUMNS, *spreadsheet.ERROR_COLUMNS}
    return {name: explained.get(name, name if name in ours else USUAL.get(name, "")) for name in headings if name}


def _read(data: bytes, headings: Mapping[str, str]) -> list[Row]:
    return spreadsheet.read(data, columns=COLUMNS, required=REQUIRED, meanings=headings)


def _judged(work: UnitOfWork, rows: Sequence[Row]) -> ImportReport:
    items = known_items(work, {row["item"] for row in rows})
    new: list[NewShipment] = []
    known: list[NewShipment] = []
    wrong: list[WrongRow] = []
    for paper in _papers(rows):
        faults = _faults(work, paper, items)
        if faults:
            wrong += faults
            continue
        shipment = _shipment_of(paper)
        before = _known(work, shipment)
        if before is None:
            new.append(shipment)
        elif contradiction := _contradiction(work, before, shipment):
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


def _faults(work: UnitOfWork, paper: Sequence[Row], items: dict[str, ItemId]) -> list[WrongRow]:
    """What is wrong with each row for itself, and with a second row for the same goods."""
    faults: list[WrongRow] = []
    seen: set[Place] = set()
    for row in paper:
        try:
            _require_readable(row, paper[0])
            where = _location(row) or _location(paper[0]) or work.tenant().default_location
            require_locations(work, [where])
        except DomainError as error:
            faults.append(WrongRow(row, error.said))
            continue
        item = items.get(row["item"])
        if item is None:
            unknown = row["item"] or said("that is left empty")
            faults.append(WrongRow(row, said("No item of this store has the SKU or id %(name)s.", name=unknown)))
        elif (item, where) in seen:
            faults.append(WrongRow(row, _twice(row, where)))
        else:
            seen.add((item, where))
    return faults


def _require_readable(row: Row, first: Row) -> None:
    shipment = _shipment_of([row])
    if not shipment.reference:
        raise DomainError(said("reference is empty; name the paper, such as PO-118."), field="reference", value="")
    ShipmentLine(ItemId("0"), shipment.lines[0][1])
    if row["eta"] and row["eta"] != first["eta"]:
        words = said(
            "%(column)s is %(value)r, but line %(line)s says %(first)r for the same paper.",
            column="eta",
            value=row["eta"],
            line=first.line,
            first=first["eta"] or "nothing",
        )
        raise DomainError(words, field="eta", value=row["eta"])


def _twice(row: Row, where: LocationId) -> Saying:
    paper, item = row["reference"], row["item"]
    if not row["location"]:
        return said("%(reference)s names %(item)s twice; add the units up.", reference=paper, item=item)
    return said(
        "%(reference)s names %(item)s twice for location %(location)s; add the units up.",
        reference=paper,
        item=item,
        location=where,
    )


def _location(row: Row) -> LocationId | None:
    return LocationId(whole_number(row["location"], field="location")) if row["location"] else None


def _shipment_of(rows: Sequence[Row]) -> NewShipment:
    """The rows of one paper; what is said of the whole stands in its first row, and so does where it goes.

    Goods for another location than that say so in their own row.
    """
    first = rows[0]
    return NewShipment(
        supplier=first["supplier"],
        reference=first["reference"],
        eta=window(first["eta"]),
        eta_source=first["source"] or "estimate",
        location_id=_location(first),
        lines=tuple((_named(row, first), whole_number(row["quantity"], field="quantity")) for row in rows),
    )


def _named(row: Row, first: Row) -> str:
    """The item as `MUG-RED@2` where it goes elsewhere than the paper's first goods."""
    elsewhere = row["location"] and row["location"] != first["location"]
    return f"{row['item']}@{_location(row)}" if elsewhere else row["item"]


def _known(work: UnitOfWork, new: NewShipment) -> IncomingShipment | None:
    same_paper = work.shipments.by_reference(new.reference)
    return next((each for each in same_paper if each.supplier == new.supplier), None)


def _contradiction(work: UnitOfWork, before: IncomingShipment, new: NewShipment) -> Saying | None:
    """Why a known paper cannot be this one; None where they agree. A date that moved since is no contradiction."""
    places = places_named(work, [name for name, _ in new.lines])
    units = {before.place_of(line): line.quantity for line in before.lines}
    goes_to = new.location_id or before.location_id
    if units == {(places[name][0], places[name][1] or goes_to): quantity for name, quantity in new.lines}:
        return None
    return said(
        "%(reference)s is shipment %(shipment)s, with other goods or units; change that one.",
        reference=new.reference,
        shipment=before.shipment_id,
    )
