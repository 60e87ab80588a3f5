"""The merchant's pages: what they show, what their buttons do, and what they say when something is wrong."""

import re
from dataclasses import replace
from datetime import date, timedelta

import pytest
import responses
from sqlalchemy import insert, update
from werkzeug.test import TestResponse

from plugin.adapters.db.tables import order_lines, orders, outbox
from plugin.domain.order import InventorySettings, OrderStage
from plugin.domain.stock import SellingMode, StockTiming
from plugin.domain.store import SETUP_STEPS, ConnectionState
from plugin.services.ports.inbox import Envelope
from plugin.services.ports.messages import MessageKind
from tests.builders import a_shipment
from tests.web.stage import ADA, BO, NOW, Web, change_profile, fill


def home(web: Web, done: str = "") -> str:
    answer = web.client().get(f"/app/ada/?done={done}&t={web.ticket()}")
    assert answer.status_code == 200
    return answer.text


def page(web: Web, path: str) -> str:
    answer = web.client().get(f"/app/ada/{path}", headers={"Authorization": f"Bearer {web.token()}"})
    assert answer.status_code == 200
    return answer.text


def press(web: Web, button: str, **fields: str) -> TestResponse:
    return web.client().post(f"/app/ada/{button}", data={"session": web.token(), **fields})


def words(page: str) -> str:
    """The page as read aloud: text only, spaces collapsed."""
    return " ".join(re.sub(r"<[^>]+>", " ", page).split())


def set_state(web: Web, state: ConnectionState, step: str = "") -> None:
    with web.plugin.units(ADA) as work:
        work.save_tenant(replace(work.tenant(), state=state, setup_step=step))
        work.commit()


# -------------------------------------------------------------------------------------------------- first page


def test_the_first_page_says_what_needs_attention_first(web: Web) -> None:
    fill(web.plugin, ADA)
    promise(web, order=101, on=date(2026, 2, 27))
    promise(web, order=102, on=date(2026, 3, 18))
    with web.plugin.units(ADA) as work:
        work.shipments.add(a_shipment(reference="PO-112", eta=("2026-02-20", "2026-02-26"), item="77:106", quantity=9))
        work.commit()
    text = words(home(web))
    matters = [
        "1 order has missed its promised date.",
        "PO-112 of Acme is 4 days late.",
        "1 thing was put aside after many tries.",
        "4 steps of the setup are left.",
    ]
    assert [text.index(each) for each in matters] == sorted(text.index(each) for each in matters)
    for said in (
        "Units owed 8 over 2 items",
        "Oldest promise 27 Feb 2026",
        "Late lines 1 of 3 that wait",
        "On-time rate – Of what left",
        "8 units are owed. 1 of them is overdue.",
        "No order with a promise has left in the last eight weeks.",
    ):
        assert said in text


def test_the_on_time_rate_counts_orders_that_left_and_those_that_left_late(web: Web) -> None:
    fill(web.plugin, ADA)
    for order in (101, 102, 103):
        promise(web, order=order, on=date(2026, 2, 27))
    with web.plugin.engine.begin() as connection:
        connection.execute(update(orders).values(stage=OrderStage.CLOSED))
        late = {"kind": MessageKind.SHIPPED_LATE, "to": "a@b.example", "facts": {}, "created_at": NOW, "attempts": 1}
        connection.execute(insert(outbox).values(tenant_id=ADA, id=900, key="late", order_id=102, **late))
    text = words(home(web))
    assert "On-time rate 67%" in text
    assert "3 orders left, 1 of them late." in text


def test_weeks_that_are_too_long_to_count_are_left_out_whole(web: Web, monkeypatch: pytest.MonkeyPatch) -> None:
    fill(web.plugin, ADA)
    for order in (101, 102, 103):
        promise(web, order=order, on=date(2026, 2, 27))
    with web.plugin.engine.begin() as connection:
        connection.execute(update(orders).values(stage=OrderStage.CLOSED, modified_at=NOW))
        earlier = orders.c.order_id.in_((102, 103))
        connection.execute(update(orders).where(earlier).values(modified_at=NOW - timedelta(days=14)))
    assert "3 orders left, 0 of them late." in words(home(web))
    monkeypatch.setattr("plugin.adapters.db.home.MOST_COUNTED", 2)
    assert "1 order left, 0 of them late. Earlier weeks had more than can be counted here." in words(home(web))


def promise(web: Web, *, order: int, on: date) -> None:
    with web.plugin.engine.begin() as connection:
        told = {"promised_on": on, "is_late": on < NOW.date()}
        connection.execute(update(order_lines).where(order_lines.c.order_id == order).values(told))


def test_a_store_that_cannot_hold_the_limit_hears_it_first_with_the_way_to_change_it(web: Web) -> None:
    with web.plugin.units(ADA) as work:
        work.save_tenant(replace(work.tenant(), inventory=InventorySettings(timing=StockTiming.SHIPPED)))
        work.commit()
    text = words(home(web))
    assert "Needs attention Your store takes units off its stock only when an order ships." in text
    assert "/app/ada/settings/selling?" in home(web)
    for path in ("settings/selling", "setup"):
        assert "This store cannot hold a backorder limit" in page(web, path)
        assert "let stock be adjusted when an order is placed" in page(web, path)


def test_a_store_where_all_is_well_says_so(web: Web) -> None:
    for step in SETUP_STEPS:
        web.plugin.store_settings.tick(ADA, step)
    text = words(home(web))
    assert "Nothing needs you right now." in text
    assert "Nothing is owed." in text
    assert "None has come yet" in text


