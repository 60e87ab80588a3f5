"""The command line on people: the proof of an order, a supplier's link, a shopper's data."""

import json
import shutil
from collections.abc import Callable
from pathlib import Path

import pytest
from click.testing import CliRunner, Result

from plugin.bootstrap import Plugin, build
from plugin.cli import main
from plugin.domain.ids import TenantId
from plugin.domain.order import OrderStage
from plugin.services.ports.directory import AppUser, Grant
from plugin.settings import Settings
from tests.builders import NOW, a_shipment, an_order

Call = Callable[..., Result]
ADA = TenantId("ada")


@pytest.fixture
def app(tmp_path: Path, migrated_template: Path) -> Plugin:
    """One store with an open order, a done one, a shipment, and somebody on the waitlist."""
    shutil.copy(migrated_template, tmp_path)
    plugin = build(Settings(data_dir=tmp_path))
    plugin.directory.save_grant(
        Grant(ADA, "token", ("store_v2_orders",), AppUser(1, "a@example.com", "en", is_owner=True)), at=NOW
    )
    with plugin.units(ADA) as work:
        work.orders.save([an_order(order_id=101), an_order(order_id=102, stage=OrderStage.CLOSED)])
        work.shipments.add(a_shipment(reference="PO-118"))
        work.commit()
    return plugin


@pytest.fixture
def call(app: Plugin, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Call:
    monkeypatch.chdir(tmp_path)

    def run(*words: str) -> Result:
        return CliRunner().invoke(main, list(words), env={"DATA_DIR": str(tmp_path)})

    return run


def ok(result: Result) -> str:
    assert result.exit_code == 0, (result.output, result.exception)
    return result.stdout


def test_a_proof_is_written_as_pdf_and_as_json(call: Call, tmp_path: Path) -> None:
    assert "SHA-256" in ok(call("proof", "101"))
    assert (tmp_path / "proof-101.pdf").read_bytes().startswith(b"%PDF-")
    ok(call("proof", "101", "--json"))
    assert json.loads((tmp_path / "proof-101.json").read_text(encoding="utf-8"))["order_id"] == 101
    assert json.loads(ok(call("proof", "101", "--json", "--output", "-")))["store"] == ""


def test_an_order_nobody_has_is_refused_in_words(call: Call) -> None:
    result = call("proof", "999")
    assert (result.exit_code, "There is no order 999." in result.output) == (1, True)


def test_a_suppliers_link_is_printed(call: Call, app: Plugin) -> None:
    link = ok(call("shipments", "link", "PO-118")).strip()
    assert app.links.read("shipment", link.rpartition("/")[2]) == (ADA, 1)


def test_what_is_known_of_a_shopper_is_printed(call: Call) -> None:
    known = json.loads(ok(call("shopper", "export", "ada@example.com")))
    assert [row["order_id"] for row in known["orders"]] == [101, 102]


def test_erasing_asks_first_and_names_what_it_keeps(call: Call) -> None:
    assert call("shopper", "erase", "ada@example.com").exit_code == 1
    assert len(json.loads(ok(call("shopper", "export", "ada@example.com")))["orders"]) == 2
    said = ok(call("shopper", "erase", "ada@example.com", "--yes"))
    assert "1 orders and 0 waitlist entries no longer name this person." in said
    assert "#101" in said
    assert [row["order_id"] for row in json.loads(ok(call("shopper", "export", "ada@example.com")))["orders"]] == [101]


def test_how_long_persons_are_kept_can_be_set(call: Call, app: Plugin) -> None:
    assert "1825 days" in ok(call("shopper", "keep"))
    ok(call("shopper", "keep", "--orders", "400", "--waitlist", "30"))
    with app.units(ADA) as work:
        settings = work.tenant().settings
    assert (settings.keep_shoppers_days, settings.keep_waitlist_days) == (400, 30)


@pytest.mark.parametrize("days", ["0", "-1", "99999"])
def test_an_impossible_time_is_refused(call: Call, days: str) -> None:
    result = call("shopper", "keep", "--orders", days)
    assert (result.exit_code, "shoppers_days" in result.output) == (1, True)
