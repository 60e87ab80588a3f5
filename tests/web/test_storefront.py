"""What a shop's pages may ask: offers that can be kept, and a place on the waitlist; no cookie, any origin."""

import gzip
import json
from dataclasses import replace
from typing import Any

import pytest
from sqlalchemy import text
from werkzeug.test import TestResponse

from plugin.domain.ids import ProductId, TenantId
from plugin.domain.store import ConnectionState, StorefrontSettings
from plugin.web.rate_limit import MemoryCounter
from plugin.web.storefront import LOOKED
from tests.web.stage import ADA, BO, Web, fill

ASKS = {"product_id": 77, "variant_id": 105, "email": "shopper@example.com", "quantity": 2, "locale": "de"}


def ask(web: Web, store: str = "ada", *, sender: str = "203.0.113.9", **changed: Any) -> TestResponse:
    return web.client().post(f"/store/{store}/waitlist", json={**ASKS, **changed}, environ_base={"REMOTE_ADDR": sender})


def waiting(web: Web) -> list[tuple[Any, ...]]:
    with web.plugin.engine.connect() as connection:
        rows = connection.execute(text("select tenant_id, item_id, email, locale, quantity, state from waitlist"))
        return [tuple(row) for row in rows]


def mails(web: Web) -> int:
    with web.plugin.engine.connect() as connection:
        return int(connection.execute(text("select count(*) from outbox")).scalar_one())


# --------------------------------------------------------------------------------------------------- waitlist


def test_a_sign_up_is_kept_unconfirmed_and_one_mail_goes_out(web: Web) -> None:
    answer = ask(web)
    assert (answer.status_code, answer.json) == (202, {"status": "asked"})
    assert waiting(web) == [("ada", "77:105", "shopper@example.com", "de", 2, "unconfirmed")]
    assert mails(web) == 1


def test_the_answer_is_the_same_whoever_is_on_the_list(web: Web) -> None:
    first, again = ask(web), ask(web)
    assert (first.status_code, first.data, dict(first.headers).keys()) == (
        again.status_code,
        again.data,
        dict(again.headers).keys(),
    )
    assert len(waiting(web)) == 1


def test_a_plain_form_gets_a_page_in_its_language(web: Web) -> None:
    answer = web.client().post(
        "/store/ada/waitlist",
        data={"product_id": "77", "variant_id": "", "email": "shopper@example.com", "quantity": "", "locale": "en"},
        headers={"Accept": "text/html,application/xhtml+xml,*/*;q=0.8"},
    )
    assert answer.status_code == 404  # 77 is counted by variant: there is no such item
    answer = web.client().post(
        "/store/ada/waitlist",
        data={**{key: str(value) for key, value in ASKS.items()}, "locale": "en"},
        headers={"Accept": "text/html,application/xhtml+xml,*/*;q=0.8"},
    )
    assert (answer.status_code, answer.mimetype) == (202, "text/html")
    assert "Please look at your mail" in answer.text
    assert len(waiting(web)) == 1


def test_the_honeypot_gets_the_same_answer_and_no_place(web: Web) -> None:
    honest, caught = ask(web), ask(web, email="bot@example.com", website="https://spam.example")
    assert (caught.status_code, caught.data) == (honest.status_code, honest.data)
    assert [row[2] for row in waiting(web)] == ["shopper@example.com"]


@pytest.mark.parametrize(
    ("changed", "field"),
    [
        ({"email": "nobody"}, "email"),
        ({"email": "a@b"}, "email"),
        ({"email": "a@example.com\r\nBcc: all@example.com"}, "email"),
        ({"email": "<a@example.com>"}, "email"),
        ({"email": "a" * 300 + "@example.com"}, "email"),
        ({"email": None}, "email"),
        ({"email": ["a@example.com"]}, "email"),
        ({"product_id": 0}, "product_id"),
        ({"product_id": "x"}, "product_id"),
        ({"variant_id": -1}, "variant_id"),
        ({"quantity": 0}, "quantity"),
        ({"quantity": 10_001}, "quantity"),
        ({"locale": "de<script>"}, "locale"),
        ({"locale": "x" * 36}, "locale"),
    ],
)
def test_nonsense_is_named_and_kept_nowhere(web: Web, changed: Any, field: str) -> None:
    answer = ask(web, **changed)
    assert answer.status_code == 422
    assert answer.json is not None
    assert answer.json["errors"][0]["field"] == field
    assert answer.headers["Access-Control-Allow-Origin"] == "*"
    assert (waiting(web), mails(web)) == ([], 0)


