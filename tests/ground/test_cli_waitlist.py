"""The command line on the waitlist's waves, and on mails that come back."""

from dataclasses import replace

from plugin.bootstrap import Plugin
from plugin.domain.restock import WaveRules
from plugin.domain.store import Tenant
from tests.ground.test_cli_promises import app, call  # noqa: F401  — its fixtures
from tests.ground.test_cli_store import Call, install, ok, refused


def known(app: Plugin) -> Tenant:  # noqa: F811  — the fixture's own name
    tenant = app.directory.find(install(app, "ada"))
    assert tenant
    return tenant


def test_waves_are_shown_and_set(app: Plugin, call: Call) -> None:  # noqa: F811  — fixtures
    ada = known(app)
    app.tenants.save_settings(ada.tenant_id, replace(ada.settings, postal_address="1 Cup Street"))
    assert ok(call("waitlist", "waves")) == "3 people for each free unit, the next ones after 120 minutes.\n"
    said = ok(call("waitlist", "waves", "--per-unit", "2", "--claim", "45"))
    assert said == "2 people for each free unit, the next ones after 45 minutes; their mail says until when.\n"
    assert known(app).settings.waves == WaveRules(per_unit=2, claim_minutes=45)
    assert ok(call("waitlist", "waves", "--claim", "0")).startswith(
        "2 people for each free unit, the next ones after 120"
    )
    assert "per_unit is 0" in refused(call("waitlist", "waves", "--per-unit", "0"))


def test_a_store_without_an_address_is_told_so(app: Plugin, call: Call) -> None:  # noqa: F811  — fixtures
    known(app)
    assert "no postal address" in ok(call("waitlist", "waves"))


def test_mails_that_come_back_need_an_address_to_come_back_to(app: Plugin, call: Call) -> None:  # noqa: F811  — fixtures
    known(app)
    assert "BOUNCE_ADDRESS is not set" in refused(call("bounce"))
