"""The pages behind the links in mails: a look changes nothing, a button acts, another purpose's token opens nothing."""

import pytest
from sqlalchemy import text
from werkzeug.test import TestResponse

from plugin.domain.ids import ItemId
from plugin.services.ports.waitlist import WaitlistState
from tests.web.stage import ADA, BO, NOW, Web, change_profile

MUG = ItemId("77:105")


def sign_up(web: Web) -> int:
    with web.plugin.units(ADA) as work:
        entry = work.waitlist.add(MUG, "shopper@example.com", locale="de", quantity=1, at=NOW)
        work.commit()
    return entry.entry_id


def state(web: Web, entry: int) -> WaitlistState:
    with web.plugin.units(ADA) as work:
        found = work.waitlist.get(entry)
    assert found is not None
    return found.state


def path(link: str) -> str:
    return link.removeprefix("https://backorder.example.com")


def confirm_link(web: Web, entry: int) -> str:
    return path(web.plugin.links.confirm_waitlist(ADA, entry))


def leave_link(web: Web, entry: int) -> str:
    return path(web.plugin.links.leave_waitlist(ADA, entry))


def test_looking_at_a_link_changes_nothing(web: Web) -> None:
    entry = sign_up(web)
    for link in (confirm_link(web, entry), leave_link(web, entry)):
        for method in ("GET", "HEAD"):
            assert web.client().open(link, method=method).status_code == 200
    assert state(web, entry) is WaitlistState.UNCONFIRMED


def test_the_button_confirms_and_pressing_it_twice_is_fine(web: Web) -> None:
    entry = sign_up(web)
    answers = [web.client().post(confirm_link(web, entry)) for _ in range(2)]
    assert [answer.status_code for answer in answers] == [200, 200]
    assert "You are on the list" in answers[0].text
    assert state(web, entry) is WaitlistState.WAITING


def test_the_button_leaves_and_so_does_a_mail_programs_one_click(web: Web) -> None:
    entry = sign_up(web)
    answer = web.client().post(leave_link(web, entry), data={"List-Unsubscribe": "One-Click"})
    assert answer.status_code == 200
    assert state(web, entry) is WaitlistState.LEFT
    assert web.client().post(leave_link(web, entry)).status_code == 200


def test_whoever_left_cannot_confirm_with_the_old_link(web: Web) -> None:
    entry = sign_up(web)
    web.client().post(leave_link(web, entry))
    answer = web.client().post(confirm_link(web, entry))
    assert (answer.status_code, state(web, entry)) == (410, WaitlistState.LEFT)


def test_leaving_works_after_the_store_uninstalled(web: Web) -> None:
    entry = sign_up(web)
    web.plugin.tenants.uninstall(ADA)
    assert web.client().post(leave_link(web, entry)).status_code == 200
    assert state(web, entry) is WaitlistState.LEFT


def test_a_token_for_one_purpose_or_store_opens_no_other(web: Web) -> None:
    entry = sign_up(web)
    confirm = confirm_link(web, entry).rpartition("/")[2]
    assert web.client().post(f"/s/waitlist/leave/{confirm}").status_code == 401
    theirs = path(web.plugin.links.leave_waitlist(BO, entry))
    assert web.client().post(theirs).status_code == 200
    assert state(web, entry) is WaitlistState.UNCONFIRMED


@pytest.mark.parametrize("token", ["x", "a.b", "%00", "A" * 3000, "WyJhZGEiLDFd.AAAA", "..%2F..%2Fadmin"])
@pytest.mark.parametrize("method", ["GET", "POST"])
def test_a_token_we_did_not_sign_is_refused_in_words(web: Web, token: str, method: str) -> None:
    answer = web.client().open(f"/s/waitlist/confirm/{token}", method=method)
    assert answer.status_code in {401, 404}


def page_in(web: Web, languages: str) -> TestResponse:
    return web.client().get(confirm_link(web, 1), headers={"Accept-Language": languages})


def test_pages_speak_the_browsers_language_else_the_shops(web: Web) -> None:
    assert '<html lang="de"' in page_in(web, "de-AT,de;q=0.9,en;q=0.5").text
    assert '<html lang="fr"' in page_in(web, "pt,fr;q=0.4").text
    assert '<html lang="en"' in page_in(web, "zh").text


@pytest.mark.parametrize(
    ("language", "heading"),
    [
        ("en", "Shall we write to you?"),
        ("de", "Dürfen wir Ihnen schreiben?"),
        ("es", "¿Quiere que le escribamos?"),
        ("fr", "Souhaitez-vous recevoir notre message\N{NO-BREAK SPACE}?"),
    ],
)
def test_pages_speak_four_languages(web: Web, language: str, heading: str) -> None:
    assert f"<h1>{heading}</h1>" in page_in(web, language).text


def test_pages_are_framed_by_nobody_and_tell_nobody_where_they_were(web: Web) -> None:
    headers = page_in(web, "en").headers
    assert headers["Content-Security-Policy"].endswith("frame-ancestors 'none'")
    assert (headers["Referrer-Policy"], headers["Cache-Control"]) == ("no-referrer", "no-store")
    assert "noindex" in page_in(web, "en").text


@pytest.mark.parametrize("address", ["javascript:alert(1)", "data:text/html,x", "", "//evil.example"])
def test_a_hostile_shop_address_is_no_link(web: Web, address: str) -> None:
    change_profile(web.plugin, ADA, storefront_url=address, name='<img src=x onerror="alert(1)">')
    page = page_in(web, "en").text
    assert "<a " not in page
    assert "<img" not in page


def test_sixty_looks_then_a_pause(web: Web) -> None:
    statuses = [web.client().get(confirm_link(web, 1)).status_code for _ in range(62)]
    assert statuses == [200] * 60 + [429] * 2
    with web.plugin.engine.connect() as connection:
        assert connection.execute(text("select count(*) from waitlist")).scalar_one() == 0
