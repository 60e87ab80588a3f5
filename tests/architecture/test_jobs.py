"""Jobs are handed over by name: each name resolves, each job has one, and nobody wakes a job that does not exist."""

import ast
import inspect
from collections.abc import Iterator
from pathlib import Path

import pytest

from plugin.adapters.queue import JOBS, QUEUES
from tests.architecture.sources import APP_FOLDERS, ROOT, files, tree_of
from workers import jobs


def woken() -> Iterator[tuple[str, str]]:
    """Each job name that some code hands to `wake`, with the place."""
    for path in files(*APP_FOLDERS):
        for node in ast.walk(tree_of(path)):
            is_wake = isinstance(node, ast.Call) and isinstance(node.func, ast.Attribute) and node.func.attr == "wake"
            if is_wake and node.args and isinstance(node.args[0], ast.Constant):
                yield str(node.args[0].value), f"{path.relative_to(ROOT)}:{node.lineno}"


FOR_ALL_STORES = {"read_bounces"}


@pytest.mark.parametrize("name", sorted(JOBS.keys() - FOR_ALL_STORES))
def test_a_job_name_is_a_function_that_takes_ids(name: str) -> None:
    job = getattr(jobs, name)
    parameters = inspect.signature(job).parameters.values()
    assert next(parameter.name for parameter in parameters) == "tenant_id"
    assert {parameter.annotation for parameter in parameters} <= {str, int}
    assert inspect.signature(job).return_annotation is None


def test_every_job_has_a_name_and_a_queue() -> None:
    functions = {
        name
        for name, function in inspect.getmembers(jobs, inspect.isfunction)
        if function.__module__ == jobs.__name__ and not name.startswith("_")
    }
    assert functions == set(JOBS)
    assert {queue for queue, _ in JOBS.values()} <= set(QUEUES)


def test_nobody_wakes_a_job_that_does_not_exist() -> None:
    assert [(name, place) for name, place in woken() if name not in JOBS] == []


def test_a_job_is_at_most_six_lines() -> None:
    tree = tree_of(Path(inspect.getfile(jobs)))
    long = [
        node.name
        for node in tree.body
        if isinstance(node, ast.FunctionDef) and (node.end_lineno or 0) - node.lineno + 1 > 6
    ]
    assert long == []
