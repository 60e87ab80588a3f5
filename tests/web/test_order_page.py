"""A shopper's own page: it tells the truth at any time, a look changes nothing, each button does one thing, and twice is once."""

import re
from dataclasses import replace
from datetime import date, timedelta
from typing import Any

import pytest
from werkzeug.test import TestResponse

from plugin.domain.calendar import DateWindow
from plugin.domain.ids import ItemId, OrderId, OrderLineId, TenantId
from plugin.domain.order import Order, OrderStage
from plugin.domain.policy import LeadTime
from plugin.services.news import News
from plugin.services.outbox import Outbox
from plugin.services.ports.messages import MessageKind, OutboxMessage, SentMail
from plugin.services.ports.notices import GivenAnswer
from plugin.services.ports.shop import RefundMade
from tests.builders import a_level, a_policy, a_shipment, an_order, an_order_line
from tests.web.stage import ADA, BO, NOW, Web, change_profile

BASE = "https://backorder.example.com"
BLUE, RED = ItemId("77:105"), ItemId("77:106")
ORDER = OrderId(101)
FIRST, SECOND = 1011, 1012


class Postman:
    """Delivers everything, and remembers it."""

    is_ready = True

    def __init__(self) -> None:
        self.sent: list[OutboxMessage] = []

    def send(self, message: OutboxMessage, *_sender: Any, **_tenant: Any) -> SentMail:
        self.sent.append(message)
        return SentMail(subject=message.kind.value, text=f"{message.kind.value} to {message.to}")


def an_order_of_two(**changed: Any) -> Order:
    """Two blue mugs and a red one; nothing is on hand."""
    lines = [
        an_order_line(line_id=FIRST, item=BLUE, variant=105, name="Stoneware mug", quantity=2),
        an_order_line(line_id=SECOND, item=RED, variant=106, name="Stoneware mug", quantity=1),
    ]
    return replace(an_order(order_id=ORDER, email="jan@example.de", locale="en", country="US", lines=lines), **changed)


def take_over(web: Web, order: Order, tenant: TenantId = ADA) -> None:
    with web.plugin.units(tenant) as work:
        levels = (a_level(item=BLUE, backordered=2), a_level(item=RED, backordered=1))
        replan = frozenset({BLUE, RED})
        web.plugin.inbox.intake.take_over(work, News(orders=(order,), levels=levels, replan=replan))
        work.commit()


def deliver(web: Web, tenant: TenantId = ADA) -> list[OutboxMessage]:
    """Send what is due by now."""
    postman = Postman()
    Outbox(units=web.plugin.units, notifier=postman, clock=web.plugin.clock).deliver_due(tenant)
    return postman.sent


def a_told_order(web: Web, *, tenant: TenantId = ADA, **changed: Any) -> Order:
    """Bought today, promised from PO-118 (16 to 20 March, plus a day of handling), and told so by mail."""
    with web.plugin.units(tenant) as work:
        work.policies.save(a_policy(scope="store", limit=8, lead_time=LeadTime(5, 10), handling_days=1))
        for number, item in ((118, BLUE), (119, RED)):
            work.shipments.add(
                a_shipment(reference=f"PO-{number}", eta=("2026-03-16", "2026-03-20"), item=item, quantity=4)
            )
        work.commit()
    order = an_order_of_two(**changed)
    take_over(web, order, tenant)
    deliver(web, tenant)
    return order


def be_late(web: Web, *, to: tuple[date, date] = (date(2026, 3, 30), date(2026, 4, 1))) -> None:
    """The blue mugs' delivery moves, and the notice goes out."""
    web.plugin.shipments.move(ADA, web.plugin.shipments.all(ADA)[0].shipment_id, DateWindow(*to), "supplier confirmed")
    web.time.move_to(NOW + timedelta(hours=1))
    deliver(web)


def link(web: Web, tenant: TenantId = ADA, order: int = ORDER) -> str:
    return web.plugin.links.order_page(tenant, OrderId(order)).removeprefix(BASE)


def page(web: Web, path: str = "", **query: str) -> str:
    answer = web.client().get(path or link(web), **({"query_string": query} if query else {}))
    assert answer.status_code == 200
    return re.sub(r"\s+", " ", re.sub(r"<[^>]+>", " ", answer.text))


