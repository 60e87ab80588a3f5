"""Why rows were written, and the way from a webhook over a decision to the call and the mail: recorded, per store, forgotten."""

from datetime import timedelta

import pytest

from plugin.adapters.db.activity import SqlActivity
from plugin.adapters.db.queries import SqlQueries
from plugin.domain.ids import OrderId
from plugin.domain.saying import said
from plugin.services.causes import CallMade, Cause, CauseKind, LinkedCall, because
from plugin.services.ports.desk import Activity
from plugin.services.ports.messages import MessageKind, NewMessage
from tests.adapters.db.conftest import ADA, BO, NOW, a_move, a_publication

EVENTS = Cause(CauseKind.EVENTS)
CALL = CallMade(NOW, "PUT", "/v3/catalog/products", 200, 81, "req-1", (77,))


def an_entry(about="order:101", kind="promised"):
    return Activity(NOW, kind, about, said("It was decided."))


def a_mail(order=101):
    return NewMessage(f"confirmed:{order}", MessageKind.CONFIRMED, "a@example.com", "en", {}, order_id=OrderId(order))


def hear(unit, number, *, topic="store/order/created"):
    unit.inbox.add(topic, {"data": {"id": number}}, at=NOW, due_at=NOW)


def decide(work, *entries, mails=(), wants=(), cause=EVENTS, tenant=ADA):
    """One unit of work, as the drain does it: claim, decide, finish."""
    with work(tenant) as unit:
        events = unit.inbox.claim(at=NOW, limit=99)
    with because(cause), work(tenant) as unit:
        unit.journal.add(entries)
        unit.messages.add(mails, at=NOW)
        unit.publications.want(wants)
        unit.inbox.finish([event.event_id for event in events])


def entry_of(engine, about="order:101", kinds=()):
    return SqlQueries(engine).activity(ADA, about=about, kinds=kinds)[0].activity_id


@pytest.fixture
def activity(engine):
    return SqlActivity(engine)


def test_all_rows_of_one_unit_of_work_name_one_cause(work, rows):
    with because(Cause(CauseKind.USER, "activity", 7)), work() as unit:
        unit.journal.add([an_entry(), an_entry("item:77")])
        unit.messages.add([a_mail()], at=NOW)
        unit.publications.want([a_publication("77", desired={"text": "x"})])
        unit.stock.add_moves([a_move()], at=NOW)
        unit.inbox.add("backorder/replan", {}, at=NOW, due_at=NOW)
    (cause,) = rows("causes")
    assert (cause.kind, cause.name, cause.user_id, cause.at) == (CauseKind.USER, "activity", 7, NOW)
    named = [
        row.cause_id for name in ("journal", "outbox", "publications", "stock_moves", "inbox") for row in rows(name)
    ]
    assert named == [cause.id] * 6


def test_what_nobody_gave_a_cause_for_has_none(work, units, rows):
    with work() as unit:
        unit.journal.add([an_entry()])
    with because(EVENTS), work() as unit:
        unit.journal.add([])
        unit.messages.add([], at=NOW)
    with because(EVENTS), units(ADA) as unit:
        unit.journal.add([an_entry("item:1")])
    assert ([row.cause_id for row in rows("journal")], rows("causes")) == ([None], [])


def test_a_decision_leads_to_its_webhook_its_call_and_its_mail(work, activity, engine):
    with work() as unit:
        hear(unit, 101)
        hear(unit, 102)
    others = (an_entry("order:102"), an_entry(kind="allocated"))
    decide(work, an_entry(), *others, mails=[a_mail(), a_mail(102)], wants=[a_publication("77", desired={"text": "x"})])
    with work() as unit:
        (wanted,) = unit.publications.get(a_publication("77").kind, ["77"]).values()
        unit.calls.add([LinkedCall(CALL, frozenset({wanted.cause_id}))])
    entry, chain = activity.behind(ADA, entry_of(engine, kinds=("promised",)))
    assert (entry.about, chain.is_recorded) == ("order:101", True)
    assert [row.body for row in chain.webhooks] == ['{"data":{"id":101}}']
    assert [(row.method, row.path, row.status, row.milliseconds, row.request_id) for row in chain.calls] == [
        ("PUT", "/v3/catalog/products", 200, 81, "req-1")
    ]
    assert [row.to for row in chain.mails] == ["a@example.com"]
    assert [(row.kind, row.about) for row in chain.decisions] == [("allocated", "order:101")]


