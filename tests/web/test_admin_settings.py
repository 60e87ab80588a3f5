"""Settings and setup: what each section saves, what it refuses and says beside the field, and what nobody but an owner may."""

import re
from collections.abc import Mapping
from dataclasses import replace
from datetime import date, time

import pytest
from werkzeug.test import TestResponse

from plugin.domain.order import Sending
from plugin.domain.policy import LeadTime, Scope, ScopeKind
from plugin.domain.ranking import GroupReserve, RankRule
from plugin.domain.stock import SellingMode
from plugin.domain.store import CountMeaning, Role, StoreSettings
from plugin.services.ports.directory import AppUser
from plugin.services.sender_check import SenderCheck
from tests.web.stage import ADA, BO, USER, Web, fill
from tests.web.test_admin import page, words


def send(web: Web, path: str, **fields: object) -> TestResponse:
    return web.client().post(f"/app/ada/{path}", data={"session": web.token(), **fields})


def settings(web: Web) -> StoreSettings:
    tenant = web.plugin.directory.find(ADA)
    assert tenant is not None
    return tenant.settings


CALENDAR: Mapping[str, object] = {"weekday": ["0", "5"], "cut_off": "11:30", "extra_holidays": "2026-12-24\n2026-12-31"}
ALLOCATION: Mapping[str, object] = {
    **{rule.value: "0" for rule in RankRule},
    "overdue_promise": "1",
    "pinned": "2",
    "group_order": "3, 1",
    "reserves": "3: 10",
    "most_per_order": "4",
    "most_per_customer": "",
    "sending": "together",
}


def test_the_calendar_is_saved_and_everything_is_planned_anew(web: Web) -> None:
    fill(web.plugin, ADA)
    answer = send(web, "settings/calendar", **CALENDAR)
    assert answer.headers["Location"].startswith("/app/ada/settings/calendar?done=planned&t=")
    saved = settings(web)
    assert (saved.working_weekdays, saved.cut_off, saved.public_holidays) == ((0, 5), time(11, 30), False)
    assert saved.extra_holidays == (date(2026, 12, 24), date(2026, 12, 31))
    with web.plugin.units(ADA) as work:
        assert work.inbox.has_due(at=web.plugin.clock.now())
    (entry,) = web.plugin.queries.activity(ADA, kinds=("settings",))
    assert str(entry.said) == "Settings changed: cut off, extra holidays, public holidays, working weekdays."


def test_holidays_of_the_country_are_shown(web: Web) -> None:
    assert "Friday, 3 Jul 2026" in words(page(web, "settings/calendar"))


def test_who_goes_first_is_saved_in_the_order_given(web: Web) -> None:
    assert send(web, "settings/allocation", **ALLOCATION).status_code == 303
    rules = settings(web).allocation
    assert rules.rules == (RankRule.OVERDUE_PROMISE, RankRule.PINNED)
    assert (rules.group_order, rules.reserves) == ((3, 1), (GroupReserve(3, 10),))
    assert (rules.most_per_order, rules.most_per_customer, rules.sending) == (4, None, Sending.TOGETHER)
    assert "3: 10</textarea>" in page(web, "settings/allocation")


@pytest.mark.parametrize(
    ("path", "fields", "said"),
    [
        ("settings/calendar", {**CALENDAR, "weekday": []}, "Tick at least one day on which goods can leave."),
        ("settings/calendar", {**CALENDAR, "weekday": ["7"]}, "Tick at least one day on which goods can leave."),
        ("settings/calendar", {**CALENDAR, "cut_off": "soon"}, "Write a time such as 14:00."),
        ("settings/calendar", {**CALENDAR, "extra_holidays": "24.12."}, "24.12. is not a day; write one a line"),
        ("settings/allocation", {**ALLOCATION, "pinned": "9"}, "Write a whole number from 0 to 7."),
        ("settings/allocation", {**ALLOCATION, "group_order": "x"}, "Write ids of groups, such as 3, 1."),
        ("settings/allocation", {**ALLOCATION, "reserves": "3"}, "3 is no reserve; write group: units, such as 3: 10."),
        ("settings/allocation", {**ALLOCATION, "most_per_order": "0"}, "Write a whole number from 1 to 1000000."),
        ("settings/delays", {"cancels_by_itself": "maybe", "delivery_days": "5"}, "Choose one of these: no, yes."),
        ("settings/delays", {"cancels_by_itself": "no", "delivery_days": "61"}, "Write a whole number from 0 to 60."),
        ("settings/notifications", {"quiet_from": "22:00"}, "Give both times, or neither."),
        ("settings/notifications", {"reply_to": "nobody"}, "it looks like name@example.com."),
        ("settings", {"postal_address": "x" * 401}, "At most 400 characters; these are 401."),
        ("settings/data", {"shoppers_days": "0", "waitlist_days": "90"}, "Write a whole number from 1 to 3650."),
        ("settings/data/export", {"email": "nobody"}, "it looks like name@example.com."),
        ("settings/counts", {"count_meaning": "more"}, "Choose one of these: free_to_sell, on_the_shelf."),
        ("settings/keys", {"name": " "}, "Give it a name, such as the system that will use it."),
        ("setup/policy", {"enabled": "yes", "lead_from": "9", "lead_to": "3"}, "Write a whole number from 9 to 1000."),
        ("setup/selling", {"mode": "native"}, "This store has no native backorders."),
    ],
)
def test_what_cannot_be_used_is_said_beside_its_field_and_nothing_is_saved(
    web: Web, path: str, fields: Mapping[str, object], said: str
) -> None:
    before = settings(web)
    answer = send(web, path, **fields)
    assert answer.status_code == 422
    assert said in words(answer.text)
    assert settings(web) == before


