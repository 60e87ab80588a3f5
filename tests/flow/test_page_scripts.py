"""The script on a shop's pages: placed by the install, noticed when it is gone, renewed, switched off, taken away."""

from collections.abc import Callable
from dataclasses import replace

import pytest

from plugin.domain.store import StorefrontSettings
from plugin.sandbox.storefront import Channel, Script
from plugin.services.page_scripts import ScriptState
from tests.flow.stage import Stage


@pytest.fixture
def shop(open_stage: Callable[..., Stage], own_database_url: str) -> Stage:
    stage = open_stage()
    stage.store.channels[2] = Channel(id=2, name="Second storefront", created_at=stage.sandbox.world.now())
    stage.install()
    return stage


def scripts(stage: Stage) -> list[Script]:
    return sorted(stage.store.scripts.values(), key=lambda script: (script.channel_id, script.visibility))


def run(stage: Stage, job: str) -> None:
    stage.plugin.page_scripts.ask(stage.tenant, job)
    stage.settle()


def test_an_install_places_it_on_every_storefront_with_hash_and_consent(shop: Stage) -> None:
    file = shop.plugin.page_scripts.file
    assert [(script.channel_id, script.visibility) for script in scripts(shop)] == [
        (1, "order_confirmation"),
        (1, "storefront"),
        (2, "order_confirmation"),
        (2, "storefront"),
    ]
    assert {
        (
            script.kind,
            script.src,
            *script.integrity_hashes,
            script.load_method,
            script.location,
            script.consent_category,
        )
        for script in scripts(shop)
    } == {("src", f"{shop.url}/store/harborpine/{file.file}", file.integrity, "defer", "footer", "essential")}
    assert all(script.auto_uninstall and script.enabled for script in scripts(shop))
    assert shop.plugin.page_scripts.state(shop.tenant) is ScriptState.IN_PLACE


def test_one_that_was_deleted_is_noticed_and_put_back_only_on_the_merchants_word(shop: Stage) -> None:
    del shop.store.scripts[scripts(shop)[1].uuid]
    run(shop, "check_script")
    assert shop.plugin.page_scripts.state(shop.tenant) is ScriptState.MISSING
    run(shop, "check_script")
    assert len(scripts(shop)) == 3
    run(shop, "place_script")
    assert len(scripts(shop)) == 4
    assert shop.plugin.page_scripts.state(shop.tenant) is ScriptState.IN_PLACE


def test_one_that_was_switched_off_is_noticed_and_stays_off(shop: Stage) -> None:
    scripts(shop)[1].enabled = False
    run(shop, "check_script")
    assert shop.plugin.page_scripts.state(shop.tenant) is ScriptState.DISABLED
    assert not scripts(shop)[1].enabled
    run(shop, "place_script")
    assert scripts(shop)[1].enabled


def test_a_new_version_replaces_the_old_one_but_not_what_the_merchant_removed(shop: Stage) -> None:
    del shop.store.scripts[scripts(shop)[3].uuid]
    newer = replace(shop.plugin.page_scripts.file, file="backorder.0123456789ab.js", integrity="sha384-new")
    upgraded = replace(shop.plugin.page_scripts, file=newer)
    upgraded.check(shop.tenant)
    shop.settle()
    assert [script.src.rpartition("/")[2] for script in scripts(shop)] == ["backorder.0123456789ab.js"] * 3
    assert [script.integrity_hashes for script in scripts(shop)] == [["sha384-new"]] * 3
    calls = len(shop.api_calls())
    upgraded.check(shop.tenant)
    shop.settle()
    assert len(shop.api_calls()) == calls + 1


def test_switched_off_it_goes_and_switched_on_it_comes_back(shop: Stage) -> None:
    shop.plugin.page_scripts.decide(shop.tenant, StorefrontSettings(enabled=False))
    shop.settle()
    assert (scripts(shop), shop.plugin.page_scripts.state(shop.tenant)) == ([], ScriptState.OFF)
    shop.plugin.page_scripts.decide(shop.tenant, StorefrontSettings())
    shop.settle()
    assert len(scripts(shop)) == 4


def test_leaving_takes_it_away_and_a_reinstall_places_it_anew(shop: Stage) -> None:
    shop.plugin.tenants.leave(shop.tenant)
    shop.settle()
    assert scripts(shop) == []
    shop.install()
    assert len(scripts(shop)) == 4
    shop.store.scripts.clear()
    shop.install()
    assert len(scripts(shop)) == 4
