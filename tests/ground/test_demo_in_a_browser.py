"""The demo's browser: named when it is missing, before anything is started for it."""

import click
import pytest

from plugin.demo.shopper import a_browser


def test_a_missing_browser_is_said_in_one_sentence(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("PATH", "/nonexistent")
    with pytest.raises(click.ClickException, match="Chromium is not installed"), a_browser():
        pass
