"""Who is looking: which token opens what, for how long, and what none of them opens."""

from collections.abc import Callable

import pytest
from pydantic import SecretStr

from plugin.domain.store import ConnectionState
from tests.web.stage import ADA, BO, USER, Web, change_profile


def test_a_ticket_in_the_address_reads(web: Web) -> None:
    assert web.client().get(f"/app/ada/?t={web.ticket()}").status_code == 200


def test_a_bearer_token_reads(web: Web) -> None:
    headers = {"Authorization": f"Bearer {web.token()}"}
    assert web.client().get("/app/ada/", headers=headers).status_code == 200


def test_a_hidden_field_writes(web: Web) -> None:
    answer = web.client().post("/app/ada/read-again", data={"session": web.token()})
    assert answer.status_code == 303
    assert answer.headers["Location"].startswith("/app/ada/settings?done=resync&t=")


def test_the_way_on_after_a_form_can_be_followed_without_a_cookie(web: Web) -> None:
    posted = web.client().post("/app/ada/read-again", data={"session": web.token()})
    page = web.client().get(posted.headers["Location"])
    assert page.status_code == 200
    assert "Your store is being read again." in page.text


def test_a_ticket_never_writes(web: Web) -> None:
    ticket = web.ticket()
    client = web.client()
    assert client.post(f"/app/ada/read-again?t={ticket}").status_code == 401
    assert client.post("/app/ada/read-again", data={"session": ticket}).status_code == 401
    assert client.post("/app/ada/read-again", headers={"Authorization": f"Bearer {ticket}"}).status_code == 401


def test_a_session_token_in_the_address_opens_nothing(web: Web) -> None:
    assert web.client().get(f"/app/ada/?t={web.token()}").status_code == 401


def test_the_cookie_reads_but_never_writes(web: Web) -> None:
    cookie = {"Cookie": f"backorder_session={web.token()}"}
    client = web.client()
    assert client.get("/app/ada/", headers=cookie).status_code == 200
    assert client.post("/app/ada/read-again", headers=cookie).status_code == 401
    assert client.post("/app/ada/leave", headers=cookie, data={"session": ""}).status_code == 401
    assert web.plugin.directory.find(ADA).state is ConnectionState.CONNECTED  # type: ignore[union-attr]


def test_what_names_itself_counts_before_the_cookie(web: Web) -> None:
    """A ticket of Ada's must not be read as Bo, whose cookie the browser adds."""
    cookie = {"Cookie": f"backorder_session={web.token(BO)}"}
    assert web.client().get(f"/app/ada/?t={web.ticket(ADA)}", headers=cookie).status_code == 200
    assert web.client().get("/app/ada/", headers=cookie).status_code == 401


def test_a_ticket_lives_for_half_an_hour(web: Web) -> None:
    ticket = web.ticket()
    web.time.shift(30 * 60 - 1)
    assert web.client().get(f"/app/ada/?t={ticket}").status_code == 200
    web.time.shift(1)
    assert web.client().get(f"/app/ada/?t={ticket}").status_code == 401


def test_a_session_lives_for_twelve_hours_and_its_tickets_no_longer(web: Web) -> None:
    session = web.sessions.begin(ADA, USER)
    token = web.sessions.token(session)
    web.time.shift(12 * 3600 - 60)
    ticket = web.sessions.ticket(session)
    headers = {"Authorization": f"Bearer {token}"}
    assert web.client().get("/app/ada/", headers=headers).status_code == 200
    web.time.shift(60)
    assert web.client().get("/app/ada/", headers=headers).status_code == 401
    assert web.client().get(f"/app/ada/?t={ticket}").status_code == 401


def test_a_late_ticket_falls_back_on_the_cookie(web: Web) -> None:
    session = web.sessions.begin(ADA, USER)
    ticket, cookie = web.sessions.ticket(session), {"Cookie": f"backorder_session={web.sessions.token(session)}"}
    web.time.shift(3600)
    assert web.client().get(f"/app/ada/?t={ticket}", headers=cookie).status_code == 200


def test_a_removed_user_is_out_at_once(web: Web) -> None:
    ticket = web.ticket()
    web.plugin.directory.remove_user(ADA, USER)
    assert web.client().get(f"/app/ada/?t={ticket}").status_code == 401


def test_an_uninstalled_store_has_no_sessions(web: Web) -> None:
    ticket = web.ticket()
    web.plugin.tenants.uninstall(ADA)
    assert web.client().get(f"/app/ada/?t={ticket}").status_code == 401


@pytest.mark.parametrize(
    "token",
    ["", "x", "null", "[]", "W10.x", "é", "a" * 5000, "\x00", "../../etc", "WyJhZGEiLDEsMSwxXQ.AAAA"],
)
def test_nonsense_is_nobody(web: Web, token: str) -> None:
    answer = web.client().get("/app/ada/", query_string={"t": token})
    assert answer.status_code == 401
    assert "Please open Backorder again" in answer.text


def test_a_token_signed_with_another_key_is_nobody(web: Web, make_web: Callable[..., Web]) -> None:
    ticket = web.ticket()
    other = make_web(secret_key=SecretStr("z" * 40))
    assert other.client().get(f"/app/ada/?t={ticket}").status_code == 401


def test_keys_can_be_changed_without_ending_sessions(web: Web, make_web: Callable[..., Web]) -> None:
    ticket = web.ticket()
    rotated = make_web(secret_key=SecretStr(f"{'n' * 40},{'k' * 40}"))
    assert rotated.client().get(f"/app/ada/?t={ticket}").status_code == 200
    assert rotated.ticket() != ticket


@pytest.mark.parametrize("store", ["bo", "nobody", "ada%2F..", "ADA"])
def test_a_session_opens_its_own_store_only(web: Web, store: str) -> None:
    answer = web.client().get(f"/app/{store}/?t={web.ticket(ADA)}")
    assert answer.status_code in {401, 404}
    assert "Ada" not in answer.text


def test_pages_are_framed_by_their_own_control_panel_and_kept_by_nobody(web: Web) -> None:
    headers = web.client().get(f"/app/ada/?t={web.ticket()}").headers
    policy = headers["Content-Security-Policy"]
    assert policy.endswith("frame-ancestors https://store-ada.mybigcommerce.com https://login.bigcommerce.com")
    assert "default-src 'none'" in policy
    assert "unsafe" not in policy
    assert (headers["Cache-Control"], headers["Referrer-Policy"]) == ("no-store", "no-referrer")
    assert "X-Frame-Options" not in headers
    assert "Set-Cookie" not in headers


def test_a_refusal_can_be_shown_in_the_panel_too(web: Web) -> None:
    policy = web.client().get("/app/ada/").headers["Content-Security-Policy"]
    assert "https://store-ada.mybigcommerce.com" in policy


@pytest.mark.parametrize(
    "address",
    ["https://evil.example; script-src *", "javascript:alert(1)", "https://[::1", "https://a.example:99999/", "//x"],
)
def test_a_hostile_panel_address_cannot_change_the_policy(web: Web, address: str) -> None:
    change_profile(web.plugin, ADA, control_panel_url=address)
    policy = web.client().get(f"/app/ada/?t={web.ticket()}").headers["Content-Security-Policy"]
    assert policy.count(";") == 8
    assert policy.count("script-src") == 1
    assert policy.endswith("https://login.bigcommerce.com")


def test_no_address_on_a_page_carries_the_session_token_itself(web: Web) -> None:
    page = web.client().get(f"/app/ada/settings?t={web.ticket()}").text
    token = web.token()
    assert f'name="session" value="{token}"' in page
    assert f"={token}&" not in page
    assert f't={token}"' not in page
