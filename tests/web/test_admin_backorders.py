"""The merchant's list of backorders and one order: shown, found, filtered, kept as a view, taken out as a file, acted upon."""

import csv
import io
import re
from dataclasses import replace
from html import unescape

import pytest
from flask.testing import FlaskClient
from werkzeug.test import TestResponse

from plugin.domain.ids import ItemId, OrderId
from plugin.domain.order import Order
from plugin.domain.ranking import AllocationRules
from plugin.domain.store import Role
from plugin.services.backorders import LineKey
from plugin.services.deed_kinds import DeedKind
from plugin.services.news import News
from plugin.services.ports.directory import AppUser
from tests.web.stage import ADA, NOW, Web, fill, order_of

BLUE = ItemId("77:105")


@pytest.fixture
def store(web: Web) -> Web:
    """Three orders wait for mugs; the shoppers of two have names and addresses."""
    fill(web.plugin, ADA)
    with web.plugin.units(ADA) as work:
        orders = [named(order_of(number, BLUE, 1), who) for number, who in ((104, "Grace Hopper"), (105, "=Ada+1"))]
        web.plugin.inbox.intake.take_over(work, News(orders=tuple(orders), replan=frozenset({BLUE})))
        work.commit()
    return web


def named(order: Order, who: str) -> Order:
    """Bought now, so that its shopper is told what becomes of it."""
    shopper = replace(order.shopper, name=who, email=f"{who.split(maxsplit=1)[0].lower()}@navy.example")
    return replace(order, shopper=shopper, placed_at=NOW, modified_at=NOW)


def headers(web: Web) -> dict[str, str]:
    return {"Authorization": f"Bearer {web.token()}"}


def get(web: Web, path: str, **query: object) -> TestResponse:
    return web.client().get(f"/app/ada/backorders{path}", headers=headers(web), query_string=query)


def text_of(answer: TestResponse) -> str:
    return " ".join(unescape(re.sub(r"<[^>]*>", " ", answer.get_data(as_text=True))).split())


def post(web: Web, path: str, **fields: object) -> TestResponse:
    client: FlaskClient = web.client()
    return client.post(f"/app/ada/backorders{path}", data={**fields, "session": web.token()})


def follow(web: Web, answer: TestResponse) -> str:
    assert answer.status_code == 303, text_of(answer)
    return text_of(web.client().get(answer.headers["Location"]))


def orders_shown(answer: TestResponse) -> list[int]:
    return [int(number) for number in re.findall(r"<strong>#(\d+)</strong>", answer.get_data(as_text=True))]


def test_the_list_shows_who_waits_for_what_until_when(store: Web) -> None:
    answer = get(store, "")
    assert (answer.status_code, orders_shown(answer)) == (200, [101, 102, 103, 104, 105])
    text = text_of(answer)
    assert "#104 Grace Hopper grace@navy.example Stoneware mug MUG-BLUE 1 of 1" in text
    assert (
        "Open 5 Late 0 Due to tell 0 Awaiting an answer 0 Wants a substitute 0 Ready to ship 1 Pre-orders 0 Done"
        in text
    )


def test_pages_tabs_filters_and_search_are_addresses(store: Web) -> None:
    answer = get(store, "", size=25, sort="newest")
    assert orders_shown(answer) == [105, 104, 103, 102, 101]
    assert orders_shown(get(store, "", q="hopper")) == [104]
    assert orders_shown(get(store, "", q="103")) == [103]
    assert orders_shown(get(store, "", supplier="Acme")) == [101, 102, 104, 105]
    assert "Nothing fits these filters." in text_of(get(store, "", q="nobody"))
    assert "Nothing is late." in text_of(get(store, "", tab="late"))
    assert get(store, "", after="2026-02-24T06:00:00+00:00_101").status_code == 200
    assert [get(store, "", **{name: "x"}).status_code for name in ("tab", "sort", "channel", "days", "after")] == [
        422
    ] * 5