def press(web: Web, action: str, path: str = "", **fields: Any) -> TestResponse:
    return web.client().post(f"{path or link(web)}/{action}", data=fields)


def said_after(web: Web, answer: TestResponse) -> str:
    assert answer.status_code == 303
    return page(web, answer.headers["Location"])


def answers(web: Web) -> list[GivenAnswer]:
    with web.plugin.units(ADA) as work:
        return [answer.answer for answer in work.notices.answers(ORDER)]


def open_units(web: Web) -> list[int]:
    with web.plugin.units(ADA) as work:
        return [line.open for line in work.orders.get([ORDER])[ORDER].lines]


def test_the_page_says_what_was_promised_and_why_in_the_shoppers_words(web: Web) -> None:
    a_told_order(web)
    text = page(web)
    for words in ("Your order #101", "Stoneware mug", "Blue", "2 ship Mar 17 – 23", "Red"):
        assert words in text
    assert "A delivery with it should reach us Mar 16 – 20; then we pack it." in text
    assert "PO-118" not in text
    assert "Acme" not in text


def test_the_page_speaks_the_orders_language_unless_another_is_asked_for(web: Web) -> None:
    a_told_order(web, shopper=replace(an_order_of_two().shopper, locale="de"))
    assert '<html lang="de"' in web.client().get(link(web), headers={"Accept-Language": "fr"}).text
    assert '<html lang="es"' in web.client().get(link(web), query_string={"lang": "es"}).text
    kept = press(web, "keep?lang=es")
    assert '<html lang="es"' in web.client().get(kept.headers["Location"]).text


def test_looking_changes_nothing_whatever_the_address_says(web: Web) -> None:
    a_told_order(web)
    be_late(web)
    for method in ("GET", "HEAD"):
        assert web.client().open(link(web), method=method, query_string={"line": FIRST}).status_code == 200
        for action in ("keep", "cancel", "ship-ready", "address"):
            assert web.client().open(f"{link(web)}/{action}", method=method).status_code == 405
        assert web.client().open(f"{link(web)}/withdraw", method=method).status_code == 200
    assert (answers(web), open_units(web)) == ([], [2, 1])


def test_a_delay_shows_its_deadline_and_what_silence_means(web: Web) -> None:
    a_told_order(web)
    assert "Keep it, I will wait" not in page(web)
    be_late(web)
    text = page(web)
    assert "2 ship Mar 31 – Apr 2" in text
    assert "we had promised Mar 23" in text
    assert "If we do not hear from you by Apr 2, we take it that you agree to wait." in text


def test_a_move_inside_what_was_told_is_no_news(web: Web) -> None:
    a_told_order(web)
    shipment = web.plugin.shipments.all(ADA)[0].shipment_id
    web.plugin.shipments.move(ADA, shipment, DateWindow(date(2026, 3, 17), date(2026, 3, 19)), "supplier confirmed")
    assert "2 ship Mar 17 – 23" in page(web)


def test_a_delay_beyond_thirty_days_says_that_silence_cancels(web: Web) -> None:
    a_told_order(web)
    be_late(web, to=(date(2026, 6, 1), date(2026, 6, 2)))
    assert "If we do not hear from you by Apr 22, and it has not been sent by then, we cancel it" in page(web)


def test_keeping_is_noted_with_its_time_and_twice_is_once(web: Web) -> None:
    a_told_order(web)
    be_late(web)
    for _ in range(2):
        assert "We have noted that you agree to wait" in said_after(web, press(web, "keep", line=FIRST))
    text = page(web)
    assert "You agreed to wait." in text
    assert "Keep it, I will wait" not in text
    with web.plugin.units(ADA) as work:
        (record,) = [r for r in work.notices.of_orders([ORDER])[OrderLineId(FIRST)] if r.notice.kind.is_delay]
    assert (record.notice.answer, record.channel) == ("keep", "page")
    assert open_units(web) == [2, 1]


def test_cancelling_a_line_cancels_that_line_only(web: Web) -> None:
    a_told_order(web)
    assert "It is cancelled." in said_after(web, press(web, "cancel", line=FIRST))
    assert open_units(web) == [0, 1]
    text = page(web)
    assert "2 were cancelled." in text
    assert "Your money goes back to you by Mar 11." in text