def test_a_webhook_and_a_call_lead_back_to_what_was_decided(work, activity, engine):
    with work() as unit:
        hear(unit, 101)
    decide(work, an_entry(), an_entry("item:77"), wants=[a_publication("77", desired={"text": "x"})])
    with work() as unit:
        (wanted,) = unit.publications.get(a_publication("77").kind, ["77"]).values()
        unit.calls.add([LinkedCall(CALL, frozenset({wanted.cause_id}))])
    (webhook,), (call,) = (
        activity.behind(ADA, entry_of(engine))[1].webhooks,
        activity.behind(ADA, entry_of(engine))[1].calls,
    )
    heard, followed = activity.webhook(ADA, webhook.event_id)
    assert (heard.topic, [row.about for row in followed.decisions]) == ("store/order/created", ["order:101"])
    assert [row.call_id for row in followed.calls] == [call.call_id]
    made, way = activity.call(ADA, call.call_id)
    assert (made, [row.about for row in way.decisions]) == (call, ["item:77"])
    assert [row.event_id for row in way.webhooks] == [webhook.event_id]


def test_a_mail_leads_back_to_what_was_decided_and_to_the_webhook(work, activity, rows):
    with work() as unit:
        hear(unit, 101)
        hear(unit, 102)
    decide(work, an_entry(), an_entry("order:102"), mails=[a_mail(), a_mail(102)])
    mail, _ = rows("outbox")
    chain = activity.mail(ADA, mail.id)
    assert [row.about for row in chain.decisions] == ["order:101"]
    assert [row.body for row in chain.webhooks] == ['{"data":{"id":101}}']
    assert (chain.mails, chain.is_recorded) == ((), True)
    assert activity.mail(BO, mail.id) is None


def test_a_mail_from_before_causes_leads_to_what_was_decided_about_its_order_then(work, activity, rows):
    with work() as unit:
        unit.journal.add([an_entry(), an_entry("order:102")])
        unit.messages.add([a_mail()], at=NOW)
    (mail,) = rows("outbox")
    chain = activity.mail(ADA, mail.id)
    assert ([row.about for row in chain.decisions], chain.is_recorded) == (["order:101"], False)


def test_what_was_put_off_leads_back_to_who_asked_for_it(work, activity, engine):
    with because(Cause(CauseKind.USER, "settings_calendar", 1)), work() as unit:
        hear(unit, 0, topic="backorder/replan")
    decide(work, an_entry())
    _, chain = activity.behind(ADA, entry_of(engine))
    assert [(row.kind, row.who) for row in chain.causes] == [(CauseKind.USER, "ada@example.com")]
    assert chain.webhooks == ()


def test_a_call_of_ones_own_belongs_to_the_unit_that_keeps_it(work, activity, engine):
    with because(Cause(CauseKind.JOB, "refund")), work() as unit:
        unit.journal.add([an_entry(kind="refunded")])
        unit.calls.add([LinkedCall(CALL)])
    _, chain = activity.behind(ADA, entry_of(engine))
    assert ([row.name for row in chain.causes], len(chain.calls)) == (["refund"], 1)


def test_nothing_of_it_is_another_stores(work, activity, engine, directory, rows):
    with work() as unit:
        hear(unit, 101)
    decide(work, an_entry())
    with because(EVENTS), work() as unit:
        unit.calls.add([LinkedCall(CALL)])
    _, chain = activity.behind(ADA, entry_of(engine))
    assert activity.behind(BO, entry_of(engine)) is None
    assert activity.webhook(BO, chain.webhooks[0].event_id) is None
    (call,) = rows("calls")
    assert activity.call(ADA, call.id) is not None
    assert activity.call(BO, call.id) is None


def test_after_a_month_the_way_is_forgotten_and_the_decision_stays(work, activity, engine, directory, rows):
    decide(work, an_entry())
    with because(EVENTS), work() as unit:
        unit.calls.add([LinkedCall(CALL)])
    directory.prune(at=NOW + timedelta(days=30))
    assert (len(rows("causes")), len(rows("calls")), len(rows("call_causes"))) == (2, 1, 1)
    directory.prune(at=NOW + timedelta(days=30, seconds=1))
    assert (rows("causes"), rows("calls"), rows("call_causes")) == ([], [], [])
    entry, chain = activity.behind(ADA, entry_of(engine))
    assert (str(entry.said), chain.is_recorded) == ("It was decided.", False)


def test_who_erases_a_store_erases_its_calls(work, directory, rows):
    with because(EVENTS), work() as unit:
        unit.calls.add([LinkedCall(CALL)])
    directory.erase(ADA)
    assert (rows("causes"), rows("calls"), rows("call_causes")) == ([], [], [])
