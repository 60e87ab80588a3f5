"""Activity: decisions in words, found by kind and order, with what stands behind them; and the panels in BigCommerce's pages."""

import re
from datetime import timedelta

import pytest

from plugin.domain.ids import OrderId
from plugin.domain.saying import said
from plugin.services.causes import CallMade, Cause, CauseKind, LinkedCall, because
from plugin.services.ports.desk import Activity
from plugin.services.ports.inbox import Envelope
from plugin.services.ports.messages import MessageKind, NewMessage
from tests.web.stage import ADA, BO, NOW, USER, Web, fill
from tests.web.test_admin import page, press, words


def note(web: Web, *entries: Activity) -> None:
    with web.plugin.units(ADA) as work:
        work.journal.add(entries)
        work.commit()


def test_decisions_are_listed_newest_first_in_pages(web: Web) -> None:
    note(web, *(Activity(NOW, "moved", f"order:{n}", f"Decision {n:02}.") for n in range(1, 31)))
    first = page(web, "activity")
    assert "Decision 30." in first
    assert "Decision 06." in first
    assert "Decision 05." not in first
    newest = web.plugin.queries.activity(ADA, limit=25)[-1].activity_id
    assert f"after={newest}" in first
    second = words(page(web, f"activity?after={newest}"))
    assert "Decision 05." in second
    assert "Decision 06." not in second
    assert "That was the last page." in second


@pytest.mark.parametrize(
    ("query", "shown"),
    [
        ("group=promises", ["Moved it."]),
        ("group=settings", ["Set it."]),
        ("order=101", ["Moved it."]),
        ("order=%23101", ["Moved it."]),
        ("group=settings&order=101", []),
        ("group=nonsense", ["Moved it.", "Set it.", "Unheard of.", "Refused it."]),
        ("outcome=trouble", ["Refused it."]),
        ("outcome=done", ["Moved it.", "Set it."]),
        ("group=promises&outcome=trouble", []),
        ("group=repairs&outcome=trouble", ["Refused it."]),
        ("item=77:105", ["Refused it."]),
        ("item=mug-blue", ["Refused it."]),
        ("item=nonsense", []),
    ],
)
def test_decisions_are_found_by_kind_outcome_order_and_item(web: Web, query: str, shown: list[str]) -> None:
    fill(web.plugin, ADA)
    note(
        web,
        Activity(NOW, "refused", "item:77:105", said("Refused it.")),
        Activity(NOW, "moved", "order:101", "Moved it."),
        Activity(NOW, "settings", "store", "Set it."),
        Activity(NOW, "a_newer_kind", "store", "Unheard of."),
    )
    text = words(page(web, f"activity?{query}"))
    assert [each for each in ("Moved it.", "Set it.", "Unheard of.", "Refused it.") if each in text] == shown
    assert ("Nothing fits these filters." in text) is (not shown)


def test_a_store_without_a_history_says_what_will_stand_here(web: Web) -> None:
    assert "Nothing has been decided yet." in words(page(web, "activity"))
    assert "Nothing is put aside." in words(page(web, "activity/parked"))


def test_behind_a_decision_stand_its_webhook_and_its_mail(web: Web) -> None:
    fill(web.plugin, ADA)
    web.plugin.inbox_writer.store([Envelope(ADA, "store/order/created", "k1", '{"data": {"id": 101}}')])
    web.plugin.inbox_writer.store([Envelope(ADA, "store/order/created", "k2", '{"data": {"id": 999}}')])
    note(web, Activity(NOW + timedelta(minutes=10), "promised", "order:101", "Promised it."))
    entry = web.plugin.queries.activity(ADA, about="order:101", limit=1)[0]
    facts = {"order_id": 101}
    with web.plugin.units(ADA) as work:
        work.messages.add(
            [NewMessage("m", MessageKind.DATE_SET, "jan@example.de", "de", facts, order_id=OrderId(101))], at=NOW
        )
        work.commit()
    text = words(page(web, f"activity/{entry.activity_id}"))
    assert "Order #101" in text
    assert "store/order/created received 2 Mar 2026, 04:0" in text
    assert "This is from before causes were recorded" in text
    assert "999" not in text
    assert "A first date jan@example.de not sent yet" in text
    mail = words(page(web, f"activity/mails/{web.plugin.mails.page(ADA)[0].message_id}"))
    assert "A first date jan@example.de · 2 Mar 2026" in mail
    assert "Waiting Order #101 It is written when it is sent." in mail


