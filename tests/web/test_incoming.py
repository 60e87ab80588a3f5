"""Incoming goods: what comes and when, what a deed would do before it is done, files, suppliers, and the waitlist."""

import io
import re

import pytest
from werkzeug.test import TestResponse

from plugin.domain.ids import ItemId, ShipmentId
from plugin.domain.shipment import ShipmentState
from plugin.domain.store import Role
from plugin.domain.supplier import Supplier
from plugin.services.ports.directory import AppUser
from plugin.services.ports.waitlist import WaitlistState
from tests.builders import a_lead_time, a_shipment
from tests.web.stage import ADA, NOW, Web, fill
from tests.web.test_products import get, post, words

BLUE = "77:105"
UNITS = f"units:{BLUE}"


def the_shipment(web: Web) -> ShipmentId:
    return web.plugin.shipments.all(ADA)[0].shipment_id


def state_of(web: Web) -> tuple[ShipmentState, int, str]:
    shipment = web.plugin.shipments.all(ADA)[0]
    return shipment.state, shipment.lines[0].received, str(shipment.eta and shipment.eta.latest)


UNTOUCHED = (ShipmentState.ANNOUNCED, 0, "2026-03-20")


def test_shipments_stand_under_what_is_to_be_done_about_them(web: Web) -> None:
    assert "Nothing is on its way." in words(get(web, "incoming"))
    assert "Nothing is late." in words(get(web, "incoming?tab=late"))
    fill(web.plugin, ADA)
    assert "PO-118 Announced 16–20 Mar 2026" in words(get(web, "incoming"))
    assert "PO-118" in words(get(web, "incoming?q=PO-1"))
    assert "Nothing fits these filters." in words(get(web, "incoming?supplier=Nobody"))
    web.time.shift(30 * 24 * 3600)
    assert "PO-118 Late" in words(get(web, "incoming?tab=late"))


@pytest.mark.parametrize("query", ["tab=x", "after=x", "after=1~x~", "after=999999999999999999999~~", "q=%25_"])
def test_nonsense_in_the_address_breaks_nothing(web: Web, query: str) -> None:
    fill(web.plugin, ADA)
    get(web, f"incoming?{query}")


def test_a_month_shows_its_arrivals(web: Web) -> None:
    fill(web.plugin, ADA)
    assert "March 2026" in words(get(web, "incoming/calendar"))
    assert "20 Mar 2026 PO-118 Acme Announced" in words(get(web, "incoming/calendar"))
    assert "No arrivals this month." in words(get(web, "incoming/calendar?month=2026-12"))
    assert "March 2026" in words(get(web, "incoming/calendar?month=9999-99"))


def test_a_shipment_is_announced_by_sku(web: Web) -> None:
    fields = {
        "supplier": "Acme",
        "reference": "PO-200",
        "eta_first": "2026-04-01",
        "eta_last": "",
        "source": "they said so",
    }
    answer = post(web, "incoming/new", **fields, lines="MUG-BLUE 4\n\n77:106\t2\n")
    assert answer.status_code == 303
    (shipment,) = web.plugin.shipments.all(ADA)
    assert [(line.item_id, line.quantity) for line in shipment.lines] == [(BLUE, 4), ("77:106", 2)]
    assert (str(shipment.eta and shipment.eta.latest), shipment.eta_source) == ("2026-04-01", "they said so")


@pytest.mark.parametrize(
    ("changed", "said"),
    [
        ({"lines": "NOPE 4"}, "No item of this store has the SKU or id NOPE."),
        ({"lines": "MUG-BLUE"}, "line 1 is &#39;MUG-BLUE&#39;; write an SKU, a space and the units."),
        ({"lines": "MUG-BLUE x"}, "write a whole number"),
        ({"lines": ""}, "has no lines"),
        ({"reference": ""}, "reference is empty"),
        ({"eta_first": "2026-04-09", "eta_last": "2026-04-01"}, "before it starts"),
        ({"eta_first": "soon"}, "write a day as 2026-03-09"),
    ],
)
def test_an_announcement_that_cannot_be_comes_back_with_its_fault(web: Web, changed: dict[str, str], said: str) -> None:
    good = {"supplier": "Acme", "reference": "PO-200", "eta_first": "", "eta_last": "", "lines": "MUG-BLUE 4"}
    answer = post(web, "incoming/new", **{**good, **changed})
    assert answer.status_code == 422
    assert said in words(answer.text)
    assert web.plugin.shipments.all(ADA) == []


def test_what_receiving_would_do_stands_beside_the_button(web: Web) -> None:
    fill(web.plugin, ADA)
    text = words(get(web, f"incoming/shipment/{the_shipment(web)}"))
    assert "If all of it arrives today 1 order line ships 1 order line ships in part" in text
    assert "#101 Stoneware mug Ships 16–20 Mar 2026 Now" in text
    assert state_of(web) == UNTOUCHED