@pytest.mark.parametrize("body", [b"", b"{", b"[]", b"\xff\xfe", b"[" * 3000])
def test_hostile_bodies_are_refused(web: Web, body: bytes) -> None:
    answer = web.client().post("/store/ada/waitlist", data=body, content_type="application/json")
    assert (answer.status_code, waiting(web)) == (422, [])


def test_ten_sign_ups_then_a_pause(web: Web) -> None:
    answers = [ask(web, email=f"shopper{number}@example.com") for number in range(12)]
    assert [answer.status_code for answer in answers] == [202] * 10 + [429] * 2
    assert int(answers[-1].headers["Retry-After"]) >= 1
    assert ask(web, sender="203.0.113.10").status_code == 202
    assert len(waiting(web)) == 11


def test_an_address_forwarded_by_our_own_proxy_counts_and_a_claimed_one_does_not(web: Web) -> None:
    def post(peer: str, claimed: str, number: int) -> int:
        return (
            web.client()
            .post(
                "/store/ada/waitlist",
                json={**ASKS, "email": f"s{number}@example.com"},
                environ_base={"REMOTE_ADDR": peer},
                headers={"X-Forwarded-For": claimed},
            )
            .status_code
        )

    behind_proxy = [post("10.0.0.7", f"evil, 198.51.100.{number}", number) for number in range(12)]
    assert behind_proxy == [202] * 12
    spoofed = [post("8.8.4.4", f"198.51.100.{number}", 100 + number) for number in range(12)]
    assert spoofed == [202] * 10 + [429] * 2


def test_scripts_of_any_origin_may_ask_without_credentials(web: Web) -> None:
    asked = {"Origin": "https://shop.example", "Access-Control-Request-Method": "POST"}
    headers = web.client().options("/store/ada/waitlist", headers=asked).headers
    assert headers["Access-Control-Allow-Origin"] == "*"
    assert "POST" in headers["Access-Control-Allow-Methods"]
    assert headers["Access-Control-Allow-Headers"] == "Content-Type"
    assert "Access-Control-Allow-Credentials" not in headers


@pytest.mark.parametrize("store", ["stranger", "a%2Fb", "x" * 65])
def test_a_store_nobody_knows_is_404(web: Web, store: str) -> None:
    assert ask(web, store).status_code == 404
    assert web.client().get(f"/store/{store}/offers.json?ids=77").status_code == 404


def test_a_store_that_left_sells_nothing_any_more(web: Web) -> None:
    web.plugin.directory.set_state(ADA, ConnectionState.LEFT)
    assert ask(web).status_code == 404
    assert waiting(web) == []


# ----------------------------------------------------------------------------------------------------- offers


def offers(web: Web, ids: str, store: str = "ada", lang: str = "en", **headers: str) -> TestResponse:
    return web.client().get(f"/store/{store}/offers.json?ids={ids}&lang={lang}", headers=headers)


BLUE_MUG = {
    "variant_id": 105,
    "sku": "MUG-BLUE",
    "options": "Blue",
    "state": "backorder",
    "label": "backorder",
    "on_hand": 0,
    "available_for_backorder": 3,
    "message": "",
    "later": [{"units": 3, "earliest": "2026-03-09", "latest": "2026-03-16"}],
}


@pytest.fixture(autouse=True)
def nothing_remembered(web: Web) -> None:
    web.plugin.storefront.memory.parts.clear()
    web.plugin.storefront.memory.seen_at.clear()
    web.plugin.storefront.memory.away_until = None