def test_what_was_typed_stands_there_again_as_text(web: Web) -> None:
    answer = send(web, "settings/notifications", sender_name='<b>"Ada"</b>', quiet_from="22:00")
    assert 'value="&lt;b&gt;&#34;Ada&#34;&lt;/b&gt;"' in answer.text


def test_the_other_sections_save_what_they_show(web: Web) -> None:
    send(web, "settings", postal_address="1 High St\nPortland", writes_order_notes="")
    send(web, "settings/counts", count_meaning="on_the_shelf")
    send(web, "settings/delays", cancels_by_itself="yes", delivery_days="3")
    send(
        web,
        "settings/notifications",
        sender_name="Ada",
        reply_to="help@ada.example",
        quiet_from="22:00",
        quiet_until="07:00",
    )
    send(web, "settings/data", shoppers_days="400", waitlist_days="30")
    saved = settings(web)
    assert (saved.postal_address, saved.writes_order_notes) == ("1 High St\nPortland", False)
    assert saved.count_meaning is CountMeaning.ON_THE_SHELF
    assert (saved.cancels_by_itself, saved.delivery_days) == (True, 3)
    assert (saved.sender_name, saved.reply_to, saved.sends_digest) == ("Ada", "help@ada.example", False)
    assert (saved.quiet_from, saved.quiet_until) == (time(22), time(7))
    assert (saved.keep_shoppers_days, saved.keep_waitlist_days) == (400, 30)


def test_a_role_is_given_by_an_owner_and_never_to_oneself(web: Web) -> None:
    web.plugin.directory.save_user(ADA, AppUser(9, "clerk@ada.example", "en", is_owner=False))
    assert send(web, "settings/users/9", role="read_only").status_code == 303
    assert web.plugin.directory.user(ADA, 9).role is Role.READ_ONLY  # type: ignore[union-attr]
    assert send(web, f"settings/users/{USER}", role="read_only").status_code == 422
    assert send(web, "settings/users/9", role="king").status_code == 422
    assert send(web, "settings/users/77", role="owner").status_code == 404
    assert web.plugin.directory.user(ADA, USER).role is Role.OWNER  # type: ignore[union-attr]


def test_another_stores_user_keeps_their_role(web: Web) -> None:
    web.plugin.directory.save_user(BO, AppUser(9, "li@bo.example", "en", is_owner=False))
    assert send(web, "settings/users/9", role="owner").status_code == 404
    assert web.plugin.directory.user(BO, 9).role is Role.MANAGER  # type: ignore[union-attr]


def test_a_key_is_shown_once_works_and_can_be_revoked(web: Web) -> None:
    made = send(web, "settings/keys", name="ERP")
    (key,) = re.findall(r"<pre[^>]*>(bo_ada_[^<]+)</pre>", made.text)
    assert web.plugin.directory.tenant_of_api_key(key) == ADA
    assert key not in page(web, "settings/keys")
    assert send(web, "settings/keys", name="ERP").status_code == 422
    assert send(web, "settings/keys/revoke", name="ERP").status_code == 303
    assert web.plugin.directory.tenant_of_api_key(key) is None
    assert send(web, "settings/keys/revoke", name="ERP").status_code == 404


