"""The ERP's REST API on who goes first, and on what would happen if: nothing is booked by asking."""

from typing import Any

import pytest

from plugin.adapters.db.tables import metadata
from tests.web.stage import ADA, Web, fill
from tests.web.test_api import POLICY, Erp
from tests.web.test_api_supply import asked

DEFAULT = {
    "rules": ["pinned", "paid_first"],
    "group_order": [],
    "reserves": [],
    "most_per_order": None,
    "most_per_customer": None,
    "sending": "as_ready",
}


@pytest.fixture
def erp(web: Web) -> Erp:
    fill(web.plugin, ADA)
    return Erp(web)


def everything(web: Web) -> dict[str, list[Any]]:
    with web.plugin.engine.connect() as connection:
        return {name: list(connection.execute(table.select())) for name, table in metadata.tables.items()}


def queue(erp: Erp, item: str = "77:105") -> list[tuple[int, int, bool]]:
    lines = asked(erp, "GET", f"/items/{item}/queue")["lines"]
    return [(line["order_id"], line["owed"], line["is_pinned"]) for line in lines]


def test_the_queue_says_why_each_line_has_what_it_has(erp: Erp) -> None:
    lines = asked(erp, "GET", "/items/77:105/queue")["lines"]
    assert [(line["order_id"], line["why"]) for line in lines] == [
        (101, "Number 1 in line (first come, first served); first to take from PO-118."),
        (102, "Number 2 in line (first come, first served); 1 of the 4 units of PO-118 goes to earlier orders."),
    ]
    assert erp("GET", "/items/99/queue").status_code == 404


def test_a_pinned_order_goes_first_until_it_is_let_go(erp: Erp) -> None:
    assert erp("PUT", "/orders/102/pin", {}).status_code == 204
    assert queue(erp)[0] == (102, 4, True)
    why = asked(erp, "GET", "/items/77:105/queue")["lines"][0]["why"]
    assert why == "Number 1 in line (lines pinned by hand go first); first to take from PO-118."
    assert erp("DELETE", "/orders/102/pin").status_code == 204
    assert [order for order, _, _ in queue(erp)] == [101, 102]
    assert erp("PUT", "/orders/999/pin", {}).status_code == 404
    assert erp("PUT", "/orders/102/pin", {"lines": [5]}).status_code == 404
    assert [pinned for _, _, pinned in queue(erp)] == [False, False]


def test_rules_are_read_and_saved_and_everything_that_waits_is_planned_anew(web: Web, erp: Erp) -> None:
    assert asked(erp, "GET", "/allocation") == DEFAULT
    wanted = {**DEFAULT, "rules": ["order_value", "pinned"], "most_per_order": 3, "sending": "together"}
    assert asked(erp, "PUT", "/allocation", wanted) == wanted
    assert asked(erp, "GET", "/allocation") == wanted
    with web.plugin.units(ADA) as work:
        (event,) = [e for e in work.inbox.claim(at=web.plugin.clock.now(), limit=9) if e.topic == "backorder/replan"]
    assert event.body["items"] == ["77:105", "77:106"]


@pytest.mark.parametrize(
    "wrong",
    [
        {"rules": ["first"]},
        {"rules": ["pinned", "pinned"]},
        {"most_per_order": 0},
        {"reserves": [{"group": 0, "units": 1}]},
    ],
)
def test_rules_that_make_no_sense_are_refused(erp: Erp, wrong: Any) -> None:
    assert erp("PUT", "/allocation", {**DEFAULT, **wrong}).status_code == 422
    assert asked(erp, "GET", "/allocation") == DEFAULT


def test_a_limit_that_follows_supply_goes_there_and_back(web: Web, erp: Erp) -> None:
    policy = {**POLICY, "backorder_limit": "supply", "reserve": 2, "location_limits": []}
    assert asked(erp, "PUT", "/policies/product:77", policy) == {**policy, "scope": "product:77"}
    with web.plugin.units(ADA) as work:
        web.plugin.inbox.intake.planning.replan(work, work.items.ids_past_zero())
        work.commit()
    (blue, _) = asked(erp, "GET", "/items")["items"]
    assert (blue["owed"], blue["limit"], blue["left"]) == (5, 5, 0)
    assert erp("PUT", "/policies/product:77", {**POLICY, "reserve": 2}).status_code == 422


# ------------------------------------------------------------------------------------------------------ what if


def outcomes(erp: Erp, supposition: Any) -> list[tuple[int, str, int, int]]:
    lines = asked(erp, "POST", "/shipments/1/what-if", supposition)["lines"]
    return [(line["order_id"], line["outcome"], line["units_now"], line["still_owed"]) for line in lines]


def test_a_short_landing_says_who_ships_and_who_slips_and_books_nothing(web: Web, erp: Erp) -> None:
    before = everything(web)
    short = {"received": [{"item": "77:105", "quantity": 3}]}
    assert outcomes(erp, short) == [(101, "ships", 1, 0), (102, "ships_in_part", 2, 2)]
    assert outcomes(erp, {"received": []}) == [(101, "ships", 1, 0), (102, "ships_in_part", 3, 1)]
    assert everything(web) == before


def test_what_was_foretold_is_what_then_happens(erp: Erp) -> None:
    landing = [{"item": "77:105", "quantity": 3}]
    foretold = {order: owed for order, _, _, owed in outcomes(erp, {"received": landing})}
    asked(erp, "POST", "/shipments/1/receive", {"lines": landing, "closes": True})
    assert {order: owed for order, owed, _ in queue(erp)} == foretold


@pytest.mark.parametrize(
    "supposition", [{"eta": {"earliest": "2026-06-01", "latest": "2026-06-01"}}, {"cancelled": True}]
)
def test_a_later_shipment_or_none_slips_what_stood_on_it(web: Web, erp: Erp, supposition: Any) -> None:
    before = everything(web)
    lines = {line["order_id"]: line for line in asked(erp, "POST", "/shipments/1/what-if", supposition)["lines"]}
    if "eta" in supposition:
        assert [lines[order]["outcome"] for order in (101, 102)] == ["slips", "slips"]
        assert lines[101]["after"]["latest"] == "2026-06-01"
    assert everything(web) == before


@pytest.mark.parametrize(
    "wrong",
    [
        {},
        {"received": [], "cancelled": True},
        {"received": [{"sku": "NOPE", "quantity": 1}]},
        {"received": [{"item": "77:106", "quantity": 1}]},
    ],
)
def test_what_cannot_happen_is_not_supposed(erp: Erp, wrong: Any) -> None:
    assert erp("POST", "/shipments/1/what-if", wrong).status_code == 422
    assert erp("POST", "/shipments/9/what-if", {"cancelled": True}).status_code == 404