def test_each_question_is_answered_and_changes_nothing(web: Web) -> None:
    fill(web.plugin, ADA)
    path = f"incoming/shipment/{the_shipment(web)}/ask"
    part = words(post(web, path, about="receive", **{UNITS: "1"}).text)
    assert "If these units arrive today 1 order line ships" in part
    short = words(post(web, path, about="receive", closes="yes", **{UNITS: "1"}).text)
    assert "and no more" in short
    assert "1 order line ships earlier" in short
    moved = words(post(web, path, about="move", eta_first="2026-05-01", eta_last="2026-05-05").text)
    assert "If it moves to 1–5 May 2026" in moved
    assert "slip" in moved
    assert "If it is cancelled" in words(post(web, path, about="cancel").text)
    assert state_of(web) == UNTOUCHED


def test_goods_are_received_in_part_and_then_closed_short(web: Web) -> None:
    fill(web.plugin, ADA)
    path = f"incoming/shipment/{the_shipment(web)}"
    assert post(web, f"{path}/receive", **{UNITS: "1"}).status_code == 303
    assert state_of(web) == (ShipmentState.RECEIVED_IN_PART, 1, "2026-03-20")
    assert post(web, f"{path}/receive", closes="yes", **{UNITS: "2"}).status_code == 303
    assert state_of(web) == (ShipmentState.SHORT, 3, "2026-03-20")
    assert "Closed short" in words(get(web, path))
    assert post(web, f"{path}/receive", **{UNITS: "1"}).status_code == 422


@pytest.mark.parametrize("fields", [{}, {UNITS: "0"}, {UNITS: "-1"}, {UNITS: "x"}, {"units:9": "1"}])
def test_nothing_or_nonsense_cannot_be_received(web: Web, fields: dict[str, str]) -> None:
    fill(web.plugin, ADA)
    assert post(web, f"incoming/shipment/{the_shipment(web)}/receive", **fields).status_code == 422
    assert state_of(web) == UNTOUCHED


def test_a_date_is_moved_with_a_basis_only(web: Web) -> None:
    fill(web.plugin, ADA)
    path = f"incoming/shipment/{the_shipment(web)}/move"
    days = {"eta_first": "2026-04-01", "eta_last": "2026-04-02"}
    refused = post(web, path, **days, source=" ")
    assert refused.status_code == 422
    assert 'id="source-fault"' in refused.text
    assert state_of(web) == UNTOUCHED
    assert post(web, path, **days, source="supplier mail").status_code == 303
    assert state_of(web) == (ShipmentState.ANNOUNCED, 0, "2026-04-02")
    assert "1–2 Apr 2026 supplier mail" in words(get(web, f"incoming/shipment/{the_shipment(web)}"))


def test_a_shipment_leaves_and_is_cancelled(web: Web) -> None:
    fill(web.plugin, ADA)
    path = f"incoming/shipment/{the_shipment(web)}"
    for has_left, state in (("yes", ShipmentState.IN_TRANSIT), ("no", ShipmentState.ANNOUNCED)):
        assert post(web, f"{path}/left", has_left=has_left).status_code == 303
        assert state_of(web)[0] is state
    assert post(web, f"{path}/cancel").status_code == 303
    assert state_of(web)[0] is ShipmentState.CANCELLED
    get(web, "incoming/shipment/999", 404)


# ------------------------------------------------------------------------------------------------------- files

THEIRS = "Vendor;PO Number;Arrival;SKU;Qty;Colour\nAcme;PO-1;2026-04-01;MUG-BLUE;5;red\nAcme;PO-2;soon;MUG-RED;5;\n"


def upload(web: Web, content: str | bytes) -> TestResponse:
    data = content.encode() if isinstance(content, str) else content
    fields = {"session": web.token(), "file": (io.BytesIO(data), "orders.csv")}
    return web.client().post("/app/ada/incoming/import", data=fields, content_type="multipart/form-data")


def path_of(answer: TestResponse) -> str:
    assert answer.status_code == 303
    return answer.headers["Location"].partition("/app/ada/")[2].partition("?")[0]


def test_a_file_is_looked_at_corrected_and_imported(web: Web) -> None:
    path = path_of(upload(web, THEIRS))
    text = words(get(web, path))
    assert "1 new shipment 1 row is wrong" in text
    assert "3 PO-2 MUG-RED The ETA is &#39;soon&#39;; write a day as 2026-03-09." in text
    wrong = get(web, f"{path}/wrong-rows.csv")
    assert wrong.splitlines()[1].startswith("Acme,PO-2,soon,,MUG-RED,5,,3,")
    assert post(web, path).status_code == 422
    assert web.plugin.shipments.all(ADA) == []
    assert post(web, path, skips_wrong="yes").status_code == 303
    assert [shipment.reference for shipment in web.plugin.shipments.all(ADA)] == ["PO-1"]
    get(web, path, 404)


