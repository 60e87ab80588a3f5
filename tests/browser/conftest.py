"""Chromium once per module; a shop once per module; a fresh window per test, which must not have complained."""

from collections.abc import Callable, Iterator
from typing import Any

import pytest

from plugin.embedded import EmbeddedServer
from tests.browser.shop import FLAGS, Shopper, a_shop
from tests.flow.stage import Stage


@pytest.fixture(scope="module")
def browser(chromium: str) -> Iterator[Any]:
    playwright = pytest.importorskip("playwright.sync_api")
    with playwright.sync_playwright() as started:
        launched = started.chromium.launch(executable_path=chromium, args=FLAGS)
        yield launched
        launched.close()


@pytest.fixture(scope="module")
def shop(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Stage]:
    with EmbeddedServer() as server, a_shop(tmp_path_factory.mktemp("shop"), server.url) as stage:
        yield stage


@pytest.fixture
def visit(browser: Any) -> Iterator[Callable[..., Shopper]]:
    """Open a window onto a stage; `quiet` false where the browser itself will complain of a server that is away."""
    opened: list[tuple[Shopper, bool]] = []

    def open_window(stage: Stage, theme: str = "", *, width: int = 1280, quiet: bool = True, **options: Any) -> Shopper:
        context = browser.new_context(base_url=stage.sandbox.url, viewport={"width": width, "height": 900}, **options)
        page = context.new_page()
        page.set_default_timeout(10_000)
        shopper = Shopper(stage, page, theme)
        page.on("pageerror", lambda error: shopper.troubles.append(str(error)))
        page.on(
            "console",
            lambda said: shopper.troubles.append(said.text) if quiet and said.type in {"error", "warning"} else None,
        )
        opened.append((shopper, quiet))
        return shopper

    yield open_window
    for shopper, _ in opened:
        shopper.page.context.close()
        assert shopper.troubles == []
