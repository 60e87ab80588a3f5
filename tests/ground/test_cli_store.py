"""The command line on a store: policies and shipments, one by one and from files, for exactly one store."""

import json
import shutil
from collections.abc import Callable
from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path

import pytest
from click.testing import CliRunner, Result

from plugin.bootstrap import Plugin, build
from plugin.cli import main
from plugin.domain.ids import ProductId, TenantId, VariantId
from plugin.domain.item import Product, ProductTexts, Tracking, Variant
from plugin.domain.saying import verbatim
from plugin.domain.store import ConnectionState
from plugin.services.ports.directory import AppUser, Grant
from plugin.settings import Settings

Call = Callable[..., Result]
NOW = datetime(2026, 3, 2, 9, tzinfo=UTC)
POLICIES = (
    "scope;enabled;limit;lead_time;handling_days;label;release_on;message\n"
    "store;no;0;;;;;\n"
    "category:23;;unlimited;furniture;2;;;\n"
    "product:77;yes;12;5-10;;preorder;2026-04-01;Ships {date}\n"
)


@pytest.fixture
def app(tmp_path: Path, migrated_template: Path) -> Plugin:
    shutil.copy(migrated_template, tmp_path)
    return build(Settings(data_dir=tmp_path))


@pytest.fixture
def call(tmp_path: Path) -> Call:
    def run(*words: str) -> Result:
        return CliRunner().invoke(main, list(words), env={"DATA_DIR": str(tmp_path)})

    return run


def install(app: Plugin, name: str) -> TenantId:
    user = AppUser(user_id=1, email="ann@example.com", locale="en", is_owner=True)
    grant = Grant(tenant_id=TenantId(name), access_token="token", scopes=("store_v2_orders",), user=user)
    app.directory.save_grant(grant, at=NOW)
    return TenantId(name)


@pytest.fixture
def ada(app: Plugin) -> TenantId:
    return install(app, "ada")


def ok(result: Result) -> str:
    assert result.exit_code == 0, (result.output, result.exception)
    return result.stdout


def refused(result: Result) -> str:
    assert result.exit_code in {1, 2}, result.output
    assert isinstance(result.exception, SystemExit), result.exception
    return result.output


def test_without_a_store_it_says_so(app: Plugin, call: Call) -> None:
    assert "No store is installed yet." in ok(call("tenants"))
    assert "No store is installed yet." in refused(call("policies", "list"))


def test_with_two_stores_one_must_be_named(app: Plugin, ada: TenantId, call: Call) -> None:
    install(app, "bo")
    assert "Say which store with --store: ada, bo." in refused(call("policies", "set", "store", "--limit", "3"))
    assert "There is no store eve. Known: ada, bo." in refused(call("policies", "list", "--store", "eve"))
    ok(call("policies", "set", "store", "--limit", "3", "--store", "bo"))
    assert app.policies.all(ada) == []
    assert [policy.backorder_limit for policy in app.policies.all(TenantId("bo"))] == [3]


def test_a_policy_is_set_changed_and_removed(app: Plugin, ada: TenantId, call: Call) -> None:
    said = ok(call("policies", "set", "product:77", "--limit", "12", "--lead-time", "furniture"))
    assert said == "product:77       backorder, up to 12, lead time 10 to 15 working days, 1 to dispatch\n"
    ok(call("policies", "set", "product:77", "--limit", "unlimited", "--message", "Ships {date}"))
    (policy,) = app.policies.all(ada)
    assert (policy.backorder_limit, policy.lead_time and policy.lead_time.longest) == (None, 15)
    assert ok(call("policies", "set", "product:77", "--off")) == "product:77       off\n"
    assert ok(call("policies", "remove", "product:77")) == "Removed the policy for product:77.\n"
    assert ok(call("policies", "remove", "product:77")) == "There was no policy for product:77.\n"
    assert "nothing is sold past zero" in ok(call("policies", "list"))


@pytest.mark.parametrize(
    ("words", "problem"),
    [
        (("shelf:1",), "scope is 'shelf:1'; allowed: store, category:23, product:77 or variant:105."),
        (("store", "--limit", "-1"), "limit is '-1'; write a whole number, zero or more."),
        (("store", "--limit", "many"), "limit is 'many'; write a whole number, zero or more."),
        (("store", "--lead-time", "soon"), "lead_time is 'soon'; write working days as 10 or 5-10, none, or one of "),
        (("store", "--release-on", "1 March"), "release_on is '1 March'; write a day as 2026-03-09."),
        (("store", "--release-on", "2026-03-01"), "Only a pre-order has a release date."),
    ],
)
def test_a_policy_that_cannot_be_is_refused(
    words: tuple[str, ...], problem: str, app: Plugin, ada: TenantId, call: Call
) -> None:
    assert problem in refused(call("policies", "set", *words))
    assert app.policies.all(ada) == []


