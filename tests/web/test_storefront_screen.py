"""The storefront screen: what is decided is saved, what is typed is previewed, and what cannot be is said beside it."""

import re
from dataclasses import replace

import pytest
from werkzeug.test import TestResponse

from plugin.domain.order import Sending
from plugin.domain.store import StorefrontSettings, WaitlistPlace
from tests.web.stage import ADA, BO, Web
from tests.web.test_admin import words

FORM = {"enabled": "yes", "waitlist": "closed", "place": "", "language": "en"}


def screen(web: Web, **asked: str) -> TestResponse:
    return web.client().get("/app/ada/storefront", query_string={"t": web.ticket(), **asked})


def send(web: Web, *path: str, **fields: str) -> TestResponse:
    address = "/".join(["/app/ada/storefront", *path])
    return web.client().post(address, data={"session": web.token(), **FORM, **fields})


def decided(web: Web) -> StorefrontSettings:
    with web.plugin.units(ADA) as work:
        return work.tenant().settings.storefront


def test_the_screen_shows_what_is_decided_and_what_pages_would_say(web: Web) -> None:
    answer = screen(web)
    assert answer.status_code == 200
    text = words(answer.text)
    assert "Ships Mar 16 – 23" in text
    assert "1 in stock, 2 more ship Mar 16 – 23" in text
    assert "https://backorder.example.com/store/ada/feed.csv" in text
    assert '<label for="word.ships">Ships {window}</label>' in answer.text


def test_everything_on_it_is_saved(web: Web) -> None:
    answer = send(
        web,
        waitlist="always",
        offers_sending="yes",
        structured_data="yes",
        feed="yes",
        place="other",
        own_place=" .my-theme ",
        language="de",
        **{"word.ships": "Kommt {window}", "word.unknown": "  "},
    )
    assert (answer.status_code, "done=saved" in answer.headers["Location"]) == (303, True)
    assert decided(web) == StorefrontSettings(
        enabled=True,
        waitlist=WaitlistPlace.ALWAYS,
        offers_sending=True,
        structured_data=True,
        feed=True,
        place=".my-theme",
        words={"de": {"ships": "Kommt {window}"}},
    )
    again = screen(web, language="de", done="saved").text
    assert "Kommt 16.–23. März" in again
    assert "Saved. Your pages follow within a minute." in again
    send(web, language="en", **{"word.ships": "Leaves {window}"})
    assert decided(web).words == {"de": {"ships": "Kommt {window}"}, "en": {"ships": "Leaves {window}"}}
    send(web, language="de")
    assert decided(web).words == {"en": {"ships": "Leaves {window}"}}


def test_what_is_unticked_is_off(web: Web) -> None:
    web.client().post("/app/ada/storefront", data={"session": web.token(), "waitlist": "off", "language": "en"})
    assert decided(web) == StorefrontSettings(enabled=False, waitlist=WaitlistPlace.OFF)


def test_the_preview_follows_and_saves_nothing(web: Web) -> None:
    before = decided(web)
    part = send(web, "preview", waitlist="always", place=".productView-title", **{"word.ships": "Soon: {window}"})
    assert part.text.startswith('<div id="preview"')
    assert part.text.index("Soon: Mar 16 – 23") < part.text.index("24.00")
    assert "Tell me when it is back" in part.text
    whole = send(web, show="yes", **{"word.ships": "Soon: {window}"})
    assert (whole.status_code, "Soon: Mar 16 – 23" in whole.text) == (200, True)
    assert 'value="Soon: {window}"' in whole.text
    assert decided(web) == before


@pytest.mark.parametrize(
    ("fields", "said"),
    [
        ({"word.ships": "Kommt {windwo}"}, "ships has the gap {windwo}; allowed: {window}."),
        ({"word.close": "Zu {now}"}, "close has the gap {now}; allowed: none."),
        ({"word.ships": "x" * 201}, "ships has 201 characters; at most 200."),
        ({"word.list": "{first} and more"}, "list leaves out {rest}; without it dates would be lost."),
        ({"word.nothing": "x"}, "There are no words called"),
        ({"waitlist": "never"}, "allowed: off, closed, always."),
        ({"place": "x" * 201}, "place has 201 characters; at most 200."),
    ],
)
def test_what_cannot_be_is_refused_beside_its_field(web: Web, fields: dict[str, str], said: str) -> None:
    before = decided(web)
    answer = send(web, **fields)
    assert answer.status_code == 422
    assert said in words(answer.text).replace("&#39;", "'")
    assert decided(web) == before


def test_the_preview_shows_an_order_apart_and_together_as_the_shop_sends_it(web: Web) -> None:
    apart, together = (
        "Part of this order ships now, the rest Mar 16",
        "3 ship Mar 16 – 23 Everything ships together, Mar 16 – 23.",
    )
    asked = words(send(web, "preview", offers_sending="yes", **{"word.list": "{first} + {rest}"}).text)
    assert "1 ships now + 2 ship Mar 16 – 23 " + apart in asked
    assert f"In the cart, sent together {together}" in asked
    unasked = words(send(web, "preview").text)
    assert (apart in unasked, "together" in unasked) == (True, False)
    with web.plugin.units(ADA) as work:
        tenant = work.tenant()
        allocation = replace(tenant.settings.allocation, sending=Sending.TOGETHER)
        work.save_tenant(replace(tenant, settings=replace(tenant.settings, allocation=allocation)))
        work.commit()
    at_once = words(send(web, "preview").text)
    assert (apart in at_once, together in at_once) == (False, True)


def test_texts_are_shown_as_text(web: Web) -> None:
    part = send(web, "preview", **{"word.ships": "<b>{window}</b>"})
    assert "<b>" not in part.text
    assert "&lt;b&gt;Mar 16" in part.text


def test_a_language_we_do_not_speak_is_the_merchants_with_its_own_dates(web: Web) -> None:
    send(web, language="nl", **{"word.ships": "Verzonden {window}"})
    web.time.shift(3)
    asked = web.client().get("/store/ada/offers.json?ids=77&lang=nl-BE").json["store"]  # type: ignore[index]
    assert (asked["language"], asked["words"]["ships"]) == ("nl-BE", "Verzonden {window}")
    assert asked["words"]["close"] == "Close"
    assert "Verzonden 16–23 mrt" in screen(web, language="nl").text
    other = web.client().get("/store/bo/offers.json?ids=77&lang=nl").json["store"]  # type: ignore[index]
    assert (other["language"], other["words"]["ships"]) == ("en", "Ships {window}")


def test_the_screen_is_one_stores_own(web: Web) -> None:
    send(web, **{"word.ships": "Only Ada {window}"})
    answer = web.client().get("/app/bo/storefront", query_string={"t": web.ticket(BO)})
    assert "Only Ada" not in answer.text
    assert re.search(r"Ships Mar", answer.text)
