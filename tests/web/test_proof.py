"""The proof of an order and a shopper's data, over REST: complete, of one store only, and gone once it is erased."""

import json
import re
from datetime import timedelta
from typing import Any

import pytest
from sqlalchemy import text
from werkzeug.test import TestResponse

from plugin.domain.ids import ItemId, OrderId, TenantId
from plugin.domain.order import OrderStage
from plugin.domain.policy import LeadTime
from plugin.services.news import News
from plugin.services.ports.waitlist import WaitlistState
from tests.builders import a_level, a_policy, an_order, an_order_line
from tests.web.stage import ADA, BO, NOW, Web

MUG = ItemId("77:105")
JAN = "jan.kok@example.de"
PERSON = ("Jan", "Kok", JAN)


def an_order_of_jan(
    web: Web, *, number: int = 101, stage: OrderStage = OrderStage.OPEN, tenant: TenantId = ADA
) -> None:
    """Bought, told by mail, mail sent."""
    line = an_order_line(line_id=number, order_id=number, item=MUG, variant=105, name="Stoneware mug", quantity=2)
    order = an_order(order_id=number, stage=stage, email=JAN.title(), lines=[line])
    with web.plugin.units(tenant) as work:
        work.policies.save(a_policy(scope="store", limit=8, lead_time=LeadTime(5, 10)))
        shopper = type(order.shopper)(email=JAN.title(), name="Jan  Kok", locale="en", customer_id=7, country="US")
        news = News(
            orders=(type(order)(**{**fields_of(order), "shopper": shopper}),),
            levels=(a_level(item=MUG, backordered=2),),
            replan=frozenset({MUG}),
        )
        web.plugin.inbox.intake.take_over(work, news)
        work.commit()
    send_all(web, tenant)


def fields_of(value: Any) -> dict[str, Any]:
    return {name: getattr(value, name) for name in value.__dataclass_fields__}


def send_all(web: Web, tenant: TenantId = ADA) -> None:
    """As the outbox does, without a mail server."""
    with web.plugin.units(tenant) as work:
        for message_id in work.messages.due(at=NOW + timedelta(hours=1), limit=10):
            message = work.messages.claim(message_id, at=NOW + timedelta(hours=1))
            assert message is not None
            words = f"Hello Jan Kok,\n\nyour mug ships soon. We write to {message.to}."
            work.messages.sent(message_id, at=NOW, subject="Your order, Jan Kok", text=words)
            if "order_id" in message.facts:
                work.orders.add_to_ledger(OrderId(101), at=NOW, surface="mail", text=words, facts=message.facts)
        work.commit()


def ask(web: Web, method: str, path: str, body: Any = None, tenant: TenantId = ADA) -> TestResponse:
    return web.client().open(f"/api/v1{path}", method=method, json=body, headers=key_of(web, tenant))


def key_of(web: Web, tenant: TenantId) -> dict[str, str]:
    web.plugin.directory.revoke_api_key(tenant, f"erp {len(tenant)}")
    return web.api_key(tenant)


def test_the_proof_says_what_was_promised_told_and_decided(web: Web) -> None:
    an_order_of_jan(web)
    answer = ask(web, "GET", "/orders/101/proof.json")
    proof = answer.json
    assert proof is not None
    assert (proof["order_id"], proof["region"], proof["shopper_email"]) == (101, "us", JAN.title())
    (line,) = proof["lines"]
    assert (line["quantity"], line["owed"]) == (2, 2)
    assert "lead time of 5 to 10 working days" in line["promised"][0]
    (mail,) = proof["record"]["mails"]
    assert (mail["kind"], mail["result"], mail["sent_at"]) == ("confirmed", "sent", NOW.isoformat())
    assert "your mug ships soon" in mail["text"]
    assert [shown["surface"] for shown in proof["record"]["shown"]].count("mail") == 1
    (place,) = proof["record"]["queue"]
    assert (place["order_id"], place["owed"]) == (101, 2)
    assert proof["record"]["decisions"] != []


def test_both_files_carry_the_fingerprint_of_the_data(web: Web) -> None:
    an_order_of_jan(web)
    data, pdf = ask(web, "GET", "/orders/101/proof.json"), ask(web, "GET", "/orders/101/proof.pdf")
    assert pdf.data[:5] == b"%PDF-"
    assert data.headers["X-Proof-SHA256"] == pdf.headers["X-Proof-SHA256"]
    assert re.fullmatch(r"[0-9a-f]{64}", pdf.headers["X-Proof-SHA256"])
    assert pdf.headers["Content-Disposition"] == 'attachment; filename="proof-101.pdf"'


@pytest.mark.parametrize("file", ["proof.json", "proof.pdf"])
def test_another_store_and_an_unknown_order_have_no_proof(web: Web, file: str) -> None:
    an_order_of_jan(web)
    assert ask(web, "GET", f"/orders/101/{file}", tenant=BO).status_code == 404
    assert ask(web, "GET", f"/orders/999/{file}").status_code == 404


