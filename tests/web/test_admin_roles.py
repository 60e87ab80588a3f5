"""Roles are held on the server: every route that changes something, walked by somebody who may only look."""

from collections.abc import Iterator

import pytest
from flask.testing import FlaskClient

from plugin.domain.store import Role
from plugin.services.ports.directory import AppUser
from plugin.web.admin.door import ROLE_NEEDED
from tests.web.stage import ADA, Web, fill
from tests.web.test_tenants import VALUES, the_state_of_ada

CLERK = 9


def a_clerk(web: Web, role: Role | None) -> dict[str, str]:
    web.plugin.directory.save_user(ADA, AppUser(CLERK, "clerk@ada.example", "en", is_owner=False))
    if role:
        web.plugin.directory.set_role(ADA, CLERK, role)
    return {"Authorization": f"Bearer {web.token(user=CLERK)}"}


def changing_routes(web: Web) -> Iterator[tuple[str, str]]:
    """Endpoint and address of each route of the merchant's that changes something."""
    for rule in web.app.url_map.iter_rules():
        if rule.endpoint.startswith("admin.") and "POST" in (rule.methods or set()):
            path = rule.rule
            for name in rule.arguments:
                for kind in ("", "store:", "id:", "path:", "int:"):
                    path = path.replace(f"<{kind}{name}>", VALUES.get(name, "1"))
            yield rule.endpoint, path


def post(client: FlaskClient, path: str, headers: dict[str, str]) -> int:
    return client.post(path, headers=headers, data={}).status_code


def test_who_may_only_look_changes_nothing_anywhere(web: Web) -> None:
    fill(web.plugin, ADA)
    headers, before = a_clerk(web, Role.READ_ONLY), the_state_of_ada(web)
    answers = {
        endpoint: post(web.client(), path, headers)
        for endpoint, path in changing_routes(web)
        if getattr(web.app.view_functions[endpoint], ROLE_NEEDED, None) is not Role.READ_ONLY
    }
    assert {endpoint for endpoint, _ in changing_routes(web)} - set(answers) == {"admin.settings_languages_mine"}
    assert {endpoint: status for endpoint, status in answers.items() if status != 403} == {}
    assert len(answers) >= 5
    assert the_state_of_ada(web) == before


def test_what_is_the_owners_is_refused_to_a_manager(web: Web) -> None:
    headers = a_clerk(web, Role.MANAGER)
    views = web.app.view_functions
    owners = [
        (endpoint, path)
        for endpoint, path in changing_routes(web)
        if getattr(views[endpoint], ROLE_NEEDED, None) is Role.OWNER
    ]
    assert "admin.leave" in dict(owners)
    assert {endpoint: status for endpoint, path in owners if (status := post(web.client(), path, headers)) != 403} == {}


def test_who_may_only_look_is_shown_every_screen(web: Web) -> None:
    fill(web.plugin, ADA)
    headers = a_clerk(web, Role.READ_ONLY)
    page = web.client().get("/app/ada/settings", headers=headers)
    assert page.status_code == 200
    assert "Your role does not allow this." in page.text


@pytest.mark.parametrize(("role", "status"), [(None, 303), (Role.MANAGER, 303), (Role.READ_ONLY, 403)])
def test_whoever_the_control_panel_lets_in_may_work_until_an_owner_says_otherwise(
    web: Web, role: Role | None, status: int
) -> None:
    assert post(web.client(), "/app/ada/read-again", a_clerk(web, role)) == status


def test_opening_the_app_again_keeps_the_role(web: Web) -> None:
    a_clerk(web, Role.READ_ONLY)
    a_clerk(web, None)
    user = web.plugin.directory.user(ADA, CLERK)
    assert user is not None
    assert user.role is Role.READ_ONLY
