"""Shipments from a CSV file: new, known and wrong rows, each with its reason; a dry run does nothing."""

from typing import Any

import pytest

from tests.web.stage import Web
from tests.web.test_api import Erp
from tests.web.test_api_supply import asked

GOOD = (
    "supplier,reference,eta,source,item,quantity\n"
    "Acme,PO-1,2026-03-16..2026-03-20,supplier confirmed,MUG-BLUE,40\n"
    "Acme,PO-1,,,77:106,2\n"
    "Bolt,PO-2,,,MUG-RED,7\n"
)
WRONG = (
    "reference;item;quantity;eta\n"
    "PO-3;MUG-BLUE;4;2026-03-16\n"
    "PO-4;MUG-BLUE;four;\n"
    "PO-4;=NOPE;1;\n"
    ";MUG-BLUE;1;\n"
    "PO-5;MUG-BLUE;1;soon\n"
    "PO-6;MUG-BLUE;1;\n"
    "PO-6;77:105;2;\n"
    "PO-7;MUG-BLUE;1;2026-03-16\n"
    "PO-7;MUG-RED;1;2026-03-17\n"
    "PO-8;MUG-RED;0;\n"
)


@pytest.fixture
def erp(web: Web) -> Erp:
    return Erp(web)


def sent(erp: Erp, csv: str, **more: Any) -> Any:
    return asked(erp, "POST", "/shipments/import", {"csv": csv, **more})


def references(erp: Erp) -> list[str]:
    return [each["reference"] for each in asked(erp, "GET", "/shipments")["shipments"]]


def test_a_dry_run_says_what_would_be_done_and_does_nothing(erp: Erp) -> None:
    report = sent(erp, GOOD)
    assert [(paper["reference"], paper["items"], paper["units"]) for paper in report["new"]] == [
        ("PO-1", 2, 42),
        ("PO-2", 1, 7),
    ]
    assert (report["imported"], report["known"], report["wrong"], report["error_file"]) == (False, [], [], None)
    assert references(erp) == []


def test_a_file_is_imported_once_however_often_it_is_sent(erp: Erp) -> None:
    assert sent(erp, GOOD, dry_run=False)["imported"]
    again = sent(erp, GOOD, dry_run=False)
    assert (again["new"], [paper["reference"] for paper in again["known"]]) == ([], ["PO-1", "PO-2"])
    assert references(erp) == ["PO-1", "PO-2"]
    other = sent(erp, GOOD.replace(",40", ",41"), dry_run=False)
    assert [row["line"] for row in other["wrong"]] == [2, 3]
    assert "PO-1 is shipment 1, with other goods or units" in other["wrong"][0]["problem"]


def test_each_wrong_row_is_named_with_its_reason(erp: Erp) -> None:
    report = sent(erp, WRONG, dry_run=False)
    assert [(row["line"], row["problem"]) for row in report["wrong"]] == [
        (3, "quantity is 'four'; write a whole number, zero or more."),
        (4, "No item of this store has the SKU or id =NOPE."),
        (5, "reference is empty; name the paper, such as PO-118."),
        (6, "eta is 'soon'; write a day as 2026-03-09."),
        (8, "PO-6 names 77:105 twice; add the units up."),
        (10, "eta is '2026-03-17', but line 9 says '2026-03-16' for the same paper."),
        (11, "quantity is 0; it must be at least 1."),
    ]
    assert (report["imported"], references(erp)) == (False, [])


def test_the_good_papers_can_go_ahead_and_the_error_file_be_sent_again(erp: Erp) -> None:
    report = sent(erp, WRONG, dry_run=False, skip_wrong=True)
    assert report["imported"]
    assert references(erp) == ["PO-3"]
    header, first, second, *_ = report["error_file"].splitlines()
    assert header == "supplier,reference,eta,source,item,quantity,location,line,problem"
    assert first == ",PO-4,,,MUG-BLUE,four,,3,\"quantity is 'four'; write a whole number, zero or more.\""
    assert second.startswith(",PO-4,,,'=NOPE,1,,4,")  # no spreadsheet programme takes it for a formula
    corrected = "\n".join([header, first.replace(",four,", ",4,")])
    assert [paper["reference"] for paper in sent(erp, corrected, dry_run=False)["new"]] == ["PO-4"]


@pytest.mark.parametrize(
    "csv", ["", "reference,item\nPO-1,MUG\n", "reference,item,quantity,price\n", "reference,item,quantity\n1,2,3,4\n"]
)
def test_a_file_that_cannot_be_read_is_refused(erp: Erp, csv: str) -> None:
    assert erp("POST", "/shipments/import", {"csv": csv}).status_code == 422
