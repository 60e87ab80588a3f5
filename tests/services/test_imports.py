"""A file on its way in: its headings are understood or explained, wrong rows are named, and only then it is imported."""

from dataclasses import replace
from typing import Any

import pytest

from plugin.domain.errors import DomainError
from plugin.domain.ids import LocationId
from plugin.domain.store import FIRST_LOCATION
from plugin.services.errors import NotFound
from plugin.services.imports import ImportLook, ImportReport
from plugin.services.shipments import NewShipment
from plugin.services.spreadsheet import SpreadsheetFault
from tests.services.town import ADA, BO, MUG, Town

SECOND = LocationId(2)

THEIRS = b"Vendor;PO Number;Arrival;SKU;Qty;Note\nAcme;PO-1;2026-03-09;MUG;5;fragile\nAcme;PO-2;soon;MUG;5;\nAcme;PO-3;;PEN;1;\n"


def look(town: Town, data: bytes) -> ImportLook:
    return town.plugin.imports.look(ADA, town.plugin.imports.upload(ADA, "orders.csv", data))


def references(town: Town) -> list[str]:
    return [shipment.reference for shipment in town.plugin.shipments.all(ADA)]


def test_usual_headings_are_understood_and_wrong_rows_named(town: Town) -> None:
    found = look(town, THEIRS)
    assert found.headings == {
        "vendor": "supplier",
        "po number": "reference",
        "arrival": "eta",
        "sku": "item",
        "qty": "quantity",
        "note": "",
    }
    assert found.report is not None
    assert [paper.reference for paper in found.report.new] == ["PO-1"]
    assert [(wrong.row.line, str(wrong.problem)) for wrong in found.report.wrong] == [
        (3, "eta is 'soon'; write a day as 2026-03-09."),
        (4, "No item of this store has the SKU or id PEN."),
    ]
    assert references(town) == []


def test_what_headings_mean_is_explained_once_and_remembered(town: Town) -> None:
    data = b"Paper,What,How many\nPO-7,MUG,3\n"
    first = look(town, data)
    assert first.report is None
    assert tuple(map(str, first.faults)) == (
        "Line 1: there is no column reference.",
        "Line 1: there is no column item.",
        "Line 1: there is no column quantity.",
    )
    means = {"paper": "reference", "what": "item", "how many": "quantity", "nobody asked": "eta"}
    town.plugin.imports.explain(ADA, first.file_id, means)
    assert town.plugin.imports.look(ADA, first.file_id).report is not None
    again = look(town, b"How many,What,Paper\n3,MUG,PO-8\n")
    assert again.report is not None
    assert again.report.new[0].reference == "PO-8"


def test_a_column_that_is_none_of_ours_is_refused(town: Town) -> None:
    file_id = town.plugin.imports.upload(ADA, "a.csv", b"x\n1\n")
    with pytest.raises(DomainError, match="column is 'tenant_id'; allowed: supplier"):
        town.plugin.imports.explain(ADA, file_id, {"x": "tenant_id"})


def test_two_headings_cannot_mean_the_same(town: Town) -> None:
    found = look(town, b"reference,item,sku,quantity\nPO-1,MUG,MUG,1\n")
    assert tuple(map(str, found.faults)) == ("Line 1: column item is there twice.",)


def test_a_file_is_imported_all_or_nothing_or_without_its_wrong_rows_and_then_forgotten(town: Town) -> None:
    file_id = town.plugin.imports.upload(ADA, "orders.csv", THEIRS)
    town.plugin.imports.take_over(ADA, file_id, skips_wrong=False)
    assert references(town) == []
    town.plugin.imports.take_over(ADA, file_id, skips_wrong=True)
    assert references(town) == ["PO-1"]
    with pytest.raises(NotFound):
        town.plugin.imports.take_over(ADA, file_id, skips_wrong=True)


