"""The ERP's REST API on supply: what was said of a date, on its way, what came, and how late a supplier is."""

from datetime import timedelta
from typing import Any

import pytest

from plugin.domain.ids import ItemId
from plugin.services.ports.stock import MoveState
from tests.web.stage import ADA, BO, Web, fill
from tests.web.test_api import SHIPMENT, Erp

BLUE = ItemId("77:105")


@pytest.fixture
def erp(web: Web) -> Erp:
    return Erp(web)


def asked(erp: Erp, method: str, path: str, body: Any = None) -> Any:
    answer = erp(method, path, body)
    assert answer.status_code in {200, 201}, answer.json
    return answer.json


def booked(web: Web) -> int:
    """Units of the blue mug on their way into the store's stock."""
    with web.plugin.units(ADA) as work:
        moves = work.stock.moves([BLUE], tuple(MoveState))
    return sum(move.move.quantity for move in moves if "arrived" in move.move.reason)


def test_everything_ever_said_of_a_date_is_kept(web: Web, erp: Erp) -> None:
    asked(erp, "POST", "/shipments", SHIPMENT)
    web.time.shift(timedelta(hours=1))
    moved = {"eta": {"earliest": "2026-03-20", "latest": "2026-03-24"}, "source": "supplier by phone"}
    asked(erp, "PATCH", "/shipments/1", moved)
    asked(erp, "PATCH", "/shipments/1", {"eta": None, "source": "supplier went silent"})
    assert asked(erp, "GET", "/shipments/1/history")["statements"] == [
        {"said_at": "2026-03-02T09:00:00Z", "eta": SHIPMENT["eta"], "source": "supplier confirmed"},
        {"said_at": "2026-03-02T10:00:00Z", "eta": moved["eta"], "source": "supplier by phone"},
        {"said_at": "2026-03-02T10:00:00Z", "eta": None, "source": "supplier went silent"},
    ]
    assert erp("GET", "/shipments/9/history").status_code == 404


def test_a_shipment_leaves_the_supplier_without_its_date_being_touched(erp: Erp) -> None:
    asked(erp, "POST", "/shipments", SHIPMENT)
    sent = asked(erp, "PATCH", "/shipments/1", {"state": "in_transit"})
    assert (sent["state"], sent["eta"]) == ("in_transit", SHIPMENT["eta"])
    assert len(asked(erp, "GET", "/shipments/1/history")["statements"]) == 1
    assert asked(erp, "PATCH", "/shipments/1", {"state": "announced"})["state"] == "announced"
    part = {"lines": [{"sku": "MUG-BLUE", "quantity": 1}]}
    assert asked(erp, "POST", "/shipments/1/receive", part)["state"] == "received_in_part"
    assert asked(erp, "PATCH", "/shipments/1", {"state": "in_transit"})["state"] == "received_in_part"


@pytest.mark.parametrize(
    "change",
    [
        {},
        {"source": "by phone"},
        {"state": "received"},
        {"state": "short"},
        {"eta": None},
        {"eta": None, "source": " "},
    ],
)
def test_a_change_that_says_nothing_or_too_much_is_refused(erp: Erp, change: Any) -> None:
    before = asked(erp, "POST", "/shipments", SHIPMENT)
    assert erp("PATCH", "/shipments/1", change).status_code == 422
    assert asked(erp, "GET", "/shipments/1") == before


def test_totals_said_twice_are_booked_once(web: Web, erp: Erp) -> None:
    asked(erp, "POST", "/shipments", SHIPMENT)
    receipt = {"lines": [{"sku": "MUG-BLUE", "quantity": 37}], "as_totals": True}
    for _ in range(3):
        assert asked(erp, "POST", "/shipments/1/receive", receipt)["lines"][0]["received"] == 37
    assert booked(web) == 37
    receipt["lines"] = [{"item": "77:105", "quantity": 40}]
    assert asked(erp, "POST", "/shipments/1/receive", receipt)["lines"][0]["received"] == 40
    assert booked(web) == 40
    receipt["lines"] = [{"item": "77:105", "quantity": 39}]
    assert erp("POST", "/shipments/1/receive", receipt).json["errors"][0]["field"] == "received"  # type: ignore[index]
    assert booked(web) == 40


