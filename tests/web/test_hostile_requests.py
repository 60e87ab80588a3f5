"""Every route there is, walked by those who mean harm: forged requests, planted sessions, ways elsewhere, hostile words."""

import csv
import io
import json
import logging
from collections.abc import Iterator
from html import unescape
from typing import Any
from urllib.parse import urlsplit

import pytest
from werkzeug.test import TestResponse

from plugin import telemetry
from plugin.domain.ids import TenantId
from tests.web.hostile import FORMULA, MARKUP, Asked, every_request, fill_with, rows_of
from tests.web.stage import ADA, BO, USER, Web
from tests.web.test_install import call, signed

CLERK = 9
ELSEWHERE = ("//evil.example/", "/\\evil.example")
WAYS = ("next", "url", "return", "return_to", "redirect", "continue", "to", "back", "path")
"""What pages elsewhere read as the way on."""
NAMES = (
    *WAYS, "said", "lang", "language", "done", "undo", "wish", "view", "step", "after", "scope", "item", "id", "name",
    "kind", "tab", "q", "month", "deed", "about",
)  # fmt: skip
"""And what our own read from an address or a form."""
BY_LINK = ("order_page.", "shopper.", "supplier.")
"""Routes whose signed link is all the proof they ask for."""
AS_THEY_ARE = {"storefront.feed": "Programmes join it by the SKU, which must be the shop's to the letter."}


class Insider:
    """Somebody of one store, who may do everything there."""

    def __init__(self, web: Web, store: TenantId = ADA) -> None:
        self._client = web.client()
        self._session, self._key = {"Authorization": f"Bearer {web.token(store)}"}, web.api_key(store)

    def open(self, asked: Asked, **more: Any) -> TestResponse:
        headers = self._key if asked.path.startswith("/api/") else self._session
        return self._client.open(asked.path, method=asked.method, headers=headers, **more)


def test_a_page_of_somebody_else_in_the_merchants_browser_changes_nothing(web: Web) -> None:
    """It can send forms anywhere; the browser adds the cookie, and a ticket may have been seen. Neither writes."""
    fill_with(web, "Mug")
    before = rows_of(web, ADA)
    cookie = {"Cookie": f"backorder_session={web.token()}", "Origin": "https://evil.example"}
    answers = {
        (asked.endpoint, asked.method): web.client()
        .open(asked.path, method=asked.method, headers=cookie, query_string={"t": web.ticket()}, data={})
        .status_code
        for asked in every_request(web)
        if asked.changes and not asked.endpoint.startswith((*BY_LINK, "storefront."))
    }
    assert {route: status for route, status in answers.items() if status not in {401, 405}} == {}
    assert len(answers) > 50
    assert rows_of(web, ADA) == before


def test_looking_at_any_page_changes_nothing(web: Web) -> None:
    """An address can be called by an image, a scanner or a browser that guesses what is read next."""
    fill_with(web, "Mug")
    ada = Insider(web)
    before = rows_of(web, ADA)
    seen = [ada.open(asked).status_code for asked in every_request(web) if not asked.changes]
    assert rows_of(web, ADA) == before
    assert seen.count(200) > 40


def test_whoever_guesses_the_numbers_of_another_stores_things_finds_nothing_at_their_own_address(web: Web) -> None:
    fill_with(web, "Adas-own-words")
    before = rows_of(web, ADA)
    bo, shown = Insider(web, BO), []
    for asked in every_request(web, BO):
        answer = bo.open(asked, json={} if asked.changes else None)
        shown += [asked] if "Adas-own-words" in answer.text or "ada.lovelace" in answer.text else []
    assert shown == []
    assert rows_of(web, ADA) == before


@pytest.mark.parametrize("elsewhere", ELSEWHERE)
def test_no_answer_leads_elsewhere(web: Web, elsewhere: str) -> None:
    fill_with(web, "Mug")
    hostile = dict.fromkeys(NAMES, elsewhere)
    ada, led = Insider(web), []
    for asked in every_request(web):
        form = {**dict.fromkeys(WAYS, elsewhere), "email": "ada@example.com"} if asked.changes else None
        answer = ada.open(asked, query_string=hostile, data=form, base_url="https://evil.example")
        where = answer.headers.get("Location")
        if where is not None:
            led.append(where)
            parts = urlsplit(where)
            assert (parts.scheme, parts.netloc) == ("", ""), f"{asked} leads to {where}"
            assert parts.path.startswith("/"), f"{asked} leads to {where}"
            assert not parts.path.startswith(("//", "/\\")), f"{asked} leads to {where}"
    assert len(led) > 5


