"""What is written beside the code agrees with it: README, docs, Procfile, manifest and the example of settings."""

import json
import re
import shlex
import subprocess
import tomllib
from pathlib import Path

import click
import pytest
from click.testing import CliRunner

from plugin import cli, settings

ROOT = Path(__file__).parents[2]
PAPERS = sorted((*ROOT.glob("*.md"), *ROOT.glob("docs/**/*.md"), *ROOT.glob("bench/*.md")))
DOORS = {"demo", "test", "check", "bench", "doctor", "lock", "audit", "help"}


def commands_in(text: str, start: str) -> list[list[str]]:
    """The commands that stand in code, alone or in a block, and begin like this."""
    pieces = re.findall(r"```(?:sh|console|shell)?\n(.*?)```", text, re.DOTALL) + re.findall(r"`([^`\n]+)`", text)
    lines = [line.strip().removeprefix("$ ") for piece in pieces for line in piece.splitlines()]
    return [shlex.split(line, comments=True)[1:] for line in lines if re.match(rf"{re.escape(start)}(\s|$)", line)]


def find(words: list[str]) -> click.Command:
    """Walk down the command line as click would."""
    command: click.Command = cli.main
    for word in words:
        if not isinstance(command, click.Group) or word.startswith("-"):
            break
        found = command.get_command(click.Context(command), word)
        assert found is not None, f"there is no command {' '.join(words)}"
        command = found
    return command


def options_of(command: click.Command) -> set[str]:
    return {name for parameter in command.params for name in parameter.opts} | {"--help"}


def test_the_example_of_settings_is_what_the_class_says() -> None:
    assert (ROOT / ".env.example").read_text(encoding="utf-8") == settings.example()


@pytest.mark.parametrize("name", sorted(cli.COMMANDS))
def test_every_command_is_there_and_explains_itself(name: str) -> None:
    result = CliRunner().invoke(cli.main, [name, "--help"])
    assert result.exit_code == 0, result.output
    assert len(result.output.splitlines()[2].strip()) > 10


@pytest.mark.parametrize("line", (ROOT / "Procfile").read_text(encoding="utf-8").splitlines())
def test_the_procfile_runs_commands_that_exist(line: str) -> None:
    name, _, command = line.partition(": ")
    assert name in {"release", "web", "worker", "clock"}
    assert command.startswith("backorder ")
    words = shlex.split(command)[1:]
    assert {word for word in words if word.startswith("--")} <= options_of(find(words))


@pytest.mark.parametrize("paper", PAPERS, ids=lambda path: path.name)
def test_commands_in_the_papers_exist(paper: Path) -> None:
    text = paper.read_text(encoding="utf-8")
    for words in commands_in(text, "backorder"):
        assert {word for word in words if word.startswith("--")} <= options_of(find(words))
    for words in commands_in(text, "./run"):
        if words and words[0] not in DOORS | {"…"}:
            find(words)


@pytest.mark.parametrize("paper", PAPERS, ids=lambda path: path.name)
def test_links_in_the_papers_lead_somewhere(paper: Path) -> None:
    text = re.sub(r"```.*?```", "", paper.read_text(encoding="utf-8"), flags=re.DOTALL)
    for target in re.findall(r"\]\(([^)\s]+)\)", text):
        if target.startswith(("https://", "http://", "mailto:")):
            continue
        name, _, anchor = target.partition("#")
        linked = (paper.parent / name).resolve() if name else paper
        assert linked.exists(), f"{paper.name} links to {target}"
        if anchor:
            assert anchor in anchors_of(linked), f"{paper.name} links to {target}"


def anchors_of(paper: Path) -> set[str]:
    headings = re.findall(r"^#+ (.+)$", paper.read_text(encoding="utf-8"), re.MULTILINE)
    return {re.sub(r"[^\w\- ]", "", heading.lower()).strip().replace(" ", "-") for heading in headings}


@pytest.mark.parametrize("paper", PAPERS, ids=lambda path: path.name)
def test_files_named_in_the_papers_exist(paper: Path) -> None:
    text = paper.read_text(encoding="utf-8")
    named = re.findall(r"`((?:plugin|workers|tests|docs|bench)/[\w./-]+)`", text)
    assert [name for name in named if not (ROOT / name).exists()] == []


@pytest.mark.parametrize("paper", sorted(ROOT.glob("docs/adr/[0-9]*.md")), ids=lambda path: path.name)
def test_a_decision_is_one_page_with_a_reason_and_rules(paper: Path) -> None:
    text = paper.read_text(encoding="utf-8")
    assert re.match(rf"# {int(paper.name[:4])}\. .+\.\n", text), "the title is the decision as a sentence"
    assert [heading in text for heading in ("\n## Why\n", "\n## Rules that follow\n")] == [True, True]
    assert len(text.splitlines()) <= 60


def test_decisions_are_numbered_without_a_gap_and_listed() -> None:
    names = sorted(path.name for path in ROOT.glob("docs/adr/[0-9]*.md"))
    assert [int(name[:4]) for name in names] == list(range(1, len(names) + 1))
    listed = (ROOT / "docs/README.md").read_text(encoding="utf-8")
    assert [name for name in names if name not in listed] == []


def test_every_setting_is_in_the_manual() -> None:
    manual = (ROOT / "docs/configuration.md").read_text(encoding="utf-8")
    names = [settings.variable_name(name, field) for name, field in settings.Settings.model_fields.items()]
    assert [name for name in names if f"`{name}`" not in manual] == []


def test_the_scope_table_of_the_papers_is_the_manifests() -> None:
    manifest = json.loads((ROOT / "manifest.json").read_text(encoding="utf-8"))
    text = (ROOT / "docs/install.md").read_text(encoding="utf-8")
    assert [scope["name"] for scope in manifest["oauth_scopes"] if f"`{scope['name']}`" not in text] == []


def test_words_the_glossary_forbids_are_not_in_the_papers() -> None:
    forbidden = re.compile(r"\b(back[ -]order(s|ed)?|oversell(ing)?|presale)\b", re.IGNORECASE)
    papers = [paper for paper in PAPERS if paper.name != "glossary.md"]
    found = {paper.name: hits for paper in papers if (hits := forbidden.findall(paper.read_text(encoding="utf-8")))}
    assert found == {}


def test_the_lock_files_hold_every_dependency_with_hashes_and_no_address() -> None:
    project = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))["project"]
    wanted = {
        "requirements.lock": project["dependencies"],
        "requirements-dev.lock": project["dependencies"] + project["optional-dependencies"]["dev"],
    }
    for name, requirements in wanted.items():
        text = (ROOT / name).read_text(encoding="utf-8")
        pinned = set(re.findall(r"^([a-z0-9-]+)==", text, re.MULTILINE))
        names = {re.split(r"[\[><=]", requirement)[0] for requirement in requirements}
        assert names - pinned == set()
        assert text.count("==") <= text.count("--hash=sha256:")
        assert "://" not in text


def test_the_runtime_lock_is_part_of_the_development_lock() -> None:
    pins = [
        set(re.findall(r"^[a-z0-9-]+==[^ ;\\]+", (ROOT / name).read_text(encoding="utf-8"), re.MULTILINE))
        for name in ("requirements.lock", "requirements-dev.lock")
    ]
    assert pins[0] - pins[1] == set()


def test_the_door_and_the_ci_script_are_plain_shell_and_executable() -> None:
    for name in ("run", ".ci/run"):
        assert subprocess.run(["sh", "-n", str(ROOT / name)], check=False).returncode == 0
        assert (ROOT / name).stat().st_mode & 0o111