def test_cancelling_twice_is_too_late_and_says_so(web: Web) -> None:
    a_told_order(web)
    press(web, "cancel", line=FIRST)
    assert "That was not possible any more." in said_after(web, press(web, "cancel", line=FIRST))
    assert answers(web) == [GivenAnswer.CANCEL]


def test_cancelling_the_whole_order(web: Web) -> None:
    a_told_order(web)
    press(web, "cancel")
    assert open_units(web) == [0, 0]
    assert "<form" not in web.client().get(link(web)).text


def test_sending_what_is_ready_is_offered_only_where_something_is(web: Web) -> None:
    a_told_order(web)
    assert "Send what is ready now" not in page(web)
    shipment = web.plugin.shipments.all(ADA)[0].shipment_id
    web.plugin.shipments.receive(ADA, shipment, {BLUE: 2})
    assert "2 ready to ship" in page(web)
    assert "We send what is ready now" in said_after(web, press(web, "ship-ready"))
    assert "Send what is ready now" not in page(web)
    assert answers(web) == [GivenAnswer.SHIP_READY]


def test_another_address_gets_the_messages_from_now_on(web: Web) -> None:
    a_told_order(web)
    said_after(web, press(web, "address", email="new@example.de"))
    be_late_mail = web.plugin.shipments.all(ADA)[0].shipment_id
    web.plugin.shipments.move(ADA, be_late_mail, DateWindow(date(2026, 3, 30), date(2026, 4, 1)), "supplier confirmed")
    web.time.move_to(NOW + timedelta(hours=1))
    assert [message.to for message in deliver(web)] == ["new@example.de"]


@pytest.mark.parametrize(
    "email", ["", "x", "a@b", "two words@example.com", "a@example.com\r\nBcc: b@example.com", "a" * 300]
)
def test_an_address_nobody_can_have_is_asked_for_again(web: Web, email: str) -> None:
    a_told_order(web)
    answer = press(web, "address", email=email)
    assert answer.status_code == 422
    assert "This is not an address" in answer.text
    assert answers(web) == []


@pytest.mark.parametrize(
    ("stage", "words"), [(OrderStage.CLOSED, "has been sent"), (OrderStage.CANCELLED, "This order is cancelled.")]
)
def test_after_the_end_the_page_still_tells_and_takes_no_answers(web: Web, stage: OrderStage, words: str) -> None:
    order = a_told_order(web)
    take_over(web, replace(order, stage=stage, modified_at=NOW + timedelta(minutes=5)))
    assert words in page(web)
    assert "<form" not in web.client().get(link(web)).text
    for action in ("keep", "cancel", "ship-ready"):
        assert "That was not possible any more." in said_after(web, press(web, action))
    assert answers(web) == []


def test_after_the_person_was_erased_the_page_names_nobody(web: Web) -> None:
    order = a_told_order(web)
    take_over(web, replace(order, stage=OrderStage.CLOSED, modified_at=NOW + timedelta(minutes=5)))
    web.plugin.privacy.erase(ADA, "jan@example.de")
    text = page(web)
    assert "Your name and address are no longer kept with this order." in text
    assert "jan@example.de" not in text


def test_after_the_shop_has_left_us_the_page_only_tells(web: Web) -> None:
    a_told_order(web)
    web.plugin.tenants.uninstall(ADA)
    assert "<form" not in web.client().get(link(web)).text
    said_after(web, press(web, "cancel"))
    assert (answers(web), open_units(web)) == ([], [2, 1])


# ------------------------------------------------------------------------------------------ who may not


def test_another_stores_link_opens_nothing_of_this_one(web: Web) -> None:
    a_told_order(web)
    assert web.client().get(link(web, BO)).status_code == 404
    assert press(web, "cancel", link(web, BO)).status_code == 404
    assert open_units(web) == [2, 1]


