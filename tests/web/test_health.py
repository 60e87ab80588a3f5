"""For operators: alive, ready, metrics; and that none of them says anything to a stranger."""

from collections.abc import Callable

import pytest
from pydantic import SecretStr
from sqlalchemy import text

from plugin.embedded import EmbeddedServer
from tests.web.stage import Web


def test_alive(web: Web) -> None:
    answer = web.client().get("/live")
    assert (answer.status_code, answer.json) == (200, {"status": "alive"})


def test_ready_without_redis_and_saying_so(make_web: Callable[..., Web]) -> None:
    answer = make_web().client().get("/ready")
    assert answer.json == {"database": "answers", "schema": "head", "queue": "away"}
    assert answer.status_code == 200


def test_ready_with_redis(make_web: Callable[..., Web], queue_server: EmbeddedServer) -> None:
    answer = make_web(redis_url=queue_server.url).client().get("/ready")
    assert (answer.status_code, answer.json["queue"]) == (200, "answers")  # type: ignore[index]


@pytest.mark.parametrize(
    ("change", "state", "status"),
    [
        ("update alembic_version set version_num = '9999'", "newer", 200),
        ("delete from alembic_version", "empty", 503),
    ],
)
def test_whoever_runs_goes_on_after_a_newer_migration_and_not_without_any(
    make_web: Callable[..., Web], change: str, state: str, status: int
) -> None:
    """During a deploy the old version answers until the new one is there; to start on a newer schema is refused."""
    web = make_web()
    with web.plugin.engine.begin() as connection:
        connection.execute(text(change))
    answer = web.client().get("/ready")
    assert (answer.status_code, answer.json["schema"]) == (status, state)  # type: ignore[index]


def test_metrics_without_a_token_are_for_this_machine_only(web: Web) -> None:
    client = web.client()
    assert b"backorder_webhooks_total" in client.get("/metrics").data
    assert client.get("/metrics", environ_base={"REMOTE_ADDR": "203.0.113.9"}).status_code == 401
    assert client.get("/metrics", headers={"X-Forwarded-For": "127.0.0.1"}).status_code == 401
    assert client.get("/metrics", headers={"Forwarded": "for=127.0.0.1"}).status_code == 401


def test_metrics_with_a_token_ask_for_it(make_web: Callable[..., Web]) -> None:
    client = make_web(metrics_token=SecretStr("let-me-see")).client()
    assert client.get("/metrics").status_code == 401
    assert client.get("/metrics", headers={"Authorization": "Bearer wrong"}).status_code == 401
    assert client.get("/metrics", headers={"Authorization": "Bearer é"}).status_code == 401
    seen = client.get(
        "/metrics", headers={"Authorization": "Bearer let-me-see"}, environ_base={"REMOTE_ADDR": "1.2.3.4"}
    )
    assert (seen.status_code, seen.mimetype) == (200, "text/plain")
