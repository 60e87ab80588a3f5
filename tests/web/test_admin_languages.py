"""A German merchant reads German: decisions, an order's story, refusals in forms and on pages, what was put aside."""

from datetime import date

import pytest

from plugin.adapters.bigcommerce.errors import Refusal
from plugin.adapters.db.engine import writing
from plugin.adapters.db.tables import journal
from plugin.domain.calendar import DateWindow
from plugin.domain.promise import Basis, BasisKind, PromisePart
from plugin.domain.saying import Saying, Term, said, said_many
from plugin.services.errors import GiveUp
from plugin.services.ports.desk import Activity
from tests.web.stage import ADA, NOW, USER, Web, fill
from tests.web.test_admin import page, press, words

DAYS = DateWindow(date(2026, 3, 16), date(2026, 3, 20))
PART = PromisePart(2, DAYS, Basis(BasisKind.SHIPMENT, "PO-118", "supplier confirmed", DAYS, handling_days=1))


@pytest.fixture(autouse=True)
def german(web: Web) -> None:
    web.plugin.directory.set_language(ADA, USER, "de")


def decide(web: Web, kind: str, what: Saying) -> None:
    with web.plugin.units(ADA) as work:
        work.journal.add([Activity(NOW, kind, "order:101", what)])
        work.commit()


@pytest.mark.parametrize(
    ("kind", "what", "shown"),
    [
        (
            "promised",
            PART.explained,
            "PO-118 soll eintreffen: 16. März 2026 bis 20. März 2026 (vom Lieferanten bestätigt), dazu 1 Arbeitstag Bearbeitung.",
        ),
        (
            "allocated",
            said_many(
                "%(count)s unit is tied to this order; still owed: %(owed)s.",
                "%(count)s units are tied to this order; still owed: %(owed)s.",
                count=2,
                owed=0,
            ),
            "2 Einheiten sind dieser Bestellung zugeteilt; noch offen: 0.",
        ),
        (
            "settings",
            said("Settings changed: %(settings)s.", settings=(Term("setting", "cut_off"), Term("setting", "waves"))),
            "Einstellungen geändert: Annahmeschluss, Wellen der Warteliste.",
        ),
        ("stock", said("A sentence of a newer version."), "A sentence of a newer version."),
    ],
)
def test_a_decision_is_said_in_german(web: Web, kind: str, what: Saying, shown: str) -> None:
    decide(web, kind, what)
    assert shown in words(page(web, "activity"))


def test_what_was_written_down_as_text_is_shown_as_it_is(web: Web) -> None:
    row = {"tenant_id": ADA, "id": 1, "at": NOW, "kind": "moved", "about": "order:1", "text": "It moved: 100 % {sure}."}
    with writing(web.plugin.engine) as connection:
        connection.execute(journal.insert(), row)
    assert "It moved: 100 % {sure}." in words(page(web, "activity"))


def test_the_story_of_an_order_and_the_reason_of_its_date_are_german(web: Web) -> None:
    fill(web.plugin, ADA)
    decide(web, "pinned", said("Pinned by hand: it goes first."))
    text = words(page(web, "backorders/101"))
    assert "Von Hand angeheftet: geht vor." in text
    assert "PO-118 soll eintreffen" in text


@pytest.mark.parametrize("path", ["backorders/101", "orders/101/expected-dates"])
def test_the_place_in_the_queue_is_said_in_german(web: Web, path: str) -> None:
    fill(web.plugin, ADA)
    assert "Nummer 1 in der Reihe" in words(page(web, path))


def test_home_says_in_german_what_the_store_waits_for(web: Web) -> None:
    refused = Refusal(
        what="GET /v2/orders", status=403, explanation="No scope.", after=None, may_have_worked=False
    ).as_error()
    assert isinstance(refused, GiveUp)
    web.plugin.tenants.note_problem(ADA, refused)
    assert (
        "Der Shop erlaubt es nicht: Eine Berechtigung fehlt, oder sein Tarif hat eine Grenze. "
        "Der Shop antwortet auf GET /v2/orders mit 403: No scope."
    ) in words(page(web, ""))


def test_a_form_is_refused_in_german(web: Web) -> None:
    good = {"supplier": "Acme", "reference": "PO-1", "eta_first": "2026-03-16", "eta_last": "2026-03-20"}
    answer = press(web, "incoming/new", **good, lines="NOPE 4")
    assert answer.status_code == 422
    assert "Kein Artikel dieses Shops hat die SKU oder ID NOPE." in words(answer.text)


def test_a_page_that_is_not_there_says_so_in_german(web: Web) -> None:
    headers = {"Authorization": f"Bearer {web.token()}"}
    text = words(web.client().get("/app/ada/activity/4711", headers=headers).text)
    assert "Nicht gefunden Nicht vorhanden: Eintrag 4711." in text


def test_what_was_put_aside_says_why_in_german(web: Web) -> None:
    with web.plugin.units(ADA) as work:
        work.inbox.add("backorder/look_again", {"items": [], "drift": {}}, at=NOW, due_at=NOW)
        (event,) = work.inbox.claim(at=NOW, limit=1)
        work.inbox.park(
            event.event_id, GiveUp("internal", said("It failed %(attempts)s times; see the log.", attempts=9))
        )
        work.commit()
    text = words(page(web, "activity/parked"))
    assert "Es ist 9-mal gescheitert; siehe Protokoll." in text


def test_programmes_and_files_still_read_english(web: Web) -> None:
    decide(web, "promised", PART.explained)
    (entry,) = web.plugin.queries.activity(ADA)
    assert (
        str(entry.said)
        == "PO-118 should arrive 16 Mar 2026 to 20 Mar 2026 (supplier confirmed), plus 1 working day of handling."
    )
    headers = web.api_key(ADA)
    answer = web.client().get("/api/v1/shipments/4711", headers=headers)
    assert "There is no shipment 4711." in answer.text