def test_a_shoppers_data_is_handed_out_and_erased(web: Web) -> None:
    answer = send(web, "settings/data/export", email="jan@example.de")
    assert (answer.mimetype, answer.headers["Content-Disposition"]) == (
        "application/json",
        'attachment; filename="shopper.json"',
    )
    erased = send(web, "settings/data/erase", email="jan@example.de")
    assert "done=erased&count=0" in erased.headers["Location"]
    assert "Erased. 0 orders no longer name a person." in words(web.client().get(erased.headers["Location"]).text)


def test_everybody_chooses_the_language_of_their_own_screens(web: Web) -> None:
    web.plugin.directory.save_user(ADA, AppUser(9, "clerk@ada.example", "es-MX", is_owner=False, chosen_role=None))
    web.plugin.directory.set_role(ADA, 9, Role.READ_ONLY)
    clerk = {"Authorization": f"Bearer {web.token(user=9)}"}
    assert "Ajustes" in web.client().get("/app/ada/settings", headers=clerk).text
    assert web.client().post("/app/ada/settings/my-language", headers=clerk, data={"language": "fr"}).status_code == 303
    assert "Réglages" in web.client().get("/app/ada/settings", headers=clerk).text
    assert "Settings" in page(web, "settings")


# -------------------------------------------------------------------------------------------------------- setup


def test_steps_of_the_setup_stay_ticked_and_the_next_one_opens(web: Web) -> None:
    assert "4 short steps are left." in words(page(web, "setup"))
    assert (
        send(web, "setup/facts", postal_address="1 High St").headers["Location"].startswith("/app/ada/setup?done=facts")
    )
    assert send(web, "setup/sender", sender_name="Ada", reply_to="").status_code == 303
    assert settings(web).setup_done == ("facts", "sender")
    shown = page(web, "setup")
    assert "2 short steps are left." in words(shown)
    assert re.findall(r'<details class="panel step"( open)?>', shown) == ["", " open", "", ""]


def test_the_first_policy_is_saved_for_the_whole_store(web: Web) -> None:
    fields = {"enabled": "yes", "backorder_limit": "12", "lead_from": "3", "lead_to": "6"}
    assert send(web, "setup/policy", **fields).status_code == 303
    (policy,) = web.plugin.policies.all(ADA)
    assert (policy.scope, policy.enabled, policy.backorder_limit) == (Scope(ScopeKind.STORE), True, 12)
    assert policy.lead_time == LeadTime(3, 6)


@pytest.mark.parametrize(
    ("query", "said"),
    [
        ("backorder_limit=12&lead_from=5&lead_to=10", "Ships Mar 10 – 17 At most 12 can be ordered"),
        ("backorder_limit=&lead_from=0&lead_to=0", "Ships Mar 3 Any number can be ordered."),
        ("backorder_limit=3&lead_from=&lead_to=x", "On backorder; we will tell you the date At most 3 can be ordered"),
        ("backorder_limit=0&lead_from=1&lead_to=1", "Nothing is said. Nothing can be ordered."),
    ],
)
def test_the_preview_says_what_a_product_page_would(web: Web, query: str, said: str) -> None:
    assert said in words(page(web, f"setup/preview?{query}"))


def test_the_way_of_selling_is_a_step_of_its_own(web: Web) -> None:
    assert send(web, "setup/selling", mode="virtual").status_code == 303
    assert (settings(web).mode_override, settings(web).setup_done) == (SellingMode.VIRTUAL, ("selling",))


def test_dns_records_are_checked_when_asked(web: Web) -> None:
    answers = {"localhost": ["v=spf1 mx -all"], "_dmarc.localhost": ["something else"]}
    check = SenderCheck(domain="localhost", texts=answers.__getitem__)
    web.app.extensions["backorder.plugin"] = replace(web.plugin, sender_check=check)
    try:
        text = words(send(web, "setup/dns").text)
    finally:
        web.app.extensions["backorder.plugin"] = web.plugin
    assert "localhost v=spf1 mx -all Found" in text
    assert "_dmarc.localhost v=DMARC1; p=quarantine Missing" in text
    assert "_domainkey" not in text
    assert settings(web).setup_done == ()


def test_the_key_is_looked_for_where_its_selector_is_named(web: Web) -> None:
    assert send(web, "setup/sender", sender_name="", reply_to="", dkim_selector=" s1._domainkey ").status_code == 303
    assert settings(web).dkim_selector == "s1"
    assert "s1._domainkey.localhost v=DKIM1; k=rsa; p=… Not checked yet" in words(page(web, "setup?step=sender"))
    refused = send(web, "setup/sender", dkim_selector="two words")
    assert refused.status_code == 422
    assert "such as mail or s1" in refused.get_data(as_text=True)
    assert settings(web).dkim_selector == "s1"
