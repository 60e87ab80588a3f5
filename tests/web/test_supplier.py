"""The supplier's page: no login, a look changes nothing, an answer is noted with its day, and moves what shoppers are told."""

import re

import pytest
from werkzeug.test import TestResponse

from plugin.domain.ids import ItemId, ShipmentId, TenantId
from plugin.domain.shipment import IncomingShipment
from tests.builders import a_shipment, a_window
from tests.web.stage import ADA, BO, Web

BASE = "https://backorder.example.com"


def shipment(web: Web, tenant: TenantId = ADA) -> ShipmentId:
    with web.plugin.units(tenant) as work:
        wanted = a_shipment(reference="PO-118", eta=("2026-03-16", "2026-03-20"), item=ItemId("77:105"), quantity=4)
        added = work.shipments.add(wanted)
        work.commit()
    return added


def link(web: Web, number: int, tenant: TenantId = ADA) -> str:
    return web.plugin.links.shipment_page(tenant, ShipmentId(number)).removeprefix(BASE)


def now(web: Web, number: ShipmentId) -> IncomingShipment:
    return web.plugin.shipments.get(ADA, number)


def say(web: Web, path: str, **fields: str) -> TestResponse:
    return web.client().post(path, data=fields)


def test_the_page_names_the_goods_and_the_day_in_the_readers_language(web: Web) -> None:
    path = link(web, shipment(web))
    page = web.client().get(path, headers={"Accept-Language": "de"}).text
    assert '<html lang="de"' in page
    text = re.sub(r"<[^>]+>|\s+", " ", page)
    for words in ("PO-118", "Stoneware mug, Blue", "MUG-BLUE", "16.–20. März"):
        assert words in text


def test_looking_changes_nothing(web: Web) -> None:
    number = shipment(web)
    before = now(web, number)
    for method in ("GET", "HEAD"):
        query = {"earliest": "2026-05-01", "known": "no"}
        assert web.client().open(link(web, number), method=method, query_string=query).status_code == 200
    assert now(web, number) == before


def test_a_confirmed_day_says_who_said_so_and_when(web: Web) -> None:
    number = shipment(web)
    answer = say(web, link(web, number), earliest="2026-03-23", latest="2026-03-25")
    assert answer.status_code == 303
    moved = now(web, number)
    assert (moved.eta, moved.eta_source) == (
        a_window(("2026-03-23", "2026-03-25")),
        "supplier confirmed on 2 Mar 2026",
    )
    assert "Thank you" in web.client().get(answer.headers["Location"]).text


def test_one_day_is_enough(web: Web) -> None:
    number = shipment(web)
    say(web, link(web, number), earliest="2026-03-23", latest="")
    assert now(web, number).eta == a_window("2026-03-23")


def test_whoever_answers_twice_has_answered_last(web: Web) -> None:
    number = shipment(web)
    for day in ("2026-03-23", "2026-03-24"):
        assert say(web, link(web, number), earliest=day).status_code == 303
    assert now(web, number).eta == a_window("2026-03-24")


def test_a_supplier_may_say_that_no_day_can_be_named(web: Web) -> None:
    number = shipment(web)
    assert say(web, link(web, number), known="no").status_code == 303
    moved = now(web, number)
    assert (moved.eta, moved.eta_source) == (None, "supplier could give no day on 2 Mar 2026")


@pytest.mark.parametrize(
    ("earliest", "latest"),
    [
        ("", ""),
        ("soon", ""),
        ("2026-03-01", ""),
        ("2026-03-20", "2026-03-19"),
        ("2030-01-01", ""),
        ("2026-03-20", "9999-12-31"),
        ("2026-03-20", "x"),
    ],
)
def test_an_impossible_day_is_asked_for_again_and_changes_nothing(web: Web, earliest: str, latest: str) -> None:
    number = shipment(web)
    before = now(web, number)
    answer = say(web, link(web, number), earliest=earliest, latest=latest)
    assert (answer.status_code, now(web, number)) == (422, before)
    assert "Please give a day" in answer.text


def test_a_closed_shipment_takes_no_more_answers(web: Web) -> None:
    number = shipment(web)
    web.plugin.shipments.cancel(ADA, number)
    before = now(web, number)
    answer = say(web, link(web, number), earliest="2026-03-23")
    assert (answer.status_code, now(web, number)) == (200, before)
    assert "closed" in answer.text
    assert "<form" not in answer.text


def test_another_stores_link_opens_that_store_only(web: Web) -> None:
    number = shipment(web)
    assert web.client().get(link(web, number, BO)).status_code == 404
    assert say(web, link(web, number, BO), earliest="2026-03-23").status_code == 404
    assert now(web, number).eta == a_window(("2026-03-16", "2026-03-20"))


def test_a_shoppers_token_is_no_suppliers(web: Web) -> None:
    shipment(web)
    for other in (web.plugin.links.order_page(ADA, 1), web.plugin.links.leave_waitlist(ADA, 1)):  # type: ignore[arg-type]
        token = other.rpartition("/")[2]
        assert say(web, f"/s/shipment/{token}", earliest="2026-03-23").status_code == 401


def test_the_erp_is_given_the_link(web: Web) -> None:
    number = shipment(web)
    answer = web.client().get(f"/api/v1/shipments/{number}/link", headers=web.api_key())
    assert answer.json == {"url": f"{BASE}{link(web, number)}"}
    assert web.client().get(f"/api/v1/shipments/{number}/link", headers=web.api_key(BO)).status_code == 404


@pytest.mark.parametrize(
    ("language", "words"),
    [
        ("en", "Confirmed by the supplier on Mar 2, 2026"),
        ("de", "Am 2. März 2026 vom Lieferanten bestätigt"),
        ("fr", "Confirmé par le fournisseur le 2 mars 2026"),
        ("es", "Confirmado por el proveedor el 2 mar 2026"),
    ],
)
def test_who_said_the_day_is_told_in_the_readers_language(web: Web, language: str, words: str) -> None:
    path = link(web, shipment(web))
    answer = web.client().post(f"{path}?lang={language}", data={"earliest": "2026-03-23"})
    assert answer.headers["Location"].endswith(f"said=1&lang={language}")
    page = web.client().get(answer.headers["Location"], headers={"Accept-Language": "it"}).text
    assert words in page
    assert f'<html lang="{language}"' in page


def test_the_page_can_be_read_in_another_language(web: Web) -> None:
    page = web.client().get(link(web, shipment(web)), headers={"Accept-Language": "de"}).text
    links = re.findall(r'<a href="(\?lang=\w\w)" lang="\w\w" hreflang="\w\w">(\w+)</a>', page)
    assert links == [("?lang=en", "English"), ("?lang=es", "Español"), ("?lang=fr", "Français")]
    assert '<span aria-current="true" lang="de">Deutsch</span>' in page


def test_a_merchants_own_words_stand_as_they_were_typed(web: Web) -> None:
    number = shipment(web)
    web.plugin.shipments.move(ADA, number, a_window("2026-03-23"), "Jan <said> so")
    assert "Jan &lt;said&gt; so" in web.client().get(link(web, number)).text