def test_goods_that_are_not_on_the_paper_are_not_booked(web: Web, erp: Erp) -> None:
    asked(erp, "POST", "/shipments", {**SHIPMENT, "lines": [{"item": "77:106", "quantity": 2}]})
    for line in ({"sku": "MUG-BLUE", "quantity": 1}, {"sku": "NOPE", "quantity": 1}):
        assert erp("POST", "/shipments/1/receive", {"lines": [line]}).status_code == 422
    assert booked(web) == 0


def deliver(web: Web, erp: Erp, number: int, *, days_late: int) -> None:
    """Announce for ten days from now, and receive that much later."""
    day = (web.plugin.clock.now() + timedelta(days=10)).date().isoformat()
    eta = {"earliest": day, "latest": day}
    made = asked(erp, "POST", "/shipments", {**SHIPMENT, "reference": f"PO-{number}", "eta": eta})
    web.time.shift(timedelta(days=10 + days_late))
    asked(erp, "POST", f"/shipments/{made['id']}/receive", {})


def test_a_supplier_that_is_always_late_moves_the_dates_of_all_that_comes_from_it(web: Web, erp: Erp) -> None:
    fill(web.plugin, ADA)
    for number in range(4):
        deliver(web, erp, number, days_late=6)
    few = asked(erp, "GET", "/suppliers")["suppliers"]
    assert [(row["name"], row["punctuality"]["is_enough"]) for row in few] == [("Acme", False)]
    assert few[0]["punctuality"]["words"].startswith("too little data: 4 deliveries")
    deliver(web, erp, 4, days_late=6)
    (row,) = asked(erp, "GET", "/suppliers")["suppliers"]
    assert (row["punctuality"]["deliveries"], row["punctuality"]["p80_days"]) == (5, 6)
    record = asked(erp, "GET", "/suppliers/Acme/record")
    assert record["by_item"]["77:105"] == record["overall"] == row["punctuality"]
    with web.plugin.units(ADA) as work:
        due = work.inbox.claim(at=web.plugin.clock.now() + timedelta(days=1), limit=99)
    assert [event.body["items"] for event in due if event.topic == "backorder/replan"][-1:] in ([], [["77:105"]])
    assert asked(Erp(web, BO), "GET", "/suppliers") == {"suppliers": []}


def test_a_lead_time_dates_a_shipment_nobody_dated(erp: Erp) -> None:
    known = {"lead_time_days": {"shortest": 5, "longest": 7}, "extra_holidays": ["2026-03-03"]}
    saved = asked(erp, "PUT", "/suppliers/Acme", known)
    assert saved["known"] == {**known, "working_weekdays": [0, 1, 2, 3, 4], "country": ""}
    made = asked(erp, "POST", "/shipments", {**SHIPMENT, "eta": None})
    assert made["eta"] == {"earliest": "2026-03-10", "latest": "2026-03-12"}
    assert made["eta_source"] == "estimate: lead time of Acme"


@pytest.mark.parametrize(
    "wrong",
    [
        {"country": "Germany"},
        {"working_weekdays": []},
        {"working_weekdays": [7]},
        {"lead_time_days": {"shortest": 9, "longest": 3}},
        {"extra_holidays": ["soon"]},
        {"lead_time": 3},
    ],
)
def test_a_supplier_that_cannot_be_is_refused(erp: Erp, wrong: Any) -> None:
    assert erp("PUT", "/suppliers/Acme", wrong).status_code == 422
    assert asked(erp, "GET", "/suppliers") == {"suppliers": []}
    assert erp("GET", "/suppliers/Acme/record").status_code == 404