def test_a_token_for_another_purpose_or_of_an_old_key_opens_nothing(web: Web) -> None:
    from plugin.adapters.links import SignedLinks

    a_told_order(web)
    old = SignedLinks(BASE, ["a-key-that-was-taken-away-long-ago"]).order_page(ADA, ORDER)
    others = [web.plugin.links.leave_waitlist(ADA, ORDER), web.plugin.links.shipment_page(ADA, ORDER), old]  # type: ignore[arg-type]
    for other in others:
        token = other.rpartition("/")[2]
        assert web.client().get(f"/s/order/{token}").status_code == 401
        assert press(web, "cancel", f"/s/order/{token}").status_code == 401
    assert open_units(web) == [2, 1]


@pytest.mark.parametrize("line", ["999", "x", "1011 or 1=1", "9" * 30, "-1", "²"])
def test_a_line_of_no_or_another_order_is_not_found(web: Web, line: str) -> None:
    a_told_order(web)
    assert press(web, "cancel", line=line).status_code == 404
    assert open_units(web) == [2, 1]


def test_a_hostile_name_stays_words(web: Web) -> None:
    order = an_order_of_two()
    lines = (replace(order.lines[0], name='<script>alert(1)</script>"'), order.lines[1])
    a_told_order(web, lines=lines)
    assert "<script>alert" not in web.client().get(link(web)).text


# ------------------------------------------------------------------------------------------ withdrawal


def an_order_to_berlin(web: Web) -> None:
    a_told_order(web, shopper=replace(an_order_of_two().shopper, country="DE"))


JAN = {"name": "Jan Kok", "email": "jan@example.de"}


def test_where_the_law_gives_the_right_the_page_leads_to_the_withdrawal(web: Web) -> None:
    an_order_to_berlin(web)
    assert "Withdraw from contract here" in page(web)
    assert "Jan" not in answers(web)


def test_withdrawing_takes_two_steps_and_is_acknowledged_by_mail(web: Web) -> None:
    an_order_to_berlin(web)
    first = press(web, "withdraw", **JAN)
    assert first.status_code == 200
    assert "I withdraw from the contract about my order #101." in first.text
    assert (answers(web), open_units(web)) == ([], [2, 1])
    text = said_after(web, press(web, "withdraw", **JAN, confirmed="yes"))
    assert "We have received your withdrawal" in text
    assert "You withdrew from the contract." in text
    assert open_units(web) == [0, 0]
    sent = {(message.kind, message.to) for message in deliver(web)}
    assert (MessageKind.WITHDRAWAL, "jan@example.de") in sent
    assert (MessageKind.WITHDRAWAL, "orders@ada.example") in sent


def test_withdrawing_twice_is_withdrawing_once(web: Web) -> None:
    an_order_to_berlin(web)
    for _ in range(2):
        press(web, "withdraw", **JAN, confirmed="yes")
    assert answers(web).count(GivenAnswer.WITHDRAW) == 1


def test_what_was_sent_already_can_be_withdrawn_from_too(web: Web) -> None:
    an_order_to_berlin(web)
    order = an_order_of_two(shopper=replace(an_order_of_two().shopper, country="DE"), stage=OrderStage.CLOSED)
    take_over(web, replace(order, modified_at=NOW + timedelta(minutes=5)))
    said_after(web, press(web, "withdraw", **JAN, confirmed="yes"))
    assert answers(web) == [GivenAnswer.WITHDRAW]


@pytest.mark.parametrize("wrong", [{"name": " "}, {"email": "nonsense"}])
def test_a_statement_without_a_name_or_address_is_asked_for_again(web: Web, wrong: dict[str, str]) -> None:
    an_order_to_berlin(web)
    assert press(web, "withdraw", **{**JAN, **wrong}, confirmed="yes").status_code == 422
    assert answers(web) == []


def test_where_no_law_gives_the_right_nothing_is_withdrawn(web: Web) -> None:
    a_told_order(web)
    assert "Withdraw from contract here" not in page(web)
    assert "That was not possible any more." in said_after(web, press(web, "withdraw", **JAN, confirmed="yes"))
    assert (answers(web), open_units(web)) == ([], [2, 1])


# ------------------------------------------------------------------------------------------ a new link


def find(web: Web, *, order: str, email: str, store: str = "ada") -> TestResponse:
    return web.client().post(f"/s/orders/{store}", data={"order": order, "email": email})


