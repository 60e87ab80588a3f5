"""A whole run, with everything logged and everything going wrong: no secret and no person's address is in any line."""

import json
import logging
import re

import pytest
import structlog

from plugin import telemetry
from tests.faults.watching import plant
from tests.flow.stage import Stage


class Everything:
    log_format, log_level = "json", "debug"


def secrets_of(stage: Stage) -> dict[str, str]:
    settings, store = stage.plugin.settings, stage.tenant
    secret = {
        name: getattr(settings, name) for name in ("client_secret", "secret_key", "encryption_keys", "metrics_token")
    }
    known = {name: value.get_secret_value() for name, value in secret.items()}
    known["access token"] = stage.plugin.directory.access_token(store)
    known["hook secret"] = stage.plugin.directory.hook_secret(store)
    known["api key"] = stage.plugin.directory.add_api_key(store, name="erp", at=stage.plugin.clock.now())
    known["link"] = stage.plugin.links.order_page(store, 1001).rpartition("/")[2]
    return {name: value for name, value in known.items() if value}


@pytest.mark.parametrize("stage", [True], indirect=True, ids=["native"])
def test_a_whole_run_writes_no_secret_and_names_the_store_and_the_job(
    stage: Stage, capsys: pytest.CaptureFixture[str]
) -> None:
    secrets = secrets_of(stage)
    telemetry.configure(Everything(), process="worker")
    stage.sandbox.mailbox.refuse("nobody@example.com")
    stage.buy(1, email="nobody@example.com")
    stage.buy(2, email="ada.lovelace@example.com")
    plant(stage, kind="status", status=500, times=8)
    stage.settle()
    stage.wait(70)
    stage.sandbox.mailbox.set_trouble("drop", times=2)
    stage.wait(1000)
    stage.sandbox.world.revoke_tokens(stage.store, client_id=stage.sandbox.world.app.id)
    stage.buy(1, email="ada.lovelace@example.com")
    stage.settle()
    careless = {"said": "550 <ada.lovelace@example.com>: no", "access_token": secrets["access token"]}
    structlog.get_logger("somebody").warning("careless", **careless)
    written = capsys.readouterr().err
    lines = [json.loads(line) for line in written.splitlines() if line.startswith("{")]
    logging.getLogger().handlers.clear()
    assert {name for name, secret in secrets.items() if secret in written} == set()
    assert re.findall(r"[\w.]*(?:ada\.lovelace|nobody)@", written) == []
    assert {line["event"] for line in lines} >= {"later", "access_revoked", "careless"}
    of_jobs = [line for line in lines if line["logger"] == "workers.failures"]
    assert {(line.get("tenant"), "job" in line) for line in of_jobs} == {(stage.tenant, True)}
    assert all(re.fullmatch(r"\d+(…\d+ \(\d+\))?", line["events"]) for line in of_jobs if line["job"] == "drain_inbox")
