"""The files that deploy the app name only what there is: paths, settings, commands; and nothing of it runs as root."""

import re
from pathlib import Path

import pytest

from plugin.cli import COMMANDS
from plugin.settings import Settings, variable_name

ROOT = Path(__file__).parents[2]
DEPLOY = ROOT / "docs/deploy"
UNITS = sorted(DEPLOY.glob("*.service"))
OF_OTHERS = {"PATH", "PYTHONUNBUFFERED"}
PARTS = {"web", "worker", "clock"}


def containerfile() -> str:
    return (DEPLOY / "Containerfile").read_text(encoding="utf-8").replace("\\\n", " ")


def instructions(name: str) -> list[str]:
    return re.findall(rf"^{name} +(.+)$", containerfile(), re.MULTILINE)


def commands() -> set[str]:
    return set(COMMANDS)


def test_the_image_copies_only_what_there_is_and_all_that_is_needed() -> None:
    copied = {name for line in instructions("COPY") if "--from" not in line for name in line.split()[:-1]}
    assert {name for name in copied if not (ROOT / name).exists()} == set()
    assert {"plugin", "workers", "manifest.json", "requirements.lock", "pyproject.toml"} <= copied


def test_the_image_sets_only_settings_there_are() -> None:
    known = {variable_name(name, field) for name, field in Settings.model_fields.items()}
    names = {name for line in instructions("ENV") for name in re.findall(r"(\w+)=", line)}
    assert names - known == OF_OTHERS


def test_the_image_runs_as_nobody_special_and_says_whether_it_is_well() -> None:
    assert [int(user) > 0 for user in instructions("USER")] == [True]
    assert containerfile().index("\nUSER ") < containerfile().index("\nENTRYPOINT ")
    [check] = instructions("HEALTHCHECK")
    assert "/ready" in check
    assert instructions("STOPSIGNAL") == ["SIGTERM"]


def test_the_image_starts_any_part_by_its_command() -> None:
    assert (instructions("ENTRYPOINT"), instructions("CMD")) == (['["backorder"]'], ['["all"]'])
    assert {"all", "migrate", *PARTS} <= commands()


@pytest.mark.parametrize("unit", UNITS, ids=lambda path: path.name)
def test_a_unit_starts_a_command_there_is_as_a_user_of_its_own(unit: Path) -> None:
    lines = dict(re.findall(r"^(\w+)=(.*)$", unit.read_text(encoding="utf-8"), re.MULTILINE))
    assert (lines["User"], lines["KillSignal"], lines["Restart"]) == ("backorder", "SIGTERM", "always")
    command = lines["ExecStart"].rpartition("/backorder ")[2]
    wanted = PARTS if command == "%i" else {command}
    assert wanted <= commands()


def test_the_procfile_starts_commands_there_are() -> None:
    lines = (ROOT / "Procfile").read_text(encoding="utf-8").splitlines()
    assert {line.split()[2] for line in lines} <= commands()
    assert {line.partition(":")[0] for line in lines} == {"release", *PARTS}
