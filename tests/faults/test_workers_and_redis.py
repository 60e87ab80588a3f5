"""Redis gone or flushed, workers killed between claim and finish: the database remembers, and webhooks get their 200."""

from collections.abc import Iterator
from datetime import timedelta
from pathlib import Path

import pytest

from plugin.adapters.queue import connect
from plugin.domain.ids import LocationId
from plugin.domain.stock import StockMove
from plugin.embedded import EmbeddedServer
from plugin.services.publishing import merged
from tests.faults.watching import number, owed, patience, told
from tests.flow.stage import Stage, item, on_stage


@pytest.fixture
def own_stage(tmp_path: Path, own_queue_server: EmbeddedServer, database_address: str) -> Iterator[Stage]:
    """With a Redis that may be killed."""
    with on_stage(tmp_path, own_queue_server.url, database_address) as stage:
        stage.install()
        stage.sell_past_zero(limit=3)
        stage.come_to_rest()
        yield stage


def test_webhooks_are_taken_while_redis_is_gone_and_worked_on_when_it_is_back(
    own_stage: Stage, own_queue_server: EmbeddedServer
):
    stage, engine = own_stage, own_stage.sandbox.world.webhooks
    own_queue_server.kill()
    before = len(engine.deliveries)
    order = stage.buy(3)
    assert engine.wait_until_drained(30)
    answered = list(engine.deliveries)[before:]
    assert {(each.state, each.attempts[0].status) for each in answered} == {("delivered", 200)}
    own_queue_server.start()
    patience(stage)
    assert (owed(stage), told(stage)) == ({order.id: 2}, 1)


def test_a_flush_in_the_middle_costs_a_second(stage: Stage):
    order = stage.buy(3)
    assert stage.sandbox.world.webhooks.wait_until_drained(30)
    stage.plugin.queue._connection.flushall()
    stage.wait(1)
    assert (owed(stage), told(stage)) == ({order.id: 2}, 1)


def test_events_of_a_worker_that_was_killed_are_taken_up_by_another(stage: Stage):
    order = stage.buy(3)
    assert stage.sandbox.world.webhooks.wait_until_drained(30)
    now = stage.plugin.clock.now()
    with stage.plugin.units(stage.tenant) as work:
        assert work.inbox.claim(at=now, limit=100)
        work.commit()
    stage.settle()
    assert owed(stage) == {}
    stage.wait(121)
    assert (owed(stage), told(stage)) == ({order.id: 2}, 1)


def test_the_lease_of_a_worker_that_was_killed_runs_out(stage: Stage):
    dead = type(stage.plugin.directory)(stage.plugin.engine, stage.plugin.directory._cipher)
    now = stage.plugin.clock.now()
    assert dead.claim_lease(stage.tenant, "drain", at=now, until=now + timedelta(minutes=10))
    order = stage.buy(3)
    assert stage.sandbox.world.webhooks.wait_until_drained(30)
    stage.run_jobs()
    assert owed(stage) == {}
    stage.sandbox.world.clock.move(3600)
    patience(stage)
    assert (owed(stage), told(stage)) == ({order.id: 2}, 1)


@pytest.mark.parametrize("reached_the_shop", [True, False])
def test_a_move_of_a_worker_that_was_killed_is_settled_by_what_the_shop_shows(stage: Stage, reached_the_shop: bool):
    stage.buy(3)
    stage.come_to_rest()
    before = number(stage)
    with stage.plugin.units(stage.tenant) as work:
        work.stock.add_moves(
            [StockMove(item(), LocationId(1), 5, 0, 0, "PO-118 arrived.")], at=stage.plugin.clock.now()
        )
        claimed = work.stock.claim_moves(at=stage.plugin.clock.now(), limit=10)
        work.commit()
    if reached_the_shop:
        stage.plugin.stores.open(stage.tenant).adjust_stock(merged(claimed))
    patience(stage)
    assert number(stage) == before + 5


def test_a_mail_claimed_by_a_worker_that_was_killed_goes_out_later(stage: Stage):
    stage.buy(3)
    assert stage.sandbox.world.webhooks.wait_until_drained(30)
    stage.plugin.inbox.drain(stage.tenant)
    now = stage.plugin.clock.now()
    with stage.plugin.units(stage.tenant) as work:
        for message in work.messages.due(at=now, limit=10):
            work.messages.claim(message, at=now)
        work.commit()
    stage.settle()
    assert told(stage) == 0
    stage.wait(121)
    assert told(stage) == 1


@pytest.mark.parametrize("trouble", ["out of memory", "slow", "restarted empty"])
def test_webhooks_are_taken_whatever_redis_suffers_and_all_is_done_within_a_minute(
    own_stage: Stage, own_queue_server: EmbeddedServer, trouble: str
):
    stage, engine = own_stage, own_stage.sandbox.world.webhooks
    redis, before = connect(own_queue_server.url), len(own_stage.sandbox.world.webhooks.deliveries)
    match trouble:
        case "out of memory":
            redis.config_set("maxmemory-policy", "noeviction")
            redis.config_set("maxmemory", "1")
        case "slow":
            redis.execute_command("CLIENT", "PAUSE", "4000", "ALL")
        case _:
            redis.flushall()
            own_queue_server.kill()
    order = stage.buy(3)
    assert engine.wait_until_drained(30)
    answered = list(engine.deliveries)[before:]
    assert {(each.state, each.attempts[0].status, len(each.attempts)) for each in answered} == {("delivered", 200, 1)}
    match trouble:
        case "out of memory":
            redis.config_set("maxmemory", "0")
        case "restarted empty":
            own_queue_server.start()
    stage.wait(59)
    assert (owed(stage), told(stage)) == ({order.id: 2}, 1)