def test_no_page_but_the_platforms_own_calls_plants_a_session(web: Web) -> None:
    """Else whoever follows a link with somebody's ticket would go on as that somebody."""
    fill_with(web, "Mug")
    ada = Insider(web)
    for asked in every_request(web):
        with_ticket = web.browser().open(asked.path, method=asked.method, query_string={"t": web.ticket()})
        assert "Set-Cookie" not in with_ticket.headers, asked
        assert "Set-Cookie" not in ada.open(asked).headers, asked


def test_a_load_begins_a_session_of_its_own_whatever_the_browser_brings(web: Web) -> None:
    browser = web.browser()
    planted = web.token(user=CLERK)
    for path in ("/", "/app/ada/"):
        browser.set_cookie("backorder_session", planted, path=path)
    answer = browser.get("/load", query_string={"signed_payload_jwt": signed(), "t": web.ticket(user=CLERK)})
    cookie = browser.get_cookie("backorder_session", path="/app/ada/")
    assert cookie is not None
    assert cookie.value != planted
    with web.app.test_request_context("/app/ada/", headers={"Cookie": f"backorder_session={cookie.value}"}) as context:
        session = web.sessions.who(context.request)
    assert session is not None
    assert (session.tenant_id, session.user_id) == (ADA, USER)
    assert call(web, "load", signed()).headers["Location"] == answer.headers["Location"]


def test_no_page_prints_words_of_others_as_markup(web: Web) -> None:
    fill_with(web, MARKUP)
    ada, shown = Insider(web), 0
    for asked in sorted(every_request(web), key=lambda asked: asked.changes):
        answer = ada.open(asked, data=dict.fromkeys(NAMES, MARKUP) if asked.changes else None)
        if answer.mimetype == "text/html":
            assert "<img src=x" not in answer.text, asked
            shown += MARKUP in unescape(answer.text)
    assert shown > 10


def test_no_file_for_a_spreadsheet_holds_a_formula(web: Web) -> None:
    fill_with(web, FORMULA)
    ada, files = Insider(web), {}
    for asked in every_request(web):
        answer = None if asked.changes else ada.open(asked)
        if answer and answer.mimetype == "text/csv" and answer.status_code == 200:
            files[asked.endpoint] = list(csv.reader(io.StringIO(answer.text)))
    assert files.keys() == {
        "admin.backorders_export",
        "admin.incoming_import_sample",
        "admin.waitlist_export",
        *AS_THEY_ARE,
    }
    cells = [cell for name in files.keys() - AS_THEY_ARE.keys() for row in files[name] for cell in row]
    assert f"'{FORMULA}" in cells
    assert [cell for cell in cells if cell.startswith(("=", "+", "-", "@", "\t", "\r"))] == []


CODE, PAYLOAD = "c0de-of-the-merchant", signed()
ONLY_FOR = {"install.auth": {"code": CODE}, "install.load": {"signed_payload_jwt": PAYLOAD}}


class Everything:
    log_format, log_level = "json", "debug"


@pytest.fixture
def loud() -> Iterator[None]:
    telemetry.configure(Everything(), process="web")  # type: ignore[arg-type]
    yield
    logging.getLogger().handlers.clear()


def test_no_request_writes_what_it_was_let_in_with_into_the_log(
    web: Web, loud: None, capsys: pytest.CaptureFixture[str]
) -> None:
    fill_with(web, "Mug")
    session, ticket, key = web.token(), web.ticket(), web.api_key()["Authorization"].rpartition(" ")[2]
    links = set()
    for asked in every_request(web):
        given = key if asked.path.startswith("/api/") else session
        links |= {part for part in asked.path.split("/") if len(part) > 40}
        web.client().open(
            asked.path,
            method=asked.method,
            headers={"Authorization": f"Bearer {given}", "Cookie": f"backorder_session={session}"},
            query_string={"t": ticket, **ONLY_FOR.get(asked.endpoint, {})},
            json={} if asked.changes else None,
        )
    written = capsys.readouterr().err
    assert len([line for line in written.splitlines() if json.loads(line)]) > 20
    assert len(links) >= 4
    assert [secret for secret in (session, ticket, key, CODE, PAYLOAD, *links) if secret in written] == []