def test_the_last_webhook_is_told(web: Web) -> None:
    web.plugin.inbox_writer.store([Envelope(ADA, "store/order/created", "k1", "{}")])
    web.time.shift(3 * 60)
    assert "Last webhook 3 minutes ago Webhooks in 24 hours 1" in words(home(web))


def test_names_from_the_shop_are_text_and_nothing_else(web: Web) -> None:
    change_profile(web.plugin, ADA, name="<script>alert(1)</script>")
    page = home(web)
    assert "<script>" not in page
    assert "&lt;script&gt;alert(1)&lt;/script&gt;" in page


@pytest.mark.parametrize("done", ["", "nonsense", "<script>"])
def test_only_known_messages_are_shown(web: Web, done: str) -> None:
    assert 'class="message success"' not in home(web, done)
    assert "Your store is being read again" in home(web, "resync")


@pytest.mark.parametrize(
    ("step", "badges"),
    [
        ("waiting", ["Now", "Next", "Next", "Next", "Next"]),
        ("catalog", ["Done", "Done", "Now", "Next", "Next"]),
        ("stock", ["Done", "Done", "Done", "Done", "Now"]),
        ("a step of a newer version", ["Now", "Next", "Next", "Next", "Next"]),
    ],
)
def test_the_set_up_shows_how_far_it_is_and_renews_itself(web: Web, step: str, badges: list[str]) -> None:
    set_state(web, ConnectionState.INSTALLING, step)
    page = home(web)
    assert re.findall(r">(Done|Now|Next)<", page) == badges
    assert 'http-equiv="refresh"' in page
    assert "Welcome to Backorder" in page


def test_a_connected_store_does_not_renew_itself(web: Web) -> None:
    assert 'http-equiv="refresh"' not in home(web)


def test_a_disconnected_store_says_why_and_what_to_do(web: Web) -> None:
    with responses.RequestsMock() as api:
        api.get(f"{web.plugin.settings.api_url}/stores/{ADA}/v2/time", status=401)
        web.plugin.tenants.disconnect(ADA)
    text = words(home(web))
    assert "Disconnected" in text
    assert "Open the app in the control panel to connect it again." in text


# ----------------------------------------------------------------------------------------------------- buttons


def test_the_way_of_selling_can_be_chosen(web: Web) -> None:
    fill(web.plugin, ADA)
    assert press(web, "selling", mode="virtual").status_code == 303
    tenant = web.plugin.directory.find(ADA)
    assert tenant is not None
    assert tenant.mode is SellingMode.VIRTUAL
    assert "Virtual stock In use" in words(page(web, "settings/selling"))
    assert press(web, "selling", mode="automatic").status_code == 303
    assert web.plugin.directory.find(ADA).settings.mode_override is None  # type: ignore[union-attr]


@pytest.mark.parametrize("mode", ["native", "", "both", "<script>"])
def test_a_way_the_store_does_not_have_is_refused(web: Web, mode: str) -> None:
    answer = press(web, "selling", mode=mode)
    assert answer.status_code == 422
    assert "<script>" not in answer.text
    assert web.plugin.directory.find(ADA).settings.mode_override is None  # type: ignore[union-attr]


def test_leaving_asks_first_and_says_what_is_given_back(web: Web) -> None:
    fill(web.plugin, ADA)
    answer = web.client().get(f"/app/ada/leave?t={web.ticket()}")
    assert answer.status_code == 200
    assert "3 order lines are still waiting" in words(answer.text)
    assert web.plugin.directory.find(ADA).state is ConnectionState.CONNECTED  # type: ignore[union-attr]


def test_leaving_restores_and_says_how_far_it_is(web: Web) -> None:
    assert press(web, "leave").status_code == 303
    assert web.plugin.directory.find(ADA).state is ConnectionState.LEFT  # type: ignore[union-attr]
    assert "Your store is being given back as it was" in words(home(web))
    set_state(web, ConnectionState.LEFT)
    page = home(web)
    assert "Your store is as it was before Backorder" in words(page)
    assert "Leave …" not in page


def test_a_parked_event_is_tried_again(web: Web) -> None:
    fill(web.plugin, ADA)
    (row,) = web.plugin.queries.parked(ADA)
    assert press(web, "try-again", thing=row.thing, key=row.key).status_code == 303
    assert web.plugin.queries.parked(ADA) == ()
    with web.plugin.units(ADA) as work:
        assert work.inbox.has_due(at=web.plugin.clock.now())


@pytest.mark.parametrize(
    ("thing", "key"),
    [
        ("order", "1"),
        ("", ""),
        ("event", "x"),
        ("event", "9" * 30),
        ("message", "-1"),
        ("publication", "product"),
        ("publication", "nothing:77"),
    ],
)
def test_nothing_else_is_tried_again(web: Web, thing: str, key: str) -> None:
    fill(web.plugin, ADA)
    assert press(web, "try-again", thing=thing, key=key).status_code in {303, 422}
    assert len(web.plugin.queries.parked(ADA)) == 1


def test_another_stores_parked_event_stays_parked(web: Web) -> None:
    fill(web.plugin, ADA)
    (row,) = web.plugin.queries.parked(ADA)
    fields = {"session": web.token(BO), "thing": row.thing, "key": row.key}
    assert web.client().post("/app/bo/try-again", data=fields).status_code == 303
    assert len(web.plugin.queries.parked(ADA)) == 1