def test_policies_are_imported_from_a_spreadsheet(app: Plugin, ada: TenantId, call: Call, tmp_path: Path) -> None:
    file = tmp_path / "policies.csv"
    file.write_text("\ufeff" + POLICIES, encoding="utf-8")
    assert "3 policies would be imported." in ok(call("policies", "import", str(file), "--dry-run"))
    assert app.policies.all(ada) == []
    assert "3 policies were imported." in ok(call("policies", "import", str(file)))
    found = {str(policy.scope): policy for policy in app.policies.all(ada)}
    assert [found[scope].effective_limit for scope in ("store", "category:23", "product:77")] == [0, None, 12]
    assert str(found["product:77"].release_on) == "2026-04-01"
    shown = json.loads(ok(call("policies", "list", "--json")))
    assert {row["message"] for row in shown} == {"", "Ships {date}"}


@pytest.mark.parametrize(
    ("text", "problems"),
    [
        ("scope,limt\nstore,1\n", ["Line 1: there is no column limit.", "Line 1: column 'limt' is unknown; known: "]),
        ("scope,limit\nstore,1,2\n", ["Line 2: there are more than 2 cells."]),
        (
            "scope,limit\nstore,x\n\nproduct:0,1\n",
            ["Line 2: limit is 'x'", "Line 4: scope is 'product:0'; allowed: store, "],
        ),
        ("scope,limit\nstore,1\nstore,2\n", ["store is there more than once."]),
        ("scope,limit,enabled\nstore,1,perhaps\n", ["Line 2: enabled is 'perhaps'; write yes or no."]),
    ],
)
def test_a_spreadsheet_with_a_fault_changes_nothing_and_names_every_fault(
    text: str, problems: list[str], app: Plugin, ada: TenantId, call: Call, tmp_path: Path
) -> None:
    file = tmp_path / "policies.csv"
    file.write_text(text, encoding="utf-8")
    said = refused(call("policies", "import", str(file)))
    assert "Nothing was imported." in said
    assert [problem for problem in problems if problem not in said] == []
    assert app.policies.all(ada) == []


def mug(app: Plugin, tenant: TenantId) -> None:
    """A product with two counted variants, known to the store."""
    variants = tuple(
        Variant(VariantId(number), f"MUG-{name.upper()}", name) for number, name in ((105, "Red"), (106, "Blue"))
    )
    product = Product(ProductId(77), "Mug", "MUG", Tracking.VARIANT, (), variants, ProductTexts())
    with app.units(tenant) as work:
        work.items.save_products([product])
        work.commit()


def lines_of(app: Plugin, tenant: TenantId) -> dict[str, dict[str, tuple[int, int]]]:
    return {
        shipment.reference: {line.item_id: (line.received, line.quantity) for line in shipment.lines}
        for shipment in app.shipments.all(tenant)
    }


def test_a_shipment_is_announced_moved_received_in_part_and_closed(app: Plugin, ada: TenantId, call: Call) -> None:
    mug(app, ada)
    words = ("--reference", "PO-118", "--supplier", "Kiln", "--eta", "2026-03-09..2026-03-12")
    said = ok(call("shipments", "announce", "MUG-RED=40", "77:106=5", *words))
    assert said.strip() == "1 PO-118 from Kiln, announced, 2026-03-09 to 2026-03-12: 77:105 0/40, 77:106 0/5"
    said = ok(call("shipments", "move", "PO-118", "--eta", "2026-03-20", "--source", "supplier confirmed"))
    assert "announced, 2026-03-20:" in said
    assert "received in part" in ok(call("shipments", "receive", "PO-118", "77:105=30"))
    assert lines_of(app, ada) == {"PO-118": {"77:105": (30, 40), "77:106": (0, 5)}}
    assert ", short, " in ok(call("shipments", "receive", "1", "77:106=5", "--close"))
    assert "Shipment PO-118 is short." in refused(call("shipments", "receive", "PO-118"))
    assert ok(call("shipments", "list", "--open")) == "There are no shipments.\n"


@pytest.mark.parametrize(
    ("words", "problem"),
    [
        (("announce", "MUG-GREEN=1", "--reference", "PO-1"), "No item of this store has the SKU or id MUG-GREEN."),
        (
            ("announce", "MUG-RED", "--reference", "PO-1"),
            "'MUG-RED' is not an item with units; write it as MUG-RED=40.",
        ),
        (("announce", "MUG-RED=some", "--reference", "PO-1"), "MUG-RED is 'some'; write a whole number, zero or more."),
        (("announce", "MUG-RED=0", "--reference", "PO-1"), "quantity is 0; it must be at least 1."),
        (
            ("announce", "MUG-RED=1", "--reference", "PO-1", "--eta", "soon"),
            "eta is 'soon'; write a day as 2026-03-09.",
        ),
        (("receive", "PO-9"), "There is no shipment PO-9; `backorder shipments list` shows them with their ids."),
    ],
)
def test_a_shipment_that_cannot_be_is_refused(
    words: tuple[str, ...], problem: str, app: Plugin, ada: TenantId, call: Call
) -> None:
    mug(app, ada)
    assert problem in refused(call("shipments", *words))
    assert app.shipments.all(ada) == []