def test_a_product_comes_with_all_its_items_and_an_unknown_one_is_null(web: Web) -> None:
    fill(web.plugin, ADA)
    answer = offers(web, "999,77,77")
    assert answer.json is not None
    assert list(answer.json["offers"]) == ["77", "999"]
    assert answer.json["offers"]["999"] is None
    assert [item["options"] for item in answer.json["offers"]["77"]["items"]] == ["Blue", "Red"]
    assert answer.json["offers"]["77"]["items"][0] == BLUE_MUG
    assert answer.json["store"]["words"]["ships"] == "Ships {window}"
    assert answer.json["dates"] == {"2026-03-09/2026-03-16": "Mar 9 – 16"}
    assert answer.headers["Cache-Control"] == "public, max-age=60, stale-while-revalidate=600, stale-if-error=86400"
    assert answer.headers["Surrogate-Key"] == "store-ada store-ada-77 store-ada-999"
    assert answer.headers["Access-Control-Allow-Origin"] == "*"
    assert "Set-Cookie" not in answer.headers


def test_the_words_come_in_the_pages_language_and_as_the_merchant_wants_them(web: Web) -> None:
    with web.plugin.units(ADA) as work:
        tenant = work.tenant()
        own = StorefrontSettings(words={"de": {"ships": "Kommt {window}"}})
        work.save_tenant(replace(tenant, settings=replace(tenant.settings, storefront=own)))
        work.commit()
    german, english = offers(web, "77", lang="de-AT").json, offers(web, "77", lang="xx").json
    assert german is not None
    assert english is not None
    assert (german["store"]["language"], german["store"]["words"]["ships"]) == ("de-AT", "Kommt {window}")
    assert (english["store"]["language"], english["store"]["words"]["ships"]) == ("en", "Ships {window}")


@pytest.mark.parametrize(("country", "language"), [("GB", "en-GB"), ("IE", "en-IE"), ("US", "en"), ("DE", "en")])
def test_a_british_shop_speaks_british_english(web: Web, country: str, language: str) -> None:
    """Themes say `en` in both countries; the dates of one would be read wrongly in the other."""
    in_country(web, country)
    assert offers(web, "77", lang="en").json["store"]["language"] == language  # type: ignore[index]
    ask(web, locale="en")
    ask(web, email="another@example.com", locale="")
    assert [row[3] for row in waiting(web)] == [language, language]
    with web.plugin.engine.connect() as connection:
        assert set(connection.execute(text("select locale from outbox")).scalars()) == {language}


def in_country(web: Web, country: str) -> None:
    with web.plugin.units(ADA) as work:
        tenant = work.tenant()
        work.save_tenant(replace(tenant, profile=replace(tenant.profile, country=country)))
        work.commit()


def test_a_browser_that_has_it_already_gets_304(web: Web) -> None:
    fill(web.plugin, ADA)
    etag = offers(web, "77").headers["ETag"]
    again = offers(web, "77", **{"If-None-Match": etag})
    assert (again.status_code, again.data, again.headers["Access-Control-Allow-Origin"]) == (304, b"", "*")
    assert offers(web, "77,78", **{"If-None-Match": etag}).status_code == 200


def with_path(web: Web, path: str, store: TenantId = ADA) -> None:
    with web.plugin.units(store) as work:
        work.items.save_products(
            [replace(product, url=path) for product in work.items.products([ProductId(77)]).values()]
        )
        work.commit()


def test_a_product_may_be_asked_for_by_the_path_of_its_page(web: Web) -> None:
    fill(web.plugin, ADA)
    with_path(web, "/mugs/blue-mug/")
    answer = offers(web, "/mugs/blue-mug/,/kitchen/,999")
    assert answer.json is not None
    assert list(answer.json["offers"]) == ["999", "/kitchen/", "/mugs/blue-mug/"]
    assert answer.json["offers"]["/kitchen/"] is None
    assert answer.json["offers"]["/mugs/blue-mug/"] == offers(web, "77").json["offers"]["77"]  # type: ignore[index]
    assert answer.headers["Cache-Control"] == "public, max-age=60, stale-while-revalidate=600, stale-if-error=86400"
    assert answer.headers["Surrogate-Key"] == "store-ada store-ada-77 store-ada-999"


@pytest.mark.parametrize("stored", ["/größe/", "/gr%C3%B6%C3%9Fe/"])
def test_a_path_is_found_however_the_catalog_writes_it(web: Web, stored: str) -> None:
    fill(web.plugin, ADA)
    with_path(web, stored)
    assert offers(web, "/gr%C3%B6%C3%9Fe/").json["offers"]["/größe/"] is not None  # type: ignore[index]


