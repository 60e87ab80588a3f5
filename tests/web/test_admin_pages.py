"""What holds for every screen of the merchant's, walked in a full store: it opens, its forms carry the session, it is light."""

import re
from collections.abc import Iterator

import pytest

from tests.web.stage import ADA, USER, Web, fill
from tests.web.test_tenants import VALUES

LIGHTEST = 100_000
"""Bytes of the first view over the wire, as the gate says."""
NOT_PAGES = {"text/csv", "application/json", "application/pdf"}


def pages(web: Web) -> Iterator[str]:
    """The address of every GET route of the merchant's."""
    for rule in web.app.url_map.iter_rules():
        if rule.endpoint.startswith("admin.") and "GET" in (rule.methods or set()):
            path = rule.rule
            for name in rule.arguments:
                path = re.sub(rf"<(\w+:)?{name}>", VALUES.get(name, "1"), path)
            yield path


def opened(web: Web) -> dict[str, str]:
    """Every page by its address; what asks for a thing that is not there may say so."""
    headers = {"Authorization": f"Bearer {web.token()}"}
    found = {}
    for path in pages(web):
        answer = web.client().get(path, headers=headers)
        assert answer.status_code in {200, 404, 422}, f"{path} answers {answer.status_code}"
        if answer.status_code == 200 and answer.mimetype not in NOT_PAGES:
            found[path] = answer.text
    return found


def test_every_form_that_changes_something_carries_the_session_and_nothing_is_inline(web: Web) -> None:
    fill(web.plugin, ADA)
    shown = opened(web)
    assert len(shown) >= 15
    for path, page in shown.items():
        sent = re.findall(r'<form[^>]* method="post".*?</form>', page, re.DOTALL)
        assert [form for form in sent if 'name="session"' not in form] == [], path
        assert re.findall(r"<script(?! src=)|<style| style=| on\w+=\"", page) == [], path


@pytest.mark.parametrize("language", ["de", "fr", "es"])
def test_every_screen_is_said_in_the_language_of_whoever_looks(web: Web, language: str) -> None:
    fill(web.plugin, ADA)
    web.plugin.directory.set_language(ADA, USER, language)
    pages_of_frame = {path: page for path, page in opened(web).items() if "<nav" in page}
    assert len(pages_of_frame) >= 15
    assert [path for path, page in pages_of_frame.items() if f'<html lang="{language}"' not in page] == []


def test_the_first_view_is_light(web: Web) -> None:
    """The page, its style sheets and scripts as they travel, and the font."""
    fill(web.plugin, ADA)
    page = web.client().get("/app/ada/", headers={"Authorization": f"Bearer {web.token()}"}).text
    whole = len(page.encode())
    files = set(re.findall(r'(?:href|src)="(/static/[^"]+)"', page))
    for file in files:
        answer = web.client().get(file.replace("&amp;", "&"), headers={"Accept-Encoding": "gzip"})
        assert answer.status_code == 200
        whole += len(answer.data)
    assert len(files) >= 5
    assert whole <= LIGHTEST