def test_shipments_are_imported_once_however_often_the_file_comes(
    app: Plugin, ada: TenantId, call: Call, tmp_path: Path
) -> None:
    mug(app, ada)
    file = tmp_path / "shipments.csv"
    file.write_text(
        "supplier,reference,eta,source,item,quantity\n"
        "Kiln,PO-1,2026-03-09,estimate,MUG-RED,40\n"
        "Kiln,PO-2,,,MUG-RED,1\n"
        "Kiln,PO-1,,,MUG-BLUE,5\n",
        encoding="utf-8",
    )
    assert "2 shipments would be announced, 0 were known." in ok(call("shipments", "import", str(file), "--dry-run"))
    assert app.shipments.all(ada) == []
    assert "2 shipments were announced, 0 were known." in ok(call("shipments", "import", str(file)))
    expected = {"PO-1": {"77:105": (0, 40), "77:106": (0, 5)}, "PO-2": {"77:105": (0, 1)}}
    assert lines_of(app, ada) == expected
    assert "0 shipments were announced, 2 were known." in ok(call("shipments", "import", str(file)))
    assert lines_of(app, ada) == expected


def test_keys_of_the_api_work_until_they_are_revoked(app: Plugin, ada: TenantId, call: Call) -> None:
    key = ok(call("apikey", "create", "erp")).strip()
    assert app.directory.tenant_of_api_key(key) == ada
    assert ok(call("apikey", "revoke", "erp")) == "Revoked erp.\n"
    assert app.directory.tenant_of_api_key(key) is None
    assert ok(call("apikey", "revoke", "erp")) == "There is no key erp.\n"


def test_leaving_asks_first_and_then_wants_everything_restored(app: Plugin, ada: TenantId, call: Call) -> None:
    assert call("leave").exit_code == 1
    before = app.directory.find(ada)
    assert before is not None
    ok(call("leave", "--yes"))
    after = app.directory.find(ada)
    assert after is not None
    assert (after.state.value, after.setup_step) == ("left", "restoring")
    assert replace(after, state=before.state, setup_step=before.setup_step) == before


def test_tokens_are_encrypted_anew(app: Plugin, ada: TenantId, call: Call) -> None:
    assert ok(call("keys", "rotate")) == "1 tokens are encrypted with the newest key.\n"
    assert app.directory.access_token(ada) == "token"


def test_a_backup_is_made_tried_and_brought_back_elsewhere(
    app: Plugin, ada: TenantId, call: Call, tmp_path: Path
) -> None:
    file, elsewhere = tmp_path / "kept.backup", tmp_path / "elsewhere"
    assert f"{file} holds 1 stores, " in ok(call("backup", str(file)))
    keys = {"SECRET_KEY": (tmp_path / "secret-key").read_text()}
    assert "every table the same" in ok(call("restore", "--check", str(file)))
    assert "has rows already" in refused(call("restore", str(file)))
    said = ok(CliRunner().invoke(main, ["restore", str(file)], env={"DATA_DIR": str(elsewhere), **keys}))
    assert "backorder resync" in said
    assert build(Settings(data_dir=elsewhere)).directory.find(ada) == app.directory.find(ada)


def test_a_backup_that_these_keys_do_not_open_is_said_to_be_so(
    app: Plugin, ada: TenantId, call: Call, tmp_path: Path
) -> None:
    ok(call("backup", str(tmp_path / "kept.backup")))
    env = {
        "DATA_DIR": str(tmp_path / "elsewhere"),
        "SECRET_KEY": "another key, as long as a key ought to be, or longer",
    }
    result = CliRunner().invoke(main, ["restore", "--check", str(tmp_path / "kept.backup")], env=env)
    assert "Put the old key back after the new one." in refused(result)


def test_the_doctor_looks_at_every_store_and_says_which_one_is_ill(app: Plugin, ada: TenantId, call: Call) -> None:
    app.directory.set_state(
        install(app, "bo"), ConnectionState.DISCONNECTED, problem=verbatim("The token was refused.")
    )
    env = {"DATA_DIR": str(app.settings.data_dir), "API_URL": "http://127.0.0.1:1"}
    result = CliRunner().invoke(main, ["doctor", "--json"], env=env)
    assert result.exit_code == 1, result.exception
    found = {(each["store"], each["subject"]): each for each in json.loads(result.stdout) if each["store"]}
    assert found["bo", "store"]["state"] == "bad"
    assert [subject for store, subject in found if store == "bo"] == ["store"]
    assert (found[ada, "store"]["state"], found[ada, "shop"]["state"]) == ("note", "note")
    assert found[ada, "scopes"]["text"].startswith("not agreed to: ")
    assert "✗ bo store " in CliRunner().invoke(main, ["doctor"], env=env).stdout