def test_the_next_page_begins_where_this_one_ends(store: Web, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("plugin.web.admin.lists.SIZES", ("2", "25", "50", "100"))
    monkeypatch.setattr("plugin.web.admin.lists.wish.__kwdefaults__", {"filters": (), "sorts": ("",), "sizes": ("2",)})
    seen, path = [], "/app/ada/backorders?size=2&sort=newest"
    while path:
        answer = store.client().get(path, headers=headers(store))
        seen += orders_shown(answer)
        found = re.search(r'href="([^"]*)" rel="next"', answer.get_data(as_text=True))
        path = unescape(found[1]) if found else ""
    assert seen == [105, 104, 103, 102, 101]


def test_a_page_that_is_not_through_says_so_and_leads_on(store: Web, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("plugin.adapters.db.desk_filters.MANY", -1)
    monkeypatch.setattr("plugin.adapters.db.backorders.MOST_LOOKED_AT", 3)
    answer = get(store, "", channel=9)
    assert "Nothing fits so far." in text_of(answer)
    further = re.search(r'href="([^"]*)" hx-get', answer.get_data(as_text=True))
    assert further is not None
    last = store.client().get(unescape(further[1]), headers=headers(store))
    assert "Nothing fits these filters." in text_of(last)


def test_a_view_is_kept_shown_and_forgotten(store: Web) -> None:
    saved = store.client().post(
        "/app/ada/backorders/views?supplier=Acme&sort=ships", data={"name": "From Acme", "session": store.token()}
    )
    assert "The view is saved." in follow(store, saved)
    assert "From Acme Forget" in text_of(get(store, "", supplier="Acme", sort="ships"))
    assert "From Acme Forget" not in text_of(get(store, ""))
    assert "The view is gone." in follow(store, post(store, "/views/forget", name="From Acme"))
    assert "From Acme" not in text_of(get(store, ""))
    refused = post(store, "/views", name=" ")
    assert (refused.status_code, "Give the view a name" in text_of(refused)) == (422, True)


def test_the_file_runs_nothing_in_a_spreadsheet(store: Web) -> None:
    answer = get(store, "/export", supplier="Acme")
    assert answer.headers["Content-Disposition"] == 'attachment; filename="backorders-2026-03-02.csv"'
    rows = list(csv.DictReader(io.StringIO(answer.data.decode("utf-8-sig"))))
    assert [row["order"] for row in rows] == ["101", "102", "104", "105"]
    assert (rows[3]["shopper"], rows[3]["email"], rows[3]["state"]) == ("'=Ada+1", "'=ada+1@navy.example", "waiting")
    assert (rows[0]["owed"], rows[0]["ships_latest"]) == ("1", "2026-03-20")
    chosen = get(store, "/export", id=["103.103"])
    assert chosen.get_data(as_text=True).count("\r\n") == 2


def test_who_may_only_look_takes_no_addresses_away(store: Web) -> None:
    store.plugin.directory.save_user(ADA, AppUser(9, "clerk@ada.example", "en", is_owner=False))
    store.plugin.directory.set_role(ADA, 9, Role.READ_ONLY)
    clerk = {"Authorization": f"Bearer {store.token(user=9)}"}
    page = store.client().get("/app/ada/backorders", headers=clerk)
    assert (page.status_code, "Export" in text_of(page), 'id="bulk"' in page.text) == (200, False, False)
    assert store.client().get("/app/ada/backorders/export", headers=clerk).status_code == 403


def confirm(web: Web, deed: str, *orders: int, **more: object) -> TestResponse:
    return get(web, "/confirm", deed=deed, id=[f"{order}.{order}" for order in orders], **more)


def test_what_a_deed_would_do_is_shown_before_it_is_done(store: Web) -> None:
    chosen = post(store, "/choose", deed="date", id=["104.104", "105.105"])
    assert "deed=date&id=104.104&id=105.105" in chosen.headers["Location"]
    late = {"earliest": "2026-05-04", "latest": "2026-05-08"}
    text = text_of(confirm(store, "date", 104, 105, **late))
    assert "This will mail 2 shoppers." in text
    assert "grace@navy.example #104" in text
    assert "The text to grace@navy.example" in text
    assert "New ship date: May 4 – 8" in text
    assert "Change 2 dates and send 2 mails" in text
    assert "104.104" in str(store.plugin.backorders.of_lines(ADA, [LineKey(OrderId(104), 104)])[0].key)  # type: ignore[arg-type]
    assert "4–8 May 2026" not in text_of(get(store, ""))
    done = post(store, "/do", deed="date", id=["104.104", "105.105"], mails="2", **late)
    text = follow(store, done)
    assert "Done for 2 lines." in text
    assert "4–8 May 2026 by hand" in text
    undo = re.search(r"undo=(\d+)", done.headers["Location"])
    assert undo
    assert "Everything is as it was before." in follow(store, post(store, "/undo", deed=undo[1]))
    assert "4–8 May 2026" not in text_of(get(store, ""))
    again = post(store, "/undo", deed=undo[1])
    assert (again.status_code, "taken back already" in text_of(again)) == (422, True)


def test_what_changed_since_one_looked_is_shown_again_and_not_done(store: Web) -> None:
    answer = post(store, "/do", deed="date", id="104.104", mails="0", earliest="2026-05-04", latest="")
    assert answer.status_code == 422
    assert "This would send 1 mails now, not 0" in text_of(answer)
    assert "This will mail 1 shopper." in text_of(answer)
    assert "4 May 2026" not in text_of(get(store, ""))


@pytest.mark.parametrize("kind", DeedKind)
def test_each_deed_says_what_it_is_and_looking_is_free(store: Web, kind: DeedKind) -> None:
    answer = confirm(store, kind.value, 104, earliest="2026-05-04")
    assert answer.status_code == 200
    assert "This cannot be taken back." in text_of(answer) or "You can take this back" in text_of(answer)
    assert orders_shown(get(store, "")) == [101, 102, 103, 104, 105]


def test_everything_in_a_view_can_be_chosen_at_once(store: Web) -> None:
    chosen = store.client().post(
        "/app/ada/backorders/choose?supplier=Acme", data={"all": "yes", "deed": "pin", "session": store.token()}
    )
    assert re.findall(r"id=(\d+)", chosen.headers["Location"]) == ["101", "102", "104", "105"]
    export = post(store, "/choose", deed="export", id="104.104")
    assert "/backorders/export?id=104.104" in export.headers["Location"]


def test_nonsense_is_refused_where_it_was_sent_from(store: Web) -> None:
    for fields, words in (
        ({"deed": "pin"}, "Tick at least one line first."),
        ({"deed": "explode", "id": "1.1"}, "deed is 'explode'"),
        ({"deed": "pin", "id": "x"}, "such as 101.7"),
    ):
        answer = post(store, "/choose", **fields)
        assert (answer.status_code, words in text_of(answer)) == (422, True)
    assert post(store, "/do", deed="pin", id="104.104", mails="many").status_code == 422
    assert "The first day is 'soon'" in text_of(confirm(store, "date", 104, earliest="soon"))


def test_a_rule_against_a_deed_is_said_on_its_page(store: Web) -> None:
    store.plugin.allocation.save_rules(ADA, AllocationRules(()))
    assert "do not look at pins" in text_of(confirm(store, "pin", 104))


def test_one_order_tells_its_story_and_why_its_date(store: Web) -> None:
    text = text_of(get(store, "/104"))
    for words in (
        "Order #104",
        "Grace Hopper · grace@navy.example",
        "Why this date?",
        "No shipment covers it yet: lead time of 5 to 10 working days",
        "The order was placed.",
        "First told about Stoneware mug",
        "Mail waits to be sent: Order confirmed, with dates, to grace@navy.example",
        "The shopper has not answered anything yet.",
        "See the shopper's page",
    ):
        assert words in text, words
    assert get(store, "/999").status_code == 404


def test_the_proof_comes_as_a_file(store: Web) -> None:
    assert get(store, "/104/proof/pdf").data.startswith(b"%PDF")
    proof = get(store, "/104/proof/json")
    assert (proof.headers["Content-Disposition"], proof.json["order_id"]) == (  # type: ignore[index]
        'attachment; filename="proof-104.json"',
        104,
    )
    assert get(store, "/104/proof/exe").status_code == 404


def test_what_is_said_on_the_phone_is_noted(store: Web) -> None:
    assert "agrees to wait" in follow(store, post(store, "/104/answer", answer="keep"))
    text = follow(store, post(store, "/104/address", email="grace@home.example"))
    assert "The shopper agrees to wait (on the phone)" in text
    assert "grace@home.example" in text
    refused = post(store, "/104/address", email="nonsense")
    assert refused.status_code == 422
    assert "Cancelled." in follow(store, post(store, "/104/answer", answer="cancel"))
    assert [post(store, "/104/answer", answer="maybe").status_code, post(store, "/104/approve").status_code] == [
        422,
        422,
    ]
