"""Calls to the shop are kept with what they carried out: from the webhook of an order to the PUT that followed it."""

import pytest

from plugin.adapters.bigcommerce.client import Called
from plugin.bootstrap import _note as note
from plugin.services.causes import (
    CallMade,
    Cause,
    CauseKind,
    because,
    calls_noted,
    current_cause,
    ids_in,
    linked,
    note_call,
)
from plugin.services.errors import RetryLater
from tests.fakes.clock import FakeClock
from tests.services.town import ADA, Town

METAFIELDS = {"rows": [{"resource_id": 101, "value": "Ada Lovelace"}, {"id": 7, "resource_id": 102}], "limit": 3}


@pytest.mark.parametrize(
    ("body", "ids"),
    [
        (METAFIELDS, {101, 102, 7}),
        ([{"id": 77, "variants": [{"id": 105}]}], {77, 105}),
        ({"items": [{"variant_id": 105, "quantity": 9}]}, {105}),
        ([4, 5], {4, 5}),
        (None, set()),
    ],
)
def test_ids_are_found_wherever_a_request_has_them(body: object, ids: set[int]) -> None:
    assert ids_in(body) == ids


def test_a_call_is_noted_without_what_it_said() -> None:
    clock = FakeClock()
    sent = {"order_id": 101, "staff_notes": "Ada Lovelace, ada@example.com"}
    with calls_noted() as calls:
        note(clock, Called(ADA, "PUT", "/v2/orders/101", 200, 0.0814, "req-1", sent))
        note(clock, Called(ADA, "GET", "/v2/orders/101", 200, 0.1, "req-2"))
    assert calls == [CallMade(clock.now(), "PUT", "/v2/orders/101", 200, 81, "req-1", (101,))]
    note(clock, Called(ADA, "PUT", "/v2/orders/102", 200, 0.1, "", None))
    assert len(calls) == 1


def test_a_call_belongs_to_those_whose_things_it_names() -> None:
    named, unnamed = (CallMade(FakeClock().now(), "PUT", "/", 200, 1, "", ids) for ids in ((77, 78), ()))
    served = [(1, frozenset({77})), (2, frozenset({99})), (None, frozenset({78}))]
    assert [link.causes for link in linked([named, unnamed], served)] == [{1}, {1, 2}]


def test_a_cause_ends_with_what_it_was_for() -> None:
    with because(Cause(CauseKind.JOB, "publish")):
        with because(Cause(CauseKind.EVENTS)):
            assert current_cause() == Cause(CauseKind.EVENTS)
        assert current_cause() == Cause(CauseKind.JOB, "publish")
    assert current_cause() is None


def heard(town: Town, path: str, *, status: int = 200) -> None:
    note_call(CallMade(town.clock.now(), "PUT", path, status, 12, "req-1"))


def test_from_the_webhook_of_an_order_to_the_call_that_followed(town: Town) -> None:
    town.install()
    town.sell_past_zero()
    write = town.shop.write_metafields
    town.shop.write_metafields = lambda *asked: (heard(town, "/v3/orders/metafields"), write(*asked))[1]  # type: ignore[method-assign]
    town.buy(2)
    entry = town.plugin.queries.activity(ADA, about="order:101", kinds=["promised"])[0]
    found = town.plugin.activity.behind(ADA, entry.activity_id)
    assert found is not None
    _, chain = found
    assert [row.topic for row in chain.webhooks] == ["store/order/updated"]
    assert "/v3/orders/metafields" in [row.path for row in chain.calls]
    assert [row.to for row in chain.mails] == ["ada@example.com"]


def test_a_call_that_failed_is_kept_as_well(town: Town) -> None:
    town.install()
    town.sell_past_zero()

    def away(*_: object) -> None:
        heard(town, "/v3/orders/metafields", status=503)
        raise RetryLater("Away.")

    town.shop.write_metafields = away  # type: ignore[method-assign, assignment]
    town.buy(2)
    assert {(row["path"], row["status"]) for row in town.table("calls")} == {("/v3/orders/metafields", 503)}
