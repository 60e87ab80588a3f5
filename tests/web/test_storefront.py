"""What a shop's pages may ask: offers that can be kept, and a place on the waitlist; no cookie, any origin."""

import json
from typing import Any

import pytest
from sqlalchemy import text
from werkzeug.test import TestResponse

from plugin.domain.store import ConnectionState
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


def offers(web: Web, ids: str, store: str = "ada", **headers: str) -> TestResponse:
    return web.client().get(f"/store/{store}/offers.json?ids={ids}", headers=headers)


def test_offers_are_given_by_item_and_unknown_ones_are_null(web: Web) -> None:
    fill(web.plugin, ADA)
    answer = offers(web, "77:105,999,77:105")
    assert answer.json == {
        "offers": {
            "77:105": {
                "availability": "backorder",
                "label": "backorder",
                "text": "Ships Mar 9 – 16",
                "earliest": "2026-03-09",
                "latest": "2026-03-16",
            },
            "999": None,
        }
    }
    assert answer.headers["Cache-Control"].startswith("public, max-age=60, stale-while-revalidate=")
    assert "Set-Cookie" not in answer.headers


def test_a_browser_that_has_it_already_gets_304(web: Web) -> None:
    fill(web.plugin, ADA)
    etag = offers(web, "77:105").headers["ETag"]
    again = offers(web, "77:105", **{"If-None-Match": etag})
    assert (again.status_code, again.data, again.headers["Access-Control-Allow-Origin"]) == (304, b"", "*")
    assert offers(web, "77:106", **{"If-None-Match": etag}).status_code == 200


def test_another_store_sells_its_own(web: Web) -> None:
    fill(web.plugin, ADA)
    assert offers(web, "77:105", store=BO).json == {"offers": {"77:105": None}}


@pytest.mark.parametrize("ids", ["", ",", "x", "77;105", "77:", "-1", "1" * 16, ",".join(map(str, range(1, 52)))])
def test_questions_that_are_none_are_refused(web: Web, ids: str) -> None:
    answer = offers(web, ids)
    assert answer.status_code == 422
    assert json.loads(answer.data)["errors"][0]["field"] == "ids"
    assert answer.headers["Cache-Control"] == "no-store"