def test_a_file_waits_a_day_and_for_its_own_store_only(town: Town) -> None:
    file_id = town.plugin.imports.upload(ADA, "orders.csv", THEIRS)
    with pytest.raises(NotFound):
        town.plugin.imports.look(BO, file_id)
    town.clock.go(days=1, seconds=1)
    town.plugin.imports.upload(ADA, "other.csv", THEIRS)
    with pytest.raises(NotFound):
        town.plugin.imports.look(ADA, file_id)


@pytest.mark.parametrize("data", [b"", b"\n\n", b"\xff\xfe\x00", b",,\n1,2,3\n"])
def test_what_is_no_table_is_refused_at_once(town: Town, data: bytes) -> None:
    with pytest.raises(SpreadsheetFault):
        town.plugin.imports.upload(ADA, "orders.csv", data)
    assert town.table("import_files") == []


def test_wrong_rows_go_out_as_a_file_no_spreadsheet_takes_for_formulas(town: Town) -> None:
    found = look(town, b"reference,item,quantity\nPO-1,=HYPERLINK(1),1\n")
    assert found.report is not None
    assert "'=HYPERLINK(1)" in found.report.error_file


@pytest.fixture
def two_places(town: Town) -> Town:
    """The shop keeps mugs at locations 1 and 2."""
    with town.plugin.units(ADA) as work:
        [record] = work.stock.records([MUG])[MUG]
        work.stock.save([replace(record, level=replace(record.level, location_id=SECOND))])
        work.commit()
    return town


def judged(town: Town, rows: bytes) -> ImportReport:
    return town.plugin.imports.shipments(
        ADA, b"supplier,reference,item,quantity,location\n" + rows, dry_run=False, skips_wrong=True
    )


def test_each_row_may_name_where_its_goods_go(two_places: Town) -> None:
    report = judged(two_places, b"Acme,PO-1,MUG,5,\nAcme,PO-1,MUG,3,2\n")
    assert report.wrong == ()
    [shipment] = two_places.plugin.shipments.all(ADA)
    assert [(shipment.place_of(line), line.quantity) for line in shipment.lines] == [
        ((MUG, FIRST_LOCATION), 5),
        ((MUG, SECOND), 3),
    ]
    again = judged(two_places, b"Acme,PO-1,MUG,3,2\nAcme,PO-1,MUG,5,1\n")
    assert ([paper.reference for paper in again.known], again.wrong) == (["PO-1"], ())


@pytest.mark.parametrize(
    ("rows", "problem"),
    [
        (b"Acme,PO-1,MUG,5,9\n", "location is 9, and the shop has no such location; allowed: 1, 2."),
        (b"Acme,PO-1,MUG,5,north\n", "location is 'north'; write a whole number, zero or more."),
        (b"Acme,PO-1,MUG,5,2\nAcme,PO-1,MUG,3,2\n", "PO-1 names MUG twice for location 2; add the units up."),
        (b"Acme,PO-1,MUG,5,\nAcme,PO-1,MUG,3,1\n", "PO-1 names MUG twice for location 1; add the units up."),
    ],
)
def test_a_row_whose_location_cannot_be_is_named_with_what_is_allowed(
    two_places: Town, rows: bytes, problem: str
) -> None:
    report = judged(two_places, rows)
    assert [str(wrong.problem) for wrong in report.wrong] == [problem]
    assert references(two_places) == []


@pytest.mark.parametrize("named", [{"location_id": LocationId(9)}, {"lines": [("MUG@9", 1)]}])
def test_no_way_leads_to_a_location_the_shop_does_not_have(two_places: Town, named: dict[str, Any]) -> None:
    new = NewShipment(**{"supplier": "", "reference": "PO-1", "eta": None, "lines": [("MUG", 1)], **named})
    with pytest.raises(DomainError, match="location is 9, and the shop has no such location; allowed: 1, 2"):
        two_places.plugin.shipments.announce(ADA, new)
