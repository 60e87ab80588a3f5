"""Runs the measurements by name, all by default, and prints one table each."""

import argparse
import json
from pathlib import Path

from bench import (
    calls,
    draining,
    flash_sale,
    footprint,
    history,
    idle,
    many_stores,
    planning,
    receiver,
    screens,
    storefront,
    whole_way,
)
from bench.figures import flat, of, table

MEASUREMENTS = {
    "receiver": receiver.measure,
    "draining": draining.measure,
    "whole_way": whole_way.measure,
    "planning": planning.measure,
    "calls": calls.measure,
    "flash sale": flash_sale.measure,
    "idle": idle.measure,
    "many stores": many_stores.measure,
    "history": history.measure,
    "footprint": footprint.measure,
    "storefront": storefront.measure,
    "screens": screens.measure,
}
"""Name → what measures it: takes the seconds of a round, returns figures.Rows or figures.Measured."""


def main() -> None:
    parser = argparse.ArgumentParser(prog="./run bench", description="Measure what is fast.")
    parser.add_argument("names", nargs="*", choices=[[], *MEASUREMENTS], help="which; all by default")
    parser.add_argument("--only", action="append", choices=[*MEASUREMENTS], metavar="NAME", help="the same, by option")
    parser.add_argument("--seconds", type=float, default=3.0, help="how long each round takes")
    parser.add_argument("--json", type=Path, metavar="FILE", help="also write every figure, its unit, peers and ratios")
    given = parser.parse_args()
    entries = []
    for name in [*given.names, *(given.only or [])] or MEASUREMENTS:
        measured = of(MEASUREMENTS[name](given.seconds))  # type: ignore[operator]
        print(f"\n{name}\n{table(measured)}", flush=True)
        entries += flat(name, measured)
        if given.json:
            given.json.write_text(json.dumps(entries, indent=2), encoding="utf-8")


if __name__ == "__main__":
    main()
