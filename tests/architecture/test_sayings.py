"""What merchants read can be said in every language: decisions and errors are patterns with facts, not finished English."""

import ast
from collections.abc import Iterator
from dataclasses import fields
from pathlib import Path

import pytest

from plugin.domain.changes import Availability
from plugin.domain.order import OrderStage
from plugin.domain.ranking import RankRule
from plugin.domain.shipment import ShipmentState
from plugin.domain.store import StoreSettings
from plugin.services.ports.messages import MessageKind
from plugin.services.store_settings import UNTOLD
from plugin.web.admin.activity import GROUPS, KIND_WORDS
from plugin.web.admin.sayings import TERMS
from tests.architecture.sources import ROOT, files, tree_of

SPOKEN = files(
    "plugin/domain",
    "plugin/services",
    "plugin/web/admin",
    "plugin/adapters/mail",
    "plugin/adapters/bigcommerce",
    "plugin/adapters/db",
)
SENTENCE = {
    "DomainError": 0,
    "Conflict": 0,
    "GiveUp": 1,
    "RetryLater": 0,
    "QuotaSpent": 0,
    "AccessRevoked": 0,
    "WrongRow": 1,
    "bad": 2,
}
"""Errors, and where their sentence stands."""
SAYERS = {"said": 1, "said_many": 2}
"""How many of the first arguments are patterns: literals, or nobody finds them to translate."""


def calls(path: Path) -> Iterator[tuple[str, ast.Call]]:
    for node in ast.walk(tree_of(path)):
        if isinstance(node, ast.Call) and isinstance(node.func, ast.Name):
            yield node.func.id, node


def is_literal(node: ast.expr) -> bool:
    return isinstance(node, ast.Constant) and isinstance(node.value, str)


def place(path: Path, node: ast.Call) -> str:
    return f"{path.relative_to(ROOT)}:{node.lineno}"


def entries() -> list[tuple[Path, ast.Call]]:
    return [(path, call) for path in SPOKEN for name, call in calls(path) if name == "Activity"]


def kinds() -> set[str]:
    return {call.args[1].value for _, call in entries() if isinstance(call.args[1], ast.Constant)}


def test_enough_is_found_for_this_file_to_mean_something() -> None:
    assert {"promised", "by_hand", "bounced", "waitlist", "refund_failed"} <= kinds()
    assert sum(name == "DomainError" for path in SPOKEN for name, _ in calls(path)) > 40


def test_errors_that_screens_show_are_not_finished_english() -> None:
    assert [
        place(path, call)
        for path in SPOKEN
        for name, call in calls(path)
        if name in SENTENCE and len(call.args) > SENTENCE[name]
        for sentence in [call.args[SENTENCE[name]]]
        if is_literal(sentence) or isinstance(sentence, ast.JoinedStr)
    ] == []


def test_patterns_are_literals_that_the_catalogs_can_find() -> None:
    assert [
        place(path, call)
        for path in SPOKEN
        for name, call in calls(path)
        if name in SAYERS and not all(is_literal(pattern) for pattern in call.args[: SAYERS[name]])
    ] == []


def test_facts_of_a_pattern_are_its_gaps() -> None:
    wrong = []
    for path in SPOKEN:
        for name, call in calls(path):
            if name not in SAYERS or any(keyword.arg is None for keyword in call.keywords):
                continue
            facts = {keyword.arg: "x" for keyword in call.keywords}
            for pattern in call.args[: SAYERS[name]]:
                try:
                    assert isinstance(pattern, ast.Constant)
                    _ = str(pattern.value) % facts
                except (KeyError, TypeError, ValueError):
                    wrong.append(place(path, call))
    assert wrong == []


def test_every_kind_of_decision_has_its_badge_and_its_group() -> None:
    grouped = {kind for _, some in GROUPS.values() for kind in some}
    assert kinds() - set(KIND_WORDS) == set()
    assert kinds() - grouped == set()


@pytest.mark.parametrize(
    ("of", "names"),
    [
        ("mail", {kind.value for kind in MessageKind}),
        ("rule", {rule.value for rule in RankRule}),
        ("availability", {state.value for state in Availability}),
        ("stage", {stage.value for stage in OrderStage}),
        ("shipment", {state.value for state in ShipmentState}),
        ("setting", {field.name for field in fields(StoreSettings)} - UNTOLD),
        ("channel", {"page", "phone", "mail"}),
    ],
)
def test_every_name_of_ours_in_a_sentence_has_words(of: str, names: set[str]) -> None:
    assert names - set(TERMS[of]) == set()


def test_every_thing_that_may_be_missing_has_words() -> None:
    named = {
        call.args[0].value
        for path in files("plugin")
        if "sandbox" not in path.parts and path.name not in {"storefront.py", "order_page.py"}
        for name, call in calls(path)
        if name == "NotFound" and isinstance(call.args[0], ast.Constant)
    }
    assert named - set(TERMS["thing"]) == set()


def test_every_term_names_a_list_there_is() -> None:
    used = {
        call.args[0].value
        for path in files("plugin/domain", "plugin/services")
        for name, call in calls(path)
        if name == "Term" and isinstance(call.args[0], ast.Constant)
    }
    assert used == set(TERMS)
