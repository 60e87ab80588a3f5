"""The board and the alert rules name metrics and labels that there are, and pages that exist."""

import json
import re
from pathlib import Path
from typing import Any

import pytest
import yaml
from prometheus_client.metrics import MetricWrapperBase

from plugin import telemetry

ROOT = Path(__file__).parents[2]
BOARD = ROOT / "docs/monitoring/grafana.json"
RULES = ROOT / "docs/monitoring/alerts.yaml"
OF_PROMETHEUS = {"le", "job"}
"""Labels Prometheus adds by itself; our jobs are named by a label of the same name."""

METRICS = {metric._name: metric for metric in vars(telemetry).values() if isinstance(metric, MetricWrapperBase)}
SUFFIXES = {"counter": ("_total",), "gauge": ("",), "histogram": ("_bucket", "_sum", "_count")}
SERIES = {name + suffix: metric for name, metric in METRICS.items() for suffix in SUFFIXES[metric._type]}


def board() -> dict[str, Any]:
    found: dict[str, Any] = json.loads(BOARD.read_text(encoding="utf-8"))
    return found


def rules() -> list[dict[str, Any]]:
    return [rule for group in yaml.safe_load(RULES.read_text(encoding="utf-8"))["groups"] for rule in group["rules"]]


def expressions() -> list[str]:
    panels = [target["expr"] for panel in board()["panels"] for target in panel["targets"]]
    return panels + [str(rule["expr"]) for rule in rules()]


@pytest.mark.parametrize("expression", expressions())
def test_each_expression_names_metrics_and_labels_that_there_are(expression: str) -> None:
    named = set(re.findall(r"\bbackorder_\w+", expression))
    assert named - SERIES.keys() == set()
    known = {label for name in named for label in SERIES[name]._labelnames} | OF_PROMETHEUS
    grouped = {word.strip() for group in re.findall(r"\bby \(([^)]*)\)", expression) for word in group.split(",")}
    chosen = set(re.findall(r"[{,]\s*(\w+)\s*(?:=~|!~|!=|=)", expression))
    assert (grouped | chosen) - known == set()


def test_every_metric_of_ours_is_on_the_board() -> None:
    shown = " ".join(expressions())
    assert [name for name in METRICS if not re.search(rf"\b{name}", shown)] == []


def test_panels_have_numbers_of_their_own_and_do_not_overlap() -> None:
    panels = board()["panels"]
    assert sorted(panel["id"] for panel in panels) == list(range(1, len(panels) + 1))
    fields = [
        (x, y)
        for at in (panel["gridPos"] for panel in panels)
        for x in range(at["x"], at["x"] + at["w"])
        for y in range(at["y"], at["y"] + at["h"])
    ]
    assert len(fields) == len(set(fields))
    assert max(x for x, _ in fields) < 24


def test_each_rule_says_what_it_means_and_where_to_read_on() -> None:
    for rule in rules():
        assert {"summary", "description", "runbook"} == rule["annotations"].keys(), rule["alert"]
        assert rule["labels"]["severity"] in {"page", "ticket"}
        paper, _, anchor = rule["annotations"]["runbook"].partition("#")
        headings = re.findall(r"^#+ (.+)$", (ROOT / paper).read_text(encoding="utf-8"), re.MULTILINE)
        assert anchor in {heading.lower().replace(" ", "-") for heading in headings}, rule["alert"]


def test_metrics_of_ours_are_in_what_prometheus_reads() -> None:
    said = telemetry.exposition().decode()
    assert [name for name in METRICS if f"# TYPE {name}" not in said] == []


def test_the_outcomes_that_rules_wait_for_are_said_in_the_code() -> None:
    said = "".join(
        (ROOT / name).read_text(encoding="utf-8") for name in ("plugin/web/webhooks.py", "workers/failures.py")
    )
    waited_for = {value for text in expressions() for value in re.findall(r'outcome="(\w+)"', text)}
    assert waited_for == {"not_stored", "failed", "revoked"}
    assert [outcome for outcome in waited_for if f'"{outcome}"' not in said] == []