def test_a_shop_that_does_not_begin_at_the_root_is_known_by_its_own_address(web: Web) -> None:
    fill(web.plugin, ADA)
    with_path(web, "/blue-mug/")
    with web.plugin.units(ADA) as work:
        tenant = work.tenant()
        profile = replace(tenant.profile, storefront_url="https://shop.example/en/")
        work.save_tenant(replace(tenant, profile=profile))
        work.commit()
    found = offers(web, "/en/blue-mug/,/fr/blue-mug/").json["offers"]  # type: ignore[index]
    assert {path: offer is not None for path, offer in found.items()} == {"/en/blue-mug/": True, "/fr/blue-mug/": False}


def test_a_path_belongs_to_one_store(web: Web) -> None:
    fill(web.plugin, ADA)
    with_path(web, "/blue-mug/")
    assert offers(web, "/blue-mug/", store=BO).json["offers"] == {"/blue-mug/": None}  # type: ignore[index]


@pytest.mark.parametrize("ids", ["/", "/a%00b", "/" + "a" * 256, "blue-mug", ",".join(f"/{n}" for n in range(51))])
def test_a_path_that_is_none_or_one_too_many_is_named(web: Web, ids: str) -> None:
    answer = offers(web, ids)
    assert (answer.status_code, answer.json["errors"][0]["field"]) == (422, "ids")  # type: ignore[index]


def test_nobodys_paths_do_not_fill_the_shelf_of_all_processes(web: Web, monkeypatch: pytest.MonkeyPatch) -> None:
    kept: list[str] = []
    monkeypatch.setattr(type(web.plugin.storefront.shelf), "put", lambda _, parts: kept.extend(parts))
    fill(web.plugin, ADA)
    with_path(web, "/blue-mug/")
    kept.clear()
    assert offers(web, "/blue-mug/,/kitchen/").status_code == 200
    assert sorted(kept) == ["ada/path//blue-mug/", "ada/product/77", "ada/store/en"]


def test_another_store_sells_its_own(web: Web) -> None:
    fill(web.plugin, ADA)
    answer = offers(web, "77", store=BO).json
    assert answer is not None
    assert answer["offers"] == {"77": None}


@pytest.mark.parametrize("off", ["left", "switched off"])
def test_a_store_without_our_storefront_is_404(web: Web, off: str) -> None:
    with web.plugin.units(ADA) as work:
        tenant = work.tenant()
        settings = replace(tenant.settings, storefront=StorefrontSettings(enabled=off == "left"))
        state = ConnectionState.LEFT if off == "left" else tenant.state
        work.save_tenant(replace(tenant, state=state, settings=settings))
        work.commit()
    assert offers(web, "77").status_code == 404


def test_the_last_good_state_answers_while_the_database_is_away(web: Web) -> None:
    fill(web.plugin, ADA)
    before = offers(web, "77")
    web.time.shift(3600)
    with web.plugin.engine.begin() as connection:
        connection.execute(text("alter table items rename to gone"))
    during, partly = offers(web, "77"), offers(web, "77,78")
    assert (during.status_code, during.data) == (200, before.data)
    assert partly.json is not None
    assert list(partly.json["offers"]) == ["77"]
    assert partly.headers["Cache-Control"] == "public, max-age=5"


def test_with_nothing_known_and_the_database_away_it_says_so(web: Web) -> None:
    with web.plugin.engine.begin() as connection:
        connection.execute(text("alter table tenants rename to gone"))
    answer = offers(web, "77")
    assert (answer.status_code, answer.headers["Cache-Control"]) == (503, "no-store")


def test_what_a_plan_changed_is_seen_two_seconds_later(web: Web) -> None:
    assert offers(web, "77").json["offers"] == {"77": None}  # type: ignore[index]
    fill(web.plugin, ADA)
    assert offers(web, "77").json["offers"] == {"77": None}  # type: ignore[index]
    web.time.shift(2.1)
    assert offers(web, "77").json["offers"]["77"] is not None  # type: ignore[index]


def test_three_hundred_looks_a_minute_then_a_pause(web: Web) -> None:
    web.app.extensions[LOOKED] = MemoryCounter(lambda: 0.0)
    statuses = [offers(web, "77").status_code for _ in range(301)]
    web.app.extensions[LOOKED] = MemoryCounter()
    assert (statuses[:300], statuses[300]) == ([200] * 300, 429)


