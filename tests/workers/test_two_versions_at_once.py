"""During a deploy old and new run side by side: what only the other knows waits for it, and holds up nothing else."""

import logging
from datetime import UTC, datetime

from rq.registry import FailedJobRegistry
from rq.serializers import JSONSerializer
from sqlalchemy import insert

from plugin.adapters.db.tables import outbox
from plugin.adapters.queue import INBOX, QUEUES, RqQueue, connect, make_queue, waiting_key
from tests.flow.stage import TestWorker
from tests.services.town import ADA, MUG, Town

LONG_AGO = datetime(2026, 1, 1, tzinfo=UTC)
RAN: list[str] = []


def known_job(name: str) -> None:
    RAN.append(name)


def test_an_event_of_ours_that_only_a_newer_version_knows_waits_for_it(town: Town):
    now = town.clock.now()
    with town.plugin.units(ADA) as work:
        work.inbox.add("backorder/from_the_future", {"items": [MUG]}, at=now, due_at=now)
        work.commit()
    order = town.buy(3)
    assert town.owed() == {order.order_id: 2}
    [event] = [row for row in town.table("inbox") if row["topic"] == "backorder/from_the_future"]
    assert (event["due_at"] is not None, event["parked_reason"]) == (True, None)


def test_a_mail_that_only_a_newer_version_knows_waits_for_it_and_holds_up_no_other(town: Town):
    row = {
        "tenant_id": ADA,
        "id": 900,
        "key": "future:1",
        "kind": "confirmed",
        "to": "ada@example.com",
        "locale": "en",
        "facts": {},
        "created_at": LONG_AGO,
        "due_at": LONG_AGO,
        "attempts": 0,
    }
    with town.plugin.engine.begin() as connection:
        connection.execute(insert(outbox), row)
        connection.exec_driver_sql("update outbox set kind = 'from_the_future' where id = 900")
    town.buy(3)
    town.wait(minutes=16)
    assert town.told() == ["confirmed"]
    [mail] = [each for each in town.table("outbox") if each["id"] == 900]
    assert (mail["due_at"] is not None, mail["sent_at"], mail["attempts"]) == (True, None, 0)


def test_a_row_with_columns_of_a_newer_version_is_read_and_written_by_the_older(town: Town):
    """Migrations add what may be left out: an older version inserts and updates beside it."""
    with town.plugin.engine.begin() as connection:
        for table in ("orders", "order_lines", "inbox", "outbox", "stock_moves", "publications"):
            connection.exec_driver_sql(f"alter table {table} add column from_the_future integer not null default 7")
    order = town.buy(3)
    town.wait(minutes=16)
    assert (town.owed(), town.told()) == ({order.order_id: 2}, ["confirmed"])
    assert {row["from_the_future"] for row in town.table("order_lines")} == {7}


def test_a_job_that_only_another_version_knows_is_put_aside_and_the_next_ones_run(redis_url: str):
    connection = connect(redis_url)
    queue = make_queue(INBOX, connection)
    queue.enqueue_call("workers.jobs.from_the_future", args=("ada",), result_ttl=0, failure_ttl=60)
    queue.enqueue_call("tests.workers.test_two_versions_at_once.known_job", args=("bo",), result_ttl=0)
    worker = TestWorker(
        [make_queue(name, connection) for name in QUEUES], connection=connection, serializer=JSONSerializer
    )
    RAN.clear()
    worker.work(burst=True, logging_level=logging.CRITICAL)
    assert RAN == ["bo"]
    [put_aside] = FailedJobRegistry(queue=queue).get_job_ids()
    assert queue.fetch_job(put_aside).func_name == "workers.jobs.from_the_future"


def test_a_wake_up_that_an_older_worker_put_aside_is_given_again_within_a_minute(redis_url: str):
    """The mark that a job like it waits runs out; the rows are there, and the clock looks each second."""
    connection = connect(redis_url)
    RqQueue(connection).wake("drain_inbox", "ada")
    assert 0 < connection.ttl(waiting_key("drain_inbox", "ada")) <= 60
