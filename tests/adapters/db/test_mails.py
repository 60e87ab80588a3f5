"""What was sent to whom: newest first, by kind, in pages along an index, with what became of each; and only the store's own."""

import pytest
from sqlalchemy import text

from plugin.adapters.db.mails import SqlMails
from plugin.services.errors import GiveUp
from plugin.services.ports.messages import MessageKind
from plugin.services.proof import MailResult
from tests.adapters.db.conftest import ADA, BO, a_message
from tests.builders import NOW, an_order


@pytest.fixture
def mails(engine, directory):
    return SqlMails(engine)


def test_each_mail_says_what_became_of_it(mails, work):
    with work() as unit:
        ids = unit.messages.add([a_message(key) for key in ("waits", "sent", "dropped", "parked", "test:x")], at=NOW)
        unit.messages.sent(ids[1], at=NOW, subject="s", text="t")
        unit.messages.drop([ids[2]], at=NOW)
        unit.messages.park(ids[3], GiveUp("rejected", "No such mailbox."))
    rows = mails.page(ADA)
    assert [row.result for row in rows] == [
        MailResult.WAITING,
        MailResult.GIVEN_UP,
        MailResult.DROPPED,
        MailResult.SENT,
        MailResult.WAITING,
    ]
    assert [row.is_test for row in rows] == [True, False, False, False, False]
    assert (rows[1].problem, rows[3].subject, rows[3].text, rows[3].sent_at) == ("No such mailbox.", "s", "t", NOW)


def test_pages_go_back_by_kind_and_another_stores_mails_are_not_among_them(mails, work):
    with work() as unit:
        unit.messages.add([a_message(str(n)) for n in range(5)] + [a_message("x", kind=MessageKind.ARRIVED)], at=NOW)
    with work(BO) as unit:
        unit.messages.add([a_message("bos", to="bo@example.com")], at=NOW)
    first = mails.page(ADA, kind=MessageKind.CONFIRMED, limit=3)
    rest = mails.page(ADA, kind=MessageKind.CONFIRMED, before=first[-1].message_id, limit=3)
    assert (len(first), len(rest), len(mails.page(ADA)), len(mails.page(BO))) == (3, 2, 6, 1)
    assert [row.to for row in mails.page(BO)] == ["bo@example.com"]


def test_channels_are_those_orders_came_from(mails, work):
    with work() as unit:
        unit.orders.save([an_order()])
    assert (mails.channels(ADA), mails.channels(BO)) == ((1,), ())


def test_mails_of_a_kind_are_found_by_their_index(engine, mails):
    is_sqlite = engine.dialect.name == "sqlite"
    query = "SELECT * FROM outbox WHERE tenant_id = 'ada' AND kind = 'delay' AND id < 99 ORDER BY id DESC LIMIT 9"
    with engine.begin() as connection:
        if not is_sqlite:
            connection.execute(text("SET LOCAL enable_seqscan = off"))
        plan = str(connection.execute(text(f"EXPLAIN {'QUERY PLAN ' if is_sqlite else ''}{query}")).all())
    assert "ix_outbox_kind" in plan