@pytest.mark.parametrize("order", ["101", "#101", " 101 "])
def test_a_guest_is_mailed_the_link(web: Web, order: str) -> None:
    a_told_order(web)
    assert find(web, order=order, email="JAN@example.de").status_code == 202
    (message,) = deliver(web)
    assert (message.kind, message.to, message.facts["order_id"]) == (MessageKind.ORDER_LINK, "jan@example.de", ORDER)


def test_nobody_learns_whether_an_order_exists(web: Web) -> None:
    a_told_order(web)
    asked = [("101", "jan@example.de"), ("101", "other@example.de"), ("999", "jan@example.de"), ("x", "nonsense")]
    found = [find(web, order=order, email=email) for order, email in asked]
    assert {(answer.status_code, answer.data) for answer in found} == {(202, found[0].data)}
    assert len(deliver(web)) == 1


@pytest.mark.parametrize(
    ("order", "email"), [("101", "other@example.de"), ("999", "jan@example.de"), ("101", "JAN@example.com")]
)
def test_only_who_knows_both_number_and_address_is_mailed(web: Web, order: str, email: str) -> None:
    a_told_order(web)
    find(web, order=order, email=email)
    assert deliver(web) == []


def test_asking_again_and_again_sends_one_mail_and_then_a_pause(web: Web) -> None:
    a_told_order(web)
    statuses = [find(web, order="101", email="jan@example.de").status_code for _ in range(7)]
    assert statuses == [202] * 5 + [429] * 2
    assert len(deliver(web)) == 1


def test_the_link_goes_to_the_address_of_the_shoppers_choice(web: Web) -> None:
    a_told_order(web)
    press(web, "address", email="new@example.de")
    find(web, order="101", email="jan@example.de")
    assert [message.to for message in deliver(web)] == ["new@example.de"]


def test_another_store_mails_nothing(web: Web) -> None:
    a_told_order(web)
    assert find(web, order="101", email="jan@example.de", store="bo").status_code == 202
    assert find(web, order="101", email="jan@example.de", store="nobody").status_code == 404
    assert deliver(web, BO) == []


def test_a_shop_that_left_has_no_links_to_give(web: Web) -> None:
    a_told_order(web)
    web.plugin.tenants.uninstall(ADA)
    assert find(web, order="101", email="jan@example.de").status_code == 404


# ------------------------------------------------------------------------------------------ languages


@pytest.mark.parametrize(
    ("language", "words"),
    [
        ("en", "Later than we said"),
        ("de", "Später als zugesagt"),
        ("es", "Más tarde de lo que dijimos"),
        ("fr", "Plus tard que prévu"),
    ],
)
def test_the_page_speaks_four_languages(web: Web, language: str, words: str) -> None:
    a_told_order(web)
    be_late(web)
    assert words in page(web, lang=language)


def test_times_are_those_of_the_shop(web: Web) -> None:
    change_profile(web.plugin, ADA, time_zone="America/New_York")
    a_told_order(web)
    be_late(web)
    press(web, "keep", line=FIRST)
    assert "5:00" in page(web)


@pytest.mark.parametrize(
    ("zone", "hour", "placed", "refunded"),
    [
        ("Pacific/Auckland", 12, "Mar 3", "Mar 4"),
        ("America/Los_Angeles", 5, "Mar 1", "Mar 2"),
        ("UTC", 5, "Mar 2", "Mar 3"),
    ],
)
def test_days_are_the_shops_own_wherever_it_is(web: Web, zone: str, hour: int, placed: str, refunded: str) -> None:
    change_profile(web.plugin, ADA, time_zone=zone)
    bought = NOW.replace(hour=hour)
    a_told_order(web, placed_at=bought, modified_at=bought)
    web.plugin.answers.cancel(ADA, ORDER, channel="page")
    with web.plugin.units(ADA) as work:
        for row in work.cancellations.of_orders([ORDER]):
            made = RefundMade("12.50 USD", remote_id=row.cancellation_id)
            work.cancellations.refunded(row.cancellation_id, made, at=bought + timedelta(days=1))
        work.commit()
    text = page(web)
    assert f"Placed on {placed} " in text
    assert text.count(f"$12.50 went back to you on {refunded}.") == 2