def test_what_columns_mean_is_said_once(web: Web) -> None:
    strange = "Paper,What,How many\nPO-7,MUG-BLUE,3\n"
    path = path_of(upload(web, strange))
    assert "The file cannot be read yet." in words(get(web, path))
    twice = post(web, f"{path}/columns", **{"column:0": "item", "column:1": "item", "column:2": "quantity"})
    assert twice.status_code == 422
    meant = {"column:0": "reference", "column:1": "item", "column:2": "quantity"}
    assert post(web, f"{path}/columns", **meant).status_code == 303
    assert "1 new shipment" in words(get(web, path))
    assert "1 new shipment" in words(get(web, path_of(upload(web, strange.replace("PO-7", "PO-8")))))


@pytest.mark.parametrize("content", ["", b"\xff\xfe\x00\x00", "a,b\n"])
def test_what_is_no_table_never_ends_in_an_error_of_ours(web: Web, content: str | bytes) -> None:
    answer = upload(web, content)
    assert answer.status_code in {303, 422}
    assert post(web, "incoming/import").status_code == 422


def test_the_sample_file_can_be_imported_itself(web: Web) -> None:
    sample = get(web, "incoming/import/sample.csv")
    text = words(get(web, path_of(upload(web, sample))))
    assert "1 new shipment 1 row is wrong" in text
    assert "TEAPOT-1" in text


# --------------------------------------------------------------------------------------------------- suppliers


def test_suppliers_show_their_record_or_too_little_data(web: Web) -> None:
    assert "No suppliers yet." in words(get(web, "incoming/suppliers"))
    web.plugin.suppliers.save(ADA, Supplier("Kiln & Co.", a_lead_time(8, 12)))
    assert "Kiln &amp; Co. 8 to 12 working days 0 Too little data" in words(get(web, "incoming/suppliers"))
    assert "Too little data: 0 deliveries" in words(get(web, "incoming/suppliers/one?name=Kiln+%26+Co."))
    get(web, "incoming/suppliers/one?name=Nobody", 404)


def test_a_supplier_is_described(web: Web) -> None:
    fields = {"name": "Acme", "lead_shortest": "5", "lead_longest": "", "country": "de", "weekdays": ["0", "1", "5"]}
    assert post(web, "incoming/suppliers/one", **fields).status_code == 303
    assert web.plugin.suppliers.get(ADA, "Acme").supplier == Supplier(
        "Acme", a_lead_time(5), working_weekdays=(0, 1, 5), country="DE"
    )
    for changed in (
        {"weekdays": []},
        {"country": "Germany"},
        {"name": ""},
        {"lead_shortest": "x"},
        {"lead_longest": "1"},
    ):
        assert post(web, "incoming/suppliers/one", **{**fields, **changed}).status_code == 422


# ---------------------------------------------------------------------------------------------------- waitlist


def wait(web: Web, email: str, state: WaitlistState = WaitlistState.WAITING) -> None:
    with web.plugin.units(ADA) as work:
        entry = work.waitlist.add(ItemId(BLUE), email, locale="en", quantity=2, at=NOW)
        work.waitlist.save_state(entry.entry_id, state, at=NOW)
        work.commit()


def test_the_waitlist_says_who_waits_for_what(web: Web) -> None:
    assert "Nobody is waiting yet." in words(get(web, "waitlist"))
    wait(web, "ada@example.com")
    wait(web, "bob@example.com", WaitlistState.TOLD)
    text = words(get(web, "waitlist"))
    assert "People waiting 1 Units wanted 2" in text
    assert "Stoneware mug, Blue MUG-BLUE 1 2 0 1 2 Mar 2026, 04:00 0 1 0 0% CSV" in text


def test_the_export_is_a_file_no_spreadsheet_takes_for_formulas(web: Web) -> None:
    wait(web, "=cmd@example.com")
    page = get(web, "waitlist/export.csv")
    header, row = page.lstrip("\ufeff").splitlines()
    assert header == "item_id,sku,name,email,quantity,state,language,asked_at"
    assert row == f"{BLUE},MUG-BLUE,Stoneware mug Blue,'=cmd@example.com,2,waiting,en,{NOW.isoformat()}"
    assert get(web, "waitlist/export.csv?item=77:106").count("\n") == 1


def test_addresses_are_not_for_those_who_may_only_look(web: Web) -> None:
    wait(web, "ada@example.com")
    web.plugin.directory.save_user(ADA, AppUser(9, "clerk@ada.example", "en", is_owner=False))
    web.plugin.directory.set_role(ADA, 9, Role.READ_ONLY)
    ticket = web.ticket(user=9)
    assert web.client().get(f"/app/ada/waitlist/export.csv?t={ticket}").status_code == 403
    page = web.client().get(f"/app/ada/waitlist?t={ticket}").text
    assert not re.search(r"export\.csv|ada@example", page)


def test_a_late_reference_sorts_by_day(web: Web) -> None:
    with web.plugin.units(ADA) as work:
        for reference, eta in (("PO-B", "2026-03-09"), ("PO-A", "2026-03-03")):
            work.shipments.add(a_shipment(reference=reference, eta=eta, item=ItemId(BLUE)))
        work.commit()
    assert re.findall(r"PO-[AB]", words(get(web, "incoming"))) == ["PO-A", "PO-B"]
