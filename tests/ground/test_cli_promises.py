"""The command line on promises: suppliers and their record, who goes first, what if, files with faults, and delays."""

import csv
import json
import shutil
from datetime import date, datetime, timedelta
from pathlib import Path

import pytest
from click.testing import CliRunner

from plugin.bootstrap import Plugin, build
from plugin.cli import main
from plugin.domain.calendar import DateWindow
from plugin.domain.ids import ItemId, OrderId, OrderLineId, ProductId, TenantId
from plugin.domain.item import Product, ProductTexts, Tracking
from plugin.domain.law import RULES_VERSION, NoticeKind, Region
from plugin.domain.notices import CancelCause, Notice, Silence
from plugin.domain.order import Order
from plugin.services.ports.notices import Cancellation, CancellationState, NoticeRecord
from plugin.services.ports.stock import StockRecord
from plugin.settings import Settings
from tests.builders import a_lead_time, a_level, a_policy, a_shipment, an_order, an_order_line
from tests.ground.test_cli_store import NOW, Call, install, ok, refused

MUG = Product(ProductId(77), "Mug", "MUG", Tracking.PRODUCT, categories=(), variants=(), texts=ProductTexts())
NO_RECORD = "0 deliveries with a promised day so far, 5 are needed"
DAY = date(2026, 3, 31)


@pytest.fixture
def app(tmp_path: Path, migrated_template: Path) -> Plugin:
    shutil.copy(migrated_template, tmp_path)
    return build(Settings(data_dir=tmp_path))


@pytest.fixture
def call(tmp_path: Path) -> Call:
    return lambda *words: CliRunner().invoke(main, list(words), env={"DATA_DIR": str(tmp_path)})


@pytest.fixture
def owing(app: Plugin) -> TenantId:
    """Two orders wait, the first for two mugs; PO-118 brings three."""
    ada = install(app, "ada")
    with app.units(ada) as work:
        work.items.save_products([MUG])
        work.stock.save([StockRecord(a_level(on_hand=0, backordered=3, backorder_limit=9), 0)])
        work.policies.save(a_policy(limit=9, lead_time=a_lead_time(10)))
        work.orders.save([waiting(101, 2), waiting(102, 1)])
        work.shipments.add(a_shipment(reference="PO-118", quantity=3, eta="2027-03-09"))
        app.shipments.planning.replan(work, [ItemId("77")])
        work.commit()
    return ada


def waiting(number: int, units: int) -> Order:
    placed_at = NOW + timedelta(hours=number)
    line = an_order_line(line_id=number, order_id=number, quantity=units)
    return an_order(order_id=number, placed_at=placed_at, lines=[line])


def test_a_supplier_is_described_and_has_no_record_yet(app: Plugin, owing: TenantId, call: Call) -> None:
    said = ok(call("suppliers", "set", "Acme", "--lead-time", "5-10", "--country", "de", "--working-days", "mon,tue"))
    assert said == f"Acme, lead time 5 to 10 working days, too little data: {NO_RECORD}\n"
    assert ok(call("suppliers", "record", "Acme")).startswith("Acme: too little data")
    (row,) = json.loads(ok(call("suppliers", "list", "--json")))
    assert (row["supplier"]["country"], row["supplier"]["working_weekdays"]) == ("DE", [0, 1])
    ok(call("suppliers", "set", "Acme", "--lead-time", "none", "--holiday", "2026-12-24"))
    supplier = app.suppliers.get(owing, "Acme").supplier
    assert supplier is not None
    assert (supplier.lead_time, supplier.extra_holidays, supplier.country) == (None, (date(2026, 12, 24),), "DE")


@pytest.mark.parametrize(
    ("words", "sentence"),
    [
        (("suppliers", "set", "Acme", "--working-days", "mon,noday"), "'noday' is no day; write mon, tue"),
        (("suppliers", "set", "Acme", "--holiday", "soon"), "holiday"),
        (("suppliers", "record", "Nobody"), "There is no supplier Nobody."),
        (("allocation", "set", "--rules", "pinned,luck"), "'luck' is no rule; write pinned"),
        (("allocation", "set", "--groups", "3,gold"), "'gold' is no group; write ids as 3,1."),
        (("allocation", "pin", "999"), "There is no order 999."),
        (("shipments", "what-if", "PO-119"), "There is no shipment PO-119"),
        (("shipments", "what-if", "PO-118", "MUG"), "'MUG' is not an item with units; write it as MUG-RED=40."),
        (("shipments", "what-if", "PO-118", "CUP=1"), "CUP"),
        (("delays", "approve", "7"), "There is no proposed cancellation 7."),
        (("delays", "cancel", "sometimes"), "'sometimes' is not one of 'by-itself', 'after-my-yes'"),
    ],
)
def test_what_cannot_be_is_refused_in_words(owing: TenantId, call: Call, words: tuple[str, ...], sentence: str) -> None:
    assert sentence in refused(call(*words))


def test_rules_are_set_one_by_one_and_read_back(owing: TenantId, call: Call) -> None:
    ok(call("allocation", "set", "--rules", "pinned,order_value", "--most-per-order", "5"))
    said = ok(call("allocation", "set", "--groups", "3,1", "--sending", "together"))
    assert said == ok(call("allocation", "show"))
    assert said.splitlines()[2:] == [
        "then first come, first served",
        "at most 5 units of an item for one order before the others had theirs",
        "orders ship complete",
    ]
    assert "at most" not in ok(call("allocation", "set", "--rules", "none", "--most-per-order", "0"))


