"""How long our script keeps a page's main thread busy, in processor time, from Chromium's own trace."""

import json
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

OURS = "/store/"
MICROTASKS = "RunMicrotasks"
"""They do not say whose they are: what follows an answer is in them. The plain product page has none but ours."""


@contextmanager
def traced(page: Any) -> Iterator[list[dict[str, Any]]]:
    """The list is filled when the block ends."""
    events: list[dict[str, Any]] = []
    ended: list[Any] = []
    devtools = page.context.new_cdp_session(page)
    devtools.on("Tracing.dataCollected", lambda part: events.extend(part["value"]))
    devtools.on("Tracing.tracingComplete", lambda told: ended.append(told))
    categories = ["devtools.timeline", "v8.execute"]
    devtools.send("Tracing.start", {"transferMode": "ReportEvents", "traceConfig": {"includedCategories": categories}})
    yield events
    devtools.send("Tracing.end")
    while not ended:
        page.wait_for_timeout(20)


def our_milliseconds(events: list[dict[str, Any]]) -> float:
    return sum(our_stretches(events))


def our_stretches(events: list[dict[str, Any]]) -> list[float]:
    """Our script's start, its callbacks, and what waited for answers, one by one; nothing is counted twice."""
    threads = {(event["pid"], event["tid"]) for event in events if event["name"] == "EvaluateScript" and is_ours(event)}
    assert threads, "Our script did not run."
    counted = [
        event
        for event in events
        if (event["pid"], event["tid"]) in threads
        and (event["name"] == MICROTASKS or (event["name"] in {"EvaluateScript", "FunctionCall"} and is_ours(event)))
        and "dur" in event
    ]
    spent, covered_until = [], 0
    for event in sorted(counted, key=lambda each: each["ts"]):
        if event["ts"] >= covered_until:
            covered_until = event["ts"] + event["dur"]
            spent.append(event.get("tdur", 0) / 1000)
    return spent


def is_ours(event: dict[str, Any]) -> bool:
    return OURS in json.dumps(event.get("args", {}))
