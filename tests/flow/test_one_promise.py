"""One promise for one order, wherever its shopper reads it: page, cart, confirmation, mail, order, their own page, proof."""

import json
import re
from collections.abc import Callable
from datetime import date, timedelta

import pytest
import requests

from plugin.domain.calendar import DateWindow
from plugin.domain.ids import OrderId, ShipmentId
from plugin.sandbox.order import Order
from plugin.services.shipments import NewShipment
from tests.flow.stage import NATIVE, RED_MUG, VIRTUAL, Stage

HOLIDAY = date(2027, 1, 18)
"""Martin Luther King Day: the warehouse of this store is closed."""
FIRST_ETA, SECOND_ETA = DateWindow(HOLIDAY - timedelta(3), HOLIDAY - timedelta(3)), DateWindow(*[date(2027, 2, 9)] * 2)


@pytest.fixture(params=[NATIVE, VIRTUAL], ids=["native", "virtual"])
def shop(open_stage: Callable[..., Stage], request: pytest.FixtureRequest, own_database_url: str) -> Stage:
    """Nothing on hand; two mugs come on a Friday before a holiday, the others in February."""
    stage = open_stage(native=request.param)
    stage.install()
    stage.set_stock(0)
    stage.settle()
    stage.wait(61)
    stage.wait(61)
    stage.sell_past_zero(limit=9, handling_days=1)
    announce(stage, "PO-1", FIRST_ETA, 2)
    announce(stage, "PO-2", SECOND_ETA, 9)
    return stage


def announce(stage: Stage, reference: str, eta: DateWindow, units: int) -> ShipmentId:
    shipment = stage.plugin.shipments.announce(
        stage.tenant, NewShipment("Kiln & Co", reference, eta, [("MUG-RED", units)], "supplier confirmed")
    )
    stage.settle()
    return shipment


def read(stage: Stage, path: str) -> str:
    answer = requests.Session().get(path if path.startswith("http") else f"{stage.url}{path}", timeout=10)
    assert answer.status_code == 200, answer.text
    return answer.text


def surfaces(stage: Stage, order: Order) -> dict[str, str]:
    """Everything that speaks of this order, as words."""
    fields = stage.store.metafields_of["order", order.id].values()
    page = stage.plugin.links.order_page(stage.tenant, OrderId(order.id))
    proof = stage.plugin.proofs.of_order(stage.tenant, OrderId(order.id))
    return {
        "confirmation": read(stage, f"/store/{stage.tenant}/orders/{order.cart_id}.json"),
        "notes": order.staff_notes,
        "machines": next(field.value for field in fields if field.key == "promise"),
        "own page": re.sub(r"\s+", " ", re.sub(r"<[^>]+>", " ", read(stage, page))),
        "mail": stage.mails(order.billing.email)[-1].plain,
        "proof": json.dumps(json.loads(proof.to_json())["record"]["first_told"]),
    }


def test_the_same_window_stands_wherever_the_shopper_looks(shop: Stage) -> None:
    """Friday's goods are packed on the Tuesday after the holiday; the third mug comes with the next lot."""
    soon, late = "Jan 19, 2027", "Feb 10, 2027"
    assert soon in shop.store.products[RED_MUG].availability_description
    assert soon in shop.product_page()
    offers = read(shop, f"/store/{shop.tenant}/offers.json?ids={RED_MUG}&lang=en")
    assert (soon in offers, late in offers) == (True, True)
    order = shop.buy(3)
    shop.settle()
    said = surfaces(shop, order)
    for name in ("confirmation", "notes", "own page", "mail"):
        assert (name, soon in said[name], late in said[name]) == (name, True, True)
    for name in ("machines", "proof"):
        assert (name, "2027-02-10" in said[name]) == (name, True)
    assert "2027-01-19" in said["machines"]


def test_after_a_delay_they_all_name_the_new_day_and_none_the_old_one(shop: Stage) -> None:
    order = shop.buy(3)
    shop.settle()
    shipments = {each.reference: each.shipment_id for each in shop.plugin.shipments.all(shop.tenant)}
    later = DateWindow(date(2027, 2, 23), date(2027, 2, 23))
    shop.plugin.shipments.move(shop.tenant, shipments["PO-2"], later, "supplier called")
    shop.settle()
    said = surfaces(shop, order)
    for name in ("confirmation", "notes", "own page", "mail"):
        assert (name, "Feb 24, 2027" in said[name]) == (name, True)
    for name in ("confirmation", "notes", "machines"):
        assert (name, "Feb 10" in said[name] or "2027-02-10" in said[name]) == (name, False)
    assert "2027-02-24" in said["machines"]
    assert "2027-02-10" in said["proof"]
    offers = read(shop, f"/store/{shop.tenant}/offers.json?ids={RED_MUG}&lang=en")
    assert "Feb 24, 2027" in offers
