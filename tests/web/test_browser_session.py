"""The session in a real browser: our pages in an iframe of another site, with every cookie blocked, with and without scripts."""

import json
from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import replace
from pathlib import Path
from typing import Any

import jwt
import pytest

from plugin.bootstrap import build
from plugin.domain.store import ConnectionState
from plugin.web.app import create_app
from tests.web.browsing import ARGUMENTS, served
from tests.web.conftest import DATABASE, let_go
from tests.web.stage import ADA, CLIENT_ID, CLIENT_SECRET, USER, change_profile, settings_for

pytestmark = pytest.mark.browser

PANEL_PAGE = '<!doctype html><title>Control panel</title><iframe id="app" src="{}" width="1200" height="800"></iframe>'
BLOCK_COOKIES = {"profile": {"default_content_setting_values": {"cookies": 2}, "cookie_controls_mode": 1}}


@pytest.fixture
def serve() -> Iterator[Callable[[Any], int]]:
    """Serve a WSGI application on a free port."""
    with ExitStack() as servers:
        yield lambda application: int(servers.enter_context(served(application)).rpartition(":")[2])


class Stage:
    """The app on 127.0.0.1, the control panel and a stranger's page on localhost: other sites."""

    def __init__(self, directory: Path, serve: Callable[[Any], int]) -> None:
        self.plugin = build(settings_for(directory))
        self.cookies: list[str] = []
        self.app = create_app(self.plugin)
        self.port = serve(self._noting_cookies)
        self.panel, self.stranger = (f"http://localhost:{serve(self._panel)}" for _ in range(2))
        change_profile(self.plugin, ADA, control_panel_url=self.panel)

    def _noting_cookies(self, environ: Any, start_response: Any) -> Any:
        if "HTTP_COOKIE" in environ:
            self.cookies.append(environ["HTTP_COOKIE"])
        return self.app(environ, start_response)

    def _panel(self, _environ: Any, start_response: Any) -> list[bytes]:
        start_response("200 OK", [("Content-Type", "text/html")])
        return [PANEL_PAGE.format(f"http://127.0.0.1:{self.port}/load?signed_payload_jwt={self._payload()}").encode()]

    def _payload(self) -> str:
        now = int(self.plugin.clock.now().timestamp())
        user = {"id": USER, "email": "someone@ada.example", "locale": "en-US"}
        claims = {"aud": CLIENT_ID, "iss": "bc", "iat": now, "nbf": now - 5, "exp": now + 86_400, "sub": "stores/ada"}
        return jwt.encode({**claims, "user": user, "owner": user, "url": "/"}, CLIENT_SECRET, algorithm="HS256")


@pytest.fixture
def stage(beginning: bytes, tmp_path: Path, serve: Callable[[Any], int]) -> Iterator[Stage]:
    (tmp_path / DATABASE).write_bytes(beginning)
    stage = Stage(tmp_path, serve)
    yield stage
    let_go(stage.plugin)


@contextmanager
def browser(chromium: str, profile: Path, *, preferences: Any, scripts: bool = True) -> Iterator[Any]:
    from playwright.sync_api import sync_playwright

    (profile / "Default").mkdir(parents=True)
    (profile / "Default" / "Preferences").write_text(json.dumps(preferences))
    with sync_playwright() as playwright:
        context = playwright.chromium.launch_persistent_context(
            profile, executable_path=chromium, args=ARGUMENTS, java_script_enabled=scripts
        )
        context.set_default_timeout(15_000)
        yield context.pages[0]
        context.close()


@pytest.fixture(params=[True, False], ids=["scripts", "no scripts"])
def page(request: pytest.FixtureRequest, chromium: str, tmp_path: Path) -> Iterator[Any]:
    """A browser that keeps no cookie of anybody."""
    with browser(chromium, tmp_path / "profile", preferences=BLOCK_COOKIES, scripts=request.param) as page:
        yield page


def test_a_merchant_finds_the_way_through_the_app_without_any_cookie(stage: Stage, page: Any) -> None:
    page.goto(stage.panel)
    app = page.frame_locator("#app")
    app.get_by_role("heading", name="Home", exact=True).wait_for()
    app.get_by_role("link", name="Settings", exact=True).click()
    app.get_by_role("link", name="Leave", exact=True).click()
    app.get_by_role("heading", name="Leave Backorder?").wait_for()
    app.get_by_role("link", name="Settings", exact=True).click()
    app.get_by_role("button", name="Read the store again").click()
    app.get_by_text("Your store is being read again.").wait_for()
    assert stage.cookies == []


def test_the_set_up_page_renews_itself_until_the_store_is_ready(stage: Stage, page: Any) -> None:
    set_state(stage, ConnectionState.INSTALLING, "catalog")
    page.goto(stage.panel)
    app = page.frame_locator("#app")
    app.get_by_role("heading", name="Setting up your store").wait_for()
    set_state(stage, ConnectionState.CONNECTED, "")
    app.get_by_role("heading", name="Home", exact=True).wait_for()
    assert stage.cookies == []


def set_state(stage: Stage, state: ConnectionState, step: str) -> None:
    with stage.plugin.units(ADA) as work:
        work.save_tenant(replace(work.tenant(), state=state, setup_step=step))
        work.commit()


def test_a_strangers_page_cannot_frame_the_app(stage: Stage, page: Any) -> None:
    answers: list[int] = []
    page.on("response", lambda response: answers.append(response.status))
    page.goto(stage.stranger)
    page.wait_for_timeout(500)
    assert page.frame_locator("#app").get_by_role("heading", name="Home", exact=True).count() == 0
    assert 303 in answers


def test_a_browser_that_keeps_cookies_keeps_ours_apart_and_for_this_store(
    stage: Stage, chromium: str, tmp_path: Path
) -> None:
    """The other half: where the tests above see no cookie, it is because there was none to send."""
    with browser(chromium, tmp_path / "profile", preferences={}) as page:
        page.goto(stage.panel)
        page.frame_locator("#app").get_by_role("heading", name="Home", exact=True).wait_for()
        (cookie,) = page.context.cookies()
    assert (cookie["name"], cookie["path"], cookie["sameSite"]) == ("backorder_session", "/app/ada/", "None")
    assert (cookie["httpOnly"], cookie["secure"]) == (True, True)
    assert cookie["partitionKey"] == "http://localhost"
    assert len(stage.cookies) >= 1