def test_a_line_is_pinned_and_the_queue_says_so(owing: TenantId, call: Call) -> None:
    assert [row.split()[0] for row in ok(call("allocation", "queue", "77")).splitlines()] == ["101", "102"]
    ok(call("allocation", "pin", "102"))
    first, second = ok(call("allocation", "queue", "77")).splitlines()
    assert first.startswith("    102 (pinned)  0 allocated, 1 owed: ")
    assert second.startswith("    101  ")
    ok(call("allocation", "unpin", "102"))
    rows = json.loads(ok(call("allocation", "queue", "77", "--json")))
    assert [(row["order_id"], row["is_pinned"]) for row in rows] == [(101, False), (102, False)]
    assert ok(call("allocation", "queue", "88")) == "Nobody waits for 88.\n"


def test_what_if_books_nothing(app: Plugin, owing: TenantId, call: Call) -> None:
    before = app.shipments.all(owing)
    assert ok(call("shipments", "what-if", "PO-118", "MUG=2")).splitlines()[0] == (
        "    101 Mug: ships; 2 units could be sent"
    )
    rows = json.loads(ok(call("shipments", "what-if", "PO-118", "MUG=3", "--json")))
    assert [(row["order_id"], row["units_now"], row["still_owed"]) for row in rows] == [(101, 2, 0), (102, 1, 0)]
    assert app.shipments.all(owing) == before


def test_wrong_rows_come_back_as_a_file_with_their_reasons(
    app: Plugin, owing: TenantId, call: Call, tmp_path: Path
) -> None:
    file, errors = tmp_path / "in.csv", tmp_path / "wrong.csv"
    file.write_text("reference,item,quantity\nPO-200,MUG,5\nPO-201,CUP,5\nPO-202,MUG,none\n", encoding="utf-8")
    assert "Line 3" in refused(call("shipments", "import", str(file), "--errors", str(errors)))
    assert [row["reference"] for row in rows_of(errors)] == ["PO-201", "PO-202"]
    assert "1 shipments would be announced" in ok(call("shipments", "import", str(file), "--skip-wrong", "--dry-run"))
    assert [each.reference for each in app.shipments.all(owing)] == ["PO-118"]
    assert "1 shipments were announced" in ok(call("shipments", "import", str(file), "--skip-wrong"))
    assert sorted(each.reference for each in app.shipments.all(owing)) == ["PO-118", "PO-200"]


def rows_of(file: Path) -> list[dict[str, str]]:
    return list(csv.DictReader(file.read_text(encoding="utf-8").splitlines()))


def a_proposal(order: int) -> Cancellation:
    line = OrderLineId(order)
    return Cancellation(0, OrderId(order), line, 1, CancelCause.SILENCE, CancellationState.PROPOSED, NOW)


def a_bounced_notice(order: int, at: datetime) -> NoticeRecord:
    notice = Notice(
        kind=NoticeKind.FIRST_LONG,
        old_day=DAY,
        new_window=DateWindow(DAY + timedelta(45), DAY + timedelta(45)),
        decided_on=at.date(),
        send_by=date(2026, 3, 3),
        silence=Silence.CANCELS,
        answer_by=DAY + timedelta(30),
    )
    return NoticeRecord(
        0, OrderId(order), OrderLineId(order), notice, Region.US, "supplier_later", RULES_VERSION, at, bounced_at=at
    )


def test_what_waits_for_the_merchant_is_listed_and_approved(app: Plugin, owing: TenantId, call: Call) -> None:
    assert ok(call("delays", "waiting")) == "No cancellation waits for you.\n"
    with app.units(owing) as work:
        work.cancellations.add([a_proposal(102)])
        work.commit()
    assert ok(call("delays", "waiting")) == "      1  order 102, line 102: 1 units (silence)\n"
    assert "is approved" in ok(call("delays", "approve", "1"))
    assert ok(call("delays", "waiting")) == "No cancellation waits for you.\n"
    (refund,) = json.loads(ok(call("delays", "refunds", "--json")))
    assert (refund["order_id"], refund["units"], refund["state"]) == (102, 1, "decided")
    assert f"due on {refund['refund_due']}" in ok(call("delays", "refunds"))
    assert "There is no proposed cancellation 1." in refused(call("delays", "approve", "1"))


def test_who_was_never_reached_stands_on_the_list_to_call(app: Plugin, owing: TenantId, call: Call) -> None:
    assert ok(call("delays", "calls")) == "Nobody has to be called.\n"
    with app.units(owing) as work:
        work.notices.add([a_bounced_notice(101, NOW)])
        work.commit()
    assert ok(call("delays", "calls")) == "order 101, line 101: promised 2026-03-31, to be told by 2026-03-03\n"


def test_what_silence_leads_to_is_decided_and_shown(app: Plugin, owing: TenantId, call: Call) -> None:
    assert "wait for your yes" in ok(call("delays", "cancel"))
    assert "by themselves" in ok(call("delays", "cancel", "by-itself"))
    assert "by themselves" in ok(call("delays", "cancel"))
    with app.units(owing) as work:
        assert work.tenant().settings.cancels_by_itself
    assert "wait for your yes" in ok(call("delays", "cancel", "after-my-yes"))


def test_payment_methods_the_law_asks_about_are_said_and_listed(call: Call, owing: TenantId) -> None:
    assert owing
    assert ok(call("delays", "payments")) == "All payment methods are of the usual kind.\n"
    assert ok(call("delays", "payments", "Net 30", "seller-credit")) == "seller-credit  net 30\n"
    assert "KIND is missing; allowed: usual, seller-credit, on-delivery." in refused(
        call("delays", "payments", "Net 30")
    )