def carry_out(web: Web) -> str:
    """A webhook, the decision it led to, and the call that followed; returns the address of the decision."""
    fill(web.plugin, ADA)
    web.plugin.inbox_writer.store([Envelope(ADA, "store/order/created", "k1", '{"data": {"id": 101}}')])
    with because(Cause(CauseKind.EVENTS)), web.plugin.units(ADA) as work:
        work.journal.add([Activity(NOW, "promised", "order:101", said("On hand and tied to this order."))])
        work.calls.add([LinkedCall(CallMade(NOW, "PUT", "/v3/orders/metafields", 200, 81, "req-1", (101,)))])
        work.inbox.finish([event.event_id for event in work.inbox.claim(at=NOW, limit=9)])
        work.commit()
    entry = web.plugin.queries.activity(ADA, about="order:101", limit=1)[0]
    return f"activity/{entry.activity_id}"


def linked_from(text: str, part: str) -> str:
    found = re.search(rf"/app/ada/({part}/[0-9]+)", text)
    assert found is not None
    return found[1]


def test_a_decision_leads_to_its_webhook_and_its_call_and_both_lead_back(web: Web) -> None:
    entry = page(web, carry_out(web))
    assert "store/order/created received 2 Mar 2026, 04:0" in words(entry)
    assert "PUT /v3/orders/metafields Answered 200" in words(entry)
    webhook, call = (page(web, linked_from(entry, f"activity/{kind}")) for kind in ("webhooks", "calls"))
    assert "store/order/created" in words(webhook)
    assert "Read" in words(webhook)
    assert "On hand and tied to this order." in words(webhook)
    assert "req-1" in words(call)
    assert "2 Mar 2026, 04:00 · 81 ms" in words(call)
    assert "On hand and tied to this order." in words(call)
    assert "store/order/created" in words(call)


def test_who_asked_for_it_is_named(web: Web) -> None:
    with because(Cause(CauseKind.USER, "settings_calendar", USER)), web.plugin.units(ADA) as work:
        work.journal.add([Activity(NOW, "settings", "store", said("Taken back."))])
        work.commit()
    (entry,) = web.plugin.queries.activity(ADA)
    assert "someone@ada.example, on these screens" in words(page(web, f"activity/{entry.activity_id}"))


def test_a_user_who_saves_something_is_the_cause_of_it(web: Web) -> None:
    assert press(web, "settings/my-language", language="de").status_code == 303
    assert press(web, "settings/calendar", cut_off="11:30", weekday="0", extra_holidays="").status_code == 303
    (entry,) = web.plugin.queries.activity(ADA, kinds=("settings",))
    found = web.plugin.activity.behind(ADA, entry.activity_id)
    assert found is not None
    assert [(cause.kind, cause.name) for cause in found[1].causes] == [(CauseKind.USER, "settings_calendar_save")]


@pytest.mark.parametrize("path", ["activity/webhooks/1", "activity/calls/1"])
def test_another_stores_webhook_or_call_is_not_found(web: Web, path: str) -> None:
    carry_out(web)
    assert page(web, path)
    headers = {"Authorization": f"Bearer {web.token(BO)}"}
    assert web.client().get(f"/app/bo/{path}", headers=headers).status_code == 404


def test_another_stores_decision_is_not_found(web: Web) -> None:
    note(web, Activity(NOW, "moved", "order:101", "Moved it."))
    (entry,) = web.plugin.queries.activity(ADA)
    headers = {"Authorization": f"Bearer {web.token(BO)}"}
    assert web.client().get(f"/app/bo/activity/{entry.activity_id}", headers=headers).status_code == 404


# ------------------------------------------------------------------------------------------------------- panels


def test_the_panel_of_an_order_has_its_dates(web: Web) -> None:
    fill(web.plugin, ADA)
    text = words(page(web, "orders/101/expected-dates"))
    assert "Stoneware mug MUG-BLUE 1 of 2 16–20 Mar 2026" in text
    assert "PO-118 should arrive" in text


def test_the_panel_of_a_product_has_its_policy_and_supply(web: Web) -> None:
    fill(web.plugin, ADA)
    text = words(page(web, "products/77/supply"))
    assert "Blue MUG-BLUE On backorder 0 5 3" in text
    assert "PO-118 Acme 4 16–20 Mar 2026" in text


def test_panels_say_so_where_there_is_nothing(web: Web) -> None:
    assert "Nothing of this order waits." in words(page(web, "orders/5/expected-dates"))
    assert "Backorder does not know this product yet." in words(page(web, "products/5/supply"))
