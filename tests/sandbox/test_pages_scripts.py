"""Scripts of apps reach the pages as the platform would let them: by place, visibility, consent, cache and engine."""

import pytest

from plugin.sandbox.config import SandboxConfig
from plugin.sandbox.pages import scripts
from plugin.sandbox.server import create_sandbox
from plugin.sandbox.storefront import Script
from tests.sandbox.page import read

SHOP = "/shop/harborpine"
SOURCE = "https://app.example/backorder.js"


@pytest.fixture
def sandbox():
    return create_sandbox(config=SandboxConfig(seed="small"))


@pytest.fixture
def store(sandbox):
    return sandbox.world.first_store


@pytest.fixture
def browser(sandbox):
    return sandbox.app.test_client()


def register(sandbox, **changes):
    now = sandbox.world.now()
    values = {
        "uuid": "s1",
        "client_id": sandbox.config.client_id,
        "name": "Ship dates",
        "kind": "src",
        "src": SOURCE,
        "created_at": now,
        "modified_at": now,
    }
    script = Script(**(values | changes))
    sandbox.world.first_store.scripts[script.uuid] = script
    scripts_cache(sandbox).clear()
    return script


def scripts_cache(sandbox):
    return sandbox.app.extensions.setdefault("sandbox_script_cache", {})


def sources(browser, path="/red-mug/", where="body"):
    page = read(browser.get(f"{SHOP}{path}").text)
    return [tag["src"] for tag in page.one(where).all("script[src]") if tag["src"] == SOURCE]


@pytest.mark.parametrize(("location", "inside"), [("footer", "body"), ("head", "head")])
def test_a_script_stands_where_it_was_registered_for(sandbox, browser, location, inside):
    register(sandbox, location=location)
    assert sources(browser, where=inside) == [SOURCE]


def test_load_method_and_integrity_are_written_on_the_tag(sandbox, browser):
    register(sandbox, load_method="defer", integrity_hashes=["sha384-abc"])
    page = read(browser.get(f"{SHOP}/").text)
    (tag,) = [each for each in page.all("script[src]") if each["src"] == SOURCE]
    assert tag.get("defer") is not None
    assert (tag["integrity"], tag["crossorigin"]) == ("sha384-abc", "anonymous")


@pytest.mark.parametrize(
    ("visibility", "on_shop", "on_checkout", "on_confirmation"),
    [
        ("storefront", 1, 0, 0),
        ("checkout", 0, 1, 0),
        ("order_confirmation", 0, 0, 1),
        ("all_pages", 1, 1, 1),
    ],
)
def test_visibility_decides_on_which_pages_it_runs(sandbox, browser, visibility, on_shop, on_checkout, on_confirmation):
    register(sandbox, visibility=visibility)
    browser.post("/remote/v1/cart/add", data={"product_id": "111", "qty[]": "1"})
    assert len(sources(browser)) == on_shop
    assert len(sources(browser, "/checkout")) == on_checkout
    done = browser.post(f"{SHOP}/checkout", data={"payment_method": "card"})
    assert len(sources(browser, done.headers["Location"].removeprefix(SHOP))) == on_confirmation


@pytest.mark.parametrize("changes", [{"enabled": False}, {"channel_id": 2}])
def test_disabled_scripts_and_those_of_another_channel_do_not_run(sandbox, browser, changes):
    register(sandbox, **changes)
    assert sources(browser) == []


@pytest.mark.parametrize(
    ("category", "before", "after_all", "after_essential"),
    [("unknown", 0, 0, 0), ("essential", 1, 1, 1), ("functional", 0, 1, 0), ("analytics", 0, 1, 0)],
)
def test_with_a_cookie_banner_scripts_wait_for_consent(sandbox, store, category, before, after_all, after_essential):
    register(sandbox, consent_category=category)
    scripts.set_cookie_banner(store, shown=True)
    browser, shy = sandbox.app.test_client(), sandbox.app.test_client()
    assert len(sources(browser)) == before
    browser.post(f"{SHOP}/consent", data={"answer": "all"})
    shy.post(f"{SHOP}/consent", data={"answer": "essential"})
    assert (len(sources(browser)), len(sources(shy))) == (after_all, after_essential)


def test_without_a_banner_nothing_waits(sandbox, browser):
    register(sandbox, consent_category="unknown")
    assert sources(browser) == [SOURCE]


def test_the_theme_engine_mangles_braces_it_does_not_know(sandbox, browser):
    html = '<script>var t="{{settings.storefront_api.token}}",o={a:{b:1}},bad="{{ship.date}}";</script>'
    register(sandbox, kind="script_tag", html=html)
    stencil, headless = browser.get(f"{SHOP}/").text, browser.get(f"{SHOP}/catalyst/").text
    assert 'var t="sandbox-storefront-token"' in stencil
    assert 'bad=""' in stencil
    assert html in headless


def test_nested_object_literals_do_not_survive_the_theme_engine():
    assert scripts.through_handlebars("f({a:1}, {{b:{c:2}}})") == "f({a:1}, )"


def test_a_change_shows_only_after_the_cache_is_over(sandbox, store, browser):
    register(sandbox)
    assert sources(browser) == [SOURCE]
    store.scripts.clear()
    assert sources(browser) == [SOURCE]
    sandbox.world.clock.move(21)
    assert sources(browser) == []


def test_the_panel_can_empty_the_cache(sandbox, store, browser):
    register(sandbox)
    sources(browser)
    store.scripts.clear()
    browser.post("/sandbox/act/storefront", data={"banner": "no"})
    assert sources(browser) == []


def test_a_source_cannot_break_out_of_its_tag(sandbox, browser):
    register(sandbox, src='https://x/"><script>alert(1)</script>')
    assert "<script>alert(1)</script>" not in browser.get(f"{SHOP}/").text