# ------------------------------------------------------------------------------------------- script, cart, feed


def test_the_script_is_kept_for_ever_and_read_by_any_origin(web: Web) -> None:
    file = web.plugin.page_scripts.file.file
    answer = web.client().get(f"/store/ada/{file}")
    assert (answer.status_code, answer.mimetype) == (200, "text/javascript")
    assert answer.headers["Cache-Control"] == "public, max-age=31536000, immutable"
    assert answer.headers["Access-Control-Allow-Origin"] == "*"
    assert [web.client().get(f"/store/ada/{name}").status_code for name in ("backorder.js", "x.0123456789ab.js")] == [
        404,
        404,
    ]


def test_the_script_travels_small_to_whoever_can_unpack_it(web: Web) -> None:
    file = web.plugin.page_scripts.file.file
    plain = web.client().get(f"/store/ada/{file}")
    packed, smaller = (
        web.client().get(f"/store/ada/{file}", headers={"Accept-Encoding": accepted})
        for accepted in ("gzip", "gzip, br")
    )
    assert (packed.headers["Content-Encoding"], packed.headers["Vary"]) == ("gzip", "Accept-Encoding")
    assert gzip.decompress(packed.data) == plain.data
    assert ("Content-Encoding" in plain.headers, len(packed.data) < 5000 < len(plain.data)) == (False, True)
    assert (smaller.headers["Content-Encoding"], len(smaller.data) < len(packed.data)) == ("br", True)


CART = "0d41c8f6-6be5-4c3b-a6d6-d1a6ca4e3a05"


def test_a_choice_is_kept_where_the_shop_offers_one(web: Web) -> None:
    address = f"/store/ada/carts/{CART}.json"
    assert web.client().post(address, data={"sending": "together"}).status_code == 404
    with web.plugin.units(ADA) as work:
        tenant = work.tenant()
        settings = replace(tenant.settings, storefront=StorefrontSettings(offers_sending=True))
        work.save_tenant(replace(tenant, settings=settings))
        work.commit()
    assert web.client().get(address).json == {"sending": None}
    assert web.client().post(address, data={"sending": "together"}).json == {"sending": "together"}
    assert web.client().get(address).json == {"sending": "together"}
    assert web.client().get(address.replace("ada", "bo")).json == {"sending": None}
    assert web.client().post(address, data={"sending": "never"}).status_code == 422
    assert web.client().post("/store/ada/carts/7.json", data={"sending": "together"}).status_code == 422


def test_a_feed_is_given_where_the_merchant_wants_one(web: Web) -> None:
    fill(web.plugin, ADA)
    assert web.client().get("/store/ada/feed.csv").status_code == 404
    with web.plugin.units(ADA) as work:
        tenant = work.tenant()
        work.save_tenant(replace(tenant, settings=replace(tenant.settings, storefront=StorefrontSettings(feed=True))))
        work.commit()
    answer = web.client().get("/store/ada/feed.csv")
    assert answer.text.splitlines()[:2] == [
        "id,product_id,variant_id,sku,availability,availability_date",
        "77:105,77,105,MUG-BLUE,backorder,2026-03-09",
    ]


@pytest.mark.parametrize("seconds", ["0", "1.9"])
def test_a_form_sent_too_quickly_gets_the_same_answer_and_no_place(web: Web, seconds: str) -> None:
    honest, quick = ask(web, seconds=4.5), ask(web, email="bot@example.com", seconds=float(seconds))
    assert (quick.status_code, quick.data) == (honest.status_code, honest.data)
    assert [row[2] for row in waiting(web)] == ["shopper@example.com"]


@pytest.mark.parametrize(
    "ids", ["", ",", "x", "77;105", "77:105", "0", "-1", "1" * 16, ",".join(map(str, range(1, 52)))]
)
def test_questions_that_are_none_are_refused(web: Web, ids: str) -> None:
    answer = offers(web, ids)
    assert answer.status_code == 422
    assert json.loads(answer.data)["errors"][0]["field"] == "ids"
    assert answer.headers["Cache-Control"] == "no-store"