def test_the_proof_holds_nothing_of_another_stores_order_with_the_same_number(web: Web) -> None:
    an_order_of_jan(web)
    alone = ask(web, "GET", "/orders/101/proof.json").json
    an_order_of_jan(web, tenant=BO)
    assert ask(web, "GET", "/orders/101/proof.json").json == alone


def test_an_export_holds_all_that_names_the_person(web: Web) -> None:
    an_order_of_jan(web)
    wait(web, JAN)
    answer = ask(web, "POST", "/shoppers/export", {"email": JAN.upper()})
    assert answer.json is not None
    known = answer.json["known"]
    assert [row["email"] for row in known["orders"]] == [JAN.title()]
    assert {name: len(rows) for name, rows in known.items() if name in {"order_lines", "waitlist", "mails"}} == {
        "order_lines": 1,
        "waitlist": 1,
        "mails": 1,
    }
    assert JAN.title() in json.dumps(known["told"])


def test_an_export_for_another_store_is_empty(web: Web) -> None:
    an_order_of_jan(web)
    answer = ask(web, "POST", "/shoppers/export", {"email": JAN}, tenant=BO)
    assert answer.json is not None
    assert {name: rows for name, rows in answer.json["known"].items() if rows} == {}


def wait(web: Web, email: str) -> None:
    with web.plugin.units(ADA) as work:
        work.waitlist.add(MUG, email, locale="en", quantity=1, at=NOW)
        work.commit()


def everything(web: Web) -> str:
    """Every value of every table as one text."""
    from plugin.adapters.db.tables import metadata

    with web.plugin.engine.connect() as connection:
        tables = [name for name in metadata.tables if name not in {"tenants", "users"}]
        return "\n".join(
            str(tuple(row)) for name in tables for row in connection.execute(text(f'select * from "{name}"'))
        )


def test_erasing_leaves_the_record_without_the_person(web: Web) -> None:
    an_order_of_jan(web)
    an_order_of_jan(web, stage=OrderStage.CLOSED)
    wait(web, JAN)
    answer = ask(web, "POST", "/shoppers/erase", {"email": JAN})
    assert answer.json == {"orders": [101], "kept": [], "waitlist_entries": 1}
    left = everything(web)
    assert [word for word in PERSON if word.lower() in left.lower()] == []
    proof = ask(web, "GET", "/orders/101/proof.json").json
    assert proof is not None
    (mail,) = proof["record"]["mails"]
    assert mail["to"] == "[erased]"
    assert "Hello [erased],\n\nyour mug ships soon." in mail["text"]
    assert mail["sent_at"] == NOW.isoformat()


def test_the_shops_next_picture_of_an_erased_order_brings_nobody_back(web: Web) -> None:
    an_order_of_jan(web, stage=OrderStage.CLOSED)
    ask(web, "POST", "/shoppers/erase", {"email": JAN})
    an_order_of_jan(web, stage=OrderStage.CANCELLED)
    assert [word for word in PERSON if word in everything(web)] == []


def test_an_open_order_keeps_its_shopper_until_it_is_done(web: Web) -> None:
    an_order_of_jan(web)
    answer = ask(web, "POST", "/shoppers/erase", {"email": JAN})
    assert answer.json == {"orders": [], "kept": [101], "waitlist_entries": 0}
    with web.plugin.units(ADA) as work:
        assert work.orders.get([OrderId(101)])[OrderId(101)].shopper.email == JAN.title()


def test_erasing_somebody_in_one_store_leaves_the_other_alone(web: Web) -> None:
    an_order_of_jan(web, stage=OrderStage.CLOSED)
    an_order_of_jan(web, stage=OrderStage.CLOSED, tenant=BO)
    ask(web, "POST", "/shoppers/erase", {"email": JAN})
    with web.plugin.units(BO) as work:
        assert work.orders.get([OrderId(101)])[OrderId(101)].shopper.email == JAN.title()


def test_nonsense_is_no_address(web: Web) -> None:
    assert ask(web, "POST", "/shoppers/erase", {"email": "%"}).status_code == 422


def test_what_is_older_than_the_merchant_wants_names_nobody_any_more(web: Web) -> None:
    an_order_of_jan(web, stage=OrderStage.CLOSED)
    wait(web, "told@example.com")
    wait(web, "waits@example.com")
    with web.plugin.units(ADA) as work:
        work.waitlist.save_state(2, WaitlistState.WAITING, at=NOW)
        work.commit()
    web.time.move_to(NOW + timedelta(days=1824))
    web.plugin.privacy.forget_old(ADA)
    left = everything(web)
    assert ("told@example.com" in left, "waits@example.com" in left, JAN in left.lower()) == (False, True, True)
    web.time.move_to(NOW + timedelta(days=1826))
    web.plugin.privacy.forget_old(ADA)
    assert [word for word in PERSON if word.lower() in everything(web).lower()] == []
