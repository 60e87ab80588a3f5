"""The manifest: what stands there is what install registers, so nonsense is refused."""

import json
from pathlib import Path
from typing import Any

import pytest

from plugin import manifest
from plugin.bootstrap import build
from plugin.settings import Settings
from plugin.web.app import create_app
from tests.asgi import with_receiver

TEXT = Path("manifest.json").read_text(encoding="utf-8")


def changed(**parts: Any) -> str:
    return json.dumps(json.loads(TEXT) | parts)


def test_the_projects_own_manifest_is_read() -> None:
    loaded = manifest.load()
    assert loaded.callbacks.load == "/load"
    assert loaded.scope_string.split()[:2] == ["store_v2_default", "store_v2_orders"]
    assert [scope.name for scope in loaded.webhooks.scopes if scope.optional] == [
        "store/channel/*/inventory/product/backorder_limit_reached"
    ]


def test_no_scope_that_needs_a_security_assessment_is_asked_for() -> None:
    names = {scope.name for scope in manifest.load().oauth_scopes}
    assert names.isdisjoint(
        {"store_content_checkout", "store_v2_transactions", "store_cart", "store_payments_methods_read"}
    )


@pytest.mark.parametrize(
    ("text", "problem"),
    [
        ("{", "manifest.json is not JSON"),
        (changed(colour="red"), "manifest.json, colour: Extra inputs are not permitted"),
        (changed(version=0), "manifest.json, version: "),
        (changed(callbacks={"auth": "auth"}), "manifest.json, callbacks.auth: "),
        (changed(oauth_scopes=[{"name": "store_inventory", "reason": "x"}] * 2), "named twice: store_inventory"),
        (
            changed(webhooks={"path": "/webhooks", "scopes": [{"name": "orders"}]}),
            "manifest.json, webhooks.scopes.0.name: ",
        ),
    ],
)
def test_a_manifest_that_cannot_be_registered_is_refused(text: str, problem: str) -> None:
    with pytest.raises(manifest.ManifestInvalid, match=problem):
        manifest.parse(text)


def test_the_app_answers_where_the_manifest_says(tmp_path: Path) -> None:
    plugin = build(Settings(data_dir=tmp_path))
    app = create_app(plugin)
    routes = {rule.rule: rule.methods for rule in app.url_map.iter_rules()}
    registration = manifest.load()
    for path in registration.callbacks.model_dump().values():
        assert "GET" in (routes[path] or ())
    assert with_receiver(app, plugin).test_client().post(registration.webhooks.path, data=b"{}").status_code == 401


def test_the_simulated_store_grants_every_scope_the_app_asks_for() -> None:
    from plugin.sandbox.config import DEFAULT_SCOPES

    assert {scope.name for scope in manifest.load().oauth_scopes} <= set(DEFAULT_SCOPES)
